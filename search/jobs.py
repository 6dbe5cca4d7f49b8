"""Rebuilding as a background job, for indexes too big to wait for and for those that were lost."""

from datetime import timedelta
from typing import Any

from django.db.models import Q

from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import JobLater, enqueue
from search.errors import SearchUnavailable
from search.indexing import incomplete, rebuild

PAUSE = timedelta(minutes=1)
# A rebuild that failed for good is not ordered again by itself before this.
FAILED_REST = timedelta(hours=1)


@job("search.rebuild")
def rebuild_index(ctx: JobContext) -> dict[str, Any]:
    """args: {"type": a type, or null for all, "engine": its name, or null for all, "anew": bool}. Started again after a
    crash it goes on where it was; searches never notice.
    """

    def report(document_type: str, done: int) -> None:
        ctx.progress(done, 0, document_type)
        ctx.check_cancelled()

    try:
        # Between two reports files may have to be read, each as long as a lease lasts.
        with ctx.held():
            written = rebuild(
                ctx.args.get("type"),
                engine=ctx.args.get("engine"),
                anew=bool(ctx.args.get("anew")),
                progress=report,
            )
    except SearchUnavailable as refusal:
        raise JobLater(PAUSE) from refusal
    return {"written": written}


def fill_incomplete() -> None:
    """Order a rebuild of each type that an engine does not hold all of, unless one is on its way or has just failed."""
    wanted = incomplete()
    if not wanted:
        return
    lately = Q(state=Job.State.FAILED, created_at__gt=now() - FAILED_REST)
    jobs = Job.objects.filter(
        Q(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | lately, kind="search.rebuild"
    )
    ordered = {(args.get("engine"), args.get("type")) for args in jobs.values_list("args", flat=True)}
    for engine, document_type in wanted:
        if not ordered & {(engine, document_type), (engine, None), (None, document_type), (None, None)}:
            enqueue("search.rebuild", {"type": document_type, "engine": engine}, Actor.system("search"))
