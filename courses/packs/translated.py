"""Translations in a native pack: a PO file a language, as translators have them (courses/translations/po.py).

Owns what of such a file belongs to the course of the pack, and what is told of the rest. Refuses to write anything: the
words come into the working copy of the course's translation through its own door (writer.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from courses.translations import po
from courses.translations.rules import (
    Segment,
    course_segments,
    digest,
    fault,
    lesson_segments,
    question_faults,
    same_language,
    tidy,
)
from lms.lib.errors import Invalid

from .plan import (
    Block,
    CourseData,
    H5PBlock,
    ImageBlock,
    PackageBlock,
    PackPlan,
    QuizBlock,
    TextBlock,
    Translation,
    VideoBlock,
)
from .problems import short

# Defects told by name of one file.
_MOST = 20
_Told = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Said:
    """What the course of a pack says, by the digests of its texts, and its questions."""

    course: CourseData
    texts: Mapping[str, Segment]
    questions: tuple[dict[str, Any], ...]


def said_in(plan: PackPlan, course: CourseData) -> Said:
    """The same texts as those of the release that an import of the plan would cut."""
    found = [
        *course_segments(
            course.title,
            course.summary,
            course.audience,
            course.description_html,
            course.outcomes,
            [chapter.title for chapter in plan.chapters],
        )
    ]
    for lesson in plan.lessons:
        blocks = [
            {"id": str(place), "type": block.type, "value": _value(block, plan)}
            for place, block in enumerate(lesson.blocks)
        ]
        found += lesson_segments(lesson.key, lesson.title, blocks)
    used = dict.fromkeys(
        id_ for block in plan.blocks if isinstance(block, QuizBlock) for id_ in block.questions
    )
    questions = tuple(plan.questions[id_].as_json() for id_ in used)
    return Said(course, {segment.digest: segment for segment in found}, questions)


def _value(block: Block, plan: PackPlan) -> dict[str, Any]:
    """The words of a block, in the shape of a release (releases/snapshot.py)."""
    if isinstance(block, TextBlock):
        return {"html": block.html}
    if isinstance(block, ImageBlock):
        return {"alt": block.alt, "caption": block.caption}
    if isinstance(block, VideoBlock):
        return {"title": block.title, "chapters": list(block.chapters)}
    if isinstance(block, H5PBlock | PackageBlock):
        return {"title": block.title}
    if isinstance(block, QuizBlock):
        questions = [plan.questions[id_].as_json() for id_ in block.questions]
        return {"title": block.title, "questions": questions}
    return {"name": block.name}


def read_translation(data: bytes, language: str, said: Said) -> tuple[Translation | None, _Told, _Told]:
    """(what comes in, defects that refuse the pack, remarks), both as codes of problems.SENTENCES with their values."""
    codes = [code for code, _name in settings.LANGUAGES]
    if language not in codes or same_language(language, said.course.language):
        return None, [], [("translation_language", {})]
    try:
        entries = po.read(data, course=said.course.code, language=language)
    except Invalid as error:
        return None, [("translation_broken", {"reason": str(error.message)})], []
    kept: dict[str, tuple[str, str, str]] = {}
    wrong: _Told = []
    unknown: list[str] = []
    for entry in entries:
        key = digest(entry.role, entry.source)
        if key not in said.texts:
            unknown.append(short(" ".join(entry.source.split()), 40))
        elif sentence := fault(entry.role, entry.source, entry.text):
            wrong.append(("translation_fault", {"line": entry.line, "reason": sentence}))
        else:
            kept[key] = (entry.role, entry.source, tidy(entry.role, entry.text))
    remarks: _Told = []
    if unknown:
        remarks.append(("translation_unknown", {"count": len(unknown), "value": "、".join(unknown[:5])}))
    faults = tuple(_faults(kept, said))
    remarks += [("translation_spoils", {"reason": reason}) for reason in faults[:_MOST]]
    made = tuple(kept.values())
    hashed = hashlib.sha256(json.dumps(sorted(made)).encode()).hexdigest()[:16]
    return Translation(language, made, len(said.texts), faults, hashed), wrong[:_MOST], remarks


def _faults(kept: Mapping[str, tuple[str, str, str]], said: Said) -> Iterator[str]:
    def look(role: str, source: str) -> str | None:
        found = kept.get(digest(role, source))
        return found[2] if found else None

    for question in said.questions:
        for sentence in question_faults(question, look):
            yield f"{short(question['stem'], 60)}：{sentence}"
