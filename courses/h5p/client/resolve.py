"""Which libraries are needed, in which order: dependencies before what needs them.

A dependency asks for an exact major.minor; among copies of that, the highest patch is taken by whoever
looks up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from . import errors
from .manifest import LibraryManifest
from .names import LibraryName

Lookup = Callable[[LibraryName], LibraryManifest | None]
Kind = Literal["preloaded", "dynamic", "editor"]

PLAYER: tuple[Kind, ...] = ("preloaded",)
EXPORT: tuple[Kind, ...] = ("preloaded", "dynamic", "editor")


def dependencies_of(manifest: LibraryManifest, kinds: Iterable[Kind]) -> tuple[LibraryName, ...]:
    """The direct dependencies of the given kinds, in the order library.json has them."""
    by_kind = {
        "preloaded": manifest.dependencies,
        "dynamic": manifest.dynamic_dependencies,
        "editor": manifest.editor_dependencies,
    }
    return tuple(name for kind in kinds for name in by_kind[kind])


def missing(name: LibraryName, others: Iterable[LibraryName], *, needed_by: str) -> errors.H5PError:
    """The error for a library that was not found; ``others`` are all names that do exist."""
    versions = sorted(other for other in others if other.machine_name == name.machine_name)
    if versions:
        return errors.WrongDependencyVersion(
            f"needs {name}, but only {', '.join(f'{v.major}.{v.minor}' for v in versions)} is there",
            where=needed_by,
            library=str(name),
        )
    return errors.MissingDependency(f"needs {name}, which is not there", where=needed_by, library=str(name))


def resolve(
    roots: Iterable[LibraryName],
    lookup: Lookup,
    *,
    kinds: tuple[Kind, ...] = PLAYER,
    known: Iterable[LibraryName] = (),
    optional: bool = False,
    needed_by: str = "h5p.json",
) -> list[LibraryManifest]:
    """All libraries that ``roots`` need, dependencies first.

    ``known`` are the names that exist at all and serve better messages. With ``optional``, libraries that
    are not found are left out and rings are cut, which is right for listing but not for playing.
    Raises ``MissingDependency``, ``WrongDependencyVersion``, ``DependencyCycle``.
    """
    order: list[LibraryManifest] = []
    state: dict[LibraryName, int] = {}  # 1 under way, 2 done
    known = tuple(known)
    for root in roots:
        stack: list[tuple[LibraryName, str, bool]] = [(root, needed_by, False)]
        while stack:
            name, by, leaving = stack.pop()
            if leaving:
                state[name] = 2
                manifest = lookup(name)
                if manifest is not None:
                    order.append(manifest)
                continue
            if state.get(name) == 2 or (optional and state.get(name) == 1):
                continue
            if state.get(name) == 1:
                raise errors.DependencyCycle(f"needs {name}, which needs it in turn", where=by)
            manifest = lookup(name)
            if manifest is None:
                if optional:
                    state[name] = 2
                    continue
                raise missing(name, known, needed_by=by)
            state[name] = 1
            stack.append((name, by, True))
            waiting = (d for d in reversed(dependencies_of(manifest, kinds)) if state.get(d) != 2)
            stack.extend((dependency, str(manifest.version), False) for dependency in waiting)
    return order
