"""The nightly reckoning: a wake-up that orders one job a day, and the job."""

from typing import Any

from celery import shared_task

from lms.learning.use.services import reckon_all
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import enqueue


@shared_task(name="lms.learning.use.order")
def order() -> None:
    """Called every hour: the first call of a Shanghai day orders that night's job, the others find it ordered."""
    enqueue("learning.course_use", {}, Actor.system("use"), key=f"course_use:{today().isoformat()}")


@job("learning.course_use")
def reckon_courses(context: JobContext) -> dict[str, Any]:
    """All courses; killed, it begins anew, which changes nothing that is done."""
    done = 0
    for done in reckon_all():
        context.progress(done, done)
    return {"courses": done}
