"""Pictures of lessons as AVIF and WebP in sizes: made by the worker after a release was cut, never while a page is shown.

A release pins the picture itself; what was made of that very file is found beside it (`of_blocks`). Drawings (SVG) and
GIFs, which may move, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from courses.media.models import CourseImage, CourseRendition
from courses.storage.api import note_sizes
from lms.lib.actor import Actor
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import enqueue

JOB = "media.pictures"
# A phone's screen, a phone's sharp screen, a sharp PC's reading column.
WIDTHS = (480, 960, 1440)
# In the order in which a browser is offered them. Quality by eye, on photographs and screenshots.
FORMATS = (("avif", "format-avif|avifquality-60"), ("webp", "format-webp|webpquality-76"))
SPECS = {f"width-{width}|{spec}": name for name, spec in FORMATS for width in WIDTHS}
PLAIN = (".png", ".jpg", ".jpeg", ".webp", ".avif")


def widths_for(width: int) -> list[int]:
    """The widths a picture gets; the last is its own where it is narrower than that."""
    found = [each for each in WIDTHS if each < width]
    return found + [each for each in WIDTHS if each >= width][:1]


def ask(release: UUID, actor: Actor) -> None:
    """Have the worker make the pictures of a release; once for each."""
    enqueue(JOB, {"release": str(release)}, actor, key=f"{JOB}:{release}")


def prepare(ctx: JobContext) -> dict[str, Any]:
    """The job: every picture of a release in all sizes. Those that are there are not made again."""
    from courses.releases.models import ReleaseLesson

    lessons = ReleaseLesson.objects.filter(release__uuid=ctx.args["release"]).values_list("blocks", flat=True)
    wanted = {block["value"]["image"] for blocks in lessons for block in _pictures(blocks)}
    images = list(CourseImage.objects.filter(pk__in=wanted).order_by("pk"))
    made = 0
    for done, image in enumerate(images):
        ctx.check_cancelled()
        ctx.progress(done, len(images))
        made += make(image)
    return {"pictures": len(images), "made": made}


def make(image: CourseImage) -> int:
    """Make the sizes of one picture; how many files it has now. A picture that cannot be read has none."""
    if not image.file.name.lower().endswith(PLAIN):
        return 0
    specs = [f"width-{width}|{spec}" for width in widths_for(image.width) for _, spec in FORMATS]
    try:
        made = image.get_renditions(*specs)
    except (OSError, ValueError):
        # Gone from the storage, or broken in a way the check at the door did not see.
        return 0
    note_sizes(image)
    return len(made)


def of_blocks(blocks: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """What stands beside the pictures of a lesson: stored name → [{"type", "srcset"}], in one query.

    No query for a lesson without pictures that were made.
    """
    pinned = {block["value"]["image"]: block["value"]["file"] for block in _pictures(blocks)}
    if not pinned:
        return {}
    rows = CourseRendition.objects.filter(image__in=pinned, filter_spec__in=SPECS).select_related("image")
    found: dict[str, dict[str, list[CourseRendition]]] = {}
    for row in rows.order_by("width"):
        # Not of the picture that took its place since.
        if row.image.file.name == pinned[row.image_id]:
            sizes = found.setdefault(row.image.file.name, {}).setdefault(SPECS[row.filter_spec], [])
            sizes.append(row)
    return {
        name: [
            {"type": f"image/{kind}", "srcset": ", ".join(f"{row.url} {row.width}w" for row in kinds[kind])}
            for kind, _ in FORMATS
            if kind in kinds
        ]
        for name, kinds in found.items()
    }


def _pictures(blocks: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The picture blocks that pin their picture; releases of before do not, nor do drawings."""
    return (block for block in blocks if block["type"] == "image" and block["value"].get("image"))
