"""Where H5P files stand: one store for the process, found through settings.H5P_ROOT."""

from functools import lru_cache

from django.conf import settings

from courses.h5p.client import Store
from courses.h5p.own.build import own_libraries


@lru_cache(maxsize=4)
def _store(root: str, durable: bool) -> Store:
    # Our own libraries are proved byte for byte before anything is installed (services.py): one copy for everyone.
    return Store(root, durable=durable, common=own_libraries())


def store() -> Store:
    """The store of installed libraries and contents. Tests do not wait for the disk."""
    return _store(str(settings.H5P_ROOT), not settings.TESTING)
