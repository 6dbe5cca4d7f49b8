"""/tenders/: needs packages for everybody, bidding and opening, the panel's page, opened bids, the form of a package. Thin."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Organisation, User, holds, user_of
from lms.lib.attempts import DONE, attempt, attempt_form, refused
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate, tabs_of
from lms.training.lifecycle.http import facts_page
from lms.training.lifecycle.models import Case
from lms.training.tenders import bidding, money, panel, queries, rules, words
from lms.training.tenders.forms import InterestForm, KeyForm, PackageForm, ScoreForm, SealForm
from lms.training.tenders.models import TIES, Tender, TenderAward, TenderBid, TenderPart

PER_PAGE = 20


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Packages that take bids, those under review, and those that ended."""
    labels = {"open": _("投标中"), "review": _("开标和评审"), "done": _("已有结果")}
    state = request.GET.get("state", "")
    shown = state if state in labels else "open"
    page = paginate(request, queries.listed(shown), PER_PAGE, keys_from=0)
    user = request.user if isinstance(request.user, User) else None
    context = {
        "page": page,
        "page_obj": page,
        "rows": [{"row": row, "ceiling": words.in_yuan(row.ceiling_fen)} for row in page],
        "tabs": tabs_of(labels, shown),
        "bids": queries.own_bids(user)[:PER_PAGE] if user else [],
        "seats": queries.seats_of(user)[:PER_PAGE] if user else [],
    }
    return render(request, "training/tenders/list.html", context)


