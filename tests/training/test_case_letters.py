"""A26 and the issue's first point: who is next hears of it, and by when; bodies, superiors, colleagues, objectors and bidders by letter, whoever
did it themselves by none; rules that give less than their document; what a day that was waited for brings."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.services import deliver_pending
from lms.training.bases.process import CODE
from lms.training.lifecycle import queries, services
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.programmes import enrolment, results, rules
from lms.training.programmes.enrolment import Application, Decision
from lms.training.tenders.models import TenderBid
from tests.factories.accounts import UserFactory
from tests.training.advanced import GOOD, City
from tests.training.advanced import fresh as fresh_programme
from tests.training.cases import SYSTEM, VALUES, after, at
from tests.training.tendering import Market, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(mailoutbox):
    """What came since the last time it was asked: address → [(subject, text)]."""

    def fetch():
        while deliver_pending():
            pass
        found = {}
        for mail in mailoutbox:
            found.setdefault(mail.to[0], []).append((mail.subject, mail.body))
        mailoutbox.clear()
        return found

    return fetch


# --- who hears --------------------------------------------------------------------------------------------------


def test_a35_the_body_hears_what_is_missing_and_by_when(bureau, letters):
    case = bureau.filed()
    # Nobody has it in hand yet: it stands in the list of all officers.
    assert letters() == {}
    bureau.by(bureau.officer, case, "ask", reason="请补充场地租赁合同")
    [(subject, text)] = letters()[bureau.clerk.email]
    assert subject.startswith("待补正")
    assert case.number in text
    assert "请补充场地租赁合同" in text
    assert case.due_on.isoformat() in text
    assert "逾期未补正，关闭" in text
    assert reverse("cases:case", args=[case.uuid]) in text
    bureau.by(bureau.clerk, case, "resubmit")
    found = letters()
    # Now the officer who asked is next, and whoever brought it hears nothing of themselves.
    assert set(found) == {bureau.officer.email}
    assert "等你办理" in found[bureau.officer.email][0][0]


def test_a35_who_has_to_bring_something_is_reminded_once(bureau, letters, clock):
    case = bureau.by(bureau.officer, bureau.filed(), "ask")
    letters()
    clock.move_to(at(case.due_on - timedelta(days=2)))
    services.tend()
    [(subject, text)] = letters()[bureau.clerk.email]
    assert case.due_on.isoformat() in subject
    assert "补正后提交" in text
    services.tend()
    clock.move_to(at(case.due_on))
    services.tend()
    assert letters() == {}
    after(clock, case.due_on)
    services.tend()
    assert letters()[bureau.clerk.email][0][0].startswith("逾期未补正")


def test_a26_the_superior_hears_of_what_is_late(bureau, letters, clock):
    case = bureau.by(bureau.officer, bureau.filed(), "accept")
    letters()
    after(clock, case.due_on)
    services.tend()
    found = letters()
    assert set(found) == {bureau.chief.email}
    assert "逾期没有办理" in found[bureau.chief.email][0][0]


def test_a35_objections_reach_the_officer_and_answers_the_objector(bureau, letters):
    case = bureau.announced()
    letters()
    person = UserFactory()
    row = services.object_to(person, case.notices.get(), "设备是借来的。")
    found = letters()
    assert set(found) == {bureau.officer.email}
    assert "设备是借来的" not in str(found)
    assert str(person) not in str(found)
    services.answer(bureau.officer, row, upheld=False, text="已到现场核对，设备为自有。")
    [(subject, text)] = letters()[person.email]
    assert "异议有答复了" in subject
    assert "已到现场核对" in text


def test_a26_a_colleague_hears_that_a_case_is_handed_over(bureau, letters):
    case = bureau.by(bureau.officer, bureau.filed(), "accept")
    letters()
    services.delegate(bureau.officer, case, bureau.second, today(), today() + timedelta(days=3), "外出")
    [(subject, text)] = letters()[bureau.second.email]
    assert "请你代为办理" in subject
    assert "外出" in text


def test_nobody_hears_of_what_is_entered_of_the_past_or_has_moved_on(bureau, letters, clock):
    began = at(date(2026, 2, 2))
    case = services.replay_begin(SYSTEM, bureau.clerk, CODE, bureau.firm, bureau.authority, began)
    services.replay(SYSTEM, bureau.clerk, case, "withdraw", Said("补录"), began)
    other = bureau.by(bureau.officer, bureau.filed(), "ask")
    # Delivered only after it was brought: what it asked for is not true any more.
    bureau.by(bureau.clerk, other, "resubmit")
    assert set(letters()) == {bureau.officer.email}


# --- bids --------------------------------------------------------------------------------------------------------


def test_a12_bidders_hear_that_they_must_bring_their_key(clock, letters):
    market = Market()
    tender = market.published()
    bid = market.bid(market.part(tender), market.one, market.one_hr, 48_000_000)
    case = Case.objects.get(pk=TenderBid.objects.get(pk=bid.pk).case_id)
    found = queries.next_step(case, today())
    assert (found.who, found.due_on) == (market.one.name, tender.opens_until)
    assert "用密钥开标" in found.acts
    assert "撤回投标" not in found.acts
    letters()
    market.closed(clock, tender)
    [(_subject, text)] = letters()[market.one_hr.email]
    assert "用投标时保存的密钥开启" in text
    assert tender.opens_until.isoformat() in text


def test_a12_a_cancelled_package_ends_its_bids_and_says_why(clock, letters, client):
    market = Market()
    tender = market.published()
    part = market.part(tender)
    bid = market.bid(part, market.one, market.one_hr, 48_000_000)
    letters()
    market.by(market.officer, tender.case, "cancel", reason="需求有变，另行发布。")
    case = Case.objects.get(tender_bid__pk=bid.pk)
    # It is no withdrawal of theirs.
    assert (case.state, case.acts.last().person) == ("moot", None)
    told = letters()
    assert len(told[market.one_hr.email]) == 1
    assert "需求有变" in told[market.one_hr.email][0][1]
    assert "不算撤回" in told[market.one_hr.email][0][1]
    assert (
        "需求有变，另行发布。" in client.get(reverse("tenders:tender", args=[tender.uuid])).content.decode()
    )
    clock.move_to(at(tender.opens_until + timedelta(days=30)))
    services.tend()
    case.refresh_from_db()
    assert case.state == "moot"


def test_a12_opened_bids_have_a_day_by_which_they_go_on(clock, letters):
    market = Market(decide_days=3)
    tender = market.opened(clock, market.closed(clock, _with_bid(market)))
    clock.move_to(at(tender.opens_until + timedelta(days=1)))
    services.tend()
    case = fresh(tender).case
    assert case.waits == "authority"
    assert case.due_on > tender.opens_until
    clock.move_to(at(case.due_on + timedelta(days=1)))
    services.tend()
    case.refresh_from_db()
    assert case.escalated_on is not None
    assert queries.next_step(case, today()).late
    assert "逾期没有办理" in letters()[market.chief.email][-1][0]


def _with_bid(market):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr, 48_000_000)
    return tender


# --- days after a day ------------------------------------------------------------------------------------------------


def test_a35_after_the_notice_the_decision_has_its_day(clock, letters):
    from tests.training.cases import Bureau

    bureau = Bureau(decide_days=5)
    case = bureau.announced()
    letters()
    after(clock, case.due_on)
    services.tend()
    over = case.notices.get().last_day
    case.refresh_from_db()
    assert (case.state, case.waits) == ("notice", "authority")
    assert case.due_on > over + timedelta(days=4)
    assert "可以办理了" in letters()[bureau.officer.email][0][0]
    assert not queries.next_step(case, today()).late
    after(clock, case.due_on)
    services.tend()
    case.refresh_from_db()
    assert case.escalated_on is not None
    assert queries.late_count(case.declared, bureau.authority) == 1
    # It is still theirs to decide; and the superior's.
    assert bureau.by(bureau.officer, case, "name").state == "named"


def test_a35_looked_at_weeks_later_it_is_late_at_once_and_twice_changes_nothing(clock):
    from tests.training.cases import Bureau

    bureau = Bureau(decide_days=2)
    case = bureau.announced()
    clock.move_to(at(case.due_on + timedelta(days=60)))
    assert services.tend()["escalated"] == 1
    assert services.tend() == {"closed": 0, "ended": 0, "escalated": 0}


# --- rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "since", "field"),
    [
        ({"notice_days": 3}, date(2026, 5, 1), "notice_days"),
        ({"recheck_months": 18}, date(2026, 5, 1), "recheck_months"),
        ({"count_least": 12}, date(2026, 5, 1), "count_least"),
        ({}, date(2023, 6, 13), "valid_from"),
    ],
)
def test_a88_a_rule_does_not_give_less_than_its_document(bureau, values, since, field):
    rule = NewRule(CODE, bureau.authority, since, VALUES | values, "青人社〔2023〕17号")
    with pytest.raises(Invalid) as found:
        services.set_rule(SYSTEM, rule)
    assert found.value.details["field"] == field


def test_a88_another_document_may_and_stricter_is_free(bureau):
    other = NewRule(
        CODE, bureau.authority, date(2026, 5, 1), VALUES | {"notice_days": 3}, "青人社〔2026〕9号"
    )
    assert services.set_rule(SYSTEM, other).values["notice_days"] == 3
    longer = NewRule(CODE, bureau.authority, date(2026, 6, 1), VALUES | {"notice_days": 10}, "局务会决定")
    assert services.set_rule(SYSTEM, longer).values["notice_days"] == 10


# --- programmes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [rules.Said(manager=True), rules.Said(title=rules.Title.MIDDLE)])
def test_a06_what_lets_somebody_in_is_seen_first(clock, said, letters):
    city = City()
    programme = city.enrolling()
    person = UserFactory()
    application = enrolment.apply(person, programme, Application(said, title_number="G2020-1"))
    with pytest.raises(Invalid) as found:
        enrolment.decide(city.teacher, application, Decision(True))
    assert found.value.details["field"] == "title_seen"
    letters()
    assert enrolment.decide(city.teacher, application, Decision(True, title_seen=True)).title_seen
    [(subject, text)] = letters()[person.email]
    assert subject.startswith("已录取")
    assert programme.title in text


def test_a06_who_is_not_admitted_hears_why(clock, letters):
    city = City()
    programme = city.enrolling()
    application = city.applied(programme)
    letters()
    enrolment.decide(city.teacher, application, Decision(False, reason="与工作方向无关"))
    assert "与工作方向无关" in letters()[application.person.email][0][1]


def test_a05_an_administrator_of_the_platform_admits_nobody_in_the_hosts_name(clock):
    city = City()
    application = city.applied(city.enrolling())
    root = UserFactory(is_superuser=True)
    with pytest.raises(NotAllowed) as found:
        enrolment.decide(root, application, Decision(True, title_seen=True))
    assert found.value.code == "not_of_the_body"


def test_a05_one_summary_is_marked_once(clock):
    city = City()
    programme = city.enrolling()
    done = city.reported(clock, programme, city.admitted(programme))
    results.evaluate(city.officer, done, dict.fromkeys(GOOD, 10), "没有解决问题")
    with pytest.raises(Conflict) as found:
        results.evaluate(city.officer, fresh_programme(done), GOOD, "再看看")
    assert found.value.code == "evaluated_already"
    assert done.evaluations.count() == 1
