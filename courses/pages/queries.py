"""What the pages show, each in a fixed number of queries however long the course or the catalogue is."""

from itertools import count, groupby
from typing import Any

from django.db.models import Count
from django.http import HttpRequest

from courses.pages.models import CataloguePage, CoursePage
from courses.panel import continue_panel, course_note, course_rating, learner_panel
from courses.releases.models import Release, ReleaseLesson
from courses.releases.queries import current_release, has_foreign, lesson_outline
from courses.taxonomy import Kind
from courses.translations.api import Words, carded, description_of, words_for
from lms.accounts.api import brand_of
from search import api as search

FACETS = ("kind", "year", "sector", "occupation", "level", "hours", "provider", "mode", "language")
NEWEST = 6


def home_context(request: HttpRequest) -> dict[str, Any]:
    live = CoursePage.objects.live().public()
    newest = live.select_related("provider").order_by("-first_published_at")[:NEWEST]
    # A01 (372号 三(一)): totals split by type.
    counts = dict(live.order_by().values_list("kind").annotate(Count("pk")))
    return {
        "kinds": [{"value": kind.value, "label": kind.label, "count": counts.get(kind, 0)} for kind in Kind],
        "newest": carded(newest),
        "catalogue": CataloguePage.objects.live().first(),
        "continue_courses": continue_panel(request.user),
    }


def catalogue_context(request: HttpRequest) -> dict[str, Any]:
    shown = search.show(
        search.parse_request(request.GET, types=("course",), facets=FACETS), getattr(request, "user", None)
    )
    return {"shown": shown, "results": shown.results, "q": shown.results.query}


def course_context(request: HttpRequest, page: CoursePage) -> dict[str, Any]:
    preview = getattr(request, "is_preview", False)
    release, outline = _drafted(page) if preview else _released(page)
    words = None if preview else words_for(page.pk, page.language, request)
    return {
        "release": release,
        "words": words,
        "shown": _shown(page, words),
        "chapters": in_chapters(words.outline(outline) if words else outline),
        "foreign": has_foreign(outline),
        "panel": {"state": "none"} if preview else learner_panel(request.user, page, outline),
        "note": course_note(page),
        "summed": None if preview else course_rating(page),
        "provider": page.provider,
        "brand": brand_of(page.provider),
    }


def _shown(page: CoursePage, words: Words | None) -> dict[str, Any]:
    """The course's own words as the reader has them. description: only made where a kept fragment asks for it."""
    outcomes = page.found_with.outcomes if page.found_with else list(page.outcomes.all())
    own = {"title": page.title, "summary": page.summary, "audience": page.audience}
    if words is None:
        return own | {"outcomes": [outcome.text for outcome in outcomes]}
    return {name: words.say(name, text) for name, text in own.items()} | {
        "outcomes": [words.say("outcome", outcome.text) for outcome in outcomes],
        "description": lambda: words.say_html(description_of(page)),
    }


def _released(page: CoursePage) -> tuple[Release | None, list[ReleaseLesson]]:
    release = current_release(page)
    return release, lesson_outline(release) if release else []


def _drafted(page: CoursePage) -> tuple[Release, list[ReleaseLesson]]:
    """A course as it would be published now, with what its form says at this moment."""
    from courses.releases.services import as_release
    from courses.review.queries import drafts_of

    drafts = drafts_of(CoursePage.objects.get(pk=page.pk))
    return as_release(page, drafts.chapters, drafts.lessons)


def chapters(release: Release) -> list[dict[str, Any]]:
    """The chapters of a release, from one query."""
    return in_chapters(lesson_outline(release))


def in_chapters(outline: list[ReleaseLesson]) -> list[dict[str, Any]]:
    """[{"title", "lessons": [{"uuid", "place", "title", "nominal_ms", "minutes", "kinds"}]}] in order. place: from 1, through
    the whole course; what is found inside a lesson leads there (courses/searching.py).
    """
    place = count(1)
    return [
        {
            "title": title,
            "lessons": [
                {
                    "uuid": lesson.uuid,
                    "place": next(place),
                    "title": lesson.title,
                    "nominal_ms": lesson.nominal_ms,
                    # Shown to a person deciding whether to begin: at least a minute, not a claim about hours.
                    "minutes": max(1, lesson.nominal_ms // 60_000),
                    "kinds": lesson.block_kinds,
                }
                for lesson in lessons
            ],
        }
        for title, lessons in groupby(outline, key=lambda lesson: lesson.chapter_title)
    ]
