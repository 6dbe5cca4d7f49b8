"""The row of a look: whoever reads of a person's study leaves one under that person, who can read it.

Refuses a look that its person would not find in the list, which goes by the action's last word.
"""

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record

SEEN = ".view"


def note_look(who: Actor, person: User, *, action: str, reason: str | Promise, **data: str) -> None:
    """Writes the row. who: the reader in the role that lets them read; action: "….view"; reason: what the person will read,
    a lazy sentence in the platform's language and not in the reader's; data: what was read, by its identifiers.
    """
    if not action.endswith(SEEN):
        raise ValueError(f"{action} does not end with {SEEN}")
    with translation.override(settings.LANGUAGE_CODE):
        said = str(reason)
    record(
        who,
        # Under the person, so that it stands in their list of who looked at their record.
        action=action,
        target_type="accounts.User",
        target=person.uuid,
        reason=said,
        data=data,
    )
