"""Papers that were issued on cases. They only grow: a paper that no longer holds is taken back by its verify code."""

from django.db import models

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7
from lms.training.lifecycle.models import Case


class Paper(AppendOnlyModel):
    """One issued paper. template, version: of the form it was written on; content: everything that stands on it, as the one
    canonical JSON text that sha256 is the hash of; issuer: the authority that issued it, whose name then stands in content.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=24)
    template = models.CharField(max_length=12)
    version = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number
