"""The hourly wake-up for sessions that never said they were over."""

from celery import shared_task

from lms.learning.cmi5.services import abandon_idle


@shared_task(name="lms.learning.cmi5.abandon_idle")
def abandon() -> int:
    return abandon_idle()
