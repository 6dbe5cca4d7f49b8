"""Room for what organisations store: promised before it is taken, counted when it is there, given back when it goes.

Owns: StoredItem, StorageHold, StorageLimit, StorageNotice. Refuses: more than an organisation's limit, before anything is
written (`hold`, under the organisation's row, so that two at once can't both take the last of it); limits set by anybody
but the platform's administrators. What the platform makes of a thing by itself (sizes of films and pictures) counts and is
never refused: it was let in with the thing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.packs.models import PackImport
from courses.storage.measure import Measured, key_of, key_of_left, left_of, measure, sizes_of
from courses.storage.models import StorageHold, StorageLimit, StorageNotice, StoredItem
from courses.storage.queries import archived_sources, room_of, rooms_of, sets_limits
from courses.storage.rules import Room
from lms.accounts.api import Membership, Organisation, Role, User, actor, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, Refusal
from lms.lib.private import private_storage

_log = logging.getLogger(__name__)
# How long a promise lasts that nobody took back: a form is saved at once; a killed import is begun again within minutes.
FORM = timedelta(minutes=10)
WORK = timedelta(days=1)
MOST_BYTES = 2**50
# Whose organisation a picture or document belongs to that somebody uploads without a course.
_UPLOADING = (Role.EDITOR, Role.TEACHER, Role.APPROVER, Role.ADMIN)
FULL = gettext_lazy(
    "%(name)s的存储空间不够：需要 %(need)s，还剩 %(left)s（上限 %(limit)s）。"
    "请先删去不用的内容，或请本单位管理员向平台管理员申请提高上限。"
)


# -- promising ---------------------------------------------------------------------------------------------


def full(organisation: Organisation, room: Room, more: int, *, status: int = 413) -> Refusal:
    """The refusal that says how much is needed, how much is left, and whom to ask."""
    numbers = {"need": more, "left": room.left, "limit": room.limit or 0}
    said = {name: filesizeformat(number) for name, number in numbers.items()}
    sentence = FULL % {"name": organisation.name, **said}
    return Refusal(sentence, code="storage_full", status=status, details=numbers)


def require_room(
    organisation: Organisation, more: int, *, instead_of: int = 0, without: str = "", status: int = 413
) -> None:
    """Raises Refusal (413 storage_full) unless so many bytes more fit. In a transaction, which takes the organisation's row:
    what the caller writes before its end is what the next one finds.

    instead_of: bytes already counted that go when the work is done (the file of the pack that is unpacked). without: the
    key of a promise that is made anew.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    room = room_of(organisation, without=without)
    if not room.takes(more - instead_of):
        raise full(organisation, Room(room.used - instead_of, room.limit), more, status=status)


@transaction.atomic
def hold(
    organisation: Organisation,
    key: str,
    more: int,
    *,
    instead_of: int = 0,
    lasting: timedelta = WORK,
) -> None:
    """Promise so many bytes to `key`, instead of what it was promised before. Raises as `require_room`."""
    require_room(organisation, more, instead_of=instead_of, without=key)
    StorageHold.objects.filter(until__lte=now(), organisation=organisation).exclude(key=key).delete()
    StorageHold.objects.update_or_create(
        key=key,
        defaults={
            "organisation": organisation,
            "bytes": max(0, more - instead_of),
            "until": now() + lasting,
        },
    )


def shrink(key: str, by: int) -> None:
    """Part of what was promised is there now, or is asked for by itself."""
    rest = Greatest(F("bytes"), by) - by
    StorageHold.objects.filter(key=key).update(bytes=rest)


def release(key: str) -> None:
    """The work is over: what it made is counted by now, or nothing was made."""
    StorageHold.objects.filter(key=key).delete()


@contextmanager
def held(organisation: Organisation | None, key: str, more: int) -> Iterator[None]:
    """A promise around the work it is for; the platform's own needs none."""
    if organisation is None:
        yield
        return
    hold(organisation, key, more)
    try:
        yield
    finally:
        release(key)


