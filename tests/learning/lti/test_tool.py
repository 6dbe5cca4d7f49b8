"""Our courses in a college's LMS: a test-side platform that signs with PyJWT and answers over a line of its own."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import jwt
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from lms.learning.completion.services import consider
from lms.learning.enrolment.models import Enrolment
from lms.learning.lti import keys
from lms.learning.lti.tool.models import LtiAccount, LtiArrival, LtiPassback
from lms.learning.lti.tool.services import make_platform, switch, unlink
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import organisation, released_course
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.lti.parties import OTHER, PRIVATE, asked_of, form, jwks_of, signed

pytestmark = pytest.mark.django_db
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


class Moodle(BaseHTTPRequestHandler):
    """The LMS's own server: keys, tokens and scores."""

    def do_GET(self):
        self._answer(200, jwks_of(PRIVATE, "lms-1"))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.server.assertions.append(asked["client_assertion"])
            return self._answer(200, {"access_token": "abc", "token_type": "Bearer", "expires_in": 3600})
        if self.server.broken:
            return self._answer(500, {})
        assert self.headers["Authorization"] == "Bearer abc"
        self.server.scores.append((self.path, json.loads(body)))
        return self._answer(200, {})

    def _answer(self, status, said):
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def lms(settings):
    cache.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Moodle)
    server.scores, server.assertions, server.broken = [], [], False
    server.address = f"http://127.0.0.1:{server.server_port}"
    settings.LTI_HOSTS = frozenset({f"127.0.0.1:{server.server_port}"})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def admin(db):
    return member("admin", organisation())


def register(admin, address, **more):
    return make_platform(
        admin,
        organisation(),
        **{
            "name": "学院教学平台",
            "issuer": "https://moodle.example.edu.cn",
            "client_id": "client-1",
            "login_url": f"{address}/auth",
            "token_url": f"{address}/token",
            "jwks_url": f"{address}/jwks",
            "deployments": ["7"],
        }
        | more,
    )


@pytest.fixture
def platform(lms, admin):
    return register(admin, lms.address)


@pytest.fixture
def course(db):
    return released_course().course


@pytest.fixture
def person(db):
    return UserFactory()


def login(client, **more):
    said = {
        "iss": "https://moodle.example.edu.cn",
        "client_id": "client-1",
        "login_hint": "31",
        "lti_message_hint": "9",
        "target_link_uri": settings.PUBLIC_URL + "/lti/tool/launch",
        "lti_deployment_id": "7",
    } | more
    return client.post("/lti/tool/login", said)


def claims_for(asked, course=None, **more):
    moment = int(now().timestamp())
    said = {
        "iss": "https://moodle.example.edu.cn",
        "aud": "client-1",
        "sub": "user-31",
        "iat": moment,
        "exp": moment + 300,
        "nonce": asked["nonce"],
        CLAIM + "message_type": "LtiResourceLinkRequest",
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": "7",
        CLAIM + "target_link_uri": settings.PUBLIC_URL + "/lti/tool/launch",
        CLAIM + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        CLAIM + "resource_link": {"id": "link-5"},
        CLAIM + "custom": {"course": str(course.uuid) if course else ""},
    } | more
    return {name: value for name, value in said.items() if value is not None}


def launch(client, course=None, *, key=PRIVATE, kid="lms-1", algorithm="RS256", **more):
    asked = asked_of(login(client)["Location"])
    token = signed(claims_for(asked, course, **more), key, kid, algorithm)
    return client.post("/lti/tool/launch", {"id_token": token, "state": asked["state"]})


def endpoint(lms):
    return {AGS: {"scope": [SCORE], "lineitem": f"{lms.address}/items/4/lineitem?type_id=2"}}


# --- the way in ----------------------------------------------------------------------------------------------


