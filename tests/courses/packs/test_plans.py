"""A pack's plan before its import: by form, API and command; foreign packs with what an editor adds."""

import io
import json

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from courses.models import CoursePage, PackImport
from courses.packs.contents import Change, contents_of, differences
from courses.packs.kept import incoming
from courses.packs.native import read_pack
from courses.packs.planning import sweep_plans
from courses.packs.report import State
from lms.accounts.api import staff_group
from lms.config.celery import app
from tests.courses.packs import making
from tests.courses.packs.foreign.reading import zipped
from tests.courses.packs.uploads.speaking import Tus
from tests.factories.accounts import OrganisationFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.long]
API = "/api/v1/packs"
PAGES = {
    "index.html": "<title>用电安全</title><a href='a.html'>一</a><a href='b.html'>二</a>",
    "a.html": "<h1>触电急救</h1><p>" + "先断电，再救人。" * 60 + "</p><img src='x.png' alt='图'>",
    "b.html": "<h1>灭火</h1><p>" + "先断电，再灭火。" * 60 + "</p><script>x()</script>",
    "x.png": making.png(),
}
DETAILS = {
    "code": "web-safety",
    "kind": "vocational",
    "year": "2026",
    "hours": "0.05",
    "mode": "online",
    "title": "用电安全",
    "language": "zh-Hans",
    "summary": "断电、急救、灭火。",
    "licence": "CC-BY-4.0",
    "authors": "测试学院",
    "quizzes": "none",
    "min_coverage_percent": "90",
}


@pytest.fixture
def sent(client, college, editor, django_capture_on_commit_callbacks):
    """Send a form and let its job run; returns the address that follows."""

    def post(address, data):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(address, data)
        assert answer.status_code == 302, answer.content.decode()
        return answer["Location"]

    return post


def web(pages=PAGES, name="用电安全.zip"):
    return SimpleUploadedFile(name, zipped(pages))


def planned(sent, college, *files):
    return sent(reverse("courses_pack_new"), {"organisation": college.pk, "file": list(files)})


def test_a_native_pack_says_first_what_will_come_in(client, college, sent):
    where = planned(sent, college, SimpleUploadedFile("课程.zip", making.pack().getvalue()))
    page = client.get(where)
    text = page.content.decode()
    assert "还没有写入任何内容" in text
    assert "停电检修" in text
    assert "没有丢下任何内容" in text
    assert "Refresh" not in page.headers
    assert not CoursePage.objects.exists()
    sent(where, {"confirm": "publish"})
    assert "第 1 次发布" in client.get(where).content.decode()
    assert CoursePage.objects.get().live


def test_a_foreign_pack_from_the_plan_to_the_course_and_its_next_version(client, college, sent):
    where = planned(sent, college, web())
    text = client.get(where).content.decode()
    for word in ("触电急救", "灭火", "不会导入", "JavaScript", 'name="code"'):
        assert word in text, word
    sent(where, {"confirm": "publish", **DETAILS})
    row = PackImport.objects.get()
    assert row.state == State.DONE, row.report["problems"]
    course = CoursePage.objects.get()
    assert (course.code, course.provider, course.live) == ("web-safety", college, True)
    assert (
        "".join(client.get(reverse("courses_pack_original", args=[row.uuid])).streaming_content and "x")
        == "x"
    )
    # The next version: what was said stays said, what differs is named.
    changed = PAGES | {
        "b.html": PAGES["b.html"].replace("灭火。", "灭火！"),
        "c.html": "<h1>逃生</h1><p>走楼梯。</p>",
    }
    again = planned(sent, college, web(changed))
    text = client.get(again).content.decode()
    assert 'value="web-safety"' in text
    assert "内容有改动：灭火" in text
    assert "新增：逃生" in text
    sent(again, {"confirm": "publish", **DETAILS})
    report = PackImport.objects.first().report
    assert (report["state"], report["release_number"]) == ("done", 2)
    assert CoursePage.objects.count() == 1


def test_what_the_form_does_not_take(client, college, sent):
    where = planned(sent, college, web())
    wrong = DETAILS | {"code": "Ä ö", "kind": "public", "hours": "900", "authors": " ", "language": "中文"}
    answer = client.post(where, {"confirm": "publish", **wrong})
    assert answer.status_code == 422
    text = answer.content.decode()
    for sentence in (
        "代码只用小写字母",
        "公需科目要选主题",
        "名义时长只有",
        "zh-Hans、en",
    ):
        assert sentence in text, sentence
    assert PackImport.objects.get().state == State.PLANNED


def test_no_leaves_nothing(client, college, sent):
    where = planned(sent, college, web())
    row = PackImport.objects.get()
    assert incoming(row.uuid).exists()
    client.post(where, {"drop": "1"})
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert not incoming(row.uuid).exists()
    # Too late to say yes.
    client.post(where, {"confirm": "publish", **DETAILS})
    row.refresh_from_db()
    assert row.state == State.CANCELLED


def test_forgotten_plans_go_with_their_files(college, sent):
    planned(sent, college, web())
    row = PackImport.objects.get()
    assert sweep_plans() == 0
    assert sweep_plans(days=0) == 1
    assert not incoming(row.uuid).exists()