# -- counting ----------------------------------------------------------------------------------------------


def note(row: Any, organisation: Organisation | int | None = None) -> None:
    """Count what a row stands for, or count it anew. The owner of what is counted already stays.

    organisation (or its id): whose it is where the row itself does not say.
    """
    _write(measure(row), _owner_id(row, organisation))


def note_each(rows: Iterable[Any], organisation: Organisation) -> None:
    """The same for many new rows of an organisation at once."""
    measured = [measure(row) for row in rows]
    StoredItem.objects.bulk_create(
        (
            StoredItem(
                organisation=organisation, kind=one.kind, key=one.key, name=one.name[:255], bytes=one.bytes
            )
            for one in measured
        ),
        batch_size=500,
        update_conflicts=True,
        update_fields=["name", "bytes"],
        unique_fields=["key"],
    )


def note_left(row: Any, names: Iterable[str]) -> None:
    """Go on counting files that a film or its captions had before others took their place: they stay in the storage."""
    for name in names:
        own = StoredItem.objects.filter(key=key_of(row))
        _write(left_of(row, name), own.values_list("organisation_id", flat=True).first())


def note_sizes(image: Any) -> None:
    """Count the files made of a picture; they belong to whom it belongs."""
    owner = StoredItem.objects.filter(key=key_of(image)).values_list("organisation_id", flat=True).first()
    _write(sizes_of(image), owner)


def _write(one: Measured, owner: int | None) -> None:
    StoredItem.objects.update_or_create(
        key=one.key,
        defaults={"name": one.name[:255], "bytes": one.bytes, "kind": one.kind},
        create_defaults={
            "name": one.name[:255],
            "bytes": one.bytes,
            "kind": one.kind,
            "organisation_id": owner,
        },
    )


def _owner_id(row: Any, given: Organisation | int | None) -> int | None:
    if given is not None:
        return given if isinstance(given, int) else given.pk
    for holder in (row, getattr(row, "video", None), getattr(row, "content", None)):
        owner: int | None = getattr(holder, "organisation_id", None)
        if owner is not None:
            return owner
    shelf = getattr(row, "shelf", "")
    if shelf:
        return Organisation.objects.filter(code=shelf).values_list("pk", flat=True).first()
    uploader = getattr(row, "uploaded_by_user", None)
    found = organisation_of_uploader(uploader) if uploader is not None else None
    return found.pk if found else None


def organisation_of_uploader(user: User) -> Organisation | None:
    """Whose a file is that somebody uploads outside a course: the organisation of the oldest role with which one works on
    courses. None for the platform's own people.
    """
    if user.is_superuser:
        return None
    day = today()
    rows = Membership.objects.filter(user=user, role__in=_UPLOADING, since__lte=day).select_related(
        "organisation"
    )
    # One whose last role has ended keeps what was uploaded before where it was.
    found = sorted(rows, key=lambda row: (bool(row.until and row.until < day), row.since, row.pk))
    return found[0].organisation if found else None


def forget(*keys: str) -> None:
    """These bytes are gone."""
    StoredItem.objects.filter(key__in=keys).delete()


def forget_left(name: str) -> None:
    """A file that was left in the storage when another took its place is gone, by its name."""
    forget(key_of_left(name))


# -- limits ------------------------------------------------------------------------------------------------


@transaction.atomic
def set_limit(
    user: User, organisation: Organisation, *, bytes: int, since: date, reason: str
) -> StorageLimit:
    """A limit from a day on. Nothing goes where it is lower than what is there; nothing more comes in.

    Raises NotAllowed (the platform's administrators alone), Invalid (no reason, a day that is over, an odd number).
    """
    if not sets_limits(user):
        raise NotAllowed
    text = " ".join(reason.split())
    if len(text) < 4:
        raise Invalid(_("请写明理由（至少 4 个字）。"), details={"field": "reason"})
    if since < today():
        raise Invalid(_("生效日期不能早于今天。"), details={"field": "since"})
    if not 0 <= bytes <= MOST_BYTES:
        raise Invalid(_("上限要在 0 和 1048576 GB 之间。"), details={"field": "gigabytes"})
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    row = StorageLimit.objects.create(organisation=organisation, bytes=bytes, since=since, reason=text[:300])
    record(
        actor(user, "admin", organisation),
        action="storage.limit",
        target_type="accounts.Organisation",
        target=organisation.uuid,
        reason=text,
        data={"bytes": bytes, "since": since.isoformat()},
    )
    return row


