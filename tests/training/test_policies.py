"""A87: the policy library: number, dates, in force or not, kept in versions, and linked from the rules that cite it."""

import re
from datetime import date

import pytest
from django.template import Context, Template
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from creditbank.rules import demo as credit_demo
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.citations import cited, plain
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.services import deliver_pending
from lms.training.lifecycle.declaration import processes
from lms.training.policies import api, queries, services
from lms.training.policies.demo import ENTRIES, load_demo_policies
from lms.training.policies.models import PolicyDocument
from lms.training.policies.rules import State, state_on
from lms.training.policies.services import Entry
from search import api as search
from search.api import SearchRequest
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
OLD = Entry("测人社发〔2020〕1号", "关于培训的旧办法", ("测试局",), date(2020, 5, 1))


def changed(entry, **fields):
    return Entry(**(entry.__dict__ | fields))


def names(page):
    return re.findall(r'list-title">([^<]+)<', page.content.decode().split("<aside")[0])


# --- numbers in text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("沪人社专〔2022〕372号 三(一)", ["沪人社专〔2022〕372号"]),
        ("青人社〔2023〕17 号 四(二)", ["青人社〔2023〕17号"]),
        ("演示规则；16 学时折 1 学分参照教职成〔2019〕13号", ["教职成〔2019〕13号"]),
        ("按沪工总研[2020]94号和沪工总发【2024】7号办理", ["沪工总研〔2020〕94号", "沪工总发〔2024〕7号"]),
        ("国家《专业技术人员继续教育规定》（人社部令第25号）", []),
        ("申人社专〔2026〕", []),
    ],
    ids=["plain", "spaced", "led", "brackets", "order", "cut"],
)
def test_a87_numbers_are_found_in_text(text, numbers):
    found = list(cited(text))
    assert [number for _start, _end, number in found] == numbers
    assert [plain(text[start:end]) for start, end, _number in found] == numbers


def test_a87_a_cited_number_is_a_link_and_the_rest_stays_text():
    template = Template("{% load rt %}{{ text|cited }}")
    shown = template.render(Context({"text": "<b>依据</b>沪人社专〔2022〕372号 三(一)"}))
    assert shown.startswith("&lt;b&gt;依据&lt;/b&gt;<a href=")
    assert shown.endswith("</a> 三(一)")
    assert template.render(Context({"text": "演示规则，没有文件"})) == "演示规则，没有文件"


@given(st.text(alphabet="沪人社〔〕[]【】0123 号按&<>\"'", max_size=40))
def test_a87_no_text_is_lost_in_links(text):
    shown = Template("{% load rt %}{{ text|cited|striptags }}").render(
        Context({"text": text.replace("<", "")})
    )
    for entity, sign in (("&amp;", "&"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'")):
        shown = shown.replace(entity, sign)
    assert shown == text.replace("<", "")


def test_a87_every_source_of_the_rules_leads_to_a_document():
    """What the processes are declared by, and what the demo's rules cite."""
    load_demo_policies()
    sources = [credit_demo.SOURCE, credit_demo.HOURS_SOURCE, credit_demo.SHARE_SOURCE]
    for process in processes():
        rows = [process, *process.transitions, *process.settings, *process.evidence]
        sources += [str(row.source) for row in rows if row.source]
    numbers = {number for text in sources for _start, _end, number in cited(text)}
    assert "青人社〔2023〕17号" in numbers
    assert numbers - set(api.links(numbers)) == set()


# --- in force or not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "first", "last", "state"),
    [
        (date(2020, 4, 30), None, None, State.COMING),
        (date(2020, 5, 1), None, None, State.IN_FORCE),
        (date(2020, 5, 31), date(2020, 6, 1), None, State.COMING),
        (date(2020, 6, 1), date(2020, 6, 1), date(2020, 6, 1), State.IN_FORCE),
        (date(2020, 6, 2), None, date(2020, 6, 1), State.ENDED),
    ],
    ids=["before", "day", "later", "one-day", "ended"],
)
def test_a87_a_document_is_in_force_between_its_days(day, first, last, state):
    assert state_on(day, date(2020, 5, 1), first, last) == state
    services.add(SYSTEM, changed(OLD, first_day=first, last_day=last), None)
    for asked in State:
        found = queries.asked_for(queries.Asked(day, state=asked))
        assert found.exists() == (asked == state), "the list says what the document says"


@pytest.mark.parametrize("field", ["issued_on", "first_day", "last_day"])
@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)], ids=["first", "last"])
def test_a87_days_that_no_document_has_are_refused_and_search_goes_on(house, field, day):
    with pytest.raises(Invalid) as refused:
        services.add(house.officer, changed(OLD, **{field: day}), house.authority)
    assert refused.value.details["field"] == field
    services.add(house.officer, OLD, house.authority)
    assert search.index("policy", [str(PolicyDocument.objects.get().series)]) == 1


