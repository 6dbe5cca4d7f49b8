"""Class runs (班次): dates, places, capacity and waiting list; meetings; signing in and out; the practice sheet (应会).

Owns: a run and who has a place in it, who came to the door without one, and five tables that only grow: attendance, lists
taken over, checklists, results, filings; photos are files of results. Refuses: hours, which hours_models.py keeps.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation
from lms.learning.classes.storage import photo_path, private_storage
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7

PERSON: Any = settings.AUTH_USER_MODEL


class RunState(models.TextChoices):
    PLANNED = "planned", _("筹备中")
    OPEN = "open", _("报名中")
    CLOSED = "closed", _("报名截止")
    RUNNING = "running", _("开课中")
    ENDED = "ended", _("已结束")
    CANCELLED = "cancelled", _("已取消")


class PlaceState(models.TextChoices):
    SEATED = "seated", _("已报名")
    WAITING = "waiting", _("候补")
    LEFT = "left", _("已退出")


class Act(models.TextChoices):
    """clear takes back everything recorded before it at that meeting; what follows it counts."""

    IN = "in", _("签到")
    OUT = "out", _("签退")
    CLEAR = "clear", _("更正：此前的记录作废")


class Way(models.TextChoices):
    QR = "qr", _("扫码")
    ROSTER = "roster", _("老师点名")
    CORRECTION = "correction", _("更正")
    IMPORT = "import", _("直播平台名单")


class ClassRun(models.Model):
    """One run of a course. required_meetings: how many meetings a learner must have attended before practice can be
    passed, as the provider set it; None: every meeting that was not called off. assessor_body: whose assessors sign
    practice off beside the provider's own.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    assessor_body = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(_("班次名称"), max_length=80)
    place = models.CharField(_("地点"), max_length=120)
    about = models.TextField(_("说明"), blank=True)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    enrol_until = models.DateField(_("报名截止日期"))
    capacity = models.PositiveIntegerField(_("名额"))
    required_meetings = models.PositiveSmallIntegerField(_("须出席的次数"), null=True)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.PLANNED)
    cancel_reason = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("班次")
        verbose_name_plural = _("班次")
        indexes = [
            models.Index(fields=["course", "state", "starts_on"], name="learning_run_course"),
            models.Index(fields=["provider", "-starts_on"], name="learning_run_provider"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="learning_run_days"
            ),
            models.CheckConstraint(condition=models.Q(capacity__gte=1), name="learning_run_capacity"),
            models.CheckConstraint(
                condition=~models.Q(state="cancelled") | ~models.Q(cancel_reason=""),
                name="learning_run_cancel_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ClassMeeting(models.Model):
    """One meeting of a run: a place, or a link where it is live. Another time or place is another meeting."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    run = models.ForeignKey(ClassRun, on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField(_("内容"), max_length=80)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    place = models.CharField(_("地点"), max_length=120, blank=True)
    link = models.URLField(_("直播链接"), max_length=300, blank=True)
    # How long before the start those in the class are shown the link; nobody else ever is.
    link_minutes = models.PositiveSmallIntegerField(_("提前几分钟显示直播链接"), default=15)
    teacher = models.CharField(_("授课教师"), max_length=60)
    cancel_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="learning_meeting_times"
            ),
            models.UniqueConstraint(
                fields=["run", "starts_at"],
                condition=models.Q(cancel_reason=""),
                name="learning_meeting_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def where(self) -> str:
        return self.place or (str(_("线上直播")) if self.link else self.run.place)


class ClassPlace(models.Model):
    """A person's place in a run. seat: 1 … capacity, while seated; number: the order in which people came, anew each
    time they come. One row a person and run; what happened to it stands in the audit rows.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    run = models.ForeignKey(ClassRun, on_delete=models.PROTECT, related_name="places")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="class_places")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="class_places")
    state = models.CharField(max_length=8, choices=PlaceState)
    seat = models.PositiveIntegerField(null=True)
    number = models.PositiveIntegerField()
    joined_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # In which the person joined: that of their notices.
    language = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "person"], name="learning_place_once"),
            models.UniqueConstraint(fields=["run", "seat"], name="learning_place_seat_once"),
            models.UniqueConstraint(fields=["run", "number"], name="learning_place_number_once"),
            models.CheckConstraint(
                condition=models.Q(state="seated", seat__gte=1)
                | models.Q(~models.Q(state="seated"), seat__isnull=True),
                name="learning_place_seat",
            ),
        ]
        indexes = [models.Index(fields=["person", "state"], name="learning_place_person")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.person_id} {self.state}"


