"""Rows that wait for their person: given to them when they have proved who they are.

Owns: the giving, once per row, in a transaction of its own. Refuses: a row whose name is another, one that was meanwhile
verified as somebody else's, one that the person handed in themselves, one of a suspended issuer: it goes on waiting.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from creditbank.deposits.models import DepositBatch, DepositRow
from creditbank.deposits.placing import Fate, phone_hash, place
from creditbank.deposits.writing import item_of, write
from lms.accounts.api import Identity, User
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.errors import Conflict
from lms.lib.outbox.registry import Event

State = DepositRow.State


def rows_for(user: User) -> list[DepositRow]:
    """The waiting rows that may be this person's: by their verified paper, or by their proved telephone."""
    paper = Identity.objects.filter(user=user).first()
    if paper is None or not user.is_active or user.erased_at is not None:
        return []
    wanted = Q(pk__isnull=True)
    if paper.status == Identity.Status.VERIFIED:
        wanted |= Q(paper_hash=paper.number_hash)
    if user.phone and user.phone_verified:
        wanted |= Q(phone_hash=phone_hash(user.phone))
    return list(DepositRow.objects.filter(wanted, state=State.WAITING).order_by("pk"))


def give_waiting(user: User) -> int:
    """Give a person what issuers deposited for them; the number of rows given. Called again, it changes nothing."""
    return sum(_give(row.pk, user) for row in rows_for(user))


def _give(row_id: int, user: User) -> bool:
    try:
        with transaction.atomic():
            row = DepositRow.objects.select_for_update().filter(pk=row_id, state=State.WAITING).first()
            if row is None:
                return False
            batch = DepositBatch.objects.select_related("issuer", "by").get(pk=row.batch_id)
            placed = place([item_of(row, batch.issuer)], None)
            if placed[0].match is None or placed[0].match.user.pk != user.pk or placed[0].fate == Fate.CLASH:
                raise Conflict("another person's")
            write(batch, [row], placed, _who(batch), now())
    except Conflict:
        return False
    return True


def _who(batch: DepositBatch) -> Actor:
    """Whoever handed it in: the person in the issuer's name, or the machine."""
    if batch.machine is not None:
        return Actor(person=None, role=f"machine:{batch.machine.hex}", body=batch.issuer.code)
    person = batch.by.uuid if batch.by else None
    return Actor(person=person, role="assessor", body=batch.issuer.code, user_id=batch.by_id)


def give_on_identity(event: Event) -> None:
    """`identity.changed` → what waits for that person."""
    user = User.objects.filter(uuid=UUID(event.payload["person"])).first()
    if user is not None:
        give_waiting(user)
