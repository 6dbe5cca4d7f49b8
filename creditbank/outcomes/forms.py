"""The forms with which outcomes are registered and judged; the service judges, a form only shapes.

`deposit_form(kind)` makes the form of one kind from `rules.KINDS`: the same fields in the same order as sheets and the API
take, asked for on one page without any script.
"""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes import rules
from creditbank.outcomes.models import (
    CATALOGUED,
    AssessorType,
    CatalogueEntry,
    LearningOutcome,
    Level,
    OutcomeKind,
)
from creditbank.outcomes.services import METHODS, Deposit
from creditbank.outcomes.words import CHOICE_LABELS, label_of
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH
from lms.accounts.api import Organisation
from lms.lib.evidence import HELP
from lms.lib.forms import CentiField, DayField, FilesField

_HELP: dict[str, Any] = {
    "title": {
        OutcomeKind.SKILL: _("例如：电工 三级/高级工"),
        OutcomeKind.AWARD: _("例如：市职工职业技能大赛 数控车项目"),
    },
    "occupation_code": _("格式 X-XX-XX-XX，印在证书上。可在证书目录里查找。"),
    "number": {
        OutcomeKind.SKILL: _("加密保存。职业技能等级证书为 Y 或 S 开头，共 22 位。"),
        OutcomeKind.QUALIFICATION: _("加密保存。职业资格证书为 16 位数字。"),
        "": _("加密保存。"),
    },
    "expires_on": _("证书上没有写的不用填。"),
    "score": _("按百分制填写，例如 85.5。没有分数的不用填。"),
    "assessor_type": _("谁组织的评价。职业技能等级证书编号里已有，可以不选。"),
    "reviewer": _("评审这项成果的专家或负责人。"),
    "authors": _("按署名次序，用顿号隔开。"),
}


def _help(kind: str, name: str) -> Any:
    found = _HELP.get(name, "")
    return found.get(kind, found.get("", "")) if isinstance(found, dict) else found


def _choices(name: str, needed: bool) -> list[tuple[Any, Any]]:
    if name == "level":
        labels: list[tuple[Any, Any]] = [(value, Level(value).label) for value in LEVELS_LOW_TO_HIGH]
    else:
        labels = list(CHOICE_LABELS[name].items())
    return [("", _("请选择") if needed else _("没有等级") if name == "level" else "—"), *labels]


def _asked(kind: str, name: str) -> forms.Field:
    """The field of a form for a field of a kind."""
    spec = rules.KINDS[kind]
    needed = name in spec.needed or (name == "assessor_type" and kind != OutcomeKind.SKILL)
    shared: dict[str, Any] = {
        "label": label_of(kind, name),
        "required": needed,
        "help_text": _help(kind, name),
    }
    if name == "level":
        return forms.TypedChoiceField(choices=_choices(name, needed), coerce=int, empty_value=None, **shared)
    if name in rules.CHOICES:
        return forms.ChoiceField(choices=_choices(name, needed), **shared)
    if name in {"issued_on", "expires_on", "starts_on"}:
        return DayField(**shared)
    if name in rules.BOUNDS:
        return CentiField(**shared)
    if name == "about":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, **shared)
    longest = rules.LONGEST.get(name, {"number": 60, "course_code": 40}.get(name, 16))
    return forms.CharField(max_length=longest, **shared)


class DepositForm(forms.Form):
    """The form of one kind. entry: the chosen entry of the catalogue, from which the form starts."""

    kind = forms.ChoiceField(choices=LearningOutcome.Kind, widget=forms.HiddenInput)
    entry_uuid = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, kind: str, data: Any = None, files: Any = None, *, entry: CatalogueEntry | None = None
    ) -> None:
        super().__init__(data, files, initial=_initial(kind, entry))
        self.entry = entry
        for name in rules.KINDS[kind].fields:
            self.fields[name] = _asked(kind, name)
        if entry is not None and entry.issuers:
            self.fields["issuer_name"].help_text = _("目录里的发证机构：%(names)s") % {
                "names": "、".join(entry.issuers[:5])
            }
        self.fields["evidence"] = FilesField(label=_("证书照片或证明材料"), required=False, help_text=HELP)

    def deposit(self) -> Deposit:
        spec = rules.KINDS[self.cleaned_data["kind"]]
        blank: dict[str, Any] = {
            "title": "",
            "occupation_code": "",
            "level": None,
            "issuer_name": "",
            "number": "",
        }
        values = {name: self.cleaned_data[name] for name in spec.fields}
        return Deposit(**{"kind": self.cleaned_data["kind"], "entry": self.entry, **blank, **values})


