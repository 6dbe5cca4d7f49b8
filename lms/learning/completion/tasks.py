"""Celery tasks of completions: wake-ups for what stands in rows."""

from datetime import timedelta

from celery import shared_task

from lms.learning.completion import services

# Twice as long as the longest that a page can count (StudyRule.session_ms).
RECENT = timedelta(days=1)


@shared_task(name="lms.learning.completion.settle_recent")
def settle_recent() -> int:
    return services.settle_recent(RECENT)


@shared_task(name="lms.learning.completion.settle_all")
def settle_all() -> int:
    return services.settle_all()
