"""What stands inside activities of a Moodle backup: packages, wikis, databases, and every kind with words of its own in each
place where its teacher writes some."""

from html import escape

import pytest

from tests.courses.activities import making as scorm
from tests.courses.packs.foreign.moodle import Backup
from tests.courses.packs.foreign.reading import read, tarred, zipped
from tests.courses.packs.making import h5p, png


def lost(found):
    return [(item.title, item.reason.code) for item in found.draft.lost]


def titles(found):
    return [page.title for unit in found.outline.units for page in unit.pages]


def html(found):
    return "".join(block["html"] for kind, block in found.blocks() if kind == "text")


class TestPackages:
    def backup(self, data, body="<reference>课件.zip</reference>", name="课件.zip"):
        made = Backup()
        made.section(1, 1, "第一章", "1")
        made.activity(1, "scorm", "用电", body, intro="<p>先看再做。</p>")
        made.file("c1", "mod_scorm", "package", name, data)
        # As Moodle does: what it unpacked lies beside it.
        made.file("c1", "mod_scorm", "content", "index.html", b"<p>unpacked</p>")
        return read(tarred(made.all()), "x.mbz", expect="moodle")

    @pytest.mark.parametrize("edition", scorm.VERSIONS)
    def test_a_scorm_activity_is_the_lessons_of_its_package(self, edition):
        found = self.backup(scorm.simple(edition))
        assert titles(found) == ["用电", "用电 › 第一章 › 验电", "用电 › 第一章 › 接地", "用电 › 附录"]
        assert [block["part"] for kind, block in found.blocks() if kind == "package"] == ["i1", "i2", "i3"]
        assert "先看再做。" in html(found)
        assert len(found.native.packages) == 1
        assert lost(found) == []

    def test_a_package_of_one_part_is_the_activity_itself(self):
        found = self.backup(scorm.sequenced("4th"))
        assert titles(found) == ["用电"]
        assert [kind for kind, _ in found.blocks()] == ["text", "package"]
        assert lost(found) == []

    def test_limits_are_named_and_so_is_what_the_package_lacks(self):
        data = scorm.zipped(
            {
                "imsmanifest.xml": scorm.manifest(
                    organizations=scorm.organization(
                        "org", "用电", scorm.item("i1", "看", "r1") + scorm.item("i2", "没有", "r2")
                    ),
                    resources=scorm.resource("r1", "a.html") + scorm.resource("r2", "b.html"),
                ),
                "a.html": "<p>a</p>",
            }
        )
        found = self.backup(
            data, "<reference>课件.zip</reference><maxattempt>3</maxattempt><timeopen>0</timeopen>"
        )
        assert lost(found) == [("没有", "lost_missing"), ("用电", "lost_setting")]
        assert "课件.zip/imsmanifest.xml" in found.draft.lost[0].path
        assert titles(found) == ["用电"]

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (zipped({"au.txt": "AICC"}), "SCORM 1.2"),
            (zipped({"课件/imsmanifest.xml": scorm.manifest(), "课件/a.html": "x"}), "文件夹「课件」"),
            (b"PK\x03\x04 cut", "不完整"),
        ],
        ids=["no SCORM", "nested", "cut"],
    )
    def test_a_package_that_cannot_run_is_named_and_why(self, data, words):
        found = self.backup(data)
        assert titles(found) == ["用电"]
        assert [code for _, code in lost(found)] == ["lost_file"]
        assert words in found.draft.lost[0].reason.message
        assert "先看再做。" in html(found)

    def test_a_package_that_lies_elsewhere_or_nowhere(self):
        made = Backup()
        made.section(1, 1, "一", "1,2")
        made.activity(1, "scorm", "别处", "<reference>https://example.org/imsmanifest.xml</reference>")
        parts = "<scoes><sco id='1'><title>第一部分</title><launch>a.html</launch></sco></scoes>"
        made.activity(2, "scorm", "没有", f"<reference>p.zip</reference>{parts}")
        found = read(tarred({**made.all(), "activities/page_9/page.xml": "<activity/>"}), "x.mbz")
        assert lost(found) == [
            ("别处", "lost_outside"),
            ("没有", "lost_missing"),
            ("没有 · 第一部分", "lost_missing"),
        ]

    def test_an_ims_content_package_is_its_pages(self):
        made = Backup()
        made.section(1, 1, "一", "1")
        made.activity(1, "imscp", "手册", intro="<p>一本手册。</p>")
        manifest = """<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><organizations default="o">
        <organization identifier="o"><title>手册</title>
        <item identifier="a"><title>总则</title>
          <item identifier="b" identifierref="r1"><title>目的</title></item></item>
        <item identifier="c" identifierref="r2"><title>图</title></item>
        <item identifier="d" identifierref="r3"><title>外面</title></item>
        <item identifier="e" identifierref="r4"><title>没有的</title></item></organization></organizations>
        <resources><resource identifier="r1" type="webcontent" href="text/a%20b.html"/>
        <resource identifier="r2" type="webcontent" xml:base="text/" href="../pic.png"/>
        <resource identifier="r3" type="webcontent" href="https://example.org/x"/>
        <resource identifier="r4" type="webcontent" href="gone.html"/></resources></manifest>"""
        for name, path, data in (
            ("imsmanifest.xml", "/", manifest.encode()),
            ("a b.html", "/text/", '<h1>目的</h1><p>为了安全。</p><img src="../pic.png" alt="牌">'.encode()),
            ("pic.png", "/", png()),
        ):
            made.file("c1", "mod_imscp", "content", name, data, item="2", path=path)
        made.file("c1", "mod_imscp", "content", "imsmanifest.xml", b"<old/>", item="1")
        made.file("c1", "mod_imscp", "backup", "手册.zip", zipped({"x": "y"}), item="2")
        found = read(tarred(made.all()), "x.mbz")
        assert titles(found) == ["手册", "手册 › 总则 › 目的", "手册 › 图"]
        assert "为了安全。" in html(found)
        assert [kind for kind, _ in found.blocks()].count("image") == 2
        assert lost(found) == [
            ("手册 › 外面", "lost_outside"),
            ("手册 › 没有的", "lost_missing"),
            ("imsmanifest.xml", "lost_unused"),
        ]

    @pytest.mark.parametrize("data", [None, b"<manifest>"], ids=["none", "broken"])
    def test_a_content_package_that_cannot_be_read_keeps_its_introduction(self, data):
        made = Backup()
        made.section(1, 1, "一", "1")
        made.activity(1, "imscp", "手册", intro="<p>一本手册。</p>")
        made.file("c1", "mod_imscp", "content", "imsmanifest.xml", data, item="1")
        found = read(tarred(made.all()), "x.mbz")
        assert found.problems() == []
        assert "一本手册。" in html(found)
        assert [code for _, code in lost(found)] == ["lost_missing" if data is None else "lost_file"]


