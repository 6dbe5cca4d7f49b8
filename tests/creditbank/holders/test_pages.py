"""The learner number and the joining of two accounts at pages, without scripts; the officers' screens; the export."""

import pytest

from creditbank.holders import merging
from creditbank.holders.models import AccountMerge, LearningAccount
from creditbank.holders.services import open_account
from lms.accounts.identity.services import set_identity
from lms.accounts.organisations.queries import actor
from lms.accounts.organisations.wagtail_access import keep_in_step
from lms.accounts.people.export import export_person
from lms.lib.outbox.services import deliver_pending
from tests.creditbank.holders.test_merging import PAPERS, hours
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.creditbank import college, member, person

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def kept():
    return person("李明")


@pytest.fixture
def leaving():
    user = UserFactory(display_name="旧手机")
    set_identity(user, "passport", "LI MING", "E12345678", actor(user), country="CHN")
    return user


def sign_in_lately(client, user):
    """Closing an account asks for the password again, unless one has just signed in with it."""
    client.force_login(user)
    asked = client.post("/credit/account/merge/enter/", {"code": "0"})
    assert "reauthenticate" in asked.url
    client.post(asked.url, {"password": PASSWORD})


@pytest.fixture
def officers():
    ju = college("ju", "申江市人力资源和社会保障局")
    found = member("officer", ju, "郑明"), member("officer", ju, "何平")
    for officer in found:
        keep_in_step(officer)
    return found


def text(answer):
    return answer.content.decode()


def test_the_real_name_opens_the_account_by_its_event():
    user = UserFactory()
    set_identity(user, "id_card", "王芳", "11010519491231002X", actor(user))
    deliver_pending()
    assert LearningAccount.objects.get().holder == user


def test_the_number_is_shown_and_checks(client, kept):
    client.force_login(kept)
    page = text(client.get("/credit/account/"))
    number = LearningAccount.objects.get(holder=kept).number
    shown = f"{number[:4]} {number[4:8]} {number[8:]}"
    assert shown in page
    assert shown in text(client.get("/credit/"))
    assert client.get("/api/v1/credit/account").json()["numbers"] == [number]
    client.force_login(person(real_name=False))
    assert "实名以后开立" in text(client.get("/credit/"))
    assert "还没有学习账号" in text(client.get("/credit/account/"))
    assert client.get("/api/v1/credit/account").json()["number"] == ""
    client.logout()
    assert client.get("/credit/account/").status_code == 302


def test_from_the_code_to_the_merge_and_what_it_says(client, kept, leaving, officers):
    hours(kept, 300, "a")
    hours(leaving, 500, "a")
    hours(leaving, 200, "b")
    client.force_login(kept)
    page = text(client.post("/credit/account/merge/"))
    merge = AccountMerge.objects.get()
    code = page.split('<h1 class="num">')[1].split("<")[0]
    assert len(code.replace(" ", "")) == 8

    sign_in_lately(client, leaving)
    assert client.post("/credit/account/merge/enter/", {"code": "0"}).status_code == 422
    page = text(client.post("/credit/account/merge/enter/", {"code": code}))
    assert "不转移的" in page
    assert "学习进度" in page
    assert "只计一次的" in page
    assert "课程 a" in page
    refused = client.post("/credit/account/merge/enter/", {"code": code, "agree": "1"})
    assert refused.status_code == 422
    merge.refresh_from_db()
    assert merge.state == "open"
    done = client.post("/credit/account/merge/enter/", {"code": code, "agree": "1", "understood": "on"})
    assert done.url == f"/credit/account/merges/{merge.uuid}/"
    assert "等待核准" in text(client.get(done.url))
    client.force_login(person("别人"))
    assert client.get(done.url).status_code == 404
    assert client.post(done.url + "withdraw/").status_code == 404

    client.force_login(officers[0])
    address = f"/admin/credit/merges/{merge.uuid}/"
    assert "旧手机" in text(client.get("/admin/credit/merges/"))
    page = text(client.get(address))
    assert "李＊" in page
    assert "李明" not in page.replace("李明</a>", "")
    assert client.post(address, {"action": "approve", "reason": ""}).status_code == 422
    assert client.post(address, {"action": "approve", "reason": "两个账号都登录过"}).status_code == 302
    merge.refresh_from_db()
    assert merge.state == "merged"

    client.force_login(kept)
    page = text(client.get(done.url))
    assert "已合并" in page
    assert "课程 b" in page
    client.force_login(leaving)
    assert client.get("/credit/account/").status_code == 302


def test_an_officer_asks_another_decides_and_a_third_kind_sees_nothing(client, kept, leaving, officers):
    number = open_account(leaving).number
    client.force_login(officers[0])
    address = "/admin/credit/merges/new/"
    wrong = client.post(address, {"survivor": "nobody@example.org", "other": number, "evidence": PAPERS})
    assert wrong.status_code == 422
    assert "没有找到这个账号" in text(wrong)
    body = {"survivor": kept.email, "other": f"{number[:4]} {number[4:]}", "evidence": ""}
    assert client.post(address, body).status_code == 422
    made = client.post(address, body | {"evidence": PAPERS})
    assert made.status_code == 302
    page = client.get(made.url)
    assert "另一位工作人员" in text(page)
    assert client.post(made.url, {"action": "approve", "reason": "证件一致"}).status_code == 403
    client.force_login(officers[1])
    assert client.post(made.url, {"action": "approve", "reason": "证件一致"}).status_code == 302
    client.force_login(officers[0])
    assert client.post(made.url, {"action": "undo", "reason": "照片核对有误"}).status_code == 302
    assert AccountMerge.objects.get().state == "undone"
    reviewer = member("reviewer", college())
    keep_in_step(reviewer)
    client.force_login(reviewer)
    for place in ("/admin/credit/merges/", address, made.url):
        assert client.get(place).status_code == 403


def test_the_export_of_the_one_that_goes_on_holds_the_closed_one(kept, leaving, officers):
    hours(leaving, 200, "b")
    made = merging.request(officers[0], kept, leaving, evidence=PAPERS)
    merging.decide(officers[1], made, approve=True, reason="证件一致")
    found = export_person(kept)["learning_account"]
    assert len(found["closed_accounts"]) == 1
    closed = found["closed_accounts"][0]
    assert closed["account"]["uuid"] == str(leaving.uuid)
    assert [entry["amount"] for entry in closed["credit_bank"]["entries"]] == [200, -200]
    assert "learning_account" not in closed
    assert found["merges"][0]["evidence"] == PAPERS
