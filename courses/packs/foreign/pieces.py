"""A stored file → the piece of a lesson that shows it best, by what its name says; drafts.py judges its content."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from courses.packs.foreign.outline import Download, Exercise, Film, Picture, Piece

PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "webp", "svg"})
FILMS = frozenset({"mp4", "m4v", "webm"})
SOUNDS = frozenset({"mp3"})
PAGES = frozenset({"htm", "html", "xhtml"})


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def piece_for(file: str, name: str) -> Piece:
    """The piece for a file that stands by itself under the name a reader sees."""
    extension = extension_of(name)
    if extension in PICTURES:
        return Picture(file, name)
    if extension in FILMS | SOUNDS:
        return Film(file, name)
    if extension == "h5p":
        return Exercise(file, name.rpartition(".")[0] or name)
    return Download(file, name)


def played(pieces: Iterable[Piece]) -> list[Piece]:
    """Links to films and H5P packages, which both Moodle and Open edX turn into players, as what they become."""
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Download):
            name = unquote(piece.name)
            shown = extension_of(name) in FILMS | SOUNDS | {"h5p", "gif", "webp", "svg"}
            piece = piece_for(piece.file, name) if shown else Download(piece.file, name)
        found.append(piece)
    return found
