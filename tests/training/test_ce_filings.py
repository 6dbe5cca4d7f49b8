"""A14: a base files its classes of the year; a class that is not filed, or began before, issues no hours, and the page says why."""

from datetime import date, datetime, timedelta

import pytest

from creditbank.api import posted_hours
from lms.learning.classes import filings as class_filings
from lms.learning.classes import hours, services
from lms.learning.classes.models import ClassFiling
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.services import deliver_pending
from lms.training.board.models import Posting
from lms.training.ce_bases import filings, queries, rules
from lms.training.ce_bases.models import BaseFiling, FiledRun
from lms.training.ce_bases.process import FILING_CODE
from lms.training.ce_bases.queries import filed
from lms.training.lifecycle import services as cases
from lms.training.papers.models import Paper
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.classes.classroom import Classroom
from tests.learning.classes.test_hours import explained
from tests.training.advanced import City
from tests.training.cases import SYSTEM, at
from tests.training.ce import FILING_VALUES, FIRST, LAST, Region, listed, office, only_class

pytestmark = pytest.mark.django_db


@pytest.fixture
def region(clock):
    found = Region(notice_days=None)
    found.base()
    return found


class Held:
    """A class of the base: two meetings on 10 and 11 March, somebody was there all the time."""

    def __init__(self, *, base: bool = True) -> None:
        self.room = Classroom(capacity=3)
        self.region = Region(notice_days=None, college=self.room.college)
        self.base = self.region.base() if base else None
        self.place = self.room.learner()
        rule = hours.NewClassRule(date(2026, 1, 1), 45, 0, None, "试用文件第 1 号（测试）")
        hours.publish_rule(self.region.officer, rule)

    def planned(self, **changes):
        days = {"first_day": "2026-03-10", "last_day": "2026-03-20", "people": 3}
        return self.region.planned(course=self.room.course.code, **days | changes)

    def bound(self, **changes) -> BaseFiling:
        filing = self.region.filed(self.planned(**changes))
        filings.hold_as(self.region.clerk, only_class(filing), self.room.run.uuid)
        return filing

    def over(self, clock) -> None:
        self.room.began()
        clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
        self.room.present(self.place)
        self.room.run = services.move(self.room.teacher, self.room.run, "end")
        while deliver_pending():
            pass

    def booked(self) -> int:
        return posted_hours(self.place.person.uuid)[self.room.release.kind]

    def why(self) -> str:
        return explained(self.place).explanation[0]


@pytest.fixture
def held(clock):
    return Held()


# --- hours ----------------------------------------------------------------------------------------------------


def test_a14_a_filed_class_issues_the_filed_hours(held, clock):
    held.bound()
    held.over(clock)
    assert held.booked() == 800
    row = ClassFiling.objects.get(run=held.room.run)
    assert row.centihours == 800
    assert row.authority == held.region.authority


def test_a14_an_unfiled_class_issues_none_and_says_why(held, clock):
    held.over(clock)
    assert held.booked() == 0
    assert "年度备案计划" in held.why()
    assert "四(三)" in held.why()
    form = class_filings.form(held.room.run)
    assert any("年度备案计划" in str(value) for _label, value in form.facts)


def test_a14_an_officer_cannot_file_it_past_the_plan(held, clock):
    with pytest.raises(Conflict) as refused:
        class_filings.file(
            held.region.officer,
            held.room.run,
            authority=held.region.authority.uuid,
            reference="另备〔2026〕1 号",
            centihours=800,
        )
    assert refused.value.code == "gate_shut"
    assert "四(三)" in str(refused.value.message)
    assert not ClassFiling.objects.exists()


def by_hand(held, centihours=800):
    return class_filings.file(
        held.region.officer,
        held.room.run,
        authority=held.region.authority.uuid,
        reference="另备〔2026〕2 号",
        centihours=centihours,
    )


