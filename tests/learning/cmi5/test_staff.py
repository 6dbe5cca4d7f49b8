"""Staff screens: whose learners one sees, what is told of them, and the waiver."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.accounts.api import explain_looks, looks_at
from lms.learning.cmi5 import services
from lms.learning.cmi5.models import Cmi5Rule, Cmi5Unit
from lms.learning.cmi5.published import NewCmi5Rule, publish_rule
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import NotAllowed
from tests.factories import accounts
from tests.factories.accounts import UserFactory
from tests.factories.creditbank import college, member
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(course):
    return member("editor", course.release.provider, "何敏")


@pytest.fixture
def url(course):
    return reverse("learning_cmi5_one", args=[course.registration.uuid])


def test_the_list_and_one_learner(course, editor, url):
    client = signed_in(editor, staff=True)
    course.launch().begin().say("initialized")
    course.launch(1).begin().say("initialized", "completed", "terminated")
    listed = client.get(reverse("learning_cmi5"))
    assert listed.status_code == 200
    assert url in listed.content.decode()
    page = client.get(url)
    assert page.status_code == 200
    text = page.content.decode()
    assert "中断" in text
    assert "正常结束" in text
    # The learner can read who looked.
    (look,) = explain_looks(looks_at(course.learner))
    assert (look.reason, look.body) == ("查看 cmi5 课件学习", course.release.provider.name)


def test_the_list_asks_as_often_for_many_as_for_one(course, editor):
    client, url = signed_in(editor, staff=True), reverse("learning_cmi5")
    course.launch()
    with CaptureQueriesContext(connection) as once:
        client.get(url)
    for _n in range(3):
        course.enrolment = enrolment(release=course.release)
        course.learner = course.enrolment.person
        course.launch()
    with CaptureQueriesContext(connection) as again:
        client.get(url)
    assert len(again) <= len(once)


def test_a_waiver_from_the_page(course, editor, url):
    client = signed_in(editor, staff=True)
    said = {"au": course.keys[0], "reason": "Tested Out", "note": "入学测试 92 分"}
    assert client.post(url, said | {"note": ""}).status_code == 422
    assert not Cmi5Unit.objects.filter(waived_at__isnull=False).exists()
    assert client.post(url, said).status_code == 302
    assert Cmi5Unit.objects.get(key=course.keys[0]).waived_by == editor
    text = client.get(url).content.decode()
    assert "入学测试 92 分" in text
    # Waived already: no choice any more.
    assert client.post(url, said).status_code == 422


def test_what_was_refused_lately_stands_by_its_launch(course, editor, url):
    cache.clear()
    client, content = signed_in(editor, staff=True), course.launch().begin()
    assert "没有收下的语句" not in client.get(url).content.decode()
    content.refused(content.statement("completed"), "9.3.2")
    content.say("initialized")
    text = client.get(url).content.decode()
    assert "不符合 cmi5 第 9.3" in text
    assert text.count("不符合 cmi5") == 1
    # Not what was sent: only why it was not taken.
    assert content.actor["account"]["name"] not in text


RULE = {
    "valid_from": "2099-01-01",
    "fetch_minutes": "5",
    "session_hours": "8",
    "idle_minutes": "120",
    "grace_s": "30",
    "source": "课件运行规范（2098）3 号",
}


def test_an_officer_publishes_the_next_rule(course):
    officer = accounts.member("officer")
    client, address = signed_in(officer, staff=True), reverse("learning_cmi5_rules")
    assert "600 秒" in client.get(address).content.decode()
    for wrong in (
        {"source": ""},
        {"fetch_minutes": "0"},
        {"session_hours": "169"},
        {"idle_minutes": "29"},
        {"grace_s": "3601"},
        {"grace_s": "-1"},
        {"valid_from": "2020-01-01"},
        {"valid_from": ""},
    ):
        assert client.post(address, RULE | wrong).status_code == 422, wrong
    assert Cmi5Rule.objects.count() == 1
    assert client.post(address, RULE).status_code == 302
    row = Cmi5Rule.objects.get(version=2)
    assert (row.fetch_s, row.session_s, row.idle_s, row.grace_s) == (300, 28_800, 7_200, 30)
    assert "课件运行规范（2098）3 号" in client.get(address).content.decode()
    assert AuditRow.objects.filter(action="cmi5_rule.publish").count() == 1
    # In force from its day on, for launches of that day; whoever was launched before keeps the first.
    before = course.launch().session
    with time_machine.travel(datetime(2099, 1, 2, 4, tzinfo=UTC)):
        assert services.rule_in_force() == row
    assert before.rule.version == 1
    assert services.rule_in_force().version == 1


def test_only_officers_publish_rules(course, editor):
    address = reverse("learning_cmi5_rules")
    assert signed_in(editor, staff=True).get(address).status_code == 403
    assert signed_in(editor, staff=True).post(address, RULE).status_code == 403
    assert signed_in(UserFactory()).get(address).status_code == 302
    with pytest.raises(NotAllowed):
        publish_rule(editor, NewCmi5Rule(today(), 5, 8, 120, 30, "课件运行规范"))


def test_others_see_nothing(course, url):
    provider = course.release.provider
    stranger = member("editor", college("hhzy", "湖海职业学院"), "周航")
    assert signed_in(stranger, staff=True).get(url).status_code == 404
    assert signed_in(member("reviewer", provider, "林青"), staff=True).get(url).status_code == 403
    assert signed_in(UserFactory()).get(url).status_code == 302
    page = signed_in(member("teacher", provider, "郑原"), staff=True).get(url)
    assert page.status_code == 200
    assert 'name="reason"' not in page.content.decode()
