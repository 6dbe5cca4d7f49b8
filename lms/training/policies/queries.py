"""Reading the policy library: lists, one document with its versions, and the page of a cited number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from lms.accounts.api import User
from lms.lib.citations import plain
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.training.access import authorities
from lms.training.policies.models import PolicyDocument
from lms.training.policies.rules import State

PER_PAGE = 20


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to; "" or None: not at all. on: the day the state is asked for."""

    on: date
    state: str = ""
    year: int | None = None
    body: str = ""
    words: str = ""


def read(given: dict[str, str]) -> Asked:
    """What an address asks for; nonsense is left out."""
    state, year = given.get("state", ""), given.get("year", "")
    number = int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else 0
    try:
        on = date.fromisoformat(given.get("on", ""))
    except ValueError:
        on = today()
    return Asked(
        on=on,
        state=state if state in set(State) else "",
        year=number if 1949 <= number <= 2100 else None,
        body=given.get("body", "").replace("\0", "").strip()[:80],
        words=given.get("words", "").replace("\0", "").strip()[:80],
    )


def current() -> QuerySet[PolicyDocument]:
    """The last version of every document, the latest date first."""
    newer = PolicyDocument.objects.filter(series=OuterRef("series"), version__gt=OuterRef("version"))
    rows: QuerySet[PolicyDocument] = PolicyDocument.objects.filter(~Exists(newer))
    return rows.order_by("-issued_on", "-pk")


def asked_for(asked: Asked) -> QuerySet[PolicyDocument]:
    rows = current().annotate(begins=Coalesce(F("first_day"), F("issued_on")))
    if asked.state == State.COMING:
        rows = rows.filter(begins__gt=asked.on)
    elif asked.state == State.ENDED:
        rows = rows.filter(begins__lte=asked.on, last_day__lt=asked.on)
    elif asked.state == State.IN_FORCE:
        rows = rows.filter(Q(last_day__isnull=True) | Q(last_day__gte=asked.on), begins__lte=asked.on)
    if asked.year is not None:
        rows = rows.filter(issued_on__range=(date(asked.year, 1, 1), date(asked.year, 12, 31)))
    if asked.body:
        rows = rows.filter(bodies__contains=asked.body)
    if asked.words:
        rows = rows.filter(Q(title__contains=asked.words) | Q(plain__contains=plain(asked.words)))
    return rows


def years() -> list[int]:
    """The years of the documents, the latest first."""
    return [day.year for day in PolicyDocument.objects.dates("issued_on", "year", order="DESC")]


def document(uuid: UUID) -> PolicyDocument:
    """A version, the last one or not. Raises NotFound."""
    found = PolicyDocument.objects.select_related("keeper").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def versions_of(found: PolicyDocument) -> list[PolicyDocument]:
    """Every version of its series, the last one first."""
    return list(PolicyDocument.objects.filter(series=found.series).order_by("-version"))


def by_number(number: str) -> PolicyDocument | None:
    """What the library says now of the document with this number."""
    return PolicyDocument.objects.filter(plain=plain(number)).order_by("-version").first()


def link(number: str) -> str | None:
    """The address of the document with this number; None where the library does not have it. One query."""
    return links([number]).get(number)


def links(numbers: Iterable[str]) -> dict[str, str]:
    """As `link`, for several, as they were given. One query."""
    wanted = {number: plain(number) for number in numbers}
    rows = PolicyDocument.objects.filter(plain__in=set(wanted.values())).order_by("version")
    # The last version of each stands last.
    found = dict(rows.values_list("plain", "uuid"))
    return {
        number: reverse("policies:document", args=[found[key]])
        for number, key in wanted.items()
        if key in found
    }


def replaced_by(found: PolicyDocument) -> list[PolicyDocument]:
    """Documents that this one has replaced, as the library knows."""
    return list(current().filter(superseded_by__in={found.number, found.plain}))


def kept_by(user: User) -> QuerySet[PolicyDocument]:
    """What the user may change: administrators of the platform everything, officers what their authorities keep."""
    rows = current().select_related("keeper")
    return rows if user.is_superuser else rows.filter(keeper__in=authorities(user))
