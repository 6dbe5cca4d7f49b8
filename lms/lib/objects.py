"""Files in an object store that speaks S3: a Django storage over boto3.

Owns how files are put there, read, and looked for. Refuses public addresses of the store's own (a file is asked for at ours, where who
may have it is decided), paths, and files that are opened for writing: an object is written whole. What the store has said it has, it
has for good; so whoever saves before the commit of a row needs no flushing. Errors are OSErrors as a disk's; a file that is not there
is FileNotFoundError. docs/decisions/object-store.md says why this and no other.
"""

from __future__ import annotations

import errno
import io
import mimetypes
import os
import posixpath
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import boto3.session
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible
from django.utils.encoding import filepath_to_uri
from urllib3.exceptions import HTTPError

from lms.lib.files import CHUNK, Stored

# A part of a large upload: this much of it is in memory. 10,000 parts are the most, so 80 GiB the largest file.
PART_BYTES = 8 * 1024 * 1024
# What one request brings of a file that is read in pieces.
READ_BYTES = 1024 * 1024
# As S3 has it; a longer one is no name of ours.
MAX_KEY_BYTES = 1024
# One part after the other, in the thread that saves: whatever is saved may ask the database between two pieces, and of another thread
# that would be another connection, outside of the transaction.
_TRANSFER = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False)
_MISSING = {"404", "NoSuchKey", "NotFound"}


@lru_cache(maxsize=8)
def _client(process: int, endpoint: str, region: str, access_key: str, secret_key: str, style: str) -> Any:
    """One for all threads of a process; `process`: a worker that was forked must not use its parent's connections."""
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": style},
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=32,
        # The newer sums that boto3 adds by itself are unknown to most stores but Amazon's, which then refuse the request.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        ignore_configured_endpoint_urls=True,
    )
    # A session of its own: the library's common one is not made for threads.
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or "us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    )


