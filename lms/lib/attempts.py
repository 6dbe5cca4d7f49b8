"""What a staff page does with a button or a filled form: carry it out and say so, or say why not.

Owns: where a refusal stands (at its field, else above the page) and the status of the answer. Refuses: to know any
service; what may be done is judged there, and what is no Refusal is an error.
"""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from lms.lib.errors import Refusal

# What was asked for is done: the page answers by leading on.
DONE = 302


def attempt(request: HttpRequest, act: Callable[[], object], said: str) -> int:
    """A button without fields: DONE with `said` as a message, or the status of the refusal, whose sentence is one then."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return refusal.status
    messages.success(request, said)
    return DONE


def attempt_form(request: HttpRequest, form: forms.Form, act: Callable[[], object], said: str) -> int:
    """The same of a posted form, which is shown again with that status; act is called when the form is valid. A refusal
    about one of its fields stands at the field.
    """
    if not form.is_valid():
        return 422
    try:
        act()
    except Refusal as refusal:
        return refused(request, form, refusal)
    messages.success(request, said)
    return DONE


def refused(request: HttpRequest, form: forms.BaseForm | None, refusal: Refusal) -> int:
    """Say why not: at the field of the posted form that it is about, which keeps what was typed, else above the page. The
    status of the answer.
    """
    name = refusal.details.get("field", "")
    if form is None or not form.is_bound or name not in form.fields:
        messages.error(request, str(refusal.message))
    elif form.has_error(name, "required"):
        # The service says of what is missing what it is for.
        form.errors[name] = form.error_class([str(refusal.message)], error_class=None, renderer=form.renderer)
    elif not form.has_error(name):
        # What a form itself found wrong there was never given to the service, which then misses it.
        form.add_error(name, str(refusal.message))
    return refusal.status
