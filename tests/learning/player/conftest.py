"""A page of our own modules in a real browser, without a server: what a script does, alone."""

from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[3] / "themes" / "src" / "js"
SITE = "http://modules.test/"


@pytest.fixture
def module_page(chromium):
    """An empty page that can import("/study/….js") and import("/lib/….js")."""
    page = chromium.new_page()
    page.route(SITE, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    for folder in ("study", "lib"):
        page.route(
            f"{SITE}{folder}/*",
            lambda route: route.fulfill(path=_source(route), content_type="text/javascript"),
        )
    page.goto(SITE)
    yield page
    page.close()


def _source(route):
    return SOURCES / route.request.url.removeprefix(SITE)
