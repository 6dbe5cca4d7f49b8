"""Addresses stand in logs and histories: no name, phone or number of a person is ever part of one."""

import re
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver, reverse

from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.factories.accounts import member as account

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = account("officer", OrganisationFactory(kind="authority"))
    user.is_superuser = True
    user.save()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", ["people", "roles", "organisations"])
def test_staff_find_people_by_post_alone(officer, name):
    UserFactory(display_name="欧阳晓晨")
    UserFactory.create_batch(35, display_name="学员")
    url = reverse(f"rongtong_{name}")
    text = officer.get(url, {"q": "学员"}).content.decode()
    assert 'method="get"' not in text.split("<main", 1)[-1].split("</main>")[0]
    assert "q=%E5" not in text
    if name == "people":
        found = officer.post(url, {"q": "学员", "page": "2"}).content.decode()
        assert "欧阳晓晨" not in found
        assert re.search(r'name="page"\s+value="1"', found)
        assert (
            "欧阳晓晨"
            in officer.get(url, {"q": "学员", "page": "1"}).content.decode()
            + officer.get(url, {"page": "2"}).content.decode()
        )


def test_what_is_typed_to_verify_a_paper_is_sent_by_post(client):
    page = client.get("/verify/").content.decode()
    assert 'method="post"' in page
    assert client.post("/verify/", {"code": "110105 19491231 002X"}).status_code == 422


def test_nginx_notes_neither_queries_nor_codes():
    template = Path("deploy/nginx/rongtong.conf.template").read_text("utf-8")
    (line,) = re.findall(r"log_format rongtong '([^;]*)';", template)
    for told in ("$request ", "$request_uri", "$args", "$http_referer", "$uri"):
        assert told not in line + " "
    assert '"~^/verify/." /verify/-;' in template
    servers = template.count("\nserver {")
    assert servers == template.count("access_log ${ACCESS_LOG} rongtong;") == 2


# Parameters by whose value alone somebody gets in.
KEYS = {"secret", "token", "ticket"}


def _keyed(resolver=None, before="/"):
    """Every address of which a part is a key, as it is typed, with "KEY" for that part."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + re.sub(r"[\^$]", "", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _keyed(entry, route)
            continue
        parts = re.findall(r"<(?:\w+:)?(\w+)>", route)
        if KEYS & set(parts) or (set(parts) & {"code"} and re.search(r"/(verify|sign)/", route)):
            filled = re.sub(r"<(?:\w+:)?(secret|token|ticket|code)>", "KEY", route)
            yield re.sub(r"<[^>]+>", "x", filled)


def test_nginx_notes_no_address_that_is_a_key():
    template = Path("deploy/nginx/rongtong.conf.template").read_text("utf-8")
    (table,) = re.findall(r"map \$uri \$rongtong_logged \{(.*?)\n\}", template, re.S)
    rows = re.findall(r'"~([^"]+)"\s+(\S+);', table)
    # Under /admin/ nothing is a key: Wagtail's own reset is shut, and people stand there under a word of one page.
    found = {address for address in _keyed() if not address.startswith("/admin/")}
    assert {"/verify/KEY/", "/api/v1/verify/KEY", "/credit/s/KEY/"} <= found
    noted = {
        address: next((shown for pattern, shown in rows if re.search(pattern, address)), address)
        for address in found
    }
    assert {address for address, shown in noted.items() if "KEY" in shown} == set()
