"""Reading the review: whose course it is, who is next, who wrote it, and what happened to it."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Model, Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Substr
from wagtail.models import (
    Comment,
    ModelLogEntry,
    Page,
    PageLogEntry,
    Revision,
    Task,
    TaskState,
    Workflow,
    WorkflowState,
)

from courses.h5p.models import H5PContent
from courses.media.models import CourseVideo
from courses.media.stored import first_name
from courses.pages.models import ChapterPage, CoursePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import Release, ReleaseLesson
from courses.review.models import OneStepPublishing, PlatformReview, ProviderApproval, Submission
from courses.review.shown import blocks_of
from courses.review.words import ACTIONS, step_name
from lms.accounts.api import Organisation, Role, User, holds, organisations_for
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.once import once

WORKFLOW = "课程发布审核"
TOLD = [f"wagtail.workflow.{verb}" for verb in ("start", "resume", "approve", "reject", "cancel")]
# The block kinds that show a file, and where in their value it is.
FILES = {"video": "video", "image": "image", "file": "document"}


def course_workflow() -> Workflow | None:
    """The one way to publish; None before the first migration has run to its end."""
    return Workflow.objects.filter(name=WORKFLOW, active=True).first()


# What Wagtail's lists of pages bring with every row: where it is in review, and whether it waits for its day.
_LISTED = {"_current_workflow_states", "_approved_schedule"}


def course_row(page: Any) -> CoursePage | None:
    """The course that a page belongs to, as it stands in the database with where it is in review: a draft may name another
    provider. The same for all rows of a list, so asked once."""
    # Wagtail's own prefetch looks for the states of pages, which a queryset of courses has none of.
    states = WorkflowState.objects.active().select_related("current_task_state__task")
    states = Prefetch("_specific_workflow_states", states, to_attr="_current_workflow_states")
    courses = CoursePage.objects.select_related("provider").prefetch_related(states)
    courses = courses.annotate_approved_schedule()
    if isinstance(page, CoursePage) and vars(page).keys() >= _LISTED:
        return page
    if isinstance(page, CoursePage) or page.specific_class is CoursePage:
        return once(("course", page.pk), lambda: courses.filter(pk=page.pk).first())
    # Three steps a chapter of a course is always above its lessons.
    above = [page.path[:length] for length in range(page.steplen, len(page.path), page.steplen)]
    return once(("course above", *above[-1:]), lambda: courses.filter(path__in=above).first())


def live_below(page: Page) -> set[str]:
    """Which pages beside this one, itself among them, have a live page below: their paths."""
    above = page.path[: -page.steplen]
    live = Page.objects.filter(path__startswith=above, depth__gt=page.depth, live=True)
    tops = live.annotate(top=Substr("path", 1, len(page.path))).values_list("top", flat=True).distinct()
    return once(("live below", above), lambda: set(tops.order_by()))


def task_of(course: Page) -> Any:
    """The step the course is at (a CourseTask), None when it is not in review."""
    state = course.current_workflow_task_state
    return once(("task", state.task_id), lambda: state.task.specific) if state else None


def one_step(organisation: Organisation) -> bool:
    """Whether its editors publish without review today."""
    return one_step_organisations().filter(organisation=organisation).exists()


def one_step_organisations() -> QuerySet[OneStepPublishing]:
    day = today()
    return OneStepPublishing.objects.filter(
        Q(until__isnull=True) | Q(until__gte=day), since__lte=day, ended_at__isnull=True
    )


def holds_for(user: Any, course: CoursePage, *roles: Role) -> bool:
    """Whether the user holds one of the roles in the organisation of the course; a list of courses asks it once."""
    key = ("holds for", user.pk, course.provider_id, *roles)
    return once(key, lambda: holds(user, *roles, organisation=course.provider))


def is_reviewer(user: Any) -> bool:
    return holds(user, Role.APPROVER, Role.CURATOR)


def only_reviews(page: Any, user: Any) -> bool:
    """Whether the user is here to look and not to write: every course in review is so, also for those who write it."""
    course = course_row(page)
    task = task_of(course) if course else None
    return task is not None and not user.is_superuser


def waiting_for(user: User) -> QuerySet[TaskState]:
    """The steps under way that this user may look at, oldest first: the approver's own organisations, all of the
    platform for its reviewers."""
    found = TaskState.objects.filter(
        status=TaskState.STATUS_IN_PROGRESS, workflow_state__status=WorkflowState.STATUS_IN_PROGRESS
    )
    own = [
        str(pk)
        for pk in CoursePage.objects.filter(provider__in=organisations_for(user, Role.APPROVER)).values_list(
            "pk", flat=True
        )
    ]
    mine = Q(task__in=_tasks(ProviderApproval), workflow_state__object_id__in=own)
    if holds(user, Role.CURATOR):
        mine |= Q(task__in=_tasks(PlatformReview))
    return found.filter(mine).order_by("started_at", "pk")


def handed_in(user: User) -> QuerySet[WorkflowState]:
    """What the user's organisations have handed in and has no end yet, newest first."""
    own = CoursePage.objects.filter(provider__in=organisations_for(user, Role.EDITOR, Role.APPROVER))
    keys = [str(pk) for pk in own.values_list("pk", flat=True)]
    return WorkflowState.objects.active().filter(object_id__in=keys).order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Row:
    """A course in a queue."""

    course: CoursePage
    step: str
    since: datetime
    by: str
    returned: bool


