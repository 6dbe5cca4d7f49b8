"""The staff's part of the walk: a pack imported, a lesson published, a certificate turned into credits; and English."""

import re
import time

from playwright.sync_api import expect

from tests.browser.crew import LEARNER, Crew, Way
from tests.browser.papers import CODE, pdf_text
from tests.browser.site import Site
from tests.browser.visitor import WAIT_MS, Visitor
from tests.courses.packs.making import SVG, files, manifest, pack

IMPORT = re.compile(r"/admin/packs/[0-9a-f-]{36}/")
TITLE = "停电检修：从停电到挂牌"
# Social body, 0001, Shanghai, sequence, 2024, level 3, serial.
NUMBER = "S000131000104243000777"
MAIN_PAGES = ("/", "/courses/", "/courses/start-here/", "/learn/", "/hours/", "/credit/", "/credit/apply/",
              "/credit/rules/", "/credit/transcript/", "/me/", "/verify/", "/preferences/")  # fmt: skip


def small_pack() -> bytes:
    """A pack with every kind of block that needs no film, and a word of its own to be found by."""
    data = manifest(code="walk-power-cut", title=TITLE, centihours=5)
    text = data["chapters"][0]["lessons"][0]["blocks"][:2]
    data["chapters"][0]["lessons"][0]["blocks"] = text
    return pack(
        data, {name: body for name, body in files().items() if not name.startswith("media/v.")}
    ).getvalue()


def broken_pack() -> bytes:
    """A pack whose manifest asks a question that is not in its bank, and names a picture that is not there."""
    data = manifest(code="walk-broken", title="坏包")
    data["chapters"][1]["lessons"][0]["blocks"][0]["questions"] = ["q1", "q99"]
    return pack(data, {"media/a.svg": SVG}).getvalue()


