"""Staff's queues by keys alone, in a real browser: where the focus goes, what stays untouched, and for whom it is off."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from wagtail.users.models import UserProfile

from creditbank.applications.models import Application
from tests.creditbank.test_pages import waiting
from tests.factories.accounts import UserFactory
from tests.factories.creditbank import college, member, rule_version
from tests.themes.test_browser import DESK, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
FOCUS = "document.activeElement.getAttribute('href') || document.activeElement.value || document.activeElement.tagName"


@pytest.fixture
def reviewer():
    user = member("reviewer", college(), "陈静")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


@pytest.fixture
def cases():
    version = rule_version()
    rows = [waiting(version) for _ in range(3)]
    return [reverse("creditbank_case", args=[row.uuid]) for row in rows]


@pytest.fixture
def queue(chromium, live_server, client, reviewer, cases):
    """queue() → the reviewer's queue in a browser; another page and person when named."""
    contexts = []

    def opened(path=None, user=reviewer):
        client.force_login(user)
        context = chromium.new_context(locale="zh-CN", viewport=DESK)
        contexts.append(context)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        page = context.new_page()
        page.goto(live_server.url + (path or reverse("creditbank_queue")))
        return page

    yield opened
    for context in contexts:
        context.close()


def pressed(page, *keys):
    """Where the focus is after these keys."""
    for key in keys:
        page.keyboard.press(key)
    return page.evaluate(FOCUS)


def test_along_the_rows_into_a_case_to_its_buttons_and_back(queue, cases):
    page = queue()
    shown = page.eval_on_selector_all(
        "[data-queue] td.title a", "links => links.map(a => a.getAttribute('href'))"
    )
    assert sorted(shown) == sorted(cases)
    page.get_by_text("下一项").first.wait_for()
    assert violations(page) == []
    assert pressed(page, "j") == shown[0]
    assert pressed(page, "j", "j", "j") == shown[2]
    assert pressed(page, "k") == shown[1]
    assert pressed(page, "ArrowUp") == shown[0]
    assert pressed(page, "ArrowDown") == shown[1]
    page.keyboard.press("Enter")
    page.wait_for_url("**" + shown[1])
    page.get_by_text("到通过的按钮").first.wait_for()
    assert violations(page) == []
    # A case is decided in two steps: first the certificate, then the application.
    assert [pressed(page, "a"), pressed(page, "a"), pressed(page, "a")] == ["verify", "approve", "verify"]
    assert [pressed(page, "r"), pressed(page, "r")] == ["refuse_outcome", "refuse"]
    page.keyboard.press("u")
    page.wait_for_url("**" + reverse("creditbank_queue"))
    # Keys lead to buttons and never press one.
    assert set(Application.objects.values_list("state", flat=True)) == {"submitted"}


def test_on_a_phone_no_column_is_cut_off_nor_set_one_letter_to_a_line(queue):
    page = queue()
    page.set_viewport_size({"width": 360, "height": 740})
    edges = page.eval_on_selector_all(
        "table.listing", "all => all.map(it => it.getBoundingClientRect().right)"
    )
    titles = page.eval_on_selector_all("td.title", "all => all.map(it => it.clientWidth)")
    assert len(edges) == 1
    assert len(titles) == 3
    assert max(edges) <= 360
    # Eight Chinese characters of its thirteen pixels.
    assert min(titles) >= 104


def test_letters_are_letters_where_one_types(queue, cases):
    page = queue(cases[0])
    reason = page.locator("textarea[name=reason]")
    reason.focus()
    page.keyboard.type("ajrku")
    assert reason.input_value() == "ajrku"
    assert page.evaluate("document.activeElement.name") == "reason"
    page.locator("h1").first.click()
    assert pressed(page, "Control+a") == "BODY"


def test_the_keys_are_among_wagtails_own(queue):
    page = queue()
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("审核列表").wait_for()
    assert page.locator("#keyboard-shortcut-group-queues").count() == 1


def test_who_switched_shortcuts_off_has_none(queue, reviewer):
    UserProfile.objects.create(user=reviewer, keyboard_shortcuts=False)
    page = queue()
    page.wait_for_load_state("networkidle")
    assert pressed(page, "j") == "BODY"
    assert not page.get_by_text("下一项").first.is_visible()


def test_the_dashboard_for_those_who_listen(queue):
    """Every landmark of Wagtail's first page has a name of its own."""
    page = queue(reverse("wagtailadmin_home"), UserFactory(is_superuser=True, is_staff=True))
    page.locator("aside form[role=search]").wait_for()
    assert violations(page) == []


def test_links_inside_text_are_underlined(queue, cases):
    page = queue(cases[0])
    back = page.locator("#main p > a").first
    assert back.evaluate("link => getComputedStyle(link).textDecorationLine") == "underline"
