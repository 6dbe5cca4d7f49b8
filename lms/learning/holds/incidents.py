"""Keeping in mind that a report was refused, so that a script's hundredth try is seen; one broken page is nothing.

Owns: which refusals are worth a row, and how many rows a person can cause. Refuses: the content of what was sent (only
its hash), and whatever honest pages do too: late, too large, unreadable, or sent while signed out. Except under a ticket:
what was studied without a line and is refused is kept whatever the reason, since nobody was there to read it; what honest
devices send is explained to the person (refused.py) and never looked at for suspicion (detect.py).
"""

import hashlib
from typing import Any
from uuid import UUID

from lms.accounts.api import User
from lms.learning.holds.models import StudyIncident
from lms.learning.study.intervals import length, merge
from lms.learning.study.models import StudySession
from lms.learning.study.offline.models import OfflineSession, StudyTicket
from lms.learning.study.offline.rules import place
from lms.learning.study.offline.services import ticket_named
from lms.learning.study.reports import MAX_BYTES, MAX_MS, facts_of
from lms.lib import json_in
from lms.lib.clock import epoch_ms, now
from lms.lib.errors import Refusal

Kind = StudyIncident.Kind
# What no honest page sends, or hardly ever: many of these in a day are looked at by a person.
SUSPECT = frozenset({Kind.BAD_TOKEN, Kind.OTHER_PERSON, Kind.SEQ_REUSED, Kind.BAD_TICKET})
EXPLAINED = frozenset(Kind) - SUSPECT
# Far above every threshold; more rows would tell nobody more. Of each of the two sorts, so that neither hides the other.
MOST_A_DAY = 100
DAY_MS = 24 * 3600 * 1000


def note(user: User, body: bytes, code: str) -> None:
    """One row for a refused report, if its refusal is of a kind that is kept. The same content again adds nothing:
    an honest page repeats what it could not send.
    """
    if code not in SUSPECT:
        return
    token = _text(_object(body), "session")
    # Of a wrong signature the signature alone is what was tried: pages under one old key show one and the same.
    content = token.encode() if code == Kind.BAD_TOKEN else body
    _keep(user, code, content, session=_session(token))


def note_part(user: User, body: bytes, code: str) -> None:
    """The same for a part of study without a line, under the ticket that it names."""
    if code not in SUSPECT | EXPLAINED:
        return
    data = _object(body)
    token, key = _text(data, "ticket"), _uuid(_text(data, "session"))
    if code == Kind.BAD_TICKET:
        _keep(user, code, token.encode())
        return
    ticket = ticket_named(token)
    offline = OfflineSession.objects.filter(ticket=ticket, key=key).first() if ticket and key else None
    said, active_ms = _said(data)
    _keep(
        user,
        code,
        # What a device says of the time since changes with each sending; what it studied does not.
        f"{token}:{key}:{said}".encode() if said else body,
        session=offline.session if offline else None,
        ticket=ticket,
        opened_ms=_opened(ticket, offline, data) if ticket and ticket.person_id == user.pk else None,
        active_ms=active_ms,
    )


def _keep(user: User, code: str, content: bytes, **more: Any) -> None:
    moment_ms = epoch_ms(now())
    sort = SUSPECT if code in SUSPECT else EXPLAINED
    recent = StudyIncident.objects.filter(person=user, kind__in=sort, received_ms__gt=moment_ms - DAY_MS)
    if recent[:MOST_A_DAY].count() >= MOST_A_DAY:
        return
    row = StudyIncident(
        person=user,
        kind=code,
        payload_hash=hashlib.sha256(content).hexdigest(),
        received_ms=moment_ms,
        **more,
    )
    StudyIncident.objects.bulk_create([row], ignore_conflicts=True)


# --- what a refused report says of itself, of which nothing can be relied on ---------------------------


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json_in.read(body) if len(body) <= MAX_BYTES else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(data: dict[str, Any], name: str) -> str:
    found = data.get(name)
    return found if isinstance(found, str) else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _session(token: str) -> StudySession | None:
    uuid = _uuid(token.partition(":")[0])
    return StudySession.objects.filter(uuid=uuid).first() if uuid else None


def _said(data: dict[str, Any]) -> tuple[str, int | None]:
    """(hash of the report's facts, how much active time it tells of); "" and None where it is none."""
    try:
        report = facts_of(data, session="")
    except Refusal:
        return "", None
    return report.payload_hash, length(merge(report.active))


def _opened(ticket: StudyTicket, offline: OfflineSession | None, data: dict[str, Any]) -> int | None:
    """Where the session stands, or would have been placed."""
    if offline is not None:
        return offline.opened_ms
    since, lasted = data.get("since_ms"), data.get("lasted_ms")
    if type(since) is not int or type(lasted) is not int or not 0 <= max(since, lasted) <= 400 * MAX_MS:
        return None
    return place(ticket.issued_ms, epoch_ms(now()), since, lasted)
