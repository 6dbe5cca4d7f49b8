"""The pages and the API of cases at their statuses, by role: panel, batch, supplement, appeal, transfer, redemption."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse as url

from creditbank.applications import redemptions
from creditbank.applications.models import Application, ApplicationFile, CaseTerms, Redemption
from creditbank.applications.services import decide
from lms.lib.audit.models import AuditRow
from tests.creditbank.applications.cases import House, credits_of
from tests.creditbank.applications.test_lots import approved, transfer_rule
from tests.factories.creditbank import certificate, college, member, person, rule_version

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def house():
    return House()


def enters(client, user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    return user


def case_page(row):
    return url("creditbank_case", args=[row.uuid])


def post_case(client, row, **said):
    row.refresh_from_db()
    return client.post(case_page(row), {"revision": row.revision} | said)


def test_two_reviewers_on_the_screen(client, house):
    learner, row = house.case()
    enters(client, house.first)
    page = client.get(case_page(row)).content.decode()
    assert "初审：拟认定" in page
    assert "需要 2 位审核人员" in page
    refused = post_case(client, row, action="approve", reason="")
    assert refused.status_code == 422
    assert refused.context["decision_form"].errors == {"reason": ["请写明理由，申请人会看到。"]}
    assert post_case(client, row, action="approve", reason="材料齐全").status_code == 302
    assert "你已经对这份申请提过意见" in client.get(case_page(row)).content.decode()
    assert post_case(client, row, action="approve", reason="我自己复核").status_code == 403
    enters(client, house.second)
    page = client.get(case_page(row)).content.decode()
    assert "认定，学分入账" in page
    assert "复核：退回再审" in page
    # A page opened before the last step decides nothing.
    assert (
        client.post(case_page(row), {"revision": 1, "action": "approve", "reason": "同意"}).status_code == 409
    )
    assert post_case(client, row, action="approve", reason="同意").status_code == 302
    assert credits_of(learner) == 800
    client.force_login(learner)
    page = client.get(url("credit:application", args=[row.uuid])).content.decode()
    assert "初审：拟认定" in page
    assert "材料齐全" in page


def test_a_batch_from_the_queue(client, house):
    rows = [house.case()[1] for _ in range(2)]
    _learner, unverified = house.case(verified=False)
    enters(client, house.first)
    queue = url("creditbank_queue")
    page = client.get(queue).content.decode()
    ticks = [f"{row.uuid}:{row.revision}" for row in (*rows, unverified)]
    assert all(tick in page for tick in ticks)
    answer = client.post(queue, {"case": ticks[:2], "action": "approve", "reason": ""})
    assert list(answer.context["form"].errors) == ["reason"]
    assert answer.content.decode().count(" checked ") == 2
    answer = client.post(queue, {"case": ticks, "action": "approve", "reason": "批量初审"})
    shown = answer.content.decode()
    assert (answer.status_code, shown.count("已记下")) == (200, 2)
    assert "没有处理" in shown
    assert sorted(Application.objects.values_list("state", flat=True)) == [
        "proposed",
        "proposed",
        "submitted",
    ]
    assert client.post(queue, {"case": [], "action": "approve", "reason": "x"}).status_code == 422
    assert client.post(queue, {"case": ["nonsense"], "action": "approve", "reason": "x"}).status_code == 404


@pytest.mark.parametrize("role", ["editor", "admin", "auditor"])
def test_other_roles_decide_nothing(client, house, role):
    _learner, row = house.case()
    enters(client, member(role, house.home))
    assert client.get(case_page(row)).status_code in (403, 404)
    assert post_case(client, row, action="approve", reason="x").status_code in (403, 404)
    assert client.post(url("creditbank_queue"), {"case": f"{row.uuid}:1"}).status_code == 403


def test_supplement_and_appeal_by_forms(client, house):
    house = House(code="dated", fields={"supplement_days": 10})
    learner, row = house.case()
    enters(client, house.first)
    refused = post_case(client, row, action="ask", what="", until="2026-09-01")
    assert refused.context["ask_form"].errors == {"what": ["请写明要补充什么，申请人会看到。"]}
    assert 'value="2026-09-01"' in refused.content.decode()
    assert post_case(client, row, action="ask", what="请补拍背面", until="").status_code == 302
    client.force_login(learner)
    address = url("credit:supplement", args=[row.uuid])
    page = client.get(url("credit:application", args=[row.uuid])).content.decode()
    assert "请补拍背面" in page
    assert client.post(address, {"text": ""}).status_code == 422
    bad = SimpleUploadedFile("a.png", b"<svg>")
    assert client.post(address, {"text": "补", "evidence": bad}).status_code == 422
    good = SimpleUploadedFile("背面.png", PNG)
    assert client.post(address, {"text": "已补拍", "evidence": good}).status_code == 302
    file = ApplicationFile.objects.get()
    there = url("credit:application_file", args=[file.uuid])
    assert client.get(there).status_code == 200
    client.force_login(person())
    assert client.get(there).status_code == 404
    assert client.post(address, {"text": "别人的"}).status_code == 404
    enters(client, house.second)
    assert client.get(there).status_code == 200
    assert AuditRow.objects.filter(action="evidence.view", target=learner.uuid).exists()

    for reviewer in (house.first, house.second):
        enters(client, reviewer)
        post_case(client, row, action="refuse", reason="等级不符")
    client.force_login(learner)
    page = client.get(url("credit:application", args=[row.uuid])).content.decode()
    assert "可以申诉" in page
    address = url("credit:appeal", args=[row.uuid])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "是三级"}).status_code == 302
    enters(client, house.second)
    assert "你参与过这份申请的审核" in client.get(case_page(row)).content.decode()
    enters(client, house.third)
    assert "申诉复核：改为认定" in client.get(case_page(row)).content.decode()
    assert post_case(client, row, action="refuse", reason="维持").status_code == 302
    row.refresh_from_db()
    assert row.state == "upheld"


def test_the_whole_allocation_by_one_button(client, house):
    turner = rule_version(
        house.version.rule.programme,
        code="turner",
        occupation_code="6-18-01-01",
        courses=[{"code": "NC1", "name": "数控", "centicredits": 300}],
    )
    learner = person()
    client.force_login(learner)
    papers = certificate(learner), certificate(learner, occupation_code="6-18-01-01", title="车工")
    lines = [
        f"{paper.uuid}|{version.rule.code}|{version.number}"
        for paper, version in zip(papers, (house.version, turner), strict=True)
    ]
    page = client.get(url("credit:overview")).content.decode()
    assert all(line in page for line in lines)
    assert "一次申请这 2 项，共 11 学分" in page
    # The planner's page has the same button for its whole allocation.
    planned = client.get(url("credit:plan"), {"programme": str(house.version.rule.programme.uuid)})
    assert all(line in planned.content.decode() for line in lines)
    address = url("credit:apply_all")
    for _ in range(2):
        assert client.post(address, {"line": lines}).status_code == 302
    assert Application.objects.count() == 2
    for bad in ("x", f"{papers[0].uuid}|a|b", ""):
        assert client.post(address, {"line": [bad]}).status_code == 422


def test_transfer_and_redemption_by_forms(client):
    giving, receiving = House(reviewers=1), House(reviewers=1, code="second-college")
    version = transfer_rule(giving, receiving)
    learner, first = approved(giving)
    client.force_login(learner)
    address = url("credit:transfer")
    assert "电工技术基础" in client.get(address).content.decode()
    move = {"application": first.uuid, "course": "EL101", "rule": version.rule.code, "version": 1}
    assert client.post(address, move | {"version": "x"}).status_code == 422
    assert client.post(address, move | {"application": "x"}).status_code == 404
    assert client.post(address, move).status_code == 302
    row = Application.objects.get(course__isnull=False)
    assert "不能退回" in client.get(url("credit:application", args=[row.uuid])).content.decode()
    enters(client, receiving.first)
    assert "转出的课程" in client.get(case_page(row)).content.decode()
    assert post_case(client, row, action="approve", reason="按协议").status_code == 302
    assert credits_of(learner, giving.home) == 300

    client.force_login(learner)
    address = url("credit:redemption")
    assert client.post(address, {"uuid": first.programme.uuid}).status_code == 302
    assert client.post(address, {"uuid": first.programme.uuid}).status_code == 409
    assert client.post(address, {"uuid": "x"}).status_code == 404
    asked = Redemption.objects.get()
    assert client.get(url("credit:receipt", args=[asked.uuid])).status_code == 404
    enters(client, giving.admin)
    assert first.programme.name in client.get(url("creditbank_redemptions")).content.decode()
    there = url("creditbank_redemption", args=[asked.uuid])
    assert client.post(there, {"action": "redeem", "reason": ""}).status_code == 422
    assert client.post(there, {"action": "redeem", "reason": "毕业"}).status_code == 302
    assert client.post(there, {"action": "redeem", "reason": "毕业"}).status_code == 409
    assert credits_of(learner, giving.home) == 0
    for stranger in (giving.first, receiving.admin):
        enters(client, stranger)
        assert client.get(there).status_code in (403, 404)


def test_an_administrator_sets_terms_and_sees_what_is_late(client, house):
    enters(client, house.admin)
    address = url("creditbank_case_terms")
    said = {
        "place": str(house.version.rule.programme.uuid),
        "valid_from": "2026-01-01",
        "reviewers": "1",
        "review_days": "10",
        "notice_days": "90，30",
        "shelf_life_months": "84",
        "source": "校发〔2026〕1号",
    }
    assert client.get(address).status_code == 200
    assert client.post(address, said | {"reviewers": "9"}).status_code == 422
    assert client.post(address, said | {"notice_days": ""}).status_code == 422
    assert client.post(address, said | {"place": "elsewhere"}).status_code == 422
    assert client.post(address, said).status_code == 302
    row = CaseTerms.objects.get(programme=house.version.rule.programme)
    assert (row.reviewers, row.review_days, row.notice_days) == (1, 10, [90, 30])
    assert client.get(url("creditbank_overdue")).status_code == 200
    enters(client, house.first)
    assert client.post(address, said).status_code == 403
    assert client.get(url("creditbank_overdue")).status_code == 403


# --- API -------------------------------------------------------------------------------------------------


def call(client, method, path, body=None):
    more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(client, method)(f"/api/v1/credit/{path}", **more)
    return answer.status_code, answer.json()


def test_the_api_has_the_panels_way(client, house):
    learner = person()
    paper = certificate(learner)
    client.force_login(learner)
    line = {"outcome": str(paper.uuid), "rule": house.version.rule.code, "version": 1}
    status, made = call(client, "post", "allocations", {"lines": [line]})
    assert (status, len(made), made[0]["reviewers"]) == (201, 1, 2)
    assert call(client, "post", "allocations", {"lines": [line]})[1][0]["uuid"] == made[0]["uuid"]
    row = Application.objects.get()
    assert call(client, "post", "reviews", {"cases": [], "approve": True, "reason": "x"})[0] == 403

    client.force_login(house.first)
    case = f"review/{row.uuid}"
    call(client, "post", f"{case}/verification", {"genuine": True, "method": "register"})
    until = {"what": "请补", "until": "2999-01-01"}
    assert call(client, "post", f"{case}/ask", until)[0] == 422
    assert (
        call(client, "post", f"{case}/decision", {"approve": True, "reason": "可以"})[1]["state"]
        == "proposed"
    )
    stale = {"approve": True, "reason": "可以", "revision": 1}
    client.force_login(house.second)
    assert call(client, "post", f"{case}/decision", stale)[0] == 409
    batch = {"cases": [{"uuid": str(row.uuid), "revision": 2}], "approve": False, "reason": "再看"}
    assert call(client, "post", "reviews", batch)[1][0]["state"] == "submitted"
    row.refresh_from_db()
    for reviewer in (house.first, house.second):
        row = decide(reviewer, row, approve=False, reason="不符")

    client.force_login(learner)
    status, steps = call(client, "get", f"applications/{row.uuid}/steps")
    assert "复核：退回再审" in [step["title"] for step in steps]
    answer = client.post(f"/api/v1/credit/applications/{row.uuid}/appeal", {"text": "请复核"})
    assert answer.json()["state"] == "appealed"
    answer = client.post(f"/api/v1/credit/applications/{row.uuid}/supplement", {"text": "补"})
    assert answer.status_code == 409


def test_the_api_has_what_leaves_for_good(client):
    giving, receiving = House(reviewers=1), House(reviewers=1, code="second-college")
    version = transfer_rule(giving, receiving)
    learner, first = approved(giving)
    client.force_login(learner)
    (offer,) = call(client, "get", "transfers")[1]
    assert (offer["gives"], offer["rule"]) == (400, version.rule.code)
    move = {
        "application": offer["application"],
        "course": offer["course"],
        "rule": offer["rule"],
        "version": 1,
    }
    assert call(client, "post", "transfers", move)[0] == 201
    assert call(client, "post", "transfers", move)[0] == 409
    status, asked = call(client, "post", "redemptions", {"programme": str(first.programme.uuid)})
    assert (status, asked["centicredits"]) == (201, 800)
    assert call(client, "get", "redemptions/review")[0] == 403
    assert call(client, "post", f"redemptions/{asked['uuid']}/withdraw")[1]["state"] == "withdrawn"
    asked = redemptions.request(learner, first.programme)
    assert call(client, "get", "expiring") == (200, [])
    client.force_login(giving.admin)
    assert len(call(client, "get", "redemptions/review")[1]) == 1
    decision = {"redeem": True, "reason": "毕业"}
    assert call(client, "post", f"redemptions/{asked.uuid}/decision", decision)[1]["state"] == "redeemed"
    assert call(client, "get", "overdue") == (200, [])
    terms = {"college": giving.home.code, "valid_from": "2026-01-01", "source": "校发文件", "reviewers": 1}
    assert call(client, "post", "terms", terms)[0] == 201
    assert call(client, "post", "terms", terms | {"college": "nowhere"})[0] == 404
    client.force_login(learner)
    assert call(client, "post", "terms", terms)[0] == 403
    assert len(call(client, "get", "redemptions")[1]) == 2


def test_others_see_nothing_of_a_case(client, house):
    _learner, row = house.case()
    client.force_login(member("reviewer", college("other", "他校")))
    assert call(client, "post", f"review/{row.uuid}/ask", {"what": "请补"})[0] == 404
    assert call(client, "get", f"applications/{row.uuid}/steps")[0] == 404
    assert client.post(url("credit:appeal", args=[row.uuid]), {"reason": "x"}).status_code == 404
