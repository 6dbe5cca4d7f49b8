"""Opening learning accounts. One number a person, given once the real name is there, never changed, never given again."""

from django.db import IntegrityError, transaction

from creditbank.holders import rules
from creditbank.holders.models import LearningAccount
from creditbank.holders.queries import account_of
from lms.accounts.api import User, real_name_status
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.outbox.services import emit

SYSTEM = Actor.system("learning_account")
TARGET = "accounts.User"
# Of nine thousand million numbers; a draw that is taken is drawn again.
DRAWS = 20


def open_account(user: User) -> LearningAccount | None:
    """The person's learning account, opened on the first call after the real name was given; None before that.

    Two calls at once open one account. Emits `learning_account.opened`.
    """
    found = account_of(user)
    if found is not None or real_name_status(user) == "unverified":
        return found
    for _draw in range(DRAWS):
        try:
            with transaction.atomic():
                made = LearningAccount.objects.create(
                    number=rules.make_number(), holder=user, opened_at=now()
                )
                record(SYSTEM, action="learning_account.open", target_type=TARGET, target=user.uuid)
                emit(
                    "learning_account.opened",
                    {"person": str(user.uuid)},
                    key=f"learning_account.opened:{user.uuid}",
                )
                return made
        except IntegrityError:
            # The number is another's, or another call was faster for this person.
            found = account_of(user)
            if found is not None:
                return found
    raise RuntimeError(f"no free learner number in {DRAWS} draws")
