"""Cases of every declared process: where each stands, what was done, its papers, notices and objections.

Owns: the rows. What a process is stands in its declaration, not here; the numbers it leaves open stand in `ProcessRule`, which
has dates. Acts, notices, delegations and rules only grow, in the database too. Refuses: a second open case of a body where the
process allows one (`slot`).
"""

from django.conf import settings
from django.db import models

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7
from lms.lib.private import private_storage
from lms.training.lifecycle.declaration import Process, State, process_of


def file_path(instance: object, filename: str) -> str:
    """The stored name; the person's own file name is kept in the row only."""
    return f"training/cases/{uuid7()}"


class ProcessRule(AppendOnlyModel):
    """What an authority's rule of a process sets, from a day on: setting → number, null where it is not set. Without one the
    authority takes no cases. source: the document the authority goes by."""

    process = models.CharField(max_length=40)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    values = models.JSONField()
    source = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "authority", "version"], name="training_process_rule_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process} {self.authority_id} v{self.version}"


class Numbering(models.Model):
    """The last number given in a series (process, authority, year), whose row is locked while the next one is given."""

    series = models.CharField(max_length=80, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"


class Case(models.Model):
    """number and rule: of a draft there are none yet; the rule is that of the day it was handed in. revision: the number of its
    last act. waits, final: the state's, for lists. rank: 0 stands before 1 in the queue. due_on: the last day of the present
    state. facts: what the applicant says, as the process's room validates it. slot: held while the case is open, where a body
    may have one.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=40, unique=True, null=True)
    process = models.CharField(max_length=40)
    rule = models.ForeignKey(ProcessRule, on_delete=models.PROTECT, null=True, related_name="+")
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(max_length=20)
    waits = models.CharField(max_length=10)
    rank = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    opened_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    escalated_on = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    slot = models.CharField(max_length=100, unique=True, null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["authority", "process", "waits", "rank", "id"], name="training_case_waiting"
            ),
            models.Index(fields=["authority", "process", "state", "rank", "id"], name="training_case_state"),
            models.Index(
                fields=["authority", "process", "due_on", "id"],
                name="training_case_due",
                condition=models.Q(due_on__isnull=False),
            ),
            models.Index(
                fields=["due_on"],
                name="training_case_overdue",
                condition=models.Q(due_on__isnull=False, escalated_on__isnull=True),
            ),
            models.Index(
                fields=["handler", "process", "waits", "rank", "id"],
                name="training_case_handler",
                condition=models.Q(handler__isnull=False),
            ),
            models.Index(fields=["body", "id"], name="training_case_body"),
            # What the rooms' public lists ask: all cases of a process in some states, whoever's.
            models.Index(fields=["process", "state", "id"], name="training_case_process"),
            # Supervision counts and lists an authority's open cases of all processes by their last day.
            models.Index(
                fields=["authority", "due_on", "id"],
                name="training_case_open",
                include=["process", "state"],
                condition=models.Q(number__isnull=False) & ~models.Q(waits="nobody"),
            ),
            models.Index(
                fields=["authority", "due_on", "id"],
                name="training_case_escalated",
                condition=models.Q(escalated_on__isnull=False, waits="authority"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__isnull=True, rule__isnull=True, opened_on__isnull=True)
                | models.Q(number__isnull=False, rule__isnull=False, opened_on__isnull=False),
                name="training_case_number_and_rule",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.process} {self.uuid}"

    @property
    def declared(self) -> Process:
        return process_of(self.process)

    @property
    def stands(self) -> State:
        """The state as it is declared."""
        return self.declared.state(self.state)

    @property
    def counts_late(self) -> bool:
        """Whether its last day, passed, is a delay; else it is a day that is waited for."""
        return self.stands.late or self.waits != self.stands.waits


class Act(AppendOnlyModel):
    """One act on a case: who, in which role, for which body, when, why, from where to where. person None: the platform. name:
    a transition's, or one of OTHER_ACTS in services. papers: uuids of the evidence that came with it. due_on: the last day
    of what it led to."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="acts")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    source = models.CharField(max_length=20)
    to = models.CharField(max_length=20)
    # Its index is the one below.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    role = models.CharField(max_length=40)
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    papers = models.JSONField(default=list)
    at = models.DateTimeField()
    due_on = models.DateField(null=True)

    class Meta:
        ordering = ["case", "number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="training_act_once")]
        # One's own judgements, the latest first, counted by year: thousands of one expert.
        indexes = [models.Index(fields=["person", "at", "name"], name="training_act_person")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.number} {self.name}"


class Evidence(EvidenceFile):
    """A paper of a case. Read through a view that checks, and logs the look of an officer. What an applicant took out again
    before handing in is gone; from then on papers stay."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=40)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The revision of the case when it came: what an act has looked at is not taken away under it.
    revision = models.PositiveIntegerField()
    file = models.FileField(storage=private_storage, upload_to=file_path, max_length=200)

    class Meta:
        ordering = ["pk"]


class Notice(AppendOnlyModel):
    """A public notice: what was made public, from which day to which (both in). lines: [label, value] pairs as they were."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices")
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    lines = models.JSONField(default=list)
    working_days = models.PositiveSmallIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["last_day"], name="training_notice_last_day")]

    def __str__(self) -> str:
        return self.number


class Objection(models.Model):
    """What somebody had against it, and the answer. The words go when the person is erased; that there was one stays."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        UPHELD = "upheld", "upheld"
        DISMISSED = "dismissed", "dismissed"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="objections")
    number = models.CharField(max_length=48, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "person"], name="training_objection_once"),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_by__isnull=True)
                | models.Q(~models.Q(state="open"), answered_by__isnull=False),
                name="training_objection_answered",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Delegation(AppendOnlyModel):
    """A case handed to a colleague of the same authority for some days, both in. The handler stays the handler."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="delegations")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="training_delegation_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.to_id}"
