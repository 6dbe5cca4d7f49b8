"""An Outline → a draft in the native format: every file judged, every text cleaned, what cannot come in named.

Owns the way from any foreign pack to a native one, so that everything behind it (validation, pages, releases, the same
pack again) is the native way. Refuses a pack whole whose files attack (scripts in pictures); a file that is only
unusable is lost by name, and the rest comes in.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import zipfile
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from bs4 import BeautifulSoup, Tag

from courses.html import clean_html
from courses.packs import sniff
from courses.packs.archive import MANIFEST, Archive
from courses.packs.files import FileReader, H5PCheck
from courses.packs.foreign.captions import as_webvtt, guessed
from courses.packs.foreign.drawings import standing_alone
from courses.packs.foreign.markup import lose_once
from courses.packs.foreign.outline import (
    Activity,
    Download,
    Exercise,
    Film,
    Losses,
    Lost,
    Outline,
    Page,
    Picture,
    Piece,
    Quiz,
    Subtitle,
    Text,
)
from courses.packs.foreign.sources import Source
from courses.packs.foreign.unplaced import Shelf
from courses.packs.html import removed
from courses.packs.manifest import storable
from courses.packs.plan import Question
from courses.packs.problems import Problem, short
from courses.questions.rules import MAX_PROMPTS, MAX_STEPS, MAX_TARGETS
from courses.releases.rules import Pace, characters, exercise_ms

# A file with one of these is an attack or a broken tool; nobody is served by the rest of such a pack.
HOSTILE = frozenset({"svg_active", "svg_external", "zip_damaged"})
# Of these two, what says that something runs; a link or a font of its own in an SVG is only unusable.
_RUNS = re.compile(
    r"^<(script|foreignobject|handler|listener|iframe|object|embed|!doctype|\?)|^on|javascript:", re.I
)
MAX_TEXT = 60_000
MAX_BLOCKS = 200
MAX_LESSONS = 200
MAX_CHAPTERS = 100
MAX_TITLE = 200
# Questions whose options a manifest writes.
_WITH_OPTIONS = ("single", "multiple", "matching", "ordering")
_CHUNK = 1024 * 1024


@dataclass
class Draft:
    """What comes in, as the parts of a native manifest, and from which members of the source its files come.

    `nominal_ms` is the time the content stands for. Only where there are no `problems` is it complete.
    """

    chapters: list[dict[str, Any]] = field(default_factory=list)
    bank: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    lost: Losses = field(default_factory=Losses)
    unplaced: Shelf = field(default_factory=Shelf)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    nominal_ms: int = 0

    def __post_init__(self) -> None:
        # Set by draft_of: the files under their native names, and what judged them.
        self.archive: Archive | None = None
        self.reader: FileReader | None = None

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return [b for chapter in self.chapters for lesson in chapter["lessons"] for b in lesson["blocks"]]


def draft_of(
    outline: Outline,
    source: Source,
    pace: Pace,
    *,
    h5p_check: H5PCheck | None = None,
    keep_in: Path | None = None,
) -> Draft:
    """Judge everything an adapter found. Reads every file named once; writes nothing but what is unpacked into `keep_in`."""
    draft = Draft(lost=Losses(outline.lost), problems=list(outline.problems), warnings=list(outline.warnings))
    draft.unplaced = copy(outline.unplaced)
    drafting = _Drafting(draft, source, pace, h5p_check)
    drafting.view.keep_in = keep_in
    drafting.take(outline)
    draft.archive, draft.reader = drafting.view, drafting.reader
    draft.problems = [*source.archive.problems, *draft.problems]
    draft.warnings = [*source.archive.warnings, *draft.warnings]
    if not draft.problems and not draft.chapters:
        code = "foreign_all_lost" if draft.lost else "foreign_empty"
        draft.problems.append(Problem(code, "", {"name": short(source.name)}))
    return draft


def manifest_of(draft: Draft, details: dict[str, Any]) -> dict[str, Any]:
    """The native manifest of a draft. `details` are the manifest's own fields of the course (code, kind, …)."""
    return {
        "format": "rongtong-pack",
        "version": 1,
        **details,
        "question_bank": storable(list(draft.bank.values()), "question_bank"),
        "chapters": storable(draft.chapters, "chapters"),
    }


def write_pack(draft: Draft, source: Source, details: dict[str, Any], out: IO[bytes]) -> None:
    """Write the native pack of a draft without problems; `details` as for `manifest_of`."""
    manifest = manifest_of(draft, details)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        pack.writestr(_entry(MANIFEST), json.dumps(manifest, ensure_ascii=False).encode())
        for name, member in draft.files.items():
            with (
                source.archive.open(member) as content,
                pack.open(_entry(name), "w", force_zip64=True) as into,
            ):
                while chunk := content.read(_CHUNK):
                    into.write(chunk)


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    # Pictures, films and H5P packages are packed already.
    info.compress_type = zipfile.ZIP_DEFLATED if name == MANIFEST else zipfile.ZIP_STORED
    return info


