"""A72: an award proposes a promotion, an assessor confirms it; every step by a rule with its dates and source."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import reverse

from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.vouching import vouch
from creditbank.promotion import queries
from creditbank.promotion.models import Promotion, PromotionRule
from creditbank.promotion.services import confirm, propose, refuse, set_rule, withdraw
from lms.accounts.models import Organisation
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.creditbank.deposits.lists import assessor, issuer
from tests.factories.creditbank import SYSTEM, college, member, person, skill_number

pytestmark = pytest.mark.django_db
WON = date(2025, 10, 22)


def rule(**fields):
    values = {"award_level": "city", "award_rank": "1", "level": 2, "valid_from": date(2024, 1, 1)}
    return set_rule(SYSTEM, **values | {"source": "测试规定"} | fields)


def award(holder, *, verified=True, code="6-31-01-03", **fields):
    from creditbank.outcomes.rules import Deposit
    from creditbank.outcomes.services import deposit

    values = {
        "kind": "competition_award",
        "title": "职工职业技能大赛 电工项目",
        "occupation_code": code,
        "level": None,
        "issuer_name": "申江市总工会",
        "number": "",
        "issued_on": WON,
        "award_level": "city",
        "award_rank": "1",
    }
    said = Deposit(**values | fields)
    if not verified:
        return deposit(holder, said)
    union = Organisation.objects.get_or_create(
        code="union", defaults={"name": "申江市总工会", "kind": "union"}
    )[0]
    with transaction.atomic():
        return vouch(holder, union, said, None, room="tests", about={})


def waiting(holder=None):
    """(holder, a proposal that waits for the assessor)."""
    holder, body = holder or person(), issuer()
    rule()
    return holder, propose(holder, award(holder), body.code)


def test_the_award_proposes_and_the_assessor_confirms():
    holder, row = waiting()
    who = assessor()
    row = confirm(who, row, number=skill_number(2), issued_on=today())
    assert row.state == "confirmed"
    made = row.certificate
    assert (made.holder, made.level, made.status, made.verified_for) == (holder, 2, "verified", "assess")
    assert made.title == "电工 二级/技师"
    # Each step stands by itself, with role and body.
    steps = AuditRow.objects.filter(target=row.uuid).order_by("id")
    assert [(step.action, step.body) for step in steps] == [
        ("promotion.propose", ""),
        ("promotion.confirm", "assess"),
    ]
    with pytest.raises(Conflict):
        confirm(who, row, number=skill_number(2), issued_on=today())
    assert LearningOutcome.objects.filter(holder=holder, kind="vocational_skill_certificate").count() == 1


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("no rule", "no_promotion_rule"),
        ("taken back", "no_promotion_rule"),
        ("tomorrow", "no_promotion_rule"),
        ("unverified", "not_verified"),
        ("no occupation", "no_occupation"),
        ("nobody issues it", "no_assessor"),
        ("held", "level_held"),
    ],
)
def test_what_speaks_against_it_is_said_and_nothing_written(case, code):
    holder, body = person(), issuer()
    if case != "no rule":
        rule(valid_from=today() + timedelta(days=1) if case == "tomorrow" else date(2024, 1, 1))
    if case == "taken back":
        rule(level=None, valid_from=today())
    own = "" if case == "no occupation" else "6-18-01-01" if case == "nobody issues it" else "6-31-01-03"
    found = award(holder, verified=case != "unverified", code=own)
    if case == "held":
        first = propose(holder, found, body.code)
        confirm(assessor(), first, number=skill_number(2), issued_on=today())
        found = award(holder, title="另一次大赛")
    before = Promotion.objects.count()
    with pytest.raises(Conflict) as refusal:
        propose(holder, found, body.code)
    assert refusal.value.code == code
    assert refusal.value.message
    assert Promotion.objects.count() == before


def test_the_rule_of_the_occupation_goes_before_the_one_for_all():
    holder = person()
    rule()
    special = rule(occupation_code="6-31-01-03", level=3)
    issuer()
    offer = queries.offer(award(holder), today())
    assert (offer.rule, offer.level, [body.code for body in offer.assessors]) == (special, 3, ["assess"])
    # An award that names no occupation follows the rule of the only one there is.
    special.refresh_from_db()
    assert queries.rule_on("city-1", "", today()) == special


def test_one_award_promotes_once_and_may_be_put_forward_again_after_a_refusal():
    holder, row = waiting()
    with pytest.raises(Conflict) as refusal:
        propose(holder, row.outcome, "assess")
    assert refusal.value.code == "already_proposed"
    who = assessor()
    with pytest.raises(Invalid):
        refuse(who, row, reason=" ")
    refuse(who, row, reason="实操成绩单没有盖章。")
    again = propose(holder, row.outcome, "assess")
    withdraw(holder, again)
    assert [item.state for item in Promotion.objects.order_by("id")] == ["refused", "withdrawn"]
    with pytest.raises(Conflict):
        withdraw(holder, again)


def test_who_may():
    holder, row = waiting()
    stranger, elsewhere = person(), college("qingxi", "青溪技能评价中心")
    others = [member("assessor", elsewhere, "他处"), member("admin", issuer(), "管理"), stranger]
    for user in others:
        with pytest.raises(NotAllowed):
            confirm(user, row, number=skill_number(2), issued_on=today())
        with pytest.raises(NotFound):
            queries.promotion_for(user, row.uuid)
    own = assessor()
    with pytest.raises(NotAllowed) as refusal:
        confirm(
            own,
            propose(own, award(own, title="自己的奖"), "assess"),
            number=skill_number(2),
            issued_on=today(),
        )
    assert refusal.value.code == "own_case"
    for act in (lambda: withdraw(stranger, row), lambda: propose(stranger, row.outcome, "assess")):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotAllowed):
        set_rule(
            others[0], award_level="city", award_rank="1", level=1, valid_from=today(), source="自己写的规定"
        )
    nameless = person(real_name=False)
    with pytest.raises(NotAllowed) as refusal:
        propose(nameless, award(nameless, title="没有实名的奖"), "assess")
    assert refusal.value.code == "real_name_missing"
    assert holder.pk == row.outcome.holder_id


def test_a_wrong_certificate_confirms_nothing():
    holder, row = waiting()
    who = assessor()
    taken = skill_number(2)
    other = person()
    done = propose(other, award(other, title="另一人的奖"), "assess")
    confirm(who, done, number=taken, issued_on=today())
    for number, day, kind in (
        ("S1", today(), Invalid),
        (skill_number(3), today(), Invalid),
        (skill_number(2), WON - timedelta(days=1), Invalid),
        (skill_number(2), today() + timedelta(days=1), Invalid),
        (taken, today(), Conflict),
    ):
        with pytest.raises(kind):
            confirm(who, row, number=number, issued_on=day)
    row.refresh_from_db()
    assert (row.state, row.certificate) == ("proposed", None)
    assert not LearningOutcome.objects.filter(holder=holder, kind="vocational_skill_certificate").exists()


def test_two_awards_make_one_level_once():
    holder, first = waiting()
    second = propose(holder, award(holder, title="另一次大赛"), "assess")
    confirm(assessor(), first, number=skill_number(2), issued_on=today())
    with pytest.raises(Conflict) as refusal:
        confirm(assessor(), second, number=skill_number(2), issued_on=today())
    assert refusal.value.code == "level_held"
    assert LearningOutcome.objects.filter(holder=holder, level=2).count() == 1


def test_a_right_that_ended_meanwhile_confirms_nothing():
    from creditbank.outcomes.rights import set_right

    _holder, row = waiting()
    kind = "vocational_skill_certificate"
    set_right(SYSTEM, kind=kind, allowed=False, valid_from=today(), source="测试规定", organisation=issuer())
    with pytest.raises(NotAllowed) as refusal:
        confirm(assessor(), row, number=skill_number(2), issued_on=today())
    assert refusal.value.code == "no_issuing_right"


def test_rules_only_grow():
    row = rule()
    row.level = 1
    with pytest.raises(AppendOnlyError):
        row.save()
    for wrong in (
        {"award_level": "moon"},
        {"award_rank": "9"},
        {"level": 99},
        {"source": " "},
        {"occupation_code": "6"},
    ):
        with pytest.raises(Invalid):
            rule(**wrong)
    assert PromotionRule.objects.count() == 1


def staff(client, user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)


def test_by_pages(client):
    holder, body = person(), issuer()
    officer = member("officer", Organisation.objects.create(code="hr", name="市人社局", kind="authority"))
    staff(client, officer)
    said = {"award_level": "city", "award_rank": "1", "level": "2", "valid_from": "2024-01-01", "source": ""}
    address = reverse("creditbank_promotion_rule_new")
    assert client.post(address, said).status_code == 422
    assert client.post(address, said | {"source": "测试规定"}).status_code == 302
    assert "二级/技师" in client.get(reverse("creditbank_promotion_rules")).content.decode()
    assert client.get(reverse("creditbank_promotions")).status_code == 403

    found = award(holder)
    client.force_login(holder)
    page = reverse("credit:outcome", args=[found.uuid])
    assert "可以晋级电工 二级/技师" in client.get(page).content.decode()
    client.post(reverse("credit:promotion_propose", args=[found.uuid]), {"assessor": body.code})
    assert "待评价机构确认" in client.get(page).content.decode()

    who = assessor()
    staff(client, who)
    row = Promotion.objects.get()
    assert found.title in client.get(reverse("creditbank_promotions")).content.decode()
    case = reverse("creditbank_promotion", args=[row.uuid])
    wrong = client.post(case, {"action": "confirm", "number": "S1", "issued_on": "2026-01-05"})
    assert wrong.status_code == 422
    assert "编号格式不对" in wrong.content.decode()
    right = {"action": "confirm", "number": skill_number(2), "issued_on": "2026-01-05"}
    assert client.post(case, right).status_code == 302
    assert "已晋级" in client.get(case).content.decode()
    # Every look of staff stands under the person.
    assert AuditRow.objects.filter(target=holder.uuid, action="promotion.view").exists()
    client.force_login(holder)
    assert "已确认你晋级电工 二级/技师" in client.get(page).content.decode()


def test_by_api(client):
    holder, body = person(), issuer()
    rule()
    found = award(holder)
    address = f"/api/v1/credit/outcomes/{found.uuid}/promotion"
    client.force_login(holder)
    told = client.get(address).json()
    assert (told["level"], told["state"], told["assessors"][0]["code"]) == (2, "", body.code)
    assert client.post(address, {"assessor": "nobody"}, content_type="application/json").status_code == 422
    made = client.post(address, {"assessor": body.code}, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (201, "proposed")
    again = client.post(address, {"assessor": body.code}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "already_proposed")
    assert client.post(f"{address}/withdraw").json()["state"] == "withdrawn"
    client.force_login(person())
    assert client.get(address).status_code == 404
