"""Honours in an erasure: the rewards and the counters stay, without a word about the person; memberships end."""

from uuid import UUID

from django.db.models import Q

from creditbank.honours.models import CohortMember, Reward, RewardReversal
from lms.accounts.api import User
from lms.lib.appendonly import erase_words
from lms.lib.clock import now, today


def keeps() -> Q:
    """Outcomes that stay, emptied: money was given for them, or a degree is counted by them."""
    return Q(rewards__isnull=False) | Q(degrees__isnull=False)


def erase_honours(user: User) -> list[UUID]:
    """What was typed goes; an open invitation is declined, a membership ends. The things whose audit rows lose their text."""
    rewards = Reward.objects.filter(outcome__holder=user)
    things = [*rewards.values_list("uuid", flat=True)]
    erase_words(RewardReversal, Q(reward__outcome__holder=user))
    erase_words(Reward, Q(outcome__holder=user))
    rows = CohortMember.objects.filter(person=user)
    things += [*rows.values_list("uuid", flat=True)]
    state = CohortMember.State
    rows.filter(state=state.INVITED).update(state=state.DECLINED, answered_at=now())
    rows.filter(state=state.JOINED).update(state=state.LEFT, left_on=today())
    rows.update(number="", college="", programme="")
    return things