def _initial(kind: str, entry: CatalogueEntry | None) -> dict[str, Any]:
    if entry is None:
        return {"kind": kind}
    return {
        "kind": kind,
        "entry_uuid": entry.uuid,
        "title": entry.name,
        "occupation_code": entry.occupation_code,
        "level": entry.levels[0] if len(entry.levels) == 1 else None,
        "issuer_name": entry.issuers[0] if len(entry.issuers) == 1 else "",
        "assessor_type": entry.assessor_types[0] if len(entry.assessor_types) == 1 else "",
    }


class SupplementForm(forms.Form):
    text = forms.CharField(
        label=_("说明"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=1000
    )
    evidence = FilesField(label=_("材料"), required=False, help_text=HELP)


class FilesForm(forms.Form):
    """Files handed in of one's own accord."""

    # That there is one the service says.
    evidence = FilesField(label=_("证明材料"), help_text=HELP)


class JudgeForm(forms.Form):
    """What a verifier says. Nothing is required here: the service says what is missing, so that nothing typed is lost."""

    method = forms.ChoiceField(
        label=_("核实方式"),
        choices=[("", "—"), *((method.value, method.label) for method in METHODS)],
        required=False,
    )
    assessor_type = forms.ChoiceField(
        label=_("评价主体"),
        choices=[("", _("照登记的")), *AssessorType.choices],
        required=False,
    )
    note = forms.CharField(
        label=_("说明"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=1000,
        help_text=_("要求补充或未通过时必填，本人会看到。"),
    )


class EntryForm(forms.Form):
    kind = forms.ChoiceField(label=_("类型"), choices=[(kind.value, kind.label) for kind in CATALOGUED])
    name = forms.CharField(label=_("名称"), max_length=120)
    occupation_code = forms.CharField(
        label=_("职业编码"), max_length=16, required=False, help_text=_("格式 X-XX-XX-XX，不带 S、L 标记。")
    )
    digital = forms.BooleanField(label=_("数字职业（S）"), required=False)
    green = forms.BooleanField(label=_("绿色职业（L）"), required=False)
    levels = forms.TypedMultipleChoiceField(
        label=_("等级"),
        choices=[(value, Level(value).label) for value in LEVELS_LOW_TO_HIGH],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    issuers = forms.CharField(
        label=_("发证机构"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4000,
        help_text=_("一行一个。"),
    )
    assessor_types = forms.MultipleChoiceField(
        label=_("评价主体"), choices=AssessorType, required=False, widget=forms.CheckboxSelectMultiple
    )
    validity_months = forms.IntegerField(
        label=_("有效期（月）"),
        min_value=1,
        max_value=600,
        required=False,
        help_text=_("依据文件没有写的不填，显示为“尚未设定”。"),
    )
    valid_from = DayField(label=_("自"))
    valid_until = DayField(label=_("至"), required=False)
    source = forms.CharField(
        label=_("依据"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=_("文件名称和文号。"),
    )


class EquivalentForm(forms.Form):
    level = forms.TypedChoiceField(
        label=_("技能等级"), choices=[(value, Level(value).label) for value in LEVELS_LOW_TO_HIGH], coerce=int
    )
    professional = forms.ChoiceField(label=_("相当于"), required=False)
    valid_from = DayField(label=_("自"))
    source = forms.CharField(label=_("依据"), max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from creditbank.outcomes.models import LevelEquivalence

        super().__init__(*args, **kwargs)
        self.fields["professional"].choices = [  # type: ignore[attr-defined]
            ("", _("不再对应")),
            *LevelEquivalence.Professional.choices,
        ]


class RightForm(forms.Form):
    organisation_kind = forms.ChoiceField(
        label=_("机构类别"), choices=[("", "—"), *Organisation.Kind.choices], required=False
    )
    organisation = forms.CharField(
        label=_("机构代码"),
        max_length=40,
        required=False,
        help_text=_("只对一个机构时填它的代码或统一社会信用代码，并且不选机构类别。"),
    )
    kind = forms.ChoiceField(label=_("成果类型"), choices=OutcomeKind)
    allowed = forms.ChoiceField(label=_("存入和核实"), choices=[("yes", _("可以")), ("no", _("不可以"))])
    valid_from = DayField(label=_("自"))
    source = forms.CharField(
        label=_("依据"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=_("文件名称和文号。"),
    )

    def clean_organisation(self) -> Organisation | None:
        typed = str(self.cleaned_data["organisation"]).strip()
        if not typed:
            return None
        found = Organisation.objects.filter(Q(code=typed.lower()) | Q(uscc=typed.upper()))[:2]
        if len(found) != 1:
            raise forms.ValidationError(_("没有找到这个机构，请核对代码。"))
        return found[0]

    def said(self) -> dict[str, Any]:
        """As `rights.set_right` takes it."""
        return self.cleaned_data | {"allowed": self.cleaned_data["allowed"] == "yes"}
