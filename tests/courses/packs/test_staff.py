"""The import in the Wagtail admin and over the API: editors, for their own organisation."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import CoursePage, PackImport
from courses.packs.report import State
from lms.accounts.api import staff_group
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.long]
API = "/api/v1/packs"


def upload(data=None):
    return SimpleUploadedFile("课程.zip", making.pack(data).getvalue(), content_type="application/zip")


def send(client, college, capture, data=None, *, draft=False):
    with capture(execute=True):
        answer = client.post(reverse("courses_pack_new"), {"organisation": college.pk, "file": upload(data)})
    assert answer.status_code == 302, answer.content.decode()
    where = answer["Location"]
    if PackImport.objects.latest("pk").state == State.PLANNED:
        with capture(execute=True):
            client.post(where, {"confirm": "draft" if draft else "publish"})
    return where


def test_from_the_form_to_the_report(client, college, editor, django_capture_on_commit_callbacks):
    form = client.get(reverse("courses_pack_new")).content.decode()
    assert "申江开放大学" in form
    assert 'enctype="multipart/form-data"' in form
    where = send(client, college, django_capture_on_commit_callbacks)
    answer = client.get(where)
    page = answer.content.decode()
    assert "已导入" in page
    assert "停电检修 · test-course" in page
    assert "第 1 次发布" in page
    assert "Refresh" not in answer.headers
    listing = client.get(reverse("courses_packs")).content.decode()
    assert "课程.zip" in listing
    assert "停电检修" in listing


def test_while_it_waits_the_page_asks_again_and_can_stop_it(client, college, editor):
    answer = client.post(reverse("courses_pack_new"), {"organisation": college.pk, "file": upload()})
    where = answer["Location"]
    page = client.get(where)
    assert page["Refresh"] == "2"
    assert "<progress" in page.content.decode()
    client.post(where)
    assert PackImport.objects.get().state == State.CANCELLED
    stopped = client.get(where)
    assert "Refresh" not in stopped.headers
    assert "已经停止，什么也没有写入" in stopped.content.decode()
    assert "需要改正" not in stopped.content.decode()


def test_a_stop_that_comes_too_late_says_so(client, college, editor, django_capture_on_commit_callbacks):
    where = send(client, college, django_capture_on_commit_callbacks)
    told = client.post(where, follow=True).content.decode()
    assert "停得晚了" in told
    assert "已请求停止" not in told
    assert PackImport.objects.get().state == State.DONE


def test_a_refused_pack_names_every_defect(client, college, editor, django_capture_on_commit_callbacks):
    where = send(
        client, college, django_capture_on_commit_callbacks, making.manifest(title="", year="x", centihours=0)
    )
    page = client.get(where).content.decode()
    assert "什么也没有写入" in page
    assert "需要改正 3 处" in page
    assert "/centihours" in page
    assert not CoursePage.objects.exists()


def test_drafts(client, college, editor, django_capture_on_commit_callbacks):
    where = send(client, college, django_capture_on_commit_callbacks, draft=True)
    assert "已存为草稿" in client.get(where).content.decode()
    assert not CoursePage.objects.get().live


def test_without_a_file_or_for_someone_else_the_form_says_so(client, college, editor):
    other = OrganisationFactory()
    answer = client.post(reverse("courses_pack_new"), {"organisation": college.pk})
    assert answer.status_code == 422
    answer = client.post(reverse("courses_pack_new"), {"organisation": other.pk, "file": upload()})
    assert answer.status_code == 422
    assert not PackImport.objects.exists()


def test_others_see_nothing(client, college, editor, django_capture_on_commit_callbacks):
    where = send(client, college, django_capture_on_commit_callbacks)
    stranger, teacher = member("editor"), member("teacher", college)
    for user, list_status in ((stranger, 200), (teacher, 403)):
        user.groups.add(staff_group())
        client.force_login(user)
        assert client.get(reverse("courses_packs")).status_code == list_status
        assert client.get(where).status_code == 404
        assert client.post(where).status_code == 404
        uuid = PackImport.objects.get().uuid
        assert client.get(f"{API}/{uuid}").status_code == 404
    client.force_login(teacher)
    assert client.get(reverse("courses_pack_new")).status_code == 403
    client.logout()
    assert client.get(reverse("courses_packs")).status_code == 302


def test_over_the_api(client, college, editor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(API, {"organisation": "shkd", "file": upload()})
    assert answer.status_code == 202, answer.content.decode()
    begun = answer.json()
    assert begun["state"] in ("queued", "done")
    followed = client.get(f"{API}/{begun['uuid']}").json()
    assert (followed["state"], followed["finished"], followed["release_number"]) == ("done", True, 1)
    assert followed["counts"]["lessons"] == 3


def test_the_api_refuses_others_and_nonsense(client, college, editor):
    other = OrganisationFactory()
    assert client.post(API, {"organisation": other.code, "file": upload()}).status_code == 403
    assert client.post(API, {"organisation": "nobody", "file": upload()}).status_code == 404
    assert client.post(API, {"organisation": "shkd"}).status_code == 422
    client.logout()
    assert client.post(API, {"organisation": "shkd", "file": upload()}).status_code == 401
    assert not PackImport.objects.exists()


def test_the_format_is_published(client):
    answer = client.get(f"{API}/schema")
    assert answer.status_code == 200
    assert answer.json()["$id"] == "urn:rongtong:schema:rongtong-pack:1"
