"""Documents that content keeps: a learner's state, and profiles of activities and of agents."""

from django.db import models


class Kind(models.TextChoices):
    STATE = "state"
    ACTIVITY = "activity"
    AGENT = "agent"


class Document(models.Model):
    """agent, activity: the key of each (statements/keys.py), zero where this kind has none; registration: zero for none.

    name_key: of the document's id, which may be of any length. etag: SHA-1 of the content in hexadecimal.
    """

    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    activity = models.UUIDField()
    agent = models.UUIDField()
    registration = models.UUIDField()
    name_key = models.UUIDField()
    name = models.TextField()
    content = models.BinaryField()
    content_type = models.CharField(max_length=200)
    etag = models.CharField(max_length=40)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "activity", "agent", "registration", "name_key"],
                name="records_document_once",
            )
        ]
        # What was written last, for whoever watches it.
        indexes = [models.Index(fields=["store", "-updated_at"], name="records_document_newest")]

    def __str__(self) -> str:
        return self.name
