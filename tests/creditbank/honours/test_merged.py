"""Places in cohorts and proposed promotions when two accounts of one person become one, and when an account is erased."""

import pytest
from django.urls import reverse

from creditbank.erasure import erase
from creditbank.holders import merging
from creditbank.honours import cohort_queries as queries
from creditbank.honours.cohorts import answer, leave, record_degree, withdraw_degree
from creditbank.honours.models import CohortMember
from creditbank.honours.services import give
from creditbank.outcomes.models import LearningOutcome
from creditbank.promotion.closing import ERASED, MERGED
from creditbank.promotion.models import Promotion
from creditbank.promotion.queries import queue_for
from creditbank.promotion.services import confirm, propose
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotFound
from tests.creditbank.deposits.lists import assessor
from tests.creditbank.holders.test_merging import authority, merged, officer, second
from tests.creditbank.honours.test_a49 import employed, office, staff, union
from tests.creditbank.honours.test_a49 import rule as reward_rule
from tests.creditbank.honours.test_a66 import cohort, figures, invited, joined, result
from tests.creditbank.promotion.test_promotions import award, waiting
from tests.factories.creditbank import person, skill_number

pytestmark = pytest.mark.django_db

__all__ = ["authority", "officer", "second"]


@pytest.fixture
def kept():
    return person("李明")


@pytest.fixture
def leaving():
    return person("LI MING")


@pytest.fixture
def merge(officer, second, kept, leaving):
    """Carried out when it is called."""
    return lambda: merged(officer, second, kept, leaving)


def undone(officer, row):
    return merging.undo(officer, row, reason="证件认错了人")


def states(*rows):
    found = {row.pk: (row.state, row.person) for row in CohortMember.objects.select_related("person")}
    return [found[row.pk] for row in rows]


def test_a_place_and_an_invitation_come_over_and_go_back(merge, officer, kept, leaving):
    first, other = cohort(), cohort(name="青年技师学历提升")
    place, asked_for = joined(first, leaving), invited(other, leaving)
    record_degree(office(union()), place, result(leaving).uuid)
    row = merge()
    assert states(place, asked_for) == [("joined", kept), ("invited", kept)]
    assert (figures(first), figures(other)) == ((1, 0, 1, 0), (0, 0, 0, 0))
    assert [item.pk for item in queries.invitations_of(kept)] == [asked_for.pk]
    undone(officer, row)
    assert states(place, asked_for) == [("joined", leaving), ("invited", leaving)]


@pytest.mark.parametrize(
    ("mine", "theirs", "goes_on"),
    [
        ("invited", "invited", "mine"),
        ("joined", "invited", "mine"),
        ("invited", "joined", "theirs"),
        ("joined", "joined", "mine"),
        ("joined", "degree", "theirs"),
        ("degree", "degree", "mine"),
    ],
)
def test_of_two_places_in_one_cohort_one_goes_on(merge, officer, kept, leaving, mine, theirs, goes_on):
    found = cohort()

    def place(user, state):
        row = invited(found, user)
        if state != "invited":
            row = answer(user, row, accept=True)
        if state == "degree":
            row = record_degree(office(union()), row, result(user).uuid)
        return row

    rows = {"mine": place(kept, mine), "theirs": place(leaving, theirs)}
    before = states(*rows.values())
    row = merge()
    on = rows.pop(goes_on)
    (given_up,) = rows.values()
    ((state, holder),) = states(on)
    assert (state, holder) == (before[0][0] if goes_on == "mine" else before[1][0], kept)
    assert states(given_up)[0][0] == "merged"
    everybody = 0 if mine == theirs == "invited" else 1
    obtained = int("degree" in (mine, theirs))
    assert figures(found) == (everybody, everybody - obtained, obtained, 0)
    undone(officer, row)
    assert states(*(on, given_up) if goes_on == "mine" else (given_up, on)) == before


def test_who_left_after_the_merge_is_in_no_place_when_it_is_undone(merge, officer, kept, leaving):
    found = cohort()
    mine, theirs = joined(found, kept), joined(found, leaving)
    row = merge()
    leave(kept, mine)
    undone(officer, row)
    assert states(mine, theirs) == [("left", kept), ("merged", leaving)]
    # What was given up is answered by nobody.
    theirs.refresh_from_db()
    for user in (kept, leaving):
        with pytest.raises((Conflict, NotFound)):
            answer(user, theirs, accept=True)


