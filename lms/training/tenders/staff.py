"""Staff screens of tenders inside the Wagtail admin: the authority's packages, and one with its bids, panel and scores. Acts are done on its case."""

from functools import partial
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Organisation, Role, User, holds, user_of
from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import local_day
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.pages import paginate, staff_context
from lms.training.grants.forms import MovementForm
from lms.training.grants.purses import funds_for
from lms.training.tenders import money, panel, queries, words
from lms.training.tenders.forms import ExpertForm, FindForm, ReleaseForm, money_form
from lms.training.tenders.models import PanelExpert, Tender, TenderAward, TenderBid

PER_PAGE = 30
_context = partial(staff_context, icon="clipboard-list")


def _reader(request: HttpRequest) -> User:
    if not holds(request.user, *queries.READERS):
        raise NotAllowed
    return user_of(request)


@require_safe
def tenders(request: HttpRequest) -> HttpResponse:
    """The packages of the user's authorities."""
    user = _reader(request)
    page = paginate(request, queries.authority_tenders(user), PER_PAGE)
    return render(
        request, "training/tenders/staff/list.html", _context(_("培训项目需求包"), page=page, page_obj=page)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def tender(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One package: the panel, and from the review on the bids. Until all scores are handed in, none is shown."""
    user = _reader(request)
    found = queries.tender_for(user, uuid)
    name, gone, status = ExpertForm(panel.candidates(found)), ReleaseForm(), 200
    find = FindForm(*_about(found))
    paying: tuple[int, MovementForm] | None = None
    if request.method == "POST":
        if request.POST.get("act") == "name":
            name = ExpertForm(panel.candidates(found), request.POST)
            status = attempt_form(
                request,
                name,
                lambda: panel.name_expert(user, found, name.cleaned_data["expert"]),
                _("专家已确定。"),
            )
        elif request.POST.get("act") == "release":
            gone = ReleaseForm(request.POST)
            status = attempt_form(
                request,
                gone,
                lambda: panel.release(user, _expert(found, request), gone.cleaned_data["reason"]),
                _("已登记退出，其打分不计。"),
            )
        elif request.POST.get("act") == "find":
            find = FindForm(*_about(found), request.POST)
            status = attempt_form(
                request,
                find,
                lambda: panel.find_interest(
                    user,
                    found.experts.get(number=find.cleaned_data["number"]),
                    find.cleaned_data["bidder"],
                    find.cleaned_data["text"],
                ),
                _("已登记。这位专家不能再看这一部分的投标，其打分不算。"),
            )
        elif request.POST.get("act") == "money":
            award = _award(found, request)
            form = money_form(funds_for(found.case.authority_id, found.level), award, request.POST)
            paying = (award.pk, form)
            status = attempt_form(
                request, form, lambda: money.move(user, award, form.moved()), _("款项已登记。")
            )
        else:
            status = 422
        if status == DONE:
            return redirect("training_tender", uuid)
    officer = holds(user, Role.OFFICER, organisation=found.case.authority)
    missing = panel.gaps(found) if found.case.state == "review" else []
    context = _context(
        found.title,
        tender=found,
        experts=[
            {"row": row, "letter": words.letter(row.number)} for row in found.experts.select_related("person")
        ],
        interests=_interests(found),
        bids=[
            {
                "row": bid,
                "part": words.part_label(bid.part.code),
                "amount": words.in_yuan(bid.amount_fen) if bid.amount_fen is not None else "—",
                "base": queries.base_line(bid),
                "findings": queries.finding_lines(bid),
                "void": words.void_text(bid.void) if bid.void else "",
            }
            for bid in queries.bids_shown(found)
        ],
        missing=missing,
        ranked=_ranked(found) if found.case.state == "review" and not missing else [],
        revealed=found.case.state in queries.REVEALED,
        name=name if officer and _naming(found, missing) else None,
        gone=gone if officer and _naming(found, missing) else None,
        find=find if officer and found.case.state in panel.LATE_IN else None,
        tainted=[words.letter(number) for number in queries.tainted(found)]
        if found.case.state == "notice"
        else [],
        awards=_awards(found, officer, paying),
    )
    return render(request, "training/tenders/staff/tender.html", context, status=status)


def _awards(found: Tender, officer: bool, paying: tuple[int, MovementForm] | None) -> list[dict[str, object]]:
    """What each part was awarded for, and its money; `paying`: the award and form that could not be booked."""
    shown = money.shown(queries.awards(found))
    funds = funds_for(found.case.authority_id, found.level) if officer and shown else []
    for item in shown:
        row = item["row"]
        item["part"] = words.part_label(row.part.code)
        if officer:
            item["form"] = paying[1] if paying and paying[0] == row.pk else money_form(funds, row)
    return shown


def _award(found: Tender, request: HttpRequest) -> TenderAward:
    row = next((each for each in queries.awards(found) if each.part.code == request.POST.get("award")), None)
    if row is None:
        raise NotFound
    return row


def _about(found: Tender) -> tuple[list[tuple[int, str]], QuerySet[Organisation]]:
    """The panel, and the bidders whose bids are valid."""
    experts = [
        (row.number, f"{words.letter(row.number)} · {row.person}")
        for row in found.experts.select_related("person")
    ]
    bids = TenderBid.objects.filter(part__tender=found, judged=True, void="").order_by()
    return experts, Organisation.objects.filter(pk__in=bids.values("bidder")).order_by("name")


def _naming(found: Tender, missing: list[str]) -> bool:
    """Whether the panel can still change: until all scores are there."""
    return found.case.state in panel.NAMED_IN and (found.case.state != "review" or bool(missing))


def _ranked(found: Tender) -> list[dict[str, object]]:
    """The result as it will be announced, once nothing is missing."""
    return [
        {
            "part": words.part_label(part.code),
            "lines": [
                {"head": words.result_head(line), "rows": words.result_rows(line)}
                for line in panel.kept_lines(found, ranked)
            ],
        }
        for part, ranked in panel.reckoned(found)
    ]


def _interests(found: Tender) -> list[str]:
    rows = queries.interest_rows(found)
    return [
        _("%(day)s 查实%(who)s与%(bidder)s有利害关系：%(text)s")
        % {
            "day": local_day(row.at).isoformat(),
            "who": words.letter(row.expert.number),
            "bidder": row.bidder.name,
            "text": row.text,
        }
        if row.found_by_id is not None
        else _("%(who)s与%(bidder)s：有利害关系，%(text)s")
        % {"who": words.letter(row.expert.number), "bidder": row.bidder.name, "text": row.text}
        if row.conflict
        else _("%(who)s与%(bidder)s：没有利害关系")
        % {"who": words.letter(row.expert.number), "bidder": row.bidder.name}
        for row in rows
    ]


def _expert(found: Tender, request: HttpRequest) -> PanelExpert:
    sent = request.POST.get("expert", "")
    row = (
        found.experts.filter(number=sent).first()
        if sent.isascii() and sent.isdecimal() and len(sent) < 4
        else None
    )
    if row is None:
        raise NotFound
    return row