def rows_of(found: list[Any]) -> list[Row]:
    """Steps, or workflows, with their courses: one query for each kind of thing they name."""
    prefetch_related_objects(found, *(_STEP if found and isinstance(found[0], TaskState) else _STATE))
    states = [item.workflow_state if isinstance(item, TaskState) else item for item in found]
    courses = CoursePage.objects.select_related("provider").in_bulk(
        [int(state.object_id) for state in states]
    )
    rows = []
    for item, state in zip(found, states, strict=True):
        step = item if isinstance(item, TaskState) else state.current_task_state
        rows.append(
            Row(
                course=courses[int(state.object_id)],
                step=step_name(step.task) if step else "",
                since=step.started_at if step else state.created_at,
                by=str(state.requested_by) if state.requested_by else "",
                returned=state.status == WorkflowState.STATUS_NEEDS_CHANGES,
            )
        )
    return rows


_STEP = ("task", "workflow_state__requested_by")
_STATE = ("current_task_state__task", "requested_by")


def returned_word(state: WorkflowState | None) -> TaskState | None:
    """Why a course came back, while nobody has handed it in again."""
    if state is None or state.status != WorkflowState.STATUS_NEEDS_CHANGES:
        return None
    found: TaskState | None = (
        state.task_states.filter(status=TaskState.STATUS_REJECTED)
        .select_related("finished_by")
        .order_by("-pk")
        .first()
    )
    return found


def taken_away(course: CoursePage) -> tuple[AuditRow, str] | None:
    """Why a course that was published is in no catalogue now, and by whom; None where it is, or its day of closing came."""
    if course.live:
        return None
    acts = AuditRow.objects.filter(target=course.uuid, action="course.archive")
    row = acts.order_by("-at", "-pk").first()
    released = course.releases.order_by("-number").values_list("published_at", flat=True).first()
    if row is None or released is None or row.at < released:
        return None
    return row, str(User.objects.filter(uuid=row.person).first() or "") if row.person else ""


def _tasks(model: type[Task]) -> list[int]:
    return list(model.objects.values_list("pk", flat=True))


def deciders(task: Any, course: CoursePage) -> QuerySet[User]:
    """Who is told that a step waits for them: those who hold its role today, but nobody who wrote the course."""
    held = Q(memberships__until__isnull=True) | Q(memberships__until__gte=today())
    where = task.deciders(course)
    if where:
        held &= Q(memberships__organisation=where["organisation"])
    people = User.objects.filter(
        held,
        is_active=True,
        memberships__role=task.role,
        memberships__since__lte=today(),
        memberships__organisation__status=Organisation.Status.ACTIVE,
    )
    return people.exclude(pk__in=authors(course)).distinct()


