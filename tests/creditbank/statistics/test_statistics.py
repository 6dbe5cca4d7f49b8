"""The public figures: as many as a count by hand, without what was taken back, small groups hidden, page and API alike."""

import re
from collections import defaultdict
from datetime import datetime

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditbank.applications.decisions import decide
from creditbank.applications.models import Application
from creditbank.applications.services import Wish, reverse_recognition, submit
from creditbank.holders import merging
from creditbank.holders.services import open_account
from creditbank.hours.services import post_hours
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import verify_outcome
from creditbank.statistics import counts, queries, words
from creditbank.statistics.models import StatisticsRelease
from creditbank.statistics.rules import State
from lms.lib.appendonly import AppendOnlyError
from lms.lib.clock import SHANGHAI, today
from lms.lib.ids import uuid7
from lms.lib.units import format_centi
from tests.factories.creditbank import certificate, college, member, person, programme, rule_version

pytestmark = [pytest.mark.django_db, pytest.mark.long]
API = "/api/v1/credit/statistics"


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


class House:
    """A college with one rule: an occupation and level → credits."""

    def __init__(self, code, name, occupation, called, level, centicredits):
        self.home, self.occupation, self.level = college(code, name), occupation, level
        course = {"code": f"C-{code}", "name": f"课程 {code}", "centicredits": centicredits}
        self.version = rule_version(
            programme(self.home),
            f"rule-{code}",
            occupation_code=occupation,
            occupation_name=called,
            level=level,
            courses=[course],
        )
        self.reviewer = member("reviewer", self.home)
        self.admin = member("admin", self.home)

    def recognises(self, user) -> Application:
        outcome = certificate(user, occupation_code=self.occupation, level=self.level)
        verify_outcome(self.reviewer, self.waiting(user, outcome).outcome, method="register")
        case = Application.objects.get(outcome=outcome)
        return decide(self.reviewer, case, approve=True, reason="相符")

    def waiting(self, user, outcome):
        return submit(user, Wish(outcome.uuid, self.version.rule.code, self.version.number))


def hours(user, centihours, course="a", kind="public"):
    post_hours(
        user.uuid,
        completion_uuid=uuid7(),
        kind=kind,
        centihours=centihours,
        occurred_on=today(),
        evidence={"course": course, "title": course},
    )


@pytest.fixture(scope="module")
def bank(world, tmp_path_factory):
    """申江 recognised seven people (one taken back), 青溪 six, 临海 two; of one only the registration waits."""
    houses = [
        House("shenjiang", "申江开放大学", "6-31-01-03", "电工", 3, 800),
        House("qingxi", "青溪技师学院", "6-18-02-04", "焊工", 4, 350),
        House("linhai", "临海职业学院", "6-20-01-01", "钳工", 2, 1025),
    ]
    for house, number in zip(houses, (7, 6, 2), strict=True):
        cases = [house.recognises(person(f"学员{place}")) for place in range(number)]
        for case in cases:
            open_account(case.applicant)
            hours(case.applicant, 150)
    taken = Application.objects.filter(programme__organisation=houses[0].home).first()
    reverse_recognition(houses[0].admin, taken, reason="证书后来被撤销")
    certificate(taken.applicant, level=5)
    return houses


def by_hand(column):
    """Application by application: key → [people, count, centicredits of its own ledger entries]."""
    people, things, credits = defaultdict(set), defaultdict(int), defaultdict(int)
    for case in Application.objects.filter(state="approved").select_related("outcome", "transaction"):
        key = str(column(case))
        people[key].add(case.applicant_id)
        things[key] += 1
        credits[key] += sum(
            entry.amount for entry in case.transaction.entries.filter(account__holder=case.applicant.uuid)
        )
    return {key: (len(people[key]), things[key], credits[key]) for key in people}


