"""/me/: a person's own page. Thin: forms, one service call, a page."""

import json
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from lms.accounts.employment.queries import invitations
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import mask_name
from lms.accounts.organisations.invitations import invitations_of
from lms.accounts.people import services
from lms.accounts.people.export import export_person
from lms.accounts.people.models import User
from lms.accounts.people.queries import explain_looks, looks_at, roles_of
from lms.accounts.people.rules import display_phone
from lms.lib.clock import today
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate


def signed_in(request: HttpRequest) -> User:
    """The user of a view that demands a sign-in."""
    assert isinstance(request.user, User)
    return request.user


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=gettext_lazy("称呼"),
        max_length=services.MAX_DISPLAY_NAME,
        required=False,
        help_text=gettext_lazy("页面上这样称呼你。不必是真名，证书上用的是实名。"),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


@never_cache
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ProfileForm(request.POST or None, initial={"display_name": user.display_name})
    if request.method == "POST" and form.is_valid():
        services.set_display_name(user, form.cleaned_data["display_name"])
        messages.success(request, _("已保存。"))
        return redirect("accounts_pages:profile")
    identity = Identity.objects.filter(user=user).first()
    context = {
        "form": form,
        "identity": identity,
        "identity_name": mask_name(identity.legal_name) if identity else "",
        "phone": display_phone(user.phone) if user.phone else "",
        "roles": roles_of(user),
        "mfa": is_mfa_enabled(user),
        "looks": looks_at(user).count(),
        "invitations": invitations(user).count(),
        "offers": invitations_of(user),
        "staff": user.has_perm("wagtailadmin.access_admin"),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    page = paginate(request, looks_at(signed_in(request)))
    return render(request, "accounts/looks.html", {"page": page, "looks": explain_looks(page.object_list)})


@never_cache
@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The download itself; POST, because it writes a row and must not be fetched by a prefetching browser."""
    document = export_person(signed_in(request))
    body = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rongtong-{today():%Y%m%d}.json"'
    return response


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/privacy.html")


@never_cache
@require_GET
def staff_entry(request: HttpRequest) -> HttpResponse:
    """Where the Wagtail admin sends people it does not let in: to sign in, or to be told that they have no
    role.
    """
    if not request.user.is_authenticated:
        target = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
            target = reverse("wagtailadmin_home")
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
    if request.user.has_perm("wagtailadmin.access_admin"):
        return redirect("wagtailadmin_home")
    raise NotAllowed(_("你的账号还没有工作人员角色，进不了后台。需要的话，请联系所在机构的管理员。"))
