"""Credits given for a programme's diploma (兑换): asked for by the person, carried out by an administrator of the college,
never taken back (RULES.md, India's ABC: redemption debits irrevocably).

The debit is what the programme's living uses still hold, in one posting. Nothing here reverses it, and the uses it was
drawn from are refused by `reverse_recognition`, by later transfers and by the expiry. The receipt has a verify code.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditbank import looks
from creditbank.applications import lots, steps
from creditbank.applications.grants import CREDIT, still_open
from creditbank.applications.models import OutcomeUse, Redemption, UseDraw
from creditbank.ledger.services import Line as BookLine
from creditbank.ledger.services import Posting, holder_account, issuer_account, lock_account, post
from creditbank.rules.models import Programme
from lms.accounts.api import Role, User, actor, masked_name, organisations_for, real_name_status, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, NotAllowed, NotFound
from lms.lib.outbox.services import emit
from lms.lib.units import format_centi
from lms.lib.verify import services as verify
from lms.lib.verify.services import Verdict, register_verifier

KIND = "redemption"
TARGET = "creditbank.Redemption"
State = Redemption.State


# --- reading ---------------------------------------------------------------------------------------------


def redeemable(user: User) -> list[tuple[Programme, int]]:
    """Programmes in which the user has credits that nothing has drawn yet, with how many centicredits."""
    uses = _lasting(lots.living(user.uuid).select_related("programme__organisation"))
    left = lots.left(uses)
    found: dict[int, tuple[Programme, int]] = {}
    for use in uses:
        before = found.get(use.programme_id, (use.programme, 0))[1]
        found[use.programme_id] = (use.programme, before + left[use.pk])
    return [(programme, amount) for programme, amount in found.values() if amount > 0]


def _lasting(living: QuerySet[OutcomeUse]) -> list[OutcomeUse]:
    """Of living uses those whose shelf life is not over: that does not wait for the nightly pass."""
    uses = list(living)
    over = lots.over([use.pk for use in uses], today())
    return [use for use in uses if use.pk not in over]


def _full() -> QuerySet[Redemption]:
    return Redemption.objects.select_related("holder", "programme__organisation", "decided_by", "transaction")


def redemptions_of(user: User) -> QuerySet[Redemption]:
    return _full().filter(holder=user).order_by("-requested_at", "-id")


def redemption_of(user: User, uuid: UUID) -> Redemption:
    """One's own. Raises NotFound."""
    found = _full().filter(holder=user, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def to_redeem(user: User, state: str = State.REQUESTED) -> QuerySet[Redemption]:
    """What colleges in which the user is an administrator are asked for, the oldest first."""
    found = _full().filter(programme__organisation__in=organisations_for(user, Role.ADMIN))
    return found.filter(state=state).order_by("requested_at", "id")


def redemption_for(user: User, uuid: UUID) -> Redemption:
    """One that the user may carry out; the look is logged. Raises NotFound."""
    found = (
        _full()
        .filter(programme__organisation__in=organisations_for(user, Role.ADMIN), uuid=uuid)
        .exclude(state=State.WITHDRAWN)
        .first()
    )
    if found is None:
        raise NotFound
    record(
        actor(user, Role.ADMIN, found.programme.organisation),
        action="redemption.view",
        target_type="accounts.User",
        target=found.holder.uuid,
        reason=looks.REDEMPTION(name=found.programme.name),
        data={"redemption": str(found.uuid)},
    )
    return found


# --- acts ------------------------------------------------------------------------------------------------


def request(user: User, programme: Programme) -> Redemption:
    """Ask the college to redeem all one's credits of a programme, as they stand now. Raises NotAllowed (real name),
    Conflict (nothing to redeem, asked for already, redeemed).
    """
    if real_name_status(user) == "unverified":
        raise NotAllowed(_("兑换要记在实名之下：请先在“我的”里填写实名信息。"), code="real_name_missing")
    amount = sum(lots.left(_lasting(lots.living(user.uuid, programme))).values())
    if not amount:
        raise Conflict(_("这个专业里没有可以兑换的学分。"), code="nothing_left")
    try:
        with transaction.atomic():
            still_open(user, hold=True)
            row = Redemption.objects.create(
                holder=user, programme=programme, centicredits=amount, requested_at=now()
            )
            _note(row, actor(user), "request")
    except IntegrityError as error:
        raise Conflict(_("这个专业已申请过兑换，不能重复申请。"), code="already_requested") from error
    return row


def withdraw(user: User, redemption: Redemption) -> Redemption:
    """Take one's own request back, before it is carried out."""
    if redemption.holder_id != user.pk:
        raise NotFound
    with transaction.atomic():
        row = _waiting(redemption)
        row.state, row.decided_at = State.WITHDRAWN, now()
        row.save(update_fields=["state", "decided_at"])
        _note(row, actor(user), "withdraw")
    return row


def redeem(user: User, redemption: Redemption, *, reason: str) -> Redemption:
    """Carry it out: the debit that stays. For the college's administrators, never for themselves. Raises NotAllowed,
    Invalid (no reason), Conflict (carried out or withdrawn meanwhile, or the credits are not those asked for).
    """
    who = _administrator(user, redemption)
    said = steps.reason_of(reason, _("请写明办理说明，申请人会看到。"))
    with transaction.atomic():
        row = _waiting(redemption)
        college = row.programme.organisation
        account = holder_account(row.holder.uuid, CREDIT, college.uuid)
        lock_account(account)
        uses = _lasting(lots.living(row.holder.uuid, row.programme).select_related("application"))
        amounts = {use: amount for use, amount in lots.left(uses).items() if amount > 0}
        if sum(amounts.values()) != row.centicredits:
            raise Conflict(
                _("申请兑换之后，这个专业的学分有变化。请本人撤回后重新申请，以新的数为准。"),
                code="credits_changed",
            )
        row.transaction = post(
            Posting(
                kind=KIND,
                occurred_on=today(),
                lines=(
                    BookLine(account, -row.centicredits),
                    BookLine(issuer_account(CREDIT, college.uuid), row.centicredits),
                ),
                evidence={
                    "redemption": str(row.uuid),
                    "college": {"code": college.code, "name": college.name},
                    "programme": {"code": row.programme.code, "name": row.programme.name},
                    "uses": [
                        {"application": str(use.application.uuid), "centicredits": amounts[use.pk]}
                        for use in uses
                        if use.pk in amounts
                    ],
                    "irrevocable": True,
                },
                event={"person": str(row.holder.uuid), "redemption": str(row.uuid)},
            ),
            idempotency_key=f"redemption:{row.uuid}",
            actor=who,
        )
        lots.draw(row.transaction, UseDraw.Kind.REDEMPTION, amounts)
        _decided(row, user, State.REDEEMED, said)
        verify.issue(KIND, row.uuid)
        _note(row, who, "redeem")
    return row


def decline(user: User, redemption: Redemption, *, reason: str) -> Redemption:
    """Say no, and why; it may be asked for again."""
    who = _administrator(user, redemption)
    said = steps.reason_of(reason, _("请写明不予兑换的理由，申请人会看到。"))
    with transaction.atomic():
        row = _waiting(redemption)
        _decided(row, user, State.DECLINED, said)
        _note(row, who, "decline")
    return row


def _administrator(user: User, redemption: Redemption) -> Actor:
    who = require_role(user, Role.ADMIN, organisation=redemption.programme.organisation)
    if redemption.holder_id == user.pk:
        raise NotAllowed(_("不能办理自己的兑换，请交给其他管理人员。"), code="own_case")
    return who


def _waiting(redemption: Redemption) -> Redemption:
    steps.hold(Redemption, redemption.pk)
    row = Redemption.objects.select_related("holder", "programme__organisation").get(pk=redemption.pk)
    if row.state != State.REQUESTED:
        raise Conflict(_("这份兑换申请已有结果，请刷新查看。"), code="already_decided")
    return row


def _decided(row: Redemption, user: User, state: str, said: str) -> None:
    row.state, row.decided_at, row.decided_by, row.reason = state, now(), user, said
    row.save()


def _note(row: Redemption, who: Actor, act: str) -> None:
    record(
        who,
        action=f"redemption.{act}",
        target_type=TARGET,
        target=row.uuid,
        reason=row.reason,
        data={"centicredits": row.centicredits},
    )
    payload = {"redemption": str(row.uuid), "person": str(row.holder.uuid), "state": row.state}
    emit(f"redemption.{act}", payload, key=f"redemption.{act}:{row.uuid}")


# --- the receipt -----------------------------------------------------------------------------------------


def verdict(target: UUID) -> Verdict:
    """What /verify/ says of a receipt: for which programme, how many credits, when; the holder's name masked."""
    row = _full().filter(uuid=target, state=State.REDEEMED).first()
    if row is None or row.transaction is None:
        raise NotFound
    return Verdict(
        title=_("学分兑换凭证"),
        status="valid",
        rows=[
            (_("持有人"), masked_name(row.holder)),
            (_("学校"), row.programme.organisation.name),
            (_("专业"), row.programme.name),
            (_("兑换的学分"), format_centi(row.centicredits)),
            (_("办理日期"), local_day(row.transaction.posted_at).isoformat()),
        ],
        note=_("这些学分已从账户中扣除，不能再用。"),
    )


def register() -> None:
    """Called when the application is ready."""
    register_verifier(KIND, verdict)
