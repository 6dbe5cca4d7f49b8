"""Where learning's staff screens hang in the Wagtail admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import STUDY_WORK, Role, RoleMenuItem
from lms.learning.claims import menu as claims  # noqa: F401 -- its hooks
from lms.learning.classes import admin as classes  # noqa: F401 -- its hooks
from lms.learning.cmi5 import staff as cmi5  # noqa: F401 -- its hooks
from lms.learning.declarations import queries, staff
from lms.learning.evidence import menu as evidence  # noqa: F401 -- its hooks
from lms.learning.holds import menu as holds  # noqa: F401 -- its hooks
from lms.learning.lti import menu as lti  # noqa: F401 -- its hooks
from lms.learning.ratings import menu as ratings  # noqa: F401 -- its hooks
from lms.learning.rosters import menu as rosters  # noqa: F401 -- its hooks
from lms.learning.statements import admin as statements  # noqa: F401 -- its hooks
from lms.learning.use import menu as use  # noqa: F401 -- its hooks


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("hours/declarations/", staff.queue, name="learning_declarations"),
        path("hours/declarations/<uuid:uuid>/", staff.case, name="learning_declaration"),
        path("hours/rules/", staff.rules, name="learning_hours_rules"),
        path("hours/terms/", staff.terms, name="learning_declaration_terms"),
    ]


class DeclarationsMenuItem(RoleMenuItem):
    """Only for those who judge claims somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        return super().is_shown(request) and staff.reviews(request.user)


@hooks.register(STUDY_WORK)
def declarations_menu() -> MenuItem:
    return DeclarationsMenuItem(
        _("学时申报"),
        reverse("learning_declarations"),
        name="hours-declarations",
        icon_name="time",
        order=255,
        roles=[Role.HR, Role.REVIEWER],
        waits=lambda user: queries.queue(user, "waiting"),
    )


@hooks.register(STUDY_WORK)
def hours_rules_menu() -> MenuItem:
    return RoleMenuItem(
        _("学时折算规则"),
        reverse("learning_hours_rules"),
        name="hours-rules",
        icon_name="table",
        order=256,
        roles=[Role.OFFICER],
    )


@hooks.register(STUDY_WORK)
def calendar_menu() -> MenuItem:
    # The screen is lms.lib's, which knows no roles.
    return RoleMenuItem(
        _("工作日历"),
        reverse("rongtong_calendar"),
        name="work-calendar",
        icon_name="date",
        order=259,
        roles=[Role.OFFICER],
    )