@pytest.mark.parametrize("accept", [True, False])
def test_an_answer_of_the_one_is_none_of_the_other_when_it_is_undone(merge, officer, kept, leaving, accept):
    """They were two people after all: whoever was invited is asked again, and until then the body sees nothing of them."""
    found = cohort()
    asked_for = invited(found, leaving)
    row = merge()
    answer(kept, CohortMember.objects.get(), accept=accept)
    undone(officer, row)
    assert states(asked_for) == [("invited", leaving)]
    assert figures(found) == (0, 0, 0, 0)
    assert answer(leaving, asked_for, accept=True).state == "joined"


def test_a_degree_by_a_result_that_would_go_back_is_taken_back_first(merge, officer, kept, leaving):
    found, who = cohort(), office(union())
    place, proof = joined(found, kept), result(leaving)
    row = merge()
    record_degree(who, place, proof.uuid)
    with pytest.raises(Conflict) as refusal:
        undone(officer, row)
    assert refusal.value.code == "used_since"
    proof.refresh_from_db()
    assert proof.holder == kept
    withdraw_degree(who, place, reason="合并认错了人")
    undone(officer, row)
    assert states(place) == [("joined", kept)]
    assert figures(found) == (1, 1, 0, 0)


def test_one_who_is_asked_on_the_closed_account_answers_on_the_other(merge, kept, leaving):
    found = cohort()
    merge()
    row = invited(found, leaving)
    assert row.person == kept
    assert answer(kept, row, accept=True).state == "joined"


class TestPromotions:
    def test_a_proposal_comes_over_with_its_award(self, merge, kept, leaving):
        _holder, row = waiting(leaving)
        merge()
        row.refresh_from_db()
        assert (row.state, row.outcome.holder) == ("proposed", kept)
        done = confirm(assessor(), row, number=skill_number(2), issued_on=today())
        assert done.certificate.holder == kept

    def test_one_by_an_award_that_stays_behind_is_closed(self, merge, kept, leaving):
        """Its certificate would come to an account that nobody can sign in to."""
        _holder, row = waiting(leaving)
        award(kept)
        who, seen = assessor(), Promotion.objects.select_related("outcome").get()
        merge()
        row.refresh_from_db()
        assert (row.state, row.said, row.outcome.holder) == ("withdrawn", MERGED, leaving)
        assert not queue_for(who).exists()
        with pytest.raises(Conflict):
            confirm(who, seen, number=skill_number(2), issued_on=today())
        # The award that goes on may still promote.
        mine = LearningOutcome.objects.get(holder=kept, kind="competition_award")
        assert propose(kept, mine, row.assessor.code).state == "proposed"

    def test_whoever_decides_with_an_old_page_is_told(self, merge, kept, leaving):
        _holder, row = waiting(leaving)
        old = Promotion.objects.select_related("outcome__holder", "assessor").get()
        merge()
        with pytest.raises(Conflict) as refusal:
            confirm(assessor(), old, number=skill_number(2), issued_on=today())
        assert refusal.value.code == "holder_moved_on"
        row.refresh_from_db()
        assert row.state == "proposed"

    def test_erased_it_leaves_the_queue_with_a_reason(self, client):
        holder, row = waiting(employed(person()))
        who = assessor()
        # Something was given for the award: so it stays, emptied, and with it the proposal.
        give(office(), reward_rule(), row.outcome.uuid, reason="全市第一名")
        assert list(queue_for(who)) == [row]
        erase(holder)
        row.refresh_from_db()
        assert (row.state, row.said) == ("withdrawn", ERASED)
        assert not queue_for(who).exists()
        assert AuditRow.objects.filter(action="promotion.close", target=row.uuid).count() == 1
        with pytest.raises(Conflict):
            confirm(who, row, number=skill_number(2), issued_on=today())
        assert Promotion.objects.get().certificate is None
        staff(client, who)
        page = client.get(reverse("creditbank_promotion", args=[row.uuid])).content.decode()
        assert ERASED in page
        assert "确认并发证" not in page
