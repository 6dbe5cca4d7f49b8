"""Exercises of Moodle's older H5P plugin (mod_hvp) → H5P packages again.

That plugin backs an exercise up in parts: its content in the activity, its files in files.xml, and all libraries of
the site once for the whole backup (activities/hvp_libraries.xml). Refuses to make a package without all its libraries.
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from courses.packs.foreign.moodle.files import Files, Stored, text
from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import read_tree

MAX_BUILT_BYTES = 1024**3
_NAMED = re.compile(r'"library"\s*:\s*"([A-Za-z0-9.-]{1,100}) (\d{1,4})\.(\d{1,4})"')
_CHUNK = 1024 * 1024
_WEB = re.compile(r"^/?([A-Za-z0-9.-]+-\d+\.\d+)/(.*)$")


@dataclass
class Library:
    """One version of a library: `needs` are the numbers of others in hvp_libraries.xml, by kind of dependency."""

    name: str
    major: int
    minor: int
    node: Element
    needs: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, Stored]] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.major}.{self.minor}"

    @property
    def reference(self) -> dict[str, object]:
        return {"machineName": self.name, "majorVersion": self.major, "minorVersion": self.minor}


class OldH5P:
    """The libraries of one backup, read when the first exercise asks for them."""

    def __init__(self, source: Source, root: str, outline: Outline, files: Files) -> None:
        self.source, self.root, self.outline, self.files = source, root, outline, files
        self.libraries: dict[str, Library] | None = None
        self.by_folder: dict[str, Library] = {}
        self.built = 0

    def package(self, node: Element, context: str, title: str) -> str | None:
        """The exercise of an activity as a kept member, or None where the backup does not hold all of it."""
        libraries = self._read()
        main = self.by_folder.get(
            f"{text(node, 'machine_name')}-{text(node, 'major_version')}.{text(node, 'minor_version')}"
        )
        content = text(node, "json_content")
        if main is None or not content or not _is_object(content):
            return None
        named = [
            self.by_folder.get(f"{name}-{major}.{minor}") for name, major, minor in _NAMED.findall(content)
        ]
        wanted = _closure([main, *(library for library in named if library is not None)], libraries)
        if None in named or wanted is None:
            return None
        members = {f"content/{one.full}": one for one in self.files.of(context, "mod_hvp", "content")}
        members |= {f"{library.folder}/{path}": one for library in wanted for path, one in library.files}
        self.built += sum(self.source.archive.sizes.get(one.member, 0) for one in members.values())
        if self.built > MAX_BUILT_BYTES or any(not one.member for one in members.values()):
            return None
        head = {
            "title": title,
            "language": "und",
            "mainLibrary": main.name,
            "embedTypes": ["iframe"],
            "license": text(node, "license") or "U",
            "preloadedDependencies": [library.reference for library in wanted],
        }
        return self._written({"h5p.json": json.dumps(head), "content/content.json": content}, members, wanted)

    def _written(self, texts: dict[str, str], members: dict[str, Stored], libraries: list[Library]) -> str:
        for library in libraries:
            if f"{library.folder}/library.json" not in members:
                texts[f"{library.folder}/library.json"] = json.dumps(self._manifest(library))
            semantics = text(library.node, "semantics")
            if f"{library.folder}/semantics.json" not in members and semantics:
                texts[f"{library.folder}/semantics.json"] = semantics
        with tempfile.TemporaryFile() as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
                for name, said in texts.items():
                    package.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), said)
                for name, stored in members.items():
                    into_name = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
                    into_name.compress_type = zipfile.ZIP_DEFLATED
                    with (
                        self.source.archive.open(stored.member) as content,
                        package.open(into_name, "w") as into,
                    ):
                        while chunk := content.read(_CHUNK):
                            into.write(chunk)
                    self.files.take(stored)
            out.seek(0)
            return self.source.keep("exercise.h5p", out)

    def _manifest(self, library: Library) -> dict[str, object]:
        """library.json as the plugin's table keeps it."""
        node, every = library.node, self.libraries or {}
        made: dict[str, object] = {
            "title": text(node, "title") or library.name,
            **library.reference,
            "patchVersion": _number(text(node, "patch_version")),
            "runnable": _number(text(node, "runnable")),
        }
        for name, key in (("preloaded_js", "preloadedJs"), ("preloaded_css", "preloadedCss")):
            paths = [path.strip() for path in text(node, name).split(",") if path.strip()]
            if paths:
                made[key] = [{"path": path} for path in paths]
        for kind in ("preloaded", "dynamic", "editor"):
            needs = [every[id_].reference for id_, said in library.needs if said == kind and id_ in every]
            if needs:
                made[f"{kind}Dependencies"] = needs
        return made

    def _read(self) -> dict[str, Library]:
        if self.libraries is not None:
            return self.libraries
        self.libraries = {}
        tree = read_tree(self.source, f"{self.root}activities/hvp_libraries.xml", self.outline)
        for node in tree.iterfind("library") if tree is not None else ():
            made = Library(
                text(node, "machine_name"),
                _number(text(node, "major_version")),
                _number(text(node, "minor_version")),
                node,
            )
            made.needs = [
                (part.get("required_library_id", ""), text(part, "dependency_type"))
                for part in node.iterfind("dependencies/dependency")
            ]
            self.libraries[node.get("id", "")] = made
            self.by_folder[made.folder] = made
        for stored in self._library_files():
            found = _WEB.match(stored.full)
            if found and found.group(1) in self.by_folder:
                self.by_folder[found.group(1)].files.append((found.group(2), stored))
        return self.libraries

    def _library_files(self) -> Iterator[Stored]:
        for files in self.files.by_context.values():
            yield from (one for one in files if (one.component, one.area) == ("mod_hvp", "libraries"))


def _closure(start: list[Library], every: dict[str, Library]) -> list[Library] | None:
    """These libraries with all they need to run, each once, those needed first; None where one is missing."""
    found: dict[str, Library] = {}
    rest = list(start)
    while rest:
        library = rest.pop()
        if library.folder in found:
            continue
        found[library.folder] = library
        if not library.files:
            return None
        for id_, kind in library.needs:
            if kind == "editor":
                continue
            if id_ not in every:
                return None
            rest.append(every[id_])
    return list(reversed(found.values()))


def _is_object(said: str) -> bool:
    try:
        return isinstance(json.loads(said), dict)
    except (ValueError, RecursionError):
        return False


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 9 else 0
