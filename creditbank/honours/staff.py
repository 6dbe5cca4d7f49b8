"""Staff screens in the Wagtail admin: rules of honours, who qualifies under one, one reward; cohorts and their members."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.honours import cohort_queries, cohorts, queries, services, words
from creditbank.honours.models import Cohort, CohortMember, RewardRule
from creditbank.outcomes.http import facts
from creditbank.outcomes.words import CHOICE_LABELS
from lms.accounts.api import Organisation, User, holds
from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import today
from lms.lib.errors import Invalid, NotAllowed, NotFound
from lms.lib.forms import CentiField, DayField
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
WAITING, GIVEN = "waiting", "given"
_context = partial(staff_context, icon="pick")
_cohort_context = partial(staff_context, icon="group")
# A member may have more results than one chooses from; the newest go first.
MOST_PROOFS = 50


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("必填，本人会看到。"),
    )


class BodyForm(forms.Form):
    """A form about one of the user's bodies."""

    body = forms.ChoiceField(label=pgettext_lazy("机构", "单位"))

    def __init__(self, bodies: list[Organisation], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bodies = {row.code: row for row in bodies}
        field = self.fields["body"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.code, row.name) for row in bodies]

    @property
    def organisation(self) -> Organisation:
        return self.bodies[self.cleaned_data["body"]]


class RuleForm(BodyForm):
    award_level = forms.ChoiceField(
        label=gettext_lazy("竞赛级别"),
        choices=[("", gettext_lazy("不按奖项")), *CHOICE_LABELS["award_level"].items()],
        required=False,
    )
    award_rank = forms.ChoiceField(
        label=gettext_lazy("获奖等次"),
        choices=[("", gettext_lazy("不按奖项")), *CHOICE_LABELS["award_rank"].items()],
        required=False,
    )
    least = CentiField(
        label=gettext_lazy("成绩不低于（满分 100）"),
        required=False,
        help_text=gettext_lazy("奖项和成绩填一样：不按奖项时填写。"),
    )
    occupation_code = forms.CharField(
        label=gettext_lazy("职业编码"),
        max_length=13,
        required=False,
        help_text=gettext_lazy("格式 X-XX-XX-XX。不填就对所有职业有效。"),
    )
    honour = forms.CharField(label=gettext_lazy("荣誉称号"), max_length=60)
    fen = CentiField(
        label=gettext_lazy("物质奖励（元）"), min_value=0, help_text=gettext_lazy("没有就填 0。")
    )
    valid_from = DayField(
        label=gettext_lazy("自"), help_text=gettext_lazy("这一天或以后取得的成果按这条规则奖励。")
    )
    source = forms.CharField(
        label=gettext_lazy("依据"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=gettext_lazy("文件名称和文号。"),
    )
    stops = forms.BooleanField(
        label=gettext_lazy("不再奖励"),
        required=False,
        help_text=gettext_lazy("自上面的日期起，这样的成果不再奖励。"),
    )


class CohortForm(BodyForm):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    first_year = forms.IntegerField(
        label=gettext_lazy("起始年份"), help_text=gettext_lazy("计划为期三年，含起始年份。")
    )
    target = forms.IntegerField(label=gettext_lazy("目标人数"), min_value=1)
    source = forms.CharField(
        label=gettext_lazy("依据"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=gettext_lazy("文件名称和文号。"),
    )


class InviteForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("学习账号"),
        max_length=40,
        help_text=gettext_lazy("12 位数字，本人在学分银行首页能看到，由本人提供。"),
    )
    college = forms.CharField(label=gettext_lazy("学校"), max_length=120)
    programme = forms.CharField(label=gettext_lazy("专业"), max_length=120)


class DegreeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("证明取得学历的成绩"),
        help_text=gettext_lazy("加入以后、三年之内取得并已核实的学历课程成绩。"),
    )

    def __init__(self, member: CohortMember, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(row.uuid), f"{row.title} · {row.issuer_name} · {row.issued_on.isoformat()}")
            for row in cohort_queries.proofs(member)[:MOST_PROOFS]
        ]


def _keeper(request: HttpRequest) -> User:
    if not holds(request.user, *queries.ROLES):  # type: ignore[arg-type]
        raise NotAllowed
    return request.user  # type: ignore[return-value]


def _cohort_keeper(request: HttpRequest) -> User:
    user = _keeper(request)
    if not cohort_queries.may_keep(user):
        raise NotAllowed(_("只有主管部门和工会可以建立学历提升计划。"), code="no_cohorts")
    return user


