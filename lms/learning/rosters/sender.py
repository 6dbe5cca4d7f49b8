"""Bringing a reminder to its person: a protocol, a default by e-mail, and the choice between senders.

The page /learn/ shows every request by itself, whatever a sender does. RONGTONG_REMINDER_SENDER names another class, e.g.
one that calls the gateway of the operator. Owns: what a sender is told. Refuses: choosing people.
"""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from creditbank.api import Letter
from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.rosters.models import StudyReminder
from lms.lib.outbox.registry import Event, consumer


@dataclass(frozen=True)
class Reminder:
    """What a person is told: who asks, which course, by when, where to go on."""

    person: User
    title: str
    text: str
    url: str


class ReminderSender(Protocol):
    """It raises when the message was certainly not taken; then it is tried again."""

    def send(self, reminder: Reminder) -> None: ...


class MailSender:
    """An e-mail to the person's address; those without one find the request on /learn/. None to addresses that are nobody's by their
    name (RFC 2606): those of an invented year."""

    def send(self, reminder: Reminder) -> None:
        if reminder.person.email and not reminder.person.email.endswith(".invalid"):
            text = f"{reminder.text}\n\n{reminder.url}\n"
            # Names that others typed may have several lines; the head of a message has one.
            title = " ".join(reminder.title.split())
            send_mail(title, text, None, [reminder.person.email])


def sender() -> ReminderSender:
    """The sender that the settings name."""
    made: ReminderSender = import_string(settings.RONGTONG_REMINDER_SENDER)()
    return made


def bring(letter: Letter) -> None:
    """A letter of the credit bank, by the same sender."""
    sender().send(Reminder(letter.person, letter.title, letter.text, letter.url))


@consumer("study.reminded", name="learning.reminders")
def deliver(event: Event) -> None:
    """One reminder. Nothing for who has finished or left in the meantime: it would be wrong by now."""
    rows = StudyReminder.objects.select_related(
        "person", "assigned__employment", "assigned__organisation", "assigned__assignment"
    ).select_related("assigned__enrolment__release")
    row = rows.get(uuid=event.payload["reminder"])
    assigned = row.assigned
    if assigned.enrolment.state == Enrolment.State.COMPLETED or assigned.employment.ended_at is not None:
        return
    title = assigned.enrolment.release.title
    text = _("%(firm)s提醒你：请在 %(day)s 前学完「%(course)s」。可以分几次学，学过的都算。") % {
        "firm": assigned.organisation.name,
        "day": assigned.assignment.due_on.isoformat(),
        "course": title,
    }
    url = settings.PUBLIC_URL + reverse("learning:course", args=[assigned.enrolment.uuid])
    sender().send(Reminder(row.person, _("学习提醒：%(course)s") % {"course": title}, text, url))
