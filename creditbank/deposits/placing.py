"""What becomes of rows: whose they are, whether they are there already, and what stands against them. Reads only.

A fixed number of queries for any number of rows. Planning and writing both come through here, so that what was agreed to
is looked at again in the transaction that writes it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditbank.deposits.models import DepositRow
from creditbank.outcomes import rules
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import achievement_key
from lms.accounts.api import Identity, Match, Named, Organisation, by_paper, by_phone, same_person
from lms.lib.crypto import lookup_hash

Status = LearningOutcome.Status


class Fate(StrEnum):
    """NEW: an outcome is made; VERIFY: the holder registered it, and now it is verified; WAIT: kept for the person; SAME:
    this issuer handed it in before; THERE: it stands by another way, nothing is added, and the issuer is told what it is
    told of a new one; CLASH: it is verified as, or kept for, another person's.
    """

    NEW = "new"
    VERIFY = "verify"
    WAIT = "wait"
    SAME = "same"
    THERE = "there"
    CLASH = "clash"


# Those after which somebody has what they had not.
MADE = frozenset({Fate.NEW, Fate.VERIFY})


@dataclass(frozen=True)
class Item:
    row: int
    who: Named
    said: rules.Deposit


@dataclass(frozen=True)
class Placed:
    item: Item
    fate: Fate
    same_key: str
    match: Match | None = None
    outcome: LearningOutcome | None = None
    # Of the person who was found, else as same_key.
    achievement: str = ""


def clash_sentence() -> str:
    """The same for every reason: whose it is, is nobody's business."""
    return _("这个编号已经记在另一个人名下。请核对编号和本人；确有错误，联系学分银行处理。")


def phone_hash(phone: str) -> str:
    return lookup_hash(phone, "creditbank.deposit.phone") if phone else ""


def person_key(who: Named) -> str:
    """The person as a row names them, where no account does: paper, else phone with name."""
    return who.paper or f"{phone_hash(who.phone)}:{who.name.casefold()}"


def same_key(item: Item) -> str:
    """What makes a row the same one, whoever hands it in again."""
    return achievement_key(rules.identity(item.said, person_key(item.who)))


def place(items: Sequence[Item], issuer: Organisation | None) -> list[Placed]:
    """The fate of each row. issuer: who hands them in; None for rows that have waited, against which nothing counts that
    was handed in beside them. A fixed number of queries.

    What was handed in before is asked first, and by what it said alone: an account must make no difference to the answer.
    """
    papers = by_paper(item.who.paper for item in items if item.who.paper)
    phones = by_phone(item.who.phone for item in items if item.who.phone)
    matches = [_match(item.who, papers, phones) for item in items]
    keys = [same_key(item) for item in items]
    mine = [
        achievement_key(rules.identity(item.said, str(match.user.uuid))) if match else key
        for item, match, key in zip(items, matches, keys, strict=True)
    ]
    there: dict[str, list[LearningOutcome]] = {}
    standing = LearningOutcome.objects.filter(achievement__in=set(mine)).exclude(status=Status.REFUSED)
    for outcome in standing.select_related("holder"):
        there.setdefault(outcome.achievement, []).append(outcome)
    earlier = _earlier(set(keys), there) if issuer is not None else {}
    papers_of = _papers_of(there)
    found: list[Placed] = []
    # (whose, what) of this very list: named by paper in one row and by telephone in another, it is made once.
    made: set[tuple[int, str]] = set()
    for item, match, key, own in zip(items, matches, keys, mine, strict=True):
        before = _handed_in(item, issuer, earlier.get(key, ()))
        if before is None:
            placed = _placed(item, match, key, there.get(own, []), papers_of)
        else:
            placed = Placed(item, before, key, match)
        if match is not None and placed.fate in MADE:
            if (match.user.pk, own) in made:
                placed = Placed(item, Fate.THERE, key, match)
            made.add((match.user.pk, own))
        found.append(replace(placed, achievement=own))
    return found


def _earlier(keys: set[str], there: Mapping[str, Sequence[LearningOutcome]]) -> dict[str, list[DepositRow]]:
    """The rows that say the same and wait or stand, whoever handed them in. Two queries, each by an index. What waits for
    a suspended issuer is given to nobody, so it keeps nobody else's from being deposited (`yielding`)."""
    rows = DepositRow.objects.filter(same_key__in=keys).select_related("batch")
    standing = [outcome.pk for outcomes in there.values() for outcome in outcomes]
    found: dict[str, list[DepositRow]] = {}
    for row in chain(
        rows.filter(state=DepositRow.State.WAITING, batch__issuer__status=Organisation.Status.ACTIVE),
        rows.filter(state=DepositRow.State.GIVEN, outcome__in=standing),
    ):
        found.setdefault(row.same_key, []).append(row)
    return found


def yielding(keys: Collection[str]) -> QuerySet[DepositRow]:
    """Rows that wait for a suspended issuer and say what another issuer now deposits: they give way."""
    waiting = DepositRow.objects.filter(state=DepositRow.State.WAITING, same_key__in=keys)
    return waiting.exclude(batch__issuer__status=Organisation.Status.ACTIVE)


def _handed_in(item: Item, issuer: Organisation | None, earlier: Sequence[DepositRow]) -> Fate | None:
    """The fate of what was handed in before; None: it was not."""
    if not earlier or issuer is None:
        return None
    who, phone = item.who, phone_hash(item.who.phone)
    same = [
        row
        for row in earlier
        if (who.paper and who.paper == row.paper_hash) or (phone and phone == row.phone_hash)
    ]
    if not same:
        return Fate.CLASH
    return Fate.SAME if any(row.batch.issuer_id == issuer.pk for row in same) else Fate.THERE


def _match(who: Named, papers: dict[str, Match], phones: dict[str, Match]) -> Match | None:
    found = papers.get(who.paper) if who.paper else None
    if found is not None and same_person(who, found, by_telephone=False):
        return found
    found = phones.get(who.phone) if who.phone else None
    return found if found is not None and same_person(who, found, by_telephone=True) else None


def _papers_of(there: dict[str, list[LearningOutcome]]) -> dict[int, str]:
    """The papers of those who hold a verified one, seen or not: to tell the same person from another."""
    holders = {row.holder_id for rows in there.values() for row in rows if row.status == Status.VERIFIED}
    return dict(Identity.objects.filter(user__in=holders).values_list("user_id", "number_hash"))


def _placed(
    item: Item,
    match: Match | None,
    key: str,
    there: Sequence[LearningOutcome],
    papers_of: dict[int, str],
) -> Placed:
    verified = next((row for row in there if row.status == Status.VERIFIED), None)
    if verified is not None:
        holds_it = match is not None and match.user.pk == verified.holder_id
        known = holds_it or (
            match is None and bool(item.who.paper) and papers_of.get(verified.holder_id) == item.who.paper
        )
        return Placed(item, Fate.THERE if known else Fate.CLASH, key, match, verified if known else None)
    if match is None:
        return Placed(item, Fate.WAIT, key)
    own = next((row for row in there if row.holder_id == match.user.pk), None)
    return Placed(item, Fate.VERIFY if own is not None else Fate.NEW, key, match, own)
