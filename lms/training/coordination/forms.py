"""Forms of the coordination group. They read what was typed; services judge."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User, person_by_login
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.access import organisation_named
from lms.training.coordination import queries
from lms.training.coordination.models import LONGEST_REASON, LONGEST_WORDS, GroupMember, GroupOpinion
from lms.training.coordination.services import NewMember


class MemberForm(forms.Form):
    """Somebody to be named."""

    login = forms.CharField(
        label=_("成员的手机号或邮箱"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("要已经在平台注册。不能列自己。"),
    )
    body = forms.CharField(label=_("代表的成员单位"), max_length=120, help_text=_("单位全称或机构代码。"))
    position = forms.ChoiceField(label=_("职务"), choices=GroupMember.Position)
    basis = forms.CharField(
        label=_("任职依据"), max_length=LONGEST_WORDS, help_text=_("成立协调小组或调整成员的文号。")
    )
    since = DayField(label=_("从哪天起"))

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        mine = queries.authorities(user)
        only = mine.first() if mine.count() == 1 else None
        self.fields["authority"] = forms.ModelChoiceField(label=_("主管部门"), queryset=mine, initial=only)
        self.fields["position"].initial = GroupMember.Position.MEMBER
        self.fields["since"].initial = today()
        self.order_fields(("authority", "login", "body", "position", "basis", "since"))

    def new(self) -> NewMember:
        said = self.cleaned_data
        return NewMember(
            said["authority"],
            person_by_login(said["login"]),
            organisation_named(said["body"]),
            said["position"],
            said["basis"],
            said["since"],
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )


class OpinionForm(forms.Form):
    stand = forms.ChoiceField(label=_("你的意见"), choices=GroupOpinion.STANDS, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("理由"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("同意的可以不写；其他的要写明。"),
    )
