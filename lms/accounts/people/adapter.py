"""How allauth meets our people: phones as a second way in, codes through our sender, nobody's account given
away.

Owns: the hooks that allauth calls (ACCOUNT_ADAPTER, MFA_ADAPTER). Refuses: pages, which are allauth's
views.
"""

import logging
from io import BytesIO
from smtplib import SMTPException
from typing import Any

import segno
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.constants import LoginStageKey
from allauth.account.stages import LoginStageController
from allauth.core import context as allauth_context
from allauth.core.exceptions import RateLimited
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.accounts.people import services
from lms.accounts.people.fields import PhoneField
from lms.accounts.people.models import User
from lms.accounts.people.sender import CodeMessage, keep_for_demo, sender
from lms.lib.crypto import decrypt, encrypt
from lms.lib.errors import Refusal

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    _mismatch = _("账号或密码不对。忘了密码可以重设，也可以用验证码登录。")
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _mismatch,
        "phone_password_mismatch": _mismatch,
        "username_password_mismatch": _mismatch,
        "incorrect_code": _("验证码不对，请再看一遍短信或邮件。"),
        "incorrect_password": _("密码不对。"),
        "enter_current_password": _("当前密码不对。"),
        "too_many_login_attempts": _("试的次数太多了。请过几分钟再试。"),
        "rate_limited": _("刚刚发过一次验证码，请等 30 秒再要。"),
        "phone_taken": _("这个手机号不能用：它已属于另一个账号。"),
        "email_taken": _("这个邮箱不能用：它已属于另一个账号。"),
        "same_as_current": _("这就是现在用的，没有变化。"),
        "duplicate_email": _("这就是现在用的邮箱，没有变化。"),
    }

    # --- stages of a sign-in --------------------------------------------------------------------------------

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.account.stages.EmailVerificationStage": "lms.accounts.people.stages.EmailStage"}
        return [ours.get(path, path) for path in super().get_login_stages()]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's key knows e-mail and user name only: all phones would share one counter, and five wrong
        # passwords of a stranger would lock everyone out.
        login = credentials.get("email") or credentials.get("phone") or ""
        return f"login:{login.lower()}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except forms.ValidationError as error:
            raise RateLimited from error

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        # "Signed in as …" tells nobody anything new: the page they wanted is in front of them. Programs read the answer.
        if request.path_info.startswith("/api/") or (args and args[0] == "account/messages/logged_in.txt"):
            return
        super().add_message(request, level, *args, **kwargs)

    def is_safe_url(self, url: str) -> bool:
        # allauth's takes every host of ALLOWED_HOSTS; one of them serves what others wrote, and a page of theirs met
        # right after signing in could ask for the password again. It also stumbles over half an IPv6 address.
        request = allauth_context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())

    # --- phones ---------------------------------------------------------------------------------------------

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        services.set_phone(user, phone, verified=verified)

    def set_phone_verified(self, user: Any, phone: str) -> None:
        services.phone_proved(user, phone, keep_password=proved_by_its_owner())

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> None:
        minutes = app_settings.PHONE_VERIFICATION_TIMEOUT // 60
        text = gettext(
            "【融通】验证码 %(code)s，%(minutes)d 分钟内有效。不要告诉别人。不是你本人操作，请忽略。"
        )
        self._send(CodeMessage("code", phone, text % {"code": code, "minutes": minutes}, code))

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        text = gettext("【融通】有人用这个手机号要登录验证码，但它还没有注册。想注册请打开 %(url)s")
        url = settings.PUBLIC_URL + reverse("account_signup")
        self._send(CodeMessage("unknown_account", phone, text % {"url": url}))

    def send_account_already_exists_sms(self, phone: str) -> None:
        text = gettext("【融通】这个手机号已经注册过，不用再注册。可以用验证码登录：%(url)s")
        url = settings.PUBLIC_URL + reverse("account_request_login_code")
        self._send(CodeMessage("already_registered", phone, text % {"url": url}))

    def _send(self, message: CodeMessage) -> None:
        try:
            sender().send(message)
        except Exception as error:  # whatever a gateway's client raises, the page must stay a page
            logger.exception("The code sender failed on a %s message", message.kind)
            raise Refusal(
                _("短信现在发不出去。请稍后再试，或者改用电子邮箱。"), code="sms_down", status=503
            ) from error

    # --- e-mail ---------------------------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if "code" in context:
            context = context | {"minutes": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT // 60}
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            logger.exception("E-mail could not be sent")
            raise Refusal(
                _("邮件现在发不出去。请稍后再试，或者改用手机号。"), code="mail_down", status=503
            ) from error
        if "code" in context and not settings.EMAIL_HOST_SET:
            keep_for_demo(email, gettext("验证码 %(code)s") % {"code": context["code"]})


def proved_by_its_owner() -> bool:
    """Whether the present request proves a phone or address for someone who also knows the account's
    password.

    True in a sign-up or a sign-in by password (a stage of it is pending) and for someone already signed
    in. False when a code alone opened the account: a password set before may then be a stranger's, who
    signed up with a number that is not theirs and waits.
    """
    request = allauth_context.request
    if request.user.is_authenticated:
        return True
    stages = (LoginStageKey.VERIFY_PHONE.value, LoginStageKey.VERIFY_EMAIL.value)
    return any(LoginStageController.enter(request, stage) for stage in stages)


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        # On white in every theme: scanners need the contrast the right way round.
        image = BytesIO()
        segno.make(url, micro=False).save(image, kind="svg", scale=6, border=3, light="#fff")
        return image.getvalue().decode()

    def get_totp_label(self, user: Any) -> str:
        return str(user)
