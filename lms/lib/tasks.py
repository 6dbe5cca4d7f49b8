"""Celery tasks of the ground: wake-ups for what stands in rows."""

from celery import shared_task

from lms.lib.jobs import services as jobs
from lms.lib.outbox import services as outbox


@shared_task(name="lms.lib.tasks.deliver_outbox")
def deliver_outbox() -> int:
    finished = outbox.deliver_pending()
    if finished >= outbox.AT_A_TIME:
        # More may wait, and nobody else may be told of it before the beat.
        deliver_outbox.delay()
    return finished


@shared_task(name="lms.lib.tasks.resume_jobs")
def resume_jobs() -> int:
    return jobs.resume()


@shared_task(name="lms.lib.tasks.run_job")
def run_job(job_id: int) -> None:
    jobs.run(job_id)
