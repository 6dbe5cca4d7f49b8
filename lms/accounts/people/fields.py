"""Form fields for phone numbers and for the one field that takes a phone number or an address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.people.rules import normalise_phone, read_login


class PhoneField(forms.CharField):
    """A mobile number in any usual spelling; cleans to E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("手机号"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        phone = normalise_phone(typed)
        if phone is None:
            raise forms.ValidationError(
                _("这不像一个手机号。请输入 11 位手机号，国外号码前加 + 和国家代码。"), code="invalid_phone"
            )
        return phone


class LoginField(forms.CharField):
    """A phone number or an e-mail address; cleans to its one spelling, `method` is read from that again."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("手机号或电子邮箱"))
        kwargs.setdefault(
            "widget",
            forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
            ),
        )
        kwargs.setdefault("max_length", 254)
        kwargs.setdefault("error_messages", {"required": _("请填写手机号或电子邮箱。")})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        found = read_login(typed)
        if found is None:
            raise forms.ValidationError(
                _("这既不像手机号，也不像电子邮箱。手机号是 11 位数字，邮箱里有 @。"), code="invalid_login"
            )
        return found[1]
