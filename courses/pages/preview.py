"""A lesson's draft as its learners will see it, for whoever writes or reviews it: the player's own parts, without a
session. Nothing is counted or written: the page is told no address to report to.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from courses.activities.api import shown
from courses.h5p.api import play_url
from courses.media.api import films, pictures
from courses.releases.models import ReleaseLesson
from courses.releases.snapshot import lesson_blocks

if TYPE_CHECKING:
    from courses.pages.models import LessonPage


def as_learners_see(page: "LessonPage") -> dict[str, Any]:
    """The context of courses/lesson_preview.html: what learning's player shows of a lesson, from its draft."""
    blocks = lesson_blocks(page)
    course = page.get_parent().get_parent() if page.pk else None
    offers = films(blocks, course.pk) if course else {}
    sources = pictures(blocks)
    for block in blocks:
        value = block["value"]
        if block["type"] == "h5p":
            content = UUID(value["content"])
            block["h5p"] = {
                "uuid": content,
                "src": play_url(content),
                "title": value["title"],
                "state": {},
                "state_id": f"h5p-state-{content}",
            }
        elif block["type"] == "package":
            block["package"] = shown(value)
        elif block["type"] in ("video", "audio"):
            block["film"] = offers.get(value.get("file", ""))
            block["film_id"] = f"film-{block['id']}"
        elif block["type"] == "image":
            block["sources"] = sources.get(value.get("file", ""), [])
        elif block["type"] == "quiz":
            block["quiz"] = {"count": len(value["questions"])}
    nominal_ms = sum(block["nominal_ms"] for block in blocks)
    return {
        "blocks": blocks,
        "course": course,
        "lesson": ReleaseLesson(title=page.title, nominal_ms=nominal_ms),
    }
