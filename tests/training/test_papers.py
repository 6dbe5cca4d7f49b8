"""Papers of processes: number, form with version, snapshot, hash, a code that /verify/ checks, on screen and as PDF; and each act
that brings one."""

import hashlib
import json

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import translation

from lms.accounts.api import masked_name
from lms.lib import evidence as files
from lms.lib.clock import now, today
from lms.lib.errors import Invalid, NotFound
from lms.lib.verify import services as verify
from lms.lib.verify.rules import grouped
from lms.training.bases.rules import dump
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Evidence
from lms.training.lifecycle.words import roles_in_words
from lms.training.papers import queries
from lms.training.papers.api import Template, issue, register_template, template_of, templates
from lms.training.papers.models import Paper
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in
from tests.training.cases import EXPERT, FACTS, SYSTEM, Bureau, after, pdf
from tests.training.grants import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(bureau):
    return bureau.filed(flags=["scarce"]).papers.get(kind="receipt")


def checked(paper):
    """What /verify/ says of it."""
    return verify.check(queries.code_of(paper))[1]


def test_a_receipt_has_number_form_and_what_is_missing_at_once(bureau, paper):
    content = queries.content_of(paper)
    assert (paper.kind, paper.template, paper.version) == ("receipt", "P01", 1)
    assert paper.number == "JD-P01-2026-00001"
    assert content["case"] == paper.case.number
    assert any("优先认定的证明" in item for item in content["items"])
    assert (content["to"], content["by"]) == ("青申精机", "区人社局")


def test_its_hash_is_that_of_what_stands_on_it(paper):
    assert hashlib.sha256(paper.content.encode()).hexdigest() == paper.sha256
    content = json.loads(paper.content)
    assert json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) == paper.content


def test_it_stays_as_it_was_issued(bureau, paper):
    bureau.firm.name = "改了名字"
    bureau.firm.save()
    paper.refresh_from_db()
    assert queries.content_of(paper)["to"] == "青申精机"
    assert queries.pdf(paper) == queries.pdf(paper)
    with pytest.raises(DatabaseError), transaction.atomic():
        Paper._base_manager.filter(pk=paper.pk).update(title="另一份")


def test_the_code_says_what_a_checker_compares(paper):
    verdict = checked(paper)
    assert verdict.status == "valid"
    rows = dict(verdict.rows)
    assert rows["文书编号"] == paper.number
    assert rows["内容指纹（SHA-256）"] == paper.sha256


def test_it_is_issued_in_the_platform_s_language_whatever_the_officer_s(bureau):
    with translation.override("en"):
        paper = bureau.filed().papers.get(kind="receipt")
    assert paper.title == "受理回执"
    assert "材料齐全" in paper.content


def test_each_act_on_a_base_brings_its_paper(bureau, clock):
    case = bureau.announced()
    after(clock, case.due_on)
    bureau.by(bureau.officer, case, "name")
    kinds = list(case.papers.values_list("kind", flat=True))
    assert kinds == ["application", "receipt", "notice", "base_plaque"]
    bureau.by(bureau.officer, case, "recheck", "keep", reason="设备与认定时相符")
    bureau.removed(case, "停止培训")
    assert list(case.papers.values_list("kind", flat=True))[4:] == [
        "base_recheck",
        "base_intent",
        "base_removal",
    ]
    plaque, removal = case.papers.get(kind="base_plaque"), case.papers.get(kind="base_removal")
    assert (checked(plaque).status, checked(plaque).note) == ("revoked", "停止培训")
    assert checked(removal).status == "valid"
    assert "停止培训" in removal.content


def test_what_is_missing_and_a_refusal_are_papers_too(bureau):
    case = bureau.by(bureau.officer, bureau.filed(), "ask", reason="缺场地证明")
    missing = queries.content_of(case.papers.get(kind="missing"))
    assert missing["items"] == ["缺场地证明"]
    assert missing["lines"] == [["补正期限", case.due_on.isoformat()]]
    bureau.by(bureau.clerk, case, "resubmit")
    bureau.by(bureau.officer, case, "accept", "refuse", reason="不符合条件")
    assert "不符合条件" in case.papers.get(kind="refusal").content


