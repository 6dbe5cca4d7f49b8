"""One H5P package → one lesson with one exercise, under the title and the names that its h5p.json gives.

Owns nothing of what is inside: whether the package is sound is judged by courses.h5p, as for any exercise of a pack.
"""

from __future__ import annotations

import json
import posixpath
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.packs.foreign.outline import Exercise, Outline, Page, Unit
from courses.packs.foreign.sources import Source
from courses.packs.problems import json_fault

MANIFEST = "h5p.json"
_MAX_BYTES = 1024**2


class H5P:
    name = "h5p"
    label = _("H5P 练习")
    extensions = ("h5p",)

    def recognises(self, source: Source) -> bool:
        return source.kind == "zip" and MANIFEST in source.archive

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        says = _read(source, outline)
        if says is None:
            return outline
        title = _word(says, "title") or posixpath.splitext(posixpath.basename(source.name))[0]
        outline.title, outline.language = title, _language(says)
        outline.licence = f"{_word(says, 'license')} {_word(says, 'licenseVersion')}".strip()
        outline.licence = (
            "" if outline.licence.startswith("U") and len(outline.licence) < 3 else outline.licence
        )
        outline.authors = tuple(_authors(says))
        with open(source.path, "rb") as whole:
            file = source.keep(posixpath.basename(source.name) or "package.h5p", whole)
        # A package has no id of its own; its main library and its title are what stays.
        key = f"{_word(says, 'mainLibrary')}/{title}"
        outline.units = [Unit(title, [Page(key, title, [Exercise(file, title)])])]
        return outline


ADAPTER = H5P()


def _read(source: Source, outline: Outline) -> dict[str, Any] | None:
    data = source.text(MANIFEST, _MAX_BYTES)
    try:
        says = json.loads(data.decode("utf-8-sig")) if data is not None else None
    except (ValueError, RecursionError) as error:
        outline.refuse("foreign_broken", MANIFEST, name=MANIFEST, reason=json_fault(error))
        return None
    if not isinstance(says, dict):
        outline.refuse("foreign_broken", MANIFEST, name=MANIFEST, reason=json_fault())
        return None
    return says


def _word(says: dict[str, Any], name: str) -> str:
    value = says.get(name)
    return value.strip() if isinstance(value, str) else ""


def _language(says: dict[str, Any]) -> str:
    found = [_word(says, "defaultLanguage"), _word(says, "language")]
    # "und" is what H5P writes where nobody said.
    return next((tag for tag in found if tag and tag != "und"), "")


def _authors(says: dict[str, Any]) -> list[str]:
    given = says.get("authors")
    names = [
        _word(one, "name") for one in (given if isinstance(given, list) else []) if isinstance(one, dict)
    ]
    return [name for name in names if name][:50]
