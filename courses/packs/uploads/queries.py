"""Reading uploads: a person's own, for organisations that person still edits for, and nobody else's."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, organisations_for
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotFound

from .models import Upload
from .rules import MAX_SIZE, metadata_of

URL = "/api/v1/packs/uploads"


def uploads_of(user: User | AnonymousUser) -> QuerySet[Upload]:
    """The person's uploads that are not over, oldest first."""
    found = Upload.objects.select_related("organisation")
    if isinstance(user, AnonymousUser):
        return found.none()
    edited = organisations_for(user, Role.EDITOR)
    return found.filter(user=user, organisation__in=edited, expires_at__gt=now())


def upload_of(user: User | AnonymousUser, uuid: UUID) -> Upload:
    """One of them; NotFound where there is none of this person's."""
    row = uploads_of(user).filter(uuid=uuid).first()
    if row is None:
        raise NotFound
    return row


def used_by(organisation: Organisation) -> tuple[int, int]:
    """How many uploads of an organisation are kept, and the bytes they have asked for."""
    found = Upload.objects.filter(organisation=organisation).aggregate(count=Count("id"), total=Sum("size"))
    return found["count"], found["total"] or 0


def promised_bytes() -> int:
    """What all open uploads together may still bring."""
    found = Upload.objects.filter(state=Upload.State.OPEN).aggregate(left=Sum(F("size") - F("offset")))
    return found["left"] or 0


def finished(user: User, uuids: Iterable[str], organisation: Organisation) -> list[Upload]:
    """The person's complete uploads of these ids, for the organisation. Raises Invalid unless every one is."""
    asked = list(dict.fromkeys(uuids))
    try:
        wanted = [UUID(text) for text in asked]
    except ValueError:
        raise Invalid(_("有的上传没有找到，请重新上传。"), code="no_upload") from None
    found = uploads_of(user).select_related("user").filter(uuid__in=wanted, organisation=organisation)
    rows = {row.uuid: row for row in found}
    if len(rows) != len(wanted):
        raise Invalid(_("有的上传没有找到，请重新上传。"), code="no_upload")
    for row in rows.values():
        if row.state != Upload.State.COMPLETE:
            raise Invalid(_("《%(name)s》还没有传完。") % {"name": row.name}, code="upload_open")
    return [rows[uuid] for uuid in wanted]


def page_data(user: User) -> dict[str, Any]:
    """What a page with uploads is told (themes/src/js/uploads.js): where they go, and those begun earlier."""
    known = [
        {
            "id": str(row.uuid),
            "url": f"{URL}/{row.uuid}",
            "name": row.name,
            "size": row.size,
            "offset": row.offset,
            "done": row.state == Upload.State.COMPLETE,
            "organisation": row.organisation.code,
            "mark": metadata_of(row.metadata).get("fingerprint", ""),
        }
        for row in uploads_of(user)[:200]
    ]
    codes = organisations_for(user, Role.EDITOR).values_list("pk", "code")
    return {
        "endpoint": URL,
        "limit": MAX_SIZE,
        "known": known,
        "organisations": {str(pk): code for pk, code in codes},
    }
