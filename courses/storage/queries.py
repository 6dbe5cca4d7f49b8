"""Reading storage: how much is used of how much, by kind, the biggest things, and what could go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Model, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.h5p.models import H5PFormerVersion
from courses.packs.models import PackImport
from courses.packs.uploads.models import Upload
from courses.storage.measure import key_of
from courses.storage.models import StorageHold, StorageLimit, StoredItem
from courses.storage.rules import Room
from lms.accounts.api import Organisation, Role, User, holds, organisations_for
from lms.lib.clock import now, today
from lms.lib.errors import NotFound

# As long as an import is in one of these (packs.report.State), the file that was handed in lies there.
WAITING = ("queued", "running", "planned")
# Who sees what an organisation stores; the limit is the platform's to set.
SEEING = (Role.ADMIN, Role.EDITOR)
BIGGEST = 20


def limit_of(organisation: Organisation, day: date | None = None) -> int:
    """The bytes an organisation may store on a day (today): its newest limit that has begun, else the setting's."""
    rows = StorageLimit.objects.filter(organisation=organisation, since__lte=day or today())
    found = rows.values_list("bytes", flat=True).first()
    return settings.STORAGE_LIMIT_BYTES if found is None else found


def limits(organisation: Organisation) -> QuerySet[StorageLimit]:
    """All limits an organisation had, has and will have, the newest first."""
    return StorageLimit.objects.filter(organisation=organisation)


def owned_by(row: Model, organisations: QuerySet[Organisation]) -> bool:
    """Whether what a row stands for is counted for one of these organisations."""
    return StoredItem.objects.filter(key=key_of(row), organisation__in=organisations).exists()


def used_by(organisation: Organisation, *, without: str = "") -> int:
    """Bytes stored, uploads under way as they were announced, packs that wait, and room promised. `without`: the key of a
    promise that is to be made anew.
    """
    stored = StoredItem.objects.filter(organisation=organisation).aggregate(sum=Sum("bytes"))["sum"]
    return (stored or 0) + sum(_under_way(organisation, without).values())


def counted(keys: Iterable[str]) -> set[str]:
    """Those of the keys (measure.py) that something is counted under: it was brought in whole once, whatever became of its
    row."""
    return set(StoredItem.objects.filter(key__in=keys).values_list("key", flat=True))


def _under_way(organisation: Organisation, without: str = "") -> dict[str, int]:
    mine = Q(organisation=organisation)
    packs = PackImport.objects.filter(mine, state__in=WAITING).aggregate(sum=Sum("bytes"))
    held = StorageHold.objects.filter(mine, until__gt=now()).exclude(key=without).aggregate(sum=Sum("bytes"))
    uploads = Upload.objects.filter(mine).aggregate(sum=Sum("size"))
    return {"packs": packs["sum"] or 0, "held": held["sum"] or 0, "uploads": uploads["sum"] or 0}


def room_of(organisation: Organisation, *, without: str = "") -> Room:
    return Room(used_by(organisation, without=without), limit_of(organisation))


@dataclass(frozen=True)
class Line:
    """One kind of what is stored: its name, how many things, how many bytes."""

    label: str | Promise
    count: int | None
    bytes: int


def by_kind(organisation: Organisation) -> list[Line]:
    """What is used for what, the most first; together it is `used_by`."""
    rows = StoredItem.objects.filter(organisation=organisation).values("kind").order_by()
    found = [
        Line(StoredItem.Kind(row["kind"]).label, row["count"], row["sum"])
        for row in rows.annotate(count=Count("pk"), sum=Sum("bytes"))
    ]
    ways = _under_way(organisation)
    found += [
        Line(_("上传中或还没有导入的文件"), None, ways["uploads"]),
        Line(_("等待导入的课程包"), None, ways["packs"]),
        Line(_("正在进行的导入和上传预留"), None, ways["held"]),
    ]
    return sorted((line for line in found if line.bytes), key=lambda line: -line.bytes)


def biggest(organisation: Organisation) -> QuerySet[StoredItem]:
    return StoredItem.objects.filter(organisation=organisation, bytes__gt=0).order_by("-bytes", "pk")


@dataclass(frozen=True)
class Freeable:
    """What could go. sources: kept originals of courses that were taken off the catalogue; former: versions that exercises
    had before; uploads: those that are not complete.
    """

    sources: list[dict[str, Any]]
    former: list[StoredItem]
    former_bytes: int
    uploads: list[Upload]


