"""What a pack holds, as plain values: the plan an importer works from.

Every reader of a pack format (native, and others) ends in a PackPlan; the importer knows only this.
Sizes in bytes, durations in milliseconds, hours in hundredths of a 学时.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from courses.releases.rules import Pace, exercise_ms

from .problems import Problem


@dataclass(frozen=True)
class PackFile:
    """A file of the pack. `kind` is a key of sniff.TYPES, "ooxml", "odf", "h5p" or "package"; 0 stands for unknown."""

    path: str
    kind: str
    mime: str
    size: int
    sha256: str
    width: int = 0
    height: int = 0
    duration_ms: int = 0
    text: str = ""  # the spoken text of captions
    # Of a package, what it takes once it is unpacked; of H5P its content alone, and beside it each library that is not there.
    unpacked: int = 0
    libraries: tuple[tuple[str, int], ...] = ()
    # Of H5P, addresses of what it shows and does not hold.
    elsewhere: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Option:
    id: str
    text: str


@dataclass(frozen=True)
class Pair:
    """A prompt of a matching question, and the one option that is right for it."""

    id: str
    text: str
    option: str


@dataclass(frozen=True)
class Question:
    """`answer`: option ids, of ordering all of them in order; for fill a tuple of accepted texts per blank, for numeric of (number, tolerance), for matching
    a Pair per prompt."""

    id: str
    kind: str
    stem: str
    options: tuple[Option, ...]
    answer: tuple[Any, ...]
    explanation: str
    points: int

    def as_json(self) -> dict[str, Any]:
        """The question as a release stores it."""
        answer = [
            list(a) if isinstance(a, tuple) else asdict(a) if isinstance(a, Pair) else a for a in self.answer
        ]
        return {
            "id": self.id,
            "kind": self.kind,
            "stem": self.stem,
            "options": [{"id": o.id, "text": o.text} for o in self.options],
            "answer": answer,
            "explanation": self.explanation,
            "points": self.points,
        }


@dataclass(frozen=True)
class TextBlock:
    html: str
    characters: int
    type: str = "text"


@dataclass(frozen=True)
class ImageBlock:
    file: str
    alt: str
    caption: str
    type: str = "image"


@dataclass(frozen=True)
class Caption:
    file: str
    lang: str
    label: str


@dataclass(frozen=True)
class VideoBlock:
    """A film, or a recording of sound alone (type "audio"). chapters: {"ms", "title"} in order. offline: "yes" or "no" where
    it says itself whether it may be taken along, "" where the course's licence does."""

    file: str
    title: str
    poster: str
    captions: tuple[Caption, ...]
    transcript: str
    chapters: tuple[dict[str, Any], ...] = ()
    type: str = "video"
    offline: str = ""


@dataclass(frozen=True)
class H5PBlock:
    file: str
    title: str
    minutes: int
    type: str = "h5p"


@dataclass(frozen=True)
class PackageBlock:
    """A part (its launch id) of a foreign package (SCORM, cmi5)."""

    file: str
    part: str
    title: str
    minutes: int
    type: str = "package"


@dataclass(frozen=True)
class QuizBlock:
    """`minutes` None: the platform's rule per question holds."""

    title: str
    pass_percent: int
    questions: tuple[str, ...]
    minutes: int | None
    type: str = "quiz"


@dataclass(frozen=True)
class FileBlock:
    file: str
    name: str
    type: str = "file"


Block = TextBlock | ImageBlock | VideoBlock | H5PBlock | PackageBlock | QuizBlock | FileBlock


@dataclass(frozen=True)
class Lesson:
    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Chapter:
    title: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True)
class CourseData:
    code: str
    title: str
    language: str
    kind: str
    theme: str
    year: int
    sector: str
    department: str
    occupation_code: str
    occupation_level: int | None
    centihours: int
    mode: str
    summary: str
    description_html: str
    audience: str
    outcomes: tuple[str, ...]
    licence: str
    authors: tuple[str, ...]
    cover: str
    min_coverage_percent: int
    quizzes: str


@dataclass(frozen=True)
class Translation:
    """The course's words in another language. entries: (role, source, text) of what the course says
    (courses/translations/rules.py), of `total` texts in it. `faults`: sentences about quizzes it would spoil, for which it can
    be kept but not published. `digest`: over its entries."""

    language: str
    entries: tuple[tuple[str, str, str], ...]
    total: int
    faults: tuple[str, ...] = ()
    digest: str = ""


@dataclass
class PackPlan:
    """A pack read and judged. Only when `ok` are course, chapters, files and questions complete."""

    course: CourseData | None = None
    chapters: tuple[Chapter, ...] = ()
    questions: dict[str, Question] = field(default_factory=dict)
    media: dict[str, PackFile] = field(default_factory=dict)
    h5p: dict[str, PackFile] = field(default_factory=dict)
    packages: dict[str, PackFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    content_hash: str = ""
    translations: tuple[Translation, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems and self.course is not None

    @property
    def lessons(self) -> list[Lesson]:
        return [lesson for chapter in self.chapters for lesson in chapter.lessons]

    @property
    def blocks(self) -> list[Block]:
        return [block for lesson in self.lessons for block in lesson.blocks]

    def nominal_ms(self, pace: Pace) -> int:
        """The time the content stands for (ms), reckoned as a release does: text by its characters, videos by
        their length, H5P by its declared minutes, quizzes by theirs or by the number of questions."""
        return sum(self.block_ms(block, pace) for block in self.blocks)

    def block_ms(self, block: Block, pace: Pace) -> int:
        """The same of one block."""
        if isinstance(block, TextBlock):
            return block.characters * pace.ms_per_character
        if isinstance(block, VideoBlock):
            return self.media[block.file].duration_ms
        if isinstance(block, H5PBlock | PackageBlock):
            return exercise_ms(block.minutes, 1, pace)
        if isinstance(block, QuizBlock):
            return exercise_ms(block.minutes, len(block.questions), pace)
        return 0
