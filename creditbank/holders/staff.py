"""Staff screens inside the Wagtail admin, for officers of the authority: merges that wait, one of them, a new one."""

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

from creditbank.holders import merging, queries, rules
from creditbank.holders.models import AccountMerge
from lms.accounts.api import (
    Role,
    User,
    masked_name,
    masked_paper,
    person_by_login,
    real_name_status,
    require_role,
)
from lms.lib.errors import Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
State = AccountMerge.State
TABS = (State.REQUESTED, State.MERGED, State.REFUSED, State.UNDONE)


class AccountField(forms.CharField):
    """A learner number, a telephone number or an address; cleans to the account it is of, not to one it was merged
    into."""

    def clean(self, value: Any) -> User | None:  # type: ignore[override]
        typed = super().clean(value)
        found = queries.find_by_number(typed) or person_by_login(typed)
        if found is None:
            raise forms.ValidationError(_("没有找到这个账号。请输入完整的学习账号、手机号或邮箱。"))
        return found


class RequestForm(forms.Form):
    survivor = AccountField(
        label=gettext_lazy("保留的账号"), max_length=254, help_text=gettext_lazy("学习账号、手机号或邮箱。")
    )
    other = AccountField(label=gettext_lazy("并入的账号（将关闭）"), max_length=254)
    evidence = forms.CharField(
        label=gettext_lazy("证明"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("看过哪些证件原件、怎样确认是同一个人、复印件存在哪里。本人可以看到。"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("必填，本人可以看到。"),
    )


def _officer(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    require_role(user, Role.OFFICER)
    return user


_context = partial(staff_context, icon="user")


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    officer = _officer(request)
    asked = request.GET.get("state", "")
    shown = next((tab for tab in TABS if tab == asked), TABS[0])
    page = paginate(request, queries.queue(officer, shown), PER_PAGE)
    context = _context(
        _("账号合并"), page=page, tabs=tabs_of({tab: tab.label for tab in TABS}, shown), state=shown
    )
    return render(request, "credit/staff/merges.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    officer = _officer(request)
    form, status = RequestForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                made = merging.request(officer, data["survivor"], data["other"], evidence=data["evidence"])
            except Refusal as refusal:
                status = refusal.status
                for sentence in refusal.details.get("reasons", [refusal.message]):
                    form.add_error(refusal.details.get("field"), str(sentence))
            else:
                messages.success(request, _("已提出。请另一位工作人员核准。"))
                return redirect("creditbank_merge", made.uuid)
    return render(
        request, "credit/staff/merge_new.html", _context(_("合并两个账号"), form=form), status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One merge: who both are, what would move, what stands in the way; deciding or undoing it."""
    officer = _officer(request)
    shown = queries.merge_for(officer, uuid)
    form, status = ReasonForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            _act(officer, shown, request.POST.get("action", ""), form.cleaned_data["reason"])
        except Refusal as refusal:
            status = refusal.status
            for sentence in refusal.details.get("reasons", [refusal.message]):
                form.add_error(refusal.details.get("field"), str(sentence))
        else:
            messages.success(request, _("已记下，本人能看到结果。"))
            return redirect("creditbank_merge", uuid)
        shown.refresh_from_db()
    assert shown.other is not None
    waiting = shown.state == State.REQUESTED
    context = _context(
        _("账号合并"),
        merge=shown,
        people=[_person(shown.survivor, _("保留")), _person(shown.other, _("并入"))],
        preview=queries.preview(shown.survivor, shown.other) if waiting else None,
        moved=queries.posted(shown)[:PER_PAGE] if shown.state == State.MERGED else [],
        may_decide=waiting and officer.pk not in (shown.requested_by_id, shown.survivor_id, shown.other_id),
        may_undo=shown.state == State.MERGED and officer.pk != shown.decided_by_id,
        undo_days=merging.UNDO_FOR.days,
        form=form,
    )
    return render(request, "credit/staff/merge.html", context, status=status)


def _person(user: User, part: str) -> dict[str, Any]:
    held = queries.account_of(user)
    return {
        "user": user,
        "part": part,
        "number": rules.grouped(held.number) if held else "",
        "name": masked_name(user),
        "paper": masked_paper(user),
        "status": real_name_status(user),
    }


def _act(officer: User, shown: AccountMerge, action: str, reason: str) -> None:
    if action in ("approve", "refuse"):
        merging.decide(officer, shown, approve=action == "approve", reason=reason)
    elif action == "undo":
        merging.undo(officer, shown, reason=reason)
    else:
        raise Refusal(_("请用页面上的按钮操作。"))
