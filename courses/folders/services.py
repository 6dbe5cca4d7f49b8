"""Folders that are served from the disk, kept in the object store, too: H5P contents, libraries, and packages that were unpacked.

Owns `folders/….zip` in the private storage: one object for each folder, made once, since such a folder never changes. Refuses to serve
from there, and to do anything where files lie in folders anyway. docs/decisions/object-store.md says why the disk serves them.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils._os import safe_join

from courses.activities.files import root as packages_root
from courses.activities.models import ContentPackage
from courses.h5p.models import H5PContent, H5PFormerVersion, H5PLibrary
from courses.h5p.queries import played_in
from courses.storage.api import counted
from lms.lib.clock import now
from lms.lib.disk import flush_names, flush_tree
from lms.lib.private import private_storage

_PLACE = "folders"
# How long what nobody knows any more is left, as the folders themselves are (courses/h5p/services.py).
KEEP_LEFT_DAYS = 2
# Asked for in one query.
_AT_ONCE = 500
_CHUNK = 1024 * 1024
_CONTENTS, _PACKAGES = "h5p/contents", "activities"


def elsewhere() -> Storage | None:
    """The private storage, where it is an object store; None where it is a folder, which is backed up with the others."""
    storage = private_storage()
    try:
        storage.path("")
    except NotImplementedError:
        return storage
    return None


def keep() -> tuple[int, int]:
    """Put what the store lacks of this machine's folders there, and remove what is no more. Returns how many of both. Raises OSError
    where the store does not answer; the next call goes on."""
    storage = elsewhere()
    if storage is None:
        return 0, 0
    there, known, put = set(_kept(storage)), set(_known()), 0
    for unit in sorted(known - there):
        if _folder(unit).is_dir():
            _put(storage, unit)
            put += 1
    gone = [unit for unit in _unknown(there - known) if _is_over(storage, unit)]
    for unit in gone:
        storage.delete(_name(unit))
    return put, len(gone)


def fetch() -> list[str]:
    """Bring the folders that this machine lacks. Returns their names. Raises OSError where the store or the disk refuses, and at the end
    where one that was kept cannot be read; what was brought before stays."""
    storage = elsewhere()
    if storage is None:
        return []
    brought, broken = [], []
    try:
        for unit in _kept(storage):
            try:
                if not _folder(unit).exists() and _get(storage, unit):
                    brought.append(unit)
            except zipfile.BadZipFile:
                broken.append(unit)
    finally:
        for home in {_folder(unit).parent.parent for unit in brought if "/libraries/" in unit}:
            _renew(home)
    if broken:
        raise OSError(errno.EIO, f"cannot be read in the store: {', '.join(broken)}")
    return brought


def _known() -> Iterator[str]:
    """The folders that rows speak of: whatever is being installed has none yet."""
    for model in (H5PContent, H5PFormerVersion):
        for uuid in model._default_manager.values_list("uuid", flat=True).iterator():
            yield f"{_CONTENTS}/{uuid}"
    library = H5PLibrary.objects.values_list("shelf", "machine_name", "major", "minor", "patch")
    for shelf, name, *version in library.iterator():
        place = f"h5p/shelves/{shelf}" if shelf else "h5p"
        yield f"{place}/libraries/{name}-{'.'.join(map(str, version))}"
    for uuid in ContentPackage.objects.values_list("uuid", flat=True).iterator():
        yield f"{_PACKAGES}/{uuid}"


def _kept(storage: Storage) -> Iterator[str]:
    shelves = _listed(storage, "h5p/shelves")[0]
    for place in (
        _PACKAGES,
        _CONTENTS,
        "h5p/libraries",
        *(f"h5p/shelves/{shelf}/libraries" for shelf in shelves),
    ):
        for name in _listed(storage, place)[1]:
            if name.endswith(".zip"):
                yield f"{place}/{name.removesuffix('.zip')}"


def _listed(storage: Storage, place: str) -> tuple[list[str], list[str]]:
    return storage.listdir(f"{_PLACE}/{place}")


def _name(unit: str) -> str:
    return f"{_PLACE}/{unit}.zip"


def _folder(unit: str) -> Path:
    first, _, rest = unit.partition("/")
    root = packages_root() if first == _PACKAGES else Path(settings.H5P_ROOT)
    return Path(safe_join(str(root), rest))


def _unknown(units: set[str]) -> list[str]:
    """Of the contents and packages without a row, those that count for nobody and have no folder here. Libraries stay."""
    keys = {}
    for unit in sorted(units):
        place, _, name = unit.rpartition("/")
        if place in (_CONTENTS, _PACKAGES) and not _folder(unit).exists():
            keys[unit] = f"h5p:{name}" if place == _CONTENTS else f"package:{name}"
    known: set[str] = set()
    asked = list(keys.values())
    for start in range(0, len(asked), _AT_ONCE):
        known |= counted(asked[start : start + _AT_ONCE])
    return [unit for unit, key in keys.items() if key not in known]


def _is_over(storage: Storage, unit: str) -> bool:
    """Whether nobody plays it any more, and it was kept long ago. Few are asked about: what was removed since the last time."""
    place, _, name = unit.rpartition("/")
    try:
        uuid = UUID(name)
    except ValueError:
        return False
    if storage.get_modified_time(_name(unit)) > now() - timedelta(days=KEEP_LEFT_DAYS):
        return False
    return not (place == _CONTENTS and played_in(uuid))


def _put(storage: Storage, unit: str) -> None:
    folder = _folder(unit)
    with tempfile.TemporaryFile(dir=settings.HOME) as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    pack.write(path, path.relative_to(folder).as_posix())
        out.seek(0)
        stored = storage.save(_name(unit), File(out))
    if stored != _name(unit):
        # Another worker was faster.
        storage.delete(stored)


def _get(storage: Storage, unit: str) -> bool:
    """Beside its place first, and there whole. False where another was faster."""
    target = _folder(unit)
    # Where what is left of it by a crash is swept up: by packages, by H5P's store.
    beside = (
        packages_root() if unit.startswith(f"{_PACKAGES}/") else Path(settings.H5P_ROOT) / "tmp"
    ) / f".{uuid4()}"
    try:
        beside.mkdir(parents=True)
        with storage.open(_name(unit)) as kept, zipfile.ZipFile(kept) as pack:
            for info in pack.infolist():
                path = Path(safe_join(str(beside), info.filename))
                path.parent.mkdir(parents=True, exist_ok=True)
                with pack.open(info) as content, path.open("wb") as out:
                    shutil.copyfileobj(content, out, _CHUNK)
        flush_tree(beside)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            return False
        flush_names(target.parent)
        return True
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _renew(home: Path) -> None:
    """Addresses of libraries bear a number that browsers keep them by, for ever: on a new disk it must be none that was before."""
    path, count = home / "generation", 0
    with suppress(OSError, ValueError):
        count = int(path.read_text())
    draft = home / f"tmp/generation-{uuid4()}"
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(str(max(count + 1, int(now().timestamp()))))
    os.replace(draft, path)