def test_login_goes_to_the_registered_address_alone(client, platform, lms):
    begun = login(client, target_link_uri="https://evil.example.com")
    asked = asked_of(begun["Location"])
    assert begun["Location"].startswith(f"{lms.address}/auth?")
    assert asked["redirect_uri"] == settings.PUBLIC_URL + "/lti/tool/launch"
    assert asked["login_hint"] == "31"
    assert asked["lti_message_hint"] == "9"
    cookie = next(iter(begun.cookies.values()))
    assert cookie["httponly"]
    assert cookie["path"] == "/lti/tool/launch"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"iss": "https://other.example.com"}, 400),
        ({"client_id": "x"}, 400),
        ({"login_hint": ""}, 400),
        ({"lti_deployment_id": "8"}, 403),
    ],
)
def test_a_login_from_nobody_we_know_is_refused(client, platform, change, status):
    assert login(client, **change).status_code == status


def test_the_first_time_the_person_signs_in_and_says_it_is_them(platform, course, person):
    client = signed_in(person)
    sent = launch(client, course)
    assert sent.status_code == 303
    page = client.get(sent["Location"])
    assert page.status_code == 200
    assert "关联并开始学习" in page.content.decode()
    assert not LtiAccount.objects.exists()
    assert not Enrolment.objects.exists()
    went = client.post(sent["Location"])
    item = Enrolment.objects.get()
    assert went["Location"] == reverse("learning:course", args=[item.uuid])
    assert item.person == person
    assert LtiAccount.objects.get().sub == "user-31"
    # The second time they go straight on; the ticket of the first is over.
    assert client.get(sent["Location"]).status_code == 403
    again = launch(client, course)
    assert client.get(again["Location"])["Location"] == went["Location"]


def test_a_launch_signs_nobody_in(platform, course, client, person):
    LtiAccount.objects.create(platform=platform, sub="user-31", person=person, made_at=now())
    sent = launch(client, course)
    page = client.get(sent["Location"])
    assert page.status_code == 302
    assert page["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_no_account_is_ever_linked_over(platform, course, person):
    mine = signed_in(person)
    mine.post(launch(mine, course)["Location"])
    other = signed_in(UserFactory())
    sent = launch(other, course)
    for answer in (other.get(sent["Location"]), other.post(sent["Location"])):
        assert answer.status_code == 409
        assert "另一个账号" in answer.content.decode()
    # Nor is a second user of the platform linked with the same person.
    second = launch(mine, course, sub="user-32")
    assert mine.post(second["Location"]).status_code == 409
    assert LtiAccount.objects.get().person == person
    unlink(person, platform.uuid)
    assert other.post(sent["Location"]).status_code == 302


def test_a_person_sees_their_links_and_takes_one_back(platform, course, person):
    mine, address = signed_in(person), reverse("lti:linked")
    assert "没有关联的教学平台" in mine.get(address).content.decode()
    assert address in mine.get(reverse("accounts_pages:profile")).content.decode()
    mine.post(launch(mine, course)["Location"])
    assert platform.name in mine.get(address).content.decode()
    back = reverse("lti:unlink", args=[platform.uuid])
    # Another person's link is nobody else's to see or to take back.
    other = signed_in(UserFactory())
    assert platform.name not in other.get(address).content.decode()
    assert other.post(back).status_code == 404
    assert mine.get(back).status_code == 405
    assert mine.post(back, follow=True).redirect_chain == [(address, 302)]
    assert not LtiAccount.objects.exists()
    assert Enrolment.objects.get().person == person
    assert mine.post(back).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_course_that_is_none_is_said(platform, person):
    client = signed_in(person)
    assert client.get(launch(client)["Location"]).status_code == 404


# --- what does not get in --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example.com"},
        {"aud": "client-2"},
        {"aud": ["client-1", "client-2"]},
        {"aud": ["client-1", "client-2"], "azp": "client-2"},
        {"azp": "client-2"},
        {"nonce": "guess"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 1},
        {"exp": 9_999_999_999},
        {"sub": ""},
        {"sub": 5},
        {CLAIM + "deployment_id": "8"},
        {CLAIM + "deployment_id": None},
        {CLAIM + "version": "1.0"},
        {CLAIM + "message_type": "Other"},
        {CLAIM + "resource_link": {}},
        {CLAIM + "roles": None},
        {"key": OTHER},
        {"kid": "lms-2"},
        {"key": "secret" * 8, "algorithm": "HS256"},
        {"key": "", "algorithm": "none"},
    ],
    ids=lambda change: "other key" if change.get("key") is OTHER else str(change),
)
def test_a_message_that_is_not_right_is_refused_and_logged(client, platform, course, change, caplog):
    sent = launch(client, course, **change)
    assert sent.status_code == 403
    assert "没有通过验证" in sent.content.decode()
    assert "LTI refused: forged" in caplog.text
    assert not LtiArrival.objects.exists()


