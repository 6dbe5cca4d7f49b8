"""Applications for recognition, their steps and terms, and what was spent on which programme.

Owns: the application (of an outcome, or of a course credited at another college), its append-only steps, the dated
terms of a college; `UseDraw`, what was taken out of a use again for good (redeemed, transferred, expired), with the
requests and notices that precede it; and the three tables that make "one achievement, one use" and "one course, once" true in the
database: `OutcomeUse` and `CourseCredit` are written in the transaction of the posting, `UseRelease` in that of its
reversal, and none is ever changed. A use is living until it is released. The first use of an achievement in a
programme follows nothing, and there is one such; every later one names the release it follows, and each release is
followed once: so the database itself allows at most one living use. Courses likewise. Rules that share an outcome have
such a row of uses each, and a living one of theirs stands beside no other kind (`alone.py`).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.applications import lifecycle
from creditbank.applications.lifecycle import Act
from creditbank.applications.storage import file_path, private_storage
from creditbank.ledger.models import Transaction
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import ConversionRuleVersion, Programme
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7

OPEN = sorted(state.value for state in lifecycle.OPEN)
# In these an outcome is spoken for in a programme.
TAKEN = sorted([*OPEN, lifecycle.State.APPROVED.value])


class CaseTerms(AppendOnlyModel):
    """What a college (or one of its programmes) sets for its cases, from a day on. Days are working days, shelf life is
    in months, notices in days before the end; NULL and an empty list: not set (尚未设定), which is no number.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="case_terms")
    # NULL: all programmes of the college that have no terms of their own.
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, related_name="case_terms")
    version = models.PositiveIntegerField()
    valid_from = models.DateField(_("生效日期"))
    reviewers = models.PositiveSmallIntegerField(_("审核人数"), default=lifecycle.DEFAULT_REVIEWERS)
    evidence_required = models.BooleanField(_("须有证明材料"), default=True)
    review_days = models.PositiveSmallIntegerField(_("审核期限（工作日）"), null=True)
    supplement_days = models.PositiveSmallIntegerField(_("补充期限（工作日）"), null=True)
    appeal_days = models.PositiveSmallIntegerField(_("申诉期限（工作日）"), null=True)
    shelf_life_months = models.PositiveSmallIntegerField(_("学分有效期（月）"), null=True)
    notice_days = models.JSONField(_("到期前几天通知"), default=list)
    source = models.TextField(_("依据"))
    published_at = models.DateTimeField()
    published_by = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("审核期限")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version"],
                condition=models.Q(programme__isnull=True),
                name="creditbank_terms_college_version",
            ),
            models.UniqueConstraint(fields=["programme", "version"], name="creditbank_terms_version"),
            models.CheckConstraint(
                condition=models.Q(reviewers__gte=1, reviewers__lte=lifecycle.MOST_REVIEWERS),
                name="creditbank_terms_reviewers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.programme_id or ''} v{self.version}"


class Application(models.Model):
    """outcome or course: what is to be recognised; the other is NULL. revision: the number of its last step, by which
    whoever decides says what they have seen. due_on: the last day of whoever has to act now, or may appeal.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("审核中")
        PROPOSED = "proposed", _("待复核")
        SUPPLEMENT = "supplement", _("待补充材料")
        APPROVED = "approved", _("已认定")
        REFUSED = "refused", _("未认定")
        APPEALED = "appealed", _("申诉复核中")
        UPHELD = "upheld", _("申诉后维持未认定")
        WITHDRAWN = "withdrawn", _("已撤回")
        EXPIRED = "expired", _("逾期未补充，已关闭")
        REVERSED = "reversed", _("认定已撤销")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications"
    )
    outcome = models.ForeignKey(
        LearningOutcome, on_delete=models.PROTECT, null=True, related_name="applications"
    )
    course = models.ForeignKey("CourseCredit", on_delete=models.PROTECT, null=True, related_name="transfers")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="applications")
    rule_version = models.ForeignKey(ConversionRuleVersion, on_delete=models.PROTECT, related_name="+")
    # Of a rule that lets others use the outcome beside it (shares_outcome): its code. "": nobody else may.
    shared_rule = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    terms = models.ForeignKey(CaseTerms, on_delete=models.PROTECT, null=True, related_name="+")
    # How many pairs of eyes it takes; the decisions of before there were panels had one.
    reviewers = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField(default=0)
    due_on = models.DateField(null=True)
    escalated_at = models.DateTimeField(null=True)
    # The Shanghai day whose rules hold for this application: the day it was submitted.
    evaluated_on = models.DateField()
    centicredits = models.PositiveIntegerField()
    # What was computed and from what (rules.rules.dump): once at submission, again at the decision.
    worth = models.JSONField()
    decision = models.JSONField(null=True)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="decided_applications"
    )
    reason = models.TextField(blank=True)
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, related_name="application"
    )

    class Meta:
        verbose_name = _("学分认定申请")
        verbose_name_plural = _("学分认定申请")
        indexes = [
            models.Index(fields=["applicant", "submitted_at"], name="creditbank_app_applicant"),
            models.Index(fields=["programme", "state", "submitted_at"], name="creditbank_app_queue"),
            models.Index(fields=["due_on"], name="creditbank_app_due", condition=models.Q(state__in=OPEN)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome", "programme", "shared_rule"],
                condition=models.Q(state__in=TAKEN),
                name="creditbank_application_open_once",
            ),
            models.UniqueConstraint(
                fields=["course", "programme"],
                condition=models.Q(state__in=TAKEN),
                name="creditbank_transfer_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__isnull=False, course__isnull=True)
                | models.Q(outcome__isnull=True, course__isnull=False),
                name="creditbank_application_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["approved", "reversed"], transaction__isnull=False, decided_by__isnull=False
                )
                | models.Q(~models.Q(state__in=["approved", "reversed"]), transaction__isnull=True),
                name="creditbank_approved_is_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.programme}"

    @property
    def title(self) -> str:
        """What is to be recognised, in its own words."""
        if self.outcome is not None:
            return self.outcome.title
        if self.course is None:
            return ""
        return f"{self.course.course_name}（{self.course.programme.organisation.name}）"

    @property
    def transfer(self) -> bool:
        return self.course_id is not None


class ApplicationStep(ErasableModel):
    """One step: who, in which role, for which body, when, what and why. approve: what a proposal is for. person None:
    the platform itself. state, due_on: where it led, and the last day of whoever acts next."""

    blank = {"reason": ""}

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=[(act.value, act.value) for act in Act])
    approve = models.BooleanField(null=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    role = models.CharField(max_length=40)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=Application.State)
    due_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="creditbank_step_once")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.number} {self.act}"


class ApplicationFile(EvidenceFile):
    """What was handed in with a supplement or an appeal. Read only through a view that checks and logs."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="files")
    file = models.FileField(storage=private_storage, upload_to=file_path, max_length=200)


class OutcomeUse(AppendOnlyModel):
    """An achievement spent in a programme; a second time the database refuses, unless the first was released or both
    rules share it and are two (shared_rule, the rule's code; a trigger keeps the others apart: `alone.py`)."""

    achievement = models.CharField(max_length=64)
    # NULL: a course credited at another college was transferred.
    outcome = models.ForeignKey(LearningOutcome, on_delete=models.PROTECT, null=True, related_name="uses")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="uses")
    shared_rule = models.CharField(max_length=80, blank=True, default="")
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="use")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="use")
    centicredits = models.PositiveIntegerField()
    used_at = models.DateTimeField()
    # The last day of these credits, by the terms of the day they were posted; NULL: they do not expire.
    expires_on = models.DateField(null=True)
    # The release of the use before this one; NULL: there was none.
    follows = models.ForeignKey("UseRelease", on_delete=models.PROTECT, null=True, related_name="followers")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["achievement", "programme", "shared_rule"],
                condition=models.Q(follows__isnull=True),
                name="creditbank_one_first_use",
            ),
            models.UniqueConstraint(fields=["follows"], name="creditbank_release_followed_once"),
        ]
        indexes = [
            models.Index(
                fields=["expires_on"],
                name="creditbank_use_expires",
                condition=models.Q(expires_on__isnull=False),
            ),
            models.Index(fields=["achievement", "programme"], name="creditbank_use_achievement"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome_id} → {self.programme_id}"


class UseRelease(AppendOnlyModel):
    """A use taken back by reversing its posting: the achievement and the courses may be used again."""

    use = models.OneToOneField(OutcomeUse, on_delete=models.PROTECT, related_name="release")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="release")
    released_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.use_id}"


