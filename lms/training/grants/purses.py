"""Money of a fund for one thing that it pays for (an item, an award): accounts in the credit bank's books and the movements between them.

Owns: booking one movement with the row that says what it was for, whichever the thing. Refuses: a fund of another body or before its day, one
whose money does not pay for the level (A24), a second fund, more than the thing may have, more than an account holds, paying what the same
person promised, the same voucher twice. Who may act, and when, the thing's own room says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from creditbank.api import Transfer, money_of, open_purse, transfer
from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.vouchers import plain
from lms.training.grants.models import Fund
from lms.training.grants.rules import fits
from lms.training.lifecycle.declaration import Source
from lms.training.lifecycle.words import cite

# 确保培养培训资金专款专用.
MONEY = Source("沪人社专〔2022〕372号", "四(二)")
MOST_FEN = 10**12
LONGEST_VOUCHER, LONGEST_NOTE = 60, 200
# From the fund to what is promised, on to whom it is for, back where it was not used.
COMMIT, PAY, USE, RETURN, RELEASE = "commit", "pay", "use", "return", "release"


class Paid(Protocol):
    """What a fund pays for: a row whose accounts are `purses` (uuid, place) and whose movements are `movements` (fund, kind, fen, voucher,
    note, day, transaction, by, at)."""

    @property
    def uuid(self) -> Any: ...
    @property
    def purses(self) -> Any: ...
    @property
    def movements(self) -> Any: ...


@dataclass(frozen=True)
class Moved:
    """What is to be moved. voucher: number of the decision or voucher; fund: of a promise only."""

    kind: str
    fen: int
    voucher: str
    day: date
    fund: Fund | None = None
    note: str = ""


@dataclass(frozen=True)
class Terms:
    """On what one kind of thing is paid. name: of its entries in the books (digital_pay, key digital:…); ways: kind → from where to where,
    None is the fund; invalid: the code of a wrong field."""

    name: str
    ways: Mapping[str, tuple[str | None, str | None]]
    invalid: str

    @property
    def places(self) -> list[str]:
        return sorted({place for way in self.ways.values() for place in way if place})


@dataclass(frozen=True)
class Bounds:
    """What holds for one thing. level, level_label: which money may pay for it; since, since_words: no movement before this day, and how
    that is said; most_fen, most_words: of promises; number: the case's, for the books."""

    authority: int
    level: str
    level_label: str
    since: date
    since_words: str
    most_fen: int
    most_words: str
    number: str


def move(paid: Paid, new: Moved, terms: Terms, bounds: Bounds, *, user: User, who: Actor) -> Any:
    """Book one movement of a thing that the caller has locked; returns its row. Raises NotAllowed (promised by the same person), Conflict (too little;
    above what it may have; another fund; the voucher again), Invalid."""
    new = _checked(new, terms, bounds)
    fund = _fund(paid, new, terms, bounds) if new.kind == COMMIT else _its_fund(paid)
    if new.kind == PAY and paid.movements.filter(kind=COMMIT, by=user).exists():
        raise NotAllowed(cite(_("你决定的资助要由另一个人拨付。"), MONEY), code="own_case")
    accounts = _accounts(paid, terms)
    source, target = ((accounts[place] if place else fund.uuid) for place in terms.ways[new.kind])
    if terms.ways[new.kind][0] and money_of([source]).get(source, 0) < new.fen:
        raise Conflict(
            cite(_("账上没有这么多，请核对金额。"), MONEY), code="too_little", details={"field": "fen"}
        )
    if plain(new.voucher) in map(
        plain, paid.movements.filter(kind=new.kind).values_list("voucher", flat=True)
    ):
        raise _again()
    booked = transfer(
        Transfer(
            kind=f"{terms.name}_{new.kind}",
            occurred_on=new.day,
            fen={source: -new.fen, target: new.fen},
            memo=bounds.number,
            evidence={"item": str(paid.uuid), "voucher": new.voucher},
        ),
        key=f"{terms.name}:{paid.uuid}:{new.kind}:{new.voucher}",
        actor=who,
    )
    try:
        with transaction.atomic():
            return paid.movements.create(
                fund=fund,
                kind=new.kind,
                fen=new.fen,
                voucher=new.voucher,
                note=new.note,
                day=new.day,
                transaction=booked,
                by=user,
                at=now(),
            )
    except IntegrityError as error:
        raise _again() from error


