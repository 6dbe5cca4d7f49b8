"""Names and versions of H5P libraries.

A library is asked for by machine name, major and minor version; the patch version only decides which of
two copies is newer. Three spellings are in use: ``H5P.Blanks 1.14`` (in content), ``H5P.Blanks-1.14``
(folders) and objects of three fields (dependencies).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MACHINE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")
_NAME = r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.\-]*?)"
_NUMBERS = r"(?P<major>[0-9]{1,9})\.(?P<minor>[0-9]{1,9})"
_FOLDER = re.compile(_NAME + "-" + _NUMBERS + r"(?:\.(?P<patch>[0-9]{1,9}))?")
_UBERNAME = re.compile(_NAME + " " + _NUMBERS)


@dataclass(frozen=True, order=True, slots=True)
class LibraryName:
    """What dependencies ask for: a machine name with major and minor version."""

    machine_name: str
    major: int
    minor: int

    @property
    def folder(self) -> str:
        """Folder name as hosts use it, ``H5P.Blanks-1.14``."""
        return f"{self.machine_name}-{self.major}.{self.minor}"

    @property
    def ubername(self) -> str:
        """Spelling inside content, ``H5P.Blanks 1.14``."""
        return f"{self.machine_name} {self.major}.{self.minor}"

    def as_dependency(self) -> dict[str, str | int]:
        """The object h5p.json and library.json write for it."""
        return {"machineName": self.machine_name, "majorVersion": self.major, "minorVersion": self.minor}

    def __str__(self) -> str:
        return self.ubername

    @classmethod
    def from_folder(cls, folder: str) -> LibraryName | None:
        """Read ``H5P.Blanks-1.14``; None where the text is something else."""
        match = _FOLDER.fullmatch(folder)
        if match is None or match["patch"] is not None:
            return None
        return cls(match["name"], int(match["major"]), int(match["minor"]))

    @classmethod
    def from_ubername(cls, text: str) -> LibraryName | None:
        """Read ``H5P.Blanks 1.14``; None where the text is something else."""
        match = _UBERNAME.fullmatch(text)
        return cls(match["name"], int(match["major"]), int(match["minor"])) if match else None


@dataclass(frozen=True, order=True, slots=True)
class LibraryVersion:
    """One exact copy of a library."""

    name: LibraryName
    patch: int

    @property
    def folder(self) -> str:
        """Folder name that tells copies apart, ``H5P.Blanks-1.14.7``."""
        return f"{self.name.folder}.{self.patch}"

    def __str__(self) -> str:
        return f"{self.name}.{self.patch}"

    @classmethod
    def from_folder(cls, folder: str) -> LibraryVersion | None:
        """Read ``H5P.Blanks-1.14.7``; None where the text is something else."""
        match = _FOLDER.fullmatch(folder)
        if match is None or match["patch"] is None:
            return None
        return cls(LibraryName(match["name"], int(match["major"]), int(match["minor"])), int(match["patch"]))
