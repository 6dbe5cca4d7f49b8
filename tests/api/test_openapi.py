"""The published description of the API: sound, complete about who may call what, and kept by the server."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from ninja import Schema

from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long]
METHODS = {"get", "post", "put", "patch", "delete"}
PACKAGES = {"courses", "creditbank", "lms", "search"}
NOBODY = UUID("0190aaaa-0000-7000-8000-000000000000")

# What anybody may call without signing in. Everything else asks who calls.
PUBLIC = {
    "GET /api/v1/courses",
    "GET /api/v1/courses/{uuid}",
    "GET /api/v1/packs/schema",
    "GET /api/v1/search",
    "GET /api/v1/search/suggest",
    "GET /api/v1/accounts/institutions",
    "GET /api/v1/accounts/organisations",
    "GET /api/v1/credit/dual/plans",
    "GET /api/v1/credit/dual/plans/{uuid}",
    "GET /api/v1/credit/roots",
    "GET /api/v1/credit/roots/{day}",
    "GET /api/v1/credit/rules",
    "GET /api/v1/credit/rules/{code}",
    "GET /api/v1/credit/statistics",
    "GET /api/v1/credit/statistics/{key}",
    "POST /api/v1/credit/check",
    "GET /api/v1/training/bundles",
    "GET /api/v1/training/check-results",
    "GET /api/v1/training/draws",
    "GET /api/v1/training/draws/{uuid}",
    "GET /api/v1/training/plans",
    "GET /api/v1/training/plans/{uuid}",
    "GET /api/v1/training/plans/{uuid}/courses",
    "GET /api/v1/training/specialty-plans",
    "GET /api/v1/training/specialty-plans/{uuid}",
    "GET /api/v1/training/specialty-plans/{uuid}/bundles",
    "GET /api/v1/training/specialty-plans/{uuid}/courses",
    "GET /api/v1/training/specialty-plans/{uuid}/reviews",
    "GET /api/v1/verify/{code}",
    "POST /api/v1/auth/signup",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/login/code",
    "POST /api/v1/auth/password/reset",
}

# The steps of a sign-in go by their token alone; a cookie is nothing to them.
STEPS = {
    "POST /api/v1/auth/code",
    "POST /api/v1/auth/code/resend",
    "POST /api/v1/auth/password/new",
    "GET /api/v1/auth/session",
    "DELETE /api/v1/auth/session",
}
# Called by organisations' systems with tokens of their own, by nobody's session.
MACHINES = (
    "/api/v1/credit/deposits",
    "/api/v1/learning/cmi5/packages",
    "/api/v1/learning/cmi5/registrations",
)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json()
    return described


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(METHOD, path, operation) of all."""
    return [
        (method.upper(), path, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def every_ref(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in every_ref(value)]
    return [ref for value in node for ref in every_ref(value)] if isinstance(node, list) else []


def example(path: str) -> str:
    """The path with values that lead nowhere."""
    return re.sub(r"{(\w+)}", lambda name: "2026-03-02" if name[1] == "day" else str(NOBODY), path)


def token_of(user: Any) -> str:
    """The token of a new sign-in: the key of the session, without its cookie."""
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


def test_the_description_is_sound(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    assert schema["info"]["title"]
    found = operations(schema)
    assert len(found) > 40
    names = [operation["operationId"] for _method, _path, operation in found]
    assert len(names) == len(set(names))
    for method, path, operation in found:
        where = f"{method} {path}"
        assert operation.get("summary"), where
        assert operation["responses"], where
        declared = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), where
        assert method != "GET" or "requestBody" not in operation, where
    for name, part in schema["components"]["schemas"].items():
        Draft202012Validator.check_schema(part)
        assert part.get("type") == "object" or "enum" in part, name
    for ref in every_ref(schema):
        node: Any = schema
        for step in ref.removeprefix("#/").split("/"):
            node = node[step]


def test_every_operation_describes_how_it_refuses(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        refusals = {status for status in operation["responses"] if status.startswith("4")}
        expected = {"429"} | ({"401", "403"} if operation.get("security") else set())
        expected |= {"404"} if "{" in path else set()
        expected |= {"409", "422"} if method != "GET" else set()
        assert expected <= refusals, f"{method} {path}"
        for status in refusals:
            shape = operation["responses"][status]["content"]["application/json"]["schema"]
            assert shape == {"$ref": "#/components/schemas/Refusal"}, f"{method} {path} {status}"


def test_every_step_of_the_way_has_its_place(schema: dict[str, Any]) -> None:
    found = {f"{method} {path.removeprefix('/api/v1')}" for method, path, _operation in operations(schema)}
    way = {
        "POST /auth/signup", "POST /auth/code", "POST /auth/login", "DELETE /auth/session",
        "GET /search", "GET /courses/{uuid}", "POST /learning/enrolments",
        "POST /learning/enrolments/{uuid}/sessions", "POST /learning/reports",
        "POST /learning/enrolments/{uuid}/lessons/{lesson}/quizzes/{block}",
        "POST /learning/enrolments/{uuid}/lessons/{lesson}/h5p/{block}/statements",
        "POST /learning/enrolments/{uuid}/lessons/{lesson}/h5p/{block}/state",
        "GET /learning/enrolments/{uuid}/lessons/{lesson}/h5p/{block}/state",
        "POST /learning/attempts/{uuid}/submit", "GET /learning/completions",
        "GET /learning/certificates/{uuid}/pdf", "GET /learning/hours", "GET /learning/days/{day}",
        "PUT /accounts/me/identity", "POST /packs", "POST /credit/outcomes", "GET /credit/worth",
        "POST /credit/applications", "POST /credit/review/{uuid}/decision", "POST /credit/transcripts",
        "GET /verify/{code}",
    }  # fmt: skip
    assert way <= found, way - found


def test_who_may_call_is_described(schema: dict[str, Any]) -> None:
    open_ = {
        f"{method} {path}" for method, path, operation in operations(schema) if not operation.get("security")
    }
    assert open_ == PUBLIC
    for method, path, operation in operations(schema):
        ways = {name for way in operation.get("security", []) for name in way}
        if f"{method} {path}" in STEPS:
            assert ways == {"StartedSession"}, path
        elif path.startswith(MACHINES):
            assert ways == {"MachineToken"}, path
        elif f"{method} {path}" not in PUBLIC:
            assert ways == {"SessionToken", "SessionCookie"}, path
    described = schema["components"]["securitySchemes"]
    assert {described[name]["in"] for name in ("StartedSession", "SessionToken")} == {"header"}
    assert {described[name]["name"] for name in ("StartedSession", "SessionToken")} == {"X-Session-Token"}
    assert described["SessionCookie"]["in"] == "cookie"


def test_nobody_gets_further_than_401_without_signing_in(schema: dict[str, Any]) -> None:
    visitor = Client()
    for method, path, _operation in operations(schema):
        if f"{method} {path}" in PUBLIC:
            continue
        answer = visitor.generic(method, example(path), b"{}", content_type="application/json")
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert answer.json()["code"] == "login_required"
        assert answer.json()["message"]


def test_a_session_alone_changes_nothing(schema: dict[str, Any]) -> None:
    """A foreign site can send the cookie but not the token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    for method, path, _operation in operations(schema):
        if method == "GET":
            continue
        answer = client.generic(method, example(path), b"{}", content_type="application/json")
        if f"{method} {path}" in PUBLIC:
            # Begins with a session of its own: the cookie's is neither asked nor touched.
            assert (answer.status_code, answer.cookies) == (422, SimpleCookie()), f"{method} {path}"
            continue
        foreign = f"{method} {path}" in STEPS or path.startswith(MACHINES)
        expected = (401, "login_required") if foreign else (403, "csrf")
        assert (answer.status_code, answer.json()["code"]) == expected, f"{method} {path}"
    assert client.get("/api/v1/accounts/me").status_code == 200


def test_without_cookie_and_token_the_answer_is_to_sign_in(schema: dict[str, Any]) -> None:
    """Also where CSRF is checked: a program that has no cookie needs no word about it."""
    program = Client(enforce_csrf_checks=True)
    for method, path, _operation in operations(schema):
        if f"{method} {path}" in PUBLIC:
            continue
        for headers in ({}, {"X-Session-Token": "0" * 32}):
            answer = program.generic(
                method, example(path), b"{}", content_type="application/json", headers=headers
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "login_required"), f"{method} {path}"


def test_a_token_is_as_good_as_the_cookie_everywhere(schema: dict[str, Any]) -> None:
    """No operation still asks for the cookie: none answers 401 or wants a CSRF token."""
    user = UserFactory()
    for method, path, _operation in operations(schema):
        if f"{method} {path}" in PUBLIC | STEPS or path.startswith(MACHINES):
            continue
        program = Client(enforce_csrf_checks=True)
        answer = program.generic(
            method,
            example(path),
            b"{}",
            content_type="application/json",
            headers={"X-Session-Token": token_of(user)},
        )
        assert answer.status_code != 401, f"{method} {path}"
        assert answer.status_code < 500, f"{method} {path}"
        assert answer.status_code < 400 or answer.json()["code"] != "csrf", f"{method} {path}"
        assert answer.cookies == SimpleCookie(), f"{method} {path}"


def test_no_operation_breaks_on_things_that_are_not_there(schema: dict[str, Any]) -> None:
    """Signed in, with values that lead nowhere: an answer in words, never a server error."""
    client = Client()
    client.force_login(UserFactory())
    for method, path, _operation in operations(schema):
        answer = client.generic(method, example(path), b"{}", content_type="application/json")
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
        if answer.status_code >= 400:
            said = answer.json()
            assert set(said) == {"code", "message", "details"}, f"{method} {path}: {said}"
            assert said["message"], path
            assert isinstance(said["details"], dict), path


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/v1/learning/enrolments", b"{no json", 400, "bad_json"),
        ("/api/v1/learning/enrolments", b'{"course": "none"}', 422, "invalid"),
        ("/api/v1/learning/enrolments", json.dumps({"course": str(NOBODY)}).encode(), 404, "not_found"),
        ("/api/v1/nowhere", b"{}", 404, "no_such_address"),
        ("/api/v2/courses", b"{}", 404, "no_such_address"),
    ],
)
def test_refusals_have_one_shape(path: str, body: bytes, status: int, code: str) -> None:
    client = Client()
    client.force_login(UserFactory())
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == status
    said = answer.json()
    assert set(said) == {"code", "message", "details"}
    assert said["code"] == code


def test_the_browsable_page_needs_no_foreign_host() -> None:
    answer = Client().get("/api/v1/docs")
    assert answer.status_code == 200
    hosts = re.findall(r"""(?:src|href)=["'](?:https?:)?//([^/"']+)""", answer.content.decode())
    assert hosts == []


def test_no_two_shapes_share_a_name(schema: dict[str, Any]) -> None:
    """The description has one shape to a name: of two the later would stand for both."""

    def below(kind: type) -> Iterator[type]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    ours = {one for one in below(Schema) if one.__module__.partition(".")[0] in PACKAGES}
    described = Counter(one.__name__ for one in ours if one.__name__ in schema["components"]["schemas"])
    assert [name for name, number in described.items() if number > 1] == []
