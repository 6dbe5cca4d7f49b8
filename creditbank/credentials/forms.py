"""The form of issuing; the service judges, a form only shapes."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from creditbank.credentials import services
from creditbank.credentials.models import CredentialSet


class IssueForm(forms.Form):
    name_form = forms.ChoiceField(
        label=_("姓名"),
        choices=CredentialSet.NameForm.choices,
        initial=CredentialSet.NameForm.MASKED,
        help_text=_("证件号码从不写入。"),
    )
    days = forms.TypedChoiceField(
        label=_("有效期"),
        coerce=int,
        initial=0,
        choices=[
            (days, ngettext_lazy("%d 天", "%d 天", days) % days if days else _("不设到期日"))
            for days in services.LENGTHS
        ],
    )
