"""Everything that moves a course towards learners or away from them: handing in, the word at each step, publishing the
whole course at once (on its day: timetable.py), taking it away, copying it, setting facts of many.

Owns: Submission and OneStepPublishing rows, and the audit of each act. Refuses: publishing anything but what was handed
in and passed.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, Revision, TaskState, WorkflowState

from courses.pages.models import CoursePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import Release
from courses.releases.services import announce_published, cut_release, one_release_at_the_end
from courses.review import queries
from courses.review.checks import check
from courses.review.models import CourseTask, OneStepPublishing, PlatformReview, Submission
from lms.accounts.api import Organisation, Role, User, actor, holds, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed

TARGET = "courses.CoursePage"
# PostgreSQL's code for a lock that somebody else holds; SQLite has one writer, and asks for none.
_LOCK_NOT_AVAILABLE = "55P03"


def note(by: Actor, verb: str, course: CoursePage, reason: str = "", **data: Any) -> None:
    """An audit row about a course."""
    record(by, action=f"course.{verb}", target_type=TARGET, target=course.uuid, reason=reason, data=data)


# -- handing in --------------------------------------------------------------------------------------------


@contextmanager
def handing_in(state: WorkflowState) -> Iterator[None]:
    """All of handing in or nothing. Handed in again, Wagtail has already written that it is under way: whatever goes wrong
    then, returned it stays."""
    last = state.task_states.order_by("pk").last()
    try:
        with transaction.atomic():
            yield
    except BaseException:
        if last is not None:
            WorkflowState.objects.filter(pk=state.pk).update(
                status=WorkflowState.STATUS_NEEDS_CHANGES, current_task_state=last
            )
        raise


def take_in(state: WorkflowState, user: Any) -> None:
    """A course is handed in: it is checked, and what it consists of is pinned by its digest. Raises as `check`, and Conflict
    while an import writes into it."""
    course = _for_handing_in(state.object_id)
    found = check(course)
    if isinstance(user, User) and state.requested_by_id != user.pk:
        # Handed in again by somebody else, who hears of it from now on. The first is known by the audit.
        state.requested_by = user
        state.save(update_fields=["requested_by"])
    Submission.objects.update_or_create(
        workflow_state=state, defaults={"course": course, "digest": found, "submitted_at": now()}
    )
    note(_acting(user, Role.EDITOR, course.provider), "submit", course)


def _for_handing_in(pk: Any) -> CoursePage:
    """The course under its lock. Raises Conflict while an import writes drafts into it: whoever hands in has written its page
    in the same transaction, and the two would wait for each other."""
    try:
        return CoursePage.objects.select_for_update(nowait=True).get(pk=pk)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        raise Conflict(
            _("课程正在被另一项操作（例如导入）写入，还没有送审。请等它完成，看过内容再送审。"),
            code="course_busy",
        ) from error


def note_withdrawal(state: WorkflowState, user: Any) -> None:
    """What was handed in is taken back, or ended by what took the course away."""
    course = CoursePage.objects.select_related("provider").filter(pk=state.object_id).first()
    if course is None:
        return
    body = course.provider
    if isinstance(user, User) and not holds(user, Role.EDITOR, organisation=body):
        own = holds(user, Role.APPROVER, organisation=body)
        note(_acting(user, *((Role.APPROVER, body) if own else (Role.CURATOR, None))), "withdraw", course)
        return
    note(_acting(user, Role.EDITOR, body), "withdraw", course)


@transaction.atomic
def submit(course: CoursePage, user: User, by: Actor) -> None:
    """Hand a course in for its editor. Raises NotAllowed (no editor of its provider), Conflict (in review, waiting for its
    day), and as `check`."""
    if by.role != Role.EDITOR or by.body != course.provider.code:
        raise NotAllowed(_("只有开课单位的课程编辑可以送审。"))
    if course.approved_schedule:
        raise Conflict(_("这门课程已定时发布，到时以前不能再送审。"))
    state = course.current_workflow_state
    if state is not None and state.status == WorkflowState.STATUS_IN_PROGRESS:
        raise Conflict(_("这门课程正在审核，有了结果再送审。"), code="in_review")
    if state is not None:
        state.resume(user)
        return
    workflow = queries.course_workflow()
    if workflow is None:
        raise Conflict(_("发布审核还没有建立，请联系平台管理员。"))
    if course.latest_revision_id is None:
        course.save_revision(user=user, clean=False)
    workflow.start(course, user)


def publishes_at_once(by: Actor, organisation: Organisation) -> bool:
    """Whether what this actor brings for the organisation needs no review: the platform's own staff and commands, and
    organisations with one step."""
    if by.person is None or User.objects.filter(uuid=by.person, is_superuser=True, is_active=True).exists():
        return True
    return queries.one_step(organisation)


def is_open(course: CoursePage) -> bool:
    """Whether a course may be changed: it is neither in review nor waiting for its day."""
    return queries.task_of(course) is None and not course.approved_schedule


def require_open(course: CoursePage) -> None:
    """Conflict while a course is in review or waits for its day: what was handed in stays as it was."""
    if not is_open(course):
        raise Conflict(_("课程正在审核或等待定时发布，现在不能改动。"), code="in_review")


def _acting(user: Any, role: Role, organisation: Organisation | None = None) -> Actor:
    return actor(user, role, organisation) if isinstance(user, User) else Actor.system("review")


# -- the word at each step ---------------------------------------------------------------------------------


def note_decision(task: CourseTask, state: TaskState, user: Any, action: str, comment: str) -> None:
    """Check once more who decides a step, and write it down. Raises NotAllowed, Conflict (decided meanwhile)."""
    # The course before its step, as whoever takes it down meanwhile (`archive`): the last word publishes.
    course = CoursePage.objects.select_for_update().get(pk=state.workflow_state.object_id)
    state = TaskState.objects.select_for_update().get(pk=state.pk)
    if state.status != TaskState.STATUS_IN_PROGRESS:
        raise Conflict(_("这一步已经有了结果。"))
    if not task.holds(course, user):
        raise NotAllowed(_("这一步需要角色：%(roles)s。") % {"roles": task.role.label})
    if queries.barred(course, user, task):
        raise NotAllowed(_("不能审核自己编写、送审或在另一步通过的课程，请另一位同事来审。"), code="oneself")
    by = _acting(user, task.role, _body(task, course))
    note(by, "approve" if action == "approve" else "return", course, comment, step=task.name)


def _body(task: CourseTask, course: CoursePage) -> Organisation | None:
    return None if isinstance(task, PlatformReview) else course.provider


def looked_at(course: CoursePage, handed_in: int) -> TaskState:
    """The step a course is at, for whoever has looked at this one (its number). Raises as `require_looked_at`."""
    state: TaskState | None = course.current_workflow_task_state
    return require_looked_at(state, handed_in)


def require_looked_at(state: TaskState | None, handed_in: object) -> TaskState:
    """The step, if it is the one that was looked at. Raises Conflict (hand_in_changed): that one was withdrawn, decided or
    handed in anew since, and what is there now nobody of them has looked at."""
    if state is None or state.pk != handed_in or state.status != TaskState.STATUS_IN_PROGRESS:
        raise Conflict(
            _(
                "你打开这一页以后，送审被撤回、重新提交或已有了结果，这次的意见没有记下。请看过现在的内容再决定。"
            ),
            code="hand_in_changed",
        )
    return state


def decide(state: TaskState, user: User, *, passed: bool, comment: str = "") -> None:
    """Pass a course at its step, or return it with what is to be changed. Raises Invalid (returned without a word), and as
    `note_decision`; the last word publishes, and raises as `finish`."""
    comment = comment.strip()
    if not passed and len(comment) < 2:
        raise Invalid(_("请写明要改什么。"), details={"field": "comment"})
    task = state.task.specific
    word = "approve" if passed else "reject"
    task.on_action(state.specific, user, word, comment=comment, handed_in=state.pk)


def finish(state: WorkflowState, user: Any) -> None:
    """The last step is passed: the course goes to learners now, or on its day. Raises Conflict where it is not what was
    handed in any more; nothing is written then."""
    course = CoursePage.objects.select_related("provider").get(pk=state.object_id)
    submission = queries.submission_of(state)
    if submission is None or submission.digest != check(course):
        raise Conflict(
            _("课程内容（或它的题目）在送审以后有改动：请退回，由编辑重新送审。"), code="changed_in_review"
        )
    draft = course.get_latest_revision_as_object()
    if draft.go_live_at and draft.go_live_at > now():
        submission.scheduled_for = draft.go_live_at
        submission.save(update_fields=["scheduled_for"])
        revision = course.get_latest_revision()
        if course.live:
            # A draft does not know what is live now, and what it does not know would go offline until its day.
            revision.content["live_revision"] = course.live_revision_id or revision.pk
            revision.save(update_fields=["content"])
        revision.publish(user=user, skip_permission_checks=True)
        note(_acting(user, Role.CURATOR), "schedule", course, at=draft.go_live_at.isoformat())
        return
    publish(course, _acting(user, Role.CURATOR), user)


# -- publishing --------------------------------------------------------------------------------------------


@transaction.atomic
def publish(course: CoursePage, by: Actor, user: Any = None) -> Release:
    """The whole course at once: every draft goes live, what was taken out goes, and one release is cut. Raises as
    `cut_release`."""
    was_live = CoursePage.objects.select_for_update().get(pk=course.pk).live
    wanted = {page.pk for page in queries.drafts_of(course).pages}
    with one_release_at_the_end():
        for page in queries.tree(course).order_by("path").specific():
            if page.pk not in wanted:
                _take_out(page, user)
            elif not page.live or page.has_unpublished_changes:
                revision = page.get_latest_revision() or page.save_revision(user=user, clean=False)
                revision.publish(user=user, skip_permission_checks=True)
    before = Release.objects.filter(course=course).order_by("-number").first()
    release = cut_release(CoursePage.objects.get(pk=course.pk), by)
    if before == release and not was_live:
        announce_published(release)
    return release


def _take_out(page: Page, user: Any) -> None:
    if page.live:
        UnpublishPageAction(page, user=user).execute(skip_permission_checks=True)


@transaction.atomic
def archive(course: CoursePage, user: User, reason: str) -> None:
    """Off the catalogue: nobody new begins it; those under way, their hours and certificates keep their release.

    For the provider's editors and approvers and the platform's reviewers. Raises NotAllowed, Conflict (not live).
    """
    by, text = _taking_away(course, user), _reason(reason)
    row = CoursePage.objects.select_for_update().get(pk=course.pk)
    if not row.live:
        raise Conflict(_("这门课程现在没有发布，不用下架。"))
    state = row.current_workflow_state
    if state is not None:
        state.cancel(user=user)
    clear_day(row)
    _take_out(row, user)
    note(by, "archive", row, text)


@transaction.atomic
def unschedule(course: CoursePage, user: User, reason: str) -> None:
    """Take back the day of a version that was passed: what learners have stays, the draft is open again and has to be handed
    in anew.

    For the provider's editors and approvers and the platform's reviewers. Raises NotAllowed, Invalid, Conflict (no day).
    """
    by, text = _taking_away(course, user), _reason(reason)
    row = CoursePage.objects.select_for_update().get(pk=course.pk)
    scheduled = row.scheduled_revision
    if scheduled is None:
        raise Conflict(_("这门课程现在没有定时发布，不用取消。"), code="not_scheduled")
    clear_day(row)
    note(by, "unschedule", row, text, at=scheduled.approved_go_live_at.isoformat())


def clear_day(course: CoursePage) -> None:
    """No version of a course waits for its day."""
    Submission.objects.filter(course=course).update(scheduled_for=None)
    Revision.page_revisions.filter(object_id=str(course.pk)).update(approved_go_live_at=None)


def _taking_away(course: CoursePage, user: User) -> Actor:
    roles = (Role.EDITOR, Role.APPROVER)
    if holds(user, *roles, organisation=course.provider):
        return require_role(user, *roles, organisation=course.provider)
    return require_role(user, Role.CURATOR)


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if len(text) < 4:
        raise Invalid(_("请写明理由（至少 4 个字）。"), details={"field": "reason"})
    return text


# -- copying and changing many -----------------------------------------------------------------------------


# The days of the first course are not the copy's.
_NO_DAYS = {"go_live_at": None, "expire_at": None, "expired": False}


@transaction.atomic
def copy(course: CoursePage, user: User, *, title: str, code: str) -> CoursePage:
    """A course of its own beside the first, as a draft: pages and questions are copied, films and H5P are shared by the
    organisation. Raises NotAllowed, Conflict (code taken)."""
    by = require_role(user, Role.EDITOR, organisation=course.provider)
    if CoursePage.objects.filter(code=code).exists():
        raise Conflict(
            _("课程代码 %(code)s 已经有了，请换一个。") % {"code": code}, details={"field": "code"}
        )
    siblings = Page.objects.sibling_of(course)
    slug, number = code, 1
    while siblings.filter(slug=slug).exists():
        slug, number = f"{code}-{number}", number + 1
    live = CoursePage.objects.get(pk=course.pk)
    try:
        with transaction.atomic():
            made: CoursePage = live.copy(
                recursive=True,
                copy_revisions=False,
                keep_live=False,
                user=user,
                update_attrs={"title": title, "draft_title": title, "slug": slug} | _NO_DAYS,
            )
            made.code = code
            made.save()
            made.save_revision(user=user, clean=False)
    except IntegrityError:
        raise Conflict(_("课程代码 %(code)s 已经有了，请换一个。") % {"code": code}) from None
    for page in LessonPage.objects.descendant_of(made).filter(withdrawn=True):
        page.delete()
    copy_questions(live, made, user)
    note(by, "copy", made, source=str(course.uuid))
    return CoursePage.objects.get(pk=made.pk)


def copy_questions(source: CoursePage, made: CoursePage, user: Any) -> None:
    """The copy gets questions of its own, and its quizzes ask those: the first course's are not its to ask."""
    there = list(source.questions.order_by("pk"))
    names = ("key", "kind", "stem", "options", "answer", "explanation", "points")
    Question.objects.bulk_create(
        Question(course=made, **{name: getattr(question, name) for name in names}) for question in there
    )
    by_key = dict(made.questions.values_list("key", "pk"))
    fresh = {question.pk: by_key[question.key] for question in there}
    for lesson in LessonPage.objects.descendant_of(made):
        body = lesson.body.get_prep_value()
        if not _ask_instead(body, fresh):
            continue
        lesson.body = LessonPage.body.field.to_python(body)  # type: ignore[attr-defined]
        lesson.save()
        lesson.save_revision(user=user, clean=False)


