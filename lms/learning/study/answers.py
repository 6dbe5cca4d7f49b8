"""What the server says back about study time: the same values for the page's scripts and for the API.

Owns: reason codes and their sentences, for reports and for the day page. Refuses: deciding.
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.learning.study.models import LessonProgress, StudyRule, StudySession
from lms.learning.study.presence.services import Answered
from lms.learning.study.queries import session_for_page
from lms.learning.study.rules import Rule
from lms.learning.study.services import Opened, Taken

# Every reason for which a stretch does not count, in words a learner can act on.
REASONS: dict[str, Promise] = {
    "hidden": _("页面不在眼前（切到了别的窗口、标签页，或锁屏）。"),
    "idle": _("页面开着，但超过规定时间没有操作，视频也没有播放。"),
    "paused": _("视频暂停，也没有其他操作。"),
    "overlap": _("同一时间另一处正在计时，一个人同一时间只计一处。"),
    "repeat": _("这段时间没有学到新内容：看的是以前学过的部分，或正在作答；作答的时间在交卷时计入。"),
    "too_fast": _("快于规定的最高倍速，超出的部分没有计入；在这一课多停留一会儿，就会补上。"),
    "ahead_of_clock": _("设备报告的时间晚于服务器的时间，还没有发生的时间不能计入。"),
    "unanswered": _("没有回应“是否还在学习”，从回应期满时起暂停计时，到回应时为止；此前已计入的不变。"),
    "held": _("经人工核实，这段时间不计入。理由见通知；有不同意见，可以在“学习记录核实”里申诉。"),
    "session_too_long": _("一次打开超过规定的最长时间；刷新页面后重新开始计时。"),
}


def measured_by(rule: Rule | StudyRule, progress: LessonProgress) -> dict[str, Any]:
    """What a page needs to measure a lesson, with or without a line: the rule, and what stands so far. Times in ms."""
    return {
        "rule": {
            "version": rule.version,
            "speed_hundredths": rule.speed_hundredths,
            "idle_ms": rule.idle_ms,
            "session_ms": rule.session_ms,
        },
        "lengths": progress.lengths,
        "coverage": progress.coverage,
        "granted": progress.granted,
        "position": progress.position,
        "counted_ms": progress.counted_ms,
        "percent": progress.percent,
    }


def opened(found: Opened, today_ms: int) -> dict[str, Any]:
    """After opening: the token, the rule in force, what stands so far. Times in ms."""
    progress = found.progress
    return {
        "session": found.token,
        "id": found.session.uuid.hex,
        "counting": found.counting,
        "elsewhere": None if found.counting else elsewhere(found.session.person_id, found.session.uuid.hex),
        **measured_by(found.rule, progress),
        "met": progress.is_met,
        "today_ms": today_ms,
        "prompt": prompt(found.session),
    }


def taken(found: Taken) -> dict[str, Any]:
    """After a report: `accepted` and `refused` are this report's for ever, the rest is the present state."""
    progress = found.progress
    accepted_ms = (
        sum(end - start for start, end in found.bounded.accepted) - found.overlap_ms - found.barred_ms
    )
    return {
        "accepted_ms": accepted_ms,
        "refused": [{"reason": code, "ms": ms, "text": str(REASONS[code])} for code, ms in found.refused],
        "counted_ms": progress.counted_ms,
        "percent": progress.percent,
        "met": progress.is_met,
        "session_active_ms": found.session_active_ms,
        "counting": found.counting,
        "elsewhere": None if found.counting else elsewhere(found.session.person_id, found.session.uuid.hex),
        "prompt": prompt(found.session),
    }


def prompt(session: StudySession) -> dict[str, Any] | None:
    """The presence prompt that is open, in ms after the session's opening (before it: negative), so that a wrong clock on
    the device does no harm: asked from `due_ms` on, to be answered before `until_ms`. None when nothing is asked.
    """
    if not session.prompt:
        return None
    return {
        "id": session.prompt["id"],
        "due_ms": session.prompt["due_ms"] - session.opened_ms,
        "until_ms": session.prompt["expires_ms"] - session.opened_ms,
    }


def answered(found: Answered) -> dict[str, Any]:
    """After the answer to a presence prompt: for which moment it was taken, and what stands now."""
    session, progress = found.session, found.progress
    return {
        "answered_ms": found.answer.at_ms - session.opened_ms,
        "in_time": found.answer.at_ms <= found.answer.prompt.expires_ms,
        "counted_ms": progress.counted_ms,
        "percent": progress.percent,
        "met": progress.is_met,
        "prompt": prompt(session),
    }


def elsewhere(person_id: int, session_uuid: str) -> dict[str, Any] | None:
    """Which lesson on which device holds the turn, when it is not this page."""
    found = session_for_page(person_id, session_uuid)
    return (
        {"lesson": found["lesson"], "device": str(found["device"])} if found and not found["here"] else None
    )
