"""Forms of translations: a file to load, a reason to take back."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courses.translations.po import MAX_BYTES


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("PO 文件"),
        help_text=_(
            "用翻译软件填好的文件。空着的、标为 fuzzy 的条目不载入；有一条不合格，整个文件都不写入。"
        ),
        widget=forms.FileInput(attrs={"accept": ".po"}),
    )

    def clean_file(self) -> object:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise ValidationError(_("文件超过 %(limit)d MB。") % {"limit": MAX_BYTES // 1024**2})
        return upload

    def data_of(self) -> bytes:
        data: bytes = self.cleaned_data["file"].read()
        return data


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), max_length=200, widget=forms.TextInput(attrs={"maxlength": 200})
    )
