"""What allauth's sign-up forms inherit: one of phone and e-mail is demanded.

It stands alone because allauth imports it while its own forms are still being made.
"""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ReachableForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("phone") and not data.get("email"):
            raise forms.ValidationError(_("请填写手机号或电子邮箱，有一个就行。"), code="unreachable")
        return data

    def signup(self, request: HttpRequest, user: Any) -> None:
        """allauth's hook after the user was saved; nothing more to keep."""
