"""Two pairs of eyes, supplement, appeal, terms and batches: who may do what, and what stands afterwards."""

from datetime import date, timedelta

import pytest
import time_machine

from creditbank.applications import services
from creditbank.applications.decisions import ask, decide, decide_many
from creditbank.applications.judging import outcome_fact
from creditbank.applications.models import Application, ApplicationStep, OutcomeUse
from creditbank.applications.queries import holds_for, overdue_of, review_queue, steps_of
from creditbank.applications.services import (
    appeal,
    close_late,
    escalate,
    submit,
    submit_many,
    supplement,
    withdraw,
)
from creditbank.applications.terms import NewTerms, publish_terms
from creditbank.applications.timeline import next_sentence, timeline
from creditbank.outcomes.services import verify_outcome
from creditbank.rules import rules
from creditbank.rules.queries import fact
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.creditbank.applications.cases import House, books_hold, credits_of
from tests.factories.creditbank import certificate, college, member, person, programme, rule_version, terms

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def house():
    return House()


def acts(row):
    return [step.act for step in steps_of(row)]


# --- two pairs of eyes -------------------------------------------------------------------------------------


def test_one_proposes_another_confirms_and_then_it_is_posted(house):
    learner, row = house.case()
    row = decide(house.first, row, approve=True, reason="材料齐全")
    assert (row.state, credits_of(learner), OutcomeUse.objects.count()) == ("proposed", 0, 0)
    with pytest.raises(NotAllowed) as refusal:
        decide(house.first, row, approve=True, reason="我再看一遍")
    assert refusal.value.code == "same_reviewer"
    row = decide(house.second, row, approve=True, reason="同意")
    assert (row.state, credits_of(learner)) == ("approved", 800)
    assert row.transaction.evidence["reviewers"] == sorted([str(house.first.uuid), str(house.second.uuid)])
    assert acts(row) == ["submit", "propose", "approve"]
    assert [step.reason for step in steps_of(row)][1:] == ["材料齐全", "同意"]
    assert holds_for(row)
    books_hold()


def test_who_sees_it_otherwise_sends_it_back_and_a_new_round_begins(house):
    learner, row = house.case()
    row = decide(house.first, row, approve=True, reason="可以")
    row = decide(house.second, row, approve=False, reason="等级看错了")
    assert row.state == "submitted"
    row = decide(house.second, row, approve=False, reason="等级不符")
    row = decide(house.first, row, approve=False, reason="同意不予认定")
    assert (row.state, credits_of(learner)) == ("refused", 0)
    assert acts(row) == ["submit", "propose", "send_back", "propose", "refuse"]


def test_three_pairs_of_eyes():
    house = House(reviewers=3)
    learner, row = house.case()
    for reviewer, state in ((house.first, "proposed"), (house.second, "proposed"), (house.third, "approved")):
        row = decide(reviewer, row, approve=True, reason="同意")
        assert row.state == state
    assert acts(row) == ["submit", "propose", "endorse", "approve"]
    assert credits_of(learner) == 800


def test_a_proposal_needs_what_the_decision_needs(house):
    _learner, row = house.case(verified=False)
    with pytest.raises(Conflict) as refusal:
        decide(house.first, row, approve=True, reason="可以")
    assert refusal.value.code == "needs_verification"
    assert ApplicationStep.objects.count() == 1


def test_who_decides_says_what_they_have_seen(house):
    _learner, row = house.case()
    stale = Application.objects.get(pk=row.pk)
    decide(house.first, row, approve=True, reason="可以")
    with pytest.raises(Conflict) as refusal:
        decide(house.second, stale, approve=True, reason="可以")
    assert refusal.value.code == "moved_on"


def test_the_second_pair_of_eyes_belongs_to_the_same_college_and_is_not_the_applicant(house):
    learner, row = house.case(house.third)
    row = decide(house.first, row, approve=True, reason="可以")
    for stranger in (learner, member("reviewer", college("other", "他校")), house.admin, person()):
        with pytest.raises(NotAllowed):
            decide(stranger, row, approve=True, reason="可以")


def test_a_college_that_has_set_nothing_asks_for_two_and_for_evidence():
    home = college("silent", "没有设定的学校")
    terms(home)
    version = rule_version(programme(home), code="silent")
    learner = person()
    paper = certificate(learner)
    with pytest.raises(Invalid) as refusal:
        submit(learner, services.Wish(paper.uuid, version.rule.code, 1))
    assert (refusal.value.code, refusal.value.details) == (
        "evidence_missing",
        {"missing": ["evidence_missing"]},
    )