def test_a14_an_officer_cannot_raise_the_hours_of_a_filed_class(held, clock):
    held.bound()
    with pytest.raises(Conflict) as refused:
        by_hand(held, 4000)
    assert refused.value.code == "gate_shut"
    assert ClassFiling.objects.get(run=held.room.run).centihours == 800
    held.over(clock)
    assert held.booked() == 800


def test_a14_a_base_that_left_gives_no_hours_by_its_plan(held, clock):
    held.bound()
    held.region.by(held.region.clerk, held.base.case, "resign", reason="不再承担")
    held.over(clock)
    assert held.booked() == 0


def test_a14_a_base_that_left_binds_no_class_and_an_authority_files_it_as_anybodys(held, clock):
    filing = held.region.filed(held.planned())
    held.region.by(held.region.clerk, held.base.case, "resign", reason="不再承担")
    with pytest.raises(Invalid) as refused:
        filings.hold_as(held.region.clerk, only_class(filing), held.room.run.uuid)
    assert "退出名录" in str(refused.value.message)
    by_hand(held, 600)
    held.over(clock)
    assert held.booked() == 600


def test_a14_a_class_filed_before_its_body_was_named_keeps_its_hours(clock):
    held = Held(base=False)
    by_hand(held, 600)
    held.region.base()
    with pytest.raises(Conflict):
        by_hand(held, 4000)
    held.over(clock)
    assert held.booked() == 600


def test_a14_a_plan_filed_after_the_class_began_does_not_count_for_it(held, clock):
    held.room.began()
    clock.move_to(at(date(2026, 3, 12)))
    filing = held.region.filed(held.planned())
    with pytest.raises(Invalid) as refused:
        filings.hold_as(held.region.clerk, only_class(filing), held.room.run.uuid)
    assert "以前已经开始" in str(refused.value.message)
    assert filed(held.region.college.pk, held.room.course.pk, date(2026, 3, 11)) is False
    assert filed(held.region.college.pk, held.room.course.pk, date(2026, 3, 12)) is True


def test_a14_a_plan_that_was_revoked_before_gives_none_afterwards(held, clock):
    filing = held.bound()
    assert filed(held.region.college.pk, held.room.course.pk, date(2026, 3, 10))
    held.region.by(held.region.officer, filing.case, "revoke", reason="材料不实")
    assert not filed(held.region.college.pk, held.room.course.pk, date(2026, 3, 10))
    held.over(clock)
    assert held.booked() == 0
    assert "撤销" in held.why()


def test_a14_a_class_that_began_under_the_plan_keeps_its_hours(held, clock):
    filing = held.bound()
    held.over(clock)
    held.region.by(held.region.officer, filing.case, "revoke", reason="以后不再办")
    while deliver_pending():
        pass
    assert held.booked() == 800


def test_a14_a_class_of_somebody_who_is_no_base_is_filed_as_before(clock):
    room = Classroom()
    region = Region(notice_days=None)
    row = class_filings.file(
        region.officer,
        room.run,
        authority=region.authority.uuid,
        reference="申人社备〔2026〕7 号",
        centihours=800,
    )
    assert row.filed


def test_a14_no_more_seats_than_were_filed(held):
    held.bound()
    with pytest.raises(Conflict) as refused:
        services.set_capacity(held.room.teacher, held.room.run, 4)
    assert "3 人备案" in str(refused.value.message)


# --- the plan -----------------------------------------------------------------------------------------------


def test_a14_file_send_back_accept_public(region, client):
    case = region.by(region.clerk, region.plan(), "submit")
    case = region.by(region.officer, case, "return", reason="教师没有写全")
    assert (case.state, case.waits) == ("returned", "applicant")
    region.by(region.clerk, case, "resubmit")
    region.by(region.officer, case, "accept")
    filing = BaseFiling.objects.get(case=case)
    assert (filing.version, filing.late) == (1, True)  # March; the tests' rule says February
    assert filing.filed_on == date(2026, 3, 2)
    body = client.get(f"/ce-bases/filings/{filing.uuid}/").content.decode()
    assert "产线联调研修班" in body
    assert "2026-03-20" in body
    posting = Posting.objects.get(subject=f"ce-filing:{filing.uuid}")
    assert "产线联调研修班 · 8 学时 · 30 人" in posting.body
    # The board never forgets, and is open data: a teacher's name stands on the plan's own page alone.
    assert "吴工" not in posting.body
    assert "吴工" in body
    assert Paper.objects.filter(case=case, kind="ce_filing").exists()


