"""What a person decides about a hold, and what follows of it in the same transaction.

Released: completion, top-ups and certificate come at once, nothing is lost. Confirmed: the named sessions do not count,
hours given for them are corrected, and the certificate is withdrawn where the course is no longer met. Nobody decides on
their own, and who decided once does not decide on the appeal. Refuses: a decision without a reason.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Role, User, require_role
from lms.learning.completion.corrections import recount
from lms.learning.completion.waiting import in_hand
from lms.learning.holds import steps
from lms.learning.holds.models import Act, HoldSession, State, StudyHold
from lms.learning.study.barred import rebar
from lms.lib.actor import Actor
from lms.lib.errors import Invalid, NotAllowed

DECIDING = (Act.RELEASE, Act.CONFIRM)


@dataclass(frozen=True)
class Verdict:
    """act: release or confirm. sessions: which of the hold's do not count; None: all, or as before on an appeal."""

    act: str
    reason: str
    sessions: Collection[UUID] | None = None


def decide(user: User, hold: StudyHold, verdict: Verdict) -> StudyHold:
    """Raises NotAllowed (role, own case, decided before), Invalid (reason, sessions), Conflict (it has moved on)."""
    if verdict.act not in DECIDING:
        raise Invalid(_("请用页面上的按钮操作。"), code="no_such_verdict")
    who = _judge(user, hold)
    said = steps.word_of(verdict.reason, _("请写明理由，本人会看到，不超过 1000 个字。"), field="reason")
    with transaction.atomic():
        row = steps.locked(hold)
        if row.state != hold.state:
            raise steps.moved_on()
        if row.steps.filter(person=user, act__in=DECIDING).exists():
            raise NotAllowed(_("你已经对这件事作过决定，申诉要由另一位工作人员复核。"), code="decided_before")
        was = row.state
        steps.move(row, verdict.act)
        barred = _barred(row, was, verdict)
        step = steps.note(row, who, verdict.act, person=user, text=said, sessions=barred)
        _follow(row, step.uuid, confirmed=verdict.act == Act.CONFIRM)
    return row


def _judge(user: User, hold: StudyHold) -> Actor:
    who = require_role(user, Role.OFFICER)
    if hold.person_id == user.pk:
        raise NotAllowed(_("不能处理关于自己的事，请交给其他工作人员。"), code="own_case")
    return who


def _barred(row: StudyHold, was: str, verdict: Verdict) -> list[str]:
    """Mark the sessions that do not count from now on; their uuids."""
    named = {item.session.uuid: item for item in row.sessions.select_related("session")}
    if verdict.act == Act.RELEASE:
        wanted: set[UUID] = set()
    elif verdict.sessions is not None:
        wanted = set(verdict.sessions)
    elif was == State.APPEALED:
        wanted = {uuid for uuid, item in named.items() if item.barred}
    else:
        wanted = set(named)
    if not wanted <= set(named) or (verdict.act == Act.CONFIRM and not wanted):
        raise Invalid(
            _("请选择不计入的学习；都应当计入时，请选“解除”。"),
            code="no_such_session",
            details={"field": "sessions"},
        )
    for uuid, item in named.items():
        item.barred = uuid in wanted
    HoldSession.objects.bulk_update(named.values(), ["barred"])
    return sorted(str(uuid) for uuid in wanted)


def _follow(row: StudyHold, cause: UUID, *, confirmed: bool) -> None:
    """Figures first, then what is made of them."""
    with in_hand(row.enrolment_id):
        rebar(row.sessions.values_list("session_id", flat=True))
    recount(row.enrolment_id, cause=cause, may_fall=confirmed)
