"""Sends a store's statements on to another one, each once, in the order they were stored.

Owns: targets, their position and what was set aside. Who looks after a store may say where it sends. A statement keeps its
id on the way, so that whatever is sent twice (a worker killed between the answer and the position) is one statement there.
The position moves only after the receiver has answered, and never past the moment before which nothing more can be stored.
Refuses: addresses that are not public (line.py); what the receiver does not take is set aside with its words, and the rest
goes on; when nobody answers, everything waits.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import epoch_ms, now
from lms.lib.errors import Conflict, Invalid
from lms.records.credentials.models import Store
from lms.records.credentials.services import TARGET, require_keeper
from lms.records.forwarding import line
from lms.records.forwarding.models import Aside, Target
from lms.records.forwarding.queries import asked_again
from lms.records.forwarding.rules import BATCH, BATCH_BYTES, Verdict, endpoint, pause, verdict
from lms.records.statements import attachments, formats, queries
from lms.records.statements.compare import digest
from lms.records.statements.formats import Kept
from lms.records.statements.rules import Json

MOST = 10
Place = tuple[int, int]


@dataclass(frozen=True)
class _One:
    """A statement on its way out."""

    place: Place
    kept: Kept
    text: str
    data: Json

    @property
    def bytes(self) -> int:
        return sum(int(item["length"]) for item in attachments.listed(self.data))


@dataclass
class _Outcome:
    taken: int = 0
    refused: list[tuple[_One, line.Answer]] = field(default_factory=list)


class _Later(Exception):
    """The receiver is away or does not let us in; str: what is said of it."""

    def __init__(self, said: str, asked_s: int = 0) -> None:
        super().__init__(said)
        self.asked_s = asked_s


# --- by people --------------------------------------------------------------------------------------------


def make_target(
    by: User | Actor,
    store: Store,
    *,
    name: str,
    address: str,
    key: str,
    secret: str,
    version: str = Target.Version.ONE,
    from_start: bool = False,
) -> Target:
    """Send on what is stored from now on; from_start: from the store's first statement. Raises NotAllowed, Invalid,
    Conflict (too many).
    """
    who = require_keeper(by, store)
    said = " ".join(name.split())
    if not said or len(said) > 120:
        raise Invalid(_("请填写名称，不超过 120 个字。"), details={"field": "name"})
    url = endpoint(address)
    if not url or len(url) > 400:
        raise Invalid(
            _("这不是记录库的地址。例如：https://lrs.example.cn/xapi/"), details={"field": "address"}
        )
    if not key.strip() or not secret or ":" in key:
        raise Invalid(_("请填写对方给的密钥编号和密钥。"), details={"field": "key"})
    if version not in Target.Version.values:
        raise Invalid(_("请选择版本。"), details={"field": "version"})
    with transaction.atomic():
        Store.objects.select_for_update(of=("self",), no_key=True).get(pk=store.pk)
        if Target.objects.filter(store=store).count() >= MOST:
            raise Conflict(_("转发的目的地太多了。"), code="too_many_targets")
        made = Target.objects.create(
            store=store,
            name=said,
            endpoint=url,
            key=key.strip()[:200],
            secret=secret,
            version=version,
            made_by=None if isinstance(by, Actor) else by,
            made_at=now(),
            position_ms=0 if from_start else epoch_ms(now()),
        )
        _note(who, made, "make", endpoint=url, from_start=from_start)
    return made


def switch(by: User | Actor, target: Target, *, on: bool) -> Target:
    """Stop, or go on where it stopped, at once whatever it waits for. Raises NotAllowed."""
    who = require_keeper(by, target.store)
    with transaction.atomic():
        row = Target.objects.select_for_update(of=("self",)).get(pk=target.pk)
        if row.on == on and row.next_try_at is None:
            return row
        row.on, row.next_try_at = on, None
        row.save(update_fields=["on", "next_try_at"])
        _note(who, row, "on" if on else "off")
    return row


def send_again(by: User | Actor, target: Target, *, statement: int | None = None) -> int:
    """What was set aside goes out once more with the next job, one statement (its number) or all; how many. Raises
    NotAllowed.
    """
    who = require_keeper(by, target.store)
    with transaction.atomic():
        waiting = Aside.objects.filter(target=target, asked_at__isnull=True, sent_at__isnull=True)
        if statement is not None:
            waiting = waiting.filter(statement=statement)
        count = waiting.update(asked_at=now())
        if count:
            _note(who, target, "again", count=count)
    return count


def _note(who: Actor, target: Target, what: str, **data: object) -> None:
    record(
        who,
        action=f"records.forwarding.{what}",
        target_type=TARGET,
        target=target.store.uuid,
        data={"target": str(target.uuid), "name": target.name, **data},
    )


# --- by the worker ----------------------------------------------------------------------------------------


def send_on(
    target_id: int, *, tell: Callable[[int], None] = lambda count: None, settle_ms: int | None = None
) -> int:
    """Send everything that is settled; the number of statements seen to. tell: called with it after each batch, and may
    raise to stop. settle_ms: how long ago a statement must have been stored.
    """
    done = 0
    before = queries.settled_ms() if settle_ms is None else queries.settled_ms(settle_ms)
    while True:
        target = Target.objects.filter(pk=target_id, on=True).first()
        if target is None:
            return done
        again = list(asked_again(target.pk)[:BATCH])
        if again:
            try:
                done += _once_more(target, again)
            except (line.Unreachable, _Later) as reason:
                _wait(target, str(reason), getattr(reason, "asked_s", 0))
                return done
            tell(done)
            continue
        here = (target.position_ms, target.position)
        rows = queries.in_order(target.store_id, here, before, BATCH)
        if not rows:
            return done
        batch, last = _batch(rows)
        try:
            outcome = _deliver(target, batch) if batch else _Outcome()
        except (line.Unreachable, _Later) as reason:
            _wait(target, str(reason), getattr(reason, "asked_s", 0))
            return done
        if not _move(target, last, outcome):
            return done
        done += outcome.taken + len(outcome.refused)
        tell(done)


def _batch(rows: Sequence[tuple[Place, Kept | None]]) -> tuple[list[_One], Place]:
    """What goes together, and the place of the last statement that is seen to with it."""
    batch: list[_One] = []
    last, size = rows[0][0], 0
    for place, kept in rows:
        if kept is not None:
            text = formats.to_send(kept)
            one = _One(place, kept, text, json.loads(text))
            if batch and size + one.bytes > BATCH_BYTES:
                break
            batch.append(one)
            size += one.bytes
        last = place
    return batch, last


def _once_more(target: Target, again: Sequence[Aside]) -> int:
    """Send what was set aside; the number of statements seen to. What the receiver refuses again stays aside with what it
    says now, and what was erased meanwhile is no longer there to be sent. Raises Unreachable, _Later.
    """
    rows = queries.numbered(target.store_id, [aside.statement for aside in again])
    batch = _batch(rows)[0] if rows else []
    # More bytes than go together: with the next request.
    later = {place[1] for place, _kept in rows} - {one.place[1] for one in batch}
    outcome = _deliver(target, batch) if batch else _Outcome()
    refused = {one.place[1]: answer for one, answer in outcome.refused}
    sent = {one.place[1] for one in batch} - refused.keys()
    with transaction.atomic():
        waiting = Aside.objects.filter(target=target, sent_at__isnull=True)
        waiting.filter(statement__in=[one.statement for one in again]).exclude(
            statement__in=[*refused, *sent, *later]
        ).delete()
        taken = waiting.filter(statement__in=sent).update(sent_at=now())
        for number, answer in refused.items():
            waiting.filter(statement=number).update(
                status=answer.status, said=answer.said, at=now(), asked_at=None
            )
        Target.objects.filter(pk=target.pk).update(
            sent=F("sent") + taken,
            sent_at=now() if taken else F("sent_at"),
            failures=0,
            next_try_at=None,
            said="",
        )
    return len(batch)


def _deliver(target: Target, batch: Sequence[_One]) -> _Outcome:
    """Until each statement is either there or refused: a batch that is refused goes by halves, in order. Raises
    Unreachable, _Later.
    """
    answer = _post(target, batch)
    said = verdict(answer.status)
    if said is Verdict.TAKEN:
        return _Outcome(len(batch))
    if said is Verdict.LATER:
        asked = answer.headers.get("retry-after", "")
        words = _("对方回答 %(status)s：%(said)s") % {"status": answer.status, "said": answer.said[:500]}
        raise _Later(words, int(asked) if asked.isdecimal() and len(asked) < 6 else 0)
    if len(batch) > 1:
        half = len(batch) // 2
        first, second = _deliver(target, batch[:half]), _deliver(target, batch[half:])
        return _Outcome(first.taken + second.taken, first.refused + second.refused)
    if said is Verdict.THERE and not _another_there(target, batch[0]):
        return _Outcome(1)
    return _Outcome(0, [(batch[0], answer)])


def _post(target: Target, batch: Sequence[_One]) -> line.Answer:
    body, kind = f"[{','.join(one.text for one in batch)}]".encode(), "application/json"
    data = [one.data for one in batch]
    if any(True for one in data for _item in attachments.listed(one)):
        body, kind = attachments.multipart(body, target.store_id, data)
    return line.ask("POST", f"{target.endpoint}statements", _headers(target) | {"Content-Type": kind}, body)


def _another_there(target: Target, one: _One) -> bool:
    """Whether the receiver has another statement under this id. One that does not let us look is believed to have this."""
    query = urlencode({"statementId": one.kept.statement_id})
    answer = line.ask("GET", f"{target.endpoint}statements?{query}", _headers(target))
    if answer.status != 200:
        return False
    try:
        found = json.loads(answer.body)
        return not isinstance(found, dict) or digest(found) != digest(one.data)
    except (ValueError, RecursionError, AttributeError):
        return False


def _headers(target: Target) -> dict[str, str]:
    pair = base64.b64encode(f"{target.key}:{target.secret}".encode()).decode()
    return {
        "Authorization": f"Basic {pair}",
        "X-Experience-API-Version": target.version,
        "User-Agent": "Rongtong",
    }


@transaction.atomic
def _move(target: Target, last: Place, outcome: _Outcome) -> bool:
    """The position moves on; False where another worker has moved it meanwhile, who then has seen to the same."""
    moved = Target.objects.filter(
        pk=target.pk, position_ms=target.position_ms, position=target.position
    ).update(
        position_ms=last[0],
        position=last[1],
        sent=F("sent") + outcome.taken,
        sent_at=now() if outcome.taken else F("sent_at"),
        failures=0,
        next_try_at=None,
        said="",
    )
    if not moved:
        return False
    Aside.objects.bulk_create(
        [
            Aside(
                target=target,
                statement=one.place[1],
                statement_id=one.kept.statement_id,
                status=answer.status,
                said=answer.said,
                at=now(),
            )
            for one, answer in outcome.refused
        ],
        ignore_conflicts=True,
    )
    return True


def _wait(target: Target, said: str, asked_s: int) -> None:
    failures = target.failures + 1
    later: timedelta = pause(failures, asked_s)
    Target.objects.filter(pk=target.pk).update(
        failures=failures, next_try_at=now() + later, said=said.replace("\0", "")[:2000]
    )
