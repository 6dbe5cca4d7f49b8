"""Celery tasks of the statistics: the month's statement, so that no visitor waits for its counting."""

from celery import shared_task

from creditbank.statistics.queries import release


@shared_task(name="creditbank.statistics.release")
def release_statistics() -> str:
    return release().day.isoformat()
