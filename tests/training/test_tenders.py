"""培训项目需求包 (沪人社专〔2022〕372号 三(四)): row A12, and where A11, A17 and A24 meet it."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from lms.accounts.people.export import parts_of
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from lms.training.board.models import Posting
from lms.training.ce_bases.models import EducationBase
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case, Evidence
from lms.training.lifecycle.queries import queue
from lms.training.papers.models import Paper
from lms.training.supervision.models import Check
from lms.training.tenders import bidding, panel, queries, rules, sealing
from lms.training.tenders.models import (
    PARTS,
    BidScore,
    InterestDeclaration,
    PanelExpert,
    SealedBid,
    Tender,
    TenderAward,
    TenderBid,
    TenderResult,
)
from lms.training.tenders.process import CODE, PROCESS
from tests.factories.accounts import MembershipFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.cases import after, registered
from tests.training.tendering import COURSES, PDF, RESEARCH, Market, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(clock):
    found = Market()
    for user in (found.officer, found.second, found.chief, found.auditor, found.drafter):
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return found


def written():
    models = (
        *(Act, AuditRow, OutboxEvent, Posting, Paper, Tender, TenderBid, SealedBid, PanelExpert),
        *(InterestDeclaration, BidScore, TenderResult, TenderAward, Evidence),
    )
    return [model.objects.count() for model in models]


# --- the way ------------------------------------------------------------------------------------------------


def test_a12_from_the_package_to_the_award(market, clock):
    market.evaluated(market.one, 8600)
    market.checked(market.one, 9000)
    tender = market.awarded(clock)
    assert tender.case.state == "awarded"
    assert [act.name for act in tender.case.acts.all()] == [
        *("submit", "publish", "open", "review", "announce", "award")
    ]
    award = TenderAward.objects.get()
    assert (award.bid.bidder, award.amount_fen) == (market.one, 48_000_000)
    assert queries.awards_of(market.one.pk) == (
        queries.Award(tender.case.number, "工业机器人培训资源", "课程开发更新", award.awarded_on, 48_000_000),
    )
    assert queries.awards_of(market.two.pk) == ()
    kinds = list(Posting.objects.filter(subject=tender.subject).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["tender", "result"]
    papers = sorted(Paper.objects.values_list("template", "case__process"))
    assert papers == sorted(
        [
            ("P10", "tender"),
            *[("P01", "tender"), ("P41", "tender"), ("P03", "tender"), ("P43", "tender"), ("P44", "tender")],
            *[("P42", "tender-bid"), ("P42", "tender-bid"), ("P44", "tender-bid")],
        ]
    )


def test_a12_the_result_is_explained_line_by_line(market, clock):
    market.evaluated(market.one, 8600)
    market.checked(market.one, 9000)
    tender = market.announced(clock)
    result = TenderResult.objects.get()
    # 90×60% + 70×20% + 86×15% + 90×5% = 85.4; 70×60% + 90×20% + 60×15% + 50×5% = 71.5: never evaluated, never checked.
    assert [(line["bidder"], line["total"]) for line in result.lines] == [
        ("青溪技师学院", 8540),
        ("青申职工大学", 7150),
    ]
    page = [text for line in queries.results(tender)[0].lines for text in _rows(line)]
    assert "方案：专家给分 90，平均 90 分 × 60% = 54 分" in page
    assert "基地评估：基地评估得分 86 分 × 15% = 12.9 分" in page
    assert "检查评估：没有检查评估得分，按需求包写明的 50 分 × 5% = 2.5 分" in page
    assert market.one.name in tender.case.notices.get().lines[1][1]


def test_a12_a_base_on_its_way_out_bids_and_is_marked(market, clock):
    market.evaluated(market.one, 5500)
    market.evaluated(market.two, 8000)
    part = market.part(market.published())
    market.bid(part, market.one, market.one_hr)
    market.bid(part, market.two, market.two_hr)
    market.reviewing(clock, part.tender)
    lines = {bid.bidder: queries.base_line(bid) for bid in TenderBid.objects.all()}
    assert lines[market.one] == "基地评估得分：55 分，评估不合格，退出程序还没有结束"
    assert lines[market.two] == "基地评估得分：80 分"


def _rows(line):
    from lms.training.tenders.words import result_rows

    return result_rows(line)


def test_a12_a_part_without_a_valid_bid_fails_and_the_others_are_awarded(market, clock):
    tender = market.announced(clock, lots=(COURSES, RESEARCH))
    after(clock, tender.case.due_on)
    market.by(market.second, tender.case, "award")
    assert [row.part.code for row in TenderAward.objects.all()] == ["courses"]
    assert [row.first for row in TenderResult.objects.filter(part__code="research")] == [None]
    assert "课题研究：没有有效投标，流标" in Posting.objects.get(kind="result").body


# --- the package -------------------------------------------------------------------------------------------------


def test_a12_everything_that_is_missing_is_named_at_once(market):
    lot = rules.Lot("courses", "", 0, 0, (rules.Criterion("方案", 60, "base"),))
    case = market.draft(title="", level="", fund="", bid_days=0, opening_days=0, tie="", lots=(lot,))
    with pytest.raises(Invalid) as refused:
        market.by(market.drafter, case, "submit")
    assert set(refused.value.details["missing"]) == {
        *("title", "level", "fund", "deadline", "opening", "tie"),
        *("need_courses", "ceiling_courses", "days_courses", "weights_courses", "panel_courses"),
        "otherwise_courses",
    }


@pytest.mark.parametrize(
    ("level", "fund"),
    [("district", "district"), ("city", "district"), ("sector", "department"), ("district", "city")],
)
def test_a24_only_city_money_pays_and_only_for_national_and_city_projects(market, level, fund):
    with pytest.raises(Invalid, match="市级财政") as refused:
        market.submitted(level=level, fund=fund)
    assert refused.value.details["missing"] == ["fund_mismatch"]
    assert "四(二)" in str(refused.value.message)


def test_a12_the_parts_are_the_six_of_the_document(market):
    """三(四): 培训平台、实训环境、课程、师资、人员培训、课题研究; a package may ask for all of them."""
    assert [code for code, _label in PARTS] == [
        *("platform", "environment", "courses", "teachers", "delivery", "research")
    ]
    criteria = (rules.Criterion("方案", 100),)
    lots = tuple(rules.Lot(code, "按附件。", 100, 10, criteria) for code, _label in PARTS)
    tender = market.published(lots=lots)
    assert [part.code for part in tender.parts.all()] == [code for code, _label in PARTS]


def test_a12_a17_what_checks_found_of_a_bidder_stands_where_the_award_is_decided(market, clock):
    market.checked(market.one, 5500)
    tender = market.published()
    part = market.part(tender)
    market.bid(part, market.one, market.one_hr)
    market.bid(part, market.two, market.two_hr)
    tender = market.reviewing(clock, tender)
    page = signed_in(market.officer, staff=True).get(reverse("training_case", args=[tender.case.uuid]))
    check = Check.objects.get(body=market.one)
    assert check.number in page.content.decode()
    bid = TenderBid.objects.get(bidder=market.one)
    assert [row["number"] for row in bid.findings] == [check.number]
    assert TenderBid.objects.get(bidder=market.two).findings == []


def test_a12_weights_must_be_a_hundred_and_a_part_stands_once(market):
    short = rules.Lot("courses", "需求", 100, 10, (rules.Criterion("方案", 99),))
    with pytest.raises(Invalid) as refused:
        market.submitted(lots=(short, COURSES))
    assert refused.value.details["missing"] == ["part_twice", "weights_courses"]


def test_a12_who_drew_it_up_does_not_publish_it(market):
    case = market.submitted()
    MembershipFactory(user=market.officer, organisation=market.district, role="teacher")
    for user in (market.officer, market.drafter, market.one_hr, market.chief):
        with pytest.raises((NotAllowed, NotFound)):
            market.by(user, case, "publish")
    assert not Tender.objects.exists()


def test_a12_the_deadline_leaves_the_working_days_of_the_rule(clock):
    market = Market(least_bid_days=10)
    case = market.submitted(closes_on="2026-03-12", bid_days=0)
    before = written()
    with pytest.raises(Conflict, match="至少 10 个工作日，最早 2026-03-16"):
        market.by(market.officer, case, "publish")
    assert written() == before
    tender = market.published(closes_on="2026-03-16", bid_days=0)
    assert (tender.closes_on, tender.opens_until) == (date(2026, 3, 16), date(2026, 3, 18))
    assert tender.case.due_on == tender.closes_on


def test_a12_a_year_without_a_calendar_is_not_reckoned_with(market):
    case = market.submitted(closes_on="2029-03-16", bid_days=0)
    before = written()
    with pytest.raises(Conflict, match=r"放假安排.*372号"):
        market.by(market.officer, case, "publish")
    assert written() == before


def test_a12_without_the_rules_days_no_notice(clock):
    market = Market(notice_days=None)
    with pytest.raises(Conflict, match="设定"):
        market.announced(clock)


# --- sealed ----------------------------------------------------------------------------------------------------------


def test_a12_only_a_base_of_that_day_bids(market):
    tender = market.published()
    part = market.part(tender)
    body, clerk = market.body("不是基地的学院")
    before = written()
    with pytest.raises(NotAllowed, match=r"不是在册的国家级或市级继续教育基地.*三\(四\)"):
        market.bid(part, body, clerk)
    assert written() == before
    market.named(body, clerk, date(2026, 3, 3))
    with pytest.raises(NotAllowed):
        market.bid(part, body, clerk)
    EducationBase.objects.filter(body=market.one).update(removed_on=date(2026, 3, 2))
    with pytest.raises(NotAllowed):
        market.bid(part, market.one, market.one_hr)


@pytest.mark.parametrize("who", ["officer", "drafter", "two_hr", "expert", "teacher"])
def test_a12_a_bid_is_handed_in_by_the_bodys_own(market, who):
    part = market.part(market.published())
    user = member("teacher", market.one) if who == "teacher" else getattr(market, who)
    with pytest.raises(NotAllowed):
        market.bid(part, market.one, user)
    assert not TenderBid.objects.exists()


@pytest.mark.parametrize(
    "data",
    [b"", PDF, b"RTSEALED" + b"\x02" + bytes(160), b"RTSEALED\x01" + bytes(12), b"rtsealed\x01" + bytes(160)],
    ids=["empty", "plain", "version", "short", "magic"],
)
def test_a12_what_is_not_sealed_is_not_kept(market, data):
    part = market.part(market.published())
    before = written()
    with pytest.raises(Invalid):
        bidding.seal(market.one_hr, part, market.one, SimpleUploadedFile("x.sealed", data))
    assert written() == before


def test_a12_late_by_the_servers_clock(market, clock):
    tender = market.published()
    part = market.part(tender)
    clock.move_to("2026-03-09T23:59:59+08:00")
    market.bid(part, market.one, market.one_hr)
    clock.move_to("2026-03-10T00:00:00+08:00")
    before = written()
    for body, user in ((market.one, market.one_hr), (market.two, market.two_hr)):
        with pytest.raises(Conflict, match="2026-03-09"):
            market.bid(part, body, user)
    with pytest.raises(Conflict, match="已经截止"):
        bidding.take_back(market.one_hr, TenderBid.objects.get())
    assert written() == before


def test_a12_a_bid_page_that_was_left_open_says_that_it_is_too_late_whatever_is_sent(market, clock, client):
    tender = market.published()
    part = market.part(tender)
    page = reverse("tenders:bid", args=[tender.uuid, part.code])
    client.force_login(market.one_hr)
    assert client.post(page, {"act": "seal", "body": market.one.code}).status_code == 422
    clock.move_to("2026-03-10T00:00:00+08:00")
    before = written()
    for sent in ({}, {"sealed": SimpleUploadedFile("bid.sealed", b"x" * 400)}):
        late = client.post(page, {"act": "seal", "body": market.one.code} | sent)
        assert late.status_code == 409
        assert "2026-03-09" in late.content.decode()
        assert "沪人社专〔2022〕372号" in late.content.decode()
    assert written() == before


def test_a12_replaced_bids_stay_as_history_and_the_hash_is_public_at_once(market, client):
    tender = market.published()
    part = market.part(tender)
    first = market.bid(part, market.one, market.one_hr)
    second = market.bid(part, market.one, market.one_hr)
    page = client.get(reverse("tenders:tender", args=[tender.uuid])).content.decode()
    assert first.sha256 in page
    assert second.sha256 in page
    assert market.one.name not in page
    assert TenderBid.objects.count() == 1
    with pytest.raises(Invalid, match="已经提交过"):
        bidding.seal(
            market.two_hr, part, market.two, SimpleUploadedFile("x.sealed", second.file.open("rb").read())
        )


def test_a12_nobody_sees_who_has_bid_before_the_review(market, clock, client):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    bid = TenderBid.objects.get()
    market.opened(clock, tender)
    panel.name_expert(market.officer, tender, market.expert)
    page = queue(market.officer, PROCESS, market.authority, "todo")
    assert all(row.process == CODE for row in page.rows)
    root = UserFactory(is_superuser=True, is_staff=True)
    for user in (
        root,
        market.officer,
        market.second,
        market.chief,
        market.auditor,
        market.expert,
        market.two_hr,
        market.drafter,
    ):
        client.force_login(user)
        for address in (
            reverse("tenders:tender", args=[tender.uuid]),
            reverse("training_tender", args=[tender.uuid]),
            reverse("tenders:seat", args=[tender.uuid]),
            reverse("tenders:opened", args=[bid.uuid]),
            reverse("cases:case", args=[bid.case.uuid]),
            reverse("training_case", args=[bid.case.uuid]),
            reverse("training_cases", args=["tender-bid"]),
            reverse("cases:paper", args=[bid.case.papers.get().uuid]),
        ):
            answer = client.get(address)
            if answer.status_code == 200:
                assert market.one.name not in answer.content.decode(), (user, address)
        assert client.get(reverse("tenders:opened", args=[bid.uuid])).status_code == 404
    client.force_login(market.one_hr)
    assert client.get(reverse("tenders:opened", args=[bid.uuid])).status_code == 200
    assert client.get(reverse("cases:paper", args=[bid.case.papers.get().uuid])).status_code == 200


def test_a12_no_key_opens_before_the_deadline(market, clock):
    tender = market.published()
    bid = market.bid(market.part(tender), market.one, market.one_hr).bid
    for moment in ("2026-03-02T13:00:00+08:00", "2026-03-09T23:59:59+08:00"):
        clock.move_to(moment)
        before = written()
        with pytest.raises(Conflict, match="2026-03-09"):
            bidding.unseal(market.one_hr, bid, market.keys[bid.pk])
        assert written() == before
    clock.move_to("2026-03-10T00:00:00+08:00")
    assert bidding.unseal(market.one_hr, bid, market.keys[bid.pk]).amount_fen == 48_000_000


def test_a12_a_wrong_key_is_told_so_and_can_be_tried_again(market, clock):
    tender = market.published()
    bid = market.bid(market.part(tender), market.one, market.one_hr).bid
    right = market.keys[bid.pk]
    market.closed(clock, tender)
    other = json.loads(right) | {"key": sealing.written_key(bytes(32), bidding.about(bid), "") and "A" * 43}
    before = written()
    for wrong, said in (
        ("", "不是密钥文件"),
        ("随便写的", "不是密钥文件"),
        ("{" * 3000, "不是密钥文件"),
        (json.dumps(other), "打不开"),
        (json.dumps(json.loads(right) | {"sha256": "0" * 64}), "对应另一个密封文件"),
    ):
        with pytest.raises(Invalid, match=said):
            bidding.unseal(market.one_hr, bid, wrong)
    assert written() == before
    with pytest.raises(NotAllowed):
        bidding.unseal(market.two_hr, bid, right)
    # The key alone does as well as its file.
    assert bidding.unseal(market.one_hr, bid, json.loads(right)["key"]).opened_at is not None
    with pytest.raises(Conflict):
        bidding.unseal(market.one_hr, bid, right)


def test_a12_the_key_of_a_replaced_bid_opens_nothing(market, clock):
    tender = market.published()
    part = market.part(tender)
    market.bid(part, market.one, market.one_hr)
    old = next(iter(market.keys.values()))
    bid = market.bid(part, market.one, market.one_hr, 47_000_000).bid
    market.closed(clock, tender)
    with pytest.raises(Invalid, match="对应另一个密封文件"):
        bidding.unseal(market.one_hr, bid, old)
    assert bidding.unseal(market.one_hr, bid, market.keys[bid.pk]).amount_fen == 47_000_000


def test_a12_no_key_in_time_is_a_withdrawal_on_record(market, clock, client):
    tender = market.published()
    part = market.part(tender)
    bid = market.bid(part, market.one, market.one_hr).bid
    market.bid(part, market.two, market.two_hr)
    found = market.closed(clock, tender)
    bidding.unseal(market.two_hr, TenderBid.objects.get(bidder=market.two), market.keys[bid.pk + 1])
    with pytest.raises(Conflict, match="开标窗口到 2026-03-11"):
        market.by(market.officer, found.case, "review")
    after(clock, tender.opens_until)
    with pytest.raises(Conflict, match="视为撤回"):
        bidding.unseal(market.one_hr, bid, market.keys[bid.pk])
    cases.tend()
    bid.case.refresh_from_db()
    assert bid.case.state == "unopened"
    assert bid.case.acts.last().name == "lapse"
    market.by(market.officer, found.case, "review")
    page = client.get(reverse("tenders:tender", args=[tender.uuid])).content.decode()
    assert "没有提交密钥，视为撤回" in page
    assert market.one.name in page


def test_a12_a_bid_begins_with_a_sealed_file_and_nowhere_else(market, client):
    market.published()
    client.force_login(market.one_hr)
    assert "需求包投标" not in client.get(reverse("cases:own")).content.decode()
    with pytest.raises(Conflict, match="投标页面"):
        cases.begin(market.one_hr, "tender-bid", market.one, market.authority)
    assert not Case.objects.filter(process="tender-bid").exists()


def test_a12_a_bid_that_was_taken_back_is_not_handed_in_again(market):
    part = market.part(market.published())
    bid = market.bid(part, market.one, market.one_hr).bid
    bidding.take_back(market.one_hr, bid)
    with pytest.raises(Conflict, match="已经撤回"):
        market.bid(part, market.one, market.one_hr)


def test_a12_the_bids_own_case_page_cannot_seal_or_open(market, client, clock):
    tender = market.published()
    bid = market.bid(market.part(tender), market.one, market.one_hr).bid
    client.force_login(market.one_hr)
    for name in ("seal", "unseal"):
        answer = client.post(
            reverse("cases:case", args=[bid.case.uuid]), {"act": name, "revision": bid.case.revision}
        )
        assert answer.status_code in (409, 422)
    market.closed(clock, tender)
    bid.case.refresh_from_db()
    with pytest.raises(Invalid):
        market.by(market.one_hr, bid.case, "unseal")
    assert SealedBid.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "file", "void"),
    [
        (None, PDF, "content"),
        (0, PDF, "price"),
        (-5, PDF, "price"),
        (50_000_001, PDF, "ceiling"),
        (48_000_000, b"\x89PNG\r\n\x1a\nxx", "file"),
        (48_000_000, b"<html>", "file"),
        (10**30, PDF, "content"),
        (50_000_000, PDF, ""),
    ],
)
def test_a12_an_opened_bid_that_is_void_takes_no_part_with_its_reason(market, clock, amount, file, void):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr, amount, file=file)
    found = market.opened(clock, tender)
    if void:
        with pytest.raises(Conflict, match="流标"):
            market.by(market.officer, found.case, "review")
        market.by(market.officer, found.case, "fail")
        assert TenderBid.objects.get().void == void
        assert fresh(tender).case.state == "failed"
        assert Posting.objects.filter(title__contains="流标").count() == 1
    else:
        market.by(market.officer, found.case, "review")
        assert TenderBid.objects.get().valid


def test_a12_a_base_that_left_the_list_before_the_deadline_takes_no_part(market, clock):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    EducationBase.objects.filter(body=market.one).update(removed_on=tender.closes_on)
    found = market.opened(clock, tender)
    market.by(market.officer, found.case, "fail")
    assert TenderBid.objects.get().void == "no_base"


def test_a12_without_any_bid_the_tender_fails_on_record_and_not_otherwise(market, clock):
    found = market.closed(clock, market.published())
    with pytest.raises(Conflict, match="没有一份有效投标"):
        market.by(market.officer, found.case, "review")
    market.by(market.officer, found.case, "fail", reason="没有单位投标")
    assert Paper.objects.get(case=found.case, template="P04")
    other = market.published(title="另一个")
    market.bid(market.part(other), market.one, market.one_hr)
    market.opened(clock, other)
    with pytest.raises(Conflict, match="不能直接流标"):
        market.by(market.officer, other.case, "fail")


@pytest.mark.parametrize("state", ["review", "notice"])
def test_a12_valid_bids_are_done_away_with_by_somebody_who_judged_none_of_it(market, clock, state):
    found = market.announced(clock) if state == "notice" else _with_bids(market, clock)
    with pytest.raises(NotAllowed, match="没有参与过"):
        market.by(market.officer, found.case, "void", reason="预算取消")
    market.by(market.second, found.case, "void", reason="预算取消，重新发布")
    assert fresh(found).case.state == "failed"
    assert "废标" in Paper.objects.get(case=found.case, template="P04").content
    assert Posting.objects.get(title__contains="废标").body == "预算取消，重新发布"
    assert not TenderAward.objects.exists()


# --- the format -----------------------------------------------------------------------------------------------------


VECTOR = json.loads((Path(__file__).parent / "sealed_vector.json").read_text(encoding="utf-8"))


def _about():
    return sealing.About(VECTOR["tender"], VECTOR["part"], VECTOR["bidder"])


def test_a12_the_documented_vector_is_what_the_code_writes_and_opens():
    content = sealing.Content(VECTOR["amount_fen"], VECTOR["name"], bytes.fromhex(VECTOR["file"]))
    key, nonce = bytes.fromhex(VECTOR["key"]), bytes.fromhex(VECTOR["nonce"])
    sealed = sealing.seal(key, _about(), content, nonce)
    assert sealed.hex() == VECTOR["sealed"]
    assert sealing.fingerprint(sealed) == VECTOR["sha256"]
    assert sealing.unseal(key, _about(), sealed) == content
    docs = (Path(__file__).parents[2] / "docs" / "tenders.md").read_text(encoding="utf-8")
    assert VECTOR["sealed"] in docs
    assert VECTOR["sha256"] in docs


def test_a12_one_flipped_byte_anywhere_is_refused():
    key, sealed = bytes.fromhex(VECTOR["key"]), bytes.fromhex(VECTOR["sealed"])
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises((sealing.WrongKey, sealing.Unsealable)):
            sealing.unseal(key, _about(), bytes(changed))


def test_a12_a_file_fixes_its_key():
    # GCM alone does not: whoever writes a file that opens under two keys would choose between two prices after the others'.
    first, second = (sealing.new_key() for _ in range(2))
    sealed = sealing.seal(first, _about(), sealing.Content(100, "a.pdf", b"%PDF-"))
    other = sealing.seal(second, _about(), sealing.Content(200, "b.pdf", b"%PDF-"))
    mixed = sealed[: sealing.HEAD - sealing.COMMITMENT] + sealing.commitment(first) + other[sealing.HEAD :]
    for key in (first, second):
        with pytest.raises(sealing.WrongKey):
            sealing.unseal(key, _about(), mixed)


@pytest.mark.parametrize("field", ["tender", "part", "bidder"])
def test_a12_a_sealed_file_opens_for_its_own_tender_part_and_bidder_alone(field):
    values = {name: VECTOR[name] for name in ("tender", "part", "bidder")} | {field: "other"}
    with pytest.raises(sealing.WrongKey):
        sealing.unseal(bytes.fromhex(VECTOR["key"]), sealing.About(**values), bytes.fromhex(VECTOR["sealed"]))


def test_a12_the_command_seals_what_the_platform_opens(market, clock, tmp_path, capsys):
    tender = market.published()
    part = market.part(tender)
    file = tmp_path / "投标书.pdf"
    file.write_bytes(PDF)
    about = ["--tender", tender.case.number, "--part", "courses", "--bidder", market.one.code]
    call_command("seal_bid", str(file), *about, "--yuan", "480000.50")
    sealed, key = next(tmp_path.glob("*.sealed")), next(tmp_path.glob("*.key.json"))
    assert key.stat().st_mode & 0o077 == 0
    call_command("seal_bid", str(sealed), *about, "--open", str(key))
    assert "480000.50 yuan" in capsys.readouterr().out
    row = bidding.seal(market.one_hr, part, market.one, SimpleUploadedFile("x.sealed", sealed.read_bytes()))
    market.closed(clock, tender)
    opened = bidding.unseal(market.one_hr, row.bid, key.read_text(encoding="utf-8"))
    assert (opened.amount_fen, opened.name) == (48_000_050, "投标书.pdf")
    assert opened.file.open("rb").read() == PDF


@pytest.mark.parametrize("yuan", ["", "-1", "0", "1.234", "NaN", "abc"])
def test_a12_the_command_takes_a_price_only(tmp_path, yuan):
    file = tmp_path / "a.pdf"
    file.write_bytes(PDF)
    with pytest.raises(CommandError):
        call_command("seal_bid", str(file), "--tender=X", "--part=courses", "--bidder=Y", f"--yuan={yuan}")
    assert list(tmp_path.iterdir()) == [file]


# --- the panel ------------------------------------------------------------------------------------------------------


@pytest.fixture
def review(market, clock):
    return _with_bids(market, clock)


def _with_bids(market, clock):
    tender = market.published()
    part = market.part(tender)
    market.bid(part, market.one, market.one_hr)
    market.bid(part, market.two, market.two_hr)
    return market.reviewing(clock, tender, market.expert, market.other_expert)


def _score(user, bid, mark=80):
    names = [row.name for row in panel.panel_criteria(bid.part)]
    return panel.score(user, bid, dict.fromkeys(names, mark), dict.fromkeys(names, "理由"))


def test_a12_nobody_scores_without_a_declaration_or_with_an_interest(market, review):
    bid = TenderBid.objects.get(bidder=market.one)
    before = written()
    with pytest.raises(NotAllowed, match="先声明"):
        _score(market.expert, bid)
    assert written() == before
    panel.declare(market.expert, review, market.one, conflict=True, text="两年前在那里兼课")
    with pytest.raises(NotAllowed, match="声明了与青溪技师学院有利害关系"):
        _score(market.expert, bid)
    assert not BidScore.objects.exists()


def test_a12_membership_that_was_not_declared_is_found(market, review):
    MembershipFactory(user=market.expert, organisation=market.one, role="teacher")
    bid = TenderBid.objects.get(bidder=market.one)
    before = written()
    with pytest.raises(NotAllowed, match=r"不能给它打分.*三\(四\)"):
        panel.declare(market.expert, review, market.one, conflict=False)
    assert written() == before
    MembershipFactory(user=market.other_expert, organisation=market.two, role="hr")
    other = TenderBid.objects.get(bidder=market.two)
    InterestDeclaration.objects.create(
        expert=PanelExpert.objects.get(person=market.other_expert),
        bidder=market.two,
        conflict=False,
        at=review.case.begun_at,
    )
    with pytest.raises(NotAllowed, match="不能给它打分"):
        _score(market.other_expert, other)
    panel.declare(market.expert, review, market.one, conflict=True, text="本单位")
    assert bid.pk not in {
        row.pk for row in panel.waits_for(review, PanelExpert.objects.get(person=market.expert))
    }


def test_a12_an_interest_in_one_bidder_bars_from_its_rivals_too(market, review, client):
    rival = TenderBid.objects.get(bidder=market.two)
    # Of the first bidder's people: the second's bid is not theirs to read or to mark down.
    MembershipFactory(user=market.expert, organisation=market.one, role="teacher")
    panel.declare(market.expert, review, market.two, conflict=False)
    client.force_login(market.expert)
    address = reverse("tenders:opened", args=[rival.uuid])
    assert client.get(address).status_code == 404
    with pytest.raises(NotAllowed, match="你是青溪技师学院的人"):
        _score(market.expert, rival, 0)
    # An interest that only the expert knows of, declared after the rival was scored: the score does not count.
    market.scored(review, market.other_expert, market.two, 0, 0)
    panel.declare(market.other_expert, review, market.one, conflict=True, text="配偶在那里任职")
    with pytest.raises(NotAllowed, match="这一部分"):
        _score(market.other_expert, rival, 0)
    third = UserFactory()
    registered(market.authority, third)
    panel.declare(market.expert, review, market.one, conflict=True, text="本单位")
    panel.name_expert(market.officer, review, third)
    market.scored(review, third, market.one, 80, 80)
    market.scored(review, third, market.two, 90, 90)
    market.by(market.officer, review.case, "announce")
    lines = TenderResult.objects.get().lines
    assert {row["code"]: row["rows"][0]["given"] for row in lines} == {
        market.one.code: [80],
        market.two.code: [90],
    }
    assert {len(rows) for rows in queries.published_reasons(fresh(review)).values()} == {1}


def test_a12_an_officer_of_a_bidder_does_not_read_a_rivals_bid(market, review, client):
    MembershipFactory(user=market.second, organisation=market.one, role="teacher")
    client.force_login(market.second)
    rival = TenderBid.objects.get(bidder=market.two)
    assert client.get(reverse("tenders:opened", args=[rival.uuid])).status_code == 404


def test_a12_scores_are_hidden_until_all_are_handed_in(market, review, client):
    market.scored(review, market.expert, market.one, 91, 73)
    for user, address in (
        (market.other_expert, "tenders:seat"),
        (market.officer, "training_tender"),
        (market.auditor, "training_tender"),
        (market.officer, "tenders:tender"),
        (market.one_hr, "tenders:tender"),
    ):
        client.force_login(user)
        page = client.get(reverse(address, args=[review.uuid]))
        assert page.status_code == 200
        for told in ("专家给分", "按投标文件", "91 分", "91、"):
            assert told not in page.content.decode(), (user, address)
    with pytest.raises(Conflict, match="还不能公示"):
        market.by(market.officer, review.case, "announce")
    market.scored(review, market.expert, market.two, 80, 80)
    market.scored(review, market.other_expert, market.one, 85, 60)
    market.scored(review, market.other_expert, market.two, 70, 95)
    client.force_login(market.officer)
    assert "专家给分 91、85" in client.get(reverse("training_tender", args=[review.uuid])).content.decode()
    market.by(market.officer, review.case, "announce")
    client.logout()
    public = client.get(reverse("tenders:tender", args=[review.uuid])).content.decode()
    assert "专家给分 91、85" in public
    assert "按投标文件" in public
    assert market.expert.display_name not in public


def test_a12_scores_are_handed_in_once_and_whole(market, review):
    bid = TenderBid.objects.get(bidder=market.one)
    panel.declare(market.expert, review, market.one, conflict=False)
    for marks, reasons in (
        ({"方案": 80}, {"方案": "好", "价格": "好"}),
        ({"方案": 101, "价格": 80}, {"方案": "好", "价格": "好"}),
        ({"方案": 80, "价格": 80}, {"方案": "好", "价格": " "}),
    ):
        with pytest.raises(Invalid):
            panel.score(market.expert, bid, marks, reasons)
    _score(market.expert, bid)
    with pytest.raises(Conflict, match="不能改"):
        _score(market.expert, bid, 90)
    with pytest.raises(Conflict, match="已经给这家打过分"):
        panel.declare(market.expert, review, market.one, conflict=False)
    # An interest that is remembered only then is taken, and the score counts no more.
    panel.declare(market.expert, review, market.one, conflict=True, text="后来想起")
    assert panel.counting(review) == {}


def test_a12_a_declared_interest_is_not_taken_back_when_the_result_is_known(market, review):
    """With the last score officers see the ranking; whoever had an interest must not come in then and turn it."""
    panel.declare(market.expert, review, market.one, conflict=True, text="两年前在那里兼课")
    for body in (market.one, market.two):
        market.scored(review, market.other_expert, body, 80, 80)
    rows = InterestDeclaration.objects.count()
    with pytest.raises(Conflict, match="不能再改成没有"):
        panel.declare(market.expert, review, market.one, conflict=False)
    assert InterestDeclaration.objects.count() == rows
    with pytest.raises(NotAllowed, match="利害关系"):
        _score(market.expert, TenderBid.objects.get(bidder=market.one), 100)


@pytest.mark.parametrize("who", ["officer", "one_hr", "two_hr", "auditor", "drafter", "stranger"])
def test_a12_who_is_not_on_the_panel_scores_nothing(market, review, who):
    user = UserFactory() if who == "stranger" else getattr(market, who)
    bid = TenderBid.objects.get(bidder=market.one)
    with pytest.raises(NotFound):
        panel.declare(user, review, market.one, conflict=False)
    with pytest.raises(NotFound):
        _score(user, bid)


def test_a12_people_of_the_authority_and_of_the_packages_body_are_no_experts(market):
    tender = market.published()
    for person in (market.second, market.auditor, market.drafter):
        with pytest.raises(Invalid, match="不能当"):
            panel.name_expert(market.officer, tender, person)
    with pytest.raises(Invalid, match="从专家库里选"):
        panel.name_expert(market.officer, tender, None)
    for user in (market.drafter, market.one_hr, market.chief, market.auditor):
        with pytest.raises(NotAllowed):
            panel.name_expert(user, tender, market.expert)
    panel.name_expert(market.officer, tender, market.expert)
    with pytest.raises(Conflict, match="已经在"):
        panel.name_expert(market.officer, tender, market.expert)


def test_a12_who_belongs_to_a_base_names_no_panel_before_bids_are_open(market, clock):
    """Whether it has bid is not known then: an officer of a bidder would have chosen who scores it."""
    tender = market.published()
    MembershipFactory(user=market.second, organisation=market.two, role="teacher")
    for _state in ("published", "opening"):
        with pytest.raises(NotAllowed, match="可能参加投标"):
            panel.name_expert(market.second, tender, market.expert)
        tender = market.closed(clock, tender)
    assert not PanelExpert.objects.exists()
    panel.name_expert(market.officer, tender, market.expert)
    with pytest.raises(NotAllowed, match="可能参加投标"):
        panel.release(market.second, PanelExpert.objects.get(), "不熟悉")


def test_a12_an_expert_who_cannot_go_on_is_released_and_their_scores_do_not_count(market, review):
    market.scored(review, market.other_expert, market.one, 10, 10)
    market.scored(review, market.expert, market.one, 90, 70)
    market.scored(review, market.expert, market.two, 70, 90)
    done = PanelExpert.objects.get(person=market.expert)
    with pytest.raises(Conflict, match="交齐"):
        panel.release(market.officer, done, "不想要这个分")
    row = PanelExpert.objects.get(person=market.other_expert)
    with pytest.raises(Invalid):
        panel.release(market.officer, row, " ")
    panel.release(market.officer, row, "生病住院")
    with pytest.raises(NotFound):
        panel.seat(market.other_expert, review)
    market.by(market.officer, review.case, "announce")
    lines = TenderResult.objects.get().lines
    assert lines[0]["rows"][0]["given"] == [90]
    with pytest.raises(Conflict):
        panel.name_expert(market.officer, fresh(review), UserFactory())


def test_a12_each_bid_has_as_many_scores_as_the_rule_asks_for(clock):
    market = Market(least_experts=2)
    with pytest.raises(Conflict, match="至少要 2 位专家打分"):
        market.announced(clock)


def test_a12_an_officer_of_a_bidder_decides_nothing(market, review):
    MembershipFactory(user=market.officer, organisation=market.one, role="teacher")
    market.scored(review, market.expert, market.one, 90, 70)
    market.scored(review, market.expert, market.two, 70, 90)
    market.scored(review, market.other_expert, market.one, 90, 70)
    market.scored(review, market.other_expert, market.two, 70, 90)
    with pytest.raises(NotAllowed, match="参加了投标"):
        market.by(market.officer, review.case, "announce")
    assert not TenderResult.objects.exists()


# --- notice and award ---------------------------------------------------------------------------------------------------


def test_a12_whoever_announced_does_not_award_and_not_before_the_notice_is_over(market, clock):
    tender = market.announced(clock)
    with pytest.raises(Conflict, match="公示到"):
        market.by(market.second, tender.case, "award")
    after(clock, tender.case.due_on)
    with pytest.raises(NotAllowed, match="没有参与过"):
        market.by(market.officer, tender.case, "award")
    assert not TenderAward.objects.exists()


@pytest.mark.parametrize("amount", [48_000_001, 50_000_001, 0])
def test_a12_a_contract_is_never_above_the_bid_or_the_ceiling(market, clock, amount):
    tender = market.announced(clock)
    after(clock, tender.case.due_on)
    before = written()
    with pytest.raises(Invalid, match="四\\(二\\)"):
        market.by(market.second, tender.case, "award", amount_courses=amount)
    assert written() == before
    market.by(market.second, tender.case, "award", amount_courses=47_000_000)
    assert TenderAward.objects.get().amount_fen == 47_000_000


def test_a12_an_upheld_objection_stops_the_award_and_the_review_begins_anew(market, clock):
    tender = market.announced(clock)
    notice = tender.case.notices.get()
    objection = cases.object_to(UserFactory(), notice, "专家与中选单位有合作。")
    after(clock, tender.case.due_on)
    with pytest.raises(Conflict, match="没有答复的异议"):
        market.by(market.second, tender.case, "award")
    cases.answer(market.officer, objection, upheld=True, text="属实")
    with pytest.raises(Conflict, match="有成立的异议"):
        market.by(market.second, tender.case, "award")
    market.by(market.officer, tender.case, "again")
    tender = fresh(tender)
    assert tender.round == 2
    assert queries.results(tender) == []
    panel.release(market.officer, PanelExpert.objects.get(), "与投标单位有合作")
    panel.name_expert(market.officer, tender, market.other_expert)
    market.scored(tender, market.other_expert, market.one, 60, 60)
    market.scored(tender, market.other_expert, market.two, 70, 90)
    market.by(market.officer, tender.case, "announce")
    after(clock, fresh(tender).case.due_on)
    market.by(market.second, tender.case, "award")
    assert TenderAward.objects.get().bid.bidder == market.two
    assert [row.round for row in TenderResult.objects.all()] == [1, 2]


def test_a12_without_an_upheld_objection_nothing_is_scored_anew(market, clock):
    """Who dislikes the winner cannot name other experts and try again."""
    tender = market.announced(clock)
    for upheld in (None, False):
        if upheld is False:
            objection = cases.object_to(UserFactory(), tender.case.notices.get(), "打分偏高。")
            cases.answer(market.officer, objection, upheld=False, text="经核查不属实")
        before = written()
        with pytest.raises(Conflict, match="异议成立"):
            market.by(market.officer, tender.case, "again")
        assert written() == before
        assert fresh(tender).round == 1


def test_a12_a_cancelled_tender_takes_neither_bids_nor_keys(market, clock):
    tender = market.published()
    bid = market.bid(market.part(tender), market.one, market.one_hr).bid
    market.by(market.officer, tender.case, "cancel", reason="需求有变")
    with pytest.raises(Conflict, match="不收投标"):
        market.bid(market.part(tender), market.two, market.two_hr)
    after(clock, tender.closes_on)
    with pytest.raises(Conflict, match="不再开标"):
        bidding.unseal(market.one_hr, bid, market.keys[bid.pk])


def test_a12_a_check_that_is_decided_after_the_deadline_does_not_count(market, clock):
    """The visit was before; else a mark could be given once it is known, or guessed, who has bid."""
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    market.checked(market.one, 9000)
    panel.name_expert(market.officer, tender, market.expert)
    market.opened(clock, tender)
    market.checked(market.one, 1000, date(2026, 2, 2))
    market.by(market.officer, tender.case, "review")
    bid = TenderBid.objects.get()
    assert bid.checks == 9000
    assert [row["mark"] for row in bid.findings] == [9000]


@pytest.mark.parametrize(("tie", "first"), [("base", "b"), ("price", "c"), ("earlier", "a")])
def test_a12_equal_results_go_by_the_declared_rule(tie, first):
    criteria = (rules.Criterion("方案", 100),)
    bids = [
        rules.Bid("a", 300, 1, 7000, None, ({"方案": 80},)),
        rules.Bid("b", 200, 2, 9000, None, ({"方案": 80},)),
        rules.Bid("c", 100, 3, None, None, ({"方案": 80},)),
        rules.Bid("d", 50, 4, 9900, None, ({"方案": 79},)),
    ]
    ranked = rules.placed(criteria, reversed(bids), tie)
    assert ranked[0].bid.key == first
    assert [row.tied for row in ranked] == [True, True, True, False]
    assert ranked[-1].bid.key == "d"


# --- by role ------------------------------------------------------------------------------------------------------------


ROLES = ("officer", "auditor", "one_hr", "two_hr", "expert", "drafter", "visitor")
PAGES = {
    "tenders:list": (200, 200, 200, 200, 200, 200, 200),
    "tenders:tender": (200, 200, 200, 200, 200, 200, 200),
    "tenders:bid": (403, 403, 200, 200, 403, 403, 302),
    "tenders:seat": (404, 404, 404, 404, 200, 404, 302),
    "tenders:opened": (200, 200, 200, 404, 404, 404, 302),
    "training_tenders": (200, 200, 302, 302, 302, 200, 302),
    "training_tender": (200, 200, 302, 302, 302, 404, 302),
}


@pytest.mark.parametrize("page", list(PAGES))
def test_a12_every_page_by_role(market, review, client, page):
    bid = TenderBid.objects.get(bidder=market.one)
    args = {
        "tenders:list": [],
        "training_tenders": [],
        "tenders:bid": [review.uuid, "courses"],
        "tenders:opened": [bid.uuid],
    }.get(page, [review.uuid])
    found = []
    for role in ROLES:
        client.logout()
        if role != "visitor":
            client.force_login(getattr(market, role))
        found.append(client.get(reverse(page, args=args)).status_code)
    assert tuple(found) == PAGES[page]


def test_a12_an_expert_reads_a_bid_once_they_declared_no_interest_and_the_look_is_logged(
    market, review, client
):
    bid = TenderBid.objects.get(bidder=market.one)
    address = reverse("tenders:opened", args=[bid.uuid])
    client.force_login(market.expert)
    assert client.get(address).status_code == 404
    panel.declare(market.expert, review, market.one, conflict=False)
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == PDF
    assert AuditRow.objects.filter(action="tender.view_bid").count() == 1
    panel.declare(market.expert, review, market.one, conflict=True, text="想起来了")
    assert client.get(address).status_code == 404


def test_a12_pages_take_a_whole_journey(market, clock, client):
    tender = market.published()
    part = market.part(tender)
    given, key = market.sealed_file(part, market.one)
    address = reverse("tenders:bid", args=[tender.uuid, "courses"])
    client.force_login(market.one_hr)
    assert (
        client.post(address, {"act": "seal", "sealed": SimpleUploadedFile("a.pdf", PDF)}).status_code == 422
    )
    assert client.post(address, {"act": "seal", "sealed": given}).status_code == 302
    assert client.post(address, {"act": "unseal", "key": key}).status_code == 409
    market.closed(clock, tender)
    assert client.post(address, {"act": "unseal", "key": "错的"}).status_code == 422
    assert (
        client.post(address, {"act": "unseal", "key_file": SimpleUploadedFile("k", key.encode())}).status_code
        == 302
    )
    assert "480,000 元" in client.get(address).content.decode()
    client.force_login(market.officer)
    staff = reverse("training_tender", args=[tender.uuid])
    assert client.post(staff, {"act": "name", "expert": "999999"}).status_code == 422
    assert client.post(staff, {"act": "name", "expert": market.expert.pk}).status_code == 302
    market.by(market.officer, tender.case, "review")
    client.force_login(market.expert)
    seat = reverse("tenders:seat", args=[tender.uuid])
    bid = str(TenderBid.objects.get().uuid)
    scores = {"mark_0": 90, "reason_0": "好", "mark_1": 70, "reason_1": "中"}
    assert client.post(seat, {"act": "score", "bid": bid, **scores}).status_code == 403
    assert client.post(seat, {"act": "declare", "bid": bid, "conflict": "no"}).status_code == 302
    assert client.post(seat, {"act": "score", "bid": bid, **scores, "mark_0": 900}).status_code == 422
    assert client.post(seat, {"act": "score", "bid": bid, **scores}).status_code == 302
    assert client.post(seat, {"act": "score", "bid": "x", **scores}).status_code == 404
    client.force_login(market.officer)
    assert "总分" in client.get(staff).content.decode()
    case = reverse("training_case", args=[tender.case.uuid])
    assert "基地评估得分：还没有评估过" in client.get(case).content.decode()


def test_a12_the_form_of_a_package_keeps_what_was_typed(market, client):
    case = cases.begin(market.drafter, CODE, market.district, market.authority)
    client.force_login(market.drafter)
    address = reverse("cases:facts", args=[case.uuid])
    assert client.get(address).status_code == 200
    typed = {
        "title": "机器人",
        "level": "city",
        "fund": "city",
        "bid_days": "10",
        "opening_days": "2",
        "tie": "price",
        "lots-TOTAL_FORMS": "1",
        "lots-INITIAL_FORMS": "0",
        "lots-0-part": "courses",
        "lots-0-need": "三门课",
        "lots-0-ceiling_fen": "500000",
        "lots-0-days": "180",
        "lots-0-c0-name": "方案",
        "lots-0-c0-weight": "70",
        "lots-0-c0-by": "panel",
        "lots-0-c1-name": "评估",
        "lots-0-c1-weight": "30",
        "lots-0-c1-by": "base",
        "lots-0-c1-otherwise": "60",
        "press": "save",
    }
    assert client.post(address, typed).status_code == 302
    case = Case.objects.get(pk=case.pk)
    lot = rules.load(case.facts).lots[0]
    assert lot.ceiling_fen == 50_000_000
    assert lot.criteria == (rules.Criterion("方案", 70), rules.Criterion("评估", 30, "base", 60))
    assert "方案" in client.get(address).content.decode()
    assert market.by(market.drafter, case, "submit").state == "submitted"


def test_a12_ones_own_data_has_the_panels(market, review):
    panel.declare(market.expert, review, market.one, conflict=True, text="兼课")
    found = parts_of(market.expert)["tender_panels"]["panels"]
    assert found[0]["declared"][0]["text"] == "兼课"


def test_nothing_is_begun_at_an_authority_that_is_suspended(market):
    market.authority.status = "suspended"
    market.authority.save()
    before = written()
    with pytest.raises(Conflict) as found:
        market.draft()
    assert found.value.code == "authority_suspended"
    assert written() == before
