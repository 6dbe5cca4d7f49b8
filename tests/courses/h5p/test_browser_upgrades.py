"""Upgrade scripts of the libraries themselves, run in a real browser from the staff's page to the new version."""

import pytest

from courses.h5p import api, upgrade_http
from courses.h5p.files import store
from courses.h5p.models import H5PContent
from lms.accounts.api import require_role, staff_group
from tests.factories.accounts import OrganisationFactory, member

from .upgrading import NEW_PARAMS, UPGRADES, old_package, put_newer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def opened(chromium, live_server, server, client, settings, tmp_path):
    """opened(scripts, packages) → the staff's page of upgrades, its frames at another origin."""
    settings.H5P_ROOT = tmp_path / "h5p"
    settings.PUBLIC_URL, settings.CONTENT_URL = live_server.url, server
    contexts = []

    def page_of(packages, **scripts):
        college = OrganisationFactory()
        editor = member("editor", college)
        editor.groups.add(staff_group())
        actor = require_role(editor, "editor", organisation=college)
        for package in packages:
            api.install_package(package, actor=actor, organisation=college)
        put_newer(college, **scripts)
        client.force_login(editor)
        context = chromium.new_context(locale="zh-CN", viewport={"width": 360, "height": 780})
        contexts.append(context)
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}/admin/h5p/libraries/")
        page.get_by_role("link", name="升级到 H5P.Greet 1.2").click()
        page.get_by_role("button", name="升级所选内容").click()
        page.locator("[data-h5p-upgrades][data-finished]").wait_for(timeout=30_000)
        return page

    yield page_of
    for context in contexts:
        context.close()


def test_many_contents_are_upgraded_and_what_failed_is_named(opened):
    bad = [{"library": "H5P.Part 1.0", "params": {"text": "bad"}}]
    gone = [{"library": "H5P.Part 1.0", "params": {"text": "x"}}] * 3
    page = opened(
        [old_package("甲 good"), old_package("乙 bad", parts=bad), old_package("丙 good", parts=gone)]
    )
    states = dict(
        zip(
            page.locator("[data-content] .title").all_inner_texts(),
            page.locator("[data-state]:not([data-state=''])").all_inner_texts(),
            strict=True,
        )
    )
    assert states["甲 good"] == states["丙 good"] == "已升级"
    assert states["乙 bad"] == "库自带的升级程序出错 (H5P.Part 1.1 · 1.1: this text is bad)"
    assert "已升级 2 个，未成功 1 个，共 3 个。" in page.locator("[data-progress]").inner_text()
    made = H5PContent.objects.get(title="甲 good")
    assert made.main_library == "H5P.Greet 1.2"
    assert store().params(str(made.uuid)) == NEW_PARAMS
    # The script ran where there is no document and no storage.
    assert store().manifest(str(made.uuid)).raw["source"] == "https://example.org/undefined/undefined"
    assert H5PContent.objects.get(title="乙 bad").main_library == "H5P.Greet 1.0"
    many = store().params(str(H5PContent.objects.get(title="丙 good").uuid))
    assert [part["params"] for part in many["parts"]] == [{"texts": "x!"}] * 3


HOSTILE = """
var H5PUpgrades = {'H5P.Greet': {1: {1: function (parameters, finished) {
  var tried = [self.origin, typeof document, typeof localStorage];
  try { tried.push(typeof indexedDB.open('x').result); } catch (error) { tried.push(error.name); }
  try { importScripts('SITE/static/rt/js/app.js'); tried.push('loaded'); } catch (error) { tried.push(error.name); }
  fetch('SITE/me/', {credentials: 'include'}).then(
    function (got) { tried.push(got.status); }, function () { tried.push('refused'); }
  ).then(function () {
    self.postMessage({done: 'not JSON'});
    finished(null, {tried: tried});
  });
}}}};
"""


def test_a_hostile_script_reaches_nothing_of_the_site(opened, live_server):
    page = opened([old_package()], upgrades=HOSTILE.replace("SITE", live_server.url))
    # It may say it is done before it is: then it has its own content upgraded wrongly, which the server judges.
    assert page.locator("[data-state='failed']").inner_text() == "升级的结果不是有效的 JSON，没有保存。"
    quiet = HOSTILE.replace("self.postMessage({done: 'not JSON'});", "").replace("SITE", live_server.url)
    opened([old_package("乙")], upgrades=quiet)
    made = H5PContent.objects.get(title="乙")
    tried = store().params(str(made.uuid))["tried"]
    assert tried == ["null", "undefined", "undefined", "SecurityError", "NetworkError", "refused"]


def test_a_script_that_never_ends_is_ended(opened, monkeypatch):
    monkeypatch.setattr(upgrade_http, "MOST_MS", 1_000)
    endless = UPGRADES.replace("parameters.greetings = [parameters.greeting];", "for (;;) {}")
    assert endless != UPGRADES
    page = opened([old_package()], upgrades=endless)
    assert page.locator("[data-state='failed']").inner_text().startswith("升级用时太长，已经停止")
