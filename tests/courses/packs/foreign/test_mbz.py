"""Moodle backups: what comes in, in which order, and that everything else is named. All packages are made here."""

import io
import tarfile
import zipfile
from html import escape

import pytest

from courses.h5p.client import inspect_package
from courses.packs.foreign.formats import adapter_for
from courses.packs.foreign.trees import tree_of
from courses.packs.foreign.xmltree import BrokenXML
from tests.courses.packs.foreign.moodle import NULL, Backup, answers, bank_of, quiz_of
from tests.courses.packs.foreign.reading import opened, read, tarred, zipped
from tests.courses.packs.making import PDF, h5p, mp4, png


class TestWhatComesIn:
    def test_sections_in_order_with_the_texts_and_files_of_their_activities(self):
        made = Backup()
        made.section(2, 2, NULL, "4,3")
        made.section(1, 1, "准备", "1,2", summary="<p>这一章讲停电。</p>")
        made.activity(
            1,
            "page",
            "一",
            "<content>&lt;p&gt;看&lt;img src='@@PLUGINFILE@@/a%20b.png'&gt;&lt;/p&gt;</content>",
        )
        made.file("c1", "mod_page", "content", "a b.png", png())
        made.activity(2, "label", "标签", intro="<p>记住。</p>")
        made.activity(
            3,
            "book",
            "书",
            "<chapters><chapter id='8'><pagenum>2</pagenum><title>后</title><content>乙</content></chapter>"
            "<chapter id='7'><pagenum>1</pagenum><title>前</title><content>甲</content></chapter>"
            "<chapter id='9'><pagenum>3</pagenum><title>藏</title><content>丙</content><hidden>1</hidden></chapter>"
            "</chapters>",
            section="2",
        )
        made.activity(4, "folder", "文件夹", section="2")
        made.file("c4", "mod_folder", "content", "规程.pdf", PDF, path="/子/")
        found = read(zipped(made.all()), "课.mbz", expect="moodle")
        assert [(unit.title, [page.title for page in unit.pages]) for unit in found.outline.units] == [
            ("准备", ["准备", "一", "标签"]),
            ("主题 2", ["文件夹", "前", "后"]),
        ]
        assert [kind for kind, _ in found.blocks()] == [
            "text",
            "text",
            "image",
            "text",
            "file",
            "text",
            "text",
        ]
        assert found.outline.title == "停电检修"
        assert (found.outline.language, found.outline.summary) == ("zh-Hans", "四步。")
        assert found.blocks()[4][1]["name"] == "子/规程.pdf"
        assert found.lost() == {"书 · 藏": "lost_hidden"}

    def test_the_same_backup_as_tar_and_in_a_folder(self):
        made = Backup()
        made.section(1, 1, "章", "1")
        made.activity(1, "page", "一", "<content>字</content>")
        nested = {f"backup/{name}": content for name, content in made.all().items()}
        keys = [
            read(data, "x.mbz", expect="moodle").draft.chapters[0]["lessons"][0]["key"]
            for data in (zipped(made.all()), tarred(made.all()), tarred(nested))
        ]
        assert len(set(keys)) == 1

    def test_resources_as_what_they_are(self):
        made = Backup()
        made.section(1, 1, "章", "1,2,3,4,5")
        for number, (name, data) in enumerate([("a.mp4", mp4()), ("b.png", png()), ("x.h5p", h5p())], 1):
            made.activity(number, "resource", f"资源{number}")
            made.file(f"c{number}", "mod_resource", "content", name, data)
        made.activity(4, "resource", "网页")
        made.file("c4", "mod_resource", "content", "index.html", b"<p>hi<img src='img/p.png'></p>", order=1)
        made.file("c4", "mod_resource", "content", "p.png", png(), path="/img/")
        made.activity(5, "h5pactivity", "练习")
        made.file("c5", "mod_h5pactivity", "package", "y.h5p", h5p("上海"))
        found = read(tarred(made.all()), "x.mbz")
        assert [kind for kind, _ in found.blocks()] == ["video", "image", "h5p", "text", "image", "h5p"]
        assert found.blocks()[-1][1]["title"] == "练习"
        assert found.lost() == {}

    @pytest.mark.parametrize("modern", [False, True])
    def test_quizzes(self, modern):
        made = Backup(modern=modern)
        bank_of(made)
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 1, 2, 3, 4, 5))
        made.members["activities/quiz_1/grades.xml"] = (
            "<a><grade_item><gradepass>8.0</gradepass><grademax>10.0</grademax></grade_item></a>"
        )
        found = read(tarred(made.all()), "x.mbz")
        assert [kind for kind, _ in found.blocks()] == ["image", "quiz"]
        quiz = found.blocks()[1][1]
        assert quiz["pass_percent"] == 80
        one, two, three, four = (found.draft.bank[id_] for id_ in quiz["questions"])
        assert (one["kind"], one["stem"], one["answer"]) == ("single", "先做什么？（图 1）", ["a"])
        assert one["explanation"] == "先验电。\n验电：对"
        assert (two["kind"], two["answer"], two["points"]) == ("multiple", ["a", "b"], 2)
        assert (three["kind"], three["answer"]) == ("true_false", ["false"])
        assert (four["kind"], four["stem"]) == ("fill", "首都是？ ___")
        assert [list(accepted) for accepted in four["answer"]] == [["北京", "北京市"]]
        assert found.lost() == {
            "配对题": "lost_question",
            "没人问的": "lost_unused",
            "测验": "lost_setting",
        }

    @pytest.mark.parametrize("modern", [False, True])
    def test_pairs(self, modern):
        made = Backup(modern=modern)
        made.question(
            1,
            "match",
            "<p>各有什么用？</p>",
            "<matchoptions id='1'><shuffleanswers>1</shuffleanswers></matchoptions><matches>"
            + "".join(
                f"<match id='{n}'><questiontext>{escape(asked)}</questiontext><questiontextformat>1"
                f"</questiontextformat><answertext>{answer}</answertext></match>"
                for n, (asked, answer) in enumerate(
                    [("<p>验电笔</p>", "验电"), ("<p>试电笔</p>", "验电"), ("接地线", "接地"), ("", "灭火")]
                )
            )
            + "</matches>",
            feedback="先验电。",
        )
        made.question(
            2,
            "match",
            "看图",
            "<matches><match><questiontext>&lt;img src='a.png'&gt;</questiontext><answertext>甲</answertext></match></matches>",
            name="看图配对",
        )
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 1, 2))
        found = read(tarred(made.all()), "x.mbz")
        (one,) = found.draft.bank.values()
        assert (one["kind"], one["stem"], one["points"]) == ("matching", "各有什么用？", 2)
        texts = {option["id"]: option["text"] for option in one["options"]}
        assert sorted(texts.values()) == ["接地", "灭火", "验电"]
        assert [(pair["text"], texts[pair["option"]]) for pair in one["answer"]] == [
            ("验电笔", "验电"),
            ("试电笔", "验电"),
            ("接地线", "接地"),
        ]
        assert one["explanation"] == "先验电。"
        assert found.lost() == {"看图配对": "lost_question"}

    @pytest.mark.parametrize("modern", [False, True])
    def test_an_order(self, modern):
        def steps(*texts, options="<gradingtype>0</gradingtype><selecttype>0</selecttype>"):
            # As a backup has them: in the order they were written, their place in the fraction.
            rows = answers(*((words, f"{place}.0000000", "") for place, words in texts))
            return f"{rows}<ordering id='1'>{options}</ordering>"

        made = Backup(modern=modern)
        right = [(3, "接地"), (1, "<p>断电</p>"), (10, "挂牌"), (2, "验电")]
        made.question(1, "ordering", "<p>先后？</p>", steps(*right), feedback="先断电。")
        picture = steps((1, "<img src='a.png'>"), (2, "乙"))
        made.question(2, "ordering", "看图", picture, name="排图")
        other = steps(*right, options="<gradingtype>-1</gradingtype><selecttype>1</selecttype>")
        made.question(3, "ordering", "再来", other)
        made.question(4, "ordering", "一项", steps((1, "断电")), name="一项")
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 1, 2, 3, 4))
        found = read(tarred(made.all()), "x.mbz")
        one, again = found.draft.bank.values()
        assert (one["kind"], one["stem"], one["explanation"]) == ("ordering", "先后？", "先断电。")
        texts = {option["id"]: option["text"] for option in one["options"]}
        assert [texts[key] for key in one["answer"]] == ["断电", "验电", "接地", "挂牌"]
        assert again["answer"] == one["answer"]
        lost = found.lost()
        assert (lost.pop("排图"), lost.pop("一项")) == ("lost_question", "lost_question_broken")
        assert lost == {"测验": "lost_setting"}
        (told,) = [item.reason.params["what"] for item in found.draft.lost if item.title == "测验"]
        assert told.split("、")[:2] == ["排序题的给分方式", "每次只排其中几项"]

    @pytest.mark.parametrize(
        ("kind", "group"),
        [
            ("gapselect", "{}"),
            ("ddwtos", 'O:8:"stdClass":2:{{s:9:"draggroup";s:1:"{}";s:8:"infinite";i:0;}}'),
        ],
    )
    def test_gaps_with_words_to_choose_from(self, kind, group):
        def words(*groups):
            rows = zip(("停电", "接地", "验电"), groups, strict=True)
            return answers(*((word, "0", group.format(number)) for word, number in rows))

        made = Backup()
        made.question(1, kind, "先[[1]]，再[[3]]。", words(1, 1, 1))
        made.question(2, kind, "先[[1]]。", words(1, 1, 1))
        made.question(3, kind, "先[[1]]，再[[3]]。", words(1, 1, 2), name="两组")
        made.question(4, kind, "先[[9]]。", words(1, 1, 1), name="没有词")
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 1, 2, 3, 4))
        found = read(tarred(made.all()), "x.mbz")
        several, one = found.draft.bank.values()
        assert (several["kind"], several["stem"]) == ("matching", "先（1）____，再（2）____。")
        texts = {option["id"]: option["text"] for option in several["options"]}
        assert [(pair["text"], texts[pair["option"]]) for pair in several["answer"]] == [
            ("第 1 空", "停电"),
            ("第 2 空", "验电"),
        ]
        assert (one["kind"], one["stem"]) == ("single", "先____。")
        assert [o["text"] for o in one["options"] if o["id"] in one["answer"]] == ["停电"]
        assert found.lost() == {"两组": "lost_question", "没有词": "lost_question_broken"}

    @pytest.mark.parametrize("modern", [False, True])
    def test_a_text_of_short_answers_is_blanks(self, modern):
        made = Backup(modern=modern)
        made.question(
            1,
            "multianswer",
            "先{#1}，再{#2}。",
            "<multianswers><multianswer><sequence>2,3</sequence></multianswer></multianswers>",
        )
        made.question(2, "shortanswer", "{1:SA:=停电}", answers(("停电", "1", "")))
        made.question(3, "shortanswer", "{1:SA:=验电}", answers(("验电", "1", ""), ("测电", "1", "")))
        made.question(
            4,
            "multianswer",
            "{#1}伏？",
            "<multianswers><multianswer><sequence>5</sequence></multianswer></multianswers>",
            name="数",
        )
        made.question(5, "numerical", "{1:NM:=220}", answers(("220", "1", "")))
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 1, 4))
        made.questions = [
            node if f'id="{n}"' not in node else node.replace("<parent>0<", "<parent>1<")
            for n, node in zip((0, 2, 3, 0, 5), made.questions, strict=True)
        ]
        found = read(tarred(made.all()), "x.mbz")
        (one,) = found.draft.bank.values()
        assert (one["kind"], one["stem"]) == ("fill", "先___，再___。")
        assert [list(accepted) for accepted in one["answer"]] == [["停电"], ["验电", "测电"]]
        assert found.lost() == {"数": "lost_question", "测验": "lost_setting"}

    def test_numbers_with_a_tolerance(self):
        made = Backup()
        more = "<numerical_units><numerical_unit><unit>V</unit></numerical_unit></numerical_units>"
        records = "<numerical_record><answer>0</answer><tolerance>5</tolerance></numerical_record>"
        rows = answers(("220", "1", "标称值"), ("380", "0.5", ""))
        made.question(
            1, "numerical", "多少伏？", f"{rows}{more}<numerical_records>{records}</numerical_records>"
        )
        made.question(2, "numerical", "任意", answers(("*", "1", "")), name="任意的数")
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 1, 2))
        found = read(tarred(made.all()), "x.mbz")
        (one,) = found.draft.bank.values()
        assert (one["kind"], one["answer"], one["explanation"]) == ("numeric", [["220", "5"]], "220：标称值")
        assert found.lost() == {"任意的数": "lost_question", "测验": "lost_setting"}

    def test_random_questions_and_those_of_other_courses_are_named(self):
        made = Backup(modern=True)
        bank_of(made)
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 3, None, 77))
        found = read(tarred(made.all()), "x.mbz")
        lost = found.lost()
        assert lost["测验 · 第 1 道随机题"] == "lost_question"
        assert lost["测验 · 题目 e77"] == "lost_missing"
        assert len(found.draft.bank) == 1

    def test_a_glossary_and_a_lesson_as_text(self):
        made = Backup(users="1")
        made.section(1, 1, "章", "1,2")
        made.activity(
            1,
            "glossary",
            "词汇",
            "<entries><entry id='1'><concept>验电</concept><definition>用验电器。</definition></entry>"
            "<entry id='2'><concept>草稿</concept><definition>x</definition><approved>0</approved></entry></entries>",
        )
        made.activity(
            2,
            "lesson",
            "课",
            "<pages><page id='1'><qtype>20</qtype><title>看</title><contents>内容</contents></page>"
            "<page id='2'><qtype>3</qtype><title>问</title><contents>问什么</contents></page></pages>",
        )
        found = read(tarred(made.all()), "x.mbz")
        assert [block["html"] for _, block in found.blocks()] == ["<h3>验电</h3>用验电器。", "内容"]
        assert found.lost() == {
            "草稿": "lost_hidden",
            "课": "lost_kind",
            "问什么": "lost_question",
            "人员": "lost_people",
        }

    @pytest.mark.parametrize("without", ["", "H5P.RtCommon-1.0/scripts/rt-common.js"])
    def test_exercises_of_the_older_plugin_are_packages_again(self, without):
        made = Backup()
        made.section(1, 1, "章", "1")
        with zipfile.ZipFile(io.BytesIO(h5p())) as package:
            inside = {name: package.read(name) for name in package.namelist()}
        libraries = ""
        for number, name in enumerate(("H5P.RtCommon", "H5P.RtFillBlanks")):
            needs = '<dependency required_library_id="0"><dependency_type>preloaded</dependency_type></dependency>'
            libraries += (
                f'<library id="{number}"><machine_name>{name}</machine_name><major_version>1</major_version>'
                f"<minor_version>0</minor_version><dependencies>{needs if number else ''}</dependencies></library>"
            )
            for path, data in inside.items():
                folder, _, file = path.rpartition("/")
                if path.startswith(f"{name}-1.0/"):
                    data = None if path == without else data
                    made.file("c0", "mod_hvp", "libraries", file, data, path=f"/{folder}/")
        made.members["activities/hvp_libraries.xml"] = f"<hvp_libraries>{libraries}</hvp_libraries>"
        content = escape(inside["content/content.json"].decode())
        head = "<machine_name>H5P.RtFillBlanks</machine_name><major_version>1</major_version><minor_version>0</minor_version>"
        made.activity(1, "hvp", "填空", f"{head}<json_content>{content}</json_content>", intro="<p>做</p>")
        with opened(tarred(made.all()), "x.mbz") as source:
            outline = adapter_for(source).inspect(source)
            kinds = [type(piece).__name__ for piece in outline.units[0].pages[0].pieces]
            if without:
                assert kinds == ["Text"]
                assert outline.lost[0].reason.code == "lost_kind"
                return
            assert kinds == ["Text", "Exercise"]
            assert outline.lost == []
            with source.archive.open(outline.units[0].pages[0].pieces[1].file) as package:
                looked, defects = inspect_package(io.BytesIO(package.read()))
        assert defects == []
        assert {name.machine_name for name in looked.libraries} == {"H5P.RtCommon", "H5P.RtFillBlanks"}
        looked.close()

    def test_a_subsection_stands_where_it_is_and_a_cycle_of_them_ends(self):
        made = Backup()
        inside = "<component>mod_subsection</component><itemid>{}</itemid>"
        made.section(1, 1, "章", "1,2,3")
        made.section(2, 2, "小节", "4,5", extra=inside.format(2))
        made.activity(1, "page", "前", "<content>1</content>")
        made.activity(2, "subsection", "小节")
        made.activity(3, "page", "后", "<content>3</content>")
        made.activity(4, "page", "里", "<content>2</content>", section="2")
        made.activity(5, "subsection", "圈", section="2")
        made.section(3, 3, "圈", "5", extra=inside.format(5))
        found = read(tarred(made.all()), "x.mbz")
        titles = [lesson["title"] for lesson in found.draft.chapters[0]["lessons"]]
        assert titles == ["前", "小节 · 里", "后"]


