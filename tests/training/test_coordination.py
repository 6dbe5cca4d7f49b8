"""A26, A40: the coordination group as a body: its members are named by the authority, each speaks for themselves, and an officer enters no
decision that they have not borne."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import deliver_pending
from lms.training.coordination import people, queries, services
from lms.training.coordination.models import GroupMember, GroupOpinion
from lms.training.coordination.rules import Stand, count
from lms.training.coordination.services import NewMember
from lms.training.grants.models import Grant
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.grants import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(clock):
    return House()


BASIS = "青人社〔2023〕3 号（测试）"


def new(house, **changes):
    said = {
        "authority": house.authority,
        "person": UserFactory(),
        "body": OrganisationFactory(name="区教育局", kind="authority"),
        "position": "member",
        "basis": BASIS,
        "since": today(),
    }
    return NewMember(**said | changes)


# --- whether it has decided -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "stands", "aside", "over", "carried", "failed"),
    [
        (3, {1: "agree", 2: "agree"}, (), 50, True, False),
        (3, {1: "agree"}, (), 50, False, False),
        (4, {1: "agree", 2: "agree"}, (), 50, False, False),
        (4, {1: "agree", 2: "agree", 3: "against", 4: "abstain"}, (), 50, False, True),
        # Who stands aside is neither for nor against.
        (3, {1: "agree", 2: "agree", 3: "recused"}, (), 50, True, False),
        (3, {1: "agree", 2: "agree"}, (1, 2), 50, False, False),
        # A rule that asks for more than two thirds.
        (3, {1: "agree", 2: "agree", 3: "against"}, (), 66, True, False),
        (3, {1: "agree", 2: "agree", 3: "against"}, (), 67, False, True),
        (1, {1: "agree"}, (), 50, False, False),
        (0, {}, (), 50, False, False),
    ],
    ids=str,
)
def test_a40_more_than_half_of_those_who_do_not_stand_aside(members, stands, aside, over, carried, failed):
    found = count(range(1, members + 1), stands, aside, over)
    assert (found.carried, found.failed) == (carried, failed)


STANDS = st.dictionaries(st.integers(0, 9), st.sampled_from([stand.value for stand in Stand]))


@given(st.integers(0, 8), STANDS, st.sets(st.integers(0, 9)), st.integers(50, 99))
def test_a40_a_group_never_says_both_and_says_something_once_all_have_spoken(members, stands, aside, over):
    found = count(range(members), stands, aside, over)
    assert (
        found.members
        == members
        == found.recused + found.agree + found.against + found.abstain + found.waiting
    )
    assert not (found.carried and found.failed)
    if found.enough and found.waiting == 0:
        assert found.carried or found.failed
    # What has been decided is not turned by those who have not spoken.
    for stand in ("agree", "against", "abstain"):
        later = count(range(members), dict.fromkeys(range(members), stand) | stands, aside, over)
        assert not (found.carried and later.failed)
        assert not (found.failed and later.carried)


# --- who sits in it -------------------------------------------------------------------------------------------------


def test_a26_the_administrator_names_members_who_hear_of_it(house):
    made = new(house, person=UserFactory(email="min.lin@example.com"))
    with pytest.raises(NotAllowed):
        services.name_member(house.officer, made)
    row = services.name_member(house.chief, made)
    assert row in queries.sitting(house.authority.pk, today())
    event = AuditRow.objects.get(action="group.name", target=row.uuid)
    assert (event.reason, event.data["body"]) == (BASIS, row.body.code)
    while deliver_pending():
        pass
    assert "协调小组" in mail.outbox[-1].subject


def test_a26_nobody_is_named_twice_by_themselves_or_backwards(house):
    with pytest.raises(NotAllowed, match="不能把自己"):
        services.name_member(house.chief, new(house, person=house.chief))
    other = member("admin", house.authority)
    with pytest.raises(Conflict, match="已经是"):
        services.name_member(other, new(house, person=house.group[1]))
    with pytest.raises(Conflict, match="组长"):
        services.name_member(other, new(house, position="lead"))
    for change in (
        {"person": None},
        {"body": None},
        {"basis": " "},
        {"position": "chair"},
        {"basis": "\0文号"},
    ):
        with pytest.raises(Invalid):
            services.name_member(other, new(house, **change))
    with pytest.raises(Invalid, match="倒签"):
        services.name_member(other, new(house, since=today() - timedelta(days=1)))
    assert GroupMember.objects.count() == 3


def test_a26_a_seat_ends_with_its_reason_and_can_be_taken_again(house):
    row = queries.seat(house.group[1], house.authority.pk, now())
    with pytest.raises(NotAllowed):
        services.end_member(house.officer, row, "岗位调整")
    services.end_member(house.chief, row, "岗位调整")
    with pytest.raises(Conflict):
        services.end_member(house.chief, row, "岗位调整")
    assert queries.seat(house.group[1], house.authority.pk, now()) is None
    services.name_member(house.chief, new(house, person=house.group[1]))


# --- what they say --------------------------------------------------------------------------------------------------


def test_a40_the_officer_alone_decides_nothing(house):
    case = house.checked()
    house.says(case, "abstain")

    with pytest.raises(Conflict, match="还没有同意") as refused:
        house.act(house.officer, case, "approve", **house.meeting())
    assert refused.value.code == "no_decision"
    assert "弃权 3" in str(refused.value.message)
    assert not Grant.objects.exists()


def test_a40_without_a_group_there_is_no_decision(house):
    case = house.checked()
    house.says(case, "agree")
    GroupMember.objects.update(ended_on=today())
    with pytest.raises(Conflict, match="还没有登记协调小组"):
        house.act(house.officer, case, "approve", **house.meeting())


def test_a40_what_the_group_agreed_to_is_not_declined_and_the_other_way_round(house):
    case = house.checked()
    house.says(case, "agree")
    with pytest.raises(Conflict, match="没有不同意"):
        house.act(house.officer, case, "decline", decided_on=today())
    house.says(case, "against")
    with pytest.raises(Conflict, match="还没有同意"):
        house.act(house.officer, case, "approve", **house.meeting())
    house.act(house.officer, case, "decline", decided_on=today())


def test_a40_the_last_word_counts_and_none_after_the_decision(house):
    case = house.checked()
    house.says(case, "against")
    house.says(case, "agree", "agree", "against")
    house.act(house.officer, case, "approve", **house.meeting())
    assert [name.split("：")[1] for name in house.grant(case).members] == ["同意", "同意", "不同意"]
    with pytest.raises(Conflict, match="不等协调小组"):
        house.says(case, "against")
    assert GroupOpinion.objects.count() == 6


def test_a40_only_members_speak_and_one_s_own_body_s_only_stand_aside(house):
    case = house.checked()
    for user in (house.officer, house.clerk, UserFactory()):
        with pytest.raises(NotFound):
            services.state_opinion(user, case, "agree", "")
    MembershipFactory(user=house.group[1], organisation=house.firm, role="teacher")
    with pytest.raises(NotAllowed, match="只能回避"):
        services.state_opinion(house.group[1], case, "agree", "")
    services.state_opinion(house.group[1], case, "recused", "兼任该单位教师")
    for said in ("against", "abstain", "recused"):
        with pytest.raises(Invalid):
            services.state_opinion(house.group[2], case, said, " ")
    with pytest.raises(Invalid):
        services.state_opinion(house.group[2], case, "perhaps", "也许")
    found = queries.decision(case, today())
    assert (found.count.deciding, found.count.recused, found.count.waiting) == (2, 1, 2)


def test_a40_who_joined_after_the_meeting_is_not_counted(house, clock):
    case = house.checked()
    house.says(case, "agree", "against", "against")
    held = today()
    later(clock)
    for _number in range(4):
        row = services.name_member(house.chief, new(house))
        services.state_opinion(row.person, case, "agree", "")
    with pytest.raises(Conflict, match="还没有同意"):
        house.act(house.officer, case, "approve", **house.meeting(decided_on=held))


def later(clock):
    clock.move_to(now() + timedelta(days=1))


# --- their pages ----------------------------------------------------------------------------------------------------


def test_a40_a_member_reads_the_case_and_its_files_while_it_waits_and_nobody_else(house, client):
    case = house.checked()
    page, file = reverse("group:case", args=[case.uuid]), case.evidence.get(kind="plan")
    client.force_login(house.group[1])
    assert "添置实训耗材" in client.get(page).content.decode()
    assert client.get(reverse("cases:file", args=[file.uuid])).status_code == 200
    assert AuditRow.objects.filter(action="case.view", target=case.uuid).exists()
    answer = client.post(page, {"stand": "against", "reason": ""})
    assert answer.status_code == 422
    assert "请填写这一项" in answer.content.decode()
    assert client.post(page, {"stand": "agree", "reason": ""}).status_code == 302
    assert "已表态" in client.get(reverse("group:own")).content.decode()
    client.force_login(UserFactory())
    assert (
        client.get(page).status_code == client.get(reverse("cases:file", args=[file.uuid])).status_code == 404
    )
    house.says(case, "agree")
    house.act(house.officer, case, "approve", **house.meeting())
    client.force_login(house.group[1])
    assert (
        client.get(page).status_code == client.get(reverse("cases:file", args=[file.uuid])).status_code == 404
    )


def test_a40_who_must_stand_aside_sees_no_more_than_everybody(house, client):
    case = house.checked()
    MembershipFactory(user=house.group[1], organisation=house.firm, role="teacher")
    client.force_login(house.group[1])
    said = client.get(reverse("group:case", args=[case.uuid])).content.decode()
    assert "你要回避" in said
    assert "添置实训耗材" not in said
    file = case.evidence.get(kind="plan")
    assert client.get(reverse("cases:file", args=[file.uuid])).status_code == 404


def test_a40_members_hear_when_a_case_waits_for_them(house):
    house.checked()
    told = len(mail.outbox)
    while deliver_pending():
        pass
    assert sum("请你表态" in letter.subject for letter in mail.outbox[told:]) == 3


def test_a26_the_register_by_role(house):
    listing = reverse("training_group")
    for user, names in ((house.chief, True), (house.officer, False)):
        answer = signed_in(user, staff=True).get(listing)
        assert (answer.status_code, "列一位成员" in answer.content.decode()) == (200, names)
    assert signed_in(member("officer", house.firm), staff=True).get(listing).status_code in (302, 403)
    client = signed_in(house.chief, staff=True)
    person = UserFactory(email="xin@example.com")
    OrganisationFactory(name="区发改委", kind="authority")
    said = {"authority": house.authority.pk, "login": person.email, "body": "区发改委", "position": "member"}
    made = client.post(listing, said | {"basis": BASIS, "since": today().isoformat()})
    assert made.status_code == 302
    seat = queries.seat(person, house.authority.pk, now())
    assert (
        client.post(reverse("training_group_member", args=[seat.uuid]), {"reason": "退休"}).status_code == 302
    )
    assert queries.seat(person, house.authority.pk, now()) is None


def test_a_member_takes_their_words_along_and_what_they_were_for_stays(house):
    case = house.checked()
    house.says(case, "agree")
    person = house.group[1]
    assert people.part(person)["opinions"][0]["reason"] == "看过材料"
    people.erase(person)
    row = GroupOpinion.objects.get(member__person=person)
    assert (row.stand, row.reason) == ("agree", "")
    assert queries.seat(person, house.authority.pk, now()) is None