def test_everything_that_is_missing_is_named():
    home = college("silent", "没有设定的学校")
    terms(home)
    target = programme(home)
    version = rule_version(target, code="silent", valid_until=date(2025, 12, 31))
    nobody = person(real_name=False)
    paper = certificate(nobody)
    with pytest.raises(NotAllowed) as refusal:
        submit(nobody, services.Wish(paper.uuid, version.rule.code, 1))
    assert refusal.value.details["missing"] == [
        "real_name_missing",
        "rule_not_in_force",
        "evidence_missing",
    ]


# --- supplement, appeal, terms ---------------------------------------------------------------------------


@pytest.fixture
def dated():
    return House(fields={"review_days": 5, "supplement_days": 5, "appeal_days": 10})


MONDAY = "2026-03-02T02:00:00Z"


def test_terms_run_in_working_days(dated):
    with time_machine.travel(MONDAY, tick=False):
        _learner, row = dated.case()
        # Five working days after Monday, the day of submission not counted.
        assert row.due_on == date(2026, 3, 9)
        assert "2026-03-09" in next_sentence(row)
        asked = ask(dated.first, row, what="请补拍证书背面")
        assert (asked.state, asked.due_on) == ("supplement", date(2026, 3, 9))


def test_a_year_without_its_calendar_is_said_and_filled_in_later(dated):
    with time_machine.travel("2040-03-02T02:00:00Z", tick=False):
        _learner, row = dated.case()
        assert row.due_on is None
        assert "5 个工作日" in next_sentence(row)
        assert escalate() == 0


def test_a_supplement_answers_and_the_review_begins_anew(dated):
    with time_machine.travel(MONDAY, tick=False):
        learner, row = dated.case()
        row = decide(dated.first, row, approve=True, reason="可以")
        row = ask(dated.second, row, what="请补拍证书背面", until=today() + timedelta(days=3))
        assert row.due_on == date(2026, 3, 5)
        with pytest.raises(NotFound):
            supplement(person(), row, text="不是我的")
        with pytest.raises(Conflict):
            decide(dated.third, row, approve=True, reason="不等了")
        row = supplement(learner, row, text="已补")
        assert row.state == "submitted"
        # The first one may propose again: it is a new round.
        row = decide(dated.first, row, approve=True, reason="齐了")
        row = decide(dated.second, row, approve=True, reason="同意")
    assert row.state == "approved"


def test_a_late_supplement_closes_and_may_be_applied_for_again(dated):
    with time_machine.travel(MONDAY, tick=False):
        learner, row = dated.case()
        row = ask(dated.first, row, what="请补拍证书背面")
    with time_machine.travel("2026-03-10T02:00:00Z", tick=False):
        with pytest.raises(Conflict) as refusal:
            supplement(learner, row, text="晚了")
        assert refusal.value.code == "too_late"
        assert close_late() == 0
        row.refresh_from_db()
        assert row.state == "expired"
        assert submit(learner, dated.wish(row.outcome)).state == "submitted"


def test_the_beat_closes_and_escalates_once(dated):
    with time_machine.travel(MONDAY, tick=False):
        learner, late = dated.case()
        _other, waits = dated.case()
        ask(dated.first, waits, what="请补材料")
    with time_machine.travel("2026-03-10T02:00:00Z", tick=False):
        assert (close_late(), escalate()) == (1, 1)
        assert (close_late(), escalate()) == (0, 0)
        late.refresh_from_db()
        assert list(overdue_of(dated.admin)) == [late]
        assert not overdue_of(dated.first).exists()
        assert OutboxEvent.objects.filter(kind="application.overdue").count() == 1
        assert "已经超期" in next_sentence(late)
        # It can still be decided.
        late = decide(dated.first, late, approve=True, reason="可以")
        assert late.due_on == date(2026, 3, 17)
        assert not overdue_of(dated.admin).exists()
    assert credits_of(learner) == 0


def test_without_terms_a_reviewer_names_the_day(house):
    _learner, row = house.case()
    for until in (None, today(), today() + timedelta(days=400)):
        with pytest.raises(Invalid):
            ask(house.first, row, what="请补材料", until=until)
    assert ask(house.first, row, what="请补材料", until=today() + timedelta(days=9)).state == "supplement"


