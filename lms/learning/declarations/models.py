"""Claims of outside study (学时申报): what each activity gives, the claim, its steps, and what counted.

Owns: dated rules and deadlines as rows, the claim with its evidence, its append-only steps, and `WorkCredit`, which
makes "the same work counts once, at its highest" true in the database: a person's credits of one work are numbered,
and each number is there once. Refuses: any number that no row gives; numbers come from authorities, never from here.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation
from lms.learning.declarations.storage import evidence_path, private_storage
from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7


class Activity(models.TextChoices):
    """The modes of 人社部令第25号 (training, practice, distance, conference, other) and what the policies name beside."""

    TRAINING = "training", _("培训班、研修班、进修班")
    PRACTICE = "practice", _("继续教育实践活动")
    DISTANCE = "distance", _("远程教育")
    CONFERENCE = "conference", _("学术会议、讲座、访问")
    PAPER = "paper", _("论文")
    BOOK = "book", _("著作")
    PATENT = "patent", _("专利")
    PROJECT = "project", _("工程项目、课题")
    COMPETITION = "competition", _("技能竞赛")
    TEACHING = "teaching", _("讲学、授课")
    MENTORING = "mentoring", _("带徒传技")
    SELF_STUDY = "self_study", _("自学")
    OTHER = "other", _("其他方式")


class Category(models.TextChoices):
    PUBLIC = "public", _("公需科目")
    SPECIALTY = "specialty", _("专业科目")


class Level(models.TextChoices):
    """Who has the claim before them, or had it last."""

    EMPLOYER = "employer", _("单位审核")
    DEPARTMENT = "department", _("主管部门审核")
    APPEAL = "appeal", _("申诉复核")


class State(models.TextChoices):
    EMPLOYER = "employer", _("单位审核中")
    DEPARTMENT = "department", _("主管部门审核中")
    APPEAL = "appeal", _("申诉复核中")
    SUPPLEMENT = "supplement", _("待补充材料")
    ACCEPTED = "accepted", _("已通过")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXPIRED = "expired", _("逾期未补充，已关闭")


class Act(models.TextChoices):
    SUBMIT = "submit", _("提交申报")
    PASS = "pass", _("单位审核通过")
    ACCEPT = "accept", _("审核通过，学时确定")
    ASK = "ask", _("要求补充材料")
    SUPPLEMENT = "supplement", _("已补充材料")
    REFUSE = "refuse", _("未通过")
    WITHDRAW = "withdraw", _("撤回")
    EXPIRE = "expire", _("逾期未补充，申报关闭")
    APPEAL = "appeal", _("提出申诉")


OPEN = (State.EMPLOYER, State.DEPARTMENT, State.APPEAL, State.SUPPLEMENT)


class HoursActivityRule(AppendOnlyModel):
    """What one unit of an activity gives, in hundredths of a 学时, from a day on.

    grade: which sort of it ("全国性", "第一作者"), "" where the table makes no difference. centihours_per_unit: None
    takes the number back from that day on. yearly_cap_centihours: for a person, a year and this rule; None: no cap.
    """

    activity = models.CharField(max_length=12, choices=Activity)
    grade = models.CharField(max_length=30, blank=True)
    category = models.CharField(max_length=10, choices=Category)
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    centihours_per_unit = models.PositiveIntegerField(null=True)
    unit_word = models.CharField(max_length=12)
    yearly_cap_centihours = models.PositiveIntegerField(null=True)
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "grade", "category", "version"], name="learning_activity_rule_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def code(self) -> str:
        """What the ledger names the rule by."""
        return ":".join(part for part in ("activity", self.activity, self.category, self.grade) if part)


class DeclarationTerms(AppendOnlyModel):
    """Days that each side has, from a day on: reviewers (a target), learners for a supplement and for an appeal."""

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    review_days = models.PositiveSmallIntegerField()
    supplement_days = models.PositiveSmallIntegerField()
    appeal_days = models.PositiveSmallIntegerField()
    # Whether the three numbers are working days.
    working_days = models.BooleanField(default=False, db_default=False)
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"

    @property
    def code(self) -> str:
        """What an audit row names the terms by."""
        return "declaration_terms"

    def days_of(self, state: str) -> int | None:
        """How many days whoever acts in a state has; None: nobody has to."""
        return {
            State.EMPLOYER: self.review_days,
            State.DEPARTMENT: self.review_days,
            State.APPEAL: self.review_days,
            State.SUPPLEMENT: self.supplement_days,
            State.REFUSED: self.appeal_days,
        }.get(State(state))


class HoursDeclaration(models.Model):
    """A claim. Hours and units in hundredths. ruled_centihours: what the rule of the day the activity ended gives, None
    where none is set. accepted_centihours: what the department decided; counted_centihours: what of it was new (the
    same work counts once, and yearly caps hold). due_on: the last day of whoever has to act now, or may appeal;
    None: nobody has to, no terms, or a year whose calendar is not there yet.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hours_declarations"
    )
    activity = models.CharField(_("活动"), max_length=12, choices=Activity)
    grade = models.CharField(_("等次"), max_length=30, blank=True)
    category = models.CharField(_("科目"), max_length=10, choices=Category)
    title = models.CharField(_("名称"), max_length=120)
    organiser = models.CharField(_("主办单位"), max_length=120)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    # The year the hours belong to: that of the day the activity ended.
    year = models.PositiveSmallIntegerField(_("年度"))
    centiunits = models.PositiveIntegerField()
    declared_centihours = models.PositiveIntegerField()
    identifier = models.CharField(_("成果编号"), max_length=120, blank=True)
    work_key = models.CharField(max_length=200)
    # Finds the same work declared under another number, for reviewers' eyes.
    title_key = models.CharField(max_length=140)
    about = models.TextField(_("情况说明"), blank=True)
    employer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(HoursActivityRule, on_delete=models.PROTECT, null=True, related_name="+")
    ruled_centihours = models.PositiveIntegerField(null=True)
    level = models.CharField(max_length=10, choices=Level, default=Level.EMPLOYER)
    state = models.CharField(max_length=10, choices=State, default=State.EMPLOYER)
    due_on = models.DateField(null=True)
    appealed = models.BooleanField(default=False)
    accepted_centihours = models.PositiveIntegerField(null=True)
    counted_centihours = models.PositiveIntegerField(null=True)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("学时申报")
        verbose_name_plural = _("学时申报")
        indexes = [
            models.Index(fields=["person", "submitted_at"], name="learning_decl_person"),
            models.Index(fields=["employer", "state", "submitted_at"], name="learning_decl_employer"),
            models.Index(fields=["department", "state", "submitted_at"], name="learning_decl_department"),
            models.Index(fields=["due_on"], name="learning_decl_due", condition=models.Q(state="supplement")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "work_key"],
                condition=models.Q(state__in=OPEN),
                name="learning_declaration_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="learning_declaration_days"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="accepted", accepted_centihours__isnull=False, counted_centihours__isnull=False
                )
                | models.Q(
                    ~models.Q(state="accepted"),
                    accepted_centihours__isnull=True,
                    counted_centihours__isnull=True,
                ),
                name="learning_declaration_accepted",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_centihours__isnull=True)
                | models.Q(
                    accepted_centihours__lte=models.F("declared_centihours"),
                    counted_centihours__lte=models.F("accepted_centihours"),
                ),
                name="learning_declaration_never_more",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def activity_name(self) -> str:
        name = str(self.get_activity_display())
        return f"{name} · {self.grade}" if self.grade else name

    @property
    def ceiling(self) -> int:
        """The most that can be accepted."""
        if self.ruled_centihours is None:
            return self.declared_centihours
        return min(self.declared_centihours, self.ruled_centihours)


