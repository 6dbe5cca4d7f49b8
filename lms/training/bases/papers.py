"""The papers of a base: receipt, what is missing, notice, plaque, re-check, what comes before 核销, 核销 and its appeal, refusal. Each
follows from an act."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lms.training.bases import rules, words
from lms.training.bases.models import Base
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import Done, conduct_of
from lms.training.papers import api as papers
from lms.training.papers.api import Template

PLAQUE, RECHECK, REMOVAL = "base_plaque", "base_recheck", "base_removal"
INTENT, ANSWER = "base_intent", "base_removal_appeal"
TEMPLATES = (
    Template(
        PLAQUE,
        "P05",
        1,
        gettext_lazy("技能人才培育实训基地认定书"),
        gettext_lazy("每年复核一次；以验证码查得的结果为准。"),
    ),
    Template(RECHECK, "P06", 1, gettext_lazy("年度复核结果通知")),
    Template(
        INTENT,
        "P16",
        1,
        gettext_lazy("拟核销告知书"),
        gettext_lazy("在期限内可以陈述申辩；逾期不提交的，按现有材料决定。"),
    ),
    Template(ANSWER, "P17", 1, gettext_lazy("核销申诉处理决定")),
    Template(REMOVAL, "P07", 1, gettext_lazy("核销通知"), gettext_lazy("牌匾和认定书从核销之日起不再有效。")),
)


def issue_after(done: Done, base: Base | None) -> None:
    """The paper that this act brings, if any; and the end of those that no longer hold."""
    name, case, reason = done.transition.name, done.case, done.act.reason
    papers.end_notice(case, name, done.act.source, reason=reason, by=done.who)
    with override(settings.LANGUAGE_CODE):
        facts = rules.load(case.facts)
        if name in ("submit", "resubmit"):
            lacks = conduct_of(case).lacks(case, reading.kinds_of(case))
            items = papers.sentence_of_lacks([str(lack.text) for lack in lacks])
            _issue(done, papers.RECEIPT, [(_("提交日期"), done.day.isoformat())], items)
        elif name == "ask":
            due = [(_("补正期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, papers.MISSING, due, [reason])
        elif name == "pass":
            notice = case.notices.order_by("-pk").first()
            lines = [(label, value) for label, value in notice.lines] if notice else []
            if notice:
                span = f"{notice.first_day.isoformat()} — {notice.last_day.isoformat()}"
                lines += [(_("公示编号"), notice.number), (_("公示期"), span)]
            _issue(done, papers.NOTICE, lines)
        elif name in ("refuse", "uphold"):
            due = [(_("申诉期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, papers.REFUSAL, [(_("结论"), _("不予认定")), (_("理由"), reason), *due])
        elif name == "overturn":
            papers.withdraw(case, papers.REFUSAL, reason=reason, by=done.who)
        if base is None:
            return
        plaque = [(_("牌匾编号"), base.number)]
        if name == "name":
            projects = [(_("培育项目"), text) for text in words.project_lines(facts)]
            _issue(done, PLAQUE, [*plaque, (_("授牌日期"), base.named_on.isoformat()), *projects])
        elif name == "intend":
            due = [(_("陈述申辩期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, INTENT, [*plaque, (_("理由"), reason), *due])
        elif name in ("keep", "spare"):
            papers.withdraw(case, INTENT, reason=reason, by=done.who)
            due = [(_("下次复核期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, RECHECK, [*plaque, (_("结论"), _("复核合格")), (_("说明"), reason), *due])
        elif name == "remove":
            due = [(_("申诉期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, REMOVAL, [*plaque, (_("核销日期"), done.day.isoformat()), (_("理由"), reason), *due])
            papers.withdraw(case, PLAQUE, reason=reason, by=done.who)
        elif name in ("affirm", "restore"):
            said = _("维持核销") if name == "affirm" else _("撤销核销，恢复基地")
            _issue(done, ANSWER, [*plaque, (_("结论"), said), (_("理由"), reason)])
            if name == "restore":
                papers.withdraw(case, REMOVAL, reason=reason, by=done.who)
                projects = [(_("培育项目"), text) for text in words.project_lines(facts)]
                _issue(done, PLAQUE, [*plaque, (_("授牌日期"), base.named_on.isoformat()), *projects])


def _issue(done: Done, kind: str, lines: list[tuple[str, str]], items: list[str] | None = None) -> None:
    values: dict[str, Any] = {"lines": lines, "items": items or []}
    papers.issue(done.case, kind, values, at=done.at, by=done.who)
