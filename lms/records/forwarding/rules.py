"""What becomes of a statement that was sent on, and when a silent receiver is asked again. Plain functions."""

from datetime import timedelta
from enum import Enum
from urllib.parse import urlsplit

# Statements of one request, and the bytes of their attachments (one statement with more goes alone).
BATCH = 50
BATCH_BYTES = 8 * 2**20
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)


class Verdict(Enum):
    TAKEN = "taken"
    # By the statement's own fault, as the receiver sees it: the others go on without it.
    REFUSED = "refused"
    # Under this id it has one already: the same, or another one.
    THERE = "there"
    # By nobody's statement: the receiver is away, or does not let us in. Everything waits.
    LATER = "later"


def verdict(status: int) -> Verdict:
    """By the answer's status (Communication 3.2). 3xx is none: whoever moves must tell us where himself."""
    if 200 <= status < 300:
        return Verdict.TAKEN
    if status == 409:
        return Verdict.THERE
    if status in (400, 412, 413, 415, 422):
        return Verdict.REFUSED
    return Verdict.LATER


def pause(failures: int, asked_s: int = 0) -> timedelta:
    """How long to wait after so many failures in a row: half a minute, then twice as long each time, an hour at most.

    asked_s: what the receiver asked for (Retry-After), kept where it is longer, within the hour.
    """
    grown = min(_FIRST_PAUSE * 2 ** min(max(failures - 1, 0), 12), _LONGEST_PAUSE)
    return min(max(grown, timedelta(seconds=asked_s)), _LONGEST_PAUSE)


def endpoint(text: str) -> str:
    """The address of a record store with its slash at the end; "" where it can be none: no host, a query, a user in it."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return ""
    if parts.query or parts.fragment or "@" in parts.netloc or any(mark in text for mark in "\\\r\n\t "):
        return ""
    path = parts.path.rstrip("/").removesuffix("/statements")
    return f"{parts.scheme}://{parts.netloc}{path}/"
