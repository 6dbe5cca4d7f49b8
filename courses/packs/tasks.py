"""The Celery task of plans: nobody's answer is waited for for ever."""

from celery import shared_task

from courses.packs.planning import sweep_plans


@shared_task(name="courses.packs.sweep_plans")
def sweep_forgotten_plans() -> int:
    return sweep_plans()
