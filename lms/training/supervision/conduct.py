"""How findings are conducted: what their case shows, who judges what was put right, and that a correction comes with its evidence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.lib.errors import Invalid, NotAllowed
from lms.training.lifecycle.conduct import Done, Lack
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.words import cite
from lms.training.supervision.models import Checker, CheckFinding
from lms.training.supervision.process import CHECKS

_JUDGED = ("maintain", "cancel", "return", "close", "record")


class FindingConduct:
    """lms.training.lifecycle.conduct.Conduct, for what a check has found."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        return []

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        return 1

    def heading(self, case: Case) -> str:
        return _("整改：%(title)s") % {"title": case.facts.get("title", "")}

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        facts = case.facts
        return [
            (_("检查编号"), facts.get("check", "")),
            (_("检查对象"), facts.get("title", "")),
            (_("被检查单位"), case.body.name),
            (_("检查日期"), facts.get("checked_on", "")),
            (_("发现的问题"), facts.get("text", "")),
        ]

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        return []

    def warnings(self, case: Case) -> list[str]:
        return []

    def after(self, done: Done) -> None:
        """Who made the check does not judge what was put right; a correction brings its own evidence. Raises NotAllowed, Invalid."""
        name, person = done.transition.name, done.act.person
        if name == "correct" and not done.act.papers:
            raise Invalid(
                cite(_("请附上这次整改的材料。"), CHECKS), code="evidence", details={"field": "evidence"}
            )
        if name in _JUDGED and person is not None:
            made = Checker.objects.filter(check_of__raised__case=done.case, person=person)
            if made.exists():
                raise NotAllowed(
                    cite(
                        _("你参加过这次检查，“%(act)s”要由没有参加检查的人办理。")
                        % {"act": done.transition.label},
                        CHECKS,
                    ),
                    code="took_part",
                )

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        # The authority says what was found; its body answers by its acts.
        return redirect("cases:case", case.uuid)

    def open_to(self, body: Organisation) -> str:
        return _("整改由主管部门在检查以后发出，不用申报。")


def pages(case: Case) -> list[tuple[str, str]]:
    """The check that the finding is of."""
    found = CheckFinding.objects.select_related("check_of").filter(case=case).first()
    if found is None:
        return []
    return [(_("检查结果"), reverse("supervision:result", args=[found.check_of.uuid]))]
