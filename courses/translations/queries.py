"""Reading translations for those who write and pass them: what there is to translate, what is done, what has changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from courses.pages.models import CoursePage
from courses.releases.models import Release, ReleaseLesson
from courses.releases.rules import content_hash
from courses.releases.services import as_release
from courses.review.queries import drafts_of, one_step
from courses.translations.models import CourseTranslation, TranslatedText, TranslationVersion
from courses.translations.rules import (
    COURSE_PART,
    Former,
    Part,
    Segment,
    course_segments,
    digest,
    former_for,
    lesson_segments,
    question_faults,
    same_language,
)
from courses.translations.shown import description_of, language_name
from lms.accounts.api import Role, User, holds, organisations_for
from lms.lib.errors import NotFound

WRITERS = (Role.EDITOR,)
PASSERS = (Role.APPROVER,)
# With how many former texts one is compared: each costs some hundredths of a millisecond, and a page asks of every text.
FORMERS = 30


def languages_for(course: CoursePage) -> list[tuple[str, str]]:
    """The languages a course can be translated into, with their names: those its readers can choose, but its own."""
    codes = [code for code, _name in settings.LANGUAGES if not same_language(code, course.language)]
    return [(code, language_name(code)) for code in codes]


def takes_part(user: Any) -> bool:
    return holds(user, *WRITERS, *PASSERS, Role.CURATOR)


def courses_of(user: User) -> QuerySet[CoursePage]:
    """The courses whose translations are the user's to write or pass, those with one first."""
    own = organisations_for(user, *WRITERS, *PASSERS)
    rows = CoursePage.objects.select_related("provider")
    if not (user.is_superuser or holds(user, Role.CURATOR)):
        rows = rows.filter(provider__in=own)
    begun = CourseTranslation.objects.filter(course=OuterRef("pk"))
    return rows.annotate(begun=Exists(begun)).order_by("-begun", "title", "pk")


def course_for(user: User, uuid: UUID) -> CoursePage:
    """A course of one's own organisation; any, for the platform's reviewers. Others' are not there."""
    course = CoursePage.objects.select_related("provider").filter(uuid=uuid).first()
    if course is None or not (
        holds(user, *WRITERS, *PASSERS, organisation=course.provider) or holds(user, Role.CURATOR)
    ):
        raise NotFound
    return course


def standing_of(courses: Sequence[CoursePage]) -> dict[int, list[CourseTranslation]]:
    """Each course's translations with what readers have and whether something waits: one query."""
    texts = TranslatedText.objects.filter(translation=OuterRef("pk"))
    newer = texts.filter(written_at__gt=OuterRef("current__published_at"))
    rows = (
        CourseTranslation.objects.filter(course__in=courses)
        .select_related("current")
        .defer("current__texts")
        .annotate(has_newer=Exists(newer), has_texts=Exists(texts))
        .order_by("language")
    )
    found: dict[int, list[CourseTranslation]] = {course.pk: [] for course in courses}
    for row in rows:
        found[row.course_id].append(row)
    return found


# -- what there is to translate ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """A course's texts at a moment, and its questions, in parts."""

    parts: tuple[Part, ...]
    questions: tuple[tuple[Segment, Mapping[str, Any]], ...]

    @cached_property
    def by_digest(self) -> dict[str, Segment]:
        """Each text once, at the first place that says it."""
        found: dict[str, Segment] = {}
        for part in self.parts:
            for segment in part.segments:
                found.setdefault(segment.digest, segment)
        return found

    def part(self, key: str) -> Part:
        for part in self.parts:
            if part.key == key:
                return part
        raise NotFound


def source_of_draft(course: CoursePage) -> Source:
    """What editors have written, published or not. Raises Invalid where it could not be shown as a release."""
    drafts = drafts_of(course)
    release, lessons = as_release(drafts.course, drafts.chapters, drafts.lessons)
    return _source(drafts.course, release, lessons)


def source_of_release(release: Release) -> Source:
    """What learners have who begin today."""
    lessons = ReleaseLesson.objects.filter(release=release).order_by("position")
    return _source(release.course, release, list(lessons))


def newest_release(course: CoursePage) -> Release | None:
    return Release.objects.filter(course=course).select_related("course").order_by("-number").first()


def _source(page: CoursePage, release: Release, lessons: Iterable[ReleaseLesson]) -> Source:
    lessons = list(lessons)
    own = course_segments(
        release.title,
        release.summary,
        page.audience,
        description_of(page),
        [outcome.text for outcome in page.outcomes.all()],
        [lesson.chapter_title for lesson in lessons],
    )
    parts = [Part(COURSE_PART, release.title, own)]
    questions = []
    for lesson in lessons:
        parts.append(Part(lesson.key, lesson.title, lesson_segments(lesson.key, lesson.title, lesson.blocks)))
        for block in lesson.blocks:
            if block["type"] == "quiz":
                questions += [
                    (Segment("stem", question["stem"], lesson.key, block["id"]), question)
                    for question in block["value"]["questions"]
                ]
    return Source(tuple(parts), tuple(questions))


