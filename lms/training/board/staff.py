"""Staff screens of the board inside the Wagtail admin: what one's authorities posted, posting by hand, correcting, withdrawing."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.accounts.api import Role, User, holds
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotFound
from lms.lib.pages import staff_context
from lms.training import directories
from lms.training.access import authorities, officer
from lms.training.board import queries, services
from lms.training.board.forms import CorrectForm, DirectoryForm, PostForm, WithdrawForm
from lms.training.board.models import Posting

_context = partial(staff_context, icon="clipboard-list")


@require_http_methods(["GET", "HEAD", "POST"])
def postings(request: HttpRequest) -> HttpResponse:
    """The postings of the user's authorities, and the form for one by hand."""
    user = officer(request)
    choices = [(row.code, row.title) for row in directories.directories()]
    form, listed, status = PostForm(user), DirectoryForm(user, choices), 200
    if request.method == "POST" and request.POST.get("act") == "directory":
        listed = DirectoryForm(user, choices, request.POST)
        status = attempt_form(
            request,
            listed,
            lambda: directories.publish(
                user, listed.cleaned_data["authority"], listed.cleaned_data["directory"]
            ),
            _("已发布今天的名录，即时公开。"),
        )
        if status == DONE:
            return redirect("training_board")
    elif request.method == "POST":
        form = PostForm(user, request.POST)
        status = attempt_form(
            request, form, lambda: services.post(user, **form.cleaned_data), _("已发布，即时公开。")
        )
        if status == DONE:
            return redirect("training_board")
    context = _context(
        _("公告栏"),
        form=form,
        listed=listed,
        page=queries.posted_by(authorities(user), request.GET.get("after", "")),
    )
    return render(request, "training/board/staff/list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def posting(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One posting: its correction or its withdrawal."""
    user = officer(request)
    found = _own(user, uuid)
    said = {name: getattr(found, name) for name in ("title", "body", "url", "last_day")}
    correct, withdraw, status = CorrectForm(user, initial=said), WithdrawForm(), 200
    if request.method == "POST" and request.POST.get("act") == "withdraw":
        withdraw = WithdrawForm(request.POST)
        status = attempt_form(
            request,
            withdraw,
            lambda: services.withdraw(user, found, withdraw.cleaned_data["reason"]),
            _("已撤回。"),
        )
    elif request.method == "POST":
        correct = CorrectForm(user, request.POST)
        status = attempt_form(
            request,
            correct,
            lambda: services.post(
                user,
                authority=found.authority,
                kind=found.kind,
                subject=found.subject,
                replaces=found,
                again=request.POST.get("act") == "again",
                **correct.cleaned_data,
            ),
            _("更正已发布，原公告仍可查到。"),
        )
    if status == DONE:
        return redirect("training_board")
    act = "again" if hasattr(found, "withdrawal") else "correct"
    context = _context(found.title, posting=found, correct=correct, withdraw=withdraw, act=act)
    return render(request, "training/board/staff/posting.html", context, status=status)


def _own(user: User, uuid: UUID) -> Posting:
    """A posting of an authority the user is an officer of, not replaced; withdrawn, it can be posted anew. Raises NotFound."""
    found = queries.last_ones().select_related("withdrawal").filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=found.authority):
        raise NotFound
    return found
