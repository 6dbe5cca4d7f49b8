"""The forms of packs, looks and consents; services judge, forms only shape."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.api import Release
from lms.accounts.api import User
from lms.learning.evidence import looks, queries, rights, services
from lms.learning.evidence.asking import Asking
from lms.learning.evidence.services import Ask
from lms.lib.forms import DayField


class OrderForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"),
        max_length=services.MAX_REASON,
        help_text=_("写明依据的职责，例如检查的文号。包里的每个人都能看到是谁、为什么要的。"),
    )
    first = DayField(label=_("开始日期"), required=False)
    last = DayField(
        label=_("结束日期"),
        required=False,
        help_text=_("不填就是从开课到现在。原始记录总是从头给，这样合计才能核对。"),
    )
    class_run = forms.ChoiceField(label=_("只要这个班次"), required=False)
    people = forms.CharField(
        label=_("只要这些人"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("结业证书编号或报名编号，一行一个；不填就是这门课的全部学员。"),
    )
    named = forms.BooleanField(
        label=_("写真实姓名"),
        required=False,
        help_text=_("职责确实需要时才选；不选则只有姓。证件号码从不写入。"),
    )

    def __init__(self, *args: Any, release: Release, may_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = [(str(row.uuid), f"{row.title} · {row.starts_on}") for row in queries.runs_of(release)]
        if runs:
            field = self.fields["class_run"]
            field.choices = [("", _("全部")), *runs]  # type: ignore[attr-defined]
        else:
            del self.fields["class_run"]
        if not may_name:
            del self.fields["named"]

    def ask(self, release: Release) -> Ask:
        data = self.cleaned_data
        return Ask(
            release=release.uuid,
            reason=data["reason"],
            first=data["first"],
            last=data["last"],
            people=tuple(data["people"].split()),
            class_run=UUID(data["class_run"]) if data.get("class_run") else None,
            named=bool(data.get("named")),
        )


class FindForm(forms.Form):
    number = forms.CharField(
        label=_("结业证书编号或报名编号"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("查看的理由"),
        max_length=services.MAX_REASON,
        help_text=_("写明你的职责。本人能看到是谁、什么时候、为什么看。"),
    )


class ConsentForm(forms.Form):
    organisation = forms.ChoiceField(label=_("给哪个机构看"))
    purpose = forms.CharField(
        label=_("用途"), max_length=looks.MAX_PURPOSE, help_text=_("例如：评职称时核对学时。")
    )
    until = DayField(label=_("到哪一天为止"))

    def __init__(self, user: User, *args: Any, asking: Asking | None = None, **kwargs: Any) -> None:
        """asking: what somebody asked for stands in the form, for the person to change or to leave."""
        if asking:
            kwargs["initial"] = {
                "organisation": str(asking.organisation.uuid),
                "purpose": asking.purpose,
                "until": asking.until,
            }
        super().__init__(*args, **kwargs)
        self.found = {str(row.uuid): row for row in queries.organisations_to_ask(user)}
        if asking:
            self.found.setdefault(str(asking.organisation.uuid), asking.organisation)
        choices = [(uuid, row.name) for uuid, row in self.found.items()]
        field = self.fields["organisation"]
        field.choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]


class AskForm(forms.Form):
    """What staff ask somebody to consent to; the person may shorten it."""

    organisation = forms.ChoiceField(label=_("以哪个机构的名义"))
    purpose = forms.CharField(
        label=_("用途"),
        max_length=looks.MAX_PURPOSE,
        help_text=_("例如：评职称时核对学时。对方同意以前会读到。"),
    )
    until = DayField(label=_("到哪一天为止"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = {str(row.uuid): row for row in rights.may_ask(user)}
        field = self.fields["organisation"]
        field.choices = [(uuid, row.name) for uuid, row in self.found.items()]  # type: ignore[attr-defined]
