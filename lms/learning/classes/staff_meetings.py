"""Staff screens of one meeting (roster, changing code, corrections, the list of a live session) and of one learner's
practice. In the Wagtail admin, working without scripts: the code's screen reloads itself.
"""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.api import User
from lms.learning.classes import attendance, codes, imports, practice, queries, rules, walk_ins
from lms.learning.classes.forms import CallForm, CorrectForm, ListForm, SheetForm
from lms.learning.classes.http import qr
from lms.learning.classes.models import Act, ClassMeeting, ClassPlace, PlaceState
from lms.learning.classes.staff import context_of, staff_user
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal


def _uuids(values: list[str]) -> list[UUID]:
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            raise Invalid(
                _("请选择这个班次的学员。"), code="not_in_class", details={"field": "places"}
            ) from None
    return found


# --- one meeting -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def roll(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The roster: who is there, by what; ticked names are signed in or out with a reason."""
    user = staff_user(request)
    meeting = queries.meeting_for_staff(user, uuid)
    at = min(max(now(), meeting.starts_at), meeting.ends_at)
    form, status = CallForm(request.POST or None, initial={"at": at}), 200
    if request.method == "POST":

        def call() -> None:
            data = form.cleaned_data
            places = _uuids(request.POST.getlist("places"))
            attendance.call(user, meeting, places, data["act"], at=data["at"], reason=data["reason"])

        status = attempt_form(request, form, call, _("已登记。"))
        if status == DONE:
            return redirect("learning_class_roll", uuid=uuid)
    context = context_of(
        meeting.title,
        meeting=meeting,
        run=meeting.run,
        rows=queries.roll(meeting),
        walk_ins=queries.walk_ins_waiting(meeting.run),
        ticked=request.POST.getlist("places"),
        form=form,
    )
    return render(request, "learning/classes/staff/roll.html", context, status=status)


