"""A folder that holds installed libraries and contents.

    libraries/<Machine.Name-1.2.3>/…   every copy has its patch version in its name and never changes
    contents/<id>/h5p.json             as the player wants it: everything that is loaded, named
    contents/<id>/content/…            content.json and its files
    contents/<id>/shelf                the shelf whose libraries it is played with, where it is not the store's own
    shelves/<name>/libraries/…         libraries that run only in the contents of this shelf
    generation                         counts how often a newer patch has replaced an older one
    tmp/, lock

A shelf is a store of its own libraries that looks through to the store below for all others: of one library the
highest patch is taken, the one below where they are equal. What is put on a shelf changes nothing for anyone else.

A folder comes into being under ``tmp/`` and is put in place by one rename, so a reader or a crash sees all
of it or nothing. Writers hold ``lock``. Owns these folders; refuses ids that are no plain names.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import errors
from .disk import dump, inside, link, load, sync, sync_tree
from .manifest import LibraryManifest, PackageManifest, parse_library_manifest, parse_package_manifest
from .names import LibraryName, LibraryVersion
from .package import Package
from .resolve import PLAYER, resolve
from .semantics import check_semantics, libraries_in

_SHELF = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Installation:
    """What one call of ``Store.install`` added."""

    content_id: str
    libraries: tuple[LibraryManifest, ...]
    #: Older copies that these put out of use (their folders stay until ``prune``).
    replaced: tuple[LibraryVersion, ...]


class Store:
    """See the module's text. ``durable`` waits for the disk before a folder is put in place."""

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        durable: bool = True,
        common: Collection[str] = (),
        below: Store | None = None,
        name: str = "",
    ) -> None:
        self.root = Path(root)
        self.durable = durable
        #: The shelf's name and the store it stands on; "" and None for a store itself.
        self.name = name
        self.below = below
        #: Machine names of libraries that no shelf keeps a copy of: the host has proved them, they go below.
        self.common = frozenset(common)
        self._shelves: dict[str, Store] = {}
        self._libraries = self.root / "libraries"
        self._contents: Path = below._contents if below else self.root / "contents"
        self._tmp = self.root / "tmp"
        self._index: tuple[int, dict[LibraryName, LibraryVersion]] | None = None
        self._manifests: dict[LibraryVersion, LibraryManifest] = {}
        for folder in (self._libraries, self._contents, self._tmp):
            folder.mkdir(parents=True, exist_ok=True)

    # Shelves ------------------------------------------------------------------

    def shelf(self, name: str) -> Store:
        """The shelf of a name, made where there was none; "" is the store itself. Raises ``UnknownContent``."""
        if not name:
            return self
        if self.below is not None or not _SHELF.fullmatch(name):
            raise errors.UnknownContent("this is no name for a shelf", where=name[:64])
        if name not in self._shelves:
            self._shelves[name] = Store(
                self.root / "shelves" / name,
                durable=self.durable,
                common=self.common,
                below=self,
                name=name,
            )
        return self._shelves[name]

    def has_shelf(self, name: str) -> bool:
        """Whether anything was ever put on this shelf."""
        return bool(_SHELF.fullmatch(name)) and (self.root / "shelves" / name).is_dir()

    def shelf_of(self, content_id: str) -> Store:
        """Where a content's libraries are looked up. Raises ``UnknownContent``."""
        try:
            name = (self.content_folder(content_id) / "shelf").read_text()
        except FileNotFoundError:
            name = ""
        return (self.below or self).shelf(name)

    # Libraries ----------------------------------------------------------------

    def versions(self) -> list[LibraryVersion]:
        """Every copy on disk, older patches too, in order."""
        found = (LibraryVersion.from_folder(entry.name) for entry in os.scandir(self._libraries))
        return sorted(version for version in found if version is not None)

    def _own_newest(self) -> dict[LibraryName, LibraryVersion]:
        stamp = os.stat(self._libraries).st_mtime_ns
        if self._index is None or self._index[0] != stamp:
            # In order, so that the highest patch of a name is the one that stays.
            self._index = (stamp, {version.name: version for version in self.versions()})
        return self._index[1]

    def _newest(self) -> dict[LibraryName, LibraryVersion]:
        if self.below is None:
            return self._own_newest()
        return {name: self._home(name)._own_newest()[name] for name in self.library_names()}

    def _home(self, name: LibraryName) -> Store:
        """The store whose copy of a library is taken here."""
        if self.below is None:
            return self
        own, there = self._own_newest().get(name), self.below._own_newest().get(name)
        if own is None or (there is not None and there.patch >= own.patch):
            return self.below
        return self

    def library_names(self) -> list[LibraryName]:
        """All installed libraries."""
        names = set(self._own_newest())
        if self.below is not None:
            names |= set(self.below._own_newest())
        return sorted(names)

    def library(self, name: LibraryName) -> LibraryManifest | None:
        """Manifest of the newest copy of a library, or None."""
        home = self._home(name)
        if home is not self:
            return home.library(name)
        version = self._own_newest().get(name)
        if version is None:
            return None
        if version not in self._manifests:
            path = self._libraries / version.folder / "library.json"
            self._manifests[version] = parse_library_manifest(
                load(path, errors.InvalidLibraryJson), str(version)
            )
        return self._manifests[version]

    def semantics(self, name: LibraryName) -> list[dict[str, Any]] | None:
        """What a library says of its parameters; None where it is not there or says nothing."""
        path = self.library_file(name.folder, "semantics.json")
        return check_semantics(load(path, errors.InvalidSemantics), path.name) if path else None

    def library_folder(self, name: LibraryName) -> Path | None:
        """Folder of the newest copy, or None."""
        home = self._home(name)
        version = home._own_newest().get(name)
        return home._libraries / version.folder if version else None

    def library_file(self, folder: str, path: str) -> Path | None:
        """A library's file by the folder name players use (``H5P.Blanks-1.14``), or None."""
        name = LibraryName.from_folder(folder)
        base = self.library_folder(name) if name else None
        return inside(base, path) if base else None

    @property
    def generation(self) -> int:
        """Changes whenever the file behind a library's URL may have changed; fit for cache-busting URLs."""
        if self.below is not None:
            # What is newly put below can take the place of the shelf's own, too.
            copies = ",".join(map(str, sorted(self._newest().values())))
            text = f"{self.below.generation} {self._counted} {copies}"
            return zlib.crc32(text.encode())
        return self._counted

    @property
    def _counted(self) -> int:
        try:
            return int((self.root / "generation").read_text())
        except (OSError, ValueError):
            return 0

    # Contents ----------------------------------------------------------------

    def content_ids(self) -> list[str]:
        """All contents."""
        return sorted(entry.name for entry in os.scandir(self._contents) if _CONTENT_ID.fullmatch(entry.name))

    def content_folder(self, content_id: str) -> Path:
        """Folder of a content. Raises ``UnknownContent``."""
        folder = self._contents / content_id
        if not _CONTENT_ID.fullmatch(content_id) or not folder.is_dir():
            raise errors.UnknownContent("there is no such content", where=content_id[:64])
        return folder

    def content_file(self, content_id: str, path: str) -> Path | None:
        """A content's file (``h5p.json``, ``content/…``); None where there is none.

        Raises ``UnknownContent``.
        """
        return inside(self.content_folder(content_id), path)

    def manifest(self, content_id: str) -> PackageManifest:
        """What h5p.json of a content says. Raises ``UnknownContent``."""
        return parse_package_manifest(
            load(self.content_folder(content_id) / "h5p.json", errors.InvalidPackageJson)
        )

    def params(self, content_id: str) -> dict[str, Any]:
        """What content.json says. Raises ``UnknownContent``."""
        path = self.content_folder(content_id) / "content" / "content.json"
        params = load(path, errors.InvalidContentJson)
        assert isinstance(params, dict)
        return params

    def needed(self, content_id: str) -> list[LibraryManifest]:
        """Libraries that playing a content loads, dependencies first.

        Raises ``UnknownContent``, ``MissingDependency``, ``WrongDependencyVersion``.
        """
        manifest = self.manifest(content_id)
        roots = dict.fromkeys((*manifest.dependencies, *libraries_in(self.params(content_id))))
        shelf = self.shelf_of(content_id)
        return resolve(roots, shelf.library, kinds=PLAYER, known=shelf.library_names(), needed_by=content_id)

    # Writing ----------------------------------------------------------------

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # One for all shelves: contents are common to them.
        with open((self.below or self).root / "lock", "a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                self._index = None

    def install(self, package: Package, content_id: str, *, patches: bool = True) -> Installation:
        """Put a package's newer libraries and its content into the store, all or nothing.

        A library that is there in the same or a newer patch is left alone, without ``patches`` one that is there at all:
        what others' contents run then stays what it was. Raises ``DuplicateLibrary``
        where the content id is taken, and ``CorruptFile`` where the archive breaks while unpacking.
        """
        if not _CONTENT_ID.fullmatch(content_id):
            raise errors.UnknownContent("this is no id for a content", where=content_id[:64])
        work = self._tmp / secrets.token_hex(8)
        work.mkdir()
        try:
            with self._locked():
                if (self._contents / content_id).exists():
                    raise errors.DuplicateLibrary("this content is there already", where=content_id)
                fresh = self._unpack_libraries(package, work, patches)
                self._unpack_content(package, work / "content")
                if self.durable:
                    sync_tree(work)
                return self._put_in_place(fresh, content_id, work)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _unpack_libraries(self, package: Package, work: Path, patches: bool) -> list[LibraryManifest]:
        newest = self._newest()
        fresh = []
        for library in package.libraries.values():
            there = newest.get(library.manifest.name)
            if there is not None and (not patches or there.patch >= library.manifest.version.patch):
                continue
            target = work / library.manifest.version.folder
            for path in library.files:
                package.archive.copy(f"{library.folder}/{path}", target / path)
            fresh.append(library.manifest)
        return fresh

    def _unpack_content(self, package: Package, target: Path) -> None:
        for path in package.content_files:
            package.archive.copy(f"content/{path}", target / "content" / path)
        raw = dict(package.manifest.raw)
        # Players load what is named here and nothing else, so what content embeds is named too.
        raw["preloadedDependencies"] = [name.as_dependency() for name in package.needed]
        raw["mainLibrary"] = package.manifest.main_library.machine_name
        (target / "h5p.json").write_bytes(dump(raw))
        if self.name:
            (target / "shelf").write_bytes(self.name.encode())

    def _put_in_place(self, fresh: list[LibraryManifest], content_id: str, work: Path) -> Installation:
        newest = dict(self._newest())
        done: list[Path] = []
        try:
            for manifest in fresh:
                target = self._place(manifest.name) / manifest.version.folder
                os.rename(work / manifest.version.folder, target)
                done.append(target)
            os.rename(work / "content", self._contents / content_id)
            done.append(self._contents / content_id)
            if self.durable:
                for folder in {target.parent for target in done}:
                    sync(folder)
        except BaseException:
            for target in done:
                shutil.rmtree(target, ignore_errors=True)
            raise
        replaced = tuple(newest[manifest.name] for manifest in fresh if manifest.name in newest)
        for changed in {self._place(version.name) for version in replaced}:
            (self if changed == self._libraries else self.below or self)._count_generation()
        return Installation(content_id=content_id, libraries=tuple(fresh), replaced=replaced)

    def _place(self, name: LibraryName) -> Path:
        """The folder that a new copy of a library goes to."""
        common = self.below is not None and name.machine_name in self.common
        return self.below._libraries if self.below is not None and common else self._libraries

    def _count_generation(self) -> None:
        path = self._tmp / f"generation-{secrets.token_hex(4)}"
        path.write_text(str(self._counted + 1))
        os.replace(path, self.root / "generation")

    def revise(
        self, content_id: str, new_id: str, manifest: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Installation:
        """A new content from an old one of this shelf: its files as they are, another h5p.json and content.json. The old
        one stays as it was. Every library needed must be installed.

        Raises ``UnknownContent``, ``InvalidPackageField``, ``MissingDependency``, ``WrongDependencyVersion``,
        ``DependencyCycle``, ``MainLibraryNotRunnable``.
        """
        old = self.content_folder(content_id)
        if not _CONTENT_ID.fullmatch(new_id) or (self._contents / new_id).exists():
            raise errors.UnknownContent("this is no free id for a content", where=new_id[:64])
        parsed = parse_package_manifest(manifest)
        roots = dict.fromkeys((*parsed.dependencies, *libraries_in(params)))
        needed = resolve(roots, self.library, kinds=PLAYER, known=self.library_names(), needed_by="h5p.json")
        main = self.library(parsed.main_library)
        if main is None or not main.runnable:
            raise errors.MainLibraryNotRunnable("can't be played by itself", where=str(parsed.main_library))
        work = self._tmp / secrets.token_hex(8)
        try:
            shutil.copytree(old / "content", work / "content", copy_function=link)
            # Written beside and put in its place: the link is to the old content's own file.
            (work / "content.json").write_bytes(dump(params))
            os.replace(work / "content.json", work / "content" / "content.json")
            raw = {**manifest, "preloadedDependencies": [library.name.as_dependency() for library in needed]}
            (work / "h5p.json").write_bytes(dump(raw))
            if self.name:
                (work / "shelf").write_bytes(self.name.encode())
            if self.durable:
                sync_tree(work)
            with self._locked():
                os.rename(work, self._contents / new_id)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        if self.durable:
            sync(self._contents)
        return Installation(content_id=new_id, libraries=(), replaced=())

    def undo(self, installation: Installation) -> None:
        """Take back what ``install`` added, for a host whose own transaction failed afterwards."""
        with self._locked():
            shutil.rmtree(self._contents / installation.content_id, ignore_errors=True)
            for manifest in installation.libraries:
                shutil.rmtree(self._place(manifest.name) / manifest.version.folder, ignore_errors=True)
                self._manifests.pop(manifest.version, None)
            for changed in {self._place(version.name) for version in installation.replaced}:
                (self if changed == self._libraries else self.below or self)._count_generation()

    def remove_content(self, content_id: str) -> None:
        """Delete a content's files; its libraries stay. Nothing happens where there is none."""
        if _CONTENT_ID.fullmatch(content_id):
            with self._locked():
                shutil.rmtree(self._contents / content_id, ignore_errors=True)

    def untouched(self, moment: float) -> list[str]:
        """Contents whose folder nobody has written into since ``moment`` (seconds since 1970): for a host that looks for
        those it knows nothing of."""
        return [
            entry.name
            for entry in os.scandir(self._contents)
            if _CONTENT_ID.fullmatch(entry.name) and _written_before(entry, moment)
        ]

    def clear_work(self, moment: float) -> int:
        """Delete what crashed installations left under ``tmp/``, the shelves' too, before ``moment``. Returns how many."""
        folders = [self._tmp, *self.root.glob("shelves/*/tmp")]
        left = [
            entry.path for folder in folders for entry in os.scandir(folder) if _written_before(entry, moment)
        ]
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
            with contextlib.suppress(OSError):
                os.unlink(path)
        return len(left)

    def prune(self, keep: Iterable[LibraryVersion] = ()) -> list[LibraryVersion]:
        """Delete copies that a newer patch has put out of use, and leftovers of crashed installations."""
        with self._locked():
            kept = {*self._newest().values(), *keep}
            gone = [version for version in self.versions() if version not in kept]
            for version in gone:
                shutil.rmtree(self._libraries / version.folder, ignore_errors=True)
                self._manifests.pop(version, None)
            for entry in self._tmp.iterdir():
                shutil.rmtree(entry, ignore_errors=True)
        return gone


def _written_before(entry: os.DirEntry[str], moment: float) -> bool:
    try:
        return entry.stat(follow_symlinks=False).st_mtime < moment
    except OSError:
        return False
