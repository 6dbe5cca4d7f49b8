"""What changes something is a POST with its token; a GET changes nothing. Read from the address table and the API."""

import json
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from lms.learning.study.http import report
from tests.factories.accounts import UserFactory
from tests.security.test_bad_input import all_routes, filled, operations, patterns, somewhere
from themes.views import preferences

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NOBODY = UUID("0190aaaa-0000-7000-8000-000000000000")
# Each says in its module why: a signed token of its own; nothing but colours; and the two addresses at which a program
# shows its own secret (lms/accounts/machines), to which no cookie is anything.
EXEMPT = {report, preferences}
MACHINES = ("identity/o/api/token", "identity/o/api/revoke")
# To these no cookie is anything, or it is not enough; each says in its module why. The record store asks a key and a secret of
# every request; a cmi5 launch opens its one-time address; tools and platforms of LTI post from their own origins what
# is signed, and their services ask for a token.
OTHERWISE = ("xapi/", "learn/cmi5/fetch/", "lti/")
PROGRAMS = (
    "/api/v1/credit/deposits",
    "/api/v1/learning/cmi5/packages",
    "/api/v1/learning/cmi5/registrations",
)
# Reads what is pasted and keeps nothing: there is nothing to forge.
READS = {"/api/v1/credit/check"}


def views(found, prefix=""):
    for item in found:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from views(item.url_patterns, route)
        elif isinstance(item, URLPattern):
            yield route, item.callback


def test_only_two_pages_do_without_a_token():
    found = {
        view
        for route, view in views(get_resolver().url_patterns)
        if getattr(view, "csrf_exempt", False) and route not in MACHINES and not route.startswith(OTHERWISE)
    }
    ours = {view for view in found if not view.__module__.startswith(("ninja.", "wagtail."))}
    assert ours == EXEMPT


def test_the_api_asks_for_the_token_itself():
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    asked = [(method, path) for method, path in operations() if method != "GET"]
    assert len(asked) > 15
    for method, path in asked:
        answer = client.generic(method, somewhere(path), json.dumps({}), content_type="application/json")
        found = (answer.status_code, answer.json()["code"])
        if "/auth/" in path:
            # Signing in by a program: the cookie is neither read nor set, so there is nothing to forge.
            assert found[0] in (401, 422), path
            assert not answer.cookies, path
        elif path.startswith(PROGRAMS):
            # A session is nobody there: only a machine's own token is asked for.
            assert found == (401, "login_required"), path
        elif path in READS:
            assert found[0] == 422, path
        else:
            assert found == (403, "csrf"), path
    assert client.get("/api/v1/accounts/me").status_code == 200


def test_forms_are_refused_without_a_token():
    # Tests before this one knocked at the same doors, some of which count.
    cache.clear()
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    # Those that take no POST say so, or are not there.
    statuses = {route: client.post(filled(route)).status_code for route in all_routes()}
    exempt = {"learn/study/report": 422, "preferences/": 302} | dict.fromkeys(MACHINES, 400)
    assert {route: statuses.pop(route) for route in exempt} == exempt
    # What is posted there without its own proof changes nothing, with a session or without; their rooms' tests say more.
    otherwise = {route: status for route, status in statuses.items() if route.startswith(OTHERWISE)}
    assert otherwise
    rest = {route: status for route, status in statuses.items() if route not in otherwise}
    assert {route: status for route, status in rest.items() if status not in (403, 404, 405)} == {}


def test_the_table_reaches_every_room():
    assert {route.split("/")[0] for route in patterns(get_resolver().url_patterns)} >= {
        *(
            "accounts",
            "certificates",
            "credit",
            "h5p",
            "hours",
            "i18n",
            "learn",
            "me",
            "media",
            "search",
            "verify",
        ),
    }
