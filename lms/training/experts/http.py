"""/experts/: one's own place in the registers of experts: agreeing, leaving, and what ties one to bodies. Thin."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.accounts.api import Organisation, User, user_of
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.errors import NotFound
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate
from lms.training.access import organisation_named
from lms.training.experts import queries, services
from lms.training.experts.forms import InterestForm, ReasonForm
from lms.training.experts.models import Expert, ExpertInterest

PER_PAGE = 20


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Where one stands, and what one has declared. Every button does one thing."""
    user = user_of(request)
    forms: dict[str, Any] = {"interest": InterestForm(), "reason": ReasonForm()}
    status = 200
    if request.method == "POST":
        status = _act(request, user, forms)
        if status == DONE:
            return redirect("experts:own")
    page = paginate(request, queries.own(user), PER_PAGE)
    context = {
        "page": page,
        "page_obj": page,
        "rows": [{"row": row, "fields": words(row)} for row in page],
        "interests": queries.own_interests(user),
        "refusals": queries.refusals_of(user)[:PER_PAGE],
        "form": forms["interest"],
        "reason": forms["reason"],
    }
    return render(request, "training/experts/own.html", context, status=status)


def words(row: Expert) -> list[str]:
    """The fields of an entry, as they are called."""
    return [str(services.FIELDS[code]) for code in row.fields if code in services.FIELDS]


def _act(request: HttpRequest, user: User, forms: dict[str, Any]) -> int:
    press, sent = request.POST.get("act", ""), request.POST
    if press == "declare":
        form = forms["interest"] = InterestForm(sent)
        return attempt_form(
            request,
            form,
            lambda: services.declare(user, _body(form.cleaned_data["body"]), form.cleaned_data["text"]),
            _("已声明，评审与这家单位有关的事项时自动回避。"),
        )
    if press == "over":
        row = ExpertInterest.objects.filter(uuid=sent_uuid(sent.get("row", "")), person=user).first()
        if row is None:
            raise NotFound
        return attempt(request, lambda: services.over(user, row), _("已声明终止，原声明留下记录。"))
    if press in ("agree", "decline", "leave"):
        entry = queries.own_entry(user, sent_uuid(sent.get("row", "")))
        if press == "agree":
            return attempt(request, lambda: services.answer(user, entry, agree=True), _("你已入库。"))
        reason = sent.get("reason", "")
        if press == "decline":
            return attempt(
                request, lambda: services.answer(user, entry, agree=False, reason=reason), _("已答复。")
            )
        return attempt(request, lambda: services.leave(user, entry, reason), _("你已出库。"))
    return 422


def _body(typed: str) -> Organisation:
    """The organisation of this name or code. Raises Invalid."""
    found = organisation_named(typed)
    if found is None:
        raise services.wrong("body", _("没有找到这家单位，请写全称或机构代码。"))
    return found
