"""The forms of plans of specialty subjects; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.api import Sector
from lms.accounts.api import User
from lms.learning.api import this_year
from lms.lib.forms import DayField
from lms.training.access import authorities
from lms.training.forms import body_field
from lms.training.yearly_plans.services import LONGEST_NOTE
from lms.training.yearly_plans.specialty import queries
from lms.training.yearly_plans.specialty.models import SpecialtyDraft
from lms.training.yearly_plans.specialty.services import Words

NAMES = ("title", "sector", "number", "note", "guidance", "assessing")


def _long(label: Any, text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=text,
    )


class WordsForm(forms.Form):
    title = forms.CharField(label=_("规划名称"), max_length=120)
    sector = forms.ChoiceField(
        label=_("行业"), choices=[("", _("几个行业")), *Sector.choices], required=False
    )
    number = forms.CharField(label=_("文号"), max_length=80, required=False)
    note = _long(_("目标和对象"), _("要达到什么，为哪些专业技术人员。"))
    guidance = _long(_("怎样指导"), _("怎样组织、指导开展培训。"))
    assessing = _long(_("怎样监督考核"), _("看什么、什么时候看、结果怎样用。"))

    def words(self) -> Words:
        return Words(**{name: self.cleaned_data[name] for name in NAMES})


class BeginForm(WordsForm):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), authorities(user))
        self.fields["year"].initial = this_year()
        self.order_fields(("authority", "year", *NAMES))


class CourseForm(forms.Form):
    code = forms.CharField(
        label=_("课程代码"),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "courses", "autocomplete": "off"}),
    )
    first_day = DayField(label=_("从这一天起"))
    last_day = DayField(label=_("到这一天止"))

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"code": data["code"], "first": data["first_day"], "last": data["last_day"]}


class BundlesForm(forms.Form):
    def __init__(self, draft: SpecialtyDraft, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["bundles"] = forms.ModelMultipleChoiceField(
            label=_("课程包"),
            queryset=queries.bundle_choices(draft),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("本部门同一年度、已发布并含专业科目课程的课程包。"),
            initial=list(draft.bundles.values_list("bundle", flat=True)),
        )


class ReviewForm(forms.Form):
    text = forms.CharField(
        label=_("考核情况"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("指标和此刻的完成情况一并记下，公开，不能修改；以后可以再记。"),
    )
