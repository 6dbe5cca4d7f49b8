"""Programs sign up, in and out through /api/v1/auth/: the same rules and the same silence as on the pages."""

import json
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client

from lms.accounts.models import User
from lms.accounts.sign_in.sessions import session_of
from lms.learning.evidence.models import SignIn
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from tests.accounts.outbox import Outbox
from tests.accounts.test_sign_in import totp as code_now
from tests.accounts.test_sign_up import code_in
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PHONE, E164 = "190 0000 0701", "+8619000000701"


class Program:
    """A caller without cookies; CSRF is checked as in production. Keeps the newest token it was given."""

    def __init__(self, token=""):
        self.http, self.token = Client(enforce_csrf_checks=True), token

    def call(self, method, path, body=None, status=200):
        headers = {"X-Session-Token": self.token} if self.token else {}
        sent = b"" if body is None else json.dumps(body)
        answer = self.http.generic(
            method, f"/api/v1/{path}", sent, content_type="application/json", headers=headers
        )
        assert answer.status_code == status, (answer.status_code, answer.content.decode())
        assert answer.cookies == SimpleCookie()
        said = answer.json()
        if path.startswith("auth/") and status == 200:
            assert answer["Cache-Control"] == "no-store"
            self.token = said["token"]
        return said

    def post(self, path, body=None, status=200):
        return self.call("POST", path, body, status)

    def me(self, status=200):
        return self.call("GET", "accounts/me", status=status)


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def sms(settings, tmp_path):
    settings.HOME = tmp_path
    settings.RONGTONG_CODE_SENDER = "tests.accounts.outbox.Outbox"
    Outbox.messages.clear()
    return Outbox.messages


@pytest.fixture
def program():
    return Program()


@pytest.fixture
def person():
    return UserFactory(email="li.na@example.com", phone="+8619000000721")


def signed_in(user) -> Program:
    program = Program()
    assert program.post("auth/login", {"login": user.phone, "password": PASSWORD})["signed_in"]
    return program


def other(code: str) -> str:
    return "000000" if code != "000000" else "111111"


# --- signing up -----------------------------------------------------------------------------------------------------


def test_up_by_phone_and_on_with_the_token(program, sms) -> None:
    said = program.post("auth/signup", {"login": PHONE, "password": PASSWORD})
    assert (said["signed_in"], said["next"]) == (False, "verify_phone")
    first = program.token
    program.me(401)
    assert program.call("GET", "auth/session")["next"] == "verify_phone"
    said = program.post("auth/code", {"code": sms[0].code})
    assert (said["signed_in"], said["next"]) == (True, "")
    assert program.token != first
    Program(first).me(401)
    user = User.objects.get(phone=E164)
    assert user.phone_verified
    assert program.me()["uuid"] == str(user.uuid)
    # An operation that changes something, without any CSRF token; and rows as the pages write them.
    assert program.call("PATCH", "accounts/me", {"display_name": "小李"})["display_name"] == "小李"
    acts = AuditRow.objects.filter(person=user.uuid).values_list("action", flat=True)
    assert list(acts) == ["person.phone", "person.rename"]
    assert SignIn.objects.get(person=user).act == SignIn.Act.IN


def test_up_by_email(program) -> None:
    said = program.post("auth/signup", {"login": "Wang.Fang@Example.com", "password": PASSWORD})
    assert said["next"] == "verify_email"
    assert program.post("auth/code", {"code": code_in(mail.outbox[0].body)})["signed_in"]
    user = User.objects.get(email="wang.fang@example.com")
    assert user.emailaddress_set.get().verified
    assert program.me()["uuid"] == str(user.uuid)


