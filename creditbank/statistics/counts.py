"""Counting the bank, set-wise: a fixed number of statements, whatever there is. Exact figures, for `queries.py` only.

Owns: what each counter counts (in words: `words.py`). Credits and hours come from the ledger's entries; applications only
say to which college, occupation and level an entry belongs. Two accounts of one person are one person.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractYear, Substr

from creditbank.applications.grants import CREDIT, RECOGNITION, TRANSFER
from creditbank.holders.models import AccountMerge, LearningAccount
from creditbank.ledger.models import Account, Entry
from creditbank.outcomes.models import CatalogueEntry, LearningOutcome, OutcomeKind
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH, Kind
from creditbank.statistics.rules import Group, less
from lms.lib.clock import SHANGHAI, local_day

Status = LearningOutcome.Status
STANDINGS = (VERIFIED, WAITING, REFUSED) = ("verified", "waiting", "refused")
# The characters of X-XX-XX-XX; the marks S and L may follow.
OCCUPATION = 10
HOURS = "study_hour."
LAST_PLACE = 99


def _merged(**account: OuterRef) -> QuerySet[AccountMerge]:
    """The merge by which the account was closed and another goes on."""
    return AccountMerge.objects.filter(state=AccountMerge.State.MERGED, **account)


def _of_one_person(account: str) -> Coalesce:
    """The account that goes on for the one that the field names; the same where none was merged."""
    goes_on = Subquery(_merged(other=OuterRef(account)).values("survivor")[:1])
    return Coalesce(goes_on, F(account), output_field=BigIntegerField())


def _groups(rows: Iterable[tuple[Any, ...]]) -> list[Group]:
    """(key, people, count[, amount]) → groups; the key None becomes "": what has none."""
    return [Group("" if key is None else str(key), *figures) for key, *figures in rows]


def _named(key: str, name: str, *figures: int) -> Group:
    """The same with a name of its own: (key, name, people, count, amount)."""
    people, count, amount = figures
    return Group(key, people, count, amount, name)


# --- accounts and outcomes -------------------------------------------------------------------------------


def accounts() -> Group:
    """Learning accounts; of a person with two numbers, one. One query."""
    rows = LearningAccount.objects.annotate(someone=_of_one_person("holder"))
    return Group("accounts", rows.aggregate(people=Count("someone", distinct=True))["people"])


def _registered() -> QuerySet[Any]:
    """Outcomes with `someone` and `standing`. What a merge left behind was registered on the other account too."""
    left_behind = Exists(_merged(other=OuterRef("holder"))) & ~Q(status=Status.REFUSED)
    waiting = When(status__in=[Status.SUBMITTED, Status.SUPPLEMENT], then=Value(WAITING))
    return LearningOutcome.objects.exclude(left_behind).annotate(
        someone=_of_one_person("holder"),
        standing=Case(waiting, default=F("status"), output_field=CharField()),
    )


def outcomes() -> tuple[Group, list[Group], dict[str, list[Group]]]:
    """All outcomes, by how far they are proved, and those by kind. Three queries."""
    rows = _registered()
    figures = {"people": Count("someone", distinct=True), "things": Count("pk")}
    whole = rows.aggregate(**figures)
    standings = rows.values_list("standing").annotate(**figures)
    kinds: dict[str, list[Group]] = {standing: [] for standing in STANDINGS}
    for standing, *row in rows.values_list("standing", "kind").annotate(**figures):
        kinds[standing] += _groups([tuple(row)])
    for groups in kinds.values():
        groups.sort(key=lambda group: _place(group.key, OutcomeKind.values))
    return (
        Group("outcomes", whole["people"], whole["things"]),
        sorted(_groups(standings), key=lambda group: STANDINGS.index(group.key)),
        kinds,
    )


def skills() -> list[Group]:
    """Holders of verified skill certificates by their highest level, each once; from the lowest up. One query."""
    rows = _registered().filter(status=Status.VERIFIED, kind=Kind.SKILL)
    at_least = rows.aggregate(
        **{
            f"from_{level}": Count(
                "someone",
                distinct=True,
                filter=Q(level__in=LEVELS_LOW_TO_HIGH[LEVELS_LOW_TO_HIGH.index(level) :]),
            )
            for level in LEVELS_LOW_TO_HIGH
        }
    )
    people = [at_least[f"from_{level}"] for level in LEVELS_LOW_TO_HIGH]
    return [
        Group(str(level), here - above)
        for level, here, above in zip(LEVELS_LOW_TO_HIGH, people, [*people[1:], 0], strict=True)
    ]


# --- conversions -----------------------------------------------------------------------------------------


def _converted() -> QuerySet[Entry]:
    """What recognitions and transfers put on people's accounts and was not reversed: one entry each."""
    return Entry.objects.filter(
        account__kind=Account.Kind.HOLDER,
        account__unit__code=CREDIT,
        amount__gt=0,
        transaction__kind__in=[RECOGNITION, TRANSFER],
        transaction__reversed_by__isnull=True,
        transaction__application__isnull=False,
    )


