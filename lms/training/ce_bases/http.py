"""/ce-bases/: the directory of continuing-education bases, one base, standards, filed plans and the yearly exchange for everybody; the
page of a base's own people; the experts' reviews; the forms of an application and of a yearly plan. Thin."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import User, actor, user_of
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.audit.services import record
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.evidence import handed_out
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate
from lms.lib.verify.rules import grouped
from lms.training.ce_bases import exchange as events
from lms.training.ce_bases import filings, queries, reviews, rules, words
from lms.training.ce_bases.forms import (
    DeclareForm,
    DirectoryForm,
    FactsForm,
    HoldForm,
    MarksForm,
    PlanForm,
    ShareForm,
    SignUpForm,
)
from lms.training.ce_bases.models import INDUSTRIES, LEVELS, EducationBase, SharedResource
from lms.training.ce_bases.process import CODE, DOCUMENT, FILING_CODE
from lms.training.lifecycle.http import facts_page
from lms.training.lifecycle.models import Case

PER_PAGE = 20


# --- public ----------------------------------------------------------------------------------------------------


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The bases of a day by level and score, filtered by industry and level; with ?state=left those that have left."""
    form = DirectoryForm(request.GET)
    industry, level, day = form.asked()
    gone = request.GET.get("state") == "left"
    page = paginate(request, queries.left(day) if gone else queries.directory(day, industry, level), PER_PAGE)
    stands = {} if gone else queries.standings_of(list(page), day)
    user = request.user
    context = {
        "form": form,
        "page": page,
        "page_obj": page,
        "rows": [_listed(row, stands.get(row.pk)) for row in page],
        "gone": gone,
        "day": day,
        "past": day != today(),
        "document": DOCUMENT,
        "code": CODE,
        "mine": queries.bases_of(user) if isinstance(user, User) else [],
        "reviews": queries.seats_of(user).exists() if isinstance(user, User) else False,
        "standards": queries.standards()[:10],
        "query": _query(industry, level, request.GET.get("day", "") if day != today() else ""),
    }
    return render(request, "training/ce_bases/list.html", context)


def _query(industry: str, level: str, day: str) -> str:
    pairs = (("industry", industry), ("level", level), ("day", day))
    return "&".join(f"{name}={value}" for name, value in pairs if value)


def _listed(row: EducationBase, stands: queries.Standing | None) -> dict[str, Any]:
    return {
        "base": row,
        "stands": stands,
        "level": words.label(stands.level, LEVELS) if stands else "",
        "score": words.mark_text(stands.score) if stands else "",
        "industry": words.label(row.industry, INDUSTRIES),
    }


