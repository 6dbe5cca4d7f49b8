"""What a foreign pack holds, as its adapter found it: plain values, nothing judged, nothing copied yet.

`file` is always the name of a member of the source's archive (Source.keep adds what an adapter takes out of a
document). HTML is as it came; `drafts.py` cleans it. Every item that has no place here is `Lost`, with its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from courses.packs.foreign.unplaced import Shelf
from courses.packs.plan import Question
from courses.packs.problems import Problem


@dataclass(frozen=True)
class Text:
    html: str


@dataclass(frozen=True)
class Picture:
    file: str
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Subtitle:
    """Captions as WebVTT or SubRip; `lang` as BCP 47."""

    file: str
    lang: str
    label: str = ""


@dataclass(frozen=True)
class Film:
    file: str
    title: str
    subtitles: tuple[Subtitle, ...] = ()
    poster: str = ""
    transcript: str = ""


@dataclass(frozen=True)
class Exercise:
    """An H5P package."""

    file: str
    title: str
    minutes: int = 5


@dataclass(frozen=True)
class Activity:
    """A part of a foreign package that runs as a program (SCORM, cmi5): `file` is the package as a zip of its own, `part` a
    launch id its reader (courses/activities/kinds.py) knows."""

    file: str
    part: str
    title: str
    minutes: int = 10


@dataclass(frozen=True)
class Quiz:
    """Questions as the native format has them; their ids need only differ from one another inside the outline."""

    title: str
    questions: tuple[Question, ...]
    pass_percent: int = 60


@dataclass(frozen=True)
class Download:
    """`name` is what a reader sees, and its extension what the file claims to be."""

    file: str
    name: str


Piece = Text | Picture | Film | Exercise | Activity | Quiz | Download


@dataclass
class Page:
    """A lesson to be. `key` is what the foreign system knows it by: it stays when the pack comes again."""

    key: str
    title: str
    pieces: list[Piece] = field(default_factory=list)


@dataclass
class Unit:
    title: str
    pages: list[Page] = field(default_factory=list)


@dataclass(frozen=True)
class Lost:
    """An item that does not come in: where it lies in the pack, what it is called, and why.

    `kept` says that its original stays with the pack, for the day its kind has a place here."""

    path: str
    title: str
    reason: Problem
    kept: bool = True

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "title": self.title, "reason": self.reason.as_json(), "kept": self.kept}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Lost:
        return cls(data["path"], data["title"], Problem.from_json(data["reason"]), data["kept"])


# What of a pack's items is told one by one; a pack of ten thousand broken files is told by their number.
MAX_TOLD = 2000


class Losses(list[Lost]):
    """What does not come in: the first MAX_TOLD by name, the rest counted. `total` is how many there are in all."""

    def __init__(self, items: Iterable[Lost] = ()) -> None:
        super().__init__(items)
        self.total: int = items.total if isinstance(items, Losses) else len(self)
        del self[MAX_TOLD:]

    def append(self, item: Lost) -> None:
        self.total += 1
        if len(self) < MAX_TOLD:
            super().append(item)


@dataclass
class Outline:
    """One foreign pack. `problems` refuse it whole; `language` as BCP 47, "" where the pack does not say."""

    format: str
    version: str = ""
    title: str = ""
    language: str = ""
    summary: str = ""
    description_html: str = ""
    authors: tuple[str, ...] = ()
    licence: str = ""
    units: list[Unit] = field(default_factory=list)
    lost: Losses = field(default_factory=Losses)
    unplaced: Shelf = field(default_factory=Shelf)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def lose(self, path: str, title: str, code: str, **params: Any) -> None:
        """Name an item that does not come in; `code` is one of problems.SENTENCES."""
        self.lost.append(Lost(path, title, Problem(code, "", params)))

    def keep(self, path: str, title: str, kind: str, source: Element | Mapping[str, Any]) -> None:
        """Keep a question that has no place here as its system wrote it; `kind` is its type in that system's words."""
        self.unplaced.put(path, title, kind, source)

    def refuse(self, code: str, path: str = "", **params: Any) -> None:
        self.problems.append(Problem(code, path, params))
