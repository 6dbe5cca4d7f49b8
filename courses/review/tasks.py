"""The Celery task of publishing: days that have come."""

from celery import shared_task
from django.core.management import call_command

from courses.review.services import publish_due


@shared_task(name="courses.review.publish_due")
def publish_what_is_due() -> int:
    """Courses first, whole and checked; then what is left of Wagtail's own (a single lesson's day, the first page)."""
    done = publish_due()
    call_command("publish_scheduled")
    return done
