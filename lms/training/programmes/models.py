"""Advanced programmes: calls for topics, yearly plans, programmes with their applications, results, accounts and evaluations, and series
of classes.

Owns: the rows. What a proposal says and where it stands is its `Case`; what happens in class (attendance, sheets) is learning's. Plans,
choices of hosts, results, accounts, evaluations and settlements only grow, in the database too. Refuses: two calls of a kind and year at
an authority, two programmes in one class run, two applications of a person, two results of a place, two settlements.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7
from lms.lib.private import private_storage
from lms.training.lifecycle.models import Case
from lms.training.programmes.rules import Fund, Kind, Level, Standing, Title

KINDS = [(Kind.ADVANCED.value, _("高级研修项目")), (Kind.URGENT.value, _("急需紧缺人才培养项目"))]
LEVELS = [
    (Level.NATIONAL.value, _("国家级")),
    (Level.CITY.value, _("市级")),
    (Level.SECTOR.value, _("行业")),
    (Level.DISTRICT.value, _("区级")),
]
FUNDS = [
    (Fund.CITY.value, _("市级财政专项经费")),
    (Fund.DEPARTMENT.value, _("行业部门财政经费")),
    (Fund.DISTRICT.value, _("区级财政经费")),
]
STANDINGS = [
    (Standing.NATIONAL_BASE.value, _("国家级继续教育基地")),
    (Standing.CITY_BASE.value, _("市级继续教育基地")),
    (Standing.LEADING.value, _("行业内龙头企业事业单位")),
    (Standing.OTHER.value, _("其他单位")),
]
TITLES = [
    (Title.NONE.value, _("没有职称")),
    (Title.ASSISTANT.value, _("初级（助理级）")),
    (Title.MIDDLE.value, _("中级")),
    (Title.ASSOCIATE.value, _("副高级")),
    (Title.FULL.value, _("正高级")),
]


class TopicCall(models.Model):
    """A yearly call for topics of one kind. first_day, last_day: both in."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=KINDS)
    title = models.CharField(max_length=120)
    about = models.TextField()
    first_day = models.DateField()
    last_day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "year", "kind"], name="training_call_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="training_call_days"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProgrammePlan(AppendOnlyModel):
    """A version of the year's plan of programmes, as it was made public. lines: number, title, host, level, fund, people of each."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    call = models.ForeignKey(TopicCall, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=80)
    lines = models.JSONField()
    published_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["call", "version"], name="training_programme_plan_version"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class ClassSeries(models.Model):
    """品牌班次: what editions of several years belong to."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["authority", "name"], name="training_series_once")]

    def __str__(self) -> str:
        return self.name


class HostChoice(AppendOnlyModel):
    """Which of the candidates hosts, and why, as the authority chose; the last one holds."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="host_choices")
    host = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.host_id}"


class Programme(models.Model):
    """A topic that was approved. host_standing, host_ground: why it was asked first. centihours: approved for who passes; people: at
    most; budget_fen: approved. plan: in which it was made public, NULL before. run: the class it is delivered in."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="programme")
    call = models.ForeignKey(TopicCall, on_delete=models.PROTECT, related_name="programmes")
    title = models.CharField(max_length=120)
    audience = models.TextField()
    level = models.CharField(max_length=10, choices=LEVELS)
    fund = models.CharField(max_length=10, choices=FUNDS)
    host = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    host_standing = models.CharField(max_length=15, choices=STANDINGS)
    host_ground = models.CharField(max_length=200, blank=True)
    centihours = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    budget_fen = models.PositiveBigIntegerField()
    series = models.ForeignKey(ClassSeries, on_delete=models.PROTECT, null=True, related_name="editions")
    plan = models.ForeignKey(ProgrammePlan, on_delete=models.PROTECT, null=True, related_name="programmes")
    run = models.OneToOneField(
        "learning.ClassRun", on_delete=models.PROTECT, null=True, related_name="programme"
    )
    approved_on = models.DateField()

    class Meta:
        verbose_name = _("研修项目")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["host", "-id"], name="training_programme_host"),
            models.Index(fields=["series", "approved_on"], name="training_programme_series"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__in=["national", "city"], fund="city")
                | models.Q(level="sector", fund="department")
                | models.Q(level="district", fund="district"),
                name="training_programme_fund",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """What the notice board calls it."""
        return f"programme:{self.uuid}"

    @property
    def notice_key(self) -> str:
        """Of its enrolment notice on the board; corrections go back to it."""
        return f"{self.subject}:enrolment"