def refused(house, *, by=None):
    learner, row = house.case()
    for reviewer in by or (house.first, house.second):
        row = decide(reviewer, row, approve=False, reason="等级不符")
    return learner, row


def test_an_appeal_goes_to_somebody_who_took_no_part(dated):
    with time_machine.travel(MONDAY, tick=False):
        learner, row = refused(dated)
        assert row.due_on == date(2026, 3, 16)
        with pytest.raises(Invalid):
            appeal(learner, row, reason=" ")
        row = appeal(learner, row, reason="证书是三级")
        for reviewer in (dated.first, dated.second):
            with pytest.raises(NotAllowed) as refusal:
                decide(reviewer, row, approve=True, reason="改判")
            assert refusal.value.code == "took_part"
        row = decide(dated.third, row, approve=True, reason="确是三级，改为认定")
    assert (row.state, credits_of(learner)) == ("approved", 800)
    assert acts(row)[-2:] == ["appeal", "overturn"]
    books_hold()


def test_whoever_verified_the_certificate_took_part(house):
    learner, row = refused(house)
    row = appeal(learner, row, reason="请复核")
    with pytest.raises(NotAllowed) as refusal:
        decide(row.outcome.verified_by, row, approve=True, reason="改判")
    assert refusal.value.code == "took_part"


def test_an_appeal_that_is_upheld_is_the_end(house):
    learner, row = refused(house)
    row = decide(house.third, appeal(learner, row, reason="请复核"), approve=False, reason="维持")
    assert row.state == "upheld"
    for act in (lambda: appeal(learner, row, reason="再来"), lambda: withdraw(learner, row)):
        with pytest.raises(Conflict):
            act()
    # The certificate itself may be applied with anew.
    assert submit(learner, house.wish(row.outcome)).state == "submitted"


def test_an_appeal_after_its_term_or_beside_a_new_application_is_refused(dated):
    with time_machine.travel(MONDAY, tick=False):
        learner, row = refused(dated)
        again = submit(learner, dated.wish(row.outcome))
        with pytest.raises(Conflict) as refusal:
            appeal(learner, row, reason="请复核")
        assert refusal.value.code == "already_applied"
        withdraw(learner, again)
    with time_machine.travel("2026-03-17T02:00:00Z", tick=False):
        with pytest.raises(Conflict) as refusal:
            appeal(learner, row, reason="请复核")
        assert refusal.value.code == "too_late"


def test_the_timeline_says_who_is_next(house):
    _learner, row = house.case()
    lines = timeline(row, steps_of(row))
    assert [line["state"] for line in lines] == ["done", "done", "now"] or lines[-1]["state"] == "now"
    assert "2 位审核人员" in lines[-1]["text"]
    assert "尚未设定" in lines[-1]["text"]
    row = decide(house.first, row, approve=True, reason="可以")
    assert "另一位审核人员" in timeline(row, steps_of(row))[-1]["text"]


# --- several at once -------------------------------------------------------------------------------------


def seen(*rows):
    return [(row.uuid, row.revision) for row in rows]


def test_a_batch_decides_each_on_its_own(house):
    people = [house.case() for _ in range(3)]
    _someone, unverified = house.case(verified=False)
    rows = [row for _learner, row in people] + [unverified]
    lines = decide_many(house.first, seen(*rows), approve=True, reason="批量初审")
    assert [line.done for line in lines] == [True, True, True, False]
    assert "核实" in lines[-1].sentence
    rows = list(review_queue(house.second, "proposed"))
    lines = decide_many(house.second, seen(*rows), approve=True, reason="批量复核")
    assert [(line.done, line.state) for line in lines] == [(True, "approved")] * 3
    assert [credits_of(learner) for learner, _row in people] == [800] * 3
    again = decide_many(house.second, seen(*rows), approve=True, reason="再按一次")
    assert not any(line.done for line in again)
    books_hold()