# -- who wrote it ------------------------------------------------------------------------------------------


def tree(course: Page) -> Any:
    """The pages of a course, itself among them."""
    return Page.objects.filter(path__startswith=course.path, depth__gte=course.depth)


def has_written(user: User, course: CoursePage) -> bool:
    """Whether the person ever owned or saved a page of the course, in whichever release."""
    pages = tree(course)
    if pages.filter(owner=user).exists():
        return True
    keys = [str(pk) for pk in pages.values_list("pk", flat=True)]
    kind = ContentType.objects.get_for_model(Page)
    return Revision.objects.filter(base_content_type=kind, object_id__in=keys, user=user).exists()


def authors(course: CoursePage) -> set[int]:
    """Everyone who saved something since the last release, pages or what they show (questions, films, exercises), and who
    handed it in. What is saved while a step is under way is comments: nothing else can be then."""
    release = Release.objects.filter(course=course).order_by("-number").first()
    last = release.published_at if release else None
    pages = [str(pk) for pk in tree(course).values_list("pk", flat=True)]
    saved = Revision.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Page), object_id__in=pages, user__isnull=False
    )
    if last is not None:
        saved = saved.filter(created_at__gt=last)
    looks = list(
        TaskState.objects.filter(workflow_state__in=course.workflow_states).values_list(
            "started_at", "finished_at"
        )
    )
    found = {
        user
        for user, at in saved.values_list("user", "created_at")
        if not any(begun <= at and (ended is None or at <= ended) for begun, ended in looks)
    }
    found |= material_authors(course, release)
    asked = course.workflow_states.filter(status=WorkflowState.STATUS_IN_PROGRESS)
    for by, since in asked.values_list("requested_by", "created_at"):
        # Returned, it may have been handed in again by somebody else: both did.
        handed = AuditRow.objects.filter(action="course.submit", target=course.uuid, at__gte=since)
        found |= {by} | set(
            User.objects.filter(uuid__in=handed.values("person")).values_list("pk", flat=True)
        )
    return found - {None}


@dataclass(frozen=True)
class Materials:
    """What lessons show that stands in a library of its own: rows, or what a release pinned of them."""

    questions: set[Any] = field(default_factory=set)
    films: set[Any] = field(default_factory=set)
    exercises: set[Any] = field(default_factory=set)

    def add(self, block: dict[str, Any]) -> None:
        """A block of a draft (rows by number), or of a release (questions and exercises by uuid, films by file)."""
        value = block["value"]
        if block["type"] == "quiz":
            self.questions.update(asked.get("value", asked.get("id")) for asked in value["questions"])
        elif block["type"] in ("video", "audio"):
            self.films.add(value.get("video", value.get("file")))
        elif block["type"] == "h5p":
            self.exercises.add(value["content"])


def material_authors(course: CoursePage, release: Release | None) -> set[int]:
    """Who wrote the questions, films and exercises that the drafts show: since the release where it shows them already,
    ever where they are new to the course."""
    shown, pinned = Materials(), Materials()
    for lesson in LessonPage.objects.descendant_of(course).select_related("latest_revision"):
        for block in blocks_of(lesson):
            shown.add(block)
    for blocks in ReleaseLesson.objects.filter(release=release).values_list("blocks", flat=True):
        for block in blocks:
            pinned.add(block)
    new: dict[type[Model], dict[str, bool]] = {Question: {}, CourseVideo: {}}
    for question in Question.objects.filter(pk__in=shown.questions).only("uuid"):
        new[Question][str(question.pk)] = str(question.uuid) not in pinned.questions
    for film in CourseVideo.objects.filter(pk__in=shown.films).prefetch_related("ladders"):
        files = {film.file.name, *(ladder.source for ladder in film.ladders.all())}
        new[CourseVideo][str(film.pk)] = not files & pinned.films
    since = release.published_at if release else None
    return _loggers(new, since) | _exercise_authors(shown.exercises, pinned.exercises, since)