def test_a_message_of_several_audiences_names_us(client, platform, course):
    assert launch(client, course, aud=["client-1", "client-2"], azp="client-1").status_code == 303


def test_a_message_is_good_once(client, platform, course):
    asked = asked_of(login(client)["Location"])
    cookies = client.cookies.copy()
    said = {"id_token": signed(claims_for(asked, course), kid="lms-1"), "state": asked["state"]}
    assert client.post("/lti/tool/launch", said).status_code == 303
    client.cookies = cookies
    again = client.post("/lti/tool/launch", said)
    assert again.status_code == 403
    assert "已经用过" in again.content.decode()


def test_a_state_is_its_browsers(client, platform, course):
    asked = asked_of(login(client)["Location"])
    said = {"id_token": signed(claims_for(asked, course), kid="lms-1"), "state": asked["state"]}
    assert Client().post("/lti/tool/launch", said).status_code == 403
    assert client.post("/lti/tool/launch", {**said, "state": "x"}).status_code == 403
    assert client.post("/lti/tool/launch", said).status_code == 303


def test_nobody_arrives_from_a_platform_that_is_off(client, platform, course, admin):
    sent = launch(client, course)
    switch(admin, platform, on=False, reason="合作结束")
    assert login(client).status_code == 403
    assert client.get(sent["Location"]).status_code == 403


def test_keys_on_private_addresses_are_not_fetched(client, platform, course, settings):
    settings.LTI_HOSTS = frozenset()
    assert launch(client, course).status_code == 403


# --- back ----------------------------------------------------------------------------------------------------


def test_a_completed_course_is_reported_once(platform, lms, course, person):
    client = signed_in(person)
    client.post(launch(client, course, **endpoint(lms))["Location"])
    item = Enrolment.objects.get()
    assert LtiPassback.objects.get().sent_at is None
    assert not lms.scores
    _complete(item)
    lms.broken = True
    deliver_pending()
    deliver_pending()
    assert LtiPassback.objects.get().sent_at is None
    lms.broken = False
    OutboxEvent.objects.update(next_try_at=now())
    deliver_pending()
    deliver_pending()
    assert LtiPassback.objects.get().sent_at is not None
    ((path, score),) = lms.scores
    assert path == "/items/4/lineitem/scores?type_id=2"
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("user-31", 1, 1)
    assert score["activityProgress"] == "Completed"
    assert score["gradingProgress"] == "FullyGraded"
    key = jwt.PyJWK(keys.published()["keys"][0]).key
    said = jwt.decode(lms.assertions[-1], key, algorithms=["RS256"], audience=f"{lms.address}/token")
    assert said["iss"] == said["sub"] == "client-1"
    assert said["jti"]


def _complete(item):
    from lms.learning.study.models import LessonProgress

    for lesson in item.release.lessons.all():
        LessonProgress.objects.update_or_create(
            enrolment=item,
            lesson=lesson,
            defaults={
                "person": item.person,
                "met_ms": lesson.nominal_ms,
                "counted_ms": lesson.nominal_ms,
                "percent": 100,
                "lengths": {},
                "required_percent": 80,
                "updated_at": now(),
            },
        )
    consider(item.pk)
    item.refresh_from_db()
    assert item.state == "completed"


def test_a_course_completed_before_is_reported_on_arrival(platform, lms, course, person):
    item = enrolment(person, course.releases.get())
    _complete(item)
    client = signed_in(person)
    client.post(launch(client, course, **endpoint(lms))["Location"])
    deliver_pending()
    deliver_pending()
    assert len(lms.scores) == 1


def test_without_the_scope_nothing_is_reported(platform, lms, course, person):
    client = signed_in(person)
    more = {AGS: {"scope": [], "lineitem": f"{lms.address}/items/4"}}
    client.post(launch(client, course, **more)["Location"])
    assert not LtiPassback.objects.exists()


