"""The short way to a course page: its address names it, so the page tree need not be walked.

Owns: `/courses/<slug>/` for live courses that everybody may see. Refuses: everything else, which Wagtail serves (courses
under a view restriction, pages that moved, drafts).
"""

from django.http import HttpRequest, HttpResponse
from wagtail.models import PageViewRestriction
from wagtail.views import serve

from courses.pages.models import CoursePage
from courses.releases.models import Release


def course(request: HttpRequest, slug: str) -> HttpResponse:
    """The course's page with its newest release: one query where Wagtail's routing and ours take nine."""
    found = (
        Release.objects.filter(course__slug=slug, course__live=True)
        .select_related("course__provider")
        .order_by("-number")
        .first()
    )
    if found is None or PageViewRestriction.objects.exists():
        return serve(request, f"courses/{slug}/")
    page: CoursePage = found.course
    page.found_with = found
    return page.serve(request)
