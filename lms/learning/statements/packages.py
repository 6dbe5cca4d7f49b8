"""Years handed over for a review: a verified statement for each, every record checked against the credit bank and handed
to a sender, with a receipt for each attempt.

Owns: packages, where each record is, and receipts. Refuses: a name nobody has verified, and a record that does not stand
in the books as the statement says it.
"""

import logging
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from creditbank.api import Posting, postings_of
from lms.accounts.api import User, actor, real_name, real_name_status
from lms.learning.hours.years import FIRST_YEAR, this_year
from lms.learning.statements import queries, rules, services
from lms.learning.statements.models import (
    ItemState,
    PackageItem,
    PackageReceipt,
    PaperContent,
    ReviewPackage,
    Use,
)
from lms.learning.statements.package_queries import FORMAT, TARGET, own
from lms.learning.statements.readiness import MOST_YEARS, rule_on
from lms.learning.statements.senders import Outcome, sender_named
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import enqueue
from lms.lib.units import format_centi
from lms.lib.verify.rules import ALPHABET

logger = logging.getLogger(__name__)
BATCH = 50
JOB = "learning.review_package"


# --- ordering --------------------------------------------------------------------------------------------


def order(
    user: User,
    *,
    use: str,
    years: Sequence[int],
    sender: str,
    key: UUID,
    level: str = "",
    series: str = "",
) -> ReviewPackage:
    """Hand over years for a use: each year's statement is issued, its records are queued. The same key gives the same
    package. level, series: of the title, whose rule is then named. Raises Invalid (use, years, nothing to hand over), Conflict (the name is not verified).
    """
    _check(use, years, sender)
    title_rule = _title_rule(level, series) if use == Use.TITLE else None
    found = ReviewPackage.objects.filter(person=user, key=key).first()
    if found is not None:
        return found
    if real_name_status(user) != "verified":
        raise Conflict(
            _("交给评审的材料要用核实过的姓名。请先完成实名核实，再来生成。"), code="name_not_verified"
        )
    try:
        with transaction.atomic():
            return _order(user, use, sorted(set(years), reverse=True), sender, key, title_rule)
    except IntegrityError:
        # The other click was quicker.
        return ReviewPackage.objects.get(person=user, key=key)


def _check(use: str, years: Sequence[int], sender: str) -> None:
    if use not in Use.values:
        raise _wrong("use", _("请选择用途。"))
    if sender_named(sender) is None:
        raise _wrong("sender", _("请选择提交方式。"))
    if not 0 < len(set(years)) <= MOST_YEARS:
        raise _wrong("years", _("请选择年度，最多 %(most)s 个。") % {"most": MOST_YEARS})
    this = this_year()
    if any(not FIRST_YEAR <= year <= this for year in years):
        raise _wrong("years", _("没有这个年度的学时。"))


def _order(
    user: User, use: str, years: list[int], sender: str, key: UUID, title_rule: dict[str, Any] | None
) -> ReviewPackage:
    statements = [services.issue(user, year) for year in years]
    contents = [queries.content_of(statement) for statement in statements]
    records = [
        item | {"statement": content["number"]}
        for content in contents
        for item in content["records"]
        if item["centihours"]
    ]
    if not records:
        raise _wrong("years", _("这些年度还没有记入学时，没有可以提交的记录。"))
    number, moment = _fresh_number(), now()
    text = rules.canonical(
        {
            "format": FORMAT,
            "number": number,
            "use": use,
            "holder": str(user.uuid),
            "name": real_name(user),
            "ordered_at": moment.isoformat(timespec="seconds"),
            "title_rule": title_rule,
            "statements": [_head_of(*pair) for pair in zip(statements, contents, strict=True)],
            "records": [item | {"position": place} for place, item in enumerate(records, 1)],
        }
    )
    package = ReviewPackage.objects.create(
        key=key,
        number=number,
        person=user,
        use=use,
        years=years,
        sender=sender,
        content_hash=rules.digest(text),
        ordered_at=moment,
    )
    PaperContent.objects.create(paper=package.uuid, person=user, content=text)
    PackageItem.objects.bulk_create(
        [
            PackageItem(package=package, position=place, record=UUID(item["uuid"]))
            for place, item in enumerate(records, 1)
        ]
    )
    who = actor(user)
    record(
        who,
        action="review_package.order",
        target_type=TARGET,
        target=package.uuid,
        data={"number": number, "use": use, "years": years, "records": len(records), "sender": sender},
    )
    _enqueue(package, who, attempt=1)
    return package


def _head_of(statement: Any, content: dict[str, Any]) -> dict[str, Any]:
    """A year's statement without its records: its number, code and hash prove it."""
    code, address = queries.verify_address(statement)
    kept = ("year", "number", "version", "centihours", "yearly_centihours", "goal", "missing", "issued_at")
    return {name: content[name] for name in kept} | {
        "span": content.get("span") or rules.calendar_span(content["year"]),
        "hash": statement.content_hash,
        "code": code,
        "address": address,
    }


