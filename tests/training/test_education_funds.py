"""A24: employers set aside training money by the ratio that the documents set (372号 四(二)); what they state is theirs and their authority's."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.education_funds import queries, services
from lms.training.education_funds.models import FundStatement
from lms.training.education_funds.rules import WHOLE, Stated, fault, part, standing
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.grants import House as GrantHouse

pytestmark = pytest.mark.django_db
TESTS = Actor.system("tests")
# Ten million yuan of wages, 120 000 set aside, 100 000 used, 55 000 of it for the front line.
SAID = Stated(1_000_000_000, 12_000_000, 10_000_000, 5_500_000)


@pytest.fixture
def firm(house):
    """An employer with its HR; from 2025 on the authority asks for 1.5 %, and 60 % of what is used for the front line."""
    house.firm = OrganisationFactory(name="松陵精密机械厂", kind="enterprise")
    house.hr = member("hr", house.firm)
    ratio(house)
    return house


def ratio(house, since=date(2025, 1, 1), rate=150, frontline=6000):
    new = services.NewRatio(house.authority, since, rate, frontline, "测试文件〔2025〕1 号")
    return services.set_ratio(TESTS, new)


def stated(house, said=SAID, year=2025, note="", by=None):
    return services.state(by or house.hr, house.firm, house.authority, year, said, note)


class TestStating:
    def test_a24_required_set_aside_and_used_stand_beside_each_other(self, firm, client):
        found = stated(firm)
        row = queries.row(found).standing
        assert (row.required, row.shortfall) == (15_000_000, 3_000_000)
        assert (row.used, row.frontline, row.frontline_missing) == (8333, 5500, 500_000)
        assert row.meets is False
        assert AuditRow.objects.get(action="fund_statement.state").target == found.uuid
        client.force_login(firm.hr)
        html = client.get(reverse("education_funds:own")).content.decode()
        for text in ("150000.00", "1.5%", "少提 30000.00", "占提取的 83.33%", "要求至少 60%，少 5000.00"):
            assert text in html, text

    def test_a24_without_a_ratio_nothing_is_invented(self, firm, client):
        row = queries.row(stated(firm, year=2024)).standing
        assert (row.required, row.shortfall, row.frontline_missing, row.meets) == (None, None, None, None)
        client.force_login(firm.hr)
        assert "尚未设定" in client.get(reverse("education_funds:own")).content.decode()

    def test_a24_a_statement_keeps_the_ratio_of_its_time(self, firm):
        found = stated(firm)
        ratio(firm, rate=250)
        assert queries.row(FundStatement.objects.get(pk=found.pk)).standing.required == 15_000_000
        newer = stated(firm, Stated(1_000_000_000, 25_000_000, 10_000_000, 6_000_000), note="补提了差额")
        assert queries.row(newer).standing.meets is True
        assert queries.row(newer).standing.required == 25_000_000

    def test_a24_a_correction_is_appended_and_says_why(self, firm):
        first = stated(firm)
        better = Stated(1_000_000_000, 15_000_000, 10_000_000, 6_000_000)
        with pytest.raises(Conflict, match="没有更正"):
            stated(firm, note="再报一次")
        with pytest.raises(Invalid, match="更正的原因"):
            stated(firm, better)
        second = stated(firm, better, note="漏计了十二月补提的一笔")
        assert (second.version, first.version) == (2, 1)
        assert [row.pk for row in queries.own(firm.hr)] == [second.pk]
        assert [row.version for row in queries.versions(second)] == [2, 1]
        for statement in ("UPDATE training_fundstatement SET used_fen = 1", "DELETE FROM training_fundratio"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("wages_fen", Stated(0, 0, 0, 0)),
            ("set_aside_fen", Stated(10, 11, 0, 0)),
            ("used_fen", Stated(10, 5, -1, 0)),
            ("frontline_fen", Stated(10, 5, 4, 5)),
            ("wages_fen", Stated(10**16, 5, 4, 3)),
        ],
    )
    def test_a24_sums_that_cannot_be_are_refused_at_their_field(self, firm, field, said):
        with pytest.raises(Invalid) as refused:
            stated(firm, said)
        assert refused.value.details["field"] == field
        assert not FundStatement.objects.exists()

    def test_a24_no_year_to_come_nor_before_the_document(self, firm):
        for year in (2021, 2027):
            with pytest.raises(Invalid, match="2022 到 2026"):
                stated(firm, year=year)

    def test_a24_only_the_employers_own_hr_states(self, firm):
        others = (firm.officer, firm.stranger, UserFactory(), member("admin", firm.firm), member("hr"))
        for user in others:
            with pytest.raises(NotAllowed):
                stated(firm, by=user)
        with pytest.raises(NotAllowed, match="用人单位自己"):
            services.state(firm.officer, firm.authority, firm.authority, 2025, SAID)
        with pytest.raises(Invalid, match="主管部门"):
            services.state(firm.hr, firm.firm, firm.firm, 2025, SAID)


class TestReading:
    def test_a24_it_is_private_to_the_employer_and_its_authority(self, firm, client):
        found = stated(firm)
        for user in (firm.hr, firm.officer):
            assert queries.statement(user, found.uuid) == found
        for user in (firm.stranger, UserFactory(), member("hr"), member("teacher", firm.firm)):
            with pytest.raises(NotFound):
                queries.statement(user, found.uuid)
        assert list(queries.stated_to(firm.officer)) == [found]
        assert not queries.stated_to(firm.stranger).exists()
        page = reverse("education_funds:statement", args=[found.uuid])
        assert client.get(page).status_code == 302
        client.force_login(firm.hr)
        assert client.get(page).status_code == 200
        client.force_login(member("hr"))
        assert client.get(page).status_code == 404
        client.force_login(UserFactory())
        assert client.get(reverse("education_funds:own")).status_code == 403

    def test_a24_it_stands_beside_an_application_there_for_the_authority_alone(self, clock):
        house = GrantHouse()
        house.hr = house.clerk
        ratio(house)
        base, grant = house.by(house.officer, house.filed(), "accept"), house.application()
        house.act(house.clerk, grant, "submit")
        officer = signed_in(house.officer, staff=True)
        pages = [reverse("training_case", args=[case.uuid]) for case in (base, grant)]
        assert not any("职工培训费" in officer.get(page).content.decode() for page in pages)
        stated(house, Stated(1_000_000_000, 20_000_000, 10_000_000, 9_000_000))
        assert all("达到规定的比例" in officer.get(page).content.decode() for page in pages)
        found = stated(house, note="更正：财务核对")
        row = queries.evidence(house.firm, house.authority)
        assert (row.statement, row.standing.shortfall) == (found, 3_000_000)
        for page in pages:
            html = officer.get(page).content.decode()
            for text in ("2025 年职工培训费", "提取 120,000.00 元", "少提 30,000.00 元", "少 5,000.00 元"):
                assert text in html, text
        group = signed_in(house.group[1])
        house.act(house.officer, grant, "check")
        assert "职工培训费" not in group.get(reverse("group:case", args=[grant.uuid])).content.decode()
        assert queries.evidence(house.firm, OrganisationFactory(kind="authority")) is None

    def test_a24_officers_read_the_list_and_each_version(self, firm):
        found = stated(firm)
        client = signed_in(firm.officer, staff=True)
        html = client.get(reverse("training_fund_statements"), {"year": "2025"}).content.decode()
        assert "松陵精密机械厂" in html
        assert "30000.00" in html
        assert (
            "松陵精密机械厂"
            not in client.get(reverse("training_fund_statements"), {"year": "2024"}).content.decode()
        )
        page = reverse("training_fund_statement", args=[found.uuid])
        assert "150000.00" in client.get(page).content.decode()
        assert signed_in(firm.stranger, staff=True).get(page).status_code == 404
        assert signed_in(member("editor"), staff=True).get(page).status_code == 403

    def test_a24_however_many_the_queries_are_as_many(self, firm):
        client = signed_in(firm.officer, staff=True)

        def asked():
            with CaptureQueriesContext(connection) as found:
                client.get(reverse("training_fund_statements"))
            return len(found)

        stated(firm)
        asked()
        before = asked()
        for number in range(3):
            body = OrganisationFactory(name=f"第 {number} 厂", kind="enterprise")
            services.state(member("hr", body), body, firm.authority, 2025, SAID)
        assert asked() == before


class TestScreens:
    def test_a24_hr_states_and_corrects(self, firm, client):
        client.force_login(firm.hr)
        address = reverse("education_funds:own")
        posted = {
            "body": firm.firm.pk,
            "authority": firm.authority.pk,
            "year": 2025,
            "wages_fen": "10000000",
            "set_aside_fen": "120000",
            "used_fen": "100000",
            "frontline_fen": "100000.01",
        }
        refused = client.post(address, posted)
        assert refused.status_code == 422
        assert "不能超过使用的" in refused.content.decode()
        assert client.post(address, posted | {"frontline_fen": "55000"}).status_code == 302
        more = posted | {"frontline_fen": "60000", "note": "漏计一笔"}
        assert client.post(address, more).status_code == 302
        found = FundStatement.objects.order_by("-version").first()
        assert (found.version, found.frontline_fen) == (2, 6_000_000)
        html = client.get(reverse("education_funds:statement", args=[found.uuid])).content.decode()
        assert "已更正" in html
        assert "漏计一笔" in html

    def test_a24_administrators_set_the_ratio_by_its_document(self, firm):
        admin = UserFactory(is_superuser=True)
        for user in (firm.officer, firm.hr):
            with pytest.raises(NotAllowed):
                services.set_ratio(
                    user, services.NewRatio(firm.authority, date(2026, 1, 1), 250, None, "文件")
                )
        for field, new in (
            ("rate", services.NewRatio(firm.authority, date(2026, 1, 1), 10_001, None, "文件")),
            ("source", services.NewRatio(firm.authority, date(2026, 1, 1), 150, None, " ")),
            ("valid_from", services.NewRatio(firm.authority, date(2099, 1, 1), 150, None, "文件")),
            ("authority", services.NewRatio(firm.firm, date(2026, 1, 1), 150, None, "文件")),
        ):
            with pytest.raises(Invalid) as refused:
                services.set_ratio(admin, new)
            assert refused.value.details["field"] == field
        client = signed_in(admin, staff=True)
        address = reverse("training_fund_ratios")
        posted = {
            "authority": firm.authority.pk,
            "valid_from": "2026-01-01",
            "rate": "2.5",
            "source": "测试文件",
        }
        assert client.post(address, posted).status_code == 302
        rule = queries.rule_on(firm.authority, date(2026, 12, 31))
        assert (rule.rate, rule.frontline_rate, rule.version) == (250, None, 2)
        assert queries.rule_on(firm.authority, date(2025, 12, 31)).rate == 150
        assert queries.rule_on(firm.authority, date(2024, 12, 31)) is None
        assert "2.5" in client.get(address).content.decode()
        assert signed_in(firm.officer, staff=True).get(address).status_code == 403


money = st.integers(0, 10**13)
rates = st.none() | st.integers(1, WHOLE)


@given(money, money, money, money, rates, rates)
def test_a24_what_is_missing_makes_it_whole(wages, set_aside, used, frontline, rate, frontline_rate):
    said = Stated(wages, set_aside, used, frontline)
    found = standing(said, rate, frontline_rate)
    assert (found.shortfall is None, found.frontline_missing is None) == (
        rate is None,
        frontline_rate is None,
    )
    if rate is not None:
        # A fen less would be too little, and nothing more is asked for.
        assert found.required * WHOLE >= wages * rate > (found.required - 1) * WHOLE
        whole = standing(Stated(wages, set_aside + found.shortfall, used, frontline), rate, None)
        assert whole.shortfall == 0
    if not fault(said):
        assert found.frontline is None or 0 <= found.frontline <= WHOLE


@given(money, money, st.integers(1, WHOLE))
def test_a24_more_wages_never_ask_for_less(one, more, rate):
    assert part(one, rate) <= part(one + more, rate) <= part(one, rate) + part(more, rate)
