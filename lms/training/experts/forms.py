"""Forms of the register of experts. They read what was typed; services judge."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User, person_by_login
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.access import authorities
from lms.training.ce_bases.models import INDUSTRIES
from lms.training.experts.former import Served
from lms.training.experts.models import LONGEST_REASON, LONGEST_WORDS
from lms.training.experts.services import NewExpert

ROWS = {"rows": 3}


class EnterForm(forms.Form):
    """Somebody to be asked."""

    login = forms.CharField(
        label=_("专家的手机号或邮箱"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("要已经在平台注册；本人同意以后才入库。本部门办理事项的人不能当专家。"),
    )
    fields_chosen = forms.MultipleChoiceField(
        label=_("专业领域"), choices=INDUSTRIES, widget=forms.CheckboxSelectMultiple
    )
    specialty = forms.CharField(label=_("专长"), max_length=LONGEST_WORDS, required=False)
    basis = forms.CharField(
        label=_("入库依据"), max_length=LONGEST_REASON, help_text=_("职称、职务，或推荐函的文号。")
    )
    since = DayField(label=_("从哪天起"))
    until = DayField(label=_("到哪天为止"), required=False, help_text=_("不填，就没有期限。"))

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        mine = authorities(user)
        only = mine.first() if mine.count() == 1 else None
        self.fields["authority"] = forms.ModelChoiceField(label=_("主管部门"), queryset=mine, initial=only)
        self.fields["since"].initial = today()
        self.order_fields(("authority", "login", "fields_chosen", "specialty", "basis", "since", "until"))

    def new(self) -> NewExpert:
        said = self.cleaned_data
        return NewExpert(
            said["authority"],
            person_by_login(said["login"]),
            said["fields_chosen"],
            said["basis"],
            said["since"],
            said["until"],
            said["specialty"],
        )


class TakeOverForm(forms.Form):
    """Somebody who judged for the authority before is asked into its register."""

    who = forms.ChoiceField(label=_("请过的专家"))
    fields_chosen = forms.MultipleChoiceField(
        label=_("专业领域"), choices=INDUSTRIES, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, rows: Sequence[Served], *args: Any, **options: Any) -> None:
        # It stands beside the form that enters somebody new.
        super().__init__(*args, **{"auto_id": "former_%s"} | options)
        self._rows = {f"{row.authority.pk}-{row.person.pk}": row for row in rows}
        several = len({row.authority.pk for row in rows}) > 1
        self.fields["who"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (key, self._label(row, several=several)) for key, row in self._rows.items()
        ]

    def _label(self, row: Served, *, several: bool) -> str:
        last = gettext("最近一次 %(day)s") % {"day": row.last.isoformat()}
        return " · ".join([str(row.person), *([row.authority.name] if several else []), last])

    def new(self) -> NewExpert:
        row = self._rows[self.cleaned_data["who"]]
        basis = gettext("以前请过的评审专家，最近一次 %(day)s") % {"day": row.last.isoformat()}
        return NewExpert(row.authority, row.person, self.cleaned_data["fields_chosen"], basis, today())


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs=ROWS))


class InterestForm(forms.Form):
    body = forms.CharField(
        label=_("单位全称或机构代码"),
        max_length=120,
        help_text=_("与你有利害关系的单位，要和登记的名称一致。"),
    )
    text = forms.CharField(
        label=_("是什么关系"), max_length=LONGEST_REASON, help_text=_("如任职、兼职、合作、亲属任职。")
    )
