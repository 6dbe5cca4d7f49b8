"""The books of a merge: what moves from the closed account to the surviving one, and back.

Owns: postings of the kind "merge". Each takes from one account of a person and gives to another of the same unit (and
college): no unit's sum changes, no row does. What stands on the closed account is carried over posting by posting, with
its whole evidence and rule and less what was drawn from it, so that statement and transcript of the surviving account
name every course as before; only what these don't explain moves as one sum. Hours of a course that both accounts studied stay behind
with the smaller figure.

`settle` may be called at any time and as often as one likes: it brings the closed account to what it should hold. So a
posting that reached the closed account after the merge (an event on its way, a correction) follows by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, Sum

from creditbank.applications.models import UseDraw
from creditbank.holders import rules
from creditbank.holders.models import AccountMerge, MergePosting
from creditbank.holders.queries import doubles_of, heads_of, posted
from creditbank.ledger.models import Account, AccountHead, Entry, Transaction
from creditbank.ledger.services import Line, Posting, holder_account, lock_account, post, post_many
from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.clock import today

KIND = "merge"
# Words in the books are Chinese, whoever reads them; pages may say it in their own words.
MEMO = "账号合并"
MEMO_BACK = "账号合并：转回原账号，以便更正"


@dataclass(frozen=True)
class Move:
    """amount > 0: from the closed account to the surviving one; < 0: back. of: the posting that is carried over; told:
    what else explains the amount."""

    account: Account
    amount: int
    of: Transaction | None = None
    memo: str = MEMO
    told: dict[str, Any] = field(default_factory=dict)


def lock_both(survivor: User, other: User) -> None:
    """Hold every account of either and the counterparts of the other's, in the order of their ids, for the caller's
    transaction. Counterparts are opened where they are missing. The survivor's too: their hours tell what counts twice,
    and no posting may slip in between reading and moving."""
    accounts = {head.account_id: head.account for head in heads_of([survivor.uuid, other.uuid])}
    for account in list(accounts.values()):
        if account.holder == other.uuid:
            partner = _partner(account, survivor.uuid)
            accounts[partner.pk] = partner
    for key in sorted(accounts):
        lock_account(accounts[key])


def _partner(account: Account, holder: UUID) -> Account:
    return holder_account(holder, str(account.unit_id), account.organisation)


def settle(merge: AccountMerge, actor: Actor) -> list[Transaction]:
    """Bring the closed account to what it should hold. Call it in a transaction; returns what was posted, often nothing.

    What should go back and was spent by the survivor goes back as far as it is there.
    """
    survivor, other = merge.survivor, merge.other
    assert other is not None
    lock_both(survivor, other)
    doubled = doubles_of(survivor, other)
    left = rules.left_behind(doubled)
    moves: list[Move] = []
    for account, balances in _balances(survivor, other).items():
        unit = str(account.unit_id)
        # Hours stand in one account of their unit; credits, which stand per college, never stay behind.
        amount = rules.settlement({unit: balances}, left).get(unit, 0)
        once = [double for double in doubled if double.unit == unit]
        moves += _carried(merge, account, amount, once)
    return _move(merge, moves, actor)


def _balances(survivor: User, other: User) -> dict[Account, tuple[int, int]]:
    """The other's accounts → (balance of the counterpart, own balance), as they are under the locks."""
    heads = heads_of([survivor.uuid, other.uuid])
    mine = {
        (str(head.account.unit_id), head.account.organisation): head.balance
        for head in heads
        if head.account.holder == survivor.uuid
    }
    return {
        head.account: (mine.get((str(head.account.unit_id), head.account.organisation), 0), head.balance)
        for head in heads
        if head.account.holder == other.uuid
    }


def _carried(merge: AccountMerge, account: Account, amount: int, once: list[rules.Double]) -> list[Move]:
    """The moves that come to `amount`: each living posting that was not carried over yet, less what counts once or was
    drawn from it; where these do not come to it, one sum."""
    if amount == 0:
        return []
    titles = [{"title": double.title, "course": double.course, "left": double.left} for double in once]
    whole = [Move(account, amount, told={"counted_once": titles} if titles else {})]
    if amount < 0:
        return whole
    entries = list(_living(merge, account))
    drawn = _drawn(entries)
    left = {double.course: double.left for double in once}
    moves = []
    for entry in entries:
        course = str(entry.transaction.evidence.get("course", ""))
        stays = min(left.get(course, 0), entry.amount)
        left[course] = left.get(course, 0) - stays
        told = {"counted_once": stays} if stays else {}
        spent = drawn.get(entry.transaction_id, 0)
        told |= {"drawn": spent} if spent else {}
        if entry.amount > stays + spent:
            moves.append(Move(account, entry.amount - stays - spent, of=entry.transaction, told=told))
    return moves if sum(move.amount for move in moves) == amount else whole


def _living(merge: AccountMerge, account: Account) -> Iterable[Entry]:
    """What was booked to the account, still stands, and was not carried over yet."""
    rows = Entry.objects.filter(account=account, amount__gt=0, transaction__reversed_by__isnull=True)
    own = rows.exclude(transaction__kind__in=[KIND, "reversal"])
    carried = posted(merge).filter(moves__isnull=False).values("moves")
    return own.exclude(transaction__in=carried).select_related("transaction").order_by("id")


