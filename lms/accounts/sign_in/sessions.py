"""Sessions that programs carry in a header, X-Session-Token, instead of a cookie.

Owns: what a token is (the key of an ordinary web session: random, in the same table, as long, ended by the same
acts) and who may be called by it. Refuses: cookies in their place. A token that is given and not valid is refused
also where a browser's cookie would do: nobody acts as somebody else by mistake.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyHeader, SessionAuth

from lms.accounts.people.models import User

HEADER = "X-Session-Token"
# What Django makes of 32 random characters; anything else need not be looked up.
_KEY = re.compile(r"[a-z0-9]{32}")


def new_session(key: str | None = None) -> SessionBase:
    """An empty session, or what lies under `key`."""
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return store


def session_of(token: str) -> SessionBase | None:
    """The session that a token names; None when there is none, or not any more."""
    if not _KEY.fullmatch(token):
        return None
    session = new_session(token)
    # Loads it: one that is missing or over loses its key.
    session.get(SESSION_KEY)
    return session if session.session_key else None


def person_of(session: SessionBase) -> User | None:
    """Who is signed in there. Not the deactivated, and nobody whose password was changed since."""
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    return user if isinstance(user, User) else None


@contextmanager
def carrying(request: HttpRequest, session: SessionBase) -> Iterator[None]:
    """The request with this session in the place of the cookie's, and kept also when the step is refused: a wrong
    code must count. The cookie's own session is neither read nor changed, and no cookie is set.
    """
    of_cookie = request.session, request.user
    request.session = session
    request.user = get_user(request)
    try:
        yield
    finally:
        keep(request.session)
        request.session, request.user = of_cookie
        # Signing in turns the CSRF token over, which only concerns browsers.
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


def keep(session: SessionBase) -> None:
    if session.modified and not session.is_empty():
        session.save()
        session.modified = False


class SessionToken(APIKeyHeader):
    """The security of all operations beside the cookie: whoever has signed in with a token."""

    param_name = HEADER

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        if key is None:
            return None
        session = session_of(key)
        user = person_of(session) if session else None
        if user is None:
            raise AuthenticationError
        request.user = user
        return user


class SessionCookie(SessionAuth):
    """The site's own pages: the cookie, with its CSRF token. Without a cookie there is nothing to protect, and the
    answer is "sign in", not "the CSRF token is missing".
    """

    def _get_key(self, request: HttpRequest) -> str | None:
        return super()._get_key(request) if self.param_name in request.COOKIES else None


class StartedSession(APIKeyHeader):
    """The security of the steps of a sign-in: a token, whether or not anybody is signed in with it yet."""

    param_name = HEADER

    def authenticate(self, request: HttpRequest, key: str | None) -> SessionBase | None:
        return session_of(key) if key else None
