"""Where coverage and assignments hang in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import STUDY_WORK, Role, RoleMenuItem
from lms.learning.rosters import staff


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    year = "employees/coverage/<int:year>/"
    return [
        path("employees/coverage/", staff.coverage, name="learning_coverage"),
        path(year, staff.coverage, name="learning_coverage_year"),
        path(year + "counts.xlsx", staff.coverage_counts, name="learning_coverage_counts"),
        path(year + "<slug:code>/", staff.firm, name="learning_coverage_firm"),
        path(year + "<slug:code>/employees.xlsx", staff.firm_sheet, name="learning_coverage_sheet"),
        path("employees/assignments/", staff.assignments, name="learning_assignments"),
        path("employees/assignments/<uuid:uuid>/", staff.assignment, name="learning_assignment"),
        path("employees/assignments/new/<slug:code>/", staff.choose, name="learning_assignment_new"),
        path("employees/assignments/new/<slug:code>/<uuid:course>/", staff.assign, name="learning_assign"),
    ]


@hooks.register(STUDY_WORK)
def coverage_menu() -> MenuItem:
    return RoleMenuItem(
        _("培训覆盖"),
        reverse("learning_coverage"),
        name="coverage",
        icon_name="table",
        order=257,
        roles=[Role.HR, Role.OFFICER],
    )


@hooks.register(STUDY_WORK)
def assignments_menu() -> MenuItem:
    return RoleMenuItem(
        _("布置课程"),
        reverse("learning_assignments"),
        name="assignments",
        icon_name="mail",
        order=258,
        roles=[Role.HR],
    )
