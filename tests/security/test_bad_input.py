"""Every address and every operation of the API, with what no honest client sends: never a 500, and a 4xx where the
input cannot be right.

The addresses are read from the address table and the API's own description, so that a new one is thrown at too. The
answers of SQLite alone would not do: PostgreSQL refuses a NUL that SQLite stores, so it is refused before either.
"""

import json
import os
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from courses.models import CoursePage, Question
from lms.config.api import api
from lms.learning.assessment.services import begin
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.factories.courses import question, quiz, released_course, text
from tests.factories.learning import enrolment

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NOBODY = UUID("0190aaaa-0000-7000-8000-000000000000")
LONG = "长" * 3000
DIGITS = "9" * 5000
# Wagtail's own screens are Wagtail's to test; what hangs in them of ours needs a role before anything is read.
NOT_OURS = ("admin/", "api/v1/")
PLACES = {
    "uuid": str(NOBODY),
    "int": "7",
    "slug": "no-such",
    "str": "no-such",
    "path": "no/such",
    "day": "2026-03-02",
}
# What a place in an address may be given instead of what belongs there.
JUNK = ["-1", DIGITS, "a%00b", "%ff%fe", LONG, "..%2f..%2fetc%2fpasswd", "' OR 1=1 --<script>"]
QUERIES = [
    # What is looked for loses it.
    "q=a%00b",
    "page=-1&year=-1&limit=-1&offset=-1&q=%22%28%2A%20AND%20OR%20NEAR%2F&next=//evil.example&state=x",
    "page=0&year=x&limit=0&q=%ff%fe&code=%ff&next=http://[&kind=x&type=x&sector=x&sort=x&mode=x",
    "page=x&year=%C2%B2&limit=x&q=%ED%A0%80&code=%ED%A0%80&next=%ED%A0%80&&&===%%%",
    f"page={DIGITS}&year={DIGITS}&limit={DIGITS}&offset={DIGITS}&q={DIGITS}&code={DIGITS}",
    f"page=1e9&limit=10&offset={10**15}&q={quote(LONG)}&code={quote(LONG)}&kind={quote(LONG)}",
    f"page=%EF%BC%91&limit=10&offset={10**30}&next=/{quote(LONG)}",
]
NULS = [
    "qq=%00",
    "q=a&next=%00b",
    "code=%00",
    "kind=%00",
    "page=%00",
    "next=/%00",
    "%00=1",
    "sector=industry%00",
]
BROKEN_JSON = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"a": NaN}',
    b"[" * 100_000,
    b'{"a": ' + b"9" * 5000 + b"}",
]
UNKEPT = ["\x00", "a\x00b", "\ud800"]


def patterns(found: Any, prefix: str = "") -> Iterator[str]:
    """Every route below a resolver, as written with <converter:name>."""
    for item in found:
        route = prefix + str(item.pattern)
        if route.startswith(NOT_OURS):
            continue
        if isinstance(item, URLResolver):
            yield from patterns(item.url_patterns, route)
        elif isinstance(item, URLPattern):
            yield route


def drawn(rows: list[Any]) -> list[Any]:
    """In a short form (RONGTONG_SAMPLE) a third of them, others each time."""
    seed = os.environ.get("RONGTONG_SAMPLE")
    return [row for row in rows if random.Random(f"{seed} {row}").random() < 1 / 3] if seed else rows


def routes() -> list[str]:
    return drawn(all_routes())


def all_routes() -> list[str]:
    # Regular expressions are allauth's and Wagtail's; the others are filled in.
    return sorted({route for route in patterns(get_resolver().url_patterns) if not set(route) & set("^$\\")})


def filled(route: str) -> str:
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: PLACES[found[1] or "str"], route)


def spoilt(route: str) -> list[str]:
    """The route with junk at one place at a time."""
    places = list(re.finditer(r"<(?:\w+:)?\w+>", route))
    return [
        filled(route[: place.start()]) + junk + filled(route[place.end() :])[1:]
        for place in places
        for junk in JUNK
    ]


def operations() -> list[tuple[str, str]]:
    """(METHOD, /api/v1/…{place}…) of operations."""
    return drawn(all_operations())


def all_operations() -> list[tuple[str, str]]:
    methods = {"get", "post", "put", "patch", "delete"}
    return [
        (method.upper(), path)
        for path, item in api.get_openapi_schema()["paths"].items()
        for method in item
        if method in methods
    ]


def somewhere(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda name: "2026-03-02" if name[1] == "day" else str(NOBODY), path)


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def learner() -> Client:
    found = Client(raise_request_exception=False)
    found.force_login(UserFactory())
    return found


@pytest.fixture(params=["visitor", "learner"])
def client(request: pytest.FixtureRequest) -> Client:
    found: Client = request.getfixturevalue(request.param)
    return found


