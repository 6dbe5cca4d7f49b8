"""Whatever stands on two accounts: a merge and its undoing lose nothing, and counting goes on right in between."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.holders import merging
from creditbank.hours.queries import posted_hours
from creditbank.ledger.audit import audit
from creditbank.ledger.models import AccountHead
from lms.lib.outbox.services import deliver_pending
from tests.creditbank.holders.test_merging import PAPERS, hours
from tests.factories.creditbank import college, member, person

pytestmark = [pytest.mark.django_db, pytest.mark.long]
studied = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 400)), max_size=5)


def total(*users):
    rows = AccountHead.objects.filter(account__holder__in=[user.uuid for user in users])
    return sum(rows.values_list("balance", flat=True))


def once(*lists):
    """What one account would have: each course with the larger figure."""
    sums = [{} for _ in lists]
    for part, rows in zip(sums, lists, strict=True):
        for course, amount in rows:
            part[course] = part.get(course, 0) + amount
    return sum(max(part.get(course, 0) for part in sums) for course in "abcd")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(studied, studied, studied)
def test_the_sum_over_both_is_what_it_was(db, kept_rows, leaving_rows, late_rows):
    ju = college("ju", "人社局")
    first, second = member("officer", ju), member("officer", ju)
    kept, leaving = person("李明"), person("LI MING")
    for user, rows in ((kept, kept_rows), (leaving, leaving_rows)):
        for course, amount in rows:
            hours(user, amount, course)
    before = total(kept), total(leaving)
    merge = merging.request(first, kept, leaving, evidence=PAPERS)
    merge = merging.decide(second, merge, approve=True, reason="证件一致")
    assert total(kept, leaving) == sum(before)
    assert posted_hours(kept.uuid)["public"] == once(kept_rows, leaving_rows)
    for course, amount in late_rows:
        hours(leaving, amount, course)
    while deliver_pending():
        pass
    late = sum(amount for _course, amount in late_rows)
    assert total(kept, leaving) == sum(before) + late
    assert posted_hours(kept.uuid)["public"] == once(kept_rows, [*leaving_rows, *late_rows])
    merging.undo(first, merge, reason="照片核对有误")
    assert (total(kept), total(leaving)) == (before[0], before[1] + late)
    report = audit()
    assert report.broken == 0, report.breaks
