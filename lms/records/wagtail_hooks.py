"""Where the staff screens of record stores hang in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import Role, RoleMenuItem
from lms.records.staff import http


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    of = "records/<slug:code>/"
    return [
        path("records/", http.stores, name="records_stores"),
        path(f"{of}credentials/", http.credential_list, name="records_credentials"),
        path(f"{of}credentials/<slug:key>/revoke/", http.revoke, name="records_credential_revoke"),
        path(f"{of}credentials/<slug:key>/live/", http.watch, name="records_watch"),
        path(f"{of}history/", http.history, name="records_history"),
        path(f"{of}forwarding/", http.targets, name="records_targets"),
        path(f"{of}forwarding/<uuid:uuid>/", http.switch, name="records_target_switch"),
        path(f"{of}forwarding/<uuid:uuid>/again/", http.again, name="records_target_again"),
        path(f"{of}people/", http.find, name="records_find"),
        path(f"{of}people/<str:token>/", http.person, name="records_person"),
    ]


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    return RoleMenuItem(
        _("学习记录库"),
        reverse("records_stores"),
        name="record-stores",
        icon_name="download",
        order=820,
        roles=[Role.ADMIN],
    )
