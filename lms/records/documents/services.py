"""Keeps, merges, gives and forgets documents (Communication 2.2, 2.3, 2.6, 2.7), with optimistic concurrency (3.1).

Owns: those rows. A document is what somebody's content keeps for itself: it is replaced and deleted as that content says,
and no number of ours hangs on it. Refuses: writing over a version the writer has not seen.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.lib.clock import now
from lms.records.documents.models import Document, Kind
from lms.records.faults import Fault
from lms.records.statements.keys import key
from lms.records.statements.reading_in import read_json
from lms.records.values import dumps

NOBODY = UUID(int=0)
JSON_TYPE = "application/json"
# The requirements of a merge have a number for each kind: both are JSON, and both are objects.
_BOTH_JSON = {Kind.STATE: "XAPI-00232", Kind.AGENT: "XAPI-00278", Kind.ACTIVITY: "XAPI-00309"}
_BOTH_OBJECTS = {Kind.STATE: "XAPI-00229", Kind.AGENT: "XAPI-00281", Kind.ACTIVITY: "XAPI-00313"}


@dataclass(frozen=True)
class Place:
    """Where documents stand: of which store, kind, activity, agent and registration (NOBODY where a kind has none).

    registration None: of every registration, when looking or forgetting.
    """

    store_id: int
    kind: Kind
    activity: UUID = NOBODY
    agent: UUID = NOBODY
    registration: UUID | None = NOBODY

    def rows(self) -> Any:
        rows = Document.objects.filter(
            store_id=self.store_id, kind=self.kind, activity=self.activity, agent=self.agent
        )
        return rows if self.registration is None else rows.filter(registration=self.registration)


@dataclass(frozen=True)
class Condition:
    """If-Match and If-None-Match as sent; "" where they were not."""

    match: str = ""
    none_match: str = ""

    @property
    def given(self) -> bool:
        return bool(self.match or self.none_match)

    def check(self, found: Document | None, *, needed: bool) -> None:
        """412 where a condition does not hold; 409 where one is `needed` to write over what is there (3.1.s4)."""
        etag = found.etag if found else None
        if self.match and not (etag and (self.match.strip() == "*" or etag in _tags(self.match))):
            raise Fault(_("文档已被改动，与 If-Match 不符。"), status=412, code="changed")
        if self.none_match and etag and (self.none_match.strip() == "*" or etag in _tags(self.none_match)):
            raise Fault(_("文档已经存在，与 If-None-Match 不符。"), status=412, code="exists")
        if needed and found is not None and not self.given:
            raise Fault(
                _("这份文档已经存在。请先读取它，再带上 If-Match 写入，以免覆盖别人的改动。"),
                status=409,
                code="conflict",
            )


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}


def get(place: Place, name: str) -> Document | None:
    rows = place.rows().filter(name_key=key("document", name))
    found: Document | None = rows.order_by("-updated_at", "-pk").first()
    return found


def names(place: Place, since: datetime | None) -> list[str]:
    """The ids of the documents of a place, changed after `since`."""
    rows = place.rows()
    if since is not None:
        rows = rows.filter(updated_at__gt=since)
    return list(dict.fromkeys(rows.order_by("pk").values_list("name", flat=True)[:10_000]))


def put(
    place: Place, name: str, content: bytes, content_type: str, condition: Condition, *, major: int
) -> None:
    """Keep a document in the place of whatever stood there. A condition must be given to write over one, in 1.0 except
    for a state, which one learner's content writes; there a profile's first version wants one, too. major: the version's.
    """
    _checked_json(content, content_type)
    of_state = place.kind is Kind.STATE
    with transaction.atomic():
        found = _locked(place, name)
        condition.check(found, needed=major > 1 or not of_state)
        if major == 1 and not of_state and not condition.given:
            raise Fault(_("写入档案要带上 If-Match，或 If-None-Match: *。"), rule="XAPI-00322")
        _write(place, name, found, content, content_type)


def post(place: Place, name: str, content: bytes, content_type: str, condition: Condition) -> None:
    """Merge a JSON object into the document that stands there, one level deep; keep it where none does (2.2.s7)."""
    given = _checked_json(content, content_type)
    with transaction.atomic():
        found = _locked(place, name)
        condition.check(found, needed=False)
        if found is not None:
            if not _is_json(content_type) or not _is_json(found.content_type):
                raise Fault(_("只有两份都是 application/json 的文档才能合并。"), rule=_BOTH_JSON[place.kind])
            known = json.loads(bytes(found.content))
            if not isinstance(known, dict) or not isinstance(given, dict):
                raise Fault(_("只有两份都是 JSON 对象的文档才能合并。"), rule=_BOTH_OBJECTS[place.kind])
            content = dumps(known | given).encode()
        _write(place, name, found, content, content_type)


def forget(place: Place, name: str | None, condition: Condition) -> list[str]:
    """Delete one document, or (name None) all of a place; the ids of what was there."""
    with transaction.atomic():
        rows = place.rows()
        if name is not None:
            rows = rows.filter(name_key=key("document", name))
            condition.check(rows.select_for_update().order_by("pk").first(), needed=False)
        gone = list(rows.values_list("name", flat=True))
        rows.delete()
    return gone


def _locked(place: Place, name: str) -> Document | None:
    rows = place.rows().filter(name_key=key("document", name))
    found: Document | None = rows.select_for_update().first()
    return found


def _write(place: Place, name: str, found: Document | None, content: bytes, content_type: str) -> None:
    told = {
        "content": content,
        "content_type": content_type[:200],
        "etag": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "updated_at": now(),
    }
    if found is not None:
        Document.objects.filter(pk=found.pk).update(**told)
        return
    try:
        with transaction.atomic():
            Document.objects.create(
                store_id=place.store_id,
                kind=place.kind,
                activity=place.activity,
                agent=place.agent,
                registration=place.registration or NOBODY,
                name_key=key("document", name),
                name=name,
                **told,
            )
    except IntegrityError as error:
        # Somebody else wrote the first one at this very moment.
        raise Fault(_("文档刚被另一个请求写入，请重试。"), status=409, code="conflict") from error


def _is_json(content_type: str) -> bool:
    return content_type.split(";")[0].strip().lower() == JSON_TYPE


def _checked_json(content: bytes, content_type: str) -> Any:
    """What says it is JSON is: parsed; None for everything else."""
    return read_json(content) if _is_json(content_type) else None


__all__: Sequence[str] = ["NOBODY", "Condition", "Place", "forget", "get", "names", "post", "put"]
