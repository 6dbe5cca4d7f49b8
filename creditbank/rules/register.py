"""The public register of rules: who looks needs no account, and sees published versions only.

Owns: the filters, one line for each rule, and a rule's page with all its versions and what each one changed. A rule of a
programme that is not active any more stays to be read: decisions of before name it.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from creditbank.rules import words
from creditbank.rules.models import ConversionRule, ConversionRuleVersion
from creditbank.rules.queries import content_of, last_day, with_endings
from lms.accounts.api import Organisation
from lms.lib.errors import NotFound

MOST_VERSIONS = 200


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; "" and None: everything. mode "none": rules of no mode. day: in force on that day."""

    direction: str = ""
    mode: str = ""
    institution: str = ""
    kind: str = ""
    occupation: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Row:
    """A rule in the list, by the version in force on the day asked for, else by its newest."""

    version: ConversionRuleVersion
    state: str
    asks: str
    gives: str
    last_day: date | None


@dataclass(frozen=True)
class ShownVersion:
    """One version on the rule's page. changes: against the one before it; for the first, none."""

    version: ConversionRuleVersion
    state: str
    facts: list[words.Fact]
    changes: list[words.Change]
    last_day: date | None


def listed(wanted: Wanted) -> QuerySet[ConversionRuleVersion]:
    """One version of each rule that fits, by college, programme and number."""
    found = in_force_on(wanted.day) if wanted.day else newest()
    filters = Q()
    if wanted.direction:
        filters &= Q(rule__direction=wanted.direction)
    if wanted.mode:
        filters &= Q(rule__mode="" if wanted.mode == "none" else wanted.mode)
    if wanted.institution:
        filters &= Q(rule__programme__organisation__code=wanted.institution)
    if wanted.kind:
        filters &= Q(outcome_kind=wanted.kind)
    if wanted.occupation:
        text = wanted.occupation.strip()
        filters &= Q(occupation_code__startswith=text) | Q(occupation_name__icontains=text)
    return found.filter(filters).order_by(
        "rule__programme__organisation__name", "rule__programme__name", "rule__code"
    )


def _every() -> QuerySet[ConversionRuleVersion]:
    return with_endings(ConversionRuleVersion.objects.all()).select_related("rule__programme__organisation")


def _later(found: QuerySet[ConversionRuleVersion]) -> Exists:
    return Exists(found.filter(rule=OuterRef("rule"), number__gt=OuterRef("number")))


def newest() -> QuerySet[ConversionRuleVersion]:
    return _every().exclude(_later(ConversionRuleVersion.objects.all()))


def in_force_on(day: date) -> QuerySet[ConversionRuleVersion]:
    """As facts.in_force: the highest number whose dates hold the day, unless a later version has ended the rule."""
    holds = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    going = Q(ended_from__isnull=True) | Q(ended_from__gt=day)

    def holding(found: QuerySet[ConversionRuleVersion]) -> QuerySet[ConversionRuleVersion]:
        return found.filter(holds, going, ends=False, valid_from__lte=day)

    return holding(_every()).exclude(_later(holding(with_endings(ConversionRuleVersion.objects.all()))))


def row(version: ConversionRuleVersion, day: date) -> Row:
    content = content_of(version)
    return Row(
        version=version,
        state=state_on(version, day),
        asks=words.asks_text(content),
        gives=words.gives_text(content),
        last_day=last_day(version),
    )


def state_on(version: ConversionRuleVersion, day: date) -> str:
    """ "coming", "in_force", "over", or "ended" for a version that ends the rule. Of the version alone."""
    if version.valid_from > day:
        return "coming"
    if version.ends:
        return "ended"
    end = last_day(version)
    return "over" if end is not None and end < day else "in_force"


def rule_of(code: str) -> ConversionRule:
    """A rule with at least one published version. Raises NotFound."""
    found = ConversionRule.objects.select_related("programme__organisation")
    rule = found.filter(code=code, versions__isnull=False).first()
    if rule is None:
        raise NotFound
    return rule


def versions_of(rule: ConversionRule, day: date) -> list[ShownVersion]:
    """All of a rule's versions, the newest first, each with what it changed; which one holds on the day says its state."""
    rows = list(_every().filter(rule=rule).order_by("number")[:MOST_VERSIONS])
    current = max((row.number for row in rows if state_on(row, day) == "in_force"), default=0)
    shown: list[ShownVersion] = []
    before: ConversionRuleVersion | None = None
    for version in rows:
        facts = words.facts_of(content_of(version), rule.direction)
        changes: list[words.Change] = []
        if before is not None:
            changes = words.changes(
                _with_source(before, rule.direction), _with_source(version, rule.direction)
            )
        state = state_on(version, day)
        if state == "in_force" and version.number != current:
            state = "replaced"
        shown.append(ShownVersion(version, state, words.folded(facts), changes, last_day(version)))
        before = version
    return shown[::-1]


def _with_source(version: ConversionRuleVersion, direction: str) -> list[words.Fact]:
    """The facts that are compared; the source is no fact of the engine's but a change of it is one."""
    return [*words.facts_of(content_of(version), direction), words.source_fact(version.source_document)]


def excluded_by(rule: ConversionRule, version: ConversionRuleVersion) -> list[ConversionRule]:
    """The other rules of the version's exclusion group in the same programme, by their newest versions."""
    if not version.group:
        return []
    others = newest().filter(group=version.group, rule__programme=rule.programme).exclude(rule=rule)
    return [other.rule for other in others.order_by("rule__code")[:50]]


def institutions() -> list[Organisation]:
    """Those that have published rules, by name."""
    return list(
        Organisation.objects.filter(programmes__rules__versions__isnull=False).distinct().order_by("name")
    )
