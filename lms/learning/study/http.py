"""The door of study time: open, report, take over. JSON in, JSON out, also for sendBeacon.

Reports carry no CSRF token: a page that is being left can only send a beacon, which sets no header. They need none.
A report is taken only with a token that this server signed and gave to one person over their own signed-in
connection, and only while that same person is signed in: a foreign site neither knows the token nor can read one,
and a token of somebody else's is refused (`other_person`). Opening and taking over change whose turn it is without
such a proof and are ordinary CSRF-protected posts.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lms.learning.enrolment.queries import own
from lms.learning.signed_in import Asked, signed_in_json
from lms.learning.study import answers
from lms.learning.study.models import StudySession
from lms.learning.study.presence.services import answer as answer_prompt
from lms.learning.study.queries import counted_on
from lms.learning.study.refusals import heard
from lms.learning.study.reports import MAX_MS, session_of
from lms.learning.study.services import open_session, take_over
from lms.lib import json_in
from lms.lib.clock import today
from lms.lib.errors import Invalid

DEVICE_KINDS = set(StudySession.DeviceKind.values)


@require_POST
@signed_in_json
def open_(request: Asked) -> dict[str, Any]:
    """{"enrolment", "lesson", "device", "device_kind", "tab", "again", "asks"} → the session (answers.opened)."""
    data = _object(request)
    enrolment, lesson = _uuid(data, "enrolment"), _uuid(data, "lesson")
    found = open_session(
        request.user,
        own(request.user, enrolment),
        lesson,
        device=_text(data, "device"),
        device_kind=_text(data, "device_kind") if data.get("device_kind") in DEVICE_KINDS else guess(request),
        tab=str(data.get("tab") or "")[:40],
        again=data.get("again") is True,
        asks=data.get("asks") is True,
    )
    return answers.opened(found, counted_on(request.user, today()))


@csrf_exempt
@require_POST
@signed_in_json
def report(request: Asked) -> dict[str, Any]:
    """One report (study/reports.py), from fetch or sendBeacon (text/plain) → answers.taken."""
    return answers.taken(heard(request.user, json_in.body_of(request)))


@require_POST
@signed_in_json
def take_over_(request: Asked) -> dict[str, Any]:
    """{"session": token} → counting here from now on."""
    found = take_over(request.user, session_of(_object(request).get("session")))
    return {"counting": True, "elsewhere": None, "prompt": answers.prompt(found)}


@require_POST
@signed_in_json
def presence(request: Asked) -> dict[str, Any]:
    """{"session": token, "prompt", "at_ms": since the session's opening, "heard_ms": likewise} → answers.answered."""
    data = _object(request)
    at_ms = _moment(data, "at_ms")
    heard_ms = None if data.get("heard_ms") is None else _moment(data, "heard_ms")
    token, prompt = session_of(data.get("session")), _uuid(data, "prompt")
    return answers.answered(answer_prompt(request.user, token, prompt, at_ms, heard_ms))


def guess(request: HttpRequest) -> str:
    """phone, tablet or computer, from what the browser calls itself; for people to recognise, proof of nothing."""
    agent = request.headers.get("User-Agent", "").lower()
    if "ipad" in agent or "tablet" in agent:
        return StudySession.DeviceKind.TABLET.value
    return StudySession.DeviceKind.PHONE.value if "mobi" in agent else StudySession.DeviceKind.COMPUTER.value


def _object(request: Asked) -> dict[str, Any]:
    return json_in.object_of(request, _("请求的内容不是有效的 JSON。"))


def _moment(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= 400 * MAX_MS:
        raise Invalid(_("缺少 %(name)s，或格式不对。") % {"name": name}, code="bad_request")
    return value


def _uuid(data: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(str(data[name]))
    except (KeyError, ValueError):
        raise Invalid(_("缺少 %(name)s，或格式不对。") % {"name": name}, code="bad_request") from None


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 40:
        raise Invalid(_("缺少 %(name)s，或格式不对。") % {"name": name}, code="bad_request")
    return value
