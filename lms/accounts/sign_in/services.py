"""Signing up and in, step by step, for programs: the forms, limits and processes that the pages under /accounts/
have (ACCOUNT_FORMS, ACCOUNT_RATE_LIMITS, allauth's stages), without pages.

Owns: the order of the steps and what is waited for. Refuses: rules of its own about who exists and who gets in.
Every function works on `request.session`; what it refuses is a Refusal, or allauth's RateLimited (429).
"""

from contextlib import suppress
from typing import Any

from allauth.account import app_settings as account
from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.internal.constants import LoginStageKey
from allauth.account.internal.flows.email_verification_by_code import EmailVerificationProcess
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from allauth.account.internal.flows.phone_verification import PhoneVerificationStageProcess
from allauth.account.stages import LoginStageController
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse, RateLimited
from allauth.mfa import app_settings as mfa
from allauth.mfa.internal.constants import LoginStageKey as MFAStageKey
from allauth.utils import get_form_class
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lms.lib.errors import Conflict, Invalid, NotAllowed

VERIFY_PHONE = LoginStageKey.VERIFY_PHONE.value
VERIFY_EMAIL = LoginStageKey.VERIFY_EMAIL.value
LOGIN_CODE = LoginStageKey.LOGIN_BY_CODE.value
SECOND_FACTOR = MFAStageKey.MFA_AUTHENTICATE.value
NEW_PASSWORD = "new_password"  # noqa: S105 -- a step's name

# allauth's names → ours, where one word says it better to a program.
_FIELDS = {"password1": "password"}
_CODES = {"email_password_mismatch": "wrong_login", "phone_password_mismatch": "wrong_login"}


# --- beginnings: each in an empty session ---------------------------------------------------------------------------


def sign_up(request: HttpRequest, login: str, password: str) -> None:
    """A new account by phone or address, which then waits for its code. A known one gets the same answer."""
    ratelimit.consume(request, action="signup", raise_exception=True)
    if not get_adapter().is_open_for_signup(request):
        raise NotAllowed(_("现在不能注册。"), code="signup_closed")
    form = _checked(_form("signup", data={"login": login, "password1": password}))
    with suppress(ImmediateHttpResponse):
        user, pretended = form.try_save(request)
        if not pretended:
            flows.signup.complete_signup(request, user=user)


def sign_in(request: HttpRequest, login: str, password: str) -> None:
    """By password; a code or the second factor may still be waited for."""
    ratelimit.consume(request, action="login", raise_exception=True)
    data = {"login": login, "password": password, "remember": True}
    form = _checked(_form("login", data=data, request=request))
    with suppress(ImmediateHttpResponse):
        form.login(request)
    _let_in(request)


def send_login_code(request: HttpRequest, login: str) -> None:
    """A code to sign in with, to a phone or address. An unknown one is told so there, not here."""
    form = _checked(_form("request_login_code", data={"login": login}))
    LoginCodeVerificationProcess.initiate(
        request=request,
        user=form._user,
        phone=form.cleaned_data.get("phone"),
        email=form.cleaned_data.get("email"),
    )


def send_reset_code(request: HttpRequest, login: str) -> None:
    """A code to set a new password with."""
    form = _checked(_form("reset_password", data={"login": login}))
    key = form.cleaned_data["email"].lower()
    ratelimit.consume(request, action="reset_password", key=key, raise_exception=True)
    form.save(request)


# --- steps ----------------------------------------------------------------------------------------------------------


def pending(request: HttpRequest) -> str:
    """What this session waits for: one of the names above, "" for nothing."""
    if request.user.is_authenticated:
        return ""
    for key in (VERIFY_PHONE, VERIFY_EMAIL, LOGIN_CODE, SECOND_FACTOR):
        if LoginStageController.enter(request, key):
            return key
    return NEW_PASSWORD if PasswordResetVerificationProcess.resume(request) else ""


def enter_code(request: HttpRequest, code: str) -> None:
    """The code that is waited for, whichever it is. The third wrong one ends the attempt, as on the pages."""
    step = _STEPS.get(pending(request))
    if step is None:
        raise _nothing()
    _limit_tries(request)
    step(request, code)
    _let_in(request)


