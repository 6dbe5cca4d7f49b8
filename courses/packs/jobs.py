"""The background job of an import. A refused pack ends the job with its first sentence and the whole report."""

from typing import Any

from courses.media.models import CourseVideo
from courses.media.services import ask
from lms.lib.errors import Invalid
from lms.lib.jobs.registry import JobContext, job

from .handing_in import JOB
from .planning import PLAN_JOB, run_plan
from .queries import whose_turn
from .report import ImportReport
from .services import FILMS_JOB, run_import


@job(JOB, retried=False, turn=whose_turn)
def import_pack_job(ctx: JobContext) -> dict[str, Any]:
    report = run_import(ctx)
    return _told(report) | {"course": report.course, "release": report.release}


@job(PLAN_JOB, retried=False, turn=whose_turn, quick=True)
def plan_pack_job(ctx: JobContext) -> dict[str, Any]:
    return _told(run_plan(ctx))


@job(FILMS_JOB)
def films_of_pack(ctx: JobContext) -> dict[str, Any]:
    """Have the sizes of an import's films made; those that are asked for already are not asked for again."""
    films = list(CourseVideo.objects.filter(pk__in=ctx.args["films"]).order_by("pk"))
    for place, film in enumerate(films):
        ctx.progress(place, len(films))
        ask(film, ctx.actor)
    return {"films": len(films)}


def _told(report: ImportReport) -> dict[str, Any]:
    if report.problems:
        raise Invalid(report.problems[0].message, code="pack_refused", details={"state": str(report.state)})
    return {"state": str(report.state)}
