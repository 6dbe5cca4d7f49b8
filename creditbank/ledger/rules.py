"""Pure rules of the books: what is hashed, and how; what a posting must look like.

Every hash is SHA-256 over canonical JSON (keys sorted, no blanks, no floats), in hex. An account's fingerprint is in
the payload of every posting to it and is the first link of its chain, so that nothing about the account, a
transaction or an entry can be changed afterwards without the audit noticing.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

# Far below the 64 bits of the column, so that sums of many entries cannot overflow them either.
LARGEST_AMOUNT = 10**15


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


# orjson would also take what has no canonical form here; that goes to the standard encoder, which refuses it.
_PLAIN = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def canonical(value: Any) -> bytes:
    """The one text of a plain value. orjson writes the same as the standard encoder, in less time; numbers beyond 64
    bits and very deep values it leaves to the other."""
    try:
        return orjson.dumps(value, option=_PLAIN)
    except orjson.JSONEncodeError:
        return _encode(value).encode()


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _text(value: UUID | str | None) -> str | None:
    return None if value is None else str(value)


def fingerprint(
    uuid: UUID | str,
    kind: str,
    holder: UUID | str | None,
    organisation: UUID | str | None,
    unit: str,
    lower_bound: int | None,
) -> str:
    """What an account is, for ever; the hash before its first entry. Uuids as such or as their text, here and below."""
    return digest(["account", str(uuid), kind, _text(holder), _text(organisation), unit, lower_bound])


def payload_hash(
    *,
    kind: str,
    occurred_on: date | str,
    memo: str,
    evidence: dict[str, Any],
    rule_code: str,
    rule_version: int,
    reverses: UUID | str | None,
    lines: Iterable[tuple[str, int]],
) -> str:
    """The hash of what was asked for. lines: (account fingerprint, amount), in any order."""
    ordered = sorted(list(line) for line in lines)
    return digest([kind, str(occurred_on), memo, evidence, rule_code, rule_version, _text(reverses), ordered])


def transaction_hash(
    *,
    uuid: UUID | str,
    key: str,
    payload: str,
    posted_at: datetime | str,
    person: UUID | str | None,
    role: str,
    body: str,
) -> str:
    """The payload together with who posted it, when and under which key."""
    moment = posted_at if isinstance(posted_at, str) else moment_text(posted_at)
    return digest([str(uuid), key, payload, moment, _text(person), role, body])


def entry_hash(*, previous: str, seq: int, amount: int, transaction: str) -> str:
    """One link of a holder's chain. previous: the hash before it; transaction: the transaction's hash."""
    return digest([previous, seq, amount, transaction])


def unplain(value: Any) -> str:
    """Why a JSON value cannot be evidence ("" when it can): floats do not survive a round trip, NUL no database."""
    if value is None or isinstance(value, bool | int):
        return ""
    if isinstance(value, str):
        return "NUL" if "\0" in value else ""
    if isinstance(value, list | tuple):
        return next((why for item in value if (why := unplain(item))), "")
    if isinstance(value, dict):
        keys = next((str(key) for key in value if not isinstance(key, str) or unplain(key)), "")
        return keys or next((why for item in value.values() if (why := unplain(item))), "")
    return type(value).__name__


def unbalanced(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """lines: (unit, amount) → the units whose sum is not zero, with that sum."""
    sums: dict[str, int] = defaultdict(int)
    for unit, amount in lines:
        sums[unit] += amount
    return {unit: total for unit, total in sums.items() if total}
