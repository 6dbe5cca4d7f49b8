"""Staff screens of cases inside the Wagtail admin: an authority's queue, one case with its acts, and each process as it is
declared, with the rules that fill it.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Organisation, User, holds
from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotAllowed, NotFound, Refusal
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.training.lifecycle import diagram, queries, services
from lms.training.lifecycle.conduct import alarms_of
from lms.training.lifecycle.declaration import Process, Waits, process_of, processes
from lms.training.lifecycle.forms import AnswerForm, DelegateForm, RuleForm
from lms.training.lifecycle.handing import in_charge
from lms.training.lifecycle.http import act_forms, act_from, as_seen
from lms.training.lifecycle.models import Case

_context = partial(staff_context, icon="clipboard-list")


def reads(user: Any) -> bool:
    """Whether there are lists for them."""
    return holds(user, *queries.READERS)


def _reader(request: HttpRequest) -> tuple[User, list[Organisation]]:
    if not reads(request.user):
        raise NotAllowed
    user: User = request.user  # type: ignore[assignment]
    return user, queries.authorities_of(user)


def _process(code: str) -> Process:
    try:
        return process_of(code)
    except KeyError:
        raise NotFound from None


@require_safe
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """One process at one authority: what waits, what one has in hand, by last day, late, or in one state."""
    user, mine = _reader(request)
    process = _process(code)
    if not mine:
        raise NotAllowed
    authority = next((row for row in mine if row.code == request.GET.get("authority")), mine[0])
    states = [state for state in process.states if state.code != process.start]
    labels: dict[str, Any] = {
        "todo": pgettext("办理", "待办理"),
        "mine": _("我经办的"),
        "due": _("按期限"),
        "late": _("已超期"),
    } | {state.code: state.label for state in states}
    asked = request.GET.get("state", "")
    tab = asked if asked in labels else "todo"
    number = request.GET.get("number", "").replace("\0", "")[:40]
    page = queries.queue(user, process, authority, tab, request.GET.get("after", ""), number)
    late = queries.late_count(process, authority)
    context = _context(
        str(process.title),
        process=process,
        processes=processes(),
        authority=authority,
        authorities=mine if len(mine) > 1 else [],
        tabs=tabs_of(labels, tab),
        state=tab,
        number=number,
        page=page,
        rows=[{"case": row, "late": row.stands.late and _past(row)} for row in page.rows],
        late=late,
        late_more=late == queries.MOST_COUNTED,
        alarms=alarms_of(authority, today(), process.code),
    )
    return render(request, "training/cases/staff/queue.html", context)


def _past(row: Case) -> bool:
    return row.due_on is not None and row.due_on < today()


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One case: where it stands, what is missing, who is next and by when, its history, and the acts open to the reader."""
    user, _mine = _reader(request)
    found = queries.case_for(user, uuid)
    status, refused_form = 200, None
    if request.method == "POST":
        status, refused_form = _post(request, user, found)
        if status == DONE:
            return redirect("training_case", uuid)
        found = queries.case_for(user, uuid)
    sheet = queries.sheet(user, found)
    typed = refused_form if isinstance(refused_form, AnswerForm) else None
    context = _context(
        sheet.heading,
        sheet=sheet,
        case=found,
        forms=act_forms(sheet, refused_form),
        answer=AnswerForm(),
        # What was typed and refused stands again where it was typed.
        typed=typed,
        typed_on=request.POST.get("objection", "") if typed else "",
        delegate=refused_form if isinstance(refused_form, DelegateForm) else DelegateForm(found, user),
        may_delegate=found.waits != Waits.NOBODY
        and found.handler is not None
        and _charged(user, found, True),
        may_answer=_charged(user, found, False),
    )
    return render(request, "training/cases/staff/case.html", context, status=status)


def _post(request: HttpRequest, user: User, found: Case) -> tuple[int, object]:
    press = request.POST.get("act", "")
    as_seen(request, found)
    if press == "delegate":
        form = DelegateForm(found, user, request.POST)
        return attempt_form(request, form, lambda: _delegate(user, found, form), _("已转交。")), form
    if press in ("dismiss", "uphold_objection"):
        typed = AnswerForm(request.POST)
        status = attempt_form(
            request,
            typed,
            lambda: services.answer(
                user,
                queries.objection_on(user, found, sent_uuid(request.POST.get("objection", ""))),
                upheld=press == "uphold_objection",
                text=typed.cleaned_data["text"],
            ),
            _("异议已答复。"),
        )
        if status == 422 and typed.errors:
            messages.error(request, _("请写明核查情况和结论，不超过 1000 个字。"))
        return status, typed
    return act_from(request, user, found, press)


def _charged(user: User, found: Case, handing: bool) -> bool:
    """Whether they may answer objections to it, or (handing) hand it on: else there is no form that could only be refused."""
    try:
        in_charge(user, found, today(), handing=handing)
    except Refusal:
        return False
    return True


def _delegate(user: User, found: Case, form: DelegateForm) -> None:
    said = form.cleaned_data
    services.delegate(user, found, said["to"], said["first_day"], said["last_day"], said["reason"])


@require_http_methods(["GET", "HEAD", "POST"])
def process(request: HttpRequest, code: str) -> HttpResponse:
    """A process as it is declared: the picture, the same in words, and the authorities' rules; the platform's administrators
    publish the next version here."""
    _reader(request)
    found = _process(code)
    keeps = bool(request.user.is_superuser)  # type: ignore[union-attr]  # nobody comes here without signing in
    form, status = RuleForm(found), 200
    if request.method == "POST":
        form = RuleForm(found, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.set_rule(request.user, form.rule()),  # type: ignore[arg-type]
            _("已公布。以前受理的仍按原来的规则办理。"),
        )
        if status == DONE:
            return redirect("training_process", code)
    page = paginate(request, queries.rules_of(found), 20)
    context = _context(
        _("%(title)s：流程和规则") % {"title": found.title},
        process=found,
        # Made of our own declaration, every word of it escaped.
        picture=mark_safe(diagram.svg(found)),  # noqa: S308
        arrows=diagram.rows(found),
        rules=[
            {
                "rule": row,
                "values": [(setting.label, row.values.get(setting.name)) for setting in found.settings],
            }
            for row in page
        ],
        page=page,
        form=form if keeps else None,
    )
    return render(request, "training/cases/staff/process.html", context, status=status)


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The menu's entry: the first process in which something waits."""
    _user, mine = _reader(request)
    found = queries.first_process(mine)
    if found is None:
        raise Conflict(_("还没有声明任何办理流程。"))
    return redirect("training_cases", found.code)
