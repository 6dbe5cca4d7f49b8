"""A person's own part of continuing-education bases: the reviews they were asked for, and what they said in them. It is the authority's:
erasure keeps it under the number, and takes out why they had to stand back.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.clock import SHANGHAI, day_bounds, local_day
from lms.training.ce_bases import letters
from lms.training.ce_bases.models import ReviewSeat
from lms.training.ce_bases.queries import seats_of
from lms.training.experts.api import register_served
from lms.training.merits.api import Line, Part, register_source

PART = "ce_bases"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here."""
    return {
        "reviews": [
            {
                "body": row.review.case.body.name,
                "number": row.review.case.number,
                "asked_at": row.appointed_at,
                "independent": row.independent,
                "conflict": row.conflict,
                "tie": row.tie,
                "tied_at": row.tied_at,
                "marks": row.marks,
                "remark": row.remark,
                "handed_in_at": row.handed_in_at,
            }
            for row in seats_of(user)
        ]
    }


def obstacles(user: User) -> Iterable[str]:
    """None: the authority asks somebody else."""
    return ()


def erase(user: User) -> list[UUID]:
    """What tied them to a body was about themselves: it goes."""
    rows = ReviewSeat.objects.filter(expert=user).exclude(conflict="", tie="")
    uuids = list(rows.values_list("uuid", flat=True))
    rows.update(conflict="", tie="")
    return uuids


def contributions(user: User) -> list[Line]:
    """Reviews in which somebody has marked, for the statement of contributions (四(四)). One query."""
    return _lines(seats_of(user).filter(handed_in_at__isnull=False))


def latest_contributions(user: User, first: date | None, last: date | None, most: int) -> Part:
    """The latest of them. Two queries."""
    mine = seats_of(user).filter(handed_in_at__isnull=False)
    year = ExtractYear("handed_in_at", tzinfo=SHANGHAI)
    years = dict(mine.order_by().values_list(year).annotate(n=Count("pk")))
    if first is not None:
        mine = mine.filter(handed_in_at__gte=day_bounds(first)[0])
    if last is not None:
        mine = mine.filter(handed_in_at__lt=day_bounds(last)[1])
    return Part(_lines(mine.order_by("-handed_in_at", "-pk")[:most]), years)


def _lines(rows: QuerySet[ReviewSeat]) -> list[Line]:
    return [
        Line(
            f"ce_review:{row.uuid}",
            local_day(row.handed_in_at),
            _("评审继续教育基地：%(body)s") % {"body": row.review.case.body.name},
            row.review.case.authority.name,
            row.review.case.number or "",
        )
        for row in rows
        if row.handed_in_at is not None
    ]


def judged_for(authorities: Collection[int]) -> Iterable[tuple[int, int, datetime]]:
    """Whom these authorities have asked to review bases, with the last time. One query."""
    rows = ReviewSeat.objects.filter(review__case__authority__in=list(authorities)).order_by()
    pairs = rows.values("review__case__authority", "expert").annotate(last=Max("appointed_at"))
    return pairs.values_list("review__case__authority", "expert", "last")


def register() -> None:
    letters.register()
    register_served("ce_bases", judged_for)
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
    register_source("ce_bases.reviews", gettext_lazy("继续教育基地评审"), contributions, latest_contributions)