def _ask_instead(body: list[dict[str, Any]], fresh: Mapping[int, int]) -> bool:
    changed = False
    for block in body:
        if block["type"] == "quiz":
            for item in block["value"]["questions"]:
                if item["value"] in fresh:
                    item["value"] = fresh[item["value"]]
                    changed = True
    return changed


def set_facts(courses: Iterable[CoursePage], user: User, facts: Mapping[str, Any]) -> int:
    """The same facts for many courses, as a draft of each: they are published as any change is. Raises NotAllowed for the
    first that is not the user's, Conflict for one in review, Invalid; nothing is written then."""
    wanted = {name: value for name, value in facts.items() if value not in (None, "")}
    done = 0
    with transaction.atomic():
        for course in courses:
            by = require_role(user, Role.EDITOR, organisation=course.provider)
            require_open(course)
            draft = course.get_latest_revision_as_object()
            for name, value in wanted.items():
                setattr(draft, name, value)
            draft.clean()
            if not course.live:
                draft.save(clean=False)
            draft.save_revision(user=user, log_action=True, clean=False)
            note(by, "facts", course, fields=sorted(wanted))
            done += 1
    return done


# -- who publishes in one step -----------------------------------------------------------------------------


@transaction.atomic
def allow_one_step(
    user: User | Actor, organisation: Organisation, *, since: date, until: date | None, reason: str
) -> OneStepPublishing:
    """From `since` to `until` (open) the organisation's editors publish without review. The platform's to say: its
    reviewers and officers. Raises NotAllowed, Invalid, Conflict (one begins on that day already)."""
    by = user if isinstance(user, Actor) else require_role(user, Role.CURATOR, Role.OFFICER)
    text = _reason(reason)
    if until is not None and until < since:
        raise Invalid(_("结束日期不能早于开始日期。"), details={"field": "until"})
    try:
        with transaction.atomic():
            row = OneStepPublishing.objects.create(
                organisation=organisation, since=since, until=until, reason=text[:200]
            )
    except IntegrityError:
        raise Conflict(_("这个机构从这一天起的规定已经有了。")) from None
    _note_one_step(by, row, "allow", text)
    return row


@transaction.atomic
def end_one_step(user: User, row: OneStepPublishing) -> None:
    """It ends at this moment; what was allowed stays to be read. Raises NotAllowed, Conflict (over already)."""
    by = require_role(user, Role.CURATOR, Role.OFFICER)
    row = OneStepPublishing.objects.select_for_update().get(pk=row.pk)
    if row.over:
        raise Conflict(_("这条规定已经结束了。"))
    row.ended_at = now()
    row.save(update_fields=["ended_at"])
    _note_one_step(by, row, "end", "")


def _note_one_step(by: Actor, row: OneStepPublishing, verb: str, reason: str) -> None:
    record(
        by,
        action=f"one_step.{verb}",
        target_type="accounts.Organisation",
        target=row.organisation.uuid,
        reason=reason,
        data={
            "since": str(row.since),
            "until": str(row.until or ""),
            "ended_at": row.ended_at.isoformat() if row.ended_at else "",
        },
    )
