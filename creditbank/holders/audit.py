"""What merges know of the books: every posting of the kind "merge" belongs to one, and no course stands twice.

Owns: that proof, for the ledger's audit.
"""

from django.db.models import Q

from creditbank.applications.models import CourseCredit
from creditbank.holders.models import AccountMerge, MergePosting
from creditbank.holders.settling import KIND
from creditbank.ledger.audit import Report, further, guarded
from creditbank.ledger.models import Transaction

# As many of one sort are named at the most.
MOST = 50
TABLES = ("creditbank_learningaccount", "creditbank_mergeposting")


def check(report: Report) -> None:
    """Postings against merges, living merges against the courses of both sides."""
    report.count("merges", 0)
    strays = Transaction.objects.filter(kind=KIND, merge_posting__isnull=True)
    for uuid in strays.values_list("uuid", flat=True)[:MOST]:
        report.fail(f"transaction {uuid}: a merge posting without its merge")
    over = MergePosting.objects.filter(transaction__reversed_by__isnull=True).exclude(
        merge__state=AccountMerge.State.MERGED
    )
    for uuid in over.values_list("transaction_id", flat=True)[:MOST]:
        report.fail(f"transaction {uuid}: its merge was undone and it was not")
    living = CourseCredit.objects.filter(use__release__isnull=True)
    for merge in AccountMerge.objects.filter(state=AccountMerge.State.MERGED).select_related(
        "survivor", "other"
    ):
        report.count("merges")
        if merge.other is None:
            continue
        both = living.filter(Q(holder=merge.survivor.uuid) | Q(holder=merge.other.uuid))
        courses = list(both.values_list("programme_id", "course_code"))
        for programme, course in sorted({item for item in courses if courses.count(item) > 1}):
            report.fail(f"merge {merge.uuid}: programme {programme}: course {course} stands twice")


def register() -> None:
    """Called when the application is ready."""
    guarded.update(TABLES)
    if check not in further:
        further.append(check)
