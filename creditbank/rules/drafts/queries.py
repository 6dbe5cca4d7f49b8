"""Reading drafts: whose they are to see, what waits for whom, what was said, and what a panel has before it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from creditbank.ledger.rules import digest
from creditbank.rules import content as contents
from creditbank.rules.drafts.models import PanelTerms, RuleDraft, RuleVote, State
from creditbank.rules.drafts.rules import FEWEST_APPROVALS
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from creditbank.rules.queries import content_of
from lms.accounts.api import Organisation, Role, User, organisations_for
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import NotFound

TARGET = "creditbank.RuleDraft"
# Who sees an institution's drafts.
INSIDERS = (Role.EDITOR, Role.REVIEWER, Role.ADMIN, Role.AUDITOR)


def approvals_on(organisation: Organisation, day: date) -> int:
    """How many others must agree on a day: the institution's newest terms in force, else two."""
    terms = terms_of(organisation).filter(valid_from__lte=day).first()
    return terms.approvals if terms else FEWEST_APPROVALS


def terms_of(organisation: Organisation) -> QuerySet[PanelTerms]:
    """Newest first: on a day, the first whose day has come counts."""
    return PanelTerms.objects.filter(organisation=organisation).order_by("-valid_from", "-version")


def all_terms(organisations: QuerySet[Organisation]) -> QuerySet[PanelTerms]:
    found = PanelTerms.objects.filter(organisation__in=organisations).select_related("organisation")
    return found.order_by("organisation__name", "-version")


def suggested_code(draft: RuleDraft) -> str:
    """A number (规则编号) that is free: the institution's code, the year, and the next place in that year's row."""
    start = f"{draft.organisation.code}-{today().year}-"
    taken = ConversionRule.objects.filter(code__startswith=start).values_list("code", flat=True)
    places = [int(code.removeprefix(start)) for code in taken if code.removeprefix(start).isdecimal()]
    return f"{start}{max(places, default=0) + 1:03d}"


def fingerprint(draft: RuleDraft) -> str:
    """Of everything the panel votes on."""
    said = {
        "rule": draft.rule_id,
        "title": draft.title,
        "direction": draft.direction,
        "mode": draft.mode,
        "programme": draft.programme_id,
        "content": contents.dump(contents.load(draft.content)),
    }
    return digest(said)


def _full() -> QuerySet[RuleDraft]:
    return RuleDraft.objects.select_related(
        "organisation", "author", "rule", "programme__organisation", "version__rule"
    )


def drafts_for(user: User, state: str = "") -> QuerySet[RuleDraft]:
    """The drafts of the user's institutions, the last changed first; "": those that are under way."""
    found = _full().filter(organisation__in=organisations_for(user, *INSIDERS))
    if state:
        found = found.filter(state=state)
    else:
        found = found.exclude(state__in=(State.PUBLISHED, State.DISCARDED))
    return found.order_by("-changed_at", "-id")


def draft_for(user: User, uuid: UUID) -> RuleDraft:
    """A draft of one of the user's institutions. Raises NotFound for all others."""
    draft = _full().filter(organisation__in=organisations_for(user, *INSIDERS), uuid=uuid).first()
    if draft is None:
        raise NotFound
    return draft


def by_uuid(uuid: str) -> RuleDraft | None:
    """For background work, whose right was checked when it was ordered."""
    return _full().filter(uuid=uuid).first()


def locked(draft: RuleDraft) -> RuleDraft:
    """The draft's row, locked, inside the caller's transaction."""
    rows = RuleDraft.objects.select_for_update(of=("self",))
    return rows.select_related("organisation", "author", "rule", "programme__organisation").get(pk=draft.pk)


def rules_for(user: User) -> QuerySet[ConversionRule]:
    """The published rules of which the user may begin the next version."""
    mine = organisations_for(user, Role.EDITOR, Role.ADMIN)
    found = ConversionRule.objects.filter(programme__organisation__in=mine, versions__isnull=False)
    return found.select_related("programme__organisation").distinct().order_by("code")


def rule_for(user: User, code: str) -> ConversionRule:
    """One of them. Raises NotFound."""
    rule = rules_for(user).filter(code=code).first()
    if rule is None:
        raise NotFound
    return rule


def newest_version(rule: ConversionRule) -> ConversionRuleVersion | None:
    return rule.versions.select_related("rule__programme__organisation").order_by("-number").first()


def programmes_for(user: User) -> QuerySet[Programme]:
    """Where the user may write rules: the active programmes of institutions they edit or administer."""
    mine = organisations_for(user, Role.EDITOR, Role.ADMIN)
    found = Programme.objects.filter(organisation__in=mine, active=True).select_related("organisation")
    return found.order_by("organisation__name", "name", "id")


def votes_of(draft: RuleDraft) -> list[RuleVote]:
    """All rounds, the newest first."""
    return list(draft.votes.select_related("person").order_by("-round", "id"))


def yeses(draft: RuleDraft) -> int:
    """How many of the panel have agreed in this round."""
    return draft.votes.filter(round=draft.round, approve=True).count()


def base_of(draft: RuleDraft) -> contents.NewVersion | None:
    """What the next version starts from: the newest published one; None for a new rule."""
    newest = newest_version(draft.rule) if draft.rule is not None else None
    return content_of(newest) if newest is not None else None


@dataclass(frozen=True)
class Event:
    """One act in a draft's history. who: None for the platform itself."""

    row: AuditRow
    who: User | None


def history_of(draft: RuleDraft) -> list[Event]:
    """Every act with person, role, day and reason, the oldest first: the audit's own rows."""
    rows = list(AuditRow.objects.filter(target_type=TARGET, target=draft.uuid).order_by("at", "id")[:500])
    people = {row.person for row in rows if row.person is not None}
    named: dict[Any, User] = {user.uuid: user for user in User.objects.filter(uuid__in=people)}
    return [Event(row, named.get(row.person)) for row in rows]


def bodies(lines: list[str]) -> list[dict[str, str]]:
    """Issuers as typed, one a line: an organisation here by its code or full name, else the name as it was written."""
    said = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
    here = Organisation.objects.filter(Q(code__in=said) | Q(name__in=said))
    known = {}
    for body in here:
        known[body.code] = known[body.name] = {"code": body.code, "name": body.name}
    found = {row["code"]: row for row in (known.get(text, {"code": text, "name": text}) for text in said)}
    return list(found.values())
