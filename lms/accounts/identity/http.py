"""/me/identity/: one's own real name. Works without scripts; every fault stands at its field."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from lms.accounts.identity import issuers
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import mask_name, mask_number
from lms.accounts.identity.services import SENTENCES, find_faults, set_identity
from lms.accounts.identity.verifiers import unnamed, verifiers_for
from lms.accounts.organisations.queries import actor
from lms.accounts.people.http import signed_in
from lms.lib.errors import Refusal


class IdentityForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("证件类型"), choices=Identity.Kind.choices, initial="id_card")
    country = forms.ChoiceField(
        label=gettext_lazy("护照的签发国家或地区"),
        choices=lambda: [("", _("不是护照，不用选")), *issuers.choices()],
        required=False,
        help_text=gettext_lazy("只有护照要选：和资料页上“签发国代码”一样，例如 CHN。"),
    )
    legal_name = forms.CharField(
        label=gettext_lazy("姓名"),
        max_length=50,
        help_text=gettext_lazy("和证件上一样。证书、学分都用这个名字。"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("请填写姓名。")},
    )
    number = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=30,
        help_text=gettext_lazy("照着证件输入，空格、横线、大小写都不要紧。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": gettext_lazy("请填写证件号码。")},
    )
    consent = forms.BooleanField(
        label=gettext_lazy("我同意融通保存我的姓名和证件号码，只用于学时、证书和学分的实名认定"),
        error_messages={
            "required": gettext_lazy("保存证件信息需要你单独同意。不同意也可以继续学习，但领不了实名证书。")
        },
    )

    def clean(self) -> dict[str, Any]:
        """All faults at once: a missing consent must not hide a wrong digit."""
        data = super().clean() or self.cleaned_data
        kind, country = data.get("kind", ""), data.get("country", "")
        name, number = data.get("legal_name"), data.get("number")
        for fault in find_faults(kind, name or "", number or "", country):
            if fault.field in self.cleaned_data:
                self.add_error(fault.field, str(SENTENCES[fault.code]))
        return data


@sensitive_post_parameters("legal_name", "number")
@never_cache
@login_required
def identity(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    held = Identity.objects.filter(user=user).first()
    # A verified name is shown, not offered for change.
    locked = held is not None and held.status == Identity.Status.VERIFIED
    start = {"kind": held.kind, "country": held.country} if held else None
    form = IdentityForm(request.POST or None, initial=start)
    refusal: Refusal | None = None
    if request.method == "POST" and not locked and form.is_valid():
        data = form.cleaned_data
        try:
            said = (data["kind"], data["legal_name"], data["number"])
            set_identity(user, *said, actor(user), country=data["country"])
        except Refusal as error:
            refusal = error
            show_faults(form, error)
        else:
            messages.success(request, _("实名信息已保存，格式核对无误。"))
            return HttpResponseRedirect(_next(request))
    status = refusal.status if refusal else (422 if form.errors else 200)
    context = {
        "form": form,
        "held": held,
        "locked": locked,
        "masked_name": mask_name(held.legal_name) if held else "",
        "masked_number": mask_number(held.number) if held else "",
        "country": issuers.label(held.country) if held else "",
        "countryless": held is not None and held.kind == Identity.Kind.PASSPORT and not held.country,
        "next": request.POST.get("next") or request.GET.get("next") or "",
        # Whom one goes to until it is verified, and what may be had again afterwards.
        "verifiers": None if locked else verifiers_for(user),
        "contact": settings.RONGTONG_CONTACT,
        "unnamed": unnamed(user) if locked else 0,
    }
    return render(request, "accounts/identity.html", context, status=status)


def show_faults(form: forms.Form, refusal: Refusal) -> None:
    """Put a service's sentences where they belong: at their fields, or at the head of the form."""
    fields: dict[str, Any] = refusal.details.get("fields") or {}
    if not fields and refusal.details.get("field"):
        fields = {refusal.details["field"]: refusal.message}
    known = {name: text for name, text in fields.items() if name in form.fields}
    for name, text in known.items():
        form.add_error(name, str(text))
    if not known or refusal.status == 409:
        form.add_error(None, str(refusal.message))


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and safe else reverse("accounts_pages:identity")
