"""Asking somebody for consent: an address that says for whom and for what, and does nothing by itself."""

from datetime import date
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from lms.learning.evidence import queries
from lms.learning.evidence.asking import ASKED_FOR_SECONDS, ask, asked
from lms.learning.evidence.models import RecordConsent, RecordLook
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Invalid, NotAllowed
from tests.accounts.rosters import Firm
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db
PURPOSE = "评职称时核对学时"
UNTIL = date(2026, 4, 1)


@pytest.fixture
def college():
    return OrganisationFactory(name="申江开放大学")


@pytest.fixture
def reviewer(college):
    return member("reviewer", college)


def text(answer):
    return answer.content.decode()


def made(user, college, **changes):
    """The page after asking."""
    said = {"organisation": str(college.uuid), "purpose": PURPOSE, "until": UNTIL.isoformat()}
    return signed_in(user, staff=True).post(reverse("learning_record_ask"), said | changes)


def path_of(answer):
    parts = urlsplit(answer.context["address"])
    return f"{parts.path}?{parts.query}"


@pytest.mark.usefixtures("clock")
class TestAsking:
    def test_from_the_code_to_the_consent(self, college, reviewer):
        answer = made(reviewer, college)
        assert (answer.status_code, "<svg" in text(answer)) == (200, True)
        assert escape(answer.context["address"]) in text(answer)
        assert not AuditRow.objects.filter(action__startswith="record.").exists()
        # Nobody who studies here, nor works there: without being asked they could not name the college.
        person = UserFactory()
        assert college not in queries.organisations_to_ask(person)
        sent = Client().get(path_of(answer))
        assert sent["Location"].startswith("/accounts/login/?next=")
        learner = signed_in(person)
        page = text(learner.get(path_of(answer)))
        assert "申江开放大学 请你同意" in page
        assert f'value="{PURPOSE}"' in page
        assert not RecordConsent.objects.exists()
        # The person may shorten it.
        said = {"organisation": str(college.uuid), "purpose": PURPOSE, "until": "2026-03-20"}
        assert learner.post(path_of(answer), said)["Location"] == reverse("hours:record")
        given = RecordConsent.objects.get()
        assert (given.organisation, given.until) == (college, date(2026, 3, 20))
        opened = signed_in(reviewer, staff=True).post(reverse("learning_record_consented", args=[given.uuid]))
        assert opened["Location"] == reverse("learning_record", args=[RecordLook.objects.get().uuid])

    def test_who_may_not_read_may_not_ask(self, college, reviewer):
        for user in (member("editor", college), UserFactory(is_superuser=True)):
            with pytest.raises(NotAllowed):
                ask(user, college, PURPOSE, UNTIL)
        with pytest.raises(NotAllowed):
            ask(reviewer, OrganisationFactory(), PURPOSE, UNTIL)
        assert made(reviewer, OrganisationFactory()).status_code == 422
        assert made(member("editor"), college).status_code == 403

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [({"purpose": "好"}, "至少 4 个字"), ({"until": "2026-03-01"}, "已经过去"), ({"until": ""}, "填写")],
        ids=["purpose", "past", "empty"],
    )
    def test_what_could_not_be_consented_to_is_not_asked(self, college, reviewer, changes, sentence):
        answer = made(reviewer, college, **changes)
        assert (answer.status_code, answer.context["address"]) == (422, "")
        assert sentence in text(answer)

    def test_forged_or_late_it_asks_nothing_and_the_page_stays(self, college, reviewer, clock):
        value = ask(reviewer, college, PURPOSE, date(2026, 12, 31))
        assert asked(value).organisation == college
        learner = signed_in(UserFactory())
        page = reverse("hours:record")
        for bad in (value[:-2], "x", "%00", value.swapcase()):
            with pytest.raises(Invalid):
                asked(bad)
            answer = learner.get(page, {"ask": bad})
            assert (answer.status_code, "重新发给你" in text(answer)) == (200, True)
        college.status = "suspended"
        college.save()
        with pytest.raises(Invalid):
            asked(value)
        college.status = "active"
        college.save()
        clock.shift(ASKED_FOR_SECONDS + 1)
        with pytest.raises(Invalid):
            asked(value)

    def test_who_has_no_courses_is_not_led_to_packs(self, college, reviewer):
        client = signed_in(reviewer, staff=True)
        assert "制作证据包" not in text(client.get(reverse("learning_evidence")))
        assert reverse("learning_record_ask") in text(client.get(reverse("learning_records")))


def test_an_employee_can_name_the_employer(clock):
    firm = Firm()
    person = UserFactory()
    assert firm.organisation not in queries.organisations_to_ask(person)
    firm.employ(person)
    assert firm.organisation in queries.organisations_to_ask(person)
