"""Days of study for tests of holds, honest and not; and the people who look into them. Everybody here is invented."""

from datetime import date, datetime, timedelta
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.learning.completion.models import Completion
from lms.learning.holds.decisions import Verdict, decide
from lms.learning.holds.models import StudyHold
from lms.learning.holds.services import scan
from lms.learning.study.models import LessonProgress
from lms.learning.study.services import take_over
from lms.lib.clock import SHANGHAI
from lms.lib.outbox.services import deliver_pending
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

DAY = date(2026, 7, 3)
NOON = datetime(2026, 7, 3, 12, tzinfo=SHANGHAI)
MORNING_AFTER = datetime(2026, 7, 4, 1, tzinfo=SHANGHAI)
MINUTE = 60 * SECOND
# What a lesson of 200 paragraphs of 96 seconds asks for in minutes: 25 %, and a little more.
QUARTER = 81
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
_devices = count(1)


def course(paragraphs=200, **more):
    """Two lessons of text, five hours and twenty minutes each by the first content rule."""
    return released_course([[text(PARAGRAPH * paragraphs)]] * 2, **{"centihours": 1400} | more)


def at(hour, minute=0, day=DAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def studies(clock, item, hour, minutes, *, device="", kind="computer", place=0, minute=0, first=0, seq=1):
    """A stretch on one page: opened at the hour, reported at its end; `first`: where in the lesson (minutes) it begins.

    Content is met at the speed at which the time passes.
    """
    clock.move_to(at(hour, minute), tick=False)
    page = opened(item, place, device=device or f"device-{next(_devices)}", kind=kind)
    return reports(clock, item, page, minutes, place=place, first=first, seq=seq)


def reports(clock, item, page, minutes, *, place=0, first=0, seq=1, state="leaving", covered=None):
    start = page.session.opened_ms
    clock.move_to(datetime.fromtimestamp(start / SECOND, SHANGHAI) + timedelta(minutes=minutes), tick=False)
    block = blocks(item, place)[0]["id"]
    met = [[first * MINUTE, (first + (minutes if covered is None else covered)) * MINUTE]]
    send(page.session, seq, until=minutes * MINUTE, coverage={block: met}, state=state)
    return page


def next_day(clock):
    clock.move_to(MORNING_AFTER, tick=False)


def looked(clock, day=DAY):
    """The nightly look; the holds it opened."""
    next_day(clock)
    before = set(StudyHold.objects.values_list("pk", flat=True))
    scan(day)
    return list(StudyHold.objects.exclude(pk__in=before).order_by("pk"))


def overlapping(clock, item, minutes=200):
    """Two devices on two lessons for hours: the day of a person about whom somebody should ask."""
    clock.move_to(at(9), tick=False)
    desk = opened(item, 0, device=f"desk-{item.pk}")
    pages = [desk, opened(item, 1, device=f"phone-{item.pk}", kind="phone")]
    for place, page in enumerate(pages):
        reports(clock, item, page, minutes, place=place, state="here")
    return pages


def held(clock, item=None):
    """An open hold for overlapping study; its enrolment's release asks for 25 % of each lesson."""
    item = item or enrolment(release=course(min_coverage_percent=25))
    overlapping(clock, item)
    (hold,) = looked(clock)
    return hold


class House:
    """An authority with two officers and an auditor."""

    def __init__(self):
        self.authority = OrganisationFactory(kind="authority", name="申江市人力资源和社会保障局")
        self.officer = member("officer", self.authority, display_name="郑明")
        self.second = member("officer", self.authority, display_name="何静")
        self.auditor = member("auditor", self.authority, display_name="白露")


def confirm(officer, hold, sessions=None, reason="两处同时在学，只计一处"):
    return decide(officer, hold, Verdict("confirm", reason, sessions))


def release(officer, hold, reason="家里人借用过平板，属实"):
    return decide(officer, hold, Verdict("release", reason))


def picture(name="照片.png", content=PNG):
    return SimpleUploadedFile(name, content)


def delivered():
    while deliver_pending():
        pass


def counted(item):
    return sum(LessonProgress.objects.filter(enrolment=item).values_list("counted_ms", flat=True))


def later(clock, item, place, minutes, *, hour=9, days=2, first=0):
    """Honest study on a later day."""
    clock.move_to(at(hour, day=DAY + timedelta(days=days)), tick=False)
    reports(clock, item, opened(item, place, device="desk"), minutes, place=place, first=first)


def half(item, clock):
    """Held with only the first lesson studied far enough: two devices on the same lesson."""
    clock.move_to(at(9), tick=False)
    pages = [opened(item, 0, device="desk"), opened(item, 0, device="phone", kind="phone")]
    for page in pages:
        reports(clock, item, page, 200, state="here")
    (hold,) = looked(clock)
    return hold


def completed(item, clock):
    """Both lessons to their quarter, honestly."""
    for place in (0, 1):
        studies(clock, item, 5 + place * 2, QUARTER, place=place, device="desk")
    return Completion.objects.get()


__all__ = ["NOON", "opened", "send", "take_over"]
