"""Forms of tenders. They read what was typed; rules and services judge."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.lib.forms import DayField
from lms.training.bases.forms import PartForm
from lms.training.grants.fields import FenField
from lms.training.grants.forms import MovementForm
from lms.training.grants.models import Fund
from lms.training.programmes.models import FUNDS, LEVELS
from lms.training.tenders import rules
from lms.training.tenders.models import BYS, PARTS, TIES, AwardMovement, TenderAward

_EMPTY = [("", _("请选择"))]
ROWS = {"rows": 3}
MOST_KEY_CHARS = 4000


class FactsForm(PartForm):
    """The package as a whole."""

    title = forms.CharField(label=_("需求包名称"), max_length=120)
    level = forms.ChoiceField(label=_("层级"), choices=[*_EMPTY, *LEVELS[:2]])
    fund = forms.ChoiceField(
        label=_("经费来源"),
        choices=[*_EMPTY, *FUNDS],
        help_text=_("需求包由市级财政给予专项经费资助，只用于国家级和市级项目。"),
    )
    closes_on = DayField(
        label=_("投标截止日"), required=False, help_text=_("那天 24 时截止。不填，就按下面的工作日算。")
    )
    bid_days = forms.IntegerField(
        label=_("发布后几个工作日截止"), required=False, min_value=1, max_value=rules.MOST_BID_DAYS
    )
    opening_days = forms.IntegerField(
        label=_("开标窗口（工作日）"),
        min_value=1,
        max_value=rules.MOST_OPENING_DAYS,
        help_text=_("截止以后，投标单位在这几个工作日里提交密钥；没有提交的视为撤回。"),
    )
    tie = forms.ChoiceField(label=_("得分相同时"), choices=[*_EMPTY, *TIES])


class LotForm(PartForm):
    part = forms.ChoiceField(label=_("内容"), choices=[*_EMPTY, *PARTS])
    need = forms.CharField(label=_("需求"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    ceiling_fen = FenField(label=_("预算上限（元）"))
    days = forms.IntegerField(label=_("完成期限（天）"), min_value=1, max_value=rules.MOST_DAYS)


class CriterionForm(PartForm):
    name = forms.CharField(label=_("评审标准"), max_length=60)
    weight = forms.IntegerField(label=_("权重（%）"), min_value=1, max_value=100)
    by = forms.ChoiceField(label=_("得分来自"), choices=BYS)
    otherwise = forms.IntegerField(
        label=_("没有得分的按几分"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("按基地评估或检查评估得分时填写。"),
    )


Lots = forms.formset_factory(LotForm, extra=1, max_num=len(rules.Part), absolute_max=len(rules.Part) + 5)


class PackageForm:
    """The package, its parts, and the criteria of each part. An empty line is none."""

    def __init__(self, kept: Mapping[str, Any], data: Any = None) -> None:
        facts = rules.load(kept)
        self.about = FactsForm(
            data,
            initial={
                **{name: getattr(facts, name) for name in ("title", "level", "fund", "tie")},
                "closes_on": facts.closes_on or None,
                "bid_days": facts.bid_days or None,
                "opening_days": facts.opening_days or None,
            },
        )
        rows = [
            {
                "part": lot.part,
                "need": lot.need,
                "ceiling_fen": lot.ceiling_fen or None,
                "days": lot.days or None,
            }
            for lot in facts.lots
        ]
        self.lots = Lots(data, prefix="lots", initial=rows or None)
        self.criteria = [
            [
                CriterionForm(
                    data,
                    prefix=f"lots-{place}-c{number}",
                    initial=vars(row) if row else None,
                    empty_permitted=True,
                )
                for number, row in enumerate(self._of(facts, place))
            ]
            for place in range(len(self.lots.forms))
        ]

    @staticmethod
    def _of(facts: rules.Facts, place: int) -> list[rules.Criterion | None]:
        known: list[rules.Criterion | None] = [*facts.lots[place].criteria] if place < len(facts.lots) else []
        return [*known, *([None] * (rules.MOST_CRITERIA - len(known)))]

    @property
    def parts(self) -> list[tuple[LotForm, list[CriterionForm]]]:
        """Each part with its criteria, for the page."""
        return list(zip(self.lots.forms, self.criteria, strict=True))

    def is_valid(self) -> bool:
        return all(
            [
                self.about.is_valid(),
                self.lots.is_valid(),
                *(form.is_valid() for forms_ in self.criteria for form in forms_),
            ]
        )

    def facts(self) -> rules.Facts:
        said = self.about.cleaned_data
        lots = []
        for form, criteria in self.parts:
            row = form.cleaned_data
            found = tuple(
                rules.Criterion(
                    each["name"].strip(),
                    each["weight"] or 0,
                    each["by"] or rules.By.PANEL.value,
                    None if each["by"] in ("", rules.By.PANEL) else each["otherwise"],
                )
                for each in (item.cleaned_data for item in criteria)
                if each.get("name") or each.get("weight")
            )
            if row.get("part") or row.get("need"):
                lots.append(
                    rules.Lot(row["part"], row["need"], row["ceiling_fen"] or 0, row["days"] or 0, found)
                )
        day = said["closes_on"]
        return rules.Facts(
            title=said["title"],
            level=said["level"],
            fund=said["fund"],
            closes_on=day.isoformat() if day else "",
            bid_days=0 if day else said["bid_days"] or 0,
            opening_days=said["opening_days"] or 0,
            tie=said["tie"],
            lots=tuple(lots),
        )


class SealForm(forms.Form):
    sealed = forms.FileField(
        label=_("密封文件"),
        help_text=_("扩展名 .sealed。没有加密的文件不收，也不保存。"),
        allow_empty_file=True,
    )


class KeyForm(forms.Form):
    key_file = forms.FileField(
        label=_("密钥文件"), required=False, help_text=_("加密时下载的 .key.json 文件。")
    )
    key = forms.CharField(
        label=_("或者粘贴密钥"),
        required=False,
        max_length=MOST_KEY_CHARS,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def text(self) -> str:
        """What was given: the file before the words."""
        file = self.cleaned_data["key_file"]
        if file is None:
            return str(self.cleaned_data["key"])
        return file.read(MOST_KEY_CHARS).decode(errors="replace") if file.size else ""


class InterestForm(forms.Form):
    conflict = forms.ChoiceField(
        label=_("利害关系"),
        choices=[("no", _("没有利害关系")), ("yes", _("有利害关系，不给它打分"))],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("说明"),
        max_length=300,
        required=False,
        help_text=_("有利害关系的，写明是什么关系。"),
    )


class ScoreForm(forms.Form):
    """A mark and a reason for each criterion that the panel judges."""

    def __init__(self, criteria: list[rules.Criterion], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.criteria = criteria
        for place, row in enumerate(criteria):
            self.fields[f"mark_{place}"] = forms.IntegerField(
                label=_("%(name)s（权重 %(weight)s%%）：打分") % {"name": row.name, "weight": row.weight},
                min_value=0,
                max_value=100,
                help_text=_("0 到 100 分。"),
            )
            self.fields[f"reason_{place}"] = forms.CharField(
                label=_("%(name)s：理由") % {"name": row.name},
                max_length=300,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def marks(self) -> dict[str, int | None]:
        return {row.name: self.cleaned_data.get(f"mark_{place}") for place, row in enumerate(self.criteria)}

    def reasons(self) -> dict[str, str]:
        return {
            row.name: self.cleaned_data.get(f"reason_{place}", "") for place, row in enumerate(self.criteria)
        }


class ExpertForm(forms.Form):
    """Who is named, of the authority's register."""

    def __init__(self, experts: QuerySet[User], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["expert"] = forms.ModelChoiceField(
            label=_("评审专家"),
            queryset=experts,
            help_text=_("从专家库里选。主管部门和需求单位的人不能当专家。"),
        )


class ReleaseForm(forms.Form):
    reason = forms.CharField(label=_("退出的原因"), max_length=300)


class FindForm(forms.Form):
    """An interest of an expert's that came to light."""

    def __init__(
        self, experts: Iterable[tuple[int, str]], bidders: QuerySet[Organisation], *args: Any
    ) -> None:
        super().__init__(*args)
        self.fields["number"] = forms.TypedChoiceField(
            label=_("专家"), choices=[("", _("请选择")), *experts], coerce=int
        )
        self.fields["bidder"] = forms.ModelChoiceField(label=_("投标单位"), queryset=bidders)
        self.fields["text"] = forms.CharField(
            label=_("查实的关系和依据"), max_length=300, widget=forms.Textarea(attrs=ROWS)
        )


def money_form(funds: Iterable[Fund], award: TenderAward, *args: Any) -> MovementForm:
    """A movement of an award's money; several awards have theirs on one page."""
    return MovementForm(funds, AwardMovement.Kind.choices, *args, prefix=f"a{award.pk}")
