"""The life of an application as one table: which act leads from which state to which, who may, and what it needs.

Plain values only. Services ask `moved` before they write, pages ask `possible`, docs/credit-applications.md shows the
table, and a test walks it: every state is reached, and none that is not an end is left without a way on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# As many pairs of eyes as a college asks for where it has set nothing.
DEFAULT_REVIEWERS = 2
MOST_REVIEWERS = 5


class State(StrEnum):
    SUBMITTED = "submitted"
    PROPOSED = "proposed"
    SUPPLEMENT = "supplement"
    APPROVED = "approved"
    REFUSED = "refused"
    APPEALED = "appealed"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REVERSED = "reversed"


class Act(StrEnum):
    SUBMIT = "submit"
    PROPOSE = "propose"
    ENDORSE = "endorse"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    REFUSE = "refuse"
    ASK = "ask"
    SUPPLEMENT = "supplement"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    REVERSE = "reverse"
    ESCALATE = "escalate"


class Who(StrEnum):
    """Who may act. other: a reviewer who has not spoken in this round; fresh: one who has taken no part at all."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"
    OTHER = "other"
    FRESH = "fresh"
    ADMIN = "admin"
    CLOCK = "clock"


class Need(StrEnum):
    REASON = "reason"
    GRANTED = "granted"
    LAST = "last"
    MORE = "more"
    IN_TIME = "in_time"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Transition:
    """needs: reason (words the other side reads), granted (the engine gives the credits under the account's lock),
    last (the last pair of eyes), more (not the last), in_time and overdue (the present term)."""

    state: State
    act: Act
    to: State
    who: Who
    needs: frozenset[Need] = field(default_factory=frozenset)


def _row(state: State, act: Act, to: State, who: Who, *needs: Need) -> Transition:
    return Transition(state, act, to, who, frozenset(needs))


S, A, W, N = State, Act, Who, Need
TABLE: tuple[Transition, ...] = (
    # College: the first pair of eyes, which decides alone where a programme asks for one.
    _row(S.SUBMITTED, A.PROPOSE, S.PROPOSED, W.REVIEWER, N.REASON, N.MORE),
    _row(S.SUBMITTED, A.APPROVE, S.APPROVED, W.REVIEWER, N.REASON, N.LAST, N.GRANTED),
    _row(S.SUBMITTED, A.REFUSE, S.REFUSED, W.REVIEWER, N.REASON, N.LAST),
    _row(S.SUBMITTED, A.ASK, S.SUPPLEMENT, W.REVIEWER, N.REASON),
    # The further ones: another reviewer of the same college confirms or sends back.
    _row(S.PROPOSED, A.ENDORSE, S.PROPOSED, W.OTHER, N.REASON, N.MORE),
    _row(S.PROPOSED, A.APPROVE, S.APPROVED, W.OTHER, N.REASON, N.LAST, N.GRANTED),
    _row(S.PROPOSED, A.REFUSE, S.REFUSED, W.OTHER, N.REASON, N.LAST),
    _row(S.PROPOSED, A.SEND_BACK, S.SUBMITTED, W.OTHER, N.REASON),
    _row(S.PROPOSED, A.ASK, S.SUPPLEMENT, W.OTHER, N.REASON),
    # The applicant.
    _row(S.SUPPLEMENT, A.SUPPLEMENT, S.SUBMITTED, W.APPLICANT, N.REASON, N.IN_TIME),
    _row(S.REFUSED, A.APPEAL, S.APPEALED, W.APPLICANT, N.REASON, N.IN_TIME),
    *(
        _row(state, A.WITHDRAW, S.WITHDRAWN, W.APPLICANT)
        for state in (S.SUBMITTED, S.PROPOSED, S.SUPPLEMENT, S.APPEALED)
    ),
    # The appeal: somebody who has had no part in the case.
    _row(S.APPEALED, A.UPHOLD, S.UPHELD, W.FRESH, N.REASON),
    _row(S.APPEALED, A.OVERTURN, S.APPROVED, W.FRESH, N.REASON, N.GRANTED),
    # Afterwards, and by itself.
    _row(S.APPROVED, A.REVERSE, S.REVERSED, W.ADMIN, N.REASON),
    _row(S.SUPPLEMENT, A.EXPIRE, S.EXPIRED, W.CLOCK, N.OVERDUE),
    *(_row(state, A.ESCALATE, state, W.CLOCK, N.OVERDUE) for state in (S.SUBMITTED, S.PROPOSED, S.APPEALED)),
)
STEPS: Mapping[tuple[State, Act], Transition] = {(row.state, row.act): row for row in TABLE}

