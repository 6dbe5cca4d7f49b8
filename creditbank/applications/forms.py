"""The forms of applications; services judge, forms only shape. What is needed the service says, so that what else was
typed is not lost.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from creditbank.applications.lifecycle import DEFAULT_REVIEWERS, MOST_REVIEWERS
from creditbank.applications.terms import NewTerms
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import Programme
from lms.accounts.api import Organisation
from lms.lib.evidence import HELP
from lms.lib.forms import DayField, FilesField

REASON: dict[str, Any] = {
    "widget": forms.Textarea(attrs={"rows": 3}),
    "max_length": 1000,
    "help_text": _("必填，申请人会看到。"),
}


class VerifyForm(forms.Form):
    method = forms.ChoiceField(
        label=_("核实方式"),
        choices=[("", "—"), *(item for item in LearningOutcome.Method.choices if item[0] != "deposit")],
        required=False,
    )
    note = forms.CharField(
        label=_("核实说明"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=500,
        help_text=_("未通过时必填，申请人会看到。"),
    )


class DecisionForm(forms.Form):
    reason = forms.CharField(label=_("理由"), **REASON)


class AskForm(forms.Form):
    what = forms.CharField(label=_("要补充什么"), **REASON)
    until = DayField(
        label=_("最后一天"), required=False, help_text=_("不填按学校设定的补充期限；没有设定的必须填写。")
    )


class ReversalForm(forms.Form):
    reason = forms.CharField(label=_("撤销原因"), **REASON)


class RedeemForm(forms.Form):
    reason = forms.CharField(label=_("办理说明"), **REASON)


class SupplementForm(forms.Form):
    text = forms.CharField(
        label=_("补充说明"), widget=forms.Textarea(attrs={"rows": 4}), max_length=1000, required=False
    )
    evidence = FilesField(label=_("补充材料"), required=False, help_text=HELP)


class AppealForm(forms.Form):
    reason = forms.CharField(label=_("申诉理由"), widget=forms.Textarea(attrs={"rows": 4}), max_length=1000)
    evidence = FilesField(label=_("补充材料"), required=False, help_text=HELP)


class TermsForm(forms.Form):
    """Terms of one of the user's colleges, or of one programme of it."""

    place = forms.ChoiceField(label=_("适用范围"))
    valid_from = DayField(label=_("生效日期"))
    reviewers = forms.IntegerField(
        label=_("审核人数"), min_value=1, max_value=MOST_REVIEWERS, initial=DEFAULT_REVIEWERS
    )
    evidence_required = forms.BooleanField(label=_("未核实的成果须附证明材料"), required=False, initial=True)
    review_days = forms.IntegerField(label=_("审核期限（工作日）"), required=False, min_value=1)
    supplement_days = forms.IntegerField(label=_("补充期限（工作日）"), required=False, min_value=1)
    appeal_days = forms.IntegerField(label=_("申诉期限（工作日）"), required=False, min_value=1)
    shelf_life_months = forms.IntegerField(
        label=_("学分有效期（月）"),
        required=False,
        min_value=1,
        help_text=_("没有规定的不填，学分不会到期。"),
    )
    notice_days = forms.RegexField(
        label=_("到期前几天通知"),
        regex=r"^[\d,，、\s]*$",
        required=False,
        help_text=_("例如 90, 30, 7。"),
    )
    source = forms.CharField(
        label=_("依据"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("文件名称和文号。规则公布后不能修改，只能公布新的版本。"),
    )

    def __init__(self, *args: Any, programmes: list[Programme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleges = {row.organisation.uuid: row.organisation for row in programmes}
        self.programmes = {row.uuid: row for row in programmes}
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            *((str(row.uuid), row.name) for row in self.colleges.values()),
            *((str(row.uuid), f"{row.organisation.name} · {row.name}") for row in programmes),
        ]

    def where(self) -> tuple[Organisation, Programme | None]:
        place = UUID(self.cleaned_data["place"])
        programme = self.programmes.get(place)
        return (programme.organisation, programme) if programme else (self.colleges[place], None)

    def terms(self) -> NewTerms:
        data = self.cleaned_data
        typed = data["notice_days"].replace("，", ",").replace("、", ",")
        names = ("valid_from", "source", "reviewers", "evidence_required", "review_days")
        more = ("supplement_days", "appeal_days", "shelf_life_months")
        return NewTerms(
            **{name: data[name] for name in (*names, *more)},
            notice_days=tuple(int(part) for part in typed.split(",") if part.strip().isdecimal()),
        )