def test_the_application_holds_what_was_handed_in_and_each_file_s_fingerprint(bureau):
    case = bureau.filed()
    paper = case.papers.get(kind="application")
    content = queries.content_of(paper)
    assert (paper.template, content["to"], content["by"]) == ("P10", "区人社局", "青申精机")
    assert ["实训场地设备", "实训车间 600 平方米，数控车床 12 台"] in content["lines"]
    files = list(case.evidence.order_by("pk"))
    assert len(content["items"]) == len(files) == 4
    for item, file in zip(content["items"], files, strict=True):
        assert file.name in item
        assert item.endswith(file.sha256)
    receipt = queries.content_of(case.papers.get(kind="receipt"))
    assert ["申请书编号", paper.number] in receipt["lines"]
    verdict = checked(paper)
    assert verdict.status == "valid"
    # Whoever has the code compares the paper; what stands on it they do not read there.
    assert "数控车床" not in str(verdict.rows)
    assert queries.pdf(paper).startswith(b"%PDF")


def test_the_application_says_who_handed_it_in_for_which_body(bureau):
    content = queries.content_of(bureau.filed().papers.get(kind="application"))
    lines = dict(content["lines"])
    assert lines["提交单位"] == "青申精机"
    assert lines["提交人"] == f"{masked_name(bureau.clerk)}（{roles_in_words(['hr'])}）"
    # The paper stays when the person goes: the whole name is not on it.
    assert bureau.clerk.display_name not in json.dumps(content, ensure_ascii=False)


def test_what_the_authority_has_put_in_is_no_part_of_the_application(bureau):
    """The officer's own file of a hearing came between refusal and another review: the body does not read it on its paper."""
    case = bureau.by(bureau.officer, bureau.filed(), "ask", reason="缺场地证明")
    Evidence.objects.create(
        case=case,
        kind=EXPERT,
        person=bureau.officer,
        revision=case.revision,
        **files.values(files.checked([pdf("专家内部意见.pdf")], code="invalid_evidence", there=0)[0]),
    )
    bureau.by(bureau.clerk, case, "resubmit")
    second = case.papers.filter(kind="application").last()
    assert "专家内部意见" not in second.content


def test_a_case_s_number_stands_on_a_notice_once(bureau):
    case = bureau.announced()
    notice = case.papers.get(kind="notice")
    content = queries.content_of(notice)
    assert content["case"] == case.number
    assert "受理编号" not in dict(content["lines"])
    page = signed_in(bureau.clerk).get(reverse("cases:paper", args=[notice.uuid])).content.decode()
    assert page.count("<dt>受理编号</dt>") == 1
    # The public page of the notice has no such head: there the line stays.
    assert ["受理编号", case.number] in case.notices.get().lines


def test_handed_in_again_the_application_is_a_new_one(bureau):
    case = bureau.by(bureau.officer, bureau.filed(), "ask", reason="缺场地证明")
    services.describe(bureau.clerk, case, dump(FACTS) | {"site": "实训车间 900 平方米"})
    bureau.by(bureau.clerk, case, "resubmit")
    first, second = case.papers.filter(kind="application")
    assert (checked(first).status, checked(second).status) == ("revoked", "valid")
    assert "900 平方米" in second.content
    assert "600 平方米" in first.content


def test_a_notice_that_is_given_anew_ends_the_first(bureau):
    case = bureau.by(bureau.officer, bureau.announced(), "again", reason="补充材料")
    bureau.by(bureau.officer, case, "pass")
    first, second = case.papers.filter(kind="notice")
    assert (checked(first).status, checked(second).status) == ("revoked", "valid")


def test_a_refusal_that_was_overturned_is_called_so(bureau):
    case = bureau.by(bureau.officer, bureau.filed(), "accept", "refuse", reason="不符合条件")
    bureau.by(bureau.clerk, case, "appeal", reason="材料是齐的")
    bureau.by(bureau.second, case, "overturn", reason="原结论有误")
    refusal = case.papers.get(kind="refusal")
    assert (checked(refusal).status, checked(refusal).note) == ("revoked", "原结论有误")


