"""A tender in a real browser: a bidder seals on a phone and opens with the key kept there, an expert scores, the officer names experts on a PC, a contract is paid."""

import json
from datetime import date

import pytest
from django.test import Client

from lms.training.grants.services import NewFund, set_fund
from lms.training.lifecycle import services as cases
from lms.training.tenders import panel, sealing
from lms.training.tenders.models import BidScore, PanelExpert, SealedBid, TenderBid
from tests.training.cases import after
from tests.training.tendering import PDF, Market
from tests.training.test_cases_browser import PC, PHONE, fits, opened, press

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def sealed(page, file, price):
    """Through the page's own steps: the key is downloaded before anything can be handed in."""
    page.get_by_label("投标文件（PDF）").set_input_files(files=[file])
    page.get_by_label("报价（元）").fill(price)
    with page.expect_download() as download:
        press(page, "加密，下载密钥")
    assert page.get_by_role("button", name="提交密封文件", exact=True).is_disabled()
    page.get_by_label("我已保存密钥文件，并知道丢了它就不能开标").check()
    press(page, "提交密封文件")
    page.get_by_text("密封投标已收到").wait_for()
    return json.loads(download.value.path().read_text(encoding="utf-8"))


def test_a12_what_the_browser_seals_the_platform_opens_with_the_key_it_kept(opened, clock):
    market = Market()
    tender = market.published()
    phone = opened(market.one_hr, PHONE)
    phone.goto(f"/tenders/{tender.uuid}/")
    fits(phone)
    phone.get_by_role("link", name="投标：课程开发更新").click()
    fits(phone)
    bid_file = {"name": "投标书.pdf", "mimeType": "application/pdf", "buffer": PDF}
    press(phone, "加密，下载密钥")
    phone.get_by_text("请选一个 PDF 文件").wait_for()
    # What would be void at the opening is told while it can be put right; nothing is sealed, no key downloaded.
    phone.get_by_label("投标文件（PDF）").set_input_files(bid_file)
    phone.get_by_label("报价（元）").fill("999999999")
    phone.get_by_role("button", name="加密，下载密钥").click()
    phone.get_by_text("报价高于预算上限").first.wait_for()
    key = sealed(phone, bid_file, "４８０,０００.50")
    fits(phone)
    row = SealedBid.objects.get()
    data = row.file.open("rb").read()
    assert key["sha256"] == row.sha256
    assert PDF not in data
    # One flipped byte, anywhere, and it does not open.
    about = sealing.About(tender.case.number, "courses", market.one.code)
    raw = sealing.read_key(json.dumps(key)).key
    assert sealing.unseal(raw, about, data) == sealing.Content(48_000_050, "投标书.pdf", PDF)
    with pytest.raises(sealing.WrongKey):
        sealing.unseal(raw, about, data[:-1] + bytes([data[-1] ^ 1]))

    after(clock, tender.closes_on)
    phone.reload()
    fits(phone)
    phone.get_by_label("或者粘贴密钥").fill("A" * 43)
    press(phone, "开标")
    phone.get_by_text("用这个密钥打不开").first.wait_for()
    press(phone, "用本浏览器保存的密钥开标")
    phone.get_by_text("已开标", exact=True).first.wait_for()
    assert TenderBid.objects.get().amount_fen == 48_000_050


