"""Continuing-education bases (继续教育基地): standards, bases with level and reviews, yearly filings, exchange and shared resources.

Owns: the rows. Where an application or a filing stands is its `Case`. Standards, levels, filed classes, the runs that belong to them,
minutes and sign-ups only grow, in the database too. Refuses: a second base of a body while it is one, two reviews of a number, an expert
twice in a review, a class run in two filings.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7
from lms.training.ce_bases.rules import HostKind, Level, Openness, Purpose, Resource
from lms.training.lifecycle.models import Case

HOST_KINDS = [
    (HostKind.UNIVERSITY.value, _("高等院校")),
    (HostKind.INSTITUTE.value, _("科研院所")),
    (HostKind.ENTERPRISE.value, _("大型企事业单位")),
    (HostKind.ASSOCIATION.value, _("行业协会（学会）")),
]
# 分行业（专业）: the fields that 三(一) names, under the codes that courses have them by.
INDUSTRIES = [
    ("industry", _("工业信息")),
    ("science", _("科技创新")),
    ("education_health", _("教育卫生")),
    ("agriculture", _("农业农村")),
    ("culture_tourism", _("文化旅游")),
    ("construction_transport", _("建设交通")),
    ("finance", _("金融财会")),
    ("trade", _("服务贸易")),
    ("environment", _("生态环境")),
    ("other", pgettext_lazy("行业", "其他")),
]
LEVELS = [(Level.NATIONAL.value, _("国家级")), (Level.CITY.value, _("市级"))]
PURPOSES = [
    (Purpose.NAMING.value, _("申报评审")),
    (Purpose.PERIODIC.value, _("定期评估")),
    (Purpose.CORRECTION.value, _("整改后复评")),
]
RESOURCES = [
    (Resource.COURSE.value, pgettext_lazy("共享资源", "课程")),
    (Resource.EQUIPMENT.value, pgettext_lazy("共享资源", "设备场地")),
    (Resource.TEACHER.value, pgettext_lazy("共享资源", "师资")),
    (Resource.PAPER.value, pgettext_lazy("共享资源", "资料成果")),
]
OPENNESS = [
    (Openness.BASES.value, _("各继续教育基地")),
    (Openness.PROVIDERS.value, _("各施教机构")),
    (Openness.EVERYBODY.value, _("社会各方")),
]


class BaseStandard(AppendOnlyModel):
    """A version of an authority's standard of evaluation (评估标准). criteria: [{code, label, weight, about}], weights 100 together;
    grades: [{label, least}], falling; pass_mark: of 100; interval_months: between evaluations, NULL: not set; corrections: how many
    times in a row a base that failed may correct itself before it is to leave, 0 for none; correction_days: working days for each."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    title = models.CharField(max_length=120)
    source = models.CharField(max_length=300)
    criteria = models.JSONField()
    grades = models.JSONField()
    pass_mark = models.PositiveSmallIntegerField()
    least_experts = models.PositiveSmallIntegerField()
    interval_months = models.PositiveSmallIntegerField(null=True)
    corrections = models.PositiveSmallIntegerField()
    correction_days = models.PositiveSmallIntegerField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "version"], name="training_base_standard_version"),
            models.CheckConstraint(
                condition=models.Q(corrections=0) | models.Q(correction_days__isnull=False),
                name="training_base_standard_exit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class EducationBase(models.Model):
    """number: of the plaque; host_kind, industry, specialty: as it was named for; removed_on, reason: of its leaving the list."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="education_base")
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40, unique=True)
    host_kind = models.CharField(max_length=12, choices=HOST_KINDS)
    industry = models.CharField(max_length=24, choices=INDUSTRIES)
    specialty = models.CharField(max_length=120)
    named_on = models.DateField()
    removed_on = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("继续教育基地")
        ordering = ["-named_on", "-pk"]
        indexes = [
            models.Index(fields=["body", "named_on"], name="training_ce_base_body"),
            models.Index(fields=["authority", "named_on"], name="training_ce_base_authority"),
            models.Index(
                fields=["removed_on", "id"],
                name="training_ce_base_removed",
                condition=models.Q(removed_on__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["body"],
                condition=models.Q(removed_on__isnull=True),
                name="training_ce_base_one_active",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_on__isnull=True) | models.Q(removed_on__gte=models.F("named_on")),
                name="training_ce_base_days",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def active(self) -> bool:
        return self.removed_on is None


class BaseLevel(AppendOnlyModel):
    """A step above the city's level, each once, with its own document: nominated for the national list, and on it (national)."""

    class Step(models.TextChoices):
        NOMINATED = "nominated", _("推荐申报国家级")
        NATIONAL = "national", _("国家级")

    base = models.ForeignKey(EducationBase, on_delete=models.PROTECT, related_name="levels")
    step = models.CharField(max_length=10, choices=Step)
    since = models.DateField()
    document = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["base", "step"], name="training_base_level_once")]

    def __str__(self) -> str:
        return f"{self.base_id} {self.step}"


