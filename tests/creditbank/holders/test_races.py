"""Real connections at the same moment: a merge and a posting, a certificate given, two decisions, the same code twice, two openings."""

import pytest

from creditbank.dual import services as dual
from creditbank.holders import merging
from creditbank.holders.models import AccountMerge, LearningAccount
from creditbank.holders.services import open_account
from creditbank.hours.queries import posted_hours
from creditbank.ledger.audit import audit
from creditbank.ledger.models import AccountHead
from lms.lib.clock import today
from lms.lib.outbox.services import deliver_pending
from tests.creditbank.holders.test_merging import PAPERS, hours
from tests.factories.creditbank import booked, college, member, person, skill_number
from tests.factories.dual import COURSES, admitted, assess, staff, through_train
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def officers():
    ju = college("ju", "人社局")
    return [member("officer", ju, name) for name in ("郑明", "何平", "方圆")]


def total(*users):
    rows = AccountHead.objects.filter(account__holder__in=[user.uuid for user in users])
    return sum(rows.values_list("balance", flat=True))


def books_hold():
    report = audit()
    assert report.broken == 0, report.breaks


@pytest.mark.parametrize("round_", range(3))
def test_a_merge_and_postings_at_once(round_):
    kept, leaving = person("李明"), person("LI MING")
    first, second, _third = officers()
    hours(leaving, 500, "before")
    hours(kept, 100, "own")
    merge = merging.request(first, kept, leaving, evidence=PAPERS)
    results = at_once(
        lambda: merging.decide(second, merge, approve=True, reason="证件一致"),
        lambda: hours(leaving, 300, "meanwhile"),
        lambda: hours(kept, 70, "also"),
        lambda: booked(leaving.uuid, 11, unit="study_hour.specialty", kind="hours"),
        refused=(),
    )
    assert results[0].state == "merged"
    assert total(kept, leaving) == 981
    while deliver_pending():
        pass
    assert total(leaving) == 0
    assert posted_hours(kept.uuid) == {"public": 970, "specialty": 11, "vocational": 0}
    books_hold()


def test_two_officers_decide_at_once():
    kept, leaving = person("李明"), person("LI MING")
    first, second, third = officers()
    hours(leaving, 500, "a")
    merge = merging.request(first, kept, leaving, evidence=PAPERS)
    results = at_once(
        lambda: merging.decide(second, merge, approve=True, reason="证件一致"),
        lambda: merging.decide(third, merge, approve=False, reason="照片不是同一个人"),
    )
    assert len(won(results)) == 1
    merge.refresh_from_db()
    assert total(kept) == (500 if merge.state == "merged" else 0)
    books_hold()


@pytest.mark.parametrize("round_", range(3))
def test_a_certificate_with_its_credits_is_given_while_the_account_is_merged(round_):
    """Deadlocks unless what goes on in a plan is held before the books, as giving the certificate does."""
    kept, leaving = person("李明"), person("LI MING")
    first, second, _third = officers()
    crew, version = staff(), through_train()
    row = admitted(version, crew, leaving)
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    merge = merging.request(first, kept, leaving, evidence=PAPERS)
    merged, given = at_once(
        lambda: merging.decide(second, merge, approve=True, reason="证件一致"),
        lambda: dual.award(crew.reviewer, row, number=skill_number(3), issued_on=today()),
        refused=(),
    )
    assert merged.state == "merged"
    row.refresh_from_db()
    given.outcome.refresh_from_db()
    assert (row.state, row.person, given.outcome.holder) == ("awarded", kept, kept)
    while deliver_pending():
        pass
    assert (total(kept), total(leaving)) == (3100, 0)
    books_hold()


def test_one_account_into_two_at_once():
    one, two, leaving = person("一"), person("二"), person("三")
    codes = [merging.offer(user)[1] for user in (one, two)]
    results = at_once(*(lambda code=code: merging.agree(leaving, code) for code in codes))
    assert len(won(results)) == 1
    assert AccountMerge.objects.filter(state="requested").count() == 1


def test_one_number_however_often_it_is_opened():
    user = person()
    results = at_once(*(lambda: open_account(user) for _ in range(5)), refused=())
    assert len({account.number for account in results}) == 1
    assert LearningAccount.objects.count() == 1
