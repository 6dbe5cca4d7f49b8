"""What an upgrade script made of a content's parameters, judged by a host that ran none of it.

The scripts (``upgrades.js`` of a library) are foreign code and run in somebody's browser; what comes back is data from
outside. Owns the judgement: bounds, sub-contents of libraries that are there in a version the semantics name, files that
the content has. Pure functions; writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from . import errors
from .limits import Limits
from .names import LibraryName
from .semantics import Field, Semantics, files_in, libraries_in

#: Levels of objects and lists; a book of presentations of question sets has about fifty.
MAX_DEPTH = 100

#: What h5p.json says of the content besides its title and libraries, and an upgrade may move or fill in.
METADATA = (
    "extraTitle",
    "a11yTitle",
    "authors",
    "authorComments",
    "changes",
    "source",
    "license",
    "licenseVersion",
    "licenseExtras",
    "yearFrom",
    "yearTo",
    "defaultLanguage",
)
MAX_METADATA_BYTES = 64 * 1024

SemanticsOf = Callable[[LibraryName], Semantics | None]


def newer(names: Iterable[LibraryName], than: LibraryName) -> list[LibraryName]:
    """The names of the same library with a higher major or minor version, lowest first."""
    return sorted(name for name in names if name.machine_name == than.machine_name and name > than)


def check_upgraded(
    params: object,
    to: LibraryName,
    *,
    before: Collection[LibraryName],
    files: Collection[str],
    semantics: SemanticsOf,
    limits: Limits | None = None,
) -> list[errors.H5PError]:
    """All that is wrong with parameters said to be upgraded to ``to``; an empty list means: good.

    ``before`` are the libraries that the old parameters embed: deeper than the first level, where an upgrade leaves what
    it need not touch, they may stay as they were. ``files`` are the paths of the content's files below ``content/``.
    """
    where = "content/content.json"
    if not isinstance(params, dict):
        return [errors.InvalidContentJson("must be an object", where=where)]
    if depth(params) > MAX_DEPTH:
        return [errors.InvalidParameters(f"are nested deeper than {MAX_DEPTH} levels", where=where)]
    try:
        size = len(json.dumps(params, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:  # UnicodeEncodeError is one
        return [errors.InvalidContentJson("holds what JSON in UTF-8 can't say", where=where)]
    if size > (limits or Limits()).json_bytes:
        return [errors.FileTooLarge("is too large", where=where)]
    found: list[errors.H5PError] = [
        errors.MissingContentFile("is named in content.json but not there", where=f"content/{path}")
        for path in dict.fromkeys(files_in(params))
        if path not in files
    ]
    found += _unfit(params, to, semantics, frozenset(before))
    return found


def depth(value: object) -> int:
    """Levels of objects and lists, without recursion."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, level)
            inner = item.values() if isinstance(item, dict) else item
            waiting.extend((one, level + 1) for one in inner)
    return deepest


def _unfit(
    params: Mapping[str, Any], to: LibraryName, semantics: SemanticsOf, before: frozenset[LibraryName]
) -> Iterator[errors.H5PError]:
    """Sub-contents in a version that the library around them does not take."""
    waiting: list[tuple[LibraryName, object, bool]] = [(to, params, True)]
    while waiting:
        library, value, first = waiting.pop()
        for field, sub in embedded(semantics(library) or [], value):
            name = LibraryName.from_ubername(sub["library"])
            taken = sub["library"] in options(field) or (not first and name in before)
            if name is None or not taken:
                yield errors.WrongDependencyVersion(
                    f"{library} does not take {sub['library'][:140]}",
                    where=str(library),
                    library=sub["library"][:140],
                )
            else:
                waiting.append((name, sub["params"], False))


def options(field: Field) -> list[str]:
    """The ubernames that a field of type ``library`` takes; older semantics write objects with a name."""
    found = [
        option.get("name") if isinstance(option, dict) else option for option in field.get("options") or ()
    ]
    return [option for option in found if isinstance(option, str)]


def embedded(semantics: Semantics, params: object) -> Iterator[tuple[Field, dict[str, Any]]]:
    """Every sub-content of these parameters with the field it stands in, found by the semantics; not what is in those."""
    waiting: list[tuple[Field, object]] = [({"type": "group", "fields": [*semantics, {}]}, params)]
    while waiting:
        field, value = waiting.pop()
        kind = field.get("type")
        if kind == "library":
            if isinstance(value, dict) and isinstance(value.get("library"), str) and "params" in value:
                yield field, value
        elif kind == "list" and isinstance(value, list) and isinstance(field.get("field"), dict):
            waiting.extend((field["field"], item) for item in value)
        elif kind == "group":
            fields = field.get("fields") or []
            if len(fields) == 1 and not field.get("isSubContent"):
                # A group of one field is not wrapped.
                waiting.append((fields[0], value))
            elif isinstance(value, dict):
                waiting.extend((one, value[one["name"]]) for one in fields if one.get("name") in value)


def upgraded_manifest(
    raw: Mapping[str, Any], to: LibraryName, params: object, metadata: object
) -> dict[str, Any]:
    """h5p.json after an upgrade: the new main library, what the parameters embed, and what the script changed of the
    metadata (never the title). Raises ``InvalidPackageField``."""
    made = dict(raw)
    given = {key: metadata[key] for key in METADATA if key in metadata} if isinstance(metadata, dict) else {}
    try:
        size = len(json.dumps(given, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError) as cause:
        raise errors.InvalidPackageField("the metadata can't be written", where="h5p.json") from cause
    if size > MAX_METADATA_BYTES or depth(given) > MAX_DEPTH:
        raise errors.InvalidPackageField("the metadata is too large", where="h5p.json")
    made.update(given)
    made["mainLibrary"] = to.machine_name
    roots = dict.fromkeys((to, *libraries_in(params)))
    made["preloadedDependencies"] = [name.as_dependency() for name in roots]
    return made
