"""An outcome that its issuer vouches for from the first moment: by its own record, not by looking at somebody's paper.

Owns: writing such a row, verified, once, in place of what the holder may have claimed. Refuses: what `rules.check` says
cannot be right, a number that is another person's or another certificate's. Who may vouch is the caller's to judge.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.services import TARGET, check_deposit, row_of
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict

Status = LearningOutcome.Status


def vouch(
    holder: User, body: Organisation, said: Deposit, by: User | None, *, room: str, about: dict[str, Any]
) -> LearningOutcome:
    """The verified outcome, within the caller's transaction. One that the holder had registered and nobody had verified
    becomes this one; one that the body has verified already is handed back. by: None for the body's own books; room, about: of
    the audit rows.

    Raises Invalid (a field cannot be right), Conflict (`another_certificate`, `achievement_of_another`).
    """
    number, form = check_deposit(said)
    outcome = row_of(said, holder, number, form.form)
    before = LearningOutcome.objects.filter(achievement=outcome.achievement, holder=holder).exclude(
        status=Status.REFUSED
    )
    found = before.select_for_update().first()
    if found is not None and found.status == Status.VERIFIED:
        if (found.kind, found.level, found.occupation_code) != (
            outcome.kind,
            outcome.level,
            outcome.occupation_code,
        ):
            raise Conflict(
                _("这个编号已登记为另一种职业或等级的证书，请核对编号。"), code="another_certificate"
            )
        if found.verified_for != body.code:
            return found
    if found is not None:
        outcome.pk, outcome.uuid, outcome.deposited_at = found.pk, found.uuid, found.deposited_at
    outcome.status, outcome.method = Status.VERIFIED, LearningOutcome.Method.DEPOSIT
    outcome.verified_by, outcome.verified_for, outcome.verified_at = by, body.code, now()
    try:
        with transaction.atomic():
            outcome.save()
    except IntegrityError as error:
        raise Conflict(
            _("这个编号的证书已核实在另一个人名下，请核对编号。"), code="achievement_of_another"
        ) from error
    platform = Actor.system(room)
    for action in ("outcome.deposit", "outcome.verify", "outcome.accumulate"):
        record(platform, action=action, target_type=TARGET, target=outcome.uuid, data=about)
    return outcome
