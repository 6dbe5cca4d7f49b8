"""Audit rows: who did what to which thing, in which role, for which body, when and why. They only grow.

One change is allowed, once: the free text of an erased person's rows goes, and `erased` says so
(docs/decisions/erasure.md); the database itself refuses any other.

The person is kept as a uuid and not as a foreign key: erasing a person's data must neither cascade here nor be
blocked by history.
"""

from django.db import models

from lms.lib.appendonly import ErasableModel
from lms.lib.ids import uuid7


class AuditRow(ErasableModel):
    blank = {"reason": "", "data": {}}
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    at = models.DateTimeField()
    person = models.UUIDField(null=True)
    role = models.CharField(max_length=40)
    body = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=80)
    target_type = models.CharField(max_length=80)
    target = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target", "at"], name="lib_audit_target"),
            models.Index(fields=["person", "at"], name="lib_audit_person"),
            models.Index(fields=["action", "at"], name="lib_audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.role} {self.action}"
