"""Reading suggestions: the sender's own, a visitor's by number and code, and the lists of those in charge.

Words, names and contacts are read by whoever owns one, by any officer of the authority while nobody who is one does, and by its
administrators;
the look is logged. Colleagues see number, dates and state. The platform's administrators hold no role here and read none of them.
"""

from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from lms.accounts.api import Organisation, Role, User, actor, memberships
from lms.lib.audit.services import record
from lms.lib.clock import local_day, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import NotFound
from lms.training.lifecycle.paging import KeyPage, key_page
from lms.training.lifecycle.reading import people_of
from lms.training.suggestions.models import State, Suggestion, SuggestionAct, SuggestionRule

PER_PAGE = 30
PER_OWN_PAGE = 20
MOST_COUNTED = 1000
# Who sees an authority's list.
READERS = (Role.OFFICER, Role.ADMIN)
TABS = ("open", "mine", "late", "replied", "closed")
CODE_PURPOSE = "suggestion"
REOPEN = "reopen"


# --- rules and bodies ----------------------------------------------------------------------------------------


def rule_on(authority: Organisation | int, day: date) -> SuggestionRule | None:
    """The version in force on a day."""
    rows = SuggestionRule.objects.filter(authority=authority, valid_from__lte=day)
    return rows.order_by("-valid_from", "-version").first()


def rules() -> QuerySet[SuggestionRule]:
    """Every version, by authority, the newest first."""
    return SuggestionRule.objects.select_related("authority").order_by("authority__name", "-version")


def recipients() -> QuerySet[Organisation]:
    """The authorities that take suggestions today, with how many working days each has to reply (`reply_days`)."""
    in_force = SuggestionRule.objects.filter(authority=OuterRef("pk"), valid_from__lte=today())
    days = Subquery(in_force.order_by("-valid_from", "-version").values("reply_days")[:1])
    found: QuerySet[Organisation] = Organisation.objects.filter(
        kind=Organisation.Kind.AUTHORITY, status=Organisation.Status.ACTIVE
    )
    return found.annotate(reply_days=days).filter(reply_days__isnull=False).order_by("name")


def officers_of(authority: Organisation) -> QuerySet[User]:
    """Who is an officer there today."""
    held = people_of(authority.pk).filter(role=Role.OFFICER).values("user")
    return User.objects.filter(pk__in=held, is_active=True).order_by("pk")


# --- the sender ----------------------------------------------------------------------------------------------


def own(user: User, after: str = "") -> KeyPage:
    """The user's own, newest first."""
    rows = Suggestion.objects.filter(person=user).select_related("authority")
    return key_page(rows, ("-id", "-pk"), after, PER_OWN_PAGE)


def own_one(user: User, uuid: UUID) -> Suggestion:
    """Raises NotFound."""
    found = _full().filter(uuid=uuid, person=user).first()
    if found is None:
        raise NotFound
    return found


def by_code(number: str, code: str) -> Suggestion:
    """A visitor's, by the number and the code that were told once. Raises NotFound, alike whichever of the two is wrong."""
    found = _full().filter(number=number.strip().upper().replace("\0", "")[:20], person__isnull=True).first()
    given = lookup_hash("".join(code.split()).replace("-", "").upper()[:40], CODE_PURPOSE)
    if not compare_digest(given, found.code if found is not None else "") or found is None:
        raise NotFound
    return found


def history(found: Suggestion) -> list[SuggestionAct]:
    """What was done, in order. One query."""
    return list(found.acts.select_related("body", "to").order_by("number"))


def was_reopened(found: Suggestion) -> bool:
    """Whether the sender was not content with a reply and had it done again. One query."""
    return found.acts.filter(name=REOPEN).exists()


def counted_from(found: Suggestion) -> date:
    """The day from which the reply date is counted: the sender's last word. One query."""
    again = found.acts.filter(name=REOPEN).order_by("-number").values_list("at", flat=True).first()
    return local_day(again) if again else found.handed_in_on


