"""The forms of commissions; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.forms import body_field
from lms.training.yearly_plans.commissions.services import LONGEST_REASON, Asked
from lms.training.yearly_plans.queries import competent
from lms.training.yearly_plans.services import LONGEST_NOTE


class GiveForm(forms.Form):
    code_of_body = forms.CharField(
        label=_("受委托单位的机构代码"), max_length=40, help_text=_("相关部门或培训机构，须已在平台登记。")
    )
    subject = forms.CharField(label=_("委托什么课程"), max_length=200)
    code = forms.CharField(
        label=_("更新哪门课程"), max_length=60, required=False, help_text=_("课程代码；开发新课程的不填。")
    )
    number = forms.CharField(label=_("委托文书的编号"), max_length=80, required=False)
    commissioned_on = DayField(label=_("委托日期"))
    due_on = DayField(label=_("交付日期"), help_text=_("这一天及以前交付。"))
    note = forms.CharField(
        label=_("要求"), max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("委托单位"), competent(user))
        self.fields["commissioned_on"].initial = today()
        self.order_fields(("authority", "code_of_body"))

    def clean_code_of_body(self) -> Organisation:
        code = self.cleaned_data["code_of_body"].strip()
        found = Organisation.objects.filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("没有这个代码的单位。"))
        return found

    def asked(self) -> Asked:
        data = self.cleaned_data
        names = ("subject", "commissioned_on", "due_on", "number", "note", "code")
        return Asked(body=data["code_of_body"], **{name: data[name] for name in names})


class DeliverForm(forms.Form):
    code = forms.CharField(
        label=_("课程代码"),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "courses", "autocomplete": "off"}),
    )
    note = forms.CharField(label=_("说明"), max_length=LONGEST_REASON, required=False)


class EndForm(forms.Form):
    reason = forms.CharField(label=_("收回的原因"), max_length=LONGEST_REASON)
