"""A class on the teacher's phone: what a fold holds fits the screen. Wagtail's frame cuts off what does not, and says nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from lms.accounts.api import staff_group
from tests.learning.classes.classroom import Classroom

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
OUT = """[...document.querySelectorAll('#main details :is(input, select, textarea, button)')]
  .filter((field) => !field.closest('table') && field.getBoundingClientRect().right > innerWidth)
  .map((field) => field.id || field.name || field.textContent)"""


def test_fields_in_folds_fit_a_phone(chromium, live_server, clock):
    room = Classroom()
    room.teacher.groups.add(staff_group())
    client = Client()
    client.force_login(room.teacher)
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 360, "height": 740})
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("learning_class", args=[room.run.uuid]))
    folds = page.locator("#main details")
    assert folds.count()
    folds.evaluate_all("found => found.forEach((fold) => { fold.open = true; })")
    assert page.evaluate(OUT) == []
    context.close()
