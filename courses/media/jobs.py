"""The background jobs of media."""

from typing import Any

from courses.media import pictures, services
from courses.media.queries import whose_turn
from lms.lib.jobs.registry import JobContext, job


@job(services.JOB, turn=whose_turn, patient=True)
def make_ladder(ctx: JobContext) -> dict[str, Any]:
    return services.prepare(ctx)


@job(pictures.JOB, patient=True)
def make_pictures(ctx: JobContext) -> dict[str, Any]:
    return pictures.prepare(ctx)
