"""The doors of study without a line: take a lesson along, hand in what was studied; and the script that keeps a lesson.

Both are ordinary CSRF-protected posts: whoever hands in has a page and a line.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.learning.enrolment.queries import own
from lms.learning.signed_in import Asked, signed_in_json
from lms.learning.study.answers import measured_by
from lms.learning.study.http import DEVICE_KINDS, guess
from lms.learning.study.offline.queries import pending_of
from lms.learning.study.offline.services import issue_ticket, take_part
from lms.learning.study.refusals import part_refused, tell
from lms.learning.study.reports import MAX_BYTES, MAX_MS, facts_of
from lms.lib import json_in
from lms.lib.errors import Invalid, NotFound, Refusal

WORKER = "rt/js/offline-worker.js"


@require_POST
@signed_in_json
def ticket(request: Asked) -> dict[str, Any]:
    """{"enrolment", "lesson", "device", "device_kind"} → the signed ticket, and what a page needs to measure without a
    line. Times in ms, sizes in bytes.
    """
    data = _object(request)
    kind = data.get("device_kind")
    found = issue_ticket(
        request.user,
        own(request.user, _uuid(data, "enrolment")),
        _uuid(data, "lesson"),
        device=_text(data, "device", 40),
        device_kind=kind if kind in DEVICE_KINDS else guess(request),
    )
    row = found.ticket
    return {
        "ticket": found.token,
        "id": row.uuid.hex,
        "issued_ms": row.issued_ms,
        "until_ms": row.until_ms,
        "media_bytes": row.offline_rule.media_bytes,
        **measured_by(row.rule, found.progress),
    }


@require_POST
@signed_in_json
def part(request: Asked) -> dict[str, Any]:
    """A report as in study/reports.py, with "ticket", "session" (the page's own uuid), "since_ms" and "lasted_ms" in
    place of the session's token → whether it counts already, and what stands.
    """
    try:
        return _taken(request)
    except Refusal as refusal:
        tell(part_refused, request.user, json_in.body_of(request), refusal.code)
        raise


def _taken(request: Asked) -> dict[str, Any]:
    if len(json_in.body_of(request)) > MAX_BYTES:
        raise Refusal(_("学习记录太大，请分次发送。"), code="too_large", status=413)
    data = _object(request)
    token, key = _text(data, "ticket", 200), _uuid(data, "session")
    since_ms, lasted_ms = _whole(data, "since_ms"), _whole(data, "lasted_ms")
    report = facts_of(data, session="")
    kept = take_part(request.user, token, key, report, since_ms=since_ms, lasted_ms=lasted_ms)
    found = kept.part.offline.ticket
    # What counts has nothing of its lesson left that waits: the quizzes that confirm one session confirm all.
    waits = None if kept.progress else pending_of(found.enrolment, found.lesson)
    return {
        "counted": kept.progress is not None,
        "counted_ms": kept.progress.counted_ms if kept.progress else None,
        "pending_ms": waits.active_ms if waits else 0,
        "confirmed_by": waits.quizzes if waits else [],
    }


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, under the folder it may watch over. Its browser asks anew each day at least."""
    response = HttpResponse(_worker(), content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=1)
def _worker() -> bytes:
    found = finders.find(WORKER) or settings.STATIC_ROOT / WORKER
    try:
        return Path(str(found)).read_bytes()
    except OSError:
        raise NotFound from None


def _object(request: Asked) -> dict[str, Any]:
    return json_in.object_of(request, _("请求的内容不是有效的 JSON。"))


def _bad(name: str) -> Invalid:
    return Invalid(_("缺少 %(name)s，或格式不对。") % {"name": name}, code="bad_request")


def _uuid(data: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(str(data[name]))
    except (KeyError, ValueError):
        raise _bad(name) from None


def _text(data: dict[str, Any], name: str, longest: int) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise _bad(name)
    return value


def _whole(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= 400 * MAX_MS:
        raise _bad(name)
    return value