def test_counts_are_those_of_a_count_by_hand(bank):
    whole, tables = counts.conversions()
    assert whole.figures == by_hand(lambda case: "")[""] == (14, 14, 6 * 800 + 6 * 350 + 2 * 1025)
    columns = {
        "institutions": lambda case: case.programme.organisation.code,
        "occupations": lambda case: case.outcome.occupation_code,
        "levels": lambda case: case.outcome.level,
        "years": lambda case: today().year,
    }
    for name, column in columns.items():
        assert {group.key: group.figures for group in tables[name]} == by_hand(column), name
    assert {group.name for group in tables["occupations"]} == {"电工", "焊工", "钳工"}
    assert counts.accounts().people == 15
    assert counts.hours()[0].figures == (15, 15, 15 * 150)
    whole, standings, kinds = counts.outcomes()
    assert (whole.people, whole.count) == (15, LearningOutcome.objects.count()) == (15, 16)
    assert {group.key: group.count for group in standings} == {"verified": 15, "waiting": 1}
    assert sum(group.count for groups in kinds.values() for group in groups) == 16
    assert {group.key: group.people for group in counts.skills() if group.people} == {"4": 6, "3": 7, "2": 2}


def test_small_groups_are_hidden_and_not_to_be_subtracted(bank):
    found = queries.counted()
    states = {row.key: row.state for row in found.tables["institutions"]}
    assert states == {"shenjiang": "told", "qingxi": "withheld", "linhai": "few"}
    for name in ("occupations", "levels"):
        assert sorted(row.state for row in found.tables[name]) == ["few", "told", "withheld"]
    hidden = [row for rows in found.tables.values() for row in rows if row.state != "told"]
    assert hidden
    assert all((row.people, row.count, row.amount) == (None, None, None) for row in hidden)
    # Seven of level three and two of level two, rounded down.
    assert found.counters["senior"].people == 5
    # One registration waits: the whole is not said, so that what is verified can be.
    assert {row.key: row.state for row in found.tables["standings"]} == {"verified": "told", "waiting": "few"}
    assert found.counters["outcomes"].state == "withheld"
    assert found.counters["recognised"].count == 15
    # Two have 技师; beside them only 高级工 is of the same side.
    assert {row.key: row.state for row in found.tables["skill_levels"]} == {
        "4": "told",
        "3": "withheld",
        "2": "few",
    }


def test_two_accounts_of_one_person_are_one(bank):
    """With a course that both had studied, and a registration of the same paper on both."""
    authority = college("ju", "申江市人力资源和社会保障局")
    first, second = member("officer", authority, "郑明"), member("officer", authority, "何平")
    kept, leaving = person("李明"), person("LI MING")
    for user in (kept, leaving):
        open_account(user)
        hours(user, 400, course="both")
        certificate(user, number="S000131000123243999999")
    before = counts.hours()[0]
    merging.decide(
        second,
        merging.request(first, kept, leaving, evidence="窗口核对身份证和护照原件，复印件存档"),
        approve=True,
        reason="证件一致，同一个人",
    )
    whole, tables = counts.hours()
    assert (whole.people, whole.amount) == (before.people - 1, before.amount - 400)
    for parts in tables.values():
        assert sum(part.amount for part in parts) == whole.amount
    assert counts.accounts().people == 16
    registered = counts.outcomes()[0]
    assert (registered.people, registered.count) == (16, 17)


def test_the_number_of_statements_does_not_depend_on_the_bank(bank):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            queries.counted()
        return len(seen)

    once = statements()
    extra = House("donghu", "东湖学院", "4-07-03-02", "导游", 3, 100)
    for _place in range(5):
        extra.recognises(person())
    assert statements() == once <= 15


def test_figures_are_kept_and_strangers_do_not_count_anew(bank, client):
    first = client.get(API).json()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(API).json() == first
        assert client.get(reverse("credit:statistics")).status_code == 200
    assert not [query for query in seen if "creditbank" in query["sql"]]
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(API).json() == first
    assert [query["sql"] for query in seen if "creditbank_statisticsrelease" in query["sql"]]
    assert not [query for query in seen if "creditbank_learningoutcome" in query["sql"]]


