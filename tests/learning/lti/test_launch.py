"""Opening a tool from a lesson: what it is told, and every launch that does not happen."""

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings

from lms.learning.lti import keys
from lms.learning.lti.models import LtiKey
from lms.learning.lti.platform import rules
from lms.learning.lti.platform.models import LtiLaunch, LtiSubject, LtiTool
from lms.learning.lti.platform.services import switch
from lms.learning.study.models import LessonProgress
from lms.lib.clock import now
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course, text
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.lti.conftest import place, tool_of
from tests.learning.lti.parties import LAUNCH, TOOL, Tool, asked_of, form

pytestmark = pytest.mark.django_db
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"


def test_a_tool_is_told_who_where_and_what(tool, row, item, browser, address):
    body = tool.open(browser.get(address)).get_launch_data()
    assert body["iss"] == settings.PUBLIC_URL
    assert body["aud"] == row.client_id
    assert body["azp"] == row.client_id
    assert body[CLAIM + "message_type"] == "LtiResourceLinkRequest"
    assert body[CLAIM + "version"] == "1.3.0"
    assert body[CLAIM + "deployment_id"] == row.deployment_id
    assert body[CLAIM + "target_link_uri"] == f"{TOOL}/open?task=1"
    assert body[CLAIM + "context"]["id"] == str(item.course.uuid)
    assert body[CLAIM + "resource_link"]["title"] == "仿真一"
    assert body[CLAIM + "custom"] == {"task": "1"}
    assert body[CLAIM + "roles"] == ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]
    assert 0 < body["exp"] - body["iat"] <= 300
    endpoint = body["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert endpoint["lineitem"].startswith(endpoint["lineitems"] + "/")
    assert "namesroleservice" in str(body)


def test_variables_of_custom_parameters_are_put_in(tool, row, item, browser, address):
    asked = {
        "who": "$User.id",
        "where": "$Context.id",
        "which": "$ResourceLink.title",
        "back": "$Message.returnUrl",
        # Told only with the name; never told; not a variable; a variable within other words.
        "name": "$Person.name.full",
        "mail": "$Person.email.primary",
        "price": "$5",
        "said": "id=$User.id",
    }
    assert rules.custom(asked) == asked
    LtiLaunch.objects.all().delete()
    page = browser.get(address)
    launch = LtiLaunch.objects.get()
    launch.content = launch.content | {"custom": asked}
    launch.save(update_fields=["content"])
    body = tool.open(page).get_launch_data()
    assert body[CLAIM + "custom"] == asked | {
        "who": body["sub"],
        "where": str(item.course.uuid),
        "which": "仿真一",
        "back": body[CLAIM + "launch_presentation"]["return_url"],
    }
    LtiTool.objects.filter(pk=row.pk).update(asks_names=True)
    page = browser.post(address, {"named": "yes"})
    launch = LtiLaunch.objects.latest("pk")
    launch.content = launch.content | {"custom": asked}
    launch.save(update_fields=["content"])
    assert tool.open(page).get_launch_data()[CLAIM + "custom"]["name"] == "林一舟"


def test_opening_a_tool_moves_no_study_time(tool, item, browser, address):
    tool.open(browser.get(address))
    assert not LessonProgress.objects.filter(enrolment=item, counted_ms__gt=0).exists()
    assert [block["nominal_ms"] for block in item.release.lessons.get().blocks if block["type"] == "lti"] == [
        0
    ]


def test_nothing_personal_is_told_and_two_tools_cannot_compare(tool, admin, item, browser, address):
    body = tool.open(browser.get(address)).get_launch_data()
    said = str(body)
    for secret in ("林一舟", item.person.email, item.person.phone, str(item.person.uuid)):
        assert secret not in said
    other = tool_of(admin)
    from lms.learning.lti.platform.people import subject_of

    assert subject_of(other, item.person).sub != body["sub"]
    assert tool.open(browser.get(address)).get_launch_data()["sub"] == body["sub"]


def test_a_name_is_told_only_with_the_persons_yes(tool, row, browser, address):
    LtiTool.objects.filter(pk=row.pk).update(asks_names=True)
    assert "告诉工具你的称呼" in browser.get(address).content.decode()
    told = tool.open(browser.post(address, {"named": "no"})).get_launch_data()
    assert "name" not in told
    told = tool.open(browser.post(address, {"named": "yes"})).get_launch_data()
    assert told["name"] == "林一舟"
    # The organisation may take it back for everybody.
    LtiTool.objects.filter(pk=row.pk).update(asks_names=False)
    assert "name" not in tool.open(browser.get(address)).get_launch_data()


def test_what_was_said_of_names_can_be_said_anew(tool, row, item, browser, address):
    player = f"/learn/{item.uuid}/{item.release.lessons.get().uuid}/"
    assert "names=ask" not in browser.get(player).content.decode()
    LtiTool.objects.filter(pk=row.pk).update(asks_names=True)
    assert f"{address}?names=ask" in browser.get(player).content.decode()
    browser.post(address, {"named": "yes"})
    assert "告诉工具你的称呼" in browser.get(f"{address}?names=ask").content.decode()
    browser.post(f"{address}?names=ask", {"named": "no"})
    assert LtiSubject.objects.get().named is False


def test_details_that_an_editor_spoilt_leave_the_tool_without_them(row):
    for details in (
        "{",
        "[1]",
        '{"column": {"maximum": "x"}}',
        '{"column": 5}',
        '{"column": {"maximum": "-1"}}',
    ):
        release = released_course(lessons=[[text(), place(row, details=details)]])
        item = enrolment(UserFactory(), release)
        lesson = release.lessons.get()
        address = f"/lti/launch/{item.uuid}/{lesson.uuid}/{lesson.blocks[1]['id']}/"
        assert signed_in(item.person).get(address).status_code == 200


def test_the_same_place_is_the_same_link_for_everybody(tool, row, item, browser, address):
    first = tool.open(browser.get(address)).get_launch_data()
    other = enrolment(UserFactory(), item.release)
    their = signed_in(other.person)
    page = their.get(address.replace(str(item.uuid), str(other.uuid)))
    second = Tool(row, their, settings.PUBLIC_URL).open(page).get_launch_data()
    link = CLAIM + "resource_link"
    assert first[link]["id"] == second[link]["id"]
    assert first["sub"] != second["sub"]


def test_the_page_that_sends_on_may_and_others_may_not(browser, address, item):
    page = browser.get(address)
    assert TOOL in page.headers["Content-Security-Policy"]
    player = browser.get(f"/learn/{item.uuid}/{item.release.lessons.get().uuid}/")
    assert address in player.content.decode()
    assert TOOL not in player.headers["Content-Security-Policy"]
    assert 'rel="noopener"' in player.content.decode()


def test_a_login_request_by_post_is_asked_again_where_the_session_is_heard(tool, browser, address):
    asked = tool.login(form(browser.get(address)))
    again = browser.post("/lti/authorize", asked_of(asked))
    assert again.status_code == 303
    assert again["Location"].startswith("/lti/authorize?")
    tool.arrive(browser.get(again["Location"]))


# --- what does not happen -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"redirect_uri": "https://evil.example.com/launch"}, 400),
        ({"redirect_uri": LAUNCH + "/"}, 400),
        ({"redirect_uri": LAUNCH + "?next=https://evil.example.com"}, 400),
        ({"redirect_uri": ""}, 400),
        ({"client_id": "nobody"}, 400),
        ({"scope": "profile"}, 400),
        ({"response_type": "code"}, 400),
        ({"response_mode": "fragment"}, 400),
        ({"prompt": "login"}, 400),
        ({"nonce": ""}, 400),
        ({"nonce": "x" * 600}, 400),
        ({"login_hint": "guess"}, 403),
        ({"lti_message_hint": "0198c3a0-0000-7000-8000-000000000000"}, 403),
    ],
)
def test_a_login_request_that_is_not_right_is_refused_here(tool, browser, address, change, status, caplog):
    asked = asked_of(tool.login(form(browser.get(address)))) | change
    page = browser.get("/lti/authorize", asked)
    assert page.status_code == status
    assert 'name="id_token"' not in page.content.decode()
    assert "Location" not in page
    assert "LTI refused" in caplog.text
    # Nothing was used up: the honest request still works.
    asked = asked_of(tool.login(form(browser.get(address))))
    assert browser.get("/lti/authorize", asked).status_code == 200


