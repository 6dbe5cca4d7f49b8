"""The money of an item (372号 四(二): 确保培养培训资金专款专用): promised by the authority, paid to the host, used with vouchers, returned.

Owns: ItemPurse and ItemMovement, which say what a transfer of the credit bank's books was for; sums are the books' own. Refuses: a fund
whose money does not pay for the item's level (A24), more than was asked for, paying what the same person promised, more than is there,
the same voucher twice.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from creditbank.api import Transfer, money_of, open_purse, transfer
from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotAllowed
from lms.lib.vouchers import plain
from lms.training.digital import services
from lms.training.digital.models import DigitalItem, ItemMovement, ItemPurse
from lms.training.digital.process import MONEY
from lms.training.grants.models import Fund
from lms.training.grants.rules import fits
from lms.training.lifecycle.words import cite

Kind, Place = ItemMovement.Kind, ItemPurse.Place
# Some at hand, or a question for them: then no row of theirs is read.
Items = Collection[DigitalItem] | QuerySet[DigitalItem]
# From where to where money goes; None: the fund.
WAYS: dict[str, tuple[str | None, str | None]] = {
    Kind.COMMIT: (None, Place.COMMITTED),
    Kind.PAY: (Place.COMMITTED, Place.HELD),
    Kind.USE: (Place.HELD, Place.SPENT),
    Kind.RETURN: (Place.HELD, Place.RETURNED),
    Kind.RELEASE: (Place.COMMITTED, None),
}
# By the host; everything else by the authority.
BY_HOST = frozenset({Kind.USE.value})
STATES = {Kind.USE.value: ("open", "reported")}


@dataclass(frozen=True)
class Moved:
    """What is to be moved. voucher: number of the decision or voucher; fund: of a promise only."""

    kind: str
    fen: int
    voucher: str
    day: date
    fund: Fund | None = None
    note: str = ""


@transaction.atomic
def move(user: User, item: DigitalItem, new: Moved) -> ItemMovement:
    """Book one movement. Raises NotAllowed, Conflict (not now; too little; promised by the same person; the voucher again), Invalid."""
    row = services.locked(item)
    if new.kind not in WAYS:
        raise services.wrong("kind", _("请选择款项的类别。"))
    who = services.host_actor(user, row) if new.kind in BY_HOST else services.officer_actor(user, row)
    if row.case.state not in STATES.get(new.kind, ("approved", "open", "reported")):
        raise Conflict(
            cite(_("项目现在是“%(state)s”，不能办这笔款项。") % {"state": row.case.stands.label}, MONEY),
            code="moved_on",
        )
    voucher = services.said("voucher", new.voucher, most=60)
    note = services.said("note", new.note, least=0, most=200)
    if type(new.fen) is not int or not 0 < new.fen <= 10**12:
        raise services.wrong("fen", _("请填写大于 0 的金额。"))
    if not row.approved_on <= new.day <= today():
        raise services.wrong("day", _("日期在列入年度项目之后，不晚于今天。"))
    fund = _fund(row, new) if new.kind == Kind.COMMIT else _its_fund(row)
    if new.kind == Kind.PAY and row.movements.filter(kind=Kind.COMMIT, by=user).exists():
        raise NotAllowed(cite(_("你决定的资助要由另一个人拨付。"), MONEY), code="own_case")
    purses = _purses(row)
    source, target = ((purses[place] if place else fund.uuid) for place in WAYS[new.kind])
    if WAYS[new.kind][0] and money_of([source]).get(source, 0) < new.fen:
        raise Conflict(cite(_("账上没有这么多，请核对金额。"), MONEY), code="too_little")
    found = _note(row, fund, new, voucher, note, user, who, source, target)
    record(
        who,
        action=f"digital.money_{new.kind}",
        target_type=services.TARGET,
        target=row.uuid,
        data={"fen": new.fen, "voucher": voucher, "fund": str(fund.uuid)},
    )
    return found


def _note(
    row: DigitalItem,
    fund: Fund,
    new: Moved,
    voucher: str,
    note: str,
    user: User,
    who: Actor,
    source: UUID,
    target: UUID,
) -> ItemMovement:
    if plain(voucher) in map(plain, row.movements.filter(kind=new.kind).values_list("voucher", flat=True)):
        raise _again()
    booked = transfer(
        Transfer(
            kind=f"digital_{new.kind}",
            occurred_on=new.day,
            fen={source: -new.fen, target: new.fen},
            memo=row.case.number or "",
            evidence={"item": str(row.uuid), "voucher": voucher},
        ),
        key=f"digital:{row.uuid}:{new.kind}:{voucher}",
        actor=who,
    )
    try:
        with transaction.atomic():
            return ItemMovement.objects.create(
                item=row,
                fund=fund,
                kind=new.kind,
                fen=new.fen,
                voucher=voucher,
                note=note,
                day=new.day,
                transaction=booked,
                by=user,
                at=now(),
            )
    except IntegrityError as error:
        raise _again() from error


def _again() -> Conflict:
    return Conflict(_("这个凭证号已经登记过。"), code="voucher_again", details={"field": "voucher"})


def _fund(row: DigitalItem, new: Moved) -> Fund:
    fund = new.fund
    if fund is None or fund.authority_id != row.authority_id or fund.valid_from > new.day:
        raise services.wrong("fund", _("请选本单位现在可用的资金。"))
    if not fits(fund.money, row.level):
        raise Conflict(
            cite(
                _("“%(fund)s”不能资助%(level)s项目：市级资金用于国家级和市级项目，区级资金用于区级项目。")
                % {"fund": fund.name, "level": row.get_level_display()},
                MONEY,
            ),
            code="fund_mismatch",
        )
    first = row.movements.filter(kind=Kind.COMMIT).first()
    if first is not None and first.fund_id != fund.pk:
        raise Conflict(
            cite(_("这个项目的资助来自另一项资金，一个项目用一项资金。"), MONEY), code="other_fund"
        )
    sums = dict(row.movements.order_by().values_list("kind").annotate(sum=Sum("fen")))
    if sums.get(Kind.COMMIT, 0) - sums.get(Kind.RELEASE, 0) + new.fen > row.budget_fen:
        raise Conflict(cite(_("不能超过申请的资助金额。"), MONEY), code="above_budget")
    return fund


def _its_fund(row: DigitalItem) -> Fund:
    first = row.movements.filter(kind=Kind.COMMIT).select_related("fund").first()
    if first is None:
        raise Conflict(cite(_("还没有决定资助这个项目。"), MONEY), code="no_money")
    return first.fund


def _purses(row: DigitalItem) -> dict[str, UUID]:
    """Place → its account in the books, opened with the first movement."""
    for place in Place:
        purse, made = ItemPurse.objects.get_or_create(item=row, place=place)
        if made:
            open_purse(purse.uuid)
    return dict(row.purses.values_list("place", "uuid"))


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
    found: dict[int, dict[str, int]] = {item.pk: {} for item in items}
    for purse, fen in _in_books(items):
        found[purse.item_id][purse.place] = fen
    return {pk: Totals(**places) for pk, places in found.items()}


def total(items: Items) -> Totals:
    """The sums of all of them together, read from the books. Three queries for any number."""
    found: Counter[str] = Counter()
    for purse, fen in _in_books(items):
        found[purse.place] += fen
    return Totals(**found)


def _in_books(items: Items) -> list[tuple[ItemPurse, int]]:
    purses = {purse.uuid: purse for purse in ItemPurse.objects.filter(item__in=items)}
    return [(purses[owner], fen) for owner, fen in money_of(purses).items()]
