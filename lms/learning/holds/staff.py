"""Staff screens inside the Wagtail admin: the queue of holds and one case with its decision, for officers of the authority
(auditors read); the thresholds, for officers.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, User, holds, masked_name
from lms.learning.holds import decisions, queries, words
from lms.learning.holds.forms import RuleForm, VerdictForm
from lms.learning.holds.given import given
from lms.learning.holds.models import HoldRule, State, StudyHold
from lms.learning.holds.rules_published import publish_rule
from lms.learning.rule_versions import PUBLISHED, next_version
from lms.lib.attempts import refused
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
TABS = ("waiting", State.CONFIRMED, State.UPHELD, State.RELEASED)


def _staff(request: HttpRequest) -> User:
    if not queries.sees(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="warning")


@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user = _staff(request)
    asked = request.GET.get("state", "")
    shown = asked if asked in TABS else TABS[0]
    page = paginate(request, queries.queue(user, shown), PER_PAGE)
    labels = {tab: _("待处理") if tab == "waiting" else State(tab).label for tab in TABS}
    rows = [{"hold": row, "overdue": queries.overdue(row), "undated": queries.undated(row)} for row in page]
    context = _context(_("学习记录核实"), page=page, rows=rows, tabs=tabs_of(labels, shown), state=shown)
    return render(request, "learning/holds/staff/queue.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One case: what was found, what the person says, what hangs on it, and the decision."""
    user = _staff(request)
    found = queries.for_staff(user, uuid)
    sessions = queries.sessions_of(found)
    form, status = VerdictForm(sessions=_choices(sessions)), 200
    if request.method == "POST":
        form = VerdictForm(request.POST, sessions=_choices(sessions))
        status = 422
        if form.is_valid():
            try:
                decisions.decide(user, found, form.verdict(request.POST.get("action", "")))
            except Refusal as refusal:
                status = refused(request, form, refusal)
            else:
                messages.success(request, _("已记下，本人会收到通知。"))
                return redirect("learning_holds")
            found = queries.for_staff(user, uuid)
    return render(
        request, "learning/holds/staff/case.html", _case(user, found, form, sessions), status=status
    )


def _case(user: User, found: StudyHold, form: VerdictForm, sessions: list[Any]) -> dict[str, Any]:
    first, *rest = words.evidence(found)
    return _context(
        words.title(found),
        hold=found,
        name=masked_name(found.person),
        found=first,
        evidence=rest,
        ground=words.ground(found),
        next=words.following(found),
        undated=queries.undated(found),
        sessions=sessions,
        steps=words.timeline(found, queries.steps_of(found)),
        files=list(found.files.order_by("id")),
        given=given(found),
        decides=queries.decides(user, found),
        form=form,
    )


def _choices(sessions: list[Any]) -> list[tuple[str, str]]:
    return [
        (
            str(item.session.uuid),
            f"{words.moment(item.session.opened_ms)} · {item.session.lesson.title} · "
            f"{item.session.get_device_kind_display()} · {words.spoken(item.session.attributed_ms)}",
        )
        for item in sessions
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Every version of the thresholds, newest first, and the form that publishes the next one."""
    if not holds(request.user, Role.OFFICER):
        raise NotAllowed
    form, status = next_version(request, RuleForm, publish_rule)
    if status == PUBLISHED:
        return redirect("learning_hold_rules")
    page = paginate(request, HoldRule.objects.order_by("-version"), PER_PAGE)
    rows = [{"rule": row, "lines": _lines(row)} for row in page]
    context = _context(_("核实规则"), page=page, rows=rows, form=form)
    return render(request, "learning/holds/staff/rules.html", context, status=status)


def _lines(row: HoldRule) -> list[str]:
    return [
        _("报告的内容超出时间 %(ms)s以上，并达到 %(percent)s%%")
        % {"ms": words.spoken(row.speed_excess_ms), "percent": row.speed_excess_percent},
        _("一天里两台以上设备同时在学超过 %(ms)s") % {"ms": words.spoken(row.overlap_ms)},
        _("一天里不能接受的学习记录 %(number)s 份以上（时间超前 %(ms)s以上的也算）")
        % {"number": row.refusals, "ms": words.spoken(row.ahead_ms)},
        _("一台设备上 %(number)s 个以上账号同时在学超过 %(ms)s")
        % {"number": row.shared_people, "ms": words.spoken(row.shared_ms)},
        _days(row) % {"answer": row.answer_days, "appeal": row.appeal_days},
    ]


def _days(row: HoldRule) -> str:
    if row.working_days:
        return _("答复 %(answer)s 个工作日，申诉 %(appeal)s 个工作日")
    return _("答复 %(answer)s 天，申诉 %(appeal)s 天")
