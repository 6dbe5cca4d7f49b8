"""What goes to the service and what comes back from it.

Goes: a type's libraries, with an exercise or without. Comes back: the exercise alone. Libraries that the service sends
are left aside, since it writes theirs anew; they are taken from where the platform keeps them. Nothing a browser did
over there can so bring a script in.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from courses.h5p.client import (
    LibraryManifest,
    LibraryName,
    Limits,
    Store,
    open_package,
    resolve,
    write_package,
)
from courses.h5p.client.resolve import EXPORT
from courses.h5p.own.build import own_libraries

# An exercise that comes and goes is worked through in memory.
MOST_BYTES = 128 * 1024 * 1024
# What the service takes as a library's licence; others are not sent (they stand in H5PLibrary all the same).
_LICENCES = frozenset(
    [
        "cc-by",
        "cc-by-sa",
        "cc-by-nd",
        "cc-by-nc",
        "cc-by-nc-sa",
        "cc-by-nc-nd",
        "pd",
        "cr",
        "MIT",
        "GPL1",
        "GPL2",
        "GPL3",
        "MPL",
        "MPL2",
    ]
)
# Fields that the plain form has; see authoring/page/form.js.
_PLAIN = frozenset({"text", "number", "boolean", "select"})
_LIBRARY_JSON = 1024 * 1024


def libraries_of(shelf: Store, names: Iterable[LibraryName]) -> list[tuple[LibraryManifest, Path]]:
    """The libraries with all they need, also to be edited, as far as they are there; ours are there always."""
    own = {manifest.name: (manifest, folder) for manifest, folder in own_libraries().values()}

    def lookup(name: LibraryName) -> LibraryManifest | None:
        return own[name][0] if name in own else shelf.library(name)

    found = []
    for manifest in resolve(names, lookup, kinds=EXPORT, optional=True):
        folder = own[manifest.name][1] if manifest.name in own else shelf.library_folder(manifest.name)
        if folder is not None:
            found.append((manifest, folder))
    return found


def types_on(shelf: Store) -> list[LibraryManifest]:
    """The types that an exercise can be written of: ours, and what can be played by itself; each in its newest version."""
    newest: dict[str, LibraryManifest] = {
        manifest.name.machine_name: manifest
        for manifest, _folder in own_libraries().values()
        if manifest.runnable
    }
    for name in shelf.library_names():
        manifest = shelf.library(name)
        there = newest.get(name.machine_name)
        if manifest is not None and manifest.runnable and (there is None or there.name < manifest.name):
            newest[name.machine_name] = manifest
    return sorted(newest.values(), key=lambda manifest: manifest.title)


def plain(shelf: Store, library: LibraryManifest) -> bool:
    """Whether the plain form can write all that an exercise of this type must have."""
    own = own_libraries().get(library.name.machine_name)
    folder = own[1] if own else shelf.library_folder(library.name)
    try:
        fields = json.loads((folder / "semantics.json").read_text("utf-8")) if folder else None
    except (OSError, ValueError):
        return False
    return isinstance(fields, list) and all(_can(field) for field in fields)


def _can(field: Any) -> bool:
    if not isinstance(field, dict):
        return False
    if field.get("optional") or field.get("type") in _PLAIN:
        return True
    if field.get("type") == "group":
        return all(_can(each) for each in field.get("fields", []))
    return field.get("type") == "list" and (not field.get("min") or _can(field.get("field")))


def library_package(shelf: Store, library: LibraryName) -> bytes:
    """A package with the library and what it needs, and an exercise of it that is empty."""
    manifest = {
        "title": library.machine_name,
        "language": "und",
        "mainLibrary": library.machine_name,
        "embedTypes": ["iframe"],
        "license": "U",
        "preloadedDependencies": [library.as_dependency()],
    }
    out = io.BytesIO()
    write_package(
        out, manifest, {}, libraries=[(each.name, folder) for each, folder in libraries_of(shelf, [library])]
    )
    return for_service(out.getvalue())


def for_service(package: bytes) -> bytes:
    """The package as the service takes it: without licences of libraries that its list does not have."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename.count("/") == 1 and info.filename.endswith("/library.json"):
                data = _licensed(data)
            target.writestr(info, data)
    return out.getvalue()


def _licensed(data: bytes) -> bytes:
    raw = json.loads(data)
    if raw.get("license") in _LICENCES:
        return data
    raw.pop("license", None)
    return json.dumps(raw, ensure_ascii=False).encode()


def taken_over(package: IO[bytes], shelf: Store) -> bytes:
    """The exercise in a package of the service, with the platform's own copies of libraries.

    Raises H5PError for the first defect (the others in ``error.others``).
    """
    limits = Limits(unpacked_bytes=MOST_BYTES, file_bytes=MOST_BYTES)
    with open_package(package, installed=shelf, limits=limits) as found:
        files = [
            (path, b"".join(found.archive.chunks(f"content/{path}")))
            for path in found.content_files
            if path != "content.json"
        ]
        out = io.BytesIO()
        own = own_libraries()
        needed = [
            (each.name, folder)
            for each, folder in libraries_of(shelf, found.needed)
            if each.name.machine_name in own
        ]
        write_package(out, found.manifest.raw, found.content, libraries=needed, files=files)
        return out.getvalue()
