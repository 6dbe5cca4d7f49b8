"""Forms of digital items. They read what was typed; rules and services judge."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import Organisation, User
from lms.lib.clock import today
from lms.lib.forms import CentiField, DayField
from lms.lib.units import format_centi
from lms.training.access import authorities
from lms.training.bases.forms import PartForm
from lms.training.digital import directions, rules, tables
from lms.training.digital.models import GRADES, RANKS, TRACKS, ContestEntry, DigitalItem, SkillModelDraft
from lms.training.digital.money import BY_HOST, Kind
from lms.training.digital.rules import ADVANCE, OUT, Mean, SheetLine, Skill
from lms.training.digital.skills import About, NewRung
from lms.training.forms import body_field
from lms.training.grants.forms import MovementForm
from lms.training.grants.purses import funds_for
from lms.training.programmes.forms import YuanField
from lms.training.programmes.models import FUNDS, LEVELS

_EMPTY = [("", _("请选择"))]
ROWS = {"rows": 3}
PLAIN = {"autocomplete": "off"}


# The choice behind which words of one's own stand.
OTHER = "other"
SORTS = [
    (rules.Sort.INDUSTRY.value, _("数字经济重点产业")),
    (rules.Sort.SCENE.value, _("数字化应用场景")),
]


class FactsForm(PartForm):
    """What the item is. Fields of other tracks than the chosen one may stay empty."""

    track = forms.ChoiceField(label=_("类别"), choices=[*_EMPTY, *TRACKS])
    year = forms.IntegerField(label=_("年度"), min_value=rules.FIRST_YEAR, max_value=rules.LAST_YEAR)
    title = forms.CharField(label=_("项目名称"), max_length=120)
    about = forms.CharField(label=_("项目内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    level = forms.ChoiceField(label=_("层级"), choices=[*_EMPTY, *LEVELS])
    fund = forms.ChoiceField(
        label=_("经费来源"),
        choices=[*_EMPTY, *FUNDS],
        help_text=_("国家级、市级项目用市级财政，行业项目用行业部门财政，区级项目用区级财政。"),
    )
    budget_fen = YuanField(label=_("申请资助（元）"))
    people = forms.IntegerField(
        label=pgettext_lazy("数字技术", "名额"),
        required=False,
        min_value=1,
        max_value=rules.MOST_PEOPLE,
        help_text=_("国家级培育项目写学员人数，大赛写参赛队数；其他类别招收学员的写人数，不招收的不填。"),
    )
    centihours = CentiField(
        label=_("核定学时"),
        required=False,
        help_text=_("一个成绩、等级或结业最多可记的学时；实际按学时规则记，只记一次。不招收学员的不填。"),
    )
    enrol_until = DayField(label=_("报名截止"), required=False)
    direction = forms.ChoiceField(
        label=_("职业方向"),
        required=False,
        help_text=_("国家级培育项目必选。名单取自文件；文件写“等”，名单没有的选“其他”再写明。"),
    )
    direction_other = forms.CharField(
        label=_("其他职业方向"), max_length=rules.LONGEST_DIRECTION, required=False
    )
    stages = forms.CharField(
        label=_("赛段"),
        max_length=200,
        required=False,
        help_text=_("大赛填写，按先后用顿号分开，最后一个是决赛。例如：初赛、决赛。"),
    )
    team_most = forms.IntegerField(
        label=_("每队人数"),
        required=False,
        min_value=1,
        max_value=rules.MOST_TEAM,
        help_text=_("大赛填写；个人赛填 1。"),
    )
    partner = forms.CharField(
        label=_("合作单位"), max_length=120, required=False, help_text=_("校企合作填写企业或院校。")
    )
    agreement = forms.CharField(
        label=_("合作协议"), max_length=120, required=False, help_text=_("名称和编号。")
    )
    agreement_until = DayField(label=_("协议有效期至"), required=False)
    standard_name = forms.CharField(
        label=_("采用的标准"), max_length=120, required=False, help_text=_("国际化职业标准填写。")
    )
    standard_version = forms.CharField(label=_("标准的版本"), max_length=60, required=False)
    standard_source = forms.CharField(
        label=_("标准的来源"), max_length=200, required=False, help_text=_("发布的机构，从哪里取得。")
    )


class ItemForm:
    """The facts in the shape that `facts_page` asks for."""

    def __init__(self, kept: Mapping[str, Any], day: date, data: Any = None) -> None:
        """day: whose list of directions is offered, as `DigitalConduct.lacks` asks for it."""
        facts = rules.load(kept)
        initial = vars(facts) | {
            "year": facts.year or today().year,
            "budget_fen": format_centi(facts.budget_fen) if facts.budget_fen else None,
            "people": facts.people or None,
            "centihours": format_centi(facts.centihours) if facts.centihours else None,
            "stages": "、".join(facts.stages),
        }
        self.list = directions.in_force(day)
        named = rules.directions_of(self.list.entries) if self.list else ()
        self.titles = {row.title for row in named}
        if facts.direction and facts.direction not in self.titles:
            initial |= {"direction": OTHER, "direction_other": facts.direction}
        self.about = FactsForm(data, initial=initial)
        groups = [
            (label, [(row.title, row.title) for row in named if row.sort == sort]) for sort, label in SORTS
        ]
        asked = self.about.fields["direction"]
        assert isinstance(asked, forms.ChoiceField)
        asked.choices = [*_EMPTY, *groups, (OTHER, pgettext_lazy("职业方向", "其他"))]

    def is_valid(self) -> bool:
        return self.about.is_valid()

    def facts(self) -> rules.Facts:
        data = self.about.cleaned_data
        text = {name: (data[name] or "").strip() for name in _TEXTS}
        typed = text["direction"] == OTHER
        if typed:
            text["direction"] = (data["direction_other"] or "").strip()
        named = text["direction"] in self.titles
        return rules.Facts(
            **text,
            direction_open=typed and bool(text["direction"]) and not named,
            direction_list=self.list.version if self.list and named else 0,
            year=data["year"] or 0,
            budget_fen=data["budget_fen"] or 0,
            people=data["people"] or 0,
            centihours=data["centihours"] or 0,
            enrol_until=_iso(data["enrol_until"]),
            stages=tuple(
                part.strip() for part in data["stages"].replace(",", "、").split("、") if part.strip()
            ),
            team_most=data["team_most"] or 1,
            agreement_until=_iso(data["agreement_until"]),
        )


_TEXTS = (
    *("track", "title", "about", "level", "fund", "direction", "partner", "agreement"),
    *("standard_name", "standard_version", "standard_source"),
)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


# --- people ---------------------------------------------------------------------------------------------------


class EnterForm(forms.Form):
    name = forms.CharField(label=_("参赛队或作品名称"), max_length=60, help_text=_("公布成绩时会显示。"))
    about = forms.CharField(
        label=_("简介"), max_length=1000, required=False, widget=forms.Textarea(attrs=ROWS)
    )


class JoinForm(forms.Form):
    code = forms.CharField(
        label=_("队伍码"), max_length=12, widget=forms.TextInput(attrs=PLAIN), help_text=_("向队长要。")
    )


class SignUpForm(forms.Form):
    grade = forms.ChoiceField(label=_("等级"), choices=[*_EMPTY, *GRADES])


class JurorForm(forms.Form):
    login = forms.CharField(
        label=_("评委的手机号或邮箱"),
        max_length=120,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=_("对方在项目页上答应，并申明与参赛队没有利害关系以后，才是评委。"),
    )


# --- results --------------------------------------------------------------------------------------------------


class ResultsForm(forms.Form):
    """A mark and an outcome for each entry of a stage."""

    held_on = DayField(label=_("比赛日期"))

    def __init__(
        self,
        entries: Sequence[ContestEntry],
        *args: Any,
        final: bool,
        means: Mapping[str, Mean] | None = None,
        **options: Any,
    ) -> None:
        """means: of the jury, by the entry's uuid, with which the form is filled."""
        super().__init__(*args, **options)
        self.entries, means = entries, means or {}
        outcomes = (
            [*RANKS, (OUT, _("没有名次"))] if final else [(ADVANCE, _("进入下一赛段")), (OUT, _("淘汰"))]
        )
        for entry in entries:
            named = {"number": entry.number, "name": entry.name}
            self.fields[f"mark-{entry.number}"] = CentiField(
                label=_("%(number)s %(name)s：成绩") % named, required=False, min_value=0, max_value=100
            )
            mean = means.get(str(entry.uuid), Mean())
            if mean.marks:
                self.fields[f"mark-{entry.number}"].initial = format_centi(mean.centimarks or 0)
                self.fields[f"mark-{entry.number}"].help_text = _("%(marks)s 位评委的平均分。") % {
                    "marks": mean.marks
                }
            self.fields[f"outcome-{entry.number}"] = forms.ChoiceField(
                label=_("%(number)s %(name)s：结果") % named, choices=[*_EMPTY, *outcomes]
            )

    def lines(self) -> list[SheetLine]:
        data = self.cleaned_data
        return [
            SheetLine(str(row.uuid), data[f"mark-{row.number}"], data[f"outcome-{row.number}"])
            for row in self.entries
        ]


