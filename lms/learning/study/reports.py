"""Reading a report: bytes from a page → plain values, or a refusal that says what is wrong with them.

Owns: shape and bounds of what a page may say. Refuses: anything that is not whole, ordered, non-negative and small;
a forged report is refused before anything is written.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

import orjson
from django.core import signing
from django.utils.translation import gettext as _

from lms.lib import json_in
from lms.lib.errors import Invalid, NotAllowed, Refusal

MAX_BYTES = 64 * 1024
MAX_STRETCHES = 500
MAX_BLOCKS = 200
# One session lasts hours; a day is more than any figure in a report can honestly be.
MAX_MS = 24 * 3600 * 1000
MAX_SEQ = 1_000_000
INACTIVE_REASONS = ("hidden", "idle", "paused", "unanswered")
STATES = ("here", "leaving", "late")

_signer = signing.Signer(salt="rongtong.study.session")
Pairs = list[list[int]]


@dataclass(frozen=True)
class Report:
    """state: "here" (the page is open), "leaving" (its last word) or "late" (sent from another page, afterwards)."""

    session: str
    seq: int
    elapsed_ms: int
    active_ms_total: int
    active: Pairs
    inactive: list[list[Any]]
    coverage: dict[str, Pairs]
    position: dict[str, Any]
    state: str
    payload_hash: str


def token_for(session_uuid: str) -> str:
    """The session's uuid, signed: whoever shows it got it from us, over the person's own signed-in connection."""
    return _signer.sign(session_uuid)


def session_of(token: Any) -> str:
    if not isinstance(token, str) or len(token) > 200:
        _reject(_("学习会话的凭证格式不对。"))
    try:
        return _unsigned(token)
    except signing.BadSignature:
        raise NotAllowed(
            _("这份学习记录的凭证不是本平台签发的，没有写入任何内容。"), code="bad_token"
        ) from None


@lru_cache(maxsize=65536)
def _unsigned(token: str) -> str:
    # A page shows the same token every half minute for hours. What we did not sign raises, and is not kept.
    return _signer.unsign(token)


def parse(body: bytes) -> Report:
    """A report from a request's body. Raises Invalid (422), NotAllowed (403, token) or Refusal (413)."""
    if len(body) > MAX_BYTES:
        raise Refusal(_("学习记录太大，请分次发送。"), code="too_large", status=413)
    data = _json(body)
    return facts_of(data, session=session_of(data.get("session")))


def facts_of(data: dict[str, Any], *, session: str) -> Report:
    """A report from its JSON object, for a session that is known already. Raises Invalid."""
    seq = _whole(data, "seq", 1, MAX_SEQ)
    elapsed_ms = _whole(data, "elapsed_ms", 0, 400 * MAX_MS)
    total = _whole(data, "active_ms_total", 0, 400 * MAX_MS)
    active = _pairs(data.get("active", []), "active")
    if active and active[-1][1] > elapsed_ms:
        _reject(_("学习记录里有时段晚于记录本身的时间。"))
    coverage = data.get("coverage", {})
    if not isinstance(coverage, dict) or len(coverage) > MAX_BLOCKS:
        _reject(_("学习记录的 coverage 格式不对。"))
    state = data.get("state", "here")
    if state not in STATES:
        _reject(_("学习记录的 state 格式不对。"))
    facts: dict[str, Any] = {
        "seq": seq,
        "elapsed_ms": elapsed_ms,
        "active_ms_total": total,
        "active": active,
        "inactive": _inactive(data.get("inactive", []), elapsed_ms),
        "coverage": {_block(key): _pairs(value, "coverage") for key, value in coverage.items()},
    }
    return Report(
        session=session,
        position=_position(data.get("position")),
        state=state,
        # The position and the page's state are not part of what is counted: a beacon that repeats a report which
        # was already on its way says the same thing.
        payload_hash=hashlib.sha256(_canonical(facts)).hexdigest(),
        **facts,
    )


def _canonical(facts: dict[str, Any]) -> bytes:
    """The same bytes for the same facts, now and in the rows of years ago: sorted, no spaces, ASCII."""
    found = orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)
    return found if found.isascii() else json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def _json(body: bytes) -> dict[str, Any]:
    try:
        # Only an escape can bring in what no database keeps; everything else orjson refuses itself.
        data = json_in.read(body) if b"\\u" in body else orjson.loads(body)
    except (ValueError, RecursionError):
        _reject(_("学习记录不是有效的 JSON。"))
    if not isinstance(data, dict):
        _reject(_("学习记录不是有效的 JSON。"))
    return data


def _reject(message: str) -> NoReturn:
    raise Invalid(message, code="bad_report")


def _is_ms(value: Any, highest: int = MAX_MS) -> bool:
    # type() and not isinstance(): true is an int to Python, and 1e3 is a float.
    return type(value) is int and 0 <= value <= highest


def _whole(data: dict[str, Any], name: str, lowest: int, highest: int) -> int:
    value = data.get(name)
    if type(value) is not int or not lowest <= value <= highest:
        _reject(
            _("学习记录的 %(name)s 应是 %(lowest)s 到 %(highest)s 之间的整数。")
            % {"name": name, "lowest": lowest, "highest": highest}
        )
    return value


def _pairs(value: Any, name: str) -> Pairs:
    if not isinstance(value, list) or len(value) > MAX_STRETCHES:
        _reject(_("学习记录的 %(name)s 格式不对。") % {"name": name})
    before = -1
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not (_is_ms(pair[0]) and _is_ms(pair[1])):
            _reject(_("学习记录的 %(name)s 里有不是毫秒整数的值。") % {"name": name})
        if pair[0] < before or pair[1] <= pair[0]:
            _reject(_("学习记录的 %(name)s 没有按先后排列，或有时段首尾颠倒。") % {"name": name})
        before = pair[1]
    return value


def _inactive(value: Any, elapsed_ms: int) -> list[list[Any]]:
    if not isinstance(value, list) or len(value) > MAX_STRETCHES:
        _reject(_("学习记录的 %(name)s 格式不对。") % {"name": "inactive"})
    for item in value:
        if (
            not isinstance(item, list)
            or len(item) != 3
            or not (_is_ms(item[0]) and _is_ms(item[1]))
            or not item[0] < item[1] <= elapsed_ms
            or item[2] not in INACTIVE_REASONS
        ):
            _reject(_("学习记录的 %(name)s 格式不对。") % {"name": "inactive"})
    return value


def _block(key: str) -> str:
    if len(key) > 64:
        _reject(_("学习记录的 coverage 格式不对。"))
    return key


def _position(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not isinstance(value.get("block"), str) or not _is_ms(value.get("ms")):
        _reject(_("学习记录的 position 格式不对。"))
    return {"block": _block(value["block"]), "ms": value["ms"]}
