"""What the staff pages of dated rules share: rules are only added to, so each page is all versions and a form for the
next one.

Owns: the two fields every version has, publishing one from a page, and writing it as the next version. Refuses: to know
any rule; each room's service says what may stand in one.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import Role, User, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.attempts import refused
from lms.lib.audit.services import record
from lms.lib.clock import today
from lms.lib.errors import Conflict, Refusal
from lms.lib.forms import DayField

PUBLISHED = 302
# Under the box that makes a rule's days working days.
WORKING_DAYS = gettext_lazy("依据写的是“工作日”才勾选；按国务院办公厅的放假安排计算，次日起算。")
Rule = TypeVar("Rule", bound=AppendOnlyModel)


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
        return form, refused(request, form, refusal)
    messages.success(request, _("规则已公布。"))
    return form, PUBLISHED


def publisher(by: User | Actor) -> Actor:
    """Who publishes: an officer of the authority, or the platform itself, which loads the demo. Raises NotAllowed."""
    return require_role_or_platform(by, Role.OFFICER)


def publish(
    who: Actor, model: type[Rule], kind: Mapping[str, Any], said: Mapping[str, Any], *, action: str
) -> Rule:
    """The next version of the rule that `kind` names ({}: there is one of it), saying `said`. Raises Conflict where
    somebody publishes the same version at this moment.
    """
    try:
        with transaction.atomic():
            rows: Any = model._default_manager
            last = rows.filter(**kind).aggregate(last=Max("version"))["last"] or 0
            row: Rule = rows.create(**kind, version=last + 1, **said)
            record(
                who,
                action=action,
                target_type=f"learning.{model.__name__}",
                target=None,
                data={"rule": row.code, "version": row.version},  # type: ignore[attr-defined]
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人公布了同一条规则，请刷新后再试。"), code="rule_changed") from error
    return row
