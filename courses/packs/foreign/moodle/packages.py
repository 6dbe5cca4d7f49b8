"""Packages that stand inside a Moodle backup: SCORM comes in as it does by itself, an IMS content package as its pages.

Owns which of an activity's files are the package and which are only what Moodle unpacked of it. Refuses nothing: a package
that cannot be used is named with its reason, and the activity's introduction stays.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.activities.kinds import Reading as Package
from courses.packs.archive import READ_ERRORS, open_archive
from courses.packs.foreign.moodle.files import Stored, text
from courses.packs.foreign.outline import Page
from courses.packs.foreign.scorm import manifest as scorm
from courses.packs.foreign.scorm.adapter import lessons_of, lose_rest
from courses.packs.foreign.scorm.sequencing import attributes
from courses.packs.foreign.trees import MAX_BYTES, tree_of
from courses.packs.foreign.xmltree import BrokenXML, child, children, line, said
from courses.packs.problems import Problem, short

if TYPE_CHECKING:
    from courses.packs.foreign.moodle.activities import Reading

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_JOIN = " › "
# A package has as many lessons as a chapter of ours at most; beyond that nobody reads a table of contents either.
_MAX_ITEMS = 2000


def scorm_pages(reading: Reading) -> list[Page]:
    """A SCORM activity: a lesson for each part of its package, behind its introduction."""
    pieces = reading.intro()
    # What Moodle unpacked lies beside the package a second time.
    for stored in reading.stored("content"):
        reading.files.take(stored)
    pages = list(_parts(reading))
    if not pages:
        # What Moodle wrote down of a package that does not come in.
        for part in reading.node.iterfind("scoes/sco"):
            title = f"{reading.title} · {text(part, 'title')}"
            reading.lose("lost_missing", title=title, name=short(text(part, "launch") or text(part, "title")))
    if len(pages) == 1:
        # One part is the activity itself.
        only = pages[0]
        return [replace(only, key=reading.key, title=reading.title, pieces=[*pieces, *only.pieces])]
    return [*([reading.page(pieces)] if pieces else []), *pages]


def _parts(reading: Reading) -> Iterator[Page]:
    address = text(reading.node, "reference")
    zips = [one for one in reading.stored("package") if one.name.lower().endswith((".zip", ".pif"))]
    if not zips:
        if "//" in address:
            reading.lose("lost_outside", what=short(address, 120))
        else:
            reading.lose("lost_missing", name=short(address or reading.title))
        return
    named = next((one for one in zips if one.name == address), zips[0])
    member = reading.files.take(named)
    if member is None:
        reading.lose("lost_missing", title=named.name, name=short(named.full))
        return
    found, problems = _looked(reading, member)
    if found is None or problems:
        for problem in problems or [Problem("package_unknown")]:
            reading.lose("lost_file", title=named.name, reason=problem)
        return
    units = lessons_of(found, member)
    lose_rest(found, reading.outline, f"{reading.key}/{named.name}")
    limits = (
        ("maxattempt", _("作答次数")),
        ("timeopen", _("开放和截止时间")),
        ("timeclose", _("开放和截止时间")),
    )
    settings = dict.fromkeys(shown for name, shown in limits if text(reading.node, name) not in ("", "0"))
    if settings:
        reading.lose("lost_setting", what="、".join(settings))
    for unit in units:
        for page in unit.pages:
            above = [reading.title, *([unit.title] if len(units) > 1 and unit.title != found.title else [])]
            yield Page(f"{reading.key}/{page.key}", _JOIN.join((*above, page.title)), page.pieces)


def _looked(reading: Reading, member: str) -> tuple[Package | None, list[Problem]]:
    """What the package says of itself, None where it is no SCORM; and what is wrong with it."""
    try:
        stream = reading.source.archive.seekable(member)
    except READ_ERRORS:
        # A member that cannot be unpacked refuses every pack.
        damaged = Problem("zip_damaged", "", {"name": short(member)})
        reading.outline.problems.append(damaged)
        return None, [damaged]
    with stream:
        archive, problems = open_archive(stream)
        if archive is None:
            return None, problems
        with archive:
            found = None if archive.problems else scorm.read(archive)
            return found, [*archive.problems, *(found.problems if found else [])]


def content_pages(reading: Reading) -> list[Page]:
    """An IMS content package: its pages in the order of its organization, each under the folders it stands in."""
    pieces = reading.intro()
    pages = [reading.page(pieces)] if pieces else []
    # Moodle keeps the zip ("backup") and what it unpacked of it, each time under a number of its own.
    for stored in reading.stored("backup"):
        reading.files.take(stored)
    unpacked = reading.stored("content")
    newest = max((one.item for one in unpacked), key=lambda item: (len(item), item), default="")
    files = {one.full: one for one in unpacked if one.item == newest}
    listed = files.get("imsmanifest.xml")
    member = reading.files.take(listed) if listed is not None else None
    if member is None:
        reading.lose("lost_missing", name="imsmanifest.xml")
        return pages
    try:
        root = tree_of(reading.source.text(member, MAX_BYTES))
    except BrokenXML as error:
        broken = Problem("foreign_broken", "", {"name": "imsmanifest.xml", "reason": str(error)})
        reading.lose("lost_file", title="imsmanifest.xml", reason=broken)
        return pages
    for number, (title, name, full) in enumerate(_items(root), 1):
        if number > _MAX_ITEMS:
            reading.lose("lost_pages", title=f"{reading.title}{_JOIN}{title}", first=str(number))
            break
        pages += _item_page(reading, title, name, full, files)
    return pages


def _item_page(
    reading: Reading, title: str, key: str, address: str, files: dict[str, Stored]
) -> Iterator[Page]:
    shown = f"{reading.title}{_JOIN}{title}"
    if urlsplit(address).scheme:
        reading.lose("lost_outside", title=shown, what=short(address, 120))
        return
    path = posixpath.normpath(unquote(re.split(r"[?#]", address, maxsplit=1)[0]).replace("\\", "/"))
    stored = files.get(path.removeprefix("/"))
    if stored is None:
        reading.lose("lost_missing", title=shown, name=short(address or title))
        return
    pieces = reading.shown(stored, shown)
    if pieces:
        yield Page(f"{reading.key}/{key}", shown, pieces)
    else:
        reading.lose("lost_empty", title=shown)


def _items(root: Element) -> Iterator[tuple[str, str, str]]:
    """(title with the folders above it, the item's id, address) of what the default organization opens, in order."""
    resources = child(root, "resources")
    bases = [root.get(_BASE, ""), resources.get(_BASE, "") if resources is not None else ""]
    addresses = {
        attributes(one).get("identifier", ""): posixpath.join(
            *bases, one.get(_BASE, ""), attributes(one).get("href", "")
        )
        for one in children(resources, "resource")
    }
    holder = child(root, "organizations")
    chosen = attributes(holder).get("default", "")
    trees = children(holder, "organization")
    tree = next(
        (one for one in trees if attributes(one).get("identifier") == chosen), next(iter(trees), None)
    )
    rest: list[tuple[Element, tuple[str, ...]]] = [(item, ()) for item in reversed(children(tree, "item"))]
    while rest:
        item, above = rest.pop()
        given = attributes(item)
        title = line(said(item, "title"))[:200] or given.get("identifier", "")
        ref = given.get("identifierref", "")
        if ref:
            yield _JOIN.join((*above, title)), given.get("identifier", ref), addresses.get(ref, "")
        rest += [(inner, (*above, title)) for inner in reversed(children(item, "item"))]
