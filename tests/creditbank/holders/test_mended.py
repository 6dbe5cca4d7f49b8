"""Merges one after the other, two ways through one plan, papers without a number, and what stops an undoing."""

from datetime import date

import pytest

from creditbank.applications.decisions import decide
from creditbank.applications.models import Application
from creditbank.applications.services import Wish, submit
from creditbank.dual import services as dual
from creditbank.dual.exemptions import ask_exemption, decide_exemption
from creditbank.holders import merging, queries
from creditbank.hours.queries import posted_hours
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.services import verify_outcome
from creditbank.rules.facts import Direction, Kind, Rate
from lms.accounts.models import User
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotFound, TooMany
from lms.lib.outbox.services import deliver_pending
from tests.creditbank.dual.test_exemptions import course_result
from tests.creditbank.holders.decided import version_of_test
from tests.creditbank.holders.test_merging import PAPERS, books_hold, hours
from tests.factories.creditbank import certificate, college, member, person, programme, skill_number
from tests.factories.dual import COURSES, admitted, assess, exempting, recombined, rule, staff

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


def merged(officers, kept, leaving):
    first, second = officers
    merge = merging.request(first, kept, leaving, evidence=PAPERS)
    return merging.decide(second, merge, approve=True, reason="证件一致，同一个人")


def undone(officers, merge):
    return merging.undo(officers[0], merge, reason="照片核对有误")


def credits_of(user):
    return sum(item.balance for item in balances_of(user.uuid) if item.unit.code == "credit")


def settled():
    while deliver_pending():
        pass


class TestOneAfterTheOther:
    def test_a_course_of_two_closed_accounts_counts_once_and_not_never(self, officers, kept, leaving):
        third = person("第三")
        hours(leaving, 500, "c")
        hours(third, 500, "c")
        first = merged(officers, kept, leaving)
        merged(officers, kept, third)
        settled()
        assert posted_hours(kept.uuid)["public"] == 500
        hours(kept, 200, "d")
        settled()
        assert posted_hours(kept.uuid)["public"] == 700
        # Late hours on the first closed account: the second leaves that much more behind.
        hours(leaving, 100, "c")
        settled()
        assert posted_hours(kept.uuid)["public"] == 800
        undone(officers, first)
        settled()
        assert (posted_hours(kept.uuid)["public"], posted_hours(leaving.uuid)["public"]) == (700, 600)
        books_hold()

    def test_the_largest_figure_of_all_accounts_counts(self, officers, kept, leaving):
        third = person("第三")
        hours(kept, 300, "c")
        hours(leaving, 100, "c")
        hours(third, 400, "c")
        merged(officers, kept, leaving)
        merged(officers, kept, third)
        settled()
        assert posted_hours(kept.uuid)["public"] == 400
        books_hold()


class TestFusedPlans:
    def test_of_two_ways_through_one_plan_one_goes_on(self, officers, kept, leaving):
        crew, version = staff(), recombined()
        mine, theirs = admitted(version, crew, kept), admitted(version, crew, leaving)
        assess(crew, theirs, "RB101")
        merge = merged(officers, kept, leaving)
        for row in (mine, theirs):
            row.refresh_from_db()
        assert (mine.state, theirs.state, theirs.person) == ("admitted", "left", leaving)
        with pytest.raises(Conflict):
            dual.confirm_course(crew.reviewer, theirs, "RB101")
        assert credits_of(leaving) == 0
        undone(officers, merge)
        theirs.refresh_from_db()
        assert (theirs.state, theirs.person) == ("admitted", leaving)

    @pytest.mark.parametrize("step", ["result", "credit", "award"])
    def test_not_undone_when_the_enrolment_went_on(self, officers, kept, leaving, step):
        crew = staff()
        row = admitted(recombined(), crew, leaving)
        if step == "credit":
            assess(crew, row, "RB101")
        if step == "award":
            for code, *_rest in COURSES:
                assess(crew, row, code)
        merge = merged(officers, kept, leaving)
        row.refresh_from_db()
        if step == "result":
            assess(crew, row, "RB101")
        elif step == "credit":
            dual.confirm_course(crew.reviewer, row, "RB101")
        else:
            dual.award(crew.assessor, row, number=skill_number(3), issued_on=today())
        with pytest.raises(Conflict) as refusal:
            undone(officers, merge)
        assert refusal.value.code == "used_since"
        row.refresh_from_db()
        assert row.person == kept

    def test_not_undone_when_an_exemption_was_granted(self, officers, kept, leaving):
        crew, version = staff(), exempting()
        request = ask_exemption(leaving, version.plan, course_result(leaving).uuid)
        merge = merged(officers, kept, leaving)
        request.refresh_from_db()
        decide_exemption(crew.assessor, request, approve=True, reason="成绩符合要求")
        with pytest.raises(Conflict) as refusal:
            undone(officers, merge)
        assert refusal.value.code == "used_since"


