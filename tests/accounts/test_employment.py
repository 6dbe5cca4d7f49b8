"""Who works where: a list is an invitation, only the person's own yes makes an employment, either side ends it."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from lms.accounts.api import workplaces
from lms.accounts.employment import queries, services
from lms.accounts.employment.models import Employment, Roster, RosterLine
from lms.accounts.erasure.account import erase
from lms.accounts.identity.services import set_identity, verify_identity
from lms.accounts.people.export import export_person
from lms.accounts.people.queries import looks_at
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.accounts.rosters import Firm, of, row, workbook, worker
from tests.factories.accounts import OrganisationFactory, UserFactory, member

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
NUMBER, OTHER_NUMBER = "11010519491231002X", "440524188001010014"


@pytest.fixture
def firm():
    return Firm()


def verified(user, name="张三", number=NUMBER):
    set_identity(user, "id_card", name, number, _self(user))
    verify_identity(user, SYSTEM, reason="窗口核对原件")
    return user


def _self(user):
    return Actor(person=user.uuid, role="learner", user_id=user.pk)


class TestFinding:
    def test_by_a_proved_phone_a_proved_address_and_a_verified_paper(self, firm):
        phone, address = worker(), worker(email="zhang@example.com")
        paper = verified(worker(), "王五")
        firm.load(
            of(phone, "张三"),
            row("李四", None, email="ZHANG@example.com"),
            row("王五", "13900139000", number=NUMBER),
        )
        for user, name in ((phone, "张三"), (address, "李四"), (paper, "王五")):
            assert [line.name for line in queries.invitations(user)] == [name]

    def test_not_by_what_nobody_proved(self, firm):
        phone = worker(phone="+8613800138000", phone_verified=False)
        address = worker(email="zhang@example.com")
        EmailAddress.objects.update(verified=False)
        paper = worker()
        set_identity(paper, "id_card", "王五", NUMBER, _self(paper))
        firm.load(row(email="zhang@example.com", number=NUMBER))
        for user in (phone, address, paper):
            assert not queries.invitations(user).exists()

    def test_a_verified_paper_tells_the_numbers_last_owner_apart(self, firm):
        user = verified(worker(), "张三", NUMBER)
        firm.load(of(user, "李四", number=OTHER_NUMBER))
        assert not queries.invitations(user).exists()

    def test_nothing_of_a_suspended_organisation(self, firm):
        user = worker()
        employment = firm.employ(user)[0]
        firm.organisation.status = "suspended"
        firm.organisation.save()
        assert not queries.lines_for(user).exists()
        assert not queries.in_force().exists()
        assert employment.ended_at is None


class TestAnswering:
    def test_only_a_yes_makes_an_employment(self, firm):
        user = worker()
        firm.load(of(user))
        assert not workplaces(user).exists()
        made = services.confirm(user, firm.invitation(user))
        assert (made.department, made.post, made.since, made.until) == (
            "一车间",
            "操作工",
            date(2026, 3, 1),
            None,
        )
        assert list(workplaces(user)) == [firm.organisation]
        assert AuditRow.objects.filter(action="employment.confirm", target=user.uuid).count() == 1
        assert OutboxEvent.objects.filter(kind="employment.changed").count() == 1

    def test_yes_twice_is_the_same_yes(self, firm):
        user = worker()
        firm.load(of(user))
        first = services.confirm(user, firm.invitation(user))
        assert services.confirm(user, firm.invitation(user)) == first
        assert Employment.objects.count() == 1
        assert AuditRow.objects.filter(action="employment.confirm").count() == 1

    def test_nobody_answers_for_somebody_else(self, firm):
        user, stranger = worker(), worker()
        firm.load(of(user))
        for act in (services.confirm, services.decline):
            with pytest.raises(NotFound):
                act(stranger, firm.lines()[0])
        assert firm.lines()[0].state == "invited"

    def test_two_accounts_that_one_line_fits(self, firm):
        first, second = worker(), worker(email="zhang@example.com")
        firm.load(of(first, email="zhang@example.com"))
        line = firm.lines()[0]
        services.confirm(first, line)
        with pytest.raises(NotFound):
            services.confirm(second, line)

    def test_two_lines_that_fit_one_person_make_one_employment(self, firm):
        user = worker(email="zhang@example.com")
        firm.load(of(user), row("张三", None, email="zhang@example.com"))
        first, second = firm.lines()
        services.confirm(user, first)
        with pytest.raises(Conflict):
            services.confirm(user, second)
        assert Employment.objects.count() == 1
        assert RosterLine.objects.get(pk=second.pk).state == "invited"

    def test_another_name_than_the_verified_one_is_not_confirmed(self, firm):
        user = verified(worker(), "张三")
        firm.load(of(user, "李四"))
        with pytest.raises(Conflict) as refused:
            services.confirm(user, firm.invitation(user))
        assert refused.value.code == "other_name"
        assert not Employment.objects.exists()

    def test_a_no_can_be_taken_back_and_a_second_no_changes_nothing(self, firm):
        user = worker()
        firm.load(of(user))
        services.decline(user, firm.invitation(user))
        services.decline(user, firm.invitation(user))
        assert AuditRow.objects.filter(action="employment.decline").count() == 1
        assert not queries.invitations(user).exists()
        assert queries.answered(user).count() == 1
        assert services.confirm(user, firm.invitation(user)).ended_at is None


class TestWhatTheEmployerSees:
    def test_nobody_no_account_and_a_no_look_the_same(self, firm):
        silent, refusing = worker(), worker()
        firm.load(of(silent, "张三"), of(refusing, "李四"), row("王五", "13700137000"))
        services.decline(refusing, firm.invitation(refusing))
        shown = [queries.for_employer(line) for line in queries.roster_page(firm.organisation)]
        assert [(item["state"], item["text"], item["employment"]) for item in shown] == [
            ("invited", "待本人确认", None)
        ] * 3
        assert queries.roster_page(firm.organisation, "waiting").count() == 3

    def test_a_look_at_the_list_is_the_persons_to_read(self, firm):
        user, silent = worker(), worker()
        firm.load(of(user, "张三"), of(silent, "李四"))
        services.confirm(user, firm.invitation(user))
        shown = [queries.for_employer(line) for line in queries.roster_page(firm.organisation)]
        queries.log_roster(firm.hr, firm.organisation, shown)
        assert [(look.role, look.body) for look in looks_at(user)] == [("hr", firm.organisation.code)]
        assert not looks_at(silent).exists()

    def test_personal_values_lie_encrypted(self, firm):
        firm.load(row(email="zhang@example.com", number=NUMBER))
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM accounts_rosterline")
            stored = " ".join(str(value) for value in cursor.fetchone())
        for value in ("张三", "13800138000", "zhang@example.com", NUMBER):
            assert value not in stored

    @pytest.mark.parametrize("role", ["admin", "teacher", "editor"])
    def test_other_roles_keep_no_roster(self, firm, role):
        other = member(role, firm.organisation)
        with pytest.raises(NotAllowed):
            services.upload(other, firm.organisation, workbook(row()))

    def test_a_personnel_officer_keeps_their_own_only(self, firm):
        theirs = OrganisationFactory(kind="enterprise")
        with pytest.raises(NotAllowed):
            services.upload(firm.hr, theirs, workbook(row()))
        with pytest.raises(NotFound):
            queries.kept_by(firm.hr, theirs.code)
        found = services.upload(firm.hr, firm.organisation, workbook(row()))
        with pytest.raises(NotAllowed):
            services.apply(Firm().hr, found.draft, seen=services.fingerprint(found.changes))


class TestTheEnd:
    def test_by_the_person(self, firm):
        user = worker()
        employment = firm.employ(user)[0]
        ended = services.end_own(user, employment)
        assert (ended.until, ended.ended_by) == (max(today(), ended.since), "person")
        assert services.end_own(user, employment).ended_at == ended.ended_at
        assert not workplaces(user).exists()
        assert AuditRow.objects.filter(action="employment.end").count() == 1
        with pytest.raises(NotFound):
            services.end_own(worker(), employment)

    def test_the_person_may_come_back_while_they_are_on_the_list(self, firm):
        user = worker()
        services.end_own(user, firm.employ(user)[0])
        assert services.confirm(user, firm.invitation(user)).ended_at is None
        assert Employment.objects.count() == 2

    def test_by_the_employer_with_a_reason(self, firm):
        user = worker()
        firm.employ(user)
        with pytest.raises(Invalid):
            services.remove_line(firm.hr, firm.lines()[0], reason=" ")
        line = firm.lines()[0]
        services.remove_line(firm.hr, line, reason="合同到期")
        services.remove_line(firm.hr, line, reason="合同到期")
        assert Employment.objects.get().ended_by == "employer"
        assert AuditRow.objects.filter(action="employment.end", target=user.uuid).count() == 1
        assert not queries.lines_for(user).exists()

    def test_what_nobody_confirmed_is_not_kept(self, firm):
        user = worker()
        firm.employ(user)
        firm.load(row("王五", "13700137000"))
        assert sorted(line.name for line in RosterLine.objects.all()) == ["王五", "职工甲"]
        services.remove_line(firm.hr, firm.lines()[0], reason="写错了")
        assert [line.name for line in RosterLine.objects.all()] == ["职工甲"]

    def test_only_by_its_own_personnel_officer(self, firm):
        user = worker()
        firm.employ(user)
        with pytest.raises(NotAllowed):
            services.remove_line(Firm().hr, firm.lines()[0], reason="不该")
        assert Employment.objects.get().ended_at is None

    def test_one_that_lies_ahead_is_not_in_force_and_ends_on_its_day(self, firm):
        user, day = worker(), today() + timedelta(days=9)
        firm.load(of(user, since=day))
        employment = services.confirm(user, firm.invitation(user))
        assert not workplaces(user).exists()
        assert services.end_own(user, employment).until == day


class TestApplying:
    def test_the_same_file_twice_changes_nothing(self, firm):
        rows = [row("张三"), row("李四", "13900139000")]
        assert len(firm.load(*rows).changes) == 2
        again = firm.load(*rows)
        assert (again.draft, again.changes, again.bad) == (None, [], [])
        assert firm.load(*reversed(rows)).draft is None
        assert (Roster.objects.count(), RosterLine.objects.count()) == (1, 2)

    def test_a_new_file_joins_changes_and_ends(self, firm):
        stays, goes = worker(), worker()
        firm.load(of(stays, "张三"), of(goes, "李四"))
        for user in (stays, goes):
            services.confirm(user, firm.invitation(user))
        found = firm.load(of(stays, "张三", department="二车间"), row("王五", "13700137000"))
        assert [(item.kind, item.name) for item in found.changes] == [
            ("joined", "王五"),
            ("left", "李四"),
            ("changed", "张三"),
        ]
        assert found.changes[2].sentences == ("部门：一车间 → 二车间",)
        assert Employment.objects.get(user=stays).department == "二车间"
        assert Employment.objects.get(user=goes).ended_by == "employer"
        last = Roster.objects.order_by("-id")[0]
        assert (last.joined, last.left, last.changed, last.content) == (1, 1, 1, "")

    def test_applying_twice_applies_once(self, firm):
        found = services.upload(firm.hr, firm.organisation, workbook(row()))
        seen = services.fingerprint(found.changes)
        services.apply(firm.hr, found.draft, seen=seen)
        services.apply(firm.hr, found.draft, seen=seen)
        assert RosterLine.objects.count() == 1
        assert AuditRow.objects.filter(action="roster.apply").count() == 1

    def test_what_changed_since_the_preview_is_shown_again(self, firm):
        firm.load(row("张三"))
        found = services.upload(firm.hr, firm.organisation, workbook(row("李四", "13900139000")))
        services.remove_line(firm.hr, firm.lines()[0], reason="合同到期")
        with pytest.raises(Conflict):
            services.apply(firm.hr, found.draft, seen=services.fingerprint(found.changes))
        assert firm.lines() == []

    def test_a_bad_row_stops_the_whole_list(self, firm):
        found = firm.load(row("张三"), row("李四", "138"))
        assert [bad.row for bad in found.bad] == [3]
        assert found.draft is None
        assert firm.lines() == []
        assert not Roster.objects.exists()

    def test_one_draft_a_person_and_none_after_it_is_discarded(self, firm):
        first = services.upload(firm.hr, firm.organisation, workbook(row())).draft
        second = services.upload(firm.hr, firm.organisation, workbook(row("李四"))).draft
        assert list(Roster.objects.all()) == [second]
        with pytest.raises(NotFound):
            services.apply(firm.hr, first, seen="")
        services.discard(firm.hr, second)
        assert not Roster.objects.exists()

    def test_as_many_statements_for_many_lines_as_for_few(self, firm, django_assert_max_num_queries):
        rows = [row(f"职工{'甲乙丙丁'[n % 4]}", f"138{n:08d}") for n in range(120)]
        with django_assert_max_num_queries(40):
            firm.load(*rows)
        with django_assert_max_num_queries(40):
            firm.load(*([*line[:4], "二车间", *line[5:]] for line in rows))


def test_an_erased_person_is_on_no_roster(firm):
    user = worker()
    firm.employ(user)
    erase(user)
    assert firm.lines() == []
    assert Employment.objects.get().ended_at is not None
    assert {(line.name, line.phone, line.phone_hash) for line in RosterLine.objects.all()} == {("", "", "")}


def test_the_export_holds_ones_own(firm):
    user = worker()
    firm.employ(user)
    Firm(name="第二家").load(of(user))
    part = export_person(user)["employment"]
    assert [item["organisation"] for item in part["employments"]] == ["青申精密机械有限公司"]
    assert [item["organisation"] for item in part["invitations"]] == ["第二家"]
    assert export_person(UserFactory())["employment"] == {"employments": [], "invitations": []}
