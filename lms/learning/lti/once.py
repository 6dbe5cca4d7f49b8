"""What is used one time only, whoever comes at the same moment: the database's unique row decides, not a cache."""

from datetime import datetime

from lms.learning.lti.models import LtiOnce
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash


def use(kind: str, party: str, value: str, *, until: datetime) -> bool:
    """Whether this is the first use of the party's value. until: when nothing that carries it can be valid any more."""
    used = lookup_hash(f"{kind}\0{party}\0{value}", "lti.once")
    _row, first = LtiOnce.objects.get_or_create(used=used, defaults={"expires_at": until})
    return first


def sweep() -> int:
    """Forget what has expired; the number of rows."""
    gone, _each = LtiOnce.objects.filter(expires_at__lt=now()).delete()
    return gone
