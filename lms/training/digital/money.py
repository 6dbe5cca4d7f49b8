"""The money of an item (372号 四(二): 确保培养培训资金专款专用): promised by the authority, paid to the host, used with vouchers, returned.

Owns: who may move an item's money and when, ItemPurse and ItemMovement, which say what a transfer of the credit bank's books was for; sums are
the books' own. How one movement is booked is grants.purses's. Refuses: a movement while the item's state does not allow it.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.lib.audit.services import record
from lms.lib.errors import Conflict
from lms.training.digital import services
from lms.training.digital.models import DigitalItem, ItemMovement, ItemPurse
from lms.training.digital.process import MONEY
from lms.training.grants import purses
from lms.training.grants.purses import Moved
from lms.training.lifecycle.words import cite

Kind, Place = ItemMovement.Kind, ItemPurse.Place
# Some at hand, or a question for them: then no row of theirs is read.
Items = Collection[DigitalItem] | QuerySet[DigitalItem]
TERMS = purses.Terms(
    name="digital",
    ways={
        Kind.COMMIT: (None, Place.COMMITTED),
        Kind.PAY: (Place.COMMITTED, Place.HELD),
        Kind.USE: (Place.HELD, Place.SPENT),
        Kind.RETURN: (Place.HELD, Place.RETURNED),
        Kind.RELEASE: (Place.COMMITTED, None),
    },
    invalid="invalid_digital",
)
# By the host; everything else by the authority.
BY_HOST = frozenset({Kind.USE.value})
STATES = {Kind.USE.value: ("open", "reported")}


@transaction.atomic
def move(user: User, item: DigitalItem, new: Moved) -> ItemMovement:
    """Book one movement. Raises NotAllowed, Conflict (not now; too little; promised by the same person; the voucher again), Invalid."""
    row = services.locked(item)
    who = services.host_actor(user, row) if new.kind in BY_HOST else services.officer_actor(user, row)
    if row.case.state not in STATES.get(new.kind, ("approved", "open", "reported")):
        raise Conflict(
            cite(_("项目现在是“%(state)s”，不能办这笔款项。") % {"state": row.case.stands.label}, MONEY),
            code="moved_on",
        )
    bounds = purses.Bounds(
        authority=row.authority_id,
        level=row.level,
        level_label=str(row.get_level_display()),
        since=row.approved_on,
        since_words=_("日期在列入年度项目之后，不晚于今天。"),
        most_fen=row.budget_fen,
        most_words=_("不能超过申请的资助金额。"),
        number=row.case.number or "",
    )
    found: ItemMovement = purses.move(row, new, TERMS, bounds, user=user, who=who)
    record(
        who,
        action=f"digital.money_{new.kind}",
        target_type=services.TARGET,
        target=row.uuid,
        data={"fen": found.fen, "voucher": found.voucher, "fund": str(found.fund.uuid)},
    )
    return found


@dataclass(frozen=True)
class Totals:
    """In fen. committed, held, spent, returned: what stands on each account."""

    committed: int = 0
    held: int = 0
    spent: int = 0
    returned: int = 0

    @property
    def promised(self) -> int:
        """All that was promised and not let go."""
        return self.committed + self.held + self.spent + self.returned

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.committed + other.committed,
            self.held + other.held,
            self.spent + other.spent,
            self.returned + other.returned,
        )


def totals(items: list[DigitalItem]) -> dict[int, Totals]:
    """Item → its sums, read from the books. Three queries for any number."""
    found = purses.by_thing(ItemPurse.objects.filter(item__in=items), "item_id")
    return {item.pk: Totals(**found.get(item.pk, {})) for item in items}


def total(items: Items) -> Totals:
    """The sums of all of them together, read from the books. Three queries for any number."""
    found: Counter[str] = Counter()
    for purse, fen in purses.in_books(ItemPurse.objects.filter(item__in=items)):
        found[purse.place] += fen
    return Totals(**found)
