"""The answer before applying: what I have, what it is worth in which programme, what is missing.

Reads only. Every line names its rule, version and source; a number that no source sets stays `None`, shown as 未设定.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from creditbank.applications.models import TAKEN, Application
from creditbank.applications.queries import Worth, applications_of, worth_of
from creditbank.applications.words import reason_sentence
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.rules import Line
from lms.accounts.api import User


@dataclass(frozen=True)
class ShownLine:
    """One line of the answer. version is None where no rule fits; application: one that waits or was approved."""

    outcome: LearningOutcome
    version: ConversionRuleVersion | None
    line: Line
    sentence: str
    application: Application | None = None

    @property
    def can_apply(self) -> bool:
        return self.line.gives and self.application is None


@dataclass
class Plan:
    """One programme. earned, offered: centicredits; needed None: 未设定; missing: rules nothing of mine fits yet."""

    programme: Programme
    earned: int = 0
    lines: list[ShownLine] = field(default_factory=list)
    missing: list[ConversionRuleVersion] = field(default_factory=list)

    @property
    def needed(self) -> int | None:
        return self.programme.centicredits

    @property
    def offers(self) -> list[ShownLine]:
        """What can be applied for now, together: the engine's allocation."""
        return [shown for shown in self.lines if shown.can_apply]

    @property
    def offered(self) -> int:
        return sum(shown.line.centicredits for shown in self.offers)

    @property
    def open_centicredits(self) -> int | None:
        """What the diploma still takes, by whatever way; None: not set."""
        return None if self.needed is None else max(self.needed - self.earned, 0)


@dataclass(frozen=True)
class Answer:
    plans: list[Plan]
    without_rule: list[ShownLine]
    worth: Worth


def answer(user: User, on_date: date, outcomes: Iterable[LearningOutcome] | None = None) -> Answer:
    """Plans of every programme that has rules, the ones with something to get or got first."""
    worth = worth_of(user, on_date, outcomes)
    plans: dict[str, Plan] = {}
    for version in worth.versions.values():
        programme = version.rule.programme
        plans.setdefault(str(programme.uuid), Plan(programme))
    taken = list(applications_of(user).filter(state__in=TAKEN))
    applied = {
        (str(item.outcome.uuid), str(item.programme.uuid)): item for item in taken if item.outcome is not None
    }
    without: list[ShownLine] = []
    touched: set[str] = set()
    for line in worth.lines:
        outcome = worth.outcomes[line.outcome]
        ruled = worth.versions.get(line.rule_code)
        mine = applied.get((line.outcome, line.programme))
        shown = ShownLine(outcome, ruled, line, reason_sentence(line.reason), mine)
        if line.programme in plans and ruled is not None:
            plans[line.programme].lines.append(shown)
            touched.add(line.rule_code)
        else:
            without.append(shown)
    for plan in plans.values():
        plan.lines = _telling(plan.lines)
    for version in worth.versions.values():
        plan = plans[str(version.rule.programme.uuid)]
        if version.rule.code not in touched:
            plan.missing.append(version)
    _add_earned(user, plans, taken)
    ordered = sorted(plans.values(), key=lambda plan: (not plan.earned, not plan.lines, plan.programme.name))
    return Answer(ordered, without, worth)


def _telling(lines: list[ShownLine]) -> list[ShownLine]:
    """One line for each certificate: the rule applied under, else the one that gives, else every reason why not."""
    chosen: dict[int, list[ShownLine]] = {}
    for shown in lines:
        chosen.setdefault(shown.outcome.pk, []).append(shown)
    kept: list[ShownLine] = []
    for some in chosen.values():
        applied = [
            shown
            for shown in some
            if shown.application is not None
            and shown.version is not None
            and shown.application.rule_version.rule_id == shown.version.rule_id
        ]
        kept += applied or [shown for shown in some if shown.line.gives] or some
    return kept


def _add_earned(user: User, plans: dict[str, Plan], taken: Iterable[Application]) -> None:
    """Credits approved per programme, at most what the account at the college still holds (after reversals)."""
    held = {
        item.account.organisation: item.balance
        for item in balances_of(user.uuid)
        if item.unit.code == "credit"
    }
    for item in taken:
        plan = plans.get(str(item.programme.uuid))
        if plan is not None and item.state == Application.State.APPROVED:
            plan.earned += item.centicredits
    for plan in plans.values():
        plan.earned = min(plan.earned, held.get(plan.programme.organisation.uuid, 0))
