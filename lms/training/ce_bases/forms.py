"""Forms of continuing-education bases. They read what was typed; rules and services judge."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User
from lms.learning.api import ClassRun
from lms.lib.clock import today
from lms.lib.forms import CentiField, DayField
from lms.lib.units import format_centi
from lms.training.access import authorities
from lms.training.bases.forms import PartForm
from lms.training.ce_bases import reviews, rules
from lms.training.ce_bases.exchange import LONGEST_MINUTES, NewExchange, NewResource
from lms.training.ce_bases.models import HOST_KINDS, INDUSTRIES, LEVELS, OPENNESS, RESOURCES, BaseReview
from lms.training.ce_bases.reviews import Mark, NewStandard
from lms.training.forms import body_field
from lms.training.programmes.forms import YuanField

_EMPTY = [("", _("请选择"))]
ROWS = {"rows": 3}
# A criterion or grade in one line: its name, a number, and what else is said of it.
_LINE = re.compile(
    r"^(?P<label>.+?)[\s,，、:：|]+(?P<number>\d{1,3})\s*[%分]?(?:[\s,，、:：|]+(?P<about>.*))?$"
)


class FactsForm(PartForm):
    """What an application says."""

    host_kind = forms.ChoiceField(label=_("单位类型"), choices=[*_EMPTY, *HOST_KINDS])
    industry = forms.ChoiceField(label=_("行业"), choices=[*_EMPTY, *INDUSTRIES])
    specialty = forms.CharField(label=_("专业方向"), max_length=120, help_text=_("例如：智能制造系统集成。"))
    site = forms.CharField(label=_("场地和设备"), max_length=1000, widget=forms.Textarea(attrs=ROWS))
    team = forms.CharField(label=_("师资队伍"), max_length=1000, widget=forms.Textarea(attrs=ROWS))
    record = forms.CharField(
        label=_("施教业绩"),
        max_length=2000,
        widget=forms.Textarea(attrs=ROWS),
        help_text=_("近年举办的班次、人数和效果。"),
    )
    plan = forms.CharField(label=_("建设计划"), max_length=2000, widget=forms.Textarea(attrs=ROWS))

    def __init__(self, kept: Mapping[str, Any], data: Any = None) -> None:
        super().__init__(data, initial=asdict(rules.load(kept)))

    def facts(self) -> rules.Facts:
        return rules.Facts(**self.cleaned_data)


# --- yearly plans --------------------------------------------------------------------------------------------


class PlanHeadForm(PartForm):
    year = forms.IntegerField(label=_("备案年度"), min_value=rules.FIRST_YEAR, max_value=rules.LAST_YEAR)
    note = forms.CharField(
        label=_("说明"),
        max_length=300,
        required=False,
        help_text=_("年度中间补充的，写明原因。补充的自备案之日起算。"),
    )


class ClassForm(PartForm):
    title = forms.CharField(label=_("班次或课程名称"), max_length=120)
    course = forms.CharField(
        label=_("课程代码"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("本单位在本平台的课程；还没有就不填。"),
    )
    centihours = CentiField(label=_("学时"), help_text=_("一名学员最多可得的学时。"))
    people = forms.IntegerField(label=_("人数"), min_value=1, max_value=rules.MOST_PEOPLE)
    first_day = DayField(label=_("开始"))
    last_day = DayField(label=_("结束"))
    fee_fen = YuanField(label=_("每人收费（元）"), required=False, help_text=_("不收费就不填。"))
    teachers = forms.CharField(label=_("授课教师"), max_length=300)
    place = forms.CharField(label=_("地点"), max_length=120)


Classes = forms.formset_factory(
    ClassForm, extra=1, max_num=rules.MOST_CLASSES, absolute_max=rules.MOST_CLASSES + 5
)


class PlanForm:
    """The head and the classes together. An empty line is no class."""

    def __init__(self, kept: Mapping[str, Any], data: Any = None) -> None:
        plan = rules.load_plan(kept)
        self.about = PlanHeadForm(data, initial={"year": plan.year or today().year, "note": plan.note})
        rows = [
            asdict(row)
            | {
                "centihours": format_centi(row.centihours) if row.centihours else None,
                "people": row.people or None,
                "fee_fen": format_centi(row.fee_fen) if row.fee_fen else None,
            }
            for row in plan.classes
        ]
        self.classes = Classes(data, prefix="classes", initial=rows or None)

    def is_valid(self) -> bool:
        return all([self.about.is_valid(), self.classes.is_valid()])

    def facts(self) -> rules.Plan:
        said = self.about.cleaned_data
        rows = [row for row in self.classes.cleaned_data if any(row.values())]
        return rules.Plan(
            year=said["year"] or 0,
            note=said["note"],
            classes=tuple(
                rules.PlannedClass(
                    title=row["title"],
                    course=row["course"].strip(),
                    centihours=row["centihours"] or 0,
                    people=row["people"] or 0,
                    first_day=_iso(row["first_day"]),
                    last_day=_iso(row["last_day"]),
                    fee_fen=row["fee_fen"] or 0,
                    teachers=row["teachers"],
                    place=row["place"],
                )
                for row in rows
            ),
        )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


class HoldForm(forms.Form):
    """Which run a filed class is held as."""

    run = forms.ChoiceField(label=_("班次"))

    def __init__(self, runs: Iterable[ClassRun], place: object, *args: Any, **options: Any) -> None:
        """place: of the form on its page, so that each has ids of its own."""
        super().__init__(*args, **options | {"auto_id": f"id_{place}_%s"})
        choices = [(str(run.uuid), f"{run.title} · {run.starts_on:%Y-%m-%d}") for run in runs]
        self.fields["run"].choices = [*_EMPTY, *choices]  # type: ignore[attr-defined]


# --- the list ------------------------------------------------------------------------------------------------


class DirectoryForm(forms.Form):
    """A filter: nonsense is left out."""

    industry = forms.ChoiceField(label=_("行业"), choices=[("", _("全部行业")), *INDUSTRIES], required=False)
    level = forms.ChoiceField(label=_("级别"), choices=[("", _("全部级别")), *LEVELS], required=False)
    day = DayField(label=_("哪一天的名录"), required=False)

    def asked(self) -> tuple[str, str, date]:
        """(industry, level, day): today where none was asked for."""
        said = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return said.get("industry", ""), said.get("level", ""), said.get("day") or today()


# --- standards and reviews -------------------------------------------------------------------------------------


class StandardForm(forms.Form):
    """The next version of an authority's standard: criteria and grades line by line."""

    title = forms.CharField(label=_("名称"), max_length=120)
    valid_from = DayField(label=_("施行日期"))
    source = forms.CharField(label=_("依据的文件"), max_length=300)
    criteria = forms.CharField(
        label=_("评估项目"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "每行一项：名称，权重，说明（可以不写）。权重合计 100。例如：师资队伍，20，专兼职结构和水平"
        ),
    )
    pass_mark = forms.IntegerField(label=_("合格线（分）"), min_value=1, max_value=100)
    grades = forms.CharField(
        label=_("等次"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs=ROWS),
        help_text=_("每行一个，从高到低：名称，最低分。例如：优秀，90。不分等次就不填。"),
    )
    least_experts = forms.IntegerField(label=_("至少几位专家评分"), min_value=1, max_value=15)
    interval_months = forms.IntegerField(
        label=_("评估间隔（月）"),
        min_value=1,
        max_value=60,
        required=False,
        help_text=_("文件只说定期；不填就是尚未设定，没有期限。"),
    )
    corrections = forms.IntegerField(
        label=_("不合格以后可以连续整改几次"),
        min_value=0,
        max_value=5,
        help_text=_("0 表示不合格就退出。"),
    )
    correction_days = forms.IntegerField(
        label=_("每次整改的期限（工作日）"), min_value=1, max_value=250, required=False
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), authorities(user))
        self.order_fields(("authority", "title", "valid_from", "source"))
        self.fields["valid_from"].initial = today()

    def clean_criteria(self) -> tuple[rules.Criterion, ...]:
        return tuple(
            rules.Criterion(f"c{number}", label, weight, about)
            for number, (label, weight, about) in enumerate(_lines(self.cleaned_data["criteria"]), start=1)
        )

    def clean_grades(self) -> tuple[rules.Grade, ...]:
        return tuple(
            rules.Grade(label, least) for label, least, _about in _lines(self.cleaned_data["grades"])
        )

    def new(self) -> NewStandard:
        said = self.cleaned_data
        names = ("criteria", "grades", "pass_mark", "least_experts", "corrections", "correction_days")
        terms = rules.Terms(**{name: said[name] for name in names}, interval_months=said["interval_months"])
        return NewStandard(said["authority"], said["title"], said["valid_from"], said["source"], terms)


