"""cmi5 as rows: registrations, what their AUs have come to, launches, and what the LMS found satisfied.

Owns: the dated rule and the state of each launch. The statements themselves stand in the record store. Refuses: study time;
a duration that content claims is a statement and nothing more.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.learning.cmi5.rules import Session, Standing
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class Cmi5Rule(AppendOnlyModel):
    """How long launches and what belongs to them last, from a day on. A session keeps the rule it was launched under.

    fetch_s: the fetch URL; session_s: the token, at most; idle_s: without a statement, then the session is abandoned;
    grace_s: after `terminated`, for what happened before it. Seconds.
    """

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    fetch_s = models.PositiveIntegerField()
    session_s = models.PositiveIntegerField()
    idle_s = models.PositiveIntegerField()
    grace_s = models.PositiveIntegerField()
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"

    @property
    def code(self) -> str:
        """What an audit row names the rule by."""
        return "cmi5"

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_s)


class Cmi5Registration(models.Model):
    """One learner's enrolment in the course of one package (9.6.1): of an enrolment, or a trial that a machine of the
    package's organisation makes for a `learner` it names itself.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    package = models.ForeignKey("courses.ContentPackage", on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", null=True, on_delete=models.PROTECT, related_name="+")
    machine = models.ForeignKey("accounts.Machine", null=True, on_delete=models.PROTECT, related_name="+")
    learner = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "package"],
                condition=models.Q(enrolment__isnull=False),
                name="learning_cmi5_enrolled_once",
            ),
            models.UniqueConstraint(
                fields=["machine", "package", "learner"],
                condition=models.Q(machine__isnull=False),
                name="learning_cmi5_trial_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Cmi5Unit(models.Model):
    """What an AU has come to in a registration. Moments are the statements'; scaled between 0 and 1."""

    registration = models.ForeignKey(Cmi5Registration, on_delete=models.PROTECT, related_name="units")
    key = models.CharField(max_length=16)
    completed_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    scaled = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    progress = models.PositiveSmallIntegerField(null=True)
    waived_at = models.DateTimeField(null=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    waived_reason = models.CharField(max_length=200, blank=True)
    # Why, in the words of who decided.
    waived_note = models.CharField(max_length=500, blank=True)
    # When the platform first found its moveOn criteria met.
    met_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "key"], name="learning_cmi5_unit_once")
        ]

    def __str__(self) -> str:
        return self.key

    def plain(self) -> Standing:
        return Standing(
            completed_at=self.completed_at,
            passed_at=self.passed_at,
            failed_at=self.failed_at,
            waived=self.waived_at is not None,
            scaled=self.scaled,
            progress=self.progress,
        )


class Cmi5Session(models.Model):
    """One launch of an AU. uuid: the session id (9.6.3.1). token_hash: of the fetch URL's secret.

    *_at of statements are what these say; launched_at, heard_at, closed_at and ended_at are the server's.
    used: cmi5 verb its AU has sent → what was noted of it (rules.noted); a mere list of verbs in rows of before that.
    """

    class End(models.TextChoices):
        TERMINATED = "terminated", _("正常结束")
        ABANDONED = "abandoned", _("中断")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    registration = models.ForeignKey(Cmi5Registration, on_delete=models.PROTECT, related_name="sessions")
    unit = models.ForeignKey(Cmi5Unit, on_delete=models.PROTECT, related_name="sessions")
    rule = models.ForeignKey(Cmi5Rule, on_delete=models.PROTECT, related_name="+")
    # The lesson's block it was launched from; of a trial none.
    lesson = models.ForeignKey("courses.ReleaseLesson", null=True, on_delete=models.PROTECT, related_name="+")
    block = models.CharField(max_length=64, blank=True)
    mode = models.CharField(max_length=6)
    mastery_score = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    token_hash = models.CharField(max_length=64, unique=True)
    fetch_until = models.DateTimeField()
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    credential = models.OneToOneField(
        "records.Credential", null=True, on_delete=models.PROTECT, related_name="+"
    )
    launched_at = models.DateTimeField()
    initialized_at = models.DateTimeField(null=True)
    terminated_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=End, blank=True)
    used = models.JSONField(default=list)

    class Meta:
        indexes = [
            # Those that may have to be abandoned.
            models.Index(
                fields=["launched_at"], condition=models.Q(ended_at__isnull=True), name="learning_cmi5_open"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def plain(self) -> Session:
        return Session(
            session_id=str(self.uuid),
            mode=self.mode,  # type: ignore[arg-type]  # only ever one of rules.MODES
            mastery_score=self.mastery_score,
            initialized_at=self.initialized_at,
            terminated_at=self.terminated_at,
            last_at=self.last_at,
            closed_at=self.closed_at,
            abandoned=self.end == self.End.ABANDONED,
            used=frozenset(self.used),
        )


class Cmi5Satisfied(AppendOnlyModel):
    """A block (or the course, key "course") of a registration is satisfied: the LMS said so, this once (9.3.9)."""

    registration = models.ForeignKey(Cmi5Registration, on_delete=models.PROTECT, related_name="satisfied")
    key = models.CharField(max_length=16)
    session_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "key"], name="learning_cmi5_satisfied_once")
        ]

    def __str__(self) -> str:
        return self.key
