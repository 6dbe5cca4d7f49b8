"""Uploads that go on where they stopped: begin, append, give up, take out, sweep.

Owns Upload rows and their files. Refuses: people who do not edit for the organisation, more than an organisation may
keep, two writers at once, bytes at another place than the next, a checksum that does not fit, a full disk. A row's
offset is moved only after its bytes are on the disk, so that a client that goes on at the offset misses none.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import time
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.db import transaction
from django.http import UnreadablePostError
from django.utils.translation import gettext as _

from courses.storage.api import require_room
from lms.accounts.api import Organisation, Role, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed, NotFound, Refusal, TooMany

from . import rules, store
from .models import Upload
from .queries import promised_bytes, used_by

PIECE = 64 * 1024  # small: what a dying connection brings last is kept, too
SYNC_BYTES = 4 * 1024**2
SYNC_S = 2.0
STRAY_S = 24 * 3600.0
SWEPT_AT_ONCE = 500
# EFBIG: a limit on file sizes, which is as full as a full disk.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Body(Protocol):
    """A request's body: gives what has come, b"" at its end, also when the connection is lost."""

    def read(self, size: int, /) -> bytes: ...


def _permit(actor: Actor, organisation: Organisation) -> None:
    if actor.role != Role.EDITOR or actor.body != organisation.code:
        raise NotAllowed(_("只有本单位的课程编辑可以上传。"))


def _full() -> Refusal:
    sentence = _("服务器的磁盘已满，这一段没有保存；已传的部分还在。请联系管理员，腾出空间后继续。")
    return Refusal(sentence, code="disk_full", status=507)


def _busy() -> Refusal:
    return Refusal(_("这个文件正在另一处上传，请稍等再继续。"), code="locked", status=423)


def _lost() -> Refusal:
    return Refusal(_("这次上传的内容已经不在服务器上，请重新上传。"), code="gone", status=410)


# -- beginning ---------------------------------------------------------------------------------------------


def begin(
    *, user: User, organisation: Organisation, actor: Actor, size: int, metadata: str, name: str
) -> Upload:
    """A new, empty upload of `size` bytes. One of no bytes is complete at once.

    Raises NotAllowed, TooMany (the organisation keeps too much already), Refusal 413 (more than the organisation may
    store), 507 (no room on the disk).
    """
    _permit(actor, organisation)
    row = Upload(
        organisation=organisation,
        user=user,
        name=name,
        size=size,
        metadata=metadata,
        expires_at=now() + rules.KEPT,
    )
    if size == 0:
        row.state, row.sha256 = Upload.State.COMPLETE, hashlib.sha256().hexdigest()
    try:
        with transaction.atomic():
            # One after another, so that two at once do not both find the last place free.
            Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
            _within_bounds(organisation, size)
            store.create(row.uuid)
            row.save()
            _record(actor, row, "upload.begin")
    except OSError as error:
        store.remove(row.uuid)
        raise (_full() if error.errno in _FULL else error) from error
    except BaseException:
        store.remove(row.uuid)
        raise
    return row


def _within_bounds(organisation: Organisation, size: int) -> None:
    count, total = used_by(organisation)
    if count >= rules.MAX_UPLOADS:
        raise TooMany(
            _("本单位已有 %(count)d 个没有导入的上传。请先导入或删除一些。") % {"count": count},
            code="uploads_count",
        )
    if total + size > rules.MAX_TOTAL:
        gigabytes = rules.MAX_TOTAL // 1024**3
        raise TooMany(
            _("本单位没有导入的上传合计不能超过 %(limit)d GB。请先导入或删除一些。") % {"limit": gigabytes},
            code="uploads_total",
        )
    # The row itself, once it is there, is what the next one finds taken.
    require_room(organisation, size)
    if store.free_bytes() - promised_bytes() - rules.RESERVE < size:
        raise Refusal(_("服务器的磁盘空间不够放下这个文件，请联系管理员。"), code="disk_full", status=507)


# -- appending ---------------------------------------------------------------------------------------------


def append(
    row: Upload, body: Body, *, at: int, length: int, checksum: rules.Checksum | None, actor: Actor
) -> Upload:
    """Add the `length` bytes of `body` at offset `at`, which must be the upload's own. Returns the row as it is then.

    A body that ends early is kept as far as it came; with a checksum it is kept whole or not at all. Raises Conflict
    (another offset), Refusal 413 (more than announced), 423 (another writer), 460 (checksum), 507, 410.
    """
    _permit(actor, row.organisation)
    try:
        with store.Turn(row.uuid) as turn:
            return _Append(row, turn, actor).run(body, at, length, checksum)
    except store.Busy:
        raise _busy() from None
    except store.Missing:
        raise _lost() from None


