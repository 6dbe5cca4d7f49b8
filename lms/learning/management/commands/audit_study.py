"""`python -m lms audit_study`: rebuild every total of study time from its raw rows and compare; check that every
completion and its top-ups follow from its own copy of rule and evidence, are not more than was studied, and were
announced; and that the figures of years are what their sources gave.
"""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django.db.models import QuerySet

from lms.accounts.api import User
from lms.learning.classes.hours_models import ClassHours
from lms.learning.classes.hours_queries import announced
from lms.learning.classes.hours_queries import faults as class_faults
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults, known_of
from lms.learning.statements import figures
from lms.learning.study import projection
from lms.learning.study.auditing import looked_through
from lms.learning.study.locking import lock
from lms.learning.study.models import LessonProgress, StudySession

Row = TypeVar("Row", bound=models.Model)


class Command(BaseCommand):
    help = "Rebuild all study totals from raw reports and compare them with what is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", help="only this person (uuid)")
        parser.add_argument(
            "--repair", action="store_true", help="write the rebuilt figures where they differ"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.get(uuid=options["person"]).pk if options["person"] else None
        checked, wrong = 0, 0
        for found in looked_through(person):
            checked += found.checked
            # Looked at again, one by one: a report that came meanwhile looks like a difference to the quick look.
            wrong += sum(self._check(pk, repair=options["repair"]) for pk in found.progress)
            wrong += sum(self._check_session(pk) for pk in found.sessions)
        for sentence in (
            *_completions(person),
            *_class_hours(person),
            *figures.differences(options["person"]),
        ):
            wrong += 1
            self.stderr.write(sentence)
        self.stdout.write(f"audit_study: {checked} totals checked, {wrong} differ")
        if wrong and not options["repair"]:
            raise CommandError(f"{wrong} study totals differ from their reports")

    def _check(self, pk: int, *, repair: bool) -> int:
        # Under the person's lock: a report arriving meanwhile would look like a difference.
        with transaction.atomic():
            row = LessonProgress.objects.get(pk=pk)
            lock(row.person_id)
            row.refresh_from_db()
            found = projection.differences(row)
            if not found:
                return 0
            self.stderr.write(f"progress {row.enrolment_id}/{row.lesson_id}: {found}")
            if repair:
                projection.repair(row)
            return 1

    def _check_session(self, pk: int) -> int:
        with transaction.atomic():
            lock(StudySession.objects.values_list("person_id", flat=True).get(pk=pk))
            session = StudySession.objects.select_related("rule").get(pk=pk)
            found = projection.session_differences(session)
        if found:
            self.stderr.write(f"session {session.uuid}: {found}")
        return bool(found)


def _completions(person: int | None) -> Iterator[str]:
    rows = Completion.objects.select_related("enrolment", "person").prefetch_related("top_ups", "corrections")
    for some in _chunks(rows if person is None else rows.filter(person=person)):
        known = known_of(some)
        for row in some:
            yield from (f"completion {row.uuid}: {sentence}" for sentence in faults(row, known))


def _class_hours(person: int | None) -> Iterator[str]:
    rows = ClassHours.objects.select_related("taken")
    for some in _chunks(rows if person is None else rows.filter(place__person=person)):
        told = announced(some)
        for row in some:
            yield from (f"class hours {row.uuid}: {sentence}" for sentence in class_faults(row, told))


def _chunks(rows: QuerySet[Row], size: int = 500) -> Iterator[list[Row]]:
    """All rows in the order of their ids, some at a time: memory holds no more."""
    low = 0
    while some := list(rows.filter(pk__gt=low).order_by("pk")[:size]):
        yield some
        low = some[-1].pk
