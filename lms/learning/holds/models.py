"""Suspicion about study time as rows: what the doors refused, what is held and why, and what people said and decided.

Owns: the dated thresholds, refused reports by their hash, the hold with its evidence, its append-only steps, and which
sessions a person decided not to count. Refuses: any verdict by a machine; a row here that takes something away has a
person's name on its step.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.learning.holds.rules import Thresholds
from lms.learning.holds.storage import file_path, private_storage
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7


class Reason(models.TextChoices):
    SPEED = "speed", _("学到的内容超出时间允许的范围")
    OVERLAP = "overlap", _("多台设备长时间同时在学")
    FORGED = "forged", _("多次收到不能接受的学习记录")
    SHARED = "shared", _("一台设备上多个账号同时在学")


class State(models.TextChoices):
    OPEN = "open", _("等待核实")
    RELEASED = "released", _("已解除")
    CONFIRMED = "confirmed", _("核实后不计入")
    APPEALED = "appealed", _("申诉复核中")
    UPHELD = "upheld", _("复核后维持不计入")


class Act(models.TextChoices):
    OPEN = "open", _("系统发现疑点，等待人工核实")
    EXPLAIN = "explain", _("本人说明情况")
    RELEASE = "release", _("解除，学习全部计入")
    CONFIRM = "confirm", _("所列学习不计入")
    APPEAL = "appeal", _("提出申诉")


# Somebody has to answer; while the first is so, completion and hours of the course wait.
WAITING = (State.OPEN, State.APPEALED)
# Somebody has a last day to act, or to appeal.
TIMED = (*WAITING, State.CONFIRMED)


class HoldRule(AppendOnlyModel):
    """From which day on what is held, and how long each side has. No law states these numbers: `source` says whose they
    are. Times in ms; speed_excess_percent: claimed content against what the time allows, 150 is one and a half times.
    """

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    speed_excess_ms = models.PositiveIntegerField()
    speed_excess_percent = models.PositiveIntegerField()
    overlap_ms = models.PositiveIntegerField()
    refusals = models.PositiveIntegerField()
    ahead_ms = models.PositiveIntegerField()
    shared_people = models.PositiveSmallIntegerField()
    shared_ms = models.PositiveIntegerField()
    answer_days = models.PositiveSmallIntegerField()
    appeal_days = models.PositiveSmallIntegerField()
    # Whether both numbers are working days.
    working_days = models.BooleanField(default=False, db_default=False)
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"

    @property
    def code(self) -> str:
        """What an audit row names the rule by."""
        return "hold"

    def plain(self) -> Thresholds:
        return Thresholds(
            speed_excess_ms=self.speed_excess_ms,
            speed_excess_percent=self.speed_excess_percent,
            overlap_ms=self.overlap_ms,
            refusals=self.refusals,
            ahead_ms=self.ahead_ms,
            shared_people=self.shared_people,
            shared_ms=self.shared_ms,
        )


class StudyIncident(AppendOnlyModel):
    """A report that was refused: who was signed in, which session or ticket it named, and the hash of what it said, never
    the content. The same content again adds nothing. Of study without a line, `opened_ms` is the moment at which it would
    have stood, and `active_ms` how much it told of: the person reads on that day why it is not there.
    """

    class Kind(models.TextChoices):
        BAD_TOKEN = "bad_token", _("签名不对")
        OTHER_PERSON = "other_person", _("属于别人的学习会话")
        SEQ_REUSED = "seq_reused", _("同一编号，内容不同")
        BAD_TICKET = "bad_ticket", _("离线凭证的签名不对")
        # What honest devices send too, under a ticket: kept so that it can be explained, and no ground for suspicion.
        TICKET_EXPIRED = "ticket_expired", _("离线凭证已经过期")
        TOO_LATE = "too_late", _("送到得太晚")
        TOO_FRAGMENTED = "too_fragmented", _("时段过于零碎")
        TOO_LARGE = "too_large", _("一次送来的太多")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(
        "learning.StudySession", null=True, on_delete=models.PROTECT, related_name="+"
    )
    ticket = models.ForeignKey("learning.StudyTicket", null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    payload_hash = models.CharField(max_length=64)
    received_ms = models.PositiveBigIntegerField()
    opened_ms = models.PositiveBigIntegerField(null=True)
    active_ms = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "payload_hash"], name="learning_incident_once")
        ]
        indexes = [models.Index(fields=["person", "received_ms"], name="learning_incident_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"


class StudyHold(models.Model):
    """One suspicion about one day of one course. evidence: plain figures and moments (ms since 1970), as found; what it
    says in words is words.py's. device: of a shared device, so that a person's "this is honest" holds for it.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="study_holds")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=10, choices=Reason)
    # Shanghai day of the facts.
    day = models.DateField()
    rule = models.ForeignKey(HoldRule, on_delete=models.PROTECT, related_name="+")
    evidence = models.JSONField()
    device = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # The last day of whoever has to act now, or may appeal; None: nobody has to, or the year has no calendar yet.
    due_on = models.DateField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("学习核实")
        verbose_name_plural = _("学习核实")
        constraints = [
            # The same facts never open a second hold, whoever looks and however often.
            models.UniqueConstraint(fields=["enrolment", "reason", "day"], name="learning_hold_once")
        ]
        indexes = [
            models.Index(fields=["person", "-opened_at"], name="learning_hold_person"),
            models.Index(fields=["state", "due_on"], name="learning_hold_queue"),
            models.Index(
                fields=["enrolment"], condition=models.Q(state="open"), name="learning_hold_waiting"
            ),
            models.Index(fields=["device"], condition=~models.Q(device=""), name="learning_hold_device"),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.reason}"


class HoldSession(models.Model):
    """A session that a hold is about. barred: somebody decided that it does not count; follows from the steps."""

    hold = models.ForeignKey(StudyHold, on_delete=models.PROTECT, related_name="sessions")
    session = models.ForeignKey("learning.StudySession", on_delete=models.PROTECT, related_name="+")
    barred = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hold", "session"], name="learning_hold_session_once")]

    def __str__(self) -> str:
        return f"{self.hold_id} {self.session_id}"


class HoldStep(AppendOnlyModel):
    """One step of a hold: who, in which role, when, and where it led. person None: the platform itself. sessions: the
    uuids that a decision does not count. What was said stands in HoldWord, which an erasure can reach.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    hold = models.ForeignKey(StudyHold, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=Act)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    role = models.CharField(max_length=40)
    body = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State)
    due_on = models.DateField(null=True)
    sessions = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hold", "number"], name="learning_hold_step_once")]

    def __str__(self) -> str:
        return f"{self.hold_id} {self.number} {self.act}"


class HoldWord(models.Model):
    """What was said at a step: the learner's explanation or appeal, or the reason of a decision."""

    step = models.OneToOneField(HoldStep, on_delete=models.PROTECT, related_name="word")
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.step_id}"


class HoldFile(EvidenceFile):
    """A picture or PDF with which a person explains a hold. Read only through a view that checks and logs."""

    hold = models.ForeignKey(StudyHold, on_delete=models.PROTECT, related_name="files")
    file: Any = models.FileField(storage=private_storage, upload_to=file_path, max_length=200)


class HoldScan(models.Model):
    """A day looked through for suspicion, person by person in the order of their ids; killed, it goes on at `cursor`.

    late: the second look at the day, once no report of it can come any more. finished_at None: under way.
    """

    day = models.DateField()
    late = models.BooleanField()
    cursor = models.PositiveBigIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "late"], name="learning_hold_scan_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.cursor}"