class MarksForm(forms.Form):
    """A juror's mark for each entry of a stage."""

    def __init__(
        self, entries: Sequence[ContestEntry], own: Mapping[str, int | None], *args: Any, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.entries = entries
        for entry in entries:
            named = {"number": entry.number, "name": entry.name}
            there = own.get(str(entry.uuid))
            self.fields[f"mark-{entry.number}"] = CentiField(
                label=_("%(number)s %(name)s：打分") % named,
                required=False,
                min_value=0,
                max_value=100,
                initial=None if there is None else format_centi(there),
                help_text=entry.about,
            )
            self.fields[f"aside-{entry.number}"] = forms.BooleanField(
                label=_("%(number)s %(name)s：与我有利害关系，回避") % named,
                required=False,
                initial=str(entry.uuid) in own and there is None,
            )

    def given(self) -> dict[str, int | None]:
        """What was said of each entry; of whom nothing was said is left out."""
        data = self.cleaned_data
        said = {row: (data[f"aside-{row.number}"], data[f"mark-{row.number}"]) for row in self.entries}
        return {
            str(row.uuid): None if aside else mark
            for row, (aside, mark) in said.items()
            if aside or mark is not None
        }


class CompletionForm(forms.Form):
    """Who completed an item: the numbers of those who did, one to a line; nobody stands in it twice."""

    day = DayField(label=_("结业日期"))
    passed = forms.CharField(
        label=_("结业的学员编号"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("一行一个。已填好全部学员：请删去没有结业的。"),
    )

    def __init__(self, item: DigitalItem, *args: Any, corrects: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        numbers = item.trainees.filter(left=False).order_by("pk").values_list("number", flat=True)
        self.fields["passed"].initial = "\n".join(numbers)
        self.fields["day"].initial = today()
        if corrects:
            self.fields["why"] = forms.CharField(
                label=WHY, max_length=300, widget=forms.Textarea(attrs=ROWS), help_text=WHY_HELP
            )

    def numbers(self) -> list[str]:
        return [part for part in re.split(r"[\s,，、;；]+", self.cleaned_data["passed"]) if part]


WHY = _("更正的理由")
WHY_HELP = _("公告栏和项目页上会显示；不要写人名。")


class CorrectionForm(ResultsForm):
    """The same lines again as they are right, and why; the day stays."""

    def __init__(self, entries: Sequence[ContestEntry], *args: Any, **options: Any) -> None:
        super().__init__(entries, *args, **options)
        del self.fields["held_on"]
        self.fields["why"] = forms.CharField(
            label=WHY, max_length=300, widget=forms.Textarea(attrs=ROWS), help_text=WHY_HELP
        )


class ListCorrectionForm(forms.Form):
    """The whole list again as it is right, and why."""

    file = forms.FileField(
        label=_("更正后的整份名单（.xlsx 或 .csv）"),
        help_text=tables.HELP,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    why = forms.CharField(label=WHY, max_length=300, widget=forms.Textarea(attrs=ROWS), help_text=WHY_HELP)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("退回的理由"), max_length=1000, widget=forms.Textarea(attrs=ROWS))


class ListForm(forms.Form):
    body = forms.ModelChoiceField(label=_("评价机构"), queryset=Organisation.objects.none())
    file = forms.FileField(
        label=_("名单文件（.xlsx 或 .csv）"),
        help_text=tables.HELP,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def __init__(self, bodies: Sequence[Organisation], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        found = Organisation.objects.filter(pk__in=[body.pk for body in bodies])
        self.fields["body"] = body_field(_("评价机构"), found)


# --- money ----------------------------------------------------------------------------------------------------


def money_form(item: DigitalItem, *args: Any) -> MovementForm:
    """What the authority moves of an item's money."""
    kinds = [(kind.value, kind.label) for kind in Kind if kind.value not in BY_HOST]
    return MovementForm(funds_for(item.authority_id, item.level), kinds, *args)


# --- the model ------------------------------------------------------------------------------------------------


class AboutForm(forms.Form):
    title = forms.CharField(label=_("模型名称"), max_length=120)
    direction = forms.CharField(
        label=_("职业方向"), max_length=60, help_text=_("与培育项目的职业方向写法一致，等级才能对上。")
    )
    source = forms.CharField(label=_("依据"), max_length=300, help_text=_("文件，或编制的专家组和日期。"))

    def about(self) -> About:
        return About(**self.cleaned_data)


class NewModelForm(AboutForm):
    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), authorities(user))
        self.order_fields(("authority", "title", "direction", "source"))

    def about(self) -> About:
        return About(*(self.cleaned_data[name] for name in ("title", "direction", "source")))


class SkillForm(forms.Form):
    """A skill with its three levels; a level without words and courses is none."""

    domain = forms.CharField(label=_("领域"), max_length=60)
    title = forms.CharField(label=_("能力"), max_length=80)

    def __init__(
        self,
        *args: Any,
        skill: Skill | None = None,
        domain: str = "",
        codes: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        initial = options.pop("initial", None) or {}
        if skill is not None:
            initial = {"domain": domain, "title": skill.title} | initial
            for rung in skill.rungs:
                initial[f"{rung.grade}_about"] = rung.about
                initial[f"{rung.grade}_courses"] = "、".join(
                    (codes or {}).get(one, one) for one in rung.courses
                )
                initial[f"{rung.grade}_occupations"] = "、".join(rung.occupations)
        options["initial"] = initial
        super().__init__(*args, **options)
        for grade, name in GRADES:
            of = {"grade": name}
            self.fields[f"{grade}_about"] = forms.CharField(
                label=_("%(grade)s：会做什么") % of,
                max_length=300,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"{grade}_courses"] = forms.CharField(
                label=_("%(grade)s：课程代码") % of,
                max_length=800,
                required=False,
                widget=forms.TextInput(attrs=PLAIN),
                help_text=_("本平台公开的课程，学完全部就达到这一等级；用顿号分开。"),
            )
            self.fields[f"{grade}_occupations"] = forms.CharField(
                label=_("%(grade)s：职业编码") % of,
                max_length=200,
                required=False,
                widget=forms.TextInput(attrs=PLAIN),
                help_text=_("有这个职业的已核实证书，也算达到；没有就不填。"),
            )

    def rungs(self) -> list[NewRung]:
        data = self.cleaned_data
        return [
            NewRung(
                grade,
                data[f"{grade}_about"],
                _parts(data[f"{grade}_courses"]),
                _parts(data[f"{grade}_occupations"]),
            )
            for grade, _name in GRADES
            if data[f"{grade}_about"].strip() or data[f"{grade}_courses"].strip()
        ]


def _parts(text: str) -> list[str]:
    for sign in (",", "，", ";", "；", "\n", " "):
        text = text.replace(sign, "、")
    return [part.strip() for part in text.split("、") if part.strip()]


class PublishForm(forms.Form):
    valid_from = DayField(label=_("生效日期"))

    def __init__(self, draft: SkillModelDraft, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["valid_from"].initial = today()


class DirectionsForm(forms.Form):
    """The next version of the list: one a line, by sort."""

    industry = forms.CharField(
        label=SORTS[0][1], max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    scene = forms.CharField(
        label=SORTS[1][1], max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 10})
    )
    valid_from = DayField(label=_("生效日期"))
    source = forms.CharField(label=_("依据"), max_length=300, help_text=_("文号和所在的条。"))

    def entries(self) -> list[rules.Direction]:
        return [
            rules.Direction(sort, line.strip())
            for sort, _label in SORTS
            for line in self.cleaned_data[sort].splitlines()
            if line.strip()
        ]
