"""Sending one-time codes to phones: a protocol, a default that writes to the log, and the choice between
senders.

Owns: what a sender is told. Refuses: making or checking codes (allauth's part) and knowing any SMS
gateway. RONGTONG_CODE_SENDER names another class, e.g. one that calls the gateway of the operator.
"""

import fcntl
import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from lms.accounts.people.rules import mask_phone
from lms.lib.clock import SHANGHAI, now

logger = logging.getLogger(__name__)
OUTBOX_NAME = "outbox-codes.log"
OUTBOX_LINES = 50


@dataclass(frozen=True)
class CodeMessage:
    """One text message. kind: code, unknown_account or already_registered (gateways want one template each).

    code is "" for the two without one; text is the whole message in the reader's language.
    """

    kind: str
    phone: str
    text: str
    code: str = ""


class CodeSender(Protocol):
    """Anything that can bring a message to a phone. It raises when the message was certainly not taken."""

    def send(self, message: CodeMessage) -> None: ...


class ConsoleSender:
    """Writes the message to the log instead of sending it, and keeps it where a demo's visitor finds it."""

    def send(self, message: CodeMessage) -> None:
        logger.info("SMS to %s: %s", mask_phone(message.phone), message.text)
        keep_for_demo(message.phone, message.text)


def sender() -> CodeSender:
    """The sender that the settings name."""
    made: CodeSender = import_string(settings.RONGTONG_CODE_SENDER)()
    return made


def keep_for_demo(recipient: str, text: str) -> None:
    """Embedded shape only: the last messages in $RONGTONG_HOME/outbox-codes.log, for its owner alone."""
    if not settings.EMBEDDED:
        return
    path = Path(settings.HOME) / OUTBOX_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        kept: deque[str] = deque(maxlen=OUTBOX_LINES)
        if path.exists():
            kept.extend(path.read_text(encoding="utf-8").splitlines())
        kept.append(f"{now().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}  {recipient}  {' '.join(text.split())}")
        _write(path, kept)


def forget_for_demo(recipient: str) -> None:
    """Takes what was kept for a number or address out of that file again, also where the shape has changed since."""
    path = Path(settings.HOME) / OUTBOX_NAME
    if not path.exists():
        return
    with _alone(path):
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if f"  {recipient}  " not in line]
        if len(kept) < len(lines):
            _write(path, kept)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """The file is read and written anew as a whole: two sign-ups of one moment, in whichever process, take turns."""
    with open(os.open(path.with_name(f".{path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(path: Path, kept: Iterable[str]) -> None:
    draft = path.with_name(f".{OUTBOX_NAME}-{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(kept) + "\n")
    draft.replace(path)
