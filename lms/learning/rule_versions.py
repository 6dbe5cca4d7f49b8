"""What the staff pages of dated rules share: rules are only added to, so each page is all versions and a form for the
next one.

Owns: the two fields every version has, and publishing one from a page. Refuses: to know any rule; services publish.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.lib.clock import today
from lms.lib.errors import Refusal
from lms.lib.forms import DayField

PUBLISHED = 302


def valid_from() -> DayField:
    """From which day, inclusive, a version replaces the one before it."""
    return DayField(label=gettext_lazy("生效日期"))


def source() -> forms.CharField:
    """The document and article that a version follows."""
    return forms.CharField(
        label=gettext_lazy("依据"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("文件名称和文号。规则公布后不能修改，只能公布新的版本。"),
    )


def next_version(request: HttpRequest, form_type: Any, publish: Callable[..., Any]) -> tuple[Any, int]:
    """The form for the next version and the page's status; PUBLISHED when what was posted is a version now.

    form_type: a form with `rule()`, what `publish(user, rule)` takes; it raises a Refusal for what may not be.
    """
    if request.method != "POST":
        return form_type(initial={"valid_from": today()}), 200
    form = form_type(request.POST)
    if not form.is_valid():
        return form, 422
    try:
        publish(request.user, form.rule())
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return form, refusal.status
    messages.success(request, _("规则已公布。"))
    return form, PUBLISHED
