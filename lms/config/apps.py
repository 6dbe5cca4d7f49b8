"""The top of the house: makes Celery's application known to every process."""

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


class ConfigApp(AppConfig):
    name = "lms.config"
    label = "config"

    def ready(self) -> None:
        from lms.config import celery, origins  # noqa: F401

        checks.register(origins.shape, deploy=True)

        if settings.CELERY_BROKER_URL.startswith("rongtong-files:"):
            # The file-based broker does not make its own folders.
            for name in ("queue", "control"):
                (settings.BROKER_DIR / name).mkdir(parents=True, exist_ok=True)