@pytest.mark.parametrize(
    ("login", "password", "field"),
    [
        ("12345", PASSWORD, "login"),
        ("", PASSWORD, "login"),
        (PHONE, "12345678", "password"),
        (PHONE, "", "password"),
    ],
)
def test_the_pages_forms_judge_what_is_given(program, sms, login, password, field) -> None:
    said = program.post("auth/signup", {"login": login, "password": password}, 422)
    assert list(said["details"]["fields"]) == [field]
    assert said["message"] == said["details"]["fields"][field]
    assert (User.objects.count(), Session.objects.count(), len(sms)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("known", "unknown"), [("+8619000000721", "19000000999"), ("li.na@example.com", "nobody@example.com")]
)
@pytest.mark.parametrize("path", ["auth/signup", "auth/login/code", "auth/password/reset"])
def test_who_exists_is_told_nobody(person, sms, path, known, unknown) -> None:
    seen = []
    for login in (known, unknown):
        program = Program()
        body = {"login": login} | ({"password": PASSWORD} if path == "auth/signup" else {})
        said = program.post(path, body)
        assert said.pop("token")
        assert said.pop("expires_at")
        wrong = "auth/password/new" if path == "auth/password/reset" else "auth/code"
        # Never the right one: it is known here.
        sent = {message.code for message in sms} | {
            found for letter in mail.outbox for found in _codes(letter)
        }
        code = next(f"{number:06}" for number in range(9) if f"{number:06}" not in sent)
        tries = [program.post(wrong, {"code": code, "password": PASSWORD}, 422) for _try in range(3)]
        over = program.post(wrong, {"code": code, "password": PASSWORD}, 409)
        seen.append((said, tries, over))
    assert seen[0] == seen[1]
    assert seen[0][1][0]["code"] == "incorrect_code"
    assert seen[0][2]["code"] == "nothing_pending"
    assert len(sms) + len(mail.outbox) == 2


def _codes(letter) -> list[str]:
    return [word.strip("，。：") for word in letter.body.split() if word.strip("，。：").isdigit()]


def test_a_code_is_sent_again_when_its_time_has_come(program, sms) -> None:
    program.post("auth/signup", {"login": PHONE, "password": PASSWORD})
    assert program.post("auth/code/resend", status=429)["code"] == "too_many"
    cache.clear()
    assert program.post("auth/code/resend")["next"] == "verify_phone"
    assert [message.kind for message in sms] == ["code", "code"]
    program.post("auth/code", {"code": sms[1].code})
    assert program.me()
    assert program.post("auth/code/resend", status=409)["code"] == "nothing_pending"


# --- signing in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["li.na@example.com", "190 0000 0721"])
def test_in_by_password(program, person, login) -> None:
    said = program.post("auth/login", {"login": login, "password": PASSWORD})
    assert (said["signed_in"], said["next"]) == (True, "")
    assert program.me()["uuid"] == str(person.uuid)
    kept = Session.objects.get(session_key=program.token)
    assert abs(kept.expire_date - now() - timedelta(days=14)) < timedelta(minutes=1)
    assert program.call("GET", "auth/session") == said


@pytest.mark.parametrize("login", ["li.na@example.com", "19000000721"])
def test_in_by_code(program, person, sms, login) -> None:
    assert program.post("auth/login/code", {"login": login})["next"] == "login_code"
    code = sms[0].code if sms else code_in(mail.outbox[0].body)
    assert program.post("auth/code", {"code": other(code)}, 422)["code"] == "incorrect_code"
    program.me(401)
    assert program.post("auth/code", {"code": code})["signed_in"]
    assert program.me()["uuid"] == str(person.uuid)


@pytest.mark.parametrize(
    "logins", [("li.na@example.com", "nobody@example.com"), ("19000000721", "19000000999")]
)
def test_wrong_password_and_unknown_account_answer_the_same(program, person, logins) -> None:
    said = [program.post("auth/login", {"login": login, "password": "Wrong-4071!"}, 422) for login in logins]
    assert said[0] == said[1]
    assert said[0]["code"] == "wrong_login"
    assert not Session.objects.exists()