class _Drafting:
    def __init__(self, draft: Draft, source: Source, pace: Pace, h5p_check: H5PCheck | None) -> None:
        self.draft, self.source, self.pace = draft, source, pace
        self.found: list[Problem] = []
        self.view = Archive(self._open, lambda: None)
        self.reader = FileReader(self.view, self._report, h5p_check)
        self.placed: dict[tuple[str, str], str] = {}
        # Pages of which the adapter said why nothing comes.
        self.told = {lost.path for lost in draft.lost}
        self.page = ("", "")

    def take(self, outline: Outline) -> None:
        keys: set[str] = set()
        for unit in outline.units:
            lessons = [lesson for page in unit.pages for lesson in self._lessons(page, keys)]
            for n in range(0, len(lessons), MAX_LESSONS):
                title = _line(unit.title) or _line(outline.title) or _line(self.source.name) or "1"
                self.draft.chapters.append({"title": title, "lessons": lessons[n : n + MAX_LESSONS]})
        if len(self.draft.chapters) > MAX_CHAPTERS:
            count = len(self.draft.chapters)
            self.draft.problems.append(
                Problem("too_many", "/chapters", {"limit": MAX_CHAPTERS, "count": count})
            )

    # -- lessons ------------------------------------------------------------------------------------

    def _lessons(self, page: Page, keys: set[str]) -> Iterator[dict[str, Any]]:
        self.page = (page.key, page.title)
        title = _line(page.title) or "…"
        before = self.draft.lost.total
        blocks = [block for piece in page.pieces for block in self._blocks(piece)]
        if not blocks:
            if self.draft.lost.total == before and page.key not in self.told:
                self._lose(page.title, "lost_empty")
            return
        for n, start in enumerate(range(0, len(blocks), MAX_BLOCKS)):
            key = _id("l", f"{page.key}/{n}" if n else page.key, keys)
            shown = f"{title[: MAX_TITLE - 8]}（{n + 1}）" if n else title
            yield {"key": key, "title": shown, "blocks": blocks[start : start + MAX_BLOCKS]}

    def _blocks(self, piece: Piece) -> Iterator[dict[str, Any]]:
        match piece:
            case Text():
                yield from self._text(piece.html)
            case Picture():
                if file := self._file(piece.file, piece.alt, "image"):
                    alt = piece.alt.strip() or piece.caption.strip() or posixpath.basename(piece.file)
                    block = {"type": "image", "file": file, "alt": alt[:500]}
                    yield block | ({"caption": piece.caption.strip()[:500]} if piece.caption.strip() else {})
            case Film():
                yield from self._film(piece)
            case Exercise():
                if file := self._file(piece.file, piece.title, "h5p"):
                    minutes = min(max(piece.minutes, 1), 240)
                    self.draft.nominal_ms += exercise_ms(minutes, 1, self.pace)
                    yield {
                        "type": "h5p",
                        "file": file,
                        "title": _line(piece.title) or "H5P",
                        "minutes": minutes,
                    }
            case Activity():
                if file := self._file(piece.file, piece.title, "package"):
                    minutes = min(max(piece.minutes, 1), 240)
                    self.draft.nominal_ms += exercise_ms(minutes, 1, self.pace)
                    yield {
                        "type": "package",
                        "file": file,
                        "part": piece.part,
                        "title": _line(piece.title) or "SCORM",
                        "minutes": minutes,
                    }
            case Quiz():
                yield from self._quiz(piece)
            case Download():
                if file := self._file(piece.file, piece.name, "download"):
                    yield {
                        "type": "file",
                        "file": file,
                        "name": _line(piece.name) or posixpath.basename(file),
                    }

    def _text(self, html: str) -> Iterator[dict[str, Any]]:
        html = _headings(html)
        # Attributes that only dress are no loss; what runs is one, and so are tags.
        gone = [what for what in removed(html) if what.startswith("<") or "[on" in what or "[href" in what]
        if gone:
            self._lose(self.page[1], "lost_script", found="、".join(gone[:10]))
        for part in _split(clean_html(html).strip()):
            if count := characters(part):
                self.draft.nominal_ms += count * self.pace.ms_per_character
                yield {"type": "text", "html": part}

    def _film(self, piece: Film) -> Iterator[dict[str, Any]]:
        kind = "audio" if sniff.kind_of(self.source.start(piece.file) or b"") == "mp3" else "video"
        file = self._file(piece.file, piece.title, kind)
        if not file:
            return
        looked = self.reader.read(file, "", kind)
        self.draft.nominal_ms += looked.duration_ms if looked else 0
        block: dict[str, Any] = {"type": kind, "file": file, "title": _line(piece.title) or "1"}
        if piece.poster and (poster := self._file(piece.poster, piece.title, "image")):
            block["poster"] = poster
        captions: dict[str, dict[str, str]] = {}
        for subtitle in piece.subtitles:
            lang = _language(subtitle.lang)
            if lang not in captions and (there := self._captions(subtitle)):
                captions[lang] = {"file": there, "lang": lang, "label": (subtitle.label or lang)[:40]}
        if captions:
            block["captions"] = list(captions.values())
        if piece.transcript.strip():
            block["transcript"] = piece.transcript.strip()[:100_000]
        yield block

    def _captions(self, subtitle: Subtitle) -> str:
        data = self.source.text(subtitle.file, 2 * 1024**2)
        made = as_webvtt(data) if data is not None else None
        if made is None:
            self._lose(
                subtitle.file, "lost_file", reason=Problem("caption_broken", "", {"name": subtitle.file})
            )
            return ""
        if data is not None and (taken := guessed(data)):
            said = {"name": short(subtitle.file), "what": taken}
            self.draft.warnings.append(Problem("encoding_guessed", subtitle.file, said))
        if made != data:
            name = self.source.keep(posixpath.splitext(posixpath.basename(subtitle.file))[0] + ".vtt", made)
            return self._file(name, subtitle.file, "vtt")
        return self._file(subtitle.file, subtitle.file, "vtt")

    # -- questions ----------------------------------------------------------------------------------

    def _quiz(self, quiz: Quiz) -> Iterator[dict[str, Any]]:
        ids: list[str] = []
        for question in quiz.questions:
            made = self._question(question)
            if made is not None and made["id"] not in ids:
                self.draft.bank[made["id"]] = made
                ids.append(made["id"])
        percent = min(max(quiz.pass_percent, 0), 100)
        for n in range(0, len(ids), MAX_BLOCKS):
            part = ids[n : n + MAX_BLOCKS]
            self.draft.nominal_ms += exercise_ms(None, len(part), self.pace)
            title = _line(quiz.title) or _line(self.page[1]) or "1"
            yield {"type": "quiz", "title": title, "pass_percent": percent, "questions": part}

    def _question(self, question: Question) -> dict[str, Any] | None:
        """The question as the manifest writes it, or None where it says too little or too much for one."""
        reason = _incomplete(question)
        if reason is not None:
            title = question.stem or question.id
            self._lose(title, "lost_question_broken", reason=reason)
            self.draft.unplaced.put(self.page[0], short(title, 120), question.kind, question.as_json())
            return None
        made = question.as_json()
        if question.kind not in _WITH_OPTIONS:
            del made["options"]
        taken: set[str] = set()
        while True:
            # Two questions of one id are two, the same one in two quizzes is one.
            made["id"] = _id("q", question.id, taken)
            if self.draft.bank.get(made["id"], made) == made:
                return made

    # -- files --------------------------------------------------------------------------------------

    def _file(self, member: str, title: str, role: str) -> str:
        """The native name of a member that is fit for the role, or "" (lost, or the pack refused)."""
        if (member, role) not in self.placed:
            self.placed[member, role] = self._placed(member, title, role)
        return self.placed[member, role]

    def _placed(self, member: str, title: str, role: str) -> str:
        if member not in self.source.archive:
            self._lose(title or member, "lost_missing", name=short(member))
            return ""
        name = self._native_name(member, title, role)
        kept = standing_alone(member, self.source) if role == "image" else member
        self.draft.files[name] = kept
        self.view.take(name, self.source.archive.sizes[kept], name)
        before = len(self.found)
        looked = self.reader.read(name, "", role)
        for problem in self.found[before:]:
            self._judge(problem, member, title)
        if looked is None:
            del self.draft.files[name]
            return ""
        return name

    def _native_name(self, member: str, title: str, role: str) -> str:
        """Where a file goes: its extension follows from its content, since many systems store files without."""
        kind = sniff.kind_of(self.source.start(member) or b"")
        claimed = posixpath.splitext(title)[1] or posixpath.splitext(member)[1]
        extension = claimed.lower().lstrip(".")
        if role in ("h5p", "package"):
            extension = "h5p" if role == "h5p" else "zip"
        elif not (kind == "zip" and extension in sniff.OFFICE):
            known = sniff.TYPES.get(kind, ("", (extension or "bin",)))[1]
            extension = extension if extension in known else known[0]
        stem = re.sub(r"[^A-Za-z0-9-]+", "-", posixpath.splitext(posixpath.basename(member))[0]).strip("-")[
            :40
        ]
        mark = hashlib.sha256(f"{role}/{member}".encode()).hexdigest()[:12]
        folder = {"h5p": "h5p", "package": "packages"}.get(role, "media")
        return f"{folder}/{stem}-{mark}.{extension}" if stem else f"{folder}/{mark}.{extension}"

    def _judge(self, problem: Problem, member: str, title: str) -> None:
        params = dict(problem.params)
        if "name" in params:
            params["name"] = short(member)
        told = replace(problem, params=params)
        runs = "found" not in params or _RUNS.search(params["found"])
        if problem.code in HOSTILE and runs:
            self.draft.problems.append(told)
        else:
            self.draft.lost.append(Lost(member, title or member, told))

    def _open(self, name: str) -> IO[bytes]:
        return self.source.archive.open(self.draft.files[name])

    def _report(self, code: str, pointer: str, **params: Any) -> None:
        self.found.append(Problem(code, pointer, params))

    def _lose(self, title: str, code: str, **params: Any) -> None:
        item = Lost(self.page[0], short(title, 120), Problem(code, "", params))
        lose_once(self.draft.lost, item)