class CourseCredit(AppendOnlyModel):
    """A course of a programme that a person has been credited with, once (unless the use behind it was released)."""

    holder = models.UUIDField()
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="course_credits")
    course_code = models.CharField(max_length=40)
    course_name = models.CharField(max_length=120)
    centicredits = models.PositiveIntegerField()
    use = models.ForeignKey(OutcomeUse, on_delete=models.PROTECT, related_name="courses")
    # The release of the use that had credited this course before; NULL: none had.
    follows = models.ForeignKey(UseRelease, on_delete=models.PROTECT, null=True, related_name="courses_again")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "programme", "course_code"],
                condition=models.Q(follows__isnull=True),
                name="creditbank_course_first_once",
            ),
            models.UniqueConstraint(
                fields=["holder", "programme", "course_code", "follows"], name="creditbank_course_again_once"
            ),
        ]

    def __str__(self) -> str:
        return self.course_name


class UseDraw(AppendOnlyModel):
    """What left a use for good, by which posting: there is no way back, and a use that was drawn on is not reversed."""

    class Kind(models.TextChoices):
        REDEMPTION = "redemption", _("兑换学历")
        TRANSFER = "transfer", _("转到其他学校")
        EXPIRY = "expiry", _("到期")

    use = models.ForeignKey(OutcomeUse, on_delete=models.PROTECT, related_name="draws")
    kind = models.CharField(max_length=10, choices=Kind)
    centicredits = models.PositiveIntegerField()
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="draws")
    # Of a transfer: the course, which leaves once.
    course = models.OneToOneField(CourseCredit, on_delete=models.PROTECT, null=True, related_name="draw")
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["use", "transaction"], name="creditbank_draw_once"),
            models.CheckConstraint(condition=models.Q(centicredits__gt=0), name="creditbank_draw_something"),
            models.UniqueConstraint(
                fields=["use"],
                condition=models.Q(kind__in=["redemption", "expiry"]),
                name="creditbank_drawn_to_the_end_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use_id} {self.kind} {self.centicredits}"


class Redemption(models.Model):
    """The credits of a programme given for its diploma: asked for by the person, carried out by the college, for ever."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("等待学校办理")
        REDEEMED = "redeemed", _("已兑换")
        DECLINED = "declined", _("未兑换")
        WITHDRAWN = "withdrawn", _("已撤回")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="redemptions")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="redemptions")
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    centicredits = models.PositiveIntegerField()
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, related_name="redemption"
    )

    class Meta:
        verbose_name = _("学分兑换")
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "programme"],
                condition=models.Q(state__in=["requested", "redeemed"]),
                name="creditbank_redemption_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="redeemed", transaction__isnull=False, decided_by__isnull=False)
                | models.Q(~models.Q(state="redeemed"), transaction__isnull=True),
                name="creditbank_redeemed_is_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.state}"


class ExpiryNotice(AppendOnlyModel):
    """That somebody was told, so many days before, on which day credits of theirs expire."""

    use = models.ForeignKey(OutcomeUse, on_delete=models.PROTECT, related_name="notices")
    days_before = models.PositiveSmallIntegerField()
    expires_on = models.DateField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["use", "days_before"], name="creditbank_notice_once")]

    def __str__(self) -> str:
        return f"{self.use_id} {self.days_before}"