class TestWhatDoesNot:
    def test_every_other_kind_leaves_its_words_and_is_named(self):
        made = Backup()
        kinds = ("assign", "forum", "feedback", "wiki", "scorm", "lti", "workshop", "choice", "hvp", "neu")
        made.section(1, 1, "章", ",".join(str(n) for n in range(len(kinds))))
        for number, kind in enumerate(kinds):
            made.activity(number, kind, f"活动 {kind}", intro=f"<p>说明 {kind}</p>")
        found = read(tarred(made.all()), "x.mbz")
        assert found.lost() == {f"活动 {kind}": "lost_kind" for kind in kinds} | {
            "活动 lti": "lost_tool",
            "活动 scorm": "lost_missing",
        }
        assert [block["html"] for _, block in found.blocks()] == [f"<p>说明 {kind}</p>" for kind in kinds]

    def test_hidden_restricted_unused_and_missing(self):
        made = Backup()
        made.section(1, 1, "章", "1,2,3,4")
        made.section(2, 2, "藏章", "5", visible=0)
        made.activity(
            1,
            "page",
            "见",
            "<content>字</content>",
            extra='<availability>{"op":"&amp;","c":[{"type":"date"}]}</availability>',
        )
        made.activity(2, "page", "不见", "<content>字</content>", visible=0)
        made.activity(3, "url", "网址", "<externalurl>https://video.example/1</externalurl>")
        made.activity(4, "resource", "丢了的")
        made.activity(5, "page", "藏页", "<content>字</content>", section="2")
        made.file("c4", "mod_resource", "content", "gone.pdf", None)
        made.file("c1", "mod_page", "content", "spare.png", png())
        made.file("c1", "assignsubmission_file", "submission_files", "作业.pdf", PDF)
        made.activities.append((6, "1", "page", "没有文件的", "activities/page_6"))
        found = read(tarred(made.all()), "x.mbz")
        assert found.lost() == {
            "见": "lost_setting",
            "不见": "lost_hidden",
            "网址": "lost_outside",
            "gone.pdf": "lost_missing",
            "藏章": "lost_hidden",
            "藏页": "lost_hidden",
            "spare.png": "lost_unused",
            "没有文件的": "lost_missing",
        }
        assert "https://video.example/1" in found.blocks()[1][1]["html"]

    def test_links_between_activities_keep_their_words(self):
        made = Backup()
        made.section(1, 1, "章", "1")
        link = escape('<p><a href="$@PAGEVIEWBYID*2@$">那一页</a></p>')
        made.activity(1, "page", "一", f"<content>{link}</content>")
        found = read(tarred(made.all()), "x.mbz")
        assert "那一页" in found.blocks()[0][1]["html"]
        assert "href" not in found.blocks()[0][1]["html"]
        assert found.lost() == {}

    @pytest.mark.parametrize(
        ("rows", "single", "code"),
        [
            ((("一", "1", ""), ("二", "1", "")), "1", "lost_question"),
            ((("一", "0.5", ""), ("二", "0", "")), "1", "lost_question_broken"),
            ((("<img src='@@PLUGINFILE@@/a.png'>", "1", ""), ("二", "0", "")), "1", "lost_question"),
        ],
    )
    def test_questions_without_a_place(self, rows, single, code):
        made = Backup()
        made.question(
            1,
            "multichoice",
            "问",
            answers(*rows) + f"<multichoice><single>{single}</single></multichoice>",
            name="问",
        )
        made.question(
            2,
            "truefalse",
            "真",
            answers(("T", "1", ""), ("F", "0", "")) + "<truefalse><trueanswer>0</trueanswer></truefalse>",
        )
        made.section(1, 1, "章", "1")
        made.activity(1, "quiz", "测验", quiz_of(made, 1, 2))
        found = read(tarred(made.all()), "x.mbz")
        assert found.lost()["问"] == code
        assert len(found.draft.bank) == 1


