"""Two reviewers at once find the same paper to be two people's: one of them is told, and one row is verified."""

import threading

import pytest
from django.db import connection

from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import verify_outcome
from lms.lib.errors import Conflict
from tests.factories.creditbank import certificate, college, member, person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
NUMBER = "S000131000123243000456"


def test_one_paper_is_found_to_be_one_persons():
    body = college("assess", "申江职业技能评价中心")
    claims = [certificate(person(name), number=NUMBER, issuer=body) for name in ("甲", "乙")]
    assessors = [member("assessor", body) for _n in range(2)]
    start, said = threading.Barrier(2), []

    def judge(place: int) -> None:
        try:
            start.wait()
            said.append(verify_outcome(assessors[place], claims[place], method="issuer").status)
        except Conflict as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=judge, args=[place]) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["verified", "verified_for_another"]
    assert LearningOutcome.objects.filter(status="verified").count() == 1
