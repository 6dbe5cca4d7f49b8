"""Staff screens of supervision inside the Wagtail admin: the dashboard with the list behind each figure, draws, checks and check forms."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Organisation, Role, User, holds
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.training.access import officer
from lms.training.lifecycle.conduct import alarms_of
from lms.training.lifecycle.queries import READERS, authorities_of
from lms.training.supervision import checks, dashboard, frames, queries, scope, words
from lms.training.supervision.forms import (
    AssignForm,
    CommitForm,
    EndForm,
    FormForm,
    FrameForm,
    OrderForm,
    ReasonForm,
    RevealForm,
)
from lms.training.supervision.models import Check, SampleFrame

PER_PAGE = 30
_context = partial(staff_context, icon="view")


def _reader(request: HttpRequest) -> tuple[User, list[Organisation]]:
    """Raises NotAllowed."""
    if not holds(request.user, *READERS):
        raise NotAllowed
    user: User = request.user  # type: ignore[assignment]
    mine = authorities_of(user)
    if not mine:
        raise NotAllowed
    return user, mine


def _authority(request: HttpRequest, mine: list[Organisation]) -> Organisation:
    return next((row for row in mine if row.code == request.GET.get("authority")), mine[0])


# --- the dashboard --------------------------------------------------------------------------------------------


@never_cache
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Every figure with when it was counted, what it is, and the list behind it."""
    _user, mine = _reader(request)
    authority = _authority(request, mine)
    found = dashboard.shown(authority)
    kinds = words.kinds()
    context = _context(
        _("实时监控"),
        authority=authority,
        authorities=mine if len(mine) > 1 else [],
        found=found,
        runs=[
            {"label": kinds.get(kind, kind), "runs": runs, "seats": found.seats[kind]}
            for kind, runs in sorted(found.runs.items())
        ],
        runs_total=sum(found.runs.values()),
        seats_total=sum(found.seats.values()),
        hours=_lines(found.hours, kinds),
        person_times=_lines(found.person_times, kinds),
        money=[
            (_("今年批准的研修项目资助"), words.yuan(found.money["approved"])),
            (_("今年结算的研修项目资助"), words.yuan(found.money["settled"])),
            (_("实训基地资助资金：已决定"), words.yuan(found.money["promised"])),
            (_("实训基地资助资金：已拨付"), words.yuan(found.money["out"])),
            (_("实训基地资助资金：已退回"), words.yuan(found.money["back"])),
            (_("数字技术项目资金：已决定"), words.yuan(found.money["items_promised"])),
            (_("数字技术项目资金：已拨付"), words.yuan(found.money["items_out"])),
            (_("数字技术项目资金：已退回"), words.yuan(found.money["items_back"])),
            (_("今年确定承接方的需求包合同金额"), words.yuan(found.money["awarded"])),
            (_("需求包合同资金：已决定"), words.yuan(found.money["awards_promised"])),
            (_("需求包合同资金：已拨付"), words.yuan(found.money["awards_out"])),
            (_("需求包合同资金：已退回"), words.yuan(found.money["awards_back"])),
        ],
        cases=[
            {"code": code, "label": label, "times": found.cases[code]}
            for code, label in words.buckets().items()
        ],
        alarms=_alarms(found),
        undone=alarms_of(authority, found.day),
    )
    # Drawn anew by the page itself (watch.js), figures and alarms alone.
    part = "_board" if request.GET.get("part") else "board"
    return render(request, f"training/supervision/staff/{part}.html", context)


def _lines(found: dict[str, tuple[int, int]], kinds: dict[str, str]) -> list[dict[str, Any]]:
    rows = [
        {"label": kinds.get(kind, kind), "today": today, "year": year}
        for kind, (today, year) in found.items()
    ]
    if len(rows) > 1:
        rows.append(
            {
                "label": pgettext("实时监控", "合计"),
                "today": sum(today for today, _year in found.values()),
                "year": sum(year for _today, year in found.values()),
            }
        )
    return rows


