"""Opening holds, and what the person concerned does: explaining, appealing.

Owns: that the same facts open one hold, and the nightly look at everybody. Refuses: taking anything away. A hold only
lets completion and hours of one course wait for a person; study goes on counting (decisions.py has what follows).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.holds import detect, queries, steps
from lms.learning.holds.deadlines import due
from lms.learning.holds.detect import Suspicion, Window
from lms.learning.holds.models import (
    Act,
    HoldFile,
    HoldRule,
    HoldScan,
    HoldSession,
    State,
    StudyHold,
)
from lms.learning.study.models import StudyRule
from lms.lib import evidence
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotFound

SYSTEM = Actor.system("holds")
# People in one look; and the days that are caught up with after the platform stood still.
CHUNK = 2000
MOST_DAYS = 14
MOST_EXPLANATIONS = 10
DAY_MS = 24 * 3600 * 1000


# --- looking ---------------------------------------------------------------------------------------------


def look_at(person: User, day: date) -> list[StudyHold]:
    """Look through one person's day now; the holds that are new. Nothing where no rule is in force."""
    rule = queries.rule_on(day)
    if rule is None:
        return []
    limits = rule.plain()
    found = detect.found_in(Window(day, person.pk - 1, person.pk), limits)
    return open_all([*found, *detect.found_on_devices(day, limits, person=person.pk)], rule)


def scan_due() -> int:
    """Look through every day that has ended and was not looked through, and once more through the one of which no report
    can come any more. Called by the beat; returns how many holds that opened.
    """
    return sum(scan(day, late=late) for day, late in days_due())


def days_due() -> list[tuple[date, bool]]:
    """(day, whether it is the second look), in the order of the days; what was begun and not finished is among them."""
    yesterday = today() - timedelta(days=1)
    last = HoldScan.objects.filter(late=False, finished_at__isnull=False).aggregate(last=Max("day"))["last"]
    first = max(last + timedelta(days=1), today() - timedelta(days=MOST_DAYS)) if last else yesterday
    late_ms = StudyRule.objects.aggregate(most=Max("late_ms"))["most"] or 0
    settled = today() - timedelta(days=late_ms // DAY_MS + 2)
    wanted = {(first + timedelta(days=n), False) for n in range((yesterday - first).days + 1)}
    wanted.add((settled, True))
    wanted |= set(HoldScan.objects.filter(finished_at__isnull=True).values_list("day", "late"))
    done = set(HoldScan.objects.filter(finished_at__isnull=False, late=True).values_list("day", "late"))
    return sorted(wanted - done)


def scan(day: date, *, late: bool = False, chunk: int = CHUNK) -> int:
    """Look through everybody's day; how many holds that opened. Killed, it goes on where it was."""
    rule = queries.rule_on(day)
    row, _made = HoldScan.objects.get_or_create(day=day, late=late)
    opened = 0
    while rule is not None and row.finished_at is None:
        opened += _step(row, rule, chunk)
        row.refresh_from_db()
    if row.finished_at is None:
        HoldScan.objects.filter(pk=row.pk).update(finished_at=now())
    return opened


def _step(row: HoldScan, rule: HoldRule, chunk: int) -> int:
    """The next people in the order of their ids; after the last of them the devices of the day."""
    limits = rule.plain()
    ids = User.objects.filter(pk__gt=row.cursor).order_by("pk").values_list("pk", flat=True)
    people = list(ids[:chunk])
    found = detect.found_in(Window(row.day, row.cursor, people[-1]), limits) if people else []
    more = len(people) == chunk
    if not more:
        found += detect.found_on_devices(row.day, limits)
    opened = len(open_all(found, rule))
    # Only from where this look began: of two workers with the same people, one moves the mark.
    HoldScan.objects.filter(pk=row.pk, cursor=row.cursor, finished_at__isnull=True).update(
        cursor=people[-1] if people else row.cursor,
        opened=F("opened") + opened,
        finished_at=None if more else now(),
    )
    return opened


# --- opening ---------------------------------------------------------------------------------------------


def open_all(found: Iterable[Suspicion], rule: HoldRule) -> list[StudyHold]:
    """Open a hold for each suspicion that has none yet; the new ones."""
    items = list(found)
    known = set(
        StudyHold.objects.filter(enrolment__in={item.enrolment for item in items}).values_list(
            "enrolment_id", "reason", "day"
        )
    )
    gone = set(
        User.objects.filter(pk__in={item.person for item in items}, erased_at__isnull=False).values_list(
            "pk", flat=True
        )
    )
    opened = []
    for item in items:
        if item.person not in gone and (item.enrolment, item.reason, item.day) not in known:
            hold = open_hold(item, rule)
            opened += [hold] if hold else []
    return opened


def open_hold(found: Suspicion, rule: HoldRule) -> StudyHold | None:
    """Let the enrolment's completion and hours wait for a person; None when these facts have their hold already."""
    try:
        with transaction.atomic():
            # Whoever completes the course at this moment is either done before or waits.
            Enrolment.objects.select_for_update().get(pk=found.enrolment)
            hold = StudyHold.objects.create(
                person_id=found.person,
                enrolment_id=found.enrolment,
                reason=found.reason,
                day=found.day,
                rule=rule,
                evidence=found.evidence,
                device=found.device,
                due_on=due(State.OPEN, rule, today()),
                opened_at=now(),
            )
            HoldSession.objects.bulk_create(HoldSession(hold=hold, session_id=pk) for pk in found.sessions)
            steps.note(hold, SYSTEM, Act.OPEN)
    except IntegrityError:
        return None
    return hold


# --- the person's acts -----------------------------------------------------------------------------------


def explain(user: User, hold: StudyHold, *, text: str, files: Sequence[UploadedFile] = ()) -> StudyHold:
    """Say how it was, with pictures or PDFs; whoever decides reads it. Raises Conflict (decided), Invalid."""
    _own(user, hold)
    said = steps.word_of(text, _("请写明当时的情况，不超过 1000 个字。"), needed=not files)
    with transaction.atomic():
        row = steps.locked(hold)
        if row.steps.filter(act=Act.EXPLAIN).count() >= MOST_EXPLANATIONS:
            raise Conflict(_("说明已经很多了，请等待答复。"), code="enough_said")
        steps.move(row, Act.EXPLAIN)
        _keep(row, files)
        steps.note(row, actor(user), Act.EXPLAIN, person=user, text=said)
    return row


def appeal(user: User, hold: StudyHold, *, text: str, files: Sequence[UploadedFile] = ()) -> StudyHold:
    """Once, against a decision that something does not count; somebody else decides. Raises Conflict (late, final)."""
    _own(user, hold)
    said = steps.word_of(text, _("请写明申诉的理由，复核的人会看到。"))
    with transaction.atomic():
        row = steps.locked(hold)
        if row.state == State.CONFIRMED and queries.overdue(row):
            raise Conflict(_("申诉期限 %(day)s 已过。") % {"day": row.due_on}, code="too_late")
        if row.state == State.UPHELD:
            raise Conflict(_("这件事已经复核过，结果是最终的。"), code="appealed")
        steps.move(row, Act.APPEAL)
        _keep(row, files)
        steps.note(row, actor(user), Act.APPEAL, person=user, text=said)
    return row


def _keep(row: StudyHold, files: Sequence[UploadedFile]) -> None:
    for item in evidence.checked(files, code=steps.WRONG, there=row.files.count()):
        HoldFile.objects.create(hold=row, **evidence.values(item))


def _own(user: User, hold: StudyHold) -> None:
    if hold.person_id != user.pk:
        raise NotFound
