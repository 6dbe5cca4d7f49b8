"""Applications for recognition, and what was spent on which programme.

Owns: the application and the three tables that make "one achievement, one use" and "one course, once" true in the
database: `OutcomeUse` and `CourseCredit` are written in the transaction of the posting, `UseRelease` in that of its
reversal, and none is ever changed. A use is living until it is released. The first use of an achievement in a
programme follows nothing, and there is one such; every later one names the release it follows, and each release is
followed once: so the database itself allows at most one living use. Courses likewise.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.ledger.models import Transaction
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import ConversionRuleVersion, Programme
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class Application(models.Model):
    class State(models.TextChoices):
        SUBMITTED = "submitted", _("审核中")
        APPROVED = "approved", _("已认定")
        REFUSED = "refused", _("未认定")
        WITHDRAWN = "withdrawn", _("已撤回")
        REVERSED = "reversed", _("认定已撤销")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications"
    )
    outcome = models.ForeignKey(LearningOutcome, on_delete=models.PROTECT, related_name="applications")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="applications")
    rule_version = models.ForeignKey(ConversionRuleVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
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
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome", "programme"],
                condition=models.Q(state__in=["submitted", "approved"]),
                name="creditbank_application_open_once",
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
        return f"{self.outcome} → {self.programme}"


class OutcomeUse(AppendOnlyModel):
    """An achievement spent in a programme; a second time the database refuses, unless the first was released."""

    achievement = models.CharField(max_length=64)
    outcome = models.ForeignKey(LearningOutcome, on_delete=models.PROTECT, related_name="uses")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="uses")
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="use")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="use")
    centicredits = models.PositiveIntegerField()
    used_at = models.DateTimeField()
    # The release of the use before this one; NULL: there was none.
    follows = models.ForeignKey("UseRelease", on_delete=models.PROTECT, null=True, related_name="followers")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["achievement", "programme"],
                condition=models.Q(follows__isnull=True),
                name="creditbank_one_first_use",
            ),
            models.UniqueConstraint(fields=["follows"], name="creditbank_release_followed_once"),
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
