"""The papers of a tender: needs package, bid receipt, score sheet, award decision, and the common ones. Each follows from an act."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lms.lib.clock import SHANGHAI
from lms.training.lifecycle.conduct import Done
from lms.training.papers import api as papers
from lms.training.papers.api import Template
from lms.training.tenders import rules, words
from lms.training.tenders.models import SealedBid, Tender, TenderAward, TenderResult

PACKAGE, BID_RECEIPT, SCORES, AWARD = "tender_package", "tender_bid", "tender_scores", "tender_award"
TEMPLATES = (
    Template(
        PACKAGE,
        "P41",
        1,
        gettext_lazy("培训项目需求包"),
        gettext_lazy("投标在截止前密封，任何人都不能提前读到；评审结果公示。"),
    ),
    Template(
        BID_RECEIPT,
        "P42",
        1,
        gettext_lazy("密封投标回执"),
        gettext_lazy("密钥只在投标单位手里。开标窗口内不提交密钥的，视为撤回投标。"),
    ),
    Template(
        SCORES, "P43", 1, gettext_lazy("需求包评审打分表"), gettext_lazy("总分是各项得分按权重的合计。")
    ),
    Template(
        AWARD, "P44", 1, gettext_lazy("需求包承接决定书"), gettext_lazy("合同金额不超过预算上限和报价。")
    ),
)


def _issue(done: Done, kind: str, lines: Sequence[tuple[str, str]], items: Sequence[str] = ()) -> None:
    papers.issue(done.case, kind, {"lines": lines, "items": items}, at=done.at, by=done.who)


def of_package(done: Done) -> None:
    """Receipt, what is missing, or refusal."""
    with override(settings.LANGUAGE_CODE):
        if done.transition.name in ("submit", "resubmit"):
            handed = (_("提交日期"), done.day.isoformat())
            lines = [handed, *words.lines(rules.load(done.case.facts))]
            _issue(done, papers.RECEIPT, lines, papers.sentence_of_lacks([]))
        elif done.transition.name == "ask":
            due = [(_("补正期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, papers.MISSING, due, [done.act.reason])
        elif done.transition.name == "refuse":
            _issue(done, papers.REFUSAL, [(_("结论"), _("不予发布")), (_("理由"), done.act.reason)])


def package(done: Done, tender: Tender) -> None:
    with override(settings.LANGUAGE_CODE):
        days = [
            (_("发布日期"), tender.published_on.isoformat()),
            (_("投标截止日"), tender.closes_on.isoformat()),
            (_("开标窗口到"), tender.opens_until.isoformat()),
        ]
        _issue(done, PACKAGE, [*days, *words.lines(rules.load(done.case.facts))])


def receipt(done: Done, row: SealedBid) -> None:
    with override(settings.LANGUAGE_CODE):
        part = row.bid.part
        lines = [
            (_("需求包"), f"{part.tender.case.number} {part.tender.title}"),
            (_("投标内容"), words.part_label(part.code)),
            (_("密封编号"), str(row.number)),
            (_("密封文件指纹（SHA-256）"), row.sha256),
            (_("大小（字节）"), str(row.size)),
            (_("收到时间"), row.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")),
            (_("投标截止日"), part.tender.closes_on.isoformat()),
            (_("开标窗口到"), part.tender.opens_until.isoformat()),
        ]
        _issue(done, BID_RECEIPT, lines)


def notice(done: Done, results: Sequence[TenderResult]) -> None:
    """The notice, and the score sheet of each part."""
    with override(settings.LANGUAGE_CODE):
        found = done.case.notices.order_by("-pk").first()
        if found is not None:
            span = f"{found.first_day.isoformat()} — {found.last_day.isoformat()}"
            head = [(_("公示编号"), found.number), (_("公示期"), span)]
            _issue(done, papers.NOTICE, [*((name, value) for name, value in found.lines), *head])
        for row in results:
            lines = [(_("内容"), words.part_label(row.part.code)), (_("评审轮次"), str(row.round))]
            items = [
                text for line in row.lines for text in (words.result_head(line), *words.result_rows(line))
            ]
            _issue(done, SCORES, lines, items or [_("没有有效投标。")])


def end_notice(done: Done) -> None:
    for kind in (papers.NOTICE, SCORES):
        papers.withdraw(done.case, kind, reason=done.act.reason, by=done.who)


def award(done: Done, row: TenderAward) -> None:
    """To the authority's file, and to whoever carries it out."""
    with override(settings.LANGUAGE_CODE):
        lines = [
            (_("需求包"), f"{done.case.number} {row.part.tender.title}"),
            (_("内容"), words.part_label(row.part.code)),
            (_("承接方"), row.bid.bidder.name),
            (_("合同金额"), words.in_yuan(row.amount_fen)),
            (_("报价"), words.in_yuan(row.bid_fen)),
            (_("预算上限"), words.in_yuan(row.ceiling_fen)),
            (_("经费来源"), _("市级财政专项经费")),
            (_("决定日期"), row.awarded_on.isoformat()),
            (_("理由"), done.act.reason),
        ]
        for case in (done.case, row.bid.case):
            papers.issue(case, AWARD, {"lines": lines}, at=done.at, by=done.who)


def failed(done: Done, verdict: str) -> None:
    """verdict: 流标 or 废标, in the platform's language."""
    with override(settings.LANGUAGE_CODE):
        _issue(done, papers.REFUSAL, [(_("结论"), verdict), (_("理由"), done.act.reason)])
