"""Who may see whose record of study, and in which role: the one place that answers it for packs and for looks.

Officers and auditors of an authority: every course. Staff of a course's provider: what belongs to its own courses. With
a person's consent, staff of the organisation it names: that person's whole record. Everybody: their own.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from courses.api import Release
from lms.accounts.api import Organisation, Role, User, actor, held, memberships
from lms.learning.evidence.models import RecordConsent
from lms.lib.actor import Actor
from lms.lib.clock import today

SUPERVISING = (Role.OFFICER, Role.AUDITOR)
PROVIDING = (Role.ADMIN, Role.TEACHER, Role.HR)
# Who of an organisation reads with a person's consent.
CONSENTED = (Role.HR, Role.ADMIN, Role.TEACHER, Role.REVIEWER, Role.OFFICER, Role.AUDITOR)
# Who may have real names in a pack: those whose duty is the person and not only the course.
NAMING = (*SUPERVISING, Role.ADMIN)


@dataclass(frozen=True)
class Right:
    """provider: only what belongs to its courses; None: everything. consent: the person's, where that is the ground."""

    actor: Actor
    provider: Organisation | None = None
    consent: RecordConsent | None = None


def supervision(user: User) -> Actor | None:
    """The user as officer or auditor of an authority; None when they are none."""
    if not user.is_active:
        return None
    if user.is_superuser:
        return Actor(person=user.uuid, role="superuser", user_id=user.pk)
    authority = Organisation.Kind.AUTHORITY
    mine = (row for row in held(user) if row.role in SUPERVISING and row.organisation.kind == authority)
    found = next(mine, None)
    return actor(user, found.role, found.organisation) if found else None


def providing(user: User, provider: Organisation) -> Actor | None:
    """The user as staff of a course's provider."""
    if not user.is_active:
        return None
    found = memberships(user).filter(role__in=PROVIDING, organisation=provider).order_by("id").first()
    return actor(user, found.role, found.organisation) if found else None


def for_release(user: User, release: Release) -> Right | None:
    """On what ground the user may have the record of everybody who studies a release."""
    supervising = supervision(user)
    if supervising:
        return Right(supervising)
    own = providing(user, release.provider)
    return Right(own, provider=release.provider) if own else None


def for_person(user: User, person: User, release: Release | None) -> Right | None:
    """On what ground the user may open one person's record; release: the course through which they were found."""
    if user.pk == person.pk:
        return None
    consent = consent_to(user, person)
    if consent is not None:
        role = memberships(user).filter(role__in=CONSENTED, organisation=consent.organisation).first()
        return Right(actor(user, role.role if role else "superuser", consent.organisation), consent=consent)
    return for_release(user, release) if release is not None else _supervises(user)


def _supervises(user: User) -> Right | None:
    found = supervision(user)
    return Right(found) if found else None


def consents_to(user: User) -> QuerySet[RecordConsent]:
    """The consents in force that let the user read a record, those that end last first."""
    rows = RecordConsent.objects.filter(
        organisation__in=_reading(user), withdrawn_at__isnull=True, until__gte=today()
    ).exclude(person=user)
    return rows.select_related("person", "organisation").order_by("-until", "-pk")


def _reading(user: User) -> QuerySet[Any, Any]:
    """The organisations in whose name the user reads what people consented to."""
    return memberships(user).filter(role__in=CONSENTED).values("organisation_id")


def consent_to(user: User, person: User) -> RecordConsent | None:
    return consents_to(user).filter(person=person).first() if user.is_active else None


def provided(user: User) -> QuerySet[Organisation]:
    """The organisations whose courses the user answers for."""
    mine = memberships(user).filter(role__in=PROVIDING).values("organisation_id")
    return Organisation.objects.filter(pk__in=mine)


def may_ask(user: User) -> QuerySet[Organisation]:
    """The organisations for which the user may ask somebody for consent: those for which they could then read."""
    return Organisation.objects.filter(pk__in=_reading(user)).order_by("name")


def may_name(right: Right) -> bool:
    return right.actor.role in (*NAMING, "superuser")


def has_screens(user: User) -> bool:
    """Whether there is anything of evidence for this member of staff."""
    return supervision(user) is not None or _reading(user).exists()


def may_order(user: User) -> bool:
    """Whether there is any course whose learners' record the user may have as a pack."""
    return supervision(user) is not None or provided(user).exists()
