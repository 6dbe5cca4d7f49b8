"""Writing .h5p files: the same input gives the same bytes, whatever the day."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from .archive import ignored
from .filetypes import extension
from .names import LibraryName
from .resolve import EXPORT, resolve
from .store import Store

# Media is packed already.
_PACKED = {"png", "jpg", "jpeg", "gif", "webp", "avif", "mp4", "webm", "ogg", "mp3", "m4a", "woff", "woff2"}
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_package(
    target: IO[bytes],
    manifest: Mapping[str, Any],
    content: Mapping[str, Any],
    *,
    libraries: Iterable[tuple[LibraryName, Path]],
    files: Iterable[tuple[str, Path | bytes]] = (),
) -> None:
    """Write a package to ``target``.

    ``manifest`` is h5p.json, ``content`` content.json, ``files`` are further content files by path relative
    to ``content/``, ``libraries`` their folders on disk. Hidden files are left out.
    """
    with zipfile.ZipFile(target, "w") as archive:
        _add(archive, "h5p.json", _dump(manifest))
        _add(archive, "content/content.json", _dump(content))
        for path, data in sorted(files, key=lambda item: item[0]):
            if path != "content.json":
                _add(archive, f"content/{path}", data)
        for name, folder in sorted(libraries):
            for file in sorted(folder.rglob("*")):
                relative = file.relative_to(folder).as_posix()
                if file.is_file() and not file.is_symlink() and not ignored(relative):
                    _add(archive, f"{name.folder}/{relative}", file)


def export_content(store: Store, content_id: str) -> bytes:
    """``export_to`` in memory, for contents that are known to be small. Raises ``UnknownContent``."""
    out = io.BytesIO()
    export_to(store, content_id, out)
    return out.getvalue()


def export_to(store: Store, content_id: str, target: IO[bytes]) -> None:
    """Write a content of the store to ``target`` as an .h5p file, with every library it needs to be played and edited
    elsewhere. No file is held in memory as a whole.

    Libraries only an editor needs are left out where they are not installed. Raises ``UnknownContent``.
    """
    manifest, shelf = store.manifest(content_id), store.shelf_of(content_id)
    roots = [library.name for library in store.needed(content_id)]
    libraries = []
    for library in resolve(roots, shelf.library, kinds=EXPORT, optional=True):
        folder = shelf.library_folder(library.name)
        if folder is not None:
            libraries.append((library.name, folder))
    base = store.content_folder(content_id) / "content"
    files = [(path.relative_to(base).as_posix(), path) for path in base.rglob("*") if path.is_file()]
    write_package(target, manifest.raw, store.params(content_id), libraries=libraries, files=files)


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _add(archive: zipfile.ZipFile, name: str, data: Path | bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = 0o100644 << 16
    info.compress_type = zipfile.ZIP_STORED if extension(name) in _PACKED else zipfile.ZIP_DEFLATED
    if isinstance(data, bytes):
        archive.writestr(info, data)
        return
    info.file_size = data.stat().st_size
    with open(data, "rb") as source, archive.open(info, "w") as member:
        shutil.copyfileobj(source, member)
