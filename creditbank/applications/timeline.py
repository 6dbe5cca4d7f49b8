"""An application as a line in time: what happened, where it stands, who is next and by when. Words for pages and the API.

Owns: the sentences. Reads only rows that were handed in.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from creditbank.applications import lifecycle
from creditbank.applications.lifecycle import Act, State
from creditbank.applications.models import Application, ApplicationStep
from lms.lib.clock import SHANGHAI, today

BAD = frozenset({Act.REFUSE, Act.UPHOLD, Act.WITHDRAW, Act.EXPIRE, Act.REVERSE})


def overdue(row: Application) -> bool:
    return row.due_on is not None and row.due_on < today()


def may_appeal(row: Application) -> bool:
    return row.state == State.REFUSED and not overdue(row)


def act_title(act: str, approve: bool | None = None) -> str:
    """A step as a heading."""
    if act == Act.PROPOSE:
        return _("初审：拟认定") if approve else _("初审：拟不予认定")
    return {
        Act.SUBMIT: _("提交申请"),
        Act.ENDORSE: _("复核：同意"),
        Act.SEND_BACK: _("复核：退回再审"),
        Act.APPROVE: _("认定，学分入账"),
        Act.REFUSE: _("不予认定"),
        Act.ASK: _("要求补充材料"),
        Act.SUPPLEMENT: _("已补充材料"),
        Act.EXPIRE: _("逾期未补充，申请关闭"),
        Act.WITHDRAW: _("已撤回"),
        Act.APPEAL: _("提出申诉"),
        Act.UPHOLD: _("申诉复核：维持不予认定"),
        Act.OVERTURN: _("申诉复核：改为认定，学分入账"),
        Act.REVERSE: _("认定已撤销"),
        Act.ESCALATE: _("超过审核期限，已报学校管理人员"),
    }[Act(act)]


def next_sentence(row: Application) -> str:
    """What happens next, by whom and by when; "" when nothing does."""
    college, day = row.programme.organisation.name, row.due_on
    if row.state == State.SUPPLEMENT:
        if overdue(row):
            return _("补充期限 %(day)s 已过，这份申请将关闭；材料齐备后可以重新申请。") % {"day": day}
        return _("请在 %(day)s 前（含当日）补充材料，逾期这份申请会关闭，可以重新申请。") % {"day": day}
    if row.state in lifecycle.AT_COLLEGE:
        return " ".join([_whose_turn(row, college), _by_when(row)])
    if may_appeal(row):
        if day is None:
            return _("不同意这个结果，可以申诉，由没有参与过审核的另一位审核人员复核。")
        return _(
            "不同意这个结果，可以在 %(day)s 前（含当日）申诉，由没有参与过审核的另一位审核人员复核。"
        ) % {"day": day}
    return ""


def _whose_turn(row: Application, college: str) -> str:
    if row.state == State.APPEALED:
        return _("等待%(college)s一位没有参与过审核的人员复核申诉。") % {"college": college}
    if row.state == State.PROPOSED:
        return _("等待%(college)s的另一位审核人员复核。") % {"college": college}
    if row.reviewers > 1:
        return _("等待%(college)s审核，需要 %(number)s 位审核人员先后同意。") % {
            "college": college,
            "number": row.reviewers,
        }
    return _("等待%(college)s审核。") % {"college": college}


def _by_when(row: Application) -> str:
    if row.due_on is not None:
        if overdue(row):
            return _(
                "原定 %(day)s 前完成，已经超期，学校管理人员能看到；你可以继续等待，也可以联系学校。"
            ) % {"day": row.due_on}
        return _("应在 %(day)s 前完成（按工作日计）。") % {"day": row.due_on}
    days = row.terms.review_days if row.terms else None
    if days is not None:
        return _("期限 %(days)s 个工作日；跨入的年度放假安排还没有公布，公布后显示最后一天。") % {
            "days": days
        }
    return _("审核期限：尚未设定。")


def timeline(row: Application, steps: Sequence[ApplicationStep]) -> list[dict[str, Any]]:
    """The steps in the words of the steps component, and what comes next as the last one."""
    shown = [_step(step) for step in steps] or _before_panels(row)
    following = next_sentence(row)
    if following and row.state in lifecycle.OPEN:
        shown.append({"title": row.get_state_display(), "state": "now", "text": following})
    if row.outcome is not None and row.state not in {State.WITHDRAWN, State.EXPIRED}:
        shown.insert(1, _certificate(row))
    return shown


def _step(step: ApplicationStep) -> dict[str, Any]:
    return {
        "title": act_title(step.act, step.approve),
        "at": _moment(step.at),
        "text": _("：").join(part for part in (_who(step), step.reason) if part),
        "state": "refused" if step.act in BAD else "done",
    }


def _who(step: ApplicationStep) -> str:
    """For which body somebody acted, and who it was; the applicant and the platform need no naming."""
    if step.body is None or step.person is None:
        return ""
    return f"{step.body.name} · {step.person}"


def _certificate(row: Application) -> dict[str, Any]:
    """Whether the certificate is verified, which the decision waits for."""
    outcome = row.outcome
    assert outcome is not None
    if outcome.status == outcome.Status.VERIFIED:
        return {
            "title": _("核实证书"),
            "at": _moment(outcome.verified_at),
            "text": outcome.get_method_display(),
            "state": "done",
        }
    refused = outcome.status == outcome.Status.REFUSED
    return {"title": _("核实证书"), "text": outcome.note, "state": "refused" if refused else "now"}


def _before_panels(row: Application) -> list[dict[str, Any]]:
    """Applications of before there were steps: out of what their row says."""
    shown = [{"title": _("提交申请"), "at": _moment(row.submitted_at), "state": "done"}]
    if row.state in lifecycle.ENDS:
        bad = row.state != State.APPROVED
        shown.append(
            {
                "title": row.get_state_display(),
                "at": _moment(row.decided_at),
                "text": row.reason,
                "state": "refused" if bad else "done",
            }
        )
    return shown


def _moment(moment: Any) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""
