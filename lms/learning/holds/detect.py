"""Looking through a day of study for what a person should look at: set-wise, in a fixed number of queries for any number
of people.

Owns: what is read, and what is written down as evidence: plain figures and moments. Refuses: writing, and judging;
rules.py says from when on something is odd.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from lms.learning.holds import rules
from lms.learning.holds.incidents import SUSPECT
from lms.learning.holds.models import Reason, State, StudyHold, StudyIncident
from lms.learning.holds.rules import Thresholds
from lms.learning.study.intervals import Ranges, clip, intersect, length, merge
from lms.learning.study.models import LessonProgress, StudyReport, StudySession
from lms.learning.study.rules import Content, bound_coverage, union_coverage
from lms.lib.clock import day_bounds, epoch_ms

DAY_MS = 24 * 3600 * 1000
# Of the stretches that are evidence, as many as somebody reads.
MOST_SHOWN = 20


@dataclass(frozen=True)
class Suspicion:
    """One enrolment's part of what was found. sessions: ids of those concerned. evidence: JSON (StudyHold.evidence)."""

    person: int
    enrolment: int
    reason: str
    day: date
    sessions: tuple[int, ...]
    evidence: dict[str, Any]
    device: str = ""


@dataclass(frozen=True)
class Window:
    """A Shanghai day in epoch ms, and whose study is looked at: ids above `low`, up to `high`; or one person."""

    day: date
    low: int
    high: int

    @property
    def bounds(self) -> tuple[int, int]:
        start, end = day_bounds(self.day)
        return epoch_ms(start), epoch_ms(end)

    def people(self, name: str = "person_id") -> Q:
        return Q(**{f"{name}__gt": self.low, f"{name}__lte": self.high})


def found_in(window: Window, limits: Thresholds) -> list[Suspicion]:
    """Everything odd about the people of a window on their own; shared devices are `found_on_devices`."""
    return [*_overlapping(window, limits), *_too_fast(window, limits), *_forged(window, limits)]


def _opened(window: Window, *, before_ms: int = 0) -> QuerySet[StudySession]:
    start, end = window.bounds
    return StudySession.objects.filter(
        window.people(), opened_ms__gte=start - before_ms, opened_ms__lt=end
    ).order_by()


@dataclass(frozen=True)
class _Seen:
    """A session as detection sees it; active: clipped to the day."""

    pk: int
    person: int
    enrolment: int
    device: str
    kind: str
    active: Ranges


FIELDS = ("pk", "person_id", "enrolment_id", "device", "device_kind", "active")


def _seen(rows: QuerySet[StudySession], bounds: tuple[int, int]) -> list[_Seen]:
    return [
        _Seen(pk, person, enrolment, device, kind, clip(merge(active), *bounds))
        for pk, person, enrolment, device, kind, active in rows.values_list(*FIELDS)
    ]


# --- several devices of one person -----------------------------------------------------------------------


def _overlapping(window: Window, limits: Thresholds) -> Iterable[Suspicion]:
    """Pages of one device are one: only what two devices at once reported as active is looked at."""
    # What was opened the evening before may reach into the day.
    rows = _opened(window, before_ms=DAY_MS).exclude(device="")
    several = rows.values("person_id").annotate(n=Count("device", distinct=True)).filter(n__gte=2)
    by_person: dict[int, list[_Seen]] = defaultdict(list)
    for item in _seen(rows.filter(person__in=several.values("person_id")), window.bounds):
        by_person[item.person].append(item)
    for person, items in by_person.items():
        streams = [(item.device, item.active) for item in items]
        double = rules.crowded(streams, 2)
        if length(double) > limits.overlap_ms:
            kinds = {item.device: item.kind for item in items}
            stretches = [
                [part.start, part.end, [kinds[str(key)] for key in part.keys]]
                for part in rules.shared(double, streams, MOST_SHOWN)
            ]
            yield from _by_enrolment(
                window.day,
                person,
                Reason.OVERLAP,
                [item for item in items if intersect(item.active, double)],
                {"overlap_ms": length(double), "limit_ms": limits.overlap_ms, "stretches": stretches},
            )


