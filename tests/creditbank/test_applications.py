"""From a certificate to credits: what is shown before, what is posted after, and every way it must not go."""

from datetime import date

import pytest
import time_machine

from creditbank.applications.models import Application, CourseCredit, OutcomeUse
from creditbank.applications.planner import answer
from creditbank.applications.queries import application_for_review, holds_for, review_queue
from creditbank.applications.services import Wish, decide, submit, withdraw
from creditbank.ledger.models import Transaction
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.services import refuse_outcome, verify_outcome
from creditbank.rules.rules import Reason
from creditbank.rules.services import NewVersion, publish_version
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.factories.creditbank import SYSTEM, certificate, college, member, person, programme, rule_version

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def wish(outcome, version):
    return Wish(outcome.uuid, version.rule.code, version.number)


def credits_of(user):
    return sum(item.balance for item in balances_of(user.uuid) if item.unit.code == "credit")


def case(version=None, **outcome):
    """(learner, reviewer, application) of a submitted 电工 高级工 certificate."""
    version = version or rule_version()
    learner = person()
    made = submit(learner, wish(certificate(learner, **outcome), version))
    return learner, member("reviewer", version.rule.programme.organisation), made


def approved(version=None, **outcome):
    learner, reviewer, application = case(version, **outcome)
    verify_outcome(reviewer, application.outcome, method="register")
    return learner, reviewer, decide(reviewer, application, approve=True, reason="证书与规则相符")


def test_the_whole_way():
    version = rule_version()
    learner = person()
    outcome = certificate(learner)
    plan = answer(learner, today()).plans[0]
    assert (plan.offered, plan.earned, plan.needed) == (800, 0, 7600)
    assert plan.lines[0].version == version
    assert not Transaction.objects.exists()

    application = submit(learner, wish(outcome, version))
    reviewer = member("reviewer", version.rule.programme.organisation)
    assert list(review_queue(reviewer)) == [application]
    verify_outcome(reviewer, outcome, method="register", note="可查")
    done = decide(reviewer, application_for_review(reviewer, application.uuid), approve=True, reason="相符")

    assert done.state == "approved"
    assert credits_of(learner) == 800
    row = done.transaction
    assert (row.rule_code, row.rule_version, row.kind) == ("electrician-3", 1, "recognition")
    assert row.evidence["courses"] == version.courses
    assert row.evidence["reviewer"] == str(reviewer.uuid)
    assert learner.display_name not in str(row.evidence)
    assert outcome.number not in str(row.evidence)
    assert holds_for(done)
    plan = answer(learner, today()).plans[0]
    assert (plan.offered, plan.earned, plan.open_centicredits) == (0, 800, 6800)
    assert plan.lines[0].line.reason == Reason.ALREADY_USED
    # A64: deposit, verify, apply, convert are logged one by one.
    mine = {str(outcome.uuid), str(application.uuid)}
    actions = [row.action for row in AuditRow.objects.order_by("id") if str(row.target) in mine]
    assert actions == [
        "outcome.deposit",
        "application.submit",
        "outcome.verify",
        "outcome.accumulate",
        "application.approve",
    ]
    kinds = set(OutboxEvent.objects.values_list("kind", flat=True))
    assert {"application.submitted", "application.approved", "credit.posted"} <= kinds


def test_credits_need_a_verified_certificate():
    learner, reviewer, application = case()
    with pytest.raises(Conflict) as refusal:
        decide(reviewer, application, approve=True, reason="相符")
    assert refusal.value.code == Reason.NEEDS_VERIFICATION
    application.refresh_from_db()
    assert application.state == "submitted"
    assert credits_of(learner) == 0
    assert not OutcomeUse.objects.exists()


def test_a_refused_certificate_gives_nothing():
    _learner, reviewer, application = case()
    refuse_outcome(reviewer, application.outcome, note="查无此证")
    with pytest.raises(Conflict) as refusal:
        decide(reviewer, application, approve=True, reason="相符")
    assert refusal.value.code == Reason.REFUSED
    assert decide(reviewer, application, approve=False, reason="证书未通过核实").state == "refused"


