"""The background job of an import. A refused pack ends the job with its first sentence and the whole report."""

from typing import Any

from lms.lib.errors import Invalid
from lms.lib.jobs.registry import JobContext, job

from .queries import whose_turn
from .report import ImportReport
from .services import JOB, PLAN_JOB, run_import, run_plan


@job(JOB, retried=False, turn=whose_turn)
def import_pack_job(ctx: JobContext) -> dict[str, Any]:
    report = run_import(ctx)
    return _told(report) | {"course": report.course, "release": report.release}


@job(PLAN_JOB, retried=False, turn=whose_turn)
def plan_pack_job(ctx: JobContext) -> dict[str, Any]:
    return _told(run_plan(ctx))


def _told(report: ImportReport) -> dict[str, Any]:
    if report.problems:
        raise Invalid(report.problems[0].message, code="pack_refused", details={"state": str(report.state)})
    return {"state": str(report.state)}
