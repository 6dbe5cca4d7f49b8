"""The lessons of a plan, seen before anybody says yes: as learners will see them, sealed, by those who may import alone."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import CoursePage, PackImport
from courses.packs import preview
from courses.packs.kept import incoming, preview_folder, sweep_workspaces
from lms.accounts.api import staff_group
from tests.courses.activities import making as activities
from tests.courses.packs import making
from tests.courses.packs.foreign.reading import zipped
from tests.factories.accounts import OrganisationFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.long]
HOSTILE = {
    "index.html": "<h1>触电急救</h1><p>" + "先断电，再救人。" * 60 + "</p><script>x()</script>"
    "<p onclick='x()'><a href='javascript:x()'>点</a><a href='https://example.org/'>外</a></p><img src='x.png' alt='图'>",
    "x.png": making.png(),
}


@pytest.fixture
def planned(client, college, editor, django_capture_on_commit_callbacks):
    """planned(data, name) → the row of a plan that waits."""

    def made(data, name="课程.zip"):
        file = SimpleUploadedFile(name, data)
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("courses_pack_new"), {"organisation": college.pk, "file": file})
        return PackImport.objects.first()

    return made


def shown(client, row, number):
    return client.get(reverse("courses_pack_lesson_shown", args=[row.uuid, number]))


def addresses(row, name="x" * 64):
    return [
        reverse("courses_pack_lesson", args=[row.uuid, 1]),
        reverse("courses_pack_lesson_shown", args=[row.uuid, 1]),
        reverse("courses_pack_lesson_file", args=[row.uuid, name]),
    ]


def test_a_part_of_a_foreign_package_is_named_in_its_place(client, planned):
    row = planned(activities.simple("3rd"), "课件.zip")
    assert row.state == "planned", row.report["problems"]
    first = shown(client, row, 1).content.decode()
    assert "验电" in first
    assert "外来课件，导入以后才能运行" in first


def test_from_the_plan_to_each_lesson_and_nothing_is_written(client, planned, django_assert_max_num_queries):
    row = planned(making.pack(making.with_pairs()).getvalue())
    before = sorted(path for path in preview_folder(row.uuid).rglob("*"))
    plan = client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
    for number in (1, 2, 3):
        assert f'href="{reverse("courses_pack_lesson", args=[row.uuid, number])}"' in plan
    around = client.get(reverse("courses_pack_lesson", args=[row.uuid, 2])).content.decode()
    assert 'sandbox="allow-same-origin"' in around
    assert "第 2 节，共 3 节" in around
    assert "pack-lesson-phone" in around
    wide = client.get(reverse("courses_pack_lesson", args=[row.uuid, 3]) + "?width=pc").content.decode()
    assert "pack-lesson-pc" in wide
    assert "下一节" not in wide
    with django_assert_max_num_queries(20):
        answer = shown(client, row, 1)
    first = answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"]
    for told in ("is-player", "停电以后先验电再挂接地线", 'alt="一条线"', "图一", "<video", "停电检修"):
        assert told in first, told
    second, third = (shown(client, row, number).content.decode() for number in (2, 3))
    for told in ("有、无、有", "导入以后才能运行", "口袋卡"):
        assert told in second, told
    for told in ("停电以后第一步做什么", "验电笔 → 确认没有电压", "5 题，60% 通过"):
        assert told in third, told
    # Pictures and films come from what the plan laid down.
    files = re.findall(rf'(?:src|poster)="(/admin/packs/{row.uuid}/files/[^"]+)"', first)
    assert len(files) >= 3
    for address in files:
        file = client.get(address)
        assert (file.status_code, file["X-Content-Type-Options"]) == (200, "nosniff")
        assert "sandbox" in file["Content-Security-Policy"]
        assert file["Cache-Control"].startswith("private")
    assert shown(client, row, 4).status_code == 404
    assert client.get(reverse("courses_pack_lesson", args=[row.uuid, 0])).status_code == 404
    assert sorted(path for path in preview_folder(row.uuid).rglob("*")) == before
    assert not CoursePage.objects.exists()
    row.refresh_from_db()
    assert row.state == "planned"


def test_foreign_pages_are_clean_as_after_the_import(client, planned):
    row = planned(zipped(HOSTILE), "急救.zip")
    page = shown(client, row, 1).content.decode()
    assert "先断电，再救人。" in page
    main = page.partition("<main")[2].partition("</main>")[0]
    for bad in ("<script", "onclick", "javascript:"):
        assert bad not in main
    assert '<base target="_blank">' in page
    # What somebody put into the folder is cleaned once more.
    path = preview_folder(row.uuid) / "1.json"
    path.write_text(path.read_text(encoding="utf-8").replace("先断电", "<script>x()</script>断"), "utf-8")
    assert "<script>x()" not in shown(client, row, 1).content.decode()


def test_only_who_may_import_sees_it(client, planned):
    row = planned(making.pack().getvalue())
    client.logout()
    for address in addresses(row):
        assert client.get(address).status_code == 302
    other = member("editor", OrganisationFactory(code="other"))
    other.groups.add(staff_group())
    client.force_login(other)
    for address in addresses(row):
        assert client.get(address).status_code == 404
    teacher = member("teacher", row.organisation)
    teacher.groups.add(staff_group())
    client.force_login(teacher)
    for address in addresses(row):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["1.json", "index.json", "..", "x" * 64 + ".png", "a" * 64 + ".png"])
def test_no_other_file_is_given_away(client, planned, name):
    row = planned(making.pack().getvalue())
    assert client.get(f"/admin/packs/{row.uuid}/files/{name}").status_code == 404


def test_what_does_not_fit_is_named_in_its_place(client, planned, monkeypatch):
    monkeypatch.setattr(preview, "MAX_FILES_BYTES", len(making.SVG) + 100)
    row = planned(making.pack().getvalue())
    page = shown(client, row, 1).content.decode()
    assert "影片或录音，导入以后播放" in page
    assert "短片" in page
    assert "<video" not in page
    kept = [path.stat().st_size for path in (preview_folder(row.uuid) / "files").iterdir()]
    assert sum(kept) <= preview.MAX_FILES_BYTES


def test_it_goes_with_the_plan(client, planned, django_capture_on_commit_callbacks):
    row = planned(making.pack().getvalue())
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("courses_pack_import", args=[row.uuid]), {"confirm": "draft"})
    row.refresh_from_db()
    assert row.state == "done"
    assert not preview_folder(row.uuid).exists()
    for address in addresses(row):
        assert client.get(address).status_code == 404
    again = planned(making.pack(making.with_pairs()).getvalue())
    client.post(reverse("courses_pack_import", args=[again.uuid]), {"drop": "1"})
    assert not preview_folder(again.uuid).exists()
    # A worker killed between the two leaves a folder without its file.
    third = planned(making.pack(making.with_number()).getvalue())
    incoming(third.uuid).unlink()
    sweep_workspaces()
    assert not preview_folder(third.uuid).exists()


def test_a_plan_of_before_there_were_previews_has_none(client, planned):
    row = planned(making.pack().getvalue())
    (preview_folder(row.uuid) / "index.json").unlink()
    plan = client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
    assert reverse("courses_pack_lesson", args=[row.uuid, 1]) not in plan
    assert "停电" in plan
    assert client.get(reverse("courses_pack_lesson", args=[row.uuid, 1])).status_code == 404
