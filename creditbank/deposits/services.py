"""Handing lists in: a file is read in the background, its plan is agreed to, and it is written whole or not at all.

Owns: every change of a batch. Who may: assessors and administrators of the organisation, which is the issuer of
everything in the list. Refuses: a file that was handed in before (by its content), a list with any fault, writing a part.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from creditbank.deposits import reading, rules
from creditbank.deposits.models import DepositBatch, DepositFault, DepositRow
from creditbank.deposits.placing import MADE, Fate, Item, Placed, clash_sentence, place
from creditbank.deposits.writing import item_of, kept_row, own_sentence, write
from creditbank.outcomes.catalogue import covered_faults
from creditbank.outcomes.rights import right_faults
from creditbank.outcomes.rules import Fault as Why
from creditbank.outcomes.words import fault_sentence
from lms.accounts.api import Organisation, Role, User, named, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, Refusal
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import enqueue
from lms.lib.workbooks import unreadable

TARGET = "creditbank.DepositBatch"
READ, WRITE = "creditbank.deposits.read", "creditbank.deposits.write"
DEPOSITORS = (Role.ASSESSOR, Role.ADMIN)
CHUNK = 500
# Nobody mends more than this at a time; of further ones only the number is kept.
MOST_FAULTS = 5000
# Names of columns in one sentence.
MOST_UNREAD = 12
State = DepositBatch.State


# --- a file ----------------------------------------------------------------------------------------------


def upload(user: User, issuer: Organisation, file: UploadedFile) -> DepositBatch:
    """Keep a file and have it read; nothing is deposited yet. The same content again leads to the batch it made.

    Raises NotAllowed, Invalid (too large), Conflict (`same_file`, with the batch in its details).
    """
    who = require_role(user, *DEPOSITORS, organisation=issuer)
    if not file.size:
        raise unreadable(_("文件是空的。"))
    if file.size > reading.MAX_BYTES:
        raise unreadable(_("文件超过 20 MB。名单只要文字，请去掉图片和多余的工作表，或分成几个文件。"))
    reading.weigh(file)
    digest = _digest(file)
    known = DepositBatch.objects.filter(issuer=issuer, source="file", key=digest, state__in=_LIVING).first()
    if known is not None:
        raise _same_file(known)
    try:
        with transaction.atomic():
            batch = DepositBatch.objects.create(
                issuer=issuer,
                source=DepositBatch.Source.FILE,
                by=user,
                key=digest,
                payload_hash=digest,
                name=(file.name or "").replace("\0", "")[-120:],
                file=File(file, name="list"),
                made_at=now(),
            )
            record(
                who, action="deposit.upload", target_type=TARGET, target=batch.uuid, data={"sha256": digest}
            )
            batch.job = enqueue(READ, _args(batch), who, key=f"deposit-read:{batch.uuid}").uuid
            batch.save(update_fields=["job"])
    except IntegrityError as error:
        # Two clicks at once: the other one made it.
        raise _same_file(
            DepositBatch.objects.get(issuer=issuer, source="file", key=digest, state__in=_LIVING)
        ) from error
    return batch


def _args(batch: DepositBatch) -> dict[str, str]:
    return {"batch": str(batch.uuid), "language": translation.get_language() or settings.LANGUAGE_CODE}


_LIVING = (State.READING, State.READY, State.WRITING, State.DONE)


def _digest(file: IO[bytes] | UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in iter(lambda: file.read(1 << 20), b""):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _same_file(batch: DepositBatch) -> Conflict:
    return Conflict(
        _("这个文件已经交过，内容完全相同。"), code="same_file", details={"batch": str(batch.uuid)}
    )


def read_batch(context: JobContext) -> dict[str, Any]:
    """Read a file into the plan: its rows, or its faults. Begun anew after a crash, it begins from nothing."""
    # What is said stays with the list: in the language of whoever handed it in.
    with translation.override(context.args.get("language") or settings.LANGUAGE_CODE):
        return _read(context)


def _read(context: JobContext) -> dict[str, Any]:
    batch = DepositBatch.objects.select_related("issuer", "by").get(uuid=context.args["batch"])
    if batch.state != State.READING:
        return {}
    _forget(batch)
    try:
        plan = _Plan(batch)
        with batch.file.open("rb") as file:
            for chunk in _chunks(reading.rows_of(file, plan.unread)):
                context.check_cancelled()
                plan.take(chunk)
                context.progress(plan.lines, 0, _("已检查 %(lines)s 行") % {"lines": plan.lines})
    except Invalid as refusal:
        plan.fault(0, "", str(refusal.message))
    plan.end()
    return {"lines": plan.lines, "faults": plan.faults}


def _chunks(rows: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _forget(batch: DepositBatch) -> None:
    DepositRow.objects.filter(batch=batch).delete()
    DepositFault.objects.filter(batch=batch).delete()


class _Plan:
    """A batch while it is read: chunks of rows come, rows or faults stay. Knows each key of the list once (32 bytes)."""

    def __init__(self, batch: DepositBatch) -> None:
        self.batch = batch
        self.lines = self.faults = self.same = 0
        self.first: dict[bytes, int] = {}
        self.message = ""
        self.found: list[DepositFault] = []

    def fault(self, row: int, column: str, sentence: str) -> None:
        self.faults += 1
        if self.faults <= MOST_FAULTS:
            self.found.append(DepositFault(batch=self.batch, row=row, column=column, sentence=sentence))

    def unread(self, columns: Sequence[str]) -> None:
        """Columns that are left out: no fault, but said before anybody agrees."""
        if columns:
            values = {"columns": _("、").join(columns[:MOST_UNREAD])}
            self.message = _("这些列不在模板里，没有读取：%(columns)s。") % values

    def take(self, chunk: Sequence[tuple[int, dict[str, Any]]]) -> None:
        self.lines += len(chunk)
        if self.lines > reading.MAX_ROWS:
            raise unreadable(_("超过 %(most)s 行，请分成几个文件。") % {"most": reading.MAX_ROWS})
        items = []
        for row, cells in chunk:
            item, faults = read_item(row, cells, self.batch.issuer)
            for fault in faults:
                self.fault(row, fault.column, fault.sentence)
            if item is not None:
                items.append(item)
        rows = []
        for placed in place(items, self.batch.issuer):
            if self._stands(placed):
                rows.append(kept_row(self.batch, placed))
                self.same += placed.fate == Fate.SAME
        for at, why in catalogue_faults(items, self.batch.issuer):
            self.fault(items[at].row, rules.TITLES[why.field], fault_sentence(items[at].said.kind, why))
        with transaction.atomic():
            # A list with faults is not deposited: its rows need not be kept, only what is wrong with them.
            if not self.faults:
                DepositRow.objects.bulk_create(rows)
            DepositFault.objects.bulk_create(self.found)
        self.found = []

    def _stands(self, placed: Placed) -> bool:
        row = placed.item.row
        before = self.first.setdefault(bytes.fromhex(placed.same_key), row)
        own = placed.fate in MADE and placed.match is not None and placed.match.user.pk == self.batch.by_id
        if before != row:
            self.fault(row, "", _("和第 %(row)s 行是同一项成果，只写一行。") % {"row": before})
        elif placed.fate == Fate.CLASH:
            self.fault(row, rules.TITLES["number"], clash_sentence())
        elif own:
            self.fault(row, "", own_sentence())
        return before == row and placed.fate != Fate.CLASH and not own

    def end(self) -> None:
        """The plan stands, or the faults do; the file is needed no more."""
        batch = self.batch
        with transaction.atomic():
            DepositFault.objects.bulk_create(self.found)
            if self.faults:
                DepositRow.objects.filter(batch=batch).delete()
            batch.state = State.FAULTY if self.faults else State.READY
            batch.lines, batch.faults_found, batch.same = self.lines, self.faults, self.same
            batch.message = self.message
            name, batch.file = str(batch.file.name), ""
            batch.save(update_fields=["state", "lines", "faults_found", "same", "message", "file"])
            storage = batch._meta.get_field("file").storage  # type: ignore[union-attr]
            transaction.on_commit(lambda: storage.delete(name), robust=True)


def read_item(row: int, cells: dict[str, Any], issuer: Organisation) -> tuple[Item | None, list[rules.Fault]]:
    """One row: what it says and whom it means, or everything that is wrong with it."""
    line = rules.read_line(cells, issuer, today())
    faults = list(line.faults)
    told = {fault.field for fault in faults}
    person = line.person
    who, wrong = named(person["name"], person["phone"], person["paper_kind"], person["paper"], today())
    for fault in wrong:
        field = {"number": "paper"}.get(fault.field, fault.field)
        if field not in told:
            sentence = _("手机号“%(phone)s”不像一个手机号。") % {"phone": rules.quoted(person["phone"])}
            faults.append(rules.Fault(field, sentence if field == "phone" else fault.sentence))
    if faults or line.said is None:
        return None, faults
    return Item(row, who, line.said), []


def catalogue_faults(items: Sequence[Item], issuer: Organisation) -> list[tuple[int, Why]]:
    """(place, fault) of what the issuer may not deposit, and of what the catalogue has covered. Three queries for any
    number of items; a row has at most one of them.
    """
    said = [item.said for item in items]
    found = right_faults(said, issuer, today())
    return sorted((found | covered_faults(said)).items())


# --- the decision ----------------------------------------------------------------------------------------


def accept(user: User, batch: DepositBatch) -> DepositBatch:
    """Agree to the plan: it is written in the background, all of it. Accepted already, nothing happens.

    Raises NotAllowed, Conflict (it has faults, or was given up).
    """
    who = require_role(user, *DEPOSITORS, organisation=batch.issuer)
    with transaction.atomic():
        row = DepositBatch.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=batch.pk)
        if row.state in {State.WRITING, State.DONE}:
            return row
        if row.state != State.READY:
            raise Conflict(_("这批名单不能存入：还没检查完，有错误，或已放弃。"), code="batch_not_ready")
        row.state, row.accepted_at, row.message = State.WRITING, now(), ""
        again = record(
            who, action="deposit.accept", target_type=TARGET, target=row.uuid, data={"lines": row.lines}
        )
        row.job = enqueue(WRITE, _args(row), who, key=f"deposit-write:{again.uuid}").uuid
        row.save(update_fields=["state", "accepted_at", "message", "job"])
    return row


def discard(user: User, batch: DepositBatch) -> DepositBatch:
    """Give a list up that was not written; what it said is forgotten. Raises NotAllowed, Conflict (written)."""
    who = require_role(user, *DEPOSITORS, organisation=batch.issuer)
    with transaction.atomic():
        row = DepositBatch.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=batch.pk)
        if row.state == State.DISCARDED:
            return row
        if row.state not in {State.READY, State.FAULTY, State.FAILED}:
            raise Conflict(_("这批名单正在处理或已经存入，不能放弃。"), code="batch_taken")
        _forget(row)
        row.state = State.DISCARDED
        row.save(update_fields=["state"])
        record(who, action="deposit.discard", target_type=TARGET, target=row.uuid)
    return row


def write_batch(context: JobContext) -> dict[str, Any]:
    """Write a plan in one transaction. What has come between makes it ready again, with a sentence, and nothing written."""
    with translation.override(context.args.get("language") or settings.LANGUAGE_CODE):
        return _written(context)


def _written(context: JobContext) -> dict[str, Any]:
    uuid = context.args["batch"]
    context.progress(0, 1, _("正在一次写入，全部成功才算数"))
    try:
        with context.held(), transaction.atomic():
            batch = (
                DepositBatch.objects.select_for_update(of=("self",))
                .select_related("issuer", "by")
                .get(uuid=uuid)
            )
            if batch.state == State.WRITING:
                _write_all(batch, context.actor)
            elif batch.state != State.DONE:
                return {}
    except Refusal as refusal:
        DepositBatch.objects.filter(uuid=uuid, state=State.WRITING).update(
            state=State.READY, message=str(refusal.message)
        )
        raise
    return {"lines": batch.lines}


def _write_all(batch: DepositBatch, who: Actor) -> None:
    moment, last = now(), 0
    while rows := list(
        DepositRow.objects.filter(batch=batch, state=DepositRow.State.PLANNED, pk__gt=last).order_by("pk")[
            :CHUNK
        ]
    ):
        last = rows[-1].pk
        items = [item_of(row, batch.issuer) for row in rows]
        _still_allowed(items, batch.issuer)
        write(batch, rows, place(items, batch.issuer), who, moment)
    batch.state, batch.done_at = State.DONE, moment
    batch.save(update_fields=["state", "done_at"])
    record(who, action="deposit.write", target_type=TARGET, target=batch.uuid, data={"lines": batch.lines})


def _still_allowed(items: Sequence[Item], issuer: Organisation) -> None:
    """Between plan and writing an authority may have taken the right away. Raises Conflict: then nothing is written."""
    for at, why in catalogue_faults(items, issuer):
        sentence = fault_sentence(items[at].said.kind, why)
        raise Conflict(
            _("第 %(row)s 行：%(sentence)s") % {"row": items[at].row, "sentence": sentence},
            code="deposit_not_allowed",
            details={"row": items[at].row},
        )
