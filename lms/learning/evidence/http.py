"""/hours/record/: who may see my record of study, who has, and my own evidence packs. Works without scripts."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lms.accounts.api import explain_looks
from lms.learning.enrolment.queries import of_person
from lms.learning.evidence import looks, queries, services
from lms.learning.evidence.asking import asked
from lms.learning.evidence.forms import ConsentForm
from lms.learning.evidence.staff import handed_out
from lms.learning.signed_in import Asked, signed_in
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.pages import paginate

# The newest of each; consents and packs are few.
SHOWN = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def record(request: Asked) -> HttpResponse:
    """The page; POST gives a consent. ?ask=…: an organisation asks for one, which the form then holds."""
    user = request.user
    asking, broken, status = None, "", 200
    if value := request.GET.get("ask", ""):
        try:
            asking = asked(value)
        except Invalid as refusal:
            broken = str(refusal.message)
    form = ConsentForm(user, request.POST or None, asking=asking)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                looks.consent(user, form.found[data["organisation"]], data["purpose"], data["until"])
            except Invalid as refusal:
                form.add_error(refusal.details["field"], str(refusal.message))
            else:
                messages.success(request, _("已同意。你可以随时收回。"))
                return redirect("hours:record")
    page = paginate(request, queries.looks_at(user))
    context = {
        "form": form,
        "asking": asking,
        "broken": broken,
        "consents": [
            {"consent": row, "in_force": queries.in_force(row)} for row in queries.consents_of(user)[:SHOWN]
        ],
        "page": page,
        "looks": explain_looks(page.object_list),
        "packs": queries.ordered(list(queries.orders_of(user, own=True)[:SHOWN])),
        "enrolments": list(of_person(user).order_by("-studied_at")),
        "nav_key": "hours",
    }
    return render(request, "learning/evidence/record.html", context, status=status)


@require_POST
@signed_in
def withdraw(request: Asked, uuid: UUID) -> HttpResponse:
    looks.withdraw(request.user, uuid)
    messages.success(request, _("已收回，从现在起不能再看。"))
    return redirect("hours:record")


@require_POST
@signed_in
def order(request: Asked) -> HttpResponse:
    """My own pack of one course."""
    try:
        services.order_own(request.user, UUID(request.POST.get("enrolment", "")))
    except ValueError:
        raise NotFound from None
    except Conflict as refusal:
        messages.info(request, str(refusal.message))
    else:
        messages.success(request, _("正在制作，完成后在这里下载。"))
    return redirect("hours:record")


@require_POST
@login_required
def file(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    try:
        return handed_out(*services.fetch(request.user, uuid))  # type: ignore[arg-type]
    except Conflict as refusal:
        messages.info(request, str(refusal.message))
        return redirect("hours:record")
