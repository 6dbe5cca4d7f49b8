"""What did not come in, in the order in which somebody can do something about it: by what is to be done, then by the reason.

Owns which reason belongs to which heading, and what is said there to whoever has to decide. Refuses to know where a report
comes from: it sorts `Lost` items and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.packs.foreign.outline import Lost

# How many items of one heading the plan shows before it leads to all of them, and of those how many for one reason.
FIRST = 12
EACH = 3


class Heading(models.TextChoices):
    """In the order they are shown."""

    ACT = "act", pgettext_lazy("没有导入的", "要补上或换掉的")
    KIND = "kind", pgettext_lazy("没有导入的", "平台没有的活动和题型")
    LOOK = "look", pgettext_lazy("没有导入的", "版面和会动的部分")
    SETTING = "setting", pgettext_lazy("没有导入的", "设置")
    HIDDEN = "hidden", pgettext_lazy("没有导入的", "隐藏的内容")
    UNUSED = "unused", pgettext_lazy("没有导入的", "没有用到的文件和题目")
    PEOPLE = "people", pgettext_lazy("没有导入的", "个人信息和学习记录")


ADVICE: dict[Heading, str | Promise] = {
    Heading.ACT: _(
        "请在原来的课程或文件里补上、换掉，或把网上的内容下载下来放进包里，再导入一次：课程代码不变，更新的就是同一门课程，不会多出一门。"
    ),
    Heading.KIND: _(
        "其中能读的文字和附件已经列入课时；活动和题目本身没有列入，请在这里另做。原来的写法保存在原文件里。"
    ),
    Heading.LOOK: _("文字已经列入课时。请对照原文件看一遍；少了的图，可以存成图片再补上。"),
    Heading.SETTING: _("内容已经列入课时，只是少了这些设置。需要的，请在课程里另设。"),
    Heading.HIDDEN: _(
        "学员在原来的系统里看不到这些，所以没有列入。要用的，请先在原来的系统里显示出来，再导出、导入一次。"
    ),
    Heading.UNUSED: _(
        "原来的课程里没有一页用到它们。要用的，请先放进原来课程的一页，再导出、导入一次；不用的，可以不管。"
    ),
    Heading.PEOPLE: _("这些属于本人，不随课程走。不用做什么。"),
}
_OF: dict[Heading, tuple[str, ...]] = {
    Heading.KIND: ("lost_kind", "lost_question", "lost_tool"),
    Heading.LOOK: (
        "lost_script",
        "lost_scripted",
        "lost_dress",
        "lost_behind",
        "lost_revisions",
        "lost_formula",
        "lost_formula_object",
        "lost_drawing",
        "lost_chart",
        "lost_diagram",
        "lost_object",
        "lost_control",
        "lost_comments",
        "lost_header",
        "lost_animation",
        "lost_background",
        "lost_repeated",
        "lost_repeating",
        "lost_annotation",
        "lost_form",
        "lost_backdrop",
        "lost_small",
        "lost_link",
    ),
    Heading.SETTING: ("lost_setting", "lost_draw", "lost_draw_many"),
    Heading.HIDDEN: ("lost_hidden", "lost_hidden_text"),
    Heading.UNUSED: ("lost_unused", "lost_structure", "lost_contents"),
    Heading.PEOPLE: ("lost_people", "lost_older"),
}
_HEADINGS = {code: heading for heading, codes in _OF.items() for code in codes}
_ORDER = {heading: place for place, heading in enumerate(Heading)}


@dataclass(frozen=True)
class Reason:
    """Items that stay outside for one reason, said once. `count`: how many there are, also where only the first are shown."""

    message: str
    items: tuple[Lost, ...]
    count: int


@dataclass(frozen=True)
class Group:
    """A heading with its first items. `count`: how many there are under it in all."""

    heading: Heading
    count: int
    reasons: tuple[Reason, ...]

    @property
    def advice(self) -> str:
        return str(ADVICE[self.heading])

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - sum(len(reason.items) for reason in self.reasons)


def heading_of(item: Lost) -> Heading:
    """Under what an item stands. What no heading names is something about a file that can be mended."""
    return _HEADINGS.get(item.reason.code, Heading.ACT)


def in_order(items: Iterable[Lost]) -> list[Lost]:
    """Items by heading, then by reason in the order in which each first appears, else as they came."""
    there = list(items)
    first: dict[str, int] = {}
    for place, item in enumerate(there):
        first.setdefault(item.reason.message, place)
    return sorted(there, key=lambda item: (_ORDER[heading_of(item)], first[item.reason.message]))


def counted(items: Iterable[Lost]) -> dict[Heading, int]:
    """How many stand under each heading that has any, in order."""
    found = Counter(heading_of(item) for item in items)
    return {heading: found[heading] for heading in Heading if found[heading]}


def grouped(items: Sequence[Lost], numbers: dict[Heading, int] | None = None, first: int = 0) -> list[Group]:
    """Items in order under their headings: `first` of each (0: all), and of each how many there are (`numbers`, else as many as
    are given)."""
    numbers = counted(items) if numbers is None else numbers
    by_heading: dict[Heading, dict[str, list[Lost]]] = {}
    for item in in_order(items):
        by_heading.setdefault(heading_of(item), {}).setdefault(item.reason.message, []).append(item)
    return [Group(heading, numbers[heading], _cut(reasons, first)) for heading, reasons in by_heading.items()]


def _cut(reasons: dict[str, list[Lost]], first: int) -> tuple[Reason, ...]:
    """The first items of a heading; a heading with one more than that shows it, too."""
    if not first or sum(map(len, reasons.values())) <= first + 1:
        return tuple(Reason(message, tuple(items), len(items)) for message, items in reasons.items())
    found: list[Reason] = []
    left = first
    for message, items in reasons.items():
        shown = items[: min(EACH, left)]
        if shown:
            found.append(Reason(message, tuple(shown), len(items)))
        left -= len(shown)
    return tuple(found)
