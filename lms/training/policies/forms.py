"""The forms of the policy library; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import User
from lms.lib.forms import DayField
from lms.training.access import authorities
from lms.training.policies import queries
from lms.training.policies.models import LONGEST_TEXT, PolicyDocument
from lms.training.policies.rules import State
from lms.training.policies.services import LONGEST_SUMMARY, Entry

STATES = {
    State.IN_FORCE: pgettext_lazy("文件", "有效"),
    State.COMING: pgettext_lazy("文件", "尚未施行"),
    State.ENDED: pgettext_lazy("文件", "已失效"),
}
_ALL: tuple[str, Any] = ("", pgettext_lazy("文件", "全部"))


class NarrowForm(forms.Form):
    words = forms.CharField(label=_("名称或文号"), max_length=80, required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[_ALL, *((str(key), text) for key, text in STATES.items())]
    )
    on = DayField(label=_("看哪一天的状态"), required=False)
    year = forms.ChoiceField(label=_("成文年份"), required=False)
    body = forms.CharField(label=_("发文机关"), max_length=80, required=False)

    def __init__(self, asked: queries.Asked) -> None:
        super().__init__(
            {
                "words": asked.words,
                "state": asked.state,
                "on": asked.on.isoformat(),
                "year": str(asked.year or ""),
                "body": asked.body,
            }
        )
        years = sorted({*queries.years(), *([asked.year] if asked.year else [])}, reverse=True)
        self.fields["year"].choices = [_ALL, *((str(one), str(one)) for one in years)]  # type: ignore[attr-defined]


class EntryForm(forms.Form):
    """What the library says of a document."""

    number = forms.CharField(label=_("文号"), max_length=80, help_text=_("例如：沪人社专〔2022〕372号。"))
    title = forms.CharField(label=_("文件名称"), max_length=200)
    bodies = forms.CharField(
        label=_("发文机关"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一个。"),
    )
    issued_on = DayField(label=_("成文日期"))
    first_day = DayField(
        label=_("施行日期"), required=False, help_text=_("文件没有写明的不填，从成文日期算。")
    )
    last_day = DayField(
        label=_("有效到"), required=False, help_text=_("文件写明有效期，或已废止、被代替的才填。")
    )
    superseded_by = forms.CharField(
        label=_("由哪份文件代替"), max_length=80, required=False, help_text=_("新文件的文号。")
    )
    summary = forms.CharField(
        label=_("摘要"),
        max_length=LONGEST_SUMMARY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("用自己的话写清文件管什么；不加文件里没有的规定。"),
    )
    url = forms.CharField(label=_("官方网页"), max_length=300, required=False)
    text = forms.CharField(
        label=_("全文"), max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )

    def entry(self) -> Entry:
        data = self.cleaned_data
        names = ("number", "title", "issued_on", "first_day", "last_day", "superseded_by")
        more = ("summary", "url", "text")
        values = {name: data[name] for name in (*names, *more)}
        return Entry(bodies=tuple(data["bodies"].splitlines()), note=data.get("note", ""), **values)


class AddForm(EntryForm):
    field_order = ("keeper",)

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["keeper"] = forms.ModelChoiceField(
            label=_("由谁维护"),
            queryset=authorities(user),
            required=not user.is_superuser,
            empty_label=_("平台") if user.is_superuser else None,
            initial=authorities(user).first() if not user.is_superuser else None,
        )
        self.order_fields(self.field_order)


class ReviseForm(EntryForm):
    note = forms.CharField(label=_("这一版改了什么"), max_length=300)

    def __init__(self, found: PolicyDocument, data: Any = None) -> None:
        names = [name for name in self.base_fields if name != "note"]
        super().__init__(data, initial={name: getattr(found, name) for name in names})
        self.fields["number"].widget.attrs["readonly"] = True
