"""Where the files of imports lie: uploads that wait for their job and what is shown of their lessons, what an import unpacks on
its way, and the questions it found no place for.

Owns `$RONGTONG_HOME/packs` and `packs/….questions.json` in the private storage. Refuses files beyond the limit, and to know what is in them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils.translation import gettext as _

from lms.lib.clock import now
from lms.lib.disk import flushing
from lms.lib.errors import Invalid
from lms.lib.private import private_storage

MAX_UPLOAD_BYTES = 4 * 1024**3
KEEP_WORK_DAYS = 2
WORK = ".work"
PREVIEW = ".preview"


def incoming(uuid: UUID) -> Path:
    """Where an uploaded pack waits for its job: outside the public media, since packs hold the answers."""
    return Path(settings.HOME) / "packs" / f"{uuid}.zip"


def preview_folder(uuid: UUID) -> Path:
    """Where that pack's lessons lie while its plan waits (preview.py)."""
    return incoming(uuid).with_suffix(PREVIEW)


def drop_waiting(uuid: UUID) -> None:
    """Remove the file that waits, with what is shown of it."""
    incoming(uuid).unlink(missing_ok=True)
    shutil.rmtree(preview_folder(uuid), ignore_errors=True)


def keep(upload: IO[bytes], path: Path) -> str:
    """Write what comes to a file of our own; returns its SHA-256 (hex). Raises Invalid (too large)."""
    total, size = hashlib.sha256(), 0
    with open(path, "wb") as out:
        os.chmod(path, 0o600)
        while chunk := upload.read(1024 * 1024):
            size += len(chunk)
            if size > MAX_UPLOAD_BYTES:
                raise Invalid(_("文件超过 %(limit)d MB。") % {"limit": MAX_UPLOAD_BYTES // 1024**2})
            total.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return total.hexdigest()


def _hash(path: Path) -> str:
    total = hashlib.sha256()
    # Few large steps: between them the thread has to wait for Python's lock.
    chunk = memoryview(bytearray(4 * 1024**2))
    with open(path, "rb", buffering=0) as file:
        while size := file.readinto(chunk):
            total.update(chunk[:size])
    return total.hexdigest()


class HashBeside:
    """SHA-256 (hex) of a file, taken in a thread (hashlib and the disk let go of Python's lock) while something else is done; asked
    for, it is waited for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pack-hash")
        self.future: Future[str] | None = None

    def begin(self) -> Future[str]:
        if self.future is None:
            self.future = self.pool.submit(_hash, self.path)
        return self.future

    def __call__(self) -> str:
        return self.begin().result()


@contextmanager
def hash_beside(path: Path) -> Iterator[HashBeside]:
    """The hash of a file, begun when whoever does something else with it says so. Raises Invalid at once where there is no
    file."""
    if not path.is_file():
        raise Invalid(_("没有这个文件：%(name)s") % {"name": path.name}, code="no_file")
    found = HashBeside(path)
    try:
        yield found
    finally:
        found.pool.shutdown(cancel_futures=True)


@contextmanager
def written_out(stored: Iterable[tuple[Storage, str]]) -> Iterator[Callable[[], None]]:
    """Bring stored files to the disk beside what the caller does; what is given waits for it and raises OSError where the disk
    refuses. A storage elsewhere has them for good when it says so."""
    paths = []
    for storage, name in stored:
        with suppress(NotImplementedError):
            paths.append(storage.path(name))
    with flushing(paths) as wait:
        yield wait


def keep_questions(uuid: UUID, *, file: str, format: str, questions: list[dict[str, Any]]) -> None:
    """Keep an import's questions without a place as one JSON file, instead of what an import of this id left before.
    `file` is the pack's name, `format` that of its adapter. The disk has
    it when this returns."""
    drop_questions(uuid)
    made = {
        "format": "rongtong-unplaced-questions",
        "version": 1,
        "import": str(uuid),
        "file": file,
        "from": format,
        "questions": questions,
    }
    # A lone surrogate, which JSON of others may hold, is written as its escape.
    written = json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
    storage = private_storage()
    with written_out([(storage, storage.save(_questions(uuid), ContentFile(written)))]) as on_disk:
        on_disk()


def open_questions(uuid: UUID) -> IO[bytes] | None:
    """That file, to be closed by the caller; None where there is none."""
    storage, name = private_storage(), _questions(uuid)
    return storage.open(name) if storage.exists(name) else None


def drop_questions(uuid: UUID) -> None:
    private_storage().delete(_questions(uuid))


def _questions(uuid: UUID) -> str:
    return f"packs/{uuid}.questions.json"


@contextmanager
def workspace(uuid: UUID, attempt: int) -> Iterator[Path]:
    """A folder into which a worker unpacks an import, on the disk of the media, where files then only change their place.
    It is its own: one that lost its import to another must not write into that one's, nor take it away, however late it
    comes here. attempt: of the job, which tells who came first."""
    waiting = incoming(uuid)
    waiting.parent.mkdir(parents=True, exist_ok=True)
    # What a worker killed half way has left.
    for left in waiting.parent.glob(f"{uuid}*{WORK}"):
        if _attempt_of(left) <= attempt:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{uuid}.{attempt}.", suffix=WORK, dir=waiting.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _attempt_of(folder: Path) -> int:
    """Whose a work folder is; 0 of one that does not say."""
    parts = folder.name.split(".")
    return int(parts[1]) if len(parts) == 4 and parts[1].isdecimal() else 0


def sweep_workspaces() -> None:
    """Folders of imports that were killed and not begun again."""
    left = now().timestamp() - KEEP_WORK_DAYS * 86400
    packs = incoming(UUID(int=0)).parent
    for folder in packs.glob(f"*{WORK}"):
        if folder.stat().st_mtime < left:
            shutil.rmtree(folder, ignore_errors=True)
    # A worker killed between a file and its lessons.
    for folder in packs.glob(f"*{PREVIEW}"):
        if not folder.with_suffix(".zip").exists():
            shutil.rmtree(folder, ignore_errors=True)
