"""Counting what nobody has counted yet: everything stored before there was a count, and what slipped by since.

Owns the job, which goes through the rows of materials in batches and can be stopped and begun again anywhere: what is
counted is not counted again. Refuses: moving what has an owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, Model, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from wagtail.models import ReferenceIndex

from courses.h5p.models import H5PContent, H5PFormerVersion, H5PLibrary
from courses.media.models import (
    CourseDocument,
    CourseImage,
    CourseRendition,
    CourseVideo,
    VideoCaption,
    VideoLadder,
)
from courses.packs.models import PackImport
from courses.pages.models import CoursePage
from courses.storage.measure import key_of, measure, sizes_of
from courses.storage.models import StoredItem
from courses.storage.queries import WAITING
from courses.storage.services import organisation_of_uploader
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import enqueue

JOB = "storage.fill"
BATCH = 200
_BY_UUID = (H5PContent, H5PFormerVersion, PackImport)
_PACK = re.compile(r"packs/([0-9a-f-]{36})/|documents/([0-9a-f]{32})/")


def order() -> None:
    """Once a Shanghai day."""
    day = today().isoformat()
    enqueue(JOB, {}, Actor.system("storage"), key=f"{JOB}:{day}")


def _sources() -> list[QuerySet[Any]]:
    return [
        CourseImage.objects.select_related("uploaded_by_user"),
        CourseDocument.objects.select_related("uploaded_by_user"),
        CourseVideo.objects.all(),
        VideoCaption.objects.select_related("video"),
        VideoLadder.objects.filter(ready_at__isnull=False).select_related("video"),
        H5PContent.objects.all(),
        H5PFormerVersion.objects.select_related("content"),
        H5PLibrary.objects.exclude(shelf=""),
        PackImport.objects.exclude(original=""),
    ]


def uncounted(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those that have no StoredItem: the keys of measure.py, as the database puts them together."""
    counted = StoredItem.objects.filter(key=OuterRef("_key"))
    return rows.annotate(_key=_key_expression(rows.model)).filter(~Exists(counted))


def _key_expression(model: type[Model]) -> Any:
    def text(*parts: Any) -> Any:
        return Concat(*parts, output_field=TextField())

    if model is H5PLibrary:
        name = [
            F("machine_name"),
            Value("-"),
            Cast("major", TextField()),
            Value("."),
            Cast("minor", TextField()),
        ]
        return text(Value("library:"), F("shelf"), Value(":"), *name)
    number = Value(f"{_name(model)}:")
    return text(number, Cast("pk", TextField()))


def _name(model: type[Model]) -> str:
    return key_of(model(pk=0)).partition(":")[0]  # "image", "h5p"


def fill(ctx: JobContext) -> dict[str, Any]:
    """The job: count what has no count; then the pictures' sizes; then the files of packs that wait. Returns how many of each."""
    made: dict[str, int] = {}
    for rows in _sources():
        name = _name(rows.model)
        made[name] = 0
        # How a database writes a uuid differs: those are compared here, batch by batch.
        asked = rows if rows.model in _BY_UUID else uncounted(rows)
        last = 0
        while batch := list(asked.filter(pk__gt=last).order_by("pk")[:BATCH]):
            ctx.check_cancelled()
            ctx.progress(sum(made.values()), sum(made.values()) + 1)
            last = batch[-1].pk
            made[name] += _count(_without_count(batch))
    made["sizes"] = _count_sizes(ctx)
    made["packs"] = _count_waiting()
    return made


def _without_count(rows: Sequence[Any]) -> list[Any]:
    keys = [key_of(row) for row in rows]
    known = set(StoredItem.objects.filter(key__in=keys).values_list("key", flat=True))
    return [row for row, key in zip(rows, keys, strict=True) if key not in known]


def _count(rows: list[Any]) -> int:
    if not rows:
        return 0
    owners = owners_of(rows)
    measured = [(measure(row), owners.get(key_of(row))) for row in rows]
    StoredItem.objects.bulk_create(
        [
            StoredItem(
                organisation_id=owner, kind=one.kind, key=one.key, name=one.name[:255], bytes=one.bytes
            )
            for one, owner in measured
        ],
        ignore_conflicts=True,
    )
    return len(measured)


