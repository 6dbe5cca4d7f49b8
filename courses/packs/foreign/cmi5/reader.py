"""A cmi5 package as courses.activities keeps it: its course structure is the manifest, each AU a part a lesson may show.

Owns: recognising a zip by the cmi5.xml at its root (14.1). Refuses: a structure with any fault, by element.
"""

from __future__ import annotations

from courses.activities.kinds import Reading
from courses.packs.archive import Archive
from courses.packs.foreign.cmi5.structure import aus, read_structure, text_in
from courses.packs.foreign.trees import MAX_BYTES, tree_of
from courses.packs.foreign.xmltree import BrokenXML
from courses.packs.problems import Problem

MEMBER = "cmi5.xml"
VERSION = "1.0"


def read(archive: Archive) -> Reading | None:
    """None where the archive has no cmi5.xml at its root."""
    if MEMBER not in archive:
        return None
    reading = Reading("cmi5", VERSION)
    data = archive.read(MEMBER, MAX_BYTES) if archive.sizes[MEMBER] <= MAX_BYTES else None
    try:
        root = tree_of(data)
    except BrokenXML as error:
        reading.problems.append(Problem("foreign_broken", MEMBER, {"name": MEMBER, "reason": str(error)}))
        return reading
    made, problems = read_structure(root, files=frozenset(archive.sizes))
    reading.problems += problems
    if not problems:
        reading.manifest = made
        reading.title = text_in(made["title"])
        reading.parts = {au["key"]: text_in(au["title"]) for au in aus(made["children"])}
    return reading