class TestHostile:
    def small(self):
        made = Backup()
        made.section(1, 1, "章", "1")
        made.activity(1, "page", "一", "<content>字</content>")
        return made.all()

    @pytest.mark.parametrize(
        "content",
        [
            "<activity><page>",
            "",
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><activity><page><content>&x;</content></page></activity>',
            '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><activity><page>&b;</page></activity>',
            "<a>" * 300 + "</a>" * 300,
        ],
    )
    @pytest.mark.parametrize("member", ["activities/page_1/page.xml", "questions.xml", "files.xml"])
    def test_broken_xml_refuses_the_whole_and_is_named(self, content, member):
        found = read(tarred(self.small() | {member: content}), "x.mbz")
        assert "foreign_broken" in found.problems()
        assert member in found.draft.problems[0].message

    def test_xml_with_more_in_it_than_memory_should_hold(self):
        with pytest.raises(BrokenXML):
            tree_of(b"<a>" + b"<b/>" * 1_100_000 + b"</a>")

    def test_xml_of_chinese_windows(self):
        members = self.small()
        members["activities/page_1/page.xml"] = (
            '<?xml version="1.0" encoding="GBK"?><activity contextid="c1"><page><name>一</name>'
            "<content>停电检修</content></page></activity>"
        ).encode("gbk")
        assert read(tarred(members), "x.mbz").blocks()[0][1]["html"] == "停电检修"

    def test_links_and_names_that_leave_the_archive(self):
        for name, kind in (
            ("../../evil", tarfile.REGTYPE),
            ("files/x", tarfile.SYMTYPE),
            ("dev", tarfile.CHRTYPE),
        ):
            out = io.BytesIO(tarred(self.small(), "w"))
            with tarfile.open(fileobj=out, mode="a") as tar:
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, "/etc/passwd"
                tar.addfile(info)
            assert set(read(out.getvalue(), "x.mbz").problems()) & {"path_traversal", "symlink"}

    def test_a_hash_that_is_none_is_a_missing_file(self):
        members = self.small()
        members["files.xml"] = (
            "<files><file><contenthash>../../../etc/passwd</contenthash><contextid>c1</contextid>"
            "<component>mod_page</component><filearea>content</filearea><filepath>/</filepath>"
            "<filename>a.png</filename></file></files>"
        )
        members["activities/page_1/page.xml"] = members["activities/page_1/page.xml"].replace(
            "字", "字&lt;img src='@@PLUGINFILE@@/a.png'&gt;"
        )
        found = read(tarred(members), "x.mbz")
        assert [item.reason.code for item in found.draft.lost] == ["lost_missing"]

    def test_a_backup_of_moodle_1(self):
        found = read(
            zipped({"moodle.xml": "<MOODLE_BACKUP><INFO/></MOODLE_BACKUP>"}), "x.zip", expect="moodle"
        )
        assert found.problems() == ["foreign_old"]

    def test_nothing_in_it(self):
        found = read(zipped({"moodle_backup.xml": "<moodle_backup><information/></moodle_backup>"}), "x.mbz")
        assert found.problems() == ["foreign_empty"]


