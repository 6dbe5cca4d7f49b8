"""Every minute: a job for each target that has something to send. The rows say where each goes on."""

from typing import Any

from celery import shared_task
from django.db.models import F

from lms.lib.actor import Actor
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import enqueue
from lms.records.forwarding.models import Target
from lms.records.forwarding.queries import due
from lms.records.forwarding.services import send_on


@shared_task(name="lms.records.forwarding.look")
def look() -> None:
    """A target's job is one at a time: its key names the run, which is over when the job ends."""
    for target in due():
        enqueue(
            "records.forward",
            {"target": target.pk},
            Actor.system("records"),
            key=f"records.forward:{target.uuid}:{target.run}",
        )


@job("records.forward")
def forward(context: JobContext) -> dict[str, Any]:
    """Killed, it goes on at the position; what was on its way is sent again and doubles nothing."""
    number = int(context.args["target"])
    # One batch may be many requests to somebody slow.
    with context.held():
        done = send_on(number, tell=lambda count: context.progress(count, count))
    Target.objects.filter(pk=number).update(run=F("run") + 1)
    return {"statements": done}
