"""Forms of supervision. They read what was typed; rules and services judge."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.lib.clock import today
from lms.lib.forms import DayField, FilesField, FilesInput
from lms.training.access import authorities
from lms.training.forms import body_field
from lms.training.supervision import queries, scope, words
from lms.training.supervision.checks import (
    LONGEST_REMARK,
    LONGEST_TEXT,
    MOST_ITEMS,
    Filled,
    NewForm,
)
from lms.training.supervision.frames import LONGEST_REASON, NewFrame
from lms.training.supervision.models import Check, Sort
from lms.training.supervision.process import CRITERIA


class FrameForm(forms.Form):
    """What is drawn from; once that is known, how many of each stratum (`strata`)."""

    title = forms.CharField(label=_("抽查名称"), max_length=120)
    sort = forms.ChoiceField(label=_("抽查对象"), choices=Sort.choices)
    announced = forms.ChoiceField(
        label=_("方式"),
        choices=[("", _("不定期抽查：全部检查完以后公开名单")), ("1", _("定期检查：名单立即公开"))],
        required=False,
    )
    first_day = DayField(label=_("期间从"))
    last_day = DayField(label=_("期间到"))

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), authorities(user))
        self.order_fields(("authority", "title", "sort", "announced", "first_day", "last_day"))
        day = today()
        self.fields["first_day"].initial = day.replace(month=1, day=1)
        self.fields["last_day"].initial = day
        self.strata: dict[str, int] = {}

    def count(self) -> bool:
        """Whether what is drawn from is known; then the form asks for the number of each stratum, too."""
        if not self.is_valid():
            return False
        data = self.cleaned_data
        seen = scope.scope_of(data["authority"], data["first_day"].year, data["last_day"].year)
        for row in scope.subjects(seen, data["sort"], data["first_day"], data["last_day"]):
            self.strata[row.stratum] = self.strata.get(row.stratum, 0) + 1
        for stratum, there in sorted(self.strata.items()):
            self.fields[f"take_{stratum}"] = forms.IntegerField(
                label=_("%(stratum)s（名单里有 %(there)s 项）抽")
                % {"stratum": words.stratum_label(data["sort"], stratum), "there": there},
                min_value=0,
                max_value=there,
                required=False,
                initial=0,
            )
        if not self.strata:
            self.add_error("sort", _("这段时间没有可以抽查的对象。"))
        self.full_clean()
        return bool(self.strata)

    def new(self) -> NewFrame:
        data = self.cleaned_data
        takes = {stratum: data.get(f"take_{stratum}") or 0 for stratum in self.strata}
        return NewFrame(
            data["authority"],
            data["title"],
            data["sort"],
            data["announced"] == "1",
            data["first_day"],
            data["last_day"],
            takes,
        )


class CommitForm(forms.Form):
    commitment = forms.CharField(
        label=_("自己算好的指纹（可不填）"),
        max_length=64,
        required=False,
        help_text=_("不填时由平台生成密数，只显示这一次；平台只保存指纹。"),
    )


class RevealForm(forms.Form):
    secret = forms.CharField(
        label=_("我的密数"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class EndForm(forms.Form):
    reason = forms.CharField(
        label=_("放弃这次抽取的理由（会公开）"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FormForm(forms.Form):
    """The next version of a check form: for each criterion its items, a line each."""

    valid_from = DayField(label=_("生效日期"))
    source = forms.CharField(label=_("依据的文件"), max_length=300)

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), authorities(user))
        for code, label in CRITERIA.items():
            self.fields[code] = forms.CharField(
                label=label,
                required=False,
                max_length=MOST_ITEMS * (LONGEST_TEXT + 2),
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=_("每行一个检查项目。"),
            )
        self.order_fields(("authority", "valid_from", "source"))
        self.fields["valid_from"].initial = today()

    def new(self) -> NewForm:
        data = self.cleaned_data
        items = [
            (code, line.strip()) for code in CRITERIA for line in data[code].splitlines() if line.strip()
        ]
        return NewForm(data["authority"], data["valid_from"], items, data["source"])


class AssignForm(forms.Form):
    def __init__(self, check: Check, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["people"] = forms.ModelMultipleChoiceField(
            label=_("检查人员（两位）"),
            queryset=queries.colleagues(check),
            widget=forms.CheckboxSelectMultiple,
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), max_length=LONGEST_REMARK, widget=forms.Textarea(attrs={"rows": 3})
    )


class OrderForm(forms.Form):
    """A check of one thing without a draw."""

    sort = forms.ChoiceField(label=_("检查对象"), choices=Sort.choices)
    subject = forms.UUIDField(
        label=_("对象的标识"), help_text=_("项目、班次或基地页面地址里的一段，例如 0198a1b2-…。")
    )
    reason = forms.CharField(label=_("为什么检查"), max_length=LONGEST_REMARK)

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("主管部门"), authorities(user))
        self.order_fields(("authority", "sort", "subject", "reason"))

    @property
    def authority(self) -> Organisation:
        found: Organisation = self.cleaned_data["authority"]
        return found


class PhotoForm(forms.Form):
    taken = FilesField(
        label=_("拍照"),
        required=False,
        widget=FilesInput(attrs={"accept": "image/jpeg,image/png", "capture": "environment"}),
    )
    chosen = FilesField(
        label=_("从相册选"),
        required=False,
        widget=FilesInput(attrs={"accept": "image/jpeg,image/png", "multiple": True}),
    )


def filled_from(check: Check, sent: QueryDict) -> tuple[Filled, dict[str, str]]:
    """What the form of a check says, and what is wrong with it by field. A mark that is no number is kept for showing, not saved."""
    answers: dict[str, Mapping[str, Any]] = {}
    wrong: dict[str, str] = {}
    for item in check.form.items:
        key = item["key"]
        typed = sent.get(f"mark_{key}", "").strip()
        mark: int | None = None
        if typed:
            if typed.isascii() and typed.isdecimal() and len(typed) <= 3 and int(typed) <= 100:
                mark = int(typed)
            else:
                wrong[key] = str(_("请打 0 到 100 的整数分。"))
        answers[key] = {"mark": mark, "remark": sent.get(f"remark_{key}", "").replace("\0", "")}
    findings = [line.strip() for line in sent.get("findings", "").splitlines() if line.strip()]
    return Filled(answers, sent.get("remark", "").replace("\0", ""), findings), wrong