def test_a87_the_five_documents_are_there_with_number_and_dates(client):
    for _again in range(2):
        load_demo_policies()
    assert PolicyDocument.objects.count() == len(ENTRIES)
    listed = client.get(reverse("policies:list")).content.decode()
    for entry in ENTRIES:
        assert entry.number in listed
        assert entry.issued_on.isoformat() in listed
    page = client.get(api.link("青人社〔2023〕17 号")).content.decode()
    assert "青浦区人力资源和社会保障局" in page
    assert "2023-06-14" in page
    assert "有效" in page
    assert api.link("没人社〔1999〕1号") is None


def test_a87_the_list_is_narrowed_by_state_year_body_and_day(client):
    load_demo_policies()
    address = reverse("policies:list")
    assert len(names(client.get(address, {"year": "2022"}))) == 2
    assert len(names(client.get(address, {"body": "上海市总工会"}))) == 2
    assert len(names(client.get(address, {"state": "in_force", "on": "2020-12-31"}))) == 2
    assert len(names(client.get(address, {"words": "实训基地"}))) == 1
    assert len(names(client.get(address, {"words": "沪工总发[2024] 7号"}))) == 1
    for nonsense in ("on=31.12.2020", "year=二〇二二", "state=maybe", "body=nobody", "page=x"):
        assert client.get(f"{address}?{nonsense}").status_code == 200


def test_a87_a_number_leads_to_its_document_or_says_that_there_is_none(client):
    row = services.add(SYSTEM, OLD, None)
    there = client.get(reverse("policies:number"), {"n": "测人社发[2020] 1号"})
    assert there.status_code == 302
    assert str(row.uuid) in there["Location"]
    away = client.get(reverse("policies:number"), {"n": "<script>"})
    assert away.status_code == 404
    assert "&lt;script&gt;" in away.content.decode()
    assert client.get(reverse("policies:number")).status_code == 404


# --- kept in versions, by whom ---------------------------------------------------------------------------------------


def test_a87_a_change_is_the_next_version_and_all_stay_readable(house, client):
    old = services.add(house.officer, OLD, house.authority)
    new = services.add(
        house.officer, changed(OLD, number="测人社发〔2026〕2号", title="新办法"), house.authority
    )
    ended = changed(OLD, last_day=date(2026, 2, 28), superseded_by=new.number, note="被新办法代替")
    second = services.revise(house.officer, old, ended)
    assert (second.version, second.series, second.keeper) == (2, old.series, house.authority)
    assert api.link(OLD.number) == reverse("policies:document", args=[second.uuid])
    first_page = client.get(reverse("policies:document", args=[old.uuid])).content.decode()
    assert reverse("policies:document", args=[second.uuid]) in first_page
    assert "已失效" in client.get(reverse("policies:document", args=[second.uuid])).content.decode()
    new_page = client.get(reverse("policies:document", args=[new.uuid])).content.decode()
    assert OLD.number in new_page, "the new document names what it replaced"
    with pytest.raises(Conflict):
        services.revise(house.officer, old, changed(OLD, note="不知道已经改过"))
    assert AuditRow.objects.filter(action="policy.revise", target=old.series).count() == 1


