"""How cases of bases are conducted: what is missing, where they stand in the queue, what is shown, and what follows an act."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.training.bases import rules, services, words
from lms.training.bases.process import CONDITIONS, PRIORITY, PROCESS
from lms.training.bases.queries import count, year_of
from lms.training.education_funds import queries as education_funds
from lms.training.lifecycle.conduct import Done, Lack, register_last_day
from lms.training.lifecycle.models import Case
from lms.training.supervision.queries import check_records


class BaseConduct:
    """lms.training.lifecycle.conduct.Conduct, for 技能人才培育实训基地."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        """Facts that are missing, evidence for each of the four conditions, and the proof of a claimed priority, without which
        it only does not count."""
        facts = rules.load(case.facts)
        found = [
            Lack(fault.value, words.fault_text(fault, about))
            for fault, about in rules.faults(facts, services.code_is_wrong)
        ]
        for code in CONDITIONS:
            kind = PROCESS.kind(code)
            if kind is not None and code not in kinds:
                text = _("没有“%(kind)s”的证明材料") % {"kind": kind.label}
                found.append(Lack(f"evidence_{code}", text, source=str(kind.source)))
        if facts.flags and PRIORITY not in kinds:
            text = _("没有“优先认定的证明”，不按优先排队；提交以前或补正的时候可以补上")
            found.append(Lack(f"evidence_{PRIORITY}", text, blocks=False))
        return found

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return rules.rank(rules.load(case.facts), proved=PRIORITY in kinds)

    def heading(self, case: Case) -> str:
        return _("%(body)s建立技能人才培育实训基地") % {"body": case.body.name}

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        facts = rules.load(case.facts)
        found = [(_("申报单位"), case.body.name), *words.lines(facts)]
        if facts.flags:
            proved = PRIORITY in kinds
            found.append((_("排队"), _("优先") if proved else _("普通（优先的理由还没有证明）")))
        return found

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        facts = rules.load(case.facts)
        found = [(_("申报单位"), case.body.name), (_("受理编号"), case.number or "")]
        found += [(_("培育项目"), text) for text in words.project_lines(facts)]
        if case.rank == 0:
            found.append((_("优先认定的理由"), words.labels(facts.flags, words.FLAGS)))
        return found

    def warnings(self, case: Case) -> list[str]:
        """Before a base is named or kept: what checks found of the body (四(三) of 372号); before it is named, what it sets aside for training its
        own people (四(二)), and how many bases there would be, where that is more than was planned."""
        looked_at = ("review", "notice", "recheck", "hearing", "deciding", "contested")
        records = check_records([case.body]) if case.state in looked_at else []
        if case.state in looked_at[2:]:
            records = [*year_of(case), *records]
        if case.state == "review":
            records = [*records, *education_funds.beside(case.body, case.authority)]
        if case.state not in ("review", "notice"):
            return records
        found = count(case.authority)
        if not rules.too_many(found.there + 1, found.most):
            return records
        return [
            *records,
            _(
                "现有 %(there)s 家基地，计划建立 %(least)s 至 %(most)s 家；再认定一家就超过计划（依据：%(source)s）。"
            )
            % {
                "there": found.there,
                "least": found.least,
                "most": found.most,
                "source": PROCESS.setting("count_most").source,
            },
        ]

    def after(self, done: Done) -> None:
        services.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        from lms.training.bases.http import facts

        return facts(request, case)

    def open_to(self, body: Organisation) -> str:
        return ""


def register() -> None:
    """Called once, when the application is ready."""
    register_last_day(PROCESS.code, "intend", services.end_of_statement)
