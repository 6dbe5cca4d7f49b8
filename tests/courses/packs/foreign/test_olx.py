"""Open edX courses: what comes in, and that everything else is named. All packages are made here."""

import json
from html import escape

import pytest

from tests.courses.packs.foreign.reading import read, tarred, zipped
from tests.courses.packs.making import PDF, mp4, png

CHOICE = (
    '<problem display_name="第一题" weight="2"><p>先做什么？</p><multiplechoiceresponse>'
    '<choicegroup><choice correct="true">验电<choicehint>对</choicehint></choice><choice correct="false">回家</choice>'
    "</choicegroup></multiplechoiceresponse><solution><p>Explanation</p><p>先验电。</p></solution></problem>"
)
BOXES = (
    '<problem display_name="第二题"><choiceresponse><label>哪些是措施？</label><img src="/static/图.png"/>'
    '<checkboxgroup><choice correct="true">停电</choice><choice correct="true">验电</choice>'
    '<choice correct="false">聊天</choice></checkboxgroup></choiceresponse></problem>'
)
WORD = (
    '<problem display_name="第三题"><stringresponse answer="北京" type="ci"><label>首都是？</label>'
    '<additional_answer answer="北京市"/><textline size="9"/></stringresponse></problem>'
)
LIST = (
    '<problem display_name="第四题"><p>选一个。</p><optionresponse><optioninput options="(\'甲\',\'乙\')" correct="乙"/>'
    "</optionresponse></problem>"
)


def course(inside, **members):
    """A course with one chapter, one subsection and one unit that holds `inside`."""
    return {
        "course/course.xml": '<course url_name="r1" org="O" course="C"/>',
        "course/course/r1.xml": '<course display_name="停电检修" language="zh_CN"><chapter url_name="c1"/></course>',
        "course/chapter/c1.xml": '<chapter display_name="第一章"><sequential url_name="s1"/></chapter>',
        "course/sequential/s1.xml": '<sequential display_name="第一节"><vertical url_name="v1"/></sequential>',
        "course/vertical/v1.xml": f'<vertical display_name="单元">{inside}</vertical>',
    } | {f"course/{name}": content for name, content in members.items()}


def pages(found):
    return [(unit.title, [page.title for page in unit.pages]) for unit in found.outline.units]


