"""The one lifecycle mechanism, on the process that is there: who may act, in which order, once; what is refused leaves no trace."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.api import suspend_organisation
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from lms.lib.outbox.models import OutboxEvent
from lms.lib.svg import check
from lms.training.bases.process import PROCESS
from lms.training.lifecycle import diagram, handbook, queries, services
from lms.training.lifecycle.declaration import Side, Source, State, Transition, Unit, Waits, faults, processes
from lms.training.lifecycle.models import Act, Case, Evidence
from lms.training.lifecycle.paging import key_page
from lms.training.lifecycle.rules import add_months
from lms.training.lifecycle.services import Said
from tests.accounts.rosters import Firm
from tests.factories.accounts import MembershipFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.cases import CONDITIONS, Bureau, after, at, last, pdf, ruled

database = pytest.mark.django_db


# --- declarations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("process", processes(), ids=lambda process: process.code)
def test_a_declaration_is_whole(process):
    assert list(faults(process)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"start": "named"}, "start"),
        ({"states": (*PROCESS.states, State("nowhere", "x", Waits.AUTHORITY))}, "never reached"),
        ({"transitions": PROCESS.transitions[1:]}, "one transition submits"),
        (
            {
                "transitions": (
                    *PROCESS.transitions,
                    Transition("back", "x", ("removed",), "named", "authority", ("officer",)),
                )
            },
            "is final and is left",
        ),
        (
            {"transitions": (*PROCESS.transitions, Transition("x", "x", ("named",), "no", "authority"))},
            "no state no",
        ),
        ({"evidence": ()}, "unknown evidence"),
        ({"settings": ()}, "unknown setting"),
    ],
)
def test_one_that_contradicts_itself_is_refused(change, said):
    wrong = replace(PROCESS, **change)
    assert any(said in fault for fault in faults(wrong))


@pytest.mark.parametrize("process", processes(), ids=lambda process: process.code)
def test_a35_deadlines_are_in_the_days_that_their_settings_say(process):
    """A6: what is called 工作日 is reckoned in working days, what is called 月 in months; and no setting is of no act."""
    units = {"工作日": Unit.WORKING_DAYS, "月": Unit.MONTHS}
    began = {row.starts.setting: row.starts.unit for row in process.transitions if row.starts}
    began |= {row.publishes: Unit.WORKING_DAYS for row in process.transitions if row.publishes}
    began |= {row.after.setting: row.after.unit for row in process.states if row.after}
    for name, unit in began.items():
        label = str(process.setting(name).label)
        assert [units[word] for word in units if f"（{word}）" in label.replace("；", "）")] == [unit], label
    named = {row.name for row in process.settings if row.name.endswith("_days")}
    # What a room itself reckons with: how long bids are taken at least.
    assert named - began.keys() <= {"least_bid_days"}


def test_it_cites_the_place_in_the_document():
    assert PROCESS.cited(PROCESS.transition("name")) == Source("青人社〔2023〕17 号", "四(三)")


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(1, 36))
def test_months_are_added_to_the_same_day_or_the_months_last(day, months):
    then = add_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then.day < day.day and add_months(then, 0).month == then.month)
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)


# --- who ----------------------------------------------------------------------------------------------------------


def traces():
    return (
        Act.objects.count(),
        AuditRow.objects.count(),
        OutboxEvent.objects.count(),
        Evidence.objects.count(),
    )


def refused(kind, user, case, name, reason="理由"):
    """The refusal of an act, which wrote nothing."""
    before, was = traces(), Case.objects.filter(pk=case.pk).values().get()
    with pytest.raises(kind) as found:
        services.act(user, case, name, Said(reason))
    assert traces() == before
    assert Case.objects.filter(pk=case.pk).values().get() == was
    return found.value


@database
class TestWho:
    def test_strangers_and_those_without_the_role(self, bureau):
        case = bureau.filed()
        others = [
            UserFactory(),
            member("officer"),
            member("teacher", bureau.firm),
            UserFactory(is_superuser=True),
        ]
        for user in others:
            assert refused(NotAllowed, user, case, "accept").code in ("not_a_party", "own_case")
        auditor = member("auditor", bureau.authority)
        assert refused(NotAllowed, auditor, case, "accept").code == "role_missing"
        assert refused(NotAllowed, bureau.officer, case, "withdraw").code == "not_a_party"
        assert refused(NotAllowed, bureau.clerk, case, "lapse").code == "not_a_party"
        assert refused(Invalid, bureau.officer, case, "no-such").code == "unknown_act"

    def test_nobody_acts_on_a_case_of_a_body_they_belong_to(self, bureau):
        case = bureau.filed()
        MembershipFactory(user=bureau.officer, organisation=bureau.firm, role="teacher")
        said = refused(NotAllowed, bureau.officer, case, "accept")
        assert said.code == "own_case"
        assert "任何人不得办理自己的事项" in str(said.message)
        # Who filed it stays out of it, also after leaving the firm.
        clerk = member("officer", bureau.authority)
        Case.objects.filter(pk=case.pk).update(applicant=clerk)
        assert refused(NotAllowed, clerk, case, "accept").code == "own_case"

    def test_a_body_stays_ones_own_while_it_is_suspended(self, bureau):
        case = bureau.filed()
        MembershipFactory(user=bureau.officer, organisation=bureau.firm, role="teacher")
        # Which any officer may do.
        suspend_organisation(bureau.firm, bureau.officer, "停业整顿")
        assert refused(NotAllowed, bureau.officer, case, "accept").code == "own_case"
        with pytest.raises(NotAllowed):
            queries.case_for(bureau.officer, case.uuid)
        with pytest.raises(NotFound):
            queries.evidence_for(bureau.officer, case.evidence.first().uuid)
        assert bureau.by(bureau.second, case, "accept").handler == bureau.second

    def test_a_body_that_they_work_for_is_their_own_too(self, bureau):
        firm, clerk = Firm(), UserFactory()
        case = bureau.filed(body=firm.organisation, clerk=firm.hr)
        assert bureau.second in queries.colleagues(case, bureau.officer)
        firm.employ(bureau.second, clerk)
        assert refused(NotAllowed, bureau.second, case, "accept").code == "own_case"
        assert bureau.second not in queries.colleagues(case, bureau.officer)
        case = bureau.by(bureau.officer, case, "accept", "pass")
        # Whoever only works there may know what is not true, and objects.
        assert services.object_to(clerk, case.notices.get(), "设备是借来的").pk

    def test_a_role_that_has_ended_is_none(self, bureau, clock):
        case = bureau.filed()
        bureau.officer.memberships.update(until=date(2026, 3, 1))
        assert refused(NotAllowed, bureau.officer, case, "accept").code == "not_a_party"

    def test_another_officer_takes_no_case_out_of_a_colleagues_hands(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        said = refused(Conflict, bureau.second, case, "refuse")
        assert (said.code, said.status) == ("other_handler", 409)
        assert "郑明" in str(said.message)
        # Where they have left the authority, anybody of it goes on.
        bureau.officer.memberships.update(until=date(2026, 3, 1))
        assert bureau.by(bureau.second, case, "refuse").handler == bureau.second

    def test_an_appeal_is_heard_by_somebody_else(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept", "refuse")
        case = bureau.by(bureau.clerk, case, "appeal", reason="材料是齐的")
        assert refused(NotAllowed, bureau.officer, case, "uphold").code == "took_part"
        case = bureau.by(bureau.second, case, "overturn", reason="重新看")
        assert (case.state, case.handler) == ("review", bureau.second)

    def test_an_appeal_comes_in_time_or_not_at_all(self, bureau, clock):
        case = bureau.by(bureau.officer, bureau.filed(), "accept", "refuse")
        after(clock, case.due_on)
        assert refused(Conflict, bureau.clerk, case, "appeal").code == "late"
        assert services.tend()["closed"] == 1
        case.refresh_from_db()
        assert case.state == "closed"


@database
class TestOrder:
    def test_whoever_comes_second_is_told_who_was_first(self, bureau):
        seen = bureau.filed()
        stale = Case.objects.get(pk=seen.pk)
        bureau.by(bureau.officer, seen, "accept")
        said = refused(Conflict, bureau.second, stale, "accept")
        assert (said.status, said.code) == (409, "moved_on")
        assert "已由郑明于 2026-03-02 办理“受理”" in str(said.message)

    def test_an_act_on_what_one_has_not_seen_is_refused(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        stale = Case.objects.get(pk=case.pk)
        bureau.by(bureau.officer, case, "hear")
        assert refused(Conflict, bureau.officer, stale, "pass").code == "moved_on"

    def test_the_applicant_is_not_told_which_officer_it_was(self, bureau):
        case = bureau.filed()
        stale = Case.objects.get(pk=case.pk)
        bureau.by(bureau.officer, case, "accept", "refuse")
        said = str(refused(Conflict, bureau.clerk, stale, "withdraw").message)
        assert bureau.authority.name in said
        assert "郑明" not in said

    def test_a_reason_where_one_is_asked_for(self, bureau):
        case = bureau.filed()
        said = refused(Invalid, bureau.officer, case, "ask", reason="  ")
        assert (said.code, said.details) == ("reason_missing", {"field": "reason"})
        assert refused(Invalid, bureau.officer, case, "ask", reason="字" * 1001).code == "reason_too_long"

    def test_every_act_has_person_role_body_time_and_reason(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "ask", reason="缺平面图")
        entry = last(case)
        assert (entry.person, entry.role, entry.body, entry.reason) == (
            bureau.officer,
            "officer",
            bureau.authority,
            "缺平面图",
        )
        row = AuditRow.objects.filter(action="case.ask").get()
        assert (row.person, row.role, row.body) == (bureau.officer.uuid, "officer", bureau.authority.code)
        assert (row.target, row.reason) == (case.uuid, "缺平面图")
        assert OutboxEvent.objects.filter(kind="case.moved", key__endswith=f":{case.revision}").exists()
        with pytest.raises(AppendOnlyError):
            case.acts.update(reason="别的")

    def test_a_calendar_that_is_not_there_stops_the_deadline_too(self, bureau, clock):
        case = bureau.filed()
        clock.move_to(at(date(2026, 12, 28)))
        assert refused(Conflict, bureau.officer, case, "accept").code == "no_calendar"


@database
class TestEvidence:
    def test_what_an_act_has_looked_at_stays(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "ask")
        row = case.evidence.first()
        with pytest.raises(Conflict, match="不能撤下"):
            services.detach(bureau.clerk, case, row.uuid)
        [added] = services.attach(bureau.clerk, case, row.kind, [pdf("补充.pdf")])
        services.detach(bureau.clerk, case, added.uuid)
        assert case.evidence.count() == len(CONDITIONS)

    def test_only_while_it_is_the_applicants(self, bureau):
        case = bureau.filed()
        with pytest.raises(Conflict):
            services.attach(bureau.clerk, case, "site", [pdf()])
        with pytest.raises(Conflict):
            services.describe(bureau.clerk, case, {})

    @pytest.mark.parametrize("kind", ["expert_opinion", "no-such"])
    def test_only_kinds_that_the_applicant_hands_in(self, bureau, kind):
        with pytest.raises(Invalid):
            services.attach(bureau.clerk, bureau.draft(), kind, [pdf()])

    def test_who_reads_a_file(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept", "hear")
        own = case.evidence.get(kind="site")
        expert = case.evidence.get(kind="expert_opinion")
        for user, row in ((bureau.clerk, own), (bureau.officer, own), (bureau.officer, expert)):
            assert queries.evidence_for(user, row.uuid) == row
        assert AuditRow.objects.filter(action="case.view_file").count() == 2
        MembershipFactory(user=bureau.second, organisation=bureau.firm, role="teacher")
        for user, row in (
            (bureau.clerk, expert),
            (bureau.second, expert),
            (bureau.second, own),
            (UserFactory(), own),
            (member("officer"), own),
            (member("teacher", bureau.firm), own),
        ):
            with pytest.raises(NotFound):
                queries.evidence_for(user, row.uuid)

    def test_a_draft_is_nobody_elses(self, bureau):
        case = bureau.complete()
        with pytest.raises(NotFound):
            queries.case_for(bureau.officer, case.uuid)
        with pytest.raises(NotFound):
            queries.evidence_for(bureau.officer, case.evidence.first().uuid)


# --- delegation and escalation ---------------------------------------------------------------------------------------


@database
class TestHands:
    def test_handed_to_a_colleague_for_these_days(self, bureau, clock):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        services.delegate(bureau.officer, case, bureau.second, date(2026, 3, 3), date(2026, 3, 4), "外出开会")
        case.refresh_from_db()
        assert refused(Conflict, bureau.second, case, "hear").code == "other_handler"
        clock.move_to(at(date(2026, 3, 4)))
        assert bureau.by(bureau.second, case, "hear").handler == bureau.officer
        clock.move_to(at(date(2026, 3, 5)))
        assert refused(Conflict, bureau.second, case, "pass").code == "other_handler"

    @pytest.mark.parametrize(
        ("first", "last_day"),
        [
            (date(2026, 3, 1), date(2026, 3, 4)),
            (date(2026, 3, 4), date(2026, 3, 3)),
            (date(2026, 3, 3), date(2026, 8, 1)),
        ],
    )
    def test_days_that_cannot_be(self, bureau, first, last_day):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        with pytest.raises(Invalid):
            services.delegate(bureau.officer, case, bureau.second, first, last_day, "外出")

    def test_only_to_officers_of_the_same_body_and_only_by_whoever_has_it(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        days = (date(2026, 3, 3), date(2026, 3, 4), "外出")
        kin = member("officer", bureau.authority)
        MembershipFactory(user=kin, organisation=bureau.firm, role="hr")
        for to in (UserFactory(), member("officer"), kin, bureau.officer):
            with pytest.raises(Invalid):
                services.delegate(bureau.officer, case, to, *days)
        with pytest.raises(NotAllowed):
            services.delegate(bureau.second, case, bureau.second, *days)
        with pytest.raises(NotAllowed):
            services.delegate(bureau.clerk, case, bureau.second, *days)
        assert services.delegate(bureau.chief, case, bureau.second, *days).pk
        assert bureau.second in queries.colleagues(case, bureau.officer)
        assert kin not in queries.colleagues(case, bureau.officer)

    def test_who_has_it_for_some_days_does_not_hand_it_on(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        third = member("officer", bureau.authority)
        services.delegate(bureau.officer, case, bureau.second, date(2026, 3, 2), date(2026, 3, 2), "外出")
        before = traces()
        for to in (third, bureau.officer):
            with pytest.raises(NotAllowed, match="郑明经办"):
                services.delegate(bureau.second, case, to, date(2026, 3, 2), date(2026, 5, 2), "我也外出")
        assert traces() == before

    def test_what_a_handler_handed_over_ends_with_the_case_in_other_hands(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        third = member("officer", bureau.authority)
        days = (date(2026, 3, 2), date(2026, 5, 2), "外出")
        services.delegate(bureau.officer, case, third, *days)
        case = bureau.by(bureau.officer, case, "refuse")
        case = bureau.by(bureau.clerk, case, "appeal")
        case = bureau.by(bureau.second, case, "overturn")
        assert refused(Conflict, third, case, "refuse").code == "other_handler"
        # What the superior hands over holds whoever has it in hand.
        services.delegate(bureau.chief, case, third, *days)
        assert bureau.by(third, case, "hear").handler == bureau.second

    def test_whoever_hands_over_what_nobody_had_has_it(self, bureau):
        case = bureau.filed()
        services.delegate(bureau.officer, case, bureau.second, date(2026, 3, 2), date(2026, 3, 3), "外出")
        case.refresh_from_db()
        assert case.handler == bureau.officer
        assert bureau.by(bureau.second, case, "accept").handler == bureau.officer

    def test_what_is_overdue_goes_to_the_superior_who_may_act(self, bureau, clock):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        assert refused(NotAllowed, bureau.chief, case, "refuse").code == "role_missing"
        after(clock, case.due_on)
        assert services.tend() == {"closed": 0, "ended": 0, "escalated": 1}
        assert services.tend() == {"closed": 0, "ended": 0, "escalated": 0}
        case.refresh_from_db()
        assert (last(case).name, last(case).person) == ("escalate", None)
        page = queries.queue(bureau.chief, PROCESS, bureau.authority, "late")
        assert page.rows == [case]
        assert bureau.by(bureau.chief, case, "pass").handler == bureau.chief

    def test_a_notice_that_has_ended_waits_for_the_authority_and_is_not_late(self, bureau, clock):
        case = bureau.announced()
        assert queries.queue(bureau.officer, PROCESS, bureau.authority, "todo").rows == []
        after(clock, case.due_on)
        assert queries.late_count(PROCESS, bureau.authority) == 0
        assert services.tend() == {"closed": 0, "ended": 1, "escalated": 0}
        assert queries.queue(bureau.officer, PROCESS, bureau.authority, "todo").rows == [case]


# --- the past ----------------------------------------------------------------------------------------------------------


@database
def test_the_past_is_entered_by_the_platform_in_its_order(bureau):
    from tests.training.cases import SYSTEM

    case = bureau.complete()
    for moment in (at(date(2026, 3, 3)), at(date(2026, 3, 1))):
        with pytest.raises(Invalid):
            services.replay(SYSTEM, bureau.clerk, case, "submit", Said(), moment)
    from lms.accounts.api import actor

    with pytest.raises(NotAllowed):
        services.replay(actor(bureau.officer), bureau.clerk, case, "submit", Said(), at(date(2026, 3, 2)))
    services.replay(SYSTEM, bureau.clerk, case, "submit", Said(), at(date(2026, 3, 2)))
    row = AuditRow.objects.get(action="case.submit")
    assert row.data["recorded_by"] == "system:tests"


# --- lists and pages ------------------------------------------------------------------------------------------------------


@database
class TestLists:
    def test_pages_by_key_are_all_rows_once(self, bureau):
        cases = []
        for number in range(7):
            body, clerk = bureau.other(f"厂{number}")
            cases.append(bureau.filed(body=body, clerk=clerk))
        rows, cursor, seen = Case.objects.all(), "", []
        while True:
            page = key_page(rows, ("rank", "id"), cursor, 3)
            seen += page.rows
            if not page.next:
                break
            cursor = page.next
        assert seen == cases
        down = key_page(rows, ("-rank", "-id"), "", 3)
        assert [*down.rows, *key_page(rows, ("-rank", "-id"), down.next, 10).rows] == cases[::-1]

    @pytest.mark.parametrize("cursor", ["x", "1", "1.", ".1", "1.x", "9" * 30 + ".1", "2026-13-01.2", "²."])
    def test_nonsense_is_the_first_page(self, bureau, cursor):
        case = bureau.filed()
        for tab in ("todo", "due"):
            page = queries.queue(bureau.officer, PROCESS, bureau.authority, tab, cursor)
            assert page.rows == [case]
            assert page.first

    @pytest.mark.parametrize(("tab", "cursor"), [("todo", "2026-01-01.1"), ("due", "1.1")])
    def test_the_cursor_of_another_list_is_nonsense_too(self, bureau, tab, cursor):
        case = bureau.filed()
        assert queries.queue(bureau.officer, PROCESS, bureau.authority, tab, cursor).rows == [case]

    def test_the_queue_takes_the_same_queries_for_one_and_for_many(self, bureau):
        client = signed_in(bureau.officer, staff=True)
        address = reverse("training_cases", args=[PROCESS.code])
        bureau.filed()
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as one:
            client.get(address)
        for number in range(5):
            body, clerk = bureau.other(f"厂{number}")
            bureau.filed(body=body, clerk=clerk)
        with CaptureQueriesContext(connection) as many:
            assert client.get(address).content.decode().count("JD-2026-") >= 6
        assert len(many) == len(one)

    def test_every_tab_and_a_number(self, bureau):
        case = bureau.by(bureau.officer, bureau.filed(), "accept")
        client = signed_in(bureau.officer, staff=True)
        address = reverse("training_cases", args=[PROCESS.code])
        for tab in ("todo", "mine", "due", "review", "no-such"):
            assert case.number in client.get(address, {"state": tab}).content.decode()
        for tab in ("late", "removed", "named"):
            assert case.number not in client.get(address, {"state": tab}).content.decode()
        assert case.number in client.get(address, {"number": case.number.lower()}).content.decode()

    def test_an_authority_sees_its_own(self, bureau):
        case = bureau.filed()
        other = Bureau()
        for user in (other.officer, other.chief):
            client = signed_in(user, staff=True)
            assert (
                case.number
                not in client.get(
                    reverse("training_cases", args=[PROCESS.code]), {"authority": bureau.authority.code}
                ).content.decode()
            )
            assert client.get(reverse("training_case", args=[case.uuid])).status_code == 404
        auditor = signed_in(member("auditor", bureau.authority), staff=True)
        assert auditor.get(reverse("training_case", args=[case.uuid])).status_code == 200
        assert AuditRow.objects.filter(action="case.view", target=case.uuid).count() == 1
        MembershipFactory(user=bureau.second, organisation=bureau.firm, role="teacher")
        kin = signed_in(bureau.second, staff=True)
        assert kin.get(reverse("training_case", args=[case.uuid])).status_code == 403


@database
class TestPages:
    def test_the_case_says_where_it_stands_who_is_next_and_by_when(self, bureau, client):
        case = bureau.filed()
        client.force_login(bureau.clerk)
        html = client.get(reverse("cases:case", args=[case.uuid])).content.decode()
        for words in ("待受理", case.number, bureau.authority.name, "主管部门人员", "2026-03-09", "第 1 版"):
            assert words in html
        staff = signed_in(bureau.officer, staff=True).get(reverse("training_case", args=[case.uuid]))
        assert "受理" in staff.content.decode()

    def test_an_act_by_its_button_and_its_refusal(self, bureau):
        case = bureau.filed()
        client = signed_in(bureau.officer, staff=True)
        address = reverse("training_case", args=[case.uuid])
        answer = client.post(address, {"act": "ask", "revision": case.revision, "reason": ""})
        assert answer.status_code == 422
        done = client.post(address, {"act": "accept", "revision": case.revision})
        assert done.status_code == 302
        again = client.post(address, {"act": "accept", "revision": case.revision})
        assert again.status_code == 409
        assert "已由" in again.content.decode()
        assert client.post(address, {"act": "no-such"}).status_code == 422
        case.refresh_from_db()
        assert case.state == "review"

    def test_the_applicants_way_by_forms(self, bureau, client):
        client.force_login(bureau.clerk)
        begun = client.post(
            reverse("cases:begin", args=[PROCESS.code]),
            {"body": bureau.firm.pk, "authority": bureau.authority.pk},
        )
        address = begun["Location"]
        assert (
            client.post(
                address + "facts/",
                {
                    "site": "车间",
                    "projects-TOTAL_FORMS": 1,
                    "projects-INITIAL_FORMS": 0,
                    "firms-TOTAL_FORMS": 0,
                    "firms-INITIAL_FORMS": 0,
                },
            ).status_code
            == 302
        )
        client.post(
            address + "facts/",
            {
                "press": "save",
                "site": "车间",
                "department": "培训部",
                "staff": 2,
                "experts": 1,
                "sources": ["staff"],
                "projects-TOTAL_FORMS": 2,
                "projects-INITIAL_FORMS": 0,
                "projects-0-name": "数控车削",
                "projects-0-kind": "key_industry",
                "projects-0-occupation": "6-18-01-01",
                "projects-0-mode": "own",
                "projects-0-people": 10,
                "firms-TOTAL_FORMS": 1,
                "firms-INITIAL_FORMS": 0,
            },
        )
        short = client.post(address, {"act": "submit", "revision": 0})
        assert short.status_code == 422
        assert "材料还不齐" in short.content.decode()
        for kind in CONDITIONS:
            assert client.post(address, {"act": "attach", "kind": kind, "evidence": pdf()}).status_code == 302
        assert client.post(address, {"act": "submit", "revision": 0}).status_code == 302
        assert "受理编号 JD-2026-00001" in client.get(address).content.decode()
        assert "JD-2026-00001" in client.get(reverse("cases:own")).content.decode()

    def test_others_do_not_see_it(self, bureau, client):
        case = bureau.filed()
        for user in (UserFactory(), member("teacher", bureau.firm), bureau.officer, member("hr")):
            client.force_login(user)
            assert client.get(reverse("cases:case", args=[case.uuid])).status_code == 404
            assert client.get(reverse("cases:facts", args=[case.uuid])).status_code == 404

    def test_a_notice_is_public_and_objections_are_numbers(self, bureau, client):
        notice = bureau.announced().notices.get()
        address = reverse("cases:notice", args=[notice.uuid])
        assert "2026-03-09" in client.get(address).content.decode()
        assert notice.title in client.get(reverse("cases:notices")).content.decode()
        object_at = reverse("cases:objection", args=[notice.uuid])
        assert "/login" in client.get(object_at)["Location"]
        someone = UserFactory(display_name="热心人")
        client.force_login(someone)
        assert client.post(object_at, {"text": ""}).status_code == 422
        assert client.post(object_at, {"text": "设备是借来的"}).status_code == 302
        client.logout()
        html = client.get(address).content.decode()
        assert f"{notice.number}-Y1" in html
        assert "借来" not in html
        assert "热心人" not in html

    def test_officers_answer_an_objection_on_their_page(self, bureau):
        case = bureau.announced()
        row = services.object_to(UserFactory(), case.notices.get(), "设备是借来的")
        client = signed_in(bureau.officer, staff=True)
        address = reverse("training_case", args=[case.uuid])
        assert "设备是借来的" in client.get(address).content.decode()
        assert client.post(address, {"act": "dismiss", "objection": row.uuid, "text": ""}).status_code == 422
        assert (
            client.post(address, {"act": "dismiss", "objection": row.uuid, "text": "属实自有"}).status_code
            == 302
        )
        assert client.post(address, {"act": "dismiss", "objection": "x", "text": "x"}).status_code == 404

    def test_the_process_is_shown_with_picture_table_and_rules(self, bureau):
        client = signed_in(bureau.officer, staff=True)
        address = reverse("training_process", args=[PROCESS.code])
        html = client.get(address).content.decode()
        assert "process-diagram" in html
        assert "认定授牌" in html
        assert "公布规则" not in html
        values = {"authority": bureau.authority.pk, "valid_from": "2026-04-01", "source": "文件"}
        assert client.post(address, values).status_code in (403, 422)
        keeper = signed_in(UserFactory(is_superuser=True))
        numbers = {"notice_days": 7, "recheck_months": 12, "count_least": 5, "count_most": 10}
        assert keeper.post(address, values | numbers).status_code == 302
        assert services.rule_on(PROCESS.code, bureau.authority, date(2026, 4, 1)).values["notice_days"] == 7


@pytest.mark.django_db
def test_a_rule_of_a_later_day_holds_from_it_though_another_was_published_after_it(bureau):
    """Next year's rule is published early; a correction of this year's, published later, does not outlive this year."""
    ruled(bureau.authority, date(2027, 1, 1), notice_days=9)
    ruled(bureau.authority, date(2026, 7, 1), notice_days=8)
    by_day = {
        day: services.rule_on(PROCESS.code, bureau.authority, day).values["notice_days"]
        for day in (date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1), date(2028, 1, 1))
    }
    assert list(by_day.values()) == [8, 8, 9, 9]
    for day, days in by_day.items():
        assert (
            services.rules_on(PROCESS.code, [bureau.authority], day)[bureau.authority.pk].values[
                "notice_days"
            ]
            == days
        )


@pytest.mark.parametrize("process", processes(), ids=lambda process: process.code)
def test_a_picture_holds_every_state_and_arrow_and_is_only_a_picture(process):
    text = diagram.svg(process, alone=True)
    assert check(text.encode()).code == ""
    for state in process.states:
        assert str(state.label) in text
    for number in range(1, len(process.transitions) + 1):
        assert f">{number}</text>" in text
    assert len(diagram.rows(process)) == len(process.transitions)


def test_the_handbook_is_what_the_declarations_say():
    # Written by python -m lms write_processes.
    for name, text in handbook.files():
        assert (Path(settings.BASE_DIR) / "docs" / name).read_text(encoding="utf-8") == text


@database
def test_what_one_may_apply_for_is_one_question_whatever_is_declared(bureau, django_assert_num_queries):
    for user in (bureau.clerk, bureau.officer, UserFactory()):
        with django_assert_num_queries(1):
            found = queries.open_to(user)
        assert found == [
            row
            for row in processes()
            if row.submission.side == Side.APPLICANT
            and row.start in row.submission.sources
            and queries.organisations_for_applicant(user, row).exists()
        ]
    assert PROCESS.code in {row.code for row in queries.open_to(bureau.clerk)}
    assert queries.open_to(UserFactory()) == []


@database
def test_public_notices_are_paged_by_key(bureau, client, monkeypatch):
    monkeypatch.setattr(queries, "NOTICES_PER_PAGE", 1)
    first = bureau.announced().notices.get()
    firm, clerk = bureau.other()
    second = bureau.announced(body=firm, clerk=clerk).notices.get()
    page = client.get(reverse("cases:notices"))
    assert [row.pk for row in page.context["page"].rows] == [second.pk]
    rest = client.get(reverse("cases:notices"), {"after": page.context["page"].next})
    assert [row.pk for row in rest.context["page"].rows] == [first.pk]


# --- what bad input gets ---------------------------------------------------------------------------------------------


def wrong_order(bureau):
    return bureau.officer, bureau.filed(), "name", "符合条件"


def wrong_actor(bureau):
    return bureau.chief, bureau.filed(), "accept", ""


def no_party(bureau):
    return UserFactory(), bureau.filed(), "accept", ""


def own_case(bureau):
    MembershipFactory(user=bureau.second, organisation=bureau.firm, role="teacher")
    return bureau.second, bureau.filed(), "accept", ""


def in_other_hands(bureau):
    return bureau.second, bureau.by(bureau.officer, bureau.filed(), "accept"), "pass", "符合条件"


def no_reason(bureau):
    return bureau.officer, bureau.by(bureau.officer, bureau.filed(), "accept"), "refuse", ""


def no_evidence(bureau):
    return bureau.clerk, bureau.draft(), "submit", ""


def no_such_step(bureau):
    return bureau.officer, bureau.filed(), "erase", ""


@database
@pytest.mark.parametrize(
    "bad",
    [wrong_order, wrong_actor, no_party, own_case, in_other_hands, no_reason, no_evidence, no_such_step],
    ids=lambda bad: bad.__name__,
)
def test_every_refusal_cites_its_document_and_writes_nothing(bureau, bad):
    user, case, name, reason = bad(bureau)
    before = (case.acts.count(), AuditRow.objects.count(), OutboxEvent.objects.count())
    with pytest.raises(Refusal) as caught:
        services.act(user, case, name, Said(reason))
    assert PROCESS.source.number in str(caught.value.message)
    assert (case.acts.count(), AuditRow.objects.count(), OutboxEvent.objects.count()) == before


@database
def test_what_is_out_of_order_names_the_state_in_which_it_is_done(bureau):
    case = bureau.filed()
    said = str(refused(Conflict, bureau.officer, case, "name").message)
    assert "“认定授牌”要在“公示中”时办理" in said
    assert str(case.stands.label) in said


@database
class TestClock:
    """The server's clock is set back behind what was done already."""

    def test_no_act_is_dated_before_the_one_before_it(self, bureau, clock):
        case = bureau.announced()
        before = (case.acts.count(), AuditRow.objects.count())
        clock.shift(timedelta(days=-3))
        found = refused(Conflict, bureau.officer, case, "again")
        assert found.code == "clock_changed"
        assert PROCESS.source.number in str(found.message)
        for attempt in (
            lambda: services.object_to(UserFactory(), case.notices.get(), "场地与申报不符"),
            lambda: services.delegate(bureau.officer, case, bureau.second, today(), today(), "外出"),
        ):
            with pytest.raises(Conflict) as caught:
                attempt()
            assert caught.value.code == "clock_changed"
        assert (case.acts.count(), AuditRow.objects.count()) == before

    def test_machines_whose_clocks_differ_by_seconds_go_on(self, bureau, clock):
        case = bureau.filed()
        clock.shift(timedelta(seconds=-20))
        assert bureau.by(bureau.officer, case, "accept").state == "review"

    def test_set_right_again_it_goes_on(self, bureau, clock):
        case = bureau.filed()
        clock.shift(timedelta(days=-3))
        refused(Conflict, bureau.officer, case, "accept")
        clock.shift(timedelta(days=3))
        assert bureau.by(bureau.officer, case, "accept").state == "review"
