"""Where the screen of contradicted claims hangs in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import COURSE_WORK, RoleMenuItem
from lms.learning.claims import staff
from lms.learning.claims.queries import ROLES


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    # Its address is of the time when SCORM alone was compared.
    return [path("scorm-claims/", staff.contradictions, name="learning_scorm_claims")]


@hooks.register(COURSE_WORK)
def claims_menu() -> MenuItem:
    return RoleMenuItem(
        # Shorter than the title, which the menu would cut off.
        _("课件自报核对"),
        reverse("learning_scorm_claims"),
        name="scorm-claims",
        icon_name="warning",
        order=257,
        roles=list(ROLES),
    )
