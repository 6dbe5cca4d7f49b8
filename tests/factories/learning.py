"""Learners under way, for tests: enrolments in released courses, sessions and reports as a page would send them."""

import json
from itertools import count
from typing import Any

from courses.models import Release
from lms.accounts.api import actor
from lms.accounts.models import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.learning.study.models import StudySession
from lms.learning.study.reports import parse, token_for
from lms.learning.study.services import Opened, Taken, open_session, take_report
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course

_devices = count(1)
SECOND = 1000
MINUTE = 60_000


def enrolment(user: User | None = None, release: Release | None = None, **course: Any) -> Enrolment:
    release = release or released_course(**course)
    user = user or UserFactory()
    return enrol(user, release.course, actor(user))


def opened(
    item: Enrolment,
    place: int = 0,
    *,
    device: str = "",
    kind: str = "computer",
    tab: str = "",
    again: bool = False,
    asks: bool = True,
) -> Opened:
    """A session on the lesson at `place`; each on a device of its own unless one is named."""
    lesson = item.release.lessons.all()[place]
    return open_session(
        item.person,
        item,
        lesson.uuid,
        device=device or f"device-{next(_devices)}",
        device_kind=kind,
        tab=tab,
        again=again,
        asks=asks,
    )


def body(session: StudySession, seq: int, *, until: int, active: Any = None, **more: Any) -> dict[str, Any]:
    """A report as JSON values: active from the start to `until` (ms after opening) unless said otherwise."""
    stretches = [[0, until]] if active is None else active
    return {
        "session": token_for(session.uuid.hex),
        "seq": seq,
        "elapsed_ms": until,
        "active_ms_total": sum(end - start for start, end in stretches),
        "active": stretches,
        "inactive": [],
        "coverage": {},
        "state": "here",
    } | more


def send(session: StudySession, seq: int, *, until: int, user: User | None = None, **more: Any) -> Taken:
    """Parse and take a report as the HTTP door would."""
    report = parse(json.dumps(body(session, seq, until=until, **more)).encode())
    return take_report(user or session.person, report)


def blocks(item: Enrolment, place: int = 0) -> list[dict[str, Any]]:
    return list(item.release.lessons.all()[place].blocks)
