"""A49: who did well is honoured and rewarded: a dated rule, a verified outcome, one reward, taken back only by a row."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import reverse

from creditbank.erasure import erase
from creditbank.export import part
from creditbank.honours import queries
from creditbank.honours.models import Reward, RewardRule
from creditbank.honours.services import give, set_rule, take_back
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.vouching import vouch
from lms.accounts.employment.models import Employment, RosterLine
from lms.accounts.models import Organisation
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.creditbank.promotion.test_promotions import award
from tests.factories.creditbank import SYSTEM, college, member, person
from tests.races import at_once, won

pytestmark = pytest.mark.django_db
SINCE = date(2024, 1, 1)


def body(kind="enterprise", code="qingshen", name="青申精密机械有限公司"):
    return Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[0]


def authority():
    return body("authority", "hr-bureau", "市人社局")


def union():
    # The body that `award` names as the contest's.
    return body("union", "union", "申江市总工会")


def employed(user, where=None, *, ended=False):
    home = where or body()
    line = RosterLine.objects.create(
        organisation=home, name=user.display_name, since=SINCE, state="confirmed", added_at=now()
    )
    end = {"ended_at": now(), "until": today(), "ended_by": "person"} if ended else {}
    Employment.objects.create(user=user, organisation=home, line=line, since=SINCE, confirmed_at=now(), **end)
    return user


def rule(home=None, **fields):
    values = {"honour": "技术能手", "fen": 200_000, "valid_from": SINCE, "source": "测试奖励办法"}
    measure = {} if "least" in fields else {"award": "city-1"}
    return set_rule(SYSTEM, home or body(), **values | measure | fields)


def result(holder, score=9200, title="数控加工工艺"):
    said = Deposit(
        kind="degree_course",
        title=title,
        occupation_code="",
        level=None,
        issuer_name="申江开放大学",
        issuer=college(),
        number="",
        issued_on=date(2025, 7, 1),
        course_code="NC101",
        centicredits=400,
        score=score,
    )
    with transaction.atomic():
        return vouch(holder, college(), said, None, room="tests", about={})


def office(home=None, role="hr"):
    return member(role, home or body(), "钱芳")


def test_a_reward_is_given_once_and_says_by_what():
    holder, found = employed(person()), rule()
    prize = award(holder)
    who = office()
    assert list(queries.qualifying(found)) == [prize]
    row = give(who, found, prize.uuid, reason="全市第一名")
    assert (row.honour, row.fen, row.award, row.score, row.decided_by) == (
        "技术能手",
        200_000,
        "city-1",
        None,
        who,
    )
    assert list(queries.qualifying(found)) == []
    with pytest.raises(NotFound):
        give(who, found, prize.uuid, reason="再来一次")
    step = AuditRow.objects.get(target=row.uuid)
    assert (step.action, step.role, step.body) == ("reward.given", "hr", "qingshen")
    assert OutboxEvent.objects.filter(kind="reward.given").count() == 1


def test_a_score_counts_from_its_least_on():
    holder = employed(person())
    found = rule(least=9000, fen=0, honour="学习标兵")
    enough, short = result(holder, 9000), result(employed(person("王芳")), 8999)
    assert list(queries.qualifying(found)) == [enough]
    row = give(office(), found, enough.uuid, reason="成绩优秀")
    assert (row.score, row.fen, row.award) == (9000, 0, "")
    with pytest.raises(NotFound):
        give(office(), found, short.uuid, reason="差一点")


def test_the_rule_of_the_day_and_of_the_occupation_decides():
    holder = employed(person())
    prize = award(holder)
    first = rule()
    # Awards of earlier days than the rule's are not its.
    late = rule(valid_from=prize.issued_on + timedelta(days=1), honour="以后的称号")
    assert list(queries.qualifying(first)) == [prize]
    assert not queries.qualifying(late).exists()
    special = rule(occupation_code="6-31-01-03", honour="首席电工")
    assert not queries.qualifying(first).exists()
    assert list(queries.qualifying(special)) == [prize]
    stop = rule(occupation_code="6-31-01-03", stops=True)
    assert not queries.qualifying(special).exists()
    assert not queries.qualifying(stop).exists()


def test_who_is_seen():
    found = rule()
    award(person("外人"))
    award(employed(person("离职"), ended=True), title="离职者的奖")
    award(employed(person("未核实")), verified=False, title="没有核实的奖")
    assert not queries.qualifying(found).exists()
    # An authority sees every verified award; a union the winners of its own contests.
    assert queries.qualifying(rule(authority())).count() == 2
    assert not queries.qualifying(rule(union())).exists()
    LearningOutcome.objects.filter(title="离职者的奖").update(issuer=union())
    assert queries.qualifying(RewardRule.objects.get(organisation=union())).count() == 1


def test_who_may():
    holder, found = employed(person()), rule()
    prize = award(holder)
    stranger, elsewhere = person(), office(body(code="other", name="另一家公司"))
    for user in (stranger, elsewhere, member("admin", body(), "管理"), holder):
        with pytest.raises(NotAllowed):
            give(user, found, prize.uuid, reason="不该能办")
        with pytest.raises(NotFound):
            queries.rule_for(user, found.uuid) if user.pk == elsewhere.pk else queries.rule_for(
                stranger, found.uuid
            )
        with pytest.raises(NotAllowed):
            set_rule(user, body(), honour="称号", fen=1, valid_from=SINCE, source="来源", award="city-1")
    own = employed(office())
    mine = award(own, title="自己的奖")
    with pytest.raises(NotAllowed) as refusal:
        give(own, found, mine.uuid, reason="自己给自己")
    assert refusal.value.code == "own_case"
    row = give(office(), found, mine.uuid, reason="由他人办理")
    with pytest.raises(NotAllowed):
        take_back(own, row, reason="自己撤销")
    with pytest.raises(NotAllowed):
        take_back(elsewhere, row, reason="别家的")
    assert Reward.objects.count() == 1


def test_taken_back_by_a_row_and_given_again():
    holder, found, who = employed(person()), rule(), office()
    prize = award(holder)
    row = give(who, found, prize.uuid, reason="全市第一名")
    with pytest.raises(Invalid):
        take_back(who, row, reason=" ")
    take_back(who, row, reason="名次更正")
    with pytest.raises(Conflict) as refusal:
        take_back(who, row, reason="名次更正")
    assert refusal.value.code == "taken_back_already"
    again = give(who, found, prize.uuid, reason="名次恢复")
    assert (again.number, Reward.objects.count(), queries.standing().count()) == (2, 2, 1)
    with pytest.raises(AppendOnlyError):
        again.save()


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("award", {"award": "moon-1"}),
        ("award", {"award": "city-9"}),
        ("least", {"award": ""}),
        ("least", {"award": "city-1", "least": 9000}),
        ("least", {"least": 10_001}),
        ("least", {"least": 0}),
        ("occupation_code", {"occupation_code": "6"}),
        ("occupation_code", {"least": 9000, "occupation_code": "6-31-01-03"}),
        ("honour", {"honour": " "}),
        ("fen", {"fen": -1}),
        ("source", {"source": ""}),
    ],
)
def test_a_wrong_rule_is_not_kept(field, said):
    with pytest.raises(Invalid) as refusal:
        rule(**said)
    assert refusal.value.details["field"] == field
    assert not RewardRule.objects.exists()


def test_an_authority_rewards_awards_alone():
    with pytest.raises(Invalid):
        rule(authority(), least=9000)


def staff(client, user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    return client


def test_by_pages(client, django_assert_max_num_queries):
    holder, who = employed(person()), office()
    prize = award(holder)
    staff(client, who)
    said = {"body": "qingshen", "award_level": "city", "award_rank": "1", "honour": "技术能手"}
    said |= {"fen": "2000", "valid_from": "2024-01-01", "source": ""}
    assert client.post(reverse("creditbank_honours_new"), said).status_code == 422
    half = client.post(reverse("creditbank_honours_new"), said | {"source": "办法", "award_rank": ""})
    assert half.status_code == 422
    assert client.post(reverse("creditbank_honours_new"), said | {"source": "测试办法"}).status_code == 302
    found = RewardRule.objects.get()
    assert found.fen == 200_000
    assert "技术能手" in client.get(reverse("creditbank_honours")).content.decode()
    address = reverse("creditbank_honour_rule", args=[found.uuid])
    for number in range(4):
        award(employed(person(f"同事{number}")), title=f"另一次大赛{number}")
    with django_assert_max_num_queries(40):
        page = client.get(address).content.decode()
    assert prize.title in page
    assert AuditRow.objects.filter(target=holder.uuid, action="reward.view").exists()
    grant = reverse("creditbank_reward_give", args=[found.uuid, prize.uuid])
    assert client.get(grant).status_code == 200
    assert client.post(grant, {"reason": ""}).status_code == 422
    assert client.post(grant, {"reason": "全市第一名"}).status_code == 302
    assert client.get(grant).status_code == 404
    row = Reward.objects.get()
    assert "李明" in client.get(f"{address}?state=given").content.decode()
    one = reverse("creditbank_reward", args=[row.uuid])
    assert client.post(one, {"reason": "名次更正"}).status_code == 302
    assert "名次更正" in client.get(one).content.decode()

    client.force_login(holder)
    shown = client.get(reverse("credit:outcome", args=[prize.uuid])).content.decode()
    assert all(words in shown for words in ("技术能手", "2000.00", "测试办法", "全市第一名", "名次更正"))
    told = client.get(f"/api/v1/credit/outcomes/{prize.uuid}/rewards").json()
    assert [(line["honour"], line["fen"], line["taken_back_because"]) for line in told] == [
        ("技术能手", 200_000, "名次更正")
    ]
    client.force_login(person())
    assert client.get(f"/api/v1/credit/outcomes/{prize.uuid}/rewards").status_code == 404
    staff(client, office(body(code="other", name="另一家公司")))
    assert client.get(address).status_code == 404
    assert client.get(one).status_code == 404
    staff(client, member("assessor", body(), "考评"))
    assert client.get(reverse("creditbank_honours")).status_code == 403


def test_taken_along_and_erased():
    holder, found, who = employed(person()), rule(), office()
    row = give(who, found, award(holder).uuid, reason="李明是全市第一名")
    take_back(who, row, reason="李明名次更正")
    (line,) = part(holder)["rewards"]
    assert (line["honour"], line["reversal__reason"]) == ("技术能手", "李明名次更正")
    erase(holder)
    row = Reward.objects.get()
    assert (row.fen, row.reason, row.reversal.reason) == (200_000, "", "")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_several_at_once_give_one():
    holder, found = employed(person()), rule()
    prize = award(holder)
    crowd = [office() for _ in range(4)]
    tasks = [lambda who=who: give(who, found, prize.uuid, reason="全市第一名") for who in crowd]
    assert len(won(at_once(*tasks))) == 1
    row = Reward.objects.get()
    backs = [lambda who=who: take_back(who, row, reason="名次更正") for who in crowd]
    assert len(won(at_once(*backs))) == 1