def test_while_it_is_counted_for_the_first_time_others_are_told_so(client):
    cache.add(f"{queries.KEY}:counting", 1)
    waiting = client.get(API)
    assert (waiting.status_code, waiting.json()["code"]) == (503, "being_counted")
    assert client.get(reverse("credit:statistics")).status_code == 503


def test_a_statement_stands_for_its_month_and_is_never_changed(bank, client):
    with time_machine.travel(datetime(2026, 3, 9, 12, tzinfo=SHANGHAI), tick=False) as clock:
        first = client.get(API).json()
        assert (first["at"][:10], first["next_day"]) == ("2026-03-09", "2026-04-01")
        assert StatisticsRelease.objects.get().day.isoformat() == "2026-03-09"
        for _place in range(6):
            open_account(person())
        clock.move_to(datetime(2026, 3, 31, 23, 59, tzinfo=SHANGHAI))
        cache.clear()
        assert client.get(API).json() == first
        clock.move_to(datetime(2026, 4, 1, 0, 1, tzinfo=SHANGHAI))
        later = client.get(API).json()
    people = [told["counters"][0]["people"] for told in (first, later)]
    assert people == [15, 20]
    assert StatisticsRelease.objects.count() == 2
    with pytest.raises(AppendOnlyError):
        StatisticsRelease.objects.update(content={})


def test_what_one_more_person_brings_is_not_to_be_had_by_subtraction(bank):
    """The attack: both statements, and everything in them, before and after one person with hours nobody else has."""
    first = queries.counted()
    newcomer = person()
    open_account(newcomer)
    hours(newcomer, 4321, course="b")
    houses = bank[0]
    houses.recognises(newcomer)
    second = queries.counted(first)
    before, after = (
        {**one.counters, **{f"{name}/{row.key}": row for name, rows in one.tables.items() for row in rows}}
        for one in (first, second)
    )
    assert before.keys() == after.keys()
    for key, figure in after.items():
        old = before[key]
        told = State.TOLD in (figure.state, old.state)
        assert not told or (figure.people, figure.count, figure.amount) == (
            old.people,
            old.count,
            old.amount,
        ), key


def test_page_and_api_say_the_same(bank, client, monkeypatch):
    monkeypatch.setattr(words, "TOP", 2)
    told = client.get(API).json()
    page = client.get(reverse("credit:statistics")).content.decode()
    assert [counter["key"] for counter in told["counters"]] == list(words.COUNTERS)
    for counter in told["counters"]:
        assert counter["definition"] in page
        assert counter["day"] == today().isoformat() in page
    rows = [row for table in told["tables"] for row in table["rows"]]
    cells = re.findall(r'<td class="num" data-label="(.+?)">(.+?)</td>', page)
    assert cells == [cell for table in told["tables"] for row in table["rows"] for cell in spoken(table, row)]
    assert {"few", "withheld", "told"} == {row["state"] for row in rows}
    institutions = client.get(f"{API}/institutions").json()
    assert (institutions["total"], len(institutions["rows"])) == (3, 3)
    assert [row["key"] for row in institutions["rows"]] == ["shenjiang", "linhai", "qingxi"]
    address = reverse("credit:statistics_all", args=["institutions"])
    assert f'href="{address}"' in page
    every = client.get(address).content.decode()
    assert all(row["title"] in every for row in institutions["rows"])
    assert client.get(f"{API}/nothing").status_code == 404
    assert client.get(reverse("credit:statistics_all", args=["nothing"])).status_code == 404


def spoken(table, row):
    """The cells of a row of the API as the page writes them."""
    for measure in words.TABLES[table["key"]].measures:
        heading, value = str(words.COLUMNS[measure]), row[measure]
        if row["state"] == "told":
            number = format_centi(value) if measure.startswith("centi") and value is not None else value
            yield heading, "—" if number is None else str(number)
        else:
            state = "少于 5" if row["state"] == "few" else "未公布"
            yield heading, state if measure == "people" else "—"
