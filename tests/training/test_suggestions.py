"""A86: a suggestion from anybody gets number, owner and reply date at once; who it is from is read by those in charge alone."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from lms.accounts.models import Membership
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.workdays import add_working_days
from lms.training.suggestions import people, queries, services
from lms.training.suggestions.models import State, Suggestion, SuggestionAct, SuggestionRule
from lms.training.suggestions.services import Given
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
GIVEN = Given("周末也开班", "我们上夜班，希望周末有面授。我叫欧阳晓晨。")
DAY = timedelta(days=1)
DAYS = 15


class Desk:
    """authority: takes suggestions, with two officers and an administrator; other: takes them, too; shut: does not."""

    def __init__(self):
        self.authority = self.body("区人社局")
        self.first = member("officer", self.authority, display_name="郑明")
        self.second = member("officer", self.authority, display_name="何平")
        self.chief = member("admin", self.authority, display_name="丁局")
        self.other = self.body("区教育局")
        self.elsewhere = member("officer", self.other)
        self.shut = OrganisationFactory(name="区财政局", kind="authority")
        self.sender = UserFactory(display_name="欧阳晓晨")

    def body(self, name):
        authority = OrganisationFactory(name=name, kind="authority")
        services.set_rule(SYSTEM, authority, date(2022, 1, 1), DAYS, "测试设定")
        return authority

    def handed_in(self, sender=None, **fields):
        given = Given(**(GIVEN.__dict__ | fields))
        return services.hand_in(sender or self.sender, self.authority, given).suggestion


@pytest.fixture
def desk(clock):
    cache.clear()
    return Desk()


def page(user, row):
    client = signed_in(user, staff=True)
    return client.get(reverse("training_suggestion", args=[row.uuid]))


# --- number, owner, reply date --------------------------------------------------------------------------------------


def test_a86_each_gets_number_owner_and_reply_date_at_once(desk):
    rows = [desk.handed_in() for _number in range(3)]
    assert len({row.number for row in rows}) == 3
    assert {row.due_on for row in rows} == {add_working_days(today(), DAYS)}
    assert [row.owner for row in rows] == [desk.first, desk.second, desk.first], "who has the fewest"
    assert [act.name for act in rows[0].acts.all()] == ["hand_in"]
    assert AuditRow.objects.filter(action="suggestion.hand_in", target=rows[0].uuid).count() == 1


def test_a86_the_reply_date_goes_by_the_rule_of_the_day_and_the_calendar(desk):
    services.set_rule(SYSTEM, desk.authority, today(), 5, "新的设定")
    services.set_rule(SYSTEM, desk.authority, today() + DAY, 1, "明天起")
    assert desk.handed_in().due_on == add_working_days(today(), 5)


@pytest.mark.parametrize("days", [0, 121])
def test_a86_a_rule_is_set_by_the_platform_within_bounds(desk, days):
    with pytest.raises(Invalid):
        services.set_rule(SYSTEM, desk.shut, today(), days, "设定")
    for user in (desk.first, desk.chief, desk.sender):
        with pytest.raises(NotAllowed):
            services.set_rule(user, desk.shut, today(), 15, "设定")
    with pytest.raises(Invalid):
        services.set_rule(SYSTEM, OrganisationFactory(), today(), 15, "设定")
    assert SuggestionRule.objects.count() == 2


def test_a86_without_a_rule_nothing_is_taken(desk):
    with pytest.raises(Conflict, match="还没有公布答复期限"):
        services.hand_in(desk.sender, desk.shut, GIVEN)
    assert desk.shut not in queries.recipients()
    assert not Suggestion.objects.exists()


def test_a86_a_reply_date_waits_for_the_calendar_and_then_follows(desk, clock):
    clock.move_to(datetime(2199, 12, 30, 12, tzinfo=SHANGHAI))
    row = desk.handed_in()
    assert row.due_on is None
    assert (
        "放假安排公布后"
        in signed_in(desk.sender).get(reverse("suggestions:own", args=[row.uuid])).content.decode()
    )
    assert services.tend() == 0
    Suggestion.objects.filter(pk=row.pk).update(handed_in_on=date(2026, 3, 2))
    assert services.tend() == 1
    row.refresh_from_db()
    assert row.due_on == add_working_days(date(2026, 3, 2), DAYS)
    assert services.tend() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "长" * 81),
        ("text", ""),
        ("text", "长" * 3001),
        ("text", "\0"),
        ("contact", "1" * 121),
    ],
    ids=["no-title", "long-title", "no-text", "long-text", "nul", "contact"],
)
def test_a86_what_cannot_be_is_refused_at_its_field(desk, field, value):
    with pytest.raises(Invalid) as refused:
        desk.handed_in(**{field: value})
    assert refused.value.details["field"] == field
    assert not Suggestion.objects.exists()
    assert not AuditRow.objects.filter(action="suggestion.hand_in").exists()


# --- who reads it -------------------------------------------------------------------------------------------------------


def test_a86_words_and_sender_are_read_by_those_in_charge_and_looks_are_logged(desk):
    row = desk.handed_in()
    seen = page(desk.first, row).content.decode()
    assert GIVEN.text in seen
    assert "欧阳晓晨" in seen
    assert page(desk.chief, row).status_code == 200
    looks = AuditRow.objects.filter(action="suggestion.view", target=desk.sender.uuid)
    assert [look.reason for look in looks] == [row.number] * 2


@pytest.mark.parametrize("role", ["officer", "auditor", "hr", "editor"])
def test_a86_nobody_else_reads_them(desk, role):
    row = desk.handed_in()
    colleague = page(desk.second, row).content.decode()
    assert row.number in colleague
    for words in (GIVEN.text, GIVEN.title, "欧阳晓晨"):
        assert words not in colleague
    stranger = desk.elsewhere if role == "officer" else member(role, desk.authority)
    assert page(stranger, row).status_code in (403, 404)
    assert page(UserFactory(is_superuser=True, is_staff=True), row).status_code == 403
    assert signed_in(UserFactory()).get(reverse("suggestions:own", args=[row.uuid])).status_code == 404
    assert Client().get(reverse("suggestions:own", args=[row.uuid])).status_code == 302
    assert not AuditRow.objects.filter(action="suggestion.view").exists()


def test_a86_a_contact_is_encrypted_at_rest(desk):
    made = services.hand_in(None, desk.authority, Given("建议", "内容", "13800000000"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact, code FROM training_suggestion")
        ((contact, code),) = cursor.fetchall()
    assert "13800000000" not in contact
    assert made.code not in code
    assert Suggestion.objects.get().contact == "13800000000"


def test_a86_one_that_has_to_wait_for_its_calendar_keeps_nobody_behind_it_waiting(desk, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    rows = [desk.handed_in() for _number in range(6)]
    # The first three reach into a year whose calendar is not there.
    for row in rows:
        days = 300 if row in rows[:3] else DAYS
        Suggestion.objects.filter(pk=row.pk).update(due_on=None, reply_days=days)
    assert services.tend() == 3
    dated = set(Suggestion.objects.filter(due_on__isnull=False).values_list("pk", "due_on"))
    assert dated == {(row.pk, add_working_days(today(), DAYS)) for row in rows[3:]}
    assert services.tend() == 0


# --- what is done with it ----------------------------------------------------------------------------------------------


def test_a86_the_owner_replies_and_the_sender_reads_it_and_ends_it(desk):
    row = desk.handed_in()
    services.reply(desk.first, row, "五月起周六开班。")
    client = signed_in(desk.sender)
    address = reverse("suggestions:own", args=[row.uuid])
    assert "五月起周六开班。" in client.get(address).content.decode()
    assert "郑明" not in client.get(address).content.decode(), "the authority replies, not the officer"
    assert client.post(address, {"act": "content"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.satisfied, row.replied_on) == (State.CLOSED, True, today())
    assert client.post(address, {"act": "not_content"}).status_code == 409


def test_a86_to_another_body_with_its_date_unmoved(desk, clock):
    row = desk.handed_in()
    clock.shift(5 * DAY)
    moved = services.hand_over(desk.first, row, desk.other, "办学由教育局管理")
    assert (moved.authority, moved.owner, moved.due_on) == (desk.other, desk.elsewhere, row.due_on)
    assert page(desk.first, moved).status_code == 404, "the former body reads it no more"
    assert page(desk.elsewhere, moved).status_code == 200
    shown = signed_in(desk.sender).get(reverse("suggestions:own", args=[row.uuid])).content.decode()
    assert "转给区教育局" in shown
    assert "办学由教育局管理" in shown
    for to in (desk.other, desk.shut):
        with pytest.raises(Invalid):
            services.hand_over(desk.elsewhere, moved, to, "再转")


def test_a86_only_its_owner_or_the_superior_acts(desk):
    row = desk.handed_in()
    with pytest.raises(NotAllowed, match="郑明"):
        services.reply(desk.second, row, "我来答复")
    with pytest.raises(NotFound):
        services.reply(desk.elsewhere, row, "别的单位")
    with pytest.raises(NotFound):
        services.reply(UserFactory(is_superuser=True), row, "平台")
    given = services.give(desk.chief, row, desk.second)
    assert services.reply(desk.second, given, "已经安排。").state == State.REPLIED
    assert [act.name for act in row.acts.all()] == ["hand_in", "give", "reply"]


def test_a86_what_its_owner_left_behind_is_taken_up_by_a_colleague(desk):
    row, other = desk.handed_in(), desk.handed_in()
    assert (row.owner, other.owner) == (desk.first, desk.second)
    desk.first.memberships.update(until=today() - DAY)
    assert GIVEN.text in page(desk.second, row).content.decode()
    assert services.reply(desk.second, row, "已经安排。").owner == desk.second
    third = member("officer", desk.authority)
    with pytest.raises(NotAllowed):
        services.reply(third, other, "别人的")


def test_a86_nobody_works_on_their_own(desk):
    row = desk.handed_in(desk.first)
    assert row.owner == desk.second
    for act in (
        lambda: services.reply(desk.first, row, "自己答复"),
        lambda: services.close(desk.first, row, "自己办结"),
    ):
        with pytest.raises(NotAllowed, match="别人办理"):
            act()
    with pytest.raises(Invalid, match="别人办理"):
        services.give(desk.chief, row, desk.first)
    assert GIVEN.text not in page(desk.first, row).content.decode()


def test_a86_two_at_once_one_wins(desk):
    row = desk.handed_in()
    services.reply(desk.chief, row, "先答复的。")
    with pytest.raises(Conflict):
        services.reply(desk.first, row, "后答复的。")
    row.refresh_from_db()
    assert (row.reply, row.acts.count()) == ("先答复的。", 2)


def test_a86_closing_without_a_reply_says_why(desk):
    row = desk.handed_in()
    with pytest.raises(Invalid):
        services.close(desk.first, row, " ")
    services.close(desk.first, row, "与上一条重复，已并在一起答复。")
    shown = signed_in(desk.sender).get(reverse("suggestions:own", args=[row.uuid])).content.decode()
    assert "与上一条重复" in shown


def test_a86_the_overdue_ones_are_listed(desk, clock):
    late, answered = desk.handed_in(), desk.handed_in()
    services.reply(desk.second, answered, "好的。")
    clock.move_to(datetime.combine(late.due_on, datetime.min.time(), SHANGHAI) + timedelta(hours=12))
    assert queries.late_count(desk.authority) == 0, "the last day is still in time"
    clock.shift(DAY)
    fresh = desk.handed_in()
    assert [row.pk for row in queries.queue(desk.chief, desk.authority, "late").rows] == [late.pk]
    listed = signed_in(desk.chief, staff=True).get(reverse("training_suggestions"), {"state": "late"})
    assert late.number in listed.content.decode()
    assert fresh.number not in listed.content.decode()
    assert "1 件已超期" in listed.content.decode()
    assert (
        signed_in(desk.elsewhere, staff=True)
        .get(reverse("training_suggestions"), {"authority": desk.authority.code})
        .content.decode()
        .count(late.number)
        == 0
    )


def test_a86_officers_work_in_the_admin(desk):
    row = desk.handed_in()
    client = signed_in(desk.first, staff=True)
    address = reverse("training_suggestion", args=[row.uuid])
    said = {"act": "reply", "revision": row.revision, "reply-text": ""}
    assert client.post(address, said).status_code == 422
    assert client.post(address, said | {"revision": 7, "reply-text": "好。"}).status_code == 409
    assert client.post(address, said | {"act": "nonsense"}).status_code == 422
    assert client.post(address, said | {"reply-text": "好。"}).status_code == 302
    row.refresh_from_db()
    assert row.reply == "好。"
    keeper = signed_in(UserFactory(is_superuser=True, is_staff=True), staff=True)
    rule = {"authority": desk.shut.pk, "reply_days": 10, "valid_from": "2026-03-01", "source": "测试"}
    assert client.post(reverse("training_suggestion_rules"), rule).status_code == 403
    assert keeper.post(reverse("training_suggestion_rules"), rule).status_code == 302
    assert desk.shut in queries.recipients()


# --- visitors ----------------------------------------------------------------------------------------------------------


def hand_in(client, desk, **fields):
    said = {"authority": desk.authority.pk, "title": "周末开班", "text": "希望周末有面授。"} | fields
    return client.post(reverse("suggestions:new"), said)


def test_a86_a_visitor_follows_by_number_and_code(desk):
    client = Client()
    receipt = hand_in(client, desk, contact="visitor@example.com")
    row = Suggestion.objects.get()
    shown = receipt.content.decode()
    assert receipt.status_code == 200
    assert row.number in shown
    assert row.due_on.isoformat() in shown
    assert "no-store" in receipt["Cache-Control"]
    code = shown.split('查询码</dt><dd class="num">')[1].split("<")[0]
    services.reply(desk.first, row, "已经安排。")
    follow = reverse("suggestions:follow")
    said = {"number": row.number.lower(), "code": f" {code.lower()} "}
    assert "已经安排。" in client.post(follow, said).content.decode()
    assert client.post(follow, said | {"code": "AAAA-BBBB-CCCC"}).status_code == 404
    assert client.post(follow, {"number": "JY-2026-999999", "code": code}).status_code == 404
    client.post(follow, said | {"act": "content"})
    row.refresh_from_db()
    assert (row.state, row.satisfied) == (State.CLOSED, True)


def test_a86_somebody_elses_code_opens_nothing_of_people_signed_in(desk):
    row = desk.handed_in()
    with pytest.raises(NotFound):
        queries.by_code(row.number, "")


def test_a86_visitors_are_counted(desk):
    client = Client()
    answers = [hand_in(client, desk).status_code for _number in range(21)]
    assert answers == [200] * 20 + [429]
    assert Suggestion.objects.count() == 20
    person = signed_in(desk.sender)
    assert [hand_in(person, desk).status_code for _number in range(11)] == [302] * 10 + [429]


def test_a86_pages_say_where_nobody_takes_any(clock):
    assert "现在还没有单位受理" in Client().get(reverse("suggestions:new")).content.decode()
    assert Client().get(reverse("suggestions:front")).status_code == 200


# --- the person's own ---------------------------------------------------------------------------------------------------


def test_a86_what_a_person_said_goes_with_them(desk):
    row = desk.handed_in()
    assert [found["number"] for found in people.part(desk.sender)["suggestions"]] == [row.number]
    assert row.number in people.obstacles(desk.sender)[0]
    services.hand_over(desk.first, row, desk.other, "欧阳晓晨说的归教育局")
    row.refresh_from_db()
    services.settle(desk.sender, row, None)
    assert people.obstacles(desk.sender) == []
    assert people.erase(desk.sender) == [row.uuid]
    row.refresh_from_db()
    assert (row.title, row.text, row.reply, row.number) == ("", "", "", row.number)
    assert set(SuggestionAct.objects.values_list("text", flat=True)) == {""}


def test_a86_nothing_goes_to_an_authority_that_is_suspended(desk):
    """Nobody there could reply, and nobody here could take it back."""
    row = desk.handed_in()
    desk.other.status = "suspended"
    desk.other.save()
    with pytest.raises(Invalid) as found:
        services.hand_over(desk.first, row, desk.other, "办学由教育局管理")
    assert found.value.details["field"] == "to"
    row.refresh_from_db()
    assert row.authority == desk.authority


# --- not content, and a form that is sent twice ------------------------------------------------------------------------


def test_a87_whoever_is_not_content_gets_a_second_reply_of_somebody_else(desk, clock):
    row = desk.handed_in()
    first = row.owner
    services.reply(first, row, "按规定办理。")
    clock.shift(timedelta(days=20))
    client, address = signed_in(desk.sender), reverse("suggestions:own", args=[row.uuid])
    assert client.post(address, {"act": "not_content", "reason": " "}).status_code == 422
    assert client.post(address, {"act": "not_content", "reason": "没有说哪一条规定"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reply, row.replied_on, row.satisfied) == (State.OPEN, "", None, None)
    assert row.owner != first
    assert row.due_on == add_working_days(today(), row.reply_days)
    said = client.get(address).content.decode()
    assert "按规定办理。" in said
    assert "没有说哪一条规定" in said
    services.reply(row.owner, row, "第十二条，附后。")
    assert "不满意，办结" in client.get(address).content.decode()
    client.post(address, {"act": "not_content"})
    row.refresh_from_db()
    assert (row.state, row.satisfied) == (State.CLOSED, False)


def test_a87_where_there_is_nobody_else_the_same_officer_answers_again(desk):
    row = desk.handed_in()
    others = Membership.objects.filter(organisation=row.authority, role="officer").exclude(user=row.owner)
    others.update(until=today() - timedelta(days=1))
    services.reply(row.owner, row, "按规定办理。")
    row = services.settle(desk.sender, row, False, "没有说哪一条规定")
    assert (row.state, row.owner is not None) == (State.OPEN, True)


def test_a87_a_form_that_is_sent_twice_is_one_suggestion(desk, client):
    address = reverse("suggestions:new")
    key = client.get(address).context["form"]["key"].value()
    said = {"authority": desk.authority.pk, "title": "周末开班", "text": "平时上不了。", "key": str(key)}
    codes = []
    for _twice in range(2):
        shown = client.post(address, said).content.decode()
        codes.append(shown.split('查询码</dt><dd class="num">')[1].split("<")[0])
    assert codes[0] == codes[1]
    row = Suggestion.objects.get(title="周末开班")
    assert queries.by_code(row.number, codes[0]) == row
    client.post(address, said | {"key": str(uuid4())})
    mine = signed_in(desk.sender)
    for _twice in range(2):
        assert mine.post(address, said | {"key": str(uuid4())}).status_code == 302
    assert Suggestion.objects.filter(title="周末开班").count() == 3
