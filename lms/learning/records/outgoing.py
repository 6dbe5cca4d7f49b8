"""What exercises and quizzes told goes into the record store of the course's provider, so that one place holds all records.

Owns: the events and their consumers. What learning keeps stays what learning trusts: the store has a copy, in the words of
the specification. Refuses: records of people who were erased meanwhile, and a second copy: a statement keeps its id.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.utils.translation import get_language

from lms.accounts.api import Organisation
from lms.learning.assessment.models import QuizAttempt
from lms.learning.assessment.queries import statements_of
from lms.learning.records.models import Statement
from lms.lib.outbox.registry import Event, consumer
from lms.lib.outbox.services import emit
from lms.records.api import Fault, Grant, Received, dumps, platform_grant, store_of, take_in

logger = logging.getLogger(__name__)
EXERCISE, QUIZ = "learning.statement", "learning.quiz_closed"
_VERSION = "1.0.3"


def tell_statement(row: Statement) -> None:
    """In the transaction that keeps it."""
    emit(EXERCISE, {"statement": str(row.uuid)}, key=f"{EXERCISE}:{row.uuid}")


def tell_attempt(attempt: QuizAttempt) -> None:
    """In the transaction that closes it. The language is that of the hand that closed it: a second delivery says the same."""
    payload = {"attempt": str(attempt.uuid), "language": get_language() or settings.LANGUAGE_CODE}
    emit(QUIZ, payload, key=f"{QUIZ}:{attempt.uuid}")


@consumer(EXERCISE, name="records.exercise")
def keep_exercise(event: Event) -> None:
    rows = Statement.objects.select_related("enrolment__release__provider")
    row = rows.get(uuid=event.payload["statement"])
    if not row.erased:
        _keep(row.enrolment.release.provider, [row.raw], row.uuid)


@consumer(QUIZ, name="records.quiz")
def keep_quiz(event: Event) -> None:
    rows = QuizAttempt.objects.select_related("person", "lesson", "enrolment__release__provider")
    row = rows.get(uuid=event.payload["attempt"])
    if row.person.erased_at is None:
        _keep(row.enrolment.release.provider, statements_of(row, event.payload["language"]), row.uuid)


def _keep(provider: Organisation, statements: Sequence[dict[str, Any]], source: UUID) -> None:
    grant = platform_grant(store_of(provider).pk)
    try:
        take_in(grant, [_received(one) for one in statements], version=_VERSION)
    except Fault as fault:
        if fault.status != 409:
            raise
        # The id of an exercise's statement is its browser's choice, and may be another's here: ours decides then.
        logger.warning("xapi: an id of %s is another statement's already", source)
        for one in statements:
            _keep_apart(grant, one, source)


def _keep_apart(grant: Grant, one: dict[str, Any], source: UUID) -> None:
    try:
        take_in(grant, [_received(one)], version=_VERSION)
    except Fault as fault:
        if fault.status != 409:
            raise
        other = {**one, "id": str(uuid5(source, f"records/{one['id']}"))}
        take_in(grant, [_received(other)], version=_VERSION)


def _received(data: dict[str, Any]) -> Received:
    return Received(data, dumps(data))
