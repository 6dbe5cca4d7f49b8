"""Celery tasks of the roots: a wake-up; which days have ended and lack one, the tables say."""

from celery import shared_task

from creditbank.proofs.services import make_roots

# A month at a time: whoever has years to catch up does it with `python -m lms ledger_root`.
MOST_DAYS = 31


@shared_task(name="creditbank.proofs.make_roots")
def make_daily_roots() -> int:
    return len(make_roots(limit=MOST_DAYS))
