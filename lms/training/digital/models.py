"""Digital technology items: what was taken into the year's list, contests with entries, juries and sheets of results, trainees of the
national project with lists of level results, what people have achieved, the money of items, and versions of the competency model.

Owns: the rows. What an item says and where it stands is its `Case`. Published versions of the model, level results, purses and
movements only grow, in the database too. Refuses: two entries of a person in a contest, two published sheets of a stage, two results of
a person in a contest or of a level of a direction, the same list twice.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7
from lms.training.digital.rules import Domain, Grade, Rank, Track, load_model
from lms.training.grants.models import AbstractMovement, AbstractPurse
from lms.training.lifecycle.models import Case
from lms.training.programmes.models import FUNDS, LEVELS

TRACKS = [
    (Track.NATIONAL.value, _("国家级数字技术工程师培育项目")),
    (Track.LEADERS.value, _("数字技术引领人才培育项目")),
    (Track.CONTEST.value, _("数字技术新赛道创意大赛")),
    (Track.STANDARDS.value, _("数字技术国际化职业标准")),
    (Track.SCHOOL_FIRM.value, _("数字技术初级人才校企合作培育")),
]
RANKS = [
    (Rank.FIRST.value, _("一等奖")),
    (Rank.SECOND.value, _("二等奖")),
    (Rank.THIRD.value, _("三等奖")),
    (Rank.MERIT.value, _("优胜奖")),
    (Rank.FINISHED.value, pgettext_lazy("大赛", "完成比赛")),
]
GRADES = [
    (Grade.JUNIOR.value, pgettext_lazy("数字技术", "初级")),
    (Grade.MIDDLE.value, pgettext_lazy("数字技术", "中级")),
    (Grade.SENIOR.value, pgettext_lazy("数字技术", "高级")),
]
# What somebody achieves where there are no levels: the item completed (结业).
COMPLETED = "passed"
COMPLETIONS = [(COMPLETED, pgettext_lazy("数字技术", "结业"))]
PERSON = settings.AUTH_USER_MODEL
BODY = "accounts.Organisation"


class DigitalItem(models.Model):
    """An item that was taken into the year's list. stages: of a contest; direction: 职业方向 of the national project; people: places (of
    a contest: entries); centihours: approved at most for a result."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="digital_item")
    authority = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    host = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    track = models.CharField(max_length=12, choices=TRACKS)
    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=LEVELS)
    fund = models.CharField(max_length=10, choices=FUNDS)
    direction = models.CharField(max_length=60, blank=True)
    stages = models.JSONField(default=list)
    team_most = models.PositiveSmallIntegerField(default=1)
    people = models.PositiveIntegerField(default=0)
    centihours = models.PositiveIntegerField(default=0)
    enrol_until = models.DateField(null=True)
    budget_fen = models.PositiveBigIntegerField()
    approved_on = models.DateField()

    class Meta:
        verbose_name = _("数字技术项目")
        ordering = ["-year", "-pk"]
        indexes = [
            models.Index(fields=["track", "-year", "-id"], name="training_digital_track"),
            models.Index(fields=["authority", "-year", "-id"], name="training_digital_whose"),
            models.Index(fields=["host", "-id"], name="training_digital_host"),
            models.Index(fields=["year", "id"], name="training_digital_year"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__in=["national", "city"], fund="city")
                | models.Q(level="sector", fund="department")
                | models.Q(level="district", fund="district"),
                name="training_digital_fund",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """What the notice board calls it."""
        return f"digital:{self.uuid}"


# --- contests -------------------------------------------------------------------------------------------------


class ContestEntry(models.Model):
    """An entry of a person or a team. code: by which team mates join, told to the team only."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    about = models.TextField(blank=True)
    code = models.CharField(max_length=12, unique=True)
    withdrawn = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("参赛")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="training_entry_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class EntryMember(models.Model):
    """Who takes part in an entry: each joined by themselves. left: not any more."""

    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(ContestEntry, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    captain = models.BooleanField()
    left = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "person"], condition=models.Q(left=False), name="training_entry_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.person_id}"


class ContestJuror(models.Model):
    """Somebody the host asked to judge. accepted_at: when they took it on and said that nothing ties them to an entry."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="jurors")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "person"], name="training_juror_once"),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(declined_at__isnull=True),
                name="training_juror_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.person_id}"


class JurorMark(AppendOnlyModel):
    """What a juror gave an entry in a stage, in hundredths of a mark; NULL: they stand aside from it. Given again, the last one counts; the
    ones before stay."""

    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="juror_marks")
    stage = models.PositiveSmallIntegerField()
    juror = models.ForeignKey(ContestJuror, on_delete=models.PROTECT, related_name="marks")
    entry = models.ForeignKey(ContestEntry, on_delete=models.PROTECT, related_name="juror_marks")
    centimarks = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["item", "stage", "id"], name="training_juror_marks")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(centimarks__isnull=True) | models.Q(centimarks__lte=10_000),
                name="training_juror_mark_range",
            )
        ]

    def __str__(self) -> str:
        return f"{self.juror_id} {self.entry_id} {self.centimarks}"


