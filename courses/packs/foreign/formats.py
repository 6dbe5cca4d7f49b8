"""The formats there are, in the order in which they are asked; a new one is one module and one line here."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Protocol

from django.utils.functional import Promise

from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source

# Asked in this order: what has a sure mark of its own before what only looks like something.
MODULES: tuple[str, ...] = (
    "moodle.adapter",
    "olx.adapter",
    "office.docx",
    "office.pptx",
    "pdf.adapter",
    "office.old",
    "exelearning.adapter",
    "epub.adapter",
    "h5p",
    "cmi5.adapter",
    "scorm.adapter",
    "cartridge.adapter",
    "media",
    "webzip",
)


class Adapter(Protocol):
    """One format. `name` is stored with imports and never changes."""

    name: str
    label: str | Promise
    extensions: tuple[str, ...]

    def recognises(self, source: Source) -> bool:
        """Whether the file is of this format: by its content, its name is only a hint. Never raises."""

    def inspect(self, source: Source) -> Outline:
        """Read the file. Never raises on bad content: a broken file is `outline.problems`, with the member's name."""


@cache
def adapters() -> tuple[Adapter, ...]:
    """All of them, loaded when first asked for: some bring libraries that a web process seldom needs."""
    return tuple(import_module(f"courses.packs.foreign.{name}").ADAPTER for name in MODULES)


def adapter_for(source: Source) -> Adapter | None:
    return next((adapter for adapter in adapters() if adapter.recognises(source)), None)
