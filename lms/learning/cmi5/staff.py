"""Staff screens in the Wagtail admin: the learners of one's cmi5 courses, one of them with launches, what was refused and
waivers, and the versions of the rule.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import COURSE_WORK, Role, RoleMenuItem, User, holds, mask_name, require_role
from lms.learning import rule_versions
from lms.learning.cmi5 import queries, services
from lms.learning.cmi5.models import Cmi5Registration, Cmi5Rule
from lms.learning.cmi5.published import BOUNDS, NewCmi5Rule, publish_rule
from lms.learning.cmi5.structure import text_in
from lms.learning.looks import CMI5, note_look
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate, staff_context

PER_PAGE = 30
REASONS = {
    "Tested Out": gettext_lazy("通过了免修测试"),
    "Equivalent AU": gettext_lazy("完成了本课程里相当的单元"),
    "Equivalent Outside Activity": gettext_lazy("完成了课程以外相当的学习"),
    "Administrative": gettext_lazy("管理人员认定"),
}
_context = partial(staff_context, icon="media")


class WaiveForm(forms.Form):
    au = forms.ChoiceField(label=gettext_lazy("单元"))
    reason = forms.ChoiceField(label=gettext_lazy("原因"), choices=list(REASONS.items()))
    note = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("写明根据什么免修；免修不能收回，也不计学习时间。"),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["au"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class RuleForm(forms.Form):
    valid_from = rule_versions.valid_from()
    fetch_minutes = forms.IntegerField(
        label=gettext_lazy("取令牌的期限（分钟）"),
        help_text=gettext_lazy("课件打开以后，在这段时间里取一次令牌。"),
    )
    session_hours = forms.IntegerField(
        label=gettext_lazy("令牌的期限（小时）"), help_text=gettext_lazy("一次启动的令牌最多用这么久。")
    )
    idle_minutes = forms.IntegerField(
        label=gettext_lazy("没有语句多久算中断（分钟）"),
        help_text=gettext_lazy("每小时看一次；到了这么久没有语句的启动，由平台记为中断。"),
    )
    grace_s = forms.IntegerField(
        label=gettext_lazy("结束以后还收多久（秒）"),
        help_text=gettext_lazy("结束以前发生、来得晚的语句，在这段时间里还收。"),
    )
    source = rule_versions.source()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most, _unit) in BOUNDS.items():
            self.fields[name].widget.attrs.update(min=least, max=most)

    def rule(self) -> NewCmi5Rule:
        return NewCmi5Rule(**self.cleaned_data)


def _staff(request: HttpRequest) -> User:
    if not queries.looks(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@never_cache
@require_safe
def registrations(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.for_staff(_staff(request)), PER_PAGE)
    counts = queries.session_counts(list(page))
    rows = [{"row": row, "name": _who(row), "sessions": counts[row.pk]} for row in page]
    return render(
        request, "learning/cmi5/staff/list.html", _context(_("cmi5 课件学习"), page=page, rows=rows)
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def registration(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One learner in one package's course; POST waives an AU."""
    user = _staff(request)
    row = queries.one_for_staff(user, uuid)
    units = queries.unit_states(row)
    choices = [(unit.key, unit.title) for unit in units if unit.waived_at is None]
    form, status = WaiveForm(choices=choices), 200
    if request.method == "POST":
        form = WaiveForm(request.POST, choices=choices)
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                services.waive(user, row, said["au"], reason=said["reason"], note=said["note"])
            except Refusal as refusal:
                messages.error(request, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("已免修。"))
                return redirect("learning_cmi5_one", uuid)
    elif row.enrolment is not None:
        person = row.enrolment.person
        note_look(
            require_role(user, *queries.ROLES, organisation=queries.body_of(row)),
            person,
            action="cmi5.view",
            reason=CMI5(),
            registration=str(uuid),
        )
    titles = {unit.key: unit.title for unit in units}
    page = paginate(request, queries.sessions_of(row), PER_PAGE)
    course, language = services.course_in(row), get_language() or ""
    context = _context(
        _who(row),
        row=row,
        course=text_in(course.title, language),
        units=[{"unit": unit, "reason": REASONS.get(unit.waived_reason, "")} for unit in units],
        whole=queries.satisfied_in(row).get("course"),
        page=page,
        sessions=[{"item": item, "title": titles[item.unit.key]} for item in page],
        refused=[
            {
                "at": told["at"],
                "title": titles[item.unit.key],
                "said": told["message"],
                "where": told["where"],
            }
            for item, told in queries.refused_lately(list(page))
        ],
        form=form if choices and queries.may_waive(user, row) else None,
    )
    return render(request, "learning/cmi5/staff/one.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Every version of the rule, newest first, and the form that publishes the next one."""
    if not holds(request.user, Role.OFFICER):
        raise NotAllowed
    form, status = rule_versions.next_version(request, RuleForm, publish_rule)
    if status == rule_versions.PUBLISHED:
        return redirect("learning_cmi5_rules")
    page = paginate(request, Cmi5Rule.objects.order_by("-valid_from", "-version"), PER_PAGE)
    context = _context(_("cmi5 启动规则"), page=page, form=form)
    return render(request, "learning/cmi5/staff/rules.html", context, status=status)


def _who(row: Cmi5Registration) -> str:
    if row.enrolment is not None:
        person = row.enrolment.person
        identity = getattr(person, "identity", None)
        return mask_name(identity.legal_name if identity is not None else str(person))
    return _("试运行：%(learner)s") % {"learner": row.learner}


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("cmi5/", registrations, name="learning_cmi5"),
        path("cmi5/rules/", rules, name="learning_cmi5_rules"),
        path("cmi5/<uuid:uuid>/", registration, name="learning_cmi5_one"),
    ]


@hooks.register(COURSE_WORK)
def cmi5_menu() -> MenuItem:
    return RoleMenuItem(
        gettext_lazy("cmi5 课件学习"),
        reverse("learning_cmi5"),
        name="cmi5",
        icon_name="media",
        order=258,
        roles=list(queries.ROLES),
    )


@hooks.register(COURSE_WORK)
def cmi5_rules_menu() -> MenuItem:
    return RoleMenuItem(
        gettext_lazy("cmi5 启动规则"),
        reverse("learning_cmi5_rules"),
        name="cmi5-rules",
        icon_name="table",
        order=259,
        roles=[Role.OFFICER],
    )
