"""IMS Common Cartridge 1.0–1.3 (also thin ones) and Canvas' .imscc → units and pages as its tree of items has them.

Owns which resources are lessons and in what order: those that items name, then those that lessons lead to; what is left
is named. Where no item names anything (Canvas without modules) every page, quiz and assignment is a lesson. Refuses to
clean or copy anything, and to take what the system hides from its learners.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from itertools import count

from django.utils.translation import gettext_lazy

from courses.packs.foreign.cartridge.canvas import Canvas
from courses.packs.foreign.cartridge.manifest import (
    Manifest,
    Node,
    Places,
    Resource,
    leaves,
    manifest_place,
    read_manifest,
)
from courses.packs.foreign.cartridge.parts import Parts
from courses.packs.foreign.drafts import MAX_CHAPTERS
from courses.packs.foreign.markup import decoded
from courses.packs.foreign.outline import Outline, Page, Piece, Text, Unit
from courses.packs.foreign.sources import Source
from courses.packs.foreign.webpages import Leftovers, extension, is_page
from courses.packs.foreign.xmltree import BrokenXML, parsed
from courses.packs.problems import Problem, short

# How our own export marks a lesson that it had to write as several items.
LESSON = "rt-lesson-"
_MARKS = ("imsccv1p", "/imscc_", "imscc_xmlv1p", "common cartridge", "imsqti_xmlv1p2")
_JOIN = " › "
_LESSONS = ("assignment", "imsdt", "imswl", "qti/assessment")


class Cartridge:
    name = "cartridge"
    label = gettext_lazy("IMS Common Cartridge（含 Canvas 导出的 .imscc）")
    extensions = ("imscc", "zip", "ccart")

    def recognises(self, source: Source) -> bool:
        place = manifest_place(source)
        if place is None:
            return False
        text = decoded((source.text(place) or b"")[: 256 * 1024]).lower()
        return any(mark in text for mark in _MARKS)

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        place = manifest_place(source)
        if place is None:
            outline.refuse("foreign_empty", "", name=short(source.name))
            return outline
        try:
            root = parsed(source.text(place))
        except BrokenXML as error:
            outline.refuse("foreign_broken", place, name=place, reason=str(error))
            return outline
        folder = posixpath.dirname(place)
        places = Places(source, f"{folder}/" if folder else "")
        _Reading(source, outline, read_manifest(root, places), places, place).read()
        return outline


ADAPTER = Cartridge()


# The folders down to a place in the tree: each with a number of its own, since two may have one title.
_Path = tuple[tuple[int, str], ...]


@dataclass
class _Group:
    """Lessons that stand in one folder of the tree."""

    path: _Path
    nodes: list[Node] = field(default_factory=list)


class _Reading:
    def __init__(
        self, source: Source, outline: Outline, manifest: Manifest, places: Places, place: str
    ) -> None:
        self.source, self.outline, self.manifest = source, outline, manifest
        self.places, self.place = places, place
        self.canvas = Canvas(source, places.base)
        self.parts = Parts(source, outline, places, self.canvas, manifest.resources)
        self.done: set[str] = set()
        self.made: dict[tuple[str, str], list[Piece]] = {}
        self.all_hidden = False
        self.stands_in = {
            r.instead_of: key for key, r in manifest.resources.items() if r.instead_of and r.file
        }

    def read(self) -> None:
        outline, manifest = self.outline, self.manifest
        outline.version, outline.title, outline.language = manifest.version, manifest.title, manifest.language
        outline.summary, outline.licence, outline.authors = (
            manifest.summary,
            manifest.licence,
            manifest.authors,
        )
        self.canvas.read(manifest, outline)
        self.parts.items = {node.id: node.ref for node in leaves(manifest.top) if node.id}
        groups = self._groups(manifest.top)
        if not any(group.nodes for group in groups):
            groups = [_Group((), self._unnamed())]
        named = [node for group in groups for node in group.nodes]
        self.all_hidden = bool(named) and all(self._hidden(node) for node in named)
        if self.all_hidden:
            outline.warnings.append(Problem("hidden_all"))
        self._units(groups)
        self._syllabus()
        self._leftovers()

    # -- the tree -----------------------------------------------------------------------------------

    def _groups(self, top: list[Node]) -> list[_Group]:
        """Lessons in the order of the tree, by the folder they stand in."""
        groups: list[_Group] = []
        stack: list[tuple[Node, _Path, bool]] = [(node, (), node.hidden) for node in reversed(top)]
        headers: dict[_Path, tuple[int, str]] = {}
        number = count()
        while stack:
            node, path, hidden = stack.pop()
            node.hidden = hidden
            if _is_lesson(node) or not node.below:
                if _is_header(node):
                    headers[path] = (next(number), node.title)
                    if not path or not stack or stack[-1][1] != path or _is_header(stack[-1][0]):
                        # No chapter comes of a heading with nothing behind it.
                        self.outline.lose(self.place, node.title or node.id, "lost_empty")
                    continue
                here = (*path, headers[path]) if path in headers else path
                if not groups or groups[-1].path != here:
                    groups.append(_Group(here))
                groups[-1].nodes.append(node)
                continue
            inside = (*path, (next(number), node.title)) if node.title else path
            stack += [(below, inside, hidden or below.hidden) for below in reversed(node.below)]
            if node.ref:
                stack.append((Node(node.id, node.title, node.ref, hidden=hidden), inside, hidden))
        return groups

    def _unnamed(self) -> list[Node]:
        """Lessons of a cartridge whose tree is empty."""
        found = []
        for wanted in (
            self._is_lesson,
            lambda r: r.kind == "qti/question-bank",
            lambda r: r.kind == "webcontent" and bool(r.file),
        ):
            for key, resource in self.manifest.resources.items():
                if wanted(resource):
                    found.append(Node(key, self.parts.title_of(resource), key))
            if found:
                break
        return found

    def _is_lesson(self, resource: Resource) -> bool:
        if resource.kind == "webcontent":
            return is_page(resource.file) and not resource.instead_of
        return resource.kind in _LESSONS or resource.assigns

    # -- units and pages ----------------------------------------------------------------------------

    def _units(self, groups: list[_Group]) -> None:
        groups = [group for group in groups if group.nodes]
        depth = next((d for d in (None, 1) if len(_joined(groups, d)) <= MAX_CHAPTERS), 0)
        for title, members in _joined(groups, depth):
            unit = Unit(title)
            self.outline.units.append(unit)
            for group, node in members:
                rest = [title for _n, title in group.path[depth:]] if depth is not None else []
                self._add(unit, node, _JOIN.join([*rest, node.title]))
            self._follow(unit)
        self.outline.units = [unit for unit in self.outline.units if unit.pages]

    def _add(self, unit: Unit, node: Node, title: str) -> None:
        key = self.manifest.resources[node.ref].id if self._known(node) else node.id
        if _is_lesson(node):
            key = node.id
            parts = [part for part in leaves([node]) if part.ref]
            pieces = [piece for part in parts for piece in self._pieces(part, part.title or title)]
        elif self._hidden(node) and not self.all_hidden:
            self._hide(node)
            return
        else:
            pieces = self._pieces(node, title)
        if pieces:
            unit.pages.append(Page(key, title, pieces))

    def _pieces(self, node: Node, title: str) -> list[Piece]:
        before = self.outline.lost.total
        if not self._known(node):
            if node.tool:
                self.outline.lose(self.place, title, "lost_tool")
                return []
            if node.url:
                return self.parts.link(node.url, title, self.place)
            self.outline.lose(self.place, title, "lost_missing", name=short(node.ref))
            return []
        self.done.add(node.ref)
        key = (node.ref, title)
        if key not in self.made:
            self.made[key] = self.parts.of(self._best(node.ref), title)
            if not self.made[key] and self.outline.lost.total == before:
                self.outline.lose(self.manifest.resources[node.ref].place, title, "lost_empty")
        return self.made[key]

    def _known(self, node: Node) -> bool:
        return node.ref in self.manifest.resources

    def _best(self, key: str) -> str:
        """Of a resource and what is written to stand in for it, the one that has a place here."""
        resource = self.manifest.resources[key]
        preferred = self.manifest.resources.get(resource.instead_of)
        if preferred is not None and (preferred.kind in _LESSONS or preferred.kind == "webcontent"):
            self.done.add(resource.instead_of)
            self.parts.claim(resource)
            return resource.instead_of
        if resource.kind in _LESSONS or resource.kind in ("webcontent", "associated"):
            return key
        other = self.stands_in.get(key)
        if other is not None:
            self.done.add(other)
        return other or key

    def _follow(self, unit: Unit) -> None:
        """Pages that lessons lead to and no item names come behind them, and what these lead to."""
        named = {node.ref for node in leaves(self.manifest.top)}
        while True:
            led = next((key for key in self.parts.led if key not in self.done and key not in named), None)
            if led is None:
                return
            self.done.add(led)
            resource = self.manifest.resources.get(led)
            if resource is not None:
                self._add(unit, Node(led, self.parts.title_of(resource), led), self.parts.title_of(resource))
            elif led not in self.parts.used:
                title = self.parts.title_of(Resource(led, "page", led))
                if pieces := self.parts.member(led, title):
                    unit.pages.append(Page(led, title, pieces))

    def _syllabus(self) -> None:
        """The syllabus stands apart from the tree: it is the description of the course, or its first lesson where it
        holds more than words."""
        for key, resource in self.manifest.resources.items():
            if resource.use != "syllabus" or key in self.done or not is_page(resource.file):
                continue
            self.done.add(key)
            before = self.outline.lost.total
            title = self.parts.title_of(resource)
            pieces = self.parts.of(key, title)
            if pieces and all(isinstance(piece, Text) for piece in pieces):
                self.outline.description_html = "".join(p.html for p in pieces if isinstance(p, Text))
            elif pieces:
                self.outline.units.insert(0, Unit(title, [Page(resource.id, title, pieces)]))
            elif self.outline.lost.total == before:
                self.outline.lose(resource.file, title, "lost_empty")

    # -- what stays outside -------------------------------------------------------------------------

    def _hidden(self, node: Node) -> bool:
        resource = self.manifest.resources.get(node.ref)
        if node.hidden or resource is None:
            return node.hidden
        if resource.for_teachers or resource.id in self.canvas.hidden:
            return True
        described = (self.manifest.resources.get(id_) for id_ in resource.needs)
        files = [r.file for r in described if r is not None and r.kind == "associated" and r.file]
        if is_page(resource.file) or resource.kind == "assignment":
            files.append(resource.file)
        return any(self.canvas.unpublished(name) for name in files)

    def _hide(self, node: Node) -> None:
        resource = self.manifest.resources.get(node.ref)
        if resource is not None:
            self.done.add(node.ref)
            self.parts.claim(resource)
            self.parts.used.update(resource.files)
        self.outline.lose(resource.place if resource else self.place, node.title, "lost_hidden")

    def _leftovers(self) -> None:
        """Name every resource and every file that nothing drew on."""
        own = {self.place, *(n for n in self.source.names if self._is_setting(n))}
        described = {id_ for r in self.manifest.resources.values() for id_ in r.needs}
        used = self.parts.used
        for key, resource in self.manifest.resources.items():
            # What stands in for something that is in, or that has been named, is not named again.
            stands_in = resource.instead_of in self.manifest.resources
            if stands_in:
                used.update(resource.files)
            if key in self.done or stands_in or all(name in used or name in own for name in resource.files):
                if not resource.files and resource.missing and key not in self.done:
                    name = resource.missing[0]
                    self.outline.lose(name, posixpath.basename(name), "lost_missing", name=short(name))
                continue
            if resource.kind == "webcontent" and not is_page(resource.file):
                continue
            if resource.kind == "associated" and (
                key in described or not (is_page(resource.file) or extension(resource.file) == "qti")
            ):
                continue
            self.parts.claim(resource)
            self.outline.lose(resource.file, self.parts.title_of(resource), "lost_unused")
        described_files = {
            n
            for id_ in described
            for n in getattr(self.manifest.resources.get(id_), "files", ())
            if extension(n) in ("xml", "qti")
        }
        Leftovers(self.source, used | own | described_files).tell(self.outline)

    def _is_setting(self, name: str) -> bool:
        return name.removeprefix(self.places.base).startswith("course_settings/")


def _is_header(node: Node) -> bool:
    return not node.ref and not node.url and not node.below


def _is_lesson(node: Node) -> bool:
    return node.id.startswith(LESSON) and all(part.ref for part in node.below)


def _joined(groups: list[_Group], depth: int | None) -> list[tuple[str, list[tuple[_Group, Node]]]]:
    """Units of groups that share so many folders (None: all of them), in order."""
    made: list[tuple[_Path, list[tuple[_Group, Node]]]] = []
    for group in groups:
        path = group.path if depth is None else group.path[:depth]
        if not made or made[-1][0] != path:
            made.append((path, []))
        made[-1][1].extend((group, node) for node in group.nodes)
    return [(_JOIN.join(title for _n, title in path), members) for path, members in made]
