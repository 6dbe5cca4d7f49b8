"""The front door of storage: promising room and counting what takes it. Other rooms import nothing behind it."""

from courses.storage.queries import counted, owned_by, room_of
from courses.storage.rules import Room
from courses.storage.services import (
    FORM,
    FULL,
    forget,
    forget_left,
    full,
    held,
    hold,
    note,
    note_each,
    note_sizes,
    organisation_of_uploader,
    release,
    require_room,
    shrink,
)

__all__ = [
    "FORM",
    "FULL",
    "Room",
    "counted",
    "forget",
    "forget_left",
    "full",
    "held",
    "hold",
    "note",
    "note_each",
    "note_sizes",
    "organisation_of_uploader",
    "owned_by",
    "release",
    "require_room",
    "room_of",
    "shrink",
]
