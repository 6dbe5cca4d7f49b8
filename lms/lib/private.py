"""Where what is shown to few lies: outside the media folder, under names that say nothing, without any address."""

from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages


class PrivateFolder(FileSystemStorage):
    """A folder beside the media, readable by the platform's own user only, whose files have no address."""

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> str:  # type: ignore[override]
        # Asked for each time: the storage is made when models load, before a test chooses its own folder.
        return str(Path(settings.HOME) / "private")

    @property
    def location(self) -> str:  # type: ignore[override]
        return str(Path(self.base_location).absolute())

    def url(self, name: str | None) -> str:
        raise ValueError("a private file has no public address")


def private_storage() -> Storage:
    """`STORAGES["private"]` where the deployment names one (S3-compatible, private bucket), else a local folder."""
    return storages["private"] if "private" in settings.STORAGES else PrivateFolder()
