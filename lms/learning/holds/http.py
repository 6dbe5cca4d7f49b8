"""/hours/holds/: what is held of one's own study, why, and what one can say to it; working without scripts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.learning.holds import queries, services, words
from lms.learning.holds.forms import AppealForm, WordForm
from lms.learning.holds.models import StudyHold
from lms.learning.signed_in import Asked, signed_in
from lms.lib.errors import Invalid
from lms.lib.evidence import handed_out
from lms.lib.pages import paginate


@require_safe
@signed_in
def listing(request: Asked) -> HttpResponse:
    page = paginate(request, queries.own_all(request.user))
    rows = [{"hold": row, "what": words.what(row), "next": words.following(row)} for row in page]
    context = {"page": page, "rows": rows, "nav_key": "hours"}
    return render(request, "learning/holds/list.html", context)


@require_safe
@signed_in
def detail(request: Asked, uuid: UUID) -> HttpResponse:
    return _detail(request, queries.own(request.user, uuid))


def _detail(request: Asked, found: StudyHold, status: int = 200, form: Any = None) -> HttpResponse:
    first, *rest = words.evidence(found)
    appeals = queries.may_appeal(found)
    context = {
        "hold": found,
        "what": words.what(found),
        "meanwhile": words.meanwhile(found),
        "next": words.following(found),
        "found": first,
        "evidence": rest,
        "ground": words.ground(found),
        "sessions": queries.sessions_of(found),
        "steps": words.timeline(found, queries.steps_of(found)),
        "files": list(found.files.order_by("id")),
        "form": form or (AppealForm() if appeals else WordForm()),
        "may_explain": queries.may_explain(found),
        "may_appeal": appeals,
        "nav_key": "hours",
    }
    return render(request, "learning/holds/detail.html", context, status=status)


@require_POST
@signed_in
def explain(request: Asked, uuid: UUID) -> HttpResponse:
    return _said(request, uuid, WordForm, services.explain, _("说明已提交，处理的工作人员会看到。"))


@require_POST
@signed_in
def appeal(request: Asked, uuid: UUID) -> HttpResponse:
    return _said(request, uuid, AppealForm, services.appeal, _("申诉已提交，由另一位工作人员复核。"))


def _said(request: Asked, uuid: UUID, form_type: Any, act: Any, done: str) -> HttpResponse:
    found = queries.own(request.user, uuid)
    form = form_type(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            act(request.user, found, text=data["text"], files=data["evidence"])
        except Invalid as refusal:
            field = "evidence" if refusal.details.get("field") == "evidence" else "text"
            form.add_error(field, str(refusal.message))
        else:
            messages.success(request, done)
            return redirect("hours:hold", uuid=uuid)
    return _detail(request, found, 422, form)


@require_safe
@login_required
def file(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(queries.file_for(request.user, uuid))  # type: ignore[arg-type]
