"""学分认可型: a course result exempts from a part of the skill assessment, once, citing course, grade and rule."""

from datetime import date

import pytest

from creditbank.dual.exemptions import KIND, ask_exemption, decide_exemption, withdraw_exemption
from creditbank.dual.models import Exemption
from creditbank.dual.queries import request_for, request_of, requests_for
from creditbank.outcomes.services import verify_outcome
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.verify import services as verify
from tests.factories.creditbank import certificate, college, member, person, programme
from tests.factories.dual import exempting, staff

pytestmark = pytest.mark.django_db


def course_result(user, *, score=8500, verified=True, code="EL101"):
    row = certificate(
        user,
        kind="degree_course",
        title="电工技术基础",
        course_code=code,
        occupation_code="",
        level=None,
        issuer_name=college().name,
        number="",
        centicredits=400,
        score=score,
        issued_on=date(2026, 1, 10),
    )
    if verified:
        verify_outcome(member("assessor", college(), "郑洁"), row, method="original")
        row.refresh_from_db()
    return row


def test_an_exemption_cites_course_grade_and_rule_version():
    crew, user = staff(), person()
    request = ask_exemption(user, exempting().plan, course_result(user).uuid)
    decide_exemption(crew.assessor, request, approve=True, reason="成绩符合要求")
    part = Exemption.objects.get()
    assert (part.code, part.course_code, part.grade) == ("6-31-01-03/4/theory", "EL101", 8500)
    assert (request.rule_version.rule.code, request.rule_version.number) == ("exempt-theory", 1)
    _code, verdict = verify.check(verify.issue(KIND, request.uuid))
    assert verdict.status == "valid"
    said = " ".join(value for _label, value in verdict.rows)
    assert "电工技术基础" in said
    assert "85" in said
    assert "exempt-theory v1" in said
    assert user.display_name not in said


def test_a_grade_below_the_rules_least_is_refused_in_words():
    user = person()
    with pytest.raises(Conflict) as refused:
        ask_exemption(user, exempting().plan, course_result(user, score=6999).uuid)
    assert refused.value.code == "score_too_low"


def test_a_result_that_nobody_verified_exempts_from_nothing():
    user = person()
    with pytest.raises(Conflict) as refused:
        ask_exemption(user, exempting().plan, course_result(user, verified=False).uuid)
    assert refused.value.code == "needs_verification"


def test_a_course_of_no_plan_is_refused():
    user = person()
    with pytest.raises(Conflict) as refused:
        ask_exemption(user, exempting().plan, course_result(user, code="XX1").uuid)
    assert refused.value.code == "course_not_in_plan"


def test_the_same_part_is_exempted_once():
    crew, user, plan = staff(), person(), exempting().plan
    outcome = course_result(user)
    request = ask_exemption(user, plan, outcome.uuid)
    with pytest.raises(Conflict):
        ask_exemption(user, plan, outcome.uuid)
    decide_exemption(crew.assessor, request, approve=True, reason="符合")
    with pytest.raises(Conflict):
        decide_exemption(crew.assessor, request, approve=True, reason="符合")
    assert Exemption.objects.count() == 1


def test_only_the_plans_assessor_decides_and_never_on_themselves():
    crew, user, plan = staff(), person(), exempting().plan
    request = ask_exemption(user, plan, course_result(user).uuid)
    for other in (crew.reviewer, crew.admin, user):
        with pytest.raises(NotAllowed):
            decide_exemption(other, request, approve=True, reason="符合")
        with pytest.raises(NotFound):
            request_for(other, request.uuid)
    assert request_for(crew.assessor, request.uuid) == request
    own = ask_exemption(crew.assessor, plan, course_result(crew.assessor).uuid)
    with pytest.raises(NotAllowed) as refused:
        decide_exemption(crew.assessor, own, approve=True, reason="符合")
    assert refused.value.code == "own_case"


def test_a_decision_needs_a_reason_and_a_withdrawn_request_none():
    crew, user, plan = staff(), person(), exempting().plan
    request = ask_exemption(user, plan, course_result(user).uuid)
    with pytest.raises(Invalid):
        decide_exemption(crew.assessor, request, approve=False, reason=" ")
    withdraw_exemption(user, request)
    with pytest.raises(Conflict):
        decide_exemption(crew.assessor, request, approve=False, reason="太晚")
    assert not requests_for(crew.assessor, "submitted").exists()
    with pytest.raises(NotFound):
        request_of(person(), request.uuid)


def test_the_programme_stays_out_of_it():
    """Credits are kept: an exemption takes nothing from the ledger and uses up nothing."""
    crew, user = staff(), person()
    plan = exempting(programme(code="robotics")).plan
    outcome = course_result(user)
    decide_exemption(crew.assessor, ask_exemption(user, plan, outcome.uuid), approve=True, reason="符合")
    assert not outcome.uses.exists()