def test_five_wrong_passwords_close_one_account_for_a_while(program, person) -> None:
    for _try in range(5):
        program.post("auth/login", {"login": "19000000721", "password": "Wrong-4071!"}, 422)
    answer = program.http.post(
        "/api/v1/auth/login", {"login": "19000000721", "password": PASSWORD}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert answer["Retry-After"]
    # The pages count the same tries.
    page = Client().post("/accounts/login/", {"login": "19000000721", "password": PASSWORD})
    assert page.status_code == 429
    assert signed_in(UserFactory())


@pytest.mark.parametrize("by", ["password", "code"])
def test_the_second_factor_is_asked_for(program, person, sms, by) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    totp(person, secret)
    if by == "password":
        said = program.post("auth/login", {"login": person.phone, "password": PASSWORD})
    else:
        program.post("auth/login/code", {"login": person.phone})
        said = program.post("auth/code", {"code": sms[0].code})
    assert (said["signed_in"], said["next"]) == (False, "second_factor")
    program.me(401)
    assert program.post("auth/code", {"code": other(code_now(secret))}, 422)["code"] == "incorrect_code"
    assert program.post("auth/code", {"code": code_now(secret)})["signed_in"]
    assert program.me()["uuid"] == str(person.uuid)


def test_the_second_factor_cannot_be_guessed_quickly(program, person) -> None:
    totp(person, "JBSWY3DPEHPK3PXP")
    program.post("auth/login", {"login": person.phone, "password": PASSWORD})
    for _try in range(5):
        program.post("auth/code", {"code": "x"}, 422)
    assert program.post("auth/code", {"code": code_now("JBSWY3DPEHPK3PXP")}, 429)["code"] == "too_many"


def test_a_forgotten_password(program, person, sms) -> None:
    before = signed_in(person)
    assert program.post("auth/password/reset", {"login": person.phone})["next"] == "new_password"
    body = {"code": sms[0].code, "password": "12345678"}
    assert "password" in program.post("auth/password/new", body, 422)["details"]["fields"]
    body["password"] = "Xinmima-4071!"
    assert program.post("auth/password/new", body)["next"] == ""
    assert program.token == ""
    before.me(401)
    Program().post("auth/login", {"login": person.phone, "password": PASSWORD}, 422)
    assert Program().post("auth/login", {"login": person.phone, "password": body["password"]})["signed_in"]


def test_tries_of_one_moment_do_not_escape_the_count(program, person, sms) -> None:
    """Each reads the session before another has written its wrong code: here it is put back after each."""
    program.post("auth/login/code", {"login": person.phone})
    before = dict(session_of(program.token).items())
    for _try in range(10):
        program.post("auth/code", {"code": other(sms[0].code)}, 422)
        session = session_of(program.token)
        session.update(before)
        session.save()
    program.post("auth/code", {"code": sms[0].code}, 429)
    program.me(401)


def test_a_sign_up_left_waiting_goes_on_with_its_password(program, sms) -> None:
    program.post("auth/signup", {"login": PHONE, "password": PASSWORD})
    cache.clear()
    again = Program()
    said = again.post("auth/login", {"login": PHONE, "password": PASSWORD})
    assert (said["signed_in"], said["next"]) == (False, "verify_phone")
    assert again.post("auth/code", {"code": sms[1].code})["signed_in"]
    assert again.me()["phone"] == "190 **** 0701"


# --- what a token is worth ------------------------------------------------------------------------------------------


def test_out_makes_the_token_useless(person) -> None:
    program = signed_in(person)
    token = program.token
    said = program.call("DELETE", "auth/session")
    assert said == {"signed_in": False, "next": "", "token": "", "expires_at": None}
    assert not Session.objects.exists()
    Program(token).me(401)
    assert Program(token).call("GET", "auth/session", status=401)["code"] == "login_required"
    assert [row.act for row in SignIn.objects.order_by("pk")] == [SignIn.Act.IN, SignIn.Act.OUT]


def test_a_deactivated_account_is_refused_at_once(person) -> None:
    program = signed_in(person)
    person.is_active = False
    person.save()
    assert program.me(401)["code"] == "login_required"
    assert program.call("GET", "auth/session")["signed_in"] is False
    body = {"login": person.phone, "password": PASSWORD}
    assert Program().post("auth/login", body, 403)["code"] == "account_inactive"


def test_a_token_ends_with_its_time(person) -> None:
    program = signed_in(person)
    Session.objects.update(expire_date=now() - timedelta(seconds=1))
    # With Redis the session lies there too, for as long and no longer.
    cache.clear()
    program.me(401)


@pytest.mark.parametrize("token", ["x", "0" * 32, "a" * 5000, "../../etc", "\u00e9" * 32, "' or 1=1 --"])
def test_a_token_that_is_none(token) -> None:
    assert Program(token).me(401)["code"] == "login_required"
    assert Program(token).post("auth/code", {"code": "1"}, 401)["code"] == "login_required"


def test_a_bad_token_is_not_made_good_by_a_cookie(person) -> None:
    browser = Client()
    browser.force_login(person)
    assert browser.get("/api/v1/accounts/me").status_code == 200
    assert browser.get("/api/v1/accounts/me", headers={"X-Session-Token": "0" * 32}).status_code == 401


def test_the_token_decides_whose_request_it_is_and_the_cookie_stays(person) -> None:
    browser = Client()
    browser.force_login(UserFactory())
    key = browser.session.session_key
    program = signed_in(person)
    seen = browser.get("/api/v1/accounts/me", headers={"X-Session-Token": program.token})
    assert seen.json()["uuid"] == str(person.uuid)
    body = {"login": person.phone, "password": PASSWORD}
    answer = browser.post("/api/v1/auth/login", body, content_type="application/json")
    assert answer.json()["token"] not in {key, program.token}
    assert not answer.cookies
    out = browser.delete("/api/v1/auth/session", headers={"X-Session-Token": program.token})
    assert (out.status_code, bool(out.cookies)) == (200, False)
    assert browser.session.session_key == key
    assert browser.get("/api/v1/accounts/me").json()["uuid"] != str(person.uuid)


def test_nothing_of_it_is_said_on_a_later_page(person) -> None:
    program = signed_in(person)
    program.call("DELETE", "auth/session")
    assert "messages" not in program.http.cookies


# --- odd input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["signup", "login", "login/code", "code", "password/reset", "password/new"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{no json", 400, "bad_json"),
        (b'{"login": "\\u0000", "password": "\\u0000", "code": "\\u0000"}', 400, "bad_json"),
        (b"[]", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"login": 1, "password": [], "code": {}}', 422, "invalid"),
    ],
)
def test_broken_bodies(person, path, body, status, code) -> None:
    program = signed_in(person)
    answer = program.http.post(
        f"/api/v1/auth/{path}",
        body,
        content_type="application/json",
        headers={"X-Session-Token": program.token},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "details"}


def test_a_foreign_page_cannot_have_codes_sent_from_its_visitors(sms) -> None:
    """A browser sends text anywhere unasked; JSON, named as such, it asks for first."""
    body = json.dumps({"login": PHONE, "password": PASSWORD})
    for path in ("signup", "login", "login/code", "password/reset"):
        answer = Client().post(f"/api/v1/auth/{path}", body, content_type="text/plain")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")
    assert sms == []


def test_signing_in_twice_with_one_code_is_refused(program, person, sms) -> None:
    program.post("auth/login/code", {"login": person.phone})
    pending = program.token
    program.post("auth/code", {"code": sms[0].code})
    assert Program(pending).post("auth/code", {"code": sms[0].code}, 401)["code"] == "login_required"


def totp(person, secret) -> None:
    from lms.accounts.people.adapter import MFAAdapter

    Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": MFAAdapter().encrypt(secret)}
    )
