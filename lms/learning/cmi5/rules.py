"""What cmi5 asks of statements, sessions and moveOn, as plain functions over plain values (sections 9 and 10).

A statement is judged against its session and its AU's standing; the answer is what both are afterwards, or `Broken` with
the section's number. Refuses to know rows, requests and the record store; that a statement is valid xAPI is judged there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext as _

from lms.learning.cmi5.structure import Au, Block

Json = dict[str, Any]
Mode = Literal["Normal", "Browse", "Review"]
MODES: tuple[Mode, ...] = ("Normal", "Browse", "Review")

CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
_CONTEXT = "https://w3id.org/xapi/cmi5/context/extensions/"
SESSION_ID = _CONTEXT + "sessionid"
MASTERY_SCORE = _CONTEXT + "masteryscore"
LAUNCH_MODE = _CONTEXT + "launchmode"
LAUNCH_URL = _CONTEXT + "launchurl"
MOVE_ON_VALUE = _CONTEXT + "moveon"
LAUNCH_PARAMETERS = _CONTEXT + "launchparameters"
REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
BLOCK_TYPE = "https://w3id.org/xapi/cmi5/activitytype/block"
COURSE_TYPE = "https://w3id.org/xapi/cmi5/activitytype/course"

VERBS = {
    **{
        name: f"http://adlnet.gov/expapi/verbs/{name}"
        for name in ("launched", "initialized", "completed", "passed", "failed", "terminated")
    },
    **{name: f"https://w3id.org/xapi/adl/verbs/{name}" for name in ("abandoned", "waived", "satisfied")},
}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_BY_ID = {iri: name for name, iri in VERBS.items()}
OF_AU = frozenset(("initialized", "completed", "passed", "failed", "terminated"))
_JUDGED = frozenset(("passed", "failed"))
_TIMED = frozenset(("completed", "passed", "failed", "terminated"))
# What an AU is done by.
DONE = ("completed", "passed")
# 9.5.5.2: what a reason should be one of.
REASONS = ("Tested Out", "Equivalent AU", "Equivalent Outside Activity", "Administrative")


class Broken(ValueError):
    """A statement that goes against the specification. section: its number; where: the property of the statement."""

    def __init__(self, section: str, why: str, where: str = "") -> None:
        super().__init__(why)
        self.section, self.why, self.where = section, why, where


@dataclass(frozen=True)
class Standing:
    """What one learner's AU has come to in one registration. Moments are those of the statements."""

    completed_at: datetime | None = None
    passed_at: datetime | None = None
    failed_at: datetime | None = None
    waived: bool = False
    scaled: Decimal | None = None
    progress: int | None = None


@dataclass(frozen=True)
class Session:
    """One launch. `used`: the cmi5 verbs its AU has sent. `closed_at`: when, by the server's clock, `terminated` came in."""

    session_id: str
    mode: Mode
    mastery_score: Decimal | None = None
    initialized_at: datetime | None = None
    terminated_at: datetime | None = None
    last_at: datetime | None = None
    closed_at: datetime | None = None
    abandoned: bool = False
    used: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True)
class Launch:
    """What a session's statements are held against. publisher_id: of the AU; grace: how long after `terminated` what
    happened before it may still come in."""

    activity_id: str
    registration: str
    publisher_id: str
    grace: timedelta


# --- moveOn -------------------------------------------------------------------------------------------------


def is_met(move_on: str, standing: Standing) -> bool:
    """Whether an AU's moveOn criteria are met (13.1.4); a waived AU has met them (9.3.9)."""
    completed, passed = standing.completed_at is not None, standing.passed_at is not None
    if standing.waived:
        return True
    return {
        "NotApplicable": True,
        "Completed": completed,
        "Passed": passed,
        "CompletedAndPassed": completed and passed,
        "CompletedOrPassed": completed or passed,
    }[move_on]


def newly_satisfied(course: Block, met: Collection[str], known: Collection[str]) -> list[Block]:
    """The blocks, inner ones first, and then the course that are satisfied and were not `known` to be, by key (9.3.9).

    met: keys of the AUs whose criteria are met.
    """
    return [
        block
        for block in (*course.blocks, course)
        if block.key not in known and all(au.key in met for au in block.aus)
    ]


def mode_for(au: Au, standing: Standing) -> Mode:
    """Normal as long as the AU could still tell something that counts; Review afterwards (10.2.2)."""
    judged = au.mastery_score is not None or "Passed" in au.move_on
    done = standing.passed_at is not None or (standing.completed_at is not None and not judged)
    both = au.move_on != "CompletedAndPassed" or (
        standing.passed_at is not None and standing.completed_at is not None
    )
    return "Review" if done and both else "Normal"


# --- statements ---------------------------------------------------------------------------------------------


