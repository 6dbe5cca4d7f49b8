"""The credits on a transcript add up to its sum, wherever they came from and wherever they went."""

from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse as url
from pypdf import PdfReader

from creditbank.applications import expiry, redemptions
from creditbank.applications.services import Move, decide, reverse_recognition, submit
from creditbank.holders import merging
from creditbank.rules.content import NewVersion
from creditbank.rules.services import open_rule, publish_version
from creditbank.shares.rules import items_of
from creditbank.shares.services import Wish, create_share, shown
from creditbank.transcripts import services
from creditbank.transcripts.services import compile_content, make_transcript, transcript_pdf
from lms.lib.clock import today
from tests.creditbank.applications.cases import House
from tests.factories.creditbank import SYSTEM, college, member, person, programme, rule_version

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def approved(house, learner, version=None):
    version = version or house.version
    _learner, row = house.case(learner, version=version, occupation_code=version.occupation_code)
    return decide(house.first, row, approve=True, reason="相符")


def adds_up(learner):
    """The content, once its lines were found to make its sum."""
    content = compile_content(learner)
    lines = [*content["courses"], *content["besides"]]
    assert sum(line["centicredits"] for line in lines) == content["centicredits"]
    return content


@pytest.fixture
def house():
    return House(reviewers=1)


@pytest.fixture
def learner():
    return person("李明")


@pytest.fixture
def free(house):
    """A rule that gives 2 credits of no course beside 3 of one."""
    target = programme(house.home, code="automation", name="自动化")
    courses = [{"code": "AU1", "name": "电工学", "centicredits": 300}]
    return rule_version(target, code="free", courses=courses, free=200)


def test_credits_of_no_course_are_a_line(client, house, free, learner):
    approved(house, learner, free)
    content = adds_up(learner)
    (line,) = content["besides"]
    assert (content["centicredits"], line["centicredits"], line["rule"]) == (500, 200, "free v1")
    assert line["title"]

    client.force_login(learner)
    page = client.get(url("credit:transcript")).content.decode()
    assert "课程以外的学分" in page
    assert line["title"] in page
    paper = PdfReader(BytesIO(transcript_pdf(make_transcript(learner))))
    assert "课程以外的学分" in "".join(sheet.extract_text() for sheet in paper.pages)


def test_without_such_credits_the_paper_is_as_it_was(client, house, learner):
    approved(house, learner)
    assert adds_up(learner)["besides"] == []
    client.force_login(learner)
    assert "课程以外的学分" not in client.get(url("credit:transcript")).content.decode()


def test_what_was_reversed_is_no_line(house, free, learner):
    row = approved(house, learner, free)
    reverse_recognition(house.admin, row, reason="证书被撤销")
    content = adds_up(learner)
    assert (content["centicredits"], content["courses"], content["besides"]) == (0, [], [])


def test_what_expired_or_was_redeemed_is_taken_off(learner):
    mortal = House(reviewers=1, fields={"shelf_life_months": 12, "notice_days": (30,)})
    with time_machine.travel("2026-01-31T04:00:00Z", tick=False):
        row = approved(mortal, learner)
    with time_machine.travel("2027-01-05T04:00:00Z", tick=False):
        expiry.nightly()
    with time_machine.travel("2027-03-01T04:00:00Z", tick=False):
        assert expiry.expire() == 1
    content = adds_up(learner)
    assert [(line["sort"], line["centicredits"]) for line in content["besides"]] == [("expiry", -800)]

    other = person("王芳")
    lasting = House(reviewers=1, code="second-college")
    row = approved(lasting, other)
    redemptions.redeem(lasting.admin, redemptions.request(other, row.programme), reason="毕业")
    assert [line["sort"] for line in adds_up(other)["besides"]] == ["redemption"]


def test_a_transferred_course_stands_where_it_went(house, learner):
    receiving = House(reviewers=1, code="second-college")
    target = programme(receiving.home, code="automation", name="自动化")
    rule = open_rule(SYSTEM, target, code="move", title="他校课程", direction="credits_to_credits", mode="")
    version = publish_version(
        SYSTEM,
        rule,
        NewVersion(
            outcome_kind="degree_course",
            course_code="EL101",
            course_name="电工技术基础",
            issuers=[{"code": house.home.code, "name": house.home.name}],
            courses=[{"code": "AU1", "name": "电工学", "centicredits": 400}],
            valid_from=date(2025, 1, 1),
            source_document="校际互认协议（测试）",
        ),
    )
    first = approved(house, learner)
    move = submit(learner, Move(first.uuid, "EL101", version.rule.code, version.number))
    decide(receiving.first, move, approve=True, reason="同意")
    content = adds_up(learner)
    assert {line["code"] for line in content["courses"]} == {"AU1", "EL102"}
    assert content["besides"] == []


def test_a_transferred_course_does_not_come_back_with_a_merge(house, learner):
    receiving = House(reviewers=1, code="second-college")
    target = programme(receiving.home, code="automation", name="自动化")
    rule = open_rule(SYSTEM, target, code="move", title="他校课程", direction="credits_to_credits", mode="")
    new = NewVersion(
        outcome_kind="degree_course",
        course_code="EL101",
        course_name="电工技术基础",
        issuers=[{"code": house.home.code, "name": house.home.name}],
        courses=[{"code": "AU1", "name": "电工学", "centicredits": 400}],
        valid_from=date(2025, 1, 1),
        source_document="校际互认协议（测试）",
    )
    version = publish_version(SYSTEM, rule, new)
    first = approved(house, learner)
    decide(
        receiving.first,
        submit(learner, Move(first.uuid, "EL101", version.rule.code, version.number)),
        approve=True,
        reason="同意",
    )
    kept, authority = person("王芳"), college("ju", "人社局")
    asked = merging.request(
        member("officer", authority), kept, learner, evidence="窗口核对身份证和护照原件，复印件存档"
    )
    merging.decide(member("officer", authority, "何平"), asked, approve=True, reason="同一个人")
    content = adds_up(kept)
    assert {line["code"] for line in content["courses"]} == {"AU1", "EL102"}
    assert (content["centicredits"], content["besides"]) == (700, [])


def test_what_is_older_than_the_paper_shows_is_one_line(monkeypatch, house, free, learner):
    approved(house, learner, free)
    monkeypatch.setattr(services, "MOST_LINES", 1)
    version = rule_version(programme(house.home, code="later", name="以后"), code="later")
    approved(house, learner, version)
    content = adds_up(learner)
    assert content["besides"] == [{"sort": "older", "centicredits": 500}]
    assert (
        "更早的记账" in PdfReader(BytesIO(transcript_pdf(make_transcript(learner)))).pages[0].extract_text()
    )


def test_a_share_of_the_whole_paper_adds_up_too(client, house, free, learner):
    row = approved(house, learner, free)
    whole = create_share(learner, Wish("应聘", today() + timedelta(days=9), "masked", "人事"))
    (course,) = items_of(compile_content(learner))[:1]
    some = create_share(
        learner, Wish("应聘", today() + timedelta(days=9), "masked", "人事", lines=(course.key,))
    )
    (line,) = shown(whole).besides
    assert (line["centicredits"], line["stands"]) == (200, True)
    assert shown(some).besides == []
    reverse_recognition(house.admin, row, reason="证书被撤销")
    assert [line["stands"] for line in shown(whole).besides] == [False]