class TestWikis:
    def page(self, id_, title, *versions, form="html", cached=""):
        rows = "".join(
            f"<version id='{n}'><content>{escape(words)}</content><contentformat>{form}</contentformat>"
            f"<version>{n}</version><userid>7</userid></version>"
            for n, words in enumerate(versions)
        )
        return (
            f"<page id='{id_}'><title>{title}</title><cachedcontent>{escape(cached)}</cachedcontent>"
            f"<userid>7</userid><versions>{rows}</versions></page>"
        )

    def read(self, *wikis, first="首页"):
        made = Backup(users="1")
        made.section(1, 1, "一", "1")
        inner = "".join(
            f"<subwiki id='{n}'><groupid>{group}</groupid><userid>{user}</userid><pages>{pages}</pages></subwiki>"
            for n, (group, user, pages) in enumerate(wikis, 1)
        )
        body = f"<firstpagetitle>{first}</firstpagetitle><subwikis>{inner}</subwikis>"
        made.activity(1, "wiki", "维基", body, intro="<p>一起写。</p>")
        made.file("c1", "mod_wiki", "attachments", "图.png", png(), item="1")
        return read(tarred(made.all()), "x.mbz")

    def test_pages_come_as_they_read_now_the_first_page_first(self):
        pages = self.page(
            1, "验电", "<p>旧的</p>", '<p>先[[看|看清]][[首页]]。</p><img src="@@PLUGINFILE@@/图.png">'
        )
        found = self.read((0, 0, pages + self.page(2, "首页", "<p>开始</p>")))
        assert titles(found) == ["维基", "维基 · 首页", "维基 · 验电"]
        assert "先看清首页。" in html(found)
        assert "旧的" not in html(found)
        assert "image" in [kind for kind, _ in found.blocks()]
        assert lost(found) == [("人员", "lost_people"), ("维基", "lost_kind"), ("维基", "lost_older")]

    @pytest.mark.parametrize("cached", ["<h3>标题</h3><p>正文</p>", ""])
    def test_other_ways_of_writing_come_as_moodle_made_them(self, cached):
        found = self.read((0, 0, self.page(1, "首页", "== 标题 ==\n正文", form="creole", cached=cached)))
        assert "正文" in html(found)
        assert "标题" in html(found)
        assert ("<h3>" in html(found)) is bool(cached)

    def test_wikis_of_groups_are_told_apart_and_those_of_persons_stay_theirs(self):
        own = self.page(3, "我的想法", "<p>我写的</p>")
        found = self.read(
            (5, 0, self.page(1, "首页", "<p>甲组</p>")),
            (6, 0, self.page(2, "首页", "<p>乙组</p>")),
            (0, 9, own),
        )
        assert titles(found) == ["维基", "维基 · 第 1 组 · 首页", "维基 · 第 2 组 · 首页"]
        assert "我写的" not in html(found)
        assert ("维基 · 我的想法", "lost_people") in lost(found)

    def test_a_wiki_that_nobody_wrote_names_the_page_it_would_begin_with(self):
        assert ("维基 · 首页", "lost_empty") in lost(self.read())


