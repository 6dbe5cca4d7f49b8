"""The bodies of many lessons read together.

Owns how what they show (pictures, films, documents, exercises, questions) comes from the database. Refuses to judge it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from wagtail.blocks import StreamValue

if TYPE_CHECKING:
    from courses.pages.models import LessonPage


def read_bodies(lessons: Iterable[LessonPage]) -> None:
    """Make values of whatever is still raw in these bodies, asking once for all rows of a kind, captions of films included.

    Wagtail asks for each body's by itself once somebody looks into it: four questions a lesson, of a course of sixty lessons
    hundreds. What is read already stays what it is.
    """
    bodies = [lesson.body for lesson in lessons]
    raw = [
        (body, place) for body in bodies for place, child in enumerate(body._bound_blocks) if child is None
    ]
    if raw:
        together = StreamValue(
            raw[0][0].stream_block, [body._raw_data[place] for body, place in raw], is_lazy=True
        )
        for (body, place), child in zip(raw, together, strict=True):
            body._bound_blocks[place] = child
    films = [child.value["video"] for body in bodies for child in body if child.block_type == "video"]
    prefetch_related_objects([film for film in films if film is not None], "captions")
