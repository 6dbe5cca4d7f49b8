"""What a player must load for one content, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .names import LibraryName
from .store import Store

# Old template and animation libraries make code from text, others write handlers into markup; a host's content
# policy must permit both where they do.
_EVAL = re.compile(rb"\beval\s*\(|\bnew\s+Function\s*\(|\bFunction\s*\(\s*[\"']")
_INLINE = re.compile(
    rb"setAttribute\(\s*[\"']on[a-z]|\battr\(\s*[\"']on[a-z]|<[a-z][^<>]{0,200}\son[a-z]{4,12}=\\?[\"']"
)


@dataclass(frozen=True, slots=True)
class PlayerFiles:
    """Paths relative to where libraries are served, e.g. ``H5P.Blanks-1.14/js/blanks.js``."""

    main_library: LibraryName
    libraries: tuple[LibraryName, ...]
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    #: Whether a script makes code from text (``eval``, ``new Function``).
    needs_eval: bool
    #: Whether a script writes event handlers as attributes (``onclick="…"``).
    needs_inline: bool


def player_files(store: Store, content_id: str) -> PlayerFiles:
    """List the files a player needs, dependencies first.

    Raises ``UnknownContent``, ``MissingDependency``, ``WrongDependencyVersion``, ``DependencyCycle``.
    """
    libraries = store.needed(content_id)
    shelf = store.shelf_of(content_id)
    habits = [script_habits(shelf, library.name) for library in libraries]
    return PlayerFiles(
        main_library=store.manifest(content_id).main_library,
        libraries=tuple(library.name for library in libraries),
        scripts=tuple(f"{lib.name.folder}/{path}" for lib in libraries for path in lib.preloaded_js),
        styles=tuple(f"{lib.name.folder}/{path}" for lib in libraries for path in lib.preloaded_css),
        needs_eval=any(evaluates for evaluates, _ in habits),
        needs_inline=any(inline for _, inline in habits),
    )


def player_documents(store: Store, content_id: str, *, most_bytes: int = 64 * 1024) -> dict[str, Any]:
    """The JSON that a player (h5p-standalone) asks for before it loads anything, by what is asked: ``h5p.json``,
    ``content/content.json`` where it is not larger than ``most_bytes``, and ``<folder>/library.json`` of each library,
    these with what a player reads of them. A host that hands them over with its page saves a request for each.

    Raises ``UnknownContent``, ``MissingDependency``, ``WrongDependencyVersion``, ``DependencyCycle``.
    """
    documents: dict[str, Any] = {"h5p.json": dict(store.manifest(content_id).raw)}
    content = store.content_file(content_id, "content/content.json")
    if content is not None and content.stat().st_size <= most_bytes:
        documents["content/content.json"] = store.params(content_id)
    for library in store.needed(content_id):
        documents[f"{library.name.folder}/library.json"] = {
            **library.name.as_dependency(),
            "preloadedJs": [{"path": path} for path in library.preloaded_js],
            "preloadedCss": [{"path": path} for path in library.preloaded_css],
            "preloadedDependencies": [name.as_dependency() for name in library.dependencies],
        }
    return documents


def script_habits(store: Store, name: LibraryName) -> tuple[bool, bool]:
    """Whether a library's scripts make code from text, and whether they write handlers as attributes."""
    manifest, folder = store.library(name), store.library_folder(name)
    if manifest is None or folder is None:
        return False, False
    return _habits(folder, manifest.preloaded_js)


@lru_cache(maxsize=4096)
def _habits(folder: Path, paths: tuple[str, ...]) -> tuple[bool, bool]:
    # A copy of a library never changes, so each is read once.
    scripts = [(folder / path).read_bytes() for path in paths]
    return any(map(_EVAL.search, scripts)), any(map(_INLINE.search, scripts))
