"""How cases of digital items are conducted: what is missing, what is shown, and what follows an act."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.lib.clock import today
from lms.training.digital import directions, rules, services, words
from lms.training.digital.models import DigitalItem
from lms.training.digital.process import AGREEMENT, PLAN, PROCESS
from lms.training.lifecycle.conduct import Done, Lack
from lms.training.lifecycle.models import Case
from lms.training.supervision.queries import findings_of


class DigitalConduct:
    """lms.training.lifecycle.conduct.Conduct, for 数字技术专业人才培育项目."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        """Facts that are missing or contradict each other, the plan, and the agreement or standard of the tracks that rest on one."""
        facts = rules.load(case.facts)
        named = directions.titles_on(directions.day_of(case)) or None
        found = [Lack(fault.value, words.fault_text(fault)) for fault in rules.faults(facts, named)]
        wanted = [PLAN]
        if facts.track in (rules.Track.SCHOOL_FIRM, rules.Track.STANDARDS):
            wanted.append(AGREEMENT)
        for code in wanted:
            kind = PROCESS.kind(code)
            if kind is not None and code not in kinds:
                text = _("没有“%(kind)s”的证明材料") % {"kind": kind.label}
                found.append(Lack(f"evidence_{code}", text, source=str(kind.source)))
        return found

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return 1

    def heading(self, case: Case) -> str:
        title = rules.load(case.facts).title
        return _("%(body)s申报的数字技术项目：%(title)s") % {
            "body": case.body.name,
            "title": title or _("未写名称"),
        }

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        return [(_("承办单位"), case.body.name), *words.lines(rules.load(case.facts))]

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        """The process opens no notice of its own: list and notices stand on the notice board."""
        return []

    def warnings(self, case: Case) -> list[str]:
        """Before it is taken in: findings of checks of the host's that are decided (四(三): 检查评估结果将作为今后项目承接的重要依据)."""
        if case.state != "submitted":
            return []
        return [
            _("%(day)s 的检查 %(number)s（%(title)s）：%(verdict)s")
            % {
                "day": row.checked_on.isoformat(),
                "number": row.number,
                "title": row.title,
                "verdict": _("合格") if row.verdict == "pass" else _("不合格"),
            }
            for row in findings_of(case.body_id, today())
        ]

    def after(self, done: Done) -> None:
        services.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        from lms.training.digital.http import facts

        return facts(request, case)

    def open_to(self, body: Organisation) -> str:
        return ""


def pages(case: Case) -> list[tuple[str, str]]:
    """The item's own page, once it is public, and the host's."""
    row = DigitalItem.objects.filter(case=case).first()
    if row is None:
        return []
    return [
        (_("项目页"), reverse("digital:item", args=[row.uuid])),
        (_("承办单位的工作页"), reverse("digital:host", args=[row.uuid])),
    ]