# -- what is done ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """The working copy of a translation beside its source. translation: None before anything was written."""

    course: CoursePage
    language: str
    translation: CourseTranslation | None
    source: Source
    rows: Mapping[str, TranslatedText]

    @property
    def texts(self) -> dict[str, str]:
        return {digest: row.text for digest, row in self.rows.items()}

    @property
    def fingerprint(self) -> str:
        """What the texts are at this moment, to tell whether they are still so."""
        return content_hash(self.texts)

    def look(self, role: str, source: str) -> str | None:
        row = self.rows.get(digest(role, source))
        return row.text if row else None

    @cached_property
    def _formers(self) -> dict[str, list[tuple[str, Former]]]:
        """By role, the texts whose source is not said any more, each with the part it stood in."""
        found: dict[str, list[tuple[str, Former]]] = {}
        for key, row in self.rows.items():
            if key not in self.source.by_digest:
                found.setdefault(row.role, []).append((row.part, Former(row.source, row.text)))
        return found

    def former(self, segment: Segment) -> Former | None:
        """What stood here in translation before its source was changed."""
        if segment.digest in self.rows or segment.role not in self._formers:
            return None
        formers = self._formers[segment.role]
        if len(formers) > FORMERS:
            # Of a course that was written anew each text has as many: the nearest in length of its own part come first.
            formers = nsmallest(
                FORMERS,
                formers,
                lambda one: (one[0] != segment.part, abs(len(one[1].source) - len(segment.source))),
            )
        return former_for(segment.source, (former for _part, former in formers))

    def figures(self, part: Part) -> dict[str, int]:
        """{"total", "done", "stale"}: how many texts, with a translation, and with one of an earlier wording only."""
        open_ones = [segment for segment in part.segments if segment.digest not in self.rows]
        return {
            "total": len(part.segments),
            "done": len(part.segments) - len(open_ones),
            "stale": sum(self.former(segment) is not None for segment in open_ones),
        }

    @property
    def unpublished(self) -> list[TranslatedText]:
        """The texts that readers have not, or have otherwise."""
        current = self.published
        return [row for key, row in self.rows.items() if current.get(key) != row.text]

    @property
    def emptied(self) -> int:
        """How many texts readers have that were taken out since."""
        return len(self.published.keys() - self.rows.keys())

    @cached_property
    def published(self) -> dict[str, str]:
        version = self.translation.current if self.translation else None
        return dict(version.texts) if version else {}

    @cached_property
    def faults(self) -> list[tuple[Segment, str]]:
        """What has to be put right before it is published, each with its question."""
        return [
            (segment, sentence)
            for segment, question in self.source.questions
            for sentence in question_faults(question, self.look)
        ]


def work_on(course: CoursePage, language: str, source: Source | None = None) -> Work:
    """Raises NotFound for a language the course is not translated into."""
    if language not in dict(languages_for(course)):
        raise NotFound
    translation = (
        CourseTranslation.objects.filter(course=course, language=language).select_related("current").first()
    )
    rows = (
        {row.digest: row for row in TranslatedText.objects.filter(translation=translation)}
        if translation
        else {}
    )
    return Work(course, language, translation, source or source_of_draft(course), rows)


def versions_of(translation: CourseTranslation | None) -> QuerySet[TranslationVersion]:
    """Newest first, without their texts."""
    rows = TranslationVersion.objects.filter(translation=translation).select_related("release").defer("texts")
    return rows.order_by("-number") if translation else rows.none()


def names_of(people: Iterable[UUID | None]) -> dict[UUID, str]:
    """What the people who wrote are called."""
    wanted = {person for person in people if person is not None}
    return {user.uuid: str(user) for user in User.objects.filter(uuid__in=wanted)} if wanted else {}


def may_write(user: User, course: CoursePage) -> bool:
    return holds(user, *WRITERS, organisation=course.provider)


def may_publish(user: User, work: Work) -> bool:
    """Whether publishing is this person's; what they wrote themselves they pass only where one step is enough."""
    if user.is_superuser or one_step(work.course.provider):
        return holds(user, *WRITERS, *PASSERS, organisation=work.course.provider)
    return holds(user, *PASSERS, organisation=work.course.provider) and not wrote(user, work)


def wrote(user: User, work: Work) -> bool:
    """Whether something that waits is the person's own work."""
    return any(row.written_by == user.uuid for row in work.unpublished)


def current_translations() -> QuerySet[CourseTranslation]:
    """Those that readers have, with the version but not its texts: for lists and the search index."""
    rows = CourseTranslation.objects.filter(current__isnull=False).select_related("current")
    return rows.defer("current__texts")
