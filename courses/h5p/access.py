"""Who works with an organisation's exercises: its editors and teachers; a superuser where they are nobody's."""

from django.db.models import QuerySet

from lms.accounts.api import Organisation, Role, User, organisations_for, require_role
from lms.lib.actor import Actor
from lms.lib.errors import NotAllowed

_WRITERS = (Role.EDITOR, Role.TEACHER)


def permit(user: User, organisation: Organisation | None) -> Actor:
    """The actor in whose name an exercise of the organisation (None: nobody's) is written or changed. Raises NotAllowed."""
    if organisation is None and not (user.is_superuser and user.is_active):
        raise NotAllowed
    return require_role(user, *_WRITERS, organisation=organisation)


def organisations(user: User) -> QuerySet[Organisation]:
    """Whose exercises the person writes."""
    return organisations_for(user, *_WRITERS)