class TestWhatComesIn:
    def test_pages_films_and_files(self):
        members = course(
            '<html url_name="h1"/><video url_name="w1"/>',
            **{
                "html/h1.xml": '<html filename="h1" display_name="文"/>',
                "html/h1.html": "<p>看<img src='/static/a_b.png'><a href='/assets/courseware/v1/0/asset-v1:O+C+r+type@asset"
                "+block@x.pdf'>规程</a><a href='/jump_to_id/v1'>回去</a></p>",
                "video/w1.xml": '<video display_name="片" sub="old"><source src="/static/film.mp4"/>'
                '<transcript language="zh" src="t.srt"/></video>',
                "static/a b.png": png(),
                "static/x.pdf": PDF,
                "static/film.mp4": mp4(),
                "static/t.srt": "1\n00:00:00,000 --> 00:00:02,000\n先断电。\n",
                "static/subs_old.srt.sjson": json.dumps({"start": [0], "end": [1500], "text": ["Power off"]}),
                "about/overview.html": "<p>四步。</p>",
                "about/short_description.html": "短的",
            },
        )
        found = read(tarred(members), "course.tar.gz", expect="olx")
        assert [kind for kind, _ in found.blocks()] == ["text", "image", "file", "video"]
        film = found.native.blocks[-1]
        assert [caption.lang for caption in film.captions] == ["zh", "en"]
        assert film.transcript == "先断电。"
        assert "回去" in found.blocks()[0][1]["html"]
        outline = found.outline
        assert (outline.title, outline.language, outline.summary) == ("停电检修", "zh-Hans", "短的")
        assert found.lost() == {}

    def test_problems_that_follow_one_another_are_one_quiz(self):
        members = course(
            f'<problem url_name="p1"/>{BOXES}{WORD}<html><p>中间</p></html>{LIST}',
            **{"problem/p1.xml": CHOICE, "static/图.png": png()},
        )
        found = read(tarred(members), "x.tar.gz")
        assert [kind for kind, _ in found.blocks()] == ["image", "quiz", "text", "quiz"]
        one, two, three = (found.draft.bank[id_] for id_ in found.blocks()[1][1]["questions"])
        assert (one["stem"], one["answer"], one["points"]) == ("先做什么？", ["a"], 2)
        assert one["explanation"] == "先验电。\n验电：对"
        assert (two["kind"], two["stem"], two["answer"]) == ("multiple", "哪些是措施？（图 1）", ["a", "b"])
        assert (three["stem"], [list(a) for a in three["answer"]]) == ("首都是？ ___", [["北京", "北京市"]])
        four = found.draft.bank[found.blocks()[3][1]["questions"][0]]
        assert (four["stem"], four["answer"]) == ("选一个。", ["b"])
        # A quiz has one title.
        assert found.blocks()[1][1]["title"] == "单元"
        assert found.blocks()[3][1]["title"] == "第四题"
        assert found.lost() == {f"单元 · 第{n}题": "lost_setting" for n in "一二三"}

    def test_everything_in_one_file_and_at_the_root(self):
        text = (
            '<course url_name="r" display_name="课"><chapter display_name="章" url_name="c">'
            '<sequential display_name="甲" url_name="s"><vertical url_name="v"><html url_name="h"><p>一</p></html>'
            '</vertical></sequential><sequential display_name="乙" url_name="t"><html url_name="i"><p>二</p></html>'
            "</sequential></chapter></course>"
        )
        found = read(tarred({"./course.xml": text}), "x.tar.gz", expect="olx")
        assert pages(found) == [("章", ["甲", "乙"])]
        assert [block["html"] for _, block in found.blocks()] == ["<p>一</p>", "<p>二</p>"]

    def test_keys_follow_from_the_names_of_units(self):
        first = read(tarred(course("<html>一</html>")), "x.tar.gz")
        again = read(
            zipped({f"demo/{name}": text for name, text in course("<html>二</html>").items()}), "x.zip"
        )
        keys = [found.draft.chapters[0]["lessons"][0]["key"] for found in (first, again)]
        assert keys[0] == keys[1]

    def test_names_and_pages_of_the_policy(self):
        policy = {
            "course/r1": {
                "display_name": "新名",
                "tabs": [
                    {"type": "static_tab", "name": "大纲", "url_slug": "t1"},
                    {"type": "static_tab", "name": "内部", "url_slug": "t2", "course_staff_only": True},
                ],
            },
            "chapter/c1": {"display_name": "改名的章"},
        }
        members = course(
            "<html>一</html>",
            **{
                "course/r1.xml": '<course><chapter url_name="c1"/></course>',
                "chapter/c1.xml": '<chapter><sequential url_name="s1"/></chapter>',
                "policies/r1/policy.json": json.dumps(policy),
                "tabs/t1.html": "<p>大纲在此</p>",
                "tabs/t2.html": "<p>内部</p>",
            },
        )
        found = read(tarred(members), "x.tar.gz")
        assert found.outline.title == "新名"
        assert pages(found) == [("改名的章", ["单元"]), ("其他页面", ["大纲"])]
        assert found.lost() == {"内部": "lost_hidden"}


DRAGGED = {
    "zones": [
        {"uid": "z1", "title": "先做", "x": 1, "y": 2},
        {"uid": "z2", "title": "<b>后做</b>"},
        {"uid": "z3", "title": "不做"},
    ],
    "items": [
        {"displayName": "停电", "zones": ["z1"], "imageURL": "", "feedback": {"correct": "<p>第一步。</p>"}},
        {"displayName": "验电", "zones": ["z2"]},
        {"displayName": "接地", "zone": "z2"},
    ],
    "targetImg": "",
    "displayLabels": False,
}


def drag(**changes):
    data = escape(json.dumps(DRAGGED | changes), quote=True)
    return (
        f'<drag-and-drop-v2 url_name="d" display_name="拖放" weight="3" question_text="&lt;p&gt;放到哪里？&lt;/p&gt;" '
        f'data="{data}"/>'
    )


