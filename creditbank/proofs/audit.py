"""The roots' part of the ledger's audit: each row is what it says, follows the one before, and comes out of the books.

Every day's postings are hashed again as the audit reads them. The tree over the heads is made again for the newest
days, as many as READ_AGAIN leaves allow; for all days with `audit_ledger --all-roots`. A root commits to whole chains,
so that the newest one alone shows whether anything before it was written anew; the older ones prove themselves.
"""

from bisect import bisect_right
from datetime import UTC, date

from django.db import connection
from django.db.models import CharField
from django.db.models.functions import Cast

from creditbank.ledger.audit import Report, further, guarded, watchers
from creditbank.ledger.reading import Leg, Read
from creditbank.ledger.rules import moment_text
from creditbank.proofs import rules, services
from creditbank.proofs.models import PROOF_TABLES, LedgerBranch, LedgerDay, LedgerRoot
from lms.lib.clock import day_bounds

READ_AGAIN = 200_000


class _Days:
    """Watches the postings pass and makes each rooted day's hash of them again: a few hundred bytes for each day."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._days = list(LedgerRoot.objects.order_by("day").values_list("day", flat=True))
        self._ends = [moment_text(day_bounds(day)[1]) for day in self._days]
        self._first = moment_text(day_bounds(self._days[0])[0]) if self._days else ""
        self._books = [rules.DayBooks() for _day in self._days]
        self._units = services.unit_rows()

    def posting(self, row: Read, legs: list[Leg]) -> None:
        place = bisect_right(self._ends, row.posted_at)
        if place == len(self._days):
            return
        if row.posted_at < self._first:
            self._report.fail(f"transaction {row.uuid}: was posted before the first day that has a root")
            return
        services.take(self._books[place], row, legs, self._units)

    def end(self) -> None:
        kept = LedgerRoot.objects.order_by("day").values_list("transactions", "books")
        for day, made, row in zip(self._days, self._books, kept.iterator(), strict=True):
            if (made.transactions, made.hash()) != row:
                self._report.fail(f"root of {day}: the postings of the day are others than when it was made")


def check(report: Report) -> None:
    """Rows and their chain, without a gap; the trees of the newest days, or of all."""
    report.count("roots", 0)
    previous, expected = "", None
    for row in LedgerRoot.objects.order_by("day").iterator(chunk_size=50):
        report.count("roots")
        for sentence in _broken(row, previous, expected):
            report.fail(f"root of {row.day}: {sentence}")
        previous, expected = row.hash, date.fromordinal(row.day.toordinal() + 1)
    _closed(report)
    _branches(report)
    _moments(report)
    leaves = 0
    report.count("roots_again", 0)
    for row in LedgerRoot.objects.order_by("-day").iterator(chunk_size=50):
        leaves += row.accounts
        if leaves > READ_AGAIN and leaves > row.accounts and not report.thorough:
            break
        report.count("roots_again")
        made, inside = services.tree_of(row.day)
        if any(getattr(row, name) != value for name, value in made.items()):
            report.fail(f"root of {row.day}: the accounts of that day come to another root")
        for branch in LedgerBranch.objects.filter(hash__in=inside):
            if branch.twigs != inside[branch.hash]:
                report.fail(f"branch {branch.hash}: differs from the accounts of {row.day}")


def _moments(report: Report) -> None:
    """Moments as they were written. SQLite keeps them as text, and Python reads any sign between day and hour."""
    if connection.vendor != "sqlite":
        return
    for model, name in ((LedgerDay, "ends_at"), (LedgerRoot, "made_at")):
        rows = model.objects.annotate(text=Cast(name, CharField())).values_list("day", name, "text")
        for day, moment, text in rows.iterator(chunk_size=200):
            if text != str(moment.astimezone(UTC).replace(tzinfo=None)):
                report.fail(f"{model.__name__} of {day}: {name} is not written as a moment")


def _branches(report: Report) -> None:
    """What is kept of the inside of parts comes to the hash it is kept under."""
    report.count("branches", 0)
    for branch in LedgerBranch.objects.iterator(chunk_size=50):
        report.count("branches")
        try:
            made = rules.root_of(bytes.fromhex(hashed) for _first, hashed in branch.twigs).hex()
        except (TypeError, ValueError):
            made = ""
        if made != branch.hash:
            report.fail(f"branch {branch.hash}: its twigs come to another hash")


def _broken(row: LedgerRoot, previous: str, expected: date | None) -> list[str]:
    names = ("day", "accounts", "entries", "root", "parts", "transactions", "books", "previous", "made_at")
    found = []
    if row.hash != rules.row_hash(**{name: getattr(row, name) for name in names}):
        found.append("differs from its own hash")
    if row.previous != previous:
        found.append("does not follow the root before it")
    if expected is not None and row.day != expected:
        found.append(f"{expected} was expected")
    return found


def _closed(report: Report) -> None:
    """Every rooted day is closed, and each closing has its day's end."""
    for closing in LedgerDay.objects.order_by("day").iterator(chunk_size=200):
        if closing.ends_at != day_bounds(closing.day)[1]:
            report.fail(f"closing of {closing.day}: ends at {closing.ends_at}")
    newest = LedgerRoot.objects.order_by("-day").values_list("day", flat=True).first()
    if newest is not None and not LedgerDay.objects.filter(day__gte=newest).exists():
        report.fail(f"root of {newest}: its day is not closed")


def register() -> None:
    """Called when the application is ready."""
    guarded.update(PROOF_TABLES)
    if _Days not in watchers:
        watchers.append(_Days)
    if check not in further:
        further.append(check)
