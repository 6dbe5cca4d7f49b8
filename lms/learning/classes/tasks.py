"""Celery tasks of classes: wake-ups for what stands in rows."""

from celery import shared_task

from lms.learning.classes import hours, notices


@shared_task(name="lms.learning.classes.remind")
def remind_of_tomorrow() -> int:
    return notices.remind_of_tomorrow()


@shared_task(name="lms.learning.classes.settle")
def settle_classes() -> int:
    return hours.settle_recent()
