"""Having films made ready for every line: asked for when a film comes, done by the worker, one at a time on a machine.

Owns: VideoLadder, its files in the storage and the place where they are made. Refuses: showing what is not whole; a row
becomes ready when all its files are stored. What was made of a killed worker's film so far is used when it is taken up
again.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.media.encoding import RECIPE, Made, Unusable, encode
from courses.media.models import CourseVideo, VideoLadder
from courses.media.stored import remove_stored
from courses.packs import sniff
from courses.storage.api import note
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Invalid
from lms.lib.ids import uuid7
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import JobLater, enqueue

logger = logging.getLogger(__name__)
JOB = "media.ladder"
# How long a film waits while another one is being made on the machine.
BUSY = timedelta(seconds=20)
_CHUNK = 1024 * 1024
SENTENCES = {
    "broken": _(
        "读不出这个文件的画面或声音：文件损坏，或编码方式不支持。请重新导出为 MP4（H.264 与 AAC）再上传；学员仍能看原文件。"
    ),
    "nothing_in_it": _("这个文件里既没有画面也没有声音。请换一个文件。"),
    "shorter_than_said": _(
        "文件自称的时长比实际内容长，不能按它核定学时。请重新导出后再上传；学员仍能看原文件。"
    ),
    "odd_size": _("画面的尺寸太小或太大（每边 16–8192 像素）。请换一个文件；学员仍能看原文件。"),
    "too_slow": _("处理这个文件用时过长，已停止。请换成较低的分辨率再上传；学员仍能看原文件。"),
    "gone": _("没有找到这个视频的文件，请重新上传。"),
}


@transaction.atomic
def ask(video: CourseVideo, actor: Actor) -> VideoLadder | None:
    """Have the worker make what a film still lacks; asked again for the same file, nothing new begins.

    None where the film has no file.
    """
    source = video.file.name if video.file else ""
    if not source:
        return None
    ladder, _made = VideoLadder.objects.get_or_create(source=source, defaults={"video": video})
    if ladder.ready_at and ladder.made.get("recipe") == RECIPE:
        return ladder
    key = f"{JOB}:{RECIPE}:{_digest(source)}"
    ladder.job = enqueue(JOB, {"ladder": ladder.pk}, actor, key=key)
    ladder.save(update_fields=["job"])
    return ladder


def prepare(ctx: JobContext) -> dict[str, Any]:
    """The job: make the files of one ladder and show them. Raises Invalid with a sentence for the staff; JobLater while
    another film is being made here.
    """
    ladder = VideoLadder.objects.select_related("video").filter(pk=ctx.args["ladder"]).first()
    if ladder is None or (ladder.ready_at and ladder.made.get("recipe") == RECIPE):
        return {}
    with _alone() as ground:
        folder = ground / _digest(ladder.source)
        _clear(ground, but=folder)
        folder.mkdir(exist_ok=True)
        try:
            made = _encode(ladder, folder, ctx)
        except Unusable as unusable:
            logger.warning("No sizes of %s: %s", ladder.source, unusable.__cause__ or unusable.code)
            shutil.rmtree(folder, ignore_errors=True)
            raise Invalid(SENTENCES[unusable.code], code=f"media_{unusable.code}") from unusable
        size = _show(ladder, made, folder, ctx)
        shutil.rmtree(folder, ignore_errors=True)
    return {"bytes": size, "sizes": [rung["code"] for rung in made.rungs]}


def _encode(ladder: VideoLadder, folder: Path, ctx: JobContext) -> Made:
    source = folder / "source"
    if not source.exists():
        _fetch(ladder.source, source)
    with source.open("rb") as file:
        kind = sniff.kind_of(file.read(sniff.HEAD_BYTES))
    if kind not in sniff.VIDEOS | {"mp3"}:
        raise Unusable("broken")

    def progress(done: int, total: int) -> None:
        ctx.check_cancelled()
        ctx.progress(done, total)

    return encode(source, kind, ladder.video.duration_ms, folder, progress)


def _fetch(name: str, into: Path) -> None:
    part = into.with_suffix(".part")
    try:
        with default_storage.open(name) as stored, part.open("wb") as copy:
            for chunk in stored.chunks(_CHUNK):
                copy.write(chunk)
    except FileNotFoundError:
        raise Unusable("gone") from None
    part.replace(into)


def _show(ladder: VideoLadder, made: Made, folder: Path, ctx: JobContext) -> int:
    """Store the files in a folder of this attempt's own, then the row: readers see all of it or nothing."""
    before = ladder.folder
    place = f"videos/sizes/{ladder.video.uuid}/{uuid7().hex}"
    names = made.files()
    size = 0
    for done, name in enumerate(names):
        ctx.progress(done, len(names))
        with (folder / name).open("rb") as file:
            stored = default_storage.save(f"{place}/{name}", File(file))
        if stored != f"{place}/{name}":
            raise OSError(f"the storage calls {place}/{name} {stored}")
        size += (folder / name).stat().st_size
    # Raises where another worker has taken the job over: then its files are shown, not these.
    ctx.progress(len(names), len(names))
    with transaction.atomic():
        VideoLadder.objects.filter(pk=ladder.pk).update(
            folder=place, made=made.as_json() | {"recipe": RECIPE}, bytes=size, ready_at=now()
        )
        record(
            ctx.actor,
            action="media.ready",
            target_type="courses.CourseVideo",
            target=ladder.video.uuid,
            data={"sizes": [rung["code"] for rung in made.rungs], "bytes": size},
        )
    ladder.bytes = size
    note(ladder)
    _clear_stored(ladder.video, place, before)
    return size


def _clear_stored(video: CourseVideo, place: str, before: str) -> None:
    """Remove what attempts that were killed while storing left behind, and what this one replaces."""
    kept = set(VideoLadder.objects.filter(video=video).values_list("folder", flat=True)) - {before}
    parent = place.rpartition("/")[0]
    for folder in default_storage.listdir(parent)[0]:
        if f"{parent}/{folder}" not in kept:
            remove_stored(f"{parent}/{folder}")


def forget(ladder: VideoLadder) -> None:
    """Remove the files of a ladder whose row is gone, after the commit."""
    if ladder.folder:
        transaction.on_commit(lambda: remove_stored(ladder.folder), robust=True)


# -- the place where films are made ------------------------------------------------------------------------


@contextmanager
def _alone() -> Iterator[Path]:
    """The folder of this machine in which one film at a time is made. The lock goes with the process that holds it."""
    ground = Path(settings.HOME) / "encoding"
    ground.mkdir(parents=True, exist_ok=True)
    with (ground / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JobLater(BUSY) from None
        yield ground


def _clear(ground: Path, but: Path) -> None:
    """What a film left that was given up, or went on elsewhere."""
    for entry in ground.iterdir():
        if entry.is_dir() and entry != but:
            shutil.rmtree(entry, ignore_errors=True)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
