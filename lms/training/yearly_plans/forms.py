"""The forms of plans; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User
from lms.learning.api import this_year
from lms.lib.forms import DayField
from lms.training.access import authorities
from lms.training.forms import body_field
from lms.training.yearly_plans.services import LONGEST_NOTE, Words


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
        self.fields["authority"] = body_field(_("发布单位"), authorities(user))
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
