"""What is not taken in, and what of a course cannot get round the two looks: days of its parts, what is gone, another
provider, a day on which something breaks."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry, Revision, WorkflowState
from wagtail.signals import page_published, task_submitted

from courses.models import ChapterPage, CourseDocument, CoursePage, CourseVideo, LessonPage, Submission
from courses.review import queries, services, timetable
from courses.review.tasks import publish_what_is_due
from lms.accounts.api import Role
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Invalid, NotAllowed
from tests.courses.review.crew import crew, staff
from tests.courses.review.test_doors import form_of, sent
from tests.factories import courses as make

pytestmark = [pytest.mark.django_db, pytest.mark.long]

LATER = timedelta(hours=1)


@pytest.fixture
def at():
    return crew(with_quiz=True)


def refused(at, code):
    with pytest.raises(Invalid) as refusal:
        at.submit()
    assert refusal.value.code == code
    return str(refusal.value.message)


@pytest.mark.parametrize("field", ["go_live_at", "expire_at"])
@pytest.mark.parametrize("part", [ChapterPage, LessonPage])
def test_a_part_with_a_day_of_its_own_is_not_taken_in(at, client, part, field):
    page = part.objects.descendant_of(at.course).order_by("path").first()
    at.draft(page, **{field: timezone.now() + LATER})
    assert page.title in refused(at, "days")
    client.force_login(at.editor)
    edited = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert not {"go_live_at", "expire_at"} & edited.context["form"].fields.keys()
    if part is ChapterPage:
        # As the sentence says: saved again, the day is gone.
        answer = sent(client, page, form_of(client, page))
        assert answer.status_code == 302, answer.context and answer.context["form"].errors
        at.submit()


def test_a_course_ends_after_it_begins_and_not_in_the_past(at):
    moment = timezone.now()
    for begins, ends in ((None, moment), (moment + 2 * LATER, moment + LATER), (moment - 2 * LATER, moment)):
        at.draft(at.course, go_live_at=begins, expire_at=ends)
        refused(at, "days")
    at.draft(at.course, go_live_at=moment + LATER, expire_at=moment + 2 * LATER)
    at.submit()


def test_the_copy_has_none_of_the_days(at):
    CoursePage.objects.filter(pk=at.course.pk).update(
        go_live_at=timezone.now() - LATER, expire_at=timezone.now() - LATER, expired=True
    )
    made = services.copy(at.fresh, at.editor, title="另一门", code="another")
    for copy in (made, made.get_latest_revision_as_object()):
        assert (copy.go_live_at, copy.expire_at, copy.expired) == (None, None, False)


@pytest.mark.parametrize("kind", ["video", "file", "quiz"])
def test_what_a_lesson_shows_and_is_gone(kind):
    film = CourseVideo.objects.create(title="演示", file="a.mp4", duration_ms=90_000)
    paper = CourseDocument.objects.create(title="规程", file=SimpleUploadedFile("a.pdf", b"%PDF-1.4"))
    shown = [("video", {"video": film, "title": ""}), ("file", {"document": paper, "name": ""})]
    at = crew(lessons=lambda course: [[*shown, make.text(), make.quiz([make.question(course)])]])
    at.draft(at.course, summary="改过")
    {"video": film, "file": paper, "quiz": at.course.questions.get()}[kind].delete()
    assert at.lesson.title in refused(at, "row_gone")
    assert not WorkflowState.objects.exists()


def test_gone_after_it_was_passed_nothing_is_published_on_its_day():
    film = CourseVideo.objects.create(title="演示", file="a.mp4", duration_ms=90_000)
    at = crew(lessons=[[("video", {"video": film, "title": ""}), make.text()]])
    come(at)
    CourseVideo.objects.all().delete()
    publish_what_is_due()
    assert nothing_went_live(at)
    assert at.lesson.title in AuditRow.objects.get(action="course.schedule_failed").reason


def come(at):
    """Passed for a day, and the day has come."""
    at.draft(at.course, summary="到了那天", go_live_at=timezone.now() + LATER)
    for role in (at.submit, lambda: at.decide(at.approver), lambda: at.decide(at.curator)):
        role()
    past = timezone.now() - timedelta(minutes=1)
    revision = at.fresh.scheduled_revision
    revision.content["go_live_at"] = past.isoformat()
    revision.approved_go_live_at = past
    revision.save()
    Submission.objects.update(scheduled_for=past, digest=services.check(at.fresh))


def nothing_went_live(at):
    return (
        at.fresh.summary != "到了那天"
        and at.course.releases.count() == 1
        and not at.fresh.approved_schedule
        and not Submission.objects.filter(scheduled_for__isnull=False).exists()
    )


def test_whatever_breaks_on_the_day_nothing_is_published_alone(at):
    come(at)
    at.draft(at.lesson, title="也改了")
    Submission.objects.update(digest=services.check(at.fresh))

    def broken(sender, **kwargs):
        raise RuntimeError("index")

    page_published.connect(broken, sender=LessonPage)
    try:
        publish_what_is_due()
    finally:
        page_published.disconnect(broken, sender=LessonPage)
    assert nothing_went_live(at)
    assert "出了错" in AuditRow.objects.get(action="course.schedule_failed").reason
    publish_what_is_due()
    assert nothing_went_live(at)


def test_only_what_is_not_reviewed_is_published_as_wagtail_does(at):
    come(at)
    alone = make.released_course(provider=at.college).course
    alone = CoursePage.objects.get(pk=alone.pk)
    alone.summary, alone.go_live_at = "一步发布的", timezone.now() + LATER
    alone.save_revision(user=at.editor, clean=False).publish(skip_permission_checks=True)
    revision = alone.scheduled_revision
    revision.content["go_live_at"] = (timezone.now() - LATER).isoformat()
    revision.approved_go_live_at = timezone.now() - LATER
    revision.save()
    timetable.publish_other_pages()
    assert CoursePage.objects.get(pk=alone.pk).summary == "一步发布的"
    assert at.fresh.summary != "到了那天"
    assert Revision.objects.filter(approved_go_live_at__isnull=False).count() == 1
    assert timetable.publish_due() == 1
    assert at.fresh.summary == "到了那天"


def test_handed_in_again_and_broken_it_stays_returned(at):
    at.submit()
    at.decide(at.approver, passed=False, comment="再看看")
    state = at.fresh.current_workflow_state

    def broken(sender, **kwargs):
        raise RuntimeError("mail")

    task_submitted.connect(broken)
    try:
        with pytest.raises(RuntimeError):
            # As Wagtail's own editor does it, outside any transaction of ours.
            state.resume(at.editor)
    finally:
        task_submitted.disconnect(broken)
    state = at.fresh.current_workflow_state
    assert (state.status, bool(queries.returned_word(state))) == (WorkflowState.STATUS_NEEDS_CHANGES, True)
    assert AuditRow.objects.filter(action="course.submit").count() == 1
    at.submit()


def test_both_who_handed_it_in_are_barred(at):
    first, second = (staff("editor", at.college) for _ in range(2))
    for person in (first, second):
        person.memberships.create(organisation=at.college, role=Role.APPROVER, since="2026-01-01")
    # Neither of them writes anything.
    at.draft(at.course, summary="改过")
    at.submit(first)
    at.decide(at.approver, passed=False, comment="再看看")
    at.submit(second)
    assert at.fresh.current_workflow_state.requested_by == second
    for person in (first, second):
        with pytest.raises(NotAllowed) as refusal:
            at.decide(person)
        assert refusal.value.code == "oneself"
    at.decide(at.approver)


class TestProvider:
    @pytest.fixture
    def other(self, at):
        """Whose editor ours is too."""
        other = make.organisation("other")
        at.editor.memberships.create(organisation=other, role=Role.EDITOR, since="2026-01-01")
        return other

    def _given(self, at, client, page, provider, by=None):
        client.force_login(by or at.editor)
        answer = sent(client, page, form_of(client, page) | {"provider": provider.pk})
        return answer.status_code == 302

    def test_a_course_with_a_release_keeps_its_provider(self, at, client, other):
        assert not self._given(at, client, at.course, other)
        assert at.fresh.get_latest_revision_as_object().provider == at.college
        assert self._given(at, client, at.course, at.college)

    def test_by_its_release_and_not_by_its_row(self, at, other):
        CoursePage.objects.filter(pk=at.course.pk).update(provider=other)
        at.editor.refresh_from_db()
        with pytest.raises(Invalid) as refusal:
            services.check(at.fresh)
        assert refusal.value.code == "provider_changed"

    def test_one_step_is_no_way_round_the_look_of_another(self, at, client, other):
        draft = make.course_page(provider=at.college)
        services.allow_one_step(Actor.system("t"), at.college, since=today(), until=None, reason="试点机构")
        assert not self._given(at, client, draft, other)
        services.allow_one_step(Actor.system("t"), other, since=today(), until=None, reason="试点机构")
        assert self._given(at, client, draft, other)
        assert PageLogEntry.objects.filter(page=draft, action="wagtail.edit").count() == 1
