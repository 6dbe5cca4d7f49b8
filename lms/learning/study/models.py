"""Study time as rows: what was reported, whose turn it was, and the totals that follow.

Owns: sessions, raw reports, claims and grants (append-only but for a session's own projection), and LessonProgress,
which is a projection: `python -m lms audit_study` rebuilds and compares it. Refuses: deciding what counts (rules.py).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.learning.study.intervals import FOREVER
from lms.learning.study.rules import Rule
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class StudyRule(AppendOnlyModel):
    """How study time is counted, with the day from which it holds. A session keeps the rule it was opened under."""

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    speed_hundredths = models.PositiveIntegerField()
    ms_per_hour = models.PositiveIntegerField()
    idle_ms = models.PositiveIntegerField()
    tolerance_ms = models.PositiveIntegerField()
    session_ms = models.PositiveBigIntegerField()
    late_ms = models.PositiveBigIntegerField()
    live_ms = models.PositiveIntegerField()
    presence_every_ms = models.PositiveIntegerField(default=0)
    presence_notice_ms = models.PositiveIntegerField(default=0)
    presence_answer_ms = models.PositiveIntegerField(default=0)
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"

    def plain(self) -> Rule:
        return Rule(
            version=self.version,
            speed_hundredths=self.speed_hundredths,
            ms_per_hour=self.ms_per_hour,
            idle_ms=self.idle_ms,
            tolerance_ms=self.tolerance_ms,
            session_ms=self.session_ms,
            late_ms=self.late_ms,
            live_ms=self.live_ms,
            presence_every_ms=self.presence_every_ms,
            presence_notice_ms=self.presence_notice_ms,
            presence_answer_ms=self.presence_answer_ms,
        )


class LessonProgress(models.Model):
    """One learner's figures in one lesson: a projection of the reports, claims and grants below.

    lengths (block id → content ms) and required_percent are copied from the release, so that a report needs no look
    at the lesson's text.
    coverage: block id → ranges; granted: blocks met whole. days: Shanghai day → counted ms of that day.
    """

    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="progress")
    lesson = models.ForeignKey("courses.ReleaseLesson", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lengths = models.JSONField()
    coverage = models.JSONField(default=dict)
    granted = models.JSONField(default=list)
    active_ms = models.PositiveBigIntegerField(default=0)
    overlap_ms = models.PositiveBigIntegerField(default=0)
    barred_ms = models.PositiveBigIntegerField(default=0)
    budget_hundredths = models.PositiveBigIntegerField(default=0)
    covered_ms = models.PositiveBigIntegerField(default=0)
    met_ms = models.PositiveBigIntegerField(default=0)
    counted_ms = models.PositiveBigIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    required_percent = models.PositiveSmallIntegerField()
    days = models.JSONField(default=dict)
    last_day = models.DateField(null=True)
    position = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "lesson"], name="learning_progress_once")]
        indexes = [models.Index(fields=["person", "last_day"], name="learning_progress_day")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.lesson_id} {self.percent}%"

    @property
    def is_met(self) -> bool:
        """Whether enough of the lesson was met for the course's rule, as it stood when the release was cut."""
        return self.percent >= self.required_percent


