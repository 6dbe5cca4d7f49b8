"""Bulk deposits (批量存入): a list that an issuer hands in, what is wrong with it, and its rows.

Owns: the batch (a file or a request of a program), its faults, and its rows: planned, written to a person's record, or
waiting until the person the row names verifies their real name here. What a row says is encrypted, the person is found
by keyed hashes; once an outcome stands for it, the row keeps nothing but the reference.
Refuses: telling the issuer who has an account. A row is either deposited or not; whether it waits is not shown.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.storage import private_storage
from lms.accounts.api import Organisation
from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7


def list_path(instance: object, filename: str) -> str:
    """The stored name says nothing; the file is deleted when it has been read."""
    return f"deposits/{uuid7()}"


class DepositBatch(models.Model):
    class Source(models.TextChoices):
        FILE = "file", _("文件")
        API = "api", _("接口")

    class State(models.TextChoices):
        READING = "reading", _("正在检查")
        FAULTY = "faulty", _("有错误，未存入")
        READY = "ready", _("待确认")
        WRITING = "writing", _("正在存入")
        DONE = "done", _("已存入")
        FAILED = "failed", _("没有存入")
        DISCARDED = "discarded", _("已放弃")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="deposits")
    source = models.CharField(max_length=4, choices=Source)
    # Who handed it in: a person, or a machine of lms.accounts (its uuid).
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    machine = models.UUIDField(null=True)
    # Of a file the hash of its content, of a request its idempotency key: the same again is recognised by it.
    key = models.CharField(max_length=200)
    payload_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True)
    file = models.FileField(storage=private_storage, upload_to=list_path, max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    job = models.UUIDField(null=True)
    lines = models.PositiveIntegerField(default=0)
    faults_found = models.PositiveIntegerField(default=0)
    # Of the lines: those that were deposited already.
    same = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    made_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("批量存入")
        verbose_name_plural = _("批量存入")
        indexes = [models.Index(fields=["issuer", "made_at"], name="creditbank_batch_issuer")]
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "source", "key"],
                condition=models.Q(state__in=["reading", "ready", "writing", "done"]),
                name="creditbank_batch_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name or self.key} ({self.state})"


class DepositFault(models.Model):
    """What is wrong with one cell (row 0: with the list as a whole). A sentence and a place, never what stands there."""

    batch = models.ForeignKey(DepositBatch, on_delete=models.CASCADE, related_name="faults")
    row = models.PositiveIntegerField()
    # As the heading of the column says it; "" for the row as a whole.
    column = models.CharField(max_length=40, blank=True)
    sentence = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["batch", "row"], name="creditbank_fault_row")]

    def __str__(self) -> str:
        return f"{self.row} {self.column}"


class DepositRow(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", _("待写入")
        WAITING = "waiting", _("等待本人实名")
        GIVEN = "given", _("已记入")
        SAME = "same", _("以前已存入")
        # It waited for an issuer that is suspended, and another one has deposited the same.
        YIELDED = "yielded", _("已由其他机构存入")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    batch = models.ForeignKey(DepositBatch, on_delete=models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    # JSON of the person's name and of what is said about the outcome; "" once the outcome stands.
    content = EncryptedTextField(blank=True)
    # The person: paper and name, or phone and name, keyed. "" where not given.
    paper_hash = models.CharField(max_length=64, blank=True)
    phone_hash = models.CharField(max_length=64, blank=True)
    # The achievement, keyed: by number where a number names it, else for the person as the row names them.
    same_key = models.CharField(max_length=64)
    outcome = models.ForeignKey(
        LearningOutcome, on_delete=models.SET_NULL, null=True, related_name="deposit_rows"
    )
    given_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["paper_hash"], name="creditbank_wait_paper", condition=models.Q(state="waiting")
            ),
            models.Index(
                fields=["phone_hash"], name="creditbank_wait_phone", condition=models.Q(state="waiting")
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "row"], name="creditbank_deposit_row_once"),
            # Two lists at once with the same paper: one of them waits, the other is told.
            models.UniqueConstraint(
                fields=["same_key"],
                condition=models.Q(state="waiting"),
                name="creditbank_deposit_waiting_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row}"
