"""A66: a three-year cohort that studies for a degree: invited, joined by one's own yes, counted with its list."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from creditbank.applications.models import Redemption
from creditbank.erasure import erase
from creditbank.export import part
from creditbank.holders.queries import numbers_of
from creditbank.holders.services import open_account
from creditbank.honours import cohort_queries as queries
from creditbank.honours.cohorts import (
    answer,
    invite,
    leave,
    open_cohort,
    record_degree,
    withdraw_degree,
)
from creditbank.honours.models import Cohort, CohortMember, CohortRelease
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.vouching import vouch
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.creditbank.honours.test_a49 import authority, body, office, staff, union
from tests.factories.creditbank import SYSTEM, booked, college, member, person, programme
from tests.races import at_once, won

pytestmark = pytest.mark.django_db


def number_of(user):
    open_account(user)
    return numbers_of(user)[0]


STUDY = {"college": "申江开放大学", "programme": "机电一体化技术"}


def cohort(home=None, **fields):
    values = {"name": "劳模工匠学历提升", "first_year": today().year, "target": 120, "source": "测试方案"}
    return open_cohort(SYSTEM, home or union(), **values | fields)


def invited(found, user=None):
    return invite(SYSTEM, found, number=number_of(user or person()), **STUDY)


def joined(found, user=None):
    row = invited(found, user)
    return answer(row.person, row, accept=True)


def result(holder, day=None, number=1):
    said = Deposit(
        kind="degree_course",
        title="毕业设计",
        occupation_code="",
        level=None,
        issuer_name="申江开放大学",
        issuer=college(),
        number="",
        issued_on=day or today(),
        course_code=f"GD{number}",
        centicredits=400,
    )
    with transaction.atomic():
        return vouch(holder, college(), said, None, room="tests", about={})


def figures(found):
    exact = queries.counts_of([found])[found.pk]
    return exact.joined, exact.under_way, exact.obtained, exact.left


def test_from_the_invitation_to_the_degree():
    found, who = cohort(), office(union())
    row = invite(who, found, number=number_of(person()), **STUDY)
    assert figures(found) == (0, 0, 0, 0)
    row = answer(row.person, row, accept=True)
    assert (row.joined_on, figures(found)) == (today(), (1, 1, 0, 0))
    proof = result(row.person)
    row = record_degree(who, row, proof.uuid)
    assert figures(found) == (1, 0, 1, 0)
    with pytest.raises(Conflict):
        record_degree(who, row, proof.uuid)
    with pytest.raises(Invalid):
        withdraw_degree(who, row, reason=" ")
    row = withdraw_degree(who, row, reason="记错了人")
    assert figures(found) == (1, 1, 0, 0)
    steps = AuditRow.objects.filter(target=row.uuid).order_by("id").values_list("action", flat=True)
    assert list(steps) == ["cohort.invited", "cohort.joined", "cohort.degree", "cohort.degree_withdrawn"]


def test_a_redeemed_diploma_counts_by_itself_and_what_came_before_does_not():
    found = cohort()
    row, other = joined(found), joined(found)
    target = programme()
    for holder, at in ((row.person, now()), (other.person, now() - timedelta(days=1))):
        Redemption.objects.create(
            holder=holder,
            programme=target,
            state="redeemed",
            centicredits=7600,
            requested_at=at,
            decided_at=at,
            decided_by=holder,
            transaction=booked(holder.uuid, 100),
        )
    assert figures(found) == (2, 1, 1, 0)
    assert [item.pk for item in queries.members(found, "obtained")] == [row.pk]
    assert [item.pk for item in queries.members(found, "joined")] == [other.pk]


def test_only_what_is_verified_of_a_later_day_proves_a_degree():
    found, who = cohort(), office(union())
    row, other = joined(found), joined(found)
    early = result(row.person, today() - timedelta(days=1))
    theirs = result(other.person, number=2)
    for outcome in (early, theirs):
        with pytest.raises(NotFound):
            record_degree(who, row, outcome.uuid)
    proof = result(row.person, number=3)
    record_degree(who, row, proof.uuid)
    # A verification that is gone takes the degree with it.
    type(proof).objects.filter(pk=proof.pk).update(status="refused")
    assert figures(found) == (2, 2, 0, 0)


def test_leaving_and_coming_back_is_one_person():
    found = cohort()
    row = joined(found)
    leave(row.person, row)
    assert figures(found) == (1, 0, 0, 1)
    with pytest.raises(Conflict):
        leave(row.person, row)
    joined(found, row.person)
    assert figures(found) == (1, 1, 0, 0)
    declined = invited(found)
    answer(declined.person, declined, accept=False)
    assert figures(found) == (1, 1, 0, 0)
    with pytest.raises(Conflict):
        answer(declined.person, declined, accept=True)


def test_who_obtained_it_and_came_back_is_not_under_way_as_well():
    found, who = cohort(), office(union())
    row = joined(found)
    record_degree(who, row, result(row.person).uuid)
    leave(row.person, row)
    again = joined(found, row.person)
    assert figures(found) == (1, 0, 1, 0)
    assert [item.pk for item in queries.members(found, "obtained")] == [again.pk]
    assert not queries.members(found, "joined").exists()


def test_who_redeemed_a_diploma_and_came_back_is_not_under_way_as_well():
    found = cohort()
    row = joined(found)
    Redemption.objects.create(
        holder=row.person,
        programme=programme(),
        state="redeemed",
        centicredits=7600,
        requested_at=now(),
        decided_at=now(),
        decided_by=row.person,
        transaction=booked(row.person.uuid, 100),
    )
    leave(row.person, row)
    again = joined(found, row.person)
    assert figures(found) == (1, 0, 1, 0)
    assert [item.pk for item in queries.members(found, "obtained")] == [again.pk]
    assert not queries.members(found, "joined").exists()


def test_who_may():
    found, who = cohort(), office(union())
    row = invited(found)
    stranger, elsewhere = person(), office()
    for user in (stranger, elsewhere, member("admin", union(), "管理")):
        with pytest.raises(NotAllowed):
            invite(user, found, number=number_of(person()), **STUDY)
        with pytest.raises(NotFound):
            queries.cohort_for(user, found.uuid)
    with pytest.raises(NotAllowed):
        open_cohort(elsewhere, union(), name="别家", first_year=2026, target=1, source="来源")
    with pytest.raises(NotAllowed) as refusal:
        cohort(body())
    assert refusal.value.code == "no_cohorts"
    with pytest.raises(NotFound):
        answer(stranger, row, accept=True)
    with pytest.raises(NotAllowed) as refusal:
        invite(who, found, number=number_of(who), **STUDY)
    assert refusal.value.code == "own_case"
    own = joined(found, who)
    with pytest.raises(NotAllowed):
        record_degree(who, own, result(who).uuid)
    # Nobody is looked at before their yes, nor after they left.
    with pytest.raises(NotFound):
        queries.member_for(who, found, row.uuid)
    assert queries.member_for(office(union()), found, own.uuid) == own


def test_bad_input_keeps_nothing():
    found, who = cohort(), office(union())
    with pytest.raises(Conflict):
        cohort()
    for said in ({"target": 0}, {"first_year": 1990}, {"source": ""}, {"name": " "}, {"name": "名" * 61}):
        with pytest.raises(Invalid):
            cohort(authority(), **said)
    number = number_of(person())
    for said in ({"number": "1"}, {"college": ""}, {"programme": " "}):
        with pytest.raises(Invalid):
            invite(who, found, **{"number": number, **STUDY, **said})
    invite(who, found, number=number, **STUDY)
    with pytest.raises(Conflict) as refusal:
        invite(who, found, number=number, **STUDY)
    assert refusal.value.code == "invited_already"
    over = cohort(name="以前的计划", first_year=today().year - 3)
    with pytest.raises(Conflict) as refusal:
        invited(over)
    assert refusal.value.code == "cohort_over"
    assert (Cohort.objects.count(), CohortMember.objects.count()) == (2, 1)


def test_in_public_few_people_are_not_said(client):
    with time_machine.travel(datetime(2026, 3, 2, 4, tzinfo=UTC), tick=False) as clock:
        found = cohort()
        rows = [joined(found) for _ in range(4)]
        address = reverse("credit:cohorts")
        page = client.get(address).content.decode()
        assert "目标 120 人" in page
        assert "少于 5" in page
        assert rows[0].person.display_name not in page
        rows += [joined(found) for _ in range(7)]
        assert "少于 5" in client.get(address).content.decode()
        # Nothing was said of anybody: the next day it is counted anew, then not before the next month.
        clock.shift(timedelta(days=1))
        told = queries.released([found])[found.pk][1]
        assert [told[key].people for key in ("joined", "under_way", "obtained")] == [10, 10, 0]
        joined(found)
        clock.shift(timedelta(days=1))
        assert queries.released([found])[found.pk][0] == date(2026, 3, 3)
        assert CohortRelease.objects.count() == 2


def test_by_pages(client):
    who, learner = office(union()), person("王芳")
    staff(client, who)
    said = {"body": "union", "name": "劳模工匠学历提升", "first_year": today().year, "target": 120}
    assert client.post(reverse("creditbank_cohort_new"), said).status_code == 422
    assert client.post(reverse("creditbank_cohort_new"), said | {"source": "方案"}).status_code == 302
    found = Cohort.objects.get()
    address = reverse("creditbank_cohort", args=[found.uuid])
    number = number_of(learner)
    assert client.post(address, {"number": "0", **STUDY}).status_code == 422
    assert client.post(address, {"number": number, **STUDY}).status_code == 302
    waiting = client.get(f"{address}?state=invited").content.decode()
    assert number in waiting
    assert "王芳" not in waiting
    row = CohortMember.objects.get()
    one = reverse("creditbank_cohort_member", args=[found.uuid, row.uuid])
    assert client.get(one).status_code == 404

    client.force_login(learner)
    mine = reverse("credit:cohort_member", args=[row.uuid])
    assert str(row.uuid) in client.get(reverse("credit:cohorts")).content.decode()
    assert "能看到你的姓名" in client.get(mine).content.decode()
    assert client.post(mine, {"action": "nothing"}).status_code == 404
    assert client.post(mine, {"action": "accept"}).status_code == 302
    assert client.post(mine, {"action": "accept"}).status_code == 409
    client.force_login(person())
    assert client.get(mine).status_code == 404

    staff(client, who)
    assert "王芳" in client.get(address).content.decode()
    assert AuditRow.objects.filter(target=learner.uuid, action="cohort.view").exists()
    assert "还没有加入以后取得" in client.get(one).content.decode()
    proof = result(learner)
    assert client.post(one, {"action": "degree", "outcome": "x"}).status_code == 422
    assert client.post(one, {"action": "degree", "outcome": str(proof.uuid)}).status_code == 302
    assert "王芳" in client.get(f"{address}?state=obtained").content.decode()
    assert client.post(one, {"action": "withdraw", "reason": "记错"}).status_code == 302
    assert "劳模工匠学历提升" in client.get(reverse("creditbank_cohorts")).content.decode()
    staff(client, office())
    assert client.get(address).status_code == 404
    staff(client, member("assessor", union(), "考评"))
    assert client.get(reverse("creditbank_cohorts")).status_code == 403


def test_who_can_have_none_is_not_offered_any(client):
    """A personnel officer of an enterprise gives rewards; cohorts are for authorities and unions."""
    staff(client, office())
    assert client.get(reverse("creditbank_honours")).status_code == 200
    for address in (reverse("creditbank_cohorts"), reverse("creditbank_cohort_new")):
        answer_ = client.get(address)
        assert answer_.status_code == 403
        assert "只有主管部门和工会可以建立" in answer_.content.decode()
    assert reverse("creditbank_cohorts") not in client.get(reverse("creditbank_honours")).content.decode()
    staff(client, office(union()))
    assert reverse("creditbank_cohorts") in client.get(reverse("creditbank_honours")).content.decode()


def test_taken_along_and_erased():
    found, who = cohort(), office(union())
    row = joined(found)
    record_degree(who, row, result(row.person).uuid)
    (line,) = part(row.person)["cohorts"]
    assert (line["cohort__name"], line["state"]) == ("劳模工匠学历提升", "joined")
    erase(row.person)
    row.refresh_from_db()
    assert (row.state, row.number, row.college) == ("left", "", "")
    # What was reached stays in the count, on no list.
    assert figures(found) == (1, 0, 1, 0)
    assert not queries.members(found, "obtained").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_several_at_once_invite_and_answer_once():
    found, user = cohort(), person()
    number = number_of(user)
    crowd = [office(union()) for _ in range(3)]
    tasks = [lambda who=who: invite(who, found, number=number, **STUDY) for who in crowd]
    assert len(won(at_once(*tasks))) == 1
    row = CohortMember.objects.get()
    answers = [lambda yes=yes: answer(user, row, accept=yes) for yes in (True, False, True)]
    assert len(won(at_once(*answers))) == 1
