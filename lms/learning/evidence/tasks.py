"""The beat's reminder to clear what expired."""

from celery import shared_task

from lms.learning.evidence import services


@shared_task(name="lms.learning.evidence.clear")
def clear() -> int:
    return services.clear()