def _drawn(entries: Iterable[Entry]) -> dict[UUID, int]:
    """Posting → what was redeemed, transferred or has expired of it, for good."""
    uses = UseDraw.objects.filter(use__transaction__in=[entry.transaction_id for entry in entries])
    return dict(uses.values_list("use__transaction").annotate(total=Sum("centicredits")))


def _move(merge: AccountMerge, moves: list[Move], actor: Actor) -> list[Transaction]:
    """Post the moves, all or none, and write down that the merge made them."""
    if not moves:
        return []
    first = merge.postings.count() + 1
    postings = [
        (f"{KIND}:{merge.uuid}:{first + place}", _posting(merge, move)) for place, move in enumerate(moves)
    ]
    done = post_many(postings, actor=actor)
    MergePosting.objects.bulk_create(
        MergePosting(merge=merge, transaction=row, moves=move.of)
        for row, move in zip(done, moves, strict=True)
    )
    return done


def _posting(merge: AccountMerge, move: Move) -> Posting:
    of, account = move.of, move.account
    evidence = dict(of.evidence) if of else {}
    evidence |= {"merge": str(merge.uuid), "closed_account": str(account.uuid)} | move.told
    if of is not None:
        evidence["moves"] = str(of.uuid)
    partner = _partner(account, merge.survivor.uuid)
    return Posting(
        kind=KIND,
        occurred_on=of.occurred_on if of else today(),
        lines=(Line(partner, move.amount), Line(account, -move.amount)),
        memo=move.memo,
        evidence=evidence,
        rule_code=of.rule_code if of else "",
        rule_version=of.rule_version if of else 0,
    )


# --- back ---------------------------------------------------------------------------------------------------


def take_back(merge: AccountMerge, reason: str, actor: Actor) -> list[Transaction]:
    """Reverse everything the merge moved. Raises Conflict where the survivor has spent it."""
    assert merge.other is not None
    lock_both(merge.survivor, merge.other)
    # The last one first: what went back for a correction is brought over again before what had come is taken.
    return [_reversed(row.transaction, reason, actor) for row in posted(merge).order_by("-id")]


def _reversed(original: Transaction, reason: str, actor: Actor) -> Transaction:
    entries = Entry.objects.filter(transaction=original).select_related("account").order_by("id")
    return post(
        Posting(
            kind="reversal",
            occurred_on=original.occurred_on,
            lines=tuple(Line(entry.account, -entry.amount) for entry in entries),
            memo=reason,
            evidence={"reverses": str(original.uuid)},
            rule_code=original.rule_code,
            rule_version=original.rule_version,
            reverses=original.uuid,
        ),
        idempotency_key=f"reverse:{original.uuid}",
        actor=actor,
    )


def counterparts(accounts: Iterable[Account]) -> list[Account]:
    """The surviving accounts beside those of the given ones that a merge has closed; opened where they are missing."""
    held = [account for account in accounts if account.holder is not None]
    merged = AccountMerge.objects.filter(
        state=AccountMerge.State.MERGED, other__uuid__in=[account.holder for account in held]
    )
    survivors = dict(merged.values_list("other__uuid", "survivor__uuid"))
    return [_partner(account, survivors[account.holder]) for account in held if account.holder in survivors]


@transaction.atomic
def make_way(original: Transaction, actor: Actor) -> None:
    """Before a posting on a closed account is reversed: what the merge carried over goes back first, so that the
    reversal finds it. What then stays over follows to the surviving account with `settle`.

    Call it in the transaction of the reversal, which holds the closed account and its counterpart (`counterparts`).
    Nothing happens where the posting is on no closed account. Raises Conflict when the survivor has spent it.
    """
    entries = Entry.objects.filter(transaction=original, amount__gt=0, account__holder__isnull=False)
    for entry in entries.select_related("account"):
        merge = merge_of_closed(entry.account.holder)
        if merge is None or merge.other is None:
            continue
        carried = posted(merge).filter(moves=original).first()
        if carried is not None:
            _reversed(carried.transaction, MEMO_BACK, actor)
        there = AccountHead.objects.get(account=entry.account).balance
        if there < entry.amount:
            _move(merge, [Move(entry.account, there - entry.amount, memo=MEMO_BACK)], actor)


def merge_of_closed(holder: UUID | None) -> AccountMerge | None:
    """The merge that closed the account which the ledger knows by this uuid."""
    if holder is None:
        return None
    merged = AccountMerge.objects.filter(state=AccountMerge.State.MERGED)
    return merged.filter(other__uuid=holder).select_related("survivor", "other").first()


def merges_about(holders: Iterable[UUID]) -> list[AccountMerge]:
    """Merges in force of the people whose accounts these are, the earliest first: what one closed account holds tells
    what a later one leaves behind."""
    wanted = list(holders)
    merged = AccountMerge.objects.filter(state=AccountMerge.State.MERGED)
    theirs = merged.filter(Q(other__uuid__in=wanted) | Q(survivor__uuid__in=wanted)).values("survivor")
    found = merged.filter(survivor__in=theirs)
    return list(found.select_related("survivor", "other").order_by("decided_at", "id"))
