"""Celery's wake-up for what passed days bring; what is to be done stands in rows. Run twice it changes nothing."""

from celery import shared_task

from lms.training.lifecycle import services


@shared_task(name="lms.training.lifecycle.tend")
def tend_cases() -> dict[str, int]:
    return services.tend()
