"""Every door by which an editor could publish alone is shut, and what is looked at stays as it was handed in."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail.models import COMMENTS_RELATION_NAME, Comment

from courses.models import ChapterPage, CoursePage, LessonPage, PackImport
from courses.packs.report import State
from courses.packs.services import import_pack
from courses.review import services
from lms.accounts.api import Role, actor
from lms.lib.actor import Actor
from lms.lib.clock import today
from tests.courses.packs import making
from tests.courses.review.crew import crew, staff
from tests.factories import courses as make

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def at():
    return crew()


def form_of(client, page):
    """What the edit form of a page would send, as it stands."""
    answer = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert answer.status_code == 200, answer.headers
    form = answer.context["form"]
    data = {}
    for bound in form:
        value = bound.value()
        if bound.name == "body":
            data |= {"body-count": "0"}
        elif value not in (None, False):
            data[bound.html_name] = "null" if bound.name == "description" else value
    for formset in form.formsets.values():
        data |= {f"{formset.prefix}-TOTAL_FORMS": 0, f"{formset.prefix}-INITIAL_FORMS": 0}
    return data


def upload(data=None):
    return SimpleUploadedFile("课程.zip", making.pack(data).getvalue(), content_type="application/zip")


def seen(client, case):
    """What the page's form says was looked at."""
    return {"handed_in": client.get(case).context["handed_in"]}


def sent(client, page, data):
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)