def test_a12_without_scripts_a_file_sealed_elsewhere_is_handed_in_and_opened(chromium, live_server, clock):
    market = Market()
    tender = market.published()
    given, key = market.sealed_file(market.part(tender), market.one)
    context = chromium.new_context(
        locale="zh-CN", viewport=PHONE, base_url=live_server.url, java_script_enabled=False
    )
    client = Client()
    client.force_login(market.one_hr)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"/tenders/{tender.uuid}/courses/bid/")
    assert not page.get_by_label("投标文件（PDF）").is_visible()
    name, octets = "bid.sealed", "application/octet-stream"
    page.get_by_label("密封文件").set_input_files(
        files=[{"name": "a.pdf", "mimeType": octets, "buffer": PDF}]
    )
    press(page, "提交这个密封文件")
    assert "这不是密封文件" in page.inner_text("main")
    page.get_by_label("密封文件").set_input_files(
        files=[{"name": name, "mimeType": octets, "buffer": given.read()}]
    )
    press(page, "提交这个密封文件")
    assert SealedBid.objects.count() == 1
    after(clock, tender.closes_on)
    page.goto(f"/tenders/{tender.uuid}/courses/bid/")
    page.get_by_label("密钥文件").set_input_files(
        files=[{"name": "k.json", "mimeType": "application/json", "buffer": key.encode()}]
    )
    press(page, "开标")
    assert TenderBid.objects.get().opened_at is not None
    context.close()


def test_a12_a_contract_is_promised_on_a_pc_paid_by_another_on_a_phone_and_the_winner_sees_it(opened, clock):
    market = Market()
    tender = market.awarded(clock)
    new = NewFund(market.authority, "city", "市级专项", "申财〔2026〕1 号（测试）", date(2026, 1, 1))
    set_fund(market.chief, new)

    def booked(page, **typed):
        page.goto(f"/admin/training/tenders/{tender.uuid}/")
        page.get_by_text("登记一笔款项").click()
        page.get_by_label("类别").select_option(label=typed["kind"])
        if "fund" in typed:
            page.get_by_label("资金", exact=True).select_option(label=typed["fund"])
        page.get_by_label("金额（元）").fill(typed["fen"])
        page.get_by_label("文号或凭证号").fill(typed["voucher"])
        press(page, "登记款项")

    office = opened(market.officer, PC)
    booked(office, kind="列入资助", fund="市级专项", fen="480,000.01", voucher="决〔1〕号")
    office.get_by_text("不能超过合同金额").first.wait_for()
    office.get_by_label("金额（元）").fill("480,000.00")
    press(office, "登记款项")
    office.get_by_text("待拨付 480,000.00 元").wait_for()
    booked(office, kind="拨付", fen="240000", voucher="付-1")
    office.get_by_text("你决定的资助要由另一个人拨付").first.wait_for()
    phone = opened(market.second, PHONE)
    booked(phone, kind="拨付", fen="240000", voucher="付-1")
    phone.get_by_text("待拨付 240,000.00 元，已拨付 240,000.00 元").wait_for()
    winner = opened(market.one_hr, PHONE)
    winner.goto(f"/tenders/{tender.uuid}/courses/bid/")
    fits(winner)
    assert winner.locator("#award").count() == 1
    assert "240,000.00" in winner.inner_text("main")


def test_a12_the_officer_names_an_expert_who_declares_and_scores(opened, clock):
    market = Market()
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    market.opened(clock, tender)
    office = opened(market.officer, PC)
    office.goto(f"/admin/training/tenders/{tender.uuid}/")
    office.get_by_role("combobox", name="评审专家").select_option(str(market.expert.pk))
    press(office, "确定专家")
    office.get_by_text("专家 A · 顾专家").wait_for()
    office.goto(f"/admin/training/cases/{tender.case.uuid}/")
    press(office, "开标结束，专家评审")
    assert PanelExpert.objects.count() == 1
    seat = opened(market.expert, PHONE)
    seat.goto(f"/tenders/{tender.uuid}/panel/")
    fits(seat)
    seat.get_by_label("没有利害关系").check()
    press(seat, "提交声明")
    fits(seat)
    for label in ("方案", "价格"):
        seat.get_by_label(f"{label}（权重").fill("85")
        seat.get_by_label(f"{label}：理由").fill("与需求相符")
    press(seat, "提交打分（不能再改）")
    seat.get_by_text("已打分", exact=True).wait_for()
    assert BidScore.objects.get().marks == {"方案": 85, "价格": 85}
    office.goto(f"/admin/training/tenders/{tender.uuid}/")
    office.get_by_text("第 1 名 青溪技师学院").wait_for()
    cases.tend()
    assert panel.gaps(tender) == []
