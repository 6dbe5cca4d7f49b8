"""Folders in the storage, whatever it is."""

from contextlib import suppress
from uuid import UUID

from django.core.files.storage import default_storage


def remove_stored(folder: str) -> None:
    """Remove a folder and the files in it; nothing happens where there is none."""
    for name in names_in(folder):
        default_storage.delete(name)
    remove_folder(folder)


def names_in(folder: str) -> list[str]:
    """The files of a folder, by their names in the storage; none where there is no folder."""
    try:
        _, files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [f"{folder}/{name}" for name in files]


def remove_folder(folder: str) -> None:
    """Remove a folder with nothing in it; one that holds something, or is none, stays as it is."""
    # On a disk it stays otherwise; object stores have none and may not mind or may not know how.
    with suppress(OSError):
        if not any(default_storage.listdir(folder)):
            default_storage.delete(folder)


def first_name(name: str) -> str:
    """The name under which a file first came in. Documents of packs lay among their pictures, packs/<uuid>/<file>, and were
    moved to documents/<the uuid's 32 digits>/<file>; what was handed in before that is still what was handed in.
    """
    parts = name.split("/")
    if len(parts) == 3 and parts[0] == "documents" and len(parts[1]) == 32:
        try:
            return f"packs/{UUID(parts[1])}/{parts[2]}"
        except ValueError:
            return name
    return name
