"""The two looks a course passes before learners see it: its provider's approver, then the platform's reviewer.

Owns: Wagtail tasks that ask for a role in an organisation (Wagtail's own ask for a group), what was submitted, and which
organisations publish in one step. Refuses: passing what one wrote oneself.
"""

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.models import Task, TaskState

from courses.pages.models import CoursePage
from courses.review.forms import ReturnForm, WordForm
from lms.accounts.api import Role, User, holds
from lms.lib.clock import today
from lms.lib.ids import uuid7
from lms.lib.once import once


class CourseTask(Task):  # type: ignore[misc]  # Wagtail has no types
    """A step that somebody in `role` decides; the subclass says in which organisation."""

    role: Role

    class Meta:
        abstract = True

    def deciders(self, course: CoursePage) -> dict[str, Any]:
        """What `holds` asks about: {} for any organisation."""
        return {}

    def holds(self, page: Any, user: Any) -> bool:
        """Whether the step is this person's to look at."""
        from courses.review.queries import course_row

        course = course_row(page)
        if course is None:
            return False
        key = ("holds", user.pk, self.pk, course.provider_id)
        return once(key, lambda: holds(user, self.role, **self.deciders(course)))

    def user_can_access_editor(self, page: Any, user: Any) -> bool:
        return self.holds(page, user)

    def locked_for_user(self, page: Any, user: Any) -> bool:
        return not self.holds(page, user)

    def get_actions(self, page: Any, user: Any) -> list[tuple[str, Any, bool]]:
        from courses.review.queries import barred

        if not self.holds(page, user) or barred(page, user, self):
            return []
        return [
            # Both ask first: the question names the hand-in that was looked at, which the editor's form does not.
            ("reject", _("退回修改"), True),
            ("approve", _("通过"), True),
        ]

    def get_form_for_action(self, action: str) -> Any:
        return ReturnForm if action == "reject" else WordForm

    def get_template_for_action(self, action: str) -> str:
        return "courses/review/decide.html"

    @transaction.atomic
    def on_action(self, task_state: Any, user: Any, action_name: str, **kwargs: Any) -> None:
        from courses.review.services import note_decision, require_looked_at

        require_looked_at(task_state, kwargs.get("handed_in"))
        note_decision(self, task_state, user, action_name, kwargs.get("comment", ""))
        super().on_action(task_state, user, action_name, comment=kwargs.get("comment", ""))

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> Any:
        from courses.review.queries import waiting_for

        return waiting_for(user).filter(task=self) if isinstance(user, User) else TaskState.objects.none()


class ProviderApproval(CourseTask):
    role = Role.APPROVER

    class Meta:
        verbose_name = _("开课单位审批")

    def deciders(self, course: CoursePage) -> dict[str, Any]:
        return {"organisation": course.provider}

    def start(self, workflow_state: Any, user: Any = None) -> TaskState:
        from courses.review.services import handing_in, take_in

        with handing_in(workflow_state):
            take_in(workflow_state, user)
            return super().start(workflow_state, user=user)


class PlatformReview(CourseTask):
    role = Role.CURATOR

    class Meta:
        verbose_name = _("平台复核")

    def start(self, workflow_state: Any, user: Any = None) -> TaskState:
        """What the platform returned has changed since: its provider's approver looks at it first, again."""
        last = workflow_state.task_states.order_by("pk").last()
        if last is not None and last.task_id == self.pk and last.status == TaskState.STATUS_REJECTED:
            again: TaskState = ProviderApproval.objects.get().start(workflow_state, user=user)
            return again
        return super().start(workflow_state, user=user)


class Submission(models.Model):
    """What was handed in, by its digest: nothing else may be published at the end."""

    workflow_state = models.OneToOneField(
        "wagtailcore.WorkflowState", on_delete=models.CASCADE, related_name="+"
    )
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="submissions")
    digest = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    # Passed, and waiting for its day.
    scheduled_for = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.course} · {self.submitted_at:%Y-%m-%d %H:%M}"


class OneStepPublishing(models.Model):
    """From when until when an organisation's editors publish without the two looks. No row: they don't."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    since = models.DateField(_("自"))
    until = models.DateField(_("至"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=200)
    # When it was ended before its time, on the day itself; None: it runs until `until`.
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "since"],
                condition=models.Q(ended_at__isnull=True),
                name="courses_one_step_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.since}"

    @property
    def in_force(self) -> bool:
        return self.since <= today() and not self.over

    @property
    def over(self) -> bool:
        return self.ended_at is not None or (self.until is not None and self.until < today())
