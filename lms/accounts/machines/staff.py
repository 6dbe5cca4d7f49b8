"""Staff screens of an organisation's administrators: its machines, a new one with its secret, the end of one."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.machines import services
from lms.accounts.machines.models import Machine, Scope
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import organisations_for, require_role
from lms.accounts.people.models import User
from lms.lib.errors import NotFound, Refusal
from lms.lib.pages import paginate


class MachineForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("例如：证书管理系统。")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("权限"),
        choices=Scope,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.DEPOSIT],
    )


def _organisation(user: User, code: str) -> Organisation:
    found = organisations_for(user, Role.ADMIN).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def _user(request: HttpRequest) -> User:
    require_role(request.user, Role.ADMIN)  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The machines of the one organisation, or of the first."""
    found = organisations_for(_user(request), Role.ADMIN).order_by("name", "id").first()
    if found is None:
        raise NotFound
    return redirect("rongtong_machines", found.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def machines(request: HttpRequest, code: str) -> HttpResponse:
    """The list; a POST makes one and shows its secret, this once."""
    user = _user(request)
    organisation = _organisation(user, code)
    form, made = MachineForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_machine(user, organisation, **form.cleaned_data)
        except Refusal as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, str(refusal.message))
        else:
            form = MachineForm()
    rows = Machine.objects.filter(organisation=organisation).select_related("made_by", "revoked_by")
    title = _("接口凭据")
    context: dict[str, Any] = {
        "header_title": title,
        "page_title": title,
        "header_icon": "key",
        "organisation": organisation,
        "others": organisations_for(user, Role.ADMIN).exclude(pk=organisation.pk).order_by("name", "id")[:50],
        "page": paginate(request, rows.order_by("revoked_at", "-made_at", "-id"), 30),
        "form": form,
        "made": made,
        "token_address": request.build_absolute_uri("/identity/o/api/token"),
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/admin/machines.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _user(request)
    found = Machine.objects.filter(uuid=uuid, organisation__in=organisations_for(user, Role.ADMIN))
    machine = found.select_related("organisation").first()
    if machine is None:
        raise NotFound
    try:
        services.revoke_machine(user, machine, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("已停用，令牌和密钥都失效了。"))
    return redirect("rongtong_machines", machine.organisation.code)
