"""Who may stand for what as its issuer (发证范围): dated rows that officers of an authority set, and the catalogue.

Owns: the rows, each with its source and an audit row, and the one question whether an institution may stand for an outcome.
Two things must say yes: a row for the kind (the institution's own, else that of its sort), of what it deposits on the day
it is handed in, of what it verifies as its issuer on the day of issue; and for certificates of the catalogue an entry of
the day of issue that names the institution. Refuses: what nobody has allowed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from creditbank.outcomes import rules
from creditbank.outcomes.catalogue import bare_code, editor, wrong
from creditbank.outcomes.models import (
    CATALOGUED,
    CatalogueEntry,
    IssuingRight,
    LearningOutcome,
    OutcomeKind,
)
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now

TARGET = "creditbank.IssuingRight"
_IN_BRACKETS = re.compile(r"[（(][^（）()]*[）)]\s*$")


@dataclass(frozen=True)
class Scope:
    """One kind for one institution: the row that decides, None where nobody has said anything."""

    kind: OutcomeKind
    right: IssuingRight | None

    @property
    def allowed(self) -> bool:
        return self.right is not None and self.right.allowed

    @property
    def catalogued(self) -> bool:
        """Whether the catalogue has to name the institution, too."""
        return self.kind in CATALOGUED


def set_right(
    by: User | Actor,
    *,
    kind: str,
    allowed: bool,
    valid_from: date,
    source: str,
    organisation: Organisation | None = None,
    organisation_kind: str = "",
) -> IssuingRight:
    """From a day on an institution, or all of a sort, may deposit a kind, or may not any more. Raises NotAllowed (officers
    only), Invalid.
    """
    who = editor(by)
    if kind not in OutcomeKind.values:
        raise wrong("kind", _("请选择成果类型。"))
    if (organisation is None) == (not organisation_kind):
        raise wrong("organisation", _("请选择一个机构，或者一类机构，两者选一。"))
    if organisation_kind and organisation_kind not in Organisation.Kind.values:
        raise wrong("organisation_kind", _("请选择机构类别。"))
    if not source.strip():
        raise wrong("source", _("请写明依据的文件。"))
    with transaction.atomic():
        row = IssuingRight.objects.create(
            organisation=organisation,
            organisation_kind=organisation_kind,
            kind=kind,
            allowed=allowed,
            valid_from=valid_from,
            source=source.strip(),
            made_at=now(),
        )
        record(
            who,
            action="issuing_right.set",
            target_type=TARGET,
            target=organisation.uuid if organisation else None,
            data={
                "kind": kind,
                "allowed": allowed,
                "valid_from": valid_from.isoformat(),
                "organisation": organisation.code if organisation else "",
                "organisation_kind": organisation_kind,
            },
        )
    return row


def rights_of(organisation: Organisation, day: date) -> dict[str, IssuingRight]:
    """The row that decides for each kind on a day. One query."""
    rows = IssuingRight.objects.filter(
        Q(organisation=organisation) | Q(organisation_kind=organisation.kind), valid_from__lte=day
    )
    found: dict[str, IssuingRight] = {}
    # Rows of the sort first, the institution's own over them; of each the latest day, and of that the last word.
    for row in sorted(rows, key=lambda row: (row.organisation_id is not None, row.valid_from, row.pk)):
        found[row.kind] = row
    return found


def scope_of(organisation: Organisation, day: date) -> list[Scope]:
    """Every kind, allowed or not, for those who hand in and those who decide. One query."""
    rights = rights_of(organisation, day)
    return [Scope(kind, rights.get(kind.value)) for kind in OutcomeKind]


@dataclass(frozen=True)
class LevelRight:
    """What was last said of an institution and skill levels: whether it may issue them, from which day, by which document."""

    allowed: bool
    since: date
    source: str


def level_right(organisation: Organisation, day: date) -> LevelRight | None:
    """Whether an institution is registered to assess skill levels on a day; None: nobody has said anything. One query."""
    row = rights_of(organisation, day).get(OutcomeKind.SKILL)
    return LevelRight(row.allowed, row.valid_from, row.source) if row else None


def entries_naming(organisation: Organisation, day: date) -> list[CatalogueEntry]:
    """The entries in force on a day that name the institution as issuer."""
    wanted = rules.tidy_name(organisation.name)
    rows = CatalogueEntry.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day
    )
    return [row for row in rows.order_by("kind", "name", "id") if _names(row, wanted)]


def rows_in_force(day: date) -> list[IssuingRight]:
    """Of each sort and each institution the last word on each kind, for staff. One query."""
    last: dict[tuple[str, int | None, str], IssuingRight] = {}
    found: QuerySet[IssuingRight] = IssuingRight.objects.filter(valid_from__lte=day)
    for row in found.select_related("organisation").order_by("valid_from", "id"):
        last[row.organisation_kind, row.organisation_id, row.kind] = row
    return sorted(
        last.values(),
        key=lambda row: (
            row.organisation.name if row.organisation else "",
            row.organisation_kind,
            OutcomeKind.values.index(row.kind),
        ),
    )


def rows_to_come(day: date) -> QuerySet[IssuingRight]:
    """What will hold later."""
    return (
        IssuingRight.objects.filter(valid_from__gt=day)
        .select_related("organisation")
        .order_by("valid_from", "id")
    )


def right_faults(
    deposits: Sequence[rules.Deposit], issuer: Organisation, day: date
) -> dict[int, rules.Fault]:
    """Why an institution may not stand for what it hands in on a day. By place in the sequence; two queries for any number.

    Of the catalogue the entries of the day of issue count: what was issued while it was named stays issued.
    """
    rights = rights_of(issuer, day)
    known = _entries(said for said in deposits if said.kind in CATALOGUED)
    faults: dict[int, rules.Fault] = {}
    for place, said in enumerate(deposits):
        fault = _fault(said, issuer, rights, known)
        if fault is not None:
            faults[place] = fault
    return faults


def verifying_fault(outcome: LearningOutcome) -> rules.Fault | None:
    """Why the issuer that an outcome names may not verify it as such; None: it may, or it names no institution here.

    Judged on the day of issue: what it issued while it was entitled to, it may vouch for ever after.
    """
    if outcome.issuer is None:
        return None
    said = rules.Deposit(
        kind=outcome.kind,
        title=outcome.title,
        occupation_code=outcome.occupation_code,
        level=outcome.level,
        issuer_name=outcome.issuer_name,
        number="",
        issued_on=outcome.issued_on,
    )
    return right_faults([said], outcome.issuer, outcome.issued_on).get(0)


def _entries(deposits: Iterable[rules.Deposit]) -> list[CatalogueEntry]:
    """Every entry that may be about one of them."""
    names: set[str] = set()
    codes: set[str] = set()
    kinds: set[str] = set()
    for said in deposits:
        kinds.add(said.kind)
        names |= _keys(said.title)
        codes.add(bare_code(said.occupation_code))
    if not kinds:
        return []
    wanted = Q(name_key__in=names) | Q(occupation_code__in=codes - {""})
    return list(CatalogueEntry.objects.filter(wanted, kind__in=kinds).order_by("id"))


def _fault(
    said: rules.Deposit,
    issuer: Organisation,
    rights: Mapping[str, IssuingRight],
    known: Sequence[CatalogueEntry],
) -> rules.Fault | None:
    right = rights.get(said.kind)
    if right is None:
        return rules.Fault("kind", "no_right")
    if not right.allowed:
        values = {"day": right.valid_from.isoformat(), "source": right.source}
        return rules.Fault("kind", "right_ended", values)
    if said.kind not in CATALOGUED:
        return None
    field = "occupation_code" if said.occupation_code.strip() else "title"
    named = said.occupation_code.strip() or rules.tidy_name(said.title)[:40]
    there = [entry for entry in known if _about(entry, said)]
    if not there:
        return rules.Fault(field, "no_entry", {"name": named, "day": said.issued_on.isoformat()})
    wanted = rules.tidy_name(issuer.name)
    mine = [entry for entry in there if _names(entry, wanted)]
    if not mine:
        return rules.Fault(field, "not_its_issuer", {"name": there[0].name, "source": there[0].source})
    if said.level is not None and all(entry.levels and said.level not in entry.levels for entry in mine):
        return rules.Fault("level", "not_in_catalogue")
    return None


def _about(entry: CatalogueEntry, said: rules.Deposit) -> bool:
    """The entry was in force when it was issued, and is about its occupation, or where it has none, bears its name."""
    if entry.kind != said.kind or entry.valid_from > said.issued_on:
        return False
    if entry.valid_until is not None and entry.valid_until < said.issued_on:
        return False
    code = bare_code(said.occupation_code)
    if code and entry.occupation_code:
        return entry.occupation_code == code
    return entry.name_key in _keys(said.title)


def _keys(title: str) -> set[str]:
    """A title as the catalogue may have it: whole, and without a level in brackets at its end."""
    return {rules.tidy_name(title), rules.tidy_name(_IN_BRACKETS.sub("", title))} - {""}


def _names(entry: CatalogueEntry, wanted: str) -> bool:
    return any(rules.tidy_name(name) == wanted for name in entry.issuers)