def _alarms(found: dashboard.Snapshot) -> list[dict[str, Any]]:
    """What needs somebody now, with the list behind it; nothing where all is well."""
    rows = [
        {"text": _("已超期的办理事项"), "times": found.cases["late"], "figure": "late"},
        {"text": _("已报上级的逾期事项"), "times": found.escalated, "figure": "escalated"},
        {"text": _("超过期限的学习核实"), "times": found.holds[1], "figure": "holds"},
    ]
    return [row for row in rows if row["times"]]


LISTS = ("runs", "late", "soon", "later", "open", "escalated", "programmes")


@never_cache
@require_safe
def figure(request: HttpRequest, code: str) -> HttpResponse:
    """The rows that a figure counts, page by page."""
    _user, mine = _reader(request)
    authority = _authority(request, mine)
    if code not in LISTS:
        raise NotFound
    seen = scope.scope_of(authority)
    snapshot = dashboard.shown(authority)
    titles = words.buckets() | {
        "runs": _("正在开课的班次"),
        "escalated": _("已报上级的逾期事项"),
        "programmes": _("今年批准的研修项目"),
    }
    page = paginate(request, dashboard.listed(seen, code, snapshot.day), PER_PAGE)
    context = _context(
        titles[code],
        code=code,
        authority=authority,
        page=page,
        mine={row.pk for row in mine},
        day=snapshot.day,
    )
    return render(request, "training/supervision/staff/figure.html", context)


