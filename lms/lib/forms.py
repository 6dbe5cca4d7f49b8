"""Fields that forms of several packages have."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile


class DayField(forms.DateField):
    """A date that browsers ask for with a calendar of their own. They take 2026-03-01 and, unlike people, nothing else:
    whatever way a language writes dates, the value goes out like that.
    """

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class CentiField(forms.DecimalField):
    """At most two decimals, which are refused rather than rounded; comes out in hundredths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=7,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **options,
        )

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        number: Decimal | None = super().clean(value)
        return None if number is None else int(number * 100)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files in one field."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in files]