def send_again(request: HttpRequest) -> None:
    """The code for a phone or address that is being proved, once more; the pages' waiting times hold."""
    waits = pending(request)
    process = None
    if waits == VERIFY_PHONE:
        process = PhoneVerificationStageProcess.resume(_stage(request, VERIFY_PHONE))
    elif waits == VERIFY_EMAIL:
        process = EmailVerificationProcess.resume(request)
    if process is None:
        raise _nothing()
    if not process.can_resend:
        raise Conflict(_("这个验证码不能再发了。请重新开始。"), code="no_more_codes")
    process.resend()


def set_new_password(request: HttpRequest, code: str, password: str) -> None:
    """Ends a reset. A password that is refused may be followed by another with the same code. Whoever is signed in
    with the old one is not any more.
    """
    process = PasswordResetVerificationProcess.resume(request)
    if process is None or request.user.is_authenticated:
        raise _nothing()
    _limit_tries(request)
    _tried(_form("confirm_password_reset_code", data={"code": code}, code=process.code), process)
    process.confirm_code()
    form = _form("reset_password_from_key", data={"password1": password}, user=process.user)
    _checked(form).save()
    process.finish()


def sign_out(request: HttpRequest) -> None:
    """Ends the session, whatever it waits for."""
    flows.logout.logout(request)
    request.session.flush()


def _verify_phone(request: HttpRequest, code: str) -> None:
    stage = _stage(request, VERIFY_PHONE)
    process = PhoneVerificationStageProcess.resume(stage)
    if process is None:
        raise _nothing()
    kept = {"code": process.code, "user": process.user, "phone": process.phone}
    _tried(_form("verify_phone", data={"code": code}, **kept), process)
    process.finish()
    stage.exit()


def _verify_email(request: HttpRequest, code: str) -> None:
    stage = _stage(request, VERIFY_EMAIL)
    process = EmailVerificationProcess.resume(request)
    if process is None:
        raise _nothing()
    kept = {"code": process.code, "user": process.user, "email": process.email}
    _tried(_form("confirm_email_verification_code", data={"code": code}, **kept), process)
    if process.finish() is None:
        stage.abort()
        raise _nothing()
    stage.exit()


def _login_code(request: HttpRequest, code: str) -> None:
    process = LoginCodeVerificationProcess.resume(_stage(request, LOGIN_CODE))
    if process is None:
        raise _nothing()
    _tried(_form("confirm_login_code", data={"code": code}, code=process.code), process)
    process.finish(None)


def _second_factor(request: HttpRequest, code: str) -> None:
    stage = _stage(request, SECOND_FACTOR)
    form_class = get_form_class(mfa.FORMS, "authenticate", None)
    _checked(form_class(data={"code": code}, user=stage.login.user)).save()
    stage.exit()


_STEPS = {
    VERIFY_PHONE: _verify_phone,
    VERIFY_EMAIL: _verify_email,
    LOGIN_CODE: _login_code,
    SECOND_FACTOR: _second_factor,
}


def _stage(request: HttpRequest, key: str) -> Any:
    return LoginStageController.enter(request, key)


def _form(name: str, **made_of: Any) -> Any:
    return get_form_class(account.FORMS, name, None)(**made_of)


def _checked(form: Any) -> Any:
    """The form, valid. Else its first sentence as the refusal, all by field in `details`."""
    if form.is_valid():
        return form
    codes = [error.code for errors in form.errors.as_data().values() for error in errors]
    if "too_many_login_attempts" in codes:
        raise RateLimited
    fields = {_FIELDS.get(name, name): str(said[0]) for name, said in form.errors.items()}
    code = _CODES.get(codes[0], codes[0]) or "invalid"
    sentence = next(iter(fields.values()))
    fields.pop("__all__", None)
    raise Invalid(sentence, code=code, details={"fields": fields})


def _limit_tries(request: HttpRequest) -> None:
    """The process counts wrong codes in the session, where requests of one moment overwrite each other's number."""
    ratelimit.consume(request, action="enter_code", key=request.session.session_key, raise_exception=True)


def _tried(form: Any, process: Any) -> None:
    """A code that may be wrong only so often."""
    try:
        _checked(form)
    except Invalid:
        process.record_invalid_attempt()
        raise


def _let_in(request: HttpRequest) -> None:
    """After a right password or code: signed in, or something waited for. Neither: the account is closed."""
    if not request.user.is_authenticated and not pending(request):
        raise NotAllowed(_("这个账号已停用。"), code="account_inactive")


def _nothing() -> Conflict:
    return Conflict(
        _("没有等着验证码的登录：它已完成、已过期，或者错了太多次。请重新开始。"), code="nothing_pending"
    )
