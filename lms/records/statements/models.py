"""Statements as the store keeps them: each as it was received, and by what it is found.

Statement and Mention are cut by month on PostgreSQL (partitions.py); `id` is the number of the statement's StatementKey, so
that a batch gets its numbers and its answer to "was it here already" in one step. Refuses: changing or deleting any row.
Texts are JSON as text, not jsonb: what was received stays to the byte, and jsonb knows neither NUL nor long numbers.
"""

from typing import Any, ClassVar

from django.db import models

from lms.lib.appendonly import AppendOnlyModel, ErasableModel

# Bits of Statement.given: what the sender wrote himself and is not added when the statement is told.
GIVEN_ID, GIVEN_TIMESTAMP, GIVEN_VERSION = 1, 2, 4


class StatementKey(AppendOnlyModel):
    """That a statement is here, under its own id, once a store. digest: what makes it the same (compare.py)."""

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    statement_id = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    stored_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "statement_id"], name="records_statement_once")
        ]

    def __str__(self) -> str:
        return str(self.statement_id)


class Authority(models.Model):
    """Who vouches for statements (Data 2.4.9), as the store writes it."""

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    agent = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="records_authority_once")]

    def __str__(self) -> str:
        return self.agent


class Statement(ErasableModel):
    """raw: the bytes of this statement in the request, as text. text: the same with what a store may change put right
    ("" where raw needs nothing). given: bits of what raw has already.
    """

    blank: ClassVar[dict[str, Any]] = {"raw": "", "text": ""}

    id = models.BigIntegerField(primary_key=True)
    stored_ms = models.BigIntegerField()
    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    statement_id = models.UUIDField()
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.CharField(max_length=12)
    given = models.SmallIntegerField()
    raw = models.TextField()
    text = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["store", "stored_ms", "id"], name="records_statement_order")]

    def __str__(self) -> str:
        return str(self.statement_id)


class Mention(AppendOnlyModel):
    """That a statement names somebody or something (keys.py), or refers to a statement that does. On PostgreSQL its key
    has the roles before the time: the statements about a course are few among all those that only belong to it.
    """

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.UUIDField()
    stored_ms = models.BigIntegerField()
    statement = models.BigIntegerField()
    roles = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "key", "stored_ms", "statement", "roles"], name="records_mention_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.statement}"


class Reference(AppendOnlyModel):
    """That a statement is about another, which may not have come yet. by, stored_ms: the referring statement's place."""

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    target = models.UUIDField()
    by = models.BigIntegerField()
    stored_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "target", "by"], name="records_reference_once")
        ]

    def __str__(self) -> str:
        return str(self.target)


class Voiding(AppendOnlyModel):
    """That a statement voids another (Data 2.3.2), which may not have come yet. by: the voiding statement's number."""

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+")
    target = models.UUIDField()
    by = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "target"], name="records_voiding_once")]
        indexes = [models.Index(fields=["by"], name="records_voiding_by")]

    def __str__(self) -> str:
        return str(self.target)


class Voided(AppendOnlyModel):
    """A statement that is here and voided."""

    statement = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.statement)


class Activity(models.Model):
    """What is known of an activity from all statements and profiles that describe it (Communication 2.5)."""

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    iri = models.TextField()
    definition = models.TextField(default="{}")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="records_activity_once")]

    def __str__(self) -> str:
        return self.iri


class AgentName(models.Model):
    """A name that statements gave somebody (Communication 2.4)."""

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    name = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key", "name"], name="records_agent_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """The bytes behind a hash. file: where the storage has them."""

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+")
    sha2 = models.CharField(max_length=128)
    content_type = models.CharField(max_length=200)
    length = models.BigIntegerField()
    file = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "sha2"], name="records_attachment_once")]

    def __str__(self) -> str:
        return self.sha2
