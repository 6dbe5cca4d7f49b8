"""Signing in by password and by code, resetting a password, the second factor, limits."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.urls import reverse

from lms.accounts.models import User
from lms.accounts.people.sender import keep_for_demo
from lms.accounts.people.services import add_person
from lms.accounts.sign_in.tasks import clear_sessions
from lms.lib.clock import now
from tests.accounts.test_sign_up import code_in
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long]
LOGIN = "/accounts/login/"


def sign_in(client, login, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": login, "password": password, **more})


@pytest.fixture
def person():
    return UserFactory(email="li.na@example.com", phone="+8619000000321")


@pytest.mark.parametrize(
    "login",
    [
        "li.na@example.com",
        " LI.NA@example.com ",
        "19000000321",
        "190 0000 0321",
        "+86 190-0000-0321",
        "１９００００００３２１",
    ],
)
def test_by_password_however_it_is_written(client, person, login):
    assert sign_in(client, login, next="/courses/").url == "/courses/"
    assert client.session["_auth_user_id"] == str(person.pk)


def test_a_phone_without_an_address_is_enough(client):
    user = UserFactory(email=None)
    assert sign_in(client, user.phone).url == "/learn/"


def test_the_page_keeps_next_for_those_who_sign_up_instead(client):
    text = client.get(LOGIN + "?next=/courses/anquan/").content.decode()
    assert "/accounts/signup/?next=%2Fcourses%2Fanquan%2F" in text
    assert "/accounts/login/code/?next=%2Fcourses%2Fanquan%2F" in text


@pytest.mark.parametrize(
    "logins", [("li.na@example.com", "nobody@example.com"), ("19000000321", "19000000999")]
)
def test_wrong_password_and_unknown_account_read_the_same(client, person, logins):
    texts = []
    for login in logins:
        answer = sign_in(client, login, "Wrong-4071!")
        assert answer.status_code == 200
        texts.append(re.sub(r'value="[^"]*"', "", answer.content.decode()))
    assert texts[0] == texts[1]
    assert "账号或密码不对" in texts[0]


def test_unknown_accounts_cost_a_hashing_too(client, person, monkeypatch):
    from django.contrib.auth.hashers import Argon2PasswordHasher

    hashed = []
    original = Argon2PasswordHasher.encode
    monkeypatch.setattr(
        Argon2PasswordHasher, "encode", lambda self, *a, **k: (hashed.append(1), original(self, *a, **k))[1]
    )
    sign_in(client, "19000000999", "Wrong-4071!")
    assert hashed == [1]


def test_five_wrong_passwords_close_one_account_for_a_while_and_no_other(client, person):
    other = UserFactory()
    for _try in range(5):
        assert sign_in(client, "19000000321", "Wrong-4071!").status_code == 200
    answer = sign_in(client, "19000000321")
    assert answer.status_code == 429
    assert "太频繁" in answer.content.decode()
    assert sign_in(client, other.phone).status_code == 302


def test_too_many_as_json(client, person):
    for _try in range(5):
        sign_in(client, "19000000321", "Wrong-4071!")
    answer = client.post(
        LOGIN, {"login": "19000000321", "password": "x"}, headers={"accept": "application/json, */*"}
    )
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many"


@pytest.mark.parametrize("login", ["19000000321", "li.na@example.com"])
def test_by_code(client, person, sms, letters, login):
    url = reverse("account_request_login_code")
    answer = client.post(url, {"login": login, "next": "/courses/"})
    assert answer.url == reverse("account_confirm_login_code") + "?next=%2Fcourses%2F"
    assert 'name="next"' in client.get(answer.url).content.decode()
    code = sms[0].code if sms else code_in(letters[0].body)
    answer = client.post(reverse("account_confirm_login_code"), {"code": code, "next": "/courses/"})
    assert answer.url == "/courses/"
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize(
    ("known", "unknown"), [("19000000321", "19000000999"), ("li.na@example.com", "nobody@example.com")]
)
@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password"])
def test_asking_for_a_code_tells_nothing(django_client_factory, person, sms, letters, name, known, unknown):
    seen = []
    for login in (known, unknown):
        client = django_client_factory()
        answer = client.post(reverse(name), {"login": login})
        page = client.get(answer.url)
        text = page.content.decode()
        for written in (login, f"{login[:3]} {login[3:7]} {login[7:]}"):
            text = text.replace(written, "X")
        wrong = client.post(answer.url, {"code": "000001"})
        seen.append(
            (
                answer.status_code,
                answer.url,
                page.status_code,
                re.sub(r'value="\w{64}"', "", text),
                wrong.status_code,
            )
        )
    assert seen[0] == seen[1]
    assert len(sms) + len(letters) == 2


def test_a_fourth_code_in_a_minute_is_429(client, django_client_factory, person, sms):
    answers = [
        django_client_factory()
        .post(reverse("account_request_login_code"), {"login": "19000000321"})
        .status_code
        for _try in range(4)
    ]
    assert answers == [302, 302, 302, 429]
    assert len(sms) == 3


@pytest.mark.parametrize("login", ["19000000321", "li.na@example.com"])
def test_resetting_a_password(client, person, sms, letters, login):
    answer = client.post(reverse("account_reset_password"), {"login": login})
    assert answer.url == reverse("account_confirm_password_reset_code")
    code = sms[0].code if sms else code_in(letters[0].body)
    answer = client.post(answer.url, {"code": code})
    assert answer.url == reverse("account_complete_password_reset")
    assert client.get(answer.url).status_code == 200
    answer = client.post(answer.url, {"password1": "Xinmima-7733!"})
    assert "去登录" in client.get(answer.url).content.decode()
    assert sign_in(client, login, "Xinmima-7733!").url == "/learn/"
    person.refresh_from_db()
    assert person.check_password("Xinmima-7733!")


def test_resetting_by_phone_proves_the_phone(client, sms):
    user = add_person(password=PASSWORD, email="zhao@example.com", phone=None)
    User.objects.filter(pk=user.pk).update(phone="+8619000000322", phone_verified=False)
    client.post(reverse("account_reset_password"), {"login": "19000000322"})
    client.post(reverse("account_confirm_password_reset_code"), {"code": sms[0].code})
    client.post(reverse("account_complete_password_reset"), {"password1": "Xinmima-7733!"})
    user.refresh_from_db()
    assert user.phone_verified
    assert user.check_password("Xinmima-7733!")


def totp(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_second_factor_from_activation_to_recovery_code(client, person):
    sign_in(client, "19000000321")
    url = reverse("mfa_activate_totp")
    # Changing how one signs in asks for the password first.
    answer = client.get(url)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    page = client.post(answer.url, {"password": PASSWORD, "next": url}, follow=True)
    assert "验证器" in page.content.decode()
    secret = page.context["form"].secret
    answer = client.post(url, {"code": totp(secret)}, follow=True)
    assert answer.status_code == 200
    stored = Authenticator.objects.get(user=person, type="totp").data["secret"]
    assert secret not in stored
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    client.post(reverse("account_logout"))
    answer = sign_in(client, "19000000321", next="/courses/")
    assert answer.url == reverse("mfa_authenticate")
    assert "两步验证" in client.get(answer.url).content.decode()
    assert client.post(answer.url, {"code": "000000"}).status_code == 200
    assert client.post(answer.url, {"code": codes[0]}).url == "/courses/"
    assert client.get("/me/").status_code == 200


def test_a_stopped_account_gets_a_page(client, person):
    person.is_active = False
    person.save()
    answer = sign_in(client, "19000000321")
    assert answer.url == reverse("account_inactive")
    assert "账号已停用" in client.get(answer.url).content.decode()


def test_changing_the_phone_needs_its_code(client, person, sms):
    sign_in(client, "19000000321")
    answer = client.post(reverse("account_change_phone"), {"phone": "19000000555"})
    page = client.post(answer.url, {"password": PASSWORD, "next": reverse("account_change_phone")})
    assert page.url == reverse("account_verify_phone")
    person.refresh_from_db()
    assert person.phone == "+8619000000321"
    client.post(page.url, {"code": sms[0].code})
    person.refresh_from_db()
    assert (person.phone, person.phone_verified) == ("+8619000000555", True)
    assert person.check_password(PASSWORD)


def test_changing_the_address_needs_its_code(client, person, letters):
    sign_in(client, "19000000321")
    answer = client.post(reverse("account_email"), {"action_add": "1", "email": "new@example.com"})
    page = client.post(answer.url, {"password": PASSWORD, "next": reverse("account_email")})
    assert page.url == reverse("account_email_verification_sent")
    client.post(page.url, {"code": code_in(letters[0].body)})
    person.refresh_from_db()
    assert person.email == "new@example.com"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("account_login", ["请填写手机号或电子邮箱。", "请输入密码。"]),
        ("account_signup", ["请填写手机号或电子邮箱。", "请设一个密码。"]),
        ("account_request_login_code", ["请填写手机号或电子邮箱。"]),
        ("account_reset_password", ["请填写手机号或电子邮箱。"]),
    ],
)
def test_what_is_left_empty_at_the_door_is_asked_for(client, name, asked):
    assert _asked_for(client.post(reverse(name), {})) == asked


@pytest.mark.parametrize(
    ("name", "posted", "asked"),
    [
        ("account_change_password", {}, ["请输入当前密码。", "请设一个密码。"]),
        ("account_reauthenticate", {}, ["请输入密码。"]),
        ("account_change_phone", {}, ["请输入新的手机号。"]),
        ("account_email", {"action_add": "1"}, ["请输入新的电子邮箱。"]),
    ],
)
def test_what_is_left_empty_inside_is_asked_for(client, person, name, posted, asked):
    sign_in(client, "19000000321")
    assert _asked_for(client.post(reverse(name), posted)) == asked


def test_an_empty_code_is_asked_for(client, person, sms):
    page = client.post(reverse("account_request_login_code"), {"login": "19000000321"})
    assert _asked_for(client.post(page.url, {"code": ""})) == ["请输入验证码。"]


def _asked_for(answer):
    """The words beside the fields of the page."""
    return re.findall(r'class="field-error"[^>]*><p>(.*?)</p>', answer.content.decode())


def test_every_page_is_chinese(client, person):
    latin = re.compile(r">[^<]*\b(?:the|your|email|password|sign|code|please|account)\b[^<]*<", re.IGNORECASE)
    names = [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_request_login_code",
        "account_inactive",
        "account_password_reset_completed",
    ]
    for name in names:
        assert not latin.search(client.get(reverse(name)).content.decode()), name
    client.force_login(person)
    for name in (
        "account_email",
        "account_change_phone",
        "account_change_password",
        "account_logout",
        "mfa_index",
        "account_reauthenticate",
    ):
        assert not latin.search(client.get(reverse(name)).content.decode()), name


def test_codes_of_the_demo_are_kept_for_its_owner_alone(client, person, settings, tmp_path):
    settings.EMBEDDED, settings.HOME = True, tmp_path
    client.post(reverse("account_request_login_code"), {"login": "19000000321"})
    path = settings.HOME / "outbox-codes.log"
    assert re.search(r"验证码 \d{6}", path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600


def test_codes_of_one_moment_are_all_kept(settings, tmp_path):
    settings.EMBEDDED, settings.HOME = True, tmp_path
    names = [f"+86190000{number:05}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: keep_for_demo(name, "验证码 123456"), names))
    kept = (tmp_path / "outbox-codes.log").read_text().splitlines()
    assert sorted(line.split("  ")[1] for line in kept) == names


def test_a_production_shape_keeps_no_codes(client, person, settings, tmp_path):
    settings.EMBEDDED, settings.HOME = False, tmp_path
    client.post(reverse("account_request_login_code"), {"login": "19000000321"})
    assert not (settings.HOME / "outbox-codes.log").exists()


def test_sessions_that_are_over_are_cleared(client, person):
    client.force_login(person)
    live = client.session.session_key
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=now() - timedelta(seconds=1))
    clear_sessions()
    assert set(Session.objects.values_list("session_key", flat=True)) == {live}
