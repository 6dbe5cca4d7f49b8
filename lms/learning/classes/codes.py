"""The changing code of a meeting: what the teacher's screen shows and a phone opens.

Owns: making and checking it. A code is bound to the meeting, to in or out, and to thirty seconds of the server's clock;
nobody but the server can make one. Known limit: who is in the room can send the address to somebody outside for as long
as it holds; the roster and the teacher's eyes are there for that.
"""

from datetime import datetime
from uuid import UUID

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from lms.accounts.api import User
from lms.learning.classes import rules
from lms.lib.clock import epoch_ms, from_epoch_ms, now

_SALT = "rongtong.classes.code"
_LENGTH = 16
# Long enough to read the page and press its button.
TICKET_SECONDS = 300
_signer = signing.TimestampSigner(salt="rongtong.classes.ticket")


def code_for(meeting: UUID, act: str, period: int) -> str:
    """Sixteen hexadecimal digits."""
    value = f"{meeting.hex}:{act}:{period}"
    return salted_hmac(_SALT, value, algorithm="sha256").hexdigest()[:_LENGTH]


def good(meeting: UUID, act: str, code: str, moment: datetime) -> bool:
    """Whether the code is the present one of the meeting and act, or the one before it."""
    period = rules.period_of(moment)
    return any(constant_time_compare(code_for(meeting, act, shown), code) for shown in (period, period - 1))


def ticket_for(user: User, meeting: UUID, act: str, scanned_at: datetime) -> str:
    """That this person opened a good code at that moment: their own, and for five minutes."""
    return _signer.sign(f"{user.uuid.hex}:{meeting.hex}:{act}:{epoch_ms(scanned_at)}")


def scanned_at(user: User, meeting: UUID, act: str, ticket: str) -> datetime | None:
    """When the person scanned the code; None for a ticket that is forged, late, somebody else's or of something else."""
    try:
        value = _signer.unsign(ticket, max_age=TICKET_SECONDS)
        person, of, what, ms = value.split(":")
    except (signing.BadSignature, ValueError):
        return None
    if (person, of, what) != (user.uuid.hex, meeting.hex, act):
        return None
    return min(from_epoch_ms(int(ms)), now())
