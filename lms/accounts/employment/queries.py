"""Reading rosters and employments: what waits for a person, where they work, what the employer may know.

The employer sees what it wrote itself, and "待本人确认" for everybody who has not confirmed: whether nobody has that phone
number here, or somebody who has not answered, or somebody who said no, is one and the same.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lms.accounts.employment.models import Employment, RosterLine
from lms.accounts.employment.rules import Person
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import mask_name
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import actor, holds, memberships, organisations_for
from lms.accounts.people.models import User
from lms.accounts.people.rules import mask_email, mask_phone
from lms.lib.audit.reasons import Reason
from lms.lib.audit.services import record, record_each
from lms.lib.clock import today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.ids import uuid7

PURPOSE = "employment"
ROSTER = Reason("accounts.roster", _("职工名单"))
State = RosterLine.State
# What a person may still say yes to: also after a no or an end of their own, as long as the employer has the line.
ANSWERABLE = (State.INVITED, State.DECLINED, State.ENDED)


def value_hash(kind: str, value: str) -> str:
    """What a line's phone, email or number is found by; "" for none."""
    return lookup_hash(f"{kind}:{value}", PURPOSE) if value else ""


# --- the person ------------------------------------------------------------------------------------------


def lines_for(user: User) -> QuerySet[RosterLine]:
    """The lines that are about this person: by a phone number or address they proved, or a paper that staff verified.

    A verified paper also tells that a line with another one is somebody else's, e.g. the number's owner before.
    """
    paper = Identity.objects.filter(user=user, status=Identity.Status.VERIFIED).first()
    number = value_hash("number", paper.number) if paper else ""
    wanted = Q(number_hash=number) if number else Q(pk__in=())
    if user.phone and user.phone_verified:
        wanted |= Q(phone_hash=value_hash("phone", user.phone))
    proved = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    hashes = [value_hash("email", address.lower()) for address in proved]
    if hashes:
        wanted |= Q(email_hash__in=hashes)
    found = RosterLine.objects.filter(
        wanted, removed_at__isnull=True, organisation__status=Organisation.Status.ACTIVE
    )
    return found.filter(number_hash__in=("", number)) if number else found


def invitations(user: User) -> QuerySet[RosterLine]:
    """What waits for the person's answer, the newest first."""
    waiting = lines_for(user).filter(state=State.INVITED)
    return waiting.select_related("organisation").order_by("-added_at", "-id")


def answered(user: User) -> QuerySet[RosterLine]:
    """What the person said no to or ended, and may still say yes to."""
    found = lines_for(user).filter(state__in=(State.DECLINED, State.ENDED))
    return found.select_related("organisation").order_by("-added_at", "-id")


def own_employments(user: User) -> QuerySet[Employment]:
    """All of a person's, the newest first."""
    return (
        Employment.objects.filter(user=user).select_related("organisation").order_by("-confirmed_at", "-id")
    )


def own_employment(user: User, uuid: UUID) -> Employment:
    found = own_employments(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def masked(line: RosterLine) -> str:
    """The name on a line as its receiver sees it: they know theirs, and need not learn whose number it was before."""
    return mask_name(line.name)


# --- who works where -------------------------------------------------------------------------------------


def in_force() -> QuerySet[Employment]:
    """Employments that hold today, in active organisations, of people who can sign in."""
    return Employment.objects.filter(
        ended_at__isnull=True,
        since__lte=today(),
        organisation__status=Organisation.Status.ACTIVE,
        user__is_active=True,
    )


def in_days(first: date, last: date) -> QuerySet[Employment]:
    """Employments of which at least one of these days (both in) is one, and not in the future."""
    return Employment.objects.filter(
        Q(until__isnull=True) | Q(until__gte=first), since__lte=min(last, today()), user__is_active=True
    )


def workplaces(user: User) -> QuerySet[Organisation]:
    """Where the person works today: confirmed employments, and roles (who acts for an organisation works there)."""
    employed = in_force().filter(user=user).values("organisation_id")
    roles = memberships(user).values("organisation_id")
    return Organisation.objects.filter(Q(pk__in=employed) | Q(pk__in=roles)).order_by("name")


# --- the employer ----------------------------------------------------------------------------------------


def keeps_rosters(user: Any) -> bool:
    return holds(user, Role.HR)


def rostered(user: User) -> QuerySet[Organisation]:
    """The organisations whose roster the user keeps. Authorities have no personnel officers (organisations.rules)."""
    return organisations_for(user, Role.HR).exclude(kind=Organisation.Kind.AUTHORITY).order_by("name")


def kept_by(user: User, code: str) -> Organisation:
    """The one the address names, or the first. Raises NotAllowed, NotFound."""
    found = rostered(user)
    organisation = found.filter(code=code).first() if code else found.first()
    if organisation is None:
        raise NotFound if code else NotAllowed
    return organisation


def kept_line(user: User, uuid: UUID) -> RosterLine:
    """A line of a roster the user keeps. Raises NotFound."""
    found = RosterLine.objects.filter(uuid=uuid, organisation__in=rostered(user))
    line = found.select_related("organisation").first()
    if line is None:
        raise NotFound
    return line


def on_roster(organisation: Organisation) -> QuerySet[RosterLine]:
    return RosterLine.objects.filter(organisation=organisation, removed_at__isnull=True)


def roster_page(organisation: Organisation, shown: str = "") -> QuerySet[RosterLine]:
    """shown: "confirmed", "waiting" or ""."""
    lines = on_roster(organisation).order_by("id")
    if shown == "confirmed":
        lines = lines.filter(state=State.CONFIRMED)
    elif shown == "waiting":
        lines = lines.filter(state__in=(State.INVITED, State.DECLINED))
    current = Employment.objects.filter(ended_at__isnull=True).select_related("user")
    return lines.prefetch_related(Prefetch("employments", current, to_attr="current"))


def for_employer(line: RosterLine) -> dict[str, Any]:
    """A line (of `roster_page`) in the words its employer sees."""
    current: list[Employment] = line.current  # type: ignore[attr-defined]
    state = State.INVITED if line.state == State.DECLINED else State(line.state)
    return {
        "line": line,
        "state": str(state),
        "text": state.label,
        "phone": mask_phone(line.phone),
        "email": mask_email(line.email),
        "employment": current[0] if current else None,
    }


def log_roster(user: User, organisation: Organisation, shown: Iterable[dict[str, Any]]) -> None:
    """A look at a page of the roster: one row for the organisation, and one for each confirmed person on it."""
    who = actor(user, Role.HR, organisation)
    reason = ROSTER()
    record(
        who,
        action="roster.view",
        target_type="accounts.Organisation",
        target=organisation.uuid,
        reason=reason,
    )
    people = [row["employment"].user.uuid for row in shown if row["employment"]]
    record_each(
        who, people, key=uuid7(), action="employment.view", target_type="accounts.User", reason=reason
    )


def person_of(line: RosterLine) -> Person:
    """A line as plain values, to be compared with a new list."""
    return Person(line.name, line.phone, line.email, line.number, line.department, line.post, line.since)