class TestEditor:
    def test_publishing_from_the_form_saves_a_draft(self, at, client):
        client.force_login(at.editor)
        chapter = ChapterPage.objects.get()
        for page in (at.course, chapter):
            data = form_of(client, page) | {"title": "自己发布", "action-publish": "1"}
            answer = sent(client, page, data)
            assert answer.status_code == 302, answer.context and answer.context["form"].errors
            page = type(page).objects.get(pk=page.pk)
            assert page.title != "自己发布"
            assert page.get_latest_revision_as_object().title == "自己发布"
        assert at.course.releases.count() == 1

    @pytest.mark.parametrize("action", ["publish", "unpublish", "delete"])
    def test_many_at_once(self, at, client, action):
        client.force_login(at.editor)
        at.draft(at.lesson, title="自己发布")
        where = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
        client.post(f"{where}?id={at.lesson.pk}&id={at.course.pk}", {"include_descendants": "on"})
        assert at.lesson.live
        assert at.lesson.title != "自己发布"
        assert at.course.releases.count() == 1

    def test_unpublishing_a_copy_that_is_live_and_privacy(self, at, client):
        client.force_login(at.editor)
        client.post(reverse("wagtailadmin_pages:unpublish", args=[at.lesson.pk]))
        chapter = ChapterPage.objects.get()
        client.post(
            reverse("wagtailadmin_pages:copy", args=[at.lesson.pk]),
            {
                "new_title": "副本",
                "new_slug": "fu-ben",
                "new_parent_page": chapter.pk,
                "publish_copies": "on",
            },
        )
        assert at.lesson.live
        assert not LessonPage.objects.filter(slug="fu-ben", live=True).exists()
        restricted = client.post(
            reverse("wagtailadmin_pages:set_privacy", args=[at.course.pk]), {"restriction_type": "login"}
        )
        assert restricted.status_code in (302, 403)
        assert not at.course.view_restrictions.exists()

    def test_a_pack_ends_in_review(self, at, client, tmp_path, settings, django_capture_on_commit_callbacks):
        settings.HOME = tmp_path
        settings.MEDIA_ROOT = tmp_path / "media"
        settings.H5P_ROOT = tmp_path / "h5p"
        client.force_login(at.editor)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(
                "/api/v1/packs", {"organisation": "shkd", "file": upload(), "publish": "true"}
            )
        assert answer.status_code == 202, answer.content
        row = PackImport.objects.get()
        assert (row.state, row.report["submitted"], row.report["release_number"]) == (State.DONE, True, 0)
        made = CoursePage.objects.get(code="test-course")
        assert not made.live
        page = client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
        assert "已导入并送审" in page
        other = at.__class__(**{**vars(at), "course": made})
        # While it is looked at nothing new comes in by a pack.
        with django_capture_on_commit_callbacks(execute=True):
            client.post(
                "/api/v1/packs",
                {"organisation": "shkd", "file": upload(making.manifest(title="又一版")), "publish": "true"},
            )
        assert PackImport.objects.latest("pk").state == State.REFUSED
        other.decide(at.approver)
        other.decide(at.curator)
        assert CoursePage.objects.get(pk=made.pk).live
        assert made.releases.count() == 1

    def test_a_pack_that_began_before_it_was_handed_in_writes_nothing_after(self, at, tmp_path, settings):
        settings.HOME = tmp_path
        settings.MEDIA_ROOT = tmp_path / "media"
        settings.H5P_ROOT = tmp_path / "h5p"
        by = actor(at.editor, Role.EDITOR, at.college)
        file = tmp_path / "pack.zip"
        file.write_bytes(making.pack().getvalue())
        assert import_pack(file, organisation=at.college, actor=by, publish=False).state == State.DONE
        made = CoursePage.objects.get(code="test-course")
        file.write_bytes(making.pack(making.manifest(title="又一版")).getvalue())

        class Meanwhile:
            """The job's progress; at the last step before the writing an editor hands the course in."""

            attempt = 1

            def check_cancelled(self):
                pass

            def require_lease(self):
                pass

            def progress(self, done, total, message):
                if message == "写入课程页面":
                    services.submit(CoursePage.objects.get(pk=made.pk), at.editor, by)

        report = import_pack(file, organisation=at.college, actor=by, publish=False, ctx=Meanwhile())
        assert report.state == State.REFUSED
        assert "正在审核" in report.problems[0].params["reason"]
        assert CoursePage.objects.get(pk=made.pk).get_latest_revision_as_object().title != "又一版"

    def test_what_is_just_being_made_is_saved_first_and_handed_in_later(self, at, client):
        client.force_login(at.editor)
        above = at.course.get_parent()
        made = client.get(reverse("wagtailadmin_pages:add", args=["courses", "coursepage", above.pk]))
        assert 'name="action-submit"' not in made.content.decode()
        assert (
            'name="action-submit"'
            in client.get(reverse("wagtailadmin_pages:edit", args=[at.course.pk])).content.decode()
        )

    def test_in_review_nothing_of_it_changes(self, at, client):
        at.draft(at.lesson, title="送审的名字")
        at.submit()
        client.force_login(at.editor)
        chapter = ChapterPage.objects.get()
        data = form_of(client, chapter) | {"title": "偷改"}
        sent(client, chapter, data)
        assert chapter.get_latest_revision_as_object().title != "偷改"
        ways = [
            ("wagtailadmin_pages:add", ["courses", "lessonpage", chapter.pk]),
            ("wagtailadmin_pages:delete", [at.lesson.pk]),
            ("wagtailadmin_pages:move", [at.lesson.pk]),
        ]
        for name, args in ways:
            assert client.get(reverse(name, args=args)).status_code == 302, name
        client.post(reverse("wagtailadmin_pages:set_page_position", args=[at.lesson.pk]) + "?position=9")
        assert at.lesson.get_latest_revision_as_object().title == "送审的名字"