def judge(
    statements: Iterable[Json],
    session: Session,
    standing: Standing,
    launch: Launch,
    *,
    at: datetime,
) -> tuple[Session, Standing]:
    """What session and standing are after these statements, all of one request, in the order of their timestamps
    (9.3). at: the server's clock. Raises Broken for the first that goes against the specification.
    """
    for statement in sorted(statements, key=moment_of):
        session, standing = _judged(statement, session, standing, launch, at)
    return session, standing


def moment_of(statement: Json) -> datetime:
    """When it happened, as it says (9.7). Raises Broken where it does not say, or not in UTC."""
    said = statement.get("timestamp")
    if not isinstance(said, str):
        raise Broken("9.7", _("语句要有 timestamp。"), "timestamp")
    if not re.search(r"(?:[zZ]|[+-]00(?::?00)?)$", said):
        raise Broken("9.7", _("timestamp 要写 UTC 时间。"), "timestamp")
    try:
        found = datetime.fromisoformat(re.sub(r"(?:[zZ]|[+-]00(?::?00)?)$", "+00:00", said))
    except ValueError:
        found = _loose(said)
    return found.astimezone(UTC)


def _loose(said: str) -> datetime:
    """Fractions longer than Python reads; the record store has judged that it is a moment."""
    match = re.match(r"(\d{4}-?\d\d-?\d\d[Tt ]\d\d:?\d\d(?::?\d\d)?)(?:[.,](\d+))?", said)
    if match is None:
        raise Broken("9.7", _("timestamp 读不出来。"), "timestamp")
    found = datetime.fromisoformat(match[1].upper()).replace(tzinfo=UTC)
    return found + timedelta(microseconds=int((match[2] or "0")[:6].ljust(6, "0")))


def _judged(
    statement: Json, session: Session, standing: Standing, launch: Launch, at: datetime
) -> tuple[Session, Standing]:
    moment = moment_of(statement)
    verb_id = statement["verb"]["id"]
    if verb_id == VOIDED:
        raise Broken("6.3", _("课件不能作废语句。"), "verb")
    context = statement.get("context") or {}
    defined = CATEGORY in categories(context)
    verb = _BY_ID.get(verb_id, "") if defined else ""
    if defined and verb not in OF_AU:
        raise Broken(
            "7.1.3",
            _("带 cmi5 类别的语句，课件只能用 initialized、completed、passed、failed 和 terminated。"),
            "verb",
        )
    _check_open(session, launch, moment, at)
    _check_common(statement, context, session, launch)
    if not defined:
        _check_allowed(context, session, moment)
        return replace(session, last_at=_later(session.last_at, moment)), _with_progress(standing, statement)
    _check_order(verb, session, standing, moment)
    _check_defined(statement, context, verb, session, launch)
    session = replace(session, used=session.used | {verb}, last_at=_later(session.last_at, moment))
    if verb == "initialized":
        session = replace(session, initialized_at=moment)
    if verb == "terminated":
        session = replace(session, terminated_at=moment, closed_at=at)
    return session, _with_progress(_after(verb, standing, statement, moment), statement)


# --- what is claimed ----------------------------------------------------------------------------------------

# Nobody studied for longer; what claims more claims this.
MOST_MS = 100 * 365 * 86_400_000
_UNIT_S = {
    "Y": 365 * 86_400,
    "M": 30 * 86_400,
    "W": 7 * 86_400,
    "D": 86_400,
    "TH": 3600,
    "TM": 60,
    "TS": 1,
}


def duration_ms(text: Any) -> int:
    """An ISO 8601 duration in milliseconds, at most MOST_MS; 0 for what is none. A year has 365 days here, a month 30."""
    if not isinstance(text, str) or not text.startswith("P"):
        return 0
    date, _t, clock = text[1:].partition("T")
    total = Decimal(0)
    for part, of in ((date, ""), (clock, "T")):
        for amount, unit in re.findall(r"([0-9]{1,15}(?:[.,][0-9]+)?)([YMWDHS])", part):
            total += Decimal(amount.replace(",", ".")) * _UNIT_S.get(of + unit, 0)
    return min(int(total * 1000), MOST_MS)


def noted(
    statements: Iterable[Json],
    before: Mapping[str, Json] | Collection[str],
    verbs: Collection[str],
    *,
    done: Json | None,
) -> dict[str, Json]:
    """What is noted of a session's cmi5 verbs after these statements, taken by `judge`: verb → {"claimed_ms"} where it has a
    duration, and `done` ("after_ms", "nominal_ms") with the one by which its AU first said that it is done. Only evidence.

    before: as noted before; verbs: all that the session has sent now.
    """
    notes = dict(before) if isinstance(before, Mapping) else {verb: {} for verb in before}
    for statement in sorted(statements, key=moment_of):
        verb = _BY_ID.get(statement["verb"]["id"], "")
        if verb not in verbs or verb in notes or CATEGORY not in categories(statement.get("context") or {}):
            continue
        result = statement.get("result") or {}
        notes[verb] = {"claimed_ms": duration_ms(result["duration"])} if "duration" in result else {}
        if done is not None and verb in DONE:
            notes[verb] |= done
            done = None
    return notes