def _title_rule(level: str, series: str) -> dict[str, Any] | None:
    """The rule in force today for a title; None: not set."""
    rule = rule_on(today(), level, series)
    if rule is None:
        return None
    return {
        "code": rule.code,
        "version": rule.version,
        "valid_from": rule.valid_from.isoformat(),
        "centihours_per_year": rule.centihours_per_year,
        "source": rule.source,
    }


def _fresh_number() -> str:
    """PS-2026-7K3M9QXA: the year and eight digits that can't be mistaken for each other."""
    while True:
        number = f"PS-{today().year}-" + "".join(secrets.choice(ALPHABET) for _digit in range(8))
        if not ReviewPackage.objects.filter(number=number).exists():
            return number


def _enqueue(package: ReviewPackage, who: Actor, *, attempt: int) -> None:
    enqueue(JOB, {"package": str(package.uuid)}, who, key=f"review_package:{package.uuid}:{attempt}")


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_package", details={"field": name})


# --- handing over ----------------------------------------------------------------------------------------


@job(JOB)
def hand_over(context: JobContext) -> dict[str, Any]:
    """Every record that waits, batch by batch, each batch with its receipts in one transaction. Killed, it goes on."""
    package = ReviewPackage.objects.select_related("person").get(uuid=UUID(context.args["package"]))
    content = queries.content_of(package)
    records = {item["position"]: item for item in content["records"]}
    head = {name: value for name, value in content.items() if name != "records"}
    total = len(records)
    while True:
        with transaction.atomic():
            left = _hand_over_batch(package, head, records)
        context.progress(total - left, total)
        if not left:
            break
    states = package.items.values_list("state", flat=True)
    return {"package": str(package.uuid), "taken": sum(state == ItemState.TAKEN for state in states)}


def _hand_over_batch(package: ReviewPackage, head: dict[str, Any], records: dict[int, Any]) -> int:
    """One batch; returns how many wait behind it."""
    waiting = PackageItem.objects.filter(package=package, state=ItemState.WAITING)
    # Another worker with the same package waits here, and finds these gone on.
    batch = list(waiting.order_by("position").select_for_update()[:BATCH])
    booked = postings_of([item.record for item in batch])
    receipts = []
    for item in batch:
        outcome = _outcome(package, head, records[item.position], booked.get(item.record))
        item.state, item.attempts = outcome.state, item.attempts + 1
        receipts.append(
            PackageReceipt(
                item=item,
                number=item.attempts,
                state=outcome.state,
                reason=outcome.reason[:1000],
                reference=outcome.reference[:80],
                at=now(),
            )
        )
    PackageReceipt.objects.bulk_create(receipts)
    PackageItem.objects.bulk_update(batch, ["state", "attempts"])
    return waiting.count()


def _outcome(
    package: ReviewPackage, head: dict[str, Any], said: dict[str, Any], booked: Posting | None
) -> Outcome:
    """What the books say of the record first, then what the sender says."""
    if booked is None:
        return Outcome(ItemState.FAILED, gettext_noop("学时还没有记入学分银行，通常几秒内完成，请稍后重试。"))
    if booked.undone:
        return Outcome(ItemState.REFUSED, gettext_noop("这笔学时在学分银行已被冲正，不再有效。"))
    if (booked.holder, booked.kind, booked.centihours) != (
        package.person.uuid,
        said["category"],
        said["centihours"],
    ):
        return Outcome(
            ItemState.REFUSED,
            _("学分银行记的是 %(hours)s 学时，与证明不一致。") % {"hours": format_centi(booked.centihours)},
        )
    sender = sender_named(package.sender)
    if sender is None:
        return Outcome(ItemState.FAILED, gettext_noop("原来的提交方式已停用，请重新生成。"))
    try:
        return sender.send(head, said)
    except Exception:  # one record that cannot be sent must not keep the others waiting
        logger.exception("Package %s: record %s could not be sent", package.number, said["position"])
        return Outcome(ItemState.FAILED, gettext_noop("提交时出错，可以重试。"))


def retry(user: User, uuid: UUID) -> ReviewPackage:
    """Queue again what was refused or failed. Raises NotFound, Conflict (nothing to retry)."""
    package = own(user, uuid)
    with transaction.atomic():
        again = PackageItem.objects.filter(package=package, state__in=[ItemState.REFUSED, ItemState.FAILED])
        items = list(again.order_by("position").select_for_update())
        if not items:
            raise Conflict(_("没有需要重试的记录。"), code="nothing_to_retry")
        attempt = max(item.attempts for item in items) + 1
        for item in items:
            item.state = ItemState.WAITING
        PackageItem.objects.bulk_update(items, ["state"])
        who = actor(user)
        record(
            who,
            action="review_package.retry",
            target_type=TARGET,
            target=package.uuid,
            data={"records": len(items), "attempt": attempt},
        )
        _enqueue(package, who, attempt=attempt)
    return package
