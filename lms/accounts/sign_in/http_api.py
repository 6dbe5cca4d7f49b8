"""/api/v1/auth/: signing up, in and out for programs. Thin: a session, one service call, what comes next."""

from datetime import datetime, timedelta
from typing import Literal

from allauth.account import app_settings as account
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from ninja.errors import HttpError

from lms.accounts.sign_in import services
from lms.accounts.sign_in.sessions import StartedSession, carrying, keep, new_session
from lms.lib.clock import now

router = Router()
STEP = StartedSession()
LOGIN = "A mobile number (foreign ones with + and country code) or an e-mail address."


Next = Literal["", "verify_phone", "verify_email", "login_code", "second_factor", "new_password"]
NEXT: dict[str, Next] = {
    services.VERIFY_PHONE: "verify_phone",
    services.VERIFY_EMAIL: "verify_email",
    services.LOGIN_CODE: "login_code",
    services.SECOND_FACTOR: "second_factor",
    services.NEW_PASSWORD: "new_password",
    "": "",
}


class LoginIn(Schema):
    login: str = Field(max_length=254, description=LOGIN)


class PasswordIn(LoginIn):
    password: str = Field(max_length=1000)


class CodeIn(Schema):
    code: str = Field(
        max_length=40, description="As sent, as shown by the authenticator, or a recovery code."
    )


class NewPasswordIn(CodeIn):
    password: str = Field(max_length=1000, description="The new one.")


class SessionOut(Schema):
    signed_in: bool
    next: Next = Field(
        description="What is waited for: a code by POST /auth/code; for new_password code and password by "
        'POST /auth/password/new. "" when nothing is.'
    )
    token: str = Field(
        description="For the header X-Session-Token. Another one once signed in; empty when there is no session."
    )
    expires_at: datetime | None = Field(description="When the token ends by itself.")


def _said(request: HttpRequest, response: HttpResponse) -> SessionOut:
    """What the session has come to, kept before its key is told."""
    signed_in, session = request.user.is_authenticated, request.session
    if session.modified and not session.is_empty():
        seconds = settings.SESSION_COOKIE_AGE if signed_in else account.LOGIN_TIMEOUT
        session.set_expiry(now() + timedelta(seconds=seconds))
    keep(session)
    response["Cache-Control"] = "no-store"
    return SessionOut(
        signed_in=signed_in,
        next=NEXT[services.pending(request)],
        token=session.session_key or "",
        expires_at=session.get_expiry_date() if session.session_key else None,
    )


def _from_a_program(request: HttpRequest) -> None:
    """A foreign page can post text to us unasked, from every visitor's address, but not JSON named as such."""
    if request.content_type != "application/json":
        raise HttpError(400, "not named application/json")


@router.post("/signup", response=SessionOut, auth=None, summary="Sign up by phone number or e-mail")
def sign_up(request: HttpRequest, response: HttpResponse, given: PasswordIn) -> SessionOut:
    """A code is sent; POST it to /auth/code with the token. The answer is the same for an account that exists."""
    _from_a_program(request)
    with carrying(request, new_session()):
        services.sign_up(request, given.login, given.password)
        return _said(request, response)


@router.post("/login", response=SessionOut, auth=None, summary="Sign in by password")
def sign_in(request: HttpRequest, response: HttpResponse, given: PasswordIn) -> SessionOut:
    """Signed in at once, or `next` says which code is still wanted."""
    _from_a_program(request)
    with carrying(request, new_session()):
        services.sign_in(request, given.login, given.password)
        return _said(request, response)


@router.post("/login/code", response=SessionOut, auth=None, summary="Have a code sent to sign in with")
def send_login_code(request: HttpRequest, response: HttpResponse, given: LoginIn) -> SessionOut:
    """POST it to /auth/code with the token. The answer is the same for an account that does not exist."""
    _from_a_program(request)
    with carrying(request, new_session()):
        services.send_login_code(request, given.login)
        return _said(request, response)


@router.post("/code", response=SessionOut, auth=STEP, summary="Give the code that is waited for")
def enter_code(request: HttpRequest, response: HttpResponse, given: CodeIn) -> SessionOut:
    """A proof of phone or e-mail, a code to sign in with, or the second factor. The third wrong code that was sent
    ends the attempt (409 nothing_pending from then on); the second factor is limited in time (429).
    """
    with carrying(request, request.auth):  # type: ignore[attr-defined]
        services.enter_code(request, given.code)
        return _said(request, response)


@router.post("/code/resend", response=SessionOut, auth=STEP, summary="Have the proving code sent again")
def send_again(request: HttpRequest, response: HttpResponse) -> SessionOut:
    """For verify_phone and verify_email. Any other code: begin again."""
    with carrying(request, request.auth):  # type: ignore[attr-defined]
        services.send_again(request)
        return _said(request, response)


@router.post(
    "/password/reset", response=SessionOut, auth=None, summary="Have a code sent to reset the password"
)
def send_reset_code(request: HttpRequest, response: HttpResponse, given: LoginIn) -> SessionOut:
    """The answer is the same for an account that does not exist."""
    _from_a_program(request)
    with carrying(request, new_session()):
        services.send_reset_code(request, given.login)
        return _said(request, response)


@router.post("/password/new", response=SessionOut, auth=STEP, summary="Set the new password")
def set_new_password(request: HttpRequest, response: HttpResponse, given: NewPasswordIn) -> SessionOut:
    """Ends a reset and every sign-in there was. Then sign in."""
    with carrying(request, request.auth):  # type: ignore[attr-defined]
        services.set_new_password(request, given.code, given.password)
        services.sign_out(request)
        return _said(request, response)


@router.get("/session", response=SessionOut, auth=STEP, summary="What the token is worth")
def see_session(request: HttpRequest, response: HttpResponse) -> SessionOut:
    with carrying(request, request.auth):  # type: ignore[attr-defined]
        return _said(request, response)


@router.delete("/session", response=SessionOut, auth=STEP, summary="Sign out")
def sign_out(request: HttpRequest, response: HttpResponse) -> SessionOut:
    """The token is worth nothing from then on."""
    with carrying(request, request.auth):  # type: ignore[attr-defined]
        services.sign_out(request)
        return _said(request, response)
