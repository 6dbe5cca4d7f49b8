"""The demo's holds: loaded twice, there once; one waiting with the learner's word, one released."""

from io import StringIO

import pytest
from django.core.management import call_command

from lms.accounts.demo import load_demo_people
from lms.learning.holds import words
from lms.learning.holds.demo import load_demo_holds
from lms.learning.holds.models import StudyHold
from lms.learning.hours import queries as hours
from lms.learning.study.intervals import merge
from lms.lib.clock import epoch_ms
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
    for hold in (waiting, released):
        lines = hours.day(hold.person, hold.day).lines
        for kind in {line["device_kind"] for line in lines}:
            shown = merge(
                (epoch_ms(line["start"]), epoch_ms(line["end"]))
                for line in lines
                if line["device_kind"] == kind
            )
            # What the hold names is what each device's day shows, to the millisecond.
            assert shown == merge((start, end) for start, end, *_devices in hold.evidence["stretches"])
        assert lines
    assert len({line["device_kind"] for line in hours.day(waiting.person, waiting.day).lines}) == 2
    call_command("audit_study", stdout=StringIO())
