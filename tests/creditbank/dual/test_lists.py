"""Lists of staff: whoever waits is in the list of those who act, however many others there are, and in nobody else's."""

from datetime import timedelta

import pytest

from creditbank.dual.models import FusedEnrolment
from creditbank.dual.queries import candidates, enrolments_for, requests_for
from lms.accounts.models import User
from lms.lib.clock import now
from tests.factories.creditbank import college, member, programme
from tests.factories.dual import COURSES, admitted, assess, assessor, recombined, staff, through_train

pytestmark = pytest.mark.django_db


def studying(version, number):
    """So many who have been learning for a year and have passed nothing."""
    people = User.objects.bulk_create(
        User(email=f"many-{n}@example.org", display_name=f"学员{n}") for n in range(number)
    )
    long_ago = now() - timedelta(days=365)
    FusedEnrolment.objects.bulk_create(
        FusedEnrolment(
            person=person, plan=version.plan, version=version, state="admitted", applied_at=long_ago
        )
        for person in people
    )


def test_candidates_are_not_hidden_by_many_who_still_study(django_assert_max_num_queries):
    crew, version = staff(), recombined()
    other = through_train(programme(code="second"))
    studying(other, 510)
    row = admitted(version, crew)
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    with django_assert_max_num_queries(12):
        assert candidates(crew.assessor) == [row]


def test_other_bodies_see_none_of_who_waits():
    crew, version = staff(), recombined()
    row = admitted(version, crew)
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    elsewhere, other = college("elsewhere", "别的学校"), assessor("other-skills")
    strangers = [
        *(member(role, elsewhere, "外校") for role in ("admin", "reviewer")),
        *(member(role, other, "外评") for role in ("assessor", "admin", "reviewer")),
    ]
    for stranger in strangers:
        assert list(enrolments_for(stranger, "admitted")) == []
        assert candidates(stranger) == []
        assert list(requests_for(stranger, "submitted")) == []
    assert candidates(crew.reviewer) == [row]
