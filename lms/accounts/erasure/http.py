"""/me/erase/: what goes, what stays, what stands in the way, and the two buttons. Thin."""

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lms.accounts.erasure import services
from lms.accounts.people.http import signed_in
from lms.lib.errors import Conflict


class ErasureForm(forms.Form):
    understood = forms.BooleanField(
        label=gettext_lazy("我知道：注销后不能找回，证书和学分不能再转到新账号"),
        error_messages={"required": gettext_lazy("请先确认你知道这一点。")},
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)
def erase(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ErasureForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            services.ask(user)
            messages.success(request, _("已收到注销申请。到期之前随时可以撤回。"))
            return redirect("accounts_pages:erase")
        except Conflict as refusal:
            status = refusal.status
    context = {
        "form": form,
        "wish": services.pending(user),
        "obstacles": services.obstacles(user),
        "days": services.COOLING_OFF.days,
    }
    return render(request, "accounts/erase.html", context, status=status)


@login_required
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    services.cancel(signed_in(request))
    messages.success(request, _("已撤回注销申请，账号照常使用。"))
    return redirect("accounts_pages:profile")
