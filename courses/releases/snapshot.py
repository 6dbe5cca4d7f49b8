"""A lesson's StreamField as plain JSON: what a release pins and a player renders."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import prefetch_related_objects
from wagtail.rich_text import expand_db_html

from courses.html import clean_html
from courses.releases.rules import Pace, exercise_ms, text_ms
from lms.lib import json_in

if TYPE_CHECKING:
    from courses.activities.models import ContentPackage
    from courses.media.models import CourseImage, CourseVideo
    from courses.pages.models import LessonPage

IMAGE_WIDTH = 1280
DEFAULT_PACE = Pace(ms_per_character=200, ms_per_question=60_000)


def lesson_blocks(lesson: "LessonPage", pace: Pace = DEFAULT_PACE) -> list[dict[str, Any]]:
    """The blocks with their kinds, reckoned times (ms) and values; the shape is documented in docs/courses.md."""
    films = [child.value["video"] for child in lesson.body if child.block_type == "video"]
    prefetch_related_objects([film for film in films if film is not None], "captions")
    return [_block(child, pace) for child in lesson.body]


def _block(child: Any, pace: Pace) -> dict[str, Any]:
    nominal_ms, value = _READERS[child.block_type](child.value, pace)
    return {"id": str(child.id), "type": _kind(child), "nominal_ms": nominal_ms, "value": value}


def _kind(child: Any) -> str:
    """What the block is to learners: editors choose films and recordings in the same way."""
    if child.block_type == "video" and child.value["video"].sound:
        return "audio"
    return "text" if child.block_type == "html" else str(child.block_type)


def _text(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    html = clean_html(expand_db_html(value.source))
    return text_ms(html, pace), {"html": html}


def _html(value: str, pace: Pace) -> tuple[int, dict[str, Any]]:
    html = clean_html(value)
    return text_ms(html, pace), {"html": html}


def _image(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    return 0, image_source(value["image"]) | {"alt": value["alt"], "caption": value["caption"]}


def image_source(image: "CourseImage") -> dict[str, Any]:
    # A picture that is small enough is shown as it is; drawing it again would only cost.
    if image.is_svg():
        return {"src": image.file.url, "width": image.width, "height": image.height}
    # By these the sizes made of this very file are found (courses/media/pictures.py).
    pinned = {"image": image.pk, "file": image.file.name}
    if image.width <= IMAGE_WIDTH:
        return pinned | {"src": image.file.url, "width": image.width, "height": image.height}
    rendition = image.get_rendition(f"width-{IMAGE_WIDTH}")
    return pinned | {"src": rendition.url, "width": rendition.width, "height": rendition.height}


def _video(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    video: CourseVideo = value["video"]
    captions = [
        {"src": caption.file.url, "lang": caption.language, "label": caption.label}
        for caption in sorted(video.captions.all(), key=lambda caption: caption.pk)
    ]
    # What a release of before did not know stands only where there is any: the same content is the same snapshot.
    more = {"chapters": video.chapters} if video.chapters else {}
    return video.duration_ms, more | {
        "src": video.file.url,
        # By this name the sizes made of this very file are found (courses/media/queries.py).
        "file": video.file.name,
        "poster": video.poster.url if video.poster else "",
        "captions": captions,
        "duration_ms": video.duration_ms,
        "title": value["title"] or video.title,
        "transcript": video.transcript,
    }


def _h5p(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    return exercise_ms(value["minutes"], 1, pace), {
        "content": str(value["content"].uuid),
        "title": value["title"],
    }


def _package(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    package: ContentPackage = value["package"]
    return exercise_ms(value["minutes"], 1, pace), {
        "package": str(package.uuid),
        "kind": package.kind,
        "part": value["part"],
        "title": value["title"],
    }


def _lti(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    # A tool's scores are evidence and never study time, so it is reckoned to take none.
    details = json_object(value["details"])
    return 0, {
        "tool": value["tool"],
        "title": value["title"],
        "url": value["url"],
        "custom": details.get("custom") or {},
        "column": details.get("column") or {},
    }


def json_object(text: str) -> dict[str, Any]:
    """What a tool's details say; an editor's slip in them leaves the tool without any."""
    try:
        found = json_in.read(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _quiz(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    questions = [question.snapshot() for question in value["questions"]]
    return exercise_ms(value["minutes"], len(questions), pace), {
        "title": value["title"],
        "pass_percent": value["pass_percent"],
        "questions": questions,
    }


def _file(value: Any, pace: Pace) -> tuple[int, dict[str, Any]]:
    document = value["document"]
    return 0, {
        "src": document.url,
        "name": value["name"] or document.title,
        "size": document.get_file_size() or 0,
        "mime": document.content_type,
    }


_READERS = {
    "text": _text,
    "html": _html,
    "image": _image,
    "video": _video,
    "h5p": _h5p,
    "package": _package,
    "lti": _lti,
    "quiz": _quiz,
    "file": _file,
}


def kinds(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """The block kinds of a lesson in order, each once."""
    return iter(dict.fromkeys(block["type"] for block in blocks))
