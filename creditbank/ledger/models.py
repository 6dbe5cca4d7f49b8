"""The books: units, accounts, transactions and their entries. Rows are added and never changed.

Owns: the tables. The rules live in three places that do not trust one another: `services` (the only writer), the
database's own triggers (`triggers.py`) and the audit (`audit.py`).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.ledger.words import unit_title
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7

# The database role that serves requests may SELECT and INSERT here and nothing else, and owns none of them
# (deploy/, tests/creditbank/test_production_role.py). `AccountHead` is a cache and not among them.
LEDGER_TABLES = (
    "creditbank_unit",
    "creditbank_account",
    "creditbank_transaction",
    "creditbank_entry",
)


class Unit(AppendOnlyModel):
    """What is counted. Amounts are integers of 1/scale: 150 of a unit of scale 100 is 1.5."""

    code = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=40)
    scale = models.PositiveSmallIntegerField(default=100)

    class Meta:
        verbose_name = _("计量单位")

    def __str__(self) -> str:
        return self.label

    @property
    def title(self) -> str:
        """Its name in the language of whoever reads."""
        return unit_title(self.label)


class Account(AppendOnlyModel):
    """Where amounts of one unit stand. People and organisations are known by uuid: the ledger outlives their rows."""

    class Kind(models.TextChoices):
        HOLDER = "holder", _("学习者账户")
        ISSUER = "issuer", _("发放账户")
        INSTITUTION = "institution", _("机构账户")
        POOL = "pool", _("汇总账户")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    # kind:holder:organisation:unit, so that nobody has two accounts of the same sort (NULLs would not collide).
    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    holder = models.UUIDField(null=True)
    organisation = models.UUIDField(null=True)
    unit = models.ForeignKey(
        Unit, to_field="code", db_column="unit", on_delete=models.PROTECT, related_name="+"
    )
    # NULL: unbounded. Only bounded accounts are locked, keep a head and a hash chain.
    lower_bound = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("账户")
        indexes = [models.Index(fields=["holder"], name="creditbank_account_holder")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="holder", holder__isnull=False, lower_bound__isnull=False)
                | models.Q(~models.Q(kind="holder"), holder__isnull=True),
                name="creditbank_holder_bounded",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="issuer") | models.Q(lower_bound__isnull=True),
                name="creditbank_issuer_unbounded",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class AccountHead(models.Model):
    """Where a bounded account stands: balance, number and hash of its last entry. A cache and the row that is locked.

    It can be rebuilt from the entries (`audit_ledger --rebuild-balances`) and is compared with them by the audit.
    """

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="head")
    lower_bound = models.BigIntegerField()
    balance = models.BigIntegerField(default=0)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(balance__gte=models.F("lower_bound")), name="creditbank_head_bound"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.balance}"


class Transaction(AppendOnlyModel):
    """One posting. Its row is the seal of its entries: they are written first, and its insertion checks their sum.

    The uuid is the primary key, unlike elsewhere, because entries name it before the row exists.
    """

    uuid = models.UUIDField(primary_key=True)
    idempotency_key = models.CharField(max_length=200, unique=True)
    payload_hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    occurred_on = models.DateField()
    posted_at = models.DateTimeField()
    memo = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    rule_code = models.CharField(max_length=80, blank=True)
    rule_version = models.PositiveIntegerField(default=0)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    entry_count = models.PositiveSmallIntegerField()
    person = models.UUIDField(null=True)
    role = models.CharField(max_length=40)
    body = models.CharField(max_length=60, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("记账")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(entry_count__gte=2), name="creditbank_transaction_entries"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_on} {self.uuid}"


class Entry(AppendOnlyModel):
    """One amount on one account; entries of bounded accounts are numbered and chained by hash."""

    # Deferred to the commit: the transaction's row comes after its entries.
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    # No constraint in the database: checking it would lock the one row of an issuing account that every writer
    # shares. Accounts are never deleted, and the seal's trigger joins them: an entry without account is refused.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_constraint=False, db_index=False
    )
    amount = models.BigIntegerField()
    seq = models.PositiveBigIntegerField(null=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("分录")
        constraints = [
            models.UniqueConstraint(fields=["transaction", "account"], name="creditbank_entry_once"),
            # Also the index of an account's statement; the NULLs of unbounded accounts do not collide.
            models.UniqueConstraint(fields=["account", "seq"], name="creditbank_entry_seq"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="creditbank_entry_not_zero"),
            models.CheckConstraint(
                condition=models.Q(seq__isnull=True, hash="") | (models.Q(seq__gte=1) & ~models.Q(hash="")),
                name="creditbank_entry_chained",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount:+d}"
