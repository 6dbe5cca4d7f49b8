"""Celery tasks of claims: a wake-up for what stands in rows."""

from celery import shared_task

from lms.learning.declarations.services import close_expired


@shared_task(name="lms.learning.declarations.close_expired")
def close_expired_declarations() -> int:
    return close_expired()
