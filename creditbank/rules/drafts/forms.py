"""The forms of drafts; services judge, forms only shape. Credits, hours and scores are typed as decimals and kept in
hundredths, shares in percent and kept per mille; an empty number means that no document sets it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome, Level
from creditbank.outcomes.words import CHOICE_LABELS
from creditbank.rules.content import (
    LONGEST_CODE,
    LONGEST_NAME,
    LONGEST_SOURCE,
    LONGEST_TITLE,
    MOST_ROWS,
    NewVersion,
)
from creditbank.rules.drafts.queries import bodies
from creditbank.rules.drafts.rules import FEWEST_APPROVALS, MOST_APPROVALS
from creditbank.rules.drafts.services import LONGEST_REASON, Publication, Said
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH, Direction, Measure, Rate
from creditbank.rules.models import ConversionRule, Programme
from creditbank.rules.words import award_name
from lms.lib.forms import CentiField, DayField
from lms.lib.units import format_centi

UNSET = _("没有文件规定的留空。")
LINES = {"rows": 3}


def _awards() -> list[tuple[str, str]]:
    """Every prize there is, as outcomes name them: "city-2"."""
    levels, ranks = CHOICE_LABELS["award_level"], CHOICE_LABELS["award_rank"]
    codes = [f"{level}-{rank}" for level in levels for rank in ranks]
    return [(code, award_name(code)) for code in codes]


def award_codes() -> set[str]:
    return {code for code, _name in _awards()}


def unit_codes() -> set[str]:
    return set(CHOICE_LABELS["unit"])


def _levels() -> list[tuple[Any, Any]]:
    names = dict(Level.choices)
    return [("", _("不限等级")), *((level, names[level]) for level in LEVELS_LOW_TO_HIGH if level in names)]


def _words(label: Any, most: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, help_text=help_text)


def _amount(label: Any, help_text: Any = UNSET) -> CentiField:
    return CentiField(label=label, required=False, help_text=help_text)


class ProgrammeField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Programme) -> str:
        return f"{obj.organisation.name} · {obj.name}"


class DraftForm(forms.Form):
    programme = ProgrammeField(label=_("专业"), queryset=Programme.objects.none())
    title = forms.CharField(
        label=_("规则名称"), max_length=LONGEST_TITLE, help_text=_("例如：电工高级工证书认定机电一体化课程")
    )
    direction = forms.ChoiceField(label=_("转换方向"), choices=ConversionRule.Direction)
    mode = forms.ChoiceField(
        label=_("双证融通模式"),
        choices=[("", _("不属于四种模式")), *ConversionRule.Mode.choices],
        required=False,
        help_text=_("课程重组型、学分认可型面向在校学生；直通车式、证书认可型面向在职学员。"),
    )
    outcome_kind = forms.ChoiceField(label=_("成果类型"), choices=LearningOutcome.Kind)
    occupation_code = _words(_("职业编码"), 16, _("格式 X-XX-XX-XX。等级证书和资格证书必填，其他可不填。"))
    occupation_name = _words(_("职业名称"), 80)
    level = forms.TypedChoiceField(
        label=_("等级"), choices=_levels, coerce=int, empty_value=None, required=False
    )
    or_higher = forms.BooleanField(label=_("更高等级也可以"), required=False)
    course_code = _words(
        _("要求的课程代码"), LONGEST_CODE, _("只用于以课程成绩为依据的规则；不限课程的留空。")
    )
    course_name = _words(_("要求的课程名称"), LONGEST_NAME)
    min_score = _amount(_("最低成绩（分）"))
    min_amount = _amount(_("最少学时或学分"))
    issuers = forms.CharField(
        label=_("承认的发证机构"),
        widget=forms.Textarea(attrs=LINES),
        max_length=4000,
        required=False,
        help_text=_("每行一个机构代码或全称；留空表示不限机构。"),
    )
    awards = forms.MultipleChoiceField(
        label=_("承认的奖项"),
        choices=_awards,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        required=False,
        help_text=_("只用于竞赛获奖；一个也不选表示不限奖项。"),
    )
    max_age_days = forms.IntegerField(
        label=_("证明的年限（天）"),
        min_value=1,
        required=False,
        help_text=_("颁发后多少天内可以用。没有文件规定的留空。"),
    )
    free = _amount(_("不对应课程的学分"), _("不落到具体课程的学分；没有的留空。"))
    rate_per = _amount(_("每多少学时（或他校学分）"), _("按数量折算的规则才填，例如每 16 学时折 1 学分。"))
    rate_credits = _amount(_("折多少学分"), _("与上一项一起填。"))
    rate_step = _amount(_("以多少学分为一档"), _("向下取整到这一档，例如 0.5；留空按 0.01。"))
    rate_unit = forms.ChoiceField(
        label=_("哪种学时"),
        choices=lambda: [("", _("不限种类")), *CHOICE_LABELS["unit"].items()],
        required=False,
    )
    programme_cap_centicredits = _amount(_("本专业认定上限（学分）"))
    cap_percent = forms.DecimalField(
        label=_("占毕业总学分的比例上限（%）"),
        min_value=Decimal("0.1"),
        max_value=100,
        decimal_places=1,
        required=False,
        help_text=UNSET,
    )
    cap_per_year = _amount(_("每年上限（学分）"))
    cap_per_institution = _amount(_("来自同一发证机构的上限（学分）"))
    cap_per_rule = _amount(_("按本规则认定的上限（学分）"))
    group = _words(_("互斥组"), LONGEST_CODE, _("同一专业里，同一组的规则一人只能用其中一条。不互斥的留空。"))
    stackable = forms.BooleanField(
        label=_("可以用多项成果"), required=False, initial=True, help_text=_("不勾选：一人只能用一项成果。")
    )
    shares_outcome = forms.BooleanField(
        label=_("同一成果还可以用于其他允许共用的规则"),
        required=False,
        help_text=_("默认不勾选：一项成果在一个专业只用一次。"),
    )
    source_document = _words(_("依据"), LONGEST_SOURCE, _("文件名称和文号。提交评审前必须填写。"))
    ends = forms.BooleanField(
        label=_("这一版停止这条规则"),
        required=False,
        help_text=_("自生效日期起，这条规则不再给出任何学分或免考。"),
    )

    SECTIONS = (
        (_("规则"), "programme title direction mode"),
        (
            _("要求什么"),
            "outcome_kind occupation_code occupation_name level or_higher course_code course_name min_score "
            "min_amount issuers awards max_age_days",
        ),
        (_("给出什么"), "free rate_per rate_credits rate_step rate_unit"),
        (
            _("上限"),
            "programme_cap_centicredits cap_percent cap_per_year cap_per_institution cap_per_rule",
        ),
        (_("与其他规则、多项成果"), "group stackable shares_outcome"),
        (_("依据"), "source_document ends"),
    )
    # Those of a rule are its own for ever; its later versions do not ask again.
    OF_THE_RULE = ("programme", "title", "direction", "mode")
    CREDITS = (
        *("min_score", "min_amount", "programme_cap_centicredits", "cap_per_year"),
        *("cap_per_institution", "cap_per_rule"),
    )

    def __init__(
        self, *args: Any, programmes: Any, rule: ConversionRule | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        if rule is None:
            field = self.fields["programme"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = programmes
            del self.fields["ends"]
        else:
            for name in self.OF_THE_RULE:
                del self.fields[name]

    def sections(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        for title, names in self.SECTIONS:
            found = [self[name] for name in names.split() if name in self.fields]
            if found:
                yield title, found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("rate_per")) != bool(data.get("rate_credits")):
            self.add_error("rate_credits", str(_("折算比例的两个数要一起填。")))
        return data

    def said(self, courses: "RowSet", exemptions: "RowSet") -> Said:
        data = self.cleaned_data
        rule = self.rule
        content = NewVersion(
            **{
                name: data[name]
                for name in (
                    *("outcome_kind", "occupation_code", "occupation_name", "level", "or_higher"),
                    *("course_code", "course_name", "max_age_days", "group", "stackable", "shares_outcome"),
                    *("source_document", *self.CREDITS),
                )
            },
            issuers=bodies(data["issuers"].splitlines()) or None,
            awards=data["awards"] or None,
            courses=courses.rows(),
            exemptions=exemptions.rows(),
            free=data["free"] or 0,
            rate=self._rate(rule.direction if rule else data["direction"]),
            cap_permille=None if data["cap_percent"] is None else int(data["cap_percent"] * 10),
            ends=bool(data.get("ends")),
        )
        if rule is None:
            return Said(data["title"], data["direction"], data["mode"], data["programme"], content)
        return Said(rule.title, rule.direction, rule.mode, rule.programme, content)

    def _rate(self, direction: str) -> Rate | None:
        data = self.cleaned_data
        if not data["rate_per"]:
            return None
        by_credits = direction == Direction.CREDITS_TO_CREDITS
        return Rate(
            per=data["rate_per"],
            centicredits=data["rate_credits"],
            step=data["rate_step"] or 1,
            of=str(Measure.CENTICREDITS if by_credits else Measure.CENTIHOURS),
            unit="" if by_credits else data["rate_unit"],
        )

    @classmethod
    def initial_of(cls, title: str, content: NewVersion) -> dict[str, Any]:
        """What the form starts with for content that is there."""
        rate = content.rate
        start: dict[str, Any] = {
            name: getattr(content, name)
            for name in cls.base_fields
            if hasattr(content, name) and name not in cls.CREDITS
        }
        start |= {name: _decimal(getattr(content, name)) for name in cls.CREDITS}
        return start | {
            "title": title,
            "issuers": "\n".join(body["code"] for body in content.issuers or []),
            "awards": content.awards or [],
            "free": _decimal(content.free or None),
            "rate_per": _decimal(rate.per if rate else None),
            "rate_credits": _decimal(rate.centicredits if rate else None),
            "rate_step": _decimal(rate.step if rate and rate.step > 1 else None),
            "rate_unit": rate.unit if rate else "",
            "cap_percent": format_centi(content.cap_permille * 10) if content.cap_permille else None,
        }


def _decimal(hundredths: int | None) -> str | None:
    return None if hundredths is None else format_centi(hundredths)


# --- rows: courses, parts of an assessment ---------------------------------------------------------------


class CourseRow(forms.Form):
    code = _words(_("课程代码"), LONGEST_CODE)
    name = _words(_("课程名称"), LONGEST_NAME)
    credits = CentiField(label=_("学分"), required=False)


class ExemptionRow(forms.Form):
    code = _words(_("科目代码"), LONGEST_CODE)
    name = _words(_("考核科目"), LONGEST_NAME)


class RowSet(forms.BaseFormSet[Any]):
    """Rows of which those with nothing in them are left out; what a half-filled one lacks, the service says."""

    def rows(self) -> list[dict[str, Any]]:
        found = []
        for form in self.forms:
            data = form.cleaned_data
            if not any(value not in (None, "") for value in data.values()):
                continue
            row = {"code": data["code"], "name": data["name"]}
            found.append(row | ({"centicredits": data["credits"] or 0} if "credits" in data else {}))
        return found


def _rows(form: type[forms.Form]) -> Any:
    return forms.formset_factory(
        form, formset=RowSet, extra=3, max_num=MOST_ROWS, absolute_max=MOST_ROWS + 10
    )


CourseRows = _rows(CourseRow)
ExemptionRows = _rows(ExemptionRow)


# --- votes, publication, panel ---------------------------------------------------------------------------


class VoteForm(forms.Form):
    round = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("意见"),
        widget=forms.Textarea(attrs=LINES),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("不同意时必填，起草人和其他评审人员会看到。"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), widget=forms.Textarea(attrs={"rows": 2}), max_length=LONGEST_REASON, required=False
    )


class PublishForm(forms.Form):
    code = forms.SlugField(
        label=_("规则编号"),
        max_length=80,
        help_text=_("公布后不能改，每一笔学分都写着它。只能用字母、数字和连字符。"),
    )
    valid_from = DayField(label=_("生效日期"), help_text=_("今天或以后。"))
    valid_until = DayField(label=_("失效日期"), required=False, help_text=_("没有规定的留空。"))

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["code"]

    def publication(self) -> Publication:
        data = self.cleaned_data
        return Publication(data["valid_from"], data["valid_until"], data.get("code", ""))


class PanelForm(forms.Form):
    organisation = forms.ChoiceField(label=_("学校"))
    approvals = forms.IntegerField(
        label=_("同意的人数"),
        min_value=FEWEST_APPROVALS,
        max_value=MOST_APPROVALS,
        help_text=_("起草人以外，至少要有几位评审人员同意。最少 2 人。"),
    )
    valid_from = DayField(label=_("生效日期"))
    source = forms.CharField(
        label=_("依据"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


class ProgrammeForm(forms.Form):
    organisation = forms.ChoiceField(label=_("学校"))
    code = forms.SlugField(label=_("专业代码"), max_length=40)
    name = forms.CharField(label=_("专业名称"), max_length=120)
    award = _words(_("学历层次"), 40, _("例如：专科、本科。"))
    centicredits = CentiField(label=_("毕业总学分"), required=False, help_text=UNSET)
    source = _words(_("依据"), 200, _("教学计划的名称和文号。"))
