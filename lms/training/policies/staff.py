"""Staff screens of the policy library inside the Wagtail admin: what one keeps, a new document, the next version of an entry."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotFound
from lms.lib.pages import paginate, staff_context
from lms.training.access import officer
from lms.training.policies import queries, services
from lms.training.policies.forms import AddForm, ReviseForm

PER_PAGE = 30
_context = partial(staff_context, icon="doc-full")


@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    page = paginate(request, queries.kept_by(user), PER_PAGE)
    return render(request, "training/policies/staff/list.html", _context(_("政策库"), page=page))


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    form, status = AddForm(user), 200
    if request.method == "POST":
        form = AddForm(user, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.add(user, form.entry(), form.cleaned_data["keeper"]),
            _("已登记，政策库里可以查到。"),
        )
        if status == DONE:
            return redirect("training_policies")
    return render(
        request,
        "training/policies/staff/form.html",
        _context(_("登记政策文件"), form=form, submit=_("登记")),
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next version of an entry that the user keeps."""
    user = officer(request)
    found = queries.kept_by(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    form, status = ReviseForm(found), 200
    if request.method == "POST":
        form = ReviseForm(found, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.revise(user, found, form.entry()),
            _("新的一版已生效，以前的版本仍可查到。"),
        )
        if status == DONE:
            return redirect("training_policies")
    context = _context(found.number, form=form, submit=_("发布新的一版"), document=found)
    return render(request, "training/policies/staff/form.html", context, status=status)
