"""What the staff forms of training share."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from lms.accounts.api import Organisation
from lms.lib.errors import Refusal

DONE = 302


def body_field(label: Any, found: QuerySet[Organisation], **options: Any) -> forms.ModelChoiceField:
    """A choice of organisations; one alone is chosen already."""
    only = found.first() if found.count() == 1 else None
    return forms.ModelChoiceField(label=label, queryset=found, initial=only, **options)


def attempt(request: HttpRequest, form: Any, act: Any, said: str) -> int:
    """Carry out what a posted form asks for: DONE with `said` as a message, or the status of the answer that shows the form
    again. act: a function of the form's cleaned data that may raise a Refusal; one about a field stands at the field.
    """
    if not form.is_valid():
        return 422
    try:
        act(form.cleaned_data)
    except Refusal as refusal:
        name = refusal.details.get("field")
        if name in form.fields:
            form.add_error(name, str(refusal.message))
        else:
            messages.error(request, str(refusal.message))
        return refusal.status
    messages.success(request, said)
    return DONE


def attempt_plainly(request: HttpRequest, act: Any, said: str) -> int:
    """The same of a button without fields."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return refusal.status
    messages.success(request, said)
    return DONE
