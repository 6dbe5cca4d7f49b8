"""The specification's kinds of values: identifiers, moments, durations, languages (xAPI Data 4; IEEE 9274.1.1 4.2.7).

Plain functions over plain values; each says whether a value is one. No database.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
# RFC 3987 in short: a scheme, something after it, and none of the characters that no IRI may hold as they are.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20]+")
_MAILTO = re.compile(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_SHA2 = re.compile(r"[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?"
)
# RFC 3339: the second and the offset are there.
_MOMENT_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:?\d\d)"
)
_DURATION = re.compile(
    r"P(?=.)(?:\d+(?:[.,]\d+)?W|(?:\d+(?:[.,]\d+)?Y)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?D)?"
    r"(?:T(?=.)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?)"
)
# RFC 5646: language, extended language, script, region, variants, extensions, private use; or one of the old whole tags.
_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{2,8}(?:-[a-z]+)*|art-lojban|zh-min(?:-nan)?|zh-guoyu|zh-hakka|zh-xiang|sgn-.+",
    re.IGNORECASE,
)
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+(?:\s*;.*)?")

# What is checked again and again in every statement of a course.
_KEPT = 4096


def is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def read_uuid(value: str) -> UUID | None:
    return UUID(value) if is_uuid(value) else None


@lru_cache(_KEPT)
def _iri(value: str) -> bool:
    return _IRI.fullmatch(value) is not None


def is_iri(value: Any) -> bool:
    """An absolute IRI (with a scheme)."""
    return isinstance(value, str) and _iri(value)


@lru_cache(_KEPT)
def _mailto(value: str) -> bool:
    return _MAILTO.fullmatch(value) is not None


def is_mailto(value: Any) -> bool:
    return isinstance(value, str) and _mailto(value)


def is_sha1(value: Any) -> bool:
    return isinstance(value, str) and _SHA1.fullmatch(value) is not None


def is_sha2(value: Any) -> bool:
    """SHA-224, 256, 384 or 512 in hexadecimal."""
    return isinstance(value, str) and _SHA2.fullmatch(value) is not None


def is_media_type(value: Any) -> bool:
    return isinstance(value, str) and _MEDIA_TYPE.fullmatch(value) is not None


@lru_cache(_KEPT)
def _language(value: str) -> bool:
    return _LANGUAGE.fullmatch(value) is not None


def is_language(value: Any) -> bool:
    """A language tag of RFC 5646."""
    return isinstance(value, str) and _language(value)


def is_duration(value: Any) -> bool:
    """An ISO 8601 duration."""
    return isinstance(value, str) and _DURATION.fullmatch(value) is not None


def read_moment(value: Any, *, strict: bool = False) -> datetime | None:
    """An ISO 8601 moment in UTC; None where it is none. strict: as RFC 3339 has it (xAPI 2.0).

    A moment without an offset is taken as UTC. An offset of minus zero is none (XAPI-00123).
    """
    if not isinstance(value, str):
        return None
    match = (_MOMENT_RFC3339 if strict else _MOMENT).fullmatch(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int(((fraction or "") + "000000")[:6])
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro, UTC
        )
    except ValueError:
        return None
    if offset in (None, "Z", "z"):
        return moment
    digits = offset[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59 or (offset[0] == "-" and not (hours or minutes)):
        return None
    shift = timedelta(hours=hours, minutes=minutes)
    try:
        return moment - shift if offset[0] == "+" else moment + shift
    except OverflowError:
        return None


def moment_text(moment: datetime) -> str:
    """As the store writes moments: UTC, milliseconds, Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def best_language(texts: Mapping[str, str], wanted: list[str]) -> str | None:
    """The key of a language map for somebody who reads `wanted`, best first; None for an empty map.

    Whole tags first, then the same language in another place, then whatever stands first.
    """
    if not texts:
        return None
    lower = {tag.lower(): tag for tag in texts}
    for tag in wanted:
        low = tag.lower()
        if low in lower:
            return lower[low]
        for other, original in lower.items():
            if other.split("-")[0] == low.split("-")[0]:
                return original
    return next(iter(texts))


def accepted_languages(header: str) -> list[str]:
    """The tags of an Accept-Language header, best first; "*" and what is refused (q=0) left out."""
    found: list[tuple[float, int, str]] = []
    for number, part in enumerate(header.split(",")[:20]):
        tag, _, rest = part.strip().partition(";")
        quality = 1.0
        if rest.strip().startswith("q="):
            try:
                quality = float(rest.strip()[2:])
            except ValueError:
                continue
        if tag.strip() and tag.strip() != "*" and quality > 0:
            found.append((-quality, number, tag.strip()))
    return [tag for _, _, tag in sorted(found)]


# Made once: json.dumps makes one at each call that wants anything unusual.
_writer = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def dumps(value: Any) -> str:
    """JSON in one form: names in order, no blanks. Python's writer, since numbers here may be of any length."""
    return _writer.encode(value)
