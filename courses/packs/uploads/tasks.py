"""The Celery task of uploads: a wake-up for what stands in rows."""

from celery import shared_task

from courses.packs.uploads.services import sweep


@shared_task(name="courses.packs.uploads.sweep")
def sweep_uploads() -> int:
    return sweep()
