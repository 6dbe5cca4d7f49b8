"""An .h5p package: opened, judged as a whole, and only then used.

``open_package`` raises the first defect (its ``others`` hold the rest); ``inspect_package`` returns all of
them. Owns the rules of what lies where in a package. Reads through ``Archive`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

from . import errors
from .archive import Archive, Source, ignored
from .filetypes import check_head, extension
from .limits import CORE_API, Limits
from .manifest import LibraryManifest, PackageManifest, parse_library_manifest, parse_package_manifest
from .names import MACHINE_NAME, LibraryName
from .resolve import PLAYER, resolve
from .semantics import check_semantics, files_in, libraries_in

_LANGUAGE_FILE = re.compile(r"[a-z]{1,8}(?:[-_][a-z0-9]{1,8})*\.json", re.IGNORECASE)

#: Called with a file's path and its bytes in pieces; raises ``MalwareFound`` to refuse it.
Scanner = Callable[[str, Iterable[bytes]], None]


class Installed(Protocol):
    """Libraries a host already has; ``Store`` is one."""

    def library(self, name: LibraryName) -> LibraryManifest | None:
        """The newest patch of this library, or None."""

    def library_names(self) -> Iterable[LibraryName]:
        """All names there are."""


@dataclass(frozen=True, slots=True)
class PackagedLibrary:
    """One library inside a package: its folder there, its manifest, its files relative to the folder."""

    folder: str
    manifest: LibraryManifest
    files: tuple[str, ...]


@dataclass(slots=True)
class Package:
    """A package without defects. Use as a context manager: it holds the archive open."""

    archive: Archive
    manifest: PackageManifest
    content: dict[str, Any]
    content_files: tuple[str, ...]
    libraries: dict[LibraryName, PackagedLibrary]
    #: Every library a player loads: what h5p.json names and what content embeds, dependencies first.
    needed: tuple[LibraryName, ...]

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the archive."""
        self.archive.close()


def open_package(
    source: Source,
    *,
    limits: Limits | None = None,
    core_api: tuple[int, int] = CORE_API,
    installed: Installed | None = None,
    scanner: Scanner | None = None,
) -> Package:
    """Open a package or raise its first defect; ``error.others`` are the further ones.

    ``installed`` are libraries that the package need not bring. ``scanner`` is asked about every file.
    """
    package, problems = inspect_package(
        source, limits=limits, core_api=core_api, installed=installed, scanner=scanner
    )
    if package is None:
        problems[0].others = tuple(problems[1:])
        raise problems[0]
    return package


def inspect_package(
    source: Source,
    *,
    limits: Limits | None = None,
    core_api: tuple[int, int] = CORE_API,
    installed: Installed | None = None,
    scanner: Scanner | None = None,
) -> tuple[Package | None, list[errors.H5PError]]:
    """Like ``open_package``, but returns (package, []) or (None, all defects found)."""
    try:
        archive = Archive(source, limits or Limits())
    except errors.H5PError as error:
        return None, [error]
    try:
        reader = _Reader(archive, core_api, installed)
        package = reader.read()
        if scanner is not None and not reader.problems:
            reader.scan(scanner)
    except BaseException:
        archive.close()
        raise
    if reader.problems or package is None:
        archive.close()
        return None, reader.problems
    return package, []


