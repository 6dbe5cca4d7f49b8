"""The forms of claims; services judge, forms only shape. Hours and units are typed as decimals and kept in hundredths."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.learning import rule_versions
from lms.learning.declarations import queries
from lms.learning.declarations.decisions import NewRule, Verdict
from lms.learning.declarations.models import Activity, Category
from lms.learning.declarations.services import Declared
from lms.learning.declarations.terms import MOST_DAYS, NewTerms
from lms.lib.clock import today
from lms.lib.evidence import HELP
from lms.lib.forms import CentiField, DayField, FilesField


def sorts() -> list[tuple[str, str]]:
    """Every activity, and below it each grade that a rule has named: "conference" and "conference|全国性"."""
    named: dict[str, list[str]] = {}
    for activity, grade in queries.grades():
        named.setdefault(activity, []).append(grade)
    return [
        (f"{value}|{grade}" if grade else value, f"{label} · {grade}" if grade else str(label))
        for value, label in Activity.choices
        for grade in ("", *named.get(value, []))
    ]


def _evidence() -> FilesField:
    return FilesField(label=_("证明材料"), required=False, help_text=HELP)


def _organisation_choices(found: Any) -> list[tuple[str, str]]:
    rows: list[Organisation] = list(found)
    choices = [(str(row.uuid), row.name) for row in rows]
    # One alone needs no choosing.
    return choices if len(choices) == 1 else [("", str(_("请选择"))), *choices]


class DeclareForm(forms.Form):
    sort = forms.ChoiceField(label=_("活动类型"))
    category = forms.ChoiceField(
        label=_("科目"), choices=Category, widget=forms.RadioSelect, initial=Category.SPECIALTY
    )
    title = forms.CharField(
        label=_("名称"), max_length=120, help_text=_("培训班、会议、论文或项目的全称，与证明材料一致。")
    )
    organiser = forms.CharField(
        label=_("主办单位"), max_length=120, help_text=_("论文填期刊，著作填出版社，专利填授权机关。")
    )
    starts_on = DayField(label=_("开始日期"))
    ends_on = DayField(
        label=_("结束日期"),
        help_text=_("学时记入这一天所在的年度。论文、专利填发表或授权的日期。"),
    )
    units = CentiField(
        label=_("数量"),
        required=False,
        help_text=_("按规则的单位填写，例如培训的课时数、会议的次数；不填按 1 计。"),
    )
    hours = CentiField(
        label=_("申报的学时"),
        required=False,
        help_text=_("已有折算规则的可以不填，按规则计；没有规则的必须填写，审核时可能调低。"),
    )
    identifier = forms.CharField(
        label=_("成果编号"),
        max_length=120,
        required=False,
        help_text=_("DOI、专利号、书号或证书编号。同一成果只按最高的一次计。"),
    )
    about = forms.CharField(
        label=_("情况说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    employer = forms.ChoiceField(label=_("所在单位"), help_text=_("由单位的人事专员先审核。"))
    department = forms.ChoiceField(label=_("主管部门"), help_text=_("由主管部门最后确定学时。"))
    evidence = _evidence()

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("sort", sorts())
        self._choices("employer", _organisation_choices(queries.employers_of(user)))
        self._choices("department", _organisation_choices(queries.departments()))
        self.fields["ends_on"].widget.attrs["max"] = today().isoformat()

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def declared(self) -> Declared:
        data = self.cleaned_data
        activity, _bar, grade = data["sort"].partition("|")
        return Declared(
            activity=activity,
            grade=grade,
            category=data["category"],
            title=data["title"],
            organiser=data["organiser"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            centiunits=100 if data["units"] is None else data["units"],
            centihours=data["hours"],
            identifier=data["identifier"],
            about=data["about"],
            employer=data["employer"],
            department=data["department"],
        )


class SupplementForm(forms.Form):
    text = forms.CharField(
        label=_("补充说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    evidence = _evidence()


class AppealForm(forms.Form):
    reason = forms.CharField(
        label=_("申诉理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明为什么应当认定。由没有参与过这份申报的审核人员复核，只能申诉一次。"),
    )


class VerdictForm(forms.Form):
    """Staff's; hours only where the department decides."""

    hours = CentiField(
        label=_("认定学时"),
        required=False,
        help_text=_("不填按规则或申报的数；调低或没有规则时要写理由，只能调低，不能调高。"),
    )
    reason = forms.CharField(
        label=_("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
        help_text=_("要求补充、不通过或调低学时时必填，申报人会看到。"),
    )

    def __init__(self, *args: Any, hours: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not hours:
            del self.fields["hours"]

    def verdict(self, act: str) -> Verdict:
        data = self.cleaned_data
        return Verdict(act=act, reason=data["reason"], centihours=data.get("hours"))


class TermsForm(forms.Form):
    """Staff's: how many days each side has."""

    valid_from = rule_versions.valid_from()
    review_days = forms.IntegerField(label=_("每级审核（天）"), min_value=1, max_value=MOST_DAYS)
    supplement_days = forms.IntegerField(label=_("补充材料（天）"), min_value=1, max_value=MOST_DAYS)
    appeal_days = forms.IntegerField(label=_("申诉（天）"), min_value=1, max_value=MOST_DAYS)
    working_days = forms.BooleanField(
        label=_("这些天数是工作日"), required=False, help_text=rule_versions.WORKING_DAYS
    )
    source = rule_versions.source()

    def rule(self) -> NewTerms:
        return NewTerms(**self.cleaned_data)


class RuleForm(forms.Form):
    activity = forms.ChoiceField(label=_("活动类型"), choices=Activity)
    grade = forms.CharField(
        label=_("等次"),
        max_length=30,
        required=False,
        help_text=_("例如：全国性、第一作者。不分等次的不填。"),
    )
    category = forms.ChoiceField(label=_("科目"), choices=Category)
    valid_from = rule_versions.valid_from()
    hours = CentiField(
        label=_("每个单位的学时"),
        required=False,
        help_text=_("不填：自生效日期起不再有规则，由审核人员确定。"),
    )
    unit_word = forms.CharField(label=_("单位"), max_length=12, help_text=_("例如：课时、次、篇、项。"))
    yearly_cap = CentiField(label=_("每人每年上限（学时）"), required=False)
    source = rule_versions.source()

    def rule(self) -> NewRule:
        data = self.cleaned_data
        return NewRule(
            activity=data["activity"],
            grade=data["grade"],
            category=data["category"],
            valid_from=data["valid_from"],
            centihours_per_unit=data["hours"],
            unit_word=data["unit_word"],
            yearly_cap_centihours=data["yearly_cap"],
            source=data["source"],
        )
