"""How cases of programmes are conducted: what is missing, what is shown, and what follows an act."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.lib.clock import today
from lms.training.lifecycle.conduct import Done, Lack
from lms.training.lifecycle.models import Case
from lms.training.programmes import queries, rules, services, words
from lms.training.programmes.models import HostChoice, Programme
from lms.training.programmes.process import NEED, PROCESS
from lms.training.programmes.standings import checked
from lms.training.supervision.queries import check_records


class ProgrammeConduct:
    """lms.training.lifecycle.conduct.Conduct, for 高级研修 and 急需紧缺 programmes."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        """Facts that are missing or contradict each other, candidates that are not registered, and the paper of the need."""
        facts = rules.load(case.facts)
        found = [Lack(fault.value, words.fault_text(fault, about)) for fault, about in rules.faults(facts)]
        if facts.call and services.call_of(facts, case.authority_id) is None:
            found.append(Lack("call", _("应征的选题征集不是这个主管部门的")))
        there = services.candidate_bodies(facts)
        found += [
            Lack("candidate_unknown", _("没有代码是“%(code)s”的院校、培训机构或企业") % {"code": row.code})
            for row in facts.candidates
            if row.code not in there
        ]
        kind = PROCESS.kind(NEED)
        if NEED not in kinds and kind is not None:
            text = _("没有“%(kind)s”的证明材料") % {"kind": kind.label}
            found.append(Lack(f"evidence_{NEED}", text, source=str(kind.source)))
        return found

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return 1

    def heading(self, case: Case) -> str:
        title = rules.load(case.facts).title
        return _("%(body)s推荐的选题：%(title)s") % {"body": case.body.name, "title": title or _("未写名称")}

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        facts = rules.load(case.facts)
        asked = services.call_of(facts, case.authority_id)
        found = [(_("推荐部门"), case.body.name)]
        if asked is not None:
            found.append((_("应征"), asked.title))
        # Until somebody is chosen, the order is that of the register as it is now.
        found += words.lines(
            checked(facts, today()) if case.state in ("draft", "submitted", "supplement") else facts
        )
        choice = HostChoice.objects.filter(case=case).select_related("host").last()
        if choice is not None:
            found.append((_("选定的承办单位"), f"{choice.host.name} · {choice.reason}".rstrip(" ·")))
        row = Programme.objects.filter(case=case).select_related("host", "plan", "run").first()
        if row is not None:
            found += queries.progress_lines(row)
        return found

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        """The process opens no notice of its own: plan and enrolment stand on the notice board."""
        return []

    def warnings(self, case: Case) -> list[str]:
        """Before a host is taken: how what each candidate hosted was evaluated and what checks found of it (四(三): 检查评估结果将作为
        今后项目承接的重要依据)."""
        if case.state != "submitted":
            return []
        bodies = list(services.candidate_bodies(rules.load(case.facts)).values())
        return queries.host_records(bodies) + check_records(bodies)

    def after(self, done: Done) -> None:
        services.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        from lms.training.programmes.http import facts

        return facts(request, case)

    def open_to(self, body: Organisation) -> str:
        return ""


def alarms(authority: Organisation, day: date) -> list[tuple[str, str]]:
    """The yearly call for topics, where it is missing or has to be made soon."""
    url = reverse("training_calls")
    return [(words.call_due_text(due), url) for _body, due in queries.calls_missing([authority], day)]


def pages(case: Case) -> list[tuple[str, str]]:
    """The programme's own page, once its plan is public; it leads those in charge on to theirs."""
    row = Programme.objects.filter(case=case, plan__isnull=False).first()
    return [(_("项目页"), reverse("programmes:programme", args=[row.uuid]))] if row is not None else []