def test_guessing_on_the_way_to_agree_is_stopped(leaving):
    for guess in range(merging.MOST_WRONG_AN_HOUR):
        with pytest.raises(NotFound):
            merging.agree(leaving, f"{guess:08d}")
    with pytest.raises(TooMany):
        merging.agree(leaving, "00000000")


class TestClosedAccounts:
    def test_nothing_is_asked_for_or_granted_there(self, kept):
        version = version_of_test()
        reviewer = member("reviewer", version.rule.programme.organisation)
        outcome, later = certificate(kept), certificate(kept)
        case = submit(kept, Wish(outcome.uuid, version.rule.code, version.number))
        verify_outcome(reviewer, outcome, method="register")
        # As a request that was on its way when the account was closed: its own user still says active.
        User.objects.filter(pk=kept.pk).update(is_active=False)
        with pytest.raises(Conflict) as refusal:
            decide(reviewer, case, approve=True, reason="相符")
        assert refusal.value.code == "account_closed"
        with pytest.raises(Conflict) as refusal:
            submit(kept, Wish(later.uuid, version.rule.code, version.number))
        assert refusal.value.code == "account_closed"
        assert (Application.objects.count(), credits_of(kept)) == (1, 0)


def training(user):
    """A training without a number, so many hours of which give a credit."""
    return certificate(
        user,
        kind="training_hours",
        title="机器人培训",
        issuer_name="申江培训中心",
        centihours=1600,
        unit="training",
        starts_on=date(2026, 1, 1),
        issued_on=date(2026, 2, 1),
        level=None,
        occupation_code="",
        number="",
    )


class TestPapersWithoutANumber:
    @pytest.fixture
    def reviewer(self):
        fields = {"outcome_kind": Kind.HOURS, "rate": Rate(1600, 100), "free": 0}
        rule(programme(), "hours", "", Direction.HOURS_TO_CREDITS, **fields)
        return member("reviewer", college(), "陈静")

    def used(self, reviewer, user, outcome):
        case = submit(user, Wish(outcome.uuid, "hours", 1))
        verify_outcome(reviewer, outcome, method="original")
        return decide(reviewer, case, approve=True, reason="相符")

    def test_spent_on_both_is_a_clash(self, officers, reviewer, kept, leaving):
        for user in (kept, leaving):
            self.used(reviewer, user, training(user))
        assert [clash.course for clash in queries.preview(kept, leaving).clashes] == ["机器人培训"]
        with pytest.raises(Conflict, match="都认定过“机器人培训”"):
            merged(officers, kept, leaving)

    def test_the_one_found_genuine_goes_on(self, officers, reviewer, kept, leaving):
        mine, theirs = training(kept), training(leaving)
        type(theirs).objects.filter(pk=theirs.pk).update(
            status="verified",
            verified_by=reviewer,
            verified_at=theirs.deposited_at,
            method="original",
            verified_for="ju",
        )
        merge = merged(officers, kept, leaving)
        for row in (mine, theirs):
            row.refresh_from_db()
        assert (mine.holder, theirs.holder) == (leaving, kept)
        undone(officers, merge)
        for row in (mine, theirs):
            row.refresh_from_db()
        assert (mine.holder, theirs.holder) == (kept, leaving)

    def test_not_spent_again_after_the_merge(self, officers, reviewer, kept, leaving):
        self.used(reviewer, leaving, training(leaving))
        merged(officers, kept, leaving)
        with pytest.raises(Conflict) as refusal:
            self.used(reviewer, kept, training(kept))
        assert refusal.value.code == "already_used"
        assert credits_of(kept) == 100
        books_hold()
