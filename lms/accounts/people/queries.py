"""What a person may know about their own record, and how staff find people."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import normalise_number
from lms.accounts.identity.services import number_hash
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import holds, memberships, organisations_for
from lms.accounts.people.models import User
from lms.accounts.people.rules import read_login
from lms.lib.audit.models import AuditRow
from lms.lib.audit.reasons import reason_of

# Looks at a person's record: these actions, and whatever another package names "….view" with the person as
# target.
LOOKS = Q(action__in=["identity.reveal", "person.export"]) | Q(action__endswith=".view")


@dataclass(frozen=True)
class Look:
    """One look at someone's record: when, in which role, for which body, why; day: where one day was looked at, which."""

    at: datetime
    action: str
    role: str
    body: str
    reason: str
    day: date | None


def looks_at(person: User) -> QuerySet[AuditRow]:
    """Every look of others at the person's record, newest first."""
    rows = AuditRow.objects.filter(LOOKS, target_type="accounts.User", target=person.uuid)
    return rows.exclude(person=person.uuid).order_by("-at", "-id")


def explain_looks(rows: Any) -> list[Look]:
    """Rows with the role, the organisation and the platform's own reasons in the reader's words."""
    rows = list(rows)
    bodies = dict(
        Organisation.objects.filter(code__in={row.body for row in rows}).values_list("code", "name")
    )
    # Two that no membership gives: the platform's own, and that of rows from before each look had its role.
    roles = dict(Role.choices) | {"superuser": _("平台管理员"), "staff": _("工作人员")}
    return [
        Look(
            at=row.at,
            action=row.action,
            role=str(roles.get(row.role, row.role)),
            body=bodies.get(row.body, row.body),
            reason=reason_of(row),
            day=date.fromisoformat(row.data["day"]) if "day" in row.data else None,
        )
        for row in rows
    ]


def people_for(viewer: User) -> QuerySet[User]:
    """The people whom staff may list: all for officers, else those of the organisations they care for."""
    people = User.objects.filter(erased_at__isnull=True).order_by("-id")
    if holds(viewer, Role.OFFICER):
        return people
    own = organisations_for(viewer, Role.HR, Role.ADMIN)
    return people.filter(memberships__organisation__in=own).distinct()


def search_people(viewer: User, words: str) -> QuerySet[User]:
    """By part of the display name, or by the whole phone number, address or identity number.

    Nothing else of a person can be searched in part: that would let anyone complete a number digit by digit.
    """
    people = people_for(viewer)
    words = " ".join(words.split())
    if not words:
        return people
    wanted = Q(display_name__icontains=words)
    login = read_login(words)
    if login:
        wanted |= Q(**{login[0]: login[1]})
    hashes = _paper_hashes(words)
    if hashes:
        wanted |= Q(identity__number_hash__in=hashes)
    return people.filter(wanted)


def people_numbered(words: str) -> QuerySet[User]:
    """Whose identity paper has this whole number, of whatever kind; for staff alone, since an answer tells who is here."""
    return User.objects.filter(identity__number_hash__in=_paper_hashes(words), erased_at__isnull=True)


def _paper_hashes(words: str) -> list[str]:
    number = normalise_number(words)
    return [number_hash(kind, number) for kind in Identity.Kind.values] if len(number) >= 6 else []


def roles_of(user: User) -> list[dict[str, Any]]:
    """The roles in force today, as plain values."""
    return [
        {
            "organisation": membership.organisation.code,
            "organisation_name": membership.organisation.name,
            "role": membership.role,
            "role_name": str(membership.get_role_display()),
            "since": membership.since,
            "until": membership.until,
        }
        for membership in memberships(user).order_by("organisation__name", "role")
    ]
