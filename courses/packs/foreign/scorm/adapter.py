"""One SCORM package → a course: each SCO and asset of the default organization a lesson, its clusters the chapters.

A package of SCORM 2004 whose sequencing says more than that learners choose freely comes in as one lesson with one block:
its rules look across its SCOs, and only where one page holds all of them can they be kept. The package itself stays whole
either way; lessons name parts of it.
"""

from __future__ import annotations

import posixpath
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.activities.kinds import Reading
from courses.packs.foreign.drafts import MAX_CHAPTERS
from courses.packs.foreign.outline import Activity, Outline, Page, Unit
from courses.packs.foreign.scorm.manifest import MANIFEST, place_of, read
from courses.packs.foreign.sources import Source

_JOIN = " › "
# A course of a whole package: what one part is reckoned at.
_MINUTES = 10


class Scorm:
    name = "scorm"
    label = _("SCORM 1.2、SCORM 2004（第 2 至 4 版）")
    extensions = ("zip",)

    def recognises(self, source: Source) -> bool:
        return source.kind == "zip" and bool(place_of(source.archive))

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        reading = read(source.archive)
        if reading is None or reading.problems:
            outline.problems += reading.problems if reading else []
            return outline
        outline.title, outline.version = reading.title, reading.version
        outline.language = reading.manifest["language"]
        with open(source.path, "rb") as whole:
            file = source.keep(posixpath.basename(source.name) or "package.zip", whole)
        outline.units = lessons_of(reading, file)
        lose_rest(reading, outline)
        return outline


def lessons_of(reading: Reading, file: str) -> list[Unit]:
    """The chapters of a sound package that lies in the member `file`; also for packages inside packs of other systems."""
    said = reading.manifest
    chosen = said["organizations"][said["default"]]
    if not chosen["sequenced"]:
        return _units(reading.title, chosen["outline"], file)
    count = sum(1 for part in reading.parts if part != said["default"])
    minutes = min(_MINUTES * count, 240)
    page = Page(said["default"], reading.title, [Activity(file, said["default"], reading.title, minutes)])
    return [Unit(reading.title, [page])]


def lose_rest(reading: Reading, outline: Outline, package: str = "") -> None:
    """Name what of such a package does not come in. `package` is where it lies, where it is part of another pack."""

    def lose(path: str, title: str, code: str, **params: str) -> None:
        outline.lose(f"{package}/{path}" if package else path, title, code, **params)

    said = reading.manifest
    for id_, other in said["organizations"].items():
        if id_ != said["default"]:
            lose(id_, other["title"], "lost_structure", what=other["title"])
    for item in said["lost"]:
        key = "name" if item["why"] == "lost_missing" else "what"
        lose(MANIFEST, item["title"], item["why"], **{key: item["what"]})
    launches = {item["what"] for item in said["lost"]}
    for name in said["missing"]:
        if name not in launches:
            lose(name, posixpath.basename(name), "lost_missing", name=name)


ADAPTER = Scorm()


def _units(title: str, outline: list[dict[str, Any]], file: str) -> list[Unit]:
    """A chapter for each node at the top that holds others; what stands beside them in chapters of the course's name."""
    units: list[Unit] = []
    loose: Unit | None = None
    for node in outline:
        pages = _pages(node, file, ())
        if not pages:
            continue
        if node["below"]:
            units.append(Unit(node["title"], pages))
            loose = None
        else:
            if loose is None:
                loose = Unit(title)
                units.append(loose)
            loose.pages += pages
    if len(units) > MAX_CHAPTERS:
        return [Unit(title, [page for unit in units for page in unit.pages])]
    return units


def _pages(node: dict[str, Any], file: str, path: tuple[str, ...], *, top: bool = True) -> list[Page]:
    """The lessons of a node and of what stands below it; folders below the chapter stand in their titles."""
    found = []
    if node["opens"]:
        shown = _JOIN.join((*path, node["title"]))
        found.append(Page(node["id"], shown, [Activity(file, node["id"], node["title"], _MINUTES)]))
    inside = path if top else (*path, node["title"])
    for inner in node["below"]:
        found += _pages(inner, file, inside, top=False)
    return found