def test_a14_a_supplement_is_the_next_version_with_its_own_date(region, clock):
    first = region.filed()
    clock.move_to(at(date(2026, 3, 25)))
    second = region.filed(
        region.planned(title="工业机器人应用班", first_day="2026-04-10", last_day="2026-04-11")
    )
    assert (first.version, second.version, second.filed_on, second.late) == (1, 2, date(2026, 3, 25), False)
    assert filed(region.college.pk, None, date(2026, 4, 10))
    assert not filed(region.college.pk, None, date(2026, 4, 12))


def test_a14_everything_wrong_with_a_plan_is_said_at_once(region):
    wrong = region.planned(
        title=" ", centihours=0, people=0, first_day="2026-03-20", last_day="2026-03-01", fee_fen=-1
    )
    other = region.planned(first_day="2027-01-05", last_day="2027-01-06", teachers="", place="")
    case = region.plan(wrong, other, other)
    with pytest.raises(Invalid) as refused:
        region.by(region.clerk, case, "submit")
    found = set(refused.value.details["missing"])
    assert {"title", "hours", "people", "days", "fee", "other_year", "teachers", "place", "twice"} <= found


@pytest.mark.parametrize(("centihours", "wrong"), [(1600, False), (1601, True)])
def test_a14_no_more_hours_than_the_rule_sets_for_a_days_class(region, centihours, wrong):
    values = FILING_VALUES | {"day_hours": 8}
    cases.set_rule(
        SYSTEM,
        cases.NewRule(FILING_CODE, region.authority, date(2026, 1, 1), values, "备案办法第 1 号（测试）"),
    )
    two_days = region.planned(centihours=centihours, first_day="2026-04-10", last_day="2026-04-11")
    said = [lack.text for lack in filings.lacks(region.plan(two_days), today())]
    assert bool(said) is wrong
    assert not wrong or "每天 8 学时" in said[0]


def test_a14_without_such_a_rule_an_officer_judges_the_hours(region):
    long = region.planned(centihours=9_000, first_day="2026-04-10", last_day="2026-04-10")
    assert not filings.lacks(region.plan(long), today())


def test_a14_only_bases_file_and_only_their_own_courses(region, clock):
    firm = OrganisationFactory(kind="enterprise", name="青申精机")
    clerk = member("hr", firm)
    with pytest.raises(Conflict) as refused:
        cases.begin(clerk, FILING_CODE, firm, region.authority)
    assert "继续教育基地" in str(refused.value.message)
    case = region.plan(region.planned(course="not-ours"))
    with pytest.raises(Invalid) as unknown:
        region.by(region.clerk, case, "submit")
    assert "course" in unknown.value.details["missing"]


def test_a14_a_base_that_left_meanwhile_is_not_filed(region):
    case = region.by(region.clerk, region.plan(), "submit")
    base = queries.base_of(region.college.pk, date(2026, 3, 2))
    region.by(region.clerk, base.case, "resign", reason="不再承担")
    with pytest.raises(Conflict) as refused:
        region.by(region.officer, case, "accept")
    assert refused.value.code == "cannot_file"
    assert not BaseFiling.objects.exists()


@pytest.mark.parametrize("who", ["clerk", "teacher", "expert", "stranger"])
def test_a14_only_officers_accept(region, who):
    people = {
        "clerk": region.clerk,
        "teacher": region.teacher,
        "expert": region.experts[0],
        "stranger": UserFactory(),
    }
    case = region.by(region.clerk, region.plan(), "submit")
    with pytest.raises(NotAllowed):
        region.by(people[who], case, "accept")
    assert not BaseFiling.objects.exists()


