"""Phone numbers and addresses as plain values: how they are written, recognised and shown to others.

Owns: the one spelling under which a number is stored (E.164, +86…) and how much of it a list may show.
"""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

HOME_REGION = "CN"
# Mainland mobile numbers are eleven digits from 13 to 19. New ranges open more often than the library is
# updated, so a mainland number is judged by its shape and only foreign ones by the library's tables.
_MAINLAND_MOBILE = re.compile(r"\+861[3-9]\d{9}")
_MASKED = re.compile(r"1\d\d \*{4} \d{4}|\+\d{3} \*{4} \d\d|\S{1,2}\*{3}@\S+")


def normalise_phone(typed: str) -> str | None:
    """What a person typed → E.164 (`+8613800138000`), or None when no mobile number can be read from it.

    Takes full-width digits, spaces, dashes, 0086 and 86 in front. A mainland land line can't receive a
    code: None.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if re.search(r"[^\d+()\-.\s]", text):
        return None
    if text.startswith("00"):
        text = "+" + text[2:]
    digits = re.sub(r"\D", "", text)
    if not text.startswith("+") and len(digits) == 13 and digits.startswith("86"):
        text = "+" + digits
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if e164.startswith("+86"):
        return e164 if _MAINLAND_MOBILE.fullmatch(e164) else None
    return e164 if phonenumbers.is_valid_number(number) else None


def normalise_email(typed: str) -> str | None:
    """Lower case, or None when it is not an address."""
    text = unicodedata.normalize("NFKC", typed).strip().lower()
    try:
        validate_email(text)
    except ValidationError:
        return None
    return text


def read_login(typed: str) -> tuple[str, str] | None:
    """("email", address) or ("phone", number) from the one field people type into; None for neither."""
    email = normalise_email(typed)
    if email:
        return "email", email
    phone = normalise_phone(typed)
    return ("phone", phone) if phone else None


def display_phone(phone: str) -> str:
    """+8613800138000 → 138 0013 8000; foreign numbers with their country code."""
    if _MAINLAND_MOBILE.fullmatch(phone):
        digits = phone[3:]
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def mask_phone(phone: str | None) -> str:
    """+8613800138000 → 138 **** 8000: enough for its owner to recognise."""
    if not phone:
        return ""
    if _MAINLAND_MOBILE.fullmatch(phone):
        return f"{phone[3:6]} **** {phone[-4:]}"
    return f"{phone[:4]} **** {phone[-2:]}"


def mask_email(email: str | None) -> str:
    """lin.xiaoyu@example.com → li***@example.com."""
    if not email:
        return ""
    name, _, domain = email.partition("@")
    return f"{name[:2] if len(name) > 2 else name[:1]}***@{domain}"


def is_masked_contact(text: str) -> bool:
    """Whether it is what `mask_phone` or `mask_email` made: how somebody who gave no name is called."""
    return _MASKED.fullmatch(text) is not None
