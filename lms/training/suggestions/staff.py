"""Staff screens of suggestions inside the Wagtail admin: an authority's lists with the overdue ones, one suggestion with what can be
done, and by when each authority replies.
"""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Organisation, User
from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import today
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.training.suggestions import queries, services
from lms.training.suggestions.forms import CloseForm, GiveForm, HandOverForm, ReplyForm, RuleForm
from lms.training.suggestions.models import State, Suggestion

RULES_PER_PAGE = 30
ACTS = {
    "reply": pgettext_lazy("建议", "答复"),
    "give": pgettext_lazy("建议", "交给同事"),
    "hand_over": pgettext_lazy("建议", "转给别的单位"),
    "close": pgettext_lazy("建议", "办结"),
}
_context = partial(staff_context, icon="comment")


def is_keeper(user: Any) -> bool:
    """Whether they set by when authorities reply: administrators of the platform."""
    return bool(user.is_active and user.is_superuser)


def _reader(request: HttpRequest) -> tuple[User, list[Organisation]]:
    user: User = request.user  # type: ignore[assignment]  # nobody comes here without signing in
    mine = queries.authorities_of(user)
    if not mine:
        raise NotAllowed
    return user, mine


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """One authority's: open, one's own, late, replied, closed. Numbers and dates; the words stand on the page of each."""
    if is_keeper(request.user) and not queries.authorities_of(request.user):  # type: ignore[arg-type]
        return redirect("training_suggestion_rules")
    user, mine = _reader(request)
    authority = next((row for row in mine if row.code == request.GET.get("authority")), mine[0])
    labels: dict[str, Any] = {
        "open": State.OPEN.label,
        "mine": _("我办理的"),
        "late": _("已超期"),
        "replied": State.REPLIED.label,
        "closed": State.CLOSED.label,
    }
    asked = request.GET.get("state", "")
    tab = asked if asked in labels else "open"
    late = queries.late_count(authority)
    context = _context(
        _("意见建议"),
        authority=authority,
        authorities=mine if len(mine) > 1 else [],
        tabs=tabs_of(labels, tab),
        page=queries.queue(user, authority, tab, request.GET.get("after", "")),
        late=late,
        late_more=late == queries.MOST_COUNTED,
        today=today(),
        rule=queries.rule_on(authority, today()),
    )
    return render(request, "training/suggestions/staff/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def suggestion(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One suggestion. Whoever is in charge reads it all, which is logged; colleagues see where it stands."""
    user, _mine = _reader(request)
    sheet = queries.sheet(user, uuid)
    found, status = sheet.suggestion, 200
    blank = _forms(found, user)
    if request.method == "POST":
        press = request.POST.get("act", "")
        status, form = _post(request, user, found, press)
        if status == DONE:
            return redirect("training_suggestions")
        if form is not None:
            blank[press] = form
    context = _context(
        found.number,
        sheet=sheet,
        suggestion=found,
        forms=[(act, ACTS[act], form) for act, form in blank.items()] if sheet.charged else [],
        late=found.state == State.OPEN and found.due_on is not None and found.due_on < today(),
    )
    return render(request, "training/suggestions/staff/suggestion.html", context, status=status)


def _forms(found: Suggestion, user: User) -> dict[str, forms.Form]:
    """The acts that its state allows, each with its form."""
    if found.state == State.OPEN:
        shown: dict[str, forms.Form] = {
            "reply": ReplyForm(),
            "give": GiveForm(found),
            "hand_over": HandOverForm(found),
            "close": CloseForm(),
        }
        # Where nobody can be chosen there is no form.
        for name in ("give", "hand_over"):
            if not shown[name].fields["to"].queryset.exists():  # type: ignore[attr-defined]
                del shown[name]
        return shown
    return {"close": CloseForm()} if found.state == State.REPLIED else {}


def _post(request: HttpRequest, user: User, found: Suggestion, press: str) -> tuple[int, forms.Form | None]:
    # Judged as the page showed it: an act that another has overtaken is told so.
    found, seen = copy(found), request.POST.get("revision", "")
    if seen.isascii() and seen.isdecimal() and len(seen) < 9:
        found.revision = int(seen)
    acts: dict[str, tuple[forms.Form, Callable[[dict[str, Any]], object], str]] = {
        "reply": (
            ReplyForm(request.POST),
            lambda said: services.reply(user, found, said["text"]),
            _("已答复。"),
        ),
        "give": (
            GiveForm(found, request.POST),
            lambda said: services.give(user, found, said["to"]),
            _("已交给同事。"),
        ),
        "hand_over": (
            HandOverForm(found, request.POST),
            lambda said: services.hand_over(user, found, said["to"], said["reason"]),
            pgettext("建议", "已转给另一个单位，答复日期不变。"),
        ),
        "close": (
            CloseForm(request.POST),
            lambda said: services.close(user, found, said["reason"]),
            _("已办结。"),
        ),
    }
    if press not in acts:
        return 422, None
    form, act, said = acts[press]
    return attempt_form(request, form, lambda: act(form.cleaned_data), said), form


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """By when each authority replies: every version, and the form for the next one."""
    if not is_keeper(request.user):
        raise NotAllowed
    form, status = RuleForm(), 200
    if request.method == "POST":
        form = RuleForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.set_rule(request.user, **form.cleaned_data),  # type: ignore[arg-type]
            _("已设定。"),
        )
        if status == DONE:
            return redirect("training_suggestion_rules")
    page = paginate(request, queries.rules(), RULES_PER_PAGE)
    context = _context(_("意见建议由谁办理、几天答复"), form=form, page=page)
    return render(request, "training/suggestions/staff/rules.html", context, status=status)