def _by_enrolment(
    day: date, person: int, reason: str, items: Sequence[_Seen], evidence: dict[str, Any], device: str = ""
) -> Iterable[Suspicion]:
    sessions: dict[int, list[int]] = defaultdict(list)
    for item in items:
        sessions[item.enrolment].append(item.pk)
    for enrolment, pks in sessions.items():
        yield Suspicion(person, enrolment, str(reason), day, tuple(sorted(pks)), evidence, device)


# --- more content than time ------------------------------------------------------------------------------


def _too_fast(window: Window, limits: Thresholds) -> Iterable[Suspicion]:
    """Only lessons whose figures as a whole lie beyond what their time carries are read report by report."""
    lessons = list(
        LessonProgress.objects.filter(
            window.people(),
            last_day__gte=window.day,
            covered_ms__gt=F("budget_hundredths") / 100 + limits.speed_excess_ms,
        )
    )
    start, end = window.bounds
    hits: dict[tuple[int, int], list[tuple[StudySession, rules.Claimed]]] = defaultdict(list)
    for lesson, session, claim in _claimed_in(lessons):
        if start <= session.opened_ms < end and rules.too_fast(claim, limits):
            hits[lesson.person_id, lesson.enrolment_id].append((session, claim))
    for (person, enrolment), found in hits.items():
        evidence = {"sessions": [_told(session, claim) for session, claim in found[:MOST_SHOWN]]}
        pks = tuple(session.pk for session, _claim in found)
        yield Suspicion(person, enrolment, str(Reason.SPEED), window.day, pks, evidence)


def _claimed_in(
    lessons: Sequence[LessonProgress],
) -> Iterable[tuple[LessonProgress, StudySession, rules.Claimed]]:
    """Every session of the lessons with what it told for the first time. Two queries; none without lessons."""
    if not lessons:
        return
    rows = StudySession.objects.filter(progress__in=lessons).select_related("rule")
    sessions = list(rows.order_by("opened_ms", "pk"))
    told: dict[int, dict[str, Ranges]] = {}
    reports = StudyReport.objects.filter(session__in=sessions)
    for pk, coverage in reports.values_list("session_id", "coverage"):
        told[pk] = union_coverage((told.get(pk, {}), coverage))
    for lesson in lessons:
        own = [item for item in sessions if item.progress_id == lesson.pk]
        content = Content(lesson.lengths)
        facts = (
            (
                item.pk,
                bound_coverage(told.get(item.pk, {}), content),
                length(merge(item.active)),
                item.rule.speed_hundredths,
            )
            for item in own
        )
        for item, claim in zip(own, rules.claimed(facts, lesson.granted), strict=True):
            yield lesson, item, claim


def _told(session: StudySession, claim: rules.Claimed) -> dict[str, Any]:
    return {
        "session": str(session.uuid),
        "opened_ms": session.opened_ms,
        "claimed_ms": claim.new_ms,
        "active_ms": claim.active_ms,
        "allowed_ms": claim.budget_ms,
        "speed_hundredths": claim.speed_hundredths,
    }


# --- reports that were refused ---------------------------------------------------------------------------


def _forged(window: Window, limits: Thresholds) -> Iterable[Suspicion]:
    """Distinct refused contents, with a line or under a ticket, and reports from the future, of one person and day."""
    start, end = window.bounds
    kinds: dict[int, Counter[str]] = defaultdict(Counter)
    own: dict[int, set[int]] = defaultdict(set)
    strange: list[tuple[int, str]] = []
    rows = StudyIncident.objects.filter(
        window.people(), kind__in=SUSPECT, received_ms__gte=start, received_ms__lt=end
    )
    for person, kind, session, owner, device, taken_on in rows.values_list(
        "person_id", "kind", "session_id", "session__person_id", "session__device", "ticket__device"
    ):
        if kind == StudyIncident.Kind.OTHER_PERSON and (device or taken_on):
            strange.append((person, device or taken_on))
            continue
        kinds[person][kind] += 1
        if owner == person and session is not None:
            own[person].add(session)
    for person, number in _of_others(strange):
        kinds[person][StudyIncident.Kind.OTHER_PERSON] += number
    for person, session, number in _ahead(window, limits):
        kinds[person]["ahead"] += number
        own[person].add(session)
    suspects = {person for person, counts in kinds.items() if counts.total() >= limits.refusals}
    if not suspects:
        return
    by_person: dict[int, list[_Seen]] = defaultdict(list)
    # What was studied without a line stands on an earlier day than the one on which it was tried.
    named_ = StudySession.objects.filter(pk__in={pk for person in suspects for pk in own[person]})
    for item in _seen((_opened(window).filter(person__in=suspects) | named_).distinct(), window.bounds):
        by_person[item.person].append(item)
    for person, items in by_person.items():
        # Where no session of theirs was named, all of the day are what the tries can have been for.
        named = [item for item in items if item.pk in own[person]] or items
        evidence = {"refusals": dict(kinds[person]), "limit": limits.refusals}
        yield from _by_enrolment(window.day, person, Reason.FORGED, named, evidence)


