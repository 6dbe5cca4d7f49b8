"""The kinds of packages there are, each with a reader; a new one is one module and one line here.

A reader is a module with `read(archive) -> Reading | None`: None where the archive is not of its kind. It never raises on
bad content: a broken package has `problems`, which refuse it whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from courses.packs.archive import Archive
from courses.packs.problems import Problem

# Asked in this order.
MODULES: tuple[str, ...] = ("courses.packs.foreign.cmi5.reader", "courses.packs.foreign.scorm.manifest")


@dataclass
class Reading:
    """What a reader found. kind: a ContentPackage.Kind; manifest: JSON in the kind's own shape; parts: what lessons may
    show of it, launch id → title, in order."""

    kind: str
    version: str = ""
    title: str = ""
    manifest: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@cache
def _readers() -> tuple[ModuleType, ...]:
    return tuple(import_module(name) for name in MODULES)


def read(archive: Archive) -> Reading | None:
    """What the archive is, by the first reader that knows it; None where none does."""
    for reader in _readers():
        found: Reading | None = reader.read(archive)
        if found is not None:
            return found
    return None