class TestDragAndDrop:
    def test_words_for_named_zones_are_pairs(self):
        found = read(
            tarred(course(drag(targetImg="/static/a.png", displayLabels=True), **{"static/a.png": png()})),
            "x.tar.gz",
        )
        (one,) = found.draft.bank.values()
        assert (one["kind"], one["stem"], one["points"]) == ("matching", "放到哪里？（图 1）", 3)
        texts = {option["id"]: option["text"] for option in one["options"]}
        assert [(pair["text"], texts[pair["option"]]) for pair in one["answer"]] == [
            ("停电", "先做"),
            ("验电", "后做"),
            ("接地", "后做"),
        ]
        assert "不做" in texts.values()
        assert one["explanation"] == "停电：第一步。"
        assert [kind for kind, _ in found.blocks()] == ["image", "quiz"]
        assert found.lost() == {}

    @pytest.mark.parametrize(
        "changes",
        [
            {"targetImg": "/static/a.png"},
            {"items": []},
            {"items": [{"displayName": "停电", "zones": ["z1", "z2"]}]},
            {"items": [{"displayName": "停电", "zones": []}]},
            {"items": [{"displayName": "停电", "zones": ["z1"], "imageURL": "/static/a.png"}]},
            {"items": [{"displayName": "", "zones": ["z1"]}]},
            {"zones": [{"uid": "z1", "title": ""}, {"uid": "z2", "title": "后做"}]},
            {"items": "停电", "zones": 3},
        ],
    )
    def test_others_are_named_and_kept(self, changes):
        found = read(tarred(course(f"<html>字</html>{drag(**changes)}")), "x.tar.gz")
        assert found.lost()["拖放"] == "lost_kind"
        assert [one.kind for one in found.draft.unplaced] == ["drag-and-drop-v2"]
        assert found.draft.bank == {}


class TestWhatDoesNot:
    def test_every_other_kind_is_named(self):
        kinds = ("discussion", "lti_consumer", "poll", "survey", "word_cloud", "drag-and-drop-v2", "neu")
        inside = "".join(f'<{kind} url_name="{kind}" display_name="块 {kind}"/>' for kind in kinds)
        inside += (
            '<library_content url_name="l" display_name="题库"><problem url_name="p1"/></library_content>'
        )
        members = course(f"<html>字</html>{inside}", **{"problem/p1.xml": CHOICE})
        found = read(tarred(members), "x.tar.gz")
        assert found.lost() == {f"块 {kind}": "lost_kind" for kind in kinds} | {
            "块 lti_consumer": "lost_tool",
            "题库": "lost_setting",
        }
        # What is drawn from comes in, all of it.
        assert len(found.draft.bank) == 1

    @pytest.mark.parametrize(
        "response",
        [
            '<numericalresponse answer="2*pi"><formulaequationinput/></numericalresponse>',
            '<numericalresponse answer="(1,3)"><formulaequationinput/></numericalresponse>',
            '<formularesponse answer="x^2" samples="x@1:3#5"><formulaequationinput/></formularesponse>',
            '<customresponse cfn="f"><textline/></customresponse>',
            '<stringresponse answer="a+" type="ci regexp"><textline/></stringresponse>',
            '<multiplechoiceresponse><choicegroup><choice correct="true">一</choice><choice correct="true">二</choice>'
            "</choicegroup></multiplechoiceresponse>",
            '<multiplechoiceresponse><choicegroup><choice correct="true"><img src="/static/a.png"/></choice>'
            '<choice correct="false">二</choice></choicegroup></multiplechoiceresponse>',
            '<script type="loncapa/python">x=1</script><stringresponse answer="$x" type="ci"><textline/></stringresponse>',
        ],
    )
    def test_questions_without_a_place_are_named_and_the_others_come(self, response):
        members = course(f'<problem url_name="p" display_name="难题"><p>问</p>{response}</problem>{WORD}')
        found = read(tarred(members), "x.tar.gz")
        assert found.lost() == {"难题": "lost_question"}
        assert len(found.draft.bank) == 1

    @pytest.mark.parametrize(
        ("said", "answer"),
        [
            ('answer="220"><responseparam type="tolerance" default="5"/>', ["220", "5"]),
            ('answer="220"><responseparam type="tolerance" default="5%"/>', ["220", "11"]),
            ('answer="[215, 225]">', ["220", "5"]),
            ('answer="1.5e3">', ["1500", "0"]),
        ],
    )
    def test_numbers(self, said, answer):
        problem = (
            f'<problem display_name="数"><numericalresponse {said}<label>多少伏？</label><formulaequationinput/>'
            "</numericalresponse><solution><p>标称值。</p></solution></problem>"
        )
        found = read(tarred(course(problem)), "x.tar.gz")
        assert found.lost() == {}
        (one,) = found.draft.bank.values()
        assert (one["kind"], one["stem"], one["answer"]) == ("numeric", "多少伏？", [answer])
        assert one["explanation"] == "标称值。"

    def test_films_elsewhere_hidden_units_drafts_and_what_nobody_uses(self):
        members = course(
            '<html>字</html><video url_name="w" display_name="片" youtube_id_1_0="abcdefghijk" '
            'transcripts=\'{"en": "t.srt"}\'/><vertical url_name="v9"/>',
            **{
                "sequential/s1.xml": '<sequential display_name="节"><vertical url_name="v1"/><vertical url_name="v2"/></sequential>',
                "vertical/v2.xml": '<vertical display_name="教师看的" visible_to_staff_only="true"/>',
                "vertical/v3.xml": '<vertical display_name="没人指向的"/>',
                "drafts/vertical/v4.xml": '<vertical display_name="草稿"/>',
                "static/t.srt": "1\n00:00:00,000 --> 00:00:02,000\nHello.\n",
                "static/a.css": "p{}",
                "static/b.js": "x()",
                "static/spare.png": png(),
            },
        )
        found = read(tarred(members), "x.tar.gz")
        assert found.lost() == {
            "片": "lost_outside",
            "教师看的": "lost_hidden",
            "没人指向的": "lost_unused",
            "草稿": "lost_hidden",
            "spare.png": "lost_unused",
            "static": "lost_dress",
            "vertical/v9": "lost_missing",
        }
        assert [(kind, block.get("name")) for kind, block in found.blocks()] == [
            ("text", None),
            ("file", "片（en）.txt"),
        ]