class DeclarationStep(ErasableModel):
    """One step of a claim: who, in which role, for which body, when, what and why. person None: the platform itself."""

    blank = {"reason": ""}

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    declaration = models.ForeignKey(HoursDeclaration, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=Act)
    level = models.CharField(max_length=10, choices=Level)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    role = models.CharField(max_length=40)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    # The state the step led to, and the last day of whoever has to act next.
    state = models.CharField(max_length=10, choices=State)
    due_on = models.DateField(null=True)
    centihours = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "number"], name="learning_declaration_step_once")
        ]

    def __str__(self) -> str:
        return f"{self.declaration_id} {self.number} {self.act}"


class DeclarationFile(EvidenceFile):
    """A picture or PDF that proves the activity. Read only through a view that checks and logs."""

    declaration = models.ForeignKey(HoursDeclaration, on_delete=models.PROTECT, related_name="files")
    file: Any = models.FileField(storage=private_storage, upload_to=evidence_path, max_length=200)


class WorkCredit(ErasableModel):
    """What an accepted claim added for a work. before: what the work had counted until then; used: what the year had
    used up of the rule's cap. A person's credits of one work are numbered from 1, each number once.
    """

    blank = {"work_key": ""}

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    work_key = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    declaration = models.OneToOneField(HoursDeclaration, on_delete=models.PROTECT, related_name="credit")
    accepted_centihours = models.PositiveIntegerField()
    before_centihours = models.PositiveIntegerField()
    used_centihours = models.PositiveIntegerField(null=True)
    cap_centihours = models.PositiveIntegerField(null=True)
    counted_centihours = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "work_key", "number"],
                condition=models.Q(erased=False),
                name="learning_work_credit_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.declaration_id} {self.counted_centihours}"
