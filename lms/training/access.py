"""Who opens the staff screens of training: officers of an authority; which one's case it is, each service asks."""

from django.http import HttpRequest

from lms.accounts.api import Role, User, holds
from lms.lib.errors import NotAllowed


def officer(request: HttpRequest) -> User:
    """The user of a staff screen. Raises NotAllowed where they hold the role nowhere."""
    if not holds(request.user, Role.OFFICER):
        raise NotAllowed
    return request.user  # type: ignore[return-value]
