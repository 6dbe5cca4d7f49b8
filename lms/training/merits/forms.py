"""Forms of expert merit."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.training.forms import body_field
from lms.training.merits import queries
from lms.training.merits.models import Purpose
from lms.training.merits.services import LONGEST_REASON, MOST_LINES


class StatementForm(forms.Form):
    """Which lines, what for, and who is to confirm them."""

    purpose = forms.ChoiceField(label=_("用途"), choices=[("", _("请选择")), *Purpose.choices])
    # The page draws them itself, with what belongs to each.
    lines = forms.MultipleChoiceField(
        label=_("写进证明的项"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("最多 %(most)s 项。") % {"most": MOST_LINES},
    )

    def __init__(self, entries: Sequence[queries.Entry], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["lines"].choices = [(entry.key, queries.sentence(entry)) for entry in entries]  # type: ignore[attr-defined]
        self.fields["authority"] = body_field(
            _("请哪个主管部门确认"), queries.receiving(), empty_label=_("请选择")
        )
        # As they stand on the page.
        self.order_fields(("lines", "purpose", "authority"))


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )
