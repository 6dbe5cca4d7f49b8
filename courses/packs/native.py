"""Reading a native pack: a zip with manifest.json → a PackPlan, every defect collected.

Owns the meaning of the native format (docs/packs.md, schema/rongtong-pack-1.schema.json). Refuses to
write anything, to know a database, and to stop at the first fault: nothing is raised half way. H5P
packages are looked at by the function the caller gives, since this module knows no H5P.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from courses.html import clean_html
from courses.questions.rules import BLANK
from courses.releases.rules import characters
from courses.translations import po

from . import html, manifest
from .archive import MANIFEST, MAX_MANIFEST_BYTES, Archive, open_archive
from .files import FileReader, H5PCheck
from .plan import (
    Block,
    Caption,
    Chapter,
    CourseData,
    FileBlock,
    H5PBlock,
    ImageBlock,
    Lesson,
    Option,
    PackageBlock,
    PackFile,
    PackPlan,
    Pair,
    Question,
    QuizBlock,
    TextBlock,
    Translation,
    VideoBlock,
)
from .problems import Problem, short
from .translated import read_translation, said_in

MB = 1024**2
# Told of one exercise.
_MOST_ADDRESSES = 20
# What each kind of block wants its file to be (files.py).
_ROLES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "h5p": "h5p",
    "package": "package",
    "file": "download",
}
# What a pack holds besides its manifest.
_FOLDERS = ("media/", "h5p/", "packages/", "translations/")


def read_pack(source: str | Path | IO[bytes], *, h5p_check: H5PCheck | None = None) -> PackPlan:
    """Read and validate a native pack from a path or a seekable binary file.

    Returns a plan; `plan.problems` holds every defect with a JSON pointer and a sentence. Never raises on
    bad content. `plan.content_hash` is the SHA-256 over the members, so that packing the same content
    again gives the same hash.
    """
    archive, refused = open_archive(source)
    if archive is None:
        return PackPlan(problems=refused)
    with archive:
        return read_archive(archive, h5p_check=h5p_check)


def read_archive(archive: Archive, *, h5p_check: H5PCheck | None = None) -> PackPlan:
    """The same of an archive that is open already."""
    plan = PackPlan()
    _read(archive, plan, h5p_check)
    plan.problems = [*archive.problems, *plan.problems]
    plan.warnings = [*archive.warnings, *plan.warnings]
    return plan


def read_manifest(data: dict[str, Any], archive: Archive, files: FileReader) -> PackPlan:
    """The plan of a manifest made by us from another format, whose files `files` has judged in `archive`."""
    plan = PackPlan(problems=manifest.check(data))
    reader = _Reader(archive, plan, None, files)
    reader.read(data)
    if not plan.problems:
        written = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        plan.content_hash = reader.content_hash(written.encode())
    return plan


def is_native(source: str | Path | IO[bytes]) -> bool:
    """Whether a file is a zip with a manifest.json at its root."""
    archive, _ = open_archive(source)
    if archive is None:
        return False
    with archive:
        return MANIFEST in archive


def _read(archive: Archive, plan: PackPlan, h5p_check: H5PCheck | None) -> None:
    data = _manifest_bytes(archive, plan)
    if data is None:
        return
    loaded, problems = manifest.parse(data)
    plan.problems.extend(problems)
    if loaded is None:
        return
    reader = _Reader(archive, plan, h5p_check)
    reader.files.foresee(one for one in _named(loaded) if one[0].startswith(_FOLDERS))
    breaches = manifest.check(loaded)
    plan.problems.extend(breaches)
    # The parts are read even when others are broken, as far as their shape allows, to name all defects.
    reader.read(loaded)
    if not plan.problems:
        plan.content_hash = reader.content_hash(data)


def _manifest_bytes(archive: Archive, plan: PackPlan) -> bytes | None:
    if MANIFEST not in archive:
        nested = [name for name in archive.sizes if name.endswith("/" + MANIFEST)]
        if nested:
            plan.problems.append(
                Problem("manifest_nested", "", {"name": short(nested[0].rpartition("/")[0])})
            )
        else:
            plan.problems.append(Problem("manifest_missing"))
        return None
    size = archive.sizes[MANIFEST]
    if size > MAX_MANIFEST_BYTES:
        plan.problems.append(
            Problem("manifest_size", "", {"size": size // MB, "limit": MAX_MANIFEST_BYTES // MB})
        )
        return None
    return archive.read(MANIFEST, MAX_MANIFEST_BYTES)


def _items(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of what should be a list of objects; the schema has named the rest."""
    if isinstance(value, list):
        yield from ((n, item) for n, item in enumerate(value) if isinstance(item, dict))


