"""What acts on a needs package bring: it is published, opened, reviewed, announced, awarded, failed or cancelled.

Owns: Tender, TenderPart, TenderAward. Refuses: a last day that is too near, a review while keys may still come or without a valid bid, a failure while
there is one that was not looked at, a result with something missing, a second review without an upheld objection, a contract above the ceiling or the
bid, and acts by people of a bidder.
"""

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from lms.lib.workdays import NoCalendar, add_working_days
from lms.training.board import api as board
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.declaration import Side
from lms.training.lifecycle.models import Case, Objection
from lms.training.lifecycle.services import NewRule, rule_on
from lms.training.lifecycle.words import no_calendar
from lms.training.tenders import bidding, letters, panel, papers, queries, rules, words
from lms.training.tenders.models import Tender, TenderAward, TenderBid, TenderPart, TenderResult
from lms.training.tenders.process import BID, MONEY, TENDER

PLATFORM = Actor.system("tenders")
SEALED = "sealed"


def tender_of(case: Case) -> Tender | None:
    found = Tender.objects.filter(case=case).first()
    return bidding.locked(found) if found else None


def closing(case: Case, day: date) -> date | None:
    """The last day for bids of a package that is published on a day. Raises NoCalendar."""
    return rules.closing_day(rules.load(case.facts), day, add_working_days)


def opening(case: Case, day: date) -> date | None:
    """The last day for keys."""
    return Tender.objects.filter(case=case).values_list("opens_until", flat=True).first()


@transaction.atomic
def after(done: Done) -> None:
    """What an act on a package brings, or why it cannot be done; inside its transaction."""
    name = done.transition.name
    papers.of_package(done)
    if name == "publish":
        _publish(done)
        return
    tender = tender_of(done.case)
    if tender is None:
        return
    # The row was read before this act moved it.
    tender.case = done.case
    if done.transition.side == Side.AUTHORITY and done.act.person is not None:
        panel.unbiased(done.act.person, tender)
    follows = {
        "review": _review,
        "announce": _announce,
        "again": _again,
        "award": _award,
        "fail": _fail,
        "void": _void,
        "cancel": _cancel,
    }.get(name)
    if follows is not None:
        follows(done, tender)
    over = dict.fromkeys(("cancel", "fail", "void"), letters.OFF)
    told = {"review": letters.REVIEW, "again": letters.REVIEW} | over
    # What is entered of the past is news to nobody.
    if name in told and done.day == today():
        letters.to_the_panel(told[name], tender)
    if done.day == today():
        letters.to_bidders(done, tender)


def _publish(done: Done) -> None:
    case, facts = done.case, rules.load(done.case.facts)
    closes = closing(case, done.day)
    assert closes is not None
    assert case.rule is not None
    least = case.rule.values.get("least_bid_days") or 1
    try:
        nearest, opens_until = (
            add_working_days(done.day, least),
            add_working_days(closes, facts.opening_days),
        )
    except NoCalendar as error:
        raise no_calendar(case.declared, done.transition, error) from error
    if closes < nearest:
        raise Conflict(
            words.cite(
                _("投标截止日 %(day)s 太近：发布后至少 %(least)s 个工作日，最早 %(nearest)s。请退回补正。")
                % {"day": closes.isoformat(), "least": least, "nearest": nearest.isoformat()},
                TENDER,
            ),
            code="too_near",
        )
    tender = Tender.objects.create(
        case=case,
        title=facts.title.strip()[:120],
        level=facts.level,
        fund=facts.fund,
        tie=facts.tie,
        published_on=done.day,
        closes_on=closes,
        opens_until=opens_until,
    )
    for lot in facts.lots:
        TenderPart.objects.create(
            tender=tender,
            code=lot.part,
            need=lot.need,
            ceiling_fen=lot.ceiling_fen,
            days=lot.days,
            criteria=rules.dump(rules.Facts(lots=(lot,)))["lots"][0]["criteria"],
        )
    if rule_on(BID, case.authority, done.day) is None:
        # Bids go by the package they answer: the authority has a rule for these, and a bid's own sets no number.
        cases.set_rule(PLATFORM, NewRule(BID, case.authority, done.day, {}, case.rule.source[:300]))
    papers.package(done, tender)
    with override(settings.LANGUAGE_CODE):
        body = "\n".join(f"{head}：{value}" for head, value in words.lines(facts))
        _post(tender, board.Kind.TENDER, _("培训项目需求包：%(title)s"), body, "published", done.day, closes)


def _post(
    tender: Tender, kind: str, title: str, body: str, what: str, first: date, last: date | None = None
) -> None:
    """In the platform's language, on the notice board."""
    board.post(
        PLATFORM,
        kind=kind,
        title=title % {"title": tender.title},
        authority=tender.case.authority,
        subject=tender.subject,
        body=body,
        url=f"/tenders/{tender.uuid}/",
        first_day=first,
        last_day=last,
        key=f"{tender.subject}:{what}",
    )


