"""What is left of each use: credits that were redeemed, transferred or have expired are drawn from it for good.

Read under the lock of the holder's credit account at the college wherever something is drawn afterwards.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet, Sum

from creditbank.applications.models import OutcomeUse, UseDraw
from creditbank.ledger.models import Transaction
from creditbank.rules.models import Programme
from lms.lib.clock import now


def living(holder: UUID, programme: Programme | None = None) -> QuerySet[OutcomeUse]:
    """The uses of a person that were not taken back, oldest first, in one programme or in all."""
    found = OutcomeUse.objects.filter(application__applicant__uuid=holder, release__isnull=True)
    if programme is not None:
        found = found.filter(programme=programme)
    return found.order_by("id")


def left(uses: Iterable[OutcomeUse]) -> dict[int, int]:
    """Use (by key) → centicredits that nothing has drawn yet; one query."""
    known = {use.pk: use.centicredits for use in uses}
    drawn = UseDraw.objects.filter(use__in=known).values_list("use_id").annotate(total=Sum("centicredits"))
    for use, total in drawn:
        known[use] -= total
    return known


def draw(row: Transaction, kind: str, amounts: dict[int, int], *, course: int | None = None) -> None:
    """Write down what a posting took from which uses. amounts: use (by key) → centicredits, each above zero."""
    UseDraw.objects.bulk_create(
        UseDraw(use_id=use, kind=kind, centicredits=amount, transaction=row, course_id=course, drawn_at=now())
        for use, amount in sorted(amounts.items())
    )


def months_after(day: date, months: int) -> date:
    """The same day so many months later; where that month is shorter, its last day."""
    years, month = divmod(day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(day.year + years, month + 1, number)
        except ValueError:
            continue
    return date(day.year + years, month + 1, day.day)
