"""Reading roots, and proofs that an account stands under one: recomputed from the entries when they are asked for."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from creditbank.ledger.models import Account, Entry
from creditbank.ledger.reading import STREAM
from creditbank.ledger.rules import digest, moment_text
from creditbank.proofs import rules
from creditbank.proofs.models import LedgerBranch, LedgerDay, LedgerRoot
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.queries import content_of
from lms.lib.clock import SHANGHAI, day_bounds, local_day

Head = tuple[str, int, str]


def roots() -> QuerySet[LedgerRoot]:
    """All roots, newest first, without their parts, which no list needs."""
    return LedgerRoot.objects.defer("parts").order_by("-day")


def root_of_day(day: date) -> LedgerRoot | None:
    return LedgerRoot.objects.filter(day=day).first()


def root_hash(day: date) -> str | None:
    """The hash of the root of a Shanghai day, None where it has not been made: nobody knows it before the day has ended."""
    return LedgerRoot.objects.filter(day=day).values_list("hash", flat=True).first()


def last_closed_day() -> date | None:
    """The last day to which nothing can be posted any more; None where none was closed."""
    return LedgerDay.objects.order_by("-day").values_list("day", flat=True).first()


def published(row: LedgerRoot) -> dict[str, Any]:
    """A root as everybody may read it; `hash` can be made again from the rest (docs/credit-proofs.md)."""
    return {
        "day": row.day.isoformat(),
        "accounts": row.accounts,
        "entries": row.entries,
        "root": row.root,
        "parts": digest(row.parts),
        "transactions": row.transactions,
        "books": row.books,
        "previous": row.previous,
        "made_at": moment_text(row.made_at),
        "hash": row.hash,
    }


def heads_at(moment: datetime, accounts: QuerySet[Account] | None = None) -> Iterator[Head]:
    """(uuid, number, hash) of each bounded account's last entry posted before `moment`, by uuid; from entries alone."""
    entries = Entry.objects.filter(
        account=OuterRef("pk"), seq__isnull=False, transaction__posted_at__lt=moment
    )
    last = entries.order_by("-seq")
    bounded = (Account.objects.all() if accounts is None else accounts).filter(lower_bound__isnull=False)
    rows = (
        bounded.annotate(last=Subquery(last.values("seq")[:1]), linked=Subquery(last.values("hash")[:1]))
        .order_by("uuid")
        .values_list("uuid", "last", "linked")
    )
    for uuid, seq, hashed in rows.iterator(chunk_size=STREAM):
        if seq is not None:
            yield str(uuid), seq, hashed


def hashes_of(found: Iterable[Head]) -> Iterator[bytes]:
    return (rules.leaf_hash(rules.leaf_data(*head)) for head in found)


def proof_of(holder: UUID, day: date) -> list[dict[str, Any]]:
    """For each account of a person that had entries by the end of `day`: leaf, path and root (rules.verifies).
    Empty where the day has no root yet."""
    row = root_of_day(day)
    if row is None:
        return []
    _start, end = day_bounds(day)
    mine = list(heads_at(end, Account.objects.filter(holder=holder)))
    units = dict(Account.objects.filter(holder=holder).values_list("uuid", "unit_id"))
    return [_proof(row, head, end) | {"unit": units[UUID(head[0])]} for head in mine]


def _proof(row: LedgerRoot, head: Head, end: datetime) -> dict[str, Any]:
    """The path inside the leaf's part, and then over the parts' kept hashes."""
    place, (first, after) = _between(row.parts, head[0], "")
    path = _path_in_part(row.parts[place][1], head, end, first, after)
    path += rules.path_of([bytes.fromhex(hashed) for _first, hashed in row.parts], place)
    return {
        "day": row.day.isoformat(),
        "leaf": ["head", *head],
        "path": path,
        "root": row.root,
        "root_hash": row.hash,
    }


def _between(pieces: Sequence[Sequence[str]], account: str, end: str) -> tuple[int, tuple[str, str]]:
    """The place of the piece in which an account stands, and the accounts at which that piece and the next one begin (end:
    where there is no next one; "" for no bound).
    """
    firsts = [first for first, _hash in pieces]
    place = bisect_right(firsts, account) - 1
    return place, (firsts[place], firsts[place + 1] if place + 1 < len(firsts) else end)


def _path_in_part(part: str, head: Head, end: datetime, first: str, after: str) -> list[dict[str, str]]:
    """From the leaf to the hash of its part: over its twig's leaves, read again, and the twigs' kept hashes. Where none are
    kept (days before they were), or what is kept does not fit the leaves, over all leaves of the part.
    """
    kept = LedgerBranch.objects.filter(hash=part).values_list("twigs", flat=True).first()
    twigs = _twigs(kept, part) if kept else []
    if kept and twigs:
        place, bounds = _between(kept, head[0], after)
        leaves = _leaves(end, *bounds)
        hashes = list(hashes_of(leaves))
        if head in leaves and rules.root_of(hashes) == twigs[place]:
            return rules.path_of(hashes, leaves.index(head)) + rules.path_of(twigs, place)
    leaves = _leaves(end, first, after)
    return rules.path_of(list(hashes_of(leaves)), leaves.index(head))


def _twigs(kept: Sequence[Sequence[str]], part: str) -> list[bytes]:
    """The hashes of a part's twigs; empty where they are not what they are kept for."""
    try:
        twigs = [bytes.fromhex(hashed) for _first, hashed in kept]
    except ValueError:
        return []
    return twigs if rules.root_of(twigs).hex() == part else []


def _leaves(end: datetime, first: str, after: str) -> list[Head]:
    accounts = Account.objects.filter(uuid__gte=first)
    return list(heads_at(end, accounts.filter(uuid__lt=after) if after else accounts))


def proof_of_transcript(snapshot: TranscriptSnapshot) -> dict[str, Any]:
    """What ties a transcript to the root of the day it was made on: the proofs of that day, each with the last entry
    that stood on the paper (`shown`: its number and hash) and the links from there to the leaf."""
    day = local_day(snapshot.made_at)
    accounts = Account.objects.filter(holder=snapshot.holder.uuid)
    on_paper = [line["hash"] for line in content_of(snapshot).get("postings", [])] if snapshot.content else []
    lines = Entry.objects.filter(account__in=accounts, hash__in=on_paper).order_by("seq")
    shown = {str(uuid): (seq, own) for uuid, seq, own in lines.values_list("account__uuid", "seq", "hash")}
    proofs = proof_of(snapshot.holder.uuid, day)
    for proof in proofs:
        _head, account, last, _hash = proof["leaf"]
        seq, hashed = shown.get(account, (0, ""))
        later = Entry.objects.filter(account__uuid=account, seq__gt=seq, seq__lte=last).order_by("seq")
        proof["shown"] = [seq, hashed] if seq else None
        proof["links"] = [list(link) for link in later.values_list("seq", "amount", "transaction__hash")]
    return {
        "transcript": str(snapshot.uuid),
        "content_hash": snapshot.content_hash,
        "made_at": snapshot.made_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "day": day.isoformat(),
        "proofs": proofs,
    }
