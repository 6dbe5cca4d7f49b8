"""Live supervision (A18): the dashboard equals the ledger and the rows within one minute, each scope sees its own, and every figure opens its
list."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from creditbank.api import post_hours
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import reverse
from creditbank.proofs.services import close_until, make_roots
from lms.learning.api import completions_by_day
from lms.learning.classes import services as classes
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.ids import uuid7
from lms.training.bundles import services as bundles
from lms.training.digital import money
from lms.training.grants import services as grants
from lms.training.programmes import queries as programmes
from lms.training.programmes import results
from lms.training.supervision import dashboard
from lms.training.supervision.models import DayFigure
from lms.training.supervision.scope import scope_of
from lms.training.tenders.models import TenderAward
from lms.training.yearly_plans.services import NewRight, set_right
from tests.factories.accounts import OrganisationFactory, member
from tests.training.advanced import City
from tests.training.cases import SYSTEM, Bureau, after, at
from tests.training.digitals import Lab
from tests.training.grants import WHOLE, House
from tests.training.inspected import Inspection, desk, noon
from tests.training.tendering import Market

pytestmark = pytest.mark.django_db


def posted(centihours: int, kind: str = "public") -> Transaction:
    return post_hours(
        uuid7(),
        completion_uuid=uuid7(),
        kind=kind,
        centihours=centihours,
        occurred_on=date(2026, 3, 2),
        evidence={},
    )


@pytest.fixture
def lead(clock):
    return Inspection().authority


def test_a18_what_is_posted_is_shown_within_a_minute(lead, clock):
    posted(150)
    assert dashboard.shown(lead).hours["public"] == (150, 150)
    posted(100, "specialty")
    undone = posted(400)
    reverse(undone, reason="记错", actor=Actor.system("tests"))
    clock.move_to(now() + timedelta(seconds=31))
    found = dashboard.shown(lead)
    assert found.hours == {"public": (150, 150), "specialty": (100, 100), "vocational": (0, 0)}
    assert now() - found.at < timedelta(minutes=1)
    assert dashboard.differences(lead) == []
    # Inside half a minute nobody counts again.
    posted(1)
    assert dashboard.shown(lead) is not None
    assert dashboard.shown(lead).hours["public"] == (150, 150)


def test_a18_days_that_have_ended_are_counted_once_and_stay_equal(lead, clock):
    posted(150)
    after(clock, date(2026, 3, 2))
    posted(70)
    make_roots()
    assert dashboard.keep()["hours"] > 0
    assert dashboard.keep()["hours"] == 0
    assert dashboard.kept_until("hours") == date(2026, 3, 2)
    assert dashboard.taken(lead).hours["public"] == (70, 220)
    assert dashboard.differences(lead) == []
    # Nothing can be added to a day that is kept: the books themselves refuse it.
    close_until(date(2026, 3, 2))
    after(clock, date(2026, 3, 4))
    posted(5)
    assert dashboard.taken(lead).hours["public"] == (5, 225)


def test_a18_a_year_begins_anew(lead, clock):
    posted(150)
    clock.move_to(noon(2027, 1, 2))
    make_roots()
    dashboard.keep()
    posted(10)
    assert dashboard.taken(lead).hours["public"] == (10, 10)


def test_a18_a_wrong_kept_figure_is_found_and_made_again(lead, clock, capsys):
    posted(150)
    after(clock, date(2026, 3, 2))
    make_roots()
    dashboard.keep()
    DayFigure.objects.filter(figure="hours", part="public").update(amount=151)
    with pytest.raises(CommandError, match="differ"):
        call_command("check_dashboard")
    assert "hours public: shown (0, 151), counted (0, 150)" in capsys.readouterr().out
    call_command("check_dashboard", rebuild=True)
    assert "equals" in capsys.readouterr().out


def test_a18_person_times_are_those_of_the_public_counter(clock):
    city = Inspection()
    results.give(city.delivered(clock))
    for _day in range(2):
        found = dashboard.taken(city.authority).person_times
        years = {row.year: row for row in programmes.person_times()}
        assert {kind: year for kind, (_today, year) in found.items()} == {
            "public": years[2026].courses["public"],
            "specialty": years[2026].courses["specialty"],
            "programme": years[2026].programmes,
        }
        assert found["programme"] == (1 if _day == 0 else 0, 1)
        after(clock, date(2026, 3, 24))
        dashboard.keep()
    assert completions_by_day(("public",), date(2026, 1, 1), date(2026, 12, 31)) == {}


def test_a18_classes_and_seats_under_way_with_their_list(clock, client):
    city = Inspection()
    programme = city.enrolling()
    city.admitted(programme)
    city.by(city.proposer, programme.case, "begin")
    assert dashboard.taken(city.authority).runs == {}
    classes.move(city.teacher, programme.run, "start")
    found = dashboard.taken(city.authority)
    assert (found.runs, found.seats) == ({"specialty": 1}, {"specialty": 1})
    desk(client, city.officer)
    page = client.get("/admin/training/supervision/runs/")
    assert programme.run.title in page.text
    # The district that proposed it sees it, too; another authority does not.
    assert dashboard.taken(city.district).runs == {"specialty": 1}
    assert dashboard.taken(OrganisationFactory(kind="authority")).runs == {}


def test_a18_money_cases_and_alarms(clock, client):
    city = Inspection()
    programme = city.delivered(clock)
    found = dashboard.taken(city.authority)
    assert found.money["approved"] == programme.budget_fen
    there = sum(found.cases.values())
    case = city.finding()
    after(clock, case.due_on)
    found = dashboard.taken(city.authority)
    assert found.cases["late"] == 1
    assert sum(found.cases.values()) == there + 1
    desk(client, city.chief)
    page = client.get("/admin/training/supervision/")
    assert "已超期的办理事项" in page.text
    assert case.number in client.get("/admin/training/supervision/late/").text
    assert programme.title in client.get("/admin/training/supervision/programmes/").text
    assert client.get("/admin/training/supervision/people/").status_code == 404


def test_a18_money_is_that_of_every_fund_however_many(clock, monkeypatch):
    monkeypatch.setattr(dashboard, "FUNDS_AT_ONCE", 2)
    house = House()
    house.paid()
    for year in range(5):
        house.source("district", f"{2020 + year}年统筹资金")
    found = dashboard.taken(house.authority).money
    assert (found["promised"], found["out"], found["back"]) == (WHOLE, WHOLE, 0)


def test_a18_each_scope_sees_its_own(clock, client):
    lead = Inspection()
    there = sum(dashboard.taken(lead.authority).cases.values())
    bureau = Bureau()
    bureau.filed()
    posted(150)
    assert sum(dashboard.taken(lead.authority).cases.values()) == there + 1
    assert sum(dashboard.taken(lead.district).cases.values()) == 0
    assert dashboard.taken(bureau.authority).hours == {"": (0, 0)}
    assert scope_of(lead.authority).lead
    desk(client, bureau.officer)
    page = client.get(f"/admin/training/supervision/?authority={lead.authority.code}")
    assert bureau.authority.name in page.text
    assert lead.authority.name not in page.text
    for user in (lead.teacher, lead.answerer):
        desk(client, user)
        assert client.get("/admin/training/supervision/").status_code != 200


def test_a18_the_number_of_queries_does_not_grow(clock, django_assert_max_num_queries):
    city = Inspection()
    for _number in range(3):
        body = OrganisationFactory(kind="authority")
        member("officer", body)
    with django_assert_max_num_queries(45):
        dashboard.taken(city.authority)
    for _number in range(20):
        posted(10)
    with django_assert_max_num_queries(45):
        dashboard.taken(city.authority)


def test_a18_a_city_that_leads_nothing_has_a_page_of_its_own(clock, client):
    city = City()
    desk(client, city.officer)
    page = client.get("/admin/training/supervision/")
    assert page.status_code == 200
    assert "本部门推荐和负责的项目" in page.text


def test_a18_each_lead_sees_its_own_region(clock, client):
    """Two regions have a lead each: what is the other's, and of those to whom the other gives targets, is neither counted nor drawn from."""
    lead, other = Inspection(), City()
    set_right(SYSTEM, NewRight("云岭市", other.authority, date(2022, 1, 1), "云人社专〔2022〕1 号（测试）"))
    programme = other.approved()
    before = dashboard.taken(lead.authority)
    assert before.money["approved"] == 0
    assert programme not in scope_of(lead.authority).programmes()
    assert programme in scope_of(other.authority).programmes()
    # A district of which nothing says whose it is stands in both; with a target of the other's in the other's alone.
    bureau = Bureau()
    bureau.filed()
    mine = sum(dashboard.taken(lead.authority).cases.values())
    top = bundles.set_target(other.officer, 2026, other.authority, None, bundles.Figures(100))
    bundles.set_target(other.officer, 2026, bureau.authority, top, bundles.Figures(50))
    assert sum(dashboard.taken(lead.authority).cases.values()) == mine - 1
    assert bureau.authority.name not in [name for name, *_ in dashboard.taken(lead.authority).departments]
    assert sum(dashboard.taken(other.authority).cases.values()) >= 1


