"""Organisation codes (GB 32100—2015) and which roles belong to which kind of organisation.

A code that fails its check digit is still accepted: real organisations carry such codes
(91350211M0000XUF46 is one). It warns, and a person who looked at the licence says so.
"""

import re
import unicodedata

from lms.accounts.organisations.models import Organisation, Role

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

_KIND = Organisation.Kind
# Those who offer courses write them and pass them; the platform's own look at them is the authority's.
_COURSES = frozenset({Role.EDITOR, Role.TEACHER, Role.APPROVER})
# What an administrator may hand out. Without this table the administrator of an enterprise could make a
# colleague an officer of the authority, who sees every organisation.
ROLES_OF_KIND: dict[str, frozenset[str]] = {
    _KIND.COLLEGE: _COURSES | {Role.REVIEWER, Role.ASSESSOR, Role.HR, Role.ADMIN},
    _KIND.PROVIDER: _COURSES | {Role.HR, Role.ADMIN},
    _KIND.ENTERPRISE: _COURSES | {Role.ASSESSOR, Role.HR, Role.ADMIN},
    _KIND.AUTHORITY: frozenset({Role.OFFICER, Role.REVIEWER, Role.CURATOR, Role.AUDITOR, Role.ADMIN}),
    _KIND.ASSESSOR: frozenset({Role.ASSESSOR, Role.HR, Role.ADMIN}),
    _KIND.UNION: _COURSES | {Role.HR, Role.ADMIN},
}


def normalise_uscc(typed: str) -> str:
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", typed)).upper()


def uscc_check_digit(first_seventeen: str) -> str:
    """The eighteenth character that belongs to seventeen given ones."""
    pairs = zip(first_seventeen, _WEIGHTS, strict=True)
    total = sum(_ALPHABET.index(character) * weight for character, weight in pairs)
    return _ALPHABET[-total % 31]


def uscc_fault(code: str) -> str | None:
    """None for a code that checks; else "length", "characters" or "checksum"."""
    if len(code) != 18:
        return "length"
    # One authority, one kind, six digits of region, nine of the organisation, one check digit.
    if not re.fullmatch(r"[0-9A-Z]{2}\d{6}[0-9A-Z]{10}", code) or any(c not in _ALPHABET for c in code):
        return "characters"
    return None if uscc_check_digit(code[:17]) == code[17] else "checksum"


def role_fits(kind: str, role: str) -> bool:
    """Whether an organisation of this kind has such a role."""
    return role in ROLES_OF_KIND.get(kind, frozenset())
