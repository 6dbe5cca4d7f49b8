"""Staff screens inside the Wagtail admin: the classes of one's organisations, planning one, one class with its meetings
and people, and a course's practice checklist.
"""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.api import course_by_uuid
from lms.accounts.api import User, holds
from lms.learning.classes import filings, practice, queries, rules, services
from lms.learning.classes.forms import CapacityForm, ChecklistForm, MeetingForm, ReasonForm, RunForm
from lms.learning.classes.models import ClassMeeting, ClassPlace, ClassRun, PlaceState, RunState
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.pages import paginate, staff_context

PER_PAGE = 30
ACTS = {
    "open": gettext_lazy("开放报名"),
    "close": gettext_lazy("截止报名"),
    "start": gettext_lazy("开课"),
    "end": gettext_lazy("结束班次"),
    "cancel": gettext_lazy("取消班次"),
}


def staff_user(request: HttpRequest) -> User:
    """Who looks. Raises NotAllowed for those who have to do with no class anywhere."""
    if not queries.is_staff_here(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


context_of = partial(staff_context, icon="group")


# --- runs ------------------------------------------------------------------------------------------------


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    page = paginate(request, queries.runs_for(user), PER_PAGE)
    manages = holds(user, *queries.MANAGERS)
    context = context_of(_("班次"), page=page, rows=list(page), manages=manages)
    return render(request, "learning/classes/staff/runs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    form, status = RunForm(user, request.POST or None), 200
    if request.method == "POST":
        made: list[ClassRun] = []
        done = _("班次已建立，还没有开放报名。请添加上课时间。")
        status = attempt_form(request, form, lambda: made.append(services.plan(user, form.run())), done)
        if status == DONE:
            return redirect("learning_class", uuid=made[0].uuid)
    context = context_of(_("新建班次"), form=form)
    return render(request, "learning/classes/staff/new.html", context, status=status)


@require_safe
def one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = staff_user(request)
    return _one(request, user, queries.run_for_staff(user, uuid))


def _one(
    request: HttpRequest,
    user: User,
    run: ClassRun,
    status: int = 200,
    meeting_form: MeetingForm | None = None,
) -> HttpResponse:
    places = list(
        ClassPlace.objects.filter(run=run)
        .exclude(state=PlaceState.LEFT)
        .select_related("person", "run")
        .order_by("state", "number")
    )
    filing = queries.filing_of(run)
    states = queries.practices([place for place in places if place.state == PlaceState.SEATED])
    context = context_of(
        run.title,
        run=run,
        filing=filing,
        filing_words=filings.filing_words(filing),
        checklist=queries.checklist_of(run.course),
        meetings=list(run.meetings.order_by("starts_at", "id")),
        seated=[
            {"place": place, "practice": states[place.pk]}
            for place in places
            if place.state == PlaceState.SEATED
        ],
        waiting=[place for place in places if place.state == PlaceState.WAITING],
        acts=[{"act": act, "label": ACTS[act]} for act in rules.acts_in(run.state) if act != "cancel"],
        may_cancel="cancel" in rules.acts_in(run.state),
        manages=holds(user, *queries.MANAGERS, organisation=run.provider),
        calls=holds(user, *queries.CALLERS, organisation=run.provider),
        adds=run.state not in (RunState.ENDED, RunState.CANCELLED),
        meeting_form=meeting_form or MeetingForm(),
        capacity_form=CapacityForm(initial={"capacity": run.capacity}),
        cancel_form=ReasonForm(auto_id="cancel_%s"),
    )
    return render(request, "learning/classes/staff/one.html", context, status=status)


@require_POST
def act(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open, close, start, end, cancel; or another capacity."""
    user = staff_user(request)
    run = queries.run_for_staff(user, uuid)
    asked = request.POST.get("act", "")
    if asked == "capacity":
        form = CapacityForm(request.POST)
        if form.is_valid():
            capacity = form.cleaned_data["capacity"]
            attempt(request, lambda: services.set_capacity(user, run, capacity), _("名额已更新。"))
        else:
            messages.error(request, _("名额应在 1 到 %(most)s 之间。") % {"most": rules.MOST_SEATS})
    elif asked in ACTS:
        reason = request.POST.get("reason", "")
        attempt(request, lambda: services.move(user, run, asked, reason=reason), _("班次的状态已更新。"))
    return redirect("learning_class", uuid=uuid)


@require_POST
def add_meeting(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = staff_user(request)
    run = queries.run_for_staff(user, uuid)
    form = MeetingForm(request.POST)
    done = _("上课时间已添加。")
    status = attempt_form(request, form, lambda: services.add_meeting(user, run, form.meeting()), done)
    if status == DONE:
        return redirect("learning_class", uuid=uuid)
    return _one(request, user, run, status, form)


@require_POST
def cancel_meeting(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = staff_user(request)
    meeting = ClassMeeting.objects.select_related("run__provider").filter(uuid=uuid).first()
    if meeting is None:
        raise NotFound
    run = queries.run_for_staff(user, meeting.run.uuid)
    reason = request.POST.get("reason", "")
    attempt(request, lambda: services.cancel_meeting(user, meeting, reason=reason), _("这次课已取消。"))
    return redirect("learning_class", uuid=run.uuid)


@require_POST
def release(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a place back."""
    user = staff_user(request)
    place = queries.place_for_staff(user, uuid)
    reason = request.POST.get("reason", "")
    attempt(request, lambda: services.release_place(user, place, reason=reason), _("已移出班次。"))
    return redirect("learning_class", uuid=place.run.uuid)


# --- the checklist ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def checklist(request: HttpRequest, course: UUID) -> HttpResponse:
    """A course's checklist in force, and the form that publishes the next version."""
    user = staff_user(request)
    found = course_by_uuid(course)
    if not holds(user, *queries.MANAGERS, organisation=found.provider):
        raise NotFound
    present = queries.checklist_of(found)
    texts = "\n".join(item["text"] for item in present.items) if present else ""
    form, status = ChecklistForm(request.POST or None, initial={"items": texts}), 200
    if request.method == "POST":
        status = attempt_form(
            request,
            form,
            lambda: practice.publish_checklist(user, found, form.lines(), source=form.cleaned_data["source"]),
            _("考核清单已公布。"),
        )
        if status == DONE:
            return redirect("learning_class_checklist", course=course)
    title = _("考核清单：%(course)s") % {"course": found.title}
    context = context_of(title, course=found, present=present, form=form)
    return render(request, "learning/classes/staff/checklist.html", context, status=status)
