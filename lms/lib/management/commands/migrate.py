"""`migrate` as Django has it, in a third of the time: from nothing it draws most of 350 models again for every operation.

Owns: which models are drawn again after an operation (the one that it changed; all of them before one that looks at what refers
to a model), how a drawn model gets its fields (copied, as those of an abstract model are, instead of taken apart and built
again) and when the garbage of drawn models is looked for. Refuses: anything about what a migration does; the
tables come out the same to the letter (tests/lib/test_migrate.py).
"""

import copy
import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field
from django.utils.functional import cached_property

# A collection costs a third of a second; between two, some hundred megabytes of drawn models lie about.
COLLECT_EVERY = 40
# What looks at the relations that point to a model. (RunPython sees to it itself, forwards; backwards it is here.)
WHOLE: tuple[type[Operation], ...] = (
    operations.AlterField,
    operations.DeleteModel,
    operations.RemoveField,
    operations.RenameField,
    operations.RenameModel,
    operations.SeparateDatabaseAndState,
)


class Command(migrate.Command):
    applied = 0

    def handle(self, *args: Any, **options: Any) -> None:
        with quickly():
            super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        super().migration_progress_callback(action, migration, fake)
        if action == "apply_success":
            self.applied += 1
            if self.applied % COLLECT_EVERY == 0:
                gc.collect()


@contextmanager
def quickly() -> Iterator[None]:
    """In it, Django's executor migrates as this command does."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        with ExitStack() as stack:
            stack.enter_context(patch.object(Field, "clone", _copied))
            stack.enter_context(patch.object(ProjectState, "_find_reload_model", _alone))
            ways = [(kind, way) for kind in WHOLE for way in ("database_forwards", "database_backwards")]
            for kind, way in (*ways, (operations.RunPython, "database_backwards")):
                stack.enter_context(patch.object(kind, way, _among_all(getattr(kind, way))))
            yield
    finally:
        if collecting:
            gc.enable()


def _alone(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
    """Which models are drawn again once this one has changed: itself. The others know the one that was, which matters only to
    what looks at a model from the side of its relations: that draws all of them anew (Django's own word for such a
    state is "delayed").
    """
    state.is_delayed = True
    return {(app_label, model_name)}


def _among_all(original: Any) -> Any:
    """The operation's work, with models that know each other as they are."""

    def work(
        operation: Operation, app_label: str, editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if _looks_around(operation):
            # The former first: a column stands by its field's number, and those of a change are numbered after those it finds.
            for state in (from_state, to_state):
                _draw_all(state)
        original(operation, app_label, editor, from_state, to_state)

    return work


def _draw_all(state: ProjectState) -> None:
    state.clear_delayed_apps_cache()
    state.is_delayed = False
    _ = state.apps


def _looks_around(operation: Operation) -> bool:
    if not isinstance(operation, operations.AlterField):
        return True
    # Those that point here are looked at only where they might have to be written anew.
    return operation.field.primary_key or operation.field.unique


@cache
def _remembered(kind: type) -> tuple[str, ...]:
    """What such an object works out once and keeps, which another model's may not take over."""
    return tuple(name for name in dir(kind) if isinstance(getattr(kind, name, None), cached_property))


def _copied(field: Any, _cloned: Any = Field.clone) -> Any:
    """The field for another model, numbered anew: a table's columns stand in the order of these numbers."""
    if hasattr(field, "model"):
        # One of a model of the application, which knows it: drawn models get it from its own words.
        return _cloned(field)
    made = copy.deepcopy(field)
    for part in (made, made.remote_field):
        if part is not None:
            for name in _remembered(part.__class__):
                part.__dict__.pop(name, None)
    if made.auto_created:
        made.creation_counter = Field.auto_creation_counter
        Field.auto_creation_counter -= 1
    else:
        made.creation_counter = Field.creation_counter
        Field.creation_counter += 1
    return made
