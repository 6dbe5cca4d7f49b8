"""Where the staff screens of classes hang in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import STUDY_WORK, Role, RoleMenuItem
from lms.learning.classes import due, queries, staff, staff_due, staff_filings, staff_meetings

HERE = frozenset({*queries.MANAGERS, Role.ASSESSOR})


@hooks.register("register_admin_urls")
def class_urls() -> list[Any]:
    meeting = "classes/meetings/<uuid:uuid>/"
    return [
        path("classes/", staff.runs, name="learning_classes"),
        path("classes/new/", staff.new, name="learning_class_new"),
        path("classes/due/", staff_due.listed, name="learning_classes_due"),
        path("classes/filings/", staff_filings.queue, name="learning_class_filings"),
        path("classes/filings/<uuid:uuid>/", staff_filings.file, name="learning_class_file"),
        path("classes/rules/", staff_filings.rules, name="learning_class_rules"),
        path("classes/walk-ins/<uuid:uuid>/", staff_meetings.decide, name="learning_class_walk_in"),
        path("classes/<uuid:uuid>/", staff.one, name="learning_class"),
        path("classes/<uuid:uuid>/filing/", staff_filings.form, name="learning_class_filing"),
        path("classes/<uuid:uuid>/act/", staff.act, name="learning_class_act"),
        path("classes/<uuid:uuid>/meetings/", staff.add_meeting, name="learning_class_meeting"),
        path("classes/courses/<uuid:course>/checklist/", staff.checklist, name="learning_class_checklist"),
        path("classes/places/<uuid:uuid>/", staff_meetings.sheet, name="learning_class_sheet"),
        path("classes/places/<uuid:uuid>/release/", staff.release, name="learning_class_release"),
        path(meeting, staff_meetings.roll, name="learning_class_roll"),
        path(meeting + "cancel/", staff.cancel_meeting, name="learning_class_meeting_cancel"),
        path(meeting + "code/<slug:act>/", staff_meetings.code, name="learning_class_code"),
        path(meeting + "list/", staff_meetings.take_list, name="learning_class_list"),
        path(meeting + "<uuid:place>/", staff_meetings.correct, name="learning_class_correct"),
    ]


@hooks.register(STUDY_WORK)
def classes_menu() -> MenuItem:
    return RoleMenuItem(
        _("班次"), reverse("learning_classes"), name="classes", icon_name="group", order=254, roles=HERE
    )


@hooks.register(STUDY_WORK)
def due_menu() -> MenuItem:
    return RoleMenuItem(
        _("班次待办"),
        reverse("learning_classes_due"),
        name="classes-due",
        icon_name="tasks",
        order=254,
        roles=[*queries.MANAGERS, Role.OFFICER],
        waits=lambda user: due.runs_due(user, "all"),
    )


@hooks.register(STUDY_WORK)
def filings_menu() -> MenuItem:
    return RoleMenuItem(
        _("班次备案"),
        reverse("learning_class_filings"),
        name="class-filings",
        icon_name="doc-full",
        order=257,
        roles=[Role.OFFICER],
    )


@hooks.register(STUDY_WORK)
def rules_menu() -> MenuItem:
    return RoleMenuItem(
        _("班次学时规则"),
        reverse("learning_class_rules"),
        name="class-rules",
        icon_name="table",
        order=258,
        roles=[Role.OFFICER],
    )
