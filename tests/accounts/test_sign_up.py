"""Signing up by phone and by e-mail: the code, the way back, and what a stranger can't learn or take."""

import re

import pytest
from django.urls import reverse

from lms.accounts.models import User
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"
PHONE = "190 0000 0501"
E164 = "+8619000000501"


def sign_up(client, login, password=PASSWORD, **more):
    return client.post(SIGN_UP, {"login": login, "password1": password, **more})


def code_in(text: str) -> str:
    return re.search(r"\d{6}", text).group()


def test_by_phone_with_code_and_back_to_the_course(client, sms):
    page = client.get(SIGN_UP + "?next=/courses/anquan/")
    assert 'value="/courses/anquan/"' in page.content.decode()
    answer = sign_up(client, PHONE, next="/courses/anquan/")
    assert answer.url == reverse("account_verify_phone")
    assert [m.kind for m in sms] == ["code"]
    assert sms[0].phone == E164
    shown = client.get(answer.url).content.decode()
    assert "190 0000 0501" in shown
    answer = client.post(answer.url, {"code": sms[0].code})
    assert answer.url == "/courses/anquan/"
    user = User.objects.get(phone=E164)
    assert user.phone_verified
    assert user.email is None
    assert user.password.startswith("argon2")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_by_email_with_code_and_back_to_the_course(client, letters):
    answer = sign_up(client, "Wang.Fang@Example.com", next="/courses/anquan/")
    assert answer.url == reverse("account_email_verification_sent")
    assert len(letters) == 1
    assert letters[0].subject.startswith("【融通】")
    answer = client.post(answer.url, {"code": code_in(letters[0].body)})
    assert answer.url == "/courses/anquan/"
    user = User.objects.get(email="wang.fang@example.com")
    assert user.phone is None
    assert user.emailaddress_set.get().verified


def test_a_next_to_another_site_is_not_followed(client, sms):
    sign_up(client, PHONE, next="https://evil.example/")
    answer = client.post(reverse("account_verify_phone"), {"code": sms[0].code})
    assert answer.url == "/learn/"


def test_a_wrong_code_is_told_at_its_field_and_the_third_ends_it(client, sms):
    url = sign_up(client, PHONE).url
    wrong = "000000" if sms[0].code != "000000" else "111111"
    for _try in range(2):
        answer = client.post(url, {"code": wrong})
        assert answer.status_code == 200
        assert "验证码不对" in answer.content.decode()
    assert client.post(url, {"code": wrong}).url == reverse("account_login")
    assert not User.objects.get(phone=E164).phone_verified


@pytest.mark.parametrize("login", ["", "12345", "021-62345678", "王芳", "wang@"])
def test_what_is_neither_phone_nor_address(client, login):
    answer = sign_up(client, login)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "手机号" in text
    assert "field-error" in text
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["12345678", "abc", "password"])
def test_weak_passwords(client, sms, password):
    assert "field-error" in sign_up(client, PHONE, password).content.decode()
    assert not User.objects.exists()
    assert sms == []


@pytest.mark.parametrize("by", ["phone", "email"])
def test_known_and_unknown_get_the_same_answer(client, django_client_factory, sms, letters, by):
    known = UserFactory()
    login = {"phone": ["+8619000000777", known.phone], "email": ["new@example.com", known.email]}[by]
    answers, pages = [], []
    for value in login:
        one = django_client_factory()
        answer = sign_up(one, value)
        answers.append((answer.status_code, answer.url))
        page = one.get(answer.url)
        text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", page.content.decode())
        shown = {
            "+8619000000777": "190 0000 0777",
            known.phone: f"{known.phone[3:6]} {known.phone[6:10]} {known.phone[10:]}",
        }
        pages.append((page.status_code, text.replace(shown.get(value, value), "X").replace(value, "X")))
        wrong = one.post(answer.url, {"code": "000001"})
        answers[-1] += (wrong.status_code,)
    assert answers[0] == answers[1]
    assert pages[0] == pages[1]
    assert User.objects.count() == 2
    if by == "phone":
        assert [m.kind for m in sms] == ["code", "already_registered"]
    else:
        assert "已经注册过" in letters[1].subject


def test_someone_elses_unproved_sign_up_does_not_keep_the_owner_out(
    client, django_client_factory, sms, time_machine
):
    time_machine.move_to("2026-11-21 10:00:00+08:00", tick=True)
    stranger = django_client_factory()
    sign_up(stranger, PHONE, "Stranger-9182!")
    time_machine.move_to("2026-11-21 10:05:00+08:00", tick=True)
    answer = sign_up(client, PHONE)
    client.post(answer.url, {"code": sms[-1].code})
    user = User.objects.get(phone=E164)
    assert user.phone_verified
    assert user.check_password(PASSWORD)
    # The stranger's page leads nowhere any more, whatever code is typed there.
    page = stranger.post(reverse("account_verify_phone"), {"code": sms[0].code})
    assert "已被后来的一次代替" in page.content.decode()
    assert "_auth_user_id" not in stranger.session
    assert User.objects.get() == user


def test_two_browsers_one_number_the_later_sign_up_counts(client, django_client_factory, sms, time_machine):
    time_machine.move_to("2026-11-21 10:00:00+08:00", tick=True)
    url = sign_up(client, PHONE).url
    time_machine.move_to("2026-11-21 10:05:00+08:00", tick=True)
    phone = django_client_factory()
    sign_up(phone, PHONE)
    assert "已被后来的一次代替" in client.post(url, {"code": sms[0].code}).content.decode()
    assert phone.post(url, {"code": sms[1].code}).url == "/learn/"
    assert User.objects.get().phone_verified


def test_a_password_set_before_the_owner_came_by_code_is_dropped(
    client, django_client_factory, sms, time_machine
):
    time_machine.move_to("2026-11-21 10:00:00+08:00", tick=True)
    sign_up(django_client_factory(), PHONE, "Stranger-9182!")
    time_machine.move_to("2026-11-21 10:05:00+08:00", tick=True)
    client.post(reverse("account_request_login_code"), {"login": PHONE})
    client.post(reverse("account_confirm_login_code"), {"code": sms[-1].code})
    user = User.objects.get(phone=E164)
    assert user.phone_verified
    assert not user.has_usable_password()


def test_a_second_code_within_half_a_minute_is_429_and_the_first_still_works(
    client, django_client_factory, sms
):
    url = sign_up(client, PHONE).url
    again = sign_up(django_client_factory(), PHONE)
    assert again.status_code == 429
    assert "太频繁" in again.content.decode()
    assert again["Retry-After"]
    assert client.post(url, {"code": sms[0].code}).status_code == 302
    assert User.objects.get(phone=E164).phone_verified


def test_asking_again_too_soon_says_so_on_the_page(client, sms):
    url = sign_up(client, PHONE).url
    page = client.post(url, {"action": "resend"}, follow=True)
    assert page.status_code == 200
    assert "请等 30 秒" in page.content.decode()


def test_a_gateway_that_fails_gives_a_page_not_a_trace(client, settings):
    settings.RONGTONG_CODE_SENDER = "tests.accounts.outbox.Broken"
    answer = sign_up(client, PHONE)
    assert answer.status_code == 503
    assert "短信现在发不出去" in answer.content.decode()
