"""Deposits that an organisation's own system hands in, some at a time: checked and written at once, all of them or none.

Owns: the idempotency of requests: the key is looked up before anything else, the same key with the same content gives the
first answer, with other content a conflict. Refuses: more than a request may hold, and telling whether a person is here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.deposits.models import DepositBatch, DepositRow
from creditbank.deposits.placing import Fate, Item, clash_sentence, place
from creditbank.deposits.services import catalogue_faults, read_item
from creditbank.deposits.writing import kept_row, write
from creditbank.outcomes.words import fault_sentence
from lms.accounts.api import Machine, machine_actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid

MOST_ITEMS = 200
LONGEST_KEY = 100
TARGET = "creditbank.DepositBatch"


@dataclass(frozen=True)
class Answer:
    """The batch, its rows in the order of the request, and whether this request made it."""

    batch: DepositBatch
    rows: list[DepositRow]
    fresh: bool


def deposit_many(machine: Machine, key: str, items: Sequence[Mapping[str, Any]]) -> Answer:
    """Deposit what a request holds. items: field → value, as the columns of a list (`deposits.rules.HEADINGS`), amounts
    in whole units as on the paper.

    Raises Invalid (`details.items`: place, field and sentence of every fault), Conflict (`idempotency_key_reused`, or an
    item that is verified as another person's). Nothing is written then.
    """
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(
            _("请在 Idempotency-Key 里给出 1–%(most)s 个字的请求编号。") % {"most": LONGEST_KEY},
            code="idempotency_key_missing",
        )
    payload = _hash(items)
    first = _first(machine, key, payload)
    if first is not None:
        return first
    if not 0 < len(items) <= MOST_ITEMS:
        raise Invalid(_("一次存入 1–%(most)s 项。") % {"most": MOST_ITEMS}, code="too_many_items")
    read = _read(machine, items)
    try:
        with transaction.atomic():
            return _written(machine, key, payload, read)
    except (IntegrityError, Conflict):
        # The same request twice at once: the other one made it, and this one gets its answer.
        first = _first(machine, key, payload)
        if first is None:
            raise
        return first


def _hash(items: Sequence[Mapping[str, Any]]) -> str:
    text = json.dumps(list(items), ensure_ascii=False, sort_keys=True, default=str)
    return lookup_hash(text, "creditbank.deposit.request")


def _first(machine: Machine, key: str, payload: str) -> Answer | None:
    batch = DepositBatch.objects.filter(
        issuer=machine.organisation, source=DepositBatch.Source.API, key=key, state=DepositBatch.State.DONE
    ).first()
    if batch is None:
        return None
    if batch.payload_hash != payload:
        raise Conflict(
            _("这个请求编号已用于另一批内容。同一批重发用同一个编号，新的一批用新的编号。"),
            code="idempotency_key_reused",
        )
    return Answer(batch, list(batch.rows.order_by("row")), fresh=False)


def _read(machine: Machine, items: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The items, or every fault in them at once."""
    found: list[Item] = []
    faults: list[dict[str, Any]] = []
    for place_, values in enumerate(items):
        item, wrong = read_item(place_ + 1, dict(values), machine.organisation)
        faults += [{"index": place_, "field": fault.field, "message": fault.sentence} for fault in wrong]
        if item is not None:
            found.append(item)
    for at, fault in catalogue_faults(found, machine.organisation):
        sentence = fault_sentence(found[at].said.kind, fault)
        faults.append({"index": found[at].row - 1, "field": fault.field, "message": sentence})
    if faults:
        faults.sort(key=lambda fault: fault["index"])
        raise Invalid(
            _("有 %(count)s 处不对，整批都没有存入。") % {"count": len(faults)},
            code="invalid_items",
            details={"items": faults},
        )
    return found


def _written(machine: Machine, key: str, payload: str, items: Sequence[Item]) -> Answer:
    moment, who = now(), machine_actor(machine)
    placed = place(items, machine.organisation)
    _refuse_clashes(placed)
    batch = DepositBatch.objects.create(
        issuer=machine.organisation,
        source=DepositBatch.Source.API,
        machine=machine.uuid,
        key=key,
        payload_hash=payload,
        state=DepositBatch.State.DONE,
        lines=len(items),
        same=sum(item.fate == Fate.SAME for item in placed),
        made_at=moment,
        accepted_at=moment,
        done_at=moment,
    )
    rows = DepositRow.objects.bulk_create([kept_row(batch, item) for item in placed])
    write(batch, rows, placed, who, moment)
    record(who, action="deposit.write", target_type=TARGET, target=batch.uuid, data={"lines": batch.lines})
    return Answer(batch, rows, fresh=True)


def _refuse_clashes(placed: Sequence[Any]) -> None:
    """Also two items of one request that are the same outcome."""
    seen: dict[str, int] = {}
    faults = []
    for item in placed:
        at = item.item.row - 1
        if item.fate == Fate.CLASH:
            faults.append({"index": at, "field": "number", "message": clash_sentence()})
        elif seen.setdefault(item.same_key, at) != at:
            sentence = _("和第 %(row)s 行是同一项成果，只写一行。") % {"row": seen[item.same_key] + 1}
            faults.append({"index": at, "field": "", "message": sentence})
    if faults:
        raise Conflict(
            _("有 %(count)s 处不对，整批都没有存入。") % {"count": len(faults)},
            code="deposit_clash",
            details={"items": faults},
        )
