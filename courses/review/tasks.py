"""The Celery task of publishing: days that have come."""

from celery import shared_task

from courses.review.timetable import publish_due, publish_other_pages


@shared_task(name="courses.review.publish_due")
def publish_what_is_due() -> int:
    """Reviewed courses first, whole and checked; then what else has a day."""
    done = publish_due()
    publish_other_pages()
    return done
