"""What every change of a case does: lock its row, see that its time comes after what was done, write the act with its event, and the audit row.

Owns: Act, and the event `case.moved`. Refuses: acts of the past by others than the platform, acts before the last one, and words that are
too long or none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotAllowed
from lms.lib.outbox.services import emit
from lms.training.lifecycle import words
from lms.training.lifecycle.models import Act, Case, Evidence

TARGET = "training.Case"
LONGEST_REASON = 1000
# What the clocks of several machines may differ by.
MOST_SKEW = timedelta(minutes=1)
# An act whose time lies further back is one of the past that is entered now.
STILL_NEWS = timedelta(hours=1)


def platform_only(by: Actor) -> None:
    if not by.is_platform:
        raise NotAllowed


def locked(case: Case) -> Case:
    """The row, locked for the rest of the transaction, with what acts look at."""
    list(Case.objects.select_for_update().filter(pk=case.pk).values_list("pk"))
    return Case.objects.select_related("rule", "authority", "body", "handler", "applicant").get(pk=case.pk)


def last_act(case: Case) -> Act | None:
    return case.acts.select_related("person", "body").order_by("-number").first()


def in_order(case: Case, at: datetime) -> Act | None:
    """The last act, which lies before the one that is to come. Raises Conflict where the clock was set back behind it."""
    last = last_act(case)
    if last is not None and at < last.at - MOST_SKEW:
        raise words.clock_changed(case.declared, last)
    return last


def note_act(
    case: Case,
    name: str,
    source: str,
    user: User | None,
    who: Actor,
    body: Organisation | None,
    reason: str,
    at: datetime,
    papers: Sequence[Evidence] = (),
) -> Act:
    """Save the row with its act, and the event that other packages hear."""
    case.revision += 1
    case.save()
    entry = Act.objects.create(
        case=case,
        number=case.revision,
        name=name,
        source=source,
        to=case.state,
        person=user,
        role=who.role,
        body=body,
        reason=reason,
        papers=[str(paper.uuid) for paper in papers],
        at=at,
        due_on=case.due_on,
    )
    emit(
        "case.moved",
        {
            "case": str(case.uuid),
            "number": case.number,
            "process": case.process,
            "act": name,
            "state": case.state,
            "revision": case.revision,
            # What is entered of the past is told to nobody.
            "news": at > now() - STILL_NEWS,
            "body": str(case.body.uuid),
            "authority": str(case.authority.uuid),
        },
        key=f"case.moved:{case.uuid}:{case.revision}",
    )
    return entry


def record_act(
    who: Actor, case: Case, name: str, *, reason: str = "", data: dict[str, Any] | None = None
) -> None:
    record(who, action=f"case.{name}", target_type=TARGET, target=case.uuid, reason=reason, data=data or {})


def reason_of(text: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_REASON or "\0" in said:
        raise Invalid(
            _("理由不超过 %(most)s 个字。") % {"most": LONGEST_REASON},
            code="reason_too_long",
            details={"field": "reason"},
        )
    return said


def text_of(text: str, most: int, field: str, sentence: str) -> str:
    said = text.strip()
    if not said or len(said) > most or "\0" in said:
        raise Invalid(sentence, code="invalid_text", details={"field": field})
    return said
