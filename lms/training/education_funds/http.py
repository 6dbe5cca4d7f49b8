"""/education-funds/: what an employer states of its training money, for its own HR alone."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import User
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate
from lms.training.education_funds import queries, services
from lms.training.education_funds.forms import StateForm

PER_PAGE = 20


def _hr(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not queries.employers(user).exists():
        raise NotAllowed(_("职工培训费由用人单位的人事专员填报。"))
    return user


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Each year's last statement with what it comes to, and the form for the next one."""
    user = _hr(request)
    form, status = StateForm(user), 200
    if request.method == "POST":
        form = StateForm(user, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.state(
                user,
                form.cleaned_data["body"],
                form.cleaned_data["authority"],
                form.cleaned_data["year"],
                form.said(),
                form.cleaned_data["note"],
            ),
            _("已填报。"),
        )
        if status == DONE:
            return redirect("education_funds:own")
    page = paginate(request, queries.own(user), PER_PAGE)
    context = {"form": form, "page": page, "page_obj": page, "rows": queries.rows(page)}
    return render(request, "training/education_funds/own.html", context, status=status)


@never_cache
@login_required
@require_safe
def statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One year of one employer: every version."""
    user = _hr(request)
    found = queries.statement(user, uuid)
    context = {"found": found, "rows": queries.rows(queries.versions(found))}
    return render(request, "training/education_funds/statement.html", context)
