"""Folders in the storage, whatever it is."""

from uuid import UUID

from django.core.files.storage import default_storage


def remove_stored(folder: str) -> None:
    """Remove a folder and the files in it; nothing happens where there is none."""
    try:
        _, files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    # On a disk the folder stays otherwise; object stores have none and may not mind or may not know how.
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
