"""Whether a group has decided, in plain values (青人社〔2023〕17号 六: 报区企业职工职业培训工作协调小组).

The document leaves open how the group decides. More than half of the members who do not stand aside is the custom of such groups; a dated rule
may ask for more. docs/decisions/coordination-group.md.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

# One person is no group.
FEWEST = 2
# Over so many of a hundred, where no rule says otherwise.
OVER_PERCENT = 50
# The name of the setting of a process that asks for more.
OVER = "agree_percent"


class Stand(StrEnum):
    """What a member says of a case. recused: they stand aside, as they must where the body is their own."""

    AGREE = "agree"
    AGAINST = "against"
    ABSTAIN = "abstain"
    RECUSED = "recused"


@dataclass(frozen=True)
class Count:
    """members: all who sit in the group; the others are people of them. over: more than so many of a hundred of those who do not stand aside
    must agree."""

    members: int
    recused: int
    agree: int
    against: int
    abstain: int
    over: int = OVER_PERCENT

    @property
    def deciding(self) -> int:
        return self.members - self.recused

    @property
    def waiting(self) -> int:
        return self.deciding - self.agree - self.against - self.abstain

    @property
    def enough(self) -> bool:
        """Whether there are members who can decide at all."""
        return self.deciding >= FEWEST

    @property
    def carried(self) -> bool:
        return self.enough and self._over(self.agree)

    @property
    def failed(self) -> bool:
        """Whoever has not spoken yet could not turn it any more."""
        return self.enough and not self._over(self.agree + self.waiting)

    def _over(self, people: int) -> bool:
        return people * 100 > self.deciding * self.over


def count(
    members: Collection[int], stands: Mapping[int, str], aside: Collection[int] = (), over: int = OVER_PERCENT
) -> Count:
    """members: keys of who sits there; stands: what each said last, of others too, who do not count; aside: who must stand aside
    whatever they say or do not say."""
    sitting = set(members)
    said = {
        one: Stand.RECUSED.value if one in aside else stands[one]
        for one in sitting
        if one in stands or one in aside
    }
    held = list(said.values())
    return Count(
        members=len(sitting),
        recused=held.count(Stand.RECUSED),
        agree=held.count(Stand.AGREE),
        against=held.count(Stand.AGAINST),
        abstain=held.count(Stand.ABSTAIN),
        over=over,
    )