def _of_others(strange: list[tuple[int, str]]) -> Iterable[tuple[int, int]]:
    """(person, how many): tries with other people's sessions and tickets (by the device they are of), without those of a
    device that the person uses too: there a page of somebody else was left open.
    """
    if not strange:
        return
    people, devices = {person for person, _device in strange}, {device for _person, device in strange}
    used = set(
        StudySession.objects.filter(person__in=people, device__in=devices)
        .order_by()
        .values_list("person_id", "device")
        .distinct()
    )
    yield from Counter(person for person, device in strange if (person, device) not in used).items()


def _ahead(window: Window, limits: Thresholds) -> Iterable[tuple[int, int, int]]:
    """(person, session, reports) that told of time which had not come yet, by far more than a clock is off."""
    start, end = window.bounds
    rows = StudyReport.objects.filter(
        window.people("session__person_id"),
        # The report's own copy: of the months only the day's is looked into (study/partitions.py).
        opened_ms__gte=start,
        opened_ms__lt=end,
        received_ms__gte=start,
        elapsed_ms__gt=F("received_ms") - F("opened_ms") + limits.ahead_ms,
    )
    grouped = rows.order_by().values_list("session__person_id", "session_id").annotate(Count("pk"))
    yield from grouped


# --- several people on one device ------------------------------------------------------------------------


def found_on_devices(day: date, limits: Thresholds, *, person: int | None = None) -> list[Suspicion]:
    """Devices on which several people studied at the same moment. One after the other is a training room; and a device
    that somebody has looked into and found honest (PCs copied from one disk show one mark) is not brought up again.
    """
    start, end = Window(day, 0, 0).bounds
    rows = StudySession.objects.filter(opened_ms__gte=start - DAY_MS, opened_ms__lt=end)
    rows = rows.exclude(device="").order_by()
    if person is not None:
        mine = rows.filter(person=person).values("device")
        rows = rows.filter(device__in=mine)
    full = (
        rows.values("device").annotate(n=Count("person", distinct=True)).filter(n__gte=limits.shared_people)
    )
    cleared = StudyHold.objects.filter(reason=Reason.SHARED, state=State.RELEASED).exclude(device="")
    full = full.exclude(device__in=cleared.values("device"))
    by_device: dict[str, list[_Seen]] = defaultdict(list)
    for item in _seen(rows.filter(device__in=full.values("device")), (start, end)):
        by_device[item.device].append(item)
    found: list[Suspicion] = []
    for device, items in by_device.items():
        found += _on_device(day, device, items, limits)
    return [item for item in found if person is None or item.person == person]


def _on_device(day: date, device: str, items: Sequence[_Seen], limits: Thresholds) -> Iterable[Suspicion]:
    streams = [(item.person, item.active) for item in items]
    full = rules.crowded(streams, limits.shared_people)
    if length(full) <= limits.shared_ms:
        return
    # How many, never who: each of them reads this.
    evidence = {
        "shared_ms": length(full),
        "limit_ms": limits.shared_ms,
        "limit": limits.shared_people,
        "stretches": [
            [part.start, part.end, len(part.keys)] for part in rules.shared(full, streams, MOST_SHOWN)
        ],
    }
    by_person: dict[int, list[_Seen]] = defaultdict(list)
    for item in items:
        if intersect(item.active, full):
            by_person[item.person].append(item)
    for person, own in by_person.items():
        yield from _by_enrolment(day, person, Reason.SHARED, own, evidence, device)
