"""Closed days and their roots. Rows are added and never changed.

Owns: the three tables. Refuses (in the database, ledger/functions.py): a posting that says it was made on a closed day.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel

# As the ledger's: SELECT and INSERT for production's role, nothing else.
PROOF_TABLES = ("creditbank_ledgerday", "creditbank_ledgerroot", "creditbank_ledgerbranch")


class LedgerDay(AppendOnlyModel):
    """A Shanghai day to which nothing can be added any more; closes every day before it, too."""

    day = models.DateField(primary_key=True)
    # The day's end, in UTC: the trigger compares moments and needs to know nothing of time zones.
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.day.isoformat()


class LedgerRoot(AppendOnlyModel):
    """What the books came to at the end of a Shanghai day, in one hash, chained to the day before.

    accounts: leaves of the tree; entries: entries of these accounts up to then; transactions: postings of that day.
    What each hash is made of: docs/credit-proofs.md.
    """

    day = models.DateField(primary_key=True)
    accounts = models.PositiveBigIntegerField()
    entries = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    # [first account, hash] of each thousand (1,024) leaves: a path is made from one part's leaves and these.
    parts = models.JSONField()
    transactions = models.PositiveBigIntegerField()
    books = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("账本每日根")

    def __str__(self) -> str:
        return f"{self.day} {self.root[:16]}"


class LedgerBranch(AppendOnlyModel):
    """The inside of a part of 1,024 leaves, kept under the part's own hash: a part that did not change from one day to the
    next is kept once. Nothing is proved by it that the root does not prove; without it a path is made from all the leaves.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    # [first account, hash] of each thirty-two leaves.
    twigs = models.JSONField()

    def __str__(self) -> str:
        return self.hash[:16]