def _check_open(session: Session, launch: Launch, moment: datetime, at: datetime) -> None:
    if session.abandoned:
        raise Broken("9.3.6", _("这次启动已经作废，不再接收语句。"))
    if session.closed_at is not None:
        if at > session.closed_at + launch.grace:
            raise Broken("9.3.8", _("这次启动已经结束，不再接收语句。"))
        if session.terminated_at is not None and moment > session.terminated_at:
            raise Broken("9.3.8", _("terminated 之后不能再有语句。"), "timestamp")


def _check_common(statement: Json, context: Json, session: Session, launch: Launch) -> None:
    """What holds for cmi5 defined and cmi5 allowed statements."""
    if not statement.get("id"):
        raise Broken("9.1", _("语句要有 id。"), "id")
    actor = statement["actor"]
    if actor.get("objectType", "Agent") != "Agent" or "account" not in actor:
        raise Broken("9.2", _("actor 要是带 account 的 Agent。"), "actor")
    if str(context.get("registration", "")).lower() != launch.registration:
        raise Broken("9.6.1", _("registration 与启动时给出的不一致。"), "context.registration")
    extensions = context.get("extensions") or {}
    if extensions.get(SESSION_ID) != session.session_id:
        raise Broken("9.6.3.1", _("会话标识与启动时给出的不一致。"), "context.extensions")
    if launch.publisher_id not in _ids(context, "grouping"):
        raise Broken("10.2.1", _("缺少启动时给出的出版者标识。"), "context.contextActivities")
    progress = ((statement.get("result") or {}).get("extensions") or {}).get(PROGRESS)
    if progress is not None and (type(progress) is not int or not 0 <= progress <= 100):
        raise Broken("9.5.5.1", _("progress 要是 0 到 100 的整数。"), "result.extensions")


def _check_allowed(context: Json, session: Session, moment: datetime) -> None:
    if MOVE_ON in categories(context):
        raise Broken("9.6.2.2", _("只有 cmi5 规定的语句才能带 moveon 类别。"), "context")
    if session.initialized_at is None or moment < session.initialized_at:
        raise Broken("7.1.3", _("第一条语句要是 initialized。"), "timestamp")


def _check_order(verb: str, session: Session, standing: Standing, moment: datetime) -> None:
    if verb in session.used:
        raise Broken("9.3", _("这次启动里已经有 %(verb)s。") % {"verb": verb}, "verb")
    if verb == "initialized":
        return
    if session.initialized_at is None or moment < session.initialized_at:
        raise Broken("9.3.2", _("第一条语句要是 initialized。"), "verb")
    if verb == "terminated":
        if session.last_at is not None and moment < session.last_at:
            raise Broken("9.3.8", _("terminated 要是最后一条语句。"), "timestamp")
        return
    if session.mode != "Normal":
        raise Broken("10.2.2", _("启动方式 %(mode)s 不记录完成和成绩。") % {"mode": session.mode}, "verb")
    if verb in _JUDGED and session.used & _JUDGED:
        raise Broken("9.3", _("这次启动里已经有 passed 或 failed。"), "verb")
    if verb == "completed" and standing.completed_at is not None:
        raise Broken("9.3.3", _("这门课里已经记过 completed。"), "verb")
    if verb == "passed" and standing.passed_at is not None:
        raise Broken("9.3.4", _("这门课里已经记过 passed。"), "verb")
    if verb == "passed" and standing.failed_at is not None and moment < standing.failed_at:
        raise Broken("9.3", _("passed 之后不能再有 failed。"), "timestamp")
    if verb == "failed" and standing.passed_at is not None and moment >= standing.passed_at:
        raise Broken("9.3", _("passed 之后不能再有 failed。"), "verb")


def _check_defined(statement: Json, context: Json, verb: str, session: Session, launch: Launch) -> None:
    target = statement["object"]
    if target.get("objectType", "Activity") != "Activity" or target.get("id") != launch.activity_id:
        raise Broken("9.4", _("object 不是启动的课件单元。"), "object")
    result = statement.get("result") or {}
    score = result.get("score")
    if score is not None:
        if verb not in _JUDGED:
            raise Broken("9.5.1", _("%(verb)s 不能带分数。") % {"verb": verb}, "result.score")
        _check_score(score, context, verb, session)
    _check_flag(result, "success", {"passed": True, "failed": False}.get(verb), "9.5.2")
    _check_flag(result, "completion", True if verb == "completed" else None, "9.5.3")
    if verb in _TIMED and "duration" not in result:
        raise Broken("9.5.4.1", _("%(verb)s 要带 duration。") % {"verb": verb}, "result.duration")
    counts = "success" in result or "completion" in result
    if counts != (MOVE_ON in categories(context)):
        raise Broken(
            "9.6.2.2", _("带 success 或 completion 的语句要有 moveon 类别，其他语句不能有。"), "context"
        )