class TestOthers:
    def test_a_database_names_what_its_fields_offer_and_its_templates_say(self):
        made = Backup()
        made.section(1, 1, "一", "1")
        body = (
            "<singletemplate>&lt;b&gt;写明地点：&lt;/b&gt;[[地点]] ##edit##</singletemplate>"
            "<listtemplate>[[地点]]</listtemplate><csstemplate>p{}</csstemplate><fields>"
            "<field id='5'><type>menu</type><name>等级</name><description>有多险</description>"
            "<param1>一般\n重大</param1></field></fields>"
        )
        made.activity(1, "data", "案例", body, intro="<p>各写一件。</p>")
        found = read(tarred(made.all()), "x.mbz")
        assert "各写一件。" in html(found)
        assert lost(found) == [
            ("案例", "lost_kind"),
            ("案例 · 等级 · 有多险 · 一般 · 重大", "lost_kind"),
            ("案例 · 写明地点：", "lost_setting"),
        ]

    def test_the_end_of_a_branch_is_named(self):
        made = Backup()
        made.section(1, 1, "一", "1")
        pages = (
            "<pages><page id='1'><qtype>20</qtype><title>看</title><contents>内容</contents></page>"
            "<page id='2'><qtype>21</qtype><title>这一支完了</title><contents/></page></pages>"
        )
        made.activity(1, "lesson", "课", pages)
        assert ("课 · 这一支完了", "lost_setting") in lost(read(tarred(made.all()), "x.mbz"))

    def test_an_h5p_activity_brings_its_package(self):
        made = Backup()
        made.section(1, 1, "一", "1")
        made.activity(1, "h5pactivity", "练一练", intro="<p>做完它。</p>")
        made.file("c1", "mod_h5pactivity", "package", "练.h5p", h5p())
        found = read(tarred(made.all()), "x.mbz")
        assert [kind for kind, _ in found.blocks()] == ["text", "h5p"]
        assert lost(found) == []
