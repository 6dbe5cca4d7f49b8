"""Telling the person concerned that something is held, or decided: by the sender of reminders, from the outbox.

The pages say all of it by themselves, whatever a sender does. Owns: the letter. Refuses: details in a letter; they are
behind the sign-in.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.learning.holds import words
from lms.learning.holds.models import Act, HoldStep
from lms.learning.rosters.sender import Reminder, sender
from lms.lib.outbox.registry import Event, consumer


@consumer("study.hold", name="learning.holds")
def deliver(event: Event) -> None:
    """One letter for one step. Nothing for an opening that was decided meanwhile: the decision has its own letter."""
    rows = HoldStep.objects.select_related("hold__person", "hold__enrolment__release", "hold__rule")
    step = rows.get(uuid=event.payload["step"])
    hold = step.hold
    if hold.state != step.state or hold.person.erased_at is not None:
        return
    sentences = (words.what(hold), words.meanwhile(hold), words.following(hold))
    url = settings.PUBLIC_URL + reverse("hours:hold", args=[hold.uuid])
    title = _("学习记录核实：请说明情况") if step.act == Act.OPEN else _("学习记录核实：已有结果")
    sender().send(Reminder(hold.person, title, "\n".join(text for text in sentences if text), url))
