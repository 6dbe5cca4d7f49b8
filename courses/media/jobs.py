"""The background jobs of media."""

from typing import Any

from courses.media import pictures, services
from lms.lib.jobs.registry import JobContext, job


@job(services.JOB)
def make_ladder(ctx: JobContext) -> dict[str, Any]:
    return services.prepare(ctx)


@job(pictures.JOB)
def make_pictures(ctx: JobContext) -> dict[str, Any]:
    return pictures.prepare(ctx)
