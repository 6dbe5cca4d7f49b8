"""Staff screens for organisations, people and roles, inside the Wagtail admin: a list, a form, a service."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lms.accounts.identity import issuers
from lms.accounts.identity.http import show_faults
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import mask_name, mask_number
from lms.accounts.identity.services import VERIFYING_ROLES, reveal_identity, stand_of, verify_identity
from lms.accounts.organisations import invitations, sectors, services
from lms.accounts.organisations.admin_forms import (
    GrantForm,
    OrganisationForm,
    ProofForm,
    ReasonForm,
    SearchForm,
    SectorForm,
    UsccForm,
)
from lms.accounts.organisations.admin_queries import (
    memberships_visible_to,
    organisations_visible_to,
    sees_registers,
)
from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.queries import actor, holds, memberships, require_role
from lms.accounts.people.http import signed_in
from lms.accounts.people.models import User
from lms.accounts.people.queries import people_for, search_people
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.pages import paginate, staff_context

PER_PAGE = 30
HISTORY = 20


def _viewer(request: HttpRequest) -> User:
    user = signed_in(request)
    if not sees_registers(user):
        raise NotAllowed
    return user


def _listing(
    request: HttpRequest, template: str, title: str, icon: str, find: Callable[[str], Any], **more: Any
) -> HttpResponse:
    # By POST alone: what staff type to find someone is a name or a number, and addresses stand in logs and histories.
    form = SearchForm(request.POST)
    words = form.cleaned_data["q"] if request.method == "POST" and form.is_valid() else ""
    page = paginate(request, find(words), PER_PAGE, number=request.POST.get("page"))
    return render(request, template, staff_context(title, icon, page=page, q=words, **more))


# --- organisations --------------------------------------------------------------------------------------


def organisations(request: HttpRequest) -> HttpResponse:
    viewer = _viewer(request)
    return _listing(
        request,
        "accounts/admin/organisations.html",
        _("机构"),
        "group",
        lambda words: organisations_visible_to(viewer, words),
        may_register=holds(viewer, Role.OFFICER),
    )


def register(request: HttpRequest) -> HttpResponse:
    viewer = _viewer(request)
    require_role(viewer, Role.OFFICER)
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.register_organisation(viewer, **form.cleaned_data)
        except Refusal as refusal:
            show_faults(form, refusal)
        else:
            messages.success(request, _("已登记 %(name)s。") % {"name": made.name})
            return redirect("rongtong_organisation", made.uuid)
    context = staff_context(_("登记机构"), "group", form=form, back=reverse("rongtong_organisations"))
    return render(request, "accounts/admin/form.html", context, status=422 if form.errors else 200)


def _organisation(viewer: User, uuid: UUID) -> Organisation:
    found = organisations_visible_to(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def organisation(request: HttpRequest, uuid: UUID) -> HttpResponse:
    viewer = _viewer(request)
    shown = _organisation(viewer, uuid)
    return _show_organisation(request, viewer, shown)


def _show_organisation(
    request: HttpRequest, viewer: User, shown: Organisation, **bound: forms.Form
) -> HttpResponse:
    members = Membership.objects.filter(organisation=shown).select_related("user")
    context = staff_context(
        shown.name,
        "group",
        organisation=shown,
        warning=services.uscc_warning(shown),
        page=paginate(request, members.order_by("-since", "-id"), PER_PAGE),
        today=today(),
        may_grant=holds(viewer, Role.ADMIN, organisation=shown),
        invitations=invitations.open_in(shown)[:PER_PAGE],
        may_suspend=holds(viewer, Role.OFFICER),
        history=_history(shown),
        grant_form=bound.get("grant_form") or GrantForm(shown.kind),
        reason_form=bound.get("reason_form") or ReasonForm(prefix="status"),
        proof_form=bound.get("proof_form") or ProofForm(),
        uscc_form=bound.get("uscc_form") or UsccForm(prefix="uscc"),
        sector=sectors.name_of(shown.sector),
        sector_form=bound.get("sector_form") or SectorForm(prefix="sector", initial={"sector": shown.sector}),
    )
    status = 422 if bound else 200
    return render(request, "accounts/admin/organisation.html", context, status=status)


def _history(shown: Organisation) -> list[dict[str, Any]]:
    """Registered, suspended, resumed, given its code: the newest first."""
    said = {
        "organisation.register": _("登记"),
        "organisation.set_uscc": _("登记代码"),
        "organisation.set_sector": _("登记行业"),
        "organisation.suspend": _("暂停"),
        "organisation.resume": _("恢复"),
    }
    rows = AuditRow.objects.filter(target=shown.uuid, action__in=said).order_by("-id")[:HISTORY]
    return [{"at": row.at, "text": said[row.action], "reason": row.reason} for row in rows]


@require_POST
def organisation_status(request: HttpRequest, uuid: UUID) -> HttpResponse:
    viewer = _viewer(request)
    shown = _organisation(viewer, uuid)
    form = ReasonForm(request.POST, prefix="status")
    if form.is_valid():
        active = shown.status == Organisation.Status.ACTIVE
        change = services.suspend_organisation if active else services.resume_organisation
        try:
            change(shown, viewer, form.cleaned_data["reason"])
            return redirect("rongtong_organisation", shown.uuid)
        except Refusal as refusal:
            show_faults(form, refusal)
    return _show_organisation(request, viewer, shown, reason_form=form)


@require_POST
def organisation_proof(request: HttpRequest, uuid: UUID) -> HttpResponse:
    viewer = _viewer(request)
    shown = _organisation(viewer, uuid)
    form = ProofForm(request.POST)
    if form.is_valid():
        try:
            services.prove_uscc(shown, viewer, form.cleaned_data["proof"])
            return redirect("rongtong_organisation", shown.uuid)
        except Refusal as refusal:
            show_faults(form, refusal)
    return _show_organisation(request, viewer, shown, proof_form=form)


@require_POST
def organisation_uscc(request: HttpRequest, uuid: UUID) -> HttpResponse:
    viewer = _viewer(request)
    shown = _organisation(viewer, uuid)
    form = UsccForm(request.POST, prefix="uscc")
    if form.is_valid():
        try:
            services.set_uscc(shown, viewer, form.cleaned_data["uscc"], form.cleaned_data["proof"])
            messages.success(request, _("代码已登记。"))
            return redirect("rongtong_organisation", shown.uuid)
        except Refusal as refusal:
            show_faults(form, refusal)
    return _show_organisation(request, viewer, shown, uscc_form=form)


@require_POST
def organisation_sector(request: HttpRequest, uuid: UUID) -> HttpResponse:
    viewer = _viewer(request)
    shown = _organisation(viewer, uuid)
    form = SectorForm(request.POST, prefix="sector")
    if form.is_valid():
        services.set_sector(shown, viewer, form.cleaned_data["sector"])
        messages.success(request, _("行业已登记。"))
        return redirect("rongtong_organisation", shown.uuid)
    return _show_organisation(request, viewer, shown, sector_form=form)


# --- roles ----------------------------------------------------------------------------------------------


def roles(request: HttpRequest) -> HttpResponse:
    viewer = _viewer(request)
    return _listing(
        request,
        "accounts/admin/roles.html",
        _("任职"),
        "key",
        lambda words: memberships_visible_to(viewer, words),
        today=today(),
    )


@require_POST
def grant(request: HttpRequest, uuid: UUID) -> HttpResponse:
    viewer = _viewer(request)
    shown = _organisation(viewer, uuid)
    form = GrantForm(shown.kind, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            # The same answer whoever the number belongs to: who has an account here is nobody's business.
            invitations.invite(data["person"], shown, data["role"], viewer, until=data["until"])
            messages.success(request, _("已发出邀请。对方登录后在“我的”里接受，角色才开始；14 天内有效。"))
            return redirect("rongtong_organisation", shown.uuid)
        except Refusal as refusal:
            show_faults(form, refusal)
    return _show_organisation(request, viewer, shown, grant_form=form)


@require_POST
def end(request: HttpRequest, membership_id: int) -> HttpResponse:
    viewer = _viewer(request)
    row = memberships_visible_to(viewer).filter(pk=membership_id).first()
    if row is None:
        raise NotFound
    services.end_role(row, viewer, reason=request.POST.get("reason", "")[:200])
    messages.success(request, _("角色已结束。"))
    return redirect("rongtong_organisation", row.organisation.uuid)


# --- people ---------------------------------------------------------------------------------------------


def people(request: HttpRequest) -> HttpResponse:
    viewer = _viewer(request)
    return _listing(
        request,
        "accounts/admin/people.html",
        _("人员"),
        "user",
        lambda words: search_people(viewer, words).select_related("identity"),
    )


def _person(viewer: User, uuid: UUID) -> User:
    found = people_for(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Masked; a POST with a reason shows or verifies the real name."""
    viewer = _viewer(request)
    shown = _person(viewer, uuid)
    form = ReasonForm(request.POST or None)
    revealed = None
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if request.POST.get("action") == "verify":
                said = {name: request.POST.get(name, "") for name in ("country", "seen")}
                verify_identity(shown, _verifier(viewer), reason=reason, **said)
                messages.success(request, _("已记为核实。"))
                return redirect("rongtong_person", shown.uuid)
            revealed = reveal_identity(viewer, shown, reason)
            form = ReasonForm()
        except Refusal as refusal:
            show_faults(form, refusal)
    held = Identity.objects.filter(user=shown).first()
    context = staff_context(
        str(shown),
        "user",
        person=shown,
        held=held,
        masked_name=mask_name(held.legal_name) if held else "",
        masked_number=mask_number(held.number) if held else "",
        country=issuers.label(held.country) if held else "",
        issuers=issuers.choices()
        if held and held.kind == Identity.Kind.PASSPORT and not held.country
        else [],
        asked_country=request.POST.get("country", ""),
        # Of what is shown in the clear, where it is: what came between is then not verified unseen.
        seen=stand_of(revealed or held) if held else "",
        revealed=revealed,
        form=form,
        roles=Membership.objects.filter(user=shown).select_related("organisation").order_by("-since", "-id"),
        today=today(),
    )
    return render(request, "accounts/admin/person.html", context, status=422 if form.errors else 200)


def _verifier(viewer: User) -> Actor:
    """The viewer in one of the roles that may verify."""
    if viewer.is_superuser:
        return actor(viewer, Role.OFFICER)
    held = memberships(viewer).filter(role__in=VERIFYING_ROLES).order_by("id").first()
    if held is None:
        raise NotAllowed
    return actor(viewer, held.role, held.organisation)
