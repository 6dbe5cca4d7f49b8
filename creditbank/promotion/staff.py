"""Staff screens in the Wagtail admin: proposals that wait for an assessor, and the rules that officers of an authority set."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.outcomes.http import facts
from creditbank.outcomes.models import Level
from creditbank.outcomes.staff import officer_of
from creditbank.outcomes.words import CHOICE_LABELS
from creditbank.promotion import queries, services
from creditbank.promotion.models import Promotion, PromotionRule
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH
from creditbank.rules.words import award_name
from lms.accounts.api import Role, User, holds, real_name
from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.forms import DayField
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
State = Promotion.State
STATES = (State.PROPOSED, State.CONFIRMED, State.REFUSED)
_context = partial(staff_context, icon="order-up")


class ConfirmForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("证书编号"), max_length=40)
    issued_on = DayField(label=gettext_lazy("发证日期"))


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("必填，本人会看到。"),
    )


class RuleForm(forms.Form):
    award_level = forms.ChoiceField(
        label=gettext_lazy("竞赛级别"), choices=list(CHOICE_LABELS["award_level"].items())
    )
    award_rank = forms.ChoiceField(
        label=gettext_lazy("获奖等次"), choices=list(CHOICE_LABELS["award_rank"].items())
    )
    occupation_code = forms.CharField(
        label=gettext_lazy("职业编码"),
        max_length=13,
        required=False,
        help_text=gettext_lazy("格式 X-XX-XX-XX。不填就对所有职业有效，按奖项写明的职业晋级。"),
    )
    level = forms.TypedChoiceField(
        label=gettext_lazy("可晋级到"),
        choices=[
            ("", gettext_lazy("不再晋级")),
            *((value, Level(value).label) for value in LEVELS_LOW_TO_HIGH),
        ],
        coerce=int,
        empty_value=None,
        required=False,
    )
    valid_from = DayField(label=gettext_lazy("自"))
    source = forms.CharField(
        label=gettext_lazy("依据"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=gettext_lazy("文件名称和文号。"),
    )


def _assessor(request: HttpRequest) -> User:
    if not holds(request.user, Role.ASSESSOR):  # type: ignore[arg-type]
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the user's bodies, and what was decided there."""
    user = _assessor(request)
    asked = request.GET.get("state", "")
    state = next((item for item in STATES if item == asked), STATES[0])
    context = _context(
        _("竞赛晋级"),
        page=paginate(request, queries.queue_for(user, state), PER_PAGE),
        tabs=tabs_of({item: item.label for item in STATES}, state),
        state=state,
    )
    return render(request, "credit/promotion/staff/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One proposal: the award, the rule, and the two answers."""
    user = _assessor(request)
    row = queries.promotion_for(user, uuid)
    confirm, refuse, status = ConfirmForm(), RefuseForm(), 200
    if request.method == "POST":
        act = request.POST.get("action", "")
        if act == "confirm":
            confirm = ConfirmForm(request.POST)
            said = _("已晋级，证书已记入本人的学习账户。")
            status = attempt_form(
                request, confirm, lambda: services.confirm(user, row, **confirm.cleaned_data), said
            )
        elif act == "refuse":
            refuse = RefuseForm(request.POST)
            said = _("已记下，本人会看到理由。")
            status = attempt_form(
                request, refuse, lambda: services.refuse(user, row, **refuse.cleaned_data), said
            )
        else:
            raise NotFound
        if status == DONE:
            return redirect("creditbank_promotion", uuid)
        row = queries.full().get(pk=row.pk)
    context = _context(
        real_name(row.outcome.holder),
        row=row,
        facts=facts(row.outcome),
        award=award_name(row.rule.award),
        own=row.outcome.holder_id == user.pk,
        confirm=confirm,
        refuse=refuse,
    )
    return render(request, "credit/promotion/staff/case.html", context, status=status)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """What holds today and what will, awards in their order."""
    officer_of(request)
    page = paginate(request, queries.rules_on(today()), PER_PAGE)
    rows = [{"row": row, "award": award_name(row.award)} for row in page]
    context = _context(_("竞赛晋级规则"), page=page, rows=rows, day=today())
    return render(request, "credit/promotion/staff/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request: HttpRequest) -> HttpResponse:
    """One more row: rows are never changed."""
    user = officer_of(request)
    form = RuleForm(request.POST or None, initial={"valid_from": today(), "level": 3})
    status = 200
    if request.method == "POST":
        status = attempt_form(
            request, form, lambda: _made(user, form.cleaned_data), _("竞赛晋级规则已记下。")
        )
        if status == DONE:
            return redirect("creditbank_promotion_rules")
    context = _context(_("记下竞赛晋级规则"), form=form)
    return render(request, "credit/outcomes/staff/form.html", context, status=status)


def _made(user: User, said: dict[str, Any]) -> PromotionRule:
    return services.set_rule(user, **said)