class TestReviewer:
    def test_comments_and_changes_nothing(self, at, client):
        at.draft(at.course, summary="送审的介绍")
        at.submit()
        client.force_login(at.approver)
        data = form_of(client, at.course) | {"title": "审批的人改的", "summary": "改"}
        prefix = next(iter(k for k in data if k.startswith("comments-TOTAL"))).split("-")[0]
        data |= {
            f"{prefix}-TOTAL_FORMS": 1,
            f"{prefix}-0-text": "介绍里的数字要有出处",
            f"{prefix}-0-contentpath": "summary",
            f"{prefix}-0-position": "",
            f"{prefix}-0-replies-TOTAL_FORMS": 0,
            f"{prefix}-0-replies-INITIAL_FORMS": 0,
        }
        answer = sent(client, at.course, data)
        assert answer.status_code == 302, answer.context["form"].errors
        assert getattr(at.fresh, COMMENTS_RELATION_NAME).get().text == "介绍里的数字要有出处"
        assert Comment.objects.get().user == at.approver
        draft = at.fresh.get_latest_revision_as_object()
        assert (draft.title, draft.summary) == (at.course.title, "送审的介绍")
        # The word is written at the field; who wrote it may still pass the course.
        at.decide(at.approver)
        at.decide(at.curator)
        assert at.fresh.summary == "送审的介绍"

    @pytest.mark.parametrize("again", [False, True])
    def test_a_word_on_what_was_withdrawn_meanwhile_is_not_taken(self, at, client, again):
        at.submit()
        case = reverse("courses_review_case", args=[at.course.uuid])
        client.force_login(at.approver)
        word = {"action": "approve", "comment": "好"} | seen(client, case)
        old = at.fresh.current_workflow_task_state
        at.fresh.current_workflow_state.cancel(user=at.editor)
        if again:
            at.draft(at.lesson, title="没有人看过")
            at.submit()
        refused = client.post(case, word)
        assert refused.status_code == 409
        assert "没有记下" in refused.content.decode()
        assert client.post(case, {"action": "approve"}).status_code == 409
        # As the page's editor in Wagtail sends it: what its question knew of comes along.
        edit = reverse("wagtailadmin_pages:edit", args=[at.course.pk])
        modal = reverse(
            "wagtailadmin_pages:collect_workflow_action_data", args=[at.course.pk, "approve", old.pk]
        )
        if again:
            assert f'name=\\"handed_in\\" value=\\"{old.pk}\\"' in client.get(modal).content.decode()
            data = form_of(client, at.course) | {
                "action-workflow-action": "1",
                "workflow-action-name": "approve",
                "workflow-action-extra-data": json.dumps({"handed_in": old.pk, "comment": ""}),
            }
            assert client.post(edit, data).status_code == 409
            now = at.fresh.current_workflow_task_state
            data["workflow-action-extra-data"] = json.dumps({"handed_in": now.pk, "comment": "看过了"})
            assert client.post(edit, data).status_code == 302
            assert at.fresh.current_workflow_task_state.task.name != now.task.name
        told = client.get(reverse("courses_review_history", args=[at.course.uuid])).content.decode()
        assert "撤回送审" in told

    def test_opens_the_lessons_too_and_only_while_it_is_their_turn(self, at, client):
        edit = reverse("wagtailadmin_pages:edit", args=[at.lesson.pk])
        draft = reverse("wagtailadmin_pages:view_draft", args=[at.lesson.pk])
        for user in (at.approver, at.curator):
            client.force_login(user)
            assert client.get(edit).status_code == 302
        at.submit()
        client.force_login(at.approver)
        assert client.get(edit).status_code == 200
        assert client.get(draft).status_code == 200
        client.force_login(at.curator)
        assert client.get(edit).status_code == 302

    def test_by_the_desk(self, at, client):
        client.force_login(at.editor)
        case = reverse("courses_review_case", args=[at.course.uuid])
        assert "送审" in client.get(case).content.decode()
        # Before it is their turn no door is shown that is closed.
        for user, seen_so in ((at.editor, True), (at.approver, False), (at.curator, False)):
            client.force_login(user)
            assert ("写批注" in client.get(case).content.decode()) is seen_so
        client.force_login(at.editor)
        client.post(case, {"action": "submit"})
        client.force_login(staff("approver", make.organisation("other")))
        assert client.get(case).status_code == 404
        client.force_login(at.approver)
        assert at.course.title in client.get(reverse("courses_review")).content.decode()
        shown = client.get(case).content.decode()
        assert "正在审核：开课单位审批" in shown
        assert "写批注" in shown
        assert "秦越" in shown
        refused = client.post(case, {"action": "reject", "comment": ""} | seen(client, case))
        assert (refused.status_code, "要改什么" in refused.content.decode()) == (422, True)
        word = {"action": "approve", "comment": "好"} | seen(client, case)
        assert client.post(case, word).status_code == 302
        client.force_login(at.curator)
        client.post(case, {"action": "reject", "comment": "第一课没有出处"} | seen(client, case))
        # What was said at fields stands beside its page until somebody resolves it.
        said = [
            Comment.objects.create(
                page=page, user=at.curator, text="出处？", contentpath="title", position=""
            )
            for page in (at.lesson, at.lesson, at.course)
        ]
        Comment.objects.filter(pk=said[0].pk).update(resolved_at=timezone.now())
        client.force_login(at.editor)
        case_page = client.get(case).content.decode()
        assert "第一课没有出处" in case_page
        assert case_page.count("1 条批注没有解决") == 2
        assert at.course.title in client.get(reverse("courses_review")).content.decode()
        told = client.get(reverse("courses_review_history", args=[at.course.uuid])).content.decode()
        assert "退回修改" in told
        assert "叶青" in told