def test_refusing_needs_a_reason_and_lets_apply_again():
    learner, reviewer, application = case()
    with pytest.raises(Invalid):
        decide(reviewer, application, approve=False, reason=" ")
    decide(reviewer, application, approve=False, reason="材料不清楚")
    again = submit(learner, wish(application.outcome, application.rule_version))
    assert again.pk != application.pk


def test_who_may_decide():
    version = rule_version()
    home = version.rule.programme.organisation
    _learner, _reviewer, application = case(version)
    elsewhere = member("reviewer", college("other", "另一所学校"))
    for stranger in (person("路人"), elsewhere, member("editor", home), member("admin", home)):
        with pytest.raises(NotAllowed):
            decide(stranger, application, approve=True, reason="相符")
        with pytest.raises(NotFound):
            application_for_review(stranger, application.uuid)
    assert not review_queue(elsewhere).exists()


def test_nobody_decides_their_own_case():
    version = rule_version()
    reviewer = member("reviewer", version.rule.programme.organisation)
    application = submit(reviewer, wish(certificate(reviewer), version))
    with pytest.raises(NotAllowed) as refusal:
        decide(reviewer, application, approve=True, reason="相符")
    assert refusal.value.code == "own_case"


def test_a_look_by_staff_is_logged_for_the_person():
    learner, reviewer, application = case()
    application_for_review(reviewer, application.uuid)
    look = AuditRow.objects.get(action="application.view")
    assert (look.target, look.target_type, look.person) == (learner.uuid, "accounts.User", reviewer.uuid)


def test_no_second_application_and_no_second_decision():
    learner, reviewer, application = approved()
    with pytest.raises(Conflict):
        submit(learner, wish(application.outcome, application.rule_version))
    with pytest.raises(Conflict) as refusal:
        decide(reviewer, application, approve=True, reason="再来")
    assert refusal.value.code == "already_decided"
    assert credits_of(learner) == 800


def test_a_waiting_application_blocks_a_second():
    learner, _reviewer, application = case()
    with pytest.raises(Conflict) as refusal:
        submit(learner, wish(application.outcome, application.rule_version))
    assert refusal.value.code == "already_applied"


def test_withdrawing_before_the_decision_only():
    learner, reviewer, application = case()
    with pytest.raises(NotFound):
        withdraw(person("别人"), application)
    assert withdraw(learner, application).state == "withdrawn"
    with pytest.raises(Conflict):
        decide(reviewer, application, approve=False, reason="晚了")
    assert submit(learner, wish(application.outcome, application.rule_version)).state == "submitted"
    learner, reviewer, done = approved(rule_version(programme(code="second"), code="second"))
    with pytest.raises(Conflict):
        withdraw(learner, done)


def test_real_name_first():
    version = rule_version()
    learner = person(real_name=False)
    with pytest.raises(NotAllowed) as refusal:
        submit(learner, wish(certificate(learner), version))
    assert refusal.value.code == "real_name_missing"


def test_the_version_that_was_shown_is_the_one_applied_for():
    version = rule_version()
    learner = person()
    outcome = certificate(learner)
    content = NewVersion(
        occupation_code="6-31-01-03",
        occupation_name="电工",
        level=3,
        courses=[{"code": "EL101", "name": "电工技术基础", "centicredits": 400}],
        valid_from=today(),
        source_document="修订文件",
    )
    publish_version(SYSTEM, version.rule, content)
    with pytest.raises(Conflict) as refusal:
        submit(learner, wish(outcome, version))
    assert refusal.value.code == "rule_changed"


def test_the_day_of_submission_counts():
    version = rule_version(valid_until=date(2026, 3, 31))
    with time_machine.travel("2026-03-31T04:00:00Z", tick=False):
        learner, reviewer, application = case(version)
    with time_machine.travel("2026-04-20T04:00:00Z", tick=False):
        verify_outcome(reviewer, application.outcome, method="original")
        done = decide(reviewer, application, approve=True, reason="相符")
        assert credits_of(learner) == 800
        assert done.transaction.occurred_on == date(2026, 4, 20)
        other = person()
        with pytest.raises(Conflict) as refusal:
            submit(other, wish(certificate(other), version))
        assert refusal.value.code == Reason.RULE_NOT_IN_FORCE


def test_shanghais_day_counts():
    version = rule_version(valid_from=date(2026, 4, 1))
    with time_machine.travel("2026-03-31T16:00:01Z", tick=False):
        _learner, _reviewer, application = case(version)
    assert application.evaluated_on == date(2026, 4, 1)


