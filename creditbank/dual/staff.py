"""Staff screens inside the Wagtail admin: people in the plans of one's college or assessing body, one of them with what one
may do, and exemption requests. Each button calls one service, which checks.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.dual import exemptions, queries, rules, services, subsidies, words
from creditbank.dual.models import ExemptionRequest, FusedEnrolment
from creditbank.rules.facts import Mode
from lms.accounts.api import Role, User, holds, real_name
from lms.lib.attempts import refused
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.forms import CentiField, DayField
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
ROLES = [Role.ADMIN, Role.REVIEWER, Role.ASSESSOR]
STATES = (
    FusedEnrolment.State.APPLIED,
    FusedEnrolment.State.ADMITTED,
    FusedEnrolment.State.AWARDED,
    FusedEnrolment.State.LEFT,
)


class ResultForm(forms.Form):
    """One assessment: the course, the day, a score for each part of the plan."""

    course = forms.ChoiceField(label=gettext_lazy("课程"))
    assessed_on = DayField(label=gettext_lazy("考核日期"))

    def __init__(self, row: FusedEnrolment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = queries.parts_of(row.version)
        course = self.fields["course"]
        assert isinstance(course, forms.ChoiceField)
        course.choices = [(item.code, item.name) for item in queries.courses_of(row.version)]
        for part in self.parts:
            self.fields[f"score-{part.code}"] = CentiField(
                label=part.name, min_value=0, max_value=100, help_text=_("0–100，最多两位小数")
            )
        self.fields["assessed_on"].initial = today

    def said(self) -> services.Assessed:
        values = self.cleaned_data
        scores = {part.code: values[f"score-{part.code}"] for part in self.parts}
        return services.Assessed(values["course"], values["assessed_on"], scores)


class AwardForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("证书编号"), max_length=40)
    issued_on = DayField(label=gettext_lazy("发证日期"))


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("必填，本人会看到。"),
    )


def _staff(request: HttpRequest) -> User:
    if not any(holds(request.user, role) for role in ROLES):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="group")


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    user = _staff(request)
    asked = request.GET.get("state", "")
    state = next((item for item in STATES if item == asked), STATES[0])
    context = _context(
        _("双证融通"),
        page=paginate(request, queries.enrolments_for(user, state), PER_PAGE),
        tabs=tabs_of({item: item.label for item in STATES}, state),
        candidates=queries.candidates(user) if state == FusedEnrolment.State.ADMITTED else [],
        assesses=holds(user, Role.ASSESSOR),
    )
    return render(request, "credit/dual/staff/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One person's way: courses, records, and what the looker may do next."""
    user = _staff(request)
    row = queries.enrolment_for(user, uuid)
    result, award, reason = ResultForm(row), AwardForm(), ReasonForm()
    status = 200
    if request.method == "POST":
        act = request.POST.get("action", "")
        result = ResultForm(row, request.POST) if act == "assess" else result
        award = AwardForm(request.POST) if act == "award" else award
        reason = ReasonForm(request.POST) if act in {"refuse", "cancel"} else reason
        try:
            if _act(request, user, row, act, result, award):
                messages.success(request, _("已办理。"))
                return redirect("creditbank_dual_person", uuid)
            status = 422
        except Refusal as refusal:
            shown = {"assess": result, "award": award}.get(act, reason)
            status = refused(request, shown, refusal)
        row = queries.enrolment_for(user, uuid)
    context = _shown(user, row, result, award, reason)
    return render(request, "credit/dual/staff/person.html", context, status=status)


def _act(
    request: HttpRequest, user: User, row: FusedEnrolment, act: str, result: ResultForm, award: AwardForm
) -> bool:
    """Carry out the pressed button; False: the form says what is wrong."""
    said = request.POST.get("reason", "")
    if act == "admit":
        services.admit(user, row)
    elif act == "refuse":
        services.turn_away(user, row, reason=said)
    elif act == "assess":
        if not result.is_valid():
            return False
        services.record_result(user, row, result.said())
    elif act == "cancel":
        asked = request.POST.get("result", "")
        wrong = next((item for item in queries.results_of(row) if str(item.uuid) == asked), None)
        if wrong is None:
            return False
        services.correct_result(user, wrong, None, reason=said)
    elif act == "confirm":
        services.confirm_course(user, row, request.POST.get("course", ""))
    elif act == "award":
        if not award.is_valid():
            return False
        services.award(
            user, row, number=award.cleaned_data["number"], issued_on=award.cleaned_data["issued_on"]
        )
    elif act == "subsidy":
        subsidies.claim_subsidy(user, row.plan, row)
    else:
        return False
    return True


def _shown(
    user: User, row: FusedEnrolment, result: ResultForm, award: AwardForm, reason: ReasonForm
) -> dict[str, Any]:
    results = queries.results_of(row)
    states = queries.states_of(row, results)
    can = queries.duty(user, row)
    admitted = row.state == FusedEnrolment.State.ADMITTED
    through = row.plan.mode == Mode.THROUGH_TRAIN
    candidate = rules.is_candidate(states)
    return _context(
        real_name(row.person),
        enrolment=row,
        rows=words.rows_of(row, states, results),
        next=words.next_text(row, candidate),
        parts=words.parts_text(row.version),
        own=row.person_id == user.pk,
        award=getattr(row, "award", None),
        result_form=result,
        award_form=award,
        reason_form=reason,
        may_admit=can.admits and row.state == FusedEnrolment.State.APPLIED,
        may_assess=can.assesses and admitted,
        may_confirm=can.confirms and admitted and not through,
        may_award=admitted and candidate and (can.confirms if through else can.assesses),
        may_claim=can.admits and through and row.state == FusedEnrolment.State.AWARDED,
        claimed=row.subsidies.exists(),
    )


EXEMPTION_STATES = (
    ExemptionRequest.State.SUBMITTED,
    ExemptionRequest.State.GRANTED,
    ExemptionRequest.State.REFUSED,
    ExemptionRequest.State.REVOKED,
)


@require_safe
def exemption_queue(request: HttpRequest) -> HttpResponse:
    user = _staff(request)
    asked = request.GET.get("state", "")
    state = next((item for item in EXEMPTION_STATES if item == asked), EXEMPTION_STATES[0])
    context = _context(
        _("免考申请"),
        page=paginate(request, queries.requests_for(user, state), PER_PAGE),
        tabs=tabs_of({item: item.label for item in EXEMPTION_STATES}, state),
    )
    return render(request, "credit/dual/staff/exemptions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def exemption_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _staff(request)
    row = queries.request_for(user, uuid)
    form, status = ReasonForm(), 200
    if request.method == "POST":
        form = ReasonForm(request.POST)
        try:
            act, said = request.POST.get("action"), request.POST.get("reason", "")
            if act == "revoke":
                exemptions.revoke_exemption(user, row, reason=said)
            else:
                exemptions.decide_exemption(user, row, approve=act == "approve", reason=said)
            messages.success(request, _("已记下，本人会看到。"))
            return redirect("creditbank_exemptions")
        except Refusal as refusal:
            status = refused(request, form, refusal)
        row = queries.request_for(user, uuid)
    context = _context(
        real_name(row.person),
        row=row,
        form=form,
        parts=row.rule_version.exemptions or [],
        certificates=list(exemptions.certificates_since(row)[:20]) if row.state == row.State.GRANTED else [],
        own=row.person_id == user.pk,
    )
    return render(request, "credit/dual/staff/exemption.html", context, status=status)
