"""The form with which a person registers a certificate; the service judges, the form only shapes."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome, Level
from creditbank.outcomes.services import Deposit


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files in one field."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in files]


class DepositForm(forms.Form):
    kind = forms.ChoiceField(label=_("证书类型"), choices=LearningOutcome.Kind)
    title = forms.CharField(label=_("证书名称"), max_length=120, help_text=_("例如：电工 三级/高级工"))
    occupation_code = forms.CharField(
        label=_("职业编码"),
        max_length=16,
        required=False,
        help_text=_("格式 X-XX-XX-XX，印在证书上。专项职业能力证书和 1+X 证书没有的可以不填。"),
    )
    level = forms.TypedChoiceField(
        label=_("等级"),
        choices=[("", _("没有等级")), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    issuer_name = forms.CharField(label=_("发证机构"), max_length=120)
    number = forms.CharField(
        label=_("证书编号"),
        max_length=60,
        help_text=_("加密保存。职业技能等级证书为 Y 或 S 开头，共 22 位。"),
    )
    issued_on = forms.DateField(label=_("发证日期"), widget=forms.DateInput(attrs={"type": "date"}))
    expires_on = forms.DateField(
        label=_("有效期至"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("证书上没有写的不用填。"),
    )
    evidence = FilesField(
        label=_("证书照片或扫描件"),
        required=False,
        help_text=_("PDF、JPG 或 PNG，每个不超过 10 MB，最多 5 个。只有审核人员能看到，每次查看都有记录。"),
    )

    def deposit(self) -> Deposit:
        data = {key: value for key, value in self.cleaned_data.items() if key != "evidence"}
        return Deposit(**data)
