"""A day as staff see it says all that the learner's own page says of it, and a provider's staff what is of its courses."""

import pytest
from django.urls import reverse

from lms.learning.evidence.looks import open_record
from lms.learning.holds.refused import REASONS
from lms.learning.study.models import StudySession
from lms.learning.study.presence.models import PresencePrompt
from lms.lib.clock import today
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.learning import SECOND, enrolment
from tests.learning.clients import signed_in
from tests.learning.evidence.packs import Office, study
from tests.learning.holds.test_refused_offline import part, say, taken_along

pytestmark = [pytest.mark.django_db, pytest.mark.long]
MINUTE = 60 * SECOND


@pytest.fixture
def office(clock):
    return Office()


@pytest.fixture
def item(office, clock):
    """Somebody who studied, missed a question whether they are there, and came back from without a line: one part waits
    for its quiz, one was refused."""
    item = enrolment(release=office.release)
    study(item, clock, 0)
    session = StudySession.objects.get(person=item.person)
    start = session.opened_ms
    PresencePrompt.objects.create(
        session=session, issued_ms=start, due_ms=start + MINUTE, expires_ms=start + 11 * MINUTE
    )
    issued = taken_along(item)
    clock.shift(600)
    assert say(item.person, part(issued.token, until=2 * MINUTE)).json()["pending_ms"] == 2 * MINUTE
    assert say(item.person, part(issued.token, until=3 * MINUTE)).json()["code"] == "seq_reused"
    return item


def shown(user, item, release):
    look = open_record(user, item.person, release, "复核学员对学时的异议")
    address = reverse("learning_record_day", args=[look.uuid, today()])
    return signed_in(user, staff=True).get(address).content.decode()


def test_what_waits_what_was_refused_and_what_was_asked(office, item):
    said = [
        "待确认",
        "没有收下的学习记录",
        str(REASONS["seq_reused"]),
        "在学确认",
    ]
    own = signed_in(item.person).get(reverse("hours:day", args=[today()])).content.decode()
    theirs = shown(office.officer, item, None)
    for sentence in said:
        assert sentence in own
        assert sentence in theirs
    assert "本人看到的话" in theirs
    of_the_provider = shown(office.teacher, item, office.release)
    for sentence in said:
        assert sentence in of_the_provider


def test_nothing_of_it_to_the_provider_of_another_course(office, item, clock):
    elsewhere = OrganisationFactory(kind="provider")
    other = enrolment(item.person, provider=elsewhere)
    study(other, clock, 0)
    page = shown(member("teacher", elsewhere), item, other.release)
    assert "时间线" in page
    for sentence in ("待确认", "没有收下的学习记录", "在学确认"):
        assert sentence not in page