def drop_source(user: User, row: PackImport, *, reason: str) -> None:
    """Delete the kept file of a foreign pack whose course was taken off the catalogue; what came in of it stays.

    Raises NotAllowed, Invalid (no reason), Conflict (the course is live, or the file is gone already).
    """
    by = require_role(user, Role.EDITOR, Role.ADMIN, organisation=row.organisation)
    text = " ".join(reason.split())
    if len(text) < 4:
        raise Invalid(_("请写明理由（至少 4 个字）。"), details={"field": "reason"})
    with transaction.atomic():
        held_row = (
            archived_sources(row.organisation).select_for_update(of=("self",)).filter(pk=row.pk).first()
        )
        if held_row is None:
            raise Conflict(_("这个文件已经删去，或者课程又发布了。"), code="source_gone")
        name, held_row.original = held_row.original, ""
        held_row.save(update_fields=["original"])
        forget(key_of(held_row))
        record(
            by,
            action="pack.drop_source",
            target_type="courses.PackImport",
            target=row.uuid,
            reason=text,
            data={"file": row.file_name},
        )
        transaction.on_commit(lambda: private_storage().delete(name))


# -- telling -----------------------------------------------------------------------------------------------


def warn() -> int:
    """Tell the administrators of organisations that have passed a threshold since the last time; returns how many
    organisations. One that falls below is told again when it comes back.
    """
    owners = StoredItem.objects.filter(organisation__isnull=False).values("organisation")
    told = 0
    known = dict(StorageNotice.objects.values_list("organisation_id", "percent"))
    for organisation, room in rooms_of(Organisation.objects.filter(pk__in=owners).order_by("pk")):
        before = known.get(organisation.pk, 0)
        if room.warning != before:
            told += _warned(organisation, room, before)
    return told


@transaction.atomic
def _warned(organisation: Organisation, room: Room, before: int) -> bool:
    rising = room.warning > before
    StorageNotice.objects.update_or_create(
        organisation=organisation, defaults={"percent": room.warning, "at": now()}
    )
    if rising:
        record(
            Actor.system("storage"),
            action="storage.warn",
            target_type="accounts.Organisation",
            target=organisation.uuid,
            data={"percent": room.percent, "used": room.used, "limit": room.limit},
        )
        transaction.on_commit(lambda: _mail(organisation, room))
    return rising


def _mail(organisation: Organisation, room: Room) -> None:
    day = today()
    rows = Membership.objects.filter(organisation=organisation, role=Role.ADMIN, since__lte=day)
    rows = rows.exclude(until__lt=day).exclude(user__email=None).filter(user__is_active=True)
    addresses = {email for email in rows.values_list("user__email", flat=True) if email}
    named = {
        "name": organisation.name,
        "percent": room.percent,
        "left": filesizeformat(room.left),
        "limit": filesizeformat(room.limit or 0),
    }
    title = _("%(name)s的存储空间已用 %(percent)s%%") % named
    text = (
        _(
            "上限 %(limit)s，还剩 %(left)s。满了以后不能再导入课程包、上传图片、文件和视频；已有的课程不受影响。"
            "在“存储空间”页可以看到哪些内容最大、哪些可以删去；需要更多空间请联系平台管理员。"
        )
        % named
    )
    address = settings.PUBLIC_URL + reverse("courses_storage_one", args=[organisation.code])
    for one in sorted(addresses):
        try:
            send_mail(title, f"{text}\n\n{address}\n", None, [one])
        except OSError:
            # The page says it, too.
            _log.exception("A storage notice could not be sent")