def test_copy_archive_and_many_by_their_pages(at, client):
    client.force_login(at.editor)
    first = client.get(reverse("wagtailadmin_pages:copy", args=[at.course.pk]))
    form = reverse("courses_review_copy", args=[at.course.uuid])
    assert first["Location"] == form
    taken = client.post(form, {"title": "另一门", "code": at.course.code})
    assert (taken.status_code, "已经有了" in taken.content.decode()) == (409, True)
    assert client.post(form, {"title": "另一门", "code": "ling-yi-men"}).status_code == 302
    made = CoursePage.objects.get(code="ling-yi-men")
    many = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "course_facts"])
    address = f"{many}?id={made.pk}&id={at.lesson.pk}"
    assert "行业主管部门" in client.get(address).content.decode()
    assert client.post(address, {"department": "申江市财政局"}).status_code == 302
    assert CoursePage.objects.get(pk=made.pk).department == "申江市财政局"
    away = reverse("courses_review_archive", args=[at.course.uuid])
    assert client.post(away, {"reason": "旧"}).status_code == 422
    assert client.post(away, {"reason": "内容过时了"}).status_code == 302
    assert not at.fresh.live
    # Where it stands says so, with the reason; those under way are not told that they see nothing.
    stands = client.get(reverse("courses_review_case", args=[at.course.uuid])).content.decode()
    assert "下架（周文）：内容过时了" in stands
    assert "学员看不到" not in stands
    assert "学员看不到" in client.get(reverse("courses_review_case", args=[made.uuid])).content.decode()
    client.force_login(at.approver)
    assert client.get(form).status_code == 403


def test_one_step_by_its_page(at, client):
    where = reverse("courses_one_step")
    client.force_login(at.editor)
    assert client.get(where).status_code == 403
    client.force_login(at.curator)
    data = {"organisation": at.college.pk, "since": "2026-01-01", "reason": "试点机构"}
    assert client.post(where, data).status_code == 302
    assert at.college.name in client.get(where).content.decode()
    client.force_login(at.editor)
    answer = sent(
        client, at.course, form_of(client, at.course) | {"title": "一步发布", "action-publish": "1"}
    )
    assert answer.status_code == 302
    assert at.fresh.title == "一步发布"
    assert at.course.releases.count() == 2


def test_one_step_is_held_to_what_the_review_asks(at, client):
    services.allow_one_step(Actor.system("t"), at.college, since=today(), until=None, reason="试点机构")
    client.force_login(at.editor)
    said = {"title": "缺主管部门", "kind": "specialty", "sector": "industry", "action-publish": "1"}
    refused = sent(client, at.course, form_of(client, at.course) | said)
    assert (refused.status_code, "行业主管部门" in refused.content.decode()) == (422, True)
    assert at.fresh.title != "缺主管部门"
    # What was typed is not lost.
    assert at.fresh.get_latest_revision_as_object().title == "缺主管部门"
    assert at.course.releases.count() == 1
    said["department"] = "申江市经济和信息化委员会"
    assert sent(client, at.course, form_of(client, at.course) | said).status_code == 302
    assert at.course.releases.count() == 2


def test_a_wrong_day_is_taken_back_by_its_page(at, client):
    at.draft(at.course, go_live_at=timezone.now() + timedelta(days=400))
    case = reverse("courses_review_case", args=[at.course.uuid])
    form = reverse("courses_review_unschedule", args=[at.course.uuid])
    client.force_login(at.editor)
    assert form not in client.get(case).content.decode()
    assert client.post(form, {"reason": "年份写错了"}).status_code == 409
    at.submit()
    at.decide(at.approver)
    at.decide(at.curator)
    assert form in client.get(case).content.decode()
    assert client.post(form, {"reason": "错"}).status_code == 422
    client.force_login(staff("editor", make.organisation("other")))
    assert client.post(form, {"reason": "年份写错了"}).status_code == 404
    client.force_login(at.editor)
    assert client.post(form, {"reason": "年份写错了"}).status_code == 302
    assert not at.fresh.approved_schedule
    told = client.get(reverse("courses_review_history", args=[at.course.uuid])).content.decode()
    assert "取消定时" in told
    assert "年份写错了" in told
    # Open again, and handed in anew.
    at.draft(at.course, go_live_at=None)
    at.submit()
