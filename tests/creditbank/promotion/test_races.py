"""Real connections at the same moment: an award is put forward once, and decided once."""

import pytest

from creditbank.outcomes.models import LearningOutcome
from creditbank.promotion.models import Promotion
from creditbank.promotion.services import confirm, propose, refuse
from lms.lib.clock import today
from tests.creditbank.deposits.lists import issuer
from tests.creditbank.promotion.test_promotions import award, rule
from tests.factories.creditbank import member, person, skill_number
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_one_of_several_answers_counts():
    holder, body = person(), issuer()
    rule()
    found = award(holder)
    assert len(won(at_once(*[lambda: propose(holder, found, body.code) for _ in range(4)]))) == 1
    row = Promotion.objects.get()
    crowd = [member("assessor", body, f"考评{n}") for n in range(4)]
    tasks = [
        lambda who=who: confirm(who, row, number=skill_number(2), issued_on=today()) for who in crowd[:3]
    ]
    tasks.append(lambda: refuse(crowd[3], row, reason="实操成绩单没有盖章。"))
    (outcome,) = won(at_once(*tasks))
    row.refresh_from_db()
    assert row.state == outcome.state
    made = LearningOutcome.objects.filter(holder=holder, kind="vocational_skill_certificate").count()
    assert made == (row.state == "confirmed")


def test_two_awards_confirmed_at_once_give_the_level_once():
    holder, body = person(), issuer()
    rule()
    crowd = [member("assessor", body, f"考评{n}") for n in range(2)]
    rows = [propose(holder, award(holder, title=f"技能大赛 {n}"), body.code) for n in range(2)]
    tasks = [
        lambda who=who, row=row: confirm(who, row, number=skill_number(2), issued_on=today())
        for who, row in zip(crowd, rows, strict=True)
    ]
    assert len(won(at_once(*tasks))) == 1
    assert Promotion.objects.filter(state="confirmed").count() == 1
    assert LearningOutcome.objects.filter(holder=holder, kind="vocational_skill_certificate").count() == 1
