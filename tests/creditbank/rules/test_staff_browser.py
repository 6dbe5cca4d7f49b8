"""A rule drafted on a phone: what is wide is pushed within its table, the form itself stays on the screen."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests.creditbank.rules.house import House

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_the_form_stays_on_the_screen(chromium, live_server):
    house = House()
    house.editor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = Client()
    client.force_login(house.editor)
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 360, "height": 780}, base_url=live_server.url
    )
    context.set_default_timeout(60_000)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    try:
        page = context.new_page()
        page.goto(reverse("creditbank_draft_new"))
        wide = page.locator("table.draft-rows").first
        assert wide.evaluate("table => table.scrollWidth > table.clientWidth")
        edges = page.locator("#main :is(fieldset, input, select, textarea, table)").evaluate_all(
            "all => all.filter(one => !one.closest('table') || one.matches('table'))"
            ".map(one => one.getBoundingClientRect().right)"
        )
        assert max(edges) <= 360
    finally:
        context.close()
