"""Deep linking: what a tool's author chooses becomes blocks of a lesson's draft, once and by its editor alone."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem

from courses.pages.models import LessonPage
from courses.review.checks import check_live
from lms.accounts.api import staff_group
from lms.learning.lti.platform.models import LtiLaunch, LtiTool
from lms.lib.clock import now
from lms.lib.errors import Invalid
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import organisation
from tests.learning.clients import signed_in
from tests.learning.lti.parties import OTHER, TOOL, Tool, asked_of, form, signed

pytestmark = pytest.mark.django_db
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def editor_of(house):
    found = member("editor", house)
    found.groups.add(staff_group())
    return found


@pytest.fixture
def editor(item):
    return editor_of(organisation())


@pytest.fixture
def desk(editor):
    return signed_in(editor, staff=True)


@pytest.fixture
def lesson(item):
    return LessonPage.objects.descendant_of(item.course).get()


@pytest.fixture
def where(lesson):
    return f"/admin/lti/lesson/{lesson.pk}/"


@pytest.fixture
def at(row, desk):
    return Tool(row, desk, settings.PUBLIC_URL)


@pytest.fixture
def asked(at, desk, row, where):
    """The tool, asked for what it offers."""
    page = desk.post(where, {"tool": str(row.uuid), "how": "choose"})
    assert page.status_code == 200, page.content.decode()
    return at.open(page)


def resource(title="仿真二", url=f"{TOOL}/open?task=2"):
    column = LineItem().set_score_maximum(20).set_label(title).set_tag("lab")
    found = DeepLinkResource().set_url(url).set_title(title).set_custom_params({"task": "2"})
    return found.set_lineitem(column)


def answer_of(asked, *resources):
    return asked.get_deep_link().get_message_jwt(list(resources))


def draft(lesson):
    lesson.refresh_from_db()
    return [block for block in lesson.get_latest_revision_as_object().body if block.block_type == "lti"]


def test_what_was_chosen_becomes_blocks_of_the_draft(asked, desk, row, lesson, client):
    token = signed(answer_of(asked, resource(), resource("仿真三")))
    # The tool's page is another site's: nobody is signed in there.
    sent = client.post("/lti/deep-linking", {"JWT": token})
    assert sent.status_code == 303
    assert sent["Location"].startswith("/admin/lti/items/")
    assert len(draft(lesson)) == 1
    page = desk.get(sent["Location"])
    assert "仿真二" in page.content.decode()
    assert "仿真三" in page.content.decode()
    assert desk.post(sent["Location"]).status_code == 302
    found = draft(lesson)
    assert [block.value["title"] for block in found] == ["仿真一", "仿真二", "仿真三"]
    assert found[1].value["tool"] == str(row.uuid)
    assert found[1].value["url"] == f"{TOOL}/open?task=2"
    details = json.loads(found[1].value["details"])
    assert details["custom"] == {"task": "2"}
    assert details["column"]["maximum"] == "20.0000"
    # Once.
    assert desk.post(sent["Location"]).status_code == 409
    assert len(draft(lesson)) == 3
    assert LessonPage.objects.get(pk=lesson.pk).has_unpublished_changes


def test_a_tool_is_added_as_it_stands(desk, row, lesson, where):
    assert desk.get(where).status_code == 200
    assert desk.post(where, {"tool": str(row.uuid), "how": "plain", "title": "仿真台"}).status_code == 302
    assert draft(lesson)[-1].value["title"] == "仿真台"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"iss": "somebody"}, 403),
        ({"aud": "https://elsewhere.example.com"}, 403),
        ({"exp": 1}, 403),
        ({"exp": None}, 403),
        ({"nonce": ""}, 400),
        ({DL + "data": "0198c3a0-0000-7000-8000-000000000000"}, 400),
        ({DL + "data": None}, 400),
        ({"https://purl.imsglobal.org/spec/lti/claim/deployment_id": "other"}, 400),
        ({"https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest"}, 400),
        ({"https://purl.imsglobal.org/spec/lti/claim/version": "2.0"}, 400),
        ({DL + "content_items": "x"}, 422),
        ({DL + "content_items": [{"type": "ltiResourceLink", "url": "https://evil.example.com/x"}]}, 422),
        ({DL + "content_items": [{"type": "ltiResourceLink", "url": "javascript:alert(1)"}]}, 422),
        ({DL + "content_items": [{"type": "ltiResourceLink", "custom": {"a": 1}}]}, 422),
        ({DL + "content_items": [{"type": "ltiResourceLink", "lineItem": {"scoreMaximum": -1}}]}, 422),
    ],
)
def test_an_answer_that_is_not_right_is_refused(asked, client, change, status):
    said = {
        name: value for name, value in (answer_of(asked, resource()) | change).items() if value is not None
    }
    assert client.post("/lti/deep-linking", {"JWT": signed(said)}).status_code == status
    assert LtiLaunch.objects.get(kind="deep").answered_at is None


def test_an_answer_of_another_key_is_refused(asked, client):
    token = signed(answer_of(asked, resource()), key=OTHER)
    assert client.post("/lti/deep-linking", {"JWT": token}).status_code == 403
    assert client.post("/lti/deep-linking", {"JWT": "a.b.c"}).status_code == 400
    assert client.post("/lti/deep-linking", {}).status_code == 400


def test_an_answer_is_taken_once_and_in_time(asked, client):
    said = answer_of(asked, resource())
    with time_machine.travel(now() + timedelta(hours=3)):
        late = signed(said | {"iat": int(now().timestamp()), "exp": int(now().timestamp()) + 60})
        assert client.post("/lti/deep-linking", {"JWT": late}).status_code == 403
    assert client.post("/lti/deep-linking", {"JWT": signed(said)}).status_code == 303
    assert client.post("/lti/deep-linking", {"JWT": signed(said)}).status_code == 403
    assert client.post("/lti/deep-linking", {"JWT": signed(answer_of(asked))}).status_code == 403


def test_what_no_lesson_can_hold_is_left_and_said(asked, desk, client):
    said = answer_of(asked, resource())
    said[DL + "content_items"].append({"type": "html", "html": "<p>x</p>"})
    sent = client.post("/lti/deep-linking", {"JWT": signed(said)})
    assert "另有 1 项" in desk.get(sent["Location"]).content.decode()


def test_only_its_editor_takes_it_in(asked, client, lesson):
    sent = client.post("/lti/deep-linking", {"JWT": signed(answer_of(asked, resource()))})
    other = signed_in(editor_of(organisation()), staff=True)
    assert other.post(sent["Location"]).status_code == 404
    assert signed_in(UserFactory()).get(sent["Location"]).status_code == 302
    assert len(draft(lesson)) == 1


def test_other_houses_editors_ask_nothing(row, where, item):
    theirs = signed_in(editor_of(organisation("else")), staff=True)
    assert theirs.post(where, {"tool": str(row.uuid), "how": "choose"}).status_code == 403


def test_a_deep_launch_is_its_editors(at, desk, row, where):
    address = at.login(form(desk.post(where, {"tool": str(row.uuid), "how": "choose"})))
    other = signed_in(UserFactory())
    assert other.get("/lti/authorize", asked_of(address)).status_code == 403


def test_a_course_is_not_published_with_a_tool_that_is_off(item, row):
    check_live(item.course)
    LtiTool.objects.filter(pk=row.pk).update(state="off")
    with pytest.raises(Invalid, match="外部工具"):
        check_live(item.course)
