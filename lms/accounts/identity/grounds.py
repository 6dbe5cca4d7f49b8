"""On what ground someone may see another person's real name and number.

Each institution sees only its own people. What makes a person "its own" is partly known only above this
package (an application under review, a class roster), so upper packages register grounds here.
"""

from collections.abc import Callable

from lms.accounts.organisations.models import Role
from lms.accounts.organisations.queries import holds, memberships, organisations_for
from lms.accounts.people.models import User

# (viewer, person) -> whether the viewer's present work is about this person.
Ground = Callable[[User, User], bool]
_grounds: dict[str, Ground] = {}


def register_ground(name: str, ground: Ground) -> None:
    """Called once at start-up, e.g. `register_ground("creditbank.review", reviews_application_of)`."""
    _grounds[name] = ground


def _same_organisation(viewer: User, person: User) -> bool:
    """Personnel and administrators see the people of their own organisations."""
    own = organisations_for(viewer, Role.HR, Role.ADMIN)
    return memberships(person).filter(organisation__in=own).exists()


def ground_for(viewer: User, person: User) -> str | None:
    """The name of the ground on which the viewer may look, None when there is none."""
    if viewer.pk == person.pk:
        return "self"
    if holds(viewer, Role.OFFICER):
        return "authority"
    if _same_organisation(viewer, person):
        return "organisation"
    return next((name for name, ground in _grounds.items() if ground(viewer, person)), None)