def _loggers(rows: dict[type[Model], dict[str, bool]], since: datetime | None) -> set[int]:
    """Who, by Wagtail's log, made or changed these rows; of those that are not new, since then."""
    kinds = {ContentType.objects.get_for_model(model).pk: known for model, known in rows.items()}
    logged = Q(pk__in=[])
    for kind, known in kinds.items():
        logged |= Q(content_type=kind, object_id__in=list(known))
    written = ModelLogEntry.objects.filter(
        logged, action__in=("wagtail.create", "wagtail.edit"), user__isnull=False
    )
    return {
        user
        for kind, key, user, at in written.values_list("content_type", "object_id", "user", "timestamp")
        if kinds[kind][key] or since is None or at > since
    }


def _exercise_authors(keys: set[Any], pinned: set[Any], since: datetime | None) -> set[int]:
    """By the audit: each version has an identity of its own, and one that is released is no news."""
    versions: dict[UUID, bool] = {}
    for content in H5PContent.objects.filter(pk__in=keys).prefetch_related("former"):
        all_ = [content.uuid, *(former.uuid for former in content.former.all())]
        new = not any(str(uuid) in pinned for uuid in all_)
        versions |= {uuid: new for uuid in all_ if str(uuid) not in pinned}
    acts = AuditRow.objects.filter(
        action__in=("h5p.install", "h5p.upgrade", "h5p.finish"),
        target__in=list(versions),
        person__isnull=False,
    )
    people = {
        person
        for target, person, at in acts.values_list("target", "person", "at")
        if target and person and (versions[target] or since is None or at > since)
    }
    return set(User.objects.filter(uuid__in=people).values_list("pk", flat=True))


def barred(page: Any, user: Any, task: Task) -> bool:
    """Whether this person may not decide the step though the role is theirs: it is their own work, or they have passed the
    course at the other step already. Four eyes are two people."""
    course = course_row(page)
    if course is None or user.pk in authors(course):
        return True
    state = course.current_workflow_state
    passed = TaskState.objects.filter(
        workflow_state=state, status=TaskState.STATUS_APPROVED, finished_by=user
    ).exclude(task_id=task.pk)
    return passed.exists()


# -- what is handed in -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drafts:
    """A course as it would be published: drafts in the order of the tree, without what is to be taken out."""

    course: CoursePage
    chapters: list[ChapterPage]
    lessons: list[LessonPage]

    @property
    def pages(self) -> list[Any]:
        return [self.course, *self.chapters, *self.lessons]


def drafts_of(course: CoursePage) -> Drafts:
    """The newest drafts of a course, in a fixed number of queries."""
    pages = list(tree(course).order_by("path").specific())
    known = Revision.objects.in_bulk([page.latest_revision_id for page in pages if page.latest_revision_id])
    found = [_draft_of(page, known.get(page.latest_revision_id)) for page in pages]
    chapters = [page for page in found if isinstance(page, ChapterPage) and not page.withdrawn]
    kept = {page.path for page in chapters}
    return Drafts(
        course=found[0],
        chapters=chapters,
        lessons=[
            page
            for page in found
            if isinstance(page, LessonPage) and not page.withdrawn and page.path[: -page.steplen] in kept
        ],
    )


def _draft_of(page: Any, revision: Revision | None) -> Any:
    """What the page's newest revision says, at the page's own place in the tree."""
    if revision is None:
        return page
    # Drafts from before there was such a field say nothing of it: the page does.
    content = {"withdrawn": getattr(page, "withdrawn", False)} | revision.content
    draft = type(page).from_serializable_data(content, check_fks=False)
    draft.pk = draft.id = page.pk
    draft.path, draft.depth, draft.numchild = page.path, page.depth, page.numchild
    draft.live, draft.has_unpublished_changes = page.live, page.has_unpublished_changes
    return draft


