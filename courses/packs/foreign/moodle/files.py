"""The files of a Moodle backup: kept under the hash of their content, named in files.xml.

Owns the way from an address in a text (@@PLUGINFILE@@/…, links between activities) to a member of the archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import read_tree

NULL = "$@NULL@$"
_HASH = re.compile(r"[0-9a-f]{40}")
_LINK = re.compile(r"\$@[A-Z0-9]+BYID\*\d+@\$|\$@[A-Z0-9]*INDEX\*\d+@\$|\$@COURSEVIEWBYID\*\d+@\$")
_PLUGIN = re.compile(r"@@PLUGINFILE@@/|\$@FILEPHP@\$(?:\$@SLASH@\$|/)?")
# Areas with what people handed in or made for themselves.
_PERSONAL = (
    "assignsubmission_",
    "assignfeedback_",
    "user",
    "backup",
    "grade",
    "badges",
    "tool_",
    "core_admin",
)
_PERSONAL_AREAS = frozenset(
    {"attachment", "post", "submission_files", "submission_content", "response_attachments"}
)


def text(node: Element | None, path: str) -> str:
    """The text of a child, "" where it is missing or Moodle's NULL."""
    found = (node.findtext(path) or "").strip() if node is not None else ""
    return "" if found == NULL else found


@dataclass(frozen=True)
class Stored:
    """One entry of files.xml. `member` is its name in the archive, "" where its content is missing."""

    name: str
    path: str
    context: str
    component: str
    area: str
    item: str
    order: int
    member: str

    @property
    def full(self) -> str:
        return f"{self.path}{self.name}".lstrip("/")


@dataclass
class Files:
    """All files of a backup; `used` are those that a page drew on."""

    by_context: dict[str, list[Stored]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def of(self, context: str, component: str = "", area: str = "", item: str = "") -> list[Stored]:
        """The files of a context in Moodle's order, narrowed down by what is given."""
        found = [
            stored
            for stored in self.by_context.get(context, [])
            if component in ("", stored.component) and area in ("", stored.area) and item in ("", stored.item)
        ]
        return sorted(found, key=lambda stored: (-stored.order, stored.path, stored.name))

    def resolver(self, context: str, *places: tuple[str, str]) -> Callable[[str], str | None]:
        """Addresses of a text → members: the files of the (area, item) given first, then any of its context."""
        wanted: dict[str, Stored] = {}
        folded: dict[str, Stored] = {}

        def look(path: str) -> Stored | None:
            if not wanted:  # most texts have no files: made when the first is asked for
                for area, item in places:
                    wanted.update({f.full: f for f in reversed(self.of(context, "", area, item))} | wanted)
                wanted.update({f.full: f for f in reversed(self.of(context))} | wanted)
                folded.update({full.casefold(): stored for full, stored in reversed(wanted.items())})
            return wanted.get(path) or folded.get(path.casefold())

        def resolve(address: str) -> str | None:
            if _LINK.fullmatch(address.split("#")[0].split("&")[0].split("?")[0]):
                # Another page of the course: its link has nowhere to go, its words stay.
                return "page.html"
            path = unquote(re.split(r"[?#]", address, maxsplit=1)[0]).replace("$@SLASH@$", "/").lstrip("/")
            stored = look(path)
            return self.take(stored) if stored is not None else None

        return resolve

    def take(self, stored: Stored) -> str | None:
        """The member of a file that a page uses, or None where its content is not in the backup."""
        if stored.member:
            self.used.add(stored.member)
        return stored.member or None

    def unused(self) -> Iterable[Stored]:
        """What courses hold, as opposed to people, and no page drew on; each file once."""
        seen = set(self.used)
        for stored in (one for files in self.by_context.values() for one in files):
            if stored.member and stored.member not in seen and not _personal(stored):
                seen.add(stored.member)
                yield stored


def readable(html: str) -> str:
    """A text with the addresses of its files as they stand in files.xml."""
    return _PLUGIN.sub("", html)


def read_files(source: Source, root: str, outline: Outline) -> Files:
    """files.xml. A missing file of the content is told where a page asks for it."""
    files = Files()
    known: dict[str, str] = {}
    tree = read_tree(source, f"{root}files.xml", outline)
    for node in tree.iter("file") if tree is not None else ():
        name = text(node, "filename")
        if name in ("", "."):
            continue
        stored = Stored(
            name,
            text(node, "filepath") or "/",
            text(node, "contextid"),
            text(node, "component"),
            text(node, "filearea"),
            text(node, "itemid"),
            int(order) if (order := text(node, "sortorder")).isdecimal() and len(order) < 9 else 0,
            _member(source, root, text(node, "contenthash"), name, known),
        )
        files.by_context.setdefault(stored.context, []).append(stored)
    return files


def _member(source: Source, root: str, digest: str, name: str, known: dict[str, str]) -> str:
    """Where the content is, by a name that a reader understands and that keeps its extension."""
    kept = f"{root}files/{digest[:2]}/{digest}"
    if not _HASH.fullmatch(digest) or kept not in source.archive:
        return ""
    stem, dot, extension = re.sub(r"[^\w.() -]+", "_", name).rpartition(".")
    shown = f"files/{digest[:12]}/{stem[:80]}{dot}{extension[: 12 if dot else 80]}"
    # One name for each content and way to be seen, so that a file used on many pages is one file.
    shown = known.setdefault(shown.casefold(), shown)
    source.also_as(shown, kept)
    return shown if shown in source.archive else kept


def _personal(stored: Stored) -> bool:
    """Also the H5P libraries of the whole site, which come with every backup."""
    site = (stored.component, stored.area) == ("mod_hvp", "libraries") or stored.component == "core_h5p"
    return site or stored.component.startswith(_PERSONAL) or stored.area in _PERSONAL_AREAS
