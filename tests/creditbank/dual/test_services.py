"""The fused modes from joining to the certificate: who may do what, what is posted, and what is refused."""

from datetime import timedelta

import pytest

from creditbank.applications.services import reverse_recognition
from creditbank.dual import services
from creditbank.dual.models import FusedAward, FusedCredit, FusedEnrolment
from creditbank.dual.plans import NewPlan, publish_plan
from creditbank.dual.queries import candidates, enrolment_for, enrolment_of, enrolments_for, states_of
from creditbank.dual.rules import Course
from creditbank.dual.subsidies import claim_subsidy
from creditbank.ledger.models import Transaction
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.facts import Mode
from lms.accounts.api import grant_role
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories.creditbank import SYSTEM, certificate, college, member, person, programme, skill_number
from tests.factories.dual import (
    BAD,
    COURSES,
    GOOD,
    PARTS,
    admitted,
    assess,
    assessor,
    exempting,
    recombined,
    rule,
    staff,
    through_train,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def credits_of(user) -> int:
    return sum(item.balance for item in balances_of(user.uuid) if item.account.unit_id == "credit")


def test_course_by_course_the_one_assessment_counts_for_both():
    crew, row = staff(), None
    row = admitted(recombined(), crew)
    assess(crew, row, "RB101", BAD)
    assess(crew, row, "RB101")
    credit = services.confirm_course(crew.reviewer, row, "RB101")
    assert credits_of(row.person) == 1600
    assert credit.outcome.status == "verified"
    assert credit.outcome.score == services.rules.overall(PARTS, GOOD)
    assert candidates(crew.assessor) == []

    assess(crew, row, "RB102")
    assert candidates(crew.assessor) == [row]
    award = services.award(crew.assessor, row, number=skill_number(3), issued_on=today())
    row.refresh_from_db()
    assert row.state == "awarded"
    assert (award.outcome.kind, award.outcome.level, award.application) == (
        "vocational_skill_certificate",
        3,
        None,
    )
    # The certificate is there before the last course's credits are confirmed; those go on being the person's.
    assert credits_of(row.person) == 1600


def test_credits_stay_when_somebody_leaves():
    crew = staff()
    row = admitted(recombined(), crew)
    assess(crew, row, "RB101")
    services.confirm_course(crew.reviewer, row, "RB101")
    services.leave(row.person, row)
    assert row.state == "left"
    assert credits_of(row.person) == 1600


def test_the_through_train_gives_certificate_and_credits_in_one_act():
    crew = staff()
    row = admitted(through_train(), crew)
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    assert credits_of(row.person) == 0
    award = services.award(crew.reviewer, row, number=skill_number(3), issued_on=today())
    assert credits_of(row.person) == 3100
    assert award.application.transaction.evidence["courses"][0]["code"] == "RB101"
    assert award.outcome.method == "deposit"
    assert award.outcome.verified_for == assessor().code


def test_of_the_through_train_neither_record_is_without_the_other():
    """The number is another person's: no certificate, so no credits, and nothing half-written."""
    crew = staff()
    first, second = admitted(through_train(), crew), None
    second = admitted(first.version, crew, person("赵强"))
    number = skill_number(3)
    for row in (first, second):
        for code, _name, _amount in COURSES:
            assess(crew, row, code)
    services.award(crew.reviewer, first, number=number, issued_on=today())
    booked = Transaction.objects.count()
    with pytest.raises(Conflict):
        services.award(crew.reviewer, second, number=number, issued_on=today())
    assert Transaction.objects.count() == booked
    assert not FusedAward.objects.filter(enrolment=second).exists()
    assert not LearningOutcome.objects.filter(holder=second.person).exists()


def test_a_share_out_of_rule_gives_nothing():
    crew, home = staff(), programme(code="robotics")
    row = admitted(through_train(home), crew)
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    # The diploma has come to take more: 3,100 of 8,000 is 38.75 %.
    home.centicredits = 8000
    home.save()
    with pytest.raises(Conflict) as refused:
        services.award(crew.reviewer, row, number=skill_number(3), issued_on=today())
    assert refused.value.code == "share_out_of_rule"
    assert credits_of(row.person) == 0
    assert not LearningOutcome.objects.filter(holder=row.person).exists()


@pytest.mark.parametrize("scores", [{}, {"theory": 1}, GOOD | {"operation": 10_001}, GOOD | {"more": 1}])
def test_scores_that_cannot_be_right_are_refused(scores):
    crew = staff()
    row = admitted(recombined(), crew)
    with pytest.raises(Invalid):
        services.record_result(crew.assessor, row, services.Assessed("RB101", today(), scores))
    assert row.results.count() == 0


def test_a_day_in_the_future_or_before_the_plan_is_refused():
    crew = staff()
    row = admitted(recombined(), crew)
    for day in (today() + timedelta(days=1), row.version.valid_from - timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            services.record_result(crew.assessor, row, services.Assessed("RB101", day, GOOD))
        assert refused.value.details == {"field": "assessed_on"}


def test_each_duty_is_somebody_elses():
    """Only the assessor's assessors record, only the college admits and confirms, and nobody acts on themselves."""
    crew = staff()
    row = services.join(person(), recombined().plan)
    for user in (crew.reviewer, crew.assessor, row.person):
        with pytest.raises(NotAllowed):
            services.admit(user, row)
    services.admit(crew.admin, row)
    for user in (crew.admin, crew.reviewer, row.person):
        with pytest.raises(NotAllowed):
            assess(type(crew)(crew.admin, crew.reviewer, user), row, "RB101")
    assess(crew, row, "RB101")
    for user in (crew.admin, crew.assessor, row.person):
        with pytest.raises(NotAllowed):
            services.confirm_course(user, row, "RB101")


def test_nobody_handles_their_own_case():
    crew = staff()
    plan = recombined().plan
    row = services.join(crew.admin, plan)
    with pytest.raises(NotAllowed) as refused:
        services.admit(crew.admin, row)
    assert refused.value.code == "own_case"


def test_staff_of_elsewhere_see_nothing():
    crew = staff()
    row = admitted(recombined(), crew)
    other = member("reviewer", college("elsewhere", "临江学院"), "孙丽")
    with pytest.raises(NotFound):
        enrolment_for(other, row.uuid)
    assert not enrolments_for(other, "admitted").exists()
    with pytest.raises(NotFound):
        enrolment_of(other, row.uuid)


def test_a_look_of_staff_is_logged():
    crew = staff()
    row = admitted(recombined(), crew)
    enrolment_for(crew.assessor, row.uuid)
    look = AuditRow.objects.get(action="fused.view")
    assert (look.target, look.role) == (row.person.uuid, "assessor")


def test_a_wrong_record_is_corrected_by_a_further_one():
    crew = staff()
    row = admitted(recombined(), crew)
    wrong = assess(crew, row, "RB101")
    services.correct_result(
        crew.assessor, wrong, services.Assessed("RB101", today(), BAD), reason="操作分录入有误"
    )
    assert states_of(row)["RB101"] == "failed"
    with pytest.raises(Conflict):
        services.correct_result(crew.assessor, wrong, None, reason="再改一次")
    with pytest.raises(Conflict):
        services.confirm_course(crew.reviewer, row, "RB101")


def test_what_is_posted_is_taken_back_before_it_is_corrected():
    crew = staff()
    row = admitted(recombined(), crew)
    result = assess(crew, row, "RB101")
    credit = services.confirm_course(crew.reviewer, row, "RB101")
    with pytest.raises(Conflict):
        services.correct_result(crew.assessor, result, None, reason="成绩登记错了人")
    reverse_recognition(crew.admin, credit.application, reason="成绩登记错了人")
    services.correct_result(crew.assessor, result, None, reason="成绩登记错了人")
    assert states_of(row)["RB101"] == "open"
    assert credits_of(row.person) == 0


def test_a_course_taken_back_is_credited_again_by_a_new_record():
    crew = staff()
    row = admitted(recombined(), crew)
    result = assess(crew, row, "RB101")
    credit = services.confirm_course(crew.reviewer, row, "RB101")
    reverse_recognition(crew.admin, credit.application, reason="成绩有误")
    with pytest.raises(Conflict) as refused:
        services.confirm_course(crew.reviewer, row, "RB101")
    assert refused.value.code == "needs_a_new_record"
    better = services.Assessed("RB101", today(), GOOD | {"theory": 9000})
    services.correct_result(crew.assessor, result, better, reason="理论分更正")
    again = services.confirm_course(crew.reviewer, row, "RB101")
    assert again.outcome.score == services.rules.overall(PARTS, GOOD | {"theory": 9000})
    assert credits_of(row.person) == 1600


def test_one_person_is_not_both_pairs_of_eyes():
    crew = staff()
    row = admitted(recombined(), crew)
    both = member("reviewer", college(), "韩梅")
    grant_role(both, assessor(), "assessor", SYSTEM)
    services.record_result(both, row, services.Assessed("RB101", today(), GOOD))
    with pytest.raises(NotAllowed) as refused:
        services.confirm_course(both, row, "RB101")
    assert refused.value.code == "same_reviewer"
    services.confirm_course(crew.reviewer, row, "RB101")


def test_a_rule_that_says_otherwise_by_now_posts_nothing():
    crew = staff()
    row = admitted(recombined(), crew)
    assess(crew, row, "RB101")
    code, name, _amount = COURSES[0]
    rule(
        row.plan.programme,
        "recombined-rb101",
        Mode.COURSE_RECOMBINATION,
        "credits_to_credits",
        outcome_kind="degree_course",
        course_code=code,
        issuers=[{"code": assessor().code, "name": assessor().name}],
        courses=[{"code": code, "name": name, "centicredits": 900}],
    )
    with pytest.raises(Conflict) as refused:
        services.confirm_course(crew.reviewer, row, "RB101")
    assert refused.value.code == "rule_differs"
    assert credits_of(row.person) == 0


def test_a_through_train_is_posted_by_one_rule_and_as_the_plan_says():
    home = programme(code="robotics")
    version = through_train(home)
    new = NewPlan(
        title="方案",
        certificate="证书",
        occupation_code="6-30-99-00",
        level=3,
        courses=[Course("RB101", "工业机器人操作与编程", 1600, "through-robotics")],
        parts=PARTS,
        valid_from=today(),
        source="测试",
    )
    with pytest.raises(Invalid) as refused:
        publish_plan(staff().admin, home, new, code="less", mode=version.plan.mode, assessor=assessor())
    assert refused.value.details == {"field": "courses"}


def test_the_number_of_another_certificate_is_refused():
    crew = staff()
    row = admitted(through_train(), crew)
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    number = skill_number(3)
    other = certificate(row.person, number=number)
    LearningOutcome.objects.filter(pk=other.pk).update(
        status="verified", verified_by=crew.assessor, verified_at=now()
    )
    with pytest.raises(Conflict) as refused:
        services.award(crew.reviewer, row, number=number, issued_on=today())
    assert refused.value.code == "another_certificate"


def test_confirming_twice_posts_once():
    crew = staff()
    row = admitted(recombined(), crew)
    assess(crew, row, "RB101")
    services.confirm_course(crew.reviewer, row, "RB101")
    with pytest.raises(Conflict):
        services.confirm_course(crew.reviewer, row, "RB101")
    assert FusedCredit.objects.count() == 1
    assert credits_of(row.person) == 1600


def test_who_has_not_passed_everything_gets_no_certificate():
    crew = staff()
    row = admitted(recombined(), crew)
    assess(crew, row, "RB101")
    with pytest.raises(Conflict) as refused:
        services.award(crew.assessor, row, number=skill_number(3), issued_on=today())
    assert refused.value.code == "not_a_candidate"


def test_joining_needs_a_real_name_and_happens_once():
    plan = recombined().plan
    with pytest.raises(NotAllowed):
        services.join(person(real_name=False), plan)
    user = person()
    services.join(user, plan)
    with pytest.raises(Conflict):
        services.join(user, plan)
    assert FusedEnrolment.objects.filter(person=user).count() == 1


def test_subsidies_belong_to_the_through_train_alone():
    crew = staff()
    with pytest.raises(Conflict) as refused:
        claim_subsidy(crew.admin, recombined().plan)
    assert refused.value.code == "mode_without_subsidy"
    row = admitted(through_train(programme(code="second")), crew)
    claim_subsidy(crew.admin, row.plan)
    with pytest.raises(Conflict):
        claim_subsidy(crew.admin, row.plan)
    with pytest.raises(Conflict) as refused:
        claim_subsidy(crew.admin, row.plan, row)
    assert refused.value.code == "not_awarded"
    for code, _name, _amount in COURSES:
        assess(crew, row, code)
    services.award(crew.reviewer, row, number=skill_number(3), issued_on=today())
    row.refresh_from_db()
    assert claim_subsidy(crew.admin, row.plan, row).kind == "training"
    with pytest.raises(NotAllowed):
        claim_subsidy(crew.reviewer, row.plan)


def test_a_plan_leans_on_rules_that_are_there():
    home = programme(code="robotics")
    new = NewPlan(
        title="方案",
        certificate="证书",
        occupation_code="6-30-99-00",
        level=3,
        courses=[Course("RB101", "工业机器人操作与编程", 1600, "no-such-rule")],
        parts=PARTS,
        valid_from=today(),
        source="测试",
    )
    crew = staff()
    with pytest.raises(Invalid) as refused:
        publish_plan(crew.admin, home, new, code="p", mode=Mode.COURSE_RECOMBINATION, assessor=assessor())
    assert refused.value.details == {"field": "courses"}
    with pytest.raises(NotAllowed):
        publish_plan(crew.reviewer, home, new, code="p", mode=Mode.COURSE_RECOMBINATION, assessor=assessor())


def test_a_plan_whose_share_cannot_be_reckoned_is_refused():
    with pytest.raises(Invalid) as refused:
        through_train(programme(code="unset", centicredits=None))
    assert refused.value.details == {"field": "share_max_permille"}


def test_a_plan_of_exemptions_takes_nobody_in():
    with pytest.raises(Conflict):
        services.join(person(), exempting().plan)
