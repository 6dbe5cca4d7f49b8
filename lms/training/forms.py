"""What the staff forms of training share."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from lms.accounts.api import Organisation


def body_field(label: Any, found: QuerySet[Organisation], **options: Any) -> forms.ModelChoiceField:
    """A choice of organisations; one alone is chosen already."""
    only = found.first() if found.count() == 1 else None
    return forms.ModelChoiceField(label=label, queryset=found, initial=only, **options)
