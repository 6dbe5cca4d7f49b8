"""Pages of the record store in a real browser: what a package sends appears while somebody looks, also without our script."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.records.credentials.services import issue, store_of
from lms.records.people.queries import account
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.records.conftest import Speaker
from tests.records.samples import ACTIVITY, statement

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (360, 1280)


def opened(chromium, live_server, person, **options):
    client = Client()
    client.force_login(person)
    context = chromium.new_context(locale="zh-CN", **options)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])
    return context


def test_what_a_package_sends_appears_while_somebody_looks(chromium, live_server):
    organisation = OrganisationFactory(code="north")
    admin = member("admin", organisation)
    admin.groups.add(staff_group())
    made = issue(store_of(organisation), "叉车模拟器", ["all"])
    address = live_server.url + reverse("records_watch", args=["north", made.credential.key])
    for script in (True, False):
        context = opened(chromium, live_server, admin, java_script_enabled=script)
        try:
            page = context.new_page()
            page.goto(address)
            name = f"停放{script}"
            thing = {"id": f"https://a.example.cn/{script}", "definition": {"name": {"zh-Hans": name}}}
            Speaker(made).keep(statement(actor=account(admin.uuid), object=ACTIVITY | thing))
            if not script:
                page.reload()
            line = page.get_by_text(name).first
            line.wait_for()
            if script:
                # What is open stays open while the next ones come.
                page.locator("details[id^=line-] summary").first.click()
                Speaker(made).keep(statement(actor=account(admin.uuid)))
                page.get_by_text("叉车安全操作").first.wait_for()
                assert page.locator("details[id^=line-][open]").count() == 1
        finally:
            context.close()


def test_a_learners_page_is_as_wide_as_its_window_and_accessible(chromium, live_server):
    person = UserFactory()
    xapi = Speaker(issue(store_of(None), "试用", ["all"]))
    thing = {"id": "https://a.example.cn/" + "x" * 300, "definition": {}}
    xapi.keep(statement(actor=account(person.uuid)), statement(actor=account(person.uuid), object=thing))
    for width in WIDTHS:
        context = opened(chromium, live_server, person, viewport={"width": width, "height": 800})
        try:
            page = context.new_page()
            page.goto(live_server.url + reverse("records:own"))
            page.locator("details summary").first.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.evaluate(AXE)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            assert [item["id"] for item in found] == []
        finally:
            context.close()
