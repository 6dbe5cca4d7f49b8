"""Papers that are made from a room's own rows, not kept beside them: each with the number of its form and a version, what stands on it as one
text with its SHA-256, a code that /verify/ checks, on screen and as PDF.

Owns: how such a paper is put together and what /verify/ says of it: number, form, who issued it, what the room lets be told, the fingerprint.
A room says with `register` who reads one and what stands on it; when its rows change, the fingerprint does. Refuses: whom the room refuses;
the PDF of one that holds no more.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.accounts.api import User
from lms.lib.errors import NotFound
from lms.lib.verify import services as verify
from lms.lib.verify.services import Verdict
from lms.training.papers.queries import rendered
from lms.training.papers.services import canonical
from lms.training.papers.templates import Template, register_template, template_of

Lines = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Told:
    """What a room says of one of its sheets, in the platform's language. by, to: who issued it to whom; case: the number of the case it belongs
    to, "" where there is none; at: when what stands on it was last added to; public: what /verify/ tells of it besides; ended: why it holds
    no more, "" while it does."""

    number: str
    process: str
    source: str
    by: str
    to: str
    day: date
    at: datetime
    lines: Lines
    items: Sequence[str] = ()
    case: str = ""
    public: Lines = ()
    ended: str = ""


@dataclass(frozen=True)
class Room:
    """read: sees that this user may read the sheet, logs the look, and gives label and address of the page it belongs to; raises NotFound.
    tell: what stands on it, None where there is no such sheet (yet)."""

    template: Template
    read: Callable[[User, UUID], tuple[str, str]]
    tell: Callable[[UUID], Told | None]


@dataclass(frozen=True)
class Sheet:
    kind: str
    uuid: UUID
    content: dict[str, Any]
    sha256: str
    code: str
    at: datetime
    ended: str
    back: tuple[str, str]


_rooms: dict[str, Room] = {}


def register(room: Room) -> None:
    """Called when the application is ready."""
    kind = room.template.kind
    register_template(room.template)
    _rooms[kind] = room
    verify.register_verifier(kind, lambda target: _verdict(kind, target))


def sheet_for(user: User, kind: str, uuid: UUID) -> Sheet:
    """For whom its room lets read it. Raises NotFound (no such form, no such sheet, not theirs)."""
    room = _rooms.get(kind)
    if room is None:
        raise NotFound
    back = room.read(user, uuid)
    told = _told(room, uuid)
    content = _content(room, told)
    return Sheet(
        kind, uuid, content, _fingerprint(content), verify.issue(kind, uuid), told.at, told.ended, back
    )


def pdf(found: Sheet) -> bytes:
    """In the platform's language; the same sheet gives the same bytes. Raises NotFound: it holds no more."""
    if found.ended:
        raise NotFound
    with override(settings.LANGUAGE_CODE):
        labels = (_("送达"), _("受理编号"))
    content = found.content
    if not content["case"]:
        # A table row without a value would say that something is missing.
        content = content | {"case": "—"}
    return rendered(content, found.sha256, code=found.code, made_at=found.at, labels=labels)


def _told(room: Room, uuid: UUID) -> Told:
    with override(settings.LANGUAGE_CODE):
        found = room.tell(uuid)
    if found is None:
        raise NotFound
    return found


def _content(room: Room, told: Told) -> dict[str, Any]:
    """Its form is the one in force: what stands on it is made now."""
    form = template_of(room.template.kind)
    with override(settings.LANGUAGE_CODE):
        return {
            "title": str(form.title),
            "number": told.number,
            "template": form.number,
            "version": form.version,
            "note": str(form.note),
            "process": told.process,
            "source": told.source,
            "case": told.case,
            "to": told.to,
            "by": told.by,
            "issued_on": told.day.isoformat(),
            "lines": [[str(label), str(value)] for label, value in told.lines],
            "items": [str(item) for item in told.items],
        }


def _fingerprint(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _verdict(kind: str, target: UUID) -> Verdict:
    """Enough to compare a paper with; of what stands on it no more than its room lets be told."""
    room = _rooms[kind]
    told = _told(room, target)
    content = _content(room, told)
    form = _("%(number)s 第 %(version)s 版")
    rows = [
        (_("文书编号"), told.number),
        (_("样式"), form % {"number": content["template"], "version": content["version"]}),
        *([(_("受理编号"), told.case)] if told.case else []),
        (_("送达单位"), told.to),
        (_("出具单位"), told.by),
        (_("出具日期"), content["issued_on"]),
        *told.public,
        (_("内容指纹（SHA-256）"), _fingerprint(content)),
    ]
    if told.ended:
        return Verdict(content["title"], "revoked", rows, told.ended)
    return Verdict(content["title"], "valid", rows)
