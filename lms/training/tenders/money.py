"""The money of an award (372号 三(四): 由市级财政给予专项经费资助): promised by the authority up to the contract, paid to who carries the part out, given back.

Owns: who may move an award's money, AwardPurse and AwardMovement, which say what a transfer of the credit bank's books was for; sums are the
books' own. How one movement is booked is grants.purses's. Refuses: more than the contract, an officer whose own body has bid.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.lib.audit.services import record
from lms.training.grants import purses
from lms.training.grants.purses import Moved
from lms.training.grants.rules import yuan
from lms.training.programmes.models import LEVELS
from lms.training.tenders import bidding, panel, queries
from lms.training.tenders.models import AwardMovement, AwardPurse, TenderAward

Kind, Place = AwardMovement.Kind, AwardPurse.Place
TERMS = purses.Terms(
    name="tender",
    ways={
        Kind.COMMIT: (None, Place.COMMITTED),
        Kind.PAY: (Place.COMMITTED, Place.PAID),
        Kind.RETURN: (Place.PAID, Place.RETURNED),
        Kind.RELEASE: (Place.COMMITTED, None),
    },
    invalid="invalid_tender",
)


@transaction.atomic
def move(user: User, award: TenderAward, new: Moved) -> AwardMovement:
    """Book one movement. Raises NotAllowed, Conflict (too little; above the contract; promised by the same person; the voucher again), Invalid."""
    # Its package's row: an award's own only grows, and production's role may not lock it.
    tender = bidding.locked(award.part.tender)
    row = TenderAward.objects.select_related("bid", "part").get(pk=award.pk)
    who = panel.officer_of(user, tender, _("款项由主管部门的经办人员登记。"))
    bounds = purses.Bounds(
        authority=tender.case.authority_id,
        level=tender.level,
        level_label=str(dict(LEVELS).get(tender.level, tender.level)),
        since=row.awarded_on,
        since_words=_("日期在确定承接方之后，不晚于今天。"),
        most_fen=row.amount_fen,
        most_words=_("不能超过合同金额。"),
        number=tender.case.number or "",
    )
    found: AwardMovement = purses.move(row, new, TERMS, bounds, user=user, who=who)
    record(
        who,
        action=f"tender.money_{new.kind}",
        target_type="training.TenderAward",
        target=row.uuid,
        data={"fen": found.fen, "voucher": found.voucher, "fund": str(found.fund.uuid)},
    )
    return found


@dataclass(frozen=True)
class Totals:
    """In fen. committed, paid, returned: what stands on each account."""

    committed: int = 0
    paid: int = 0
    returned: int = 0


def totals(awards: Collection[TenderAward]) -> dict[int, Totals]:
    """Award → its sums, read from the books. Three queries for any number."""
    found = purses.by_thing(AwardPurse.objects.filter(award__in=awards), "award_id")
    return {award.pk: Totals(**found.get(award.pk, {})) for award in awards}


def shown(awards: Collection[TenderAward]) -> list[dict[str, Any]]:
    """Each award as pages show it: {"row", "amount", "sums", "money" (sums in yuan), "movements": [(row, yuan), …], the latest first}."""
    sums, moved = totals(awards), queries.movements(awards)
    return [
        {
            "row": row,
            "amount": yuan(row.amount_fen),
            "sums": sums[row.pk],
            "money": {name: yuan(fen) for name, fen in vars(sums[row.pk]).items()},
            "movements": [(each, yuan(each.fen)) for each in moved.get(row.pk, [])],
        }
        for row in awards
    ]
