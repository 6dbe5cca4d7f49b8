"""How cases of continuing-education bases and of their yearly plans are conducted, and what the forms of their acts ask for."""

from collections.abc import Mapping

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import Organisation
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.ce_bases import filings, papers, queries, rules, services, words
from lms.training.ce_bases.models import INDUSTRIES, LEVELS, BaseFiling, EducationBase
from lms.training.ce_bases.process import ASKED_FOR, BASES, CODE, FILING, FILING_CODE, PROCESS, YEARLY
from lms.training.ce_bases.reviews import last_review, marks_stand
from lms.training.ce_bases.rules import WayOut
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
from lms.training.lifecycle.words import cite
from lms.training.papers.api import register_template

INDUSTRY_CODES = frozenset(code for code, _label in INDUSTRIES)


class CeBaseConduct:
    """lms.training.lifecycle.conduct.Conduct, for 继续教育基地."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        """Facts that are missing, and evidence of each kind."""
        found = [
            Lack(field, words.fault_text(field))
            for field in rules.faults(rules.load(case.facts), INDUSTRY_CODES)
        ]
        for code in ASKED_FOR:
            kind = PROCESS.kind(code)
            if kind is not None and code not in kinds:
                text = _("没有“%(kind)s”的证明材料") % {"kind": kind.label}
                found.append(Lack(f"evidence_{code}", text, source=str(kind.source)))
        return found

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return 1

    def heading(self, case: Case) -> str:
        return _("%(body)s申报继续教育基地") % {"body": case.body.name}

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        found = [(_("申报单位"), case.body.name), *words.lines(rules.load(case.facts))]
        base = EducationBase.objects.filter(case=case).select_related("body").first()
        if base is not None:
            stands = queries.standings_of([base], today())[base.pk]
            found += [(_("基地编号"), base.number), (_("级别"), words.label(stands.level, LEVELS))]
        review = last_review(case)
        if review is not None:
            standard = _("%(title)s（第 %(version)s 版）") % {
                "title": review.standard.title,
                "version": review.standard.version,
            }
            found += [(_("评估标准"), standard), (_("最近一次评审"), words.verdict(review))]
        return found

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        facts = rules.load(case.facts)
        found = [(_("申报单位"), case.body.name), (_("受理编号"), case.number or "")]
        found += [(label, value) for label, value in words.lines(facts)[:3]]
        review = last_review(case)
        if review is not None and review.centimarks is not None:
            found.append((_("评审得分"), words.verdict(review)))
        return found

    def warnings(self, case: Case) -> list[str]:
        """Where experts are asked while a review is open; afterwards what the score leads to, before it is decided."""
        review = last_review(case) if case.state in ("review", "evaluation") else None
        if review is not None and review.closed_on is None:
            return [_("专家在“继续教育基地”页的这次评审里邀请；全部交回以后，在这里汇总得分。")]
        if case.state != "evaluation" or (way := services.way_out_of(case)) is None:
            return []
        said = (
            _("得分不到合格线：按评估标准，下一步是责令整改。")
            if way == WayOut.CORRECT
            else _("得分不到合格线，整改的次数已经用完：按评估标准，下一步是退出名录。")
        )
        return [cite(said, BASES)]

    def after(self, done: Done) -> None:
        if done.transition.name == "ask":
            marks_stand(done)
        services.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        from lms.training.ce_bases.http import facts

        return facts(request, case)

    def open_to(self, body: Organisation) -> str:
        if queries.base_of(body.pk, today()) is None:
            return ""
        return cite(_("%(name)s已经是继续教育基地。") % {"name": body.name}, BASES)


class FilingConduct:
    """lms.training.lifecycle.conduct.Conduct, for 年度备案计划."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        return filings.lacks(case, today())

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return 1

    def heading(self, case: Case) -> str:
        year = rules.load_plan(case.facts).year
        return _("%(body)s %(year)s 年度备案计划") % {"body": case.body.name, "year": year or "—"}

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        found = [(_("报送单位"), case.body.name), *words.plan_lines(rules.load_plan(case.facts))]
        filing = BaseFiling.objects.filter(case=case).first()
        if filing is not None:
            found.append((_("版次"), _("第 %(version)s 版") % {"version": filing.version}))
            found.append((_("备案日期"), filing.filed_on.isoformat()))
            if filing.late:
                found.append((_("报送"), _("迟于规定的月份")))
        return found

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        return []

    def warnings(self, case: Case) -> list[str]:
        """Classes that had begun when the plan was handed in: they give no hours by it."""
        if case.state != "submitted":
            return []
        begun = [
            row.title for row in rules.load_plan(case.facts).classes if row.first and row.first < today()
        ]
        if not begun:
            return []
        said = _("已经开始的班次不按这份备案产生学时：%(titles)s。") % {"titles": _("、").join(begun)}
        return [cite(said, YEARLY)]

    def after(self, done: Done) -> None:
        filings.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        from lms.training.ce_bases.http import plan_facts

        return plan_facts(request, case)

    def open_to(self, body: Organisation) -> str:
        if queries.base_of(body.pk, today()) is not None:
            return ""
        return cite(_("只有在册的继续教育基地才报年度备案计划。"), YEARLY)


# --- what the forms of acts ask for ------------------------------------------------------------------------


def _document(case: Case) -> Mapping[str, forms.Field]:
    return {
        "document": forms.CharField(
            label=gettext_lazy("文件名称和文号"), max_length=120, help_text=gettext_lazy("文件本身附在下面。")
        )
    }


def _national(case: Case) -> Mapping[str, forms.Field]:
    return {**_document(case), "since": DayField(label=gettext_lazy("国家级认定的日期"))}


def pages(case: Case) -> list[tuple[str, str]]:
    """The base's own page, once there is one."""
    base = EducationBase.objects.filter(case=case).first()
    return [(_("基地页"), reverse("ce_bases:base", args=[base.uuid]))] if base is not None else []


def filing_pages(case: Case) -> list[tuple[str, str]]:
    filing = BaseFiling.objects.filter(case=case).first()
    return (
        [(_("公开的备案计划"), reverse("ce_bases:filing", args=[filing.uuid]))] if filing is not None else []
    )


def register() -> None:
    """Called when the application is ready."""
    declare(PROCESS)
    register_conduct(CODE, CeBaseConduct())
    register_pages(CODE, pages)
    register_asked(CODE, "nominate", _document)
    register_asked(CODE, "elevate", _national)
    for act in ("name", "name_unnoticed", "keep"):
        register_last_day(CODE, act, services.next_evaluation)
    register_last_day(CODE, "fail", services.end_of_correction)
    declare(FILING)
    register_conduct(FILING_CODE, FilingConduct())
    register_pages(FILING_CODE, filing_pages)
    for template in papers.TEMPLATES:
        register_template(template)
