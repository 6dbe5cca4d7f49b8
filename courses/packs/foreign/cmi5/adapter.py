"""A cmi5 course → chapters (its top blocks) of lessons, each with one AU to launch; from a zip, or a cmi5.xml alone.

The package is kept whole, for courses.activities to unpack; an XML alone becomes a zip of one file. Refuses a structure with
any fault; what of it has no place here (objectives) is named.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.packs.foreign.cmi5.reader import MEMBER
from courses.packs.foreign.cmi5.structure import NAMESPACE, read_structure, text_in
from courses.packs.foreign.outline import Activity, Outline, Page, Unit
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import read_tree
from courses.packs.problems import short

Json = dict[str, Any]
_DAY = (2000, 1, 1, 0, 0, 0)


class Cmi5:
    name = "cmi5"
    label = gettext_lazy("cmi5 课程（zip 或单独的 cmi5.xml）")
    extensions = ("zip", "xml")

    def recognises(self, source: Source) -> bool:
        if source.kind == "zip":
            return MEMBER in source.archive
        return source.kind == "file" and NAMESPACE.encode() in source.head

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        alone = source.kind == "file"
        member = source.name if alone else MEMBER
        root = read_tree(source, member, outline)
        if root is None:
            return outline
        made, problems = read_structure(root, files=None if alone else frozenset(source.archive.sizes))
        outline.problems += problems
        if problems:
            return outline
        outline.title = text_in(made["title"])
        outline.language = next((tag for tag in made["title"] if tag != "und"), "")
        outline.summary = text_in(made["description"])
        file = _kept(source, alone)
        if made["objectives"]:
            outline.lose(member, outline.title, "lost_setting", what=_("学习目标"))
        outline.units = list(_units(made, file, outline.title))
        return outline


ADAPTER = Cmi5()


def _kept(source: Source, alone: bool) -> str:
    if not alone:
        with open(source.path, "rb") as whole:
            return source.keep("cmi5.zip", whole)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack, open(source.path, "rb") as content:
        pack.writestr(zipfile.ZipInfo(MEMBER, _DAY), content.read())
    return source.keep("cmi5.zip", out.getvalue())


def _units(made: Json, file: str, title: str) -> Iterator[Unit]:
    """Blocks at the top are chapters; AUs that stand beside them are chapters of the course's own name."""
    run: list[Page] = []
    for child in made["children"]:
        if child["type"] == "au":
            run.append(_page(child, file, ""))
            continue
        if run:
            yield Unit(title, run)
            run = []
        pages = [_page(au, file, above) for au, above in _below(child, ())]
        yield Unit(text_in(child["title"]), pages)
    if run:
        yield Unit(title, run)


def _below(block: Json, above: tuple[str, ...]) -> Iterator[tuple[Json, str]]:
    for child in block["children"]:
        if child["type"] == "au":
            yield child, " · ".join(above)
        else:
            yield from _below(child, (*above, text_in(child["title"])))


def _page(au: Json, file: str, above: str) -> Page:
    title = text_in(au["title"])
    shown = short(f"{above} · {title}" if above else title, 190)
    return Page(au["id"], shown, [Activity(file, au["key"], short(title, 190))])
