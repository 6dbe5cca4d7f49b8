"""Celery tasks of holds: a wake-up for days that stand in rows."""

from celery import shared_task

from lms.learning.holds.deadlines import set_missing
from lms.learning.holds.services import scan_due


@shared_task(name="lms.learning.holds.scan_due")
def scan_for_holds() -> int:
    set_missing()
    return scan_due()