def _settled(done: Done, tender: Tender) -> None:
    """No key can come any more: the window is over, or each sealed bid was opened or taken back. Then what was opened is judged."""
    waiting = TenderBid.objects.filter(part__tender=tender, case__state=SEALED).exists()
    if done.day <= tender.closes_on or (waiting and done.day <= tender.opens_until):
        raise Conflict(
            words.cite(
                _("开标窗口到 %(day)s，期间投标单位还可以提交密钥，现在不能进入下一步。")
                % {"day": tender.opens_until.isoformat()},
                TENDER,
            ),
            code="window_open",
        )
    bidding.judge(tender)


def _review(done: Done, tender: Tender) -> None:
    _settled(done, tender)
    if not panel.valid_bids(tender):
        raise Conflict(words.cite(_("没有一份有效投标，不能评审；请办理“流标”。"), TENDER), code="no_bid")


def _announce(done: Done, tender: Tender) -> None:
    papers.notice(done, panel.keep_results(tender, done.at))


def _again(done: Done, tender: Tender) -> None:
    notice = done.case.notices.order_by("-pk").first()
    upheld = notice is not None and notice.objections.filter(state=Objection.State.UPHELD).exists()
    if not upheld and not queries.tainted(tender):
        # Else whoever dislikes the winner would have it scored anew, by others, until it is another.
        raise Conflict(
            words.cite(
                _("只有公示期内的异议成立，或查实打分的专家与投标单位有利害关系，才能重新评审。"), TENDER
            ),
            code="no_objection_upheld",
        )
    tender.round += 1
    tender.save(update_fields=["round"])
    papers.end_notice(done)


def _award(done: Done, tender: Tender) -> None:
    if numbers := queries.tainted(tender):
        raise Conflict(
            words.cite(
                _("%(who)s打分以后查出与投标单位有利害关系，这次结果不能采用，要重新评审。")
                % {"who": words.joined(words.letter(number) for number in numbers)},
                TENDER,
            ),
            code="interest_found",
        )
    made, failed = [], []
    for result in results_now(tender):
        if result.first is None:
            failed.append(words.part_label(result.part.code))
            continue
        part, bid = result.part, result.first
        field = f"amount_{part.code}"
        price = bid.amount_fen or 0
        amount = done.values.get(field)
        amount = price if amount is None else amount
        if not 1 <= amount <= part.ceiling_fen or amount > price:
            raise Invalid(
                words.cite(
                    _("“%(part)s”的合同金额不能高于预算上限 %(ceiling)s，也不能高于报价 %(price)s。")
                    % {
                        "part": words.part_label(part.code),
                        "ceiling": words.in_yuan(part.ceiling_fen),
                        "price": words.in_yuan(price),
                    },
                    MONEY,
                ),
                code="above_ceiling",
                details={"field": field},
            )
        row = TenderAward.objects.create(
            part=part,
            bid=bid,
            amount_fen=amount,
            ceiling_fen=part.ceiling_fen,
            bid_fen=price,
            awarded_on=done.day,
            at=done.at,
        )
        papers.award(done, row)
        made.append(row)
    if not made:
        raise Conflict(words.cite(_("每一部分都没有有效投标，请办理“流标”。"), TENDER), code="no_bid")
    with override(settings.LANGUAGE_CODE):
        texts = [
            _("%(part)s：%(name)s，合同金额 %(amount)s")
            % {
                "part": words.part_label(row.part.code),
                "name": row.bid.bidder.name,
                "amount": words.in_yuan(row.amount_fen),
            }
            for row in made
        ]
        texts += [_("%(part)s：没有有效投标，流标") % {"part": name} for name in failed]
        _post(
            tender, board.Kind.RESULT, _("需求包确定承接方：%(title)s"), "\n".join(texts), "awarded", done.day
        )


def results_now(tender: Tender) -> list[TenderResult]:
    """Of the present round, part by part."""
    rows = TenderResult.objects.filter(part__tender=tender, round=tender.round)
    return list(rows.select_related("part__tender__case", "first__bidder", "first__case").order_by("part"))


def _fail(done: Done, tender: Tender) -> None:
    """Nobody has bid, or nothing that was opened is valid."""
    _settled(done, tender)
    if panel.valid_bids(tender):
        raise Conflict(words.cite(_("有有效投标，先由专家评审，不能直接流标。"), TENDER), code="bids_there")
    _without_award(done, tender, voided=False)


def _void(done: Done, tender: Tender) -> None:
    """With valid bids there; the declaration asks somebody who has judged none of it (fresh)."""
    if done.act.source == "notice":
        papers.end_notice(done)
    _without_award(done, tender, voided=True)


def _without_award(done: Done, tender: Tender, *, voided: bool) -> None:
    with override(settings.LANGUAGE_CODE):
        said = (_("废标"), _("需求包废标：%(title)s")) if voided else (_("流标"), _("需求包流标：%(title)s"))
        papers.failed(done, said[0])
        _post(tender, board.Kind.RESULT, said[1], done.act.reason, "failed", done.day)


def _cancel(done: Done, tender: Tender) -> None:
    # Else their window would go by, and a bid that nobody could open would stand as taken back.
    bidding.end_unopened(tender, done.at)
    board.end_all(PLATFORM, tender.subject, done.act.reason, url=f"/tenders/{tender.uuid}/", day=done.day)
    with override(settings.LANGUAGE_CODE):
        _post(tender, board.Kind.RESULT, _("需求包取消：%(title)s"), done.act.reason, "cancelled", done.day)
