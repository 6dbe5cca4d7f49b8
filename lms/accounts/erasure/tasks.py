"""The wake-up that looks for wishes whose days are over, and the job that carries one out."""

from typing import Any
from uuid import UUID

from celery import shared_task

from lms.accounts.erasure import services
from lms.lib.jobs.registry import JobContext, job


@shared_task(name="lms.accounts.erasure.order_due")
def order_due() -> int:
    return services.order_due()


@job("accounts.erase")
def erase(context: JobContext) -> dict[str, Any]:
    return {"done": services.carry_out(UUID(context.args["erasure"]))}