class ResultSheet(models.Model):
    """The results of a stage as the host entered them: seen by somebody else there, published by the authority. lines: [entry's uuid,
    centimarks or null, outcome] as rules.SheetLine; stage: from 0, the last is the final. corrects: the published sheet that this one
    is to replace, and why; then that one stays, as it was, and counts no more."""

    class State(models.TextChoices):
        ENTERED = "entered", pgettext_lazy("成绩", "待核对")
        CHECKED = "checked", pgettext_lazy("成绩", "已核对，待公布")
        PUBLISHED = "published", pgettext_lazy("成绩", "已公布")
        RETURNED = "returned", pgettext_lazy("成绩", "已退回")
        SUPERSEDED = "superseded", pgettext_lazy("成绩", "已被更正")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="sheets")
    stage = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    held_on = models.DateField()
    lines = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.ENTERED)
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    checked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["stage", "number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "stage", "number"], name="training_sheet_number"),
            # One first sheet, one that is public, and one correction under way.
            models.UniqueConstraint(
                fields=["item", "stage"],
                condition=models.Q(corrects__isnull=True) & ~models.Q(state="returned"),
                name="training_sheet_once",
            ),
            models.UniqueConstraint(
                fields=["item", "stage"],
                condition=models.Q(state="published"),
                name="training_sheet_public_once",
            ),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=models.Q(corrects__isnull=False) & ~models.Q(state="returned"),
                name="training_sheet_correction_once",
            ),
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True) | ~models.Q(why=""),
                name="training_sheet_correction_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="published")
                | models.Q(checked_by__isnull=False, published_at__isnull=False),
                name="training_sheet_seen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.stage}.{self.number} {self.state}"


# --- the national project --------------------------------------------------------------------------------------


