"""The learner's part of the walk: found, studied, counted, certified; and bad luck on the way."""

import re
import time

from playwright.sync_api import expect

from tests.browser import study
from tests.browser.crew import LEARNER, Crew, Way
from tests.browser.papers import CODE, pdf_text
from tests.browser.people import PASSWORD, sign_in
from tests.browser.site import Site
from tests.browser.visitor import Visitor


class LearnersWay(Way):
    # --- 1: people -----------------------------------------------------------------------------------------

    def test_a_learner_signs_up_by_phone_and_gives_a_real_name(self, crew: Crew) -> None:
        stranger = crew.stranger(phone=True)
        stranger.go("/learn/")
        stranger.page.wait_for_url("**/accounts/login/**")
        stranger.accessible()
        stranger.follow("去注册")
        stranger.accessible()

        learner = crew.learner()
        learner.go("/me/")
        learner.sees("秦＊＊")
        assert LEARNER.identity not in learner.page.content()
        learner.accessible()
        learner.go("/me/identity/")
        learner.sees("格式已核对")
        learner.accessible()

        crew.verified_learner()
        learner.go("/me/identity/")
        learner.sees("已核实")
        assert learner.page.locator("[name=number]").count() == 0
        learner.go("/me/looks/")

    # --- 9, 10: finding ------------------------------------------------------------------------------------

    def test_courses_are_found_by_words_pinyin_and_facets(self, crew: Crew) -> None:
        phone = crew.stranger(phone=True)
        page = phone.go("/")
        phone.accessible()
        page.locator("#home-q").fill("停电")
        page.locator("#home-q").press("Enter")
        page.wait_for_url("**/search/?q=*")
        phone.look()
        first = page.locator(".catalogue-results .card-title").first
        expect(first).to_contain_text("停电、验电、装设接地线")
        phone.accessible()

        page.locator("#q").fill("jingyi shengchan")
        page.locator("#q").press("Enter")
        expect(page.locator(".catalogue-results .card-title").first).to_contain_text("精益生产")

        # Suggestions stand under the field while one types.
        page.locator("#q").fill("")
        page.locator("#q").press_sequentially("wangluo", delay=40)
        expect(page.get_by_role("option").first).to_contain_text("网络")
        page.keyboard.press("Escape")

        # Facets are a sheet on a phone.
        phone.go("/courses/")
        everything = page.locator("#found").inner_text()
        page.locator(".sheet-open").tap()
        page.locator("#filter").get_by_label("公需科目").check()
        phone.press("查看结果")
        page.wait_for_url("**kind=public**")
        assert page.locator("#found").inner_text() != everything
        phone.look()
        assert set(page.locator(".catalogue-results .card").evaluate_all(
            "cards => cards.map(card => card.dataset.kind)"
        )) == {"public"}  # fmt: skip
        phone.accessible()

        # No result says what can be done about it.
        phone.go("/courses/?q=螺蛳粉煎饼烧烤")
        phone.sees("没有找到和")
        phone.look()

        # On a PC a choice applies at once.
        desk = crew.stranger()
        page = desk.go("/courses/")
        desk.accessible()
        page.locator("#filter").get_by_label("专业科目").check()
        page.wait_for_url("**kind=specialty**")
        desk.follow("精益生产入门")
        desk.sees("怎样算学完")
        desk.accessible()
        phone.go("/courses/start-here/")
        phone.sees("登录后开始学")
        phone.accessible()

    # --- 5 to 8: studying, counted, certified --------------------------------------------------------------

    def test_a_course_is_studied_completed_and_certified(self, crew: Crew, site: Site) -> None:
        learner = crew.verified_learner()
        page = learner.page
        enrolment = study.enter(learner, "start-here")
        learner.go("/courses/start-here/")
        learner.follow("开始学习")
        learner.look()
        learner.accessible()

        # Three lessons in real seconds; the second beside a second device, which is told that it does not count.
        before = study.shown_percent(page)
        with page.expect_response("**/learn/study/report", timeout=20_000) as report:
            study.read(page)
        assert report.value.json()["counted_ms"] > 0
        study.percent_rises_above(learner, before)
        expect(page.locator("#study-state")).to_have_text("计时中")

        study.open_lesson(learner, enrolment, "哪些算，哪些不算")
        desk = crew.someone("learner-pc", phone=False)
        desk.go("/accounts/login/")
        sign_in(desk, LEARNER.typed_phone, PASSWORD)
        desk.go(page.url.removeprefix(site.base_url))
        expect(desk.page.locator("#study-notice-text")).to_contain_text("正在别处计时")
        for _ in range(2):
            study.read(page, 9)
            desk.page.mouse.move(400, 300)
            desk.page.mouse.wheel(0, 200)
        desk.go("/learn/")

        study.open_lesson(learner, enrolment, "学完以后")
        study.read(page)

        # A quiz that fails, and one that passes; a double click hands in once.
        study.begin_quiz(learner)
        learner.accessible()
        study.answer_wrongly(page)
        learner.press("交卷")
        learner.sees("这次没有通过")
        learner.look()
        learner.accessible()
        learner.press("再做一次")
        page.wait_for_selector("#quiz-form")
        study.answer(page, study.ANSWERS)
        page.get_by_role("button", name="交卷").dblclick()
        learner.sees("通过了")
        learner.sees("答对 3/3 题")
        page.locator(".crumbs a").last.click()
        learner.sees("以往成绩")
        assert page.locator("main .list a").count() == 2
        learner.look()

        # Completion and certificate.
        learner.go(enrolment)
        learner.sees("已学完")
        learner.accessible()
        number = page.locator("section[aria-labelledby=finished] .code").inner_text()
        text = pdf_text(learner.download("a[href^='/certificates/']"))
        assert LEARNER.name in text
        assert number in text
        assert "平台使用与学时规则入门" in text
        code = CODE.search(text)
        assert code, text

        # Anybody can check it, typed as one types; a slip is said, not shown as "false".
        stranger = crew.stranger()
        stranger.go("/verify/")
        stranger.accessible()
        stranger.page.get_by_label("验证码").fill(code[0].lower().replace("-", " "))
        stranger.press("核对")
        stranger.sees("是真的，有效")
        stranger.sees(number)
        assert LEARNER.name not in stranger.text()
        stranger.accessible()
        phone = crew.stranger(phone=True)
        phone.go(f"/verify/{code[0].replace('-', '')}/")
        with phone.expecting(404, 422):
            phone.go("/verify/?code=AAAA-AAAA-AAAA")
            phone.sees("验证码")

    def test_hours_explain_what_counted_and_what_did_not(self, crew: Crew) -> None:
        learner = crew.verified_learner()
        page = learner.page
        # Once more through what is known already: time, and no new content.
        learner.go("/learn/")
        learner.accessible()
        learner.follow("平台使用与学时规则入门")
        learner.follow("学习怎样变成学时")
        learner.look()
        study.read(page, 11)

        learner.go("/hours/")
        learner.sees("平台使用与学时规则入门")
        learner.accessible()
        end = time.monotonic() + 30
        while "正在记入学分银行" in learner.text():
            assert time.monotonic() < end, "the hours were not posted"
            page.wait_for_timeout(1000)
            learner.go("/hours/")
        page.locator(".hours-row details summary").first.tap()
        learner.sees("1 学时")
        counted = re.search(r"今天已计入\s*(\d+)\s*分钟", learner.text())
        assert counted, learner.text()
        assert int(counted[1]) >= 1
        page.locator("aside .list-link").first.tap()
        page.wait_for_url(re.compile(r"/hours/\d{4}-\d\d-\d\d/"))
        learner.look()
        learner.accessible()
        learner.sees("时间线")
        text = learner.text()
        assert "未计入" in text
        assert "同一时间另一处正在计时" in text
        assert "这段时间没有学到新内容" in text
        assert "手机" in text
        assert "电脑" in text
        learner.go("/credit/")
        learner.sees("公需科目")

    # --- 4, 5: video and exercise --------------------------------------------------------------------------

    def test_a_video_and_an_exercise_report_and_resume(self, crew: Crew) -> None:
        learner = crew.learner()
        page = learner.page
        enrolment = study.enter(learner, "electric-safety-2026")
        study.open_lesson(learner, enrolment, "停电、验电、挂接地、挂牌")
        page.locator("video").scroll_into_view_if_needed()
        assert page.locator("video track[srclang=zh-Hans]").count() == 1
        page.locator(".film-speed").select_option("2")
        before = study.shown_percent(page)
        with page.expect_response("**/learn/study/report", timeout=20_000) as report:
            page.evaluate("document.querySelector('video').play().catch(() => {})")
            page.wait_for_timeout(12_000)
        assert report.value.json()["counted_ms"] > 0
        page.evaluate("document.querySelector('video').pause()")
        page.wait_for_timeout(500)
        reached = float(page.evaluate("document.querySelector('video').currentTime"))
        assert reached > 10
        study.percent_rises_above(learner, before)
        assert page.evaluate("document.querySelector('video').textTracks[0].cues.length") > 0
        page.reload()
        learner.until("document.querySelector('video').currentTime > 5")
        again = float(page.evaluate("document.querySelector('video').currentTime"))
        assert abs(again - reached) < 6, (again, reached)
        learner.accessible()

        study.open_lesson(learner, enrolment, "先有票，后有活")
        frame = page.frame_locator(".h5p-box iframe")
        page.locator(".h5p-box").scroll_into_view_if_needed()
        frame.locator(".rt-option", has_text="错").first.click()
        with page.expect_response("**/statements") as stored:
            frame.locator("[data-action=check]").click()
        assert stored.value.json()["kept"] is True
        frame.locator("[data-action=next]").click()
        expect(frame.locator("legend")).to_contain_text("上锁以后按一次启动按钮")
        # The exercise says its state every two seconds, and the page on leaving.
        with page.expect_response("**/state") as state:
            page.wait_for_timeout(3000)
        assert state.value.json() == {"saved": True}
        page.reload()
        expect(frame.locator("legend")).to_contain_text("上锁以后按一次启动按钮")
        page.locator(".h5p-box").scroll_into_view_if_needed()
        for option in ("对", "错"):
            frame.locator(".rt-option", has_text=option).first.click()
            frame.locator("[data-action=check]").click()
            frame.locator("[data-action=next], [data-action=finish]").click()
        expect(frame.locator(".rt-score")).to_have_attribute("data-score", "3")
        page.wait_for_timeout(1500)
        page.reload()
        learner.sees("已做完")
        learner.look()

    # --- bad luck on the way -------------------------------------------------------------------------------

    def test_a_lost_line_and_an_expired_sign_in_lose_nothing(self, crew: Crew) -> None:
        learner = crew.learner()
        page = learner.page
        enrolment = study.enter(learner, "emergency-2026")
        learner.go(enrolment)
        study.open_lesson(learner, enrolment, page.locator("main .list-title").first.inner_text())
        # The line breaks while studying: said, kept, handed in afterwards.
        with learner.offline():
            study.read(page, 12)
            expect(page.locator("#study-notice-text")).to_contain_text("网络断开")
            assert study.shown_percent(page) == 0
        expect(page.locator("#study-notice")).to_be_hidden(timeout=20_000)
        study.percent_rises_above(learner, 0)

        # The sign-in ends while studying: the page says so, and what was studied is handed in after signing in.
        met = study.shown_percent(page)
        learner.context.clear_cookies(name="sessionid")
        with learner.expecting(401):
            page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
            study.read(page, 4)
            expect(page.locator("#study-notice-link")).to_be_visible()
            # Leaving, the page reports once more.
            page.locator("#study-notice-link").tap()
            page.wait_for_url("**/accounts/login/**")
        sign_in(learner, LEARNER.typed_phone, PASSWORD)
        learner.until(f"Number(document.querySelector('#study-stream').dataset.percent) > {met}")

        self._quiz_in_bad_luck(learner, enrolment)

    def _quiz_in_bad_luck(self, learner: Visitor, enrolment: str) -> None:
        page = learner.page
        learner.go(enrolment)
        titles = page.locator("main .list-link", has_text="通过")
        titles.last.tap()
        page.wait_for_selector(".lesson-block[data-kind=quiz]")
        study.begin_quiz(learner)
        boxes = page.locator(".quiz-question:not([data-kind=fill])")
        saved = page.locator("#quiz-saved")
        with learner.offline():
            boxes.nth(0).locator("input:not([type=hidden])").nth(0).check()
            expect(saved).to_contain_text("还没有保存到平台")
        expect(saved).to_have_text("已保存", timeout=20_000)
        learner.context.clear_cookies(name="sessionid")
        with learner.expecting(401):
            boxes.nth(1).locator("input:not([type=hidden])").nth(1).check()
            expect(page.locator("#quiz-notice-link")).to_be_visible()
            page.locator("#quiz-notice-link").tap()
            page.wait_for_url("**/accounts/login/**")
        sign_in(learner, LEARNER.typed_phone, PASSWORD)
        page.wait_for_selector("#quiz-form")
        expect(saved).to_have_text("已保存")
        for place in (0, 1):
            expect(boxes.nth(place).locator("input:not([type=hidden])").nth(place)).to_be_checked()

        # Handed in after the sign-in ended, as a page without scripts does: everything is there again.
        boxes.nth(2).locator("input:not([type=hidden])").nth(0).evaluate("box => { box.checked = true; }")
        learner.context.clear_cookies(name="sessionid")
        with learner.expecting(403, 401):
            learner.press("交卷")
            page.wait_for_url("**/accounts/login/**")
        sign_in(learner, LEARNER.typed_phone, PASSWORD)
        learner.sees("已经恢复")
        for place, choice in ((0, 0), (1, 1), (2, 0)):
            expect(boxes.nth(place).locator("input:not([type=hidden])").nth(choice)).to_be_checked()
        # Others are open: asked once, with all that was chosen still there.
        learner.press("交卷")
        page.wait_for_selector("#quiz-gaps")
        learner.look()
        for place, choice in ((0, 0), (1, 1), (2, 0)):
            expect(boxes.nth(place).locator("input:not([type=hidden])").nth(choice)).to_be_checked()
        learner.press("不答了，仍然交卷")
        page.wait_for_selector("#result")
        learner.look()
