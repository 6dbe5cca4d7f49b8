"""How large a stored thing is and what it is called: from rows and files, nothing written.

Owns: the keys of StoredItem. Refuses: guessing; a file that is not there any more has no bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.storage import Storage, default_storage
from django.db.models import Model

from courses.activities.models import ContentPackage
from courses.h5p.client import H5PError, LibraryName
from courses.h5p.files import store
from courses.h5p.models import H5PContent, H5PFormerVersion, H5PLibrary
from courses.media.models import (
    CourseDocument,
    CourseImage,
    CourseRendition,
    CourseVideo,
    VideoCaption,
    VideoLadder,
)
from courses.packs.models import PackImport
from courses.storage.models import StoredItem
from lms.lib.private import private_storage

Kind = StoredItem.Kind


@dataclass(frozen=True)
class Measured:
    kind: str
    key: str
    name: str
    bytes: int


def key_of(row: Model) -> str:
    """The key of what a row stands for. A version of an H5P content is known by its uuid, whichever row has it now."""
    if isinstance(row, H5PContent | H5PFormerVersion):
        return f"h5p:{row.uuid}"
    if isinstance(row, ContentPackage):
        return f"package:{row.uuid}"
    if isinstance(row, H5PLibrary):
        return f"library:{row.shelf}:{row.machine_name}-{row.major}.{row.minor}"
    if isinstance(row, PackImport):
        return f"source:{row.uuid}"
    return f"{_PREFIX[type(row)]}:{row.pk}"


_PREFIX: dict[type[Model], str] = {
    CourseImage: "image",
    CourseDocument: "document",
    CourseVideo: "video",
    VideoCaption: "caption",
    VideoLadder: "ladder",
}


def measure(row: Any) -> Measured:
    """What a row of one of the models of materials stands for."""
    key = key_of(row)
    if isinstance(row, CourseImage | CourseDocument):
        kind = Kind.IMAGE if isinstance(row, CourseImage) else Kind.DOCUMENT
        return Measured(kind, key, row.title, row.file_size or size_in(default_storage, [row.file.name]))
    if isinstance(row, CourseVideo):
        size = size_in(default_storage, [row.file.name, row.poster.name])
        return Measured(Kind.VIDEO, key, row.title, size)
    if isinstance(row, VideoCaption):
        size = size_in(default_storage, [row.file.name])
        return Measured(Kind.CAPTION, key, f"{row.video.title} · {row.label}"[:255], size)
    if isinstance(row, VideoLadder):
        return Measured(Kind.LADDER, key, row.video.title, row.bytes)
    if isinstance(row, H5PFormerVersion):
        own = content_bytes(str(row.uuid), shared=False)
        return Measured(Kind.FORMER, key, row.content.title, own)
    if isinstance(row, H5PContent):
        return Measured(Kind.H5P, key, row.title, content_bytes(str(row.uuid)))
    if isinstance(row, ContentPackage):
        return Measured(Kind.PACKAGE, key, row.title, row.bytes)
    if isinstance(row, H5PLibrary):
        return Measured(Kind.LIBRARY, key, row.title, library_bytes(row))
    if isinstance(row, PackImport):
        return Measured(Kind.SOURCE, key, row.file_name, size_in(private_storage(), [row.original]))
    raise TypeError(f"{type(row).__name__} stores nothing")


def sizes_of(image: CourseImage) -> Measured:
    """All files made of a picture, as one."""
    names = CourseRendition.objects.filter(image=image).values_list("file", flat=True)
    return Measured(Kind.SIZES, f"sizes:{image.pk}", image.title, size_in(default_storage, names))


def left_of(row: CourseVideo | VideoCaption | CourseDocument, name: str) -> Measured:
    """A file that was the row's and is not any more, by its name in the storage."""
    now = measure(row)
    return Measured(now.kind, key_of_left(name), now.name, size_in(default_storage, [name]))


def key_of_left(name: str) -> str:
    """The key of such a file, by its name in the storage."""
    return f"left:{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def size_in(storage: Storage, names: Iterable[str | None]) -> int:
    """The bytes of files in a storage; one that is not there has none."""
    total = 0
    for name in names:
        if name:
            try:
                total += storage.size(name)
            except (OSError, ValueError):
                continue
    return total


def content_bytes(uuid: str, *, shared: bool = True) -> int:
    """The files of one version of an H5P content; without `shared` only those that no other version has, too (an upgrade
    links what it does not change).
    """
    try:
        return _folder_bytes(store().content_folder(uuid), shared=shared)
    except H5PError:
        return 0


def library_bytes(row: H5PLibrary) -> int:
    """The files of a library on a provider's own shelf; shelves share the platform's, which cost them nothing."""
    name = LibraryName.from_folder(f"{row.machine_name}-{row.major}.{row.minor}")
    place = store().shelf(row.shelf).library_folder(name) if name else None
    return _folder_bytes(place) if place else 0


def _folder_bytes(folder: Path, *, shared: bool = True) -> int:
    found = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum(each.st_size for each in found if shared or each.st_nlink == 1)