@pytest.mark.parametrize("typed", ["测人社发〔2026〕2号", "测人社发[2026] 2 号", "测人社发［２０２６］２号"])
def test_a87_the_new_document_names_what_it_replaced_however_its_number_was_typed(house, client, typed):
    new = services.add(house.officer, changed(OLD, number="测人社发〔2026〕2号"), house.authority)
    old = services.add(
        house.officer, changed(OLD, last_day=date(2026, 2, 28), superseded_by=typed), house.authority
    )
    assert OLD.number in client.get(reverse("policies:document", args=[new.uuid])).content.decode()
    old_page = client.get(reverse("policies:document", args=[old.uuid])).content.decode()
    assert reverse("policies:document", args=[new.uuid]) in old_page


@pytest.mark.parametrize("role", ["hr", "editor", "admin", "auditor"])
def test_a87_only_officers_keep_documents_and_each_their_own(house, role):
    with pytest.raises(NotAllowed):
        services.add(member(role, house.authority), OLD, house.authority)
    with pytest.raises(NotAllowed):
        services.add(house.officer, OLD, None)
    with pytest.raises(NotAllowed):
        services.add(UserFactory(), OLD, house.authority)
    row = services.add(house.officer, OLD, house.authority)
    with pytest.raises(NotAllowed):
        services.revise(house.stranger, row, changed(OLD, note="别人的"))
    with pytest.raises(Conflict, match="已经有"):
        services.add(house.stranger, changed(OLD, number="测人社发[２０２０] 1 号"), house.other)
    assert PolicyDocument.objects.count() == 1
    keeper = UserFactory(is_superuser=True)
    assert services.revise(keeper, row, changed(OLD, note="更正日期")).version == 2


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("number", {"number": "第一号"}),
        ("title", {"title": " "}),
        ("bodies", {"bodies": ()}),
        ("last_day", {"last_day": date(2020, 4, 1)}),
        ("last_day", {"superseded_by": "测人社发〔2026〕2号"}),
        ("superseded_by", {"superseded_by": "测人社发[2020]1号", "last_day": date(2026, 1, 1)}),
        ("url", {"url": "javascript:alert(1)"}),
        ("summary", {"summary": "有\x00字符"}),
    ],
    ids=["number", "title", "bodies", "days", "open", "itself", "url", "nul"],
)
def test_a87_what_cannot_be_is_refused_at_its_field(house, field, fields):
    with pytest.raises(Invalid) as refused:
        services.add(house.officer, changed(OLD, **fields), house.authority)
    assert refused.value.details["field"] == field
    assert not PolicyDocument.objects.exists()


def test_a87_officers_work_in_the_admin(house):
    client = signed_in(house.officer, staff=True)
    said = {
        "keeper": house.authority.pk,
        "number": OLD.number,
        "title": OLD.title,
        "bodies": "测试局\n测试二局",
        "issued_on": "2020-05-01",
    }
    assert client.post(reverse("training_policy_add"), said | {"number": "一号"}).status_code == 422
    assert client.post(reverse("training_policy_add"), said).status_code == 302
    row = PolicyDocument.objects.get()
    page = reverse("training_policy", args=[row.uuid])
    assert OLD.title in client.get(page).content.decode()
    assert client.post(page, said | {"title": "改名的办法", "note": "改了名称"}).status_code == 302
    assert queries.current().get().title == "改名的办法"
    assert signed_in(house.stranger, staff=True).get(page).status_code == 404
    assert client.get(reverse("training_policies")).status_code == 200


def test_a87_documents_are_found_by_searching():
    services.add(SYSTEM, changed(OLD, title="船舶焊接培训补贴办法"), None)
    deliver_pending()
    asked = SearchRequest(query="船舶焊接 补贴", types=("policy",))
    assert [hit.title for hit in search.search(asked).hits] == ["船舶焊接培训补贴办法"]
    by_number = SearchRequest(query="测人社发〔2020〕1号", types=("policy",))
    assert [hit.title for hit in search.search(by_number).hits] == ["船舶焊接培训补贴办法"]
