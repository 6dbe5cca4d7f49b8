"""Deadlines in days and in working days; and what is said while the year they lie in has no calendar yet."""

from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.learning.deadlines import last_day
from lms.learning.declarations import queries as claims
from lms.learning.declarations import terms
from lms.learning.declarations.decisions import Verdict, review
from lms.learning.declarations.models import DeclarationTerms
from lms.learning.declarations.terms import NewTerms, publish_terms
from lms.learning.holds import deadlines, decisions, queries, words
from lms.learning.holds.detect import Suspicion
from lms.learning.holds.models import HoldRule
from lms.learning.holds.rules_published import NewRule, publish_rule
from lms.learning.holds.services import appeal, open_all
from lms.lib.audit.models import AuditRow
from lms.lib.calendar.services import NewYear, load_year
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Invalid, NotAllowed
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import enrolment
from tests.learning.declarations.claims import House
from tests.learning.holds.cases import held

pytestmark = pytest.mark.django_db
CLOCK = datetime(2026, 9, 28, 12, tzinfo=SHANGHAI)
SOURCE = "测试用的规则"
NEW_YEAR = [date(2027, 1, day) for day in (1, 2, 3)] + [date(2027, 10, day) for day in range(1, 8)]


@pytest.fixture
def officer(clock):
    return member("officer", OrganisationFactory(kind="authority"))


def publish(officer, *, working_days=True):
    """The shipped thresholds, with five days to answer and ten to appeal."""
    day = datetime.now(SHANGHAI).date()
    numbers = (30, 150, 60, 10, 10, 3, 30)
    return publish_rule(officer, NewRule(day, *numbers, 5, 10, SOURCE, working_days))


def suspected(rule):
    item = enrolment(release=released_course())
    found = Suspicion(
        item.person_id,
        item.pk,
        "overlap",
        date(2026, 9, 27),
        (),
        {"overlap_ms": 1, "limit_ms": 1, "stretches": []},
    )
    (hold,) = open_all([found], rule)
    return hold


def loaded(officer):
    load_year(officer, NewYear(2027, NEW_YEAR, [], SOURCE))


def test_days_are_days_and_working_days_are_working_days(clock):
    start = date(2026, 9, 28)
    assert last_day(start, 5, working=False) == date(2026, 10, 3)
    assert last_day(start, 5, working=True) == date(2026, 10, 10)
    assert last_day(date(2026, 12, 30), 5, working=True) is None
    assert last_day(date(2026, 12, 30), 5, working=False) == date(2027, 1, 4)


class TestHolds:
    def test_rules_that_are_there_say_days(self, clock, officer):
        assert not HoldRule.objects.filter(working_days=True).exists()
        assert suspected(publish(officer, working_days=False)).due_on == date(2026, 10, 3)

    def test_working_days_go_over_the_holiday(self, officer):
        hold = suspected(publish(officer))
        assert hold.due_on == date(2026, 10, 10)
        assert "2026-10-10" in words.following(hold)

    def test_without_a_calendar_it_is_held_and_says_so_until_there_is_one(self, clock, officer):
        rule = publish(officer)
        clock.move_to(datetime(2026, 12, 30, 12, tzinfo=SHANGHAI), tick=False)
        hold = suspected(rule)
        assert (hold.state, hold.due_on) == ("open", None)
        assert "5 个工作日" in words.following(hold)
        assert "放假安排" in words.following(hold)
        assert hold in queries.open_of(hold.person)
        assert deadlines.set_missing() == 0
        # Some days later somebody loads the year: the days are still those after the hold was made.
        clock.move_to(datetime(2027, 1, 2, 12, tzinfo=SHANGHAI), tick=False)
        loaded(officer)
        assert deadlines.set_missing() == 1
        hold.refresh_from_db()
        assert hold.due_on == date(2027, 1, 7)
        assert "2027-01-07" in words.following(hold)
        assert AuditRow.objects.get(action="hold.due").data == {"state": "open", "due_on": "2027-01-07"}
        assert deadlines.set_missing() == 0

    def test_an_appeal_is_possible_as_long_as_its_last_day_cannot_be_said(self, clock, officer):

        clock.move_to(datetime(2026, 7, 3, 12, tzinfo=SHANGHAI), tick=False)
        rule = publish(officer)
        hold = held(clock)
        assert hold.rule == rule
        clock.move_to(datetime(2026, 12, 30, 12, tzinfo=SHANGHAI), tick=False)

        hold = decisions.decide(officer, hold, decisions.Verdict("confirm", "两处同时在学"))
        assert (hold.state, hold.due_on) == ("confirmed", None)
        assert queries.may_appeal(hold)
        assert hold in queries.open_of(hold.person)
        assert "10 个工作日" in words.following(hold)
        assert appeal(hold.person, hold, text="是家里人在用").state == "appealed"

    def test_the_officers_queue_says_what_has_no_day(self, clock, officer, client):
        rule = publish(officer)
        clock.move_to(datetime(2026, 12, 30, 12, tzinfo=SHANGHAI), tick=False)
        hold = suspected(rule)
        officer.groups.add(staff_group())
        client.force_login(officer)
        assert "缺工作日历" in client.get(reverse("learning_holds")).content.decode()
        assert "缺工作日历" in client.get(reverse("learning_hold", args=[hold.uuid])).content.decode()
        assert "5 个工作日" in client.get(reverse("learning_hold_rules")).content.decode()


