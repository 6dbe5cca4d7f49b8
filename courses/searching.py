"""Courses as search documents. The text inside lessons is found too, and leads to its course."""

from collections.abc import Iterable, Iterator

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from courses.html import text_of
from courses.pages.models import CoursePage
from courses.releases.models import Release, ReleaseLesson
from courses.taxonomy import Kind, Mode, Sector
from courses.translations.queries import current_translations
from search.api import PUBLIC, Document, Facet

BODY_LIMIT = 60_000


class CourseSource:
    """The DocumentSource of live courses: their newest release is what is indexed."""

    type = "course"
    label = _("课程")
    facets = (
        Facet("kind", _("类别"), values=dict(Kind.choices), order="given"),
        Facet("year", _("年度"), order="falling"),
        Facet("sector", _("行业"), values=dict(Sector.choices), order="given"),
        Facet("mode", _("方式"), values=dict(Mode.choices), order="given"),
    )

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        courses = CoursePage.objects.live().public().select_related("provider").order_by("pk")
        if ids is not None:
            courses = courses.filter(uuid__in=list(ids))
        newest = Prefetch("releases", Release.objects.order_by("-number"), to_attr="by_number")
        words = Prefetch("translations", current_translations(), to_attr="translated")
        for course in courses.prefetch_related(newest, words).iterator(chunk_size=100):
            if course.by_number:
                yield self._document(course, course.by_number[0])

    def _document(self, course: CoursePage, release: Release) -> Document:
        translated = course.translated  # type: ignore[attr-defined]  # prefetched above
        facets = {"kind": [course.kind], "year": [str(course.year)], "mode": [course.mode]}
        if course.sector:
            facets["sector"] = [course.sector]
        return Document(
            type=self.type,
            id=str(course.uuid),
            title=course.title,
            summary=course.summary,
            body=self._body(course, release),
            url=course.get_url() or "",
            language=course.language,
            facets=facets,
            extra={
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
            audience=[PUBLIC],
            centihours=course.centihours,
            keywords=[
                *(course.code, course.occupation_code, course.provider.name),
                *(text for row in translated for text in (row.current.title, row.current.summary) if text),
            ],
        )

    def _body(self, course: CoursePage, release: Release) -> str:
        parts = [
            str(course.year),
            course.audience,
            text_of(course.description),
        ]
        size = 0
        for title, blocks in ReleaseLesson.objects.filter(release=release).values_list("title", "blocks"):
            text = " ".join(
                [title, *(text_of(block["value"]["html"]) for block in blocks if block["type"] == "text")]
            )
            parts.append(text)
            size += len(text)
            if size > BODY_LIMIT:
                break
        return " ".join(part for part in parts if part)
