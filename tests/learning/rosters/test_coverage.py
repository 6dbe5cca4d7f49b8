"""Who of a firm's confirmed employees has hours: counted over every source, named only to its own personnel officer."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from lms.accounts.employment.services import confirm, end_own
from lms.accounts.people.queries import looks_at
from lms.learning.hours.queries import year as hours_page
from lms.learning.rosters import queries
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from tests.accounts.rosters import Firm, of, worker
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.learning.declarations.claims import House
from tests.learning.rosters.firm import TrainingFirm, completed, topped_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture
def firm():
    return TrainingFirm(employees=3)


def numbers(firm, year=2026):
    found = queries.coverage([firm.organisation], year)[0]
    return found.people, found.by_kind, found.none


class TestCounting:
    def test_nobody_yet(self, firm):
        assert numbers(firm) == (3, {"public": 0, "specialty": 0, "vocational": 0}, 3)
        assert numbers(TrainingFirm(employees=0, code="empty")) == (0, dict.fromkeys(queries.KINDS, 0), 0)

    def test_every_source_counts_each_person_once(self, firm):
        first, second, _third = firm.workers
        completed(first, 300, kind="public")
        completed(first, 200, kind="public")
        completed(first, 100)
        done = completed(second, 0, year=2025)
        topped_up(done, 40, year=2026)
        assert numbers(firm) == (3, {"public": 1, "specialty": 2, "vocational": 0}, 1)
        assert numbers(firm, 2025) == (0, dict.fromkeys(queries.KINDS, 0), 0)

    def test_an_accepted_claim_counts_and_one_under_review_does_not(self, firm):
        house = House()
        first, second, _third = firm.workers
        for user in (first, second):
            MembershipFactory(user=user, organisation=house.employer, role="teacher")
        house.accepted(person=first)
        house.claim(person=second)
        assert numbers(firm) == (3, {"public": 0, "specialty": 1, "vocational": 0}, 2)

    def test_the_same_hours_as_on_the_persons_own_page(self, firm):
        user = firm.workers[0]
        house = House()
        MembershipFactory(user=user, organisation=house.employer, role="teacher")
        completed(user, 350, kind="public")
        topped_up(completed(user, 100, year=2025), 25, year=2026)
        house.accepted(person=user)
        for year in (2025, 2026):
            assert queries.hours_of([user.pk], year)[user.pk] == hours_page(user, year)["earned"]

    def test_only_confirmed_people_of_that_year(self):
        firm, user, silent = Firm(), worker(), worker()
        firm.load(of(user, "张三", since=date(2025, 5, 1)), of(silent, "李四", since=date(2025, 5, 1)))
        end_own(user, confirm(user, firm.invitation(user)))
        confirm(user, firm.invitation(user))
        assert [numbers(firm, year)[0] for year in (2024, 2025, 2026)] == [0, 1, 1]
        assert queries.employees(firm.organisation, 2026).count() == 1

    def test_two_queries_for_many_firms_and_four_for_the_hours_of_many_people(
        self, firm, django_assert_num_queries
    ):
        firms = [firm.organisation, *(TrainingFirm(employees=1, code=f"f{n}").organisation for n in range(4))]
        with django_assert_num_queries(2):
            assert [item.people for item in queries.coverage(firms, 2026)] == [3, 1, 1, 1, 1]
        with django_assert_num_queries(4):
            queries.hours_of([user.pk for user in firm.workers], 2026)


@pytest.mark.long
class TestPages:
    def test_the_personnel_officer_sees_names_and_each_look_is_logged(self, firm):
        completed(firm.workers[0], 350)
        client = signed_in(firm.hr, staff=True)
        page = client.get(reverse("learning_coverage")).content.decode()
        assert "青申精密机械有限公司" in page
        assert str(queries.DEFINITIONS["none"]) in page
        assert not looks_at(firm.workers[0]).exists()
        address = reverse("learning_coverage_firm", args=[2026, firm.organisation.code])
        page = client.get(address).content.decode()
        assert "职工甲" in page
        assert "3.5" in page
        assert [looks_at(user).count() for user in firm.workers] == [1, 1, 1]
        page = client.get(address + "?state=none").content.decode()
        assert "职工甲" not in page
        assert "职工乙" in page
        assert [looks_at(user).count() for user in firm.workers] == [1, 2, 2]

    def test_the_workbook_is_a_look_too_and_no_name_is_a_formula(self, firm):
        firm.employments[1].line.name = "=HYPERLINK(1)"
        firm.employments[1].line.save()
        completed(firm.workers[0], 350)
        address = reverse("learning_coverage_sheet", args=[2026, firm.organisation.code])
        client = signed_in(firm.hr, staff=True)
        assert client.get(address).status_code == 405
        book = load_workbook(BytesIO(client.post(address).content))
        rows = list(book.active.iter_rows(values_only=True))
        assert rows[0] == ("姓名", "部门", "岗位", "公需科目", "专业科目", "职业技能", "合计（学时）")
        assert rows[1] == ("职工甲", "一车间", "操作工", 0, 3.5, 0, 3.5)
        assert book.active["A3"].data_type == "s"
        assert [looks_at(user).count() for user in firm.workers] == [1, 1, 1]
        only = client.post(address, {"state": "none"})
        assert load_workbook(BytesIO(only.content)).active.max_row == 3

    def test_an_officer_sees_how_many_and_never_who(self, firm):
        authority = OrganisationFactory(kind="authority")
        client = signed_in(member("officer", authority), staff=True)
        page = client.get(reverse("learning_coverage"))
        assert "青申精密机械有限公司" in page.content.decode()
        assert "职工甲" not in page.content.decode()
        for name in ("learning_coverage_firm", "learning_coverage_sheet"):
            address = reverse(name, args=[2026, firm.organisation.code])
            assert client.get(address).status_code in (403, 405)
            assert client.post(address).status_code in (403, 405)
        counts = client.post(reverse("learning_coverage_counts", args=[2026]))
        rows = list(load_workbook(BytesIO(counts.content)).worksheets[0].iter_rows(values_only=True))
        assert rows[1:] == [("青申精密机械有限公司", 3, 0, 0, 0, 3)]
        assert not AuditRow.objects.filter(action="training.view").exists()

    def test_others_see_nothing(self, firm):
        other = TrainingFirm(employees=1, code="other", name="别家")
        for role in ("admin", "teacher", "editor"):
            client = signed_in(member(role, firm.organisation), staff=True)
            assert client.get(reverse("learning_coverage")).status_code == 403
        client = signed_in(other.hr, staff=True)
        assert "青申" not in client.get(reverse("learning_coverage")).content.decode()
        for name in ("learning_coverage_firm", "learning_coverage_sheet"):
            address = reverse(name, args=[2026, firm.organisation.code])
            assert client.get(address).status_code in (404, 405)
            assert client.post(address).status_code in (404, 405)
        assert signed_in(UserFactory(), staff=True).get(reverse("learning_coverage")).status_code == 403

    @pytest.mark.parametrize("year", [1, 2019, 2027, 99999999999])
    def test_a_year_that_is_none(self, firm, year):
        client = signed_in(firm.hr, staff=True)
        assert client.get(reverse("learning_coverage_year", args=[year])).status_code == 404
