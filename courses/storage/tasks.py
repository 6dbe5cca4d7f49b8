"""The Celery task of storage, and its job."""

from typing import Any

from celery import shared_task

from courses.storage import filling
from courses.storage.services import warn
from lms.lib.jobs.registry import JobContext, job


@shared_task(name="courses.storage.look")
def look() -> int:
    """Every hour: what has no count yet is ordered to be counted, and who is nearly full is told."""
    filling.order()
    return warn()


@job(filling.JOB)
def fill(ctx: JobContext) -> dict[str, Any]:
    return filling.fill(ctx)
