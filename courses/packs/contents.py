"""What a course consists of, lesson by lesson, short enough to keep with an import, and how two of them differ.

Owns what an editor is told of a new version before it comes in. Refuses to compare texts: which lessons differ is
the question here, how is seen in the preview.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from itertools import count
from typing import Any

from django.db import models
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from .plan import Lesson, PackPlan, QuizBlock


class Change(models.TextChoices):
    ADDED = "added", _("新增")
    REMOVED = "removed", _("去掉")
    CHANGED = "changed", _("内容有改动")
    RENAMED = "renamed", _("改了名称")
    MOVED = "moved", _("换了章")


@dataclass(frozen=True)
class Difference:
    """One lesson that is not what it was; `before` is its former title or chapter where that is what changed."""

    change: Change
    title: str
    before: str = ""


# Fields that came later, as they are where they say nothing.
_LATER = [("chapters", ()), ("offline", "")]
KINDS = {
    "text": _("文字"),
    "image": _("图片"),
    "video": _("视频"),
    "audio": _("音频"),
    "h5p": _("H5P 互动"),
    "package": _("外来课件"),
    "quiz": _("测验"),
    "file": _("附件"),
}


def labelled(contents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with what each lesson holds in words, each kind once, and its number in the course, from 1."""
    numbers = count(1)
    return [
        chapter
        | {
            "lessons": [
                lesson
                | {
                    "labels": [KINDS[kind] for kind in dict.fromkeys(lesson["kinds"])],
                    "number": next(numbers),
                }
                for lesson in chapter["lessons"]
            ]
        }
        for chapter in contents
    ]


def contents_of(plan: PackPlan) -> list[dict[str, Any]]:
    """[{"title", "lessons": [{"key", "title", "kinds", "hash"}]}] of a plan, as JSON."""
    return [
        {
            "title": chapter.title,
            "lessons": [
                {
                    "key": lesson.key,
                    "title": lesson.title,
                    "kinds": [block.type for block in lesson.blocks],
                    "hash": _hash(lesson, plan),
                }
                for lesson in chapter.lessons
            ],
        }
        for chapter in plan.chapters
    ]


def _hash(lesson: Lesson, plan: PackPlan) -> str:
    """Over what the lesson holds, by content: a file that only changed its name is the same."""
    sha = hashlib.sha256()
    for block in lesson.blocks:
        sha.update(f"{_plain(block, plan)!r}\n".encode())
        if isinstance(block, QuizBlock):
            sha.update(repr([plan.questions.get(id_) for id_ in block.questions]).encode())
    return sha.hexdigest()[:16]


def _plain(value: Any, plan: PackPlan) -> Any:
    """A block as what it says, with the digests of its files in the place of their names."""
    if is_dataclass(value):
        # The same film is the same as before it had these.
        fields = sorted((name, inner) for name, inner in vars(value).items() if (name, inner) not in _LATER)
        return [(name, _plain(inner, plan)) for name, inner in fields]
    if isinstance(value, tuple):
        return [_plain(inner, plan) for inner in value]
    found = (
        plan.media.get(value) or plan.h5p.get(value) or plan.packages.get(value)
        if isinstance(value, str)
        else None
    )
    return found.sha256 if found else value


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Difference]:
    """Lesson by lesson, in the order of the new version, what was removed at the end."""
    old = {key: (chapter, lesson) for key, chapter, lesson in _lessons(before)}
    found = []
    for key, chapter, lesson in _lessons(after):
        earlier = old.pop(key, None)
        if earlier is None:
            found.append(Difference(Change.ADDED, lesson["title"]))
            continue
        if earlier[1]["hash"] != lesson["hash"]:
            found.append(Difference(Change.CHANGED, lesson["title"]))
        if earlier[1]["title"] != lesson["title"]:
            found.append(Difference(Change.RENAMED, lesson["title"], earlier[1]["title"]))
        if earlier[0] != chapter:
            found.append(Difference(Change.MOVED, lesson["title"], earlier[0]))
    return [*found, *(Difference(Change.REMOVED, lesson["title"]) for _, lesson in old.values())]


def differences_in_words(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Difference]:
    """The same of the translations that come with a course. One that came before and does not now stays, and is no
    difference."""
    known = {one["language"]: one["digest"] for one in before}
    return [
        Difference(
            Change.CHANGED if one["language"] in known else Change.ADDED,
            gettext("译文：%(language)s")
            % {"language": get_language_info(one["language"])["name_translated"]},
        )
        for one in after
        if known.get(one["language"]) != one["digest"]
    ]


def _lessons(contents: list[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for chapter in contents:
        for lesson in chapter["lessons"]:
            yield lesson["key"], chapter["title"], lesson
