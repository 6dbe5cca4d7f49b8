"""Forms of programmes. They read what was typed; rules and services judge."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.lib.clock import today
from lms.lib.evidence import HELP
from lms.lib.forms import CentiField, DayField, FilesField
from lms.lib.units import format_centi
from lms.training.access import authorities
from lms.training.bases.forms import PartForm
from lms.training.forms import body_field
from lms.training.lifecycle.models import Case
from lms.training.programmes import rules
from lms.training.programmes.enrolment import Application, Decision, most_age
from lms.training.programmes.models import (
    FUNDS,
    KINDS,
    LEVELS,
    STANDINGS,
    TITLES,
    Programme,
    ProgrammeAccount,
    TopicCall,
)
from lms.training.programmes.process import CRITERIA, WEIGHTS
from lms.training.programmes.results import NewOutput
from lms.training.programmes.services import HOST_KINDS, NewCall

_EMPTY = [("", _("请选择"))]
ROWS = {"rows": 3}


class YuanField(forms.DecimalField):
    """Yuan with at most two decimals, which are refused rather than rounded; comes out in fen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=12,
            decimal_places=2,
            min_value=0,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **options,
        )

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        number: Decimal | None = super().clean(value)
        return None if number is None else int(number * 100)


class FactsForm(PartForm):
    """What the topic is."""

    call = forms.ModelChoiceField(label=_("应征的选题征集"), queryset=TopicCall.objects.none())
    title = forms.CharField(label=_("项目名称"), max_length=120)
    level = forms.ChoiceField(label=_("层级"), choices=[*_EMPTY, *LEVELS])
    fund = forms.ChoiceField(
        label=_("经费来源"),
        choices=[*_EMPTY, *FUNDS],
        help_text=_("国家级、市级项目用市级财政，行业项目用行业部门财政，区级项目用区级财政。"),
    )
    audience = forms.CharField(label=_("培训对象"), max_length=500, widget=forms.Textarea(attrs=ROWS))
    need = forms.CharField(
        label=_("选题依据和需求"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )
    centihours = CentiField(label=_("学时"), help_text=_("一名学员结业可得的学时。"))
    people = forms.IntegerField(label=_("人数"), min_value=1, max_value=rules.MOST_PEOPLE)
    budget_fen = YuanField(label=_("申请资助（元）"))
    series = forms.CharField(
        label=_("品牌班次"),
        max_length=80,
        required=False,
        help_text=_("连续举办的班次写同一个名称，各期列在一起比较；没有就不填。"),
    )

    def __init__(self, case: Case, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice: Any = self.fields["call"]
        choice.queryset = TopicCall.objects.filter(authority=case.authority)
        choice.to_field_name = "uuid"
        choice.empty_label = _EMPTY[0][1]


class CandidateForm(PartForm):
    code = forms.CharField(
        label=_("机构代码"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("在本平台登记的院校、培训机构或企业。"),
    )
    standing = forms.ChoiceField(label=_("类别"), choices=[*_EMPTY, *STANDINGS])
    ground = forms.CharField(
        label=_("依据"), max_length=200, required=False, help_text=_("认定的文号，或行业地位的说明。")
    )


Candidates = forms.formset_factory(
    CandidateForm, extra=1, max_num=rules.MOST_CANDIDATES, absolute_max=rules.MOST_CANDIDATES + 5
)


class TopicForm:
    """The two parts together. An empty line is no candidate."""

    def __init__(self, case: Case, kept: Mapping[str, Any], data: Any = None) -> None:
        facts = rules.load(kept)
        initial = vars(facts) | {
            "centihours": format_centi(facts.centihours) if facts.centihours else None,
            "people": facts.people or None,
            "budget_fen": format_centi(facts.budget_fen) if facts.budget_fen else None,
        }
        self.about = FactsForm(case, data, initial=initial)
        rows = [vars(row) for row in facts.candidates]
        self.candidates = Candidates(data, prefix="candidates", initial=rows or None)

    def is_valid(self) -> bool:
        return all([self.about.is_valid(), self.candidates.is_valid()])

    def facts(self) -> rules.Facts:
        said = self.about.cleaned_data
        rows = [row for row in self.candidates.cleaned_data if any(row.values())]
        codes = [row["code"].strip() for row in rows]
        names = dict(
            Organisation.objects.filter(code__in=codes, kind__in=HOST_KINDS).values_list("code", "name")
        )
        return rules.Facts(
            call=str(said["call"].uuid) if said["call"] else "",
            title=said["title"],
            level=said["level"],
            fund=said["fund"],
            audience=said["audience"],
            need=said["need"],
            centihours=said["centihours"] or 0,
            people=said["people"] or 0,
            budget_fen=said["budget_fen"] or 0,
            series=said["series"],
            candidates=tuple(
                rules.Candidate(code, names.get(code, code), row["standing"], row["ground"])
                for code, row in zip(codes, rows, strict=True)
            ),
        )


class CallForm(forms.Form):
    kind = forms.ChoiceField(label=_("项目类别"), choices=KINDS)
    year = forms.IntegerField(label=_("年度"), min_value=2022, max_value=2100)
    title = forms.CharField(label=_("名称"), max_length=120)
    about = forms.CharField(label=_("要求"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    first_day = DayField(label=_("第一天"))
    last_day = DayField(label=_("最后一天"))

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("发布单位"), authorities(user))
        self.order_fields(("authority", "kind", "year", "title", "about", "first_day", "last_day"))
        self.fields["year"].initial = today().year
        self.fields["first_day"].initial = today()

    def new(self) -> NewCall:
        return NewCall(**self.cleaned_data)


class PlanForm(forms.Form):
    title = forms.CharField(label=_("计划名称"), max_length=120)
    number = forms.CharField(label=_("文号"), max_length=80)


class HostForm(forms.Form):
    host = forms.ChoiceField(label=_("承办单位"))
    reason = forms.CharField(
        label=_("理由"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不选排在第一的，要写明理由。"),
    )

    def __init__(self, facts: rules.Facts, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(row.code, row.name) for row in rules.ranked(facts.candidates)]
        self.fields["host"].choices = choices  # type: ignore[attr-defined]


class EvaluationForm(forms.Form):
    """One score a criterion; its weight stands beside it."""

    remark = forms.CharField(label=_("评估意见"), max_length=1000, widget=forms.Textarea(attrs=ROWS))

    def __init__(self, weights: Mapping[str, int | None], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in WEIGHTS:
            weight = weights.get(name)
            said = _("权重 %(weight)s%%") % {"weight": weight} if weight is not None else _("权重尚未设定")
            self.fields[name] = forms.IntegerField(
                label=CRITERIA[name], min_value=0, max_value=100, help_text=said
            )
        self.order_fields((*WEIGHTS, "remark"))

    def scores(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in WEIGHTS}


class ApplyForm(forms.Form):
    title = forms.ChoiceField(label=_("职称"), choices=TITLES)
    title_number = forms.CharField(
        label=_("职称证书编号"), max_length=60, required=False, help_text=_("承办单位据此核对。")
    )
    manager = forms.BooleanField(label=_("我是经营管理人员"), required=False)
    backbone = forms.BooleanField(label=_("我是本单位的业务骨干"), required=False)
    grassroots = forms.BooleanField(label=_("我在基层一线工作"), required=False)
    birth_year = forms.IntegerField(label=_("出生年份"), required=False, min_value=1930, max_value=2020)
    employer = forms.CharField(label=_("工作单位"), max_length=120, required=False)
    exception = forms.CharField(
        label=_("特别说明"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs=ROWS),
        help_text=_("不属于主要对象而要报名的，写明理由。"),
    )

    def __init__(self, programme: Programme, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if programme.call.kind == rules.Kind.ADVANCED:
            del self.fields["backbone"]
        else:
            del self.fields["manager"]
        if programme.call.kind == rules.Kind.ADVANCED or most_age(programme) is None:
            del self.fields["birth_year"]

    def application(self) -> Application:
        said = self.cleaned_data
        return Application(
            rules.Said(
                title=said["title"],
                manager=said.get("manager", False),
                backbone=said.get("backbone", False),
                grassroots=said["grassroots"],
                birth_year=said.get("birth_year"),
            ),
            employer=said["employer"],
            title_number=said["title_number"],
            exception=said["exception"],
        )


class DecideForm(forms.Form):
    title_seen = forms.BooleanField(label=_("已核对证明"), required=False)
    reason = forms.CharField(label=_("理由"), max_length=1000, required=False)

    def decision(self, *, admit: bool) -> Decision:
        return Decision(admit, self.cleaned_data["title_seen"], self.cleaned_data["reason"])


class OutputForm(forms.Form):
    title = forms.CharField(label=_("成果名称"), max_length=120)
    authors = forms.CharField(label=_("作者"), max_length=200, help_text=_("全部作者，用顿号分开。"))
    about = forms.CharField(
        label=_("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs=ROWS)
    )

    evidence = FilesField(label=_("成果全文"), required=False, help_text=HELP)

    def new(self) -> NewOutput:
        data = self.cleaned_data
        return NewOutput(data["title"], data["authors"], data["about"])


class AccountForm(forms.Form):
    teaching = YuanField(label=_("授课费（元）"))
    venue = YuanField(label=_("场地费（元）"))
    materials = YuanField(label=_("资料费（元）"))
    board = YuanField(label=_("食宿费（元）"))
    other = YuanField(label=_("其他（元）"))
    note = forms.CharField(
        label=_("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs=ROWS)
    )

    def fen(self) -> dict[str, int]:
        return {use: self.cleaned_data[use] for use in ProgrammeAccount.USES}


class RunForm(forms.Form):
    run = forms.ChoiceField(label=_("班次"))

    def __init__(self, runs: list[tuple[str, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["run"].choices = runs  # type: ignore[attr-defined]
