"""manifest.json: strict JSON, the published schema, and a clear sentence for each breach.

Owns the reading of the manifest as data. Refuses duplicate keys, numbers that are no integers, text that
a database cannot store. What the parts say of each other is native.py's business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from .problems import Problem, short

SCHEMA_PATH = Path(__file__).parent / "schema" / "rongtong-pack-1.schema.json"
MAX_PROBLEMS = 200
MAX_DEPTH = 40
# Everything else that is text fits on one line.
_LONG_TEXT = frozenset(
    {
        "html",
        "description_html",
        "summary",
        "audience",
        "stem",
        "explanation",
        "transcript",
        "text",
        "caption",
        "alt",
    }
)


_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys were written twice."""

    twice: list[str]


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    seen: set[str] = set()
    made.twice = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return made


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema of the manifest."""
    loaded: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return loaded


@cache
def _validator() -> Any:
    own = {"allOf": _chosen, "properties": _properties}
    chosen = extend(Draft202012Validator, own)  # type: ignore[no-untyped-call]
    return chosen(_inlined(schema(), schema()["$defs"]))


def _inlined(part: Any, defs: dict[str, Any]) -> Any:
    """The schema with each definition where it is referred to (none refers to itself): following a reference costs the
    validator as much as what it leads to, for every value of a pack."""
    if isinstance(part, list):
        return [_inlined(one, defs) for one in part]
    if not isinstance(part, dict):
        return part
    own = {name: _inlined(inner, defs) for name, inner in part.items() if name not in ("$ref", "$defs")}
    if "$ref" not in part:
        return own
    return _inlined(defs[part["$ref"].rpartition("/")[2]], defs) | own


def _chosen(
    validator: Any, parts: list[dict[str, Any]], value: Any, _schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """allOf, without looking at what holds for another `type` only: a pack has thousands of blocks, each of one."""
    kind = value.get("type") if isinstance(value, dict) else None
    for place, part in enumerate(parts):
        wanted = part.get("if", {}).get("properties", {}).get("type", {}).get("const", kind)
        if wanted != kind:
            continue
        if part.keys() == {"if", "then"} and part["if"] == _if_type(kind):
            part = part["then"]
        yield from validator.descend(value, part, schema_path=place)


def _if_type(kind: Any) -> dict[str, Any]:
    return {"properties": {"type": {"const": kind}}, "required": ["type"]}


def _properties(
    validator: Any, parts: dict[str, Any], value: Any, _schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """properties, with a validator of their own only for values that are not plainly right: most are short texts and numbers."""
    if not isinstance(value, dict):
        return
    for name, part in parts.items():
        if name in value and not _plainly_right(value[name], part):
            yield from validator.descend(value[name], part, path=name, schema_path=name)


_OF_TEXT = frozenset({"type", "description", "minLength", "maxLength", "pattern", "enum"})
_OF_NUMBERS = frozenset({"type", "description", "minimum", "maximum"})


def _plainly_right(value: Any, part: Any) -> bool:
    """Whether a value fits a part of the schema that says little. False says nothing: the validator has the word."""
    if part is True:
        return True
    if not isinstance(part, dict):
        return False
    if part.get("type") == "string" and isinstance(value, str) and part.keys() <= _OF_TEXT:
        return (
            part.get("minLength", 0) <= len(value) <= part.get("maxLength", len(value))
            and ("pattern" not in part or re.search(part["pattern"], value) is not None)
            and ("enum" not in part or value in part["enum"])
        )
    if part.get("type") == "integer" and type(value) is int and part.keys() <= _OF_NUMBERS:
        return bool(part.get("minimum", value) <= value <= part.get("maximum", value))
    return False


def parse(data: bytes) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Bytes of manifest.json → (object, problems). The object is None when it cannot be read at all."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [Problem("manifest_encoding")]
    try:
        loaded = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        return None, [Problem("manifest_json", "", {"line": error.lineno, "column": error.colno})]
    except RecursionError:
        return None, [Problem("manifest_deep")]
    except ValueError:  # a number of thousands of digits
        return None, [Problem("json_number", "", {"value": "…"})]
    if not isinstance(loaded, dict):
        return None, [Problem("manifest_object")]
    problems = list(_walk(loaded, "", "", 0))
    if any(p.code == "manifest_deep" for p in problems):
        return None, [Problem("manifest_deep")]
    return loaded, problems[:MAX_PROBLEMS]


def _walk(value: Any, pointer: str, key: str, depth: int) -> Iterator[Problem]:
    if depth > MAX_DEPTH:
        yield Problem("manifest_deep", pointer)
    elif isinstance(value, dict):
        for name in getattr(value, "twice", ()):
            yield Problem("json_duplicate", pointer, {"name": short(name)})
        for name, inner in value.items():
            if not _storable(name):
                yield Problem("json_text", pointer)
            elif depth or not name.startswith("x-"):
                yield from _walk(inner, f"{pointer}/{escape(name)}", name, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{pointer}/{index}", key, depth + 1)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) > 2**53):
        yield Problem("json_number", pointer, {"value": short(value, 20)})
    elif isinstance(value, str):
        if not _storable(value):
            yield Problem("json_text", pointer)
        elif key not in _LONG_TEXT and ("\n" in value or "\r" in value):
            yield Problem("json_line", pointer)


def _storable(text: str) -> bool:
    """No NUL (PostgreSQL), no lone surrogates (UTF-8), no control characters but tab and line ends."""
    return _UNSTORABLE.search(text) is None


def storable(value: Any, key: str = "") -> Any:
    """A value of other people's making as a manifest may hold it: no control characters, one line where one belongs."""
    if isinstance(value, dict):
        return {name: storable(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner, key) for inner in value]
    if not isinstance(value, str):
        return value
    kept = _UNSTORABLE.sub("", value)
    return kept if key in _LONG_TEXT else re.sub(r"\s*[\r\n]+\s*", " ", kept)


