"""What every act on a hold shares: the rows locked, the step to the next state, its note and words, the refusals.

Owns: the only places that change a hold's state and add to its steps; and the order of locks: the person's, the
enrolment's, the hold's. Called within the caller's transaction, who has checked permission.
"""

from collections.abc import Sequence

from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.holds import rules
from lms.learning.holds.deadlines import due
from lms.learning.holds.models import Act, HoldStep, HoldWord, StudyHold
from lms.learning.study.locking import lock
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.outbox.services import emit

TARGET = "learning.StudyHold"
LONGEST_WORD = 1000
# What a program is told when a field cannot be right.
WRONG = "invalid_hold"


def moved_on() -> Conflict:
    """The refusal of an act that somebody else's has overtaken; to be raised."""
    return Conflict(_("这件事的状态已经变了，请刷新查看。"), code="moved_on")


def word_of(text: str, sentence: str, *, needed: bool = True, field: str = "text") -> str:
    """What somebody wrote, as it is kept. Raises Invalid with `sentence`: missing though needed, or too long."""
    said = text.strip()
    if (needed and not said) or len(said) > LONGEST_WORD or "\0" in said:
        raise Invalid(sentence, code="reason_missing", details={"field": field})
    return said


def locked(hold: StudyHold) -> StudyHold:
    """The hold's row, locked after the person's and the enrolment's: the order in which study itself locks."""
    lock(hold.person_id)
    Enrolment.objects.select_for_update().get(pk=hold.enrolment_id)
    rows = StudyHold.objects.select_for_update(of=("self",))
    return rows.select_related("person", "enrolment__release", "rule").get(pk=hold.pk)


def move(row: StudyHold, act: str) -> None:
    """To the next state, or Conflict when the act does not fit the present one. An explanation moves no deadline."""
    found = rules.moved(row.state, act)
    if found is None:
        raise moved_on()
    if found != row.state:
        row.state, row.due_on = found, due(found, row.rule, today())
        row.save(update_fields=["state", "due_on"])


def note(
    row: StudyHold,
    who: Actor,
    act: str,
    *,
    person: User | None = None,
    text: str = "",
    sessions: Sequence[str] = (),
) -> HoldStep:
    """The step with its words, for the learner; the audit row, for auditors; the event, from which the learner hears."""
    last = row.steps.aggregate(last=Max("number"))["last"] or 0
    step = HoldStep.objects.create(
        hold=row,
        number=last + 1,
        act=act,
        person=person,
        role=who.role,
        body=who.body,
        at=now(),
        state=row.state,
        due_on=row.due_on,
        sessions=list(sessions),
    )
    if text:
        HoldWord.objects.create(step=step, text=text)
    record(
        who,
        action=f"hold.{act}",
        target_type=TARGET,
        target=row.uuid,
        reason=text,
        data={"state": row.state, "reason": row.reason} | ({"sessions": list(sessions)} if sessions else {}),
    )
    if act in (Act.OPEN, Act.RELEASE, Act.CONFIRM):
        emit("study.hold", {"step": str(step.uuid)}, key=f"study.hold:{step.uuid}")
    return step
