"""/hours/name/: one's own requests for the right name."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.api import masked_name, real_name_status
from lms.learning.signed_in import Asked, signed_in
from lms.learning.statements import names, reissues
from lms.learning.statements.forms import NameForm
from lms.learning.statements.models import RequestState
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.evidence import handed_out
from lms.lib.pages import paginate


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("name")
@never_cache
@signed_in
def page(request: Asked) -> HttpResponse:
    form = NameForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                names.ask(request.user, name=said["name"], why=said["why"], files=said["evidence"])
            except (Invalid, Conflict) as refusal:
                name = refusal.details.get("field")
                form.add_error(name if name in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("申请已提交，由主管部门审核。结果在这里查看。"))
                return redirect("hours:name")
    rows = paginate(request, names.own_all(request.user))
    context = {
        "form": form,
        "page": rows,
        "open": any(row.state == RequestState.ASKED for row in rows),
        "masked_name": masked_name(request.user),
        "old": reissues.old_papers(request.user),
        "replaced": reissues.replaced(request.user),
        "verified": real_name_status(request.user) == "verified",
        "nav_key": "hours",
    }
    return render(request, "learning/statements/name.html", context, status=status)


@require_POST
@signed_in
def withdraw(request: Asked, uuid: UUID) -> HttpResponse:
    names.withdraw(request.user, uuid)
    messages.success(request, _("申请已撤回。"))
    return redirect("hours:name")


@require_POST
@signed_in
def reissue(request: Asked) -> HttpResponse:
    """A paper again in the right name; without one named, all of them, or (kind "unnamed") all certificates from before
    the name was verified. Leads back to `next`, a page of ours.
    """
    kind, text = request.POST.get("kind", ""), request.POST.get("paper", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = reverse("hours:name")
    try:
        if text:
            reissues.reissue(request.user, kind, UUID(text))
            number = 1
        elif kind == "unnamed":
            number = reissues.name_all(request.user)
        else:
            number = reissues.reissue_all(request.user)
    except ValueError:
        raise NotFound from None
    except Conflict as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(
            request, _("已换发 %(n)s 份，用的是核实过的姓名；原来的编号会指向新的一份。") % {"n": number}
        )
    # As it stands: `redirect` would take a word without a slash for the name of a page.
    return HttpResponseRedirect(back)


@require_safe
@signed_in
def evidence(request: Asked, uuid: UUID) -> HttpResponse:
    return handed_out(names.evidence_for(request.user, uuid))  # type: ignore[return-value]
