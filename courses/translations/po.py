"""Translations as PO files, which translators' tools open: msgctxt is a text's role, msgid its source.

Owns: the bytes. Refuses: files of another course or language, two entries for one text, and guessing at what a broken file means.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from tempfile import NamedTemporaryFile

import polib
from django.utils.translation import gettext as _

from courses.translations.rules import Part
from lms.lib.errors import Invalid

MAX_BYTES = 8 * 1024 * 1024
MAX_ENTRIES = 50_000
_COURSE = "X-Rongtong-Course"


@dataclass(frozen=True)
class Entry:
    role: str
    source: str
    text: str
    line: int


def written(
    parts: Iterable[Part],
    look: Callable[[str, str], str | None],
    *,
    course: str,
    source_language: str,
    language: str,
) -> bytes:
    """Every text of the course once, with its translation where there is one; comments say where it stands."""
    file = polib.POFile(wrapwidth=0)
    file.metadata = {
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": language,
        "X-Source-Language": source_language,
        _COURSE: course,
    }
    seen: dict[tuple[str, str], polib.POEntry] = {}
    for part in parts:
        for segment in part.segments:
            entry = seen.get((segment.role, segment.source))
            if entry is None:
                text = look(segment.role, segment.source) or ""
                entry = polib.POEntry(
                    msgctxt=segment.role,
                    msgid=segment.source,
                    msgstr=text,
                    comment=" ".join(part.title.split()),
                )
                seen[segment.role, segment.source] = entry
                file.append(entry)
            elif part.title not in entry.comment.splitlines():
                entry.comment += "\n" + " ".join(part.title.split())
    return str(file).encode()


def read(data: bytes, *, course: str, language: str) -> list[Entry]:
    """The finished entries: those left empty, marked fuzzy or obsolete are not. Raises Invalid."""
    if len(data) > MAX_BYTES:
        raise Invalid(_("文件超过 %(limit)d MB。") % {"limit": MAX_BYTES // 1024**2})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("文件不是 UTF-8 编码，请另存为 UTF-8 的 PO 文件。")) from None
    file = _parsed(text)
    if len(file) > MAX_ENTRIES or (not len(file) and not file.metadata):
        raise Invalid(_("文件里没有条目，或者条目太多。"))
    _check_header(file, course, language)
    found: list[Entry] = []
    seen: dict[tuple[str, str], int] = {}
    for entry in file:
        if entry.obsolete or entry.fuzzy or not entry.msgstr.strip():
            continue
        key = (entry.msgctxt or "", entry.msgid)
        line = entry.linenum or 0
        if key in seen:
            raise Invalid(
                _("第 %(line)d 行和第 %(first)d 行是同一段原文，请只留一条。")
                % {"line": line, "first": seen[key]}
            )
        seen[key] = line
        found.append(Entry(key[0], entry.msgid, entry.msgstr, line))
    return found


def _parsed(text: str) -> polib.POFile:
    # As a file: polib takes a text for the name of one where there is such a file, and ends lines inside words.
    with NamedTemporaryFile("w", encoding="utf-8", newline="", suffix=".po") as kept:
        kept.write(text)
        kept.flush()
        try:
            return polib.pofile(kept.name)
        except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
            line = re.search(r"\(line (\d+)\)", str(error))
            if line is None:
                raise Invalid(_("这不是能读的 PO 文件。")) from None
            raise Invalid(_("这不是能读的 PO 文件：第 %(line)s 行有错。") % {"line": line[1]}) from None


def _check_header(file: polib.POFile, course: str, language: str) -> None:
    told = file.metadata.get("Language", "")
    if told and told.lower().replace("_", "-") != language:
        raise Invalid(
            _("文件的语言是 %(told)s，这里要的是 %(wanted)s。") % {"told": told[:20], "wanted": language}
        )
    of = file.metadata.get(_COURSE, "")
    if of and of != course:
        raise Invalid(
            _("文件是另一门课程（%(told)s）的译文，这里是 %(wanted)s。") % {"told": of[:60], "wanted": course}
        )