def test_one_certificate_in_two_programmes_but_once_in_each():
    home = programme()
    first = rule_version(home)
    second = rule_version(programme(code="electrical", name="电气自动化技术"), code="electrical-3")
    learner, reviewer, application = approved(first)
    other = submit(learner, wish(application.outcome, second))
    decide(reviewer, other, approve=True, reason="相符")
    assert credits_of(learner) == 1600
    assert OutcomeUse.objects.count() == 2


def test_a_cap_reached_meanwhile_is_seen_at_the_decision():
    home = programme()
    first = rule_version(home, programme_cap_centicredits=1000)
    second = rule_version(
        home,
        code="turner-3",
        occupation_code="6-18-01-01",
        occupation_name="车工",
        courses=[{"code": "NC1", "name": "数控工艺", "centicredits": 300}],
        programme_cap_centicredits=1000,
    )
    learner, reviewer, one = case(first)
    turner = certificate(learner, occupation_code="6-18-01-01", title="车工 三级/高级工")
    two = submit(learner, wish(turner, second))
    for application in (one, two):
        verify_outcome(reviewer, application.outcome, method="original")
    decide(reviewer, one, approve=True, reason="相符")
    with pytest.raises(Conflict) as refusal:
        decide(reviewer, two, approve=True, reason="相符")
    assert refusal.value.code == Reason.CAP_REACHED
    assert credits_of(learner) == 800


def test_a_course_is_credited_once_to_a_person():
    version = rule_version()
    _learner, _reviewer, application = approved(version)
    courses = list(CourseCredit.objects.order_by("id").values_list("course_code", "centicredits"))
    assert courses == [("EL101", 500), ("EL102", 300)]
    learner = application.applicant
    second = certificate(learner)
    with pytest.raises(Conflict) as refusal:
        submit(learner, wish(second, version))
    assert refusal.value.code == Reason.COURSE_CREDITED


def test_somebody_elses_certificate_is_not_found():
    version = rule_version()
    outcome = certificate(person("甲"))
    with pytest.raises(NotFound):
        submit(person("乙"), wish(outcome, version))
    with pytest.raises(NotFound):
        submit(outcome.holder, Wish(outcome.uuid, "no-such-rule", 1))


def test_an_altered_decision_shows():
    _learner, _reviewer, application = approved()
    kept = dict(application.decision)
    kept["outcomes"] = [kept["outcomes"][0] | {"level": 5}]
    Application.objects.filter(pk=application.pk).update(decision=kept)
    application.refresh_from_db()
    assert not holds_for(application)


def test_published_versions_never_change():
    version = rule_version()
    with pytest.raises(TypeError):
        version.save()
    for change in (
        {"courses": []},
        {"courses": [{"code": "A", "name": "a", "centicredits": 1.5}]},
        {"level": 9},
        {"occupation_code": "x"},
        {"source_document": " "},
        {"valid_until": date(2020, 1, 1)},
    ):
        with pytest.raises(Invalid):
            rule_version(version.rule.programme, **change)


def test_nobody_publishes_past_the_panel():
    from lms.accounts.api import actor

    version = rule_version()
    home = version.rule.programme.organisation
    content = NewVersion("6-31-01-03", "电工", 3, version.courses, today(), "文件")
    admin = member("admin", home)
    with pytest.raises(NotAllowed):
        publish_version(actor(admin, "learner", home), version.rule, content)
    with pytest.raises(NotAllowed):
        publish_version(actor(admin, "admin", college("other", "他校")), version.rule, content)
    # Not even its administrator: people publish what a panel approved (tests/creditbank/rules).
    with pytest.raises(NotAllowed):
        publish_version(actor(admin, "admin", home), version.rule, content)


@pytest.mark.parametrize(
    "change", [{"code": "x" * 41}, {"name": "课" * 121}, {"code": " "}, {"centicredits": 2**31}, {"name": 7}]
)
def test_a_version_that_could_never_be_approved_is_not_published(change):
    course = {"code": "EL101", "name": "电工", "centicredits": 500} | change
    with pytest.raises(Invalid) as refusal:
        rule_version(courses=[course])
    assert refusal.value.details == {"field": "courses"}
