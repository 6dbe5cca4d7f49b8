"""The way of a draft as plain values: which act leads from which state to which, and when a panel has agreed."""

from collections.abc import Iterable
from enum import StrEnum


class Act(StrEnum):
    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    RETURN = "return"
    PUBLISH = "publish"
    DISCARD = "discard"


# (state, act) → state. What is not here does not fit; published and discarded are the ends.
WAYS = {
    ("draft", Act.SAVE): "draft",
    ("returned", Act.SAVE): "returned",
    ("draft", Act.SUBMIT): "review",
    ("returned", Act.SUBMIT): "review",
    ("review", Act.APPROVE): "approved",
    ("review", Act.RETURN): "returned",
    ("review", Act.WITHDRAW): "draft",
    ("approved", Act.WITHDRAW): "draft",
    ("approved", Act.PUBLISH): "published",
    ("draft", Act.DISCARD): "discarded",
    ("returned", Act.DISCARD): "discarded",
}
# How many people other than the author must agree where an institution has not set a number of its own; never fewer.
FEWEST_APPROVALS = 2
MOST_APPROVALS = 15


def moved(state: str, act: Act) -> str | None:
    """The state that an act leads to; None where it does not fit."""
    return WAYS.get((state, act))


def outcome(votes: Iterable[bool], approvals: int) -> Act | None:
    """What the votes of a round come to: one no returns the draft, enough yeses approve it; None: the panel goes on."""
    said = list(votes)
    if not all(said):
        return Act.RETURN
    return Act.APPROVE if len(said) >= approvals else None
