"""Staff screens: whose learners one sees, what is told of them, and the waiver."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.learning.cmi5.models import Cmi5Unit
from lms.lib.audit.models import AuditRow
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
    assert AuditRow.objects.filter(action="cmi5.look", target=course.learner.uuid).count() == 1


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


def test_others_see_nothing(course, url):
    provider = course.release.provider
    stranger = member("editor", college("hhzy", "湖海职业学院"), "周航")
    assert signed_in(stranger, staff=True).get(url).status_code == 404
    assert signed_in(member("reviewer", provider, "林青"), staff=True).get(url).status_code == 403
    assert signed_in(UserFactory()).get(url).status_code == 302
    page = signed_in(member("teacher", provider, "郑原"), staff=True).get(url)
    assert page.status_code == 200
    assert 'name="reason"' not in page.content.decode()
