"""/group/: what waits for a member of a coordination group, and saying what one thinks of it. Thin."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import user_of
from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import now
from lms.lib.pages import paginate
from lms.training.coordination import queries, services
from lms.training.coordination.forms import OpinionForm
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import conduct_of
from lms.training.lifecycle.queries import files_of

PER_PAGE = 20


@never_cache
@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The user's seats, what waits for them, and what they have said."""
    user = user_of(request)
    page = paginate(request, queries.waiting(user), PER_PAGE)
    context = {
        "page": page,
        "page_obj": page,
        "rows": [{"case": row, "heading": queries.heading(row)} for row in page],
        "seats": queries.seats(user)[:PER_PAGE],
        "opinions": queries.opinions_of(user)[:PER_PAGE],
    }
    return render(request, "training/coordination/own.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One case that waits, and one's word on it."""
    user = user_of(request)
    found = queries.case_for(user, uuid)
    mine = queries.seat(user, found.authority_id, now())
    members = [mine] if mine else []
    aside = bool(queries.must_stand_aside(found, members))
    last = queries.last_word(found, members)
    form, status = OpinionForm(initial={"stand": last.stand, "reason": last.reason} if last else None), 200
    if request.method == "POST":
        form = OpinionForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.state_opinion(
                user, found, form.cleaned_data["stand"], form.cleaned_data["reason"]
            ),
            _("已记下你的意见。决定登记以前可以改，以最后一次为准。"),
        )
        if status == DONE:
            return redirect("group:own")
    conduct, kinds = conduct_of(found), reading.kinds_of(found)
    context = {
        "case": found,
        "heading": conduct.heading(found),
        # Of their own body's case they know what everybody knows.
        "lines": conduct.public_lines(found) if aside else conduct.lines(found, kinds),
        "warnings": [] if aside else conduct.warnings(found),
        "files": [] if aside else files_of(found),
        "aside": aside,
        "last": last,
        "form": form,
    }
    return render(request, "training/coordination/case.html", context, status=status)
