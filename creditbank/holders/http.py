"""/credit/account/: one's learner number, and joining two accounts of one's own. Works without scripts; thin."""

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditbank.holders import merging, queries, rules
from creditbank.holders.models import AccountMerge
from creditbank.holders.services import open_account
from lms.accounts.api import User, masked_name, masked_paper, user_of
from lms.lib.errors import NotFound, Refusal
from lms.lib.pages import paginate

State = AccountMerge.State


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("合并码"),
        max_length=20,
        help_text=gettext_lazy("另一个账号上显示的 8 位数字。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请输入合并码。")},
    )


class AgreeForm(forms.Form):
    code = forms.CharField(max_length=20, widget=forms.HiddenInput)
    understood = forms.BooleanField(
        label=gettext_lazy("两个账号都是我本人的，我同意关闭现在登录的这个账号"),
        error_messages={"required": gettext_lazy("请先确认你同意。")},
    )


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The number, every number that finds the person, and the merges."""
    user = user_of(request)
    held = open_account(user)
    numbers = queries.numbers_of(user)
    context = {
        "number": rules.grouped(held.number) if held else "",
        "opened_at": held.opened_at if held else None,
        "others": [rules.grouped(number) for number in numbers if held is None or number != held.number],
        "page": paginate(request, queries.merges_of(user).exclude(state=State.OPEN), 10),
    }
    return render(request, "credit/account/account.html", context)


@never_cache
@login_required
@require_POST
def offer(request: HttpRequest) -> HttpResponse:
    """The code, once: it is kept as a hash only."""
    _merge, code = merging.offer(user_of(request))
    context = {"code": rules.grouped(code), "minutes": int(merging.CODE_FOR.total_seconds() // 60)}
    return render(request, "credit/account/code.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)
def enter(request: HttpRequest) -> HttpResponse:
    """On the account that is to be closed: the code, then what would happen, then yes."""
    user = user_of(request)
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "credit/account/enter.html", {"form": form}, status=status)
    code = form.cleaned_data["code"]
    agreeing = AgreeForm(request.POST if "agree" in request.POST else None, initial={"code": code})
    try:
        if agreeing.is_bound and agreeing.is_valid():
            made = merging.agree(user, code)
            messages.success(request, _("已提交。工作人员核准以后，两个账号合为一个。"))
            return redirect("credit:merge", made.uuid)
        merge = merging.offered(user, code)
    except NotFound as refusal:
        form.add_error("code", str(refusal.message))
        return render(request, "credit/account/enter.html", {"form": form}, status=422)
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        return render(request, "credit/account/enter.html", {"form": form}, status=refusal.status)
    context = {
        "form": agreeing,
        "survivor": _shown(merge.survivor),
        "other": _shown(user),
        "preview": queries.preview(merge.survivor, user),
    }
    status = 422 if agreeing.errors else 200
    return render(request, "credit/account/agree.html", context, status=status)


def _shown(user: User) -> dict[str, Any]:
    """As much of an account as its owner recognises."""
    held = queries.account_of(user)
    return {
        "called": str(user),
        "name": masked_name(user),
        "paper": masked_paper(user),
        "number": rules.grouped(held.number) if held else "",
    }


@never_cache
@login_required
@require_safe
def merge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One merge: its state, and on the surviving account every line of the closed one's books."""
    user = user_of(request)
    found = queries.merge_of(user, uuid)
    lines = found.state == State.MERGED and found.survivor_id == user.pk
    context = {
        "merge": found,
        "survivor": _shown(found.survivor),
        "other": _shown(found.other) if found.other else None,
        "waiting": found.state in (State.OPEN, State.REQUESTED),
        "page": paginate(request, queries.entries_left(found)) if lines else None,
    }
    return render(request, "credit/account/merge.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    merging.withdraw(user, queries.merge_of(user, uuid))
    messages.success(request, _("已撤回。"))
    return redirect("credit:account")
