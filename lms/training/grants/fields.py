"""Fields of grants' forms."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms

# 1e3 is a thousand to Python; nobody writes a sum so who does not mean something else. Commas part
# thousands or nothing: of "12,50" nobody knows what was meant, and the sum would be a hundred times another.
_FIGURES = re.compile(r"-?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?")


class FenField(forms.DecimalField):
    """Yuan with at most two decimals, which are refused rather than rounded; comes out, and is given as initial, in fen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=12,
            decimal_places=2,
            min_value=Decimal("0.01"),
            widget=forms.TextInput(
                attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00"}
            ),
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 100}.{value % 100:02d}" if isinstance(value, int) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str):
            value = "".join(unicodedata.normalize("NFKC", value).split())
            if value and not _FIGURES.fullmatch(value):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
            value = value.replace(",", "")
        return super().to_python(value)

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        number: Decimal | None = super().clean(value)
        return None if number is None else int(number * 100)
