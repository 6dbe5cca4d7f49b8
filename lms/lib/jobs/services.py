"""Starting, running, cancelling, resuming and retrying jobs.

A worker claims a job by one conditional UPDATE and renews its lease with every progress report, and beside a long
transaction, which can report nothing, from a thread of its own (`RunningJob.held`); a killed worker's lease runs out and
`resume` starts the job again. The number of the attempt is the fence: a worker that lost its lease neither reports nor
ends a job that another one has taken over, and commits nothing where its transaction asks for the lease
(`RunningJob.require_lease`). An unexpected error puts the job back with a growing
pause; after MAX_ATTEMPTS it is failed, stands on the staff's screen and waits for a person (`retry`). A refusal is a
result and not an error. Progress is written outside the job's own transaction on purpose.

Quick jobs go first, and of patient ones (lms.lib.jobs.registry) only settings.PATIENT_JOBS are under way at once: one that finds no room
stays queued, and the next is woken when one ends.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection, connections, transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed, NotFound, Refusal
from lms.lib.ids import uuid7
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import function_for, is_retried, patient_kinds, quick_kinds, whose_turn
from lms.lib.jobs.turns import fairest

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=120)
# How often `held` renews it, and how long at most: what takes longer hangs, and is given to another worker.
RENEW_S = LEASE.total_seconds() / 4
LONGEST_HELD = timedelta(hours=2)
MAX_ATTEMPTS = 5
# The pause after the first error; each further one is four times as long: half a minute … half an hour.
FIRST_PAUSE = timedelta(seconds=30)
# Nobody's error message is longer than what a person reads.
LONGEST_ERROR = 2000
# The advisory lock under which patient jobs are counted and begun.
_PATIENT_LOCK = 5_310_014


class JobCancelled(Exception):
    """Raised inside a job when its owner asked for it to stop."""


class JobLost(Exception):
    """Raised inside a job that another worker has taken over meanwhile: whatever comes of this run is not told."""


class JobLater(Exception):
    """Raised inside a job that finds what it needs in use: put back for `pause`, which is no try."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__()
        self.pause = pause


class RunningJob:
    """The JobContext of lms.lib.jobs.registry over a row."""

    def __init__(self, row: Job) -> None:
        self.row = row
        self.args: dict[str, Any] = row.args
        self.attempt: int = row.attempts
        self.actor = Actor(person=row.person, role=row.role, body=row.body, user_id=row.args.get("_user_id"))

    @property
    def job(self) -> Job:
        return self.row

    def progress(self, done: int, total: int, message: str = "") -> None:
        held = _held(self.row).update(
            progress_done=done, progress_total=total, message=message, lease_until=now() + LEASE
        )
        if not held:
            raise JobLost

    @contextmanager
    def held(self) -> Iterator[None]:
        """Around a step that takes long and is one transaction: the lease is renewed from outside of it meanwhile."""
        over = threading.Event()
        keeper = threading.Thread(
            target=_keep, args=(self.row, over), name=f"lease-{self.row.id}", daemon=True
        )
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def require_lease(self) -> None:
        """In the caller's transaction, which must end within `held`: from here to its end nobody else takes the job over.
        Raises JobLost where somebody has, or where it was ended meanwhile. What a transaction does right before its end:
        the row is locked, and whoever wants the job waits."""
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("a lease is asked for in the transaction that needs it")
        if not _held(self.row).update(lease_until=now() + LEASE):
            raise JobLost

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


def _due(moment: datetime) -> Q:
    """Held by nobody, and not resting after an error."""
    rested = Q(next_try_at__isnull=True) | Q(next_try_at__lte=moment)
    return Q(rested, state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=moment)


def _held(row: Job) -> QuerySet[Job]:
    """The row, as long as it is this attempt that holds it."""
    return Job.objects.filter(id=row.id, state=Job.State.RUNNING, attempts=row.attempts)


def _keep(row: Job, over: threading.Event) -> None:
    """Renew a lease until it is over, on a connection of this thread's own. Once lost it is not taken back."""
    last = now() + LONGEST_HELD
    try:
        while not over.wait(RENEW_S) and now() < last:
            try:
                if not _held(row).update(lease_until=now() + LEASE):
                    return
            except OperationalError:
                # SQLite while the step itself writes: nobody else can claim the job then either.
                logger.info("The lease of job %s could not be renewed this time", row.uuid)
    finally:
        connections.close_all()


def claim(job_id: int) -> Job | None:
    """Take the job if nobody holds it: one conditional UPDATE, acting only if it changed the row."""
    moment = now()
    free = _due(moment)
    row = Job.objects.filter(free, id=job_id).first()
    if row is None:
        return None
    taken = Job.objects.filter(free, id=job_id, attempts=row.attempts).update(
        state=Job.State.RUNNING, lease_until=moment + LEASE, attempts=row.attempts + 1
    )
    return Job.objects.get(id=job_id) if taken else None


def next_job(job_id: int) -> int:
    """The job to run when this one is woken: a quick one before every other, and of its kind the one whose turn it is."""
    kind = Job.objects.filter(id=job_id).values_list("kind", flat=True).first()
    if kind is None:
        return job_id
    if kind not in quick_kinds():
        waiting = Job.objects.filter(_due(now()), kind__in=quick_kinds()).order_by("created_at", "id")
        quick = waiting.values_list("id", "kind").first()
        if quick is not None:
            job_id, kind = quick
    return whose_turn(kind, job_id)