def test_the_papers_of_a_grant(clock):
    house = House()
    case = house.paid()
    house.act(house.clerk, case, "settle_up")
    house.act(house.officer, case, "take_rest", fen=20_000_000, paid_on=today(), voucher="TK")
    house.act(house.officer, case, "settle")
    assert list(case.papers.values_list("kind", flat=True)) == [
        "application",
        "receipt",
        "grant_claim",
        "grant_decision",
        "grant_payment",
        "grant_settlement",
    ]
    decision = queries.content_of(case.papers.get(kind="grant_decision"))
    assert ["资助金额", "200,000.00 元"] in decision["lines"]
    assert ["资金性质", "区地方教育附加区级统筹资金重点项目"] in decision["lines"]
    assert ["已退回", "200,000.00 元"] in queries.content_of(case.papers.get(kind="grant_settlement"))[
        "lines"
    ]


def test_a_decision_that_was_cancelled_is_called_so(clock, client):
    house = House()
    case = house.committed()
    decision = case.papers.get(kind="grant_decision")
    client.force_login(house.clerk)
    address = reverse("cases:paper", args=[decision.uuid])
    assert "已撤销" not in client.get(address).content.decode()
    house.act(house.officer, case, "cancel", reason="资金计划调整")
    assert checked(decision).status == "revoked"
    said = client.get(address).content.decode()
    assert "已撤销，无效" in said
    assert "资金计划调整" in said
    assert reverse("cases:paper_pdf", args=[decision.uuid]) not in said


def test_every_form_of_every_paper_is_a_pdf(bureau, paper):
    before = Paper.objects.count()
    for template in templates():
        made = issue(
            paper.case,
            template.kind,
            {"lines": [("标题", "值 #set [ ] $x$ \\ <b>"), ("空", "")], "items": ["一", "*二*"]},
            at=now(),
            by=SYSTEM,
        )
        assert queries.pdf(made).startswith(b"%PDF-")
    assert Paper.objects.values("number").distinct().count() == len(templates()) + before


def test_every_form_has_number_version_page_and_a_code_that_is_checked(bureau, paper, client):
    """A6: each paper with number, version, printable, verify code."""
    client.force_login(bureau.clerk)
    for template in templates():
        made = issue(paper.case, template.kind, {"lines": [("标题", "值")]}, at=now(), by=SYSTEM)
        page = client.get(reverse("cases:paper", args=[made.uuid])).content.decode()
        code = queries.code_of(made)
        said = client.get(reverse("verify:code", args=[code])).content.decode()
        assert made.number.split("-")[1] == template.number, template
        for text in (made.number, template.number, grouped(code)):
            assert text in page, template
        for text in (made.number, template.number, made.sha256):
            assert text in said, template
        assert checked(made).status == "valid"
        # One sign of it changed, and it is not this paper's code any more.
        wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
        with pytest.raises((NotFound, Invalid)):
            verify.check(wrong)


def test_a_form_is_declared_once():
    known = template_of("receipt")
    register_template(known)
    with pytest.raises(ValueError, match="declared already"):
        register_template(Template("receipt", "P99", 1, "另一种"))
    with pytest.raises(ValueError, match="declared already"):
        register_template(Template("another", known.number, 1, "另一种"))


def test_lines_are_pairs(paper):
    with pytest.raises(ValueError, match="pairs"):
        issue(paper.case, "receipt", {"lines": [("一",)]}, at=now(), by=SYSTEM)


def test_by_role_who_reads_a_paper(bureau, paper, client):
    other = Bureau()
    addresses = [reverse(f"cases:{name}", args=[paper.uuid]) for name in ("paper", "paper_pdf")]
    people = (
        (bureau.clerk, 200),
        (bureau.officer, 200),
        (bureau.chief, 200),
        (member("teacher", bureau.firm), 404),
        (UserFactory(), 404),
        (other.officer, 404),
        (other.clerk, 404),
    )
    for user, status in people:
        client.force_login(user)
        assert [client.get(address).status_code for address in addresses] == [status, status]
    client.logout()
    assert client.get(addresses[0]).status_code == 302
    client.force_login(bureau.clerk)
    assert client.get(addresses[1])["Content-Type"] == "application/pdf"
    assert paper.number in client.get(reverse("cases:case", args=[paper.case.uuid])).content.decode()


def test_anybody_checks_it(paper, client):
    page = client.get(reverse("verify:code", args=[queries.code_of(paper)]))
    assert page.status_code == 200
    assert paper.number in page.content.decode()
