"""Where the staff screens of people and organisations hang in the Wagtail admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from lms.accounts.branding import staff as branding
from lms.accounts.employment import staff as rosters
from lms.accounts.institutions import queries as requests
from lms.accounts.institutions import staff as institutions
from lms.accounts.institutions.models import InstitutionRequest
from lms.accounts.machines import staff as machines
from lms.accounts.organisations import admin_views as views
from lms.accounts.organisations.admin_queries import sees_registers
from lms.accounts.organisations.menu import RoleMenuItem, folders, open_small
from lms.accounts.organisations.models import Role


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("organisations/", views.organisations, name="rongtong_organisations"),
        path("organisations/new/", views.register, name="rongtong_organisation_new"),
        path("organisations/<uuid:uuid>/", views.organisation, name="rongtong_organisation"),
        path(
            "organisations/<uuid:uuid>/status/",
            views.organisation_status,
            name="rongtong_organisation_status",
        ),
        path(
            "organisations/<uuid:uuid>/proof/", views.organisation_proof, name="rongtong_organisation_proof"
        ),
        path("organisations/<uuid:uuid>/uscc/", views.organisation_uscc, name="rongtong_organisation_uscc"),
        path(
            "organisations/<uuid:uuid>/sector/",
            views.organisation_sector,
            name="rongtong_organisation_sector",
        ),
        path("organisations/<uuid:uuid>/grant/", views.grant, name="rongtong_grant"),
        path("institutions/", institutions.queue, name="rongtong_institution_requests"),
        path("institutions/<uuid:uuid>/", institutions.case, name="rongtong_institution_request"),
        path("people/", views.people, name="rongtong_people"),
        path("people/<uuid:uuid>/", views.person, name="rongtong_person"),
        path("roles/", views.roles, name="rongtong_roles"),
        path("roles/<int:membership_id>/end/", views.end, name="rongtong_role_end"),
        path("machines/", machines.first, name="rongtong_machines_first"),
        path("machines/<uuid:uuid>/revoke/", machines.revoke, name="rongtong_machine_revoke"),
        path("machines/<slug:code>/", machines.machines, name="rongtong_machines"),
        path("branding/", branding.first, name="rongtong_brands"),
        path("branding/<slug:code>/", branding.brand, name="rongtong_brand"),
        path("rosters/", rosters.first, name="rongtong_rosters"),
        path("rosters/template.xlsx", rosters.template, name="rongtong_roster_template"),
        path("rosters/<slug:code>/", rosters.roster, name="rongtong_roster"),
        path("rosters/drafts/<uuid:uuid>/", rosters.draft, name="rongtong_roster_draft"),
        path("rosters/lines/<uuid:uuid>/remove/", rosters.remove, name="rongtong_roster_remove"),
    ]


class RegistersMenu(SubmenuMenuItem):
    """Only for those who care for an organisation's people."""

    def is_shown(self, request: HttpRequest) -> bool:
        return sees_registers(request.user)


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    items = [
        MenuItem(
            _("机构"), reverse("rongtong_organisations"), name="organisations", icon_name="group", order=10
        ),
        RoleMenuItem(
            _("登记申请"),
            reverse("rongtong_institution_requests"),
            name="institution-requests",
            icon_name="clipboard-list",
            order=15,
            roles=[Role.OFFICER],
            waits=lambda user: requests.queue(user, InstitutionRequest.State.SUBMITTED),
        ),
        MenuItem(_("人员"), reverse("rongtong_people"), name="people", icon_name="user", order=20),
        RoleMenuItem(
            _("职工名单"),
            reverse("rongtong_rosters"),
            name="rosters",
            icon_name="list-ul",
            order=25,
            roles=[Role.HR],
        ),
        MenuItem(_("任职"), reverse("rongtong_roles"), name="roles", icon_name="key", order=30),
        RoleMenuItem(
            _("单位形象"),
            reverse("rongtong_brands"),
            name="brands",
            icon_name="image",
            order=35,
            roles=[Role.ADMIN],
        ),
        RoleMenuItem(
            _("接口凭据"),
            reverse("rongtong_machines_first"),
            name="machines",
            icon_name="lock",
            order=40,
            roles=[Role.ADMIN],
        ),
    ]
    return RegistersMenu(_("机构与人员"), Menu(items=items), name="registers", icon_name="group", order=800)


def _hang(folder: MenuItem) -> None:
    hooks.register("register_admin_menu_item", lambda: folder)


for _folder in folders():
    _hang(_folder)

hooks.register("construct_main_menu", open_small)