def conversions() -> tuple[Group, dict[str, list[Group]]]:
    """Recognised and standing: in all, and by college, occupation, level and year of posting. Six queries."""
    rows = _converted()
    # A merge hands applications over to the account that goes on.
    figures = {
        "people": Count("transaction__application__applicant", distinct=True),
        "things": Count("pk"),
        "credits": Coalesce(Sum("amount"), 0),
    }
    whole = rows.aggregate(**figures)
    college = "transaction__application__programme__organisation"
    by_college = rows.values_list(f"{college}__code", f"{college}__name").annotate(**figures)
    by_level = rows.values_list("transaction__application__outcome__level").annotate(**figures)
    levels = sorted(_groups(by_level), key=lambda group: _place(group.key, map(str, LEVELS_LOW_TO_HIGH)))
    tables = {
        "institutions": [_named(*row) for row in by_college],
        "occupations": _occupations(rows, figures),
        "levels": levels,
        "years": _by_year(rows, figures),
    }
    return Group("conversions", whole["people"], whole["things"], whole["credits"]), tables


def _occupations(rows: QuerySet[Entry], figures: dict[str, Any]) -> list[Group]:
    """By occupation code, with its name out of the catalogue, else out of the rule that was applied."""
    case = "transaction__application"
    code = Coalesce(Substr(f"{case}__outcome__occupation_code", 1, OCCUPATION), Value(""))
    named = rows.annotate(occupation=code).values_list("occupation")
    found = list(named.annotate(**figures, called=Max(f"{case}__rule_version__occupation_name")))
    entries = CatalogueEntry.objects.filter(occupation_code__in=[row[0] for row in found if row[0]])
    names: dict[str, str] = {}
    # Last come skill levels, and of these the oldest entry: its name is the occupation's.
    ordered = entries.annotate(skill=Q(kind=Kind.SKILL)).order_by("skill", "-id")
    names.update(ordered.values_list("occupation_code", "name"))
    return [_named(key, names.get(key) or (called or "" if key else ""), *row) for key, *row, called in found]


def _by_year(rows: QuerySet[Entry], figures: dict[str, Any]) -> list[Group]:
    """By the Shanghai year of the posting, the oldest first."""
    year = ExtractYear("transaction__posted_at", tzinfo=SHANGHAI)
    found = rows.annotate(year=year).values_list("year").annotate(**figures)
    return sorted(_groups(found), key=lambda group: group.key)


# --- hours -----------------------------------------------------------------------------------------------


def hours() -> tuple[Group, dict[str, list[Group]]]:
    """Study hours posted and not reversed: in all, by their unit and by the year of posting. Four queries.

    Courses that both accounts of a merged person had studied count once: what the merge left on the closed account is
    taken off again, in the year of the merge.
    """
    someone = Subquery(_merged(other__uuid=OuterRef("account__holder")).values("survivor__uuid")[:1])
    rows = Entry.objects.filter(
        account__kind=Account.Kind.HOLDER,
        account__unit__code__startswith=HOURS,
        amount__gt=0,
        transaction__kind="hours",
        transaction__reversed_by__isnull=True,
    ).annotate(someone=Coalesce(someone, F("account__holder")))
    figures = {
        "people": Count("someone", distinct=True),
        "things": Count("pk"),
        "total": Coalesce(Sum("amount"), 0),
    }
    whole = rows.aggregate(**figures)
    unit = "account__unit__code"
    by_unit = rows.values_list(unit, "account__unit__label").annotate(**figures)
    units, years = _doubled()
    tables = {
        "hour_kinds": [
            less(group, units[group.key]) for group in (_named(*row) for row in by_unit.order_by(unit))
        ],
        "hour_years": _less_by_year(_by_year(rows, figures), years),
    }
    return Group("hours", whole["people"], whole["things"], whole["total"] - units.total()), tables


def _doubled() -> tuple[Counter[str], Counter[str]]:
    """What merges left on closed accounts, in hundredths: by unit and by year. One row for each such account."""
    merge = _merged(other__uuid=OuterRef("account__holder"))
    rows = (
        Entry.objects.filter(account__kind=Account.Kind.HOLDER, account__unit__code__startswith=HOURS)
        .annotate(merged_at=Subquery(merge.values("decided_at")[:1]))
        .filter(merged_at__isnull=False)
        .values_list("account", "account__unit", "merged_at")
        .annotate(left=Sum("amount"))
        .filter(left__gt=0)
    )
    units: Counter[str] = Counter()
    years: Counter[str] = Counter()
    for _account, unit, merged_at, left in rows:
        units[unit] += left
        years[str(local_day(merged_at).year)] += left
    return units, years


def _less_by_year(groups: list[Group], years: Counter[str]) -> list[Group]:
    """In a year in which nothing was posted yet, a merge takes from the last one in which something was."""
    known = [group.key for group in groups]
    taken: Counter[str] = Counter()
    for year, left in years.items():
        taken[year if year in known else known[-1]] += left
    return [less(group, taken[group.key]) for group in groups]


def _place(key: str, order: Iterable[str]) -> int:
    places = list(order)
    return places.index(key) if key in places else LAST_PLACE
