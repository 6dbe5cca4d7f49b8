"""What a hold says in words: what is held, why, on what evidence, what one can do, and by when a person will answer.

Owns: the sentences, for pages, letters, the API and staff alike. Refuses: deciding. No sentence says that somebody
cheated: a machine found something odd, and a person looks.
"""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.learning.holds import queries
from lms.learning.holds.deadlines import days_of
from lms.learning.holds.models import WAITING, Act, HoldStep, Reason, State, StudyHold, StudyIncident
from lms.learning.study.models import StudySession
from lms.lib.clock import SHANGHAI, from_epoch_ms
from lms.lib.units import format_centi

BAD = (Act.CONFIRM,)


def moment(ms: int) -> str:
    return from_epoch_ms(ms).astimezone(SHANGHAI).strftime("%H:%M")


def spoken(ms: int) -> str:
    """A length of time in words, rounded down."""
    seconds = ms // 1000
    hours, minutes = divmod(seconds // 60, 60)
    if hours and minutes:
        return _("%(hours)s 小时 %(minutes)s 分钟") % {"hours": hours, "minutes": minutes}
    if hours:
        return _("%(hours)s 小时") % {"hours": hours}
    return (
        _("%(minutes)s 分钟") % {"minutes": minutes}
        if minutes
        else _("%(seconds)s 秒") % {"seconds": seconds}
    )


def _span(start: int, end: int) -> str:
    return f"{moment(start)}–{moment(end)}"


def title(hold: StudyHold) -> str:
    """For lists and letters."""
    return _("%(day)s · %(reason)s") % {"day": hold.day, "reason": Reason(hold.reason).label}


def what(hold: StudyHold) -> str:
    """What waits, and what does not."""
    course = hold.enrolment.release.title
    if hold.state == State.OPEN:
        return _("「%(course)s」在 %(day)s 的学习有疑点，要由工作人员核实。") % {
            "course": course,
            "day": hold.day,
        }
    if hold.state == State.RELEASED:
        return _("「%(course)s」在 %(day)s 的学习已经核实，全部照常计入。") % {
            "course": course,
            "day": hold.day,
        }
    return _("「%(course)s」在 %(day)s 的一部分学习，经工作人员核实不计入。") % {
        "course": course,
        "day": hold.day,
    }


def meanwhile(hold: StudyHold) -> str:
    """What goes on while it waits; "" when nothing waits."""
    if hold.state != State.OPEN:
        return ""
    return _(
        "这期间可以继续学，学习照常计时、照常显示，已经得到的学时和证书不变；只有这门课新的结业、证书和学时入账等核实之后再办。"
    )


def following(hold: StudyHold) -> str:
    """What happens next, by whom and by when; "" when nothing does."""
    if queries.undated(hold):
        return _undated(hold)
    day = hold.due_on
    if hold.state == State.OPEN:
        if queries.overdue(hold):
            return _("原定 %(day)s 前答复，已经超期，工作人员会尽快处理；你可以补充说明。") % {"day": day}
        return _("工作人员会在 %(day)s 前（含当日）答复。你可以说明当时的情况，也可以只等待结果。") % {
            "day": day
        }
    if hold.state == State.APPEALED:
        if queries.overdue(hold):
            return _("申诉原定 %(day)s 前答复，已经超期，工作人员会尽快处理。") % {"day": day}
        return _("由另一位工作人员复核，在 %(day)s 前（含当日）答复。") % {"day": day}
    if hold.state == State.CONFIRMED:
        if queries.may_appeal(hold):
            return _("不同意这个结果，可以在 %(day)s 前（含当日）申诉一次，由另一位工作人员复核。") % {
                "day": day
            }
        return _("申诉期限 %(day)s 已过。没有计入的内容可以重新学，重新学的照常计入。") % {"day": day}
    if hold.state == State.UPHELD:
        return _("这是复核后的最终结果。没有计入的内容可以重新学，重新学的照常计入。")
    return ""


def _undated(hold: StudyHold) -> str:
    days = {"days": days_of(hold.state, hold.rule)}
    if hold.state == State.OPEN:
        first = _("工作人员会在 %(days)s 个工作日内答复。你可以说明当时的情况，也可以只等待结果。") % days
    elif hold.state == State.APPEALED:
        first = _("由另一位工作人员复核，在 %(days)s 个工作日内答复。") % days
    else:
        first = _("不同意这个结果，可以在 %(days)s 个工作日内申诉一次，由另一位工作人员复核。") % days
    return first + _("到哪一天为止，要等那一年的放假安排公布并载入后才能算出，算出后写在这里。")


def notices(holds: Iterable[StudyHold]) -> list[dict[str, str]]:
    """What the pages of a course, of a lesson and of hours say of it, and where to go on."""
    return [
        {"what": what(hold), "next": following(hold), "url": reverse("hours:hold", args=[hold.uuid])}
        for hold in holds
    ]


# --- evidence --------------------------------------------------------------------------------------------


def evidence(hold: StudyHold) -> list[str]:
    """The figures as sentences: first what was found, then each stretch or session."""
    makers = {
        Reason.OVERLAP: _overlap,
        Reason.SPEED: _speed,
        Reason.FORGED: _forged,
        Reason.SHARED: _shared,
    }
    return makers[Reason(hold.reason)](hold, hold.evidence)


def _overlap(hold: StudyHold, found: dict[str, Any]) -> list[str]:
    first = _(
        "%(day)s 共有 %(time)s，你的两台以上设备同时报告正在学习。一个人同一时间只计一处；超过 %(limit)s才会请人核实。"
    ) % {
        "day": hold.day,
        "time": spoken(found["overlap_ms"]),
        "limit": spoken(found["limit_ms"]),
    }
    return [first, *(_("%(span)s，%(devices)s同时在学") % _devices(row) for row in found["stretches"])]


def _devices(row: list[Any]) -> dict[str, str]:
    names = dict(StudySession.DeviceKind.choices)
    shown = [str(names.get(kind, kind)) for kind in row[2]]
    return {"span": _span(row[0], row[1]), "devices": _("、").join(shown)}


def _speed(hold: StudyHold, found: dict[str, Any]) -> list[str]:
    first = _(
        "设备报告学到的内容，明显超出实际学习时间按允许倍速能学到的。超出的部分本来就不计入；超出 %(limit)s以上才会请人核实。"
    ) % {"limit": spoken(hold.rule.speed_excess_ms)}
    return [
        first,
        *(
            _(
                "%(at)s 打开：报告学到 %(claimed)s的内容，实际学习 %(active)s，按 %(speed)s 倍速最多 %(allowed)s"
            )
            % {
                "at": moment(row["opened_ms"]),
                "claimed": spoken(row["claimed_ms"]),
                "active": spoken(row["active_ms"]),
                "speed": format_centi(row["speed_hundredths"]),
                "allowed": spoken(row["allowed_ms"]),
            }
            for row in found["sessions"]
        ),
    ]


def _forged(hold: StudyHold, found: dict[str, Any]) -> list[str]:
    names = dict(StudyIncident.Kind.choices) | {"ahead": _("时间还没有到")}
    first = _(
        "%(day)s 收到内容各不相同、不能接受的学习记录 %(number)s 份（%(limit)s 份以上才会请人核实），都没有写入。"
    ) % {"day": hold.day, "number": sum(found["refusals"].values()), "limit": found["limit"]}
    return [
        first,
        *(
            _("%(kind)s：%(number)s 份") % {"kind": names.get(kind, kind), "number": number}
            for kind, number in sorted(found["refusals"].items())
        ),
    ]


def _shared(hold: StudyHold, found: dict[str, Any]) -> list[str]:
    first = _(
        "%(day)s 共有 %(time)s，同一台设备上有 %(limit)s 个以上的账号同时在学；超过 %(most)s才会请人核实。轮流使用同一台电脑不在其中。"
    ) % {
        "day": hold.day,
        "time": spoken(found["shared_ms"]),
        "limit": found["limit"],
        "most": spoken(found["limit_ms"]),
    }
    return [
        first,
        *(
            _("%(span)s，%(number)s 个账号同时在学") % {"span": _span(row[0], row[1]), "number": row[2]}
            for row in found["stretches"]
        ),
    ]


def ground(hold: StudyHold) -> str:
    return _("依据核实规则第 %(version)s 版（%(day)s 起）：%(source)s") % {
        "version": hold.rule.version,
        "day": hold.rule.valid_from,
        "source": hold.rule.source,
    }


# --- steps -----------------------------------------------------------------------------------------------


def timeline(hold: StudyHold, steps: list[HoldStep]) -> list[dict[str, Any]]:
    """The steps in the words of the steps component, and what comes next as the last one."""
    rows: list[dict[str, Any]] = [
        {
            "title": step_title(step),
            "at": step.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "text": _("：").join(part for part in (_who(step), word(step)) if part),
            "state": "refused" if step.act in BAD else "done",
        }
        for step in steps
    ]
    if hold.state in WAITING:
        rows.append({"title": str(State(hold.state).label), "state": "now", "text": following(hold)})
    return rows


def step_title(step: HoldStep) -> str:
    if step.state == State.UPHELD:
        return _("复核后维持：所列学习不计入")
    if step.act == Act.CONFIRM:
        return _("%(number)s 次打开的学习不计入") % {"number": len(step.sessions)}
    return str(Act(step.act).label)


def word(step: HoldStep) -> str:
    said = getattr(step, "word", None)
    return said.text if said else ""


def _who(step: HoldStep) -> str:
    if step.person is None:
        return _("系统")
    return str(step.person)
