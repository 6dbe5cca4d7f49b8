"""What becomes of rows: whose they are, whether they are there already, and what stands against them. Reads only.

A fixed number of queries for any number of rows. Planning and writing both come through here, so that what was agreed to
is looked at again in the transaction that writes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from creditbank.deposits.models import DepositRow
from creditbank.outcomes import rules
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import achievement_key
from lms.accounts.api import Identity, Match, Named, by_paper, by_phone, same_person
from lms.lib.crypto import lookup_hash

Status = LearningOutcome.Status


class Fate(StrEnum):
    """NEW: an outcome is made; VERIFY: the holder registered it, and now it is verified; WAIT: kept for the person; SAME:
    deposited already; CLASH: it is verified as, or kept for, another person's.
    """

    NEW = "new"
    VERIFY = "verify"
    WAIT = "wait"
    SAME = "same"
    CLASH = "clash"


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


def place(items: Sequence[Item]) -> list[Placed]:
    """The fate of each row. Five queries."""
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
    waiting = {
        row.same_key: row
        for row in DepositRow.objects.filter(same_key__in=set(keys), state=DepositRow.State.WAITING)
    }
    papers_of = _papers_of(there)
    return [
        _placed(item, match, key, there.get(own, []), waiting.get(key), papers_of)
        for item, match, key, own in zip(items, matches, keys, mine, strict=True)
    ]


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
    waiting: DepositRow | None,
    papers_of: dict[int, str],
) -> Placed:
    verified = next((row for row in there if row.status == Status.VERIFIED), None)
    if verified is not None:
        holds_it = match is not None and match.user.pk == verified.holder_id
        known = holds_it or (
            match is None and bool(item.who.paper) and papers_of.get(verified.holder_id) == item.who.paper
        )
        return Placed(item, Fate.SAME if known else Fate.CLASH, key, match, verified if known else None)
    if waiting is not None:
        same = (item.who.paper and item.who.paper == waiting.paper_hash) or (
            item.who.phone and phone_hash(item.who.phone) == waiting.phone_hash
        )
        return Placed(item, Fate.SAME if same else Fate.CLASH, key, match)
    if match is None:
        return Placed(item, Fate.WAIT, key)
    own = next((row for row in there if row.holder_id == match.user.pk), None)
    return Placed(item, Fate.VERIFY if own is not None else Fate.NEW, key, match, own)
