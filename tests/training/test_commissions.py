"""A03: 市人社局 commissions courses of public subjects from departments and providers; they hand them in, and the plan says by whom each was made."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.board import api as board
from lms.training.board import consumers
from lms.training.lifecycle.conduct import alarms_of
from lms.training.yearly_plans.commissions import queries, services
from lms.training.yearly_plans.commissions.models import Commission
from lms.training.yearly_plans.commissions.rules import state
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(house):
    """A provider with its editor, who makes a course of public subjects."""
    house.college = OrganisationFactory(name="申江开放学院", kind="college")
    house.editor = member("editor", house.college)
    house.made = house.course(provider=house.college)
    return house


def given_out(house, body=None, **fields):
    asked = services.Asked(
        **{
            "body": body or house.college,
            "subject": "网络安全普及（2026 年新课）",
            "commissioned_on": today(),
            "due_on": today() + timedelta(days=30),
            "number": "申人社委〔2026〕3 号（测试）",
        }
        | fields
    )
    return services.commission(house.officer, house.authority, asked)


class TestGiving:
    def test_a03_a_course_is_commissioned_handed_in_planned_and_named(self, maker, client):
        found = given_out(maker)
        assert AuditRow.objects.get(action="commission.give").target == found.uuid
        assert queries.rows([found])[0].state == "open"
        services.deliver(maker.editor, found, maker.made.code, "含题库")
        assert queries.rows([found])[0].state == "delivered"
        other = maker.course()
        plan = maker.published(maker.made, other)
        html = client.get(reverse("plans:plan", args=[plan.uuid])).content.decode()
        assert html.count("委托申江开放学院开发（申人社委〔2026〕3 号（测试）") == 1
        consumers.catch_up()
        body = board.by_key(f"plan:{plan.uuid}").body
        assert f"{maker.made.code}）：2026-01-01 至 2026-12-31；委托申江开放学院开发" in body

    def test_a03_a_department_hands_in_an_update_of_the_very_course(self, maker, client):
        department = maker.body("网信办")
        clerk = member("officer", department)
        found = given_out(maker, department, code=maker.made.code, number="")
        assert found.work == "update"
        with pytest.raises(Invalid, match="另一门课程"):
            services.deliver(clerk, found, maker.course().code)
        services.deliver(clerk, found, maker.made.code)
        plan = maker.published(maker.made)
        html = client.get(reverse("plans:plan", args=[plan.uuid])).content.decode()
        assert f"委托网信办更新（{today().isoformat()}）" in html

    def test_a03_another_course_takes_the_place_of_what_was_handed_in(self, maker):
        found, second = given_out(maker), maker.course(provider=maker.college)
        services.deliver(maker.editor, found, maker.made.code)
        services.deliver(maker.editor, found, second.code)
        assert queries.rows([found])[0].delivery.course_id == second.course.pk
        asked = [maker.made.course.pk, second.course.pk]
        assert set(queries.commissioned(maker.authority, asked, today())) == {second.course.pk}
        assert queries.commissioned(maker.authority, asked, today() - timedelta(days=1)) == {}
        assert len(queries.deliveries(found)) == 2

    def test_a03_what_is_overdue_is_said_aloud_until_it_is_handed_in(self, maker, clock):
        found = given_out(maker)
        assert alarms_of(maker.authority, found.due_on, "commissions") == []
        ((text, url),) = alarms_of(maker.authority, found.due_on + timedelta(days=1), "commissions")
        assert "申江开放学院" in text
        assert "沪人社专〔2022〕372号 三(一)" in text
        assert url == reverse("training_commission", args=[found.uuid])
        services.deliver(maker.editor, found, maker.made.code)
        assert alarms_of(maker.authority, found.due_on + timedelta(days=1), "commissions") == []

    def test_a03_it_is_taken_back_before_anything_is_handed_in(self, maker):
        found, kept = given_out(maker), given_out(maker)
        services.deliver(maker.editor, kept, maker.made.code)
        with pytest.raises(Conflict, match="已经交付"):
            services.end(maker.officer, kept, "另行安排")
        with pytest.raises(Invalid, match="收回的原因"):
            services.end(maker.officer, found, " ")
        services.end(maker.officer, found, "内容并入另一门课程")
        assert queries.rows([Commission.objects.get(pk=found.pk)])[0].state == "ended"
        with pytest.raises(Conflict, match="已经收回"):
            services.deliver(maker.editor, found, maker.made.code)
        with pytest.raises(Conflict, match="已经收回"):
            services.end(maker.officer, found, "再收回一次")

    @pytest.mark.parametrize(
        ("field", "fields"),
        [
            ("subject", {"subject": "短"}),
            ("commissioned_on", {"commissioned_on": date(2020, 1, 1)}),
            ("commissioned_on", {"commissioned_on": date(2099, 1, 1)}),
            ("due_on", {"due_on": date(2023, 1, 1)}),
            ("due_on", {"due_on": date(2099, 1, 1)}),
            ("code", {"code": "nowhere"}),
            ("number", {"number": "长" * 81}),
        ],
    )
    def test_a03_what_cannot_be_is_refused_at_its_field(self, maker, field, fields):
        with pytest.raises(Invalid) as refused:
            given_out(maker, **fields)
        assert refused.value.details["field"] == field

    def test_a03_only_the_bodys_own_live_course_of_public_subjects(self, maker):
        found = given_out(maker)
        for code, why in (
            (maker.course().code, "不是受委托单位的课程"),
            (maker.course(kind="vocational", theme="", provider=maker.college).code, "不是公需科目课程"),
            ("nowhere", "没有代码为"),
        ):
            with pytest.raises(Invalid, match=why):
                services.deliver(maker.editor, found, code)

    def test_a03_who_gives_and_who_hands_in(self, maker):
        found = given_out(maker)
        asked = services.Asked(maker.college, "网络安全普及", today(), today())
        for user in (maker.stranger, maker.editor, UserFactory()):
            with pytest.raises(NotAllowed):
                services.commission(user, maker.authority, asked)
            with pytest.raises(NotAllowed):
                services.end(user, found, "不该由他收回")
        with pytest.raises(NotAllowed):
            services.commission(maker.stranger, maker.other, asked)
        for user in (maker.stranger, maker.officer, UserFactory(), member("teacher", maker.college)):
            with pytest.raises(NotAllowed):
                services.deliver(user, found, maker.made.code)
        with pytest.raises(NotFound):
            queries.commission(maker.stranger, found.uuid)
        assert services.deliver(Actor.system("demo"), found, maker.made.code)

    def test_a03_rows_only_grow(self, maker):
        given_out(maker)
        for verb in ("UPDATE training_commission SET subject = 'x'", "DELETE FROM training_commission"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(verb)


class TestScreens:
    def test_a03_the_authority_records_and_the_body_hands_in(self, maker):
        client = signed_in(maker.officer, staff=True)
        address = reverse("training_commissions")
        posted = {
            "authority": maker.authority.pk,
            "code_of_body": maker.college.code,
            "subject": "网络安全普及",
            "commissioned_on": today().isoformat(),
            "due_on": (today() + timedelta(days=9)).isoformat(),
        }
        assert client.post(address, posted | {"code_of_body": "nowhere"}).status_code == 422
        assert client.post(address, posted).status_code == 302
        found = Commission.objects.get()
        page = reverse("training_commission", args=[found.uuid])
        assert "收回委托" in client.get(page).content.decode()
        editor = signed_in(maker.editor, staff=True)
        html = editor.get(address).content.decode()
        assert "网络安全普及" in html
        assert "记录一项委托" not in html
        html = editor.get(page).content.decode()
        assert maker.made.code in html
        assert "收回委托" not in html
        assert editor.post(address, posted).status_code == 403
        assert editor.post(page, {"act": "deliver", "code": "nowhere"}).status_code == 422
        assert editor.post(page, {"act": "deliver", "code": maker.made.code}).status_code == 302
        assert "已交付" in editor.get(page).content.decode()
        assert signed_in(maker.stranger, staff=True).get(page).status_code == 404
        assert signed_in(member("teacher"), staff=True).get(address).status_code == 403

    def test_a03_however_many_the_queries_are_as_many(self, maker):
        client = signed_in(maker.officer, staff=True)

        def asked():
            with CaptureQueriesContext(connection) as found:
                client.get(reverse("training_commissions"))
            return len(found)

        services.deliver(maker.editor, given_out(maker), maker.made.code)
        asked()
        before = asked()
        for _ in range(3):
            services.deliver(maker.editor, given_out(maker), maker.made.code)
        assert asked() == before


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(days, st.none() | days, st.none() | days, days)
def test_a03_a_commission_stands_in_one_place_and_its_last_day_is_in_time(due, delivered, ended, day):
    found = state(due, delivered, ended, day)
    assert (found == "ended") == (ended is not None)
    assert (found == "overdue") == (ended is None and delivered is None and day > due)
    assert state(due, due, None, day) == "delivered"
    assert state(due, None, None, due) == "open"
