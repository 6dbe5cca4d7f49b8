"""Notices of classes: what people are told, in the language in which they joined, by the sender that reminders use.

Owns: the words, and who studies a course whose class opens. An event brings each; what is no longer true by the time it
is delivered is not sent. Refuses: choosing a channel (rosters.sender does), and telling anything to who is gone.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.classes import events, queries
from lms.learning.classes.models import ClassMeeting, ClassPlace, ClassRun, PlaceState, RunState
from lms.learning.enrolment.models import Enrolment
from lms.learning.rosters.sender import Reminder, sender
from lms.lib.clock import SHANGHAI, day_bounds, today
from lms.lib.outbox.registry import Event, consumer

BATCH = 500
Words = tuple[str, str]


@consumer(events.OPENED, name="learning.class_opened")
def tell_the_course(event: Event) -> None:
    """Those who study the course and have no place in the run yet, in batches; nobody, where it takes nobody any more: a course that has
    had hundreds of classes would write hundreds of notices to each of its people, all to be dropped."""
    run = ClassRun.objects.select_related("course").get(uuid=event.payload["class"])
    if not queries.open_for_enrolment(run):
        return
    there = ClassPlace.objects.filter(run=run).values("person_id")
    rows = Enrolment.objects.filter(course=run.course, state=Enrolment.State.ACTIVE)
    people = rows.exclude(person__in=there).order_by("pk").values_list("person__uuid", flat=True)
    batch: list[UUID] = []
    for person in people.iterator(chunk_size=BATCH):
        batch.append(person)
        if len(batch) == BATCH:
            events.tell("opened", run, str(run.uuid), batch)
            batch = []
    events.tell("opened", run, str(run.uuid), batch)


def remind_of_tomorrow() -> int:
    """Everybody in a class that meets tomorrow (Shanghai's day); for the beat. Returns how many meetings that is."""
    start, end = day_bounds(today() + timedelta(days=1))
    rows = ClassMeeting.objects.filter(
        starts_at__gte=start, starts_at__lt=end, cancel_reason="", run__state__in=queries.OFFERED
    ).select_related("run")
    found = list(rows)
    for meeting in found:
        events.tell_meeting("tomorrow", meeting, meeting.run, waiting=False)
    return len(found)


# --- delivering ------------------------------------------------------------------------------------------


@consumer(events.NOTICE, name="learning.class_notices")
def deliver(event: Event) -> None:
    """One notice to one person."""
    data = event.payload
    person = User.objects.filter(uuid=data["person"], is_active=True).first()
    run = ClassRun.objects.select_related("course", "provider").get(uuid=data["class"])
    if person is None:
        return
    place = ClassPlace.objects.filter(run=run, person=person).first()
    with translation.override((place.language if place else "") or settings.LANGUAGE_CODE):
        found = _WORDS[data["what"]](run, place, data)
        if found is not None:
            url = settings.PUBLIC_URL + reverse("learning:class", args=[run.uuid])
            sender().send(Reminder(person, found[0], found[1], url))


def _meeting(data: dict[str, Any]) -> ClassMeeting:
    return ClassMeeting.objects.select_related("run").get(uuid=data["meeting"])


def _when(meeting: ClassMeeting) -> dict[str, str]:
    starts_at = meeting.starts_at.astimezone(SHANGHAI)
    return {
        "class": meeting.run.title,
        "meeting": meeting.title,
        "time": f"{starts_at:%Y-%m-%d %H:%M}",
        "place": meeting.where,
    }


def _here(place: ClassPlace | None, *states: str) -> bool:
    return place is not None and place.state in states


def _opened(run: ClassRun, place: ClassPlace | None, _data: dict[str, Any]) -> Words | None:
    if place is not None or not queries.open_for_enrolment(run):
        return None
    values = {
        "course": run.course.title,
        "class": run.title,
        "day": run.starts_on,
        "place": run.place,
        "until": run.enrol_until,
    }
    return (
        _("可以报名了：%(class)s") % values,
        _(
            "你在学的「%(course)s」有一个班次开放报名：「%(class)s」，%(day)s 起，%(place)s。报名截止 %(until)s。"
        )
        % values,
    )


def _added(_run: ClassRun, place: ClassPlace | None, data: dict[str, Any]) -> Words | None:
    meeting = _meeting(data)
    if meeting.cancel_reason or not _here(place, PlaceState.SEATED, PlaceState.WAITING):
        return None
    values = _when(meeting)
    return (
        _("新增一次课：%(class)s") % values,
        _("「%(class)s」新增一次课「%(meeting)s」：%(time)s，%(place)s。") % values,
    )


def _off(_run: ClassRun, place: ClassPlace | None, data: dict[str, Any]) -> Words | None:
    meeting = _meeting(data)
    if not _here(place, PlaceState.SEATED, PlaceState.WAITING):
        return None
    values = _when(meeting) | {"reason": meeting.cancel_reason}
    return (
        _("取消一次课：%(class)s") % values,
        _("「%(class)s」原定 %(time)s 的「%(meeting)s」取消：%(reason)s") % values,
    )


def _cancelled(run: ClassRun, place: ClassPlace | None, _data: dict[str, Any]) -> Words | None:
    if not _here(place, PlaceState.SEATED, PlaceState.WAITING):
        return None
    values = {"class": run.title, "reason": run.cancel_reason}
    return _("班次取消：%(class)s") % values, _("「%(class)s」取消了：%(reason)s") % values


def _seated(run: ClassRun, place: ClassPlace | None, _data: dict[str, Any]) -> Words | None:
    if not _here(place, PlaceState.SEATED) or run.state == RunState.CANCELLED:
        return None
    values = {"class": run.title, "day": run.starts_on, "place": run.place}
    return (
        _("候补成功：%(class)s") % values,
        _("有人退出或名额增加，你已补入「%(class)s」：%(day)s 起，%(place)s。不能来请尽早退出，让给下一位。")
        % values,
    )


def _tomorrow(run: ClassRun, place: ClassPlace | None, data: dict[str, Any]) -> Words | None:
    meeting = _meeting(data)
    if meeting.cancel_reason or run.state not in queries.OFFERED or not _here(place, PlaceState.SEATED):
        return None
    values = _when(meeting)
    return (
        _("明天上课：%(class)s") % values,
        _("「%(class)s」的「%(meeting)s」%(time)s 开始，%(place)s。") % values,
    )


def _result(run: ClassRun, place: ClassPlace | None, _data: dict[str, Any]) -> Words | None:
    if place is None or place.state != PlaceState.SEATED:
        return None
    there = queries.attendance_of(place)
    values = {
        "class": run.title,
        "n": sum(item.attended for item in there),
        "all": len(there),
        "minutes": sum(item.minutes for item in there),
    }
    return (
        _("出席结果：%(class)s") % values,
        _(
            "「%(class)s」已结束：共 %(all)s 次课，你出席 %(n)s 次，合计 %(minutes)s 分钟。有出入请联系老师更正。"
        )
        % values,
    )


def _walk_in(run: ClassRun, place: ClassPlace | None, data: dict[str, Any]) -> Words | None:
    values = {"class": run.title, "reason": data.get("reason", "")}
    if data.get("confirmed"):
        return _("现场报名已确认：%(class)s") % values, _("老师已确认你在「%(class)s」的现场报名。") % values
    return (
        _("现场报名没有通过：%(class)s") % values,
        _("你在「%(class)s」的现场报名没有通过：%(reason)s") % values,
    )


_WORDS: dict[str, Callable[[ClassRun, ClassPlace | None, dict[str, Any]], Words | None]] = {
    "opened": _opened,
    "added": _added,
    "off": _off,
    "cancelled": _cancelled,
    "seated": _seated,
    "tomorrow": _tomorrow,
    "result": _result,
    "walk_in": _walk_in,
}