@require_safe
def code(request: HttpRequest, uuid: UUID, act: str) -> HttpResponse:
    """The changing code, as large as the screen; the page asks for the next one when this one has run out."""
    user = staff_user(request)
    meeting = queries.meeting_for_staff(user, uuid)
    if act not in attendance.SIGNS:
        raise NotFound
    moment = now()
    shown = (
        not meeting.cancel_reason
        and meeting.run.state in attendance.SCANNED_IN
        and rules.around(moment, meeting.starts_at, meeting.ends_at)
    )
    address = ""
    if shown:
        value = codes.code_for(meeting.uuid, act, rules.period_of(moment))
        address = request.build_absolute_uri(reverse("learning:class_sign", args=[meeting.uuid, act, value]))
    rows = queries.roll(meeting)
    context = {
        "meeting": meeting,
        "run": meeting.run,
        "is_in": act == Act.IN,
        "picture": qr(address) if shown else "",
        "here": sum(row["attendance"].inside for row in rows),
        "came": sum(bool(row["attendance"].stretches) for row in rows),
        "all": len(rows),
        # A second into the next period.
        "again": rules.seconds_left(moment) + 1,
    }
    response = render(request, "learning/classes/staff/code.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep somebody who came to the door, or send them away with a reason."""
    user = staff_user(request)
    found = queries.walk_in_for_staff(user, uuid)
    confirm = request.POST.get("act") == "confirm"
    reason = request.POST.get("reason", "")
    done = _("现场报名已确认。") if confirm else _("现场报名没有通过，名额已空出。")
    attempt(request, lambda: walk_ins.decide(user, uuid, confirm=confirm, reason=reason), done)
    return redirect("learning_class_roll", uuid=found.meeting.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, uuid: UUID, place: UUID) -> HttpResponse:
    """Everything recorded of one learner at a meeting, and the form that puts it right."""
    user = staff_user(request)
    meeting = queries.meeting_for_staff(user, uuid)
    rows = [row for row in queries.roll(meeting) if row["place"].uuid == place]
    if not rows:
        raise NotFound
    found: queries.Attendance = rows[0]["attendance"]
    first = found.stretches[0] if found.stretches else None
    initial = {"since": first.since if first else None, "until": first.until if first else None}
    form, status = CorrectForm(request.POST or None, initial=initial), 200
    if request.method == "POST":
        status = attempt_form(
            request,
            form,
            lambda: attendance.correct(user, meeting, place, **form.values()),
            _("更正已记下，原来的记录保留。"),
        )
        if status == DONE:
            return redirect("learning_class_roll", uuid=uuid)
    context = context_of(
        str(rows[0]["place"].person), meeting=meeting, run=meeting.run, found=found, form=form
    )
    return render(request, "learning/classes/staff/correct.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def take_list(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A live platform's list: upload, look at the preview, confirm. Nothing is written before the last."""
    user = staff_user(request)
    meeting = queries.meeting_for_staff(user, uuid)
    confirming = "confirmed" in request.POST
    form = ListForm(None if confirming else request.POST or None, request.FILES or None)
    context = context_of(_("导入直播名单"), meeting=meeting, run=meeting.run, form=form)
    status = 200
    if confirming:
        try:
            _take(request, user, meeting)
        except Refusal as refusal:
            context |= {"refused": str(refusal.message)} | _again(request, user, meeting)
            status = refusal.status
        else:
            return redirect("learning_class_roll", uuid=uuid)
    elif request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(imports.MAX_BYTES + 1)
        try:
            preview = imports.preview(
                meeting, content, ZoneInfo(form.cleaned_data["zone"] or "Asia/Shanghai")
            )
        except Invalid as refusal:
            form.add_error("file", str(refusal.message))
            status = refusal.status
        else:
            context |= _previewed(user, meeting, preview)
    elif request.method == "POST":
        status = 422
    return render(request, "learning/classes/staff/list.html", context, status=status)


def _choices(request: HttpRequest) -> dict[int, str]:
    named = ((name.partition("choice-")[2], value) for name, value in request.POST.items())
    return {int(number): str(value) for number, value in named if number.isdigit() and len(number) < 5}


def _take(request: HttpRequest, user: User, meeting: ClassMeeting) -> None:
    found = imports.confirmed(user, meeting, request.POST["confirmed"])
    reason = request.POST.get("reason", "")
    attendance.take_list(user, meeting, imports.resolved(found, _choices(request), reason), reason=reason)


def _again(request: HttpRequest, user: User, meeting: ClassMeeting) -> dict[str, Any]:
    """The questions once more, with what was answered, where the preview still holds."""
    value, chosen = request.POST["confirmed"], _choices(request)
    try:
        found = imports.confirmed(user, meeting, value)
    except Refusal:
        return {}
    asked = [
        {"who": who, "chosen": chosen.get(number, "")} for number, (who, _s) in enumerate(found.strangers)
    ]
    return {
        "kept": value,
        "strangers": asked,
        "roster": queries.seated(meeting.run),
        "reason": request.POST.get("reason", ""),
    }


def _previewed(user: User, meeting: ClassMeeting, preview: imports.Preview) -> dict[str, Any]:
    known = {row["place"].pk for row in queries.roll(meeting) if row["attendance"].events}
    return {
        "preview": preview,
        "shown": preview.faults or preview.lines[:200],
        "replaced": sum(place.pk in known for place, _stretches in preview.people),
        "people": len(preview.people),
        "strangers": [{"who": item.who, "problem": item.problem} for item in preview.strangers],
        "roster": queries.seated(meeting.run) if preview.strangers else [],
        "kept": imports.kept(user, meeting, preview) if preview.good else "",
    }


# --- practice --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A learner's practice: attendance, earlier sheets, and the sheet to fill in."""
    user = staff_user(request)
    place = queries.place_for_staff(user, uuid)
    checklist = queries.checklist_of(place.run.course)
    results = queries.results_of(place)
    form, closed = None, _closed(user, place)
    if checklist is not None and not closed:
        initial = {"checklist": checklist.uuid, "after": results[0].number if results else 0}
        form = SheetForm(checklist, request.POST or None, request.FILES or None, initial=initial)
    status = 200
    if request.method == "POST":
        if form is None:
            raise Conflict(closed or _("现在不能考评这位学员，请刷新查看。"), code="moved_on")
        filled, passed = form, request.POST.get("action") == "pass"
        status = attempt_form(
            request,
            filled,
            lambda: practice.sign_off(
                user, place, filled.sheet(passed=passed), filled.cleaned_data["evidence"]
            ),
            _("考评已记下，学员能看到结果。"),
        )
        if status == DONE:
            return redirect("learning_class", uuid=place.run.uuid)
    context = context_of(
        str(place.person),
        place=place,
        run=place.run,
        practice=queries.practice_of(place),
        attended=queries.attendance_of(place),
        results=results,
        checklist=checklist,
        form=form,
        closed=closed,
    )
    return render(request, "learning/classes/staff/sheet.html", context, status=status)


def _closed(user: User, place: ClassPlace) -> str:
    """Why there is no sheet to fill in for them now; "" where there is. The service checks again."""
    if place.state != PlaceState.SEATED or place.run.state not in practice.ASSESSED_IN:
        return _("班次还没有开课，或学员不在班次里，不能考评。")
    if place.walk_ins.filter(confirmed=None).exists():
        return _("这位学员是现场报名，还没有确认，不能考评。")
    try:
        practice.assessor(user, place)
    except NotAllowed as refusal:
        return str(refusal.message)
    return ""