@contextmanager
def _asking(name: str) -> Iterator[None]:
    """The store's errors as a disk's. Raises FileNotFoundError, OSError."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from None
        raise OSError(errno.EIO, f"the object store refused: {error}", name) from error
    except (BotoCoreError, HTTPClientError, Boto3Error, HTTPError) as error:
        raise OSError(errno.EIO, f"the object store did not answer: {error}", name) from error


@deconstructible
class ObjectStorage(Storage):
    """The objects of a bucket below a prefix ("" or ending with a slash).

    endpoint: the store's address, "" for Amazon's own of the region. style: how the bucket is named, `path` or `virtual` (as a part of
    the host name). base_url: where we ourselves serve its files; None: they have no address.
    """

    def __init__(
        self,
        *,
        bucket: str,
        access_key: str,
        secret_key: str,
        endpoint: str = "",
        region: str = "",
        prefix: str = "",
        style: str = "path",
        base_url: str | None = None,
    ) -> None:
        self.bucket, self.prefix, self.base_url = bucket, prefix, base_url
        self._reach = (endpoint, region, access_key, secret_key, style)

    @property
    def client(self) -> Any:
        return _client(os.getpid(), *self._reach)

    # -- names -------------------------------------------------------------------------------------------------

    def _key(self, name: str) -> str:
        """Raises SuspiciousFileOperation for what leaves the prefix, OSError for what is longer than any."""
        path = posixpath.normpath(name.replace("\\", "/")) if name else ""
        if path.startswith(("/", "../")) or path == ".." or "\0" in path:
            raise SuspiciousFileOperation(f"{name!r} leaves the store")
        key = self.prefix + ("" if path == "." else path)
        if len(key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), name[:80])
        return key

    def _target(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self._key(name)}

    def url(self, name: str | None) -> str:
        """Our own address of a file, never the store's."""
        if self.base_url is None:
            raise ValueError("a private file has no public address")
        return self.base_url + filepath_to_uri(name or "").lstrip("/")

    # -- looking -----------------------------------------------------------------------------------------------

    def look(self, name: str) -> Stored:
        """Size, time and mark of a file, by one request. Raises FileNotFoundError, OSError."""
        with _asking(name):
            said = self.client.head_object(**self._target(name))
        return Stored(said["ContentLength"], said["LastModified"].timestamp(), said["ETag"])

    def exists(self, name: str) -> bool:
        try:
            self.look(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return self.look(name).size

    def get_modified_time(self, name: str) -> datetime:
        with _asking(name):
            changed: datetime = self.client.head_object(**self._target(name))["LastModified"]
        return changed

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folder = self._key(path)
        folder = folder if not folder or folder.endswith("/") else f"{folder}/"
        folders: list[str] = []
        files: list[str] = []
        with _asking(path):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=folder, Delimiter="/"
            )
            for page in pages:
                folders += [one["Prefix"][len(folder) : -1] for one in page.get("CommonPrefixes", ())]
                files += [one["Key"][len(folder) :] for one in page.get("Contents", ())]
        # Some tools make a folder by an empty object of its name.
        return folders, [name for name in files if name]

    def reach(self) -> None:
        """Ask the store whether the bucket is there and ours. Raises OSError."""
        with _asking(self.bucket):
            self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)

    # -- reading -----------------------------------------------------------------------------------------------

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise NotImplementedError("an object is read as bytes, and written whole")
        return File(io.BufferedReader(_Reading(self, name), READ_BYTES), name)

    def stream(self, name: str, start: int, length: int, mark: str) -> Iterator[bytes]:
        """These bytes of the file of this mark (`look`), in small pieces as the store brings them; it is asked when the first is. Raises
        FileNotFoundError, OSError, also where the file is another by now."""
        if length <= 0:
            return
        with _asking(name):
            said = self.client.get_object(
                **self._target(name), Range=f"bytes={start}-{start + length - 1}", IfMatch=mark
            )
            with closing(said["Body"]) as body:
                yield from body.iter_chunks(CHUNK)

    # -- writing -----------------------------------------------------------------------------------------------

    def _save(self, name: str, content: Any) -> str:
        kind = getattr(content, "content_type", None) or mimetypes.guess_type(name)[0]
        target = self._target(name)
        with _asking(name):
            self.client.upload_fileobj(
                _Pieces(content),
                target["Bucket"],
                target["Key"],
                ExtraArgs={"ContentType": kind or "application/octet-stream"},
                Config=_TRANSFER,
            )
        return name

    def delete(self, name: str) -> None:
        """Nothing happens where there is none; a folder is none."""
        if not name:
            raise ValueError("the name must be given to delete()")
        with _asking(name):
            self.client.delete_object(**self._target(name))


class _Pieces:
    """What is saved, as the library may see it: bytes, once from the beginning to the end; it would close a file, or read one twice.
    Taken by `chunks`, as every storage of Django does, since files that hash what passes, or say that they live, do it there."""

    def __init__(self, content: Any) -> None:
        self._coming: Iterator[Any] = iter(content.chunks())
        self._left = bytearray()

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            piece = next(self._coming, None)
            if piece is None:
                break
            self._left += piece.encode() if isinstance(piece, str) else piece
        end = len(self._left) if size < 0 else size
        found = bytes(self._left[:end])
        del self._left[:end]
        return found


class _Reading(io.RawIOBase):
    """A file of the store to read and to seek in; what is asked for is fetched when it is, the rest is not."""

    def __init__(self, storage: ObjectStorage, name: str) -> None:
        self._storage, self._name = storage, name
        self._found = storage.look(name)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._found.size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        length = max(0, min(len(buffer), self._found.size - self._at))
        done = 0
        for piece in self._storage.stream(self._name, self._at, length, self._found.mark):
            buffer[done : done + len(piece)] = piece
            done += len(piece)
        self._at += done
        return done

    def readall(self) -> bytes:
        left = max(0, self._found.size - self._at)
        found = b"".join(self._storage.stream(self._name, self._at, left, self._found.mark))
        self._at += len(found)
        return found
