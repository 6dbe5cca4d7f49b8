"""Spot checks and periodic checks: what was drawn from, how the seed came about, what was drawn, and the checks themselves.

Owns: the rows. A finding's own life is its `Case`; everything that fixes a draw (frame, commitments, secrets, draw, end) only grows, in the
database too. Refuses: a second draw from a frame, one person's two secrets in it, the same item checked twice for one draw.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7
from lms.lib.private import private_storage
from lms.training.lifecycle.models import Case, ProcessRule


def photo_path(instance: object, filename: str) -> str:
    """The stored name says nothing; the phone's own name for it is not kept."""
    return f"training/checks/{uuid7()}"


class Sort(models.TextChoices):
    """What can be checked."""

    PROGRAMME = "programme", _("研修项目")
    RUN = "run", _("培训班次")
    BASE = "base", _("技能人才培育实训基地")
    CE_BASE = "ce_base", _("继续教育基地")


class CheckForm(AppendOnlyModel):
    """What an authority's checkers look at, from a day on. items: [{"key", "criterion", "text"}], the criterion one of those that the rule
    gives a weight; source: the document it goes by."""

    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    items = models.JSONField()
    source = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "version"], name="training_check_form_version")
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} v{self.version}"


class SampleFrame(AppendOnlyModel):
    """A list frozen to be drawn from. text: the list itself, one line an item, as the hash was made of it (rules.frame_text); takes: how many
    are drawn of each stratum; announced: a periodic check, public at once, else the list is public when the last check is made.
    first_day, last_day: of the period it is about.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=40, unique=True)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    sort = models.CharField(max_length=10, choices=Sort)
    announced = models.BooleanField()
    first_day = models.DateField()
    last_day = models.DateField()
    takes = models.JSONField()
    size = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("抽查")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["authority", "-id"], name="training_frame_authority")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day"), size__gte=1),
                name="training_frame_days",
            )
        ]

    def __str__(self) -> str:
        return self.number


class SeedCommit(AppendOnlyModel):
    """The hash of a secret that one of the two officers holds (rules.commitment)."""

    frame = models.ForeignKey(SampleFrame, on_delete=models.PROTECT, related_name="commits")
    number = models.PositiveSmallIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    commitment = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["frame", "number"]
        constraints = [
            models.UniqueConstraint(fields=["frame", "number"], name="training_commit_number"),
            models.UniqueConstraint(fields=["frame", "person"], name="training_commit_person"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, number__lte=2), name="training_commit_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.frame_id}#{self.number}"


class SeedReveal(AppendOnlyModel):
    """The secret itself, when the ledger's root of the day of the second commitment stood."""

    commit = models.OneToOneField(SeedCommit, on_delete=models.PROTECT, related_name="reveal")
    secret = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.commit_id}"


class SampleDraw(AppendOnlyModel):
    """What came out. root_day, root: whose hash went into the seed; drawn: [stratum, key, ticket] in the order of the draw."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    frame = models.OneToOneField(SampleFrame, on_delete=models.PROTECT, related_name="draw")
    root_day = models.DateField()
    root = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    drawn = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.frame_id} {self.seed[:12]}"


class FrameEnd(AppendOnlyModel):
    """A frame that is not drawn from: why, for everybody to read."""

    frame = models.OneToOneField(SampleFrame, on_delete=models.PROTECT, related_name="end")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.frame_id}"


class Check(models.Model):
    """One check of one body. subject: the uuid of what is checked; draw: None of one that was ordered by hand, for `reason`. answers:
    {item's key: {"mark", "remark"}} as filled in so far, revision counts their saves; findings: what is to be put right, in words.
    centimarks, verdict: once decided. public: the rule of its day says that the result is.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("待安排")
        VISITING = "visiting", _("检查中")
        HANDED_IN = "handed_in", _("待复核确认")
        DECIDED = "decided", _("已有结论")
        DROPPED = "dropped", _("已取消")

    class Verdict(models.TextChoices):
        PASS = "pass", _("合格")
        FAIL = "fail", _("不合格")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=40, unique=True)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    sort = models.CharField(max_length=10, choices=Sort)
    subject = models.UUIDField()
    title = models.CharField(max_length=200)
    draw = models.ForeignKey(SampleDraw, on_delete=models.PROTECT, null=True, related_name="checks")
    reason = models.TextField(blank=True)
    form = models.ForeignKey(CheckForm, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(ProcessRule, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    answers = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    remark = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    checked_on = models.DateField(null=True)
    centimarks = models.PositiveIntegerField(null=True)
    verdict = models.CharField(max_length=4, choices=Verdict, blank=True)
    public = models.BooleanField(default=False)
    planned_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("检查")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["authority", "state", "-id"], name="training_check_state"),
            models.Index(fields=["body", "state", "-checked_on"], name="training_check_body"),
            models.Index(fields=["sort", "subject"], name="training_check_subject"),
            models.Index(
                fields=["checked_on", "id"],
                name="training_check_public",
                condition=models.Q(public=True, state="decided"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "subject"],
                condition=models.Q(draw__isnull=False),
                name="training_check_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="decided")
                | models.Q(checked_on__isnull=False, centimarks__isnull=False, decided_at__isnull=False)
                & ~models.Q(verdict=""),
                name="training_check_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(draw__isnull=False) | ~models.Q(reason=""), name="training_check_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Checker(AppendOnlyModel):
    """One of the two who make a check; the last turn holds, an earlier one says who was replaced."""

    check_of = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="checkers")
    turn = models.PositiveIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "turn", "person"], name="training_checker_once")
        ]

    def __str__(self) -> str:
        return f"{self.check_of_id} {self.person_id}"


class CheckPhoto(EvidenceFile):
    """A picture taken on the spot: made anew without what the camera wrote into it. token: the phone's own name for the upload, so that
    one sent twice is kept once. Read through a view that checks and logs."""

    check_of = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="photos")
    item = models.CharField(max_length=40, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    file: Any = models.FileField(storage=private_storage, upload_to=photo_path, max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "token"], name="training_check_photo_once")
        ]


class CheckFinding(AppendOnlyModel):
    """That a case came of a check: what its body has to put right."""

    check_of = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="raised")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="finding")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["check_of", "number"]
        constraints = [models.UniqueConstraint(fields=["check_of", "number"], name="training_finding_number")]

    def __str__(self) -> str:
        return f"{self.check_of_id}#{self.number}"


class DayFigure(models.Model):
    """A figure of a day that has ended, as it was counted from the rows: kept so that nobody counts it again. figure: of dashboard.FIGURES;
    part: kind or course; it can be thrown away and made again."""

    day = models.DateField()
    figure = models.CharField(max_length=20)
    part = models.CharField(max_length=40)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["figure", "day", "part"], name="training_day_figure_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.figure} {self.part}: {self.amount}"
