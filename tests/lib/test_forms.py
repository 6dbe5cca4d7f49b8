"""What forms of every package share: dates as browsers' calendars take them, and words for an empty field."""

from datetime import date

import pytest
from django import forms
from django.urls import get_resolver
from django.utils import translation

from lms.lib.forms import DayField

OURS = ("lms.", "courses.", "creditbank.", "search.", "themes.")


def _subclasses(kind):
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


def _our_forms():
    _ = get_resolver().url_patterns  # every page is loaded, and with it every form
    return [form for form in _subclasses(forms.BaseForm) if form.__module__.startswith(OURS)]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_date_goes_to_the_browsers_calendar_as_it_takes_it(language):
    class Form(forms.Form):
        day = DayField()

    with translation.override(language):
        field = str(Form(initial={"day": date(2026, 3, 1)})["day"])
    assert 'type="date"' in field
    assert 'value="2026-03-01"' in field


def test_every_date_of_our_forms_does():
    fields = [
        (form, name, field)
        for form in _our_forms()
        for name, field in form.base_fields.items()
        if isinstance(field, forms.DateField)
    ]
    assert len(fields) > 8
    wrong = [f"{form.__name__}.{name}" for form, name, field in fields if not isinstance(field, DayField)]
    assert wrong == []


def test_an_empty_field_is_asked_for_in_words():
    class Form(forms.Form):
        name = forms.CharField()

    assert Form({}).errors["name"] == ["请填写这一项。"]
