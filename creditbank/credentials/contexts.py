"""The JSON-LD contexts that credentials use, bundled: nothing is ever fetched at run time.

Owns: which addresses are known and what stands behind them (NOTICES.md says where each came from). Refuses: every other
address, so that a credential from outside can make the platform ask nobody for anything.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
DID = "https://www.w3.org/ns/did/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"

FOLDER = Path(__file__).parent / "contexts"
FILES = {
    CREDENTIALS: "credentials-v2.json",
    OPEN_BADGES: "open-badges-3.0.3.json",
    CLR: "clr-2.0.1.json",
    DID: "did-v1.json",
    MULTIKEY: "multikey-v1.json",
}
# What a credential of ours begins with; no other combination is taken for one.
BADGE_CONTEXTS = [CREDENTIALS, OPEN_BADGES]
CLR_CONTEXTS = [CREDENTIALS, OPEN_BADGES, CLR]
STATUS_CONTEXTS = [CREDENTIALS]
ALL = (BADGE_CONTEXTS, CLR_CONTEXTS, STATUS_CONTEXTS)


class UnknownContextError(ValueError):
    """A document names a context that is not bundled."""


@lru_cache(maxsize=len(FILES))
def _document(address: str) -> dict[str, Any]:
    text = (FOLDER / FILES[address]).read_text(encoding="utf-8")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": address,
        "document": json.loads(text),
    }


def load(address: str, options: Any = None) -> dict[str, Any]:
    """A document loader for pyld: the bundled file, or UnknownContextError."""
    if address not in FILES:
        raise UnknownContextError(address)
    return _document(address)
