"""What every act on an application shares: the row locked and seen, the step to the next state, its note, the refusals.

Owns: the only places that change an application's state and that add to its steps. Called within the caller's
transaction, who has checked permission; refuses an act that is not in the lifecycle's table.
"""

from typing import Any

from django.db.models import Max, Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from creditbank.applications import lifecycle
from creditbank.applications.lifecycle import Act, Said
from creditbank.applications.models import Application, ApplicationStep
from creditbank.applications.terms import due_on
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.outbox.services import emit

TARGET = "creditbank.Application"
LONGEST_REASON = 1000
# What other packages may want to hear of, under names that say what became of the application.
EVENTS = {
    Act.SUBMIT: "submitted",
    Act.APPROVE: "approved",
    Act.OVERTURN: "approved",
    Act.REFUSE: "refused",
    Act.ASK: "supplement_asked",
    Act.EXPIRE: "expired",
    Act.WITHDRAW: "withdrawn",
    Act.APPEAL: "appealed",
    Act.UPHOLD: "upheld",
    Act.REVERSE: "reversed",
    Act.ESCALATE: "overdue",
}


def moved_on(state: str = "") -> Conflict:
    """The refusal of an act that somebody else's has overtaken; to be raised."""
    if state in lifecycle.ENDS:
        return Conflict(_("这份申请已有结果，请刷新查看。"), code="already_decided")
    return Conflict(_("这份申请的状态已经变了，请刷新查看。"), code="moved_on")


def reason_of(text: str, sentence: str | Promise, *, needed: bool = True, field: str = "reason") -> str:
    """What somebody wrote, as it is kept. Raises Invalid with `sentence`: missing though needed, or too long."""
    said = text.strip()
    if (needed and not said) or len(said) > LONGEST_REASON or "\0" in said:
        raise Invalid(sentence, code="reason_missing", details={"field": field})
    return said


def hold(model: type[Model], pk: int) -> None:
    """Lock a row for the rest of the caller's transaction. By itself: joined to its person, a row that a merge gives to
    another account while the lock is waited for would not be found at all (PostgreSQL)."""
    list(model._default_manager.select_for_update().filter(pk=pk).values_list("pk"))


def locked(application: Application, *, seen: bool = True) -> Application:
    """The row, locked, with what decisions look at. seen: Conflict if a step came after the one the caller has seen."""
    hold(Application, application.pk)
    rows = Application.objects.select_related(
        *("applicant", "outcome__issuer", "programme__organisation", "rule_version__rule__programme"),
        *("course__programme__organisation", "course__use__application", "terms", "transaction"),
    )
    row = rows.get(pk=application.pk)
    if seen and row.revision != application.revision:
        raise moved_on(row.state)
    return row


def move(row: Application, act: Act, **changes: Any) -> None:
    """To the next state, or Conflict when the act is not in the table for the present one. Not saved: `note` does."""
    found = lifecycle.moved(row.state, act)
    if found is None:
        raise moved_on(row.state)
    values = {"state": found.to.value, "due_on": due_on(found.to, row.terms, today())} | changes
    # What was escalated once is waited for anew only when somebody new has to act.
    if found.to != found.state:
        values["escalated_at"] = None
    for name, value in values.items():
        setattr(row, name, value)


def note(
    row: Application,
    who: Actor,
    act: Act,
    *,
    person: User | None = None,
    body: Organisation | None = None,
    reason: str = "",
    approve: bool | None = None,
    data: dict[str, Any] | None = None,
) -> ApplicationStep:
    """Save the row with its step, the audit row and the event that other packages hear."""
    last = row.steps.aggregate(last=Max("number"))["last"] or 0
    row.revision = max(last, row.revision) + 1
    row.save()
    step = ApplicationStep.objects.create(
        application=row,
        number=row.revision,
        act=act.value,
        approve=approve,
        person=person,
        role=who.role,
        body=body,
        at=now(),
        reason=reason,
        state=row.state,
        due_on=row.due_on,
    )
    record(
        who,
        action=f"application.{act.value}",
        target_type=TARGET,
        target=row.uuid,
        reason=reason,
        data=data or {},
    )
    if act in EVENTS:
        _announce(row, EVENTS[act])
    return step


def _announce(row: Application, kind: str) -> None:
    payload = {
        "application": str(row.uuid),
        "person": str(row.applicant.uuid),
        "programme": str(row.programme.uuid),
    }
    emit(f"application.{kind}", payload, key=f"application.{kind}:{row.uuid}:{row.revision}")


def said_so_far(row: Application) -> list[Said]:
    """The steps as the panel sees them, oldest first."""
    rows = row.steps.order_by("number").values_list("act", "person_id", "approve")
    return [Said(act, person, approve) for act, person, approve in rows]
