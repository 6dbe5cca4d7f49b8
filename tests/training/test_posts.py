"""首席技师 and 技能大师工作室 (A32), and which base records skill levels (A33); 青人社〔2023〕17 号 三(二), 三(三)."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditbank.outcomes.rights import right_faults, set_right
from creditbank.outcomes.rules import Deposit
from lms.accounts.api import export_parts
from lms.accounts.erasure.registry import parts
from lms.accounts.identity.models import Identity
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.posts import queries, services
from lms.training.posts.forms import PostForm
from lms.training.posts.models import PaymentStrike, PostPayment, SkillAward, SkillPost
from lms.training.posts.services import NewPost, Paid
from tests.accounts.rosters import Firm
from tests.factories.accounts import MembershipFactory, UserFactory, member
from tests.training.cases import SYSTEM
from tests.training.grants import House

pytestmark = pytest.mark.django_db
SKILL = "vocational_skill_certificate"


@pytest.fixture
def house(clock):
    return House()


@pytest.fixture
def master(house):
    """Somebody who works at the base's firm, and said so."""
    firm = Firm.__new__(Firm)
    firm.organisation, firm.hr = house.firm, house.clerk
    user = UserFactory(display_name="徐师傅")
    firm.employ(user)
    return user


def new(person, **changes):
    said = {
        "kind": "chief",
        "title": "数控首席技师",
        "person": person,
        "first_day": date(2026, 1, 1),
        "last_day": date(2028, 12, 31),
        "allowance_fen": 200_000,
        "document": "青申人〔2026〕1 号（测试）",
        "funds_fen": 5_000_000,
    }
    return NewPost(**said | changes)


@pytest.fixture
def post(house, master):
    return services.appoint(house.clerk, house.base, new(master))


# --- A32: term, allowance, award ------------------------------------------------------------------------------


def test_a32_a_post_has_term_allowance_and_document(house, post):
    row = SkillPost.objects.get()
    assert (row.first_day, row.last_day, row.allowance_fen) == (date(2026, 1, 1), date(2028, 12, 31), 200_000)
    assert AuditRow.objects.get(action="skill_post.appoint").target == row.uuid


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "master"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"document": ""}, "document"),
        ({"last_day": date(2025, 12, 31)}, "last_day"),
        ({"last_day": date(2040, 1, 1)}, "last_day"),
        ({"allowance_fen": 0}, "allowance_fen"),
        ({"funds_fen": -1}, "funds_fen"),
    ],
    ids=str,
)
def test_a32_what_cannot_be_is_refused(house, master, change, field):
    with pytest.raises(Invalid) as found:
        services.appoint(house.clerk, house.base, new(master, **change))
    assert found.value.details["field"] == field
    assert not SkillPost.objects.exists()


def test_a32_only_somebody_who_works_there(house):
    with pytest.raises(Invalid, match="在职"):
        services.appoint(house.clerk, house.base, new(UserFactory()))


def test_a32_one_post_of_a_sort_at_a_time(house, master, post):
    with pytest.raises(Conflict):
        services.appoint(house.clerk, house.base, new(master, first_day=date(2028, 12, 31)))
    assert services.appoint(house.clerk, house.base, new(master, kind="studio", title="徐师傅工作室")).pk
    services.end(house.clerk, post, date(2026, 6, 30), "转岗")
    assert services.appoint(house.clerk, house.base, new(master, first_day=date(2026, 7, 1))).pk


def test_a32_it_ends_by_its_date(house, post, clock):
    assert len(queries.running(house.base, date(2028, 12, 31))) == 1
    assert queries.running(house.base, date(2029, 1, 1)) == []
    services.end(house.clerk, post, date(2026, 5, 31), "调离")
    assert len(queries.running(house.base, date(2026, 5, 31))) == 1
    assert queries.running(house.base, date(2026, 6, 1)) == []
    with pytest.raises(Conflict):
        services.end(house.clerk, post, date(2026, 5, 1), "再来一次")


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2028, 12, 31)])
def test_a32_an_early_end_lies_in_the_term(house, post, day):
    with pytest.raises(Invalid):
        services.end(house.clerk, post, day, "原因")


