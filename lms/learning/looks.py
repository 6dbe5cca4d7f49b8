"""The row of a look: whoever reads of a person's study leaves one under that person, who can read it."""

from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record


def note_look(who: Actor, person: User, *, action: str, reason: str, **data: str) -> None:
    """Writes the row. who: the reader in the role that lets them read; reason: what the person will read; data: what
    was read, by its identifiers.
    """
    record(
        who,
        # Under the person, so that it stands in their list of who looked at their record.
        action=action,
        target_type="accounts.User",
        target=person.uuid,
        reason=reason,
        data=data,
    )
