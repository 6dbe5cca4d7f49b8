"""semantics.json: what a library's parameters look like, and parameters held against it.

Pure functions over plain values. H5P's rule that a group of a single field is not wrapped in an object is
kept.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import errors
from .names import LibraryName

Field = Mapping[str, Any]
Semantics = Sequence[Field]


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where parameters do not fit: ``path`` as in ``questions[2].options``, and why."""

    path: str
    message: str


def check_semantics(raw: object, where: str) -> list[dict[str, Any]]:
    """Refuse what is no list of fields. Raises ``InvalidSemantics``."""

    def check(fields: object) -> None:
        if not isinstance(fields, list):
            raise errors.InvalidSemantics("must be a list of fields", where=where)
        for field in fields:
            if not isinstance(field, dict) or not isinstance(field.get("name"), str) or not field["name"]:
                raise errors.InvalidSemantics("every field needs a name", where=where)
            check_field(field)

    def check_field(field: object) -> None:
        # What a list holds needs no name; unknown types exist (a host's own widgets) and are left alone.
        if not isinstance(field, dict) or not isinstance(field.get("type"), str):
            raise errors.InvalidSemantics("every field needs a type", where=where)
        if field["type"] == "group":
            check(field.get("fields"))
        elif field["type"] == "list":
            check_field(field.get("field"))

    check(raw)
    assert isinstance(raw, list)
    return raw


def libraries_in(params: object) -> Iterator[LibraryName]:
    """Every library that content embeds (objects with ``library`` and ``params``), at any depth."""
    stack = [params]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            name = value.get("library")
            if isinstance(name, str) and "params" in value and (found := LibraryName.from_ubername(name)):
                yield found
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def files_in(params: object) -> Iterator[str]:
    """Every local file that content names (objects with a relative ``path`` and a ``mime``), at any depth."""
    stack = [params]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            path = value.get("path")
            if isinstance(path, str) and isinstance(value.get("mime"), str) and is_local(path):
                # “#tmp” marks an upload that the editor had not saved yet.
                yield path.removesuffix("#tmp")
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def elsewhere_in(params: object) -> Iterator[str]:
    """Every file on another server that content names (objects with an http address for a ``path`` and a ``mime``), at any depth."""
    stack = [params]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            path = value.get("path")
            if (
                isinstance(path, str)
                and isinstance(value.get("mime"), str)
                and re.match(r"(https?:)?//", path, re.I)
            ):
                yield path
            stack.extend(reversed(value.values()))
        elif isinstance(value, list):
            stack.extend(reversed(value))


def is_local(path: str) -> bool:
    """Whether a file's path points into the content's folder (no scheme, not absolute, no placeholder)."""
    return bool(path) and not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:|/|%|\.\./", path)


def translated(semantics: Semantics, translation: object) -> list[dict[str, Any]]:
    """Semantics with the defaults of a language file (``{"semantics": […]}``) laid over them."""

    def merge(fields: Semantics, texts: object) -> list[dict[str, Any]]:
        given = texts if isinstance(texts, list) else []
        return [merge_field(field, given[i] if i < len(given) else None) for i, field in enumerate(fields)]

    def merge_field(field: Field, text: object) -> dict[str, Any]:
        result = dict(field)
        if isinstance(text, dict):
            for key in ("default", "label", "description"):
                if key in text:
                    result[key] = text[key]
        inner = text if isinstance(text, dict) else {}
        if field.get("type") == "group":
            result["fields"] = merge(field.get("fields", []), inner.get("fields"))
        elif field.get("type") == "list" and isinstance(field.get("field"), dict):
            result["field"] = merge_field(field["field"], inner.get("field"))
        return result

    return merge(semantics, translation.get("semantics") if isinstance(translation, dict) else None)


def with_defaults(semantics: Semantics, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters completed with the defaults of their semantics; what is given stays as it is."""

    def fill(field: Field, value: object, given: bool) -> tuple[object, bool]:
        kind = field.get("type")
        if kind == "group":
            fields = field.get("fields", [])
            if len(fields) == 1:
                return fill(fields[0], value, given)
            merged = fill_all(fields, value if isinstance(value, dict) else {})
            return (merged, True) if given or merged else (None, False)
        if kind == "list" and given and isinstance(value, list) and isinstance(field.get("field"), dict):
            return [fill(field["field"], item, True)[0] for item in value], True
        if given:
            return value, True
        return (copy.deepcopy(field["default"]), True) if "default" in field else (None, False)

    def fill_all(fields: Semantics, values: Mapping[str, Any]) -> dict[str, Any]:
        result = dict(values)
        for field in fields:
            name = field["name"]
            value, there = fill(field, values.get(name), name in values)
            if there:
                result[name] = value
        return result

    return fill_all(semantics, params)


def check_params(semantics: Semantics, params: object) -> list[Problem]:
    """Hold parameters strictly against semantics: unknown names, missing ones, types, bounds.

    For content one makes. Content from elsewhere was often made for an older minor version and need not
    pass.
    """
    problems: list[Problem] = []

    def report(path: str, message: str) -> None:
        problems.append(Problem(path or "content", message))

    def check_all(fields: Semantics, values: object, path: str) -> None:
        if not isinstance(values, dict):
            report(path, "must be an object")
            return
        names = {field["name"] for field in fields}
        for name in values:
            if name not in names:
                report(f"{path}.{name}".lstrip("."), "is not a field of this library")
        for field in fields:
            where = f"{path}.{field['name']}".lstrip(".")
            if field["name"] in values:
                check(field, values[field["name"]], where)
            elif not field.get("optional") and "default" not in field and not _all_optional(field):
                report(where, "is missing")

    def check(field: Field, value: object, path: str) -> None:
        kind = field.get("type")
        if kind == "group":
            fields = field.get("fields", [])
            if len(fields) == 1:
                check(fields[0], value, path)
            else:
                check_all(fields, value, path)
        elif kind == "list":
            if not isinstance(value, list):
                report(path, "must be a list")
                return
            _bounds(len(value), field, path, report, "entries")
            for i, item in enumerate(value):
                check(field["field"], item, f"{path}[{i}]")
        elif kind == "text":
            if not isinstance(value, str):
                report(path, "must be a text")
            elif not value.strip() and not field.get("optional"):
                report(path, "is empty")
            elif len(value) > field.get("maxLength", 10_000):
                report(path, f"is longer than {field.get('maxLength', 10_000)} characters")
        elif kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                report(path, "must be a number")
            else:
                _bounds(value, field, path, report, "")
        elif kind == "boolean":
            if not isinstance(value, bool):
                report(path, "must be true or false")
        elif kind == "select":
            if value not in [option.get("value") for option in field.get("options", [])]:
                report(path, "is not one of the options")
        elif not isinstance(value, dict):
            report(path, "must be an object")

    check_all(semantics, params, "")
    return problems


def _all_optional(field: Field) -> bool:
    if field.get("type") != "group":
        return False
    return all(f.get("optional") or "default" in f or _all_optional(f) for f in field.get("fields", []))


def _bounds(value: float, field: Field, path: str, report: Any, unit: str) -> None:
    low, high = field.get("min"), field.get("max")
    if low is not None and value < low:
        report(path, f"must be at least {low} {unit}".rstrip())
    if high is not None and value > high:
        report(path, f"must be at most {high} {unit}".rstrip())
