"""The forms of suggestions; services judge, forms only shape."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.access import bodies
from lms.training.suggestions import queries
from lms.training.suggestions.models import (
    LONGEST_CONTACT,
    LONGEST_REPLY,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Suggestion,
)
from lms.training.suggestions.services import LEAST_DAYS, MOST_DAYS, Given

ROWS = {"rows": 4}


class _Recipients(forms.ModelChoiceField):
    """Authorities, each with by when it replies."""

    def label_from_instance(self, obj: Any) -> str:
        return gettext("%(name)s（%(days)s 个工作日内答复）") % {"name": obj.name, "days": obj.reply_days}


class HandInForm(forms.Form):
    title = forms.CharField(label=_("建议什么"), max_length=LONGEST_TITLE)
    text = forms.CharField(
        label=_("内容"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("遇到了什么，希望怎样改。请不要写别人的姓名、身份证号码和电话。"),
    )
    # Sent twice, a form is one suggestion; of a form without it nothing is lost but that.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, user: User | None, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        found = queries.recipients()
        only = found.first() if len(found) == 1 else None
        self.fields["authority"] = _Recipients(label=_("交给"), queryset=found, initial=only)
        if user is None:
            self.fields["contact"] = forms.CharField(
                label=_("联系方式"),
                max_length=LONGEST_CONTACT,
                required=False,
                help_text=_("可以不留。只有办理的人看得到。"),
            )
        self.order_fields(("authority", "title", "text", "contact", "key"))

    def given(self) -> Given:
        data = self.cleaned_data
        return Given(data["title"], data["text"], data.get("contact", ""), data.get("key"))


class FollowForm(forms.Form):
    number = forms.CharField(
        label=_("建议编号"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    code = forms.CharField(
        label=_("查询码"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=_("答复"),
        max_length=LONGEST_REPLY,
        widget=forms.Textarea(attrs=ROWS),
        help_text=_("提建议的人会看到，答复以后不能修改。"),
    )
    prefix = "reply"


class GiveForm(forms.Form):
    prefix = "give"

    def __init__(self, found: Suggestion, *args: Any) -> None:
        super().__init__(*args)
        self.fields["to"] = forms.ModelChoiceField(label=_("同事"), queryset=queries.colleagues(found))


class HandOverForm(forms.Form):
    reason = forms.CharField(
        label=_("转交的原因"), max_length=LONGEST_REPLY, widget=forms.Textarea(attrs=ROWS)
    )
    prefix = "over"

    def __init__(self, found: Suggestion, *args: Any) -> None:
        super().__init__(*args)
        others = queries.recipients().exclude(pk=found.authority_id)
        self.fields["to"] = forms.ModelChoiceField(label=_("转给"), queryset=others)
        self.order_fields(("to", "reason"))


class CloseForm(forms.Form):
    reason = forms.CharField(
        label=_("说明"),
        max_length=LONGEST_REPLY,
        required=False,
        widget=forms.Textarea(attrs=ROWS),
        help_text=_("没有答复就办结的必须写明，提建议的人会看到。"),
    )
    prefix = "close"


class RuleForm(forms.Form):
    """The next version of an authority's rule."""

    authority: Any = forms.ModelChoiceField(label=_("主管部门"), queryset=Organisation.objects.none())
    reply_days = forms.IntegerField(label=_("答复期限（工作日）"), min_value=LEAST_DAYS, max_value=MOST_DAYS)
    valid_from = DayField(label=_("生效日期"))
    source = forms.CharField(
        label=_("依据"), max_length=300, help_text=_("文件名称和文号。设定后不能修改，只能设定新的版本。")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"].queryset = bodies()  # type: ignore[attr-defined]
        self.fields["valid_from"].initial = today()
