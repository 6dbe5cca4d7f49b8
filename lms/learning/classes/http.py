"""/learn/classes/ and /learn/sign/: the learner's pages of classes, working without scripts."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.api import course_by_uuid
from lms.learning.classes import hours_queries, queries, services, walk_ins
from lms.learning.classes.models import Act, ClassRun, PlaceState, RunState
from lms.learning.signed_in import Asked, signed_in
from lms.lib.clock import now
from lms.lib.errors import Refusal
from lms.lib.evidence import handed_out
from lms.lib.pages import paginate

__all__ = ["course", "detail", "join", "leave", "mine", "photo", "qr", "sign"]


@require_safe
@signed_in
def mine(request: Asked) -> HttpResponse:
    page = paginate(request, queries.places_of(request.user))
    context = {"page": page, "rows": list(page), "nav_key": "learn"}
    return render(request, "learning/classes/mine.html", context)


@require_safe
@signed_in
def course(request: Asked, course: UUID) -> HttpResponse:
    """The classes of one course."""
    found = course_by_uuid(course)
    page = paginate(request, queries.offered(found))
    rows = [{"run": run, "open": queries.open_for_enrolment(run), "left": left(run)} for run in page]
    context = {"course": found, "page": page, "rows": rows, "nav_key": "learn"}
    return render(request, "learning/classes/course.html", context)


def left(run: ClassRun) -> int:
    """Free seats; the run was read with its counts."""
    return max(run.capacity - run.seated, 0)  # type: ignore[attr-defined]


@require_safe
@signed_in
def detail(request: Asked, uuid: UUID) -> HttpResponse:
    return _detail(request, queries.run_for_learner(request.user, uuid))


def _detail(request: Asked, run: ClassRun, status: int = 200) -> HttpResponse:
    place = queries.place_of(request.user, run)
    here = place is not None and place.state != PlaceState.LEFT
    rows = queries.attendance_of(place) if place is not None and here else []
    rows = [replace(row, link=queries.link_of(place, row.meeting)) for row in rows]
    context: dict[str, Any] = {
        "run": run,
        "place": place if here else None,
        "position": queries.waiting_position(place) if place is not None else 0,
        "left": left(run),
        "open": queries.open_for_enrolment(run),
        "leavable": here and run.state in services.LEAVABLE,
        "meetings": rows or [{"meeting": meeting} for meeting in queries.held(run)],
        "hours": hours_queries.of_place(place)
        if place is not None and place.state == PlaceState.SEATED
        else None,
        "unconfirmed": place is not None and here and place.walk_ins.filter(confirmed=None).exists(),
        "soon": now(),
        "practice": queries.practice_of(place)
        if place is not None and place.state == PlaceState.SEATED
        else None,
        "results": queries.results_of(place) if place is not None and here else [],
        "cancelled": run.state == RunState.CANCELLED,
        "nav_key": "learn",
    }
    return render(request, "learning/classes/detail.html", context, status=status)


@require_POST
@signed_in
def join(request: Asked, uuid: UUID) -> HttpResponse:
    run = queries.run_for_learner(request.user, uuid)
    place = services.join(request.user, run)
    if place.state == PlaceState.SEATED:
        messages.success(request, _("报名成功。请按时到场，用手机扫老师屏幕上的二维码签到。"))
    else:
        messages.info(request, _("名额已满，你在候补名单上；有人退出时按先后顺序自动补上。"))
    return redirect("learning:class", uuid=uuid)


@require_POST
@signed_in
def leave(request: Asked, uuid: UUID) -> HttpResponse:
    run = queries.run_for_learner(request.user, uuid)
    services.leave(request.user, run)
    messages.success(request, _("已退出这个班次。有人候补的，名额自动给下一位。"))
    return redirect("learning:classes_of", course=run.course.uuid)


# --- the changing code -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def sign(request: Asked, meeting: UUID, act: str, code: str) -> HttpResponse:
    """What a phone opens from the code: looking gives a ticket, the button uses it up to five minutes later."""
    context: dict[str, Any] = {"act": act, "is_in": act == Act.IN, "nav_key": "learn"}
    try:
        if request.method == "POST":
            row = walk_ins.sign(request.user, meeting, act, request.POST.get("ticket", ""))
            context |= {"done": row, "meeting": row.meeting, "run": row.meeting.run}
            context["unconfirmed"] = row.place.walk_ins.filter(confirmed=None).exists()
        else:
            found = walk_ins.scan(request.user, meeting, act, code)
            context |= {"place": found.place, "meeting": found.meeting, "run": found.meeting.run}
            context |= {"ticket": found.ticket, "walks_in": found.place is None}
    except Refusal as refusal:
        context["refused"] = str(refusal.message)
        return render(request, "learning/classes/sign.html", context, status=refusal.status)
    response = render(request, "learning/classes/sign.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@login_required
def photo(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(queries.photo_for(request.user, uuid))  # type: ignore[arg-type]


def qr(address: str) -> str:
    """The address as an inline SVG that fills its box."""
    return segno.make(address, error="m", micro=False).svg_inline(
        border=3, omitsize=True, light="#fff", dark="#000"
    )
