"""The answer before applying: what I have, what it is worth in which programme, what is missing.

Reads only. Every line names its rule, version and source; a number that no source sets stays `None`, shown as 未设定.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from creditbank.applications.lifecycle import Missing, Papers, missing
from creditbank.applications.models import TAKEN, Application
from creditbank.applications.queries import Worth, applications_of, worth_of
from creditbank.applications.terms import terms_of
from creditbank.applications.words import missing_sentence, reason_sentence
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.rules import Line
from lms.accounts.api import User


@dataclass(frozen=True)
class ShownLine:
    """One line of the answer. version is None where no rule fits; application: one that waits or was approved; missing:
    what an application would lack."""

    outcome: LearningOutcome
    version: ConversionRuleVersion | None
    line: Line
    sentence: str
    application: Application | None = None
    missing: tuple[Missing, ...] = ()

    @property
    def can_apply(self) -> bool:
        """Whether applying for it would be taken; that a real name is needed is said for all of them together."""
        gives = self.line.gives and self.line.centicredits > 0
        return gives and self.application is None and not self.missing

    @property
    def needs_file(self) -> bool:
        """Whether a file of the certificate is what is missing: its page takes one."""
        return Missing.EVIDENCE in self.missing


@dataclass
class Plan:
    """One programme. earned, offered: centicredits; needed None: 未设定; missing: rules nothing of mine fits yet.

    unproven: the best allocation could not be proven in time; it has no lines then.
    """

    programme: Programme
    earned: int = 0
    lines: list[ShownLine] = field(default_factory=list)
    missing: list[ConversionRuleVersion] = field(default_factory=list)
    unproven: bool = False

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
        key = str(programme.uuid)
        plans.setdefault(key, Plan(programme, unproven=key in worth.unproven))
    taken = list(applications_of(user).filter(state__in=TAKEN))
    applied: dict[tuple[str, str], list[Application]] = {}
    for item in taken:
        if item.outcome is not None:
            applied.setdefault((str(item.outcome.uuid), str(item.programme.uuid)), []).append(item)
    lacks = lacking({version.rule.programme for version in worth.versions.values()}, on_date)
    without: list[ShownLine] = []
    touched: set[str] = set()
    for line in worth.lines:
        outcome = worth.outcomes[line.outcome]
        ruled = worth.versions.get(line.rule_code)
        mine = application_under(applied.get((line.outcome, line.programme), []), ruled)
        lack = lacks(outcome, ruled) if ruled is not None and line.gives and mine is None else []
        said = [reason_sentence(line.reason), *(missing_sentence(item) for item in lack)]
        shown = ShownLine(outcome, ruled, line, " ".join(said), mine, tuple(lack))
        if line.programme in plans and ruled is not None:
            plans[line.programme].lines.append(shown)
            touched.add(line.rule_code)
        else:
            without.append(shown)
    for plan in plans.values():
        plan.lines = _telling(plan.lines)
    for version in worth.versions.values():
        plan = plans[str(version.rule.programme.uuid)]
        if version.rule.code not in touched and not plan.unproven:
            plan.missing.append(version)
    _add_earned(user, plans, taken)
    ordered = sorted(plans.values(), key=lambda plan: (not plan.earned, not plan.lines, plan.programme.name))
    return Answer(ordered, without, worth)


def application_under(some: Sequence[Application], ruled: ConversionRuleVersion | None) -> Application | None:
    """Of the applications for an outcome in a programme: the one under the rule, else one that leaves no room beside it."""
    same = [item for item in some if ruled is not None and item.rule_version.rule_id == ruled.rule_id]
    shares = ruled is not None and ruled.shares_outcome
    return next(iter([*same, *(item for item in some if not (shares and item.shared_rule))]), None)


def lacking(
    programmes: Iterable[Programme], day: date
) -> Callable[[LearningOutcome, ConversionRuleVersion], list[Missing]]:
    """What an application of an outcome (with `has_files`) would lack today under a version in force, by the same rule
    that applying asks (`lifecycle.missing`). One query for all programmes."""
    terms = terms_of(programmes, day)

    def lacks(outcome: LearningOutcome, version: ConversionRuleVersion) -> list[Missing]:
        set_ = terms.get(version.rule.programme_id)
        return missing(
            Papers(
                real_name=True,
                programme_open=version.rule.programme.active,
                current=version.number,
                asked=version.number,
                verified=outcome.status == LearningOutcome.Status.VERIFIED,
                refused=outcome.status == LearningOutcome.Status.REFUSED,
                files=int(outcome.has_files),  # type: ignore[attr-defined]
                evidence_needed=set_.evidence_required if set_ else True,
            )
        )

    return lacks


def _telling(lines: list[ShownLine]) -> list[ShownLine]:
    """For each certificate: the rules applied under, and those that can be applied for beside them; else the one that
    gives, else every reason why not."""
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
        open_ = [shown for shown in some if shown.can_apply]
        kept += [*applied, *open_] or [shown for shown in some if shown.line.gives] or some
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
