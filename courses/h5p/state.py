"""Saved states of exercises: their shape, their bounds, and who keeps them.

A state is what H5P calls contentUserData: ``{"0": {"state": "<JSON as text>"}}``, by sub-content id and
data type. Courses know no learners; the package that does registers a store here. Refuses states that
are too big or of another shape: they come out of foreign code.
"""

import re
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from lms.lib.errors import Invalid

State = dict[str, dict[str, str]]

#: Bytes of all texts of one state together.
MAX_BYTES = 256 * 1024
MAX_ENTRIES = 200
_KEY = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


class H5PStateStore(Protocol):
    """Where a person's states are kept."""

    def load(self, person: UUID, content: UUID) -> State:
        """The state of this person in this content, {} where there is none."""

    def save(self, person: UUID, content: UUID, state: State) -> None:
        """Keep a state that `check_state` has passed, instead of the one before."""


_store: H5PStateStore | None = None


def register_state_store(store: H5PStateStore) -> None:
    """Name the one who keeps states (learning, at start). A second call replaces the first."""
    global _store
    _store = store


def load_state(person: UUID | None, content: UUID) -> State:
    """The state to hand to a player; {} for visitors and where nobody keeps states."""
    return _store.load(person, content) if _store is not None and person is not None else {}


def save_state(person: UUID, content: UUID, raw: object) -> State:
    """Judge a state that a player sent and keep it. Raises Invalid."""
    state = check_state(raw)
    if _store is not None:
        _store.save(person, content, state)
    return state


def check_state(raw: object) -> State:
    """A state out of JSON, judged. Raises Invalid."""
    state: State = {}
    size = entries = 0
    if not isinstance(raw, dict):
        raise Invalid(_("保存的进度格式不对。"), code="h5p_state")
    for sub_content, kinds in raw.items():
        if not _KEY.fullmatch(str(sub_content)) or not isinstance(kinds, dict):
            raise Invalid(_("保存的进度格式不对。"), code="h5p_state")
        for kind, data in kinds.items():
            if not _KEY.fullmatch(str(kind)) or not isinstance(data, str):
                raise Invalid(_("保存的进度格式不对。"), code="h5p_state")
            size += len(data.encode("utf-8", "replace"))
            entries += 1
            state.setdefault(str(sub_content), {})[str(kind)] = data
    if size > MAX_BYTES or entries > MAX_ENTRIES:
        raise Invalid(_("要保存的进度太大。"), code="h5p_state_size", status=413)
    return state
