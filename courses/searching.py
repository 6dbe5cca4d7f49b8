"""What courses give to search: courses, the lessons inside them, providers, and, for their own staff, imported packs.

Owns: which of it is found by whom. Refuses: drafts, courses and lessons under a view restriction, questions; of what only learners may
open, a result shows nothing, though the words in it are found (lesson_words.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from hashlib import blake2b
from itertools import islice
from operator import or_
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.models import PageViewRestriction

from courses.html import text_of
from courses.lesson_words import Reader, Words, words_of
from courses.packs.models import PackImport
from courses.packs.report import State
from courses.pages.models import CoursePage, LessonPage
from courses.releases.models import Release, ReleaseLesson
from courses.taxonomy import Kind, Level, Mode, Sector
from courses.translations.queries import current_translations
from lms.accounts.api import Organisation, Role, brands_of, organisation_names
from search.api import BESIDE, PUBLIC, Document, Facet, kept_texts, texts_of

BODY_LIMIT = 60_000
# Courses at a time: their lessons' texts are in memory together.
BATCH = 25
SUMMARY_CHARS = 120
# A course stands before the lesson that is in it.
LESSON_BOOST = 0.4
# Hundredths of a 学时: from how much on a course falls into a range.
HOURS = (("0-4", 0), ("5-9", 500), ("10-19", 1000), ("20-39", 2000), ("40-", 4000))
# Who of an organisation works with its packs (packs/queries.imports_for).
PACK_ROLES = (Role.EDITOR,)

Signals = Callable[[Iterable[int]], Mapping[int, Mapping[str, float]]]
_signals: list[Signals] = []


def register_signals(function: Signals) -> None:
    """`function(courses)` → how each course is taken (search.ranking: learners, completion, satisfaction, ratings), in two queries. Courses know
    no learners; the package that does registers, and tells with `course.taken` when it would answer otherwise."""
    _signals[:] = [function]


OccupationNames = Callable[[Iterable[str]], Mapping[str, str]]
_occupation_names: list[OccupationNames] = []


def register_occupation_names(function: OccupationNames) -> None:
    """`function(codes)` → names of occupations, in one query. Courses know codes; the package that has a catalogue of
    certificates registers their names."""
    _occupation_names[:] = [function]


def occupation_labels(codes: Iterable[str]) -> Mapping[str, str]:
    """Code → name and code, of those whose names are known."""
    names = _occupation_names[0](list(codes)) if _occupation_names else {}
    return {code: f"{name} {code}" for code, name in names.items()}


def language_labels(tags: Iterable[str]) -> Mapping[str, str | Promise]:
    """BCP 47 tag → its name in the reader's language, of those that have one."""
    found: dict[str, str | Promise] = {}
    for tag in tags:
        with suppress(KeyError):
            found[tag] = get_language_info(tag.lower())["name_translated"]
    return found


def hours_range(centihours: int) -> str:
    """The range of HOURS that a course's hours fall into."""
    return [name for name, least in HOURS if centihours >= least][-1]


KIND = Facet("kind", _("类别"), values=dict(Kind.choices), order="given", sought=True)
YEAR = Facet("year", _("年度"), order="falling", form="[0-9]{4}", sought=True)
SECTOR = Facet("sector", _("行业"), values=dict(Sector.choices), order="given")
OCCUPATION = Facet(
    "occupation",
    _("职业"),
    look_up=occupation_labels,
    suggested=True,
    unnamed=_("%(value)s（目录未收）"),
    form="[1-8](-[0-9]{2}){3}",
    sought=True,
)
LEVEL = Facet("level", _("等级"), values={str(value): label for value, label in Level.choices}, order="given")
HOURS_FACET = Facet(
    "hours",
    _("学时数"),
    values={
        "0-4": _("5 学时以下"),
        "5-9": _("5 至 9 学时"),
        "10-19": _("10 至 19 学时"),
        "20-39": _("20 至 39 学时"),
        "40-": _("40 学时以上"),
    },
    order="given",
)
PROVIDER = Facet("provider", pgettext_lazy("机构", "单位"), look_up=organisation_names)
MODE = Facet("mode", _("方式"), values=dict(Mode.choices), order="given")
# A language may be one that Django has no name for; a tag is written as BCP 47 says.
LANGUAGE = Facet(
    "language",
    _("授课语言"),
    look_up=language_labels,
    unnamed="%(value)s",
    form="[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*",
)