def _rule_name(rule: RewardRule) -> str:
    return f"{words.measured(rule.award, rule.least, least=True)} → {rule.honour}"


# --- honours ---------------------------------------------------------------------------------------------


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the user's bodies, also those that were replaced."""
    page = paginate(request, queries.rules_of(_keeper(request)), PER_PAGE)
    rows = [{"row": row, "measured": words.measured(row.award, row.least, least=True)} for row in page]
    context = _context(_("表彰奖励"), page=page, rows=rows, day=today())
    return render(request, "credit/honours/staff/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request: HttpRequest) -> HttpResponse:
    """One more row: rows are never changed."""
    user = _keeper(request)
    form = RuleForm(
        list(queries.bodies_of(user)), request.POST or None, initial={"valid_from": today(), "fen": 0}
    )
    if request.method == "POST":
        status = attempt_form(request, form, lambda: _made(user, form), _("表彰奖励规则已记下。"))
        if status == DONE:
            return redirect("creditbank_honours")
    else:
        status = 200
    context = _context(_("记下表彰奖励规则"), form=form, back="creditbank_honours", back_title=_("表彰奖励"))
    return render(request, "credit/honours/staff/form.html", context, status=status)


def _made(user: User, form: RuleForm) -> RewardRule:
    said = dict(form.cleaned_data)
    said.pop("body")
    level, rank = said.pop("award_level"), said.pop("award_rank")
    if bool(level) != bool(rank):
        raise Invalid(_("请选择竞赛级别和获奖等次。"), code="invalid_rule", details={"field": "award_level"})
    return services.set_rule(user, form.organisation, award=f"{level}-{rank}" if level else "", **said)


@require_safe
def rule(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who qualifies under a rule, or what was given under it; the look stands under each person."""
    user = _keeper(request)
    found = queries.rule_for(user, uuid)
    state = GIVEN if request.GET.get("state") == GIVEN else WAITING
    items: Any = queries.recorded(found) if state == GIVEN else queries.qualifying(found)
    page = paginate(request, items, PER_PAGE)
    outcomes = [row.outcome if state == GIVEN else row for row in page]
    people = [outcome.holder for outcome in outcomes]
    names = queries.names_of(people)
    queries.log_looks(user, found.organisation, people)
    rows = [
        {
            "row": row,
            "outcome": outcome,
            "name": names[outcome.holder_id],
            "own": outcome.holder_id == user.pk,
            "measured": words.measured(outcome.award if found.award else "", outcome.score),
        }
        for row, outcome in zip(page, outcomes, strict=True)
    ]
    labels = {WAITING: _("符合条件，尚未记录"), GIVEN: _("已记录")}
    context = _context(
        _rule_name(found), rule=found, page=page, rows=rows, tabs=tabs_of(labels, state), state=state
    )
    return render(request, "credit/honours/staff/rule.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, uuid: UUID, outcome: UUID) -> HttpResponse:
    """Record a reward: the outcome, the rule, the reason."""
    user = _keeper(request)
    found = queries.rule_for(user, uuid)
    item = queries.candidate(found, outcome)
    form, status = ReasonForm(request.POST or None), 200
    if request.method == "POST":
        status = attempt_form(
            request,
            form,
            lambda: services.give(user, found, outcome, reason=form.cleaned_data["reason"]),
            _("奖励已记录，本人能看到。"),
        )
        if status == DONE:
            return redirect("creditbank_honour_rule", uuid)
    queries.log_looks(user, found.organisation, [item.holder])
    context = _context(
        queries.names_of([item.holder])[item.holder_id],
        rule=found,
        outcome=item,
        facts=facts(item),
        measured=_rule_name(found),
        form=form,
        submit=_("记录奖励"),
    )
    return render(request, "credit/honours/staff/reward.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def reward(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One reward, and taking it back."""
    user = _keeper(request)
    row = queries.reward_for(user, uuid)
    form, status = ReasonForm(request.POST or None), 200
    if request.method == "POST":
        status = attempt_form(
            request,
            form,
            lambda: services.take_back(user, row, reason=form.cleaned_data["reason"]),
            _("奖励已撤销，记录保留。"),
        )
        if status == DONE:
            return redirect("creditbank_reward", uuid)
        row = queries.reward_for(user, uuid)
    holder = row.outcome.holder
    queries.log_looks(user, row.organisation, [holder])
    context = _context(
        queries.names_of([holder])[holder.pk],
        rule=row.rule,
        row=row,
        outcome=row.outcome,
        facts=facts(row.outcome),
        measured=_rule_name(row.rule),
        form=None if getattr(row, "reversal", None) else form,
        submit=_("撤销奖励"),
    )
    return render(request, "credit/honours/staff/reward.html", context, status=status)


# --- cohorts -----------------------------------------------------------------------------------------------


@require_safe
def cohort_list(request: HttpRequest) -> HttpResponse:
    """The cohorts of the user's bodies with their exact counters."""
    page = paginate(request, cohort_queries.cohorts_for(_cohort_keeper(request)), PER_PAGE)
    counts = cohort_queries.counts_of(page)
    rows = [{"row": row, "counts": counts[row.pk]} for row in page]
    context = _cohort_context(_("学历提升计划"), page=page, rows=rows)
    return render(request, "credit/honours/staff/cohorts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_cohort(request: HttpRequest) -> HttpResponse:
    user = _cohort_keeper(request)
    bodies = list(queries.bodies_of(user).filter(kind__in=cohort_queries.KINDS))
    form, status = CohortForm(bodies, request.POST or None, initial={"first_year": today().year}), 200
    if request.method == "POST":
        status = attempt_form(request, form, lambda: _opened(user, form), _("计划已建立。"))
        if status == DONE:
            return redirect("creditbank_cohorts")
    context = _cohort_context(
        _("建立学历提升计划"), form=form, back="creditbank_cohorts", back_title=_("学历提升计划")
    )
    return render(request, "credit/honours/staff/form.html", context, status=status)


def _opened(user: User, form: CohortForm) -> Cohort:
    said = dict(form.cleaned_data)
    said.pop("body")
    return cohorts.open_cohort(user, form.organisation, **said)


@require_http_methods(["GET", "HEAD", "POST"])
def cohort(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The counter with its lists, and inviting; the look stands under each member."""
    user = _keeper(request)
    found = cohort_queries.cohort_for(user, uuid)
    form, status = InviteForm(request.POST or None), 200
    if request.method == "POST":
        status = attempt_form(
            request,
            form,
            lambda: cohorts.invite(user, found, **form.cleaned_data),
            _("已邀请，等待本人确认。"),
        )
        if status == DONE:
            return redirect("creditbank_cohort", uuid)
    counts = cohort_queries.counts_of([found])[found.pk]
    labels = {
        CohortMember.State.JOINED.value: _("在读（%(n)s）") % {"n": counts.under_way},
        cohort_queries.OBTAINED: _("取得学历"),
        CohortMember.State.INVITED.value: _("待本人确认"),
    }
    asked = request.GET.get("state", "")
    state = asked if asked in labels else CohortMember.State.JOINED.value
    page = paginate(request, cohort_queries.members(found, state), PER_PAGE)
    people = [] if state == CohortMember.State.INVITED else [row.person for row in page]
    names = queries.names_of(people)
    queries.log_looks(user, found.organisation, people, "cohort.view")
    context = _cohort_context(
        str(found),
        cohort=found,
        counts=counts,
        page=page,
        rows=[{"row": row, "name": names.get(row.person_id, "")} for row in page],
        tabs=tabs_of(labels, state),
        state=state,
        form=form,
    )
    return render(request, "credit/honours/staff/cohort.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def cohort_member(request: HttpRequest, uuid: UUID, member: UUID) -> HttpResponse:
    """One member: noting the degree, or that it was noted by mistake."""
    user = _keeper(request)
    found = cohort_queries.cohort_for(user, uuid)
    row = cohort_queries.member_for(user, found, member)
    noted = row.degree_id is not None
    form: forms.Form = ReasonForm(request.POST or None) if noted else DegreeForm(row, request.POST or None)
    status = 200
    if request.method == "POST":
        if request.POST.get("action") != ("withdraw" if noted else "degree"):
            raise NotFound
        status = attempt_form(
            request,
            form,
            lambda: (
                cohorts.withdraw_degree(user, row, reason=form.cleaned_data["reason"])
                if noted
                else cohorts.record_degree(user, row, UUID(form.cleaned_data["outcome"]))
            ),
            _("已记下。"),
        )
        if status == DONE:
            return redirect("creditbank_cohort_member", uuid, member)
    queries.log_looks(user, found.organisation, [row.person], "cohort.view")
    context = _cohort_context(
        queries.names_of([row.person])[row.person_id],
        cohort=found,
        row=row,
        noted=noted,
        form=form,
        own=row.person_id == user.pk,
        any_proof=noted or bool(form.fields["outcome"].choices),  # type: ignore[attr-defined]
    )
    return render(request, "credit/honours/staff/member.html", context, status=status)