def escape(name: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return short(name).replace("~", "~0").replace("/", "~1")


def check(manifest: dict[str, Any]) -> list[Problem]:
    """Every breach of the schema, in the order of the document, at most MAX_PROBLEMS."""
    found: list[Problem] = []
    for error in _validator().iter_errors(manifest):
        found.extend(_as_problems(error))
        if len(found) >= MAX_PROBLEMS:
            break
    unique: dict[str, Problem] = {}
    for problem in found:
        unique.setdefault(f"{problem.pointer} {problem.code} {problem.params}", problem)
    return sorted(unique.values(), key=_place)[:MAX_PROBLEMS]


def _place(problem: Problem) -> list[tuple[int, str]]:
    """The order of the document: the second item before the tenth."""
    parts = problem.pointer.split("/")
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts]


def _as_problems(error: ValidationError) -> list[Problem]:
    pointer = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
    rule = str(error.validator)
    value: Any = error.instance
    limit: Any = error.validator_value
    match rule:
        case "required":
            missing = [name for name in limit if isinstance(value, dict) and name not in value]
            # jsonschema reports each missing name by itself; the message begins with its repr.
            named = [name for name in missing if str(error.message).startswith(repr(name))]
            return [Problem("required", pointer, {"name": name}) for name in named or missing]
        case "additionalProperties":
            known = set(error.schema.get("properties", {})) if isinstance(error.schema, dict) else set()
            extra = [k for k in value if k not in known and not k.startswith("x-")]
            return [Problem("unknown", pointer, {"name": short(k)}) for k in extra] or [
                Problem("schema", pointer)
            ]
        case "type":
            return [Problem("type", pointer, {"expected": str(limit)})]
        case "enum":
            return [Problem("enum", pointer, {"value": short(value), "expected": ", ".join(map(str, limit))})]
        case "const":
            return [Problem("const", pointer, {"expected": str(limit)})]
        case "pattern":
            if isinstance(value, str) and not value.strip():
                return [Problem("too_short", pointer, {"limit": 1})]
            return [Problem("pattern", pointer, {"value": short(value)})]
        case _:
            code = _LIMITS.get(rule)
            return [Problem(code, pointer, {"limit": limit})] if code else [Problem("schema", pointer)]


_LIMITS: dict[str, str] = {
    "minLength": "too_short",
    "maxLength": "too_long",
    "minimum": "too_small",
    "maximum": "too_big",
    "minItems": "too_few",
    "maxItems": "too_many",
    "uniqueItems": "not_unique",
}
