"""What applications know of the books: every recognition has its use and its courses, every reversal its release, and
what was drawn from uses is what left the accounts, never more than there was.

Owns: that proof, for the ledger's audit. Without it a removed use would let a certificate be spent twice unseen.
"""

from typing import Any

from django.db.models import Count, F, Q, Sum

from creditbank.applications.alone import TRIGGER
from creditbank.applications.grants import RECOGNITION, TRANSFER
from creditbank.applications.models import CourseCredit, OutcomeUse, UseDraw, UseRelease
from creditbank.ledger.audit import Report, batches, further, guarded, named
from creditbank.ledger.models import Entry, Transaction
from creditbank.ledger.reading import STREAM

TABLES = (
    "creditbank_outcomeuse",
    "creditbank_coursecredit",
    "creditbank_userelease",
    "creditbank_usedraw",
)
GIVING = (RECOGNITION, TRANSFER)
TAKING = (TRANSFER, "redemption", "expiry")


def check(report: Report) -> None:
    """Recognitions against uses, uses against applications, releases against reversals; a batch in a few queries."""
    report.count("uses", 0)
    rows = Transaction.objects.filter(kind__in=GIVING).order_by("uuid")
    for chunk in batches(rows.iterator(chunk_size=STREAM)):
        _recognitions(report, chunk)
    strays = OutcomeUse.objects.exclude(transaction__kind__in=GIVING)
    for use in strays.order_by("id").values_list("id", flat=True)[:STREAM]:
        report.fail(f"use {use}: its recognition does not exist")
    living = OutcomeUse.objects.filter(release__isnull=True).values("achievement", "programme")
    # Beside one another stand only uses of rules that share it, each of another rule.
    alone = Count("id", filter=Q(shared_rule=""))
    counted = living.annotate(uses=Count("id"), alone=alone, rules=Count("shared_rule", distinct=True))
    several = counted.filter(Q(uses__gt=F("rules")) | Q(alone__gt=0, uses__gt=1))
    for double in several.order_by("achievement")[:STREAM]:
        report.fail(f"programme {double['programme']}: one achievement has {double['uses']} living uses")
    credited = CourseCredit.objects.filter(use__release__isnull=True)
    twice = credited.values("holder", "programme", "course_code").annotate(times=Count("id"))
    for course in twice.filter(times__gt=1).order_by("holder")[:STREAM]:
        report.fail(
            f"person {course['holder']}: course {course['course_code']} is credited {course['times']} times"
        )
    _draws(report)


def _draws(report: Report) -> None:
    """What was taken from uses for good, against the books and against what the uses had."""
    report.count("draws", 0)
    rows = Transaction.objects.filter(kind__in=TAKING).order_by("uuid")
    for chunk in batches(rows.iterator(chunk_size=STREAM)):
        uuids = [row.uuid for row in chunk]
        left = Entry.objects.filter(transaction__in=uuids, account__holder__isnull=False, amount__lt=0)
        taken = dict(left.values_list("transaction_id").annotate(total=-Sum("amount")))
        drawn = dict(
            UseDraw.objects.filter(transaction__in=uuids)
            .values_list("transaction_id")
            .annotate(total=Sum("centicredits"))
        )
        for uuid in uuids:
            report.count("draws")
            if taken.get(uuid) != drawn.get(uuid):
                report.fail(f"transaction {uuid}: what it took and what was drawn from uses differ")
    strays = UseDraw.objects.exclude(transaction__kind__in=TAKING)
    for draw in strays.order_by("id").values_list("id", flat=True)[:STREAM]:
        report.fail(f"draw {draw}: its posting does not exist")
    over = OutcomeUse.objects.annotate(drawn=Sum("draws__centicredits")).filter(drawn__gt=F("centicredits"))
    for use in over.order_by("id").values_list("id", flat=True)[:STREAM]:
        report.fail(f"use {use}: more was drawn from it than it had")
    both = OutcomeUse.objects.filter(release__isnull=False, draws__isnull=False)
    for use in both.order_by("id").values_list("id", flat=True).distinct()[:STREAM]:
        report.fail(f"use {use}: it was taken back although something was drawn from it")


def _recognitions(report: Report, rows: list[Transaction]) -> None:
    uuids = [row.uuid for row in rows]
    uses = {
        use.transaction_id: use
        for use in OutcomeUse.objects.filter(transaction__in=uuids).select_related(
            "application", "follows__use"
        )
    }
    courses: dict[int, list[CourseCredit]] = {}
    for course in CourseCredit.objects.filter(use__in=uses.values()).select_related("follows__use"):
        courses.setdefault(course.use_id, []).append(course)
    releases = dict(UseRelease.objects.filter(use__in=uses.values()).values_list("use_id", "transaction_id"))
    undone = dict(Transaction.objects.filter(reverses__in=uuids).values_list("reverses_id", "uuid"))
    gained = {
        uuid: (holder, amount)
        for uuid, holder, amount in Entry.objects.filter(
            transaction__in=uuids, account__holder__isnull=False, amount__gt=0
        ).values_list("transaction_id", "account__holder", "amount")
    }
    for row in rows:
        report.count("uses")
        use = uses.get(row.uuid)
        if use is None:
            report.fail(f"transaction {row.uuid}: a recognition without its use")
            continue
        holder, amount = gained.get(row.uuid, (None, 0))
        _use(report, row, use, amount)
        _courses(report, row, use, courses.get(use.pk, []), holder)
        release = releases.get(use.pk)
        if release != undone.get(row.uuid):
            report.fail(f"transaction {row.uuid}: its reversal and the release of its use differ")
        application = use.application
        state = "reversed" if release else "approved"
        if application.state != state or application.transaction_id != row.uuid:
            report.fail(f"transaction {row.uuid}: its application says {application.state}, not {state}")


def _use(report: Report, row: Transaction, use: OutcomeUse, amount: int) -> None:
    said = row.evidence.get("outcome", {})
    if use.achievement != said.get("achievement") or use.centicredits != amount:
        report.fail(f"transaction {row.uuid}: its use names another achievement or amount")
    if use.shared_rule != row.evidence.get("rule", {}).get("shares", ""):
        report.fail(f"transaction {row.uuid}: its use is shared otherwise than it says")
    if use.follows is not None:
        before = use.follows.use
        if (before.achievement, before.programme_id) != (use.achievement, use.programme_id):
            report.fail(f"transaction {row.uuid}: its use follows that of another achievement")


def _courses(
    report: Report, row: Transaction, use: OutcomeUse, courses: list[CourseCredit], holder: Any
) -> None:
    said = sorted(
        (course["code"], course["name"], course["centicredits"]) for course in row.evidence.get("courses", [])
    )
    found = sorted((item.course_code, item.course_name, item.centicredits) for item in courses)
    right = all(item.holder == holder and item.programme_id == use.programme_id for item in courses)
    if said != found or not right:
        report.fail(f"transaction {row.uuid}: its courses differ from the credited ones")


def register() -> None:
    """Called when the application is ready."""
    guarded.update((*TABLES, "creditbank_conversionruleversion"))
    named.add(TRIGGER)
    if check not in further:
        further.append(check)
