"""The refusals of the lifecycle in words: what happened, which rule says so, from which document, and what can be done."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role
from lms.lib.clock import local_day
from lms.lib.errors import Conflict, Invalid, NotAllowed, Refusal
from lms.lib.workdays import NoCalendar
from lms.training.lifecycle.conduct import Lack
from lms.training.lifecycle.declaration import Process, Source, Transition
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.rules import Found, Hindrance

# What the platform itself notes on a case, beside the declared transitions.
OTHER_ACTS = ("delegate", "escalate", "object", "answer")


def act_label(process: Process, name: str) -> str:
    """What an act is called, declared or not."""
    row = process.transition(name)
    if row is not None:
        return str(row.label)
    return {
        "delegate": _("转交办理"),
        "escalate": _("逾期报告上级"),
        "object": _("收到异议"),
        "answer": _("答复异议"),
    }.get(name, name)


def cite(sentence: str, source: Source | str) -> str:
    """The sentence with the document it rests on."""
    return _("%(sentence)s（依据：%(source)s）") % {"sentence": sentence, "source": source}


def roles_in_words(roles: Iterable[str]) -> str:
    return _("、").join(str(Role(role).label) for role in roles)


def overtaken(case: Case, last: Act | None, *, names: bool) -> Conflict:
    """The refusal of an act that another has overtaken; to be raised. names: whether the reader may know who it was."""
    label = str(case.stands.label)
    if last is None:
        return Conflict(_("现在是“%(state)s”，不能这样办理。") % {"state": label}, code="moved_on")
    return Conflict(
        _("已由%(who)s于 %(day)s 办理“%(act)s”，现在是“%(state)s”。请刷新后再看。")
        % {
            "who": _who(last, names=names),
            "day": local_day(last.at).isoformat(),
            "act": act_label(case.declared, last.name),
            "state": label,
        },
        code="moved_on",
    )


def _who(act: Act, *, names: bool) -> str:
    if act.person is None:
        return _("平台")
    if names:
        return str(act.person)
    return act.body.name if act.body else _("其他人")


def refusal(case: Case, row: Transition | None, found: Found, last: Act | None, *, names: bool) -> Refusal:
    """What stands in the way, in words; to be raised."""
    process = case.declared
    what = found.what
    if row is None:
        return Invalid(cite(_("没有这样的办理步骤，请用页面上的按钮操作。"), process.source), code=what.value)
    named = {"act": row.label}
    source = process.cited(row)
    if what == Hindrance.STATE:
        return _out_of_order(case, row, last, names=names)
    if what == Hindrance.NOT_A_PARTY:
        return NotAllowed(cite(_("“%(act)s”不由你办理。") % named, source), code=what.value)
    if what == Hindrance.OWN_CASE:
        return NotAllowed(
            cite(
                _("这是你所在单位的申报，“%(act)s”要由与申报单位没有关系的人办理：任何人不得办理自己的事项。")
                % named,
                source,
            ),
            code=what.value,
        )
    if what == Hindrance.ROLE:
        said = _("“%(act)s”需要角色：%(roles)s。") % {**named, "roles": roles_in_words(row.roles)}
        return NotAllowed(cite(said, source), code=what.value)
    if what == Hindrance.TOOK_PART:
        return NotAllowed(
            cite(_("你办理过这份申报，“%(act)s”要由没有参与过的人办理。") % named, source), code=what.value
        )
    if what == Hindrance.HANDLER:
        said = _("这份申报已有经办人。")
        if names:
            said = _("这份申报由%(who)s经办；需要换人时，由经办人或上级转交。") % {"who": str(case.handler)}
        return Conflict(cite(said, source), code=what.value)
    if what == Hindrance.REASON:
        return Invalid(
            cite(_("请写明“%(act)s”的理由。") % named, source), code=what.value, details={"field": "reason"}
        )
    if what == Hindrance.EVIDENCE:
        labels = [str(kind.label) for code in found.kinds if (kind := process.kind(code))]
        return Invalid(
            cite(
                _("“%(act)s”还缺：%(missing)s。") % {**named, "missing": _("、").join(labels)},
                source,
            ),
            code=what.value,
            details={"field": "evidence", "missing": list(found.kinds)},
        )
    return Conflict(cite(_guard(case, row, what), source), code=what.value)


def own_case(case: Case) -> NotAllowed:
    """The refusal of whoever belongs to the body that a case is of; to be raised."""
    said = _("这是你所在单位的申报，要由与申报单位没有关系的人办理。")
    return NotAllowed(cite(said, case.declared.source), code="own_case")


def _out_of_order(case: Case, row: Transition, last: Act | None, *, names: bool) -> Conflict:
    """Where the case stands, and where it would have to stand for the act."""
    process = case.declared
    states = _("、").join(str(process.state(code).label) for code in row.sources)
    rule = _("“%(act)s”要在“%(states)s”时办理。") % {"act": row.label, "states": states}
    stands = overtaken(case, last, names=names)
    return Conflict(cite(f"{stands.message}{rule}", process.cited(row)), code=stands.code)


def clock_changed(process: Process, last: Act) -> Conflict:
    """The platform's clock is behind what was done already; to be raised. Days reckoned by it would be wrong."""
    return Conflict(
        cite(
            _("平台的时间早于上一步的办理时间（%(day)s），期限算不准，现在不能办理。请管理员核对服务器时间。")
            % {"day": local_day(last.at).isoformat()},
            process.source,
        ),
        code="clock_changed",
    )