def test_a_launch_is_good_once(tool, browser, address):
    asked = tool.login(form(browser.get(address))).removeprefix(settings.PUBLIC_URL)
    assert browser.get(asked).status_code == 200
    again = browser.get(asked)
    assert again.status_code == 403
    assert "已经用过" in again.content.decode()


def test_a_nonce_is_good_once(tool, browser, address):
    first, second = (asked_of(tool.login(form(browser.get(address)))) for _turn in range(2))
    assert browser.get("/lti/authorize", first).status_code == 200
    assert browser.get("/lti/authorize", second | {"nonce": first["nonce"]}).status_code == 403


def test_a_launch_ends_after_minutes(tool, browser, address):
    asked = tool.login(form(browser.get(address))).removeprefix(settings.PUBLIC_URL)
    with time_machine.travel(now() + timedelta(minutes=11)):
        page = browser.get(asked)
    assert page.status_code == 403
    assert "过期" in page.content.decode()


def test_another_persons_launch_is_nobodys(tool, browser, address):
    asked = tool.login(form(browser.get(address))).removeprefix(settings.PUBLIC_URL)
    page = signed_in(UserFactory()).get(asked)
    assert page.status_code == 403
    assert "另一个账号" in page.content.decode()
    from django.test import Client

    assert Client().get(asked).status_code == 401
    assert LtiLaunch.objects.get().used_at is None


