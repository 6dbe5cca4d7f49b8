"""Keeping in mind that a report was refused, so that a script's hundredth try is seen; one broken page is nothing.

Owns: which refusals are worth a row, and how many rows a person can cause. Refuses: the content of what was sent (only
its hash), and whatever honest pages do too: late, too large, unreadable, or sent while signed out.
"""

import hashlib
import json
from uuid import UUID

from lms.accounts.api import User
from lms.learning.holds.models import StudyIncident
from lms.learning.study.models import StudySession
from lms.lib.clock import epoch_ms, now

KINDS = frozenset(StudyIncident.Kind.values)
# Far above every threshold; more rows would tell nobody more.
MOST_A_DAY = 100
DAY_MS = 24 * 3600 * 1000


def note(user: User, body: bytes, code: str) -> None:
    """One row for a refused report, if its refusal is of a kind that is kept. The same content again adds nothing:
    an honest page repeats what it could not send.
    """
    if code not in KINDS:
        return
    moment_ms = epoch_ms(now())
    recent = StudyIncident.objects.filter(person=user, received_ms__gt=moment_ms - DAY_MS)
    if recent[:MOST_A_DAY].count() >= MOST_A_DAY:
        return
    token = _token(body)
    # Of a wrong signature the signature alone is what was tried: pages under one old key show one and the same.
    content = token.encode() if code == StudyIncident.Kind.BAD_TOKEN else body
    row = StudyIncident(
        person=user,
        session=_session(token),
        kind=code,
        payload_hash=hashlib.sha256(content).hexdigest(),
        received_ms=moment_ms,
    )
    StudyIncident.objects.bulk_create([row], ignore_conflicts=True)


def _token(body: bytes) -> str:
    try:
        token = json.loads(body).get("session")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return token if isinstance(token, str) else ""


def _session(token: str) -> StudySession | None:
    try:
        uuid = UUID(token.partition(":")[0])
    except ValueError:
        return None
    return StudySession.objects.filter(uuid=uuid).first()