class TestHostile:
    @pytest.mark.parametrize(
        "content",
        [
            "<vertical><html>",
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><vertical><html>&x;</html></vertical>',
            '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><vertical><html>&b;</html></vertical>',
            "<a>" * 300 + "</a>" * 300,
        ],
    )
    @pytest.mark.parametrize("member", ["vertical/v1.xml", "course.xml", "course/r1.xml"])
    def test_broken_xml_refuses_the_whole(self, content, member):
        if member == "course.xml":
            content = content.replace("<vertical>", "<course>").replace("<a>", "<course>", 1)
        found = read(tarred(course("<html>字</html>", **{member: content})), "x.tar.gz", expect="olx")
        assert "foreign_broken" in found.problems()

    def test_a_block_that_holds_itself(self):
        members = course(
            '<vertical url_name="v2"/>',
            **{"vertical/v2.xml": '<vertical><vertical url_name="v1"/></vertical>'},
        )
        assert "foreign_broken" in read(tarred(members), "x.tar.gz").problems()

    def test_few_files_that_stand_for_millions_of_blocks(self):
        members = course('<vertical url_name="a0"/>' * 10)
        for n in range(12):
            inside = f'<vertical url_name="a{n + 1}"/>' * 10
            members[f"course/vertical/a{n}.xml"] = f"<vertical>{inside}</vertical>"
        assert "too_many" in read(tarred(members), "x.tar.gz").problems()

    @pytest.mark.parametrize(
        "said", ["{", "[" * 100_000, "[]", '{"course/r1": 3}', '{"course/r1": {"tabs": 7}}']
    )
    def test_policies_that_are_none(self, said):
        found = read(tarred(course("<html>字</html>", **{"policies/r1/policy.json": said})), "x.tar.gz")
        assert found.problems() in ([], ["foreign_broken"])

    def test_pages_of_chinese_windows(self):
        members = course('<html url_name="h"/>', **{"html/h.html": "<p>停电检修</p>".encode("gbk")})
        assert read(tarred(members), "x.tar.gz").blocks()[0][1]["html"] == "<p>停电检修</p>"

    def test_addresses_that_leave_the_package(self):
        inside = "<html>字<img src='/static/../../../etc/passwd'/><a href='file:///etc/passwd'>x</a></html>"
        found = read(tarred(course(inside)), "x.tar.gz")
        assert [item.reason.code for item in found.draft.lost][:1] == ["lost_missing"]
        assert "passwd" not in json.dumps(found.draft.chapters)


