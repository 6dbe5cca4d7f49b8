"""What is left of each use: credits that were redeemed, transferred or have expired are drawn from it for good.

Read under the lock of the holder's credit account at the college wherever something is drawn afterwards.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Max, QuerySet, Sum

from creditbank.applications.models import OutcomeUse, UseDraw
from creditbank.ledger.models import Transaction
from creditbank.rules.models import Programme
from lms.lib.clock import local_day, now


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


def over(uses: Iterable[int], day: date) -> set[int]:
    """Those of the uses (by key) whose shelf life is over on a day, and was told of long enough before: nothing of them is
    redeemed or transferred any more, whether the nightly pass (`expiry`) has come by or not. One query."""
    ended = OutcomeUse.objects.filter(pk__in=list(uses), expires_on__lt=day).select_related(
        "application__terms"
    )
    told = ended.annotate(told_at=Max("notices__given_at")).filter(told_at__isnull=False)
    return {use.pk for use in told if told_long_enough(use, use.told_at, day)}


def notice_days(use: OutcomeUse) -> list[int]:
    terms = use.application.terms
    return list(terms.notice_days) if terms else []


def told_long_enough(use: OutcomeUse, told_at: datetime, day: date) -> bool:
    """A notice given late puts the end off, so that the shortest notice still has its days."""
    return local_day(told_at) + timedelta(days=min(notice_days(use), default=0)) <= day


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
