"""What an import made, told to Wagtail's search in one piece: a task for each of two thousand pictures is no help."""

from __future__ import annotations

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django_tasks import task
from modelsearch.backends import get_search_backends


def on_commit_index(model: type[Model], keys: list[int]) -> None:
    """Index these rows once the transaction is committed."""
    transaction.on_commit(lambda: index_rows.enqueue(model._meta.label, keys), robust=True)


@task()
def index_rows(label: str, keys: list[int]) -> None:
    model = apps.get_model(label)
    for backend in get_search_backends(with_auto_update=True):
        backend.add_bulk(model, list(model._default_manager.filter(pk__in=keys)))
