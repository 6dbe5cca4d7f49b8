"""A video of Open edX → a film of the pack with its captions; one that lies elsewhere is named, its words stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from courses.packs.foreign.olx.files import OlxFiles
from courses.packs.foreign.outline import Download, Film, Outline, Piece, Subtitle
from courses.packs.foreign.pieces import FILMS, extension_of
from courses.packs.problems import short

_YOUTUBE = re.compile(r"[A-Za-z0-9_-]{6,20}")


def video_pieces(files: OlxFiles, outline: Outline, node: Element, path: str, title: str) -> list[Piece]:
    """The film where the pack holds it, and what belongs to it; `path` is the page's key."""
    sources = list(_sources(node))
    member = next((m for s in sources if (m := _here(files, s)) and extension_of(m) in FILMS), None)
    subtitles = list(_subtitles(files, node))
    pieces: list[Piece] = []
    if member is not None:
        pieces.append(Film(member, title, tuple(subtitles)))
    else:
        outline.lose(path, title, "lost_outside", what=short(_elsewhere(node, sources), 120))
        pieces += [Download(s.file, f"{title}（{s.lang}）.txt") for s in subtitles]
    for address in dict.fromkeys(
        part.get("src", "") for tag in ("track", "handout") for part in node.findall(tag)
    ):
        if found := files.resolve(address):
            pieces.append(Download(found, found.rpartition("/")[2]))
        elif address:
            outline.lose(path, title, "lost_missing", name=short(address))
    return pieces


def _sources(node: Element) -> Iterator[str]:
    yield from (part.get("src", "") for part in node.findall("source"))
    try:
        said = json.loads(node.get("html5_sources") or "[]")
    except (ValueError, RecursionError):
        said = []
    yield from (one for one in said if isinstance(one, str)) if isinstance(said, list) else ()
    yield from (part.get("url", "") for part in node.iter("encoded_video"))
    yield node.get("source", "")


def _here(files: OlxFiles, address: str) -> str | None:
    """The member of an address; a film that a server hands out may lie in the pack under the same name."""
    return files.resolve(address) or (files.static(unquote(address).rpartition("/")[2]) if address else None)


def _elsewhere(node: Element, sources: list[str]) -> str:
    """Where the film is, as far as the pack says."""
    if youtube := _youtube(node):
        return f"https://www.youtube.com/watch?v={youtube}"
    address = next((source for source in sources if source), "")
    return address or node.get("edx_video_id") or node.get("url_name") or "?"


def _youtube(node: Element) -> str:
    said = node.get("youtube_id_1_0", "") or node.get("youtube", "").rpartition("1.00:")[2].partition(",")[0]
    return said if _YOUTUBE.fullmatch(said) else ""


def _subtitles(files: OlxFiles, node: Element) -> Iterator[Subtitle]:
    """Captions in every place where versions of Open edX have put them, one for each language."""
    seen: set[str] = set()
    for language, name in _named_transcripts(node):
        member = files.static(name) or files.static(f"subs_{name}.srt.sjson") or files.static(f"{name}.srt")
        if member is None or language in seen:
            continue
        if member.endswith(".sjson"):
            turned = _of_sjson(files, member)
            if turned is None:
                continue
            member = turned
        seen.add(language)
        yield Subtitle(member, language)


def _named_transcripts(node: Element) -> Iterator[tuple[str, str]]:
    for part in node.findall("transcript"):
        if part.get("src"):
            yield part.get("language") or "und", part.get("src", "")
    try:
        said = json.loads(node.get("transcripts") or "{}")
    except (ValueError, RecursionError):
        said = {}
    for language, name in said.items() if isinstance(said, dict) else ():
        if isinstance(name, str):
            yield language, name
    for name in (node.get("sub", ""), _youtube(node)):
        if name:
            yield "en", name


def _of_sjson(files: OlxFiles, member: str) -> str | None:
    """Open edX' old captions ({"start": [ms], "end": [ms], "text": […]}) as SubRip, or None where they are none."""
    data = files.source.text(member, 4 * 1024**2)
    try:
        said = json.loads(data or b"")
        rows = [
            f"{_clock(int(start))} --> {_clock(int(end))}\n{' '.join(str(text).split())}"
            for start, end, text in zip(said["start"], said["end"], said["text"], strict=False)
        ]
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    name = member.rpartition("/")[2].removesuffix(".sjson")
    return files.source.keep(name if name.endswith(".srt") else f"{name}.srt", "\n\n".join(rows).encode())


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(max(0, min(milliseconds, 359_999_000)), 1000)
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d},{rest:03d}"
