"""How cases of tenders and bids are conducted: what is missing, what is shown, what an act asks for, and what follows."""

from collections.abc import Mapping

from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.training.grants.fields import FenField
from lms.training.lifecycle.conduct import (
    Done,
    Lack,
    register_asked,
    register_conduct,
    register_last_day,
    register_pages,
)
from lms.training.lifecycle.declaration import register as declare
from lms.training.lifecycle.models import Case
from lms.training.papers.api import register_template
from lms.training.tenders import bidding, letters, panel, papers, queries, rules, services, words
from lms.training.tenders.models import Tender, TenderBid
from lms.training.tenders.process import BID, BID_PROCESS, CODE, PROCESS, TENDER


class TenderConduct:
    """lms.training.lifecycle.conduct.Conduct, for needs packages."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        facts = rules.load(case.facts)
        return [
            Lack(f"{fault.value}_{part}".rstrip("_"), words.fault_text(fault, part), source=str(TENDER))
            for fault, part in rules.faults(facts)
        ]

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return 1

    def heading(self, case: Case) -> str:
        return _("培训项目需求包：%(title)s") % {"title": rules.load(case.facts).title or _("未写名称")}

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        found = [(_("需求单位"), case.body.name), *words.lines(rules.load(case.facts))]
        tender = Tender.objects.filter(case=case).first()
        if tender is not None:
            found += [
                (_("投标截止日"), tender.closes_on.isoformat()),
                (_("开标窗口到"), tender.opens_until.isoformat()),
            ]
        return found

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        """The result of each part as it will be kept; nothing while something is missing, which the act then refuses."""
        tender = Tender.objects.filter(case=case).select_related("case__rule").first()
        if tender is None or panel.gaps(tender):
            return []
        found = [(_("需求包"), f"{case.number} {tender.title}")]
        for part, ranked in panel.reckoned(tender):
            heads = [words.result_head(line) for line in panel.kept_lines(tender, ranked)]
            found.append((words.part_label(part.code), words.joined(heads) or _("没有有效投标，流标")))
        return found

    def warnings(self, case: Case) -> list[str]:
        """In review: what is missing before the result, and what checks found of the bidders."""
        tender = Tender.objects.filter(case=case).select_related("case__rule").first()
        if tender is None or case.state != "review":
            return []
        return [*panel.gaps(tender), *queries.bidder_notes(tender)]

    def after(self, done: Done) -> None:
        services.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        from lms.training.tenders.http import facts

        return facts(request, case)

    def open_to(self, body: Organisation) -> str:
        return ""


class BidConduct:
    """The same, for bids: what they say is sealed, and nothing here can show it."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        return []

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return 1

    def heading(self, case: Case) -> str:
        bid = queries.bid_of(case)
        if bid is None:
            return _("需求包投标")
        return _("投标：%(title)s（%(part)s）") % {
            "title": bid.part.tender.title,
            "part": words.part_label(bid.part.code),
        }

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        bid = queries.bid_of(case)
        if bid is None:
            return []
        tender = bid.part.tender
        return [
            (_("需求包"), f"{tender.case.number} {tender.title}"),
            (_("投标内容"), words.part_label(bid.part.code)),
            (_("投标单位"), bid.bidder.name),
            (_("投标截止日"), tender.closes_on.isoformat()),
            (_("开标窗口到"), tender.opens_until.isoformat()),
            *((_("密封文件指纹（第 %(n)s 号）") % {"n": row.number}, row.sha256) for row in bid.seals.all()),
        ]

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        return []

    def warnings(self, case: Case) -> list[str]:
        return []

    def after(self, done: Done) -> None:
        bidding.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        bid = queries.bid_of(case)
        return redirect(_bid_page(bid)) if bid else redirect("tenders:list")

    def open_to(self, body: Organisation) -> str:
        return bidding.open_to(body)


def _bid_page(bid: TenderBid) -> str:
    address = reverse("tenders:bid", args=[bid.part.tender.uuid, bid.part.code])
    return f"{address}?body={bid.bidder.code}"


def pages(case: Case) -> list[tuple[str, str]]:
    row = Tender.objects.filter(case=case).first()
    if row is None:
        return []
    return [
        (_("需求包公开页"), reverse("tenders:tender", args=[row.uuid])),
        (_("专家、投标和打分"), reverse("training_tender", args=[row.uuid])),
    ]


def bid_pages(case: Case) -> list[tuple[str, str]]:
    bid = queries.bid_of(case)
    return [(_("投标和开标"), _bid_page(bid))] if bid else []


def amounts(case: Case) -> Mapping[str, Field]:
    """The contract's amount of each part, as the bid has it."""
    tender = Tender.objects.filter(case=case).first()
    if tender is None:
        return {}
    return {
        f"amount_{row.part.code}": FenField(
            label=_("“%(part)s”的合同金额（元）") % {"part": words.part_label(row.part.code)},
            initial=row.first.amount_fen,
            help_text=_("不高于预算上限 %(ceiling)s 和 %(name)s 的报价。")
            % {"ceiling": words.in_yuan(row.part.ceiling_fen), "name": row.first.bidder.name},
        )
        for row in services.results_now(tender)
        if row.first is not None
    }


def register() -> None:
    """Called when the application is ready."""
    declare(PROCESS)
    declare(BID_PROCESS)
    register_conduct(CODE, TenderConduct())
    register_conduct(BID, BidConduct())
    register_last_day(CODE, "publish", services.closing)
    register_last_day(CODE, "open", services.opening)
    register_last_day(BID, "seal", bidding.last_day)
    register_asked(CODE, "award", amounts)
    register_pages(CODE, pages)
    register_pages(BID, bid_pages)
    for template in papers.TEMPLATES:
        register_template(template)
    letters.register()