def _check_flag(result: Json, name: str, wanted: bool | None, section: str) -> None:
    if wanted is None and name in result:
        raise Broken(section, _("这里不能有 %(name)s。") % {"name": name}, f"result.{name}")
    if wanted is not None and result.get(name) is not wanted:
        raise Broken(
            section,
            _("%(name)s 要是 %(value)s。") % {"name": name, "value": str(wanted).lower()},
            f"result.{name}",
        )


def _check_score(score: Json, context: Json, verb: str, session: Session) -> None:
    scaled, raw = _decimal(score.get("scaled")), _decimal(score.get("raw"))
    low, high = _decimal(score.get("min")), _decimal(score.get("max"))
    if scaled is not None and not 0 <= scaled <= 1:
        raise Broken("9.5.1", _("scaled 要在 0 和 1 之间。"), "result.score.scaled")
    if raw is not None and (low is None or high is None or not low <= raw <= high):
        raise Broken("9.5.1", _("raw 要带 min 和 max，并在两者之间。"), "result.score.raw")
    mastery = session.mastery_score
    if mastery is None or scaled is None:
        return
    if (scaled >= mastery) != (verb == "passed"):
        section = "9.3.4" if verb == "passed" else "9.3.5"
        raise Broken(section, _("%(verb)s 与及格分数线不符。") % {"verb": verb}, "result.score.scaled")
    told = (context.get("extensions") or {}).get(MASTERY_SCORE)
    if isinstance(told, bool) or not isinstance(told, int | float) or _decimal(told) != mastery:
        raise Broken("9.6.3.2", _("缺少启动时给出的及格分数线。"), "context.extensions")


def _decimal(value: Any) -> Decimal | None:
    return None if value is None or isinstance(value, bool) else Decimal(str(value))


def _after(verb: str, standing: Standing, statement: Json, moment: datetime) -> Standing:
    scaled = _decimal(((statement.get("result") or {}).get("score") or {}).get("scaled"))
    if verb == "completed":
        return replace(standing, completed_at=moment, progress=100)
    if verb == "passed":
        return replace(standing, passed_at=moment, scaled=standing.scaled if scaled is None else scaled)
    if verb == "failed":
        # What was passed keeps its score.
        keeps = standing.passed_at is not None or scaled is None
        failed = _later(standing.failed_at, moment)
        return replace(standing, failed_at=failed, scaled=standing.scaled if keeps else scaled)
    return standing


def _with_progress(standing: Standing, statement: Json) -> Standing:
    told = ((statement.get("result") or {}).get("extensions") or {}).get(PROGRESS)
    if told is None or standing.completed_at is not None:
        return standing
    return replace(standing, progress=int(told))


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one


def categories(context: Json) -> set[str]:
    return _ids(context, "category")


def _ids(context: Json, name: str) -> set[str]:
    listed = (context.get("contextActivities") or {}).get(name) or []
    return {one["id"] for one in (listed if isinstance(listed, list) else [listed])}


# --- what the LMS says --------------------------------------------------------------------------------------


def template(session_id: str, publisher_id: str) -> Json:
    """The contextTemplate of a launch (10.2.1)."""
    return {
        "contextActivities": {"grouping": [{"objectType": "Activity", "id": publisher_id}]},
        "extensions": {SESSION_ID: session_id},
    }


def number(value: Decimal) -> int | float:
    """A mastery score as JSON has it."""
    return int(value) if value == value.to_integral_value() else float(value)


def launch_data(
    session_id: str, au: Au, mode: Mode, *, return_url: str, launch_parameters: str, mastery: Decimal | None
) -> Json:
    """The document LMS.LaunchData (10.2)."""
    said: Json = {
        "contextTemplate": template(session_id, au.publisher_id),
        "launchMode": mode,
        "launchMethod": au.launch_method,
        "moveOn": au.move_on,
        "returnURL": return_url,
    }
    if launch_parameters:
        said["launchParameters"] = launch_parameters
    if mastery is not None:
        said["masteryScore"] = number(mastery)
    if au.entitlement_key:
        said["entitlementKey"] = {"courseStructure": au.entitlement_key}
    return said


def duration(span: timedelta) -> str:
    """A span as ISO 8601, at least nothing: PT1M3.5S."""
    seconds = max(span.total_seconds(), 0)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{rest:.2f}".rstrip("0").rstrip(".")
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + f"{text}S"
