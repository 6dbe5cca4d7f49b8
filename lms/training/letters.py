"""What people are told by message about training: a case of theirs has moved, a panel waits for them, a window opens, they are admitted.

Owns: the event, its delivery to the one person, and which words belong to which notice; rooms register theirs. The pages say all of it
by themselves, whatever becomes of a letter. Refuses: choosing a channel (the sender of reminders does), telling what is no longer true
by the time it is delivered, and writing to anybody about what was done before and is only entered now.
"""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation

from lms.accounts.api import User
from lms.learning.api import Reminder, reminder_sender
from lms.lib.outbox.registry import Event, consumer
from lms.lib.outbox.services import emit_many

TOLD = "training.told"
# As events were called while experts alone had letters; those that still wait are delivered.
TOLD_EXPERTS = "expert.told"
# Title, text and the path of the page where it is answered; None: it is not true any more.
Words = tuple[str, str, str]
Finder = Callable[[User, dict[str, Any]], Words | None]
_words: dict[str, Finder] = {}


def register_words(what: str, find: Finder) -> None:
    """What a notice says to a person, from its event's payload, as things stand when it is delivered."""
    _words[what] = find


def tell(what: str, ref: str, people: Collection[UUID], **more: str) -> None:
    """One notice to each of the people, in the caller's transaction; the same `what` about the same `ref` comes to nobody twice."""
    emit_many(
        (TOLD, f"{TOLD}:{what}:{ref}:{person}", {"what": what, "person": str(person), **more})
        for person in people
    )


def deliver(event: Event) -> None:
    """One notice, in the site's language."""
    person = User.objects.filter(uuid=event.payload["person"], is_active=True).first()
    if person is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        found = _words[event.payload["what"]](person, event.payload)
        if found is not None:
            title, text, path = found
            reminder_sender().send(Reminder(person, title, text, settings.PUBLIC_URL + path))


def register() -> None:
    """Called when the application is ready."""
    consumer(TOLD, name="training.letters")(deliver)
    consumer(TOLD_EXPERTS, name="training.expert_letters")(deliver)