# Somebody of the college has to act; the applicant has; nobody has any more (an appeal or a reversal may follow).
AT_COLLEGE = frozenset({S.SUBMITTED, S.PROPOSED, S.APPEALED})
OPEN = AT_COLLEGE | {S.SUPPLEMENT}
ENDS = frozenset({S.APPROVED, S.REFUSED, S.UPHELD, S.WITHDRAWN, S.EXPIRED, S.REVERSED})
# Acts that are somebody's judgement on the case: who took one is not "fresh" any more.
JUDGING = frozenset({A.PROPOSE, A.ENDORSE, A.SEND_BACK, A.APPROVE, A.REFUSE, A.ASK})
# What a round of review begins with, and the acts that count as a pair of eyes within it.
ROUND_STARTS = frozenset({A.SUBMIT, A.SUPPLEMENT, A.SEND_BACK})
EYES = frozenset({A.PROPOSE, A.ENDORSE})


def moved(state: str, act: str) -> Transition | None:
    """The row of the table; None where the act is not possible in that state."""
    return STEPS.get((State(state), Act(act)))


def possible(state: str) -> list[Transition]:
    """What can happen in a state, in the table's order."""
    return [row for row in TABLE if row.state == state]


# --- the panel -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One step of a case as the panel sees it. person: the row's key, None for the platform."""

    act: str
    person: int | None
    approve: bool | None = None


@dataclass(frozen=True)
class Panel:
    """Where a round stands. approve: what is proposed (None: nothing yet); eyes: who has spoken for it."""

    approve: bool | None
    eyes: tuple[int, ...]

    def last(self, reviewers: int) -> bool:
        """Whether the next pair of eyes decides."""
        return len(self.eyes) + 1 >= reviewers


def panel(steps: Iterable[Said]) -> Panel:
    """The present round out of all steps so far, oldest first."""
    approve: bool | None = None
    eyes: list[int] = []
    for step in steps:
        if step.act in ROUND_STARTS:
            approve, eyes = None, []
        elif step.act in EYES and step.person is not None:
            approve = step.approve if step.act == Act.PROPOSE else approve
            eyes.append(step.person)
    return Panel(approve, tuple(eyes))


def took_part(steps: Iterable[Said], person: int) -> bool:
    """Whether somebody has judged anything in the case."""
    return any(step.person == person and step.act in JUDGING for step in steps)


def verdict(state: str, now: Panel, *, approve: bool, reviewers: int) -> Act:
    """Which act an opinion is: the first pair of eyes proposes (or decides alone), the next ones confirm, endorse or,
    where they see it otherwise, send back; of an appeal, uphold or overturn. Raises KeyError in any other state.
    """
    if state == State.APPEALED:
        return Act.OVERTURN if approve else Act.UPHOLD
    if state not in (State.SUBMITTED, State.PROPOSED):
        raise KeyError(state)
    if state == State.PROPOSED and approve != now.approve:
        return Act.SEND_BACK
    if not now.last(reviewers):
        return Act.PROPOSE if state == State.SUBMITTED else Act.ENDORSE
    return Act.APPROVE if approve else Act.REFUSE


# --- completeness ----------------------------------------------------------------------------------------


class Missing(StrEnum):
    """What an application lacks before anybody looks at it, each with its own sentence (words.missing_sentence)."""

    REAL_NAME = "real_name_missing"
    PROGRAMME_CLOSED = "programme_closed"
    RULE_NOT_IN_FORCE = "rule_not_in_force"
    RULE_CHANGED = "rule_changed"
    OUTCOME_REFUSED = "refused"
    EVIDENCE = "evidence_missing"


@dataclass(frozen=True)
class Papers:
    """What is there. current: the number of the rule's version in force today, None: none; asked: the one applied for;
    evidence_needed: the programme takes no unverified outcome without a file."""

    real_name: bool
    programme_open: bool
    current: int | None
    asked: int
    verified: bool
    refused: bool = False
    files: int = 0
    evidence_needed: bool = True


def missing(papers: Papers) -> list[Missing]:
    """Everything that is missing, all at once, so that nobody comes back three times; empty: complete."""
    found = []
    if not papers.real_name:
        found.append(Missing.REAL_NAME)
    if not papers.programme_open:
        found.append(Missing.PROGRAMME_CLOSED)
    if papers.current is None:
        found.append(Missing.RULE_NOT_IN_FORCE)
    elif papers.current != papers.asked:
        found.append(Missing.RULE_CHANGED)
    if papers.refused:
        found.append(Missing.OUTCOME_REFUSED)
    elif not papers.verified and papers.evidence_needed and not papers.files:
        found.append(Missing.EVIDENCE)
    return found