def ask(client: Client, method: str, address: str, body: Any = None, kind: str = "application/json") -> int:
    """The status of one request whose address stands as it is (the test client would quote it)."""
    path, _, query = address.partition("?")
    status: int = client.generic(method, path, body or b"", content_type=kind, QUERY_STRING=query).status_code
    return status


def failed(answers: dict[str, int], *, at_least: int = 100, below: int = 500) -> dict[str, int]:
    return {what: status for what, status in answers.items() if not at_least <= status < below}


def test_the_tables_are_not_empty() -> None:
    assert len(all_routes()) > 50
    assert len(all_operations()) > 40


def test_addresses_with_junk_in_them(client: Client) -> None:
    answers = {address: ask(client, "GET", address) for route in routes() for address in spoilt(route)}
    assert failed(answers) == {}


def test_addresses_that_lead_nowhere(learner: Client) -> None:
    """Well formed, nothing there: not found (or refused), never an empty page that looks like an answer."""
    named = [route for route in routes() if "uuid:" in route]
    answers = {route: ask(learner, method, filled(route)) for route in named for method in ("GET", "POST")}
    assert failed(answers, at_least=400) == {}


@pytest.mark.parametrize("query", QUERIES)
def test_queries(client: Client, query: str) -> None:
    addresses = [filled(route) for route in routes()] + [somewhere(p) for m, p in operations() if m == "GET"]
    answers = {address: ask(client, "GET", f"{address}?{query}") for address in addresses}
    assert failed(answers) == {}


def test_a_nul_in_what_is_looked_for_is_left_out(client: Client) -> None:
    for address in ("/courses/", "/search/", "/search/suggest", "/credit/rules/", "/api/v1/search"):
        assert ask(client, "GET", f"{address}?q=a%00b&x=1") == 200


@pytest.mark.parametrize("query", NULS)
def test_a_nul_is_refused_wherever_it_stands(client: Client, query: str) -> None:
    # Where one searches for courses it is left out with the note that says so (tests/search/test_page.py).
    addresses = ["/", "/verify/", "/search/suggest", "/credit/rules/", "/hours/", "/no/such/"]
    addresses += [somewhere(path) for method, path in operations() if method == "GET"]
    answers = {address: ask(client, "GET", f"{address}?{query}") for address in addresses}
    assert set(answers.values()) == {400}
    assert ask(client, "GET", "/no-such%00") == 400
    assert ask(client, "GET", "/api/v1/verify/%00") == 400


def test_forms_with_a_nul_or_nothing_or_too_much(client: Client) -> None:
    names = "login password display_name legal_name number kind q code title rule version state job next code answers"
    answers = {}
    for route in routes():
        address = filled(route)
        for value in ("\x00", LONG, "", "-1", "x" * 200_000):
            data = dict.fromkeys(names.split(), value)
            answers[f"{address} {value[:8]!r}"] = client.post(address, data).status_code
        for kind in (
            "text/plain",
            "multipart/form-data",
            "application/x-www-form-urlencoded; charset=gb2312",
            "x",
        ):
            answers[f"{address} {kind}"] = ask(client, "POST", address, b"\xff\x00{", kind)
    assert failed(answers) == {}


def test_a_form_in_parts_where_json_is_read_is_refused(learner: Client) -> None:
    # Whoever looks for a form's token reads such a body away.
    doors = ("open", "report", "take-over", "offline")
    answers = {door: learner.post(f"/learn/study/{door}", {"session": "x"}).status_code for door in doors}
    assert answers == dict.fromkeys(doors, 422)


def test_a_nul_in_a_form_is_refused(learner: Client) -> None:
    answers = {
        address: learner.post(address, {"display_name": "a\x00b"}).status_code
        for address in ("/me/", "/i18n/setlang/")
    }
    assert set(answers.values()) == {400}


@pytest.mark.parametrize("body", BROKEN_JSON, ids=range(len(BROKEN_JSON)))
def test_bodies_that_are_no_json(learner: Client, body: bytes) -> None:
    wanted = [(method, path) for method, path in operations() if method != "GET"]
    answers = {f"{method} {path}": ask(learner, method, somewhere(path), body) for method, path in wanted}
    # Those take no body: what is sent is not looked at.
    bare = {what for what in answers if what.endswith(("/withdraw", "/revoke", "/transcripts"))}
    assert failed({what: status for what, status in answers.items() if what not in bare}, at_least=400) == {}
    assert failed(answers) == {}


