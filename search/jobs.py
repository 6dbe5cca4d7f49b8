"""Rebuilding as a background job: indexes too big to wait for, those that were lost, those that the software has outgrown; and
comparing everything with its sources, every night.
"""

from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q

from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import JobLater, enqueue
from search import checking, documents
from search.cutting import recipe
from search.errors import SearchUnavailable
from search.indexing import incomplete, outdated, rebuild
from search.models import Shelf
from search.state import standing

PAUSE = timedelta(minutes=1)
# A rebuild that failed for good is not ordered again by itself before this.
REST = timedelta(hours=1)


@job("search.rebuild")
def rebuild_index(ctx: JobContext) -> dict[str, Any]:
    """args: {"type": a type, or null for all, "engine": its name, or null for all, "anew": bool}. Started again after a
    crash it goes on where it was; searches never notice. How far it is stands in its row, beside about how many there are.
    """
    about = standing()

    def report(document_type: str, done: int) -> None:
        ctx.progress(done, max(done, about.get(document_type, 0)), document_type)
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


@job("search.check")
def check_index(ctx: JobContext) -> dict[str, Any]:
    """Compares every engine with the sources and puts right what differs: what changed with the day and not by an event (an
    employment that begins, a row that was corrected by hand). Returns how much of each type was.
    """

    def report(what: str, done: int) -> None:
        ctx.progress(done, 0, what)
        ctx.check_cancelled()

    repaired: dict[str, int] = {}
    try:
        with ctx.held():
            for document_type in documents.types():
                for finding in checking.check(document_type, repair=True, progress=report):
                    if finding.repaired:
                        repaired[f"{finding.engine} {finding.type}"] = finding.repaired
    except SearchUnavailable as refusal:
        raise JobLater(PAUSE) from refusal
    return {"repaired": repaired}


@job("search.admin_index")
def fill_admin_index(ctx: JobContext) -> dict[str, Any]:
    """Tells the cluster everything that the admin's own search is to find there, anew."""
    # Imported here, as in engines: a process without Elasticsearch need not load its client.
    from elasticsearch import ApiError, TransportError

    try:
        with ctx.held():
            call_command("update_index", backend_name="default", verbosity=0)
    except (TransportError, ApiError) as error:
        raise JobLater(PAUSE) from error
    return {}


def order_admin_index() -> None:
    """Once however much was missed; what is missed while one is under way is for the next."""
    if not Job.objects.filter(kind="search.admin_index", state=Job.State.QUEUED).exists():
        enqueue("search.admin_index", {}, Actor.system("search"))


def order_check() -> None:
    """One a Shanghai day; called again it finds it ordered."""
    enqueue("search.check", {}, Actor.system("search"), key=f"search.check:{today().isoformat()}")


def order_rebuilds() -> None:
    """Order a rebuild of each type that an engine does not hold all of, or holds as it was cut before an upgrade, unless one is
    on its way, has just failed, or has just been done by the same recipe. What is there answers meanwhile.

    Two versions of the software that run side by side for a while each order theirs once.
    """
    lacking = set(incomplete())
    wanted = [*sorted(lacking), *outdated()]
    if not wanted:
        return
    lately = Q(state=Job.State.FAILED, created_at__gt=now() - REST)
    done = Q(state=Job.State.DONE, created_at__gt=now() - REST, args__recipe=recipe())
    under_way = Q(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    with transaction.atomic():
        # Whoever comes second finds what the first has ordered.
        locked = Shelf.objects.order_by("pk")
        if connection.features.has_select_for_update:
            locked = locked.select_for_update()
        list(locked.values_list("pk", flat=True))
        rows = Job.objects.filter(under_way | lately | done, kind="search.rebuild").values_list(
            "state", "args"
        )
        ordered = [(state, args.get("engine"), args.get("type")) for state, args in rows]
        for engine, document_type in dict.fromkeys(wanted):
            if not any(
                name in (engine, None)
                and kind in (document_type, None)
                # A cluster that lost its disk an hour after it was filled is filled again.
                and not (state == Job.State.DONE and (engine, document_type) in lacking)
                for state, name, kind in ordered
            ):
                args = {"type": document_type, "engine": engine, "recipe": recipe()}
                enqueue("search.rebuild", args, Actor.system("search"))
