"""imsmanifest.xml of a Common Cartridge as plain values: what it says of itself, its resources, its tree of items.

Owns the differences between versions 1.0 to 1.3 (namespaces, ways to write titles, bases of addresses). Refuses to
open any file but those it is given, and to judge what a resource is good for.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from courses.packs.foreign.sources import Source
from courses.packs.foreign.xmltree import child, children, line, local, said

MANIFEST = "imsmanifest.xml"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_TYPE = re.compile(r"^(imsqti_xmlv1p\d)/imscc_xmlv1p\d/(assessment|question-bank)|^([a-z]+)_xmlv\d+p\d+$")
_TEACHERS = frozenset({"instructor", "mentor", "teacher", "administrator", "contentdeveloper"})
_CREATIVE = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)|publicdomain/(zero)/1\.0)", re.I)


@dataclass
class Resource:
    """`kind` is its type without versions; `file` its first member, `missing` the names the pack lacks."""

    id: str
    kind: str
    file: str = ""
    files: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    instead_of: str = ""
    for_teachers: bool = False
    use: str = ""

    @property
    def place(self) -> str:
        """Where it lies, or would lie; its identifier where it names no file."""
        return self.file or (self.missing[0] if self.missing else self.id)

    @property
    def assigns(self) -> bool:
        """Whether it is an assignment as Canvas once wrote it: a page, and its settings beside it."""
        return any(posixpath.basename(name) == "assignment_settings.xml" for name in self.files)


@dataclass
class Node:
    """An item of the tree: a folder, or something that names a resource or, as Canvas has it, an
    address (`url`), be it of a `tool`."""

    id: str
    title: str
    ref: str = ""
    below: list[Node] = field(default_factory=list)
    hidden: bool = False
    tool: bool = False
    url: str = ""
    position: float = 0


@dataclass
class Manifest:
    version: str = ""
    title: str = ""
    language: str = ""
    summary: str = ""
    licence: str = ""
    authors: tuple[str, ...] = ()
    resources: dict[str, Resource] = field(default_factory=dict)
    top: list[Node] = field(default_factory=list)


class Places:
    """Members of the archive by the addresses that manifests and pages write."""

    def __init__(self, source: Source, base: str) -> None:
        self.source, self.base = source, base
        self.folded = {name.casefold(): name for name in source.names}
        self.named: dict[str, list[str]] = {}
        for name in source.names:
            self.named.setdefault(posixpath.basename(name).casefold(), []).append(name)

    def member(self, address: str, folder: str) -> str | None:
        """The member an address means that is relative to `folder`: as written, decoded, without its query."""
        bare = re.split(r"[?#]", address, maxsplit=1)[0]
        for path in dict.fromkeys((address, unquote(address), bare, unquote(bare))):
            path = path.strip().replace("\\", "/")
            if not path or len(path) > 1000:
                continue
            joined = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))).lstrip("/")
            # Above the root there is nothing; browsers stay where they are.
            joined = re.sub(r"^(?:\.\./)+", "", joined)
            found = joined if joined in self.source.archive else self.folded.get(joined.casefold())
            if found:
                return found
        return None

    def alone(self, address: str) -> str | None:
        """The only member of that name, wherever it lies: folders get lost on the way through systems."""
        name = posixpath.basename(unquote(re.split(r"[?#]", address, maxsplit=1)[0]))
        found = self.named.get(name.casefold(), [])
        return found[0] if len(found) == 1 else None


def manifest_place(source: Source) -> str | None:
    """Where the manifest lies: at the root, or in the one folder that somebody packed around it."""
    found = [n for n in source.names if posixpath.basename(n).lower() == MANIFEST and n.count("/") <= 1]
    return min(found, key=lambda name: name.count("/"), default=None)


def read_manifest(root: Element, places: Places) -> Manifest:
    metadata = child(root, "metadata")
    made = Manifest(version=said(metadata, "schemaversion"))
    if "thin" in said(metadata, "schema").lower():
        made.version = f"thin {made.version}"
    _describe(made, metadata)
    box = child(root, "resources")
    base = posixpath.join(places.base, root.get(_BASE, ""), "" if box is None else box.get(_BASE, ""))
    for element in children(box, "resource"):
        resource = _resource(element, places, base)
        # Of two with one identifier the first is what items mean; the other keeps a place of its own.
        key = resource.id if resource.id not in made.resources else f"{resource.id}#{len(made.resources)}"
        made.resources[key] = resource
    organizations = child(root, "organizations")
    wanted = "" if organizations is None else organizations.get("default", "")
    trees = children(organizations, "organization")
    tree = next((t for t in trees if t.get("identifier") == wanted), trees[0] if trees else None)
    made.top = _tree(tree)
    # The root item of a cartridge is nothing but a wrapping.
    if len(made.top) == 1 and not made.top[0].ref:
        root_item = made.top[0]
        if not root_item.title or any(node.below for node in root_item.below):
            made.top = root_item.below
    return made


def _describe(made: Manifest, metadata: Element | None) -> None:
    if metadata is None:
        return
    general = next((e for e in metadata.iter() if local(e) == "general"), None)
    rights = next((e for e in metadata.iter() if local(e) == "rights"), None)
    made.title = line(_first(general, "title"))
    made.language = said(general, "language")
    if not made.language and (title := child(general, "title")) is not None:
        made.language = next((e.get("language", "") for e in title if e.get("language")), "")
    made.summary = line(_first(general, "description"))
    made.licence = licence_of(_first(rights, "description"))
    authors = []
    for part in (e for e in metadata.iter() if local(e) == "contribute"):
        if said(part, "role", "value").lower() not in ("", "author", "content provider"):
            continue
        for entity in children(part, "entity"):
            card = re.search(r"^FN[^:]*:(.+)$", "".join(entity.itertext()), re.M)
            authors.append(line(card.group(1) if card else said(entity))[:200])
    made.authors = tuple(dict.fromkeys(name for name in authors if name and not name.startswith("BEGIN:")))


def licence_of(text: str) -> str:
    """A few words on the licence; one of Creative Commons by its SPDX name."""
    found = _CREATIVE.search(text)
    if found:
        return "CC0-1.0" if found.group(3) else f"CC-{found.group(1).upper()}-{found.group(2)}"
    return line(re.sub(r"\s+-\s+https?://\S+$", "", text.strip()))[:60]


def _first(element: Element | None, name: str) -> str:
    """The first wording of a text that may be there in several languages."""
    box = child(element, name)
    if box is None:
        return ""
    return next((text for part in box if (text := said(part))), said(box))


def _resource(element: Element, places: Places, base: str) -> Resource:
    kind = element.get("type", "").strip()
    known = _TYPE.match(kind.lower())
    if known:
        kind = f"qti/{known.group(2)}" if known.group(2) else known.group(3)
        # What Canvas exports as a package of quizzes alone.
        kind = "qti/assessment" if kind == "imsqti" else kind
    elif "learning-application-resource" in kind:
        kind = "associated"
    made = Resource(element.get("identifier", ""), kind, use=element.get("intendeduse", "").lower())
    base = posixpath.join(base, element.get(_BASE, ""))
    names = [element.get("href", ""), *(e.get("href", "") for e in children(element, "file"))]
    for name in dict.fromkeys(name for name in names if name):
        member = places.member(name, base)
        if member is None:
            made.missing.append(name)
        elif member not in made.files:
            made.files.append(member)
    main = places.member(names[0], base) if names[0] else None
    made.file = main or (made.files[0] if made.files and not names[0] else "")
    made.needs = [e.get("identifierref", "") for e in children(element, "dependency")]
    variant = child(element, "variant")
    made.instead_of = "" if variant is None else variant.get("identifierref", "")
    roles = [said(e, "value").lower() for e in element.iter() if local(e) == "intendedEndUserRole"]
    made.for_teachers = bool(roles) and all(role in _TEACHERS for role in roles)
    return made


def _tree(organization: Element | None) -> list[Node]:
    top: list[Node] = []
    stack = [(e, top) for e in reversed(children(organization, "item"))]
    while stack:
        element, into = stack.pop()
        hidden = element.get("isvisible", "").lower() in ("false", "0")
        node = Node(
            element.get("identifier", ""),
            line(_first(element, "title")),
            element.get("identifierref", ""),
            hidden=hidden,
        )
        into.append(node)
        stack += [(e, node.below) for e in reversed(children(element, "item"))]
    return top


def leaves(nodes: list[Node]) -> Iterator[Node]:
    """Every node of a tree in order."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(node.below)