def _again() -> Conflict:
    return Conflict(_("这个凭证号已经登记过。"), code="voucher_again", details={"field": "voucher"})


def _checked(new: Moved, terms: Terms, bounds: Bounds) -> Moved:
    """With its texts as they are kept."""

    def wrong(field: str, sentence: str) -> Invalid:
        return Invalid(sentence, code=terms.invalid, details={"field": field})

    def said(field: str, text: str, least: int, most: int) -> str:
        found = text.strip()
        if not least <= len(found) <= most or "\0" in found:
            raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
        return found

    if new.kind not in terms.ways:
        raise wrong("kind", _("请选择款项的类别。"))
    voucher, note = said("voucher", new.voucher, 1, LONGEST_VOUCHER), said("note", new.note, 0, LONGEST_NOTE)
    if type(new.fen) is not int or not 0 < new.fen <= MOST_FEN:
        raise wrong("fen", _("请填写大于 0 的金额。"))
    if not bounds.since <= new.day <= today():
        raise wrong("day", bounds.since_words)
    return Moved(new.kind, new.fen, voucher, new.day, new.fund, note)


def _fund(paid: Paid, new: Moved, terms: Terms, bounds: Bounds) -> Fund:
    fund = new.fund
    if fund is None or fund.authority_id != bounds.authority or fund.valid_from > new.day:
        raise Invalid(_("请选本单位现在可用的资金。"), code=terms.invalid, details={"field": "fund"})
    if not fits(fund.money, bounds.level):
        raise Conflict(
            cite(
                _("“%(fund)s”不能资助%(level)s项目：市级资金用于国家级和市级项目，区级资金用于区级项目。")
                % {"fund": fund.name, "level": bounds.level_label},
                MONEY,
            ),
            code="fund_mismatch",
            details={"field": "fund"},
        )
    first = paid.movements.filter(kind=COMMIT).first()
    if first is not None and first.fund_id != fund.pk:
        raise Conflict(
            cite(_("这个项目的资助来自另一项资金，一个项目用一项资金。"), MONEY),
            code="other_fund",
            details={"field": "fund"},
        )
    if promised(paid) + new.fen > bounds.most_fen:
        raise Conflict(cite(bounds.most_words, MONEY), code="above_budget", details={"field": "fen"})
    return fund


def promised(paid: Paid) -> int:
    """Fen that were promised and not let go."""
    sums = dict(paid.movements.order_by().values_list("kind").annotate(sum=Sum("fen")))
    return int(sums.get(COMMIT, 0) - sums.get(RELEASE, 0))


def _its_fund(paid: Paid) -> Fund:
    first = paid.movements.filter(kind=COMMIT).select_related("fund").first()
    if first is None:
        raise Conflict(cite(_("还没有决定资助这个项目。"), MONEY), code="no_money")
    fund: Fund = first.fund
    return fund


def _accounts(paid: Paid, terms: Terms) -> dict[str, UUID]:
    """Place → its account in the books, opened with the first movement."""
    for place in terms.places:
        purse, made = paid.purses.get_or_create(place=place)
        if made:
            open_purse(purse.uuid)
    return dict(paid.purses.values_list("place", "uuid"))


def funds_for(authority: int, level: str) -> list[Fund]:
    """The authority's funds that can pay for projects of this level. One query."""
    return [fund for fund in Fund.objects.filter(authority=authority) if fits(fund.money, level)]


def in_books(purses: Iterable[Any]) -> list[tuple[Any, int]]:
    """What stands on each of these accounts, in fen. One query of the books."""
    found = {purse.uuid: purse for purse in purses}
    return [(found[owner], fen) for owner, fen in money_of(found).items()]


def by_thing(purses: Iterable[Any], thing: str) -> dict[int, dict[str, int]]:
    """What they pay for → place → fen that stand there. thing: the purse's attribute with the id of what it is of."""
    found: dict[int, dict[str, int]] = {}
    for purse, fen in in_books(purses):
        found.setdefault(getattr(purse, thing), {})[purse.place] = fen
    return found
