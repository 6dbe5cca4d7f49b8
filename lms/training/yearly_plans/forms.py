"""The forms of plans; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User
from lms.learning.api import this_year
from lms.lib.forms import DayField
from lms.training.access import bodies
from lms.training.forms import body_field
from lms.training.yearly_plans.queries import competent
from lms.training.yearly_plans.services import LONGEST_NOTE, NewRight, Words


class WordsForm(forms.Form):
    title = forms.CharField(label=_("计划名称"), max_length=120)
    number = forms.CharField(label=_("文号"), max_length=80, required=False)
    note = forms.CharField(
        label=_("说明"), max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def words(self) -> Words:
        data = self.cleaned_data
        return Words(data["title"], data["number"], data["note"])


class BeginForm(WordsForm):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    field_order = ("authority", "year", "title", "number", "note")

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("发布单位"), competent(user))
        self.fields["year"].initial = this_year()
        self.order_fields(self.field_order)


class CourseForm(forms.Form):
    code = forms.CharField(
        label=_("课程代码"),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "courses", "autocomplete": "off"}),
    )
    first_day = DayField(label=_("从这一天起"))
    last_day = DayField(label=_("到这一天止"), help_text=_("在这些日子里学完的，记公需科目学时。"))

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"code": data["code"], "first": data["first_day"], "last": data["last_day"]}


class RightForm(forms.Form):
    """The next version of a region's right."""

    region = forms.CharField(label=_("地区"), max_length=60, help_text=_("例如：申江市。"))
    valid_from = DayField(label=_("生效日期"))
    source = forms.CharField(
        label=_("依据"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("文件名称和文号。设定后不能修改，只能设定新的版本。"),
    )
    field_order = ("region", "authority", "valid_from", "source")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = forms.ModelChoiceField(
            label=_("发布单位"),
            queryset=bodies(),
            required=False,
            empty_label=_("没有（从这一天起谁也不发布）"),
        )
        self.order_fields(self.field_order)

    def right(self) -> NewRight:
        data = self.cleaned_data
        return NewRight(data["region"], data["authority"], data["valid_from"], data["source"])