def test_what_has_only_a_title_is_named():
    empty = '<problem display_name="只有题目"/><html display_name="空白的文"/>'
    found = read(tarred(course(empty + CHOICE)), "a.tar.gz")
    assert found.lost() == {"只有题目": "lost_empty", "空白的文": "lost_empty"}
    assert [kind for kind, _ in found.blocks()] == ["quiz"]


def test_a_text_to_mark_up_is_read_and_its_marking_named():
    inside = (
        "<annotatable display_name='诗'><instructions>点一下</instructions><p>床前明月光</p></annotatable>"
    )
    found = read(tarred(course(inside)), "a.tar.gz")
    assert [block["html"] for _, block in found.blocks()] == ["<p>床前明月光</p>"]
    assert found.lost() == {"诗": "lost_kind"}


def test_of_blocks_without_a_place_the_words_stay_and_addresses_are_named():
    inside = (
        '<lti display_name="外部" launch_url="https://tool.example/x"/>'
        "<ourblock display_name='自家的'><p>可以读的话</p></ourblock>"
        "<poll display_name='投票' question='几点？' answers='[]'/>"
    )
    found = read(tarred(course(inside)), "a.tar.gz")
    assert [block["html"] for _, block in found.blocks()] == ["<p>可以读的话</p>"]
    told = {(item.title, item.reason.code) for item in found.draft.lost}
    assert told == {
        ("外部", "lost_tool"),
        ("外部", "lost_outside"),
        ("自家的", "lost_kind"),
        ("投票", "lost_kind"),
    }
    assert "几点？" in found.draft.unplaced[0].source


def test_names_that_studio_gives_are_no_loss():
    named = [CHOICE.replace("第一题", "Multiple Choice"), BOXES.replace("第二题", "哪些是措施")]
    found = read(tarred(course("".join(named), **{"static/图.png": png()})), "a.tar.gz")
    assert found.lost() == {}


@pytest.mark.parametrize("tag", ["library_content", "itembank"])
@pytest.mark.parametrize(
    ("drawn", "told"), [("1", "lost_draw"), ("3", "lost_setting"), ("-1", "lost_setting")]
)
def test_what_is_drawn_from_comes_in_and_how_many_were_drawn_is_named(tag, drawn, told):
    inside = f'<{tag} url_name="l" display_name="题库" max_count="{drawn}"><problem url_name="p1"/><html url_name="h"/></{tag}>'
    members = {"problem/p1.xml": CHOICE, "html/h.xml": '<html filename="h"/>', "html/h.html": "<p>读</p>"}
    found = read(tarred(course(inside, **members)), "a.tar.gz")
    assert [kind for kind, _ in found.blocks()] == ["quiz", "text"]
    assert found.lost() == {"题库": told}


def test_groups_of_an_experiment_and_conditions_are_named_with_all_in_them():
    inside = (
        '<split_test display_name="甲乙两组" user_partition_id="1"><vertical url_name="g" display_name="甲组">'
        '<html url_name="h" display_name="给甲组的话"><p>x</p></html></vertical></split_test>'
        '<conditional display_name="做完才看"><html url_name="c" display_name="后面的话"><p>y</p></html></conditional>'
    )
    found = read(tarred(course(inside)), "a.tar.gz")
    assert {
        "甲乙两组",
        "甲乙两组 · 甲组",
        "甲乙两组 · 甲组 · 给甲组的话",
        "做完才看",
        "做完才看 · 后面的话",
    } <= set(found.lost())


def test_words_of_tools_and_discussions_and_what_an_open_question_asks():
    inside = (
        '<lti_consumer display_name="外部" description="先登录再做。" launch_url="https://tool.example/x"/>'
        '<discussion display_name="谈谈" discussion_category="第一周" discussion_target="验电"/>'
        '<openassessment url_name="o" display_name="写一写"><title>写一写</title><prompts><prompt><description>'
        "写一次停电的经过。</description></prompt></prompts><rubric><criterion><label>清楚</label></criterion></rubric>"
        "</openassessment>"
    )
    found = read(tarred(course(inside)), "a.tar.gz")
    assert [block["html"] for _, block in found.blocks()] == ["<p>先登录再做。</p>"]
    assert "谈谈 · 第一周 · 验电" in found.lost()
    assert "写一次停电的经过。" in found.draft.unplaced[0].source
    assert "清楚" in found.draft.unplaced[0].source
