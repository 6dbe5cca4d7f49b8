"""The shape of a verify code: 11 random Crockford base32 digits and one that checks them."""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
# How numbers of papers look: RT-2026-85CA1Y.
_NUMBER = re.compile(r"[A-Z]{2}-?\d{4}-?[0-9A-Z]{6}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def _check_digit(digits: str) -> str:
    # Weighted by position modulo a prime, so that one wrong digit and most swaps of neighbours are caught.
    total = sum((place + 1) * ALPHABET.index(digit) for place, digit in enumerate(digits))
    return ALPHABET[total % 31]


def fresh_code() -> str:
    """55 random bits: guessing one of a million issued codes takes 36 thousand million tries."""
    digits = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return digits + _check_digit(digits)


def normalise(typed: str) -> str | None:
    """What a person typed → the code, or None when it cannot be one. Spaces, dashes and case don't matter."""
    code = "".join(typed.upper().split()).replace("-", "").translate(_MISREAD)
    if len(code) != LENGTH or any(digit not in ALPHABET for digit in code):
        return None
    return code if _check_digit(code[:-1]) == code[-1] else None


def is_long_enough(typed: str) -> bool:
    """Whether it has as many letters and digits as a code; one that is none all the same has a slip in it."""
    return sum(mark.isalnum() for mark in typed) == LENGTH


def is_number(typed: str) -> bool:
    """Whether it looks like the number printed on a paper (RT-2026-85CA1Y), which people take for the code."""
    return _NUMBER.fullmatch("".join(typed.upper().split())) is not None


def grouped(code: str) -> str:
    """XXXX-XXXX-XXXX, as printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
