"""What Canvas writes beside a Common Cartridge (folder course_settings): the order of modules, what is unpublished,
names and captions of files, and settings that have no place here.

Refuses to be needed: a cartridge without these files, or with broken ones, is read as any other.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.packs.foreign.cartridge.manifest import Manifest, Node
from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.foreign.xmltree import BrokenXML, child, children, line, local, parsed, said
from courses.packs.problems import short

_FOLDER = "course_settings/"
# Read by us, or a mark without content.
_READ = ("module_meta.xml", "files_meta.xml", "media_tracks.xml", "canvas_export.txt", "syllabus.html")
_SETTINGS = {
    "course_settings.xml": gettext_lazy("课程设置"),
    "assignment_groups.xml": gettext_lazy("作业分组和比重"),
    "rubrics.xml": gettext_lazy("评分标准"),
    "learning_outcomes.xml": gettext_lazy("学习目标"),
    "grading_standards.xml": gettext_lazy("等级标准"),
    "events.xml": gettext_lazy("日历"),
    "late_policy.xml": gettext_lazy("迟交规定"),
    "external_feeds.xml": gettext_lazy("外部消息源"),
    "external_viewers.xml": gettext_lazy("外部查看器"),
}
# Settings that have names of their own.
_TITLED = ("rubric", "learningOutcome", "learningOutcomeGroup", "gradingStandard", "event")
_OFF = frozenset({"unpublished", "deleted"})
_STATE = re.compile(rb"<meta\s+name=[\"']workflow_state[\"']\s+content=[\"'](\w+)[\"']", re.I)


@dataclass
class Track:
    file: str
    lang: str


@dataclass
class Canvas:
    """What the course settings say. `hidden` and `names` are of files, by their resource's identifier."""

    source: Source
    base: str
    hidden: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    tracks: dict[str, list[Track]] = field(default_factory=dict)

    def read(self, manifest: Manifest, outline: Outline) -> None:
        """Put the modules' own order into the manifest's tree, and name settings that have no place here."""
        self._files()
        self._media(manifest)
        modules = self.document(f"{_FOLDER}module_meta.xml")
        if modules is not None:
            self._modules(modules, manifest, outline)
        course = self.document(f"{_FOLDER}course_settings.xml")
        if course is not None:
            outline.title = outline.title or line(said(course, "title"))
            outline.language = outline.language or said(course, "locale")
        for name in self.source.names:
            inside = name.removeprefix(self.base)
            if not inside.startswith(_FOLDER) or posixpath.basename(name) in _READ:
                continue
            root = self.document(inside) if name.endswith(".xml") else None
            if root is None or len(root):
                what = str(_SETTINGS.get(posixpath.basename(name), posixpath.basename(name)))
                for title in _titles(root) or [posixpath.basename(name)]:
                    outline.lose(name, title, "lost_setting", what=what)

    def document(self, name: str) -> Element | None:
        data = self.source.text(self.base + name)
        if data is None:
            return None
        try:
            return parsed(data)
        except BrokenXML:
            return None

    def unpublished(self, member: str) -> bool:
        """Whether a page or the description of an item says of itself that nobody sees it."""
        data = self.source.text(member) or b""
        if member.endswith((".html", ".htm")):
            found = _STATE.search(data[:4096])
            return found is not None and found.group(1).decode().lower() in _OFF
        try:
            root = parsed(data)
        except BrokenXML:
            return False
        if said(root, "available") == "false":
            return True
        states = [said(root, "workflow_state")]
        states += [said(e, "workflow_state") for e in children(child(root, "extensions"), "assignment")]
        return any(state in _OFF for state in states)

    # -- files --------------------------------------------------------------------------------------

    def _files(self) -> None:
        box = child(self.document(f"{_FOLDER}files_meta.xml"), "files")
        for file in children(box, "file"):
            id_ = file.get("identifier", "")
            if "true" in (said(file, "hidden"), said(file, "locked")):
                self.hidden.add(id_)
            if name := line(said(file, "display_name")):
                self.names[id_] = name

    def _media(self, manifest: Manifest) -> None:
        root = self.document(f"{_FOLDER}media_tracks.xml")
        for media in children(root, "media"):
            film = manifest.resources.get(media.get("identifierref", "") or media.get("identifier", ""))
            for track in children(media, "track"):
                captions = manifest.resources.get(
                    track.get("identifierref", "") or track.get("identifier", "")
                )
                if film and film.file and captions and captions.file:
                    found = self.tracks.setdefault(film.file, [])
                    found.append(Track(captions.file, track.get("locale", "und")))

    # -- modules ------------------------------------------------------------------------------------

    def _modules(self, root: Element, manifest: Manifest, outline: Outline) -> None:
        known = {node.id: node for node in manifest.top}
        rules = False
        for place, module in enumerate(children(root, "module"), 1):
            id_ = module.get("identifier", "")
            node = known.get(id_)
            if node is None:
                node = known[id_] = Node(id_, line(said(module, "title")))
                manifest.top.append(node)
            node.hidden = node.hidden or said(module, "workflow_state") in _OFF
            node.position = _position(module, place)
            rules = rules or any(
                child(module, name) is not None and len(child(module, name) or ())
                for name in ("prerequisites", "completionRequirements")
            )
            _items(module, node)
        _sort(manifest.top)
        if rules:
            outline.lose(
                f"{self.base}{_FOLDER}module_meta.xml",
                outline.title,
                "lost_setting",
                what=_("模块的先后和完成要求"),
            )


def _titles(root: Element | None) -> list[str]:
    """What the rubrics, outcomes, standards or events of a file are called."""
    named = () if root is None else (e for e in root.iter() if local(e) in _TITLED)
    return list(dict.fromkeys(short(title, 120) for e in named if (title := line(said(e, "title")))))


def _items(module: Element, node: Node) -> None:
    ids = {below.id: below for below in node.below}
    refs = {below.ref: below for below in reversed(node.below) if below.ref}
    taken: set[int] = set()
    for place, item in enumerate(children(child(module, "items"), "item"), 1):
        id_, ref = item.get("identifier", ""), said(item, "identifierref")
        found = ids.get(id_) or refs.get(ref) or refs.get(id_)
        if found is None or id(found) in taken:
            found = Node(id_, line(said(item, "title")), ref)
            node.below.append(found)
        taken.add(id(found))
        found.title = found.title or line(said(item, "title"))
        found.hidden = found.hidden or said(item, "workflow_state") in _OFF
        found.tool = said(item, "content_type") == "ContextExternalTool"
        found.url = said(item, "url")
        found.position = _position(item, place)
    _sort(node.below)


def _position(element: Element, place: int) -> float:
    text = said(element, "position")
    return float(text) if text.isdecimal() and len(text) < 9 else float(place)


def _sort(nodes: list[Node]) -> None:
    """By position; what has none stays behind what it followed."""
    before = 0.0
    for node in nodes:
        before = node.position = node.position or before
    nodes.sort(key=lambda node: node.position)