# --- the run of a filed class ----------------------------------------------------------------------------------


def test_a14_a_run_must_be_what_was_filed(region):
    course, other = region.course(), region.course()
    filing = region.filed(region.planned(course=course.code, people=20))
    row = only_class(filing)
    for run in (
        region.run(other, capacity=20),
        region.run(course, capacity=21),
        region.run(course, FIRST, LAST + timedelta(days=1), capacity=20),
    ):
        with pytest.raises(Invalid):
            filings.hold_as(region.clerk, row, run.uuid)
    assert not FiledRun.objects.exists()
    good = region.run(course, capacity=20)
    with pytest.raises(NotAllowed):
        filings.hold_as(region.officer, row, good.uuid)
    filings.hold_as(region.clerk, row, good.uuid)
    with pytest.raises(Conflict):
        filings.hold_as(region.clerk, row, region.run(course, capacity=20).uuid)
    elsewhere = Classroom()
    with pytest.raises(Invalid):
        filings.hold_as(region.clerk, row, elsewhere.run.uuid)


def test_a14_their_people_do_it_on_their_page(region, client):
    course = region.course()
    filing = region.filed(region.planned(course=course.code))
    run, row = region.run(course), only_class(filing)
    base = filing.base
    address = f"/ce-bases/{base.uuid}/manage/"
    client.force_login(region.teacher)
    assert client.get(address).status_code == 404
    client.force_login(region.clerk)
    assert run.title in client.get(address).content.decode()
    bad = client.post(address, {"act": "hold", "row": str(row.uuid), "run": "nonsense"})
    assert bad.status_code == 422
    assert (
        client.post(address, {"act": "hold", "row": str(row.uuid), "run": str(run.uuid)}).status_code == 302
    )
    assert FiledRun.objects.get().run == run


def test_a14_the_officers_page_names_bases_without_a_plan(region, client):
    office(client, region.officer)
    page = "/admin/training/ce-bases/"
    assert "2026 年度还没有备案的基地" in client.get(page).content.decode()
    region.filed()
    assert "2026 年度还没有备案的基地" not in client.get(page).content.decode()


def test_a14_the_form_keeps_a_plan_line_by_line(region, client):
    case = cases.begin(region.clerk, FILING_CODE, region.college, region.authority)
    client.force_login(region.clerk)
    values = {
        "year": "2026",
        "note": "",
        "classes-TOTAL_FORMS": "2",
        "classes-INITIAL_FORMS": "0",
        "classes-0-title": "产线联调研修班",
        "classes-0-centihours": "8.5",
        "classes-0-people": "30",
        "classes-0-first_day": "2026-03-20",
        "classes-0-last_day": "2026-03-21",
        "classes-0-fee_fen": "1200.50",
        "classes-0-teachers": "吴工",
        "classes-0-place": "3 号楼",
        "press": "save",
    }
    address = f"/cases/{case.uuid}/facts/"
    assert client.post(address, values).status_code == 302
    case.refresh_from_db()
    (row,) = rules.load_plan(case.facts).classes
    assert (row.centihours, row.fee_fen, row.people) == (850, 120_050, 30)
    assert client.get(address).status_code == 200


def test_a14_what_a_base_hosts_beside_its_classes_needs_no_filing(clock):
    """docs/decisions/filing-gates.md: a programme rests on the published plan of programmes, an online course on its own rules."""
    city = City()
    programme = city.bound(city.planned())
    base = listed(city.authority, city.college)
    gate = filings.FilingGate()
    assert base.body_id == programme.run.provider_id
    assert gate.hours(programme.run) == ""
    other = city.run(title="基地自己的班次")
    assert "备案" in gate.hours(other)
    assert FiledRun.objects.count() == 0