def _named(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The files a manifest names, (path, role) in the order in which `_Reader` reads them; what is wrong with it is not said here."""
    for _, chapter in _items(data.get("chapters")):
        for _, lesson in _items(chapter.get("lessons")):
            for _, block in _items(lesson.get("blocks")):
                kind = block.get("type")
                for _, caption in _items(block.get("captions")):
                    yield _text(caption, "file"), "vtt"
                if _text(block, "poster"):
                    yield _text(block, "poster"), "image"
                if isinstance(kind, str) and kind in _ROLES:
                    yield _text(block, "file"), _ROLES[kind]
    yield _text(data, "cover"), "image"


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name, "")
    return found.strip() if isinstance(found, str) else ""


def _number(value: dict[str, Any], name: str, default: int = 0) -> int:
    found = value.get(name, default)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def _texts(answers: list[Any]) -> list[tuple[str, ...]]:
    return [tuple(str(text) for text in a) if isinstance(a, list) else () for a in answers]


class _Reader:
    """Walks one manifest, filling the plan."""

    def __init__(
        self,
        archive: Archive,
        plan: PackPlan,
        h5p_check: H5PCheck | None,
        files: FileReader | None = None,
    ) -> None:
        self.archive = archive
        self.plan = plan
        self.files = files or FileReader(archive, self.problem, h5p_check)
        self.used_questions: set[str] = set()
        # The files of translations, with their SHA-256.
        self.translated: dict[str, str] = {}

    def problem(self, code: str, pointer: str, **params: Any) -> None:
        self.plan.problems.append(Problem(code, pointer, params))

    def warn(self, code: str, pointer: str, **params: Any) -> None:
        self.plan.warnings.append(Problem(code, pointer, params))

    # -- the document ------------------------------------------------------------------------------

    def read(self, data: dict[str, Any]) -> None:
        chinese = _text(data, "language").lower().startswith("zh")
        self.words = ("正确", "错误") if chinese else ("True", "False")
        for n, question in _items(data.get("question_bank")):
            self._question(question, f"/question_bank/{n}")
        keys: set[str] = set()
        chapters = []
        for n, chapter in _items(data.get("chapters")):
            lessons = tuple(
                self._lesson(lesson, f"/chapters/{n}/lessons/{m}", keys)
                for m, lesson in _items(chapter.get("lessons"))
            )
            chapters.append(Chapter(_text(chapter, "title"), lessons))
        self.plan.chapters = tuple(chapters)
        self.plan.course = self._course(data)
        has_quiz = any(isinstance(block, QuizBlock) for block in self.plan.blocks)
        if self.plan.course.quizzes == "all_passed" and not has_quiz:
            self.problem("no_quiz", "/rule/quizzes")
        idle = [id_ for id_ in self.plan.questions if id_ not in self.used_questions]
        if idle:
            self.warn("question_unused", "/question_bank", count=len(idle), value=short("、".join(idle)))
        self.plan.translations = tuple(self._translations(data))
        self._leftovers()

    def _course(self, data: dict[str, Any]) -> CourseData:
        occupation = data.get("occupation")
        occupation = occupation if isinstance(occupation, dict) else {}
        rule = data.get("rule")
        rule = rule if isinstance(rule, dict) else {}
        cover = _text(data, "cover")
        if cover:
            self._file(cover, "/cover", "image")
        return CourseData(
            code=_text(data, "code"),
            title=_text(data, "title"),
            language=_text(data, "language"),
            kind=_text(data, "kind"),
            theme=_text(data, "theme"),
            year=_number(data, "year"),
            sector=_text(data, "sector"),
            department=_text(data, "department"),
            occupation_code=_text(occupation, "code"),
            occupation_level=_number(occupation, "level") or None,
            centihours=_number(data, "centihours"),
            mode=_text(data, "mode"),
            summary=_text(data, "summary"),
            description_html=self._html(_text(data, "description_html"), "/description_html"),
            audience=_text(data, "audience"),
            outcomes=_strings(data.get("outcomes")),
            licence=_text(data, "licence"),
            authors=_strings(data.get("authors")),
            cover=cover,
            min_coverage_percent=_number(rule, "min_coverage_percent"),
            quizzes=_text(rule, "quizzes"),
        )

    def _html(self, source: str, pointer: str) -> str:
        gone = html.removed(source)
        if gone:
            self.warn("html_cleaned", pointer, found=", ".join(gone[:10]))
        return clean_html(source).strip()

    # -- questions ---------------------------------------------------------------------------------

    def _question(self, data: dict[str, Any], pointer: str) -> None:
        id_, kind, stem = _text(data, "id"), _text(data, "kind"), _text(data, "stem")
        options: list[Option] = []
        for n, option in _items(data.get("options")):
            made = Option(_text(option, "id"), _text(option, "text"))
            if any(made.id == other.id for other in options):
                self.problem("option_twice", f"{pointer}/options/{n}/id", value=short(made.id))
            if any(made.text == other.text for other in options):
                self.problem("answer_same_text", f"{pointer}/options/{n}/text", value=short(made.text))
            options.append(made)
        answer = data.get("answer")
        answers: list[Any] = list(answer) if isinstance(answer, list) else []
        if kind in ("single", "multiple"):
            known = {option.id for option in options}
            for n, value in enumerate(answers):
                if not isinstance(value, str) or value not in known:
                    self.problem("answer_unknown", f"{pointer}/answer/{n}", value=short(value))
        elif kind == "fill":
            blanks = len(BLANK.findall(stem))
            if blanks != len(answers):
                self.problem("blanks", pointer, stem=blanks, answers=len(answers))
            answers = _texts(answers)
        elif kind == "numeric":
            answers = _texts(answers)
        elif kind == "matching":
            answers = self._pairs(answers, {option.id for option in options}, f"{pointer}/answer")
        elif kind == "ordering":
            self._order(answers, {option.id for option in options}, f"{pointer}/answer")
        if kind == "true_false":
            options = [Option("true", self.words[0]), Option("false", self.words[1])]
        if id_ and id_ in self.plan.questions:
            self.problem("question_twice", f"{pointer}/id", value=short(id_))
            return
        self.plan.questions[id_] = Question(
            id=id_,
            kind=kind,
            stem=stem,
            options=tuple(options),
            answer=tuple(answers),
            explanation=_text(data, "explanation"),
            points=_number(data, "points", 1),
        )

    def _order(self, answers: list[Any], known: set[str], pointer: str) -> None:
        for n, value in enumerate(answers):
            if not isinstance(value, str) or value not in known:
                self.problem("answer_unknown", f"{pointer}/{n}", value=short(value))
        left = sorted(known - {value for value in answers if isinstance(value, str)})
        if left:
            self.problem("order_short", pointer, value=short("、".join(left)))

    def _pairs(self, answers: list[Any], known: set[str], pointer: str) -> list[Pair]:
        pairs: list[Pair] = []
        for n, data in _items(answers):
            pair = Pair(_text(data, "id"), _text(data, "text"), _text(data, "option"))
            if pair.option not in known:
                self.problem("answer_unknown", f"{pointer}/{n}/option", value=short(pair.option))
            if any(pair.id == other.id for other in pairs):
                self.problem("option_twice", f"{pointer}/{n}/id", value=short(pair.id))
            if any(pair.text == other.text for other in pairs):
                self.problem("answer_same_text", f"{pointer}/{n}/text", value=short(pair.text))
            pairs.append(pair)
        return pairs

    # -- lessons -----------------------------------------------------------------------------------

    def _lesson(self, data: dict[str, Any], pointer: str, keys: set[str]) -> Lesson:
        key = _text(data, "key")
        if key and key in keys:
            self.problem("key_twice", f"{pointer}/key", value=short(key))
        keys.add(key)
        blocks = [self._block(b, f"{pointer}/blocks/{n}") for n, b in _items(data.get("blocks"))]
        return Lesson(key, _text(data, "title"), tuple(b for b in blocks if b is not None))

    def _block(self, data: dict[str, Any], pointer: str) -> Block | None:
        match data.get("type"):
            case "text":
                return self._text_block(data, pointer)
            case "image":
                file = self._file(_text(data, "file"), f"{pointer}/file", "image")
                return ImageBlock(file.path, _text(data, "alt"), _text(data, "caption")) if file else None
            case "video" | "audio":
                return self._video(data, pointer)
            case "h5p":
                return self._exercise(data, pointer)
            case "package":
                return self._package(data, pointer)
            case "quiz":
                return self._quiz(data, pointer)
            case "file":
                file = self._file(_text(data, "file"), f"{pointer}/file", "download")
                return FileBlock(file.path, _text(data, "name")) if file else None
        return None

    def _exercise(self, data: dict[str, Any], pointer: str) -> H5PBlock | None:
        file = self._file(_text(data, "file"), f"{pointer}/file", "h5p")
        if file is None:
            return None
        for address in file.elsewhere[:_MOST_ADDRESSES]:
            self.warn("h5p_elsewhere", f"{pointer}/file", name=short(file.path), value=short(address, 100))
        return H5PBlock(file.path, _text(data, "title"), _number(data, "minutes"))

    def _package(self, data: dict[str, Any], pointer: str) -> PackageBlock | None:
        file = self._file(_text(data, "file"), f"{pointer}/file", "package")
        part = _text(data, "part")
        if file is None:
            return None
        if part not in self.files.parts.get(file.path, ()):
            self.problem("package_part", f"{pointer}/part", name=short(file.path), value=short(part))
            return None
        return PackageBlock(file.path, part, _text(data, "title"), _number(data, "minutes"))

    def _text_block(self, data: dict[str, Any], pointer: str) -> TextBlock:
        cleaned = self._html(_text(data, "html"), f"{pointer}/html")
        count = characters(cleaned)
        if _text(data, "html") and not count:
            self.problem("text_empty", f"{pointer}/html")
        return TextBlock(cleaned, count)

    def _video(self, data: dict[str, Any], pointer: str) -> VideoBlock | None:
        captions: list[Caption] = []
        spoken = ""
        for n, item in _items(data.get("captions")):
            found = self._file(_text(item, "file"), f"{pointer}/captions/{n}/file", "vtt")
            caption = Caption(_text(item, "file"), _text(item, "lang"), _text(item, "label"))
            if any(other.lang == caption.lang for other in captions):
                self.problem("caption_twice", f"{pointer}/captions/{n}/lang", value=short(caption.lang))
            captions.append(caption)
            spoken = spoken or (found.text if found else "")
        poster = _text(data, "poster")
        if poster:
            self._file(poster, f"{pointer}/poster", "image")
        kind = _text(data, "type")
        file = self._file(_text(data, "file"), f"{pointer}/file", kind)
        transcript = _text(data, "transcript") or spoken
        if file is None:
            return None
        return VideoBlock(
            file.path,
            _text(data, "title"),
            poster,
            tuple(captions),
            transcript,
            self._chapters(data, pointer, file.duration_ms),
            kind,
            _text(data, "offline"),
        )

    def _chapters(self, data: dict[str, Any], pointer: str, length_ms: int) -> tuple[dict[str, Any], ...]:
        found: list[dict[str, Any]] = []
        for n, item in _items(data.get("chapters")):
            ms = _number(item, "ms")
            if ms >= length_ms or (found and ms <= found[-1]["ms"]):
                self.problem("chapter_place", f"{pointer}/chapters/{n}/ms", value=ms)
            found.append({"ms": ms, "title": _text(item, "title")})
        return tuple(found)

    def _quiz(self, data: dict[str, Any], pointer: str) -> QuizBlock:
        ids = data.get("questions")
        names = [id_ for id_ in ids if isinstance(id_, str)] if isinstance(ids, list) else []
        for n, id_ in enumerate(names):
            if id_ not in self.plan.questions:
                self.problem("question_unknown", f"{pointer}/questions/{n}", value=short(id_))
        self.used_questions.update(names)
        minutes = _number(data, "minutes") if "minutes" in data else None
        return QuizBlock(_text(data, "title"), _number(data, "pass_percent"), tuple(names), minutes)

    # -- translations ------------------------------------------------------------------------------

    def _translations(self, data: dict[str, Any]) -> Iterator[Translation]:
        # Texts are known by what they translate: of a course that is not whole nobody can say what is left.
        course = self.plan.course if not self.plan.problems else None
        said = said_in(self.plan, course) if course is not None and data.get("translations") else None
        seen: set[str] = set()
        for n, item in _items(data.get("translations")):
            pointer, language, path = f"/translations/{n}", _text(item, "language"), _text(item, "file")
            if language in seen:
                self.problem("translation_twice", f"{pointer}/language", value=short(language))
            seen.add(language)
            content = self._translation_bytes(path, f"{pointer}/file")
            if content is None or said is None:
                continue
            found, problems, warnings = read_translation(content, language, said)
            for code, params in problems:
                self.problem(code, pointer, name=short(path), **params)
            for code, params in warnings:
                self.warn(code, pointer, language=short(language), **params)
            if found is not None:
                yield found

    def _translation_bytes(self, path: str, pointer: str) -> bytes | None:
        if not path.startswith("translations/"):
            return None  # the schema has named it
        size = self.archive.sizes.get(path)
        if size is None:
            self.problem("file_missing", pointer, name=short(path))
            return None
        if size > po.MAX_BYTES:
            self.problem("file_size", pointer, name=short(path), size=size // MB, limit=po.MAX_BYTES // MB)
            return None
        content = self.archive.read(path, po.MAX_BYTES)
        self.translated[path] = hashlib.sha256(content or b"").hexdigest()
        return content

    # -- files -------------------------------------------------------------------------------------

    def _file(self, path: str, pointer: str, role: str) -> PackFile | None:
        if not path.startswith(_FOLDERS):
            return None  # the schema has named it
        found = self.files.read(path, pointer, role)
        if found is not None:
            kept = {"h5p": self.plan.h5p, "package": self.plan.packages}.get(role, self.plan.media)
            # What plays and is offered for download, too, was looked into for its length where it plays alone.
            if path not in kept or found.duration_ms:
                kept[path] = found
        return found

    def _leftovers(self) -> None:
        used = self.files.used() | self.translated.keys()
        for name in self.archive.sizes:
            if name == MANIFEST or name in used:
                continue
            if name.startswith(_FOLDERS):
                self.warn("unused", "", name=short(name))
            else:
                self.problem("outside_folders", "", name=short(name))

    def content_hash(self, data: bytes) -> str:
        sha = hashlib.sha256(b"rongtong-pack\n" + hashlib.sha256(data).digest())
        files = {**self.plan.media, **self.plan.h5p, **self.plan.packages}
        digests = {path: file.sha256 for path, file in files.items()} | self.translated
        for path, digest in sorted(digests.items()):
            sha.update(f"{path}\0{digest}\n".encode())
        return sha.hexdigest()


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(v.strip() for v in value if isinstance(v, str)) if isinstance(value, list) else ()
