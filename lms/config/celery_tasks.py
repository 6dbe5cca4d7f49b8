"""Runs Wagtail's background tasks (django-tasks) on Celery."""

from typing import Any

from celery import shared_task
from django.utils.module_loading import import_string


@shared_task(name="lms.config.run_task")
def run_task(module_path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    import_string(module_path).call(*args, **kwargs)
