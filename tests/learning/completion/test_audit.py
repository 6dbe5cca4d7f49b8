"""audit_study proves completions too: whatever is changed past the guards is found."""

from datetime import datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from lms.learning.completion.models import Completion, CompletionTopUp
from lms.lib.clock import SHANGHAI
from tests.conftest import guards_aside
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def completion():
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False) as clock:
        item = enrolment()
        for place in range(item.release.lessons.count()):
            page = opened(item, place)
            clock.shift(120)
            met = {block["id"]: [[0, block["nominal_ms"]]] for block in blocks(item, place)}
            send(page.session, 1, until=120 * SECOND, coverage=met, state="leaving")
        yield Completion.objects.get(enrolment=item)


@pytest.fixture
def topped_up():
    """Half of each lesson completes the course; the other half of one comes after it."""
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False) as clock:
        item = enrolment(centihours=6, min_coverage_percent=50)
        for place, start, end in ((0, 0, 60), (1, 0, 60), (0, 60, 80), (1, 60, 80)):
            page = opened(item, place)
            clock.shift(end - start)
            met = {blocks(item, place)[0]["id"]: [[start * SECOND, end * SECOND]]}
            send(page.session, 1, until=(end - start) * SECOND, coverage=met, state="leaving")
        yield CompletionTopUp.objects.get()


def test_untouched(completion):
    assert completion.centihours > 0
    call_command("audit_study")


def test_untouched_with_a_top_up(topped_up):
    assert topped_up.completion.total_centihours > topped_up.completion.centihours > 0
    call_command("audit_study")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE learning_completiontopup SET centihours = centihours + 1",
        "UPDATE learning_completiontopup SET counted_ms = counted_ms + 27000, centihours = centihours + 1",
        "UPDATE learning_completiontopup SET counted_ms = 1",
        "UPDATE learning_completiontopup SET number = 2",
        "DELETE FROM lib_outboxevent WHERE kind = 'course.topped_up'",
    ],
)
def test_what_was_changed_in_a_top_up_is_found(topped_up, change):
    connection.check_constraints()
    with guards_aside(connection), connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(CommandError):
        call_command("audit_study")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE learning_completion SET centihours = centihours + 1",
        "UPDATE learning_completion SET counted_ms = counted_ms + 27000, centihours = centihours + 1",
        "UPDATE learning_completion SET person_id = person_id + 1",
        "DELETE FROM lib_outboxevent WHERE kind = 'course.completed'",
    ],
)
def test_what_was_changed_is_found(completion, change):
    connection.check_constraints()
    if "person_id" in change:
        enrolment()  # somebody else, whose number comes next
        change = change.replace("person_id + 1", "(SELECT max(id) FROM accounts_user)")
    with guards_aside(connection), connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(CommandError):
        call_command("audit_study")
