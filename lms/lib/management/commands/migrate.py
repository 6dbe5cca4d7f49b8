"""`migrate` as Django has it, in half the time: from nothing it draws each of 250 models again for every operation.

Owns: how a drawn model gets its fields (copied, as those of an abstract model are, instead of taken apart and built
again) and when the garbage of drawn models is looked for. Refuses: anything about what a migration does; the
tables come out the same to the letter.
"""

import copy
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate
from django.db.models import Field
from django.utils.functional import cached_property

# A collection costs a third of a second; between two, some hundred megabytes of drawn models lie about.
COLLECT_EVERY = 40


class Command(migrate.Command):
    applied = 0

    def handle(self, *args: Any, **options: Any) -> None:
        with _quickly():
            super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        super().migration_progress_callback(action, migration, fake)
        if action == "apply_success":
            self.applied += 1
            if self.applied % COLLECT_EVERY == 0:
                gc.collect()


@contextmanager
def _quickly() -> Iterator[None]:
    collecting = gc.isenabled()
    gc.disable()
    try:
        with patch.object(Field, "clone", _copied):
            yield
    finally:
        if collecting:
            gc.enable()


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
