"""Erasing an account: asked for, thought over, carried out part by part; the books stay, without a name.

Owns: Erasure rows and the order of the parts. What stays and why: docs/decisions/erasure.md.
Refuses: while something is open that only this person can bring to an end, and a way back once it has begun.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.erasure.models import Erasure
from lms.accounts.erasure.registry import parts
from lms.accounts.people.models import User
from lms.lib.actor import Actor
from lms.lib.audit.services import erase_text, record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict
from lms.lib.jobs.services import enqueue
from lms.lib.outbox.services import emit

TARGET = "accounts.User"
# Days to think it over: a lost phone in a stranger's hand must not cost years of study hours in a minute. Ours; within the
# 15 working days in which a wish for cancellation is to be met (GB/T 35273-2020, 8.5).
COOLING_OFF = timedelta(days=7)
SYSTEM = Actor.system("erasure")


def pending(user: User) -> Erasure | None:
    """The wish that stands, carried out or not; None where there is none."""
    return Erasure.objects.filter(user=user, cancelled_at__isnull=True).first()


def obstacles(user: User) -> list[str]:
    """What must come to an end first: one sentence each."""
    return [str(sentence) for _name, part in parts() for sentence in part.obstacles(user)]


@transaction.atomic
def ask(user: User) -> Erasure:
    """The account will be erased after COOLING_OFF. Asked again, the first wish stands. Raises Conflict with a sentence
    for each open matter (details: reasons)."""
    User.objects.select_for_update().get(pk=user.pk)
    there = pending(user)
    if there is not None:
        return there
    open_matters = obstacles(user)
    if open_matters:
        raise Conflict(open_matters[0], code="erasure_blocked", details={"reasons": open_matters})
    moment = now()
    wish = Erasure.objects.create(user=user, asked_at=moment, due_at=moment + COOLING_OFF)
    record(_self(user), action="person.erase_ask", target_type=TARGET, target=user.uuid)
    return wish


@transaction.atomic
def ask_along(user: User) -> Erasure:
    """The closed account of somebody who is being erased under another one goes too: at once, since the days to think it
    over are over. Asked again, the first wish stands."""
    User.objects.select_for_update().get(pk=user.pk)
    there = pending(user)
    if there is not None:
        return there
    moment = now()
    wish = Erasure.objects.create(user=user, asked_at=moment, due_at=moment)
    record(SYSTEM, action="person.erase_ask", target_type=TARGET, target=user.uuid)
    return wish


@transaction.atomic
def cancel(user: User) -> None:
    """Take the wish back. Raises Conflict when it is being carried out; nothing happens where there is none."""
    wish = Erasure.objects.select_for_update().filter(user=user, cancelled_at__isnull=True).first()
    if wish is None:
        return
    if wish.begun_at is not None:
        raise Conflict(_("注销已经开始，不能再撤回。"), code="erasure_begun")
    wish.cancelled_at = now()
    wish.save(update_fields=["cancelled_at"])
    record(_self(user), action="person.erase_cancel", target_type=TARGET, target=user.uuid)


def order_due() -> int:
    """A job for every wish whose days are over; returns how many. One that something stands in the way of is looked at
    again on the next day."""
    due = Erasure.objects.filter(due_at__lte=now(), cancelled_at__isnull=True, done_at__isnull=True)
    ordered = 0
    for wish in due.select_related("user").order_by("due_at").iterator():
        if wish.begun_at is None and obstacles(wish.user):
            continue
        key = f"accounts.erase:{wish.uuid}:{today()}"
        enqueue("accounts.erase", {"erasure": str(wish.uuid)}, SYSTEM, key=key)
        ordered += 1
    return ordered


def carry_out(uuid: UUID) -> bool:
    """Erase, part by part; what a crash cut off is gone on with. Whether it is done (not: taken back, or blocked)."""
    if not _begin(uuid):
        return False
    for name, _part in parts():
        _run(uuid, name)
    with transaction.atomic():
        wish = Erasure.objects.select_for_update().select_related("user").get(uuid=uuid)
        if wish.done_at is None:
            wish.done_at = now()
            wish.save(update_fields=["done_at"])
            done = {"parts": wish.parts}
            record(SYSTEM, action="person.erase", target_type=TARGET, target=wish.user.uuid, data=done)
            person = str(wish.user.uuid)
            emit("person.erased", {"person": person}, key=f"person.erased:{uuid}")
    return True


@transaction.atomic
def _begin(uuid: UUID) -> bool:
    """From here on the person is signed out everywhere and can begin nothing new, so that no part misses anything."""
    wish = Erasure.objects.select_for_update().select_related("user").get(uuid=uuid)
    if wish.cancelled_at is not None or wish.due_at > now():
        return False
    if wish.begun_at is not None:
        return True
    user = User.objects.select_for_update().get(pk=wish.user_id)
    if obstacles(user):
        return False
    wish.begun_at = now()
    wish.save(update_fields=["begun_at"])
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    return True


@transaction.atomic
def _run(uuid: UUID, name: str) -> None:
    wish = Erasure.objects.select_for_update().select_related("user").get(uuid=uuid)
    if name in wish.parts:
        return
    things = dict(parts())[name].erase(wish.user)
    erase_text(wish.user.uuid, things)
    wish.parts = [*wish.parts, name]
    wish.save(update_fields=["parts"])


def _self(user: User) -> Actor:
    return Actor(person=user.uuid, role="learner", user_id=user.pk)