def _count_sizes(ctx: JobContext) -> int:
    """What was made of pictures; counted anew where it is none, since sizes come later than their picture."""
    made = last = 0
    has = Exists(CourseRendition.objects.filter(image=OuterRef("pk")))
    key = Concat(Value("sizes:"), Cast("pk", TextField()), output_field=TextField())
    rows = CourseImage.objects.annotate(_key=key).filter(
        has, ~Exists(StoredItem.objects.filter(key=OuterRef("_key")))
    )
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        ctx.check_cancelled()
        ctx.progress(made, made + 1)
        last = batch[-1].pk
        keys = [key_of(image) for image in batch]
        owners = dict(StoredItem.objects.filter(key__in=keys).values_list("key", "organisation_id"))
        StoredItem.objects.bulk_create(
            [
                StoredItem(
                    organisation_id=owners.get(key_of(image)),
                    kind=one.kind,
                    key=one.key,
                    name=one.name[:255],
                    bytes=one.bytes,
                )
                for image in batch
                for one in (sizes_of(image),)
            ],
            ignore_conflicts=True,
        )
        made += len(batch)
    return made


def _count_waiting() -> int:
    """Packs that were handed in before their bytes were kept."""
    from courses.packs.kept import incoming

    made = 0
    for row in PackImport.objects.filter(state__in=WAITING, bytes__isnull=True)[:1000]:
        path = incoming(row.uuid)
        size = path.stat().st_size if path.exists() else 0
        made += PackImport.objects.filter(pk=row.pk, bytes__isnull=True).update(bytes=size)
    return made


# -- whose it is -------------------------------------------------------------------------------------------


def owners_of(rows: Sequence[Any]) -> dict[str, int]:
    """Key → organisation, for a batch of one model's rows, in a fixed number of queries and one for each uploader.

    What a row says itself; for pictures and documents the pack that brought them, the person who uploaded them, and the
    course that shows them, in this order.
    """
    model = type(rows[0])
    if model is H5PLibrary:
        codes = dict(
            Organisation.objects.filter(code__in={row.shelf for row in rows}).values_list("code", "pk")
        )
        return {key_of(row): codes[row.shelf] for row in rows if row.shelf in codes}
    if model not in (CourseImage, CourseDocument):
        return _said(rows)
    found = _by_pack(rows)
    found = _by_uploader([row for row in rows if key_of(row) not in found]) | found
    left = [row for row in rows if key_of(row) not in found]
    return _by_course(model, left) | found if left else found


def _said(rows: Iterable[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        holder = getattr(row, "video", None) or getattr(row, "content", None) or row
        if holder.organisation_id is not None:
            found[key_of(row)] = holder.organisation_id
    return found


def _by_pack(rows: Iterable[Any]) -> dict[str, int]:
    places = {key_of(row): _PACK.match(row.file.name or "") for row in rows}
    uuids = {key: UUID(place.group(1) or place.group(2)) for key, place in places.items() if place}
    imports = PackImport.objects.filter(uuid__in=uuids.values())
    known = dict(imports.values_list("uuid", "organisation_id"))
    return {key: known[uuid] for key, uuid in uuids.items() if uuid in known}


def _by_uploader(rows: Iterable[Any]) -> dict[str, int]:
    people = {row.uploaded_by_user_id: row.uploaded_by_user for row in rows if row.uploaded_by_user_id}
    owners = {pk: organisation_of_uploader(user) for pk, user in people.items()}
    found: dict[str, int] = {}
    for row in rows:
        owner = owners.get(row.uploaded_by_user_id)
        if owner is not None:
            found[key_of(row)] = owner.pk
    return found


def _by_course(model: type[Model], rows: Iterable[Any]) -> dict[str, int]:
    """The first course whose pages show it, by Wagtail's own index of who refers to what."""
    ids = {str(row.pk): key_of(row) for row in rows}
    kind = ContentType.objects.get_for_model(model)
    references = ReferenceIndex.objects.filter(to_content_type=kind, to_object_id__in=ids).order_by("pk")
    pages = {
        int(pk): to for to, pk in references.values_list("to_object_id", "object_id") if str(pk).isdigit()
    }
    if not pages:
        return {}
    paths = dict(_page_paths(pages))
    courses = {row.path: row.provider_id for row in CoursePage.objects.only("path", "provider")}
    found: dict[str, int] = {}
    for page, to in pages.items():
        path = paths.get(page, "")
        owner = next(
            (
                courses[path[:end]]
                for end in range(len(path), 0, -CoursePage.steplen)
                if path[:end] in courses
            ),
            None,
        )
        if owner is not None:
            found.setdefault(ids[to], cast(int, owner))
    return found


def _page_paths(pages: Iterable[int]) -> Iterable[tuple[int, str]]:
    from wagtail.models import Page

    return Page.objects.filter(pk__in=list(pages)).values_list("pk", "path")
