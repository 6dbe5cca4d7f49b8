"""Celery's wake-up for reply dates that waited for a calendar. Run twice it changes nothing."""

from celery import shared_task

from lms.training.suggestions import services


@shared_task(name="lms.training.suggestions.tend")
def tend_suggestions() -> int:
    return services.tend()