class _Append:
    """One request's writing. `kept` is where the row stands, `written` where the file does."""

    def __init__(self, row: Upload, turn: store.Turn, actor: Actor) -> None:
        self.row, self.turn, self.actor = row, turn, actor
        self.kept = self.written = 0
        self.synced_at = time.monotonic()

    def run(self, body: Body, at: int, length: int, checksum: rules.Checksum | None) -> Upload:
        with self.turn.section():
            self._start(at, length)
        try:
            total = self._write(body, length, checksum)
            if checksum and not hmac.compare_digest(total.digest(), checksum.digest):
                self._drop()
                sentence = _("收到的内容和校验值不一致，这一段没有保存，请再传一次。")
                raise Refusal(sentence, code="checksum", status=460)
            self._keep()
        except OSError as error:
            self._drop()
            if error.errno in _FULL:
                raise _full() from error
            raise
        return self.row

    def _start(self, at: int, length: int) -> None:
        # Read again now that it is our turn: the one before may just have moved it.
        row = Upload.objects.filter(pk=self.row.pk, expires_at__gt=now()).first()
        if row is None:
            raise NotFound
        self.row.offset, self.row.state = row.offset, row.state
        self.row.sha256, self.row.expires_at = row.sha256, row.expires_at
        if row.offset != at:
            raise Conflict(
                _("这个文件已传到另一个位置，请从那里继续。"),
                code="offset",
                details={"offset": row.offset},
            )
        if length > row.size - at:
            raise Refusal(_("送来的内容比文件的大小还多。"), code="too_long", status=413)
        self.kept = self.written = at
        self.turn.begin_at(at)

    def _write(self, body: Body, length: int, checksum: rules.Checksum | None) -> hashlib._Hash:
        total = hashlib.new(checksum.algorithm if checksum else "sha1", usedforsecurity=False)
        end = self.kept + length
        while self.written < end:
            try:
                piece = body.read(min(PIECE, end - self.written))
            except UnreadablePostError:
                break
            if not piece:
                break
            self.turn.write(piece, self.written)
            self.written += len(piece)
            if checksum:
                total.update(piece)
            elif self.written < self.row.size and self._due():
                self._keep()
        return total

    def _due(self) -> bool:
        return self.written - self.kept >= SYNC_BYTES or time.monotonic() - self.synced_at >= SYNC_S

    def _keep(self) -> None:
        """Bytes to the disk first, then the row. The last ones with the hash of the whole, in one step."""
        if self.written == self.kept:
            return
        self.turn.sync()
        whole = self.written == self.row.size
        sha256 = self._sha256() if whole else ""
        state = Upload.State.COMPLETE if whole else Upload.State.OPEN
        expires_at = now() + rules.KEPT
        with self.turn.section(), transaction.atomic():
            moved = Upload.objects.filter(pk=self.row.pk, offset=self.kept).update(
                offset=self.written, sha256=sha256, state=state, expires_at=expires_at
            )
            if not moved:
                # Given up meanwhile: the row is gone, and the file with it.
                raise NotFound
            if whole:
                _record(self.actor, self.row, "upload.complete", sha256=sha256)
        self.row.offset, self.row.sha256, self.row.state = self.written, sha256, state
        self.row.expires_at = expires_at
        self.kept, self.synced_at = self.written, time.monotonic()

    def _sha256(self) -> str:
        total = hashlib.sha256()
        for piece in self.turn.pieces(1024 * 1024):
            total.update(piece)
        return total.hexdigest()

    def _drop(self) -> None:
        with self.turn.section():
            self.turn.begin_at(self.kept)
        self.written = self.kept


# -- the end of an upload ----------------------------------------------------------------------------------


def remove(row: Upload, actor: Actor) -> None:
    """Give an upload up, finished or not; a request that is still writing to it ends with 404."""
    _permit(actor, row.organisation)
    with transaction.atomic():
        if not Upload.objects.filter(pk=row.pk).delete()[0]:
            raise NotFound
        _record(actor, row, "upload.remove")
        transaction.on_commit(lambda: store.remove(row.uuid))


def take(row: Upload, actor: Actor) -> Path:
    """Take the finished file out: the upload is over, and the file belongs to the caller, who moves or deletes it.

    Only for whoever uploaded it (NotFound for others). Raises Conflict (not complete, or taken already), Refusal 410.
    Not inside another transaction: a file cannot be rolled back.
    """
    _permit(actor, row.organisation)
    if actor.person != row.user.uuid:
        raise NotFound
    with transaction.atomic(durable=True):
        held = Upload.objects.select_for_update().filter(pk=row.pk).first()
        if held is None:
            raise Conflict(_("这个文件已经用过了，请重新上传。"), code="upload_taken")
        if held.state != Upload.State.COMPLETE:
            raise Conflict(_("《%(name)s》还没有传完。") % {"name": row.name}, code="upload_open")
        held.delete()
        _record(actor, row, "upload.take", sha256=held.sha256)
        try:
            return store.move_out(row.uuid)
        except store.Missing:
            raise _lost() from None


def erase(user: User) -> list[UUID]:
    """All uploads of a person whose account is erased, in the caller's transaction; returns their uuids."""
    rows = list(Upload.objects.filter(user=user).values_list("uuid", flat=True))
    Upload.objects.filter(user=user).delete()
    for uuid in rows:
        transaction.on_commit(lambda uuid=uuid: store.remove(uuid))  # type: ignore[misc]
    return rows


def sweep() -> int:
    """Remove uploads nobody went on with in time, and files without a row. Returns how many uploads went."""
    actor = Actor.system("uploads")
    old = list(Upload.objects.filter(expires_at__lte=now()).order_by("expires_at")[:SWEPT_AT_ONCE])
    gone = 0
    for row in old:
        with transaction.atomic():
            # A last request may just have renewed it.
            if not Upload.objects.filter(pk=row.pk, expires_at__lte=now()).delete()[0]:
                continue
            _record(actor, row, "upload.expire")
        store.remove(row.uuid)
        gone += 1
    found = list(store.strays(STRAY_S))
    known = set(
        Upload.objects.filter(uuid__in={uuid for uuid, _path in found}).values_list("uuid", flat=True)
    )
    for uuid, path in found:
        if uuid not in known:
            path.unlink(missing_ok=True)
    return gone


def _record(actor: Actor, row: Upload, action: str, **more: str) -> None:
    data = {"name": row.name, "size": row.size, "organisation": row.organisation.code} | more
    record(actor, action=action, target_type="courses.Upload", target=row.uuid, data=data)
