"""What came of an import, as a value that is stored with its row and read back in anybody's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from courses.packs.foreign.outline import Lost
from courses.releases.rules import Pace, approvable_centihours

from .contents import contents_of
from .opening import Opened
from .plan import FileBlock, ImageBlock, PackPlan, QuizBlock, VideoBlock
from .problems import Problem


class State(models.TextChoices):
    QUEUED = "queued", _("等待中")
    RUNNING = "running", _("进行中")
    PLANNED = "planned", _("等你确认")
    DONE = "done", _("已导入")
    UNCHANGED = "unchanged", _("内容没有变化")
    REFUSED = "refused", _("未导入")
    CANCELLED = "cancelled", _("已取消")
    FAILED = "failed", _("出错")


# Nothing more will happen to a row in one of these.
FINAL = frozenset({State.DONE, State.UNCHANGED, State.REFUSED, State.CANCELLED, State.FAILED})
COUNT_LABELS = {
    "chapters": pgettext_lazy("数量", "章"),
    "lessons": pgettext_lazy("数量", "课时"),
    "questions": pgettext_lazy("数量", "题目"),
    "quizzes": pgettext_lazy("数量", "测验"),
    "images": pgettext_lazy("数量", "图片"),
    "videos": pgettext_lazy("数量", "视频"),
    "h5p": _("H5P 互动"),
    "packages": _("外来课件"),
    "files": pgettext_lazy("数量", "附件"),
}
_PARTS = ("problems", "warnings", "lost")


@dataclass
class ImportReport:
    """`made` maps what a file is (role and SHA-256) to the row made of it, for the next import to use again.

    `centihours`: the most hours the content can be approved for. `suggested`: what the pack says of the course itself.
    `lost_count` counts also those that are not told by name (outline.MAX_TOLD). `unplaced`: questions kept as they were written.
    `translations`: {"language", "done", "total", "digest"} of each that comes with it. `needs`, `room`: of a plan, the bytes it will store and those its organisation had left then (None: no plan).
    """

    state: str = State.RUNNING
    code: str = ""
    title: str = ""
    content_hash: str = ""
    published: bool = False
    submitted: bool = False
    course: str = ""
    release: str = ""
    release_number: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=dict)
    format: str = ""
    centihours: int = 0
    contents: list[dict[str, Any]] = field(default_factory=list)
    suggested: dict[str, Any] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    lost_count: int = 0
    unplaced: int = 0
    translations: list[dict[str, Any]] = field(default_factory=list)
    needs: int = 0
    room: int | None = None

    @property
    def ok(self) -> bool:
        return self.state in (State.DONE, State.UNCHANGED)

    def look(self, opened: Opened, pace: Pace) -> None:
        """Copy from an opened pack what a reader of the report wants to know."""
        self.format, self.suggested = opened.format, opened.suggested
        self.lost, self.lost_count = opened.lost, opened.lost.total
        self.unplaced = len(opened.unplaced)
        self.take(opened.plan)
        if opened.plan.ok:
            self.centihours = approvable_centihours(opened.plan.nominal_ms(pace))
            self.contents = contents_of(opened.plan)

    def take(self, plan: PackPlan) -> None:
        """The same from a plan alone."""
        self.problems, self.warnings = list(plan.problems), list(plan.warnings)
        self.content_hash = plan.content_hash
        if plan.course is not None:
            self.code, self.title = plan.course.code, plan.course.title
        self.translations = [
            {
                "language": made.language,
                "done": len(made.entries),
                "total": made.total,
                "digest": made.digest,
            }
            for made in plan.translations
        ]
        blocks = plan.blocks
        self.counts = {
            "chapters": len(plan.chapters),
            "lessons": len(plan.lessons),
            "questions": len(plan.questions),
            "quizzes": sum(isinstance(block, QuizBlock) for block in blocks),
            "images": sum(isinstance(block, ImageBlock) for block in blocks),
            "videos": sum(isinstance(block, VideoBlock) for block in blocks),
            "h5p": len(plan.h5p),
            "packages": len(plan.packages),
            "files": sum(isinstance(block, FileBlock) for block in blocks),
        }

    def count_rows(self) -> list[tuple[str, int]]:
        """(label, number) of what is in the pack, without the zeros."""
        return [(str(COUNT_LABELS[key]), n) for key, n in self.counts.items() if n and key in COUNT_LABELS]

    def translation_rows(self) -> list[tuple[str, int, int]]:
        """(language in the reader's own, texts that are translated, texts there are)."""
        return [
            (str(get_language_info(one["language"])["name_translated"]), one["done"], one["total"])
            for one in self.translations
        ]

    def as_json(self) -> dict[str, Any]:
        plain = {name: value for name, value in vars(self).items() if name not in _PARTS}
        return plain | {
            "lost": [item.as_json() for item in self.lost],
            "state": str(self.state),
            "problems": [problem.as_json() for problem in self.problems],
            "warnings": [warning.as_json() for warning in self.warnings],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ImportReport:
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        known["lost"] = [Lost.from_json(item) for item in data.get("lost", [])]
        known["problems"] = [Problem.from_json(item) for item in data.get("problems", [])]
        known["warnings"] = [Problem.from_json(item) for item in data.get("warnings", [])]
        return cls(**known)
