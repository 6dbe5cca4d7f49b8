"""The staff screen on which an organisation's administrators say how it shows itself. Thin."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from lms.accounts.branding import services
from lms.accounts.branding.logo import MOST_BYTES
from lms.accounts.branding.queries import brand_of
from lms.accounts.branding.rules import PALETTE
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import organisations_for, require_role
from lms.accounts.people.http import signed_in
from lms.lib.errors import Conflict, NotAllowed, NotFound, Refusal
from lms.lib.pages import paginate, staff_context

OWN = "own"


class BrandForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("显示的名称"),
        max_length=services.LONGEST_NAME,
        required=False,
        help_text=gettext_lazy("不填就用登记的名称。证书上的发证单位始终是登记的名称。"),
    )
    introduction = forms.CharField(
        label=gettext_lazy("简介"),
        max_length=services.LONGEST_INTRODUCTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    website = forms.CharField(
        label=gettext_lazy("网址"),
        max_length=services.LONGEST_WEBSITE,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )
    palette = forms.ChoiceField(
        label=gettext_lazy("颜色"),
        required=False,
        choices=[
            ("", gettext_lazy("不用颜色")),
            *((colour, label) for colour, label in PALETTE.items()),
            (OWN, gettext_lazy("自己的颜色")),
        ],
        help_text=gettext_lazy("只用在细边和链接上；深色页面自动换成看得清的浅色。"),
    )
    accent = forms.CharField(
        label=gettext_lazy("自己的颜色"),
        max_length=7,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "#1d4f91"}),
        help_text=gettext_lazy("选了“自己的颜色”才填，写成 #1d4f91 这样；对比度不到 4.5 的不能用。"),
    )
    logo = forms.FileField(
        label=gettext_lazy("标志"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".svg,.png,.jpg,.jpeg,.webp"}),
        help_text=gettext_lazy(
            "SVG（64 KB 以内）、PNG、JPEG 或 WebP（2 MB 以内）；深浅底色上都要看得清。不选就不变。"
        ),
    )
    drop_logo = forms.BooleanField(label=gettext_lazy("去掉现在的标志"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def said(self) -> dict[str, Any]:
        """As `set_brand` takes it."""
        data = dict(self.cleaned_data)
        palette, own = data.pop("palette"), data.pop("accent")
        file = data.pop("logo")
        # One byte more than may be: then it is said that it is too large.
        data["logo"] = file.read(MOST_BYTES + 1) if file else None
        return data | {"accent": own if palette == OWN else palette}


@never_cache
def first(request: HttpRequest) -> HttpResponse:
    """Those the person administers; where it is one, straight to it."""
    found = organisations_for(signed_in(request), Role.ADMIN).order_by("name", "pk")
    page = paginate(request, found, 50)
    if not page.paginator.count:
        raise NotAllowed
    if page.paginator.count == 1:
        return redirect("rongtong_brand", page[0].code)
    return render(request, "accounts/admin/brands.html", staff_context(_("单位形象"), "image", page=page))


@never_cache
def brand(request: HttpRequest, code: str) -> HttpResponse:
    """The form, what it looks like now, and what comes of sending it."""
    viewer = signed_in(request)
    organisation = Organisation.objects.filter(code=code).first()
    if organisation is None or not organisations_for(viewer, Role.ADMIN).filter(pk=organisation.pk).exists():
        raise NotFound
    require_role(viewer, Role.ADMIN, organisation=organisation)
    form = BrandForm(request.POST or None, request.FILES or None, initial=_initial(organisation))
    if request.method == "POST" and form.is_valid():
        try:
            services.set_brand(viewer, organisation, **form.said())
        except Refusal as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, str(refusal.message))
            if isinstance(refusal, Conflict):
                return _page(request, organisation, form, status=409)
        else:
            messages.success(request, _("已保存，课程页上马上可以看到。"))
            return redirect("rongtong_brand", organisation.code)
    return _page(request, organisation, form, status=422 if form.errors else 200)


def _initial(organisation: Organisation) -> dict[str, Any]:
    shown = brand_of(organisation)
    named = shown.light in PALETTE
    return {
        "name": shown.name if shown.name != shown.legal_name else "",
        "introduction": shown.introduction,
        "website": shown.website,
        "palette": shown.light if named else (OWN if shown.light else ""),
        "accent": "" if named else shown.light,
        "seen": shown.version,
    }


def _page(request: HttpRequest, organisation: Organisation, form: BrandForm, status: int) -> HttpResponse:
    context = staff_context(
        _("单位形象：%(name)s") % {"name": organisation.name},
        "image",
        organisation=organisation,
        shown=brand_of(organisation),
        form=form,
        palette=PALETTE,
    )
    return render(request, "accounts/admin/brand.html", context, status=status)
