"""The outbox: events as rows of the transaction that caused them, and one delivery row per event and consumer."""

from django.db import models

from lms.lib.ids import uuid7


class OutboxEvent(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField()
    at = models.DateTimeField()
    # Set once every consumer has its delivery done; the pending ones are a small partial index.
    done_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                name="lib_outbox_pending",
                condition=models.Q(done_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class OutboxDelivery(models.Model):
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    consumer = models.CharField(max_length=80)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "consumer"], name="lib_delivery_once")]

    def __str__(self) -> str:
        return f"{self.consumer} ← {self.event_id}"
