"""From deposit to account: the four steps in the log and on the timeline, the supplement, who may judge what."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from creditbank.applications.judging import outcome_fact
from creditbank.outcomes.models import CatalogueEntry, LearningOutcome, OutcomeKind
from creditbank.outcomes.queries import verification_counts, verification_queue, verifies_outcome_of
from creditbank.outcomes.rights import set_right
from creditbank.outcomes.services import (
    Deposit,
    add_files,
    ask_supplement,
    deposit,
    refuse_outcome,
    supplement,
    verify_outcome,
)
from creditbank.outcomes.timeline import timeline
from creditbank.outcomes.words import standing
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.creditbank.applications.cases import House
from tests.factories.creditbank import SYSTEM, certificate, college, entitled, member, person

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def body():
    return college("assess", "申江职业技能评价中心")


def course(holder, home, **changes):
    values = {
        "kind": OutcomeKind.COURSE,
        "title": "电工技术基础",
        "occupation_code": "",
        "level": None,
        "issuer_name": home.name,
        "number": "",
        "issued_on": date(2024, 1, 10),
        "course_code": "EL101",
        "centicredits": 400,
        "score": 8550,
    }
    return deposit(holder, Deposit(**values | changes))


def actions(outcome):
    return list(AuditRow.objects.filter(target=outcome.uuid).order_by("id").values_list("action", flat=True))


def test_the_issuer_is_found_by_its_name_and_the_steps_are_logged_apart(body):
    outcome = certificate(person(), issuer_name=f" {body.name} ")
    assert outcome.issuer == body
    assert standing(outcome) == "仅核对编号格式"
    assessor = member("assessor", body)
    ask_supplement(assessor, outcome, note="请补一张清楚的照片")
    outcome.refresh_from_db()
    assert (outcome.status, outcome.note, outcome.verified_by) == ("supplement", "请补一张清楚的照片", None)
    supplement(outcome.holder, outcome, text="已重拍", files=[SimpleUploadedFile("证书.png", PNG)])
    assert (outcome.status, outcome.evidence.count()) == ("submitted", 1)
    verify_outcome(assessor, outcome, method="issuer", note="系统可查")
    assert actions(outcome) == [
        "outcome.deposit",
        "outcome.ask",
        "outcome.supplement",
        "outcome.verify",
        "outcome.accumulate",
    ]
    assert standing(outcome) == "已向发证机构核实"
    steps = timeline(outcome, today())
    assert [step.step for step in steps] == [
        "deposit",
        "ask",
        "supplement",
        "verify",
        "accumulate",
        "convert",
    ]
    assert steps[0].who == "本人"
    assert steps[3].who == "申江职业技能评价中心 考评员"
    assert "系统可查" in steps[3].text
    assert steps[-1].state == "todo"


def test_an_expired_one_says_so_and_a_refused_one_ends(body):
    old = certificate(person(), issuer=body, expires_on=date(2025, 1, 1))
    assert timeline(old, today())[-1].step == "expire"
    refuse_outcome(member("assessor", body), old, note="查无此证")
    assert [step.step for step in timeline(old, date(2024, 12, 1))] == ["deposit", "refuse"]


def test_a_supplement_needs_a_question_an_owner_and_something_in_it(body):
    outcome = certificate(person(), issuer=body)
    assessor = member("assessor", body)
    with pytest.raises(Conflict):
        supplement(outcome.holder, outcome, text="多给一点")
    with pytest.raises(Invalid):
        ask_supplement(assessor, outcome, note=" ")
    ask_supplement(assessor, outcome, note="请补照片")
    with pytest.raises(Conflict):
        ask_supplement(assessor, outcome, note="再补")
    with pytest.raises(NotFound):
        supplement(person("路人"), outcome, text="我的")
    with pytest.raises(Invalid):
        supplement(outcome.holder, outcome)
    assert outcome_fact(LearningOutcome.objects.get(pk=outcome.pk)).status == "submitted"
    # The verifier need not wait for it.
    outcome.refresh_from_db()
    assert verify_outcome(assessor, outcome, method="original").status == "verified"


def test_a_deposit_by_the_issuer_is_no_method_a_person_can_choose(body):
    with pytest.raises(Invalid):
        verify_outcome(member("assessor", body), certificate(person(), issuer=body), method="deposit")


def test_who_assessed_can_be_set_by_whoever_verifies(body):
    outcome = certificate(person(), issuer=body, kind=OutcomeKind.X, level=None, number="X-2024-1")
    assert outcome.assessor_type == ""
    assert (
        verify_outcome(
            member("assessor", body), outcome, method="issuer", assessor_type="social"
        ).assessor_type
        == "social"
    )


def test_a_colleges_reviewer_verifies_its_own_courses_and_nothing_else_of_it():
    home = college()
    reviewer = member("reviewer", home)
    mine = course(person(), home)
    other = certificate(person(), issuer=home)
    entitled(home, "degree_course")
    assert list(verification_queue(reviewer, "submitted")) == [mine]
    with pytest.raises(NotAllowed):
        verify_outcome(reviewer, other, method="original")
    verified = verify_outcome(reviewer, mine, method="issuer")
    fact = outcome_fact(verified)
    assert (fact.course_code, fact.centicredits, fact.score, fact.issuer) == ("EL101", 400, 8550, home.code)


def test_the_same_course_twice_is_one_and_of_two_people_it_is_two():
    home = college()
    holder = person()
    course(holder, home)
    with pytest.raises(Conflict):
        course(holder, home, title="别的写法", number="CJ-0002")
    assert course(person(), home).pk


def test_the_queue_counts_and_leaves_out_ones_own(body):
    assessor = member("assessor", body)
    waiting = certificate(person(), issuer=body)
    certificate(assessor, issuer=body)
    refuse_outcome(assessor, certificate(person(), issuer=body), note="查无此证")
    assert verification_counts(assessor) == {"submitted": 1, "refused": 1}
    assert list(verification_queue(assessor, "submitted", OutcomeKind.SKILL)) == [waiting]
    assert not verification_queue(assessor, "submitted", OutcomeKind.COURSE)
    assert not verification_counts(member("assessor", college("other", "别的机构")))
    assert verifies_outcome_of(assessor, waiting.holder)
    assert not verifies_outcome_of(assessor, assessor)


def test_only_the_fields_of_the_kind_are_kept():
    outcome = course(person(), college(), occupation_code="6-31-01-03", authors="李明", award_level="city")
    assert (outcome.occupation_code, outcome.details, outcome.award) == ("", {}, "")


def test_a_theory_paper_keeps_what_a_substitute_needs():
    said = Deposit(
        OutcomeKind.PAPER,
        "智能产线改造的实践与思考",
        "",
        None,
        "申江机械厂",
        "",
        date(2026, 3, 1),
        starts_on=date(2025, 9, 1),
        project="智能产线改造",
        authors="李明、王芳",
        reviewer="赵工",
    )
    outcome = deposit(person(), said)
    assert outcome.details == {"project": "智能产线改造", "authors": "李明、王芳", "reviewer": "赵工"}
    assert outcome.starts_on == date(2025, 9, 1)


# --- an issuer verifies only what it was entitled to issue -------------------------------------------------

SKILL = OutcomeKind.SKILL


def right(body, kind=SKILL, *, since=date(2020, 1, 1), allowed=True):
    set_right(SYSTEM, kind=kind, allowed=allowed, valid_from=since, source="测试规定", organisation=body)


def refused(assessor, outcome):
    with pytest.raises(NotAllowed) as found:
        verify_outcome(assessor, outcome, method="issuer")
    outcome.refresh_from_db()
    assert (found.value.code, outcome.status) == ("no_issuing_right", "submitted")
    return str(found.value.message)


def test_without_a_right_an_issuer_says_only_that_it_is_not_genuine_or_asks(body):
    assessor = member("assessor", body)
    waiting = certificate(person(), issuer=body, right=False)
    assert "发证范围" in refused(assessor, waiting)
    ask_supplement(assessor, waiting, note="请补照片")
    assert refuse_outcome(assessor, waiting, note="不是本机构颁发的").status == "refused"


def test_a_right_of_another_kind_is_none_for_this_one(body):
    right(body, OutcomeKind.X)
    assert "职业技能等级证书" in refused(
        member("assessor", body), certificate(person(), issuer=body, right=False)
    )


def test_the_day_of_issue_decides(body):
    """What was issued while the institution was entitled to it, it vouches for ever after; nothing before and after."""
    assessor = member("assessor", body)
    entitled(body)
    right(body, since=date(2024, 3, 1), allowed=False)
    right(body, since=date(2024, 5, 1))
    during = certificate(person(), issuer=body, issued_on=date(2024, 2, 29))
    again = certificate(person(), issuer=body, issued_on=date(2024, 5, 1))
    for genuine in (during, again):
        assert verify_outcome(assessor, genuine, method="issuer").status == "verified"
    for day in (date(2019, 12, 31), date(2024, 3, 1), date(2024, 4, 30)):
        assert str(day) in refused(assessor, certificate(person(), issuer=body, issued_on=day))


def test_the_catalogue_says_which_occupations_and_levels(body):
    assessor = member("assessor", body)
    entitled(body)
    welder = certificate(
        person(), issuer=body, right=False, title="焊工 三级/高级工", occupation_code="6-18-02-04"
    )
    assert "证书目录里没有" in refused(assessor, welder)
    entitled(college("other", "别的评价机构"), SKILL, code="6-18-02-04", name="焊工")
    assert "没有列出本机构" in refused(assessor, welder)
    CatalogueEntry.objects.filter(name="焊工").update(issuers=[body.name], levels=[5, 4])
    assert "没有这个等级" in refused(assessor, welder)
    CatalogueEntry.objects.filter(name="焊工").update(levels=[5, 4, 3])
    assert verify_outcome(assessor, welder, method="issuer").status == "verified"


def test_a_college_that_it_was_handed_to_judges_for_itself(body):
    """The recognising college answers for what it verifies, whatever the issuer may."""
    house = House()
    _learner, row = house.case(verified=False, issuer=body, right=False)
    assert verify_outcome(member("reviewer", house.home), row.outcome, method="register")


# --- files of one's own accord ------------------------------------------------------------------------------


def png():
    return SimpleUploadedFile("证书.png", PNG)


def test_files_are_added_while_it_waits_and_stand_on_the_timeline(body):
    outcome = certificate(person(), issuer=body)
    add_files(outcome.holder, outcome, [png()])
    add_files(outcome.holder, outcome, [png()])
    assert outcome.evidence.count() == 2
    assert [step.title for step in timeline(outcome, today())][:3] == [
        "存入",
        "已添加证明材料",
        "已添加证明材料",
    ]
    with pytest.raises(Invalid) as many:
        add_files(outcome.holder, outcome, [png() for _ in range(4)])
    assert "最多" in str(many.value.message)
    for wrong in ([], [SimpleUploadedFile("a.exe", b"MZ" + b"0" * 20)]):
        with pytest.raises(Invalid):
            add_files(outcome.holder, outcome, wrong)
    with pytest.raises(NotFound):
        add_files(person(), outcome, [png()])
    verify_outcome(member("assessor", body), outcome, method="issuer")
    with pytest.raises(Conflict):
        add_files(outcome.holder, outcome, [png()])
    assert outcome.evidence.count() == 2
