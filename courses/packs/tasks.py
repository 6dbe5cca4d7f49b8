"""The Celery task of plans and of exported files: nobody is waited for for ever."""

from celery import shared_task

from courses.packs.planning import sweep_plans
from courses.packs.waiting_exports import sweep_exports


@shared_task(name="courses.packs.sweep_plans")
def sweep_forgotten_plans() -> int:
    return sweep_plans() + sweep_exports()
