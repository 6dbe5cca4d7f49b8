"""Reading the register of experts: who may be asked on a day, one's own entries and interests, and what officers see of an expert."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lms.accounts.api import Membership, Organisation, Role, User
from lms.lib.errors import NotFound
from lms.training.access import authorities
from lms.training.experts.models import Expert, ExpertInterest, ExpertRefusal

State = Expert.State
# Who decides for the authority is no expert of its.
DECIDES = (Role.OFFICER, Role.ADMIN)
MOST_INTERESTS = 50


def listed(authority: Organisation | int, day: date) -> QuerySet[Expert]:
    """Who stands in an authority's register on a day and may be asked: agreed, in their days, active, not deciding there themselves."""
    rows = Expert.objects.filter(authority=authority, state=State.LISTED, since__lte=day)
    rows = rows.filter(Q(until__isnull=True) | Q(until__gte=day))
    return rows.filter(person__is_active=True).exclude(person__in=deciding(authority, day))


def deciding(authority: Organisation | int, day: date) -> QuerySet[Membership, int]:
    """The users who decide for an authority on a day."""
    held = Membership.objects.filter(organisation=authority, role__in=DECIDES, since__lte=day)
    found: QuerySet[Membership, int] = held.exclude(until__lt=day).values_list("user", flat=True)
    return found


def deciding_pairs(authorities: Collection[int], day: date) -> set[tuple[int, int]]:
    """The same of several: (authority, user). One query."""
    held = Membership.objects.filter(organisation__in=list(authorities), role__in=DECIDES, since__lte=day)
    return set(held.exclude(until__lt=day).values_list("organisation", "user"))


def pool(authority: Organisation | int, day: date) -> QuerySet[User]:
    """The same as people, by name."""
    people = listed(authority, day).values("person")
    return User.objects.filter(pk__in=people).order_by("display_name", "pk")


def on_register(authority: Organisation | int, person: User, day: date) -> bool:
    return listed(authority, day).filter(person=person).exists()


def tied_to(person: User, bodies: Collection[int]) -> set[int]:
    """Of these bodies those to which the person has declared an interest that is not over. One query."""
    rows = ExpertInterest.objects.filter(person=person, body__in=bodies, over_at__isnull=True)
    return set(rows.values_list("body", flat=True))


def ties(people: Collection[int], bodies: Collection[int]) -> set[tuple[int, int]]:
    """(person, body) of declared interests that are not over. One query."""
    rows = ExpertInterest.objects.filter(person__in=list(people), body__in=list(bodies), over_at__isnull=True)
    return set(rows.values_list("person", "body"))


def tied_people(body: Organisation | int) -> QuerySet[ExpertInterest, int]:
    """The users who have declared an interest in a body."""
    rows = ExpertInterest.objects.filter(body=body, over_at__isnull=True)
    found: QuerySet[ExpertInterest, int] = rows.values_list("person", flat=True)
    return found


# --- one's own --------------------------------------------------------------------------------------------


def own(user: User) -> QuerySet[Expert]:
    return Expert.objects.filter(person=user).select_related("authority").order_by("-pk")


def own_entry(user: User, uuid: UUID) -> Expert:
    """Raises NotFound."""
    found = own(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def own_interests(user: User) -> list[ExpertInterest]:
    rows = ExpertInterest.objects.filter(person=user, over_at__isnull=True).select_related("body")
    return list(rows[:MOST_INTERESTS])


def refusals_of(user: User) -> QuerySet[ExpertRefusal]:
    return ExpertRefusal.objects.filter(person=user).select_related("authority").order_by("-pk")


# --- officers ---------------------------------------------------------------------------------------------


def register_for(user: User, state: str = "", field: str = "") -> QuerySet[Expert]:
    """The registers of the user's authorities, each entry with how many panels were refused and, of who has agreed, how many interests
    stand."""
    refused = ExpertRefusal.objects.filter(person=OuterRef("person"), authority=OuterRef("authority"))
    tied = ExpertInterest.objects.filter(person=OuterRef("person"), over_at__isnull=True)
    tied = tied.filter(Exists(Expert.objects.filter(pk=OuterRef(OuterRef("pk")), state=State.LISTED)))
    rows = Expert.objects.filter(authority__in=authorities(user)).select_related("authority", "person")
    if state in State.values:
        rows = rows.filter(state=state)
    if field:
        # One column of JSON on both databases: a list of short codes, of which none stands in another.
        rows = rows.filter(fields__icontains=f'"{field}"')
    return rows.annotate(refused=_number(refused), tied=_number(tied)).order_by("-pk")


def _number(rows: QuerySet[ExpertRefusal] | QuerySet[ExpertInterest]) -> Coalesce:
    counted = rows.order_by().values("person").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def expert_for(user: User, uuid: UUID) -> Expert:
    """An entry of a register of one's authorities. Raises NotFound."""
    rows = Expert.objects.select_related("authority", "person", "entered_by", "ended_by")
    found = rows.filter(uuid=uuid, authority__in=authorities(user)).first()
    if found is None:
        raise NotFound
    return found


def interests_of(found: Expert) -> list[ExpertInterest]:
    """What somebody has declared, for the authority that may ask them: what stands and what is over. Nothing while they have not agreed to
    stand in its register, and nothing once they have left: anybody's account can be entered, their ties are their own."""
    if found.state != State.LISTED:
        return []
    rows = ExpertInterest.objects.filter(person=found.person_id).select_related("body")
    return list(rows[:MOST_INTERESTS])


def refusals(found: Expert) -> list[ExpertRefusal]:
    rows = ExpertRefusal.objects.filter(person=found.person_id, authority=found.authority_id)
    return list(rows[:MOST_INTERESTS])
