"""The forms of holds; services judge, forms only shape."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.learning import rule_versions
from lms.learning.holds.decisions import Verdict
from lms.learning.holds.rules_published import NewRule
from lms.lib.evidence import HELP
from lms.lib.forms import FilesField


class WordForm(forms.Form):
    """What the person concerned says."""

    text = forms.CharField(
        label=_("当时的情况"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("例如：谁在用哪台设备，为什么同时开着。处理的工作人员会看到。"),
    )
    evidence = FilesField(label=_("图片或文件"), required=False, help_text=HELP)


class AppealForm(WordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("申诉理由")
        self.fields["text"].required = True
        self.fields["text"].help_text = _(
            "写明为什么应当计入。由没有处理过这件事的工作人员复核，只能申诉一次。"
        )


class VerdictForm(forms.Form):
    """Staff's. sessions: what does not count, if confirmed."""

    sessions = forms.MultipleChoiceField(
        label=_("不计入的学习"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只在“不计入”时有用：去掉真实学习的那几次，它们照常计入。"),
    )
    reason = forms.CharField(
        label=_("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=_("必填，本人会看到。写明看了什么、为什么这样决定。"),
    )

    def __init__(self, *args: Any, sessions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sessions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = sessions
        field.initial = [value for value, _label in sessions]

    def verdict(self, act: str) -> Verdict:
        data = self.cleaned_data
        return Verdict(act, data["reason"], [UUID(value) for value in data["sessions"]])


class RuleForm(forms.Form):
    """Lengths of time in minutes, deadlines in days."""

    valid_from = rule_versions.valid_from()
    speed_excess = forms.IntegerField(label=_("内容超出时间（分钟）"), min_value=5, max_value=600)
    speed_excess_percent = forms.IntegerField(label=_("内容与时间之比（%）"), min_value=110, max_value=10_000)
    overlap = forms.IntegerField(label=_("多台设备同时在学（分钟）"), min_value=30, max_value=1440)
    refusals = forms.IntegerField(label=_("不能接受的学习记录（份）"), min_value=3, max_value=1000)
    ahead = forms.IntegerField(label=_("时间超前（分钟）"), min_value=1, max_value=1440)
    shared_people = forms.IntegerField(label=_("一台设备同时在学的账号（个）"), min_value=2, max_value=100)
    shared = forms.IntegerField(label=_("一台设备多个账号同时在学（分钟）"), min_value=5, max_value=1440)
    answer_days = forms.IntegerField(label=_("答复期限（天）"), min_value=1, max_value=60)
    appeal_days = forms.IntegerField(label=_("申诉期限（天）"), min_value=7, max_value=365)
    working_days = forms.BooleanField(
        label=_("答复和申诉的天数是工作日"), required=False, help_text=rule_versions.WORKING_DAYS
    )
    source = rule_versions.source()

    def rule(self) -> NewRule:
        return NewRule(**self.cleaned_data)