def _guard(case: Case, row: Transition, what: Hindrance) -> str:
    day = case.due_on.isoformat() if case.due_on else ""
    named = {"act": row.label, "day": day}
    if what == Hindrance.LATE:
        return _("期限是 %(day)s，已经过了，不能再“%(act)s”。") % named
    if what == Hindrance.NOT_DUE:
        return _("期限还没有过，不能“%(act)s”。") % named
    if what == Hindrance.NOTICE_RUNS:
        notice = case.notices.last()
        last = notice.last_day.isoformat() if notice else ""
        return _("公示到 %(last)s 结束，第二天起才能“%(act)s”。") % {**named, "last": last}
    if what == Hindrance.OBJECTION_OPEN:
        return _("还有没有答复的异议，先答复，再“%(act)s”。") % named
    return _("有成立的异议，不能“%(act)s”；可以重新评审，或不予认定。") % named


def lacking(process: Process, lacks: list[Lack]) -> Invalid:
    """The refusal of a case that is not complete: all of it at once; to be raised."""
    texts = _("；").join(str(lack.text) for lack in lacks)
    return Invalid(
        cite(_("材料还不齐，不能提交：%(texts)s。") % {"texts": texts}, process.cited(process.submission)),
        code="incomplete",
        details={"missing": [lack.code for lack in lacks]},
    )


def no_calendar(process: Process, row: Transition, error: NoCalendar) -> Conflict:
    """Working days of a year are needed whose calendar is not loaded; to be raised."""
    return Conflict(cite(f"{error.message}", process.cited(row)), code=error.code, details=error.details)


def not_set(process: Process, row: Transition) -> Conflict:
    """The act opens a public notice, and the rule sets no days for one; to be raised."""
    label = process.setting(row.publishes).label
    said = _("办理规则没有设定“%(label)s”，不能“%(act)s”。") % {"label": label, "act": row.label}
    return Conflict(cite(said, process.cited(row)), code="no_rule")


def suspended(process: Process, authority: Organisation) -> Conflict:
    """Its people hold no roles while it is suspended: nobody could ever accept or refuse it. To be raised."""
    said = _("%(name)s已暂停，现在不受理申报。") % {"name": authority.name}
    return Conflict(cite(said, process.source), code="authority_suspended")


def no_rule(process: Process, authority: Organisation) -> Conflict:
    return Conflict(
        cite(
            _("%(name)s尚未设定“%(title)s”的办理规则，现在不能受理。")
            % {"name": authority.name, "title": process.title},
            process.source,
        ),
        code="no_rule",
    )
