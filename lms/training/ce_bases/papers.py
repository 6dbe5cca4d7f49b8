"""The papers of continuing-education bases: receipt, what is missing, notice, refusal, certificate, result of an evaluation with its
reckoning, order to correct, leaving, nomination, and the filed plan. Each follows from an act.
"""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lms.lib.units import format_centi
from lms.training.ce_bases import words
from lms.training.ce_bases.models import INDUSTRIES, BaseFiling, BaseReview, EducationBase
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import Done, conduct_of
from lms.training.papers import api as papers
from lms.training.papers.api import Template

CERTIFICATE, RESULT, CORRECTION = "ce_base_certificate", "ce_base_result", "ce_base_correction"
REMOVAL, NOMINATION, FILED, REVOKED = (
    "ce_base_removal",
    "ce_base_nomination",
    "ce_filing",
    "ce_filing_revoked",
)
TEMPLATES = (
    Template(
        CERTIFICATE,
        "P31",
        1,
        gettext_lazy("继续教育基地认定书"),
        gettext_lazy("基地定期评估，动态管理；以验证码查得的结果为准。"),
    ),
    Template(RESULT, "P32", 1, gettext_lazy("继续教育基地评估结果")),
    Template(
        CORRECTION,
        "P33",
        1,
        gettext_lazy("继续教育基地整改通知"),
        gettext_lazy("逾期未报送整改报告的，退出名录。"),
    ),
    Template(
        REMOVAL,
        "P34",
        1,
        gettext_lazy("退出继续教育基地名录通知"),
        gettext_lazy("认定书从退出之日起不再有效。"),
    ),
    Template(NOMINATION, "P35", 1, gettext_lazy("推荐申报国家级继续教育基地的函")),
    Template(
        FILED,
        "P36",
        1,
        gettext_lazy("继续教育基地年度备案回执"),
        gettext_lazy("备案以后开始、在备案的日期和人数以内的班次，才产生学时。"),
    ),
    Template(
        REVOKED, "P37", 1, gettext_lazy("撤销年度备案通知"), gettext_lazy("撤销以后开始的班次不产生学时。")
    ),
)


def issue_after(done: Done, base: EducationBase | None, review: BaseReview | None) -> None:
    """The paper that an act on a base's case brings, if any; and the end of those that no longer hold."""
    name, case, reason = done.transition.name, done.case, done.act.reason
    papers.end_notice(case, name, done.act.source, reason=reason, by=done.who)
    with override(settings.LANGUAGE_CODE):
        if name in ("submit", "resubmit"):
            _receipt(done)
        elif name == "ask":
            due = [(_("补正期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, papers.MISSING, due, [reason])
        elif name == "pass":
            _notice(done)
        elif name in ("refuse", "uphold"):
            due = [(_("申诉期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, papers.REFUSAL, [(_("结论"), _("不予认定")), (_("理由"), reason), *due])
        elif name == "overturn":
            papers.withdraw(case, papers.REFUSAL, reason=reason, by=done.who)
        elif name in ("score", "tally") and review is not None:
            _result(done, review)
        if base is not None:
            _of_base(done, base)


def _of_base(done: Done, base: EducationBase) -> None:
    name, reason = done.transition.name, done.act.reason
    number = [(_("基地编号"), base.number)]
    due = [(_("期限"), done.act.due_on.isoformat())] if done.act.due_on else []
    if name in ("name", "name_unnoticed"):
        certificate(done, base, _("市级"))
    elif name == "elevate":
        papers.withdraw(done.case, CERTIFICATE, reason=_("升为国家级，换发认定书"), by=done.who)
        certificate(done, base, _("国家级"))
    elif name == "nominate":
        _issue(
            done,
            NOMINATION,
            [*number, (_("文件"), str(done.values.get("document", ""))), (_("推荐理由"), reason)],
        )
    elif name == "fail":
        _issue(done, CORRECTION, [*number, (_("理由和要求"), reason), *due])
    elif name in ("remove", "expire", "resign"):
        _issue(done, REMOVAL, [*number, (_("退出日期"), done.day.isoformat()), (_("理由"), reason)])
        papers.withdraw(done.case, CERTIFICATE, reason=reason, by=done.who)


def certificate(done: Done, base: EducationBase, level: str) -> None:
    """The plaque's paper."""
    lines = [
        (_("基地编号"), base.number),
        (_("级别"), level),
        (_("行业"), words.label(base.industry, INDUSTRIES)),
        (_("专业方向"), base.specialty),
        (_("认定日期"), base.named_on.isoformat()),
    ]
    _issue(done, CERTIFICATE, lines)


def _result(done: Done, review: BaseReview) -> None:
    """The score sheet: every criterion with its weight and mean, and the sum."""
    found = words.reckoned(review)
    lines = [
        (
            _("评估标准"),
            _("%(title)s（第 %(version)s 版）")
            % {"title": review.standard.title, "version": review.standard.version},
        ),
        *((f"{line.label}（{line.weight}%）", words.mark_text(line.mean)) for line in found),
        (_("得分"), words.verdict(review)),
        (_("合格线"), _("%(mark)s 分") % {"mark": review.standard.pass_mark}),
    ]
    _issue(done, RESULT, lines, [words.reckoning_text(found, review.centimarks or 0)])


def issue_filing(done: Done, filing: BaseFiling | None) -> None:
    """The papers of a yearly plan's case."""
    with override(settings.LANGUAGE_CODE):
        name = done.transition.name
        if name in ("submit", "resubmit"):
            _receipt(done)
        elif name == "return":
            _issue(done, papers.MISSING, [], [done.act.reason])
        elif filing is None:
            return
        elif name == "accept":
            rows = list(filing.classes.all())
            lines = [
                (_("基地编号"), filing.base.number),
                (_("备案年度"), str(filing.year)),
                (_("版次"), str(filing.version)),
                (_("备案日期"), filing.filed_on.isoformat()),
                (_("班次合计"), str(len(rows))),
                (_("学时合计"), format_centi(sum(row.centihours for row in rows))),
            ]
            _issue(done, FILED, lines, [words.class_text(row) for row in rows])
        elif name == "revoke":
            lines = [
                (_("备案年度"), str(filing.year)),
                (_("版次"), str(filing.version)),
                (_("理由"), done.act.reason),
            ]
            _issue(done, REVOKED, lines)
            papers.withdraw(done.case, FILED, reason=done.act.reason, by=done.who)


def _receipt(done: Done) -> None:
    lacks = conduct_of(done.case).lacks(done.case, reading.kinds_of(done.case))
    items = papers.sentence_of_lacks([str(lack.text) for lack in lacks])
    _issue(done, papers.RECEIPT, [(_("提交日期"), done.day.isoformat())], items)


def _notice(done: Done) -> None:
    notice = done.case.notices.order_by("-pk").first()
    lines = [(label, value) for label, value in notice.lines] if notice else []
    if notice:
        span = f"{notice.first_day.isoformat()} — {notice.last_day.isoformat()}"
        lines += [(_("公示编号"), notice.number), (_("公示期"), span)]
    _issue(done, papers.NOTICE, lines)


def _issue(done: Done, kind: str, lines: list[tuple[str, str]], items: list[str] | None = None) -> None:
    papers.issue(done.case, kind, {"lines": lines, "items": items or []}, at=done.at, by=done.who)