def content_of(drafts: Drafts) -> dict[str, Any]:
    """What a submission consists of, as plain values: what people wrote, and none of what machines make of it."""
    course = drafts.course
    names = ("code", "kind", "theme", "year", "sector", "department", "occupation_code", "occupation_level")
    more = ("centihours", "provider_id", "mode", "language", "summary", "description", "audience", "licence")
    rest = ("authors", "cover_id", "min_coverage_percent", "quiz_rule", "title", "go_live_at", "expire_at")
    facts = {name: getattr(course, name) for name in names + more + rest}
    return {
        "course": facts | {"outcomes": [outcome.text for outcome in course.outcomes.all()]},
        "chapters": [[page.path, page.title] for page in drafts.chapters],
        "lessons": [
            [page.path, page.key, page.title, page.body.get_prep_value(), _behind(page)]
            for page in drafts.lessons
        ],
    }


def _behind(lesson: LessonPage) -> list[Any]:
    """What a lesson's blocks point at, by what it holds: a row can be given another file or answer."""
    found: list[Any] = []
    for block in lesson.body:
        value = block.value
        if block.block_type == "quiz":
            found += [question.snapshot() for question in value["questions"]]
        elif block.block_type == "h5p":
            found.append(value["content"].content_hash)
        elif block.block_type == "package":
            found.append(value["package"].digest)
        elif block.block_type in FILES:
            found.append(first_name(value[FILES[block.block_type]].file.name))
    return found


@dataclass(frozen=True)
class Change:
    """A page of a course beside what learners have now; `comments` at its fields that nobody has resolved."""

    page: Page
    title: str
    what: str
    comments: int = 0


def changes(course: CoursePage) -> list[Change]:
    """What publishing would do, page by page: "new", "changed", "withdrawn" or "same"."""
    drafts = drafts_of(course)
    kept = {page.pk: page for page in drafts.pages}
    rows = tree(course)
    open_ones = Comment.objects.filter(page__in=rows.values("pk"), resolved_at=None)
    comments = dict(open_ones.order_by().values_list("page").annotate(Count("pk")))
    found = []
    for page in rows.order_by("path"):
        draft, said = kept.get(page.pk), comments.get(page.pk, 0)
        if draft is None:
            if page.live:
                found.append(Change(page, page.draft_title or page.title, "withdrawn", said))
            continue
        what = "new" if not page.live else "changed" if page.has_unpublished_changes else "same"
        found.append(Change(page, draft.title, what, said))
    return found


def submission_of(state: WorkflowState) -> Submission | None:
    return Submission.objects.filter(workflow_state=state).first()


# -- what happened -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    at: datetime
    who: str
    what: str
    about: str
    words: str


def history(course: CoursePage, limit: int = 500) -> list[Event]:
    """Who did what when, newest first: Wagtail's log of the course's pages and our audit of the course together."""
    pages = tree(course).values("pk")
    # What the audit says of each step, Wagtail's log says too.
    logged = (
        PageLogEntry.objects.filter(page__in=pages)
        .exclude(action__in=TOLD)
        .select_related("user")
        .order_by("-timestamp", "-pk")
    )
    releases = Release.objects.filter(course=course).values("uuid")
    audited = AuditRow.objects.filter(Q(target=course.uuid) | Q(target__in=releases)).order_by("-at", "-pk")
    found = [
        Event(
            row.timestamp,
            str(row.user) if row.user else "",
            row.message,
            row.label,
            row.comment or (row.data or {}).get("comment", ""),
        )
        for row in islice(logged, limit)
    ]
    rows = list(islice(audited, limit))
    people = {
        user.uuid: str(user) for user in User.objects.filter(uuid__in={r.person for r in rows if r.person})
    }
    for row in rows:
        about = str(row.data.get("number", "")) if row.action == "course.release" else ""
        who = people.get(row.person, "") if row.person else ""
        found.append(Event(row.at, who, str(ACTIONS.get(row.action, row.action)), about, row.reason))
    return sorted(found, key=lambda event: event.at, reverse=True)[:limit]
