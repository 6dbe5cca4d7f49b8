"""Celery tasks of claims: a wake-up for what stands in rows."""

from celery import shared_task

from lms.learning.declarations.services import close_expired
from lms.learning.declarations.terms import set_missing


@shared_task(name="lms.learning.declarations.close_expired")
def close_expired_declarations() -> int:
    set_missing()
    return close_expired()
