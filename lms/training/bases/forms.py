"""Forms of bases. They read what was typed; rules and services judge."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import normalise_uscc
from lms.lib.forms import DayField
from lms.training.bases.models import Base, TrainingReport
from lms.training.bases.rules import MOST_FIRMS, MOST_PROJECTS, Facts, Firm, Project, load
from lms.training.bases.services import Report
from lms.training.bases.words import FLAGS, KINDS

_EMPTY = [("", _("请选择"))]


class PartForm(forms.Form):
    """Half filled it is kept: a field that is needed in the end is not marked as one that may stay empty, and is not missed
    here; what is missing is said on the application's page."""

    use_required_attribute = False

    def full_clean(self) -> None:
        needed = [field for field in self.fields.values() if field.required]
        for field in needed:
            field.required = False
        super().full_clean()
        for field in needed:
            field.required = True


class FactsForm(PartForm):
    """What the base is."""

    site = forms.CharField(
        label=_("实训场地和设备"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("地址、面积、主要设备。"),
    )
    department = forms.CharField(label=_("负责培训的部门"), max_length=80)
    staff = forms.IntegerField(label=_("专职人员（人）"), min_value=0, max_value=10_000)
    experts = forms.IntegerField(label=_("相关领域专家（人）"), min_value=0, max_value=10_000)
    sources = forms.MultipleChoiceField(
        label=_("培育对象"),
        choices=TrainingReport.SOURCES,
        widget=forms.CheckboxSelectMultiple,
    )
    flags = forms.MultipleChoiceField(
        label=_("优先认定的理由"),
        choices=FLAGS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("没有就不选。选了要附证明，证明齐了才优先排队。"),
    )


class ProjectForm(PartForm):
    name = forms.CharField(label=_("项目名称"), max_length=80)
    kind = forms.ChoiceField(label=_("类别"), choices=[*_EMPTY, *KINDS])
    occupation = forms.CharField(
        label=_("职业（工种）代码"),
        max_length=14,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "6-18-01-01"}),
    )
    mode = forms.ChoiceField(label=_("培育模式"), choices=[*_EMPTY, *TrainingReport.MODES])
    people = forms.IntegerField(label=_("每年计划（人）"), min_value=0, max_value=100_000)


class FirmForm(PartForm):
    name = forms.CharField(label=_("企业名称"), max_length=120)
    code = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


Projects = forms.formset_factory(ProjectForm, extra=1, max_num=MOST_PROJECTS, absolute_max=MOST_PROJECTS + 5)
Firms = forms.formset_factory(FirmForm, extra=1, max_num=MOST_FIRMS, absolute_max=MOST_FIRMS + 5)


class ApplicationForm:
    """The three parts together. An empty line is no project and no firm."""

    def __init__(self, kept: Mapping[str, Any], data: Any = None) -> None:
        facts = load(dict(kept))
        self.about = FactsForm(
            data,
            initial={
                "site": facts.site,
                "department": facts.department,
                "staff": facts.staff or None,
                "experts": facts.experts or None,
                "sources": facts.sources,
                "flags": facts.flags,
            },
        )
        self.projects = Projects(
            data, prefix="projects", initial=[vars(row) for row in facts.projects] or None
        )
        self.firms = Firms(data, prefix="firms", initial=[vars(row) for row in facts.firms] or None)

    def is_valid(self) -> bool:
        return all([self.about.is_valid(), self.projects.is_valid(), self.firms.is_valid()])

    def facts(self) -> Facts:
        said = self.about.cleaned_data
        projects = [row for row in self.projects.cleaned_data if any(row.values())]
        firms = [row for row in self.firms.cleaned_data if any(row.values())]
        return Facts(
            site=said["site"],
            department=said["department"],
            staff=said["staff"] or 0,
            experts=said["experts"] or 0,
            flags=tuple(said["flags"]),
            projects=tuple(
                Project(
                    row["name"],
                    row["kind"],
                    row["occupation"].strip().upper(),
                    row["mode"],
                    row["people"] or 0,
                )
                for row in projects
            ),
            sources=tuple(said["sources"]),
            firms=tuple(Firm(row["name"], normalise_uscc(row["code"])) for row in firms),
        )


class ReportForm(forms.Form):
    project = forms.ChoiceField(label=_("培育项目"))
    mode = forms.ChoiceField(label=_("培育模式"), choices=TrainingReport.MODES)
    source = forms.ChoiceField(label=_("培育对象"), choices=TrainingReport.SOURCES)
    firm = forms.CharField(
        label=_("企业名称"), max_length=120, required=False, help_text=_("培育对象是产业链企业人员时填写。")
    )
    firm_code = forms.CharField(label=_("统一社会信用代码"), max_length=30, required=False)
    people = forms.IntegerField(label=_("人数"), min_value=1, max_value=100_000)
    hired = forms.IntegerField(
        label=_("上岗人数"), min_value=0, max_value=100_000, required=False, help_text=_("定向培训时填写。")
    )
    first_day = DayField(label=_("开始"))
    last_day = DayField(label=_("结束"))

    def __init__(self, base: Base, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [row.name for row in load(base.case.facts).projects]
        self.fields["project"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]

    def report(self) -> Report:
        return Report(**self.cleaned_data)


class StrikeForm(forms.Form):
    reason = forms.CharField(
        label=_("原因"),
        max_length=300,
        help_text=_("重复登记的、没有办过的，冲正后不再计入累计；只是写错的，用“更正”。"),
    )
