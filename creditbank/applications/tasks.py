"""Celery tasks of applications: wake-ups for what stands in rows. Run twice they change nothing."""

from celery import shared_task

from creditbank.applications import expiry, services


@shared_task(name="creditbank.applications.look_after")
def look_after_applications() -> dict[str, int]:
    """Late supplements closed, what a college is late with marked and reported to its administrators."""
    return {"closed": services.close_late(), "overdue": services.escalate()}


@shared_task(name="creditbank.applications.expire")
def expire_credits() -> dict[str, int]:
    return expiry.nightly()
