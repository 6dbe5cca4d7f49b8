"""/plans/specialty/: the departments' published plans of specialty subjects, for everybody."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.lib.pages import paginate
from lms.training.board import api as board
from lms.training.yearly_plans.specialty import queries

PER_PAGE = 30


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.in_force(), PER_PAGE)
    return render(request, "training/plans/specialty_list.html", {"page": page, "page_obj": page})


@require_safe
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One published version with its courses, bundles, targets and what the department found; one that was replaced says by which."""
    found = queries.published(uuid)
    versions = queries.versions_of(found)
    page = paginate(request, queries.courses_of(found), PER_PAGE)
    names = ("level", "code", "name", "by", "times", "centihours")
    lines = ("level", "name", "times", "done", "percent", "hours")
    context = {
        "plan": found,
        "sector": queries.sector_words(found.sector),
        "versions": versions,
        "newest": versions[0],
        "bundles": queries.bundles_of(found),
        "targets": [dict(zip(names, row, strict=True)) for row in found.targets],
        "reviews": [
            {"review": row, "lines": [dict(zip(lines, line, strict=True)) for line in row.lines]}
            for row in queries.reviews_of(found)
        ],
        # Its paper, with code and fingerprint, is that of its posting.
        "posting": board.by_key(f"specialty-plan:{found.uuid}"),
        "page": page,
        "page_obj": page,
    }
    return render(request, "training/plans/specialty_plan.html", context)