@never_cache
@require_safe
def tender(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One package: what it asks for, the sealed files, and once it is public the result with its awards."""
    found = queries.public(uuid)
    user = request.user if isinstance(request.user, User) else None
    page = paginate(request, queries.seal_list(found), 50)
    reasons = queries.published_reasons(found)
    results = [
        {
            "part": words.part_label(row.part.code),
            "lines": [
                {
                    "head": words.result_head(line),
                    "rows": words.result_rows(line),
                    "sheets": reasons.get(line["bid"], []),
                }
                for line in row.lines
            ],
        }
        for row in queries.results(found)
    ]
    context = {
        "tender": found,
        "parts": [_part(row) for row in found.parts.all()],
        "tie": words.label(found.tie, TIES),
        "page": page,
        "page_obj": page,
        "seals": queries.seal_lines(found, list(page)),
        "revealed": found.case.state in queries.REVEALED,
        "results": results,
        "awards": [
            {"row": row, "part": words.part_label(row.part.code), "amount": words.in_yuan(row.amount_fen)}
            for row in queries.awards(found)
        ],
        "notice": found.case.notices.last(),
        "ended_by": queries.ended_by(found),
        "takes": found.case.state == "published"
        and rules.takes_bids(found.published_on, found.closes_on, today()),
        "opens": found.case.state in ("published", "opening")
        and rules.opens(found.closes_on, found.opens_until, today()),
        "seat": queries.seats_of(user).filter(tender=found).first() if user else None,
        "in_charge": user is not None and holds(user, *queries.READERS, organisation=found.case.authority),
    }
    return render(request, "training/tenders/tender.html", context)


def _part(row: TenderPart) -> dict[str, Any]:
    return {
        "row": row,
        "label": words.part_label(row.code),
        "ceiling": words.in_yuan(row.ceiling_fen),
        "criteria": [words.criterion(each) for each in rules.criteria_of(row.criteria)],
    }


# --- bidders ----------------------------------------------------------------------------------------------------


def _body(request: HttpRequest, user: User) -> tuple[Organisation, list[Organisation]]:
    """For whom somebody bids: the one named (who seals for one body must not find it in another's bid), the first where none is.
    Raises NotAllowed.
    """
    bodies = list(queries.bodies_for(user)[:50])
    if not bodies:
        raise NotAllowed(_("投标由继续教育基地的机构管理员或人事专员办理。"), code="role_missing")
    asked = request.POST.get("body") or request.GET.get("body", "")
    found = next((row for row in bodies if row.code == asked or not asked), None)
    if found is None:
        raise NotAllowed(_("你不能为这个机构投标。"), code="role_missing")
    return found, bodies


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bid(request: HttpRequest, uuid: UUID, code: str) -> HttpResponse:
    """A body's bid for a part: sealing it in the browser, replacing it, taking it back, and opening it with the key."""
    user = user_of(request)
    found = queries.public(uuid)
    part = queries.part_of(found, code)
    body, bodies = _body(request, user)
    mine = queries.bid_for(user, part, body)
    seal, key, status = SealForm(), KeyForm(), 200
    if request.method == "POST":
        press = request.POST.get("act", "")
        if press == "seal":
            seal = SealForm(request.POST, request.FILES)
            status = _sealed(request, user, part, body, seal)
        elif press == "unseal" and mine is not None:
            key = KeyForm(request.POST, request.FILES)
            opening = mine
            status = attempt_form(
                request,
                key,
                lambda: bidding.unseal(user, opening, key.text()),
                _("已开标。投标内容在开标窗口结束以后交给评审。"),
            )
        elif press == "withdraw" and mine is not None:
            taken = mine
            status = attempt(request, lambda: bidding.take_back(user, taken), _("投标已撤回。"))
        else:
            status = 422
        if status == DONE:
            address = f"{request.path}?body={body.code}"
            return redirect(address)
        mine = queries.bid_for(user, part, body)
    return render(
        request,
        "training/tenders/bid.html",
        _bid_context(found, part, body, mine) | {"bodies": bodies, "seal": seal, "key": key},
        status=status,
    )


def _sealed(request: HttpRequest, user: User, part: TenderPart, body: Organisation, seal: SealForm) -> int:
    def do() -> None:
        bidding.seal(user, part, body, seal.cleaned_data["sealed"])

    if not seal.is_valid():
        try:
            # The page has no form any more at which to say what is wrong with it.
            bidding.in_time(part.tender, today())
        except Refusal as late:
            return refused(request, None, late)
    return attempt_form(
        request, seal, do, _("密封投标已收到，指纹已公开。请保管好密钥文件：没有它，谁都打不开。")
    )


def _bid_context(
    found: Tender, part: TenderPart, body: Organisation, mine: TenderBid | None
) -> dict[str, Any]:
    day = today()
    takes = found.case.state == "published" and rules.takes_bids(found.published_on, found.closes_on, day)
    about = bidding.sealing_about(part, body)
    return {
        "tender": found,
        "part": part,
        "label": words.part_label(part.code),
        "ceiling": words.in_yuan(part.ceiling_fen),
        "ceiling_fen": part.ceiling_fen,
        "body": body,
        "bid": mine,
        "seals": list(mine.seals.all()) if mine else [],
        "amount": words.in_yuan(mine.amount_fen) if mine and mine.amount_fen is not None else "",
        "why_not": bidding.why_not(body, day) if takes else "",
        "takes": takes and (mine is None or mine.case.state == "sealed"),
        "may_take_back": takes and mine is not None and mine.case.state == "sealed",
        "opens": mine is not None
        and mine.case.state == "sealed"
        and found.case.state in ("published", "opening")
        and rules.opens(found.closes_on, found.opens_until, day),
        "about": about,
        "command": f"python -m lms seal_bid FILE.pdf --tender {about.tender} --part {about.part} --bidder {about.bidder} --yuan 480000.00",
        "papers": queries.papers_of(mine) if mine else [],
        "void": words.void_text(mine.void) if mine and mine.void else "",
        "award": _award(mine) if mine else None,
    }


def _award(mine: TenderBid) -> dict[str, Any] | None:
    """The contract of a bid that won, and what of its money came."""
    row = TenderAward.objects.filter(bid=mine).first()
    return money.shown([row])[0] if row else None


@never_cache
@login_required
@require_safe
def opened(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The file of an opened bid."""
    found = queries.opened_for(user_of(request), uuid)
    kind = found.mime or "application/octet-stream"
    response = FileResponse(
        found.file.open("rb"), content_type=kind, filename=found.name or "bid", as_attachment=not found.mime
    )
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- the panel ----------------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An expert's page: about each bidder first the declaration, then the bid and the scores."""
    user = user_of(request)
    found = queries.public(uuid)
    expert = panel.seat(user, found)
    status = 200
    refused: tuple[str, object] = ("", None)
    bids = (
        {str(row.uuid): row for row in panel.valid_bids(found)}
        if found.case.state in queries.REVEALED
        else {}
    )
    if request.method == "POST" and request.POST.get("act") == "refuse":
        reason = request.POST.get("reason", "")
        status = attempt(request, lambda: panel.refuse(user, found, reason), _("已谢绝，主管部门另请专家。"))
        if status == DONE:
            return redirect("experts:own")
    elif request.method == "POST":
        chosen = bids.get(str(sent_uuid(request.POST.get("bid", ""))))
        if chosen is None:
            raise NotFound
        status, form = _of_panel(request, user, found, chosen)
        if status == DONE:
            return redirect("tenders:seat", uuid)
        refused = (str(chosen.uuid), form)
    interests, scores = queries.interests_of(found), queries.own_scores(expert, found)
    out = queries.barred(found)
    rows = []
    for key, row in bids.items():
        declared = interests.get((expert.pk, row.bidder_id))
        form = refused[1] if refused[0] == key else None
        given = scores.get(row.pk)
        rows.append(
            {
                "bid": row,
                "label": words.part_label(row.part.code),
                "amount": words.in_yuan(row.amount_fen or 0),
                "base": queries.base_line(row),
                "findings": queries.finding_lines(row),
                # With an interest in one bidder of a part, whenever it came to light, they read and score none of it.
                "declared": declared or (expert.pk, row.part_id) in out,
                "undeclared": declared is None and (expert.pk, row.part_id) not in out,
                "sheet": queries.sheet_of(given) if given else None,
                "interest": form if isinstance(form, InterestForm) else InterestForm(auto_id=f"i{row.pk}_%s"),
                "score": form
                if isinstance(form, ScoreForm)
                else ScoreForm(panel.panel_criteria(row.part), auto_id=f"s{row.pk}_%s"),
            }
        )
    context = {
        "tender": found,
        "letter": words.letter(expert.number),
        "rows": rows,
        "waiting": len(panel.waits_for(found, expert)) if bids else 0,
        "reviewing": found.case.state == "review",
        "late": found.case.state in panel.LATE_IN,
        "refusable": found.case.state in panel.NAMED_IN and not scores,
    }
    return render(request, "training/tenders/seat.html", context, status=status)


def _of_panel(request: HttpRequest, user: User, found: Tender, chosen: TenderBid) -> tuple[int, object]:
    press = request.POST.get("act", "")
    if press == "declare":
        form = InterestForm(request.POST, auto_id=f"i{chosen.pk}_%s")
        return (
            attempt_form(
                request,
                form,
                lambda: panel.declare(
                    user,
                    found,
                    chosen.bidder,
                    conflict=form.cleaned_data["conflict"] == "yes",
                    text=form.cleaned_data["text"],
                ),
                _("声明已登记。"),
            ),
            form,
        )
    if press == "score":
        sheet = ScoreForm(panel.panel_criteria(chosen.part), request.POST, auto_id=f"s{chosen.pk}_%s")
        return (
            attempt_form(
                request,
                sheet,
                lambda: panel.score(user, chosen, sheet.marks(), sheet.reasons()),
                _("打分已提交。全部专家交齐以前，别人看不到。"),
            ),
            sheet,
        )
    return 422, None


# --- the package's form --------------------------------------------------------------------------------------------


def facts(request: HttpRequest, case: Case) -> HttpResponse:
    """What a package says, part by part."""
    return facts_page(
        request, case, partial(PackageForm, case.facts), rules.dump, "training/tenders/facts.html"
    )