# -- small things ------------------------------------------------------------------------------------------


def _line(text: str) -> str:
    return " ".join(text.split())[:MAX_TITLE]


def _id(kind: str, key: str, taken: set[str]) -> str:
    """A short id that follows from the foreign one, so that the same lesson is the same the next time."""
    number = 0
    while True:
        made = f"{kind}-{hashlib.sha256(f'{key}#{number}'.encode()).hexdigest()[:16]}"
        if made not in taken:
            taken.add(made)
            return made
        number += 1


def _language(text: str) -> str:
    tag = text.strip().replace("_", "-")[:12].rstrip("-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) else "und"


def _headings(html: str) -> str:
    """A page's first heading is ours already: its title. Headings begin at h2."""
    html = re.sub(r"<(/?)h1\b", r"<\1h2", html, flags=re.I)
    return re.sub(r"<(/?)h[56]\b", r"<\1h4", html, flags=re.I)


def _split(html: str) -> Iterator[str]:
    """Parts of at most MAX_TEXT characters, cut between blocks; a block longer than that by its words alone."""
    if len(html) <= MAX_TEXT:
        yield html
        return
    run = ""
    for child in BeautifulSoup(html, "html.parser").children:
        part = child.decode() if isinstance(child, Tag) else clean_html(str(child))
        if run and len(run) + len(part) > MAX_TEXT:
            yield run
            run = ""
        while len(part) > MAX_TEXT:
            words = BeautifulSoup(part, "html.parser").get_text(" ")
            yield clean_html(f"<p>{words[: MAX_TEXT // 2]}</p>")
            part = clean_html(f"<p>{words[MAX_TEXT // 2 :]}</p>")
        run += part
    if run:
        yield run


def _incomplete(question: Question) -> Problem | None:
    """What keeps a question out of the native format, by the schema's own bounds."""
    if not question.stem.strip() or not question.answer:
        return Problem("required", "", {"name": "stem" if not question.stem.strip() else "answer"})
    if len(question.stem) > 2000 or len(question.explanation) > 2000:
        return Problem("too_long", "", {"limit": 2000})
    if question.kind in _WITH_OPTIONS:
        texts = [option.text for option in question.options]
        most = {"matching": MAX_TARGETS, "ordering": MAX_STEPS}.get(question.kind, 12)
        if not 2 <= len(texts) <= most:
            return Problem(
                "too_few" if len(texts) < 2 else "too_many", "", {"limit": 2 if len(texts) < 2 else most}
            )
        if any(not text.strip() or len(text) > 500 for text in texts):
            return Problem("too_long", "", {"limit": 500})
        if len(set(texts)) != len(texts):
            return Problem("not_unique")
    if question.kind == "matching":
        return _unpaired([pair.text for pair in question.answer])
    return None


def _unpaired(prompts: list[str]) -> Problem | None:
    """The same of the prompts of a matching question."""
    if not 2 <= len(prompts) <= MAX_PROMPTS:
        few = len(prompts) < 2
        return Problem("too_few" if few else "too_many", "", {"limit": 2 if few else MAX_PROMPTS})
    if any(not text.strip() or len(text) > 500 for text in prompts):
        return Problem("too_long", "", {"limit": 500})
    return None if len(set(prompts)) == len(prompts) else Problem("not_unique")
