"""The form of a share; the service judges, a form only shapes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditbank.credentials.models import CredentialSet
from creditbank.shares import queries, services
from creditbank.shares.rules import Item
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.lib.units import format_centi


def label_of(item: Item) -> str:
    """A line as its holder knows it."""
    row = item.fields
    if item.kind == "course":
        return gettext("%(name)s（%(amount)s 学分）") % {
            "name": row["name"],
            "amount": format_centi(row["centicredits"]),
        }
    if item.kind == "study":
        return gettext("%(name)s（%(amount)s 学时）") % {
            "name": row["title"],
            "amount": format_centi(row["centi"]),
        }
    return str(row["title"])


class ShareForm(forms.Form):
    whole = forms.ChoiceField(
        label=_("给看多少"),
        choices=[("all", _("整份清单")), ("some", _("只给看选中的"))],
        initial="all",
        widget=forms.RadioSelect,
    )
    lines = forms.MultipleChoiceField(
        label=_("选中的内容"), required=False, widget=forms.CheckboxSelectMultiple
    )
    name_form = forms.ChoiceField(
        label=_("姓名"), choices=CredentialSet.NameForm.choices, initial=CredentialSet.NameForm.MASKED
    )
    recipient = forms.CharField(
        label=_("给谁看"),
        max_length=services.MAX_RECIPIENT,
        required=False,
        help_text=_("例如：某某公司人事部。有链接的人都能打开。"),
    )
    organisation = forms.ChoiceField(
        label=_("或者只给一个机构看"),
        required=False,
        help_text=_("选了机构，就只有它的工作人员登录以后才能打开。"),
    )
    for_export = forms.BooleanField(
        label=_("这个机构可以把这些内容汇总导出，用于人事和职称系统"), required=False
    )
    purpose = forms.CharField(
        label=_("用途"), max_length=services.MAX_PURPOSE, help_text=_("例如：应聘、评职称、申请入学。")
    )
    until = DayField(label=_("看到哪天为止"))

    def __init__(self, *args: Any, items: list[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lines"].choices = [(item.key, label_of(item)) for item in items]  # type: ignore[attr-defined]
        found = [(str(row.uuid), row.name) for row in queries.organisations()]
        self.fields["organisation"].choices = [("", _("不指定机构")), *found]  # type: ignore[attr-defined]
        self.fields["until"].initial = today() + timedelta(days=30)
        if not items:
            del self.fields["lines"], self.fields["whole"]

    def wish(self) -> services.Wish:
        data = self.cleaned_data
        whole = data.get("whole", "all") == "all"
        return services.Wish(
            purpose=data["purpose"],
            until=data["until"],
            name_form=data["name_form"],
            recipient=data["recipient"],
            organisation=UUID(data["organisation"]) if data["organisation"] else None,
            lines=None if whole else tuple(data["lines"]),
            for_export=data["for_export"],
        )


class EndForm(forms.Form):
    until = DayField(label=_("看到哪天为止"))
