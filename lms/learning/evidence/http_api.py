"""/api/v1/learning/evidence: packs ordered, watched, fetched and checked, with the same services as the pages."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Field, File, Query, Router, Schema, Status
from ninja.files import UploadedFile

from lms.accounts.api import User
from lms.learning.evidence import queries, services
from lms.learning.evidence.checking import check, sentences
from lms.learning.evidence.keys import public_keys
from lms.learning.evidence.queries import Ordered
from lms.learning.evidence.staff import handed_out
from lms.learning.looks import OWN
from lms.lib.errors import Invalid
from lms.lib.pages import paginate

router = Router()
# What is checked while the caller waits; `verify_evidence` takes a file of any size.
MAX_CHECKED = 20 * 1024 * 1024


class OrderIn(Schema):
    """A pack of a release's learners. people: numbers of certificates or uuids of enrolments; [] for everybody. first,
    last: Shanghai days, both in. named: real names, for those who may have them.
    """

    release: UUID
    reason: str = Field(max_length=services.MAX_REASON)
    first: date | None = None
    last: date | None = None
    people: list[str] = Field(default_factory=list, max_length=services.MAX_PEOPLE + 1)
    class_run: UUID | None = None
    named: bool = False


class OwnIn(Schema):
    """One's own pack of a course one is enrolled in."""

    enrolment: UUID


def _user(request: HttpRequest) -> User:
    user = request.user
    # The API's authentication lets nobody else through.
    assert isinstance(user, User)
    return user


def _shown(item: Ordered) -> dict[str, Any]:
    order, pack = item.order, item.pack
    return {
        "uuid": order.uuid,
        "release": order.release.uuid,
        "title": order.release.title,
        "reason": str(OWN()) if order.own else order.reason,
        "first": order.first,
        "last": order.last,
        "people": order.people,
        "class_run": order.class_run,
        "named": order.named,
        "own": order.own,
        "as_of": order.at,
        "state": item.state,
        "percent": item.percent,
        "may_download": item.may_fetch,
        "pack": {
            "size": pack.size,
            "sha256": pack.sha256,
            "manifest_sha256": pack.manifest_sha256,
            "key": pack.key_id,
            "counts": pack.counts,
            "made_at": pack.made_at,
            "expires_at": pack.expires_at,
            "code": queries.code_of(order),
        }
        if pack
        else None,
    }


def _one(user: User, uuid: UUID) -> dict[str, Any]:
    return _shown(queries.ordered([services.own_order(user, uuid)])[0])


@router.get("/packs", summary="Packs I asked for, newest first, paged; own: those of my own study")
def packs(request: HttpRequest, own: bool = False, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    found = paginate(request, queries.orders_of(_user(request), own=own))
    return [_shown(item) for item in queries.ordered(list(found))]


@router.post(
    "/packs", response={202: dict[str, Any]}, summary="Order a pack of a course, a class or some people"
)
def order(request: HttpRequest, data: OrderIn) -> Status[dict[str, Any]]:
    """While one of the same course is being made: 409 `being_made`, which names it."""
    user = _user(request)
    made = services.order(user, services.Ask(**data.dict() | {"people": tuple(data.people)}))
    return Status(202, _one(user, made.uuid))


@router.post("/packs/own", response={202: dict[str, Any]}, summary="Order my own pack of one course")
def order_own(request: HttpRequest, data: OwnIn) -> Status[dict[str, Any]]:
    user = _user(request)
    return Status(202, _one(user, services.order_own(user, data.enrolment).uuid))


@router.get("/packs/{uuid}", summary="How far a pack is; its hashes once it is made")
def pack(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _one(_user(request), uuid)


@router.post("/packs/{uuid}/cancel", summary="Stop the making; nothing is left of it")
def cancel(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = _user(request)
    services.cancel(user, uuid)
    return _one(user, uuid)


@router.post(
    "/packs/{uuid}/download", summary="The finished file (application/zip); each download is on record"
)
def download(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    return handed_out(*services.fetch(_user(request), uuid))


@router.post(
    "/verify", summary="Check a pack (multipart, up to 20 MB): signature, hashes, and whether it agrees"
)
def verify(request: HttpRequest, file: UploadedFile = File(...)) -> dict[str, Any]:  # noqa: B008
    """What `python -m lms verify_evidence` says. Larger files are checked there."""
    if (file.size or 0) > MAX_CHECKED:
        raise Invalid(
            _("文件超过 20 MB，请下载后用 verify_evidence 离线核对。"),
            code="too_large",
            details={"field": "file"},
        )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "pack.zip"
        with place.open("wb") as target:
            for data in file.chunks():
                target.write(data)
        report = check(place, public_keys())
    return {"right": report.right, "faults": report.faults, "says": list(sentences(report))}
