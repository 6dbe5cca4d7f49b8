"""Reading what was made of films: for the player, and for the staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Max, Min, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from courses.media.models import CourseVideo, VideoLadder
from courses.media.rules import may_be_taken
from courses.pages.models import CoursePage
from lms.lib.clock import now
from lms.lib.jobs.models import Job
from lms.lib.jobs.turns import fairest


def films(blocks: Iterable[dict[str, Any]], course: int) -> dict[str, dict[str, Any]]:
    """What a player may offer for the films of a lesson of a course: stored name → addresses, sizes in bytes, whether it
    may be taken along. One query, two where nothing was made of one yet, none for a lesson without films.

    "sizes": [{"code", "height", "src", "bytes"}], the smallest first; all of them may be missing.
    """
    names = [
        block["value"]["file"]
        for block in blocks
        if block["type"] in ("video", "audio") and block["value"].get("file")
    ]
    if not names:
        return {}
    licence = CoursePage.objects.filter(pk=course).values("licence")
    rows = VideoLadder.objects.filter(source__in=names).select_related("video")
    found = {row.source: _offer(row, row.licence or "") for row in rows.annotate(licence=Subquery(licence))}
    return found | _without_ladder([name for name in names if name not in found], licence)


def _without_ladder(names: list[str], licence: QuerySet[Any]) -> dict[str, dict[str, Any]]:
    """Films of which nothing was made: whether they may be taken along is said by the film all the same. One that has
    another file by now says nothing of this one, which so stays here."""
    if not names:
        return {}
    rows = CourseVideo.objects.filter(file__in=names).annotate(licence=Subquery(licence))
    said = {row.file.name: may_be_taken(row.offline, row.licence or "") for row in rows}
    return {name: {"keepable": said.get(name, False), "sizes": []} for name in names}


def _offer(ladder: VideoLadder, licence: str) -> dict[str, Any]:
    kept = may_be_taken(ladder.video.offline, licence)
    if ladder.ready_at is None:
        return {"keepable": kept, "sizes": []}
    made = ladder.made

    def address(name: str) -> str:
        return default_storage.url(f"{ladder.folder}/{name}") if name else ""

    sizes = [
        {
            "code": rung["code"],
            "height": min(rung["width"], rung["height"]),
            "src": address(rung["playlist"]),
            "bytes": rung["bytes"],
        }
        for rung in made["rungs"]
    ]
    return {
        "keepable": kept,
        "sizes": sizes,
        "master": address(made["master"]),
        "small": address(made["small"]),
        "small_bytes": made["small_bytes"],
        "audio": address(made["audio"]),
        "audio_bytes": made["audio_bytes"],
        "poster": address(made["poster"]),
        "width": made["width"],
        "height": made["height"],
    }


def state_of(video: CourseVideo) -> str:
    """A sentence for the staff: how far a film is, or why it stays as it came. Uses prefetched ladders and jobs."""
    return said(next((row for row in video.ladders.all() if row.source == video.file.name), None))


def said(ladder: VideoLadder | None) -> str:
    if ladder is None:
        return _("还没有处理")
    if ladder.ready_at:
        heights = "、".join(f"{min(rung['width'], rung['height'])}p" for rung in ladder.made["rungs"])
        if heights and ladder.made["audio"]:
            return _("可以播放：%(sizes)s，可以只听声音") % {"sizes": heights}
        return _("可以播放：%(sizes)s") % {"sizes": heights} if heights else _("可以播放：声音")
    job = ladder.job
    if job is None or job.state == Job.State.QUEUED:
        return _("等待处理；学员先看原文件")
    if job.state == Job.State.RUNNING:
        percent = 100 * job.progress_done // job.progress_total if job.progress_total else 0
        return _("正在处理，已完成 %(percent)s%%；学员先看原文件") % {"percent": percent}
    return job.message or _("没有处理成功；学员仍能看原文件")


def whose_turn(job_id: int) -> int:
    """Of the films that wait for their sizes, the oldest of the organisation that was served longest ago: a course of two hundred does
    not keep another's one waiting. `job_id` itself where none waits."""
    ladders = VideoLadder.objects.order_by()
    rested = Q(job__next_try_at__isnull=True) | Q(job__next_try_at__lte=now())
    waiting = ladders.filter(rested, job__state=Job.State.QUEUED).values("video__organisation")
    first = dict(waiting.annotate(first=Min("job_id")).values_list("video__organisation", "first"))
    served = ladders.filter(job__attempts__gt=0).values("video__organisation")
    last = served.annotate(last=Max("job__finished_at")).values_list("video__organisation", "last")
    return fairest(first, dict(last)) or job_id