@require_safe
def base(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One base: its standing, evaluations with their reckoning, plans and history."""
    found = queries.base(uuid)
    stands = queries.standings_of([found], today())[found.pk] if found.active else None
    code = queries.certificate_code(found)
    user = request.user
    context = {
        "base": found,
        "listed": _listed(found, stands),
        "stands": stands,
        "levels": found.levels.all(),
        "code": code,
        "code_shown": grouped(code) if code else "",
        "reviews": [
            {"row": row, "lines": words.reckoned(row), "text": _reckoning(row), "verdict": words.verdict(row)}
            for row in queries.reviews_of(found)[:10]
        ],
        "filings": queries.filings_of(found)[:PER_PAGE],
        "history": queries.history(found),
        "manages": isinstance(user, User) and any(row.pk == found.pk for row in queries.bases_of(user)),
    }
    return render(request, "training/ce_bases/base.html", context)


def _reckoning(row: Any) -> str:
    return words.reckoning_text(words.reckoned(row), row.centimarks or 0)


@require_safe
def standard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One version of a standard, and the others of the authority."""
    found = queries.standard(uuid)
    terms = words.terms_of(found)
    context = {
        "standard": found,
        "terms": terms,
        "interval": words.interval_text(terms),
        "exit": words.exit_text(terms),
        "others": queries.standards().filter(authority=found.authority).exclude(pk=found.pk)[:PER_PAGE],
    }
    return render(request, "training/ce_bases/standard.html", context)


@require_safe
def filing(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One filed plan with its classes."""
    found = queries.filing(uuid)
    page = paginate(request, queries.classes_of(found), rules.MOST_CLASSES)
    context = {
        "filing": found,
        "page": page,
        "page_obj": page,
        "rows": [{"row": row, "fee": words.fee_text(row.fee_fen)} for row in page],
    }
    return render(request, "training/ce_bases/filing.html", context)


@require_safe
def years(request: HttpRequest) -> HttpResponse:
    return render(request, "training/ce_bases/years.html", {"years": queries.exchange_years()})


@require_safe
def year(request: HttpRequest, number: int) -> HttpResponse:
    """The exchange of one year: events with participants and minutes, and the shared resources."""
    if not rules.FIRST_YEAR <= number <= rules.LAST_YEAR:
        raise NotFound
    page = paginate(request, queries.resources_of(number), PER_PAGE)
    whole = queries.sees_contacts(request.user)
    context = {
        "year": number,
        "events": [
            {"row": row, "places": row.places.all(), "minutes": next(iter(row.minutes.all()), None)}
            for row in queries.exchanges_of(number)
        ],
        "page": page,
        "page_obj": page,
        "rows": [{"row": row, "contact": _contact(row, whole=whole)} for row in page],
        "whole": whole,
    }
    return render(request, "training/ce_bases/year.html", context)


def _contact(row: SharedResource, *, whole: bool) -> str:
    if whole:
        return f"{row.contact_name} {row.contact_phone}"
    return f"{rules.masked_name(row.contact_name)} {rules.masked_phone(row.contact_phone)}"


# --- a base's own people ------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a base's people do: plans and the runs of their classes, the exchange, what is shared."""
    user = user_of(request)
    found = queries.managed(user, uuid)
    runs = queries.unbound_runs(found)
    hold, share, sign_up, status = None, ShareForm(), SignUpForm(), 200
    if request.method == "POST":
        press = request.POST.get("act", "")
        if press == "hold":
            form = hold = HoldForm(runs, request.POST.get("row", "")[:36], request.POST)
            status = attempt_form(
                request,
                form,
                lambda: filings.hold_as(
                    user,
                    queries.filed_class(found, sent_uuid(request.POST.get("row", ""))),
                    sent_uuid(form.cleaned_data["run"]),
                ),
                _("班次已对应到备案，学时按备案计算。"),
            )
        elif press == "share":
            share = ShareForm(request.POST)
            status = attempt_form(
                request,
                share,
                lambda: events.share(user, found, share.new()),
                _("资源已登记，在年度页公开。"),
            )
        elif press == "end":
            row = request.POST.get("row", "")
            status = attempt(
                request, lambda: events.end_sharing(user, found, sent_uuid(row)), _("已停止共享。")
            )
        elif press == "sign_up":
            sign_up = SignUpForm(request.POST)
            status = attempt_form(
                request,
                sign_up,
                lambda: events.sign_up(
                    user,
                    queries.exchange(sent_uuid(request.POST.get("row", ""))),
                    found,
                    sign_up.cleaned_data["brings"],
                ),
                _("已报名参加。"),
            )
        if status == DONE:
            return redirect("ce_bases:manage", uuid)
    context = {
        "base": found,
        "filings": [
            _plan(row, runs, hold, request.POST.get("row", ""))
            for row in queries.filings_with_classes(found)[:10]
        ],
        "code": FILING_CODE,
        "resources": queries.own_resources(found)[:PER_PAGE],
        "events": [
            {"row": row, "there": any(place.base_id == found.pk for place in row.places.all())}
            for row in queries.events_ahead(found)
        ],
        "share": share,
        "sign_up": sign_up,
    }
    return render(request, "training/ce_bases/manage.html", context, status=status)


def _plan(row: Any, runs: list[Any], refused: HoldForm | None, asked: str) -> dict[str, Any]:
    """A filed plan with its classes and, of those that are not held yet, the form that says as what."""
    classes = []
    for item in row.classes.all():
        bound = getattr(item, "held_as", None)
        form = None
        if bound is None and row.revoked_on is None:
            form = refused if refused is not None and asked == str(item.uuid) else HoldForm(runs, item.uuid)
        classes.append({"row": item, "run": bound.run if bound else None, "form": form})
    return {"row": row, "classes": classes}


# --- experts -------------------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    """The reviews somebody was asked for."""
    page = paginate(request, queries.seats_of(user_of(request)), PER_PAGE)
    return render(request, "training/ce_bases/panel.html", {"page": page, "page_obj": page})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One review as an expert has it: the declaration first, then what was handed in, and the marks."""
    user = user_of(request)
    found = queries.seat_for(user, uuid)
    terms = words.terms_of(found.review.standard)
    declaration, marks, status = DeclareForm(), MarksForm(terms.criteria), 200
    if request.method == "POST":
        if request.POST.get("act") == "refuse":
            reason = request.POST.get("reason", "")
            status = attempt(
                request, lambda: reviews.refuse(user, found, reason), _("已谢绝，主管部门另请专家。")
            )
            if status == DONE:
                return redirect("ce_bases:panel")
        elif request.POST.get("act") == "disclose":
            reason = request.POST.get("reason", "")
            status = attempt(
                request, lambda: reviews.disclose(user, found, reason), _("已登记，你的评分不计。")
            )
        elif request.POST.get("act") == "declare":
            declaration = DeclareForm(request.POST)
            status = attempt_form(
                request,
                declaration,
                lambda: reviews.declare(
                    user,
                    found,
                    independent=declaration.cleaned_data["independent"] == "yes",
                    conflict=declaration.cleaned_data["conflict"],
                ),
                _("声明已记下。"),
            )
        else:
            marks = MarksForm(terms.criteria, request.POST)
            status = attempt_form(
                request,
                marks,
                lambda: reviews.hand_in(user, found, marks.marks(), marks.cleaned_data["remark"]),
                _("评分已交回。"),
            )
        if status == DONE:
            return redirect("ce_bases:seat", uuid)
        found = queries.seat_for(user, uuid)
    case = found.review.case
    closed, open_now = found.review.closed_on is not None, queries.is_open(found.review)
    reads = queries.may_read(found)
    context = {
        "seat": found,
        "case": case,
        "lines": words.lines(rules.load(case.facts)),
        "files": [
            {"row": row, "label": kind.label if (kind := case.declared.kind(row.kind)) else row.kind}
            for row in queries.evidence_for(user, found)
        ],
        "given": [
            {"label": item.label, "weight": item.weight, **found.marks[item.code]}
            for item in terms.criteria
            if item.code in found.marks
        ],
        "verdict": words.verdict(found.review) if closed else "",
        "declaration": declaration if open_now and found.independent is None else None,
        "reads": reads,
        "discloses": bool(found.independent) and found.tied_at is None and not case.stands.final,
        "marks": marks if open_now and reads and found.handed_in_at is None else None,
    }
    return render(request, "training/ce_bases/seat.html", context, status=status)


@never_cache
@login_required
@require_safe
def seat_file(request: HttpRequest, uuid: UUID, file: UUID) -> FileResponse:
    """A paper of the application, for an expert in an open review who has declared; the look is logged."""
    user = user_of(request)
    found = queries.seat_for(user, uuid)
    row = next((row for row in queries.evidence_for(user, found) if row.uuid == file), None)
    if row is None:
        raise NotFound
    record(
        actor(user),
        action="ce_review.view_file",
        target_type="training.BaseReview",
        target=found.review.uuid,
        data={"file": str(row.uuid), "kind": row.kind},
    )
    return handed_out(row)


# --- the forms of cases --------------------------------------------------------------------------------------------


def facts(request: HttpRequest, case: Case) -> HttpResponse:
    """What an application says."""
    return facts_page(
        request, case, partial(FactsForm, case.facts), rules.dump, "training/ce_bases/facts.html"
    )


def plan_facts(request: HttpRequest, case: Case) -> HttpResponse:
    """A yearly plan, class by class."""
    return facts_page(
        request, case, partial(PlanForm, case.facts), rules.dump, "training/ce_bases/plan_facts.html"
    )
