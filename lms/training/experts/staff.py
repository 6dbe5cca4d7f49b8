"""Staff screens of the register of experts: who stands in it, asking somebody, and one entry with its interests and refusals."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib.attempts import DONE, attempt_form
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.training.access import authorities, officer
from lms.training.experts import queries, services
from lms.training.experts.former import served
from lms.training.experts.forms import EnterForm, ReasonForm, TakeOverForm
from lms.training.experts.http import words
from lms.training.experts.models import Expert

PER_PAGE = 30
# An officer of more authorities than these looks at the first ones.
MOST_AUTHORITIES = 10
_context = partial(staff_context, icon="group")


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """The register of the user's authorities."""
    user = officer(request)
    form, status = EnterForm(user), 200
    before = served(list(authorities(user)[:MOST_AUTHORITIES]))
    former = TakeOverForm(before) if before else None
    if request.method == "POST" and request.POST.get("act") == "take_over":
        former = TakeOverForm(before, request.POST)
        status = attempt_form(
            request,
            former,
            lambda: services.enter(user, former.new()),
            _("已邀请，本人同意以后入库。"),
        )
        if status == DONE:
            return redirect("training_experts")
    elif request.method == "POST":
        form = EnterForm(user, request.POST)
        status = attempt_form(
            request, form, lambda: services.enter(user, form.new()), _("已邀请，本人同意以后入库。")
        )
        if status == DONE:
            return redirect("training_experts")
    labels = {"": _("全部"), **dict(Expert.State.choices)}
    state = request.GET.get("state", "")
    state = state if state in labels else ""
    field = request.GET.get("field", "")
    field = field if field in services.FIELDS else ""
    page = paginate(request, queries.register_for(user, state, field), PER_PAGE)
    context = _context(
        _("专家库"),
        page=page,
        page_obj=page,
        rows=[{"row": row, "fields": words(row)} for row in page],
        tabs=tabs_of(labels, state),
        state=state,
        fields=[(code, label) for code, label in services.FIELDS.items()],
        field=field,
        form=form,
        former=former,
    )
    return render(request, "training/experts/staff/list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def expert(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One entry: its ground, the person's interests and refusals, and taking it out."""
    user = officer(request)
    found = queries.expert_for(user, uuid)
    form, status = ReasonForm(), 200
    if request.method == "POST":
        form = ReasonForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.leave(user, found, form.cleaned_data["reason"]),
            _("已出库；正在进行的评审不受影响。"),
        )
        if status == DONE:
            return redirect("training_expert", uuid)
        found = queries.expert_for(user, uuid)
    context = _context(
        str(found.person),
        expert=found,
        fields=words(found),
        interests=queries.interests_of(found),
        refusals=queries.refusals(found),
        form=form if found.state in (Expert.State.ASKED, Expert.State.LISTED) else None,
    )
    return render(request, "training/experts/staff/expert.html", context, status=status)