class StudySession(models.Model):
    """One page of one lesson on one device, opened and signed by the server.

    Facts never change after opening; `turns`, `active`, `attributed_ms`, `last_seq`, `seen_ms` and `released_ms` follow from
    claims and reports. Wall times in epoch milliseconds.

    barred: [[from, until, reason code], …] on the wall clock, in which nothing of the session counts, whoever was active;
    a projection of what bar_sources say. barred_ms: active time in the turn that does not count for it.
    prompt: the presence prompt that is open, as presence/asking.py keeps it; prompt_at_ms: how much attributed time the
    session has when the next is due to be announced. carried_prompt: the one that was open in the page before this one.
    """

    class DeviceKind(models.TextChoices):
        PHONE = "phone", _("手机")
        TABLET = "tablet", _("平板")
        COMPUTER = "computer", _("电脑")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")
    lesson = models.ForeignKey("courses.ReleaseLesson", on_delete=models.PROTECT, related_name="+")
    progress = models.ForeignKey(LessonProgress, on_delete=models.PROTECT, related_name="sessions")
    rule = models.ForeignKey(StudyRule, on_delete=models.PROTECT, related_name="+")
    device = models.CharField(max_length=40)
    device_kind = models.CharField(max_length=10, choices=DeviceKind)
    tab = models.CharField(max_length=40, blank=True)
    opened_ms = models.PositiveBigIntegerField()

    turns = models.JSONField(default=list)
    active = models.JSONField(default=list)
    attributed_ms = models.PositiveBigIntegerField(default=0)
    barred = models.JSONField(default=list)
    barred_ms = models.PositiveBigIntegerField(default=0)
    prompt = models.JSONField(default=dict)
    prompt_at_ms = models.PositiveBigIntegerField(default=FOREVER)
    # Looked for among one person's sessions only.
    carried_prompt = models.ForeignKey(
        "learning.PresencePrompt", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    last_seq = models.PositiveIntegerField(default=0)
    seen_ms = models.PositiveBigIntegerField()
    released_ms = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "opened_ms"], name="learning_session_day")]

    def __str__(self) -> str:
        return f"{self.uuid} {self.device_kind}"


class StudyReport(AppendOnlyModel):
    """What a page said, exactly, and when the server heard it. Stretches are relative to the session's opening.

    opened_ms: the session's own. PostgreSQL keeps a table for each month of it (partitions.py) and holds it to the
    session; there the key is (session, seq, opened_ms), and nothing is indexed by id.
    """

    # Found by the constraint's own index, which begins with the session: one index less for each report to enter.
    session = models.ForeignKey(
        StudySession, on_delete=models.PROTECT, related_name="reports", db_index=False
    )
    seq = models.PositiveIntegerField()
    payload_hash = models.CharField(max_length=64)
    received_ms = models.PositiveBigIntegerField()
    elapsed_ms = models.PositiveBigIntegerField()
    active_ms_total = models.PositiveBigIntegerField()
    active = models.JSONField()
    inactive = models.JSONField()
    coverage = models.JSONField()
    opened_ms = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "seq", "opened_ms"], name="learning_report_once")
        ]

    def __str__(self) -> str:
        return f"{self.session_id}#{self.seq}"


class StudyStream(models.Model):
    """One row a person: who holds the turn now, and the lock under which reports and claims are written."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", primary_key=True
    )
    session = models.ForeignKey(StudySession, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.person_id} → {self.session_id}"


class StreamClaim(AppendOnlyModel):
    """From `at_ms` on the person's turn belongs to the session, until their next claim."""

    class Kind(models.TextChoices):
        OPEN = "open", _("打开时没有别处在计时")
        RESUME = "resume", _("别处已停止，自动接着计时")
        TAKEOVER = "takeover", _("改为在这里计时")
        HANDED = "handed", _("别处离开，交回计时")
        FREE = "free", _("别处已离开，没有联网时的学习计在这里")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(StudySession, on_delete=models.PROTECT, related_name="claims")
    at_ms = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        # Two claims in one millisecond would have no order; the service moves the second on.
        constraints = [models.UniqueConstraint(fields=["person", "at_ms"], name="learning_claim_moment")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.at_ms} → {self.session_id}"


class OpenTurn(models.Model):
    """From `from_ms` until `until_ms` the page that held the person's turn was left, and no page had come: time that a
    page without a line may still have used. What of it was accepted, from whom, stands in claims and reports.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    from_ms = models.PositiveBigIntegerField()
    until_ms = models.PositiveBigIntegerField(default=FOREVER)

    class Meta:
        indexes = [models.Index(fields=["person", "until_ms"], name="learning_open_turn")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.from_ms}–{self.until_ms}"


class StudyGrant(AppendOnlyModel):
    """A block met whole because the server saw its end: a closed quiz, an answered exercise."""

    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")
    lesson = models.ForeignKey("courses.ReleaseLesson", on_delete=models.PROTECT, related_name="+")
    block = models.CharField(max_length=64)
    at_ms = models.PositiveBigIntegerField()
    source = models.CharField(max_length=20)
    evidence = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson", "block"], name="learning_grant_once")
        ]

    def __str__(self) -> str:
        return f"{self.block} ({self.source})"
