"""Two accounts of one person in one plan, at every point of the way; and one person who acted by two accounts."""

import pytest

from creditbank.applications.decisions import decide
from creditbank.applications.services import appeal, reverse_recognition
from creditbank.dual import services as dual
from creditbank.dual.models import FusedAward, FusedEnrolment
from creditbank.dual.subsidies import claim_subsidy
from creditbank.outcomes.services import verify_outcome
from lms.accounts.models import Membership
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotAllowed
from tests.creditbank.applications.cases import House
from tests.creditbank.holders.test_mended import merged, undone
from tests.creditbank.holders.test_merging import books_hold
from tests.factories.creditbank import college, member, person, skill_number
from tests.factories.dual import COURSES, admitted, assess, recombined, staff, through_train

pytestmark = pytest.mark.django_db


@pytest.fixture
def officers():
    authority = college("ju", "申江市人力资源和社会保障局")
    return member("officer", authority, "郑明"), member("officer", authority, "何平")


@pytest.fixture
def kept():
    return person("李明")


@pytest.fixture
def leaving():
    return person("LI MING")


def awarded(crew, row):
    """Every course passed, and the certificate; its credits are not asked for."""
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    who = crew.reviewer if row.plan.mode == "through_train" else crew.assessor
    dual.award(who, row, number=skill_number(3), issued_on=today())
    row.refresh_from_db()
    assert row.state == "awarded"


def states(*rows):
    found = FusedEnrolment.objects.in_bulk([row.pk for row in rows])
    return [(found[row.pk].state, found[row.pk].person) for row in rows]


class TestOnePlan:
    def test_a_certificate_on_both_stands_and_the_merge_keeps_which(self, officers, kept, leaving):
        crew, version = staff(), recombined()
        mine, theirs = admitted(version, crew, kept), admitted(version, crew, leaving)
        awarded(crew, mine)
        awarded(crew, theirs)
        merge = merged(officers, kept, leaving)
        assert states(mine, theirs) == [("awarded", kept), ("awarded", leaving)]
        assert merge.moved["awarded_twice"] == [[str(mine.uuid), str(theirs.uuid)]]
        assert {award.outcome.holder for award in FusedAward.objects.all()} == {kept}
        books_hold()
        undone(officers, merge)
        assert {award.outcome.holder for award in FusedAward.objects.all()} == {kept, leaving}

    def test_a_certificate_on_the_other_ends_the_way_of_the_first(self, officers, kept, leaving):
        crew, version = staff(), recombined()
        mine, theirs = admitted(version, crew, kept), admitted(version, crew, leaving)
        assess(crew, mine, "RB101")
        awarded(crew, theirs)
        merge = merged(officers, kept, leaving)
        assert states(mine, theirs) == [("left", kept), ("awarded", kept)]
        with pytest.raises(Conflict) as refusal:
            dual.join(kept, version.plan)
        assert refusal.value.code == "already_joined"
        with pytest.raises(Conflict):
            assess(crew, mine, "RB102")
        undone(officers, merge)
        assert states(mine, theirs) == [("admitted", kept), ("awarded", leaving)]
        books_hold()

    def test_a_person_is_trained_once_for_the_subsidy(self, officers, kept, leaving):
        crew, version = staff(), through_train()
        mine, theirs = admitted(version, crew, kept), admitted(version, crew, leaving)
        awarded(crew, theirs)
        claim_subsidy(crew.admin, version.plan, theirs)
        # The college takes the credits back, and the person went the way again on the other account.
        reverse_recognition(crew.admin, theirs.award.application, reason="重复")
        awarded(crew, mine)
        merged(officers, kept, leaving)
        with pytest.raises(Conflict) as refusal:
            claim_subsidy(crew.admin, version.plan, mine)
        assert refusal.value.code == "already_claimed"

    def test_nobody_claims_for_their_own_training(self):
        crew, version = staff(), through_train()
        trained = member("admin", college(), "自训")
        row = admitted(version, crew, trained)
        awarded(crew, row)
        with pytest.raises(NotAllowed) as refusal:
            claim_subsidy(trained, version.plan, row)
        assert refusal.value.code == "own_case"
        claim_subsidy(crew.admin, version.plan, row)


class TestOnePersonWithTwoAccounts:
    """Who acted on the account that is closed now has acted."""

    @pytest.fixture
    def two(self, officers, kept, leaving):
        """A college, and what makes of the reviewer on one account the same reviewer on the other."""
        house = House(reviewers=2)
        role = Membership.objects.create(
            user=leaving, organisation=house.home, role="reviewer", since=today().replace(year=2020)
        )

        def become_one():
            role.delete()
            merged(officers, kept, leaving)
            Membership.objects.create(
                user=kept, organisation=house.home, role="reviewer", since=today().replace(year=2020)
            )

        return house, become_one

    def test_is_one_pair_of_eyes(self, two, kept, leaving):
        house, become_one = two
        _learner, row = house.case()
        row = decide(leaving, row, approve=True, reason="材料齐全")
        become_one()
        with pytest.raises(NotAllowed) as refusal:
            decide(kept, row, approve=True, reason="同意")
        assert refusal.value.code == "same_reviewer"
        assert decide(house.first, row, approve=True, reason="同意").state == "approved"

    @pytest.mark.parametrize("part", ["opinion", "verified"])
    def test_hears_no_appeal_of_a_case_it_had_a_part_in(self, two, kept, leaving, part):
        house, become_one = two
        learner, row = house.case(verified=part == "opinion")
        if part == "verified":
            verify_outcome(leaving, row.outcome, method="register")
        first = leaving if part == "opinion" else house.second
        row = decide(first, row, approve=False, reason="看不清")
        row = decide(house.first, row, approve=False, reason="看不清")
        become_one()
        row = appeal(learner, row, reason="看得清")
        with pytest.raises(NotAllowed) as refusal:
            decide(kept, row, approve=True, reason="改为认定")
        assert refusal.value.code == "took_part"
        assert decide(house.third, row, approve=True, reason="改为认定").state == "approved"


def test_nobody_joins_by_an_account_that_was_closed_meanwhile(officers, kept, leaving):
    version = recombined()
    # As a request does that began before the merge: it still holds the account as it was.
    merged(officers, kept, leaving)
    with pytest.raises(Conflict) as refusal:
        dual.join(leaving, version.plan)
    assert refusal.value.code == "account_closed"
    assert not FusedEnrolment.objects.exists()
