"""Rows → outcomes, born verified: the writing itself, for lists, for requests, and for rows whose person has come.

Owns: bulk inserts with their audit rows, in whatever transaction the caller holds. Refuses: anything that has come between
the plan and the writing, what somebody deposits for themselves, a suspended issuer (Conflict; the caller's transaction
then writes nothing).
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _

from creditbank.deposits.models import DepositBatch, DepositRow
from creditbank.deposits.placing import MADE, Fate, Item, Placed, clash_sentence, phone_hash, yielding
from creditbank.outcomes import rules
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import TARGET, row_of
from lms.accounts.api import Membership, Named, Organisation, Role, User
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import record_each
from lms.lib.clock import today
from lms.lib.errors import Conflict
from lms.lib.ids import uuid7

BATCH = 500
_DAYS = ("issued_on", "expires_on", "starts_on")
State = DepositRow.State
Method = LearningOutcome.Method


def content_of(item: Item) -> str:
    """A row as it is kept, encrypted, until its outcome stands."""
    said = {name: value for name, value in _plain(item.said).items() if value not in (None, "")}
    kept = {"name": item.who.name, "phone": item.who.phone, "said": said}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _plain(said: rules.Deposit) -> dict[str, Any]:
    values = {
        name: getattr(said, name)
        for name in rules.Deposit.__dataclass_fields__
        if name not in {"issuer", "entry"}
    }
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def item_of(row: DepositRow, issuer: Organisation) -> Item:
    """A kept row, read back."""
    kept = json.loads(row.content)
    said = dict(kept["said"])
    for name in _DAYS:
        if name in said:
            said[name] = date.fromisoformat(said[name])
    blank: dict[str, Any] = {"title": "", "occupation_code": "", "level": None, "number": ""}
    who = Named(kept["name"], kept["phone"], row.paper_hash)
    return Item(row.row, who, rules.Deposit(**{**blank, **said, "issuer": issuer}))


def kept_row(batch: DepositBatch, placed: Placed) -> DepositRow:
    """The row of a plan: with what it says, until it is written."""
    who = placed.item.who
    return DepositRow(
        batch=batch,
        row=placed.item.row,
        state=State.SAME if placed.fate == Fate.SAME else State.PLANNED,
        content="" if placed.fate == Fate.SAME else content_of(placed.item),
        paper_hash=who.paper,
        phone_hash=phone_hash(who.phone),
        same_key=placed.same_key,
    )


def clash(placed: Placed) -> Conflict:
    return Conflict(
        _("第 %(row)s 行：%(sentence)s") % {"row": placed.item.row, "sentence": clash_sentence()},
        code="deposit_clash",
        details={"row": placed.item.row},
    )


def write(
    batch: DepositBatch, rows: Sequence[DepositRow], placed: Sequence[Placed], who: Actor, moment: datetime
) -> None:
    """Carry out what was placed, in step with `rows` (saved). Raises Conflict: then the caller's transaction rolls back."""
    if batch.issuer.status != Organisation.Status.ACTIVE:
        raise Conflict(_("机构已暂停，没有写入任何内容。恢复以后可以再存入。"), code="issuer_suspended")
    _refuse_own(batch, placed)
    clashing = next((item for item in placed if item.fate == Fate.CLASH), None)
    if clashing is not None:
        raise clash(clashing)
    fresh: list[LearningOutcome] = []
    proved: list[LearningOutcome] = []
    by_state: dict[str, list[DepositRow]] = {State.WAITING: [], State.SAME: [], State.GIVEN: []}
    made: dict[str, LearningOutcome] = {}
    for row, item in zip(rows, placed, strict=True):
        state = {Fate.WAIT: State.WAITING, Fate.SAME: State.SAME}.get(item.fate, State.GIVEN)
        if item.fate in MADE:
            row.outcome = made[item.achievement] = _outcome(item, batch, moment)
            (fresh if item.fate == Fate.NEW else proved).append(row.outcome)
        elif item.fate != Fate.WAIT:
            row.outcome = item.outcome or made.get(item.achievement)
        row.state = state
        by_state[state].append(row)
    try:
        LearningOutcome.objects.bulk_create(fresh, batch_size=BATCH)
        LearningOutcome.objects.bulk_update(proved, _taken_over(), batch_size=BATCH)
        if by_state[State.WAITING]:
            rows_before = yielding([row.same_key for row in by_state[State.WAITING]])
            rows_before.update(state=State.YIELDED, content="")
        _states(by_state, moment)
    except IntegrityError as error:
        raise Conflict(
            _("存入的同时有人登记或存入了同一项成果，没有写入任何内容。请再试一次。"), code="deposit_race"
        ) from error
    _log(batch, [*fresh, *proved], who)


