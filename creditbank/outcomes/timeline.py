"""What has happened to an outcome, step by step: deposit, verify, accumulate, convert (A64), and what is still to come.

Owns: the reading. The steps are the outcome's audit rows, and for the fourth the uses that a posting made of it; both
only grow. Staff are named by role and body, as everywhere; expiry is a step that the calendar takes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import TARGET
from lms.accounts.api import Organisation, Role
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.units import format_centi

# Of a person's own list of what happened no more is shown; nobody has more.
MOST = 200


@dataclass(frozen=True)
class Step:
    """step: which of the four, or "expire". who: the role and body in words. state: as steps.html draws it."""

    step: str
    title: str
    at: str
    who: str
    text: str
    state: str

    @property
    def note(self) -> str:
        return " · ".join(part for part in (self.who, self.text) if part)


def timeline(outcome: LearningOutcome, day: date) -> list[Step]:
    """The steps taken, in their order, and those of the four that are still to be taken. A handful of queries."""
    rows = list(
        AuditRow.objects.filter(target_type=TARGET, target=outcome.uuid, action__in=_TITLES).order_by(
            "at", "id"
        )[:MOST]
    )
    bodies = dict(
        Organisation.objects.filter(code__in={row.body for row in rows}).values_list("code", "name")
    )
    steps = [_step(row, bodies) for row in rows]
    asked = outcome.status == LearningOutcome.Status.SUPPLEMENT
    if steps and steps[-1].step == "ask" and asked:
        # It is the holder's turn.
        steps[-1] = replace(steps[-1], state="now")
    steps += _uses(outcome)
    taken = {step.step for step in steps if step.state == "done"}
    if outcome.status != LearningOutcome.Status.REFUSED:
        steps += [
            Step(name, title, "", "", "", "now" if name == "verify" and not asked else "todo")
            for name, title in (
                ("verify", _("核实")),
                ("accumulate", _("记入学习账户")),
                ("convert", _("转换为学分")),
            )
            if name not in taken
        ]
    if outcome.expires_on is not None and outcome.expires_on < day:
        steps.append(Step("expire", _("已过有效期"), outcome.expires_on.isoformat(), "", "", "refused"))
    return steps


def _titles() -> dict[str, tuple[str, str, str]]:
    """Action → step, words, state."""
    return {
        "outcome.deposit": ("deposit", _("存入"), "done"),
        "outcome.files": ("files", _("已添加证明材料"), "done"),
        "outcome.ask": ("ask", _("要求补充材料"), "done"),
        "outcome.supplement": ("supplement", _("已补充材料"), "done"),
        "outcome.verify": ("verify", _("核实"), "done"),
        "outcome.refuse": ("refuse", _("未通过核实"), "refused"),
        "outcome.accumulate": ("accumulate", _("记入学习账户"), "done"),
    }


_TITLES = (
    "outcome.deposit",
    "outcome.files",
    "outcome.ask",
    "outcome.supplement",
    "outcome.verify",
    "outcome.refuse",
    "outcome.accumulate",
)


def _step(row: AuditRow, bodies: dict[str, str]) -> Step:
    step, title, state = _titles()[row.action]
    method = row.data.get("method", "")
    words = str(LearningOutcome.Method(method).label) if method in LearningOutcome.Method.values else ""
    text = " · ".join(part for part in (words, row.reason) if part)
    return Step(step, title, _moment(row.at), _who(row, bodies), text, state)


def _who(row: AuditRow, bodies: dict[str, str]) -> str:
    body = bodies.get(row.body, row.body)
    if row.role == "learner":
        return _("本人")
    if row.role.startswith("machine:"):
        return _("%(body)s的系统") % {"body": body}
    if row.role.startswith("system:"):
        return _("%(body)s（平台）") % {"body": body} if body else _("平台")
    role = str(Role(row.role).label) if row.role in Role.values else row.role
    return f"{body} {role}".strip()


def _uses(outcome: LearningOutcome) -> Iterable[Step]:
    uses: Any = outcome.uses.select_related("programme__organisation", "release").order_by("used_at", "id")
    for use in uses[:MOST]:
        words = _("%(programme)s，%(credits)s 学分") % {
            "programme": use.programme.name,
            "credits": format_centi(use.centicredits),
        }
        college = use.programme.organisation.name
        yield Step("convert", _("转换为学分"), _moment(use.used_at), college, words, "done")
        release = getattr(use, "release", None)
        if release is not None:
            yield Step("release", _("认定已撤销"), _moment(release.released_at), college, words, "refused")


def _moment(moment: Any) -> str:
    return str(moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"))
