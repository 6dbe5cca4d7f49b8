"""Staff screens: an organisation's tools for its administrators; adding what a tool offers to a lesson, for editors. Thin."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.api import lesson_to_edit
from lms.accounts.api import Organisation, Role, User, organisations_for, require_role
from lms.learning.lti import keys
from lms.learning.lti.platform import choosing, services
from lms.learning.lti.platform.http import post_page
from lms.learning.lti.platform.models import LtiTool, Scope
from lms.lib import json_in
from lms.lib.errors import NotFound, Refusal
from lms.lib.pages import paginate, staff_context

_context = partial(staff_context, icon="link-external")


class Lines(forms.CharField):
    """One address a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class KeySet(forms.CharField):
    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> dict[str, Any]:  # type: ignore[override]
        text = super().clean(value)
        try:
            found = json_in.read(text) if text else {}
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise forms.ValidationError(_("这不是一份 JWKS。"))
        return found


class ToolForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    login_url = forms.CharField(
        label=gettext_lazy("登录发起地址"), max_length=500, help_text="OIDC Login Initiation URL"
    )
    target_url = forms.CharField(
        label=gettext_lazy("打开的地址"), max_length=500, help_text="Target Link URI"
    )
    redirect_uris = Lines(
        label=gettext_lazy("回跳地址"),
        max_length=5000,
        help_text=gettext_lazy("Redirect URIs，一行一个。只有与这里完全相同的地址才会收到登录结果。"),
    )
    deep_link_url = forms.CharField(
        label=gettext_lazy("选择内容的地址"), max_length=500, required=False, help_text="Deep Linking URL"
    )
    jwks_url = forms.CharField(
        label=gettext_lazy("公钥地址"), max_length=500, required=False, help_text="JWKS URL"
    )
    public_keys = KeySet(
        label=gettext_lazy("公钥（没有地址时）"), max_length=20000, required=False, help_text="JWKS"
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("权限"), choices=Scope, widget=forms.CheckboxSelectMultiple, required=False
    )
    asks_names = forms.BooleanField(
        label=gettext_lazy("可以请学员告诉它称呼"),
        required=False,
        help_text=gettext_lazy("学员本人同意才会告诉；不勾选时它只看到代号。"),
    )


def _user(request: HttpRequest) -> User:
    require_role(request.user, Role.ADMIN)  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


def _organisation(user: User, code: str) -> Organisation:
    found = organisations_for(user, Role.ADMIN).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The tools of the one organisation, or of the first."""
    found = organisations_for(_user(request), Role.ADMIN).order_by("name", "id").first()
    if found is None:
        raise NotFound
    return redirect("learning_lti_tools", found.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tools(request: HttpRequest, code: str) -> HttpResponse:
    """The list; a POST registers one by hand."""
    user = _user(request)
    organisation = _organisation(user, code)
    form = ToolForm(request.POST or None, initial={"scopes": [Scope.SCORES, Scope.RESULTS, Scope.LINE_ITEMS]})
    if request.method == "POST" and form.is_valid():
        try:
            services.make_tool(user, organisation, **form.cleaned_data)
        except Refusal as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("已登记。请把下面的平台信息填到工具里。"))
            return redirect("learning_lti_tools", organisation.code)
    return _tools(request, user, organisation, form, status=422 if form.errors else 200)


def _tools(
    request: HttpRequest,
    user: User,
    organisation: Organisation,
    form: ToolForm,
    *,
    invitation: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = LtiTool.objects.filter(organisation=organisation).order_by("-id")
    context = _context(
        _("外部工具（LTI）"),
        organisation=organisation,
        others=organisations_for(user, Role.ADMIN).exclude(pk=organisation.pk).order_by("name", "id")[:50],
        page=paginate(request, rows, 30),
        form=form,
        invitation=invitation,
        configuration_url=services.absolute("configuration"),
        platform=[
            (_("平台标识（Issuer）"), settings.PUBLIC_URL),
            (_("登录地址（Authorization URL）"), services.absolute("authorize")),
            (_("令牌地址（Token URL）"), services.absolute("token")),
            (_("公钥地址（JWKS URL）"), services.absolute("jwks")),
        ],
        may_rotate=user.is_superuser,
    )
    return render(request, "learning/lti/staff/tools.html", context, status=status)


@never_cache
@require_POST
def invite(request: HttpRequest, code: str) -> HttpResponse:
    """A token for one dynamic registration, shown this once."""
    user = _user(request)
    organisation = _organisation(user, code)
    made = services.invite(user, organisation)
    return _tools(request, user, organisation, ToolForm(), invitation=made.token)


@require_POST
def switch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _user(request)
    found = LtiTool.objects.filter(uuid=uuid, organisation__in=organisations_for(user, Role.ADMIN))
    tool = found.select_related("organisation").first()
    if tool is None:
        raise NotFound
    try:
        on = request.POST.get("on") == "1"
        services.switch(user, tool, on=on, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("已启用。") if on else _("已停用，打开和令牌都失效了。"))
    return redirect("learning_lti_tools", tool.organisation.code)


@require_POST
def rotate(request: HttpRequest) -> HttpResponse:
    """A new key signs from now on; the platform's administrators only."""
    keys.rotate(request.user)  # type: ignore[arg-type]
    messages.success(request, _("已更换签名密钥，原来的公钥还会公布 30 天。"))
    return redirect("learning_lti")


# --- for editors --------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, lesson: int) -> HttpResponse:
    """Choose a tool for a lesson: one that offers a choice is asked, another is added as it stands."""
    user: User = request.user  # type: ignore[assignment]
    page, course = lesson_to_edit(user, lesson)
    if request.method == "POST":
        try:
            tool = UUID(request.POST.get("tool", ""))
        except ValueError:
            raise NotFound from None
        if request.POST.get("how") == "choose":
            return post_page(request, choosing.ask(user, lesson, tool), _("选择内容"))
        choosing.add_plain(user, lesson, tool, title=request.POST.get("title", ""))
        messages.success(request, _("已放进课时的草稿。"))
        return redirect("wagtailadmin_pages:edit", page.pk)
    context = _context(
        _("外部工具：%(title)s") % {"title": page.title}, lesson=page, tools=choosing.tools_for(course)
    )
    return render(request, "learning/lti/staff/add.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def items(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a tool's author chose: looked at here, and taken in by a POST."""
    user: User = request.user  # type: ignore[assignment]
    launch = choosing.ready(user, uuid)
    if request.method == "POST":
        count = choosing.take(user, uuid)
        messages.success(request, _("已把 %(count)s 项放进课时的草稿。") % {"count": count})
        return redirect("wagtailadmin_pages:edit", launch.lesson_id)
    context = _context(
        _("从“%(name)s”选来的内容") % {"name": launch.tool.name},
        launch=launch,
        lesson_url=reverse("wagtailadmin_pages:edit", args=[launch.lesson_id]),
    )
    return render(request, "learning/lti/staff/items.html", context)
