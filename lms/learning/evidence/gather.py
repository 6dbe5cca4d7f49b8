"""The facts of some enrolments as the lines of a pack, as the server knew them at a moment. Reads, and writes nothing.

A chunk is a handful of queries, however many people it holds; reports, of which there are most, are streamed. Who sees
the pack learns of other courses only that a turn was held elsewhere, never where.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from courses.api import ReleaseLesson
from courses.translations.api import History, also_accepted, history_of
from lms.accounts.api import Identity, User, mask_name
from lms.learning.assessment.models import QuizAttempt
from lms.learning.classes.hours_models import ClassHours
from lms.learning.classes.models import AttendanceEvent, PracticeChecklist, PracticeResult
from lms.learning.completion.models import Completion
from lms.learning.enrolment.models import Enrolment
from lms.learning.evidence.classwork import attended
from lms.learning.evidence.lines import (
    attempt_line,
    attendance_line,
    checklist_line,
    claims_told,
    class_hours_line,
    completion_line,
    practice_line,
)
from lms.learning.evidence.models import EvidenceOrder, SignIn
from lms.learning.evidence.recount import (
    RULE_FIELDS,
    Course,
    Line,
    Period,
    Raw,
    course_from,
    period_between,
    recount,
)
from lms.learning.records.models import Statement
from lms.learning.study.models import StreamClaim, StudyGrant, StudyReport, StudyRule, StudySession
from lms.lib.clock import epoch_ms, local_day

# A sign-in lasts this long: whoever studied on the first day may have signed in before it.
SESSION_MS = settings.SESSION_COOKIE_AGE * 1000
REPORT_FIELDS = (
    *("seq", "payload_hash", "received_ms", "elapsed_ms"),
    *("active_ms_total", "active", "inactive", "coverage"),
)


@dataclass(frozen=True)
class Frame:
    """What all lines of a pack have in common. history, asked: of the course's translations, and the questions of its
    quizzes ((lesson, block) → questions), read once a pack; asked is empty where there are no translations.
    """

    order: EvidenceOrder
    course: Course
    period: Period
    as_of_ms: int
    history: History
    asked: Mapping[tuple[int, str], list[Line]]


def frame_of(order: EvidenceOrder, document: Line) -> Frame:
    """document: course.json as `course` below makes it."""
    period = period_between(order.first, order.last, order.at)
    history = history_of(order.release.course_id)
    asked = _questions_of(order.release_id) if history else {}
    return Frame(order, course_from(document), period, epoch_ms(order.at), history, asked)


def enrolments_of(order: EvidenceOrder) -> QuerySet[Enrolment]:
    """Whom the pack is about, in its order."""
    rows = Enrolment.objects.filter(release_id=order.release_id, started_at__lte=order.at)
    if order.people:
        rows = rows.filter(uuid__in=order.people)
    return rows.select_related("person").order_by("pk")


def course(order: EvidenceOrder) -> Line:
    """course.json: the release, its lessons with the length of every block, and every version of the study rule."""
    release = order.release
    lessons = ReleaseLesson.objects.filter(release=release).order_by("position")
    rules = StudyRule.objects.filter(valid_from__lte=local_day(order.at)).order_by("version")
    return {
        "release": str(release.uuid),
        "number": release.number,
        "code": release.code,
        "title": release.title,
        "kind": release.kind,
        "provider": release.provider.name,
        "approved_centihours": release.centihours,
        "published_at": release.published_at.isoformat(),
        "content_hash": release.content_hash,
        "completion_rule": release.rule,
        "content_rule": {
            "version": release.content_rule.version,
            "source": release.content_rule.source,
        },
        "lessons": [
            {
                "uuid": str(lesson.uuid),
                "key": lesson.key,
                "chapter": lesson.chapter_title,
                "title": lesson.title,
                "nominal_ms": lesson.nominal_ms,
                # As study/services.py copies them into a learner's progress.
                "lengths": {
                    block["id"]: block["nominal_ms"] for block in lesson.blocks if block["nominal_ms"] > 0
                },
            }
            for lesson in lessons
        ],
        "study_rules": [
            {name: getattr(rule, name) for name in RULE_FIELDS}
            | {"valid_from": rule.valid_from.isoformat(), "source": rule.source}
            for rule in rules
        ],
    }


# --- a chunk ---------------------------------------------------------------------------------------------


class Chunk:
    """The lines of some enrolments (in the pack's order): file → its lines, person after person."""

    def __init__(self, frame: Frame, items: Sequence[Enrolment]) -> None:
        self.frame, self.items = frame, items
        self.by_pk = {item.pk: item for item in items}
        order = frame.order
        self.lessons = {
            pk: str(uuid)
            for pk, uuid in ReleaseLesson.objects.filter(release_id=order.release_id).values_list(
                "pk", "uuid"
            )
        }
        self.sessions = self._sessions()
        self.session_names = {row["pk"]: row["line"]["session"] for row in self.sessions}

    def _of_items(self, rows: QuerySet[Any]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows.filter(enrolment__in=self.by_pk):
            found[row.enrolment_id].append(row)
        return found

    def people(self) -> Iterator[Sequence[Any]]:
        people = [item.person_id for item in self.items]
        papers = {row.user_id: row for row in Identity.objects.filter(user__in=people)}
        for item in self.items:
            person, paper = item.person, papers.get(item.person_id)
            yield (
                item.uuid,
                person.uuid,
                self._name(person, paper),
                "yes" if self.frame.order.named else "no",
                paper.status if paper else "unverified",
                paper.kind if paper else "",
                local_day(paper.checked_at) if paper else "",
                "yes" if person.phone_verified else "no",
                item.started_at.isoformat(),
            )

    def _name(self, person: User, paper: Identity | None) -> str:
        name = paper.legal_name if paper else str(person)
        return name if self.frame.order.named else mask_name(name)

    def sign_ins(self) -> Iterator[Sequence[Any]]:
        """From one sign-in's length before the enrolment; in a period, before the period: not the person's whole life."""
        rows: dict[int, list[SignIn]] = defaultdict(list)
        people = [item.person_id for item in self.items]
        for row in SignIn.objects.filter(person__in=people, at__lte=self.frame.order.at).order_by("at", "pk"):
            rows[row.person_id].append(row)
        period = self.frame.period
        for item in self.items:
            low = max(epoch_ms(item.started_at), period.low) - SESSION_MS
            for row in rows[item.person_id]:
                if low <= epoch_ms(row.at) < period.high:
                    yield (item.uuid, item.person.uuid, row.at.isoformat(), row.act, row.device)

    def _sessions(self) -> list[dict[str, Any]]:
        rows = StudySession.objects.filter(enrolment__in=self.by_pk, opened_ms__lte=self.frame.as_of_ms)
        fields = (
            *("pk", "enrolment_id", "uuid", "lesson_id", "rule__version", "device_kind", "opened_ms"),
            "barred",
        )
        return [
            {
                "pk": pk,
                "enrolment": enrolment,
                "line": {
                    "session": str(uuid),
                    "lesson": self.lessons[lesson],
                    "rule": version,
                    "device": device,
                    "opened_ms": opened,
                    # When nothing of it counts, and why: [[from, until, reason], …] in wall ms, as it stands.
                    "barred": barred,
                },
            }
            for pk, enrolment, uuid, lesson, version, device, opened, barred in rows.order_by(
                "enrolment_id", "pk"
            ).values_list(*fields)
        ]

    def study(self) -> Iterator[tuple[Enrolment, Raw]]:
        """Every enrolment with its raw facts, one after the other."""
        sessions: dict[int, list[Line]] = defaultdict(list)
        for row in self.sessions:
            sessions[row["enrolment"]].append(row["line"])
        grants = self._of_items(
            StudyGrant.objects.filter(at_ms__lte=self.frame.as_of_ms).order_by("enrolment_id", "pk")
        )
        claims = self._claims()
        reports = self._reports()
        upcoming = next(reports, None)
        for item in self.items:
            mine: list[Line] = []
            if upcoming is not None and upcoming[0] == item.pk:
                mine, upcoming = upcoming[1], next(reports, None)
            yield (
                item,
                Raw(
                    sessions=sessions[item.pk],
                    reports=mine,
                    grants=[
                        {
                            "lesson": self.lessons[row.lesson_id],
                            "block": row.block,
                            "at_ms": row.at_ms,
                            "source": row.source,
                            "evidence": str(row.evidence),
                        }
                        for row in grants[item.pk]
                    ],
                    claims=claims_told(claims[item.person_id], sessions[item.pk]),
                ),
            )

    def _reports(self) -> Iterator[tuple[int, list[Line]]]:
        rows = (
            StudyReport.objects.filter(
                session__enrolment__in=self.by_pk,
                # Of the months, only the sessions' own are looked into.
                opened_ms=F("session__opened_ms"),
                received_ms__lte=self.frame.as_of_ms,
            )
            .order_by("session__enrolment_id", "session_id", "seq")
            .values("session_id", "session__enrolment_id", *REPORT_FIELDS)
        )
        for pk, found in groupby(rows.iterator(2000), key=lambda row: row["session__enrolment_id"]):
            yield (
                int(pk),
                [
                    {"session": self.session_names[row["session_id"]]}
                    | {name: row[name] for name in REPORT_FIELDS}
                    for row in found
                    # A session may have been opened since this chunk's sessions were read.
                    if row["session_id"] in self.session_names
                ],
            )

    def _claims(self) -> dict[int, list[Line]]:
        found: dict[int, list[Line]] = defaultdict(list)
        people = [item.person_id for item in self.items]
        rows = StreamClaim.objects.filter(person__in=people, at_ms__lte=self.frame.as_of_ms)
        for person, session, at_ms, kind in rows.order_by("at_ms").values_list(
            "person_id", "session_id", "at_ms", "kind"
        ):
            name = self.session_names.get(session)
            found[person].append({"session": name, "at_ms": at_ms, "kind": kind if name else "elsewhere"})
        return found

    # --- questions and answers ---------------------------------------------------------------------------

    def attempts(self) -> Iterator[tuple[Enrolment, Line]]:
        """Attempts begun in the period; an open one without its answers, which may still change; null: erased."""
        order, period = self.frame.order, self.frame.period
        rows = self._of_items(
            QuizAttempt.objects.filter(started_at__lte=order.at)
            .prefetch_related("answers")
            .order_by("enrolment_id", "pk")
        )
        for item in self.items:
            for row in rows[item.pk]:
                if period.holds(epoch_ms(row.started_at)):
                    yield (
                        item,
                        attempt_line(
                            row,
                            self.lessons[row.lesson_id],
                            order.at,
                            is_erased=item.person.erased_at is not None,
                        )
                        | _accepted_beside(row, self.frame.asked, self.frame.history, order.at),
                    )

    def exercises(self) -> Iterator[tuple[Enrolment, Line]]:
        """What exercises told in the period, as received (xAPI)."""
        order, period = self.frame.order, self.frame.period
        rows = self._of_items(
            Statement.objects.filter(stored_at__lte=order.at).order_by("enrolment_id", "pk")
        )
        for item in self.items:
            for row in rows[item.pk]:
                if period.holds(epoch_ms(row.stored_at)):
                    yield (
                        item,
                        {
                            "lesson": self.lessons[row.lesson_id],
                            "block": row.block,
                            "verb": row.verb,
                            "stored_at": row.stored_at.isoformat(),
                            "statement": row.raw,
                        },
                    )

    def attendance(self) -> Iterator[tuple[Enrolment, list[Line], list[Line]]]:
        """Signing in and out at the meetings of classes that begin in the period, corrections and all, meeting after
        meeting; and what each meeting comes to.
        """
        order, period = self.frame.order, self.frame.period
        rows: dict[int, list[AttendanceEvent]] = defaultdict(list)
        recorded = AttendanceEvent.objects.filter(
            place__enrolment__in=self.by_pk, recorded_at__lte=order.at
        ).select_related("place", "meeting__run")
        for row in recorded.order_by("place_id", "meeting__starts_at", "meeting_id", "number"):
            rows[row.place.enrolment_id].append(row)
        for item in self.items:
            events = [
                attendance_line(row) for row in rows[item.pk] if period.holds(epoch_ms(row.meeting.starts_at))
            ]
            yield item, events, attended(events)

    def practice(self) -> Iterator[tuple[Enrolment, Line]]:
        """Every sheet of an assessor, whatever the period: a completion stands on one."""
        rows: dict[int, list[PracticeResult]] = defaultdict(list)
        sheets = (
            PracticeResult.objects.filter(place__enrolment__in=self.by_pk, at__lte=self.frame.order.at)
            .select_related("place__run", "checklist", "assessor", "body")
            .prefetch_related("photos")
        )
        for row in sheets.order_by("place_id", "number"):
            rows[row.place.enrolment_id].append(row)
        for item in self.items:
            for row in rows[item.pk]:
                yield item, practice_line(row)

    def class_hours(self) -> Iterator[tuple[Enrolment, Line]]:
        """Hours from attendance, whatever the period; those taken back too."""
        order = self.frame.order
        rows: dict[int, list[ClassHours]] = defaultdict(list)
        given = ClassHours.objects.filter(place__enrolment__in=self.by_pk, at__lte=order.at)
        for row in given.select_related("place__run", "taken").order_by("place_id", "number"):
            rows[row.place.enrolment_id].append(row)
        for item in self.items:
            for row in rows[item.pk]:
                yield item, class_hours_line(row, order.at)

    # --- what came of it ---------------------------------------------------------------------------------

    def completions(self) -> Iterator[tuple[Enrolment, Line]]:
        order = self.frame.order
        rows = self._of_items(
            Completion.objects.filter(completed_at__lte=order.at)
            .select_related("certificate")
            .prefetch_related("top_ups", "corrections__top_up", "certificate__reissues")
            .order_by("enrolment_id")
        )
        for item in self.items:
            for row in rows[item.pk]:
                yield item, completion_line(row, order.at)


def _questions_of(release: int) -> dict[tuple[int, str], list[Line]]:
    """(lesson, block) → the questions of its quiz."""
    return {
        (lesson, block["id"]): block["value"]["questions"]
        for lesson, blocks in ReleaseLesson.objects.filter(release_id=release).values_list("pk", "blocks")
        for block in blocks
        if block["type"] == "quiz"
    }


def _accepted_beside(
    row: QuizAttempt, asked: Mapping[tuple[int, str], list[Line]], history: History, as_of: datetime
) -> Line:
    """{"accepted": {question: what each blank accepted}} where a translation accepted more than the source says when the
    attempt was handed in."""
    own = asked.get((row.lesson_id, row.block))
    if own is None or row.closed_at is None or row.closed_at > as_of:
        return {}
    wide = also_accepted(own, 0, row.closed_at, history=history)
    more = {
        new["id"]: new["answer"] for old, new in zip(own, wide, strict=True) if new["answer"] != old["answer"]
    }
    return {"accepted": more} if more else {}


def questions(order: EvidenceOrder, asked: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """The questions of quizzes (lesson, block) that somebody in the pack has answered: nobody else's secret is told."""
    wanted = set(asked)
    lessons = ReleaseLesson.objects.filter(release_id=order.release_id).order_by("position")
    for lesson in lessons:
        for block in lesson.blocks:
            if block["type"] == "quiz" and (str(lesson.uuid), block["id"]) in wanted:
                value = block["value"]
                yield {
                    "lesson": str(lesson.uuid),
                    "block": block["id"],
                    "title": value["title"],
                    "questions": value["questions"],
                }


def checklists(used: Iterable[str]) -> Iterator[Line]:
    """The checklists (uuids) that the sheets of the pack name, as they were published."""
    for row in PracticeChecklist.objects.filter(uuid__in=set(used)).order_by("course_id", "version"):
        yield checklist_line(row)


def recounted(frame: Frame, raw: Raw) -> tuple[list[Line], list[Line]]:
    return recount(raw, frame.course, frame.period)
