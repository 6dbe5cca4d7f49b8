"""A django-tasks back end that forwards to Celery once the transaction has committed.

Owns: the hand-over. Refuses: results and deferral; a task that must survive a crash is a job row of lms.lib.jobs.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import normalize_json


class CeleryBackend(BaseTaskBackend):
    supports_async_task = False

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        from lms.config.celery_tasks import run_task

        self.validate_task(task)
        result: TaskResult[Any] = TaskResult(
            task=task,
            id=get_random_string(32),
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        call = partial(
            run_task.delay, task.module_path, normalize_json(list(args)), normalize_json(dict(kwargs))
        )
        # A broker that is away must not undo what has been committed: the index is behind, nothing is lost.
        transaction.on_commit(call, robust=True)
        return result
