"""A16: the year's plans and hosts, awards with their scores, checks and bundles as open data, each the rows that its page shows; and the
board's list narrowed by words.
"""

import csv
import io
import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.lib.clock import today
from lms.training.board import api as board
from lms.training.board import data, queries
from lms.training.bundles import services as bundles
from lms.training.supervision.models import Check
from lms.training.tenders.models import TenderAward
from lms.training.yearly_plans.specialty import services
from tests.factories.accounts import member
from tests.factories.courses import released_course
from tests.training.advanced import City
from tests.training.cases import after
from tests.training.inspected import Inspection
from tests.training.tendering import Market
from tests.training.test_bundles import bundle
from tests.training.test_specialty_plans import drafted, ministry, published, special

__all__ = ["ministry"]

pytestmark = pytest.mark.django_db
NEW = ("programme-plans", "programmes", "tender-awards", "check-results", "bundles", "specialty-courses")


def table(client, code):
    """The rows without login: the JSON's, having looked that the CSV has the same ids and the head that is explained."""
    got = json.loads(client.get(reverse("board:json", args=[code])).content)["rows"]
    text = client.get(reverse("board:csv", args=[code])).content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["id"] for line in lines] == [row["id"] for row in got]
    columns = list(data.dataset(code).columns)
    assert text.splitlines()[0] == ",".join(columns)
    assert all(list(row) == columns for row in got)
    page = client.get(reverse("board:data")).content.decode()
    assert all(f"<code>{name}</code>" in page for name in columns)
    for row in got:
        assert row["url"].startswith("http")
    return got


def test_a16_the_years_programmes_with_their_hosts(clock, client):
    city = City()
    hidden = city.approved()
    assert table(client, "programmes") == [], "approved, and in no published plan yet"
    city2 = City()
    shown = city2.planned()
    (row,) = table(client, "programmes")
    assert (row["id"], row["host"], row["title"]) == (str(shown.uuid), shown.host.name, shown.title)
    assert (row["level"], row["fund"], row["published_on"]) == ("city", "city", today().isoformat())
    assert str(hidden.uuid) != row["id"]
    (plan,) = table(client, "programme-plans")
    assert (plan["id"], plan["programmes"]) == (row["plan"], 1)
    assert client.get(row["url"]).status_code == client.get(plan["url"]).status_code == 200


def test_a16_awards_with_the_scores_that_were_published(clock, client):
    market = Market()
    tender = market.announced(clock)
    assert table(client, "tender-awards") == [], "announced, and not awarded"
    after(clock, tender.case.due_on)
    market.by(market.second, tender.case, "award")
    (row,) = table(client, "tender-awards")
    award = TenderAward.objects.get()
    assert (row["winner"], row["amount_fen"]) == (market.one.name, award.amount_fen)
    assert row["ranking"].startswith(f"1. {market.one.name} {row['score']}；2. {market.two.name} ")
    assert row["awarded_on"] == award.awarded_on.isoformat()
    assert market.expert.display_name not in json.dumps(row, ensure_ascii=False)


def test_a16_check_results_that_are_public_alone(clock, client):
    city = Inspection()
    city.programme = city.delivered(clock)
    check = city.decided("签到表缺两天")
    (row,) = table(client, "check-results")
    assert (row["id"], row["body"], row["verdict"]) == (str(check.uuid), check.body.name, check.verdict)
    text = json.dumps(row, ensure_ascii=False)
    assert "签到表" not in text
    assert city.officer.display_name not in text
    Check.objects.update(public=False)
    assert table(client, "check-results") == []


def test_a16_bundles_and_specialty_plans(ministry, client):
    first, second = special(), released_course()
    found = bundle(ministry, first, second, owner=ministry.department, by=ministry.clerk)
    bundle(ministry, released_course(), publish=False)
    (row,) = table(client, "bundles")
    assert (row["id"], row["courses"]) == (str(found.uuid), f"{first.code}；{second.code}")
    bundles.close(ministry.clerk, found)
    assert table(client, "bundles") == []
    plan = published(ministry, first)
    (row,) = table(client, "specialty-courses")
    assert (row["plan"], row["code"], row["sector"]) == (
        str(plan.uuid),
        first.code,
        "construction_transport",
    )
    assert client.get(row["url"]).status_code == 200


def test_a16_more_rows_ask_no_more_queries(ministry, client):
    def asked(code):
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("board:json", args=[code])).status_code == 200
        return len(found)

    bundle(ministry, special())
    published(ministry, special())
    before = {code: asked(code) for code in NEW}
    for number in range(3):
        body = ministry.body(f"第 {number} 委")
        bundle(ministry, special(), special(), owner=body, by=member("officer", body))
    services.publish(ministry.clerk, drafted(ministry, special(), special()))
    assert {code: asked(code) for code in NEW} == before


class TestWords:
    @pytest.fixture
    def three(self, house):
        def posted(title, body=""):
            return board.post(
                house.officer, kind=board.Kind.OTHER, title=title, body=body, authority=house.authority
            )

        self.one = posted("集成电路高级研修班的说明", "面向工程师，地点在张江。")
        self.two = posted("生物医药研修班的说明", "面向工程师。")
        self.three = posted("办公时间调整")
        return house

    def found(self, **asked):
        rows = queries.asked_for(queries.read(asked))
        return {row.pk for row in rows}

    def test_a16_the_list_is_narrowed_by_words(self, three, client):
        html = client.get(reverse("board:list"), {"q": "研修班 工程师"}).content.decode()
        assert self.one.title in html
        assert self.two.title in html
        assert self.three.title not in html
        html = client.get(reverse("board:list"), {"q": "张江"}).content.decode()
        assert (self.one.title in html, self.two.title in html) == (True, False)
        assert 'value="张江"' in html
        assert "这里没有公告" in client.get(reverse("board:list"), {"q": "没有这个词"}).content.decode()

    def test_a16_words_and_filters_hold_together(self, three):
        assert self.found(q=self.two.number) == {self.two.pk}
        assert self.found(q="研修班", kind="other", year=str(date.today().year)) <= {self.one.pk, self.two.pk}
        assert self.found(q="研修班", kind="plan") == set()
        assert self.found(q="  ") == self.found()

    @pytest.mark.parametrize("words", ["%", "_", "'; --", "\0", "长" * 500, "一 " * 200])
    def test_a16_nonsense_words_only_find_nothing(self, three, client, words):
        assert client.get(reverse("board:list"), {"q": words}).status_code == 200
        assert self.found(q=words) in (set(), self.found())