def _states(by_state: dict[str, list[DepositRow]], moment: datetime) -> None:
    """What has become of the rows; of those with an outcome nothing stays but the reference."""
    for state, rows in by_state.items():
        values: dict[str, Any] = {"state": state}
        if state != State.WAITING:
            values["content"] = ""
        if state == State.GIVEN:
            values["given_at"] = moment
        DepositRow.objects.filter(pk__in=[row.pk for row in rows]).update(**values)
        named = [row for row in rows if row.outcome is not None]
        for row in named:
            # The id, now that there is one.
            row.outcome = row.outcome
        DepositRow.objects.bulk_update(named, ["outcome"], batch_size=BATCH)


def _refuse_own(batch: DepositBatch, placed: Sequence[Placed]) -> None:
    """Nobody deposits for themselves: not who hands a list in or agrees to it, nor, of a program, who runs the issuer."""
    own = _hands(batch, [item.match.user for item in placed if item.match is not None and item.fate in MADE])
    for item in placed:
        if item.match is not None and item.match.user.pk in own and item.fate in MADE:
            raise Conflict(
                _("第 %(row)s 行：%(sentence)s") % {"row": item.item.row, "sentence": own_sentence()},
                code="own_case",
                details={"row": item.item.row},
            )


def own_sentence() -> str:
    return _("不能为自己存入，请由其他人员交。")


def _hands(batch: DepositBatch, people: Sequence[User]) -> set[int]:
    """Those of the people through whose hands the batch goes."""
    if not people:
        return set()
    if batch.machine is not None:
        day = today()
        admins = Membership.objects.filter(
            Q(until__isnull=True) | Q(until__gte=day),
            organisation=batch.issuer_id,
            role=Role.ADMIN,
            since__lte=day,
            user__in=people,
        )
        return {user.pk for user in people if user.is_superuser} | set(
            admins.values_list("user_id", flat=True)
        )
    # Only the last who agreed: whoever was refused for their own row may leave it to another.
    agreed = AuditRow.objects.filter(
        target_type=DepositBatch._meta.label, target=batch.uuid, action="deposit.accept"
    )
    accepted_by = agreed.order_by("-id").values_list("person", flat=True).first()
    return {
        user.pk
        for user in people
        if user.pk == batch.by_id or (accepted_by is not None and user.uuid == accepted_by)
    }


_HOLDERS_OWN = frozenset({"id", "uuid", "holder", "deposited_at"})


def _taken_over() -> list[str]:
    """What the issuer's word sets, where the holder had registered the outcome: all that is said about it."""
    return [field.name for field in LearningOutcome._meta.concrete_fields if field.name not in _HOLDERS_OWN]


def _outcome(item: Placed, batch: DepositBatch, moment: datetime) -> LearningOutcome:
    """The outcome as the issuer's word makes it: a new one, or in the place of what the holder registered and nobody had
    verified, of which only that it is theirs and since when remains.
    """
    assert item.match is not None
    said = item.item.said
    number = rules.tidy_number(said.number)
    outcome = row_of(said, item.match.user, number, rules.check_number(said.kind, number, said.level).form)
    found = item.outcome
    if found is not None:
        outcome.pk, outcome.uuid, outcome.deposited_at = found.pk, found.uuid, found.deposited_at
    outcome.issuer = batch.issuer
    outcome.status, outcome.method, outcome.note = LearningOutcome.Status.VERIFIED, Method.DEPOSIT, ""
    outcome.verified_by, outcome.verified_for, outcome.verified_at = batch.by, batch.issuer.code, moment
    return outcome


def _log(batch: DepositBatch, outcomes: Sequence[LearningOutcome], who: Actor) -> None:
    """The steps of A64, each its own row: handed in and verified by the issuer, accumulated by the platform."""
    targets = [outcome.uuid for outcome in outcomes]
    key = uuid7()
    data = {"method": Method.DEPOSIT, "batch": str(batch.uuid)}
    for action in ("outcome.deposit", "outcome.verify"):
        record_each(who, targets, key=key, action=action, target_type=TARGET, data=data)
    platform = Actor.system("creditbank.deposits")
    record_each(platform, targets, key=key, action="outcome.accumulate", target_type=TARGET)