def test_a_batch_is_of_one_rule_and_shows_nobody_elses_cases(house):
    _learner, one = house.case()
    other = rule_version(
        house.version.rule.programme,
        code="turner",
        occupation_code="6-18-01-01",
        courses=[{"code": "NC1", "name": "数控", "centicredits": 300}],
    )
    _learner, two = house.case(version=other)
    with pytest.raises(Invalid) as refusal:
        decide_many(house.first, seen(one, two), approve=True, reason="同意")
    assert refusal.value.code == "different_rules"
    stranger = member("reviewer", college("other", "他校"))
    assert [line.title for line in decide_many(stranger, seen(one), approve=True, reason="同意")] == [""]
    with pytest.raises(Invalid):
        decide_many(house.first, [], approve=True, reason="同意")


# --- a whole allocation ----------------------------------------------------------------------------------


@pytest.fixture
def turner(house):
    return rule_version(
        house.version.rule.programme,
        code="turner",
        occupation_code="6-18-01-01",
        courses=[{"code": "NC1", "name": "数控", "centicredits": 300}],
    )


def two_papers(learner):
    return certificate(learner), certificate(learner, occupation_code="6-18-01-01", title="车工")


def test_a_whole_allocation_is_applied_for_at_once_and_twice_is_once(house, turner):
    learner = person()
    one, two = two_papers(learner)
    wishes = [house.wish(one), house.wish(two, turner)]
    made = submit_many(learner, wishes)
    assert [row.centicredits for row in made] == [800, 300]
    assert [row.pk for row in submit_many(learner, wishes)] == [row.pk for row in made]
    assert Application.objects.count() == 2
    assert AuditRow.objects.filter(action="application.submit").count() == 2


def test_an_allocation_is_accepted_whole_or_not_at_all(house):
    """The two certificates would give the same course: together they are refused, and nothing is written."""
    learner = person()
    one, two = two_papers(learner)
    same = rule_version(house.version.rule.programme, code="same", occupation_code="6-18-01-01")
    with pytest.raises(Conflict) as refusal:
        submit_many(learner, [house.wish(one), house.wish(two, same)])
    assert refusal.value.code == "course_credited"
    assert refusal.value.details["line"] == 1
    assert not Application.objects.exists()
    with pytest.raises(Invalid):
        submit_many(learner, [])


# --- terms -----------------------------------------------------------------------------------------------


def test_only_the_colleges_administrators_set_terms_and_never_nonsense(house):
    new = NewTerms(valid_from=today(), source="校发〔2026〕1号", reviewers=1, evidence_required=False)
    for stranger in (house.first, member("admin", college("other", "他校")), person()):
        with pytest.raises(NotAllowed):
            publish_terms(stranger, house.home, new)
    assert publish_terms(house.admin, house.home, new).version == 2
    own = publish_terms(house.admin, house.home, new, programme=house.version.rule.programme)
    assert own.version == 1
    _learner, row = house.case()
    assert (row.reviewers, row.terms) == (1, own)
    for change in (
        {"reviewers": 0},
        {"review_days": 0},
        {"shelf_life_months": 12},
        {"source": " "},
        {"notice_days": (0,)},
    ):
        with pytest.raises(Invalid):
            publish_terms(
                house.admin, house.home, NewTerms(**{"valid_from": today(), "source": "校发文件"} | change)
            )


def test_cases_of_before_panels_go_on_and_are_shown_as_they_were(house):
    """Rows without steps, one waiting and one decided by a single reviewer, kept by the first engine."""
    learner = person()
    old = house.wish(certificate(learner))
    row = submit(learner, old)
    values = {
        field.attname: getattr(row, field.attname)
        for field in Application._meta.concrete_fields
        if field.name not in ("id", "uuid")
    }
    withdraw(learner, row)
    fact_ = outcome_fact(row.outcome)
    kept = rules.dump(
        row.evaluated_on, [fact_], [], rules.evaluate([fact_], [fact(house.version)], row.evaluated_on)
    )
    before = Application.objects.create(
        **values | {"worth": kept, "terms_id": None, "reviewers": 1, "revision": 0}
    )
    assert holds_for(before)
    verify_outcome(house.third, row.outcome, method="register")
    done = decide(house.first, before, approve=True, reason="相符")
    assert (done.state, credits_of(learner)) == ("approved", 800)
    assert acts(done) == ["approve"]
    refused_ = Application(state="refused", reason="不符", programme=row.programme, outcome=row.outcome)
    refused_.submitted_at = refused_.decided_at = row.submitted_at
    assert [line["title"] for line in timeline(refused_, [])] == ["提交申请", "核实证书", "未认定"]
