"""Starting, running, cancelling and resuming jobs.

A worker claims a job by one conditional UPDATE and renews its lease with every progress report; a killed worker's
lease runs out and `resume` starts the job again. Progress is written outside the job's own transaction on purpose.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.errors import Refusal
from lms.lib.ids import uuid7
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import function_for

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=120)
MAX_ATTEMPTS = 5


class JobCancelled(Exception):
    """Raised inside a job when its owner asked for it to stop."""


class RunningJob:
    """The JobContext of lms.lib.jobs.registry over a row."""

    def __init__(self, row: Job) -> None:
        self.row = row
        self.args: dict[str, Any] = row.args
        self.actor = Actor(person=row.person, role=row.role, body=row.body, user_id=row.args.get("_user_id"))

    @property
    def job(self) -> Job:
        return self.row

    def progress(self, done: int, total: int, message: str = "") -> None:
        Job.objects.filter(id=self.row.id).update(
            progress_done=done, progress_total=total, message=message, lease_until=now() + LEASE
        )

    def check_cancelled(self) -> None:
        if Job.objects.filter(id=self.row.id, cancel_asked=True).exists():
            raise JobCancelled


def enqueue(kind: str, args: dict[str, Any], actor: Actor, *, key: str | None = None) -> Job:
    """Write the job row in the caller's transaction and wake a worker after commit; the same key gives the same job."""
    function_for(kind)
    uuid = uuid7()
    fresh, _made = Job.objects.get_or_create(
        key=key or str(uuid),
        defaults={
            "uuid": uuid,
            "kind": kind,
            "args": args | {"_user_id": actor.user_id},
            "person": actor.person,
            "role": actor.role,
            "body": actor.body,
            "created_at": now(),
        },
    )
    transaction.on_commit(lambda: _wake(fresh.id), robust=True)
    return fresh


def _wake(job_id: int) -> None:
    from lms.lib.tasks import run_job

    run_job.delay(job_id)


def cancel(row: Job) -> None:
    """Ask a job to stop: a queued one ends here, a running one at its next check."""
    Job.objects.filter(id=row.id).update(cancel_asked=True)
    Job.objects.filter(id=row.id, state=Job.State.QUEUED).update(state=Job.State.CANCELLED, finished_at=now())


def claim(job_id: int) -> Job | None:
    """Take the job if nobody holds it: one conditional UPDATE, acting only if it changed the row."""
    moment = now()
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=moment)
    row = Job.objects.filter(free, id=job_id).first()
    if row is None:
        return None
    taken = Job.objects.filter(free, id=job_id, attempts=row.attempts).update(
        state=Job.State.RUNNING, lease_until=moment + LEASE, attempts=row.attempts + 1
    )
    return Job.objects.get(id=job_id) if taken else None


def run(job_id: int) -> None:
    """Run one job to its end; a refusal is its result, a crash leaves it to be resumed a bounded number of times."""
    row = claim(job_id)
    if row is None:
        return
    if row.attempts > MAX_ATTEMPTS:
        _finish(row, Job.State.FAILED, _("多次尝试后仍未完成，请联系管理员。"))
        return
    try:
        result = function_for(row.kind)(RunningJob(row))
    except JobCancelled:
        _finish(row, Job.State.CANCELLED, _("已按要求取消，没有留下任何内容。"))
    except Refusal as refusal:
        _finish(row, Job.State.FAILED, str(refusal.message), refusal.details)
    except Exception:
        logger.exception("Job %s (%s) failed", row.uuid, row.kind)
        _finish(row, Job.State.FAILED, _("处理时出错，没有写入任何内容。请重试或联系管理员。"))
    else:
        _finish(row, Job.State.DONE, "", result)


def _finish(row: Job, state: str, message: str, result: dict[str, Any] | None = None) -> None:
    Job.objects.filter(id=row.id).update(
        state=state, message=message, result=result or {}, finished_at=now(), lease_until=None
    )


def resume() -> int:
    """Start every job that is due and held by nobody; returns how many were woken."""
    due = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now())
    ids = list(Job.objects.filter(due).order_by("created_at").values_list("id", flat=True)[:100])
    for job_id in ids:
        _wake(job_id)
    return len(ids)
