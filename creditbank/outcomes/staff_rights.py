"""Staff screens in the Wagtail admin: who may deposit what (发证范围), and a new row of it. Officers of an authority only."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.outcomes import rights
from creditbank.outcomes.forms import RightForm
from creditbank.outcomes.staff import officer_of, show_refusal
from lms.lib.clock import today
from lms.lib.errors import Refusal
from lms.lib.pages import paginate, staff_context

PER_PAGE = 50
_context = partial(staff_context, icon="list-ul")


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What holds today, sorts of institutions first, and what will hold later."""
    officer_of(request)
    page = paginate(request, rights.rows_in_force(today()), PER_PAGE)
    context = _context(_("发证范围"), page=page, later=rights.rows_to_come(today())[:PER_PAGE])
    return render(request, "credit/outcomes/staff/rights.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """One more row: rows are never changed."""
    user = officer_of(request)
    form = RightForm(request.POST or None, initial={"valid_from": today(), "allowed": "yes"})
    if request.method == "POST" and form.is_valid():
        try:
            rights.set_right(user, **form.said())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("发证范围已记下。"))
            return redirect("creditbank_rights")
    status = 422 if form.errors else 200
    return render(
        request, "credit/outcomes/staff/form.html", _context(_("记下发证范围"), form=form), status=status
    )