class ProgrammeApplication(models.Model):
    """Somebody's application for a place. exception: why they should come though they are not whom it is mainly for; reason: of the
    decision. place: their seat in the class, from the admission on."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待审核")
        ADMITTED = "admitted", _("已录取")
        REFUSED = "refused", _("未录取")
        LEFT = "left", _("已退出")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="applications")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=10, choices=TITLES)
    title_number = models.CharField(max_length=60, blank=True)
    manager = models.BooleanField()
    backbone = models.BooleanField()
    grassroots = models.BooleanField()
    birth_year = models.PositiveSmallIntegerField(null=True)
    employer = models.CharField(max_length=120, blank=True)
    exception = models.TextField(blank=True)
    fits = models.BooleanField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    applied_at = models.DateTimeField()
    title_seen = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    place = models.OneToOneField(
        "learning.ClassPlace", on_delete=models.PROTECT, null=True, related_name="programme_application"
    )

    class Meta:
        indexes = [
            models.Index(fields=["programme", "state", "id"], name="training_application_state"),
            models.Index(fields=["person", "id"], name="training_application_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["programme", "person"], name="training_application_once"),
            models.CheckConstraint(
                condition=~models.Q(state="admitted")
                | models.Q(place__isnull=False, decided_by__isnull=False),
                name="training_application_admitted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.person_id} {self.state}"


class ProgrammeResult(AppendOnlyModel):
    """Somebody passed: once a place. The hours it gave are learning's, under the programme's number."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="results")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    place = models.OneToOneField("learning.ClassPlace", on_delete=models.PROTECT, related_name="+")
    passed_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["passed_on"], name="training_result_day")]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.person_id}"


class TheoryOutput(models.Model):
    """What somebody wrote during the programme (四(四)): on its way to the credit bank's substitute for papers. outcome: the credit
    bank's uuid, once a reviewer has passed it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待评审")
        PASSED = "passed", _("评审通过")
        REFUSED = "refused", _("评审未通过")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="outputs")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    authors = models.CharField(max_length=200)
    about = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    handed_in_at = models.DateTimeField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(null=True)
    outcome = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "person", "title"],
                condition=~models.Q(state="refused"),
                name="training_output_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


def output_path(instance: object, filename: str) -> str:
    """The stored name; the person's own file name is kept in the row only."""
    return f"training/outputs/{uuid7()}"


class OutputFile(EvidenceFile):
    """The output itself, as its author handed it in: what the reviewer reads."""

    output = models.ForeignKey(TheoryOutput, on_delete=models.PROTECT, related_name="files")
    file: Any = models.FileField(storage=private_storage, upload_to=output_path, max_length=200)

    class Meta:
        ordering = ["pk"]


class ProgrammeAccount(AppendOnlyModel):
    """What the host spent, in fen; the last number holds."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="accounts")
    number = models.PositiveIntegerField()
    teaching_fen = models.PositiveBigIntegerField()
    venue_fen = models.PositiveBigIntegerField()
    materials_fen = models.PositiveBigIntegerField()
    board_fen = models.PositiveBigIntegerField()
    other_fen = models.PositiveBigIntegerField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    USES = ("teaching", "venue", "materials", "board", "other")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="training_account_number")
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.number}"

    @property
    def total_fen(self) -> int:
        return sum(getattr(self, f"{use}_fen") for use in self.USES)


class Evaluation(AppendOnlyModel):
    """The authority's evaluation: scores 0 – 100 and their weights as the case's rule had them; centimarks: hundredths of a mark. The
    last number holds."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="evaluations")
    number = models.PositiveIntegerField()
    scores = models.JSONField()
    weights = models.JSONField()
    centimarks = models.PositiveIntegerField()
    passed = models.BooleanField()
    remark = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="training_evaluation_number")
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.centimarks}"


class Settlement(AppendOnlyModel):
    """What was spent and what the fund paid, once."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="settlement")
    total_fen = models.PositiveBigIntegerField()
    paid_fen = models.PositiveBigIntegerField()
    fund = models.CharField(max_length=10, choices=FUNDS)
    settled_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(paid_fen__lte=models.F("total_fen")), name="training_settlement_paid"
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.paid_fen}"
