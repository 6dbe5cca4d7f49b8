"""`python -m lms audit_study`: rebuild every total of study time from its raw rows and compare; check that every
completion and its top-ups follow from its own copy of rule and evidence, are not more than was studied, and were
announced; and that the figures of years are what their sources gave.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lms.learning.classes.hours_models import ClassHours
from lms.learning.classes.hours_queries import faults as class_faults
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults
from lms.learning.statements import figures
from lms.learning.study import projection
from lms.learning.study.locking import lock
from lms.learning.study.models import LessonProgress, StudySession


class Command(BaseCommand):
    help = "Rebuild all study totals from raw reports and compare them with what is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", help="only this person (uuid)")
        parser.add_argument(
            "--repair", action="store_true", help="write the rebuilt figures where they differ"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = LessonProgress.objects.select_related("person")
        sessions = StudySession.objects.all()
        completions = Completion.objects.select_related("enrolment", "person")
        if options["person"]:
            rows = rows.filter(person__uuid=options["person"])
            sessions = sessions.filter(person__uuid=options["person"])
            completions = completions.filter(person__uuid=options["person"])
        checked, wrong = 0, 0
        for pk in rows.order_by("pk").values_list("pk", flat=True).iterator():
            checked += 1
            wrong += self._check(pk, repair=options["repair"])
        for pk in sessions.order_by("pk").values_list("pk", flat=True).iterator():
            wrong += self._check_session(pk)
        for completion in (
            completions.prefetch_related("top_ups", "corrections").order_by("pk").iterator(chunk_size=500)
        ):
            for sentence in faults(completion):
                wrong += 1
                self.stderr.write(f"completion {completion.uuid}: {sentence}")
        given = ClassHours.objects.select_related("taken").order_by("pk")
        if options["person"]:
            given = given.filter(place__person__uuid=options["person"])
        for row in given.iterator(chunk_size=500):
            for sentence in class_faults(row):
                wrong += 1
                self.stderr.write(f"class hours {row.uuid}: {sentence}")
        for sentence in figures.differences(options["person"]):
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
