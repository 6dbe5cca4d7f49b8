"""Who may open the staff screens: a group kept in step with memberships.

The group carries the one permission to enter the Wagtail admin. What someone may do inside is decided by
services and, for pages, by permissions that the owner of the pages gives.
"""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from lms.accounts.organisations.queries import memberships
from lms.accounts.people.models import User

STAFF_GROUP = "融通员工"


def staff_group() -> Group:
    """The group, made with its permission when it is not there."""
    group, made = Group.objects.get_or_create(name=STAFF_GROUP)
    if made:
        kind, _new = ContentType.objects.get_or_create(app_label="wagtailadmin", model="admin")
        permission, _new = Permission.objects.get_or_create(
            content_type=kind, codename="access_admin", defaults={"name": "Can access Wagtail admin"}
        )
        group.permissions.add(permission)
    return group


def keep_in_step(user: User) -> bool:
    """Put the user into the group or out of it, as today's memberships say; returns whether they are in."""
    staff = memberships(user).exists()
    if staff != user.groups.filter(name=STAFF_GROUP).exists():
        (user.groups.add if staff else user.groups.remove)(staff_group())
    return staff
