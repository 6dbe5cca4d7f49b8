"""Lines as they stand on the pages of a PDF → paragraphs and headings. Pure functions over text.

Owns what of a page is furniture (page numbers, the same line at the same edge of many pages), where a paragraph ends,
and how lines are joined: Chinese without a space, Latin with one, a word broken by a hyphen made whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise

_EDGE = 2  # lines at either edge of a page that may be furniture
_NUMBER = re.compile(
    r"^[-–—~·•|\s]*(第\s*\d{1,4}\s*页(\s*[,，/]?\s*共\s*\d{1,4}\s*页)?|(page|p\.)?\s*\d{1,4}(\s*(/|of)\s*\d{1,4})?|"
    r"[ivxlc]{1,7})[-–—~·•|\s]*$",
    re.I,
)
_WORDS = 20
_WIDE = re.compile(
    r"[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]"
)
_ENDS = re.compile(r"[。！？；：….!?;:”’」』）)]$")
_STARTS = re.compile(
    r"^(\u3000|第\s*[一二三四五六七八九十百\d]{1,4}\s*[章节篇编条款]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|"
    r"\d{1,2}([.、．]|(\.\d{1,2})+)\s*(?!\d)|[①-⑳]|[●•○■□◆◇▪►★※*·-]\s|[a-zA-Z][.)]\s)"
)
_GLYPHS = re.compile(r"/(?:g|cid|glyph|uni|G|C|c|a)\d{1,5}|/[0-9A-F]{2}(?=\W|$)")
_RADICALS = re.compile(r"[\u2e80-\u2fdf\ufb00-\ufb06]")
CHAPTER = re.compile(r"^第\s*[一二三四五六七八九十百零\d]{1,4}\s*[章篇编](?!.*[.…·\s]\d+$)\s*\S.{0,38}$")


def cleaned(line: str) -> str:
    """A line as a reader means it: no control signs; radicals and ligatures some fonts write, as letters."""
    line = _RADICALS.sub(lambda found: unicodedata.normalize("NFKC", found.group()), line)
    return "".join(
        c for c in line if c == "\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cf", "Cn")
    ).rstrip()


def is_readable(lines: list[str]) -> bool:
    """Whether extracted text is words, not the names or numbers of glyphs in a font without a table."""
    text = "".join(lines)
    bad = sum(unicodedata.category(c) in ("Co", "Cn", "Cc", "Cs") or c == "\ufffd" for c in text)
    bad += sum(len(name) for name in _GLYPHS.findall(text))
    return bad * 5 <= len(text)


def as_chinese(lines: list[str]) -> list[str]:
    """Old Chinese programs wrote GBK into fonts that say Latin, a byte a letter: "Ä¿Â¼" is 目录."""
    text = "".join("".join(lines).split())
    if sum("\xa1" <= c <= "\xff" for c in text) * 2 < len(text):
        return lines
    found = []
    for line in lines:
        try:
            found.append("".join(line.split()).encode("latin-1").decode("gb18030"))
        except UnicodeError:
            return lines
    words = "".join(found)
    return found if len(_WIDE.findall(words)) * 2 > len(words) else lines


def without_furniture(pages: list[list[str]]) -> tuple[list[list[str]], int]:
    """Pages without repeating edges and page numbers, and how many lines that took away."""
    edges = Counter(key for lines in pages for key in {_edge_key(lines[n]) for n in _edge(lines)})
    often = {key for key, count in edges.items() if count >= max(3, len(pages) * 0.4)}
    taken = 0
    kept: list[list[str]] = []
    for lines in pages:
        gone: set[int] = set()
        for side in (range(len(lines)), range(len(lines) - 1, -1, -1)):
            for n in list(side)[: _depth(lines)]:
                # From the edge inwards, as far as it goes.
                number = len(pages) > 2 and _NUMBER.match(lines[n].strip())
                if _edge_key(lines[n]) not in often and not number:
                    break
                gone.add(n)
        taken += len(gone)
        kept.append([line for n, line in enumerate(lines) if n not in gone])
    return kept, taken


def _depth(lines: list[str]) -> int:
    """How many lines at an edge may be furniture: of a page of few lines, all but the outermost are text."""
    return _EDGE if len(lines) >= 4 * _EDGE else 1


def _edge(lines: list[str]) -> list[int]:
    last, depth = len(lines), _depth(lines)
    return sorted({*range(min(depth, last)), *range(max(0, last - depth), last)})


def _edge_key(line: str) -> str:
    """What is the same of a line on every page; a long line is text, and its own."""
    key = re.sub(r"\s+", "", re.sub(r"\d+", "#", line))
    return key if width(key) <= 80 else line


def width(line: str) -> int:
    """How wide a line is, a Chinese character for two."""
    return len(line) + len(_WIDE.findall(line))


def paragraphs(lines: list[str]) -> list[str]:
    """Lines of a page joined to paragraphs."""
    lines = [line for line in lines if line.strip()]
    if not lines:
        return []
    widths = sorted(width(line) for line in lines)
    full = widths[int(len(widths) * 0.85)]
    # Some programs write a word a line; a line's length then says nothing.
    words = full < _WORDS and len(lines) >= 20
    found = [lines[0]]
    for before, line in pairwise(lines):
        if words:
            breaks = bool(_STARTS.match(line)) or (
                width(found[-1]) > 300 and _ENDS.search(before) is not None
            )
        else:
            breaks = _breaks(before, line, full)
        if breaks:
            found.append(line)
        else:
            found[-1] = join(found[-1], line)
    return [text for text in (" ".join(part.split()) for part in found) if text]


def _breaks(before: str, line: str, full: int) -> bool:
    """Whether a new paragraph begins with `line`."""
    if _STARTS.match(line.lstrip(" ")) or line.startswith(("  ", "\t")):
        return True
    reach = width(before.rstrip()) / max(full, 1)
    if reach < 0.6:
        return True
    return reach < 0.9 and _ENDS.search(before.rstrip()) is not None


def continues(before: str, after: str) -> bool:
    """Whether a paragraph runs on over the end of a page."""
    if not before or not after or _ENDS.search(before) or _STARTS.match(after):
        return False
    return (bool(_WIDE.match(before[-1]) and _WIDE.match(after[0])) and width(before) > 60) or after[
        0
    ].islower()


def join(before: str, after: str) -> str:
    """Two lines of one paragraph as one."""
    before, after = before.rstrip(), after.lstrip()
    if re.search(r"[a-z]-$", before) and after[:1].islower():
        return before[:-1] + after
    if not before or not after or _WIDE.match(before[-1]) or _WIDE.match(after[0]):
        return before + after
    return f"{before} {after}"


def same(line: str, title: str) -> bool:
    """Whether a line of the text is that bookmark, with or without a number before it."""

    def plain(text: str) -> str:
        return re.sub(r"[\s\u3000.…]+", "", text)

    return bool(title) and plain(title) in (
        plain(line),
        plain(re.sub(r"^\s*\d{1,2}(\.\d{1,2})*\.?\s+", "", line)),
    )
