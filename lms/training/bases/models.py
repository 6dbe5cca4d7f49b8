"""Bases that were named, and what they report of their training.

Owns: `Base`, which comes with the plaque and stays when it is taken back, and `TrainingReport`, which only grows. Refuses: a
second base of a body at an authority while it has one.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7
from lms.training.bases.rules import Mode, Trainees
from lms.training.lifecycle.models import Case


class Base(models.Model):
    """number: of the plaque; checked_on: of the last yearly re-check that it passed, NULL before the first; removed_on, reason:
    of the 核销. projects: as they were applied for."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="base")
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40, unique=True)
    named_on = models.DateField()
    checked_on = models.DateField(null=True)
    removed_on = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("技能人才培育实训基地")
        ordering = ["-named_on", "-pk"]
        indexes = [
            models.Index(fields=["named_on", "id"], name="training_base_named"),
            models.Index(
                fields=["removed_on", "id"],
                name="training_base_removed",
                condition=models.Q(removed_on__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "body"],
                condition=models.Q(removed_on__isnull=True),
                name="training_base_one_active",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def active(self) -> bool:
        return self.removed_on is None


class TrainingReport(AppendOnlyModel):
    """A group that a base has trained. firm, firm_code: of trainees of another firm of the chain; hired: of targeted training,
    how many have the job, NULL in other modes. replaces: the report that this one corrects; that one counts no more.
    """

    MODES = [
        (Mode.OWN.value, _("自主培训")),
        (Mode.JOINT.value, _("与职业院校联合办学")),
        (Mode.APPRENTICE.value, _("高师带徒")),
        (Mode.CONTEST.value, _("技能竞赛")),
        (Mode.TARGETED.value, _("定向培训")),
    ]
    SOURCES = [
        (Trainees.STAFF.value, _("本单位技能岗位从业人员")),
        (Trainees.STUDENTS.value, _("院校学生")),
        (Trainees.CHAIN.value, _("产业链上下游企业人员")),
    ]

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="reports")
    project = models.CharField(max_length=80)
    occupation = models.CharField(max_length=14)
    mode = models.CharField(max_length=12, choices=MODES)
    source = models.CharField(max_length=10, choices=SOURCES)
    firm = models.CharField(max_length=120, blank=True)
    firm_code = models.CharField(max_length=18, blank=True)
    people = models.PositiveIntegerField()
    hired = models.PositiveIntegerField(null=True)
    first_day = models.DateField()
    last_day = models.DateField()
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day"), people__gte=1),
                name="training_report_days",
            ),
            models.CheckConstraint(
                condition=models.Q(mode="targeted", hired__isnull=False, hired__lte=models.F("people"))
                | models.Q(~models.Q(mode="targeted"), hired__isnull=True),
                name="training_report_hired",
            ),
            models.CheckConstraint(
                condition=models.Q(source="chain") & ~models.Q(firm_code="")
                | ~models.Q(source="chain") & models.Q(firm_code=""),
                name="training_report_firm",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base_id} {self.project} {self.people}"


class ReportStrike(AppendOnlyModel):
    """冲正 of a report: it was doubled or of a group that was never trained, and counts no more; both rows stay. One
    with a wrong word in it is corrected instead (`TrainingReport.replaces`)."""

    report = models.OneToOneField(TrainingReport, on_delete=models.PROTECT, related_name="strike")
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.report_id}"
