"""A6: the claim, the voucher and the entrustment as papers: number, form with version, page, PDF, a code that /verify/ checks, and when each
holds no more."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.verify import services as verify
from lms.lib.verify.rules import grouped
from lms.training.grants.models import Spend
from lms.training.grants.vouchers import VOUCHER
from lms.training.papers import queries
from lms.training.yearly_plans.commissions import services as commissions
from lms.training.yearly_plans.commissions.papers import ENTRUSTMENT
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.grants import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant_house(clock):
    return House()


def claim(case):
    return case.papers.filter(kind="grant_claim").last()


def verdict_of(paper):
    return verify.check(queries.code_of(paper))[1]


def address(kind, uuid, name="sheet"):
    return reverse(f"cases:{name}", args=[kind, uuid])


def checked(kind, uuid):
    return verify.check(verify.issue(kind, uuid))[1]


# --- the claim ----------------------------------------------------------------------------------------------------


def test_a38_a_claim_says_what_is_claimed_for_which_base_under_which_limit(grant_house):
    case = grant_house.application()
    grant_house.act(grant_house.clerk, case, "submit")
    paper = claim(case)
    content = queries.content_of(paper)
    lines = dict(content["lines"])
    assert (paper.template, content["by"], content["to"]) == ("P14", "青申精机", "区人社局")
    assert lines["申领金额"] == lines["资助上限"] == "200,000.00 元"
    assert lines["基地牌匾编号"] == grant_house.base.number
    assert lines["统一社会信用代码"] == grant_house.firm.uscc
    assert lines["适用规则"] == "青人社〔2023〕17 号（2023-06-14）"
    assert lines["预算：师资培养"] == "80,000.00 元"
    assert verdict_of(paper).status == "valid"


def test_a38_claimed_again_after_completing_it_is_a_new_claim(grant_house):
    case = grant_house.application()
    grant_house.act(grant_house.clerk, case, "submit")
    grant_house.act(grant_house.officer, case, "ask", "按用途细化预算")
    grant_house.act(grant_house.clerk, case, "resubmit")
    first, second = case.papers.filter(kind="grant_claim")
    assert (verdict_of(first).status, verdict_of(second).status) == ("revoked", "valid")
    # The receipt of the second handing in names the second application.
    application = case.papers.filter(kind="application").last()
    receipt = queries.content_of(case.papers.filter(kind="receipt").last())
    assert ["申请书编号", application.number] in receipt["lines"]


@pytest.mark.parametrize("way", ["refuse", "withdraw", "cancel"])
def test_a38_a_claim_that_came_to_nothing_holds_no_more_and_tells_no_reason(grant_house, way):
    if way == "cancel":
        case = grant_house.committed()
        grant_house.act(grant_house.officer, case, "cancel", "企业有内部纠纷")
    else:
        case = grant_house.application()
        grant_house.act(grant_house.clerk, case, "submit")
        who = grant_house.officer if way == "refuse" else grant_house.clerk
        grant_house.act(who, case, way, "企业有内部纠纷")
    found = verdict_of(claim(case))
    assert found.status == "revoked"
    # Why is between the body and the authority.
    assert found.note
    assert "纠纷" not in found.note


# --- the voucher --------------------------------------------------------------------------------------------------


def test_a39_a_use_of_the_money_has_its_voucher_as_a_paper(grant_house, client):
    case = grant_house.paid()
    act = grant_house.spend(case, 3_000_000)
    spend = Spend.objects.get()
    page = signed_in(grant_house.clerk).get(address(VOUCHER, spend.uuid)).content.decode()
    file = case.evidence.get(uuid=act.papers[0])
    step = spend.steps.get()
    for text in (
        f"{case.number}-PZ1",
        "P15",
        "耗材工具购置",
        "30,000.00 元",
        "青申工具店",
        "FP-1",
        str(step.transaction),
        file.sha256,
        grouped(verify.issue(VOUCHER, spend.uuid)),
    ):
        assert text in page, text
    made = signed_in(grant_house.clerk).get(address(VOUCHER, spend.uuid, "sheet_pdf"))
    assert (made["Content-Type"], made.content[:5]) == ("application/pdf", b"%PDF-")
    assert (
        signed_in(grant_house.officer).get(address(VOUCHER, spend.uuid, "sheet_pdf")).content == made.content
    )
    money = signed_in(grant_house.clerk).get(reverse("cases:grant_money", args=[case.uuid])).content.decode()
    assert address(VOUCHER, spend.uuid) in money
    # Whoever has the code learns use and sum, and not to whom the money went.
    said = client.get(reverse("verify:code", args=[verify.issue(VOUCHER, spend.uuid)])).content.decode()
    assert "30,000.00 元" in said
    assert "青申工具店" not in said


def test_a39_a_voucher_that_was_struck_holds_no_more(grant_house):
    case = grant_house.paid()
    grant_house.spend(case, 3_000_000)
    spend = Spend.objects.get()
    before = dict(checked(VOUCHER, spend.uuid).rows)["内容指纹（SHA-256）"]
    grant_house.act(grant_house.officer, case, "strike", "金额录错", spend=1)
    found = checked(VOUCHER, spend.uuid)
    assert (found.status, dict(found.rows)["内容指纹（SHA-256）"]) == ("revoked", before)
    assert "金额录错" in found.note
    client = signed_in(grant_house.clerk)
    page = client.get(address(VOUCHER, spend.uuid)).content.decode()
    assert "已撤销，无效" in page
    assert address(VOUCHER, spend.uuid, "sheet_pdf") not in page
    assert client.get(address(VOUCHER, spend.uuid, "sheet_pdf")).status_code == 404


def test_a39_another_use_has_no_voucher_before_it_is_agreed_to(grant_house):
    case = grant_house.paid()
    said = {"fen": 1_000_000, "payee": "青申书店", "voucher": "FP-9", "paid_on": today()}
    grant_house.act(grant_house.clerk, case, "propose", "购买资料", **said)
    spend = Spend.objects.get()
    client = signed_in(grant_house.clerk)
    assert client.get(address(VOUCHER, spend.uuid)).status_code == 404
    money = client.get(reverse("cases:grant_money", args=[case.uuid])).content.decode()
    assert address(VOUCHER, spend.uuid) not in money
    grant_house.act(grant_house.officer, case, "allow", "同意")
    assert "其他（要经同意）" in client.get(address(VOUCHER, spend.uuid)).content.decode()


def test_a39_by_role_who_reads_a_voucher(grant_house):
    case = grant_house.paid()
    grant_house.spend(case, 3_000_000)
    spend = Spend.objects.get()
    for user, status in (
        (grant_house.clerk, 200),
        (grant_house.officer, 200),
        (grant_house.chief, 200),
        (member("teacher", grant_house.firm), 404),
        (member("officer"), 404),
        (UserFactory(), 404),
    ):
        assert signed_in(user).get(address(VOUCHER, spend.uuid)).status_code == status, user
    assert signed_in(grant_house.clerk).get(address("no_such_form", spend.uuid)).status_code == 404
    looks = AuditRow.objects.filter(action="case.view", target=case.uuid, person=grant_house.officer.uuid)
    assert looks.exists()


# --- the entrustment ------------------------------------------------------------------------------------------------


@pytest.fixture
def commission(house):
    college = OrganisationFactory(name="申江开放学院", kind="college")
    asked = commissions.Asked(
        body=college,
        subject="网络安全普及（2026 年新课）",
        commissioned_on=today(),
        due_on=today() + timedelta(days=30),
        number="申人社委〔2026〕3 号（测试）",
        note="四个学时，含题库",
    )
    return commissions.commission(house.officer, house.authority, asked)


def test_a03_a_commission_is_a_paper_with_number_form_pdf_and_code(house, commission, client):
    editor = member("editor", commission.body)
    for user in (house.officer, editor):
        page = signed_in(user).get(address(ENTRUSTMENT, commission.uuid)).content.decode()
        for text in ("P71", "申江开放学院", commission.subject, "四个学时，含题库", "申人社委〔2026〕3 号"):
            assert text in page, text
    made = signed_in(editor).get(address(ENTRUSTMENT, commission.uuid, "sheet_pdf"))
    assert made.content[:5] == b"%PDF-"
    said = client.get(reverse("verify:code", args=[verify.issue(ENTRUSTMENT, commission.uuid)]))
    assert commission.subject in said.content.decode()
    assert "含题库" not in said.content.decode()
    assert signed_in(UserFactory()).get(address(ENTRUSTMENT, commission.uuid)).status_code == 404
    assert signed_in(member("officer")).get(address(ENTRUSTMENT, commission.uuid)).status_code == 404


def test_a03_a_commission_that_was_taken_back_holds_no_more(house, commission):
    assert checked(ENTRUSTMENT, commission.uuid).status == "valid"
    commissions.end(house.officer, commission, "改由网信办开发")
    found = checked(ENTRUSTMENT, commission.uuid)
    assert (found.status, found.note) == ("revoked", "委托已收回：改由网信办开发")


def test_a03_the_staff_page_of_a_commission_leads_to_its_paper(house, commission):
    page = signed_in(house.officer, staff=True).get(reverse("training_commission", args=[commission.uuid]))
    assert address(ENTRUSTMENT, commission.uuid) in page.content.decode()