class _Reader:
    """Collects defects while reading, so that an author hears of all at once."""

    def __init__(self, archive: Archive, core_api: tuple[int, int], installed: Installed | None) -> None:
        self.archive = archive
        self.core_api = core_api
        self.installed = installed
        self.problems: list[errors.H5PError] = []
        self.files = sorted(name for name in archive.files if not ignored(name))
        self.folders: dict[str, list[str]] = {}
        for name in self.files:
            folder, slash, rest = name.partition("/")
            if slash:
                self.folders.setdefault(folder, []).append(rest)

    def read(self) -> Package | None:
        """All of the package; None where a defect was found."""
        # Loose files beside h5p.json are never unpacked, so they do no harm.
        manifest = self._manifest()
        content = self._content()
        libraries = self._libraries()
        if manifest is None or content is None or self.problems:
            # What is missing can only be told once everything that is there could be read.
            return None
        needed = self._needed(manifest, content, libraries)
        if self.problems:
            return None
        return Package(
            archive=self.archive,
            manifest=manifest,
            content=content,
            content_files=tuple(self.folders["content"]),
            libraries=libraries,
            needed=needed,
        )

    def scan(self, scanner: Scanner) -> None:
        """Ask the host's scanner about every file."""
        for name in self.files:
            try:
                scanner(name, self.archive.chunks(name))
            except errors.H5PError as error:
                self.problems.append(error)

    def _manifest(self) -> PackageManifest | None:
        if "h5p.json" not in self.archive.files:
            self.problems.append(errors.MissingPackageFile("the package has no h5p.json"))
            return None
        try:
            return parse_package_manifest(self.archive.read_json("h5p.json", errors.InvalidPackageJson))
        except errors.H5PError as error:
            self.problems.append(error)
            return None

    def _content(self) -> dict[str, Any] | None:
        files = self.folders.get("content", [])
        where = "content/content.json"
        if "content.json" not in files:
            self.problems.append(errors.MissingContent("the package has no content/content.json"))
            return None
        for name in files:
            self._check_type(f"content/{name}", self.archive.limits.content_extensions, media=True)
        try:
            content = self.archive.read_json(where, errors.InvalidContentJson)
        except errors.H5PError as error:
            self.problems.append(error)
            return None
        if not isinstance(content, dict):
            self.problems.append(errors.InvalidContentJson("must be an object", where=where))
            return None
        there = set(files)
        for path in dict.fromkeys(files_in(content)):
            if path not in there:
                self.problems.append(
                    errors.MissingContentFile("is named but not there", where=f"content/{path}")
                )
        return content

    def _check_type(self, name: str, allowed: frozenset[str], *, media: bool) -> None:
        kind = extension(name)
        if kind not in allowed and not (
            kind == "" and re.match(r"(?i)licen[cs]e|readme|copying|notice", _base(name))
        ):
            self.problems.append(errors.FileTypeNotAllowed("this type of file is not permitted", where=name))
        elif media:
            try:
                check_head(name, self.archive.head(name))
            except errors.H5PError as error:
                self.problems.append(error)

    def _libraries(self) -> dict[LibraryName, PackagedLibrary]:
        found: dict[LibraryName, PackagedLibrary] = {}
        for folder, files in self.folders.items():
            if folder == "content":
                continue
            try:
                library = self._library(folder, files)
                if library.manifest.name in found:
                    raise errors.DuplicateLibrary("the package holds this library twice", where=folder)
                found[library.manifest.name] = library
            except errors.H5PError as error:
                self.problems.append(error)
        return found

    def _library(self, folder: str, files: list[str]) -> PackagedLibrary:
        if not MACHINE_NAME.fullmatch(folder):
            raise errors.MalformedLibraryFolder("this is no name for a library's folder", where=folder)
        where = f"{folder}/library.json"
        if "library.json" not in files:
            raise errors.MissingLibraryJson("the folder has no library.json", where=folder)
        manifest = parse_library_manifest(self.archive.read_json(where, errors.InvalidLibraryJson), where)
        name = manifest.name
        if folder not in (name.machine_name, name.folder, manifest.version.folder):
            raise errors.LibraryFolderMismatch(f"holds {name}, whose folder is {name.folder}", where=folder)
        if manifest.core_api and manifest.core_api > self.core_api:
            raise errors.CoreTooOld(
                "needs core API {}.{}, this host has {}.{}".format(*manifest.core_api, *self.core_api),
                where=folder,
            )
        there = set(files)
        for path in (*manifest.preloaded_js, *manifest.preloaded_css):
            if path not in there:
                raise errors.MissingLibraryFile(
                    "is named in library.json but not there", where=f"{folder}/{path}"
                )
        if "semantics.json" in there:
            path = f"{folder}/semantics.json"
            check_semantics(self.archive.read_json(path, errors.InvalidSemantics), path)
        for path in files:
            self._check_type(f"{folder}/{path}", self.archive.limits.library_extensions, media=False)
            parent, _, base = path.rpartition("/")
            if parent == "language":
                if not _LANGUAGE_FILE.fullmatch(base):
                    raise errors.InvalidLanguageFile("the name is no language code", where=f"{folder}/{path}")
                self.archive.read_json(f"{folder}/{path}", errors.InvalidLanguageFile)
        return PackagedLibrary(folder=folder, manifest=manifest, files=tuple(files))

    def _needed(
        self,
        manifest: PackageManifest,
        content: dict[str, Any],
        libraries: dict[LibraryName, PackagedLibrary],
    ) -> tuple[LibraryName, ...]:
        names = {*libraries, *(self.installed.library_names() if self.installed else ())}

        def lookup(name: LibraryName) -> LibraryManifest | None:
            here = libraries[name].manifest if name in libraries else None
            there = self.installed.library(name) if self.installed else None
            if here and there:
                return here if here.version > there.version else there
            return here or there

        roots = dict.fromkeys((*manifest.dependencies, *libraries_in(content)))
        try:
            order = resolve(roots, lookup, kinds=PLAYER, known=names)
        except errors.H5PError as error:
            self.problems.append(error)
            return ()
        main = lookup(manifest.main_library)
        if main is not None and not main.runnable:
            self.problems.append(
                errors.MainLibraryNotRunnable("can't be played by itself", where=str(manifest.main_library))
            )
        return tuple(library.name for library in order)


def _base(name: str) -> str:
    return name.rpartition("/")[2]
