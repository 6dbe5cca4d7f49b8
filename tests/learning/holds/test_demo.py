"""The demo's holds: loaded twice, there once; one waiting with the learner's word, one released."""

from io import StringIO

import pytest
from django.core.management import call_command

from lms.accounts.demo import load_demo_people
from lms.learning.holds import words
from lms.learning.holds.demo import load_demo_holds
from lms.learning.holds.models import StudyHold
from tests.factories.courses import PARAGRAPH, released_course, text

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_the_demo_twice():
    people, _organisations = load_demo_people()
    for _ in range(2):
        released_course([[text(PARAGRAPH)]] * 2)
    assert load_demo_holds(people) == 2
    assert load_demo_holds(people) == 2
    released, waiting = StudyHold.objects.order_by("id")
    assert (waiting.state, released.state) == ("open", "released")
    assert "2 小时 40 分钟" in words.evidence(waiting)[0]
    assert "24 个账号" in words.evidence(released)[1]
    call_command("audit_study", stdout=StringIO())
