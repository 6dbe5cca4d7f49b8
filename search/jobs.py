"""Rebuilding as a background job, for indexes too big to wait for."""

from typing import Any

from lms.lib.jobs.registry import JobContext, job
from search.indexing import rebuild


@job("search.rebuild")
def rebuild_index(ctx: JobContext) -> dict[str, Any]:
    """args: {"type": a type, or null for all}. Started again after a crash it begins anew; searches never
    notice.
    """

    def report(document_type: str, written: int) -> None:
        ctx.progress(written, 0, document_type)
        ctx.check_cancelled()

    return {"written": rebuild(ctx.args.get("type"), progress=report)}
