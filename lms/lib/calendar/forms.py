"""The form that loads a year of working days; services judge, the form only shapes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.lib.calendar.notice import LONGEST_TEXT, read
from lms.lib.calendar.services import FIRST_YEAR, LONGEST_SOURCE, NewYear
from lms.lib.errors import Invalid

# UTF-8 takes at most four bytes a character.
MAX_BYTES = LONGEST_TEXT * 4


class YearForm(forms.Form):
    """A year, its notice as text (pasted, or a text file), and what the notice is called."""

    year = forms.IntegerField(label=_("年份"), min_value=FIRST_YEAR, max_value=9000)
    text = forms.CharField(
        label=_("放假安排"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "把通知里的各条原样贴进来，例如：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。也可以每行写一天：2026-01-04 上班。"
        ),
    )
    file = forms.FileField(label=_("或者上传文本文件"), required=False, help_text=_("纯文本（.txt）。"))
    source = forms.CharField(
        label=_("依据"),
        max_length=LONGEST_SOURCE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("通知的名称和文号。载入后不能修改；通知有调整的，再载入一次，以后一次为准。"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        # What was read is shown before it is loaded; a file is shown as the text that it is.
        if data.get("file"):
            data["text"] = self._decoded(data["file"])
            self.data = {**self.data.dict(), "text": data["text"]}  # type: ignore[attr-defined]
        if not (data.get("text") or "").strip():
            self.add_error("text", _("请贴上通知的文字，或者上传文件。"))
        return data

    def _decoded(self, file: Any) -> str:
        content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            self.add_error("file", _("文件太大。只要放假安排的文字。"))
            return ""
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text: str = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                return text
        self.add_error("file", _("这不是文本文件。"))
        return ""

    def new(self) -> NewYear:
        """What the service takes. Raises Invalid where the text cannot be read."""
        data = self.cleaned_data
        off, work = read(data["text"], data["year"])
        return NewYear(data["year"], off, work, data["source"])

    def take(self, refusal: Invalid) -> None:
        """A service's word on a field stands at the field."""
        name = refusal.details.get("field")
        self.add_error(name if name in self.fields else None, str(refusal.message))
