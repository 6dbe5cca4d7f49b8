"""Reading shares, for their holder."""

from uuid import UUID

from django.db.models import Count, Max, QuerySet

from creditbank.shares.models import Share, ShareLook
from lms.accounts.api import Organisation, User
from lms.lib.clock import now
from lms.lib.errors import NotFound

MOST_ORGANISATIONS = 300


def shares_of(user: User) -> QuerySet[Share]:
    """One's own, newest first, each with how often it was opened and when last."""
    return (
        Share.objects.filter(holder=user)
        .select_related("organisation", "snapshot")
        .defer("snapshot__content")
        .annotate(look_count=Count("looks"), last_look=Max("looks__at"))
        .order_by("-created_at", "-id")
    )


def share_of(user: User, uuid: UUID) -> Share:
    """One of them. Raises NotFound."""
    found = shares_of(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def state_of(share: Share) -> str:
    """For its holder: revoked, stopped (its transcript was), hidden, over or open."""
    if share.revoked_at is not None:
        return "revoked"
    if share.snapshot.revoked_at is not None:
        return "stopped"
    if share.hidden:
        return "hidden"
    return "open" if share.until > now() else "over"


def looks_of(share: Share) -> QuerySet[ShareLook]:
    return ShareLook.objects.filter(share=share).select_related("organisation").order_by("-at", "-id")


def organisations() -> QuerySet[Organisation]:
    """Who may be named as the one a share is for."""
    return Organisation.objects.filter(status=Organisation.Status.ACTIVE).order_by("name")[
        :MOST_ORGANISATIONS
    ]