def _begin(job_id: int) -> Job | None:
    """Claim a job, a patient one only where there is room for it."""
    if not Job.objects.filter(id=job_id, kind__in=patient_kinds()).exists():
        return claim(job_id)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # Two workers woken at once would both find the room; SQLite has one writer.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PATIENT_LOCK])
        under_way = Job.objects.filter(
            kind__in=patient_kinds(), state=Job.State.RUNNING, lease_until__gte=now()
        )
        return claim(job_id) if under_way.count() < settings.PATIENT_JOBS else None


def _instead_of(job_id: int) -> Job | None:
    """A quick job that was run by another's message leaves its own to one that waits."""
    if not Job.objects.filter(id=job_id, kind__in=quick_kinds()).exists():
        return None
    waiting = Job.objects.filter(_due(now())).exclude(kind__in=patient_kinds()).order_by("created_at", "id")
    other = waiting.values_list("id", "kind").first()
    return claim(whose_turn(other[1], other[0])) if other is not None else None


def next_patient() -> int | None:
    """Of the patient jobs that wait, the oldest of the kind that was served longest ago."""
    jobs = Job.objects.filter(kind__in=patient_kinds()).order_by()
    first = dict(
        jobs.filter(_due(now())).values("kind").annotate(first=Min("id")).values_list("kind", "first")
    )
    served = jobs.filter(kind__in=first, attempts__gt=0).values("kind")
    return fairest(first, dict(served.annotate(last=Max("finished_at")).values_list("kind", "last")))


def _wake_next_patient() -> None:
    following = next_patient()
    if following is not None:
        _wake(following)


def run(job_id: int) -> None:
    """Run one job, the woken one or the one whose turn it is (`next_job`); a refusal is its result, a crash or an error leaves it to be tried a bounded number of times."""
    turn = next_job(job_id)
    # Each message runs one job: where the one in turn was taken meanwhile, the woken one is next.
    row = _begin(turn) or (_begin(job_id) if turn != job_id else None) or _instead_of(job_id)
    if row is None:
        return
    try:
        _run(row)
    finally:
        if row.kind in patient_kinds():
            transaction.on_commit(_wake_next_patient, robust=True)


def _run(row: Job) -> None:
    if row.tries > MAX_ATTEMPTS:
        _finish(row, Job.State.FAILED, _("多次尝试后仍未完成，请联系管理员。"))
        return
    try:
        result = function_for(row.kind)(RunningJob(row))
    except JobCancelled:
        _finish(row, Job.State.CANCELLED, _("已按要求取消，没有留下任何内容。"))
    except Refusal as refusal:
        _finish(row, Job.State.FAILED, str(refusal.message), refusal.details)
    except JobLater as later:
        _held(row).update(
            state=Job.State.QUEUED,
            lease_until=None,
            next_try_at=now() + later.pause,
            attempts_before=F("attempts_before") + 1,
        )
    except JobLost:
        logger.warning("Job %s (%s) was taken over by another worker", row.uuid, row.kind)
    except Exception as error:
        logger.exception("Job %s (%s) failed", row.uuid, row.kind)
        _try_again_or_fail(row, error)
    else:
        _finish(row, Job.State.DONE, "", result)


def _try_again_or_fail(row: Job, error: Exception) -> None:
    said = f"{type(error).__name__}: {error}".replace("\0", "")[:LONGEST_ERROR]
    _held(row).update(error=said)
    if row.tries >= MAX_ATTEMPTS or not is_retried(row.kind):
        _finish(row, Job.State.FAILED, _("处理时出错，没有写入任何内容。请重试或联系管理员。"))
        return
    _held(row).update(
        state=Job.State.QUEUED,
        lease_until=None,
        next_try_at=now() + FIRST_PAUSE * 4 ** (row.tries - 1),
        message=_("处理时出错，没有写入任何内容；系统会自动重试。"),
    )


def _finish(row: Job, state: str, message: str, result: dict[str, Any] | None = None) -> None:
    ended = _held(row).update(
        state=state, message=message, result=result or {}, finished_at=now(), lease_until=None
    )
    if not ended:
        logger.warning("Job %s (%s) ended after another worker had taken it over", row.uuid, row.kind)


def keeper(user: Any) -> Actor:
    """The user as the one who looks after the platform's jobs: superusers. Raises NotAllowed for everybody else."""
    if not (user.is_active and user.is_superuser):
        raise NotAllowed
    return Actor(person=user.uuid, role="admin", user_id=user.pk)


def retry(user: Any, uuid: UUID) -> Job:
    """Put a failed job back, with all its tries before it. Raises NotAllowed, NotFound, Conflict (not failed, or of a
    kind that would only fail again).
    """
    who = keeper(user)
    row = Job.objects.filter(uuid=uuid).first()
    if row is None:
        raise NotFound
    if not is_retried(row.kind):
        raise Conflict(_("这类任务不能原样重试，请回到原来的页面重新提交。"), code="job_not_retried")
    with transaction.atomic():
        put_back = Job.objects.filter(id=row.id, state=Job.State.FAILED).update(
            state=Job.State.QUEUED,
            attempts_before=F("attempts"),
            cancel_asked=False,
            next_try_at=None,
            finished_at=None,
            message="",
        )
        if not put_back:
            raise Conflict(_("这项任务没有失败，或者已经有人重试，请刷新查看。"), code="job_not_failed")
        record(who, action="job.retry", target_type="lib.Job", target=row.uuid, data={"kind": row.kind})
        transaction.on_commit(lambda: _wake(row.id), robust=True)
    row.refresh_from_db()
    return row


def resume() -> int:
    """Start every job that is due and held by nobody; returns how many were woken."""
    due = Job.objects.filter(_due(now())).exclude(kind__in=patient_kinds()).order_by("created_at")
    ids = list(due.values_list("id", flat=True)[:100])
    patient = next_patient()
    if patient is not None:
        ids.append(patient)
    for job_id in ids:
        _wake(job_id)
    return len(ids)