def _published(ids: Iterable[str] | None) -> QuerySet[CoursePage]:
    courses = CoursePage.objects.live().public().select_related("provider").order_by("pk")
    return courses if ids is None else courses.filter(uuid__in=list(ids))


def _newest(courses: Iterable[CoursePage]) -> dict[int, Release]:
    """Course → its newest release. One query."""
    newer = Release.objects.filter(course=OuterRef("course"), number__gt=OuterRef("number"))
    rows = Release.objects.filter(~Exists(newer), course__in=list(courses))
    return {row.course_id: row for row in rows}


def _lessons(
    releases: Mapping[int, Release], courses: Iterable[CoursePage]
) -> dict[int, list[ReleaseLesson]]:
    """Release → its lessons in order, those apart that stand under a view restriction of their own. Two queries, and one more where
    there are such."""
    closed = _closed(courses)
    found: dict[int, list[ReleaseLesson]] = {}
    rows = ReleaseLesson.objects.filter(release__in=list(releases.values()))
    course_of = {release.pk: course for course, release in releases.items()}
    for row in rows.order_by("release", "position"):
        if (course_of[row.release_id], row.key) not in closed:
            found.setdefault(row.release_id, []).append(row)
    return found


def _closed(courses: Iterable[CoursePage]) -> set[tuple[int, str]]:
    """Courses with the keys of their lessons that only some may see: restricted themselves, or by their chapter."""
    below = {course.path: course.pk for course in courses}
    if not below:
        return set()
    locked = _beginning("page__path", below)
    paths = list(PageViewRestriction.objects.filter(locked).values_list("page__path", flat=True))
    if not paths:
        return set()
    rows = LessonPage.objects.filter(_beginning("path", paths)).values_list("path", "key")
    return {(below[path[: -2 * LessonPage.steplen]], key) for path, key in rows}


def _beginning(field: str, paths: Iterable[str]) -> Q:
    return reduce(or_, (Q(**{f"{field}__startswith": path}) for path in paths))


def _batches(courses: QuerySet[CoursePage]) -> Iterator[list[CoursePage]]:
    walk = courses.iterator(chunk_size=BATCH)
    while batch := list(islice(walk, BATCH)):
        yield batch


def _filed(course: CoursePage) -> dict[str, list[str]]:
    """The facets that a course and its lessons share."""
    facets = {
        "kind": [course.kind],
        "year": [str(course.year)],
        "provider": [course.provider.code],
        "language": [course.language],
    }
    if course.sector:
        facets["sector"] = [course.sector]
    if course.occupation_code:
        facets["occupation"] = [course.occupation_code]
    if course.occupation_level:
        facets["level"] = [str(course.occupation_level)]
    return facets


