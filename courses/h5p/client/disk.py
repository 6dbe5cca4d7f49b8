"""Files and folders of the store: read bounded, written so that a crash leaves all of it or nothing."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import errors
from .archive import check_path, parse_json
from .limits import Limits

_AT_ONCE = 8


def inside(base: Path, path: str) -> Path | None:
    """The file of a folder at a path, or None: nothing outside of it, nothing through a link."""
    try:
        check_path(path, Limits())
    except errors.UnsafePath:
        return None
    target = base / path
    # Nothing here is ever written as a link; one that is there was put by someone else and is not followed.
    if not target.is_file() or target.resolve() != base.resolve() / path:
        return None
    return target


def dump(value: Mapping[str, Any]) -> bytes:
    """JSON as the store writes it."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def link(source: str, target: str) -> None:
    """Contents never change, so two may share a file; copied where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def load(path: Path, error: type[errors.H5PError]) -> Any:
    """The value of a JSON file. Raises ``error``, and ``UnknownContent`` where there is no such file."""
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise errors.UnknownContent("the store lacks a file", where=path.name) from cause
    return parse_json(data, error, where=path.name)


def sync_tree(folder: Path) -> None:
    """Wait until a folder is on the disk with all that is in it, folders too; some files at once, so that the disk's journal is
    written for many together."""
    files, folders = [], []
    for place, _, names in os.walk(folder):
        folders.append(Path(place))
        files += [Path(place, name) for name in names]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        for one in [pool.submit(sync, path) for path in files]:
            one.result()
    for path in folders:
        sync(path)


def sync(path: Path) -> None:
    """Wait until the disk has a file, or the names of what stands in a folder, where the file system knows how: some of the
    network do not."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL or not path.is_dir():
            raise
    finally:
        os.close(descriptor)
