"""The learning account: one number for a person's life, and what joins two accounts of one person.

Owns: the number (never changed, never given again), merges and the postings that carried them out. The ledger knows
people by their uuid, before and after a merge; nothing here is copied into its rows but the merge's uuid.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.ledger.models import Transaction
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class LearningAccount(AppendOnlyModel):
    """A learner number and whose it is, for ever. A number whose account was merged into another finds that one."""

    number = models.CharField(_("学习账号"), max_length=12, unique=True)
    holder = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="learning_account"
    )
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("学习账号")

    def __str__(self) -> str:
        return self.number


class AccountMerge(models.Model):
    """Two accounts of one person become one: `other` is closed, `survivor` goes on.

    code_hash: by which the person shows, signed in to the other account, that both are theirs. moved: what changed
    hands besides the books (uuids of certificates), so that it can be put back.
    """

    class State(models.TextChoices):
        OPEN = "open", _("等待另一个账号确认")
        REQUESTED = "requested", _("等待核准")
        MERGED = "merged", _("已合并")
        REFUSED = "refused", _("未核准")
        WITHDRAWN = "withdrawn", _("已撤回")
        UNDONE = "undone", _("合并已撤销")

    class Way(models.TextChoices):
        SIGNED_IN = "signed_in", _("本人登录过两个账号")
        PAPERS = "papers", _("工作人员核对过证件")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    survivor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="merges_kept"
    )
    other = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="merges_left"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    way = models.CharField(_("证明方式"), max_length=10, choices=Way)
    code_hash = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True)
    # Which papers an officer saw and where the copies are kept.
    evidence = models.TextField(_("证明材料"), blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(_("理由"), blank=True)
    moved = models.JSONField(default=dict)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("账号合并")
        verbose_name_plural = _("账号合并")
        indexes = [
            models.Index(fields=["state", "requested_at"], name="creditbank_merge_queue"),
            models.Index(fields=["code_hash"], name="creditbank_merge_code"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["other"],
                condition=models.Q(state__in=["requested", "merged"]),
                name="creditbank_merge_other_once",
            ),
            models.UniqueConstraint(
                fields=["survivor"],
                condition=models.Q(state__in=["open", "requested"]),
                name="creditbank_merge_waiting_once",
            ),
            models.CheckConstraint(
                condition=models.Q(other__isnull=True) | ~models.Q(survivor=models.F("other")),
                name="creditbank_merge_two",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("requested_by")),
                name="creditbank_merge_two_pairs_of_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["merged", "undone"])
                | models.Q(other__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="creditbank_merge_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid}"


class MergePosting(AppendOnlyModel):
    """A posting that a merge made. moves: the recognition whose credits it carried over, None for a sum of hours."""

    merge = models.ForeignKey(AccountMerge, on_delete=models.PROTECT, related_name="postings")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="merge_posting")
    moves = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="moved_by")

    def __str__(self) -> str:
        return f"{self.transaction_id}"
