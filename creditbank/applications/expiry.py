"""Credits that have a shelf life by their college's terms: told before, on the days that the terms name, and posted away
when it is over. Nothing expires that nobody was told of: the shortest notice has to have passed in full.

Owns: both nightly passes, in batches of uses, each in one transaction; run again they change nothing. Refuses: an expiry
without a notice, and any day that no terms set.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from creditbank.applications import lots
from creditbank.applications.grants import CREDIT
from creditbank.applications.models import ExpiryNotice, OutcomeUse, UseDraw
from creditbank.ledger.models import Account, AccountHead
from creditbank.ledger.services import Line as BookLine
from creditbank.ledger.services import Posting, account_key, holder_account, issuer_account, post_many
from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.outbox.services import emit_many

KIND = "expiry"
BATCH = 200
# Longer before the end nobody is told (terms.publish_terms holds to it).
FARTHEST = timedelta(days=3650)


def _ending() -> QuerySet[OutcomeUse]:
    """Uses that expire on some day and hold something: not taken back, neither redeemed nor expired."""
    ended = UseDraw.objects.filter(use=OuterRef("pk"), kind__in=("redemption", "expiry"))
    rows = OutcomeUse.objects.filter(expires_on__isnull=False, release__isnull=True).exclude(Exists(ended))
    return rows.select_related("application__terms", "application__applicant", "programme__organisation")


def _batches(rows: QuerySet[OutcomeUse]) -> Iterator[list[OutcomeUse]]:
    flow = rows.order_by("id").iterator(chunk_size=BATCH)
    while batch := list(islice(flow, BATCH)):
        yield batch


def give_notices(day: date | None = None) -> int:
    """Write down, and announce (`credit.expiring`), every notice that is due and was not given; how many were."""
    day = day or today()
    given = 0
    for batch in _batches(_ending().filter(expires_on__gte=day, expires_on__lte=day + FARTHEST)):
        with transaction.atomic():
            given += _notify(batch, day)
    return given


def _notify(batch: list[OutcomeUse], day: date) -> int:
    told = set(ExpiryNotice.objects.filter(use__in=batch).values_list("use_id", "days_before"))
    left = lots.left(batch)
    rows, events = [], []
    for use in batch:
        assert use.expires_on is not None
        reached = [days for days in lots.notice_days(use) if use.expires_on - timedelta(days=days) <= day]
        # Of several that were missed, only the nearest to the end is worth saying.
        if not reached or not left[use.pk] or (use.pk, min(reached)) in told:
            continue
        rows.append(
            ExpiryNotice(use=use, days_before=min(reached), expires_on=use.expires_on, given_at=now())
        )
        payload = {
            "person": str(use.application.applicant.uuid),
            "application": str(use.application.uuid),
            "programme": str(use.programme.uuid),
            "centicredits": left[use.pk],
            "expires_on": use.expires_on.isoformat(),
        }
        events.append(("credit.expiring", f"credit.expiring:{use.application.uuid}:{min(reached)}", payload))
    made = ExpiryNotice.objects.bulk_create(rows, ignore_conflicts=True)
    emit_many(events)
    return len(made)


def expire(day: date | None = None) -> int:
    """Post away what is over and was told of; how many uses. Each once: the database allows one end of a use."""
    day = day or today()
    gone = 0
    for batch in _batches(_ending().filter(expires_on__lt=day)):
        over = lots.over([use.pk for use in batch], day)
        due = [use for use in batch if use.pk in over]
        if due:
            with transaction.atomic():
                gone += _end(due, day)
    return gone


def _end(batch: list[OutcomeUse], day: date) -> int:
    accounts = _accounts(batch)
    ids = [account.pk for account in accounts.values()]
    # Held in the order in which every writer holds them; what is left is read after.
    list(AccountHead.objects.select_for_update().filter(account__in=ids).order_by("account_id"))
    still = set(_ending().filter(pk__in=[use.pk for use in batch]).values_list("pk", flat=True))
    left = lots.left(batch)
    ending = [use for use in batch if use.pk in still and left[use.pk] > 0]
    if not ending:
        return 0
    items = [
        (f"expiry:{use.application.uuid}", _posting(use, left[use.pk], accounts[_place(use)], day))
        for use in ending
    ]
    rows = post_many(items, actor=Actor.system("applications.expiry"))
    UseDraw.objects.bulk_create(
        UseDraw(
            use=use,
            kind=UseDraw.Kind.EXPIRY,
            centicredits=left[use.pk],
            transaction=row,
            drawn_at=row.posted_at,
        )
        for use, row in zip(ending, rows, strict=True)
    )
    return len(ending)


Place = tuple[UUID, UUID]


def _place(use: OutcomeUse) -> Place:
    return use.application.applicant.uuid, use.programme.organisation.uuid


def _accounts(batch: Iterable[OutcomeUse]) -> dict[Place, Account]:
    """The holders' accounts, all of which are there: something was posted to them."""
    places = {_place(use) for use in batch}
    keys = {account_key(Account.Kind.HOLDER, *place, CREDIT): place for place in places}
    found = {keys[row.key]: row for row in Account.objects.filter(key__in=keys)}
    for place in places - set(found):
        found[place] = holder_account(place[0], CREDIT, place[1])
    return found


def _posting(use: OutcomeUse, amount: int, account: Account, day: date) -> Posting:
    college = use.programme.organisation
    terms = use.application.terms
    assert use.expires_on is not None
    return Posting(
        kind=KIND,
        occurred_on=day,
        lines=(BookLine(account, -amount), BookLine(issuer_account(CREDIT, college.uuid), amount)),
        evidence={
            "application": str(use.application.uuid),
            "programme": {"code": use.programme.code, "name": use.programme.name},
            "expired_on": use.expires_on.isoformat(),
            "terms": {"uuid": str(terms.uuid), "source": terms.source} if terms else {},
        },
        event={"person": str(use.application.applicant.uuid), "application": str(use.application.uuid)},
    )


def nightly() -> dict[str, int]:
    """Both passes, notices first."""
    return {"notices": give_notices(), "expired": expire()}


def expiring_for(user: User) -> list[tuple[OutcomeUse, int]]:
    """The user's credits that will expire, the nearest first, each with the centicredits it still holds."""
    uses = list(_ending().filter(application__applicant=user).order_by("expires_on", "id"))
    left = lots.left(uses)
    return [(use, left[use.pk]) for use in uses if left[use.pk] > 0]


def expiry_sentence(use: OutcomeUse) -> str:
    """When credits end and whether that is sure."""
    if not lots.notice_days(use):
        return _("有效期到 %(day)s；提前通知的天数尚未设定，没有通知过的学分不会扣减。") % {
            "day": use.expires_on
        }
    return _("%(day)s 到期。") % {"day": use.expires_on}
