"""Where the files of imports lie: uploads that wait for their job, what an import unpacks on its way, and the questions it
found no place for.

Owns `$RONGTONG_HOME/packs` and `packs/….questions.json` in the private storage. Refuses files beyond the limit, and to know what is in them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from lms.lib.clock import now
from lms.lib.errors import Invalid
from lms.lib.private import private_storage

MAX_UPLOAD_BYTES = 4 * 1024**3
KEEP_WORK_DAYS = 2
WORK = ".work"


def incoming(uuid: UUID) -> Path:
    """Where an uploaded pack waits for its job: outside the public media, since packs hold the answers."""
    return Path(settings.HOME) / "packs" / f"{uuid}.zip"


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


def hash_file(path: Path) -> str:
    """SHA-256 (hex) of a file that lies here. Raises Invalid where there is none."""
    if not path.is_file():
        raise Invalid(_("没有这个文件：%(name)s") % {"name": path.name}, code="no_file")
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1024 * 1024):
            total.update(chunk)
    return total.hexdigest()


def keep_questions(uuid: UUID, *, file: str, format: str, questions: list[dict[str, Any]]) -> None:
    """Keep an import's questions without a place as one JSON file, instead of what an import of this id left before.
    `file` is the pack's name, `format` that of its adapter."""
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
    private_storage().save(_questions(uuid), ContentFile(written))


def open_questions(uuid: UUID) -> IO[bytes] | None:
    """That file, to be closed by the caller; None where there is none."""
    storage, name = private_storage(), _questions(uuid)
    return storage.open(name) if storage.exists(name) else None


def drop_questions(uuid: UUID) -> None:
    private_storage().delete(_questions(uuid))


def _questions(uuid: UUID) -> str:
    return f"packs/{uuid}.questions.json"


@contextmanager
def workspace(uuid: UUID) -> Iterator[Path]:
    """A folder into which an import unpacks, on the disk of the media, where files then only change their place."""
    folder = incoming(uuid).with_suffix(WORK)
    # What a worker killed half way has left of it.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_workspaces() -> None:
    """Folders of imports that were killed and not begun again."""
    left = now().timestamp() - KEEP_WORK_DAYS * 86400
    for folder in incoming(UUID(int=0)).parent.glob(f"*{WORK}"):
        if folder.stat().st_mtime < left:
            shutil.rmtree(folder, ignore_errors=True)