# --- draws ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def frame_list(request: HttpRequest) -> HttpResponse:
    """The draws of the user's authorities, and the form of the next one: first what is drawn from, then how many."""
    user, mine = _reader(request)
    may = holds(user, Role.OFFICER)
    form, status = FrameForm(user), 200
    if request.method == "POST":
        officer(request)
        form = FrameForm(user, request.POST)
        known = form.count()
        if not known:
            status = 422
        elif request.POST.get("act") == "freeze":
            made: list[SampleFrame] = []
            status = attempt_form(
                request, form, lambda: made.append(frames.freeze(user, form.new())), _("名单已封存。")
            )
            if status == DONE:
                return redirect("training_frame", made[0].uuid)
    page = paginate(request, queries.frames(mine), PER_PAGE)
    context = _context(_("抽查"), form=form if may else None, page=page, rows=list(page))
    return render(request, "training/supervision/staff/frames.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def frame(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One draw: commitments, secrets, what came out, and the checks."""
    user, _mine = _reader(request)
    found = queries.frame_for(user, uuid)
    forms: dict[str, Any] = {"commit": CommitForm(), "reveal": RevealForm(), "end": EndForm()}
    status, secret = 200, ""
    if request.method == "POST":
        status, secret, forms = _frame_act(request, user, found, forms)
        if status == DONE and not secret:
            return redirect("training_frame", uuid)
        status = 200 if status == DONE else status
        found = queries.frame_for(user, uuid)
    commits = list(found.commits.select_related("person", "reveal"))
    made = queries.draw_of(found)
    ended = getattr(found, "end", None)
    mine = next((row for row in commits if row.person_id == user.pk), None)
    is_officer = holds(user, Role.OFFICER, organisation=found.authority)
    withheld = queries.withheld(user, found)
    under_way = made is None and ended is None and is_officer
    context = _context(
        found.title,
        frame=found,
        commits=commits,
        draw=made,
        ended=ended,
        secret=secret,
        root_day=frames.root_day(found),
        takes=[(words.stratum_label(found.sort, code), number) for code, number in found.takes.items()],
        drawn=[] if withheld else queries.drawn_lines(found),
        withheld=withheld,
        commit_form=forms["commit"] if under_way and mine is None and len(commits) < 2 else None,
        reveal_form=forms["reveal"]
        if under_way and mine is not None and len(commits) == 2 and not hasattr(mine, "reveal")
        else None,
        end_form=forms["end"] if under_way else None,
    )
    return render(request, "training/supervision/staff/frame.html", context, status=status)


def _frame_act(
    request: HttpRequest, user: User, found: SampleFrame, forms: dict[str, Any]
) -> tuple[int, str, dict[str, Any]]:
    press = request.POST.get("act", "")
    if press == "commit":
        commit = CommitForm(request.POST)
        made: list[str] = []
        status = attempt_form(
            request,
            commit,
            lambda: made.append(frames.commit(user, found, commit.cleaned_data["commitment"])),
            _("指纹已公开。"),
        )
        return status, made[0] if made else "", forms | {"commit": commit}
    if press == "reveal":
        reveal = RevealForm(request.POST)
        status = attempt_form(
            request,
            reveal,
            lambda: frames.reveal(user, found, reveal.cleaned_data["secret"]),
            _("密数已公开。"),
        )
        return status, "", forms | {"reveal": reveal}
    end = EndForm(request.POST)
    status = attempt_form(
        request, end, lambda: frames.end(user, found, end.cleaned_data["reason"]), _("已放弃，理由已公开。")
    )
    return status, "", forms | {"end": end}


# --- checks -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def check_list(request: HttpRequest) -> HttpResponse:
    """The checks of the user's authorities by state, and the form of one that is ordered by hand."""
    user, mine = _reader(request)
    form, status = OrderForm(user), 200
    if request.method == "POST":
        officer(request)
        form = OrderForm(user, request.POST)
        made: list[Check] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(
                checks.order(
                    user,
                    form.authority,
                    form.cleaned_data["sort"],
                    form.cleaned_data["subject"],
                    form.cleaned_data["reason"],
                )
            ),
            _("检查已建立，请安排两位检查人员。"),
        )
        if status == DONE:
            return redirect("training_check", made[0].uuid)
    labels = {"": pgettext("检查", "全部")} | {str(code): label for code, label in Check.State.choices}
    asked = request.GET.get("state", "")
    state = asked if asked in labels else ""
    page = paginate(request, queries.checks_of(user, mine, state), PER_PAGE)
    context = _context(
        _("检查"),
        form=form if holds(user, Role.OFFICER) else None,
        page=page,
        tabs=tabs_of(labels, state),
    )
    return render(request, "training/supervision/staff/checks.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One check: who makes it, what was found, its photos and findings."""
    user, _mine = _reader(request)
    found = queries.check_for(user, uuid)
    assign, drop, status = AssignForm(found), ReasonForm(), 200
    if request.method == "POST":
        if request.POST.get("act") == "drop":
            drop = ReasonForm(request.POST)
            status = attempt_form(
                request,
                drop,
                lambda: checks.drop(user, found, drop.cleaned_data["reason"]),
                _("已取消。"),
            )
        else:
            assign = AssignForm(found, request.POST)
            status = attempt_form(
                request,
                assign,
                lambda: checks.assign(user, found, list(assign.cleaned_data["people"])),
                _("检查人员已安排。"),
            )
        if status == DONE:
            return redirect("training_check", uuid)
        found = queries.check_for(user, uuid)
    state = Check.State
    officer_here = holds(user, Role.OFFICER, organisation=found.authority)
    droppable = found.state in (state.PLANNED, state.VISITING)
    current = checks.current(found)
    context = _context(
        found.number,
        check=found,
        checkers=current,
        makes=user.pk in {row.person_id for row in current},
        rows=[
            {
                "text": item["text"],
                "criterion": words.criterion_label(item["criterion"]),
                "answer": found.answers.get(item["key"], {}),
            }
            for item in found.form.items
        ],
        photos=list(found.photos.all()),
        findings=queries.raised(found),
        assign=assign if officer_here and checks.assignable(found) else None,
        drop=drop if officer_here and droppable else None,
    )
    return render(request, "training/supervision/staff/check.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def form_list(request: HttpRequest) -> HttpResponse:
    """Versions of the check form, and the next one."""
    user, mine = _reader(request)
    form, status = FormForm(user), 200
    if request.method == "POST":
        officer(request)
        form = FormForm(user, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: checks.set_form(user, form.new()),
            _("新的检查表已公布，已经安排的检查仍用原来的。"),
        )
        if status == DONE:
            return redirect("training_check_forms")
    page = paginate(request, queries.forms_of(mine), 10)
    context = _context(
        _("检查表"),
        form=form if holds(user, Role.OFFICER) else None,
        page=page,
        rows=[
            {
                "row": row,
                "items": [(words.criterion_label(item["criterion"]), item["text"]) for item in row.items],
            }
            for row in page
        ],
    )
    return render(request, "training/supervision/staff/forms.html", context, status=status)
