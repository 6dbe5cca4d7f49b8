"""What a college decides: the panel's opinions, asking for a supplement, the appeal, several cases at once; and taking a
recognition back.

Every decision is one function: permission, change, step, audit row, event and, when credits come of it, the posting, in
one transaction. Nobody decides their own case; each pair of eyes is another reviewer of the same college; an appeal is
heard by somebody who has had no part in the case. Whoever decides says by `Application.revision` what they have seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from creditbank.applications import grants, lifecycle, steps
from creditbank.applications.lifecycle import Act, State, Who
from creditbank.applications.models import Application, UseDraw, UseRelease
from creditbank.holders.queries import person_ids
from creditbank.ledger.locks import lock_for_reversal
from creditbank.ledger.services import reverse
from lms.accounts.api import Role, User, organisations_for, require_role
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, Refusal
from lms.lib.units import format_centi

MOST_AT_ONCE = 100
# Nobody is asked to wait longer for papers.
LONGEST_SUPPLEMENT = timedelta(days=366)


def decide(
    user: User, application: Application, *, approve: bool, reason: str, seen: int | None = None
) -> Application:
    """A reviewer's opinion. The first one proposes, another confirms (then it is decided, and the credits are posted)
    or, seeing it otherwise, sends back; where one pair of eyes is asked for, the first decides. Of an appeal: yes or no.

    seen: the centicredits that an approval was said to grant; None: nobody was told. Raises NotAllowed (role, own case,
    spoken already), Invalid (no reason), Conflict (decided or changed meanwhile, certificate not verified, used, capped
    or credited meanwhile; `amount_changed` where it would grant another amount than was seen).
    """
    who = _reviewer(user, application)
    said = steps.reason_of(reason, _("请写明理由，申请人会看到。"))
    with transaction.atomic():
        row = steps.locked(application)
        so_far = steps.said_so_far(row)
        panel = lifecycle.panel(so_far)
        try:
            act = lifecycle.verdict(row.state, panel, approve=approve, reviewers=row.reviewers)
        except KeyError as error:
            raise steps.moved_on(row.state) from error
        _may(user, row, act, panel)
        steps.move(row, act)
        if act in {Act.APPROVE, Act.OVERTURN}:
            grants.grant(row, user)
            _as_seen(row.centicredits, seen)
        elif approve and act in {Act.PROPOSE, Act.ENDORSE}:
            _as_seen(grants.judged(row).line.centicredits, seen)
        if act in {Act.APPROVE, Act.OVERTURN, Act.REFUSE, Act.UPHOLD}:
            row.decided_at, row.decided_by, row.reason = now(), user, said
        steps.note(
            row,
            who,
            act,
            person=user,
            body=row.programme.organisation,
            reason=said,
            approve=approve,
            data={"centicredits": row.centicredits} if row.state == State.APPROVED else {},
        )
    return row


def _as_seen(given: int, seen: int | None) -> None:
    """Nobody agrees to an amount they have not read: caps may have been used by another recognition meanwhile."""
    if seen is not None and given != seen:
        raise Conflict(
            _(
                "现在认定只能计入 %(now)s 学分，与你看到的 %(seen)s 学分不同：上限在这之间有变化。请看过现在的数再决定。"
            )
            % {"now": format_centi(given), "seen": format_centi(seen)},
            code="amount_changed",
        )


def ask(user: User, application: Application, *, what: str, until: date | None = None) -> Application:
    """Ask the applicant for papers or an explanation. until: the last day; None: as the terms say.

    Raises as `decide`, and Invalid where neither the terms nor the reviewer name a day.
    """
    who = _reviewer(user, application)
    said = steps.reason_of(what, _("请写明要补充什么，申请人会看到。"), field="what")
    if until is not None and not today() < until <= today() + LONGEST_SUPPLEMENT:
        raise Invalid(_("补充的期限应在今天之后、一年之内。"), code="bad_day", details={"field": "until"})
    with transaction.atomic():
        row = steps.locked(application)
        panel = lifecycle.panel(steps.said_so_far(row))
        _may(user, row, Act.ASK, panel)
        steps.move(row, Act.ASK)
        row.due_on = until or row.due_on
        if row.due_on is None:
            raise Invalid(
                _("学校没有设定补充期限，请填写最后一天。"), code="day_missing", details={"field": "until"}
            )
        steps.note(row, who, Act.ASK, person=user, body=row.programme.organisation, reason=said)
    return row


def _reviewer(user: User, application: Application) -> Actor:
    who = require_role(user, Role.REVIEWER, organisation=application.programme.organisation)
    if application.applicant_id == user.pk:
        raise NotAllowed(_("不能审核自己的申请，请交给其他审核人员。"), code="own_case")
    return who


def _may(user: User, row: Application, act: Act, panel: lifecycle.Panel) -> None:
    """Whether the act is in the table, and this person one of those it asks for."""
    found = lifecycle.moved(row.state, act)
    if found is None:
        raise steps.moved_on(row.state)
    if found.who == Who.OTHER and spoken(user, panel):
        raise NotAllowed(_("你已经对这份申请提过意见，要由另一位审核人员复核。"), code="same_reviewer")
    if found.who == Who.FRESH and part_in(user, row):
        raise NotAllowed(_("你参与过这份申请的审核，申诉要由没有参与过的审核人员复核。"), code="took_part")


def spoken(user: User, panel: lifecycle.Panel) -> bool:
    """Whether somebody has spoken in this round, by whichever of their accounts."""
    return not set(panel.eyes).isdisjoint(person_ids(user))


def part_in(user: User, row: Application) -> bool:
    """Whether somebody has had a part in a case, by whichever of their accounts: judged it, decided it, or verified its
    certificate."""
    verified_by = row.outcome.verified_by_id if row.outcome is not None else None
    so_far = steps.said_so_far(row)
    return any(
        person in (verified_by, row.decided_by_id) or lifecycle.took_part(so_far, person)
        for person in person_ids(user)
    )


# --- several at once -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """What became of one of several. sentence: why not, "" when it was done; state: where it stands now."""

    uuid: UUID
    title: str
    done: bool
    sentence: str
    state: str


def decide_many(user: User, wanted: Sequence[tuple[UUID, int]], *, approve: bool, reason: str) -> list[Line]:
    """One opinion on several cases of the same rule version, each decided on its own: one that is refused stops no
    other. wanted: (uuid, revision that was seen). Raises Invalid (none, too many, several rules, no reason).
    """
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise Invalid(
            _("请选择 1 到 %(most)s 份申请。") % {"most": MOST_AT_ONCE}, code="bad_number", details={}
        )
    said = steps.reason_of(reason, _("请写明理由，申请人会看到。"))
    mine = organisations_for(user, Role.REVIEWER)
    rows = (
        Application.objects.filter(
            uuid__in=[uuid for uuid, _seen in wanted], programme__organisation__in=mine
        )
        .exclude(state=State.WITHDRAWN)
        .select_related("programme__organisation", "outcome", "course__programme__organisation")
    )
    found = {row.uuid: row for row in rows}
    if len({row.rule_version_id for row in found.values()}) > 1:
        raise Invalid(_("一次只能处理同一条规则、同一版本的申请，请分开处理。"), code="different_rules")
    return [_one(user, found.get(uuid), uuid, seen, approve, said) for uuid, seen in wanted]


def _one(user: User, row: Application | None, uuid: UUID, seen: int, approve: bool, said: str) -> Line:
    if row is None:
        return Line(uuid, "", False, _("没有找到，或者你无权查看。"), "")
    row.revision = seen
    try:
        done = decide(user, row, approve=approve, reason=said, seen=row.centicredits)
    except Refusal as refusal:
        return Line(uuid, row.title, False, str(refusal.message), row.state)
    return Line(uuid, row.title, True, "", done.state)


# --- taking a recognition back ---------------------------------------------------------------------------


def reverse_recognition(user: User, application: Application, *, reason: str) -> Application:
    """Take a recognition back: its posting is reversed, its certificate and courses may be used again.

    For the college's administrators, never in one's own case. Raises NotAllowed, Invalid (no reason), Conflict (not
    approved, a transfer, or credits of it were redeemed, transferred or have expired: those do not come back).
    """
    who = require_role(user, Role.ADMIN, organisation=application.programme.organisation)
    if application.applicant_id == user.pk:
        raise NotAllowed(_("不能撤销自己的认定，请交给其他管理人员。"), code="own_case")
    said = steps.reason_of(reason, _("请写明撤销的原因，申请人会看到。"))
    with transaction.atomic():
        row = steps.locked(application, seen=False)
        posted = row.transaction
        if row.state != State.APPROVED or posted is None:
            raise Conflict(_("只有已认定的申请可以撤销，请刷新查看。"), code="not_approved")
        # The same lock as at the decision: a use and its release are never judged at the same moment.
        lock_for_reversal(posted, *grants.accounts_of(row))
        if row.transfer:
            raise Conflict(_("学校之间的转换不能撤销：学分已从原学校转出。"), code="irrevocable")
        if UseDraw.objects.filter(use=row.use).exists():
            raise Conflict(_("这次认定的学分已经兑换、转出或到期，不能再撤销。"), code="irrevocable")
        back = reverse(posted, reason=said, actor=who)
        UseRelease.objects.create(use=row.use, transaction=back, released_at=back.posted_at)
        steps.move(row, Act.REVERSE)
        steps.note(
            row,
            who,
            Act.REVERSE,
            person=user,
            body=row.programme.organisation,
            reason=said,
            data={"centicredits": row.centicredits, "reversal": str(back.uuid)},
        )
    return row