def paid(month=None, **changes):
    month = month or today().replace(day=1)
    return Paid(**{"month": month, "allowance_fen": 200_000, "paid_on": today(), "voucher": "GZ-1"} | changes)


def test_a32_what_the_enterprise_paid_is_recorded_once_a_month(house, post):
    services.pay(house.clerk, post, paid(funds_fen=100))
    with pytest.raises(Conflict, match="已经登记过"):
        services.pay(house.clerk, post, paid(today()))
    (row,) = queries.posts_of(house.base)
    assert (row.paid_fen, row.months) == (200_000, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        PostPayment._base_manager.update(allowance_fen=1)


@pytest.mark.parametrize(
    "change",
    [
        {"month": date(2025, 12, 1)},
        {"month": date(2028, 1, 1)},
        {"allowance_fen": 200_001},
        {"allowance_fen": 0},
        {"funds_fen": -1},
        {"paid_on": date(2028, 1, 1)},
        {"paid_on": date(2025, 1, 1)},
        {"voucher": " "},
    ],
    ids=str,
)
def test_a32_no_payment_outside_term_and_agreement(house, post, change):
    with pytest.raises(Invalid) as found:
        services.pay(house.clerk, post, paid(**change))
    assert found.value.details["field"] in change


def test_a32_a_mistaken_payment_is_struck_with_its_reason_and_the_month_recorded_anew(house, post):
    wrong = services.pay(house.clerk, post, paid(allowance_fen=20_000, funds_fen=5_000_000))
    with pytest.raises(Invalid) as found:
        services.strike(house.clerk, post, wrong, " ")
    assert found.value.details["field"] == "reason"
    services.strike(house.clerk, post, wrong, "少打一个零")
    (row,) = queries.posts_of(house.base)
    assert (row.paid_fen, row.months) == (0, 0)
    audited = AuditRow.objects.get(action="skill_post.strike")
    assert (audited.target, audited.reason) == (post.uuid, "少打一个零")
    # The year's working funds are free again too; and the month takes one payment that counts, not two.
    services.pay(house.clerk, post, paid(funds_fen=5_000_000))
    with pytest.raises(Conflict, match="已经登记过"):
        services.pay(house.clerk, post, paid())
    (row,) = queries.posts_of(house.base)
    assert (row.paid_fen, row.months) == (200_000, 1)
    # Both rows stay, and so does the strike.
    assert [(one.allowance_fen, hasattr(one, "strike")) for one in queries.payments(post)] == [
        (200_000, False),
        (20_000, True),
    ]
    with pytest.raises(DatabaseError), transaction.atomic():
        PaymentStrike._base_manager.update(set_by=house.officer)
    with pytest.raises(DatabaseError), transaction.atomic():
        PostPayment._base_manager.update(allowance_fen=1)


def test_a32_a_payment_is_struck_once_and_only_of_the_post_it_stands_at(house, master, post):
    row = services.pay(house.clerk, post, paid())
    studio = services.appoint(house.clerk, house.base, new(master, kind="studio"))
    with pytest.raises(Invalid) as found:
        services.strike(house.clerk, studio, row, "另一个岗位的")
    assert found.value.details["field"] == "payment"
    for user in (master, house.officer, UserFactory(), member("hr")):
        with pytest.raises(NotAllowed):
            services.strike(user, post, row, "不是经办人")
    services.strike(house.clerk, post, row, "重复登记")
    before = AuditRow.objects.count()
    with pytest.raises(Conflict) as again:
        services.strike(house.clerk, post, row, "重复登记")
    assert again.value.code == "struck_already"
    assert (PaymentStrike.objects.count(), AuditRow.objects.count()) == (1, before)


def test_a32_after_a_strike_the_post_may_end_before_that_month(house, post):
    row = services.pay(house.clerk, post, paid())
    day = today().replace(day=1) - timedelta(days=1)
    with pytest.raises(Invalid):
        services.end(house.clerk, post, day, "调离")
    services.strike(house.clerk, post, row, "已经调离，没有发放")
    assert services.end(house.clerk, post, day, "调离").ended_on == day


def test_a32_a_payment_is_struck_on_the_post_s_page(house, post, client):
    one = reverse("bases:post", args=[house.base.uuid, post.uuid])
    client.force_login(house.clerk)
    assert "冲正一笔发放" not in client.get(one).content.decode()
    row = services.pay(house.clerk, post, paid())
    assert "冲正一笔发放" in client.get(one).content.decode()
    said = {"press": "strike", "strike-payment": row.pk, "strike-reason": "重复登记"}
    assert client.post(one, said | {"strike-reason": ""}).status_code == 422
    assert client.post(one, said).status_code == 302
    shown = client.get(one).content.decode()
    assert "已冲正" in shown
    assert "重复登记" in shown
    # What was struck is not offered again.
    assert client.post(one, said).status_code == 422


def test_a32_the_reason_of_a_strike_goes_with_the_person(house, master, post):
    services.strike(house.clerk, post, services.pay(house.clerk, post, paid()), "徐师傅没有领")
    (given,) = export_parts(master)["skill_posts"]["posts"][0]["payments"]
    assert given["struck_for"] == "徐师傅没有领"
    dict(parts())["skill_posts"].erase(master)
    row = PaymentStrike.objects.get()
    assert (row.reason, row.erased) == ("", True)


def test_a32_awards_have_a_reason(house, post):
    given = services.award(
        house.clerk, post, title="年度技术能手", reason="主轴改造", day=today(), fen=300_000
    )
    assert (given.fen, given.reason) == (300_000, "主轴改造")
    for change in ({"reason": " "}, {"title": ""}, {"day": date(2030, 1, 1)}, {"fen": -1}):
        said = {"title": "奖", "reason": "因", "day": today(), "fen": 0} | change
        with pytest.raises(Invalid):
            services.award(house.clerk, post, **said)


def test_a32_by_role_only_the_base_s_own_people(house, master, post):
    for user in (
        house.officer,
        house.chief,
        master,
        UserFactory(),
        member("hr"),
        member("teacher", house.firm),
    ):
        for act in (
            lambda user=user: services.appoint(user, house.base, new(master, kind="studio")),
            lambda user=user: services.pay(user, post, paid()),
            lambda user=user: services.award(user, post, title="奖", reason="因", day=today()),
            lambda user=user: services.end(user, post, date(2026, 6, 1), "因"),
        ):
            with pytest.raises(NotAllowed):
                act()
    house.base.removed_on = today()
    house.base.save()
    with pytest.raises(Conflict):
        services.appoint(house.clerk, house.base, new(master, kind="studio"))


def test_a32_nobody_appoints_pays_or_honours_themselves(house, master, post):
    MembershipFactory(user=master, organisation=house.firm, role="hr")
    before = SkillPost.objects.count(), PostPayment.objects.count(), SkillAward.objects.count()
    for act in (
        lambda: services.appoint(master, house.base, new(master, kind="studio")),
        lambda: services.pay(master, post, paid()),
        lambda: services.award(master, post, title="奖", reason="因", day=today(), fen=1),
        lambda: services.end(master, post, date(2026, 6, 1), "因"),
    ):
        with pytest.raises(NotAllowed) as found:
            act()
        assert found.value.code == "own_case"
    assert (SkillPost.objects.count(), PostPayment.objects.count(), SkillAward.objects.count()) == before


def test_a32_the_base_s_page_lists_them_and_names_nobody_in_full(house, post, client):
    services.award(house.clerk, post, title="年度技术能手", reason="主轴改造", day=today())
    said = client.get(reverse("bases:base", args=[house.base.uuid])).content.decode()
    assert "数控首席技师" in said
    assert "年度技术能手" in said
    assert "徐师傅" not in said


def test_a32_pages_of_the_base_s_own_people(house, master, post, client):
    listing = reverse("bases:posts", args=[house.base.uuid])
    one = reverse("bases:post", args=[house.base.uuid, post.uuid])
    for user in (house.officer, UserFactory(), member("hr")):
        client.force_login(user)
        assert [client.get(url).status_code for url in (listing, one)] == [404, 404]
    client.force_login(house.clerk)
    assert client.get(one).status_code == 200
    said = {
        "kind": "studio",
        "title": "工作室",
        "person": master.pk,
        "first_day": "2026-02-01",
        "last_day": "2027-01-31",
        "allowance_fen": "1500.00",
        "document": "文件",
    }
    assert client.post(listing, said | {"last_day": "2025-01-01"}).status_code == 422
    assert client.post(listing, said).status_code == 302
    assert SkillPost.objects.get(kind="studio").allowance_fen == 150_000
    pay = {
        "press": "pay",
        "pay-month": today().isoformat(),
        "pay-allowance_fen": "2000",
        "pay-paid_on": today().isoformat(),
        "pay-voucher": "GZ-2",
    }
    assert client.post(one, pay).status_code == 302
    assert client.post(one, pay).status_code == 409
    award = {"press": "award", "award-title": "奖", "award-reason": "因", "award-day": today().isoformat()}
    assert client.post(one, award).status_code == 302
    end = {"press": "end", "end-day": "2026-12-31", "end-reason": "因"}
    assert client.post(one, end).status_code == 302
    assert client.post(one, {"press": "sell"}).status_code == 422


def test_a32_no_page_tells_the_legal_name_of_an_account(house, client):
    """The enterprise sees the names of its own list; a legal name is read with a look that the person sees, or not at all."""
    firm = Firm.__new__(Firm)
    firm.organisation, firm.hr = house.firm, house.clerk
    people = [UserFactory(), UserFactory()]
    firm.employ(*people)
    Identity.objects.create(
        user=people[0],
        kind="passport",
        country="CHN",
        legal_name="欧阳正名",
        number="E00000001",
        number_hash="0" * 64,
        status="checked",
        checked_at=now(),
    )
    one = services.appoint(house.clerk, house.base, new(people[0]))
    client.force_login(house.clerk)
    listing = reverse("bases:posts", args=[house.base.uuid])
    for address in (listing, reverse("bases:post", args=[house.base.uuid, one.uuid])):
        said = client.get(address).content.decode()
        assert "职工甲" in said
        assert "欧阳正名" not in said


def test_a32_names_take_the_same_queries_however_many(house, client):
    firm = Firm.__new__(Firm)
    firm.organisation, firm.hr = house.firm, house.clerk
    people = [UserFactory() for _at in range(5)]
    firm.employ(*people)
    services.appoint(house.clerk, house.base, new(people[0]))
    with CaptureQueriesContext(connection) as few:
        assert len(queries.running(house.base, today())) == 1
    for somebody in people[1:]:
        services.appoint(house.clerk, house.base, new(somebody))
    with CaptureQueriesContext(connection) as many:
        assert len(queries.running(house.base, today())) == 5
    assert len(many) == len(few)
    with CaptureQueriesContext(connection) as form:
        assert len([str(choice) for choice in PostForm(queries.staff_of(house.firm))["person"]]) == 6
    assert len(form) <= 2


def test_a32_a_person_gets_their_part_and_the_words_go_with_them(house, master, post):
    services.pay(house.clerk, post, paid(funds_fen=100))
    services.award(house.clerk, post, title="徐师傅获奖", reason="徐师傅的改造", day=today(), fen=5)
    (mine,) = export_parts(master)["skill_posts"]["posts"]
    assert (mine["title"], len(mine["payments"]), mine["awards"][0]["fen"]) == ("数控首席技师", 1, 5)
    assert (mine["document"], mine["funds_fen"]) == (post.document, 5_000_000)
    assert (mine["payments"][0]["funds_fen"], mine["payments"][0]["voucher"]) == (100, "GZ-1")
    part = dict(parts())["skill_posts"]
    assert part.obstacles(master) == []
    assert list(part.erase(master)) == [post.uuid]
    assert list(part.erase(master)) == [post.uuid]
    post.refresh_from_db()
    row = SkillAward.objects.get()
    assert (post.title, post.document, row.title, row.reason, row.fen) == ("", "", "", "", 5)


# --- A33: who records levels ------------------------------------------------------------------------------------


def allowed(house, allowed=True, since=date(2026, 1, 1)):
    return set_right(
        SYSTEM,
        kind=SKILL,
        allowed=allowed,
        valid_from=since,
        source="沪人社职〔2026〕1 号（测试）",
        organisation=house.firm,
    )


def test_a33_only_a_registered_assessor_records_levels(house):
    with pytest.raises(NotAllowed, match="青人社〔2023〕17 号 三") as found:
        queries.require_assessing(house.clerk, house.base)
    assert found.value.code == "not_assessor"
    allowed(house)
    assert queries.require_assessing(house.clerk, house.base).source.startswith("沪人社职")
    allowed(house, False, today())
    with pytest.raises(NotAllowed, match="不再是"):
        queries.require_assessing(house.clerk, house.base)


def test_a33_the_credit_bank_refuses_the_same(house):
    level = Deposit(
        kind=SKILL,
        title="车工",
        occupation_code="6-18-01-01",
        level=3,
        issuer_name=house.firm.name,
        number="",
        issued_on=today(),
    )
    assert right_faults([level], house.firm, today())[0].code == "no_right"
    allowed(house)
    assert right_faults([level], house.firm, today())[0].code != "no_right"


def test_a33_the_base_s_page_says_where_it_stands_and_leads_on(house, client):
    page = reverse("bases:base", args=[house.base.uuid])
    levels = reverse("bases:levels", args=[house.base.uuid])
    client.force_login(house.clerk)
    assert "还没有登记为职业技能等级认定机构" in client.get(page).content.decode()
    assert client.get(levels).status_code == 403
    allowed(house)
    assert "沪人社职〔2026〕1 号" in client.get(page).content.decode()
    assert client.get(levels).status_code == 302


def test_a33_by_role(house, client):
    allowed(house)
    for user in (house.officer, UserFactory(), member("hr")):
        with pytest.raises(NotFound):
            queries.require_assessing(user, house.base)
    assert queries.require_assessing(member("assessor", house.firm), house.base).allowed
    assert SkillAward.objects.count() == 0


def test_a32_no_post_ends_before_a_month_that_was_paid(house, post):
    """Else what was paid would lie outside the term, which `pay` refuses."""
    services.pay(house.clerk, post, paid(date(2026, 2, 1)))
    with pytest.raises(Invalid, match="2026-02"):
        services.end(house.clerk, post, date(2026, 1, 31), "转岗")
    post.refresh_from_db()
    assert post.ended_on is None
    assert services.end(house.clerk, post, date(2026, 2, 1), "转岗").ended_on == date(2026, 2, 1)


def test_a32_working_funds_of_a_year_are_not_above_what_was_agreed(house, master, post, client):
    services.pay(house.clerk, post, paid(funds_fen=4_999_999))
    with pytest.raises(Invalid, match=r"每年 50,000\.00 元") as refused:
        services.pay(house.clerk, post, paid(date(2026, 2, 1), funds_fen=2))
    assert refused.value.details["field"] == "funds_fen"
    services.pay(house.clerk, post, paid(date(2026, 2, 1), funds_fen=1))
    without = services.appoint(house.clerk, house.base, new(master, kind="studio", funds_fen=0))
    with pytest.raises(Invalid):
        services.pay(house.clerk, without, paid(funds_fen=1))
    client.force_login(house.clerk)
    page = client.get(reverse("bases:post", args=[house.base.uuid, post.uuid])).content.decode()
    assert "工作经费 49,999.99" in page


def test_a33_who_may_not_hand_in_certificates_is_told_who_may(house, client):
    allowed(house)
    page, way = (reverse(name, args=[house.base.uuid]) for name in ("bases:base", "bases:levels"))
    client.force_login(house.clerk)
    shown = client.get(page).content.decode()
    assert way not in shown
    assert "考评员或机构管理员" in shown
    client.force_login(member("assessor", house.firm))
    assert way in client.get(page).content.decode()