def _lines(text: str) -> list[tuple[str, int, str]]:
    """Name, number and the rest of each line. Raises ValidationError with the line that cannot be read."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        read = _LINE.match(line)
        if read is None:
            raise forms.ValidationError(
                gettext("这一行读不懂，要写成“名称，数字”：%(line)s") % {"line": line[:60]}
            )
        found.append((read["label"].strip()[:60], int(read["number"]), (read["about"] or "").strip()[:200]))
    return found


class AppointForm(forms.Form):
    def __init__(self, review: BaseReview, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["expert"] = forms.ModelChoiceField(
            label=_("评审专家"),
            queryset=reviews.experts_for(review),
            help_text=_("从专家库里选：与被评单位没有关系、不在本部门办理事项的专家。"),
        )


class DeclareForm(forms.Form):
    independent = forms.ChoiceField(
        label=_("你与被评单位有没有利害关系"),
        choices=[("yes", _("没有，可以公正评审")), ("no", _("有，需要回避"))],
        widget=forms.RadioSelect,
    )
    conflict = forms.CharField(
        label=_("需要回避的情形"),
        max_length=300,
        required=False,
        help_text=_("选“有”时填写。声明以后不能更改。"),
    )


class MarksForm(forms.Form):
    """A mark and its reason for each criterion."""

    remark = forms.CharField(
        label=_("总的意见"), max_length=1000, required=False, widget=forms.Textarea(attrs=ROWS)
    )

    def __init__(self, criteria: Iterable[rules.Criterion], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.criteria = list(criteria)
        for item in self.criteria:
            self.fields[f"mark_{item.code}"] = forms.IntegerField(
                label=gettext("%(label)s（权重 %(weight)s%%）")
                % {"label": item.label, "weight": item.weight},
                min_value=0,
                max_value=rules.FULL,
                help_text=item.about or _("0 到 100 分。"),
            )
            self.fields[f"reason_{item.code}"] = forms.CharField(
                label=gettext("%(label)s：评分理由") % {"label": item.label}, max_length=300
            )
        self.order_fields([name for name in self.fields if name != "remark"])

    def marks(self) -> dict[str, Mark]:
        said = self.cleaned_data
        return {
            item.code: Mark(said[f"mark_{item.code}"], said[f"reason_{item.code}"]) for item in self.criteria
        }


# --- the exchange ---------------------------------------------------------------------------------------------------


class ExchangeForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=rules.FIRST_YEAR, max_value=rules.LAST_YEAR)
    theme = forms.CharField(label=_("主题"), max_length=120)
    held_on = DayField(label=_("日期"))
    place = forms.CharField(label=_("地点"), max_length=120)
    about = forms.CharField(label=_("内容和安排"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), authorities(user))
        self.order_fields(("authority", "year", "theme", "held_on", "place", "about"))
        self.fields["year"].initial = today().year

    def new(self) -> NewExchange:
        return NewExchange(**self.cleaned_data)


class MinutesForm(forms.Form):
    text = forms.CharField(
        label=_("交流纪要"),
        max_length=LONGEST_MINUTES,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("公开；再交一次就是下一版。"),
    )


class SignUpForm(forms.Form):
    brings = forms.CharField(
        label=_("打算介绍的经验或资源"), max_length=200, required=False, widget=forms.TextInput()
    )


class ShareForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=rules.FIRST_YEAR, max_value=rules.LAST_YEAR)
    kind = forms.ChoiceField(label=_("类别"), choices=[*_EMPTY, *RESOURCES])
    title = forms.CharField(label=_("名称"), max_length=120)
    about = forms.CharField(
        label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs=ROWS)
    )
    openness = forms.ChoiceField(label=_("开放给"), choices=[*_EMPTY, *OPENNESS])
    course = forms.CharField(
        label=_("课程代码"), max_length=40, required=False, help_text=_("本单位在本平台的课程；没有就不填。")
    )
    contact_name = forms.CharField(
        label=_("联系人"), max_length=40, help_text=_("公开的页面上只显示第一个字。")
    )
    contact_phone = forms.CharField(
        label=_("联系电话"), max_length=30, help_text=_("公开的页面上只显示最后两位。")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["year"].initial = today().year

    def new(self) -> NewResource:
        return NewResource(**self.cleaned_data)