class AttendanceEvent(AppendOnlyModel):
    """One thing recorded about a place at a meeting. at: the moment it counts from; recorded_at: when it was written.

    by: who recorded it; the learner themselves for a code they scanned. What a learner attended follows from the events
    in the order of their numbers (rules.stretches); a mistake is put right by further rows.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    place = models.ForeignKey(ClassPlace, on_delete=models.PROTECT, related_name="attendance")
    meeting = models.ForeignKey(ClassMeeting, on_delete=models.PROTECT, related_name="attendance")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=5, choices=Act)
    way = models.CharField(max_length=10, choices=Way)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["place", "meeting", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "meeting", "number"], name="learning_attendance_number_once"
            ),
            models.CheckConstraint(
                condition=models.Q(way="qr") | ~models.Q(reason=""), name="learning_attendance_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}/{self.meeting_id}#{self.number} {self.act}"


class AttendanceImport(AppendOnlyModel):
    """That the list of a live session was taken over: by its content's hash, so that the same file is taken once. The
    file itself, with the names of strangers in it, is not kept. people: learners in it; left_out: names left out.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    meeting = models.ForeignKey(ClassMeeting, on_delete=models.PROTECT, related_name="imports")
    sha256 = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["meeting", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "sha256"], name="learning_attendance_list_once")
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.sha256[:12]}"


class WalkIn(models.Model):
    """Somebody came to the door without a place (现场报名), and has one until the organiser says no. confirmed: None while
    nobody has judged.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    place = models.ForeignKey(ClassPlace, on_delete=models.PROTECT, related_name="walk_ins")
    meeting = models.ForeignKey(ClassMeeting, on_delete=models.PROTECT, related_name="walk_ins")
    at = models.DateTimeField()
    confirmed = models.BooleanField(null=True)
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["place", "meeting"], name="learning_walk_in_once"),
            models.CheckConstraint(
                condition=~models.Q(confirmed=False) | ~models.Q(reason=""), name="learning_walk_in_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}/{self.meeting_id} {self.confirmed}"


class PracticeChecklist(AppendOnlyModel):
    """What practice of a course is judged by. items: [{"key", "text"}]; a result keeps the version it was made with."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    items = models.JSONField()
    source = models.TextField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "version"], name="learning_checklist_once")]

    def __str__(self) -> str:
        return f"{self.course_id} v{self.version}"


class PracticeResult(AppendOnlyModel):
    """An assessor's sheet. marks: [{"key", "text", "done", "remark"}] in the checklist's order; the last number holds."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    place = models.ForeignKey(ClassPlace, on_delete=models.PROTECT, related_name="results")
    number = models.PositiveIntegerField()
    checklist = models.ForeignKey(PracticeChecklist, on_delete=models.PROTECT, related_name="+")
    marks = models.JSONField()
    passed = models.BooleanField()
    remark = models.TextField(blank=True)
    assessor = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=40)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["place", "number"]
        constraints = [
            models.UniqueConstraint(fields=["place", "number"], name="learning_practice_result_once")
        ]

    def __str__(self) -> str:
        return f"{self.place_id}#{self.number} {self.passed}"


class PracticePhoto(EvidenceFile):
    """A picture taken at the practice. Read only through a view that checks and logs."""

    result = models.ForeignKey(PracticeResult, on_delete=models.PROTECT, related_name="photos")
    file: Any = models.FileField(storage=private_storage, upload_to=photo_path, max_length=200)


class ClassFiling(AppendOnlyModel):
    """That a run stands in an accepted filing (备案), or does not any more: written by the processes of training, read
    here. The last number holds; a run without a row is not filed. An unfiled class cannot issue hours (372号 四(三)).

    centihours: what the class may give one learner at most, as it was filed, hundredths of a 学时; None: not said.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    run = models.ForeignKey(ClassRun, on_delete=models.PROTECT, related_name="filings")
    number = models.PositiveIntegerField()
    filed = models.BooleanField()
    reference = models.CharField(max_length=120)
    centihours = models.PositiveIntegerField(null=True)
    authority = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="learning_class_filing_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.reference}"
