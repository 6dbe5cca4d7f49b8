"""The public page of roots, without login, as HTML and JSON; and one's own proofs."""

from datetime import date
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from creditbank.proofs import queries
from creditbank.proofs.models import LedgerRoot
from creditbank.transcripts.queries import transcript_of
from lms.accounts.api import User
from lms.lib.errors import Invalid, NotFound
from lms.lib.pages import paginate

PER_PAGE = 31


def _row(text: str) -> LedgerRoot:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("日期应写成 2026-01-31 这样的形式。"), code="bad_day") from error
    row = queries.root_of_day(day)
    if row is None:
        raise NotFound
    return row


@require_safe
def roots(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.roots(), PER_PAGE)
    return render(request, "credit/roots/list.html", {"page": page})


@require_safe
def roots_json(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.roots().defer(None), PER_PAGE)
    return JsonResponse(
        {
            "page": page.number,
            "pages": page.paginator.num_pages,
            "total": page.paginator.count,
            "roots": [queries.published(row) for row in page],
        }
    )


@require_safe
def root_json(request: HttpRequest, day: str) -> HttpResponse:
    return JsonResponse(queries.published(_row(day)))


@login_required
@require_safe
def proof_json(request: HttpRequest, day: str) -> HttpResponse:
    """One's own accounts under the root of a day."""
    user: User = request.user  # type: ignore[assignment]
    row = _row(day)
    return _own({"root": queries.published(row), "proofs": queries.proof_of(user.uuid, row.day)})


@login_required
@require_safe
def transcript_proof_json(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One's own transcript under the root of the day it was made on."""
    user: User = request.user  # type: ignore[assignment]
    snapshot = transcript_of(user, uuid)
    if snapshot is None:
        raise NotFound
    return _own(queries.proof_of_transcript(snapshot))


def _own(content: dict[str, object]) -> JsonResponse:
    response = JsonResponse(content)
    response["Cache-Control"] = "private, no-store"
    return response
