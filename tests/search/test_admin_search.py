"""Wagtail's own search finds Chinese by any piece of a title, on each engine, and stays when the cluster is away."""

import os
import socket
import uuid

import pytest
from django.core.management import call_command
from modelsearch.backends import get_search_backend
from wagtail.models import Page

from lms.lib.clock import now
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from search.wagtail.pieces import asked, kept
from tests.search.conftest import delete_indices

TITLES = ["网络安全法与公需科目", "ＣＮＣ编程入门", "GB/T 2589-2020 综合能耗计算", "叉车司机"]


def with_backends(settings, url=None):
    backends = {"default": {"BACKEND": "search.wagtail.database"}}
    if url:
        prefix = f"test-{uuid.uuid4().hex[:12]}"
        elastic = {
            "BACKEND": "search.wagtail.elasticsearch",
            "URLS": [url],
            "INDEX_PREFIX": f"{prefix}-",
            "TIMEOUT": 10,
        }
        backends = {"default": elastic, "database": backends["default"]}
        settings.ELASTICSEARCH_PREFIX = prefix
    settings.WAGTAILSEARCH_BACKENDS = backends
    settings.MODELSEARCH_BACKENDS = backends


@pytest.fixture(params=["database", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def pages(request, db, settings):
    """Pages of the admin, in the index of each back end."""
    url = os.environ["ELASTICSEARCH_URL"] if request.param == "elasticsearch" else None
    with_backends(settings, url)
    home = Page.objects.get(depth=2)
    made = [
        home.add_child(instance=Page(title=title, slug=f"p{place}")) for place, title in enumerate(TITLES)
    ]
    call_command("update_index", backend_name="default", verbosity=0)
    if url:
        get_search_backend("default").get_index_for_model(Page).refresh()
    yield made
    if url:
        delete_indices(url, settings.ELASTICSEARCH_PREFIX)


def titles(results):
    return sorted(page.title for page in results)


QUERIES = [
    ("网络安全", [TITLES[0]]),
    ("公需", [TITLES[0]]),
    ("络安", [TITLES[0]]),
    ("網絡", [TITLES[0]]),
    ("cnc 编程", [TITLES[1]]),
    ("2589", [TITLES[2]]),
    ("叉", [TITLES[3]]),
    ("安全 叉车", []),
    ("网安", []),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_pages_are_found_by_any_piece(pages, query, expected):
    assert titles(Page.objects.search(query)) == expected
    assert titles(Page.objects.autocomplete(query)) == expected


MANY = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
ODD = ["！？", "'\"*:()", "\x00", "a" * 1000, "叉" * 300, " ", MANY, " ".join(MANY), "a b " * 500]


@pytest.mark.parametrize("query", ODD, ids=range(len(ODD)))
def test_any_text_gets_an_answer(pages, query):
    assert titles(Page.objects.autocomplete(query)) == []


def test_a_beginning_is_enough_while_typing(pages):
    assert titles(Page.objects.autocomplete("cn")) == [TITLES[1]]


@pytest.mark.parametrize("address", ["/admin/pages/search/?q=", "/admin/pages/{home}/?q="])
def test_the_explorer_finds_them(pages, admin_client, address):
    home = pages[0].get_parent()
    body = admin_client.get(address.format(home=home.id) + "络安").content.decode()
    assert TITLES[0] in body
    assert TITLES[3] not in body


@pytest.fixture
def away(db, settings):
    """A page that was saved while nobody was at the cluster's address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    with_backends(settings, url)
    # The breaker of this address alone.
    settings.ELASTICSEARCH_URL = url
    home = Page.objects.get(depth=2)
    # Saving is not stopped by it.
    made = home.add_child(instance=Page(title=TITLES[0], slug="p"))
    call_command("update_index", backend_name="database", verbosity=0)
    return made


def test_the_database_answers_when_the_cluster_is_away(away):
    found = Page.objects.autocomplete("络安")
    assert (found.count(), titles(found)) == (1, [TITLES[0]])


@pytest.mark.parametrize(
    "address",
    [
        "/admin/pages/search/?q=",
        "/admin/pages/search/results/?q=",
        "/admin/pages/{home}/?q=",
        "/admin/choose-page/search/?allow_external_link=true&q=",
        "/admin/api/main/pages/?search=",
    ],
)
def test_no_screen_of_the_admin_fails_while_it_is_away(away, admin_client, address):
    answer = admin_client.get(address.format(home=away.get_parent().id) + "络安")
    assert answer.status_code == 200
    assert TITLES[0] in answer.content.decode()


def test_what_the_cluster_missed_is_brought_by_one_job(away):
    away.title = TITLES[1]
    away.save()
    away.delete()
    (order,) = Job.objects.filter(kind="search.admin_index")
    jobs.run(order.id)
    order.refresh_from_db()
    assert order.state == Job.State.QUEUED
    assert order.next_try_at > now()


@pytest.mark.elasticsearch
def test_it_is_found_there_once_it_is_back(away, settings):
    url = os.environ["ELASTICSEARCH_URL"]
    with_backends(settings, url)
    settings.ELASTICSEARCH_URL = url
    try:
        (order,) = Job.objects.filter(kind="search.admin_index")
        jobs.run(order.id)
        order.refresh_from_db()
        assert order.state == Job.State.DONE
        index = get_search_backend("default").get_index_for_model(Page)
        index.refresh()
        assert index.es.count(index=index.name)["count"] >= 1
        assert titles(Page.objects.autocomplete("络安")) == [TITLES[0]]
    finally:
        delete_indices(url, settings.ELASTICSEARCH_PREFIX)


def test_pieces():
    assert kept("网络安全 GB/T-2589") == "网 络 安 全 网络 络安 安全 gb t 2589"
    assert asked("网络安全 车 C++") == "网络 络安 安全 车 c"
    assert asked("！") == ""
    assert asked("安全安全 安全") == "安全 全安"
    assert len(asked(MANY).split()) == len(asked("a b " * 300 + MANY).split()) == 48
