"""Packs content for our own types into .h5p files, with the libraries in them.

Owns the rules a content must keep beyond its semantics (exactly one right option, at least one gap).
Refuses with ``BuildError``, which names the field. Equal input gives equal bytes.
"""

from __future__ import annotations

import html
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from courses.h5p.client import (
    LibraryManifest,
    LibraryName,
    check_params,
    parse_library_manifest,
    translated,
    with_defaults,
    write_package,
)

from .gaps import Gap, parse_gaps

HERE = Path(__file__).resolve().parent


class BuildError(ValueError):
    """Content that does not fit its type; the message names the fields."""


def own_libraries() -> dict[str, tuple[LibraryManifest, Path]]:
    """Our libraries by machine name, each with its folder."""
    found = {}
    for path in sorted(HERE.glob("H5P.*/library.json")):
        manifest = parse_library_manifest(json.loads(path.read_text("utf-8")), path.parent.name)
        found[manifest.name.machine_name] = (manifest, path.parent)
    return found


def build_package(
    machine_name: str, content: Mapping[str, Any], *, title: str, language: str = "zh-cn"
) -> bytes:
    """An .h5p file of one of our types.

    ``content`` as README.md describes it; ``language`` ("zh-cn", "en") gives the texts of buttons and
    feedback that ``content`` does not bring itself. Raises ``BuildError``.
    """
    libraries = own_libraries()
    manifest, folder = libraries.get(machine_name, (None, None))
    if manifest is None or folder is None or not manifest.runnable:
        raise BuildError(f"{machine_name} is none of our content types")
    if not title.strip():
        raise BuildError("title is empty")
    semantics = json.loads((folder / "semantics.json").read_text("utf-8"))
    translation = folder / "language" / f"{language}.json"
    if translation.parent != folder / "language" or not translation.is_file():
        raise BuildError(f"there are no texts in the language {language}")
    problems = [f"{problem.path} {problem.message}" for problem in check_params(semantics, content)]
    problems = problems or _RULES[machine_name](content)
    if problems:
        raise BuildError(f"{title}: " + "; ".join(problems))
    filled = with_defaults(translated(semantics, json.loads(translation.read_text("utf-8"))), content)
    needed = [library for library, _ in libraries.values() if library.name in manifest.dependencies]
    main: dict[str, Any] = {
        "title": title.strip(),
        "language": language,
        "defaultLanguage": "zh-CN" if language.startswith("zh") else language,
        "mainLibrary": machine_name,
        "embedTypes": ["iframe"],
        "license": "U",
        "preloadedDependencies": [lib.name.as_dependency() for lib in (*needed, manifest)],
    }
    out = io.BytesIO()
    write_package(out, main, _escaped(filled), libraries=_folders(libraries, [*needed, manifest]))
    return out.getvalue()


def _folders(
    libraries: Mapping[str, tuple[LibraryManifest, Path]], chosen: Sequence[LibraryManifest]
) -> list[tuple[LibraryName, Path]]:
    return [(library.name, libraries[library.name.machine_name][1]) for library in chosen]


def _escaped(value: Any) -> Any:
    # H5P hosts keep plain texts escaped as for HTML, and so our types take one layer of it away.
    if isinstance(value, str):
        return html.escape(value, quote=False)
    if isinstance(value, Mapping):
        return {key: _escaped(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_escaped(entry) for entry in value]
    return value


def _one_right_option(content: Mapping[str, Any]) -> list[str]:
    problems = []
    for i, question in enumerate(content["questions"]):
        right = sum(option.get("correct") is True for option in question["options"])
        if right != 1:
            problems.append(f"questions[{i}].options must have exactly one correct option, not {right}")
        texts = [option["text"].strip() for option in question["options"]]
        if len(set(texts)) != len(texts):
            problems.append(f"questions[{i}].options has the same text twice")
    return problems


def _gaps_everywhere(content: Mapping[str, Any]) -> list[str]:
    return [
        f"items[{i}].text has no gap (write it between asterisks)"
        for i, item in enumerate(content["items"])
        if not any(isinstance(piece, Gap) for piece in parse_gaps(item["text"]))
    ]


def _distinct_distractors(content: Mapping[str, Any]) -> list[str]:
    problems = _gaps_everywhere(content)
    answers = {
        answer
        for item in content["items"]
        for piece in parse_gaps(item["text"])
        if isinstance(piece, Gap)
        for answer in piece.answers
    }
    problems += [
        f"distractors[{i}] is also an answer"
        for i, word in enumerate(content.get("distractors", []))
        if word.strip() in answers
    ]
    return problems


_RULES: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "H5P.RtSingleChoiceSet": _one_right_option,
    "H5P.RtTrueFalse": lambda content: [],
    "H5P.RtFillBlanks": _gaps_everywhere,
    "H5P.RtDragWords": _distinct_distractors,
}


def main(arguments: Sequence[str]) -> int:
    """``CONTENT_JSON OUT.h5p``; returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m courses.h5p.own.build CONTENT_JSON OUT.h5p", file=sys.stderr)
        return 2
    source, target = Path(arguments[0]), Path(arguments[1])
    try:
        job = json.loads(source.read_text("utf-8"))
        data = build_package(
            job["library"], job["content"], title=job["title"], language=job.get("language", "zh-cn")
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{source}: {error}", file=sys.stderr)
        return 1
    target.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
