"""The demo's ratings: given by whoever studied half of a course, loaded twice and there once, told from five on."""

from io import StringIO

import pytest
from django.core.management import call_command

from courses.demo.build import provider
from lms.accounts.api import Role, grant_role
from lms.accounts.demo import load_demo_people
from lms.learning.enrolment.queries import progress_of
from lms.learning.ratings.demo import SAID, load_demo_ratings
from lms.learning.ratings.models import CourseRating
from lms.learning.registered import signals_of
from lms.learning.study.models import StudySession
from lms.lib.actor import Actor
from tests.factories.courses import PARAGRAPH, released_course, text

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_the_demo_twice():
    people, organisations = load_demo_people()
    courses = [
        released_course([[text(PARAGRAPH)]] * 3, code=code, provider=organisations[provider(code)]).course
        for code in SAID
    ]
    count = sum(map(len, SAID.values()))
    assert load_demo_ratings(people) == count
    assert load_demo_ratings(people) == count
    rows = CourseRating.objects.select_related("enrolment")
    assert {found.lessons_met for found in progress_of([row.enrolment for row in rows])} == {2}
    said = signals_of([course.pk for course in courses])
    assert [said[course.pk]["satisfaction"] for course in courses] == [4.7, 4.0, 3.3]
    call_command("audit_study", stdout=StringIO())


def test_who_may_not_rate_studies_once_and_not_at_every_load():
    people, organisations = load_demo_people()
    code = "net-sec-2026"
    released_course([[text(PARAGRAPH)]] * 3, code=code, provider=organisations[provider(code)])
    grant_role(people["hr"], organisations[provider(code)], Role.TEACHER, Actor.system("tests"))
    for _ in range(2):
        assert load_demo_ratings(people) == len(SAID[code]) - 1
        assert StudySession.objects.filter(person=people["hr"]).count() == 2