class DigitalTrainee(models.Model):
    """Somebody who learns in the national project, or in an item of another track that trains people. number: by which lists of results
    name them; grade: the level they signed up for, "" where there are none."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="trainees")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=50, unique=True)
    grade = models.CharField(max_length=8, choices=GRADES, blank=True)
    left = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("学员")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "person"], name="training_digital_trainee_once")
        ]

    def __str__(self) -> str:
        return self.number


class LevelList(models.Model):
    """A list of level results that an assessing body handed in. faults: [row, column, sentence] of one that could not be taken. corrects:
    the published list that this one is to replace as a whole, and why."""

    class State(models.TextChoices):
        FAULTY = "faulty", pgettext_lazy("名单", "有错误，没有收下")
        WAITING = "waiting", pgettext_lazy("名单", "待公布")
        PUBLISHED = "published", pgettext_lazy("名单", "已公布")
        RETURNED = "returned", pgettext_lazy("名单", "已退回")
        SUPERSEDED = "superseded", pgettext_lazy("名单", "已被更正")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="level_lists")
    body = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    faults = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["corrects"],
                condition=models.Q(corrects__isnull=False, state__in=["waiting", "published", "superseded"]),
                name="training_level_list_correction_once",
            ),
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True) | ~models.Q(why=""),
                name="training_level_list_correction_why",
            ),
            models.UniqueConstraint(
                fields=["item", "sha256"],
                condition=models.Q(state__in=["waiting", "published"]),
                name="training_level_list_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.state} ({self.lines})"


class LevelResult(ErasableModel):
    """A line of a list; it counts once its list is published. grade: the level that was assessed. The certificate's number goes when the
    person is erased."""

    blank = {"certificate": ""}

    batch = models.ForeignKey(LevelList, on_delete=models.PROTECT, related_name="results")
    row = models.PositiveIntegerField()
    trainee = models.ForeignKey(DigitalTrainee, on_delete=models.PROTECT, related_name="results")
    grade = models.CharField(max_length=8, choices=[*GRADES, *COMPLETIONS])
    passed = models.BooleanField()
    centimarks = models.PositiveIntegerField(null=True)
    day = models.DateField()
    certificate = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["batch", "row"]
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="training_level_result_row")]

    def __str__(self) -> str:
        return f"{self.trainee_id} {self.grade} {self.passed}"


class DigitalAchievement(models.Model):
    """What somebody has achieved and may have hours for: a rank in a contest, a level of a direction, or an item completed. hours: the claim of learning's
    by which they were given, NULL while there is no rule. ended_at: a correction took it back, its hours were reversed."""

    class Kind(models.TextChoices):
        CONTEST = "contest", pgettext_lazy("数字技术", "大赛成绩")
        LEVEL = "level", pgettext_lazy("数字技术", "水平评价")
        PROJECT = "project", pgettext_lazy("数字技术", "结业")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="achievements")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    direction = models.CharField(max_length=60, blank=True)
    result = models.CharField(max_length=10, choices=[*RANKS, *GRADES, *COMPLETIONS])
    entry = models.ForeignKey(ContestEntry, on_delete=models.PROTECT, null=True, related_name="achievements")
    level_result = models.OneToOneField(LevelResult, on_delete=models.PROTECT, null=True, related_name="+")
    day = models.DateField()
    hours = models.UUIDField(null=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["person", "kind"], name="training_achievement_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "person"],
                condition=models.Q(kind="contest", ended_at__isnull=True),
                name="training_achievement_contest",
            ),
            models.UniqueConstraint(
                fields=["person", "direction", "result"],
                condition=models.Q(kind="level", ended_at__isnull=True),
                name="training_achievement_level",
            ),
            models.UniqueConstraint(
                fields=["item", "person"],
                condition=models.Q(kind="project", ended_at__isnull=True),
                name="training_achievement_project",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="contest", entry__isnull=False)
                | models.Q(kind__in=["level", "project"], level_result__isnull=False),
                name="training_achievement_whence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.person_id} {self.result}"


# --- money ----------------------------------------------------------------------------------------------------------


class ItemPurse(AbstractPurse):
    """An account of an item in the credit bank's books, which knows it by this row's uuid."""

    class Place(models.TextChoices):
        COMMITTED = "committed", _("已决定，待拨付")
        HELD = "held", _("已拨付，未使用")
        SPENT = "spent", _("已使用")
        RETURNED = "returned", _("已退回")

    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="purses")
    place = models.CharField(max_length=10, choices=Place)

    class Meta(AbstractPurse.Meta):
        constraints = [models.UniqueConstraint(fields=["item", "place"], name="training_item_purse_once")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.place}"


class ItemMovement(AbstractMovement):
    """Money of an item that was promised, paid, used, returned or let go. voucher: its number; transaction: of the books; fund: it
    comes from."""

    class Kind(models.TextChoices):
        COMMIT = "commit", _("列入资助")
        PAY = "pay", _("拨付")
        USE = "use", pgettext_lazy("资金", "使用")
        RETURN = "return", _("退回")
        RELEASE = "release", _("撤销，未拨付")

    item = models.ForeignKey(DigitalItem, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta(AbstractMovement.Meta):
        constraints = [
            models.UniqueConstraint(fields=["item", "kind", "voucher"], name="training_item_voucher_once"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="training_item_movement_fen"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.kind} {self.fen}"


# --- the directions a document names ------------------------------------------------------------------------------------


class DirectionList(AppendOnlyModel):
    """Which directions the document names, as data with a date: the next version holds from its day on, and an item keeps the one of the day
    it was handed in. entries: [sort, title], as rules.Direction."""

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    source = models.CharField(max_length=300)
    entries = models.JSONField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"{self.version} ({self.valid_from})"


# --- the competency model ----------------------------------------------------------------------------------------------


class SkillModelDraft(models.Model):
    """The next version of a model, while it is written. content: as rules.dump_model; series: of the model; revision: counts changes;
    skills: the last number of a skill."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    series = models.UUIDField(default=uuid7, unique=True)
    authority = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    direction = models.CharField(max_length=60)
    source = models.CharField(max_length=300)
    content = models.JSONField(default=list)
    skills = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("能力素质模型草稿")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    @property
    def domains(self) -> tuple[Domain, ...]:
        return load_model(self.content)


class SkillModel(AppendOnlyModel):
    """A published version of a competency model (能力素质模型); it never changes. valid_from: the day it holds from; direction: 职业方向
    whose levels show its skills, too; source: the document or group it rests on."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    series = models.UUIDField()
    version = models.PositiveIntegerField()
    authority = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    direction = models.CharField(max_length=60)
    source = models.CharField(max_length=300)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    valid_from = models.DateField()
    published_on = models.DateField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("能力素质模型")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "version"], name="training_skill_model_version")
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    @property
    def domains(self) -> tuple[Domain, ...]:
        return load_model(self.content)


class SkillCourse(AppendOnlyModel):
    """A link of a published version: this course leads to this level of a skill."""

    model = models.ForeignKey(SkillModel, on_delete=models.PROTECT, related_name="links")
    skill = models.CharField(max_length=12)
    grade = models.CharField(max_length=8, choices=GRADES)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "skill", "grade", "course"], name="training_skill_course_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.skill} {self.grade} {self.course_id}"
