"""Forms of cases. They read what was typed; services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.lib.clock import today
from lms.lib.evidence import HELP
from lms.lib.forms import DayField, FilesField
from lms.training.forms import body_field
from lms.training.lifecycle import queries
from lms.training.lifecycle.conduct import asked_of
from lms.training.lifecycle.declaration import Process, Side, Transition
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import LONGEST_OBJECTION, LONGEST_REASON, NewRule, Said

ROWS = {"rows": 3}


class BeginForm(forms.Form):
    """For which body, at which authority."""

    def __init__(self, user: User, process: Process, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        bodies = queries.organisations_for_applicant(user, process).order_by("name")
        self.fields["body"] = body_field(_("申报单位"), bodies)
        self.fields["authority"] = body_field(_("报送给"), queries.authorities_with_rule(process))


class AttachForm(forms.Form):
    """Files of one kind of evidence."""

    evidence = FilesField(label=_("选择文件"), help_text=HELP)


# Acts by which a body gives up what it has or asks for: what is over by one press is asked for twice.
GIVEN_UP = ("withdraw", "resign")


class ActForm(forms.Form):
    """Reason and files of one act, where it takes them."""

    reason = forms.CharField(
        label=_("理由"), max_length=LONGEST_REASON, required=False, widget=forms.Textarea(attrs=ROWS)
    )
    evidence = FilesField(label=_("材料"), required=False, help_text=HELP)

    def __init__(self, row: Transition, case: Case, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": f"id_{row.name}_%s"})
        self.row = row
        self.ends = row.side == Side.APPLICANT and row.name in GIVEN_UP
        self.asked = dict(asked_of(case, row.name))
        self.fields = {**self.asked, **self.fields}
        if row.takes:
            self.fields["evidence"].required = row.takes in row.evidence
        else:
            del self.fields["evidence"]
        self.fields["reason"].required = row.reason
        if not row.reason:
            self.fields["reason"].label = _("说明")

    def said(self) -> Said:
        values = {name: self.cleaned_data[name] for name in self.asked}
        return Said(self.cleaned_data["reason"], self.cleaned_data.get("evidence") or (), values)


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=_("异议的事实和理由"),
        max_length=LONGEST_OBJECTION,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("写明具体的事实，便于核查。办理的人能看到你的名字，公开的页面上看不到。"),
    )


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("核查情况和结论"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs=ROWS)
    )


class DelegateForm(forms.Form):
    first_day = DayField(label=_("从"))
    last_day = DayField(label=_("到"))
    reason = forms.CharField(label=_("转交的原因"), max_length=LONGEST_REASON)

    def __init__(self, case: Case, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "id_delegate_%s"})
        people = queries.colleagues(case, user)
        self.fields["to"] = forms.ModelChoiceField(label=_("转交给"), queryset=people)
        self.fields["first_day"].initial = self.fields["last_day"].initial = today()
        self.order_fields(("to", "first_day", "last_day", "reason"))


class RuleForm(forms.Form):
    """The next version of an authority's rule of a process: one number a setting."""

    valid_from = DayField(label=_("生效日期"))
    source = forms.CharField(label=_("依据的文件"), max_length=300)

    def __init__(self, process: Process, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.process = process
        found = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY).order_by("name")
        self.fields["authority"] = body_field(_("主管部门"), found)
        for setting in process.settings:
            self.fields[setting.name] = forms.IntegerField(
                label=str(setting.label),
                required=setting.standard is not None,
                initial=setting.standard,
                min_value=setting.least,
                max_value=setting.most,
                help_text=str(setting.source) if setting.source else _("文件没有规定；不填就没有期限。"),
            )
        self.order_fields(("authority", "valid_from", "source"))
        self.fields["valid_from"].initial = today()

    def rule(self) -> NewRule:
        data = self.cleaned_data
        values = {setting.name: data[setting.name] for setting in self.process.settings}
        return NewRule(self.process.code, data["authority"], data["valid_from"], values, data["source"])
