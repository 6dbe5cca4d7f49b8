"""/cases/papers/: an issued paper on screen and as PDF, for the body it went to and the authority. Thin."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts.api import user_of
from lms.lib.verify.rules import grouped
from lms.training.papers import objections, queries, sheets


@never_cache
@login_required
@require_safe
def paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.paper_for(request.user, uuid)  # type: ignore[arg-type]  # signed in
    context = {
        "paper": found,
        "mine": queries.is_own(request.user, found),  # type: ignore[arg-type]
        "content": queries.content_of(found),
        "code": grouped(queries.code_of(found)),
        "ended": queries.ended(found),
    }
    return render(request, "training/papers/paper.html", context)


@never_cache
@login_required
@require_safe
def pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.paper_for(request.user, uuid)  # type: ignore[arg-type]  # signed in
    response = HttpResponse(queries.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@login_required
@require_safe
def objection(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """An objection, or its answer, as a paper: for whoever wrote it and the authority. kind: of the form."""
    found = objections.sheet_for(user_of(request), uuid, kind)
    context = {
        "sheet": found,
        "content": found.content,
        "code": grouped(found.code),
        "mine": found.row.person_id == user_of(request).pk,
        "notice": found.row.notice,
        "pdf": "cases:answer_pdf" if kind == objections.ANSWER else "cases:objection_pdf",
    }
    return render(request, "training/papers/objection.html", context)


@never_cache
@login_required
@require_safe
def objection_pdf(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    found = objections.sheet_for(user_of(request), uuid, kind)
    response = HttpResponse(objections.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.content["number"]}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@login_required
@require_safe
def sheet(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """A paper that is made from a room's own rows. kind: of the form."""
    found = sheets.sheet_for(user_of(request), kind, uuid)
    context = {"sheet": found, "content": found.content, "code": grouped(found.code)}
    return render(request, "training/papers/sheet.html", context)


@never_cache
@login_required
@require_safe
def sheet_pdf(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    found = sheets.sheet_for(user_of(request), kind, uuid)
    response = HttpResponse(sheets.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.content["number"]}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