class CourseSource:
    """The DocumentSource of live courses: their newest release is what is indexed."""

    type = "course"
    label = pgettext_lazy("种类", "课程")
    facets = (KIND, YEAR, SECTOR, OCCUPATION, LEVEL, HOURS_FACET, PROVIDER, MODE, LANGUAGE)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        words = Prefetch("translations", current_translations(), to_attr="translated")
        for batch in _batches(_published(ids).prefetch_related(words)):
            releases = _newest(batch)
            lessons = _lessons(releases, batch)
            signals = _signals[0]([course.pk for course in batch]) if _signals else {}
            for course in batch:
                release = releases.get(course.pk)
                if release is not None:
                    yield self._document(
                        course, release, lessons.get(release.pk, []), signals.get(course.pk, {})
                    )

    def _document(
        self,
        course: CoursePage,
        release: Release,
        lessons: list[ReleaseLesson],
        signals: Mapping[str, float],
    ) -> Document:
        translated = course.translated  # type: ignore[attr-defined]  # prefetched above
        facets = _filed(course) | {"mode": [course.mode], "hours": [hours_range(course.centihours)]}
        return Document(
            type=self.type,
            id=str(course.uuid),
            title=course.title,
            summary=course.summary,
            body=self._body(course, lessons),
            url=course.get_url() or "",
            language=course.language,
            facets=facets,
            extra={
                "icon": course.kind,
                "code": course.code,
                "kind": course.kind,
                "sector": course.sector,
                "theme": course.theme,
                "year": course.year,
                "centihours": course.centihours,
                "provider": course.provider.name,
                "mode": course.mode,
                # For the card: language → title and summary of a published translation.
                "words": {row.language: [row.current.title, row.current.summary] for row in translated},
            },
            published_at=release.published_at,
            expires_at=course.expire_at,
            audience=[PUBLIC],
            centihours=course.centihours,
            signals=signals,
            keywords=[
                *(course.code, course.occupation_code, course.provider.name),
                *(text for row in translated for text in (row.current.title, row.current.summary) if text),
            ],
        )

    def _body(self, course: CoursePage, lessons: list[ReleaseLesson]) -> str:
        # What a result shows of it begins with sentences of a person.
        parts = [text_of(course.description)]
        size = 0
        for lesson in lessons:
            text = " ".join(
                [
                    lesson.title,
                    *(text_of(block["value"]["html"]) for block in lesson.blocks if block["type"] == "text"),
                ]
            )
            parts.append(text)
            size += len(text)
            if size > BODY_LIMIT:
                break
        parts += [course.audience, str(course.year)]
        return " ".join(part for part in parts if part)


# --- lessons ---------------------------------------------------------------------------------------------


def lesson_id(course: UUID, key: str) -> str:
    """The document of a lesson: the same in every release of its course."""
    short = key if len(key) <= 60 else blake2b(key.encode(), digest_size=16).hexdigest()
    return f"{course.hex}-{short}"


def lesson_ids(course: UUID) -> list[str]:
    """The documents of a course's lessons, also of those that only earlier releases had."""
    keys = ReleaseLesson.objects.filter(release__course__uuid=course).order_by().values_list("key", flat=True)
    return [lesson_id(course, key) for key in keys.distinct()]


@dataclass
class _Lesson:
    row: ReleaseLesson
    course: CoursePage
    release: Release
    words: Words = field(default_factory=Words)


class LessonSource:
    """Lessons of live courses, each leading to its place in the course's contents."""

    type = "lesson"
    label = pgettext_lazy("种类", "课时")
    # What else a lesson is found by, where a result shows nothing of it.
    unseen = _("字幕、文稿、附件或章名")
    facets = (KIND, YEAR, SECTOR, OCCUPATION, LEVEL, PROVIDER, LANGUAGE)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        wanted = None if ids is None else set(ids)
        courses = None if wanted is None else _courses_in(wanted)
        for batch in _batches(_published(courses)):
            releases = _newest(batch)
            lessons = _lessons(releases, batch)
            readers: dict[str, Reader] = {}
            found = [
                _Lesson(row, course, releases[course.pk], words_of(row.blocks, readers))
                for course in batch
                if course.pk in releases
                for row in lessons.get(releases[course.pk].pk, [])
                if wanted is None or lesson_id(course.uuid, row.key) in wanted
            ]
            keys = sorted({key for one in found for key in one.words.keys})
            # Single lessons are asked for in an event's transaction, which must not last: `unread_files` are a job's.
            texts = texts_of({key: readers[key] for key in keys}) if wanted is None else kept_texts(keys)
            for one in found:
                yield self._document(one, texts)

    def _document(self, one: _Lesson, texts: Mapping[str, str]) -> Document:
        row, course = one.row, one.course
        seen = " ".join(" ".join(text for text in one.words.seen if text).split())
        unseen = [*one.words.unseen, *(texts.get(key, "") for key in one.words.keys)]
        return Document(
            type=self.type,
            id=lesson_id(course.uuid, row.key),
            title=row.title,
            summary=seen[:SUMMARY_CHARS] + ("…" if len(seen) > SUMMARY_CHARS else ""),
            body=seen[:BODY_LIMIT],
            unseen=" ".join(text for text in unseen if text),
            url=f"{course.get_url() or ''}#lesson-{row.position + 1}",
            language=course.language,
            facets=_filed(course),
            extra={
                "icon": "book",
                "code": course.code,
                "within": course.title,
                "provider": course.provider.name,
                "year": course.year,
            },
            boost=LESSON_BOOST,
            published_at=one.release.published_at,
            expires_at=course.expire_at,
            audience=[PUBLIC],
            keywords=[row.chapter_title, course.code],
        )


