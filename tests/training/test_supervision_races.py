"""Real connections at the same moment (A17): two close a finding, two confirm, a third officer wants to be one of the two, both secrets at once."""

import pytest

from lms.lib.errors import Conflict, Refusal
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.services import Said
from lms.training.supervision import checks, frames
from lms.training.supervision.models import CheckFinding, CheckPhoto, SeedCommit
from tests.races import at_once, won
from tests.training.inspected import Inspection, picture

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a17_two_officers_close_a_finding_at_once_and_one_wins(clock):
    city = Inspection()
    city.delivered(clock)
    case = city.answer(city.finding())
    seen = Case.objects.get(pk=case.pk)
    results = at_once(
        *[
            lambda user=user, name=name: cases.act(user, seen, name, Said("复查"))
            for user, name in ((city.third, "close"), (city.chief, "return")) * 2
        ]
    )
    assert len(won(results)) == 1
    lost = [item for item in results if isinstance(item, Refusal)]
    assert {type(item) for item in lost} == {Conflict}
    assert any("已由" in str(item.message) for item in lost)
    assert Act.objects.filter(case=case, name__in=("close", "return")).count() == 1


def test_a17_a_check_is_confirmed_once(clock):
    city = Inspection()
    city.delivered(clock)
    check = city.handed_in("缺签到", "缺凭证")
    results = at_once(*[lambda: checks.confirm(city.second, check)] * 4)
    assert len(won(results)) == 1
    assert CheckFinding.objects.count() == 2


def test_a17_two_secrets_and_not_three(clock):
    city = Inspection()
    city.delivered(clock)
    frame = city.frozen()
    results = at_once(
        *[
            lambda user=user: frames.commit(user, frame)
            for user in (city.officer, city.second, city.third) * 2
        ]
    )
    assert len(won(results)) == 2
    assert sorted(SeedCommit.objects.values_list("number", flat=True)) == [1, 2]
    assert len(set(SeedCommit.objects.values_list("person", flat=True))) == 2


def test_a17_a_photo_that_is_sent_twice_at_once_is_kept_once(clock):
    city = Inspection()
    city.delivered(clock)
    check = city.visiting()
    results = at_once(
        *[lambda: checks.add_photo(city.officer, check, picture(), upload="same")] * 3, refused=()
    )
    assert len({row.pk for row in results}) == 1
    assert CheckPhoto.objects.count() == 1
