"""Where the screens of evidence hang in the Wagtail admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import STUDY_WORK, RoleMenuItem
from lms.learning.evidence import rights, staff


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("evidence/", staff.packs, name="learning_evidence"),
        path("evidence/courses/", staff.courses, name="learning_evidence_courses"),
        path("evidence/courses/<uuid:uuid>/", staff.order, name="learning_evidence_order"),
        path("evidence/courses/<uuid:uuid>/people/", staff.people, name="learning_evidence_people"),
        path("evidence/packs/<uuid:uuid>/", staff.pack, name="learning_evidence_pack"),
        path("evidence/packs/<uuid:uuid>/file/", staff.file, name="learning_evidence_file"),
        path("evidence/records/", staff.find, name="learning_records"),
        path("evidence/records/<uuid:uuid>/", staff.open_, name="learning_record_open"),
        path("evidence/ask/", staff.ask, name="learning_record_ask"),
        path("evidence/consents/<uuid:uuid>/", staff.open_consented, name="learning_record_consented"),
        path("evidence/looks/<uuid:uuid>/", staff.record, name="learning_record"),
        path("evidence/looks/<uuid:uuid>/<str:day>/", staff.record_day, name="learning_record_day"),
    ]


class EvidenceMenuItem(RoleMenuItem):
    """For those who supervise, answer for courses, or were given consent."""

    def is_shown(self, request: HttpRequest) -> bool:
        return super().is_shown(request) and rights.has_screens(request.user)  # type: ignore[arg-type]


@hooks.register(STUDY_WORK)
def evidence_menu() -> MenuItem:
    return EvidenceMenuItem(
        _("学习证据"),
        reverse("learning_evidence"),
        name="learning-evidence",
        icon_name="clipboard-list",
        order=257,
        roles=[*rights.SUPERVISING, *rights.PROVIDING, *rights.CONSENTED],
    )
