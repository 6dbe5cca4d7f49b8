"""The lessons of a plan as their learners will see them, before anybody says yes.

Owns what the plan's job lays beside the file that waits, and how it is read: one small file for each lesson, and the pack's
pictures and films as far as they fit. Refuses to write when somebody looks, and to outlive the plan (kept.drop_waiting).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from courses.html import clean_html
from courses.releases.rules import Pace

from .archive import Archive
from .kept import preview_folder
from .plan import (
    Block,
    FileBlock,
    H5PBlock,
    ImageBlock,
    Lesson,
    PackageBlock,
    PackPlan,
    QuizBlock,
    TextBlock,
    VideoBlock,
)

# What a plan may lay on the disk in all; what does not fit is named in its place. Pictures come first, then films in order.
MAX_FILES_BYTES = 64 * 1024**2
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")
_CHUNK = 1024 * 1024
Address = Callable[[str], str]


def make_preview(folder: Path, plan: PackPlan, archive: Archive, pace: Pace) -> None:
    """Write into a new folder what the lessons of a sound plan will show. Raises OSError."""
    (folder / "files").mkdir(mode=0o700, parents=True)
    kept = _keep_files(folder / "files", plan, archive)
    titles = []
    number = 0
    for chapter in plan.chapters:
        for lesson in chapter.lessons:
            number += 1
            titles.append(lesson.title)
            said = _lesson(lesson, plan, kept, pace) | {"chapter": chapter.title}
            (folder / f"{number}.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    course = plan.course.title if plan.course else ""
    index = {"course": course, "titles": titles}
    # Last: without it there is no preview.
    (folder / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")


def keep_preview(uuid: UUID, folder: Path) -> None:
    """Lay such a folder, on the same disk, beside the file that waits; what lay there before of the same import goes."""
    place = preview_folder(uuid)
    shutil.rmtree(place, ignore_errors=True)
    folder.rename(place)


def preview_index(uuid: UUID) -> dict[str, Any] | None:
    """{"course", "titles"} of the plan's lessons in their order; None where none was laid down."""
    return _read(preview_folder(uuid) / "index.json")


def preview_lesson(uuid: UUID, number: int, address: Address) -> dict[str, Any] | None:
    """A lesson by its place in the plan, from 1: {"chapter", "title", "nominal_ms", "blocks"}, blocks as a release has
    them; `address` says where a kept file is asked for. None where there is none."""
    found = _read(preview_folder(uuid) / f"{number}.json") if number > 0 else None
    if found is None:
        return None
    for block in found["blocks"]:
        value = block["value"]
        if block["type"] == "text":
            # Cleaned when the plan was made; what goes into a page of ours as it is, is cleaned where it goes in.
            value["html"] = clean_html(value["html"])
        for name in ("src", "poster"):
            if value.get(name):
                value[name] = address(value[name])
        value["captions"] = [
            caption | {"src": address(caption["src"])} for caption in value.get("captions", [])
        ]
    return found


def preview_file(uuid: UUID, name: str) -> Path | None:
    """The folder in which a kept file of that name is; None where the name is none that was given."""
    return preview_folder(uuid) / "files" if _NAME.fullmatch(name) else None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


# -- laying down -------------------------------------------------------------------------------------------


def _keep_files(folder: Path, plan: PackPlan, archive: Archive) -> dict[str, str]:
    """Copies what fits; path in the pack → name in the folder."""
    kept: dict[str, str] = {}
    left = MAX_FILES_BYTES
    for path in dict.fromkeys((*_pictures(plan.blocks), *_films(plan.blocks))):
        file = plan.media[path]
        if file.size > left:
            continue
        name = f"{file.sha256}.{path.rpartition('.')[2].lower()[:8]}"
        if not _NAME.fullmatch(name):
            continue
        left -= file.size
        kept[path] = name
        with archive.open(path) as content, open(folder / name, "wb") as out:
            shutil.copyfileobj(content, out, _CHUNK)
    return kept


def _pictures(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, ImageBlock):
            yield block.file
        elif isinstance(block, VideoBlock) and block.poster:
            yield block.poster


def _films(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, VideoBlock):
            yield from (caption.file for caption in block.captions)
            yield block.file


def _lesson(lesson: Lesson, plan: PackPlan, kept: dict[str, str], pace: Pace) -> dict[str, Any]:
    blocks = [
        {
            "id": f"b{place}",
            "type": block.type,
            "nominal_ms": plan.block_ms(block, pace),
            "value": _value(block, plan, kept),
        }
        for place, block in enumerate(lesson.blocks, 1)
    ]
    return {
        "title": lesson.title,
        "nominal_ms": sum(int(str(block["nominal_ms"])) for block in blocks),
        "blocks": blocks,
    }


def _value(block: Block, plan: PackPlan, kept: dict[str, str]) -> dict[str, Any]:
    """As a release's snapshot says it (releases/snapshot.py); `src` is "" where the file was not laid down."""
    if isinstance(block, TextBlock):
        return {"html": block.html}
    if isinstance(block, ImageBlock):
        file = plan.media[block.file]
        return {
            "src": kept.get(block.file, ""),
            "alt": block.alt,
            "caption": block.caption,
            "width": file.width,
            "height": file.height,
        }
    if isinstance(block, VideoBlock):
        return {
            "src": kept.get(block.file, ""),
            "title": block.title,
            "poster": kept.get(block.poster, ""),
            "captions": [
                {"src": kept[caption.file], "lang": caption.lang, "label": caption.label}
                for caption in block.captions
                if caption.file in kept
            ],
            "chapters": list(block.chapters),
            "transcript": block.transcript,
            "duration_ms": plan.media[block.file].duration_ms,
        }
    if isinstance(block, H5PBlock | PackageBlock):
        return {"title": block.title}
    if isinstance(block, QuizBlock):
        return {
            "title": block.title,
            "pass_percent": block.pass_percent,
            "questions": [plan.questions[id_].as_json() for id_ in block.questions],
        }
    return _download(block, plan)


def _download(block: FileBlock, plan: PackPlan) -> dict[str, Any]:
    return {"name": block.name, "size": plan.media[block.file].size}