def test_every_wake_up_on_the_timetable_is_a_task_the_worker_knows():
    app.loader.import_default_modules()
    timetable = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert "courses.packs.sweep_plans" in timetable
    assert timetable <= set(app.tasks)


def test_several_files_at_once(client, college, sent):
    where = planned(sent, college, web(), web(name="别的.zip"), SimpleUploadedFile("坏.zip", b"nothing"))
    assert where == reverse("courses_packs")
    states = dict(PackImport.objects.values_list("file_name", "state"))
    assert states == {"用电安全.zip": "planned", "别的.zip": "planned", "坏.zip": "refused"}


def test_an_unknown_file_is_told_so(client, college, sent):
    where = planned(sent, college, SimpleUploadedFile("数据.bin", bytes(100)))
    assert "认不出「数据.bin」" in client.get(where).content.decode()


def test_others_see_nothing(client, college, sent):
    where = planned(sent, college, web())
    stranger = member("editor", OrganisationFactory(code="other"))
    stranger.groups.add(staff_group())
    client.force_login(stranger)
    assert client.get(where).status_code == 404
    assert client.post(where, {"confirm": "publish"}).status_code == 404
    assert client.get(where + "original/").status_code == 404
    assert (
        client.post(f"{API}/{PackImport.objects.get().uuid}/confirm", {}, "application/json").status_code
        == 404
    )


def test_by_the_api(client, college, editor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = client.post(API, {"organisation": "shkd", "file": web(), "plan": "true"})
    assert made.status_code == 202, made.content
    plan = client.get(f"{API}/{made.json()['uuid']}").json()
    assert (plan["state"], plan["format"]) == ("planned", "webzip")
    assert [lesson["title"] for chapter in plan["chapters"] for lesson in chapter["lessons"]] == [
        "触电急救",
        "灭火",
    ]
    assert "lost_scripted" in {item["code"] for item in plan["lost"]}
    details = {
        "code": "web-safety",
        "kind": "vocational",
        "year": 2026,
        "centihours": 5,
        "mode": "online",
        "summary": "断电。",
        "licence": "CC0-1.0",
        "authors": ["测试学院"],
        "rule": {"min_coverage_percent": 90, "quizzes": "none"},
    }
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            f"{API}/{plan['uuid']}/confirm", {"publish": False, "details": details}, "application/json"
        )
    done = client.get(f"{API}/{plan['uuid']}").json()
    assert (done["state"], done["code"]) == ("done", "web-safety")
    assert not CoursePage.objects.get().live
    twice = client.post(f"{API}/{plan['uuid']}/confirm", {"details": details}, "application/json")
    assert twice.status_code == 409


def test_an_upload_that_is_complete_by_the_api(client, college, editor, django_capture_on_commit_callbacks):
    tus = Tus(client, college)
    data = making.pack().getvalue()
    whole, half = tus.begun(len(data), body=data, name="课.zip"), tus.begun(len(data))

    def sent(**form):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(API, {"organisation": "shkd", "plan": "true", **form})

    made = sent(upload=whole.rpartition("/")[2])
    assert made.status_code == 202, made.content
    assert client.get(f"{API}/{made.json()['uuid']}").json()["state"] == "planned"
    assert made.json()["file_name"] == "课.zip"
    for refused in (
        {"upload": half.rpartition("/")[2]},
        {"upload": whole.rpartition("/")[2]},  # taken
        {"upload": half.rpartition("/")[2], "file": web()},
        {},
    ):
        assert sent(**refused).status_code in (400, 422), refused
    assert PackImport.objects.count() == 1


def test_a_foreign_pack_without_a_word_about_the_course_is_not_imported(college, tmp_path):
    file = tmp_path / "课.zip"
    file.write_bytes(zipped(PAGES))
    with pytest.raises(Exception, match="请先填写"):
        call_command("import_pack", str(file), organisation="shkd")
    assert not CoursePage.objects.exists()
    assert PackImport.objects.get().state == State.REFUSED
    out = io.StringIO()
    call_command("import_pack", str(file), organisation="shkd", plan=True, stdout=out)
    assert "触电急救" in out.getvalue()
    details = tmp_path / "details.json"
    details.write_text(
        json.dumps(
            {
                "code": "web-safety",
                "kind": "vocational",
                "year": 2026,
                "centihours": 5,
                "mode": "online",
                "summary": "断电。",
                "licence": "CC0-1.0",
                "authors": ["测试学院"],
                "rule": {"min_coverage_percent": 90, "quizzes": "none"},
            }
        )
    )
    call_command("import_pack", str(file), organisation="shkd", details=str(details))
    assert CoursePage.objects.get().live


def test_differences_by_lesson():
    def contents(**changes):
        return contents_of(read_pack(making.pack(making.manifest(**changes))))

    before = contents()
    assert differences(before, before) == []
    first = before[0]["lessons"][0]
    moved = [{"title": "新的一章", "lessons": [first | {"title": "新名", "hash": "x"}]}]
    told = [(one.change, one.title) for one in differences(before, moved)]
    assert told[:3] == [(Change.CHANGED, "新名"), (Change.RENAMED, "新名"), (Change.MOVED, "新名")]
    assert {change for change, _ in told[3:]} <= {Change.REMOVED}