# --- those in charge -----------------------------------------------------------------------------------------


def authorities_of(user: User) -> list[Organisation]:
    """The authorities whose lists the user sees."""
    held = memberships(user).filter(role__in=READERS).values("organisation")
    found = Organisation.objects.filter(pk__in=held, kind=Organisation.Kind.AUTHORITY)
    return list(found.order_by("name"))


def waiting(user: User) -> QuerySet[Suggestion]:
    """The open ones of the user's authorities, sent by others."""
    return Suggestion.objects.filter(authority__in=authorities_of(user), state=State.OPEN).exclude(
        person=user
    )


def queue(user: User, authority: Organisation, tab: str, after: str = "") -> KeyPage:
    """One page of an authority's list by reply date: open, mine (open, owned by the user), late (open, past its date), replied,
    closed."""
    rows = Suggestion.objects.filter(authority=authority).select_related("owner").defer("text", "contact")
    if tab in (State.REPLIED, State.CLOSED):
        return key_page(rows.filter(state=tab), ("-id", "-pk"), after, PER_PAGE)
    if tab == "late":
        return key_page(late(authority).select_related("owner"), ("due_on", "id"), after, PER_PAGE)
    rows = rows.filter(state=State.OPEN)
    if tab == "mine":
        rows = rows.filter(owner=user)
    # Those that wait for a calendar have no date yet and stand in the order in which they came.
    return key_page(rows, ("id", "pk"), after, PER_PAGE)


def late(authority: Organisation) -> QuerySet[Suggestion]:
    """Open ones whose reply date has passed."""
    return Suggestion.objects.filter(authority=authority, state=State.OPEN, due_on__lt=today())


def late_count(authority: Organisation) -> int:
    """Counted no further than MOST_COUNTED."""
    return late(authority).order_by("due_on", "id")[:MOST_COUNTED].count()


def reads(user: User, found: Suggestion) -> bool:
    """Whether the user sees that it is there: an officer or administrator of the authority that owns it now."""
    held = memberships(user).filter(organisation=found.authority_id, role__in=READERS)
    return user.is_active and held.exists()


def in_charge(user: User, found: Suggestion) -> str:
    """The role in which the user reads and works on it; "" for colleagues, and for whoever sent it."""
    if found.person_id == user.pk:
        return ""
    roles = set(
        memberships(user)
        .filter(organisation=found.authority_id, role__in=READERS)
        .values_list("role", flat=True)
    )
    if Role.OFFICER in roles and (found.owner_id == user.pk or not _owned(found)):
        return str(Role.OFFICER)
    return str(Role.ADMIN) if Role.ADMIN in roles else ""


def _owned(found: Suggestion) -> bool:
    """Whether somebody owns it who is still an officer there: one who has left leaves it to the others."""
    owner = found.owner_id
    return owner is not None and officers_of(found.authority).filter(pk=owner).exists()


@dataclass(frozen=True)
class Sheet:
    """One suggestion as a member of the authority sees it. charged: whether words, sender and contact are theirs to read."""

    suggestion: Suggestion
    charged: bool
    history: list[SuggestionAct]


def sheet(user: User, uuid: UUID) -> Sheet:
    """The look of whoever reads its words is logged. Raises NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None or not reads(user, found):
        raise NotFound
    role = in_charge(user, found)
    if role:
        person = found.person
        record(
            actor(user, role, found.authority),
            action="suggestion.view",
            target_type="accounts.User" if person else "training.Suggestion",
            target=person.uuid if person else found.uuid,
            reason=found.number,
        )
    return Sheet(found, bool(role), history(found))


def colleagues(found: Suggestion) -> QuerySet[User]:
    """To whom it can be given: other officers there, not the sender."""
    people = officers_of(found.authority)
    people = people.exclude(pk=found.owner_id) if found.owner_id else people
    return people.exclude(pk=found.person_id) if found.person_id else people


def _full() -> QuerySet[Suggestion]:
    return Suggestion.objects.select_related("authority", "owner", "person")