def test_a18_money_of_digital_items_is_none_of_the_grounds(clock):
    house, lab = House(), Lab()
    house.paid()
    item = lab.opened("national")
    new = grants.NewFund(lab.authority, "city", "市级专项", "申财〔2026〕1 号（测试）", date(2026, 1, 1))
    fund = grants.set_fund(member("admin", lab.authority), new)
    money.move(lab.officer, item, money.Moved(money.Kind.COMMIT, 900_000, "决〔1〕号", today(), fund))
    money.move(lab.second, item, money.Moved(money.Kind.PAY, 400_000, "付-1", today()))
    found = dashboard.taken(lab.authority).money
    assert (found["promised"], found["out"]) == (0, 0)
    assert (found["items_promised"], found["items_out"], found["items_back"]) == (900_000, 400_000, 0)
    theirs = dashboard.taken(house.authority).money
    assert (theirs["promised"], theirs["out"], theirs["items_promised"]) == (WHOLE, WHOLE, 0)


def test_a18_contracts_of_tenders_are_counted_in_their_year(clock):
    market = Market()
    market.awarded(clock)
    row = TenderAward.objects.get()
    assert dashboard.taken(market.authority).money["awarded"] == row.amount_fen


def test_a18_a_base_that_stands_is_no_open_matter_until_its_year_is_nearly_over(clock):
    bureau = Bureau()
    case = bureau.named(clock)
    assert sum(dashboard.taken(bureau.authority).cases.values()) == 0
    clock.move_to(at(case.due_on - timedelta(days=7)))
    assert dashboard.taken(bureau.authority).cases["soon"] == 1
    clock.move_to(at(case.due_on + timedelta(days=1)))
    assert dashboard.taken(bureau.authority).cases["late"] == 1