def test_only_the_enrolled_open_it(address):
    assert signed_in(UserFactory()).get(address).status_code == 404


def test_who_left_meanwhile_gets_no_message(tool, browser, address, item):
    from lms.learning.enrolment.models import Enrolment

    asked = tool.login(form(browser.get(address))).removeprefix(settings.PUBLIC_URL)
    LtiLaunch.objects.update(expires_at=now() + timedelta(minutes=5))
    Enrolment.objects.filter(pk=item.pk).update(person=UserFactory())
    assert browser.get(asked).status_code == 403


def test_a_tool_that_is_off_opens_nothing(tool, row, admin, browser, address):
    asked = tool.login(form(browser.get(address))).removeprefix(settings.PUBLIC_URL)
    switch(admin, row, on=False, reason="合同到期")
    assert browser.get(address).status_code == 403
    assert browser.get(asked).status_code == 403
    switch(admin, row, on=True)
    assert browser.get(asked).status_code == 200


def test_another_organisations_tool_opens_nothing(tool, row, browser, address):
    from tests.factories.courses import organisation

    LtiTool.objects.filter(pk=row.pk).update(organisation=organisation("else"))
    assert browser.get(address).status_code == 404


# --- our keys ------------------------------------------------------------------------------------------------


def test_a_rotated_key_signs_and_the_old_one_is_still_believed(tool, browser, address):
    before = form(browser.get(tool.login(form(browser.get(address))).removeprefix(settings.PUBLIC_URL)))
    old = keys.signing_key()
    from lms.lib.actor import Actor

    fresh = keys.rotate(Actor.system("tests"))
    published = browser.get("/lti/jwks.json").json()["keys"]
    assert [row["kid"] for row in published] == [fresh.kid, old.kid]
    assert all(set(row) == {"kty", "n", "e", "kid", "alg", "use"} for row in published)
    assert jwt.get_unverified_header(before.fields["id_token"])["kid"] == old.kid
    assert LtiKey.objects.get(kid=old.kid).private == ""
    tool.open(browser.get(address))
    with time_machine.travel(now() + keys.OVERLAP + timedelta(minutes=1)):
        assert [row["kid"] for row in keys.published()["keys"]] == [fresh.kid]


def test_only_the_platforms_administrators_rotate(admin):
    from lms.lib.errors import NotAllowed

    with pytest.raises(NotAllowed):
        keys.rotate(admin)


def test_the_private_half_is_encrypted_at_rest():
    from django.db import connection

    keys.signing_key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT private FROM learning_ltikey")
        assert "PRIVATE KEY" not in cursor.fetchone()[0]


def test_erased_people_are_nobody_to_a_tool(tool, browser, address, item):
    from lms.learning.lti import own_data

    tool.open(browser.get(address))
    assert own_data.part(item.person)["tools"][0]["tool"] == "电路仿真"
    own_data.PART.erase(item.person)
    assert not LtiSubject.objects.exists()
    assert not LtiLaunch.objects.exists()