def freeable(organisation: Organisation) -> Freeable:
    """What an organisation could do without, the biggest of each first, at most BIGGEST of each."""
    former = StoredItem.objects.filter(organisation=organisation, kind=StoredItem.Kind.FORMER)
    uploads = Upload.objects.filter(organisation=organisation, state=Upload.State.OPEN).order_by("-size")
    return Freeable(
        sources=_with_bytes(archived_sources(organisation)[:BIGGEST]),
        former=_with_versions(former.order_by("-bytes")[:BIGGEST]),
        former_bytes=former.aggregate(sum=Sum("bytes"))["sum"] or 0,
        uploads=list(uploads[:BIGGEST]),
    )


def _with_versions(items: Iterable[StoredItem]) -> list[StoredItem]:
    """Each with its uuid as `version`; None where its exercise is gone, whose files stay for the releases alone."""
    found = list(items)
    known = {f"h5p:{uuid}": uuid for uuid in _there(UUID(item.key.removeprefix("h5p:")) for item in found)}
    for item in found:
        item.version = known.get(item.key)
    return found


def _there(uuids: Iterable[UUID]) -> Iterable[UUID]:
    return H5PFormerVersion.objects.filter(uuid__in=list(uuids)).values_list("uuid", flat=True)


def archived_sources(organisation: Organisation) -> QuerySet[PackImport]:
    """Imports whose kept file belongs to a course that was published once and is not live any more."""
    return (
        PackImport.objects.filter(
            organisation=organisation, course__live=False, course__first_published_at__isnull=False
        )
        .exclude(original="")
        .select_related("course")
    )


def _with_bytes(rows: Iterable[PackImport]) -> list[dict[str, Any]]:
    found = list(rows)
    keys = [f"source:{row.uuid}" for row in found]
    known = dict(StoredItem.objects.filter(key__in=keys).values_list("key", "bytes"))
    sized = [{"row": row, "bytes": known.get(f"source:{row.uuid}", 0)} for row in found]
    return sorted(sized, key=lambda each: -each["bytes"])


# -- for whom ----------------------------------------------------------------------------------------------


def sets_limits(user: User | AnonymousUser) -> bool:
    """Whether the user is the platform's administrator."""
    return bool(user.is_active and user.is_superuser)


def sees(user: User | AnonymousUser) -> bool:
    return holds(user, *SEEING)


def organisations_of(user: User) -> QuerySet[Organisation]:
    """Whose storage a person sees. A superuser's list has those that offer courses or store something."""
    if not user.is_superuser:
        return organisations_for(user, *SEEING).order_by("name", "pk")
    storing = StoredItem.objects.filter(organisation__isnull=False).values("organisation")
    offers = Q(courses__isnull=False) | Q(pk__in=storing)
    return Organisation.objects.filter(offers).distinct().order_by("name", "pk")


def organisation_of(user: User, code: str) -> Organisation:
    """One that the user may look at; NotFound for all others."""
    if sets_limits(user):
        found = Organisation.objects.filter(code=code).first()
    else:
        found = organisations_for(user, *SEEING).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def source_of(organisation: Organisation, uuid: UUID) -> PackImport:
    found = archived_sources(organisation).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def rooms_of(organisations: Iterable[Organisation]) -> list[tuple[Organisation, Room]]:
    """How full each of some organisations is, in a fixed number of queries."""
    rows = list(organisations)
    ids = [row.pk for row in rows]
    used: dict[int, int] = dict.fromkeys(ids, 0)
    sums: list[tuple[QuerySet[Any], str]] = [
        (StoredItem.objects.all(), "bytes"),
        (PackImport.objects.filter(state__in=WAITING), "bytes"),
        (StorageHold.objects.filter(until__gt=now()), "bytes"),
        (Upload.objects.all(), "size"),
    ]
    for found, column in sums:
        grouped = found.filter(organisation__in=ids).order_by().values("organisation")
        for each in grouped.annotate(sum=Sum(column)):
            used[each["organisation"]] += each["sum"] or 0
    begun = StorageLimit.objects.filter(organisation__in=ids, since__lte=today()).order_by("since", "pk")
    set_ = dict(begun.values_list("organisation", "bytes"))
    return [(row, Room(used[row.pk], set_.get(row.pk, settings.STORAGE_LIMIT_BYTES))) for row in rows]
