"""Staff screens of continuing-education bases inside the Wagtail admin, for officers: the overview with what is missing, the standard, one
review with its experts, and the yearly exchange."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import today
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate, staff_context
from lms.training.access import authorities, officer
from lms.training.ce_bases import exchange as events
from lms.training.ce_bases import queries, reviews, words
from lms.training.ce_bases.forms import AppointForm, ExchangeForm, MinutesForm, StandardForm
from lms.training.ce_bases.models import LEVELS, BaseStandard, Exchange
from lms.training.ce_bases.process import CODE, FILING_CODE

PER_PAGE = 30
# An officer of more authorities than these looks at the first ones.
MOST_AUTHORITIES = 10
_context = partial(staff_context, icon="home")


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The bases that stand with level, score and the day of the next evaluation; and what is missing: plans of the year, years without
    an exchange, a standard."""
    user = officer(request)
    mine = list(authorities(user)[:MOST_AUTHORITIES])
    page = paginate(request, queries.bases_for(mine), PER_PAGE)
    day = today()
    stands = queries.standings_of(list(page), day)
    context = _context(
        _("继续教育基地"),
        page=page,
        rows=[
            {
                "base": row,
                "stands": stands[row.pk],
                "level": words.label(stands[row.pk].level, LEVELS),
                "score": words.mark_text(stands[row.pk].score),
                "late": row.case.due_on is not None and row.case.due_on < day,
            }
            for row in page
        ],
        reviews=queries.open_reviews(mine),
        missing=[
            {
                "authority": row,
                "standard": reviews.standard_on(row, day),
                "unfiled": queries.without_plan(row, day.year),
                "years": queries.years_without(row),
            }
            for row in mine
        ],
        year=day.year,
        code=CODE,
        filing_code=FILING_CODE,
    )
    return render(request, "training/ce_bases/staff/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def standards(request: HttpRequest) -> HttpResponse:
    """Every version of the user's authorities' standards, and the form of the next one."""
    user = officer(request)
    form, status = StandardForm(user), 200
    if request.method == "POST":
        form = StandardForm(user, request.POST)
        made: list[BaseStandard] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(reviews.publish_standard(user, form.new())),
            _("评估标准已发布。已经开始的评审仍按原来的标准。"),
        )
        if status == DONE:
            return redirect("training_ce_standards")
    page = paginate(request, queries.standards().filter(authority__in=authorities(user)), PER_PAGE)
    context = _context(_("继续教育基地评估标准"), page=page, form=form)
    return render(request, "training/ce_bases/staff/standards.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One review: who is asked, who has handed in, and once it is closed everybody's marks."""
    user = officer(request)
    found = queries.review_for(user, uuid)
    form, status = AppointForm(found), 200
    if request.method == "POST":
        if request.POST.get("act") == "release":
            seat = queries.seat_in(found, sent_uuid(request.POST.get("row", "")))
            reason = request.POST.get("reason", "")
            status = attempt(request, lambda: reviews.release(user, seat, reason), _("已撤换。"))
        elif request.POST.get("act") == "tie":
            seat = queries.seat_in(found, sent_uuid(request.POST.get("row", "")))
            text = request.POST.get("reason", "")
            status = attempt(
                request,
                lambda: reviews.find_tie(user, seat, text),
                _("已登记。这位专家的评分不计；已经用它汇总过的得分作废，重新评审。"),
            )
        else:
            form = AppointForm(found, request.POST)
            status = attempt_form(
                request,
                form,
                lambda: reviews.appoint(user, found, form.cleaned_data["expert"]),
                _("已邀请，专家在“我的评审”里声明和评分。"),
            )
        if status == DONE:
            last = queries.last_review_uuid(found.case_id)
            return redirect("training_ce_review", last or uuid)
    terms = words.terms_of(found.standard)
    closed = found.closed_on is not None
    lines = words.reckoned(found)
    goes_on = not found.case.stands.final and queries.last_review_uuid(found.case_id) == found.uuid
    context = _context(
        _("%(body)s：专家评审") % {"body": found.case.body.name},
        review=found,
        terms=terms,
        closed=closed,
        verdict=words.verdict(found),
        lines=[{"line": line, "mean": words.mark_text(line.mean)} for line in lines],
        reckoning=words.reckoning_text(lines, found.centimarks or 0) if closed else "",
        seats=[
            {
                "row": row,
                "marks": [
                    {"label": item.label, **row.marks[item.code]}
                    for item in terms.criteria
                    if item.code in row.marks
                ]
                if closed
                else [],
            }
            for row in found.seats.select_related("expert")
        ],
        form=None if closed else form,
        goes_on=goes_on,
    )
    return render(request, "training/ce_bases/staff/review.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def exchanges(request: HttpRequest) -> HttpResponse:
    """The yearly exchanges, the years without one, and the form of the next."""
    user = officer(request)
    mine = list(authorities(user)[:MOST_AUTHORITIES])
    form, status = ExchangeForm(user), 200
    if request.method == "POST":
        form = ExchangeForm(user, request.POST)
        made: list[Exchange] = []
        status = attempt_form(
            request, form, lambda: made.append(events.announce(user, form.new())), _("活动已发布在公告栏。")
        )
        if status == DONE:
            return redirect("training_ce_exchange", made[0].uuid)
    page = paginate(request, queries.exchanges_for(mine), PER_PAGE)
    context = _context(
        _("基地横向交流"),
        page=page,
        form=form,
        missing=[{"authority": row, "years": queries.years_without(row)} for row in mine],
    )
    return render(request, "training/ce_bases/staff/exchanges.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One event: who takes part, its minutes, calling it off."""
    user = officer(request)
    found = queries.exchange_for(user, uuid)
    last = found.minutes.last()
    form, status = MinutesForm(initial={"text": last.text if last else ""}), 200
    if request.method == "POST":
        if request.POST.get("act") == "call_off":
            reason = request.POST.get("reason", "")
            status = attempt(request, lambda: events.call_off(user, found, reason), _("活动已取消。"))
        else:
            form = MinutesForm(request.POST)
            status = attempt_form(
                request,
                form,
                lambda: events.keep_minutes(user, found, form.cleaned_data["text"]),
                _("纪要已公开。"),
            )
            if status != DONE and form.errors:
                messages.error(request, _("请写明交流的情况，至少 10 个字。"))
        if status == DONE:
            return redirect("training_ce_exchange", uuid)
    held = found.held_on <= today() and not found.cancelled
    context = _context(
        found.theme,
        exchange=found,
        places=found.places.select_related("base__body"),
        minutes=last,
        form=form if held else None,
        may_call_off=not found.cancelled and found.held_on >= today() and last is None,
    )
    return render(request, "training/ce_bases/staff/exchange.html", context, status=status)