class TestActivitiesByTheirParts:
    def lost(self, found):
        return {(item.title, item.reason.code) for item in found.draft.lost}

    def test_a_poll_a_survey_and_a_database_are_named_part_by_part(self):
        made = Backup()
        made.section(1, 1, "一", "1,2,3")
        made.activity(
            1,
            "choice",
            "选班",
            "<options><option id='1'><text>甲班</text></option></options>"
            "<answers><answer id='9'><text>学员写的</text></answer></answers>",
            intro="<p>选一个班。</p>",
        )
        made.activity(
            2,
            "feedback",
            "问卷",
            "<page_after_submit>谢谢</page_after_submit><page_after_submitformat>1</page_after_submitformat>"
            "<items><item id='4'><name>教得如何？</name><presentation>好|不好</presentation></item></items>",
        )
        made.activity(
            3,
            "data",
            "案例",
            "<fields><field id='5'><type>text</type><name>地点</name><param1>x</param1></field></fields>"
            "<records><record id='6'><contents><content id='7'><content>某人的话</content></content></contents></record></records>",
        )
        found = read(tarred(made.all()), "x.mbz")
        assert self.lost(found) == {
            ("选班", "lost_kind"),
            ("选班 · 甲班", "lost_kind"),
            ("问卷", "lost_kind"),
            ("问卷 · 教得如何？", "lost_kind"),
            ("案例", "lost_kind"),
            ("案例 · 地点", "lost_kind"),
        }
        # What people wrote is not told.
        assert "某人的话" not in str(found.draft.lost)
        assert "谢谢" in str(found.draft.blocks)
        assert "好|不好" in found.draft.unplaced[1].source

    def test_instructions_come_in_and_discussions_are_named_as_what_people_wrote(self):
        made = Backup()
        made.section(1, 1, "一", "1,2,3")
        made.activity(
            1,
            "workshop",
            "互评",
            "<instructauthors>&lt;p&gt;写一页。&lt;/p&gt;</instructauthors>"
            "<instructauthorsformat>1</instructauthorsformat><conclusion>好的。</conclusion><conclusionformat>1</conclusionformat>",
        )
        made.activity(
            2,
            "forum",
            "讨论",
            "<discussions><discussion id='1'><name>怎么验电</name><posts><post id='2'><subject>Re</subject>"
            "<message>我说</message></post></posts></discussion></discussions>",
        )
        made.activity(3, "lti", "外部", "<toolurl>https://tool.example/x</toolurl>")
        found = read(tarred(made.all()), "x.mbz")
        assert "写一页。" in str(found.draft.blocks)
        assert "好的。" in str(found.draft.blocks)
        assert self.lost(found) == {
            ("互评", "lost_kind"),
            ("讨论", "lost_kind"),
            ("讨论 · 怎么验电", "lost_people"),
            ("外部", "lost_tool"),
            ("外部", "lost_outside"),
        }

    def test_other_names_of_words_and_the_buttons_of_a_lesson(self):
        made = Backup()
        made.section(1, 1, "一", "1,2")
        made.activity(
            1,
            "glossary",
            "词汇",
            "<entries><entry id='1'><concept>验电</concept><definition>看有没有电</definition>"
            "<approved>1</approved><aliases><alias id='1'><alias_text>测电</alias_text></alias></aliases></entry></entries>"
            "<categories><category id='3'><name>安全</name></category></categories>",
        )
        made.activity(
            2,
            "lesson",
            "程序",
            "<pages><page id='1'><qtype>20</qtype><title>入口</title><contents>选一条路</contents>"
            "<answers><answer id='1'><answer_text>去停电</answer_text></answer></answers></page>"
            "<page id='2'><qtype>20</qtype><title>空页</title><contents/></page></pages>",
        )
        found = read(tarred(made.all()), "x.mbz")
        assert "<h3>验电 / 测电</h3>" in str(found.draft.blocks)
        assert self.lost(found) == {
            ("安全", "lost_setting"),
            ("程序", "lost_kind"),
            ("入口 · 去停电", "lost_setting"),
            ("程序 · 空页", "lost_empty"),
        }
