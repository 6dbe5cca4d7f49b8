"""A storage as object stores are (S3 and its like), kept in memory: names and bytes, no folders, no paths, no shared addresses.

It is stricter than a folder where those are: a file that was handed in is closed afterwards, an unknown prefix is an empty
one, deleting what is not there is no error, the same name is never written twice unless it was deleted.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.utils import timezone
from django.utils.deconstruct import deconstructible


@deconstructible
class ObjectStore(Storage):
    """`where`: the bucket; those of one name are the same for the whole process."""

    buckets: dict[str, dict[str, tuple[bytes, datetime]]] = {}

    def __init__(self, where: str = "media") -> None:
        self.where = where

    @property
    def held(self) -> dict[str, tuple[bytes, datetime]]:
        return self.buckets.setdefault(self.where, {})

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise NotImplementedError("an object is written whole")
        if name not in self.held:
            raise FileNotFoundError(name)
        return ContentFile(self.held[name][0], name=name)

    def _save(self, name: str, content: Any) -> str:
        content.seek(0)
        data = b"".join(chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in content.chunks())
        content.close()
        if name in self.held:
            raise FileExistsError(name)
        self.held[name] = (data, timezone.now())
        return name

    def delete(self, name: str) -> None:
        self.held.pop(name, None)

    def exists(self, name: str) -> bool:
        return name in self.held

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        inside = [
            name.removeprefix(f"{path}/") for name in self.held if not path or name.startswith(f"{path}/")
        ]
        folders = dict.fromkeys(name.partition("/")[0] for name in inside if "/" in name)
        return list(folders), [name for name in inside if "/" not in name]

    def size(self, name: str) -> int:
        with self._open(name) as file:
            return int(file.size)

    def url(self, name: str | None) -> str:
        if self.where != "media":
            raise ValueError("a private file has no public address")
        return f"{settings.MEDIA_URL}{name}"

    def get_modified_time(self, name: str) -> datetime:
        return self.held[name][1]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.held))