def test_operations_with_wrong_kinds_of_values(learner: Client) -> None:
    values: list[Any] = [-1, 10**30, True, [], {}, "", LONG, None, "2026-99-99", 1.5, *UNKEPT]
    names = "course lesson device session answers outcome rule version approve reason display_name kind legal_name"
    names += " number consent genuine method note text verdict"
    answers = {}
    for method, path in operations():
        for value in values if method != "GET" else ():
            body = json.dumps(dict.fromkeys(names.split(), value))
            answers[f"{method} {path} {value!r:.20}"] = ask(learner, method, somewhere(path), body)
    assert failed(answers) == {}


@pytest.mark.parametrize("junk", JUNK)
def test_operations_with_junk_in_the_address(client: Client, junk: str) -> None:
    answers = {}
    for method, path in operations():
        if "{" in path:
            address = re.sub(r"{\w+}", lambda _found: junk, path)
            answers[f"{method} {address[:80]}"] = ask(client, method, address, b"{}")
    assert failed(answers, at_least=400) == {}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1000-02-30", "2026-13-01"])
def test_days_at_the_ends_of_time(learner: Client, day: str) -> None:
    assert ask(learner, "GET", f"/hours/{day}/") in (200, 404)
    assert ask(learner, "GET", f"/api/v1/learning/days/{day}") in (200, 404, 422)


@pytest.mark.parametrize("value", UNKEPT, ids=["nul", "inner nul", "half a pair"])
def test_text_that_no_database_keeps_is_refused_before_it_is_tried(learner: Client, value: str) -> None:
    """A NUL, and half of a surrogate pair, can be written in JSON and stored nowhere."""
    body = json.dumps({"display_name": f"a{value}b"})
    assert ask(learner, "PATCH", "/api/v1/accounts/me", body) == 400


@pytest.mark.parametrize("value", [*UNKEPT, float("nan"), float("inf")])
def test_what_the_players_scripts_hand_in(value: Any) -> None:
    def lessons(course: CoursePage) -> list[list[Any]]:
        fill = question(
            course, key="fill", kind="fill", options=[], answer=[["接地线"]], stem="验电后挂___。"
        )
        return [[text()], [quiz([fill])]]

    item = enrolment(release=released_course(lessons))
    fill = Question.objects.get(key="fill")
    place = item.release.lessons.all()[1]
    block = place.blocks[0]["id"]
    row = begin(item.person, item, place, block)
    client = Client(raise_request_exception=False)
    client.force_login(item.person)
    answers = reverse("learning:answers", args=[item.uuid, place.uuid, block, row.uuid])
    opening = {"enrolment": str(item.uuid), "lesson": str(place.uuid), "device": value, "tab": value}
    for address, said in (
        (answers, {"answers": {str(fill.uuid): [value]}}),
        (reverse("learning:study_open"), opening),
        (reverse("learning:study_report"), {"session": value, "coverage": {str(value): []}}),
        (
            reverse("learning:h5p_state", args=[item.uuid, place.uuid, block]),
            {"state": {"0": {"state": value}}},
        ),
        (
            reverse("learning:h5p_statements", args=[item.uuid, place.uuid, block]),
            {"statement": {"a": value}},
        ),
    ):
        assert 400 <= ask(client, "POST", address, json.dumps(said)) < 500, address


@pytest.mark.parametrize(
    "span", ["bytes=9-1", "bytes=-", "bytes=x", f"bytes={DIGITS}-", f"bytes=-{DIGITS}", "bytes=0-0,5-6"]
)
def test_byte_ranges(visitor: Client, settings: Any, span: str) -> None:
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    (settings.MEDIA_ROOT / "some.txt").write_bytes(b"0123456789")
    assert visitor.get("/media/some.txt", headers={"range": span}).status_code in (200, 206, 416)


def test_staff_forms(settings: Any) -> None:
    """What hangs of ours in the staff screens, with numbers that are none."""
    OrganisationFactory()
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(is_superuser=True))
    names = [
        "rongtong_organisations",
        "rongtong_people",
        "rongtong_roles",
        "courses_packs",
        "courses_h5p_libraries",
        "creditbank_queue",
    ]
    names += ["rongtong_rosters", "learning_coverage", "learning_assignments"]
    names += ["creditbank_recognised", "rongtong_jobs", "learning_declarations"]
    names += ["learning_holds", "learning_hold_rules"]
    asked = [f"{reverse(name)}?{query}" for name in names for query in QUERIES]
    answers = {address[:90]: ask(client, "GET", address) for address in asked}
    for junk in ("x", "-1", DIGITS):
        upload = SimpleUploadedFile("a.zip", b"PK")
        new = reverse("courses_pack_new")
        answers[f"pack {junk[:5]}"] = client.post(new, {"organisation": junk, "file": upload}).status_code
        answers[f"job {junk[:5]}"] = client.post(reverse("rongtong_jobs"), {"job": junk}).status_code
    assert failed(answers) == {}
