"""A mail to whoever is next. Wagtail writes it, and writes to the editor when a course is passed or returned; whom a step
waits for is known here. The queue in the admin says the same, whether mail arrives or not.
"""

from functools import partial
from typing import Any

from django.db import transaction
from wagtail.admin.mail import BaseGroupApprovalTaskStateEmailNotifier
from wagtail.models import TaskState
from wagtail.signals import task_submitted

from courses.review.models import CourseTask
from courses.review.queries import course_row, deciders


class StepNotifier(BaseGroupApprovalTaskStateEmailNotifier):  # type: ignore[misc]  # Wagtail has no types
    notification = "submitted"

    def can_handle(self, instance: Any, **kwargs: Any) -> bool:
        return isinstance(instance, TaskState) and isinstance(instance.task.specific, CourseTask)

    def get_recipient_users(self, task_state: TaskState, **kwargs: Any) -> Any:
        course = course_row(task_state.workflow_state.content_object)
        return deciders(task_state.task.specific, course) if course else set()


_notify: Any = StepNotifier()


def _later(sender: Any, instance: TaskState, user: Any = None, **kwargs: Any) -> None:
    # After the step is written: a slow mail server must not hold the database's one writer.
    if _notify.can_handle(instance):
        transaction.on_commit(partial(_notify, instance=instance, user=user))


def listen() -> None:
    task_submitted.connect(_later, dispatch_uid="courses.review.mail")
