"""A13: each year has its exchange, with who took part and minutes, and a list of what is shared."""

from datetime import date

import pytest

from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.board.models import Posting
from lms.training.ce_bases import exchange, queries
from lms.training.ce_bases.exchange import NewExchange, NewResource
from lms.training.ce_bases.models import Exchange, SharedResource
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.training.cases import at
from tests.training.ce import Region, office

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 20)
MINUTES = "八家基地交流了产线联调课程的共建办法，商定下半年互派师资。"


@pytest.fixture
def region(clock):
    found = Region(notice_days=None)
    found.site = found.base()
    return found


def announced(region, **changes):
    values = {
        "authority": region.authority,
        "year": 2026,
        "theme": "课程共建共享",
        "about": "经验介绍、资源对接。",
        "held_on": DAY,
        "place": "申江会议中心",
    } | changes
    return exchange.announce(region.officer, NewExchange(**values))


def shared(region, user=None, base=None, **changes):
    values = {
        "year": 2026,
        "kind": "equipment",
        "title": "柔性产线实训台",
        "openness": "bases",
        "contact_name": "吴老师",
        "contact_phone": "021-60000123",
    } | changes
    return exchange.share(user or region.clerk, base or region.site, NewResource(**values))


def test_a13_an_event_its_participants_and_minutes_are_public(region, clock, client):
    event = announced(region)
    assert Posting.objects.filter(subject=f"ce-exchange:{event.uuid}").exists()
    exchange.sign_up(region.clerk, event, region.site, "产线联调案例库")
    with pytest.raises(Conflict) as twice:
        exchange.sign_up(region.clerk, event, region.site)
    assert twice.value.code == "signed_up"
    with pytest.raises(Conflict) as early:
        exchange.keep_minutes(region.officer, event, MINUTES)
    assert early.value.code == "not_held"
    clock.move_to(at(DAY))
    exchange.keep_minutes(region.officer, event, MINUTES)
    assert exchange.keep_minutes(region.officer, event, MINUTES + "更正一处。").version == 2
    body = client.get("/ce-bases/exchange/2026/").content.decode()
    for text in ("课程共建共享", "青溪技师学院", "产线联调案例库", "更正一处"):
        assert text in body
    assert client.get("/ce-bases/exchange/").status_code == 200
    assert client.get("/ce-bases/exchange/1999/").status_code == 404


def test_a13_only_bases_that_stand_take_part(region):
    event = announced(region)
    other = OrganisationFactory(kind="authority", name="外市人社局")
    elsewhere = Region(notice_days=None, college=OrganisationFactory(kind="college", name="外市学院"))
    theirs = elsewhere.base()
    with pytest.raises(Conflict) as refused:
        exchange.sign_up(elsewhere.clerk, event, theirs)
    assert refused.value.code == "no_base"
    with pytest.raises(NotAllowed):
        exchange.sign_up(region.teacher, event, region.site)
    region.by(region.clerk, region.site.case, "resign", reason="不再承担")
    region.site.refresh_from_db()
    with pytest.raises(Conflict):
        exchange.sign_up(region.clerk, event, region.site)
    assert other.pk


def test_a13_a_called_off_event_is_none(region):
    event = announced(region)
    exchange.call_off(region.officer, event, "场地维修")
    posting = Posting.objects.get(subject=f"ce-exchange:{event.uuid}")
    assert posting.withdrawal.reason == "场地维修"
    with pytest.raises(Conflict):
        exchange.sign_up(region.clerk, event, region.site)
    assert queries.years_without(region.authority) == [2026]
    with pytest.raises(Conflict):
        exchange.call_off(region.second, event, "再取消一次")


def test_a13_a_year_without_an_event_is_named_on_the_officers_page(region, clock, client):
    office(client, region.officer)
    page = "/admin/training/ce-bases/"
    assert "这些年度没有横向交流：2026" in client.get(page).content.decode()
    announced(region)
    assert "这些年度没有横向交流" not in client.get(page).content.decode()
    clock.move_to(at(date(2027, 2, 1)))
    assert queries.years_without(region.authority) == [2027]


