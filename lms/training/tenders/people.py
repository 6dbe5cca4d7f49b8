"""A person's own part of tenders: that they sat on panels and what they declared there. What somebody scored or decided for an authority is the
authority's; the panel's public scores carry letters, no names.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max

from lms.accounts.api import User, register_export_part
from lms.training.experts.api import register_served
from lms.training.tenders.models import PanelExpert

PART = "tender_panels"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here."""
    rows = (
        PanelExpert.objects.filter(person=user).select_related("tender").prefetch_related("interests__bidder")
    )
    return {
        "panels": [
            {
                "tender": row.tender.title,
                "named_at": row.named_at,
                "released_at": row.released_at,
                "declared": [
                    {"bidder": each.bidder.name, "conflict": each.conflict, "text": each.text, "at": each.at}
                    for each in row.interests.all()
                ],
            }
            for row in rows.order_by("pk")
        ]
    }


def judged_for(authorities: Collection[int]) -> Iterable[tuple[int, int, datetime]]:
    """Whom these authorities have named to panels, and who stayed on them, with the last time. One query."""
    rows = PanelExpert.objects.filter(tender__case__authority__in=list(authorities), released_at__isnull=True)
    pairs = rows.order_by().values("tender__case__authority", "person").annotate(last=Max("named_at"))
    return pairs.values_list("tender__case__authority", "person", "last")


def register() -> None:
    register_served("tenders", judged_for)
    register_export_part(PART, part)