# --- deep linking --------------------------------------------------------------------------------------------


def deep(**more):
    settings_of = {
        "deep_link_return_url": "https://moodle.example.edu.cn/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["window"],
        "data": "opaque-1",
    } | more
    return {
        CLAIM + "message_type": "LtiDeepLinkingRequest",
        CLAIM + "resource_link": None,
        DL + "deep_linking_settings": settings_of,
    }


def test_a_teacher_there_chooses_our_courses(client, platform, course):
    sent = launch(client, **deep())
    page = client.get(sent["Location"])
    assert course.title in page.content.decode()
    answer = client.post(sent["Location"], {"course": [str(course.uuid)]})
    back = form(answer)
    assert back.action == "https://moodle.example.edu.cn/return"
    key = jwt.PyJWK(client.get("/lti/jwks.json").json()["keys"][0]).key
    said = jwt.decode(
        back.fields["JWT"],
        key,
        algorithms=["RS256"],
        audience="https://moodle.example.edu.cn",
        issuer="client-1",
    )
    assert said[DL + "data"] == "opaque-1"
    assert said[CLAIM + "deployment_id"] == "7"
    (item,) = said[DL + "content_items"]
    assert item["custom"] == {"course": str(course.uuid)}
    assert item["title"] == course.title
    assert client.post(sent["Location"], {"course": [str(course.uuid)]}).status_code == 403


def test_nothing_is_chosen_that_is_not_there(client, platform, course):
    sent = launch(client, **deep())
    for chosen, status in (([], 422), (["x"], 404), (["0198c3a0-0000-7000-8000-000000000000"], 404)):
        assert client.post(sent["Location"], {"course": chosen}).status_code == status
    two = [str(course.uuid), str(released_course().course.uuid)]
    assert client.post(sent["Location"], {"course": two}).status_code == 422


def test_an_answer_goes_to_a_web_address(client, platform):
    assert launch(client, **deep(deep_link_return_url="javascript:alert(1)")).status_code == 403


# --- registering ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://moodle.example.edu.cn"},
        {"login_url": "https://a:b@moodle.example.edu.cn/"},
        {"token_url": "file:///etc/passwd"},
        {"jwks_url": "https://moodle.example.edu.cn/#x"},
        {"deployments": []},
        {"client_id": " "},
        {"name": ""},
    ],
)
def test_a_registration_that_is_none_is_refused(admin, db, change):
    with pytest.raises(Invalid):
        register(admin, "https://moodle.example.edu.cn", **change)


def test_a_platform_is_registered_once_and_by_administrators(admin, platform, lms):
    with pytest.raises(Conflict):
        register(admin, lms.address)
    with pytest.raises(NotAllowed):
        register(member("editor", organisation()), lms.address, client_id="client-2")


def test_the_staff_page_registers_and_switches_off(admin, db):
    desk = signed_in(admin, staff=True)
    address = f"/admin/lti/of/{organisation().code}/platforms/"
    said = {
        "name": "平台",
        "issuer": "https://lms.example.edu.cn",
        "client_id": "c",
        "deployments": "1\n2",
        "login_url": "https://lms.example.edu.cn/auth",
        "token_url": "https://lms.example.edu.cn/token",
        "jwks_url": "https://lms.example.edu.cn/jwks",
    }
    assert desk.post(address, said | {"jwks_url": "http://lms.example.edu.cn"}).status_code == 422
    assert desk.post(address, said).status_code == 302
    assert "/lti/tool/launch" in desk.get(address).content.decode()
    from lms.learning.lti.tool.models import LtiPlatform

    row = LtiPlatform.objects.get()
    assert row.deployments == ["1", "2"]
    desk.post(f"/admin/lti/platforms/{row.uuid}/", {"reason": "合作结束"})
    row.refresh_from_db()
    assert not row.is_on
    stranger = signed_in(member("admin", organisation("else")), staff=True)
    assert stranger.post(f"/admin/lti/platforms/{row.uuid}/", {"on": "1"}).status_code == 404
    assert stranger.get(address).status_code == 404
