"""How many statements a part of study without a line costs: a thousand learners come back from a week at once."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.learning.study.offline.services import issue_ticket
from lms.lib.clock import SHANGHAI
from tests.factories.learning import MINUTE, blocks, enrolment

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def costs(*, with_quiz):
    """Statements of the first, second and third part of a lesson, with the sign-in; on PostgreSQL two less each."""
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=SHANGHAI), tick=False) as clock:
        item = enrolment(with_quiz=with_quiz)
        client = Client()
        client.force_login(item.person)
        found = []
        # What a process keeps of a release is there from the second lesson on.
        for place in (0, 1):
            lesson = item.release.lessons.all()[place]
            issued = issue_ticket(item.person, item, lesson.uuid, device="phone", device_kind="phone")
            clock.shift(timedelta(hours=3))
            key, block = str(uuid4()), blocks(item, place)[0]["id"]
            found = [
                _cost(client, part(issued.token, key, seq, block, covered_ms=10_000)) for seq in (1, 2, 3)
            ]
        return found


def part(token, key, seq, block, covered_ms):
    start, end = (seq - 1) * MINUTE, seq * MINUTE
    return {
        "ticket": token,
        "session": key,
        "since_ms": MINUTE,
        "lasted_ms": end,
        "seq": seq,
        "elapsed_ms": end,
        "active_ms_total": end,
        "active": [[start, end]],
        "inactive": [],
        "coverage": {block: [[(seq - 1) * covered_ms, seq * covered_ms]]},
    }


def _cost(client, data):
    with CaptureQueriesContext(connection) as found:
        answer = client.post(
            reverse("learning:study_offline"), json.dumps(data), content_type="application/json"
        )
    assert answer.status_code == 200
    return len(found)


def test_a_part_that_counts_on_arrival():
    first, *later = costs(with_quiz=False)
    assert first <= 33
    assert max(later) <= 13


def test_a_part_that_waits_for_its_quiz():
    first, *later = costs(with_quiz=True)
    assert first <= 11
    assert max(later) <= 10
