"""The Celery application of both shapes. Tasks are thin: they take ids and call one service."""

import os

from celery import Celery

import lms.config.file_broker  # noqa: F401 -- makes the embedded shape's broker known by its name

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")

app = Celery("rongtong")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["lms.config"], related_name="celery_tasks")
