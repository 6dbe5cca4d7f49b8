"""/plans/: the published yearly plans of public subjects, for everybody."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.lib.pages import paginate
from lms.training.board import api as board
from lms.training.yearly_plans import queries
from lms.training.yearly_plans.commissions import queries as commissions

PER_PAGE = 30


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.in_force(), PER_PAGE)
    return render(request, "training/plans/list.html", {"page": page, "page_obj": page})


@require_safe
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One published version with its courses and by whom each was commissioned; one that was replaced says by which."""
    found = queries.published(uuid)
    versions = queries.versions_of(found)
    page = paginate(request, queries.courses_of(found), PER_PAGE)
    by = commissions.commissioned(found.authority, [row.course_id for row in page], found.published_on)
    for row in page:
        row.commissions = [commissions.said(item) for item in by.get(row.course_id, ())]
    context = {
        "plan": found,
        "versions": versions,
        "newest": versions[0],
        # Its paper, with code and fingerprint, is that of its posting.
        "posting": board.by_key(f"plan:{found.uuid}"),
        "page": page,
        "page_obj": page,
    }
    return render(request, "training/plans/plan.html", context)