class StaffsWay(Way):
    # --- 2, 3: the college's editor ------------------------------------------------------------------------

    def _hand_in(self, editor: Visitor, name: str, data: bytes) -> None:
        page = editor.page
        page.goto("/admin/packs/import/")
        page.set_input_files("[data-input]", {"name": name, "mimeType": "application/zip", "buffer": data})
        # The last: one that was handed in before and refused still stands in the list.
        expect(page.locator("[data-number]").last).to_have_attribute("data-state", "done", timeout=WAIT_MS)
        editor.press("检查并导入")

    def _pass(self, crew: Crew) -> None:
        """The two looks at the course that was handed in."""
        for key in ("approver", "curator"):
            desk = crew.staff(key, "/admin/review/")
            desk.follow(TITLE)
            desk.sees("正在审核")
            desk.press("通过")
            desk.sees("已通过")

    def test_an_editor_imports_a_pack_and_publishes_a_lesson(self, crew: Crew) -> None:
        editor = crew.staff("editor", "/admin/")
        page = editor.page
        page.get_by_role("link", name="课程包").first.click()
        page.wait_for_url("**/admin/packs/")

        # What is no pack at all, and what is a broken one: a sentence at its place, and nothing is made.
        self._hand_in(editor, "notes.zip", b"this is no archive")
        page.wait_for_url(IMPORT)
        editor.sees("没有导入，什么也没有写入")
        editor.sees("notes.zip")
        self._hand_in(editor, "broken.zip", broken_pack())
        page.wait_for_url(IMPORT)
        editor.sees("没有导入，什么也没有写入")
        editor.sees("需要改正")
        assert "/chapters/1/lessons/0" in editor.text()
        assert "Traceback" not in page.content()
        with editor.expecting(404):
            assert page.goto("/courses/walk-broken/").status == 404  # type: ignore[union-attr]

        # First the plan; the pack comes in once she has said yes to it.
        self._hand_in(editor, "power-cut.zip", small_pack())
        page.wait_for_url(IMPORT)
        expect(page.get_by_text("还没有写入任何内容")).to_be_visible(timeout=30_000)
        editor.sees("没有丢下任何内容")
        editor.press("导入并送审")
        expect(page.get_by_text("里面有什么")).to_be_visible(timeout=30_000)
        editor.sees("已导入并送审")
        report = page.url
        counts = page.locator("table.listing").first.inner_text()
        assert re.search(r"课时\s*3", counts), counts
        assert re.search(r"题目\s*4", counts), counts

        # Nobody publishes alone: her college's approver, then the platform's reviewer.
        stranger = crew.stranger(phone=True)
        with stranger.expecting(404):
            assert stranger.page.goto("/courses/walk-power-cut/").status == 404  # type: ignore[union-attr]
        self._pass(crew)

        # Learners find it: the search knows it as soon as the worker told it.
        learner = crew.learner()
        end = time.monotonic() + 20
        learner.go("/courses/?q=挂接地线")
        while learner.page.locator(".catalogue-results .card", has_text=TITLE).count() == 0:
            assert time.monotonic() < end, "the search does not know the course"
            learner.page.wait_for_timeout(500)
            learner.go("/courses/?q=挂接地线")
        stranger.go("/courses/walk-power-cut/")
        stranger.sees(TITLE)
        stranger.sees("第 1 版")

        # Edited in the admin, handed in and passed: a new release.
        page.goto(report)
        editor.follow("打开课程")
        page.get_by_title("查看'第一章'的子页面").click()
        page.get_by_title("编辑此页").first.click()
        page.wait_for_url("**/edit/")
        page.locator("#id_title").fill("停电：先断开，再验明")
        editor.press("保存草稿")
        editor.sees("停电：先断开，再验明")
        page.goto(report)
        editor.follow("送审与发布")
        editor.sees("有改动")
        editor.press("送审")
        editor.sees("正在审核：开课单位审批")
        self._pass(crew)
        # Visitors' pages may be ten seconds old; whoever is signed in sees it at once.
        learner.go("/courses/walk-power-cut/")
        learner.sees("停电：先断开，再验明")
        learner.sees("第 2 版")

        # Another provider's course is not hers to touch.
        page.goto("/admin/pages/")
        assert "电工安全" not in editor.text()

    # --- 8: the credit bank --------------------------------------------------------------------------------

    def test_a_certificate_becomes_credits_once(self, crew: Crew, site: Site) -> None:
        learner = crew.verified_learner()
        page = learner.page
        learner.go("/credit/")
        learner.accessible()
        learner.follow("用证书换学分")
        learner.accessible()
        page.get_by_label("证书名称").fill("电工 三级/高级工")
        page.get_by_label("职业编码").fill("6-31-01-03")
        page.get_by_label("等级").select_option("3")
        page.get_by_label("发证机构").fill("申江技能评价中心")
        page.get_by_label("证书编号").fill(NUMBER[:-3])
        page.get_by_label("发证日期").fill("2024-05-20")
        evidence = {"name": "证书.pdf", "mimeType": "application/pdf", "buffer": files()["media/card.pdf"]}
        with learner.expecting(422):
            learner.press("登记，看值多少学分")
            learner.sees("编号格式不对")
        learner.look()
        assert page.get_by_label("证书名称").input_value() == "电工 三级/高级工"
        page.get_by_label("证书编号").fill(self.number())
        page.set_input_files("input[type=file]", evidence)
        learner.press("登记，看值多少学分")

        # The worth is known before anything is asked for.
        page.wait_for_url(re.compile(r"/credit/apply/[0-9a-f-]{36}/"))
        learner.look()
        learner.accessible()
        offer = page.locator("article", has_text="机电一体化技术")
        expect(offer).to_contain_text("8")
        expect(offer).to_contain_text("申江开放大学")
        offer.get_by_role("button").dblclick()
        page.wait_for_url("**/credit/applications/**")
        learner.look()
        learner.accessible()
        mine = page.url.removeprefix(site.base_url)

        # The reviewer sees paper, rule and computation; decides once.
        reviewer = crew.staff("reviewer", "/admin/credit/applications/")
        desk = reviewer.page
        desk.goto("/admin" + mine)
        reviewer.sees(LEARNER.name)
        answer = reviewer.context.request.get(
            desk.locator("a[href^='/credit/evidence/']").get_attribute("href") or ""
        )
        assert answer.status == 200
        assert answer.body().startswith(b"%PDF-")
        with reviewer.expecting(400, 409, 422):
            desk.locator("[name=reason]").fill("未核实就认定")
            reviewer.press("认定，学分入账")
            reviewer.sees("第 1 版）：符合规则；证书核实后可以认定")
        desk.locator("[name=method]").select_option(index=1)
        reviewer.press("已核实，证书属实")
        reviewer.sees("已记为核实")
        desk.locator("[name=reason]").fill("证书属实，与规则相符。")
        # The second click may come while the first is being decided: it is refused, and the page shows the decision.
        with reviewer.expecting(409):
            desk.get_by_role("button", name="认定，学分入账").dblclick()
            expect(desk.get_by_text("记账编号")).to_be_visible()

        # Posted once, explained, on the transcript.
        learner.go(mine)
        learner.sees("已认定 8 学分")
        learner.sees("证书属实，与规则相符。")
        learner.go("/credit/")
        learner.accessible()
        page.locator(".stat", has_text="申江开放大学").locator("a").tap()
        page.wait_for_url("**/credit/accounts/**")
        learner.look()
        learner.accessible()
        learner.sees("证书认定：电工 三级/高级工")
        assert page.locator("main tbody tr").count() == 1
        learner.go("/credit/transcript/")
        learner.accessible()
        learner.press("生成清单")
        learner.sees("清单已生成")
        learner.look()
        text = pdf_text(learner.download("a[href$='.pdf']"))
        for word in (LEARNER.name, "电工技术基础", "申江开放大学"):
            assert word in text, word
        code = CODE.search(text)
        assert code, text
        stranger = crew.stranger()
        stranger.go(f"/verify/{code[0]}/")
        stranger.sees("是真的，有效")
        learner.press("停用验证")
        learner.sees("已停用")
        stranger.go(f"/verify/{code[0]}/")
        assert "是真的" not in stranger.text()
        # The look at her papers is there for her to see.
        learner.go("/me/looks/")
        learner.sees("学分审核")
        assert "True" not in site.lms("audit_ledger")

    def number(self) -> str:
        return NUMBER[:-4] + f"{LEARNER.number % 10000:04d}"

    # --- 10: languages -------------------------------------------------------------------------------------

    def test_every_main_page_stands_in_english_and_in_large_type(self, crew: Crew) -> None:
        learner = crew.learner()
        page = learner.page
        learner.go("/")
        page.locator(".pop > summary").tap()
        learner.press("English")
        page.wait_for_selector("html[lang=en]")
        try:
            for path in MAIN_PAGES:
                learner.go(path)
                assert page.get_attribute("html", "lang") == "en", path
            page.evaluate("document.cookie = 'rt_text=large; Path=/; SameSite=Lax'")
            for path in MAIN_PAGES:
                learner.go(path)
                assert page.get_attribute("html", "data-text") == "large", path
            page.locator(".pop > summary").tap()
            edges = page.locator(".pop button").evaluate_all(
                "all => all.map(b => b.getBoundingClientRect().right)"
            )
            assert max(edges) <= 360, edges
        finally:
            page.evaluate("document.cookie = 'rt_text=normal; Path=/; SameSite=Lax'")
            learner.go("/me/")
            page.locator(".prefs button[value=zh-hans]").last.tap()
            page.wait_for_selector("html[lang=zh-Hans]")