@pytest.mark.parametrize(
    "changes",
    [{"held_on": date(2026, 3, 1)}, {"year": 2027}, {"theme": " "}, {"place": ""}],
    ids=["past", "other_year", "no_theme", "no_place"],
)
def test_a13_what_is_no_event_is_refused(region, changes):
    with pytest.raises(Invalid):
        announced(region, **changes)
    assert not Exchange.objects.exists()


def test_a13_only_officers_announce(region):
    new = NewExchange(region.authority, 2026, "主题", "内容", DAY, "地点")
    for user in (region.clerk, region.teacher, region.chief, region.experts[0], UserFactory()):
        with pytest.raises(NotAllowed):
            exchange.announce(user, new)


def test_a13_resources_are_listed_with_the_contact_masked(region, client):
    shared(region)
    page = "/ce-bases/exchange/2026/"
    body = client.get(page).content.decode()
    assert "柔性产线实训台" in body
    assert "吴老师" not in body
    assert "60000123" not in body
    assert "吴**" in body
    for user in (region.clerk, region.officer):
        client.force_login(user)
        assert "021-60000123" in client.get(page).content.decode()
    client.force_login(UserFactory())
    assert "021-60000123" not in client.get(page).content.decode()


def test_a13_what_is_shared_once_and_taken_back(region):
    row = shared(region)
    with pytest.raises(Conflict):
        shared(region)
    other = OrganisationFactory(kind="college")
    with pytest.raises(NotAllowed):
        shared(region, user=member("hr", other))
    exchange.end_sharing(region.clerk, region.site, row.uuid)
    with pytest.raises(Conflict):
        exchange.end_sharing(region.clerk, region.site, row.uuid)
    with pytest.raises(NotFound):
        exchange.end_sharing(region.clerk, region.site, region.authority.uuid)
    assert not queries.resources_of(2026).exists()
    shared(region)


@pytest.mark.parametrize(
    "changes",
    [
        {"year": 2025},
        {"kind": "other"},
        {"openness": "nobody"},
        {"course": "nowhere"},
        {"contact_phone": "1"},
        {"title": "x" * 121},
    ],
    ids=["year", "kind", "openness", "course", "phone", "title"],
)
def test_a13_what_is_no_resource_is_refused(region, changes):
    with pytest.raises(Invalid):
        shared(region, **changes)
    assert not SharedResource.objects.exists()


def test_a13_pages_of_officer_and_base(region, clock, client):
    office(client, region.officer)
    values = {
        "authority": region.authority.pk,
        "year": "2026",
        "theme": "共享实训",
        "held_on": "2026-05-20",
        "place": "中心",
        "about": "安排",
    }
    assert client.post("/admin/training/ce-bases/exchange/", values).status_code == 302
    event = Exchange.objects.get()
    address = f"/admin/training/ce-bases/exchange/{event.uuid}/"
    assert client.get(address).status_code == 200
    client.force_login(region.clerk)
    manage = f"/ce-bases/{region.site.uuid}/manage/"
    assert client.post(manage, {"act": "sign_up", "row": str(event.uuid), "brings": ""}).status_code == 302
    resource = {
        "act": "share",
        "year": "2026",
        "kind": "paper",
        "title": "案例集",
        "openness": "everybody",
        "contact_name": "吴",
        "contact_phone": "021-60000123",
    }
    assert client.post(manage, resource | {"kind": ""}).status_code == 422
    assert client.post(manage, resource).status_code == 302
    row = SharedResource.objects.get()
    assert client.post(manage, {"act": "end", "row": str(row.uuid)}).status_code == 302
    clock.move_to(at(DAY))
    office(client, region.officer)
    assert client.post(address, {"act": "minutes", "text": "短"}).status_code == 422
    assert client.post(address, {"act": "minutes", "text": MINUTES}).status_code == 302
