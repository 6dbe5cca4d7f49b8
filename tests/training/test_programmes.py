"""高级研修 and 急需紧缺 programmes (沪人社专〔2022〕372号), each row of the list by its number."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from creditbank.api import posted_in_all
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.rights import set_right
from creditbank.outcomes.services import Deposit, deposit
from lms.accounts.identity.models import Identity
from lms.accounts.people.queries import explain_looks, looks_at
from lms.learning.api import granted
from lms.learning.classes import services as classes
from lms.learning.classes.models import ClassPlace
from lms.learning.declarations.models import HoursDeclaration
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from lms.lib.verify import services as verify
from lms.training.board import api as board
from lms.training.board.models import Posting
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from lms.training.programmes import enrolment, queries, results, rules
from lms.training.programmes import services as programmes
from lms.training.programmes.enrolment import Decision
from lms.training.programmes.models import (
    ClassSeries,
    Evaluation,
    Programme,
    ProgrammeApplication,
    ProgrammeResult,
    Settlement,
    TheoryOutput,
)
from lms.training.programmes.process import CODE, NEED, PROCESS
from lms.training.programmes.results import NewOutput
from lms.training.programmes.rules import Candidate, Said, dump, is_author
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.training.advanced import GOOD, MIDDLE, City, fresh, last, ruled
from tests.training.cases import SYSTEM, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(clock):
    return City()


def written():
    return [model.objects.count() for model in (Act, AuditRow, OutboxEvent, Posting, Programme)]


# --- A05: the order, and who ---------------------------------------------------------------------------------


def test_a05_from_the_topic_to_the_settlement(city, clock):
    ruled()
    programme = city.enrolling()
    trainee = city.admitted(programme)
    done = city.settled(clock, programme, trainee)
    assert done.case.state == "settled"
    assert [act.name for act in done.case.acts.all()] == [
        *("submit", "approve", "announce", "begin", "report", "evaluate", "settle")
    ]
    paid = Settlement.objects.get(programme=done)
    assert (paid.total_fen, paid.paid_fen, paid.fund) == (2_800_000, 2_800_000, "city")


def test_a05_every_act_before_its_turn_is_refused_and_writes_nothing(city):
    case = city.submitted()
    before = written()
    for user, name in (
        (city.proposer, "announce"),
        (city.proposer, "begin"),
        (city.proposer, "report"),
        (city.officer, "evaluate"),
        (city.officer, "settle"),
    ):
        with pytest.raises((Conflict, Invalid)):
            city.by(user, case, name)
    assert written() == before


@pytest.mark.parametrize("who", ["proposer", "teacher", "chief", "stranger"])
def test_a05_only_the_authoritys_officer_approves(city, who):
    case, user = city.submitted(), getattr(city, who, None) or UserFactory()
    with pytest.raises((NotAllowed, NotFound)):
        city.by(user, case, "approve")
    assert not Programme.objects.exists()


def test_a05_an_officer_of_the_proposing_district_does_not_approve_its_topic(city):
    MembershipFactory(user=city.officer, organisation=city.district, role="teacher")
    with pytest.raises(NotAllowed, match="所在单位"):
        city.by(city.officer, city.submitted(), "approve")


def test_a05_nobody_of_the_host_decides_for_the_authority(city):
    MembershipFactory(user=city.officer, organisation=city.college, role="teacher")
    with pytest.raises(NotAllowed, match="承办单位是你所在的单位"):
        city.by(city.officer, city.submitted(), "approve")
    assert not Programme.objects.exists()


@pytest.mark.parametrize("day", [date(2026, 4, 1), date(2026, 4, 20)])
def test_a05_topics_are_taken_within_the_calls_days(city, clock, day):
    case = city.complete()
    clock.move_to(f"{day.isoformat()}T12:00:00+08:00")
    with pytest.raises(Conflict, match="2026-03-02 到 2026-03-31"):
        city.by(city.proposer, case, "submit")


def test_a05_a_topic_that_is_added_to_answers_the_call_it_was_handed_in_for(city, clock):
    case = city.submitted()
    closed = programmes.call(
        SYSTEM,
        programmes.NewCall(
            city.authority, 2025, "urgent", "去年的征集", "说明", date(2025, 3, 1), date(2025, 3, 31)
        ),
    )
    clock.move_to("2026-03-30T12:00:00+08:00")
    city.by(city.officer, case, "ask")
    clock.move_to("2026-04-02T12:00:00+08:00")
    cases.describe(city.proposer, case, dump(city.facts(call=str(closed.uuid))))
    with pytest.raises(Conflict, match="现在不能报送"):
        city.by(city.proposer, case, "resubmit")
    cases.describe(city.proposer, case, dump(city.facts(need="补充了需求。")))
    assert city.by(city.proposer, case, "resubmit").state == "submitted"


def test_a05_only_authorities_propose(city):
    with pytest.raises(NotAllowed, match="可以申报的是"):
        cases.begin(member("admin", city.college), CODE, city.college, city.authority)


def test_a05_everything_that_is_missing_is_named_at_once(city):
    case = cases.begin(city.proposer, CODE, city.district, city.authority)
    cases.attach(city.proposer, case, NEED, [pdf()])
    with pytest.raises(Invalid) as refused:
        city.by(city.proposer, case, "submit")
    assert {"call", "title", "level", "fund", "audience", "need", "hours", "people", "candidates"} == set(
        refused.value.details["missing"]
    )


def test_a05_without_the_paper_of_the_need_nothing_is_handed_in(city):
    with pytest.raises(Invalid, match="选题论证"):
        city.by(city.proposer, city.draft(), "submit")


def test_a05_one_call_of_a_kind_and_year(city):
    new = programmes.NewCall(
        city.authority, 2026, "advanced", "又一次", "说明", date(2026, 5, 1), date(2026, 5, 9)
    )
    with pytest.raises(Conflict, match="征集过"):
        programmes.call(city.officer, new)
    with pytest.raises(NotAllowed):
        programmes.call(city.proposer, new)


def test_a05_the_settlement_is_made_by_somebody_who_has_judged_nothing(city, clock):
    programme = city.enrolling()
    done = city.reported(clock, programme, city.admitted(programme))
    results.evaluate(city.officer, done, GOOD, "解决了问题")
    city.by(city.officer, done.case, "evaluate")
    with pytest.raises(NotAllowed):
        city.by(city.officer, done.case, "settle")
    city.by(city.second, done.case, "settle")
    assert Settlement.objects.count() == 1


def test_a05_no_evaluation_no_verdict_and_a_bad_one_pays_nothing(city, clock):
    programme = city.enrolling()
    done = city.reported(clock, programme, city.admitted(programme))
    with pytest.raises(Conflict, match="还没有评估"):
        city.by(city.officer, done.case, "evaluate")
    results.evaluate(city.officer, done, dict.fromkeys(GOOD, 40), "没有解决实际问题")
    with pytest.raises(Conflict, match="不一致"):
        city.by(city.officer, done.case, "evaluate")
    city.by(city.officer, done.case, "fail")
    assert not Settlement.objects.exists()


def test_a05_weights_that_nobody_set_evaluate_nothing(clock):
    city = City(weight_need=None)
    programme = city.enrolling()
    done = city.reported(clock, programme, city.admitted(programme))
    with pytest.raises(Conflict, match="尚未设定"):
        results.evaluate(city.officer, done, GOOD, "解决了问题")
    assert not Evaluation.objects.exists()


def test_a05_no_report_before_class_and_accounts_are_closed(city, clock):
    programme = city.enrolling()
    city.admitted(programme)
    city.by(city.proposer, programme.case, "begin")
    with pytest.raises(Conflict, match="还没有结束"):
        city.by(city.proposer, programme.case, "report")
    run = classes.move(city.teacher, fresh(programme).run, "start")
    classes.move(city.teacher, run, "end")
    with pytest.raises(Conflict, match="决算"):
        city.by(city.proposer, programme.case, "report")


def test_a05_more_than_was_approved_is_not_paid(city, clock):
    programme = city.enrolling(city.planned(budget_fen=1_000_000))
    done = city.settled(clock, programme, city.admitted(programme))
    paid = Settlement.objects.get(programme=done)
    assert (paid.total_fen, paid.paid_fen) == (2_800_000, 1_000_000)


def test_a05_a_cancelled_programme_gives_its_class_back(city):
    programme = city.bound()
    city.by(city.officer, programme.case, "cancel", reason="需求变化")
    assert fresh(programme).run is None


def test_a05_a_programme_whose_class_was_cancelled_does_not_begin(city):
    programme = city.enrolling()
    city.admitted(programme)
    classes.move(city.teacher, programme.run, "cancel", reason="教师生病")
    with pytest.raises(Conflict, match="班次已经取消"):
        city.by(city.proposer, programme.case, "begin")
    assert city.by(city.officer, programme.case, "cancel", reason="班次取消").state == "cancelled"


def test_a05_a_programme_whose_class_was_cancelled_while_it_ran_can_be_ended(city):
    programme = city.enrolling()
    city.admitted(programme)
    city.by(city.proposer, programme.case, "begin")
    with pytest.raises(Conflict, match="班次取消以后"):
        city.by(city.officer, programme.case, "cancel", reason="不办了")
    classes.move(city.teacher, programme.run, "cancel", reason="教师生病")
    assert city.by(city.officer, programme.case, "cancel", reason="班次取消").state == "cancelled"


# --- A06: whom it is for ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        (Said(title="middle"), True),
        (Said(title="associate"), True),
        (Said(title="full"), True),
        (Said(manager=True), True),
        (Said(title="assistant"), False),
        (Said(backbone=True), False),
    ],
)
def test_a06_advanced_programmes_are_for_titles_and_managers(said, fits):
    assert (rules.unfit("advanced", said, year=2026, most_age=None) == []) is fits


@pytest.mark.parametrize(
    ("said", "most_age", "misses"),
    [
        (Said(backbone=True), None, []),
        (Said(title="full"), None, ["backbone"]),
        (Said(backbone=True, birth_year=1980), 45, ["age"]),
        (Said(backbone=True, birth_year=1981), 45, []),
        (Said(backbone=True), 45, ["age"]),
    ],
)
def test_a06_scarce_programmes_are_for_young_and_middle_aged_backbones(said, most_age, misses):
    assert rules.unfit("urgent", said, year=2026, most_age=most_age) == misses


def test_a06_exceptions_need_a_reason_of_both_sides(city):
    programme = city.enrolling()
    with pytest.raises(Invalid, match="主要对象"):
        city.applied(programme, Said(title="assistant"))
    found = city.applied(programme, Said(title="assistant"), exception="负责本厂系统集成，单位推荐")
    with pytest.raises(Invalid):
        enrolment.decide(city.teacher, found, Decision(True))
    enrolment.decide(city.teacher, found, Decision(True, reason="岗位确实需要"))
    assert queries.figures([programme])[programme.pk].exceptions == 1


def test_a06_the_title_is_checked_before_it_lets_somebody_in(city):
    programme = city.enrolling()
    with pytest.raises(Invalid):
        city.applied(programme, title_number="")
    found = city.applied(programme)
    with pytest.raises(Invalid, match="核对职称证书"):
        enrolment.decide(city.teacher, found, Decision(True))
    assert enrolment.decide(city.teacher, found, Decision(True, title_seen=True)).state == "admitted"


def test_a06_the_share_of_the_grassroots_is_shown(city, client):
    programme = city.enrolling()
    city.admitted(programme)
    city.admitted(programme, Said(title="full"))
    shown = queries.figures([programme])[programme.pk]
    assert (shown.admitted, shown.grassroots, shown.grassroots_percent) == (2, 1, 50)
    assert "50%" in client.get(f"/programmes/{programme.uuid}/").content.decode()


def test_a06_nobody_admits_themselves_and_only_the_host_admits(city):
    programme = city.enrolling()
    found = city.applied(programme)
    for user in (city.officer, city.proposer, city.assessor, UserFactory()):
        with pytest.raises(NotAllowed):
            enrolment.decide(user, found, Decision(True, title_seen=True))
    own = city.applied(programme, user=city.teacher)
    with pytest.raises(NotAllowed, match="自己"):
        enrolment.decide(city.teacher, own, Decision(True, title_seen=True))


def test_a06_no_more_are_admitted_than_there_are_seats(city):
    programme = city.enrolling(capacity=1)
    first, second = city.applied(programme), city.applied(programme)
    enrolment.decide(city.teacher, first, Decision(True, title_seen=True))
    with pytest.raises(Conflict, match="名额已满"):
        enrolment.decide(city.teacher, second, Decision(True, title_seen=True))
    second.refresh_from_db()
    assert (second.state, ClassPlace.objects.count()) == ("waiting", 1)
    enrolment.leave(first.person, programme)
    assert enrolment.decide(city.teacher, second, Decision(True, title_seen=True)).state == "admitted"


def test_a06_an_applicant_can_read_who_looked_at_their_application(city, client):
    programme = city.enrolling()
    found = city.applied(programme)
    client.force_login(city.teacher)
    assert client.get(reverse("programmes:host", args=[programme.uuid])).status_code == 200
    (look,) = explain_looks(looks_at(found.person))
    assert (look.action, look.body) == ("programme.view", city.college.name)
    assert programme.title in look.reason


def test_a06_who_applied_on_the_last_day_is_admitted_after_it(city, clock):
    programme = city.enrolling()
    clock.move_to("2026-03-19T23:00:00+08:00")
    found = city.applied(programme)
    clock.move_to("2026-03-20T08:00:00+08:00")
    with pytest.raises(Conflict, match="报名截止"):
        city.applied(programme)
    classes.move(city.teacher, programme.run, "close")
    assert enrolment.decide(city.teacher, found, Decision(True, title_seen=True)).state == "admitted"


# --- A07: who hosts --------------------------------------------------------------------------------------------------


def bodies(city):
    other = OrganisationFactory(name="青申精机", kind="enterprise")
    base = OrganisationFactory(name="申江大学", kind="college")
    candidates = (
        city.candidate(OrganisationFactory(name="小培训所", kind="provider"), "other"),
        city.candidate(other, "leading"),
        city.candidate(standing="city_base"),
        city.candidate(base, "national_base"),
    )
    return candidates, base, other


def test_a07_bases_come_first_and_the_reason_stands_there(city, client):
    candidates, base, _other = bodies(city)
    case = city.submitted(candidates=candidates)
    order = [row.standing for row in rules.ranked(candidates)]
    assert order == ["national_base", "city_base", "leading", "other"]
    client.force_login(city.proposer)
    said = client.get(f"/cases/{case.uuid}/").content.decode()
    assert said.index("1. 申江大学 · 国家级继续教育基地") < said.index("3. 青申精机 · 行业内龙头")
    city.by(city.officer, case, "approve")
    assert Programme.objects.get().host == base


def test_a07_another_than_the_first_needs_a_reason(city):
    candidates, _base, other = bodies(city)
    case = city.submitted(candidates=candidates)
    with pytest.raises(Invalid):
        programmes.choose_host(city.officer, case, other.code, "")
    with pytest.raises(Invalid, match="候选"):
        programmes.choose_host(city.officer, case, city.district.code, "想要")
    with pytest.raises(NotAllowed):
        programmes.choose_host(city.proposer, case, other.code, "想要")
    programmes.choose_host(city.officer, case, other.code, "设备条件只有这一家具备")
    city.by(city.officer, case, "approve")
    found = Programme.objects.get()
    assert (found.host, found.host_standing) == (other, "leading")


def test_a07_who_stood_first_when_chosen_needs_a_reason_once_another_does(city):
    candidates, base, _other = bodies(city)
    case = city.submitted(candidates=candidates[1:3])
    programmes.choose_host(city.officer, case, city.college.code, "")
    city.by(city.officer, case, "ask")
    cases.describe(city.proposer, case, dump(city.facts(candidates=candidates[1:])))
    city.by(city.proposer, case, "resubmit")
    with pytest.raises(Conflict, match="不排在第一"):
        city.by(city.officer, case, "approve")
    programmes.choose_host(city.officer, case, base.code, "")
    city.by(city.officer, case, "approve")
    assert Programme.objects.get().host == base


def test_a07_how_a_host_was_evaluated_stands_before_the_next_choice(city, clock):
    programme = city.enrolling()
    city.settled(clock, programme, city.admitted(programme))
    case = city.submitted(title="第二个选题")
    from lms.training.lifecycle.conduct import conduct_of

    assert any("平均 80 分" in text for text in conduct_of(case).warnings(case))


@pytest.mark.parametrize(
    "change",
    [{"standing": "best"}, {"ground": " "}, {"code": "nobody"}],
    ids=["standing", "ground", "unknown"],
)
def test_a07_a_candidate_is_registered_and_has_a_ground(city, change):
    row = vars(city.candidate()) | change
    with pytest.raises(Invalid):
        city.submitted(candidates=(Candidate(**row),))


# --- A08: series ----------------------------------------------------------------------------------------------------------


def test_a08_editions_of_a_series_are_compared_on_one_page(city, clock, client):
    first = city.enrolling(city.planned(series="系统集成研修"))
    results.give(city.settled(clock, first, city.admitted(first), city.admitted(first)))
    second = city.approved(title="系统集成第二期", series="系统集成研修")
    programmes.publish_plan(city.officer, city.call, "计划", "增补〔2026〕1 号")
    found = ClassSeries.objects.get()
    rows = queries.editions(found)
    assert [row["programme"] for row in rows] == [second, first]
    figures = rows[1]["figures"]
    assert (figures.admitted, figures.passed, figures.passed_percent) == (2, 2, 100)
    assert (figures.grassroots_percent, figures.centimarks, figures.per_head_fen) == (100, 8000, 1_400_000)
    said = client.get(f"/programmes/series/{found.uuid}/").content.decode()
    assert "14,000" in said
    assert "系统集成第二期" in said


# --- A09, A24: level and money ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "fund"),
    [("national", "city"), ("city", "city"), ("sector", "department"), ("district", "district")],
)
def test_a09_the_level_fixes_the_source_of_the_money(city, level, fund):
    assert city.submitted(level=level, fund=fund).state == "submitted"
    for other in {"city", "department", "district"} - {fund}:
        with pytest.raises(Invalid, match=r"沪人社专〔2022〕372号 四\(二\)") as refused:
            city.submitted(level=level, fund=other)
        assert refused.value.details["missing"] == ["fund_mismatch"]


# --- A15: the notice first -------------------------------------------------------------------------------------------------------------


def test_a15_enrolment_opens_only_after_the_notice(city):
    programme = city.bound()
    with pytest.raises(Conflict, match="通知"):
        classes.move(city.teacher, programme.run, "open")
    with pytest.raises(Conflict, match="通知还没有发布"):
        city.applied(programme)
    city.by(city.proposer, programme.case, "announce")
    assert board.announced(programme.subject, board.Kind.ENROLMENT) == date(2026, 3, 2)
    classes.move(city.teacher, programme.run, "open")
    assert city.applied(fresh(programme)).state == "waiting"


def test_a15_no_notice_before_the_year_plan_is_public_and_without_a_class(city):
    programme = city.approved()
    with pytest.raises(Conflict, match="年度项目计划还没有公布"):
        city.by(city.proposer, programme.case, "announce")
    programmes.publish_plan(city.officer, city.call, "计划", "申人社专〔2026〕9 号")
    with pytest.raises(Conflict, match="没有确定班次"):
        city.by(city.proposer, programme.case, "announce")


def test_a15_nobody_goes_round_the_programme_into_its_class(city):
    programme = city.enrolling()
    with pytest.raises(Conflict, match="项目页报名"):
        classes.join(UserFactory(), programme.run)
    refused = city.applied(programme)
    enrolment.decide(city.teacher, refused, Decision(False, reason="名额有限"))
    with pytest.raises(Conflict, match="项目页报名"):
        classes.join(refused.person, programme.run)
    assert not ClassPlace.objects.exists()


def test_a15_a_notice_that_was_withdrawn_closes_the_door(city):
    programme = city.enrolling()
    posting = Posting.objects.get(subject=programme.subject)
    board.withdraw(SYSTEM, posting, "时间写错")
    with pytest.raises(Conflict, match="通知还没有发布"):
        city.applied(programme)


def test_a15_a_notice_that_was_withdrawn_is_posted_anew_and_opens_the_door_from_then_on(city, clock):
    programme = city.enrolling()
    posting = Posting.objects.get(subject=programme.subject)
    board.withdraw(city.officer, posting, "时间写错")
    clock.shift(timedelta(days=1))
    again = board.post(
        city.officer,
        kind=board.Kind.ENROLMENT,
        title="招收学员通知",
        authority=city.authority,
        subject=posting.subject,
        replaces=posting,
        reason="时间已经改正",
        again=True,
    )
    assert board.announced(programme.subject, board.Kind.ENROLMENT) == again.first_day != posting.first_day
    assert city.applied(programme)


def test_a16_the_year_plan_and_its_hosts_are_public_and_dated(city, client):
    programme = city.planned()
    posting = Posting.objects.get(kind=board.Kind.PLAN)
    assert "青溪技师学院" in posting.body
    said = client.get(f"/programmes/plans/{programme.plan.uuid}/").content.decode()
    assert "青溪技师学院" in said
    assert "2026-03-02" in said
    with pytest.raises(Conflict, match="没有新批准"):
        programmes.publish_plan(city.officer, city.call, "计划", "再来一次")


def test_a05_a_later_approval_comes_in_the_next_version(city):
    city.planned()
    second = city.approved(title="第二个选题")
    programmes.publish_plan(city.officer, city.call, "计划", "增补〔2026〕1 号")
    plan = fresh(second).plan
    assert (plan.version, len(plan.lines)) == (2, 2)
    assert Posting.objects.filter(kind=board.Kind.PLAN, replaces__isnull=False).count() == 1


@pytest.mark.parametrize("withdrawn", [False, True], ids=["corrected", "withdrawn"])
def test_a16_the_next_version_is_published_though_the_notice_was_changed_by_hand(city, withdrawn):
    city.planned()
    posting = Posting.objects.get(kind=board.Kind.PLAN)
    if withdrawn:
        board.withdraw(city.officer, posting, "文号写错")
    else:
        board.post(
            city.officer,
            kind=board.Kind.PLAN,
            title="更正后的计划",
            authority=city.authority,
            subject=posting.subject,
            replaces=posting,
            reason="错字",
        )
    city.approved(title="第二个选题")
    plan = programmes.publish_plan(city.officer, city.call, "计划", "增补〔2026〕1 号")
    row = Posting.objects.get(key=f"programme-plan:{plan.uuid}")
    assert (row.replaces is None) == withdrawn
    assert board.standing_on(posting.subject, board.Kind.PLAN) == row


# --- the class ------------------------------------------------------------------------------------------------------------------


def test_a_class_of_a_programme_is_planned_by_its_host_and_no_bigger_than_approved(city):
    programme = city.planned()
    with pytest.raises(Invalid, match="批准的人数"):
        city.bound(programme, capacity=4)
    run = city.run(title="另一个班")
    with pytest.raises(NotAllowed):
        programmes.bind_run(city.officer, programme, run.uuid)
    classes.move(city.teacher, run, "open")
    with pytest.raises(Invalid, match="筹备"):
        programmes.bind_run(city.teacher, programme, run.uuid)
    stranger = OrganisationFactory(kind="college")
    with pytest.raises(NotAllowed):
        programmes.bind_run(member("teacher", stranger), programme, run.uuid)


def test_a_class_of_a_programme_gets_no_more_seats_later_either(city):
    programme = city.enrolling(capacity=2)
    assert classes.set_capacity(city.teacher, programme.run, 3).capacity == 3
    with pytest.raises(Conflict, match="批准的 3 人"):
        classes.set_capacity(city.teacher, programme.run, 300)
    assert fresh(programme).run.capacity == 3


# --- A20: hours once ---------------------------------------------------------------------------------------------------------------


def test_a20_who_passed_has_the_projects_hours_once_though_it_is_sent_twice(city, clock):
    ruled(centihours=5600)
    programme = city.enrolling()
    passed, absent = city.admitted(programme), city.admitted(programme)
    done = city.reported(clock, programme, passed)
    while deliver_pending():
        pass
    for _again in range(2):
        assert results.give(done) == results.Given(1, 0, 0)
    # What the course's own lessons give (3 hundredths) is theirs, and is not given again.
    row = HoursDeclaration.objects.get()
    assert (row.person, row.counted_centihours, row.state) == (passed.person, 3997, "accepted")
    assert posted_in_all(passed.person.uuid) == 3997
    assert granted(absent.person, done.case.number) is None
    assert ProgrammeResult.objects.count() == 1


def test_a20_the_rule_of_the_day_is_the_most(city, clock):
    ruled(centihours=1000)
    programme = city.enrolling()
    passed = city.admitted(programme)
    results.give(city.reported(clock, programme, passed))
    # With the 3 hundredths that the course's own lessons give it is what the rule allows, and no more.
    assert HoursDeclaration.objects.get().counted_centihours == 1000 - 3


def test_a20_without_a_rule_nothing_is_given_and_later_it_is(city, clock):
    programme = city.enrolling()
    passed = city.admitted(programme)
    done = city.reported(clock, programme, passed)
    assert results.give(done) == results.Given(1, 0, 1)
    assert not HoursDeclaration.objects.exists()
    ruled()
    assert results.give_again(city.teacher, done) == results.Given(1, 1, 0)
    assert results.give_again(city.officer, done) == results.Given(1, 0, 0)
    with pytest.raises(NotAllowed):
        results.give_again(UserFactory(), done)


def test_a20_a_late_sheet_is_given_later_and_nobody_twice(city, clock):
    ruled()
    programme = city.enrolling()
    early, late = city.admitted(programme), city.admitted(programme)
    done = city.reported(clock, programme, early)
    results.give(done)
    city.judged(late)
    assert results.give(done) == results.Given(2, 1, 0)
    assert HoursDeclaration.objects.count() == 2


def test_a20_a_class_of_a_programme_gives_no_hours_by_a_filing_beside(city):
    programme = city.bound()
    with pytest.raises(Conflict, match="按项目记入一次"):
        classes.note_filing(
            SYSTEM, programme.run, filed=True, reference="备案 1 号", authority=city.authority, centihours=800
        )


# --- A21: theory output -----------------------------------------------------------------------------------------------------------------


def in_class(city, clock):
    programme = city.enrolling()
    trainee = city.admitted(programme)
    return city.reported(clock, programme, trainee), trainee.person


def test_a21_theory_output_enters_the_credit_bank_with_project_dates_authors_reviewer_and_code(city, clock):
    set_right(
        SYSTEM,
        kind="theory_paper",
        allowed=True,
        valid_from=date(2026, 1, 1),
        source="测试",
        organisation=city.college,
    )
    done, person = in_class(city, clock)
    output = results.hand_in(person, done, NewOutput("产线联调方法", "学员甲"))
    results.review(city.assessor, output, passed=True)
    row = LearningOutcome.objects.get()
    assert (row.holder, row.kind, row.status, row.issuer) == (
        person,
        "theory_paper",
        "verified",
        city.college,
    )
    assert (row.starts_on, row.issued_on) == (date(2026, 3, 20), date(2026, 3, 21))
    assert row.details["project"] == f"智能制造系统集成（{done.case.number}）"
    assert (row.details["authors"], row.details["reviewer"]) == ("学员甲", "孙技")
    from creditbank.theory.services import verify_address

    code, _address = verify_address(row)
    assert verify.check(code)[1].status == "valid"


@pytest.mark.parametrize(
    ("right", "who", "said"),
    [
        (False, "assessor", "暂时不能代替论文"),
        (True, "teacher", "等待主办单位的考评员核验"),
        (True, "assessor", "可以按规定代替论文"),
    ],
)
def test_a21_the_reviewer_is_told_what_became_of_it(city, clock, client, right, who, said):
    if right:
        issuing = {"kind": "theory_paper", "allowed": True, "valid_from": date(2026, 1, 1), "source": "测试"}
        set_right(SYSTEM, **issuing, organisation=city.college)
    done, person = in_class(city, clock)
    output = results.hand_in(person, done, NewOutput("产线联调方法", "学员甲"))
    client.force_login(getattr(city, who))
    there = reverse("programmes:host", args=[done.uuid])
    answer = client.post(there, {"act": "output_pass", "row": str(output.uuid)}, follow=True)
    assert said in answer.content.decode()


def test_a21_the_same_output_is_there_once_and_authors_do_not_review(city, clock):
    done, person = in_class(city, clock)
    output = results.hand_in(person, done, NewOutput("产线联调方法", "学员甲、孙技"))
    with pytest.raises(Conflict, match="提交过"):
        results.hand_in(person, done, NewOutput("产线联调方法", "学员甲"))
    with pytest.raises(NotAllowed, match="自己"):
        results.review(city.assessor, output, passed=True)
    results.review(city.teacher, output, passed=True)
    with pytest.raises(Conflict):
        results.review(city.teacher, output, passed=False, reason="再想想")
    # Without the right to issue it waits in the credit bank as any outcome does.
    assert LearningOutcome.objects.get().status == "submitted"


@pytest.mark.parametrize(
    ("authors", "names", "is_one"),
    [
        ("学员甲、孙技", {"孙技"}, True),
        ("学员甲、孙技远", {"孙技"}, False),
        ("李 明 王芳", {"李明"}, False),
        ("李 明；王芳", {"李明"}, True),
        ("李明 王芳", {"王芳"}, True),
        ("Li Ming, WANG FANG", {"阿芳", "Wang Fang"}, True),
        ("学员甲", {""}, False),
    ],
)
def test_a21_an_author_is_one_whose_whole_name_stands_there(authors, names, is_one):
    assert is_author(authors, names) is is_one


def test_a21_who_is_called_otherwise_is_an_author_by_the_real_name(city, clock):
    done, person = in_class(city, clock)
    Identity.objects.create(
        user=city.teacher,
        kind="passport",
        country="CHN",
        legal_name="王文远",
        number="E00000001",
        number_hash="0" * 64,
        status="checked",
        checked_at=now(),
    )
    output = results.hand_in(person, done, NewOutput("产线联调方法", "学员甲、王文远"))
    with pytest.raises(NotAllowed, match="自己"):
        results.review(city.teacher, output, passed=True)


def test_a21_what_the_holder_registered_before_is_not_what_the_reviewer_verifies(city, clock):
    set_right(
        SYSTEM,
        kind="theory_paper",
        allowed=True,
        valid_from=date(2026, 1, 1),
        source="测试",
        organisation=city.college,
    )
    done, person = in_class(city, clock)
    deposit(
        person,
        Deposit(
            kind="theory_paper",
            title="产线联调方法",
            occupation_code="",
            level=None,
            issuer_name=city.college.name,
            number="",
            issued_on=date(2026, 3, 2),
            starts_on=date(2024, 1, 1),
            project=f"智能制造系统集成（{done.case.number}）",
            authors="学员甲一人",
            reviewer="院士某",
        ),
    )
    output = results.hand_in(person, done, NewOutput("产线联调方法", "学员甲、学员乙"))
    results.review(city.assessor, output, passed=True)
    row = LearningOutcome.objects.get()
    assert (row.status, row.details["authors"], row.details["reviewer"]) == (
        "verified",
        "学员甲、学员乙",
        "孙技",
    )
    assert (row.starts_on, row.issued_on) == (date(2026, 3, 20), date(2026, 3, 21))


def test_a21_output_of_the_days_before_the_class_can_be_passed(city):
    programme = city.enrolling()
    trainee = city.admitted(programme)
    city.by(city.proposer, programme.case, "begin")
    output = results.hand_in(trainee.person, programme, NewOutput("产线联调方法", "学员甲"))
    assert results.review(city.teacher, output, passed=True).state == "passed"


def test_a21_only_trainees_hand_in_and_only_while_it_runs(city, clock):
    programme = city.enrolling()
    trainee = city.admitted(programme)
    with pytest.raises(Conflict, match="开班以后"):
        results.hand_in(trainee.person, programme, NewOutput("早了", "学员甲"))
    city.by(city.proposer, programme.case, "begin")
    with pytest.raises(NotAllowed):
        results.hand_in(UserFactory(), programme, NewOutput("不是学员", "路人"))
    assert not TheoryOutput.objects.exists()


# --- A25: person-times ---------------------------------------------------------------------------------------------------------------


def test_a25_person_times_count_each_person_and_programme_once(city, clock):
    programme = city.enrolling()
    passed = [city.admitted(programme), city.admitted(programme)]
    done = city.reported(clock, programme, *passed)
    results.give(done)
    results.give(done)
    years = {row.year: row for row in queries.person_times()}
    assert (years[2026].programmes, years[2026].total) == (2, 2)
    assert rules.in_all(queries.person_times()) == 2
    assert queries.person_times(date(2026, 3, 20))[-1].total == 0


def test_a25_the_page_says_what_is_counted(city, client):
    said = client.get("/programmes/count/").content.decode()
    assert "350 万人次" in said
    assert "同一个人同一门课程只计一次" in said


# --- everything by role -----------------------------------------------------------------------------------------------------------------


def test_every_act_of_the_declaration_cites_its_document():
    assert all(PROCESS.cited(row).number == "沪人社专〔2022〕372号" for row in PROCESS.transitions)


def test_applications_are_refused_twice_and_may_come_again_after_leaving(city):
    programme = city.enrolling()
    found = city.applied(programme)
    with pytest.raises(Conflict, match="已经报名"):
        city.applied(programme, user=found.person)
    enrolment.leave(found.person, programme)
    assert city.applied(programme, user=found.person).pk == found.pk
    assert ProgrammeApplication.objects.count() == 1


def test_a_case_names_its_acts_person_role_and_body(city):
    act = last(city.approved().case)
    assert (act.person, act.role, act.body, act.reason) == (
        city.officer,
        "officer",
        city.authority,
        "符合条件",
    )
    assert Case.objects.get(process=CODE).rule.version == 1
    assert MIDDLE.grassroots
