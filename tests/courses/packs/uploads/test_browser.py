"""Uploads on the import's form in a real browser: lines that break, pages that are left, keys, eyes that do not see."""

import hashlib
import os
import time

import pytest
from django.urls import reverse

from courses.models import PackImport, Upload
from courses.packs.kept import incoming
from courses.packs.uploads import store
from lms.accounts.api import staff_group
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory, member
from tests.themes.test_browser import DESK, PHONE, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
MB = 1024 * 1024
BIG = 12 * MB


def eventually(found, seconds=20.0):
    end = time.monotonic() + seconds
    while not found() and time.monotonic() < end:
        time.sleep(0.1)
    return found()


@pytest.fixture
def college(db):
    return OrganisationFactory(code="shkd", name="申江开放大学")


@pytest.fixture
def big(tmp_path):
    """Bytes that say where they belong."""
    path = tmp_path / "录像课.zip"
    path.write_bytes(b"".join(i.to_bytes(8, "big") for i in range(BIG // 8)))
    return path


@pytest.fixture
def opened(chromium, live_server, client, college, settings, tmp_path):
    """opened(viewport) → the form as the college's editor sees it."""
    settings.HOME = tmp_path / "home"
    settings.MEDIA_ROOT, settings.H5P_ROOT = settings.HOME / "media", settings.HOME / "h5p"
    user = member("editor", college)
    user.groups.add(staff_group())
    contexts = []

    def page_of(viewport=PHONE, **options):
        client.force_login(user)
        context = chromium.new_context(locale="zh-CN", viewport=viewport, **options)
        contexts.append(context)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        page = context.new_page()
        page.goto(live_server.url + reverse("courses_pack_new"))
        return page

    yield page_of
    for context in contexts:
        context.close()


def slow(page, bytes_a_second):
    """A thin line upwards. Returns what takes it away."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")

    def limit(upwards):
        line.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": upwards},
        )

    limit(bytes_a_second)
    return lambda: limit(-1)


def choose(page, *paths):
    page.locator("[data-input]").set_input_files(list(paths))


def state(page, number=1):
    return page.locator(f'[data-number="{number}"]').get_attribute("data-state")


def kept():
    row = Upload.objects.first()
    return row.offset if row else 0


def test_a_lost_line_and_a_left_page_cost_nothing(opened, big):
    page = opened()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    fast = slow(page, 2 * MB)
    choose(page, big)
    assert eventually(lambda: kept() > 0)
    page.context.set_offline(True)
    assert eventually(lambda: state(page) == "offline")
    assert "没有网络" in page.locator("[data-note]").inner_text()
    before = kept()
    assert 0 < before < BIG
    page.context.set_offline(False)
    assert eventually(lambda: kept() > before)
    page.reload()
    left = kept()
    assert before < left < BIG
    assert state(page) == "idle"
    assert "再选同一个文件" in page.locator("[data-note]").inner_text()
    fast()
    choose(page, big)
    assert eventually(lambda: state(page) == "done")
    row = Upload.objects.get()
    assert row.sha256 == hashlib.sha256(big.read_bytes()).hexdigest()
    assert store.data_path(row.uuid).read_bytes() == big.read_bytes()


def test_several_files_at_once_become_imports(opened, tmp_path):
    page = opened(DESK)
    paths = []
    for code in ("first-course", "second-course"):
        path = tmp_path / f"{code}.zip"
        path.write_bytes(making.pack(making.manifest(code=code)).getvalue())
        paths.append(path)
    choose(page, *paths)
    assert eventually(lambda: (state(page, 1), state(page, 2)) == ("done", "done"))
    page.get_by_role("button", name="检查并导入").click()
    page.wait_for_url("**/admin/packs/")
    assert sorted(PackImport.objects.values_list("file_name", flat=True)) == [path.name for path in paths]
    assert not Upload.objects.exists()
    for row in PackImport.objects.all():
        assert row.file_hash == hashlib.sha256((tmp_path / row.file_name).read_bytes()).hexdigest()
        assert incoming(row.uuid).exists()
    assert list(store.folder().iterdir()) == []


def test_paused_gone_on_and_removed_by_keys_alone(opened, big):
    page = opened(DESK)
    slow(page, MB)
    choose(page, big)
    assert eventually(lambda: kept() > 0)
    page.get_by_role("button", name="暂停").focus()
    page.keyboard.press("Enter")
    assert eventually(lambda: state(page) == "paused")
    assert page.evaluate("document.activeElement.dataset.act") == "resume"
    assert "已暂停" in page.locator("[data-say]").inner_text()
    time.sleep(0.5)
    resting = kept()
    page.keyboard.press("Enter")
    assert eventually(lambda: kept() > resting)
    # Not handed in half: said aloud, and nothing is sent.
    page.get_by_role("button", name="检查并导入").click()
    assert "还有文件没有传完" in page.locator("[data-say]").inner_text()
    page.get_by_role("button", name="移除").focus()
    page.keyboard.press("Enter")
    assert page.locator("[data-number]").count() == 0
    assert eventually(lambda: not Upload.objects.exists())
    page.get_by_role("button", name="检查并导入").click()
    assert "请先选择文件" in page.locator("[data-say]").inner_text()


def test_another_file_is_not_taken_for_the_one_that_was_begun(opened, big, tmp_path):
    page = opened()
    slow(page, 2 * MB)
    choose(page, big)
    assert eventually(lambda: kept() > 0)
    page.reload()
    other = tmp_path / "other.zip"
    other.write_bytes(os.urandom(BIG))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="再选这个文件").click()
    chooser.value.set_files(other)
    assert eventually(lambda: "这不是原来的文件" in page.locator("[data-say]").inner_text())
    assert state(page) == "idle"


def test_dropped_files_and_what_the_server_says(opened, college):
    page = opened(DESK)
    Upload.objects.bulk_create(
        Upload(organisation=college, user=member("editor", college), name="x", size=0, metadata="",
               expires_at="2999-01-01T00:00:00Z")
        for _ in range(40)
    )  # fmt: skip
    dropped = page.evaluate_handle(
        "() => { const d = new DataTransfer(); d.items.add(new File(['hello'], '一.zip')); return d; }"
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    assert eventually(lambda: state(page) == "failed")
    assert "本单位已有 40 个" in page.locator("[data-note]").inner_text()
    Upload.objects.all().delete()
    page.get_by_role("button", name="继续").click()
    assert eventually(lambda: state(page) == "done")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_form_with_uploads_is_accessible(opened, viewport, scheme, tmp_path):
    page = opened(viewport, color_scheme=scheme)
    for name in ("一.zip", "a-rather-long-name-of-a-file-without-any-blank-in-it-at-all-" * 2 + ".mp4"):
        path = tmp_path / name
        path.write_bytes(name.encode() * 100)
        choose(page, path)
    assert eventually(lambda: state(page, 2) == "done")
    assert [one for one in violations(page) if "uploads" in one or "progress" in one or "data-" in one] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_without_scripts_the_ordinary_form_works(opened, tmp_path):
    path = tmp_path / "课程.zip"
    path.write_bytes(making.pack().getvalue())
    # On a phone: an empty side bar of Wagtail lay over the form there.
    page = opened(PHONE, java_script_enabled=False)
    page.locator('input[name="file"]').set_input_files(path)
    page.get_by_role("button", name="检查并导入").click()
    page.wait_for_url("**/admin/packs/*-*/")
    assert PackImport.objects.get().file_name == "课程.zip"
