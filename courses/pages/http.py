"""The short way to the catalogue and to a course: their addresses name them, so the page tree need not be walked.

Owns: `/courses/` and `/courses/<slug>/` for live pages that everybody may see. Refuses: everything else, which Wagtail
serves (pages under a view restriction, pages that moved, drafts).
"""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import Exists
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from wagtail.models import PageViewRestriction
from wagtail.views import serve

from courses.pages.models import CataloguePage, CoursePage, Found
from courses.releases.models import Release

# What a page shows of its provider: a name, and a version of everything else (accounts/branding).
_PROVIDER = ("course__provider__name", "course__provider__brand_version")
_SOME_RESTRICTED = Exists(PageViewRestriction.objects.all())


def catalogue(request: HttpRequest) -> HttpResponse:
    row = (
        CataloguePage.objects.filter(live=True)
        .annotate(some_restricted=_SOME_RESTRICTED)
        .values_list("some_restricted", "pk", "last_published_at")
        .first()
    )
    if row is None or row[0]:
        return serve(request, "courses/")
    response: HttpResponse = _catalogue(*row[1:]).serve(request)
    return response


# What holds a NUL is left out, and said so (search.requests).
catalogue.refuses_nul = True  # type: ignore[attr-defined]


def course(request: HttpRequest, slug: str) -> HttpResponse:
    """The course's page with its newest release: one small query where Wagtail's routing and ours take nine."""
    row = (
        Release.objects.filter(course__slug=slug, course__live=True)
        .annotate(some_restricted=_SOME_RESTRICTED)
        .order_by("-number")
        .values_list("some_restricted", "uuid", "course__last_published_at", *_PROVIDER)
        .first()
    )
    if row is None or row[0]:
        return _closed(request, slug) or serve(request, f"courses/{slug}/")
    response: HttpResponse = _found(*row[1:]).serve(request)
    return response


def _closed(request: HttpRequest, slug: str) -> HttpResponse | None:
    """A course that could be begun once and cannot be any more says so; its drafts stay unseen."""
    release = (
        Release.objects.filter(course__slug=slug, course__live=False, course__view_restrictions=None)
        .select_related("provider", "course")
        .order_by("-number")
        .first()
    )
    if release is None:
        return None
    return render(request, "courses/closed.html", {"release": release}, status=410)


@lru_cache(maxsize=8)
def _catalogue(pk: int, last_published_at: datetime | None) -> CataloguePage:
    """The page as published at that moment."""
    return CataloguePage.objects.get(pk=pk)


@lru_cache(maxsize=500)
def _found(release: UUID, last_published_at: datetime | None, provider: str, brand: int) -> CoursePage:
    """The page as published at that moment: what may change is named in the call, so nothing kept here can go stale."""
    found = Release.objects.select_related("course__provider").get(uuid=release)
    page: CoursePage = found.course
    page.found_with = Found(found, list(page.outcomes.all()))
    return page
