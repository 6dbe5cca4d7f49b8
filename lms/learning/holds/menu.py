"""Where the screens of holds hang in the Wagtail admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from lms.accounts.api import STUDY_WORK, Role, RoleMenuItem
from lms.learning.holds import queries, staff


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("holds/", staff.queue, name="learning_holds"),
        path("holds/<uuid:uuid>/", staff.case, name="learning_hold"),
        path("holds/rules/", staff.rules, name="learning_hold_rules"),
    ]


class HoldsMenuItem(RoleMenuItem):
    """With the number of cases that wait."""

    def render_component(self, request: HttpRequest) -> Any:
        made = super().render_component(request)
        waiting = queries.waiting_count(request.user)  # type: ignore[arg-type]
        if waiting:
            made.label = _("%(label)s（%(number)s）") % {"label": self.label, "number": waiting}
        return made


@hooks.register(STUDY_WORK)
def holds_menu() -> RoleMenuItem:
    return HoldsMenuItem(
        _("学习记录核实"),
        reverse("learning_holds"),
        name="study-holds",
        icon_name="warning",
        order=258,
        # Officers of the authority decide, auditors read.
        roles=queries.READING,
        waits=lambda user: queries.queue(user, "waiting"),
    )


@hooks.register(STUDY_WORK)
def hold_rules_menu() -> RoleMenuItem:
    return RoleMenuItem(
        _("核实规则"),
        reverse("learning_hold_rules"),
        name="hold-rules",
        icon_name="table",
        order=259,
        roles=[Role.OFFICER],
    )
