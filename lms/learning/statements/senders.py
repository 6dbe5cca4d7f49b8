"""Who takes the records of a package: a Protocol, a register, and the one that needs nobody's system.

A deployment that is connected to a city's or a body's system registers a sender for it. Refuses: any system that
nobody has described to us; without one, records are written into a file that the person hands over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.learning.statements.models import ItemState


@dataclass(frozen=True)
class Outcome:
    """state: taken, refused (the reason is final until something changes) or failed (may be tried again).

    reference: by which the receiver knows the record.
    """

    state: str
    reason: str = ""
    reference: str = ""


class Sender(Protocol):
    """Hands over one record. Called again with the same head and record after a crash: the receiver keeps one.

    head: the package without its records; record: one of them, with its `position`. What it raises is a failure of that
    record alone.
    """

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    def send(self, head: Mapping[str, Any], record: Mapping[str, Any]) -> Outcome: ...


class ToHandOver:
    """Writes each record into the package's own file, which its holder downloads and hands over."""

    name = "file"
    label = _("下载后自行提交")

    def send(self, head: Mapping[str, Any], record: Mapping[str, Any]) -> Outcome:
        return Outcome(ItemState.TAKEN, reference=f"{head['number']}-{record['position']:04d}")


_senders: dict[str, Sender] = {}


def register_sender(sender: Sender) -> None:
    """Called once at start-up."""
    _senders[sender.name] = sender


def sender_named(name: str) -> Sender | None:
    return _senders.get(name)


def choices() -> list[tuple[str, str | Promise]]:
    """The senders there are, for a form."""
    return [(sender.name, sender.label) for sender in _senders.values()]


register_sender(ToHandOver())
