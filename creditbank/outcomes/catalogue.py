"""The catalogue of certificates (证书目录) and the levels' equivalents: staff change them, everybody reads them.

Owns: entries, each change an audit row; the dated equivalences, which only grow (A78); and the answer to "is this
occupation covered by a qualification or a level?" (A76). Editors: officers of an authority. Refuses: a 专项职业能力 entry for
an occupation that is covered, and inventing what no source says: an empty validity is "not set".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from creditbank.outcomes import rules
from creditbank.outcomes.models import CATALOGUED, CatalogueEntry, Level, LevelEquivalence, OutcomeKind
from creditbank.outcomes.words import fault_sentence
from creditbank.rules.facts import OCCUPATION_CODE, rank
from lms.accounts.api import Role, User, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotFound

TARGET = "creditbank.CatalogueEntry"
WRONG = "invalid_entry"
COVERING = (OutcomeKind.SKILL, OutcomeKind.QUALIFICATION)


@dataclass(frozen=True)
class Entry:
    """What an entry says. occupation_code: with or without the marks S and L, which are taken off; "" none."""

    kind: str
    name: str
    occupation_code: str
    levels: Sequence[int]
    issuers: Sequence[str]
    assessor_types: Sequence[str]
    valid_from: date
    source: str
    valid_until: date | None = None
    validity_months: int | None = None
    digital: bool = False
    green: bool = False


def editor(by: User | Actor) -> Actor:
    """Who may change the catalogue and what hangs on it: officers of an authority. Raises NotAllowed."""
    return require_role_or_platform(by, Role.OFFICER)


def bare_code(code: str) -> str:
    """An occupation code without its marks; "" for what is none."""
    found = OCCUPATION_CODE.match(code.strip())
    return found.group(1) if found else ""


def in_force(day: date) -> QuerySet[CatalogueEntry]:
    """The entries that hold on a day."""
    return CatalogueEntry.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day
    )


def find(words: str, day: date, kind: str = "") -> QuerySet[CatalogueEntry]:
    """Entries in force by a part of the name or the beginning of the occupation code; all of them without words."""
    return _narrowed(in_force(day), words, kind)


def search_all(words: str, kind: str = "") -> QuerySet[CatalogueEntry]:
    """As `find`, whenever they hold: for those who keep the catalogue."""
    return _narrowed(CatalogueEntry.objects.all(), words, kind)


def _narrowed(found: QuerySet[CatalogueEntry], words: str, kind: str) -> QuerySet[CatalogueEntry]:
    if kind:
        found = found.filter(kind=kind)
    key = rules.tidy_name(words)
    if words.strip():
        wanted = Q(occupation_code__startswith=words.strip()[:10])
        found = found.filter(wanted | Q(name_key__contains=key) if key else wanted)
    return found.order_by("occupation_code", "name", "id")


def entry_in_force(uuid: UUID, day: date) -> CatalogueEntry:
    """One entry. Raises NotFound for one that does not hold on the day."""
    found = in_force(day).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def covering(occupation_code: str, name: str, day: date) -> CatalogueEntry | None:
    """The qualification or skill level that covers an occupation on a day, by its code or by its very name (A76)."""
    wanted = Q(name_key=rules.tidy_name(name))
    code = bare_code(occupation_code)
    if code:
        wanted |= Q(occupation_code=code)
    return in_force(day).filter(wanted, kind__in=COVERING).order_by("id").first()


def covered_faults(deposits: Sequence[rules.Deposit]) -> dict[int, rules.Fault]:
    """Why 专项职业能力 certificates are refused: on the day they were issued their occupation was covered (A76). By place
    in the sequence; one query for any number of them.
    """
    asked = {place: said for place, said in enumerate(deposits) if said.kind == OutcomeKind.ABILITY}
    if not asked:
        return {}
    wanted = Q(name_key__in={rules.tidy_name(said.title) for said in asked.values()})
    wanted |= Q(occupation_code__in={bare_code(said.occupation_code) for said in asked.values()} - {""})
    known = list(CatalogueEntry.objects.filter(wanted, kind__in=COVERING).order_by("id"))
    faults = {}
    for place, said in asked.items():
        found = next((entry for entry in known if _covers(entry, said)), None)
        if found is not None:
            faults[place] = rules.Fault("occupation_code", "covered", _words(found))
    return faults


def _covers(entry: CatalogueEntry, said: rules.Deposit) -> bool:
    in_force_then = entry.valid_from <= said.issued_on and (
        entry.valid_until is None or said.issued_on <= entry.valid_until
    )
    code = bare_code(said.occupation_code)
    return in_force_then and (
        entry.name_key == rules.tidy_name(said.title) or (bool(code) and entry.occupation_code == code)
    )


def _words(entry: CatalogueEntry) -> dict[str, str]:
    return {"name": entry.name, "kind": entry.get_kind_display(), "source": entry.source}


# --- editing ---------------------------------------------------------------------------------------------


def save_entry(by: User | Actor, said: Entry, changes: CatalogueEntry | None = None) -> CatalogueEntry:
    """A new entry, or a change of one, with its audit row. Raises NotAllowed, Invalid (a field), Conflict (there is
    one of this name, code and first day).
    """
    who = editor(by)
    _check(said)
    row = changes or CatalogueEntry(kind=said.kind)
    values = {
        "kind": said.kind,
        "name": " ".join(said.name.split()),
        "name_key": rules.tidy_name(said.name),
        "occupation_code": bare_code(said.occupation_code),
        "digital": said.digital,
        "green": said.green,
        "levels": sorted(set(said.levels), key=rank),
        "issuers": [name for name in (" ".join(name.split()) for name in said.issuers) if name],
        "assessor_types": [value for value in rules.ASSESSORS if value in said.assessor_types],
        "validity_months": said.validity_months,
        "valid_from": said.valid_from,
        "valid_until": said.valid_until,
        "source": said.source.strip(),
    }
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = now()
    try:
        with transaction.atomic():
            row.save()
            record(
                who,
                action="catalogue.change" if changes else "catalogue.add",
                target_type=TARGET,
                target=row.uuid,
                data={"changed": changed, "name": row.name},
            )
    except IntegrityError as error:
        raise Conflict(
            _("目录里已有同一名称、编码和起始日期的证书。"), code="entry_there", details={"field": "name"}
        ) from error
    return row


def _check(said: Entry) -> None:
    if said.kind not in CATALOGUED:
        raise wrong("kind", _("请选择证书类型。"))
    if not said.name.strip() or len(said.name) > 120 or not rules.tidy_name(said.name):
        raise wrong("name", _("请填写这一项，不超过 %(most)s 个字。") % {"most": 120})
    if said.occupation_code.strip() and not bare_code(said.occupation_code):
        raise wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
    if said.kind in COVERING and not said.occupation_code.strip():
        raise wrong("occupation_code", _("这类证书需要填写职业编码，它印在证书上或可在职业分类大典中查到。"))
    if any(level not in Level.values for level in said.levels) or (said.kind in COVERING and not said.levels):
        raise wrong("levels", _("请选择等级。"))
    if not said.source.strip():
        raise wrong("source", _("请写明依据的文件。"))
    if said.valid_until is not None and said.valid_until < said.valid_from:
        raise wrong("valid_until", _("结束日期早于开始日期，请核对。"))
    if said.kind == OutcomeKind.ABILITY:
        found = covering(
            said.occupation_code, said.name, max(said.valid_from, min(today(), said.valid_until or today()))
        )
        if found is not None:
            sentence = fault_sentence(said.kind, rules.Fault("occupation_code", "covered", _words(found)))
            raise Invalid(sentence, code="occupation_covered", details={"field": "occupation_code"})


def wrong(field: str, sentence: str) -> Invalid:
    """A refusal that names its field."""
    return Invalid(sentence, code=WRONG, details={"field": field})


# --- equivalents -----------------------------------------------------------------------------------------


def equivalent_on(level: int, day: date) -> LevelEquivalence | None:
    """What a skill level equals on a day; None where no source says so, or not any more."""
    rows = LevelEquivalence.objects.filter(level=level, valid_from__lte=day).order_by("-valid_from", "-id")
    found = rows.first()
    return found if found is not None and found.professional else None


def equivalents(day: date) -> list[tuple[Level, LevelEquivalence | None]]:
    """Every level from the lowest up, with what it equals on the day. One query."""
    newest: dict[int, LevelEquivalence] = {}
    for row in LevelEquivalence.objects.filter(valid_from__lte=day).order_by("valid_from", "id"):
        newest[row.level] = row
    shown = []
    for value in sorted(Level.values, key=rank):
        last = newest.get(value)
        shown.append((Level(value), last if last is not None and last.professional else None))
    return shown


def set_equivalent(
    by: User | Actor, *, level: int, professional: str, valid_from: date, source: str
) -> LevelEquivalence:
    """From a day on a level equals a professional one; "" takes it back. Raises NotAllowed, Invalid."""
    who = editor(by)
    if level not in Level.values:
        raise wrong("level", _("请选择等级。"))
    if professional and professional not in LevelEquivalence.Professional.values:
        raise wrong("professional", _("请从列出的选项里选择%(label)s。") % {"label": _("相当于")})
    if not source.strip():
        raise wrong("source", _("请写明依据的文件。"))
    with transaction.atomic():
        row = LevelEquivalence.objects.create(
            level=level,
            professional=professional,
            valid_from=valid_from,
            source=source.strip(),
            made_at=now(),
        )
        record(
            who,
            action="equivalence.set",
            target_type="creditbank.LevelEquivalence",
            target=None,
            data={"level": level, "professional": professional, "valid_from": valid_from.isoformat()},
        )
    return row
