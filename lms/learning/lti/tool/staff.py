"""Staff screens of an organisation's administrators: the LMSs in which our courses open for it. Thin."""

from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lms.accounts.api import Role, User, organisations_for, require_role
from lms.learning.lti.platform.services import absolute
from lms.learning.lti.platform.staff import Lines
from lms.learning.lti.tool import services
from lms.learning.lti.tool.models import LtiPlatform
from lms.lib.errors import NotFound, Refusal
from lms.lib.pages import paginate, staff_context

_context = partial(staff_context, icon="link-external")


class PlatformForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    issuer = forms.CharField(label=gettext_lazy("平台标识"), max_length=500, help_text="Issuer")
    client_id = forms.CharField(label=gettext_lazy("客户端编号"), max_length=255, help_text="Client ID")
    deployments = Lines(
        label=gettext_lazy("部署编号"), max_length=5000, help_text=gettext_lazy("Deployment ID，一行一个。")
    )
    login_url = forms.CharField(
        label=gettext_lazy("登录地址"), max_length=500, help_text="Authentication request URL"
    )
    token_url = forms.CharField(label=gettext_lazy("令牌地址"), max_length=500, help_text="Access token URL")
    jwks_url = forms.CharField(label=gettext_lazy("公钥地址"), max_length=500, help_text="Public keyset URL")


def _user(request: HttpRequest) -> User:
    require_role(request.user, Role.ADMIN)  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def platforms(request: HttpRequest, code: str) -> HttpResponse:
    """The list; a POST registers one."""
    user = _user(request)
    organisation = organisations_for(user, Role.ADMIN).filter(code=code).first()
    if organisation is None:
        raise NotFound
    form = PlatformForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.make_platform(user, organisation, **form.cleaned_data)
        except Refusal as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("已登记。"))
            return redirect("learning_lti_platforms", organisation.code)
    rows = LtiPlatform.objects.filter(organisation=organisation).order_by("-id")
    context = _context(
        _("教学平台（LTI）"),
        organisation=organisation,
        page=paginate(request, rows, 30),
        form=form,
        own=[
            (_("登录发起地址（Initiate login URL）"), absolute("tool_login")),
            (_("回跳地址与打开的地址（Redirect URI）"), absolute("tool_launch")),
            (_("公钥地址（JWKS URL）"), absolute("jwks")),
        ],
    )
    return render(request, "learning/lti/staff/platforms.html", context, status=422 if form.errors else 200)


@require_POST
def switch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _user(request)
    found = LtiPlatform.objects.filter(uuid=uuid, organisation__in=organisations_for(user, Role.ADMIN))
    platform = found.select_related("organisation").first()
    if platform is None:
        raise NotFound
    try:
        on = request.POST.get("on") == "1"
        services.switch(user, platform, on=on, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("已启用。") if on else _("已停用，不能再从那里进来。"))
    return redirect("learning_lti_platforms", platform.organisation.code)
