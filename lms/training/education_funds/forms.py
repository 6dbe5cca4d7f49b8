"""The forms of what employers set aside; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User
from lms.lib.clock import today
from lms.lib.forms import CentiField, DayField
from lms.training.access import bodies
from lms.training.education_funds import queries
from lms.training.education_funds.rules import Stated
from lms.training.education_funds.services import LONGEST_NOTE, LONGEST_SOURCE, NewRatio
from lms.training.forms import body_field
from lms.training.programmes.forms import YuanField


class StateForm(forms.Form):
    year = forms.IntegerField(label=_("年份"), min_value=2000, max_value=2100)
    wages_fen = YuanField(label=_("全年工资总额（元）"))
    set_aside_fen = YuanField(label=_("提取的职工培训费（元）"))
    used_fen = YuanField(label=_("使用的（元）"), help_text=_("以前年度结余也可以使用。"))
    frontline_fen = YuanField(label=_("其中用于一线职工（元）"))
    note = forms.CharField(
        label=_("说明"), max_length=LONGEST_NOTE, required=False, help_text=_("更正时请写明原因。")
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"] = body_field(_("用人单位"), queries.employers(user))
        self.fields["authority"] = body_field(_("填报给哪个主管部门"), bodies())
        self.fields["year"].initial = today().year - 1
        self.order_fields(("body", "authority", "year"))

    def said(self) -> Stated:
        data = self.cleaned_data
        return Stated(data["wages_fen"], data["set_aside_fen"], data["used_fen"], data["frontline_fen"])


class RatioForm(forms.Form):
    valid_from = DayField(label=_("生效日期"))
    rate = CentiField(
        label=_("提取比例（%）"), required=False, help_text=_("占全年工资总额；文件没有规定就不填。")
    )
    frontline_rate = CentiField(
        label=_("用于一线职工至少（%）"), required=False, help_text=_("占使用的；文件没有规定就不填。")
    )
    source = forms.CharField(
        label=_("依据"), max_length=LONGEST_SOURCE, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), bodies())
        self.order_fields(("authority",))

    def ratio(self) -> NewRatio:
        data = self.cleaned_data
        names = ("authority", "valid_from", "rate", "frontline_rate", "source")
        return NewRatio(**{name: data[name] for name in names})