def unread_files(course: UUID) -> dict[str, Reader]:
    """Key → how it is read, of the files in a course's newest release whose words are not kept. Five queries."""
    readers: dict[str, Reader] = {}
    courses = list(_published([str(course)]))
    for lessons in _lessons(_newest(courses), courses).values():
        for lesson in lessons:
            words_of(lesson.blocks, readers)
    kept = kept_texts(readers)
    return {key: reader for key, reader in readers.items() if key not in kept}


def _courses_in(ids: Iterable[str]) -> list[str]:
    """The courses of lessons' documents; what is no such id belongs to none."""
    found = set()
    for one in ids:
        try:
            found.add(str(UUID(one.partition("-")[0])))
        except ValueError:
            continue
    return sorted(found)


# --- providers -------------------------------------------------------------------------------------------


class OrganisationSource:
    """Organisations with a page of their own (pages/providers.py): those with a live course, or that say something of
    themselves. A suspended one is not found."""

    type = "organisation"
    label = pgettext_lazy("种类", "机构")
    facets = (Facet("body", _("机构类别"), values=dict(Organisation.Kind.choices), order="given"),)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        live = CoursePage.objects.live().public()
        rows = Organisation.objects.filter(status=Organisation.Status.ACTIVE).order_by("pk")
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        walk = rows.iterator(chunk_size=BATCH)
        while batch := list(islice(walk, BATCH)):
            brands = brands_of(batch)
            counted = live.filter(provider__in=batch).order_by().values("provider")
            numbers = {
                row["provider"]: (row["n"], row["last"])
                for row in counted.annotate(n=Count("pk"), last=Max("last_published_at"))
            }
            for row in batch:
                count, last = numbers.get(row.pk, (0, None))
                if count or brands[row.pk].version:
                    yield self._document(row, brands[row.pk], last)

    def _document(self, row: Organisation, brand: Any, last: datetime | None) -> Document:
        names = list(
            dict.fromkeys(name for name in (brand.name, brand.legal_name, row.name, row.code) if name)
        )
        return Document(
            type=self.type,
            id=str(row.uuid),
            title=brand.name or row.name,
            summary=brand.introduction[:SUMMARY_CHARS],
            body=brand.introduction,
            url=reverse("provider", args=[row.code]),
            language=settings.LANGUAGE_CODE,
            facets={"body": [row.kind]},
            boost=BESIDE,
            extra={"icon": "building"},
            published_at=last or row.created_at,
            audience=[PUBLIC],
            keywords=names,
        )


# --- packs, for staff ------------------------------------------------------------------------------------


class PackSource:
    """Packs that were brought in, for the editors of their organisation."""

    type = "pack"
    label = _("课程包（导入）")
    staff = True
    facets = (PROVIDER,)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = PackImport.objects.filter(state=State.DONE).select_related("organisation", "course")
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        for row in rows.order_by("pk").iterator(chunk_size=BATCH * 4):
            yield Document(
                type=self.type,
                id=str(row.uuid),
                title=row.course.title if row.course else str(row.report.get("title") or row.file_name),
                summary=row.file_name,
                url=reverse("courses_pack_import", args=[row.uuid]),
                facets={"provider": [row.organisation.code]},
                extra={"provider": row.organisation.name, "day": row.created_at.isoformat()},
                published_at=row.created_at,
                audience=[*(f"org:{row.organisation.uuid}:{role}" for role in PACK_ROLES), "platform"],
                keywords=[row.course.code if row.course else "", row.format, row.organisation.name],
            )

    def keys(self, words: str) -> None:
        return None

    def cards(self, viewer: Any, ids: Iterable[str]) -> None:
        return None


SOURCES = (CourseSource(), LessonSource(), OrganisationSource(), PackSource())
