"""The forms of statements; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.learning import rule_versions
from lms.learning.hours.years import FIRST_YEAR, NewLearningYear
from lms.learning.statements import senders
from lms.learning.statements.models import TitleLevel, Use
from lms.learning.statements.readiness import MOST_YEARS, NewTitleRule, is_day, series_known
from lms.lib.evidence import HELP
from lms.lib.forms import CentiField, DayField, FilesField

UNSET = _("不填：尚未设定。")


def series_choices() -> list[tuple[str, Any]]:
    """All, and each series that some rule names."""
    return [("", _("不分系列")), *((name, name) for name in series_known())]


class LinkForm(forms.Form):
    """What the public check may say of a statement."""

    hidden = forms.BooleanField(
        label=_("暂不公开"),
        required=False,
        help_text=_("别人核对时只看到“持有人没有公开”。可以随时改回来。"),
    )
    ends_on = DayField(
        label=_("验证截止日期"),
        required=False,
        help_text=_("含当日；不填就一直有效。"),
    )


class TargetForm(forms.Form):
    """Which title, how many years to look at, and for which day; for an address, so nothing in it is required."""

    level = forms.ChoiceField(
        label=_("职称层级"), choices=[("", _("不分层级")), *TitleLevel.choices], required=False
    )
    series = forms.ChoiceField(label=_("职称系列"), required=False)
    years = forms.TypedChoiceField(
        label=_("看几年"),
        choices=[(number, number) for number in range(1, MOST_YEARS + 1)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    day = DayField(
        label=_("申报日期"),
        required=False,
        help_text=_("按这一天有效的规则比对，只算到这一天为止的学时；不填就是今天。"),
    )

    def clean_day(self) -> Any:
        found = self.cleaned_data["day"]
        if found is not None and not is_day(found):
            raise forms.ValidationError(_("请填写有规则可查、不太远的日期。"))
        return found

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["series"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = series_choices()


class TitleRuleForm(forms.Form):
    """Staff's: the next version of a rule for a title. What is left empty is not set."""

    level = forms.ChoiceField(
        label=_("职称层级"), choices=[("", _("不分层级")), *TitleLevel.choices], required=False
    )
    series = forms.CharField(
        label=_("职称系列"), max_length=30, required=False, help_text=_("例如：工程。不分系列的不填。")
    )
    valid_from = rule_versions.valid_from()
    years = forms.IntegerField(
        label=_("看几年"), min_value=1, max_value=MOST_YEARS, required=False, help_text=UNSET
    )
    hours = CentiField(
        label=_("每年的学时"),
        required=False,
        help_text=_("不填：自生效日期起不再有这条规则，改用上一层的规则。"),
    )
    public = CentiField(label=_("其中公需科目不少于（学时）"), required=False, help_text=UNSET)
    numerator = forms.IntegerField(
        label=_("专业科目占比：分子"), min_value=1, max_value=1000, required=False, help_text=UNSET
    )
    denominator = forms.IntegerField(
        label=_("专业科目占比：分母"), min_value=1, max_value=1000, required=False
    )
    source = rule_versions.source()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (data.get("numerator") is None) != (data.get("denominator") is None):
            self.add_error("denominator", _("分子和分母要一起填，或者都不填。"))
        return data

    def rule(self) -> NewTitleRule:
        data = self.cleaned_data
        share = (data["numerator"], data["denominator"]) if data["numerator"] is not None else None
        return NewTitleRule(
            level=data["level"],
            series=data["series"],
            valid_from=data["valid_from"],
            source=data["source"],
            years=data["years"],
            centihours_per_year=data["hours"],
            public_centihours=data["public"],
            share=share,
        )


class LearningYearForm(forms.Form):
    """Staff's: from when on learning years begin on which day."""

    valid_from = rule_versions.valid_from()
    first_year = forms.IntegerField(
        label=_("从哪个年度起"),
        min_value=FIRST_YEAR,
        max_value=9000,
        help_text=_("例如 2027 年 7 月 1 日开始、叫作 2028 年度的，填 2028。"),
    )
    source = rule_versions.source()

    def rule(self) -> NewLearningYear:
        data = self.cleaned_data
        return NewLearningYear(data["valid_from"], data["first_year"], data["source"])


class PackageForm(forms.Form):
    """Which years, for what, by whom they are taken. key: one form, one package."""

    use = forms.ChoiceField(label=_("用途"), choices=Use, widget=forms.RadioSelect, initial=Use.TITLE)
    level = forms.ChoiceField(
        label=_("职称层级"),
        choices=[("", _("不分层级")), *TitleLevel.choices],
        required=False,
        help_text=_("用于职称评审时填写，材料里写明按哪条规则。"),
    )
    series = forms.ChoiceField(label=_("职称系列"), required=False)
    years = forms.TypedMultipleChoiceField(
        label=_("年度"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("每个年度各出具一份证明。"),
    )
    sender = forms.ChoiceField(label=_("提交方式"))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, Any] = {
            "years": [(year, year) for year in years],
            "sender": senders.choices(),
            "series": series_choices(),
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class NameForm(forms.Form):
    """The right name, and what proves it."""

    name = forms.CharField(label=_("正确的姓名"), max_length=50, help_text=_("和证件上一样。"))
    why = forms.CharField(
        label=_("情况说明"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("哪里不对，什么时候改的名，依据是什么证件。"),
    )
    evidence = FilesField(label=_("证明材料"), help_text=HELP)


class DecisionForm(forms.Form):
    """Staff's: the reason of a decision."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("至少 4 个字，例如：已核对身份证原件。申请人会看到。"),
    )
