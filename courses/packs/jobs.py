"""The background job of an import. A refused pack ends the job with its first sentence and the whole report."""

from typing import Any

from lms.lib.errors import Invalid
from lms.lib.jobs.registry import JobContext, job

from .services import JOB, run_import


@job(JOB, retried=False)
def import_pack_job(ctx: JobContext) -> dict[str, Any]:
    report = run_import(ctx)
    if not report.ok:
        first = report.problems[0].message if report.problems else ""
        raise Invalid(first, code="pack_refused", details={"state": str(report.state)})
    return {"state": str(report.state), "course": report.course, "release": report.release}
