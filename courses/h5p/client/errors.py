"""Named errors: one class a defect, so that a host can translate each and a test can ask for each.

Every error has a ``code`` (stable, kebab case, made from the class name) and says ``where`` in the package
it was found. Messages are English and meant for logs; hosts show their own sentence by ``code`` with
``params``.
"""

from __future__ import annotations

import re
from typing import ClassVar


class H5PError(Exception):
    """Base of everything this package raises on bad input."""

    code: ClassVar[str] = "h5p-error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", cls.__name__).lower()

    def __init__(self, message: str, *, where: str = "", **params: object) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where
        self.params = params
        #: Further defects found in the same package, in reading order.
        self.others: tuple[H5PError, ...] = ()


# The archive ----------------------------------------------------------------


class NotAnArchive(H5PError):
    """The file is no readable zip archive."""


class ArchiveTooLarge(H5PError):
    """The archive, or what it unpacks to, is larger than the limits permit."""


class FileTooLarge(H5PError):
    """One file in the archive is larger than the limits permit."""


class TooManyFiles(H5PError):
    """The archive names more files than the limits permit."""


class SuspiciousCompression(H5PError):
    """It looks like a zip bomb: a file unpacks to far too much, or entries share bytes."""


class EncryptedFile(H5PError):
    """A file in the archive is protected by a password."""


class UnsupportedCompression(H5PError):
    """A file is packed by a method other than stored or deflate."""


class UnsafePath(H5PError):
    """A name would leave the folder it is unpacked to, or can't be a file name on every system."""


class SpecialFile(H5PError):
    """An entry is a symbolic link or another special file."""


class DuplicatePath(H5PError):
    """Two entries have the same name (letter case apart)."""


class CorruptFile(H5PError):
    """A file does not unpack, or its checksum is wrong."""


class FileTypeNotAllowed(H5PError):
    """A file's extension is not on the allow-list."""


class FileTypeMismatch(H5PError):
    """A file's first bytes are not those of what its extension says."""


class MalwareFound(H5PError):
    """The host's scanner refused a file."""


# h5p.json and content.json ----------------------------------------------------------------


class MissingPackageFile(H5PError):
    """There is no h5p.json."""


class InvalidPackageJson(H5PError):
    """h5p.json is not JSON."""


class InvalidPackageField(H5PError):
    """A field of h5p.json is missing or of the wrong form."""


class MissingContent(H5PError):
    """There is no content/content.json."""


class InvalidContentJson(H5PError):
    """content.json is not JSON, or not an object."""


class MissingContentFile(H5PError):
    """content.json names a file that is not in the package."""


# Libraries ----------------------------------------------------------------


class MalformedLibraryFolder(H5PError):
    """A folder is neither content nor named like a library."""


class MissingLibraryJson(H5PError):
    """A library's folder has no library.json."""


class InvalidLibraryJson(H5PError):
    """library.json is not JSON."""


class InvalidLibraryField(H5PError):
    """A field of library.json is missing or of the wrong form."""


class LibraryFolderMismatch(H5PError):
    """The folder is not named after the library in it."""


class DuplicateLibrary(H5PError):
    """The package holds the same library twice."""


class InvalidSemantics(H5PError):
    """semantics.json is not JSON, or no list of fields."""


class InvalidLanguageFile(H5PError):
    """A file in language/ has a wrong name or is not JSON."""


class MissingLibraryFile(H5PError):
    """library.json names a script or stylesheet that is not there."""


class CoreTooOld(H5PError):
    """The library needs a newer core API than this host has."""


# Dependencies ----------------------------------------------------------------


class MissingDependency(H5PError):
    """A library that is needed is neither in the package nor installed."""


class WrongDependencyVersion(H5PError):
    """A library that is needed is there, but in another version."""


class DependencyCycle(H5PError):
    """Libraries need each other in a ring, so that none can be loaded first."""


class MainLibraryNotRunnable(H5PError):
    """The package's main library can't be played by itself."""


# Store and content ----------------------------------------------------------------


class UnknownContent(H5PError):
    """There is no such content in the store."""


class InvalidParameters(H5PError):
    """Parameters do not fit their library's semantics."""