class TestClaims:
    def new(self, **changes):
        return NewTerms(
            **{
                "valid_from": date(2026, 9, 28),
                "review_days": 5,
                "supplement_days": 10,
                "appeal_days": 10,
                "source": SOURCE,
                "working_days": True,
            }
            | changes
        )

    def test_terms_that_are_there_say_days(self, clock):
        assert not DeclarationTerms.objects.filter(working_days=True).exists()
        assert House().claim().due_on == date(2026, 10, 13)

    def test_working_days_go_over_the_holiday(self, officer):
        publish_terms(officer, self.new())
        assert House().claim().due_on == date(2026, 10, 10)

    def test_a_claim_at_the_years_end_gets_its_day_with_the_calendar(self, clock, officer):
        publish_terms(officer, self.new())
        house = House()
        clock.move_to(datetime(2026, 12, 30, 12, tzinfo=SHANGHAI), tick=False)
        claim = review(house.hr, house.claim(), Verdict("ask", "请补上日程"))
        assert (claim.state, claim.due_on) == ("supplement", None)
        assert "放假安排" in claims.next_sentence(claim)
        assert terms.set_missing() == 0
        loaded(officer)
        assert terms.set_missing() == 1
        claim.refresh_from_db()
        assert claim.due_on == date(2027, 1, 14)
        assert AuditRow.objects.get(action="declaration.due").target == claim.uuid

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"review_days": 0}, "review_days"),
            ({"appeal_days": 366}, "appeal_days"),
            ({"valid_from": date(2026, 9, 27)}, "valid_from"),
            ({"source": "\0是的是的"}, "source"),
        ],
    )
    def test_what_no_terms_say(self, officer, change, field):
        with pytest.raises(Invalid) as refusal:
            publish_terms(officer, self.new(**change))
        assert refusal.value.details["field"] == field

    def test_terms_are_the_officers(self, clock, officer, client):
        with pytest.raises(NotAllowed):
            publish_terms(House().reviewer, self.new())
        officer.groups.add(staff_group())
        client.force_login(officer)
        page = reverse("learning_declaration_terms")
        assert "日历日" in client.get(page).content.decode()
        said = {"valid_from": "2026-10-01", "review_days": 5, "supplement_days": 10, "appeal_days": 10}
        assert client.post(page, said).status_code == 422
        assert client.post(page, said | {"source": SOURCE, "working_days": "on"}).status_code == 302
        assert DeclarationTerms.objects.get(version=2).working_days
        assert ">工作日</td>" in client.get(page).content.decode()


def test_migrations_and_models_agree():
    out = StringIO()
    call_command("makemigrations", "learning", "lib", dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()