class BaseReview(models.Model):
    """Experts' marks on one application or base, by one version of the standard. centimarks, passed, grade, reckoning: once it is
    closed; reckoning: per criterion the weight, how many marked and the sum of their marks. day: of its opening. voided_on: from when its
    score counts no more, since an expert who marked has an interest in the body; the next review has the score that does."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="base_reviews")
    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=10, choices=PURPOSES)
    standard = models.ForeignKey(BaseStandard, on_delete=models.PROTECT, related_name="reviews")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    centimarks = models.PositiveIntegerField(null=True)
    passed = models.BooleanField(null=True)
    grade = models.CharField(max_length=40, blank=True)
    reckoning = models.JSONField(default=list)
    voided_on = models.DateField(null=True)

    class Meta:
        ordering = ["case", "number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="training_base_review_number"),
            models.CheckConstraint(
                condition=models.Q(voided_on__isnull=True) | models.Q(closed_on__isnull=False),
                name="training_base_review_voided",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True, centimarks__isnull=True, passed__isnull=True)
                | models.Q(closed_on__isnull=False, centimarks__isnull=False, passed__isnull=False),
                name="training_base_review_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.number}"


class ReviewSeat(models.Model):
    """An expert in a review. declared: whether they said they have no interest in it; NULL: not yet. marks: criterion → {mark, reason},
    once handed in; counted: whether they went into the score. tied_at, tie: when and what came to light after they had declared that
    there is nothing; tie_found_by: the officer who found it, NULL where they said it themselves. It is not taken back."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    review = models.ForeignKey(BaseReview, on_delete=models.PROTECT, related_name="seats")
    expert = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField()
    independent = models.BooleanField(null=True)
    conflict = models.CharField(max_length=300, blank=True)
    declared_at = models.DateTimeField(null=True)
    marks = models.JSONField(default=dict)
    remark = models.TextField(blank=True)
    handed_in_at = models.DateTimeField(null=True)
    counted = models.BooleanField(default=False)
    tied_at = models.DateTimeField(null=True)
    tie = models.CharField(max_length=300, blank=True)
    tie_found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "expert"], name="training_review_seat_once"),
            models.CheckConstraint(
                condition=models.Q(tied_at__isnull=True, tie="", tie_found_by__isnull=True)
                | models.Q(tied_at__isnull=False, independent=True),
                name="training_review_seat_tied",
            ),
            models.CheckConstraint(
                condition=models.Q(handed_in_at__isnull=True) | models.Q(independent=True),
                name="training_review_seat_independent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.expert_id}"


class BaseFiling(models.Model):
    """A plan that was accepted: the first of the year is version 1, a late supplement the next. It is in force from filed_on, and no
    more from revoked_on. handed_in_on: the day it was handed in first."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="base_filing")
    base = models.ForeignKey(EducationBase, on_delete=models.PROTECT, related_name="filings")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    handed_in_on = models.DateField()
    filed_on = models.DateField()
    late = models.BooleanField(default=False)
    revoked_on = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["base", "year", "version"], name="training_base_filing_version")
        ]

    def __str__(self) -> str:
        return f"{self.base_id} {self.year} v{self.version}"


class FiledClass(AppendOnlyModel):
    """One class or course of a filed plan. course: NULL where only a title was filed; centihours: the most one learner gets, hundredths
    of a 学时; fee_fen: a head. first_day to last_day, both in: when it will be held."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    filing = models.ForeignKey(BaseFiling, on_delete=models.PROTECT, related_name="classes")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=120)
    centihours = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    fee_fen = models.PositiveBigIntegerField()
    teachers = models.CharField(max_length=300)
    place = models.CharField(max_length=120)

    class Meta:
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="training_filed_class_days"
            )
        ]

    def __str__(self) -> str:
        return self.title


class FiledRun(AppendOnlyModel):
    """Which class run a filed class is held as; one each."""

    filed = models.OneToOneField(FiledClass, on_delete=models.PROTECT, related_name="held_as")
    run = models.OneToOneField("learning.ClassRun", on_delete=models.PROTECT, related_name="filed_as")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.filed_id} {self.run_id}"


class Exchange(models.Model):
    """The yearly exchange of an authority's bases (横向交流)."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    theme = models.CharField(max_length=120)
    about = models.TextField()
    held_on = models.DateField()
    place = models.CharField(max_length=120)
    cancelled = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(fields=["year", "held_on"], name="training_exchange_year")]

    def __str__(self) -> str:
        return self.theme


class ExchangePlace(AppendOnlyModel):
    """A base takes part; once an event."""

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="places")
    base = models.ForeignKey(EducationBase, on_delete=models.PROTECT, related_name="+")
    brings = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["exchange", "base"], name="training_exchange_once")]

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.base_id}"


class ExchangeMinutes(AppendOnlyModel):
    """What came of an event (纪要); a further version corrects the one before, the last one holds."""

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="minutes")
    version = models.PositiveIntegerField()
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["exchange", "version"], name="training_exchange_minutes")
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id} v{self.version}"


class SharedResource(models.Model):
    """What a base shares in a year. contact: of an office, read whole by people of bases and masked for everybody else; ended_at: the
    base has taken it back."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    base = models.ForeignKey(EducationBase, on_delete=models.PROTECT, related_name="resources")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=RESOURCES)
    title = models.CharField(max_length=120)
    about = models.CharField(max_length=500, blank=True)
    openness = models.CharField(max_length=10, choices=OPENNESS)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, null=True, related_name="+")
    contact_name = models.CharField(max_length=40)
    contact_phone = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["year", "-id"], name="training_resource_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["base", "year", "title"],
                condition=models.Q(ended_at__isnull=True),
                name="training_resource_once",
            )
        ]

    def __str__(self) -> str:
        return self.title
