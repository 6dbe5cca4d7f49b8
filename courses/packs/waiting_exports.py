"""An exported course that waits to be taken: its page says what is left out, and what is then taken is that very file.

Owns those files, for an hour (a sweep each hour removes them) and one for each person, course and form. Refuses whoever did not ask for it, and other courses.
"""

from __future__ import annotations

from datetime import timedelta
from typing import IO, NamedTuple
from uuid import uuid4

from django.core import signing
from django.core.files import File

from courses.pages.models import CoursePage
from lms.accounts.api import User
from lms.lib import clock
from lms.lib.private import private_storage

KEPT = timedelta(hours=1)
_FOLDER = "exports"
_SALT = "courses.packs.waiting_exports"


class Waiting(NamedTuple):
    """A file to be taken: its bytes from their beginning (the caller closes them), its name, how many items it leaves out."""

    pack: IO[bytes]
    name: str
    left_out: int


def keep(user: User, course: CoursePage, pack: IO[bytes], *, name: str, form: str, left_out: int) -> str:
    """Keep an exported file for its maker, in place of the one of the same course and `form` (a plain word of ours) that
    waited before. Returns the ticket it is taken with. Closes nothing."""
    storage = private_storage()
    folder = f"{_FOLDER}/{user.pk}-{course.pk}-{form}"
    _clear(folder)
    stored = storage.save(f"{folder}/{uuid4()}", File(pack))
    said = {"user": user.pk, "course": course.pk, "file": stored, "name": name, "left_out": left_out}
    return signing.dumps(said, salt=_SALT)


def kept(user: User, course: CoursePage, ticket: str) -> Waiting | None:
    """The file of a ticket, None where it is another's, of another course, no ticket at all, or its time is over."""
    try:
        said = signing.loads(ticket, salt=_SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    if (said["user"], said["course"]) != (user.pk, course.pk):
        return None
    try:
        return Waiting(private_storage().open(said["file"]), said["name"], said["left_out"])
    except FileNotFoundError:
        return None


def sweep_exports() -> int:
    """Remove the files whose time is over. Returns how many."""
    storage, before, gone = private_storage(), clock.now() - KEPT, 0
    for folder in _names(_FOLDER, folders=True):
        for name in _names(f"{_FOLDER}/{folder}"):
            place = f"{_FOLDER}/{folder}/{name}"
            try:
                over = storage.get_modified_time(place) < before
            except FileNotFoundError:
                # Another one has taken its place meanwhile.
                continue
            if over:
                storage.delete(place)
                gone += 1
        if not _names(f"{_FOLDER}/{folder}"):
            # A folder, where the storage has such: one that was filled again meanwhile stays.
            try:
                storage.delete(f"{_FOLDER}/{folder}")
            except OSError:
                continue
    return gone


def _clear(folder: str) -> None:
    storage = private_storage()
    for name in _names(folder):
        storage.delete(f"{folder}/{name}")


def _names(folder: str, *, folders: bool = False) -> list[str]:
    try:
        inner, files = private_storage().listdir(folder)
    except FileNotFoundError:
        return []
    return list(inner if folders else files)
