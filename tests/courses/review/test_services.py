"""A course goes to learners by its editor, its college's approver and the platform's reviewer: three people, one content."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry, TaskState, WorkflowState

from courses.models import (
    ChapterPage,
    CoursePage,
    CourseVideo,
    H5PContent,
    LessonPage,
    OneStepPublishing,
    Submission,
)
from courses.review import queries, services, timetable
from courses.review.rules import missing_facts
from lms.accounts.api import Role, actor
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import record
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.models import OutboxEvent
from tests.courses.review.crew import crew, staff
from tests.factories import courses as make

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def at():
    return crew(with_quiz=True)


def test_three_people_and_the_whole_course_is_one_new_release(at, django_capture_on_commit_callbacks):
    at.draft(at.lesson, title="停电以后")
    at.draft(at.course, summary="改过的介绍")
    new = LessonPage(title="新的一课", slug="new", key="new", body=[make.text()], live=False)
    ChapterPage.objects.descendant_of(at.course).get().add_child(instance=new)
    new.save_revision(user=at.editor)
    with django_capture_on_commit_callbacks(execute=True):
        at.submit()
    assert [m.to for m in mail.outbox if "审" in m.subject or m.to == [at.approver.email]] == [
        [at.approver.email]
    ]
    assert at.titles[0] != "停电以后"
    with django_capture_on_commit_callbacks(execute=True):
        at.decide(at.approver)
    assert mail.outbox[-1].to == [at.curator.email]
    assert at.course.releases.count() == 1
    at.decide(at.curator, comment="可以")
    assert at.titles == ["停电以后", *at.titles[1:-1], "新的一课"]
    assert at.course.releases.count() == 2
    assert at.fresh.summary == "改过的介绍"
    assert not queries.tree(at.course).filter(has_unpublished_changes=True).exists()
    done = list(AuditRow.objects.filter(target=at.course.uuid).order_by("pk").values_list("action", "person"))
    assert done == [
        ("course.submit", at.editor.uuid),
        ("course.approve", at.approver.uuid),
        ("course.approve", at.curator.uuid),
    ]
    assert any(event.words == "可以" and event.who == "叶青" for event in queries.history(at.course))


def test_nobody_passes_their_own_nor_both_steps(at):
    both = staff("editor", at.college)
    for role, where in (("approver", at.college), ("curator", at.platform)):
        both.memberships.create(organisation=where, role=role, since="2026-01-01")
    at.submit(both)
    with pytest.raises(NotAllowed, match="另一位同事"):
        at.decide(both)
    at.fresh.current_workflow_state.cancel()
    both = staff("approver", at.college)
    both.memberships.create(organisation=at.platform, role="curator", since="2026-01-01")
    at.draft(at.lesson, title="改了")
    at.submit()
    # Wrote none of it: may pass it at one step, not at both.
    at.decide(both)
    with pytest.raises(NotAllowed) as refusal:
        at.decide(both)
    assert refusal.value.code == "oneself"
    at.decide(at.curator)
    assert at.titles[0] == "改了"


def test_who_wrote_a_lesson_since_the_last_release_does_not_pass_it(at):
    colleague = staff("editor", at.college)
    colleague.memberships.create(organisation=at.college, role="approver", since="2026-01-01")
    at.lesson.save_revision(user=colleague)
    at.submit()
    with pytest.raises(NotAllowed):
        at.decide(colleague)


class TestMaterials:
    """What a course shows is written by people too, though in a library of its own."""

    @pytest.fixture
    def both(self, at):
        both = staff("editor", at.college)
        both.memberships.create(organisation=at.college, role="approver", since="2026-01-01")
        return both

    def _barred(self, at, both):
        at.submit()
        if both.pk in queries.authors(at.fresh):
            with pytest.raises(NotAllowed):
                at.decide(both)
            return True
        at.decide(both)
        return False

    @pytest.mark.parametrize("after", [True, False])
    def test_a_question(self, at, both, after):
        question = at.course.questions.get()
        log(question, "wagtail.edit", user=both)
        if not after:
            ModelLogEntry.objects.update(timestamp=timezone.now() - timedelta(days=9))
        at.draft(at.course, summary="改过")
        assert self._barred(at, both) is after

    def test_a_film_that_is_new_here_however_old(self, at, both):
        film = CourseVideo.objects.create(title="演示", file="a.mp4", duration_ms=90_000)
        log(film, "wagtail.create", user=both)
        ModelLogEntry.objects.update(timestamp=timezone.now() - timedelta(days=9))
        at.draft(at.lesson, body=[("video", {"video": film, "title": ""})])
        assert self._barred(at, both)

    def test_an_exercise(self, at, both):
        exercise = H5PContent.objects.create(title="练习", main_library="H5P.Blanks 1.14", content_hash="x")
        by = actor(both, Role.EDITOR, at.college)
        record(by, action="h5p.finish", target_type="courses.H5PContent", target=exercise.uuid)
        at.draft(at.lesson, body=[("h5p", {"content": exercise, "title": "", "minutes": 45})])
        assert self._barred(at, both)


def test_what_is_taken_back_is_told(at):
    at.submit()
    at.fresh.current_workflow_state.cancel(user=at.editor)
    row = AuditRow.objects.get(action="course.withdraw")
    assert (row.person, row.target) == (at.editor.uuid, at.course.uuid)
    assert [event.what for event in queries.history(at.course)].count("撤回送审") == 1


def test_only_the_approver_of_this_provider(at):
    at.submit()
    for stranger in (staff("approver", make.organisation("other")), at.curator, at.editor):
        assert not queries.waiting_for(stranger).exists()
        with pytest.raises(NotAllowed):
            at.decide(stranger)
    assert queries.waiting_for(at.approver).count() == 1
    at.decide(at.approver)
    assert queries.waiting_for(at.curator).count() == 1
    with pytest.raises(NotAllowed):
        at.decide(staff("approver", at.college))


def test_returned_with_a_word_and_what_the_platform_returned_goes_by_the_college_again(at):
    at.submit()
    with pytest.raises(Invalid, match="要改什么"):
        at.decide(at.approver, passed=False)
    at.decide(at.approver)
    at.decide(at.curator, passed=False, comment="第二课的出处要写明")
    state = at.fresh.current_workflow_state
    assert state.status == WorkflowState.STATUS_NEEDS_CHANGES
    assert queries.returned_word(state).comment == "第二课的出处要写明"
    assert at.course.releases.count() == 1
    at.draft(at.lesson, title="写明了出处")
    at.submit()
    assert queries.waiting_for(at.approver).count() == 1
    assert not queries.waiting_for(at.curator).exists()
    at.decide(at.approver)
    at.decide(at.curator)
    assert at.titles[0] == "写明了出处"


def test_what_was_handed_in_is_what_is_published(at):
    at.submit()
    at.decide(at.approver)
    question = at.course.questions.get()
    question.answer = ["b"]
    question.save()
    with pytest.raises(Conflict) as refusal:
        at.decide(at.curator)
    assert refusal.value.code == "changed_in_review"
    assert TaskState.objects.filter(status=TaskState.STATUS_APPROVED).count() == 1
    assert at.course.releases.count() == 1


def test_another_file_behind_a_film_is_another_content():
    film = CourseVideo.objects.create(title="演示", file="a.mp4", duration_ms=90_000)
    at = crew(lessons=[[("video", {"video": film, "title": "演示"})]])
    at.submit()
    at.decide(at.approver)
    CourseVideo.objects.update(file="b.mp4")
    with pytest.raises(Conflict):
        at.decide(at.curator)


def test_two_words_at_once_are_one(at):
    at.submit()
    state = at.fresh.current_workflow_task_state
    services.decide(state, at.approver, passed=True)
    with pytest.raises(Conflict):
        services.decide(state, at.approver, passed=True)


def test_what_cannot_be_published_is_not_taken_in(at):
    at.draft(at.course, centihours=5000)
    with pytest.raises(Invalid, match="核定学时 50 超过"):
        at.submit()
    assert not WorkflowState.objects.exists()
    at.draft(at.course, centihours=3, kind="specialty", sector="industry")
    with pytest.raises(Invalid, match="行业主管部门"):
        at.submit()
    at.draft(at.course, department="申江市经济和信息化委员会")
    at.submit()
    at.decide(at.approver, passed=False, comment="再看看")
    at.draft(at.course, department="")
    with pytest.raises(Invalid, match="行业主管部门"):
        at.submit()
    # Returned it stays, and can be handed in again.
    assert at.fresh.current_workflow_state.status == WorkflowState.STATUS_NEEDS_CHANGES
    at.draft(at.course, department="申江市经济和信息化委员会")
    at.submit()
    with pytest.raises(Conflict):
        at.submit()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (("public", "", "", ""), ["主题"]),
        (("public", "ethics", "", ""), []),
        (("specialty", "", "", ""), ["行业", "行业主管部门"]),
        (("specialty", "", "finance", "申江市财政局"), []),
        (("vocational", "", "", ""), []),
    ],
)
def test_what_a_kind_has_to_say(facts, said):
    found = missing_facts(*facts)
    assert len(found) == len(said)
    assert all(word in sentence for word, sentence in zip(said, found, strict=True))


def test_a_lesson_is_taken_out_with_the_next_release_and_stays_out(at):
    first = at.lesson
    at.draft(first, withdrawn=True)
    assert len(at.titles) == 3
    at.submit()
    at.decide(at.approver)
    at.decide(at.curator)
    assert (len(at.titles), first.title in at.titles) == (2, False)
    at.draft(at.course, summary="再改")
    at.submit()
    at.decide(at.approver)
    at.decide(at.curator)
    assert first.title not in at.titles
    at.draft(LessonPage.objects.get(pk=first.pk), withdrawn=False)
    at.submit()
    at.decide(at.approver)
    at.decide(at.curator)
    assert at.titles[0] == first.title


def test_unpublished_by_staff_a_lesson_stays_away_too(at):
    first = at.lesson
    first.unpublish()
    services.publish(at.fresh, Actor.system("tests"))
    assert first.title not in at.titles


class TestDays:
    def _passed(self, at, **days):
        at.draft(at.course, summary="新的", **days)
        at.draft(at.lesson, title="到了那天")
        at.submit()
        at.decide(at.approver)
        at.decide(at.curator)

    def test_the_whole_course_on_its_day(self, at):
        day = timezone.now() + timedelta(hours=1)
        self._passed(at, go_live_at=day)
        assert at.titles[0] != "到了那天"
        assert at.fresh.live
        with pytest.raises(Conflict):
            at.submit()
        assert timetable.publish_due() == 0
        Submission.objects.update(scheduled_for=timezone.now())
        at.course.revisions.filter(approved_go_live_at__isnull=False).update(
            approved_go_live_at=timezone.now()
        )
        self._come(at)
        assert timetable.publish_due() == 1
        assert at.titles[0] == "到了那天"
        assert timetable.publish_due() == 0

    def test_what_changed_before_its_day_is_not_published(self, at):
        self._passed(at, go_live_at=timezone.now() + timedelta(hours=1))
        at.course.questions.update(answer=["b"])
        self._come(at)
        assert timetable.publish_due() == 0
        assert not at.fresh.approved_schedule
        assert at.titles[0] != "到了那天"
        assert AuditRow.objects.get(action="course.schedule_failed").reason

    def test_the_end_of_one_version_leaves_the_day_of_the_next(self, at):
        self._passed(at, go_live_at=timezone.now() + timedelta(hours=2))
        CoursePage.objects.update(expire_at=timezone.now() - timedelta(minutes=1))
        assert timetable.publish_due() == 1
        assert (at.fresh.live, at.fresh.approved_schedule) == (False, True)
        self._come(at)
        assert timetable.publish_due() == 1
        assert (at.fresh.live, at.fresh.expired) == (True, False)
        assert at.titles[0] == "到了那天"

    def test_a_day_is_taken_back_by_those_who_may(self, at):
        self._passed(at, go_live_at=timezone.now() + timedelta(days=400))
        for stranger in (staff("editor", make.organisation("other")), staff("teacher", at.college)):
            with pytest.raises(NotAllowed):
                services.unschedule(at.course, stranger, "年份写错了")
        with pytest.raises(Invalid):
            services.unschedule(at.course, at.editor, "错")
        services.unschedule(at.course, at.curator, "年份写错了")
        assert (at.fresh.live, at.fresh.approved_schedule) == (True, False)
        row = AuditRow.objects.get(action="course.unschedule")
        assert (row.person, row.reason) == (at.curator.uuid, "年份写错了")
        with pytest.raises(Conflict):
            services.unschedule(at.course, at.editor, "年份写错了")
        assert timetable.publish_due() == 0
        at.draft(at.course, go_live_at=None)
        at.submit()
        at.decide(at.approver)
        at.decide(at.curator)
        assert at.titles[0] == "到了那天"

    def _come(self, at):
        """The day comes: for the rows as for the draft that names it."""
        past = timezone.now() - timedelta(minutes=1)
        Submission.objects.update(scheduled_for=past)
        revision = at.fresh.scheduled_revision
        revision.content["go_live_at"] = past.isoformat()
        revision.approved_go_live_at = past
        revision.save()
        submission = Submission.objects.get()
        if AuditRow.objects.filter(
            action="course.schedule"
        ).exists() and at.course.questions.get().answer == ["a"]:
            submission.digest = services.check(at.fresh)
            submission.save()

    def test_after_its_end_nobody_new_begins_and_those_under_way_go_on(self, at, client):
        from lms.learning.enrolment.services import enrol
        from tests.factories.accounts import UserFactory

        learner = UserFactory()
        there = enrol(learner, at.fresh, actor(learner))
        self._passed(at, expire_at=timezone.now() + timedelta(hours=1))
        assert "停止报名" in client.get(at.course.get_url()).content.decode()
        CoursePage.objects.update(expire_at=timezone.now() - timedelta(minutes=1))
        assert timetable.publish_due() == 1
        late = UserFactory()
        with pytest.raises(Conflict):
            enrol(late, at.fresh, actor(late))
        assert enrol(learner, at.fresh, actor(learner)) == there
        gone = client.get(at.course.get_url())
        assert (gone.status_code, "已经停止报名" in gone.content.decode()) == (410, True)
        assert at.course.title not in client.get("/courses/").content.decode()


class TestArchive:
    def test_off_the_catalogue_and_back_by_review(self, at, client):
        with pytest.raises(NotAllowed):
            services.archive(at.course, staff("editor", make.organisation("other")), "内容过时")
        with pytest.raises(Invalid):
            services.archive(at.course, at.editor, "旧")
        services.archive(at.course, at.editor, "内容过时，正在改")
        assert not at.fresh.live
        with pytest.raises(Conflict):
            services.archive(at.course, at.editor, "内容过时，正在改")
        OutboxEvent.objects.all().delete()
        at.submit()
        at.decide(at.approver)
        at.decide(at.curator)
        assert at.fresh.live
        # The same content is the same release; the catalogue hears of it again.
        assert at.course.releases.count() == 1
        assert OutboxEvent.objects.filter(kind="course.published").count() == 1

    def test_what_is_taken_away_is_no_longer_looked_at(self, at):
        at.submit()
        services.archive(at.course, at.curator, "有错误，先下架")
        assert not queries.waiting_for(at.approver).exists()


class TestCopy:
    def test_with_questions_of_its_own_and_a_code_that_was_asked_for(self, at):
        made = services.copy(at.course, at.editor, title="另一门", code="another")
        assert (made.code, made.slug, made.live, made.title) == ("another", "another", False, "另一门")
        assert made.uuid != at.course.uuid
        [question] = made.questions.all()
        assert question.uuid != at.course.questions.get().uuid
        services.publish(made, Actor.system("tests"))
        release = made.releases.get()
        asked = [
            b["value"]["questions"] for x in release.lessons.all() for b in x.blocks if b["type"] == "quiz"
        ]
        assert asked[0][0]["id"] == str(question.uuid)
        assert not set(release.lessons.values_list("key", flat=True)) & set(
            at.course.releases.get().lessons.values_list("key", flat=True)
        )

    def test_a_code_that_is_taken_and_a_course_of_others(self, at):
        with pytest.raises(Conflict, match="已经有了"):
            services.copy(at.course, at.editor, title="另一门", code=at.course.code)
        with pytest.raises(NotAllowed):
            services.copy(at.course, at.approver, title="另一门", code="another")
        assert CoursePage.objects.count() == 1


def test_many_courses_in_one_act_as_drafts_each_by_its_own_editors(at):
    other = make.released_course(
        provider=make.organisation("other"), kind="specialty", sector="finance"
    ).course
    second = make.released_course(provider=at.college, kind="specialty", sector="finance").course
    facts = {"department": "申江市财政局", "sector": "", "expire_at": None}
    with pytest.raises(NotAllowed):
        services.set_facts([second, other], at.editor, facts)
    second = CoursePage.objects.get(pk=second.pk)
    assert second.get_latest_revision() is None
    assert services.set_facts([second, at.course], at.editor, facts) == 2
    second.refresh_from_db()
    assert second.department == ""
    assert second.get_latest_revision_as_object().department == "申江市财政局"
    at.submit()
    with pytest.raises(Conflict):
        services.set_facts([at.fresh], at.editor, facts)


def test_one_step_is_a_row_with_dates(at):
    may = at.course.permissions_for_user
    assert not may(at.editor).can_publish()
    with pytest.raises(NotAllowed):
        services.allow_one_step(at.approver, at.college, since=today(), until=None, reason="试点机构")
    row = services.allow_one_step(at.curator, at.college, since=today(), until=None, reason="试点机构")
    fresh = type(at.editor).objects.get(pk=at.editor.pk)
    assert at.course.permissions_for_user(fresh).can_publish()
    with pytest.raises(Conflict):
        services.allow_one_step(at.curator, at.college, since=today(), until=None, reason="试点机构")
    services.end_one_step(at.curator, row)
    fresh = type(at.editor).objects.get(pk=at.editor.pk)
    assert not at.course.permissions_for_user(fresh).can_publish()
    assert OneStepPublishing.objects.count() == 1
    assert AuditRow.objects.filter(action__startswith="one_step.").count() == 2
    # It ended today, at a moment, and what was allowed is still to be read.
    row.refresh_from_db()
    assert (row.until, timezone.localdate(row.ended_at)) == (None, today())
    with pytest.raises(Conflict):
        services.end_one_step(at.curator, row)
    services.allow_one_step(at.curator, at.college, since=today(), until=None, reason="重新试点")
    assert queries.one_step(at.college)
    assert Role.CURATOR in {row.role for row in at.curator.memberships.all()}
