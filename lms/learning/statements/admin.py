"""Where this applet's staff screens hang in the Wagtail admin; imported by lms.learning.wagtail_hooks."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import STUDY_WORK, Role, RoleMenuItem
from lms.learning.statements import names, staff, staff_names
from lms.learning.statements.models import RequestState


@hooks.register("register_admin_urls")
def statement_urls() -> list[Any]:
    return [
        path("hours/titles/", staff.title_rules, name="learning_title_rules"),
        path("hours/years/", staff.years, name="learning_years"),
        path("hours/learning-year/", staff.learning_year, name="learning_year_rule"),
        path("hours/names/", staff_names.queue, name="learning_names"),
        path("hours/names/<uuid:uuid>/", staff_names.case, name="learning_name"),
    ]


@hooks.register(STUDY_WORK)
def title_rules_menu() -> MenuItem:
    return RoleMenuItem(
        _("职称学时规则"),
        reverse("learning_title_rules"),
        name="title-rules",
        icon_name="table",
        order=257,
        roles=[Role.OFFICER],
    )


@hooks.register(STUDY_WORK)
def learning_year_menu() -> MenuItem:
    return RoleMenuItem(
        _("学习年度"),
        reverse("learning_year_rule"),
        name="learning-year",
        icon_name="date",
        order=257,
        roles=[Role.OFFICER],
    )


@hooks.register(STUDY_WORK)
def names_menu() -> MenuItem:
    return RoleMenuItem(
        _("姓名更正"),
        reverse("learning_names"),
        name="hours-names",
        icon_name="user",
        order=259,
        roles=[Role.OFFICER],
        waits=lambda user: names.queue(user, RequestState.ASKED),
    )


@hooks.register(STUDY_WORK)
def years_menu() -> MenuItem:
    return RoleMenuItem(
        _("年度学时汇总"),
        reverse("learning_years"),
        name="hours-years",
        icon_name="table",
        order=258,
        roles=[Role.OFFICER, Role.AUDITOR],
    )
