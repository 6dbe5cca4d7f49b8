"""Pages of the display itself and those for when something went wrong."""

import pytest
from django.test import Client

from lms.lib.errors import NotAllowed
from themes import preferences

pytestmark = pytest.mark.django_db


def test_preferences_are_kept_and_lead_back(client):
    answer = client.post("/preferences/", {"theme": "dark", "next": "/courses/?q=a"})
    assert (answer.status_code, answer["Location"]) == (302, "/courses/?q=a")
    assert answer.cookies["rt_theme"].value == "dark"
    assert 'data-theme="dark"' in client.get("/preferences/").content.decode()


def test_preferences_need_no_token_and_take_no_nonsense():
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        "/preferences/", {"theme": "<b>", "text": "huge", "language": "xx", "next": "//evil.example/"}
    )
    assert answer["Location"] == "/"
    assert not answer.cookies


def test_a_forged_cookie_never_reaches_the_page(client):
    client.cookies["rt_theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/preferences/").content.decode()


def test_language_is_switched(client):
    client.post("/preferences/", {"language": "en"})
    assert '<html lang="en"' in client.get("/preferences/").content.decode().replace("\n", " ")


def test_variant_names_what_a_visitors_page_depends_on(rf):
    request = rf.get("/")
    request.COOKIES = {"rt_theme": "dark", "rt_text": "large"}
    assert preferences.variant(request).endswith(".dark.large")


def test_visitors_pages_set_no_cookie(client):
    for path in ("/preferences/", "/offline/"):
        assert not client.get(path).cookies


def test_manifest(client):
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    assert answer.json()["short_name"] == "融通"


def test_favicon_leads_to_the_file(client):
    assert client.get("/favicon.ico")["Location"].endswith("rt/img/favicon.ico")


def test_missing_page_speaks_chinese_and_offers_search(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "没有这一页" in text
    assert 'role="search"' in text


def test_programs_get_json(client):
    answer = client.get("/nowhere/", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_server_error_asks_nobody(rf, django_assert_num_queries):
    from themes.views import error_500

    request = rf.get("/")
    with django_assert_num_queries(0):
        answer = error_500(request)
    assert answer.status_code == 500
    assert "服务器出了问题" in answer.content.decode()


@pytest.mark.parametrize("view", ["error_400", "error_403", "error_404", "error_429"])
def test_error_pages_stand(rf, view):
    from themes import views

    answer = getattr(views, view)(rf.get("/x/"), Exception())
    assert str(answer.status_code) == view[-3:]
    assert "回首页" in answer.content.decode()


def test_expired_form(rf):
    from themes.views import csrf_failure

    answer = csrf_failure(rf.post("/credit/apply/"))
    assert answer.status_code == 403
    assert 'href="/credit/apply/"' in answer.content.decode()


def test_refusal_page_says_what_happened(rf):
    from django.shortcuts import render

    html = render(
        rf.get("/x/"), "rt/refused.html", {"refusal": NotAllowed("这份申请 <不> 是你的。")}
    ).content.decode()
    assert "这份申请 &lt;不&gt; 是你的。" in html
    assert "登录" in html


def test_tabs_know_where_they_are():
    from themes.context_processors import active_key

    assert [
        active_key(p) for p in ("/", "/courses/x/", "/certificates/1.pdf", "/credit/apply/", "/zzz/")
    ] == [
        "home",
        "courses",
        "hours",
        "credit",
        "",
    ]


def test_style_guide_stands(rf):
    from themes.views import styleguide

    text = styleguide(rf.get("/styleguide/")).content.decode()
    assert "界面样例" in text


def test_style_guide_is_not_served_to_the_public(client):
    assert client.get("/styleguide/").status_code == 404
