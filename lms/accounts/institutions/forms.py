"""Forms of organisations that register and of those who decide. They read what was typed; services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.institutions.models import KINDS, InstitutionRequest
from lms.accounts.institutions.services import Said
from lms.lib.evidence import HELP
from lms.lib.forms import FilesField


class InstitutionForm(forms.Form):
    kind = forms.ChoiceField(label=_("机构类别"), choices=KINDS)
    name = forms.CharField(label=_("机构全称"), max_length=120, help_text=_("和证照上一样。"))
    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=30,
        help_text=_("18 位，在营业执照、事业单位法人证书或办学许可证上。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    uscc_note = forms.CharField(
        label=_("代码说明"),
        max_length=200,
        required=False,
        help_text=_("只在代码校验不上时填：写明是哪张证照上的代码。"),
    )
    about = forms.CharField(
        label=_("说明"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("你在机构里做什么，准备在这里办什么。"),
    )
    evidence = FilesField(label=_("证照照片"), required=False, help_text=HELP)

    def __init__(self, *args: Any, request: InstitutionRequest | None = None, **kwargs: Any) -> None:
        if request is not None:
            names = ("kind", "name", "uscc", "uscc_note", "about")
            kwargs["initial"] = {name: getattr(request, name) for name in names}
        super().__init__(*args, **kwargs)

    def said(self) -> Said:
        data = self.cleaned_data
        return Said(data["kind"], data["name"], data["uscc"], data["uscc_note"], data["about"])


class VerdictForm(forms.Form):
    reason = forms.CharField(
        label=_("审核意见"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("必填，申请人会看到。"),
    )
    code = forms.CharField(
        label=_("机构代码"),
        required=False,
        max_length=40,
        help_text=_("小写字母、数字和连字符，定了不再改。不填就用统一社会信用代码。"),
    )
    proof = forms.CharField(
        label=_("看过的证照和存档位置"),
        required=False,
        max_length=200,
        help_text=_("代码校验不上时必填。"),
    )
