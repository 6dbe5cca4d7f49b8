"""The status lists as signed credentials (Bitstring Status List v1.0), made of the rows and kept in the cache.

A list holds for a week from the hour it was signed: an old one cannot be shown instead of today's for longer than that.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.cache import cache

from creditbank.credentials import bits, contexts, keys, proofs, services
from creditbank.credentials.models import IssuedCredential, StatusList
from lms.lib.clock import now
from lms.lib.errors import NotFound

HOLDS = timedelta(days=7)
# § 2.2: how long, in milliseconds, a copy may be used without asking again.
TTL_MS = 3_600_000


def list_credential(number: int) -> dict[str, Any]:
    """The signed list of that number, as of now. Raises NotFound."""
    found = StatusList.objects.filter(number=number).first()
    if found is None:
        raise NotFound
    key = keys.current(keys.Algorithm.ED25519)
    hour = now().replace(minute=0, second=0, microsecond=0)
    named = f"creditbank.status:{found.number}:{found.changes}:{key.fragment}:{hour:%Y%m%d%H}"
    kept: dict[str, Any] | None = cache.get(named)
    if kept is None:
        kept = _signed(found, key, hour)
        cache.set(named, kept, 3600)
    return kept


def _signed(found: StatusList, key: Any, moment: datetime) -> dict[str, Any]:
    address = services.list_address(found.number)
    revoked = IssuedCredential.objects.filter(status_list=found, revoked_at__isnull=False)
    document = {
        "@context": contexts.STATUS_CONTEXTS,
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": keys.issuer(),
        "validFrom": proofs.stamp(moment),
        "validUntil": proofs.stamp(moment + HOLDS),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": TTL_MS,
            "encodedList": bits.encode(revoked.values_list("index", flat=True), found.size),
        },
    }
    return proofs.signed(document, cast(Ed25519PrivateKey, keys.signing(key)), keys.address(key), moment)
