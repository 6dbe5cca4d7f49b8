"""Answering an organisation's invitation to a role, on one's own page. Thin."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lms.accounts.organisations import invitations
from lms.accounts.people.http import signed_in


@login_required
@require_POST
def accept(request: HttpRequest, uuid: UUID) -> HttpResponse:
    membership = invitations.accept(signed_in(request), uuid)
    named = {"organisation": membership.organisation.name, "role": membership.get_role_display()}
    messages.success(request, _("你现在是%(organisation)s的%(role)s。") % named)
    return redirect("accounts_pages:profile")


@login_required
@require_POST
def decline(request: HttpRequest, uuid: UUID) -> HttpResponse:
    invitations.decline(signed_in(request), uuid)
    messages.success(request, _("已拒绝。"))
    return redirect("accounts_pages:profile")
