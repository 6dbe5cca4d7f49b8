"""The form with which a person registers a certificate; the service judges, the form only shapes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome, Level
from creditbank.outcomes.services import Deposit
from lms.lib.evidence import HELP
from lms.lib.forms import DayField, FilesField


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
    issued_on = DayField(label=_("发证日期"))
    expires_on = DayField(
        label=_("有效期至"),
        required=False,
        help_text=_("证书上没有写的不用填。"),
    )
    evidence = FilesField(label=_("证书照片或扫描件"), required=False, help_text=HELP)

    def deposit(self) -> Deposit:
        data = {key: value for key, value in self.cleaned_data.items() if key != "evidence"}
        return Deposit(**data)
