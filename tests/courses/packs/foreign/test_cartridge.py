"""Common Cartridge in all its versions and Canvas' exports: structure, links, what is hidden, lost, or attacks."""

import io
import zipfile

import pytest

from courses.packs.foreign.cartridge.adapter import ADAPTER
from courses.packs.foreign.outline import Download, Exercise, Film, Picture, Quiz, Text
from tests.courses.packs.foreign.reading import opened, read, zipped
from tests.courses.packs.making import PDF, VTT, mp4, png

NAMESPACES = {
    "1.0.0": "http://www.imsglobal.org/xsd/imscc/imscp_v1p1",
    "1.1.0": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1",
    "1.2.0": "http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1",
    "1.3.0": "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1",
}
QUESTION = """<item ident="{id}"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>
<fieldentry>cc.{kind}.v0p1</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation><material>
<mattext texttype="text/html">&lt;p&gt;停电以后先做什么？&lt;/p&gt;</mattext></material>
<response_lid ident="r" rcardinality="Single"><render_choice>
<response_label ident="1"><material><mattext>验电</mattext></material></response_label>
<response_label ident="2"><material><mattext>回家</mattext></material></response_label></render_choice></response_lid>
</presentation><resprocessing><outcomes><decvar maxvalue="100"/></outcomes><respcondition><conditionvar>
<varequal respident="r">1</varequal></conditionvar><setvar action="Set">100</setvar></respcondition>
</resprocessing></item>"""


def page(body, title="页", head=""):
    return f'<html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body></html>'


def quiz(*kinds, title="测验"):
    items = "".join(QUESTION.format(id=f"i{n}", kind=kind) for n, kind in enumerate(kinds))
    return (
        '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">'
        f'<assessment ident="a" title="{title}"><section ident="s">{items}</section></assessment></questestinterop>'
    )


def item(id_, title="", ref="", *below):
    named = f"<title>{title}</title>" if title else ""
    link = f' identifierref="{ref}"' if ref else ""
    return f'<item identifier="{id_}"{link}>{named}{"".join(below)}</item>'


def resource(id_, *files, kind="webcontent", href=True, inside="", more=""):
    named = f' href="{files[0]}"' if href and files else ""
    listed = "".join(f'<file href="{name}"/>' for name in files)
    return f'<resource identifier="{id_}" type="{kind}"{named} {more}>{inside}{listed}</resource>'


def cartridge(
    items, resources, members=None, *, version="1.3.0", schema="IMS Common Cartridge", wrapped=True
):
    lom = NAMESPACES[version].replace("imscp_v1p1", "LOM/manifest")
    tree = item("root", "", "", *items) if wrapped else "".join(items)
    manifest = f"""<?xml version="1.0" encoding="UTF-8"?><manifest identifier="m" xmlns="{NAMESPACES[version]}"
    xmlns:cpx="x"><metadata><schema>{schema}</schema><schemaversion>{version}</schemaversion>
    <lom:lom xmlns:lom="{lom}"><lom:general><lom:title><lom:string language="zh-Hans">安全用电</lom:string></lom:title>
    </lom:general><lom:rights><lom:description>
    <lom:string>CC Attribution - http://creativecommons.org/licenses/by/4.0</lom:string></lom:description></lom:rights>
    </lom:lom></metadata><organizations><organization identifier="o" structure="rooted-hierarchy">{tree}</organization>
    </organizations><resources>{"".join(resources)}</resources></manifest>"""
    return zipped({"imsmanifest.xml": manifest, **(members or {})})


def units(made):
    return [(unit.title, [page.title for page in unit.pages]) for unit in made.outline.units]


@pytest.mark.parametrize(
    ("version", "schema"),
    [(v, "IMS Common Cartridge") for v in NAMESPACES] + [("1.2.0", "IMS Thin Common Cartridge")],
)
def test_every_version_is_read(version, schema):
    made = read(
        cartridge(
            [item("a", "第一章", "", item("b", "停电", "r"), item("c", "国标", "l"))],
            [resource("r", "a.html"), resource("l", "l.xml", kind=f"imswl_xmlv1p{version[2]}", href=False)],
            {
                "a.html": page("<p>先验电。</p>"),
                "l.xml": '<webLink><title>x</title><url href="https://std.example/?a=1&amp;b=2"/></webLink>',
            },
            version=version,
            schema=schema,
        ),
        "x.imscc",
        expect="cartridge",
    )
    assert units(made) == [("第一章", ["停电", "国标"])]
    assert (made.outline.title, made.outline.language, made.outline.licence) == (
        "安全用电",
        "zh-Hans",
        "CC-BY-4.0",
    )
    assert made.outline.version == ("thin 1.2.0" if "Thin" in schema else version)
    link = made.outline.units[0].pages[1].pieces[0].html
    assert 'href="https://std.example/?a=1&amp;b=2"' in link
    assert made.lost() == {}


def test_every_kind_of_resource_comes_in_or_is_named():
    topic = (
        '<topic><title>t</title><text texttype="text/html">&lt;p&gt;说说看&lt;img src="$IMS-CC-FILEBASE$/b.png"&gt;'
        '&lt;/p&gt;</text><attachments><attachment href="f/c.pdf"/></attachments></topic>'
    )
    assignment = (
        '<assignment><title>t</title><text texttype="text/plain">写 1 &lt; 2 的报告</text></assignment>'
    )
    made = read(
        cartridge(
            [
                item(
                    "m",
                    "章",
                    "",
                    item("1", "图", "png"),
                    item("2", "片", "mp4"),
                    item("3", "规程", "pdf"),
                    item("4", "练习", "h5p"),
                    item("5", "讨论", "dt"),
                    item("6", "作业", "as"),
                    item("7", "测验", "qti"),
                    item("8", "工具", "lti"),
                    item("9", "坏网址", "wl"),
                    item("10", "怪东西", "odd"),
                    item("11", "空页", "empty"),
                    item("12", "没有了", "gone"),
                    item("13", "缺文件", "miss"),
                )
            ],
            [
                resource("png", "b.png"),
                resource("mp4", "v/film.mp4"),
                resource("pdf", "f/c.pdf"),
                resource("h5p", "x.h5p"),
                resource("dt", "dt.xml", kind="imsdt_xmlv1p1", href=False),
                resource("as", "as.xml", kind="assignment_xmlv1p0"),
                resource("qti", "q.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p1/assessment", href=False),
                resource("lti", "lti.xml", kind="imsbasiclti_xmlv1p0", href=False),
                resource("wl", "wl.xml", kind="imswl_xmlv1p1", href=False),
                resource("odd", "odd.bin", kind="imsiwb_iwbv1p0"),
                resource("empty", "empty.html"),
                resource("miss", "nowhere.html"),
                resource("idle", "idle.xml", kind="imsdt_xmlv1p1"),
            ],
            {
                "b.png": png(),
                "v/film.mp4": mp4(),
                "v/film.vtt": VTT,
                "f/c.pdf": PDF,
                "x.h5p": zipped({"h5p.json": "{}"}),
                "dt.xml": topic,
                "as.xml": assignment,
                "q.xml": quiz("multiple_choice", "essay"),
                "lti.xml": "<x/>",
                "wl.xml": '<webLink><title>x</title><url href="javascript:alert(1)"/></webLink>',
                "odd.bin": b"\x01",
                "empty.html": page(" "),
                "idle.xml": "<topic><title>没人要</title></topic>",
                "spare.png": png(),
                "style.css": "p{}",
            },
        ),
        "x.zip",
        expect="cartridge",
    )
    pieces = {p.title: [type(piece) for piece in p.pieces] for unit in made.outline.units for p in unit.pages}
    assert pieces == {
        "图": [Picture],
        "片": [Film],
        "规程": [Download],
        "练习": [Exercise],
        "讨论": [Text, Picture, Download],
        "作业": [Text],
        "测验": [Quiz],
    }
    film = made.outline.units[0].pages[1].pieces[0]
    assert [subtitle.file for subtitle in film.subtitles] == ["v/film.vtt"]
    assert made.lost() == {
        "讨论": "lost_kind",
        "作业": "lost_kind",
        "停电以后先做什么？": "lost_question",
        "工具": "lost_tool",
        "坏网址": "lost_link",
        "怪东西": "lost_kind",
        "空页": "lost_empty",
        "没有了": "lost_missing",
        "缺文件": "lost_missing",
        "没人要": "lost_unused",
        "spare.png": "lost_unused",
        "*.css": "lost_dress",
    }
    assert "1 &lt; 2" in next(
        b["html"] for kind, b in made.blocks() if kind == "text" and "报告" in b["html"]
    )


def test_folders_become_chapters_and_pages_that_others_lead_to_follow():
    made = read(
        cartridge(
            [
                item("0", "前言", "p0"),
                item(
                    "a",
                    "甲",
                    "",
                    item("a1", "一", "p1"),
                    item("s", "小节", "", item("s1", "二", "p2")),
                    item("a2", "三", "p3"),
                ),
                item("b", "甲", "", item("b1", "四", "p4"), item("h", "只有标题")),
            ],
            [resource(f"p{n}", f"p{n}.html") for n in range(5)] + [resource("more", "sub/more.html")],
            {
                **{f"p{n}.html": page(f"<p>{n}</p>") for n in range(4)},
                "p4.html": page("<p>看<a href='sub/more.html#x'>更多</a></p>"),
                "sub/more.html": page(
                    "<p>更多<a href='last.html'>还有</a><a href='../p0.html'>回</a></p>", "更多的话"
                ),
                "sub/last.html": page("<p>最后</p>", "最后"),
            },
        ),
        "x.imscc",
    )
    assert units(made) == [
        ("", ["前言"]),
        ("甲", ["一"]),
        ("甲 › 小节", ["二"]),
        ("甲", ["三"]),
        ("甲", ["四", "更多的话", "最后"]),
    ]
    assert [p.key for p in made.outline.units[4].pages] == ["p4", "more", "sub/last.html"]
    assert made.lost() == {"只有标题": "lost_empty"}


def test_what_teachers_alone_see_and_what_stands_in_for_another():
    role = (
        "<metadata><lom><educational><intendedEndUserRole><value>{}</value></intendedEndUserRole>"
        "</educational></lom></metadata>"
    )
    made = read(
        cartridge(
            [item("a", "章", "", item("1", "答案", "t"), item("2", "课", "l"), item("3", "新东西", "new"))],
            [
                resource("t", "t.html", inside=role.format("Instructor")),
                resource("l", "l.html", inside=role.format("Learner")),
                resource("new", "new.bin", kind="idpfepub_epubv3"),
                resource("old", "old.html", inside='<cpx:variant identifier="v" identifierref="new"/>'),
            ],
            {"t.html": page("答案"), "l.html": page("课文"), "new.bin": b"x", "old.html": page("替代的页")},
        ),
        "x.imscc",
    )
    assert units(made) == [("章", ["课", "新东西"])]
    assert made.lost() == {"答案": "lost_hidden", "new.bin": "lost_unused"}


CANVAS = {
    "course_settings/canvas_export.txt": "Q: What did the panda say?",
    "course_settings/course_settings.xml": "<course><title>课</title><locale>zh-Hans</locale></course>",
    "course_settings/module_meta.xml": """<modules><module identifier="m2"><title>后</title><position>2</position>
    <workflow_state>active</workflow_state><items><item identifier="i3"><workflow_state>active</workflow_state>
    <content_type>ContextExternalTool</content_type><title>工具</title><url>https://t.example</url>
    <position>1</position></item></items></module>
    <module identifier="m1"><title>先</title><position>1</position><workflow_state>active</workflow_state>
    <completionRequirements><completionRequirement type="must_view"/></completionRequirements><items>
    <item identifier="i2"><workflow_state>unpublished</workflow_state><identifierref>w2</identifierref>
    <title>藏起来的</title><position>3</position></item>
    <item identifier="h"><content_type>ContextModuleSubHeader</content_type><workflow_state>active</workflow_state>
    <title>小标题</title><position>1</position></item>
    <item identifier="i1"><workflow_state>active</workflow_state><identifierref>w1</identifierref><title>页一</title>
    <position>2</position></item></items></module></modules>""",
    "course_settings/files_meta.xml": """<fileMeta><files>
    <file identifier="f1"><display_name>规程（新）.pdf</display_name></file>
    <file identifier="f2"><hidden>true</hidden></file></files></fileMeta>""",
    "course_settings/media_tracks.xml": """<media_tracks><media identifierref="film">
    <track identifierref="cap" locale="zh"
    kind="subtitles"/></media></media_tracks>""",
    "course_settings/rubrics.xml": "<rubrics><rubric/></rubrics>",
    "course_settings/learning_outcomes.xml": "<x><learningOutcome><title>会验电</title></learningOutcome></x>",
    "course_settings/syllabus.html": page("<p>这门课讲什么</p>", "大纲"),
}


def test_canvas_order_hidden_items_and_links():
    body = (
        "<p>见<a href='$WIKI_REFERENCE$/pages/two'>第二页</a>、"
        "<a href='%24CANVAS_OBJECT_REFERENCE%24/quizzes/q1'>测验</a>、"
        "<a href='$CANVAS_OBJECT_REFERENCE$/quizzes/none'>没有的</a>"
        "<a href='$CANVAS_COURSE_REFERENCE$/file_ref/f1/download'>文件</a></p>"
        "<p><img src='%24IMS-CC-FILEBASE%24/a%20b.png?canvas_download=1' alt='图'></p>"
        "<p><img class='equation_image' data-equation-content='x^2' src='/equation_images/x' alt='LaTeX: x^2'></p>"
        "<iframe data-media-type='video' "
        "src='$CANVAS_COURSE_REFERENCE$/media_objects_iframe/m-abc?type=video'></iframe>"
    )
    made = read(
        cartridge(
            [
                item("m1", "先", "", item("i1", "页一", "w1"), item("i2", "藏起来的", "w2")),
                item("m2", "后", "", item("i4", "只在目录里", "f1")),
            ],
            [
                resource("w1", "wiki_content/one.html"),
                resource("w2", "wiki_content/hid.html"),
                resource("w3", "wiki_content/two.html"),
                resource("w4", "wiki_content/idle.html"),
                resource("f1", "web_resources/c.pdf"),
                resource("img", "web_resources/a b.png"),
                resource("film", "web_resources/media_objects/m-abc.mp4"),
                resource("cap", "web_resources/cap.vtt"),
                resource(
                    "q1",
                    "q1/assessment_qti.xml",
                    kind="imsqti_xmlv1p2/imscc_xmlv1p1/assessment",
                    href=False,
                    inside='<dependency identifierref="meta"/>',
                ),
                resource(
                    "meta",
                    "q1/assessment_meta.xml",
                    kind="associatedcontent/imscc_xmlv1p1/learning-application-resource",
                ),
                resource(
                    "s",
                    "course_settings/syllabus.html",
                    more='intendeduse="syllabus"',
                    kind="associatedcontent/imscc_xmlv1p1/learning-application-resource",
                ),
            ],
            {
                **CANVAS,
                "wiki_content/one.html": page(body, "页一"),
                "wiki_content/hid.html": page("藏"),
                "wiki_content/two.html": page("二", "第二页"),
                "wiki_content/idle.html": page("闲", "闲页"),
                "web_resources/c.pdf": PDF,
                "web_resources/a b.png": png(),
                "web_resources/media_objects/m-abc.mp4": mp4(),
                "web_resources/cap.vtt": VTT,
                "q1/assessment_qti.xml": quiz("essay"),
                "q1/assessment_meta.xml": "<quiz><title>测</title><description>&lt;p&gt;说明&lt;/p&gt;</description>"
                "<allowed_attempts>2</allowed_attempts><time_limit>30</time_limit></quiz>",
                "non_cc_assessments/q1.xml.qti": quiz("multiple_choice", "file_upload"),
            },
        ),
        "x.imscc",
        expect="cartridge",
    )
    assert units(made) == [("先 › 小标题", ["页一", "第二页", "测验"]), ("后", ["只在目录里"])]
    assert made.outline.description_html == "<p>这门课讲什么</p>"
    one, _two, test = made.outline.units[0].pages
    assert [type(piece) for piece in one.pieces] == [Text, Download, Picture, Text, Film]
    assert one.pieces[2] == Picture("web_resources/a b.png", "图")
    assert "<code>x^2</code>" in one.pieces[3].html
    assert [(s.file, s.lang) for s in one.pieces[4].subtitles] == [("web_resources/cap.vtt", "zh")]
    assert made.outline.units[1].pages[0].pieces == [Download("web_resources/c.pdf", "规程（新）.pdf")]
    assert [type(piece) for piece in test.pieces] == [Text, Quiz]
    codes = sorted((item.title, item.reason.code) for item in made.draft.lost)
    assert codes == [
        ("course_settings.xml", "lost_setting"),
        ("rubrics.xml", "lost_setting"),
        ("会验电", "lost_setting"),
        ("停电以后先做什么？", "lost_question"),
        ("安全用电", "lost_setting"),
        ("工具", "lost_tool"),
        ("测验", "lost_setting"),
        ("测验", "lost_setting"),
        ("藏起来的", "lost_hidden"),
        ("闲页", "lost_unused"),
        ("页一", "lost_link"),
    ]


def test_a_course_that_is_hidden_as_a_whole_comes_in_and_one_without_modules_too():
    hidden = page("<p>还没发布</p>", "草稿", '<meta name="workflow_state" content="unpublished"/>')
    made = read(
        cartridge(
            [],
            [resource("w", "wiki_content/a.html"), resource("w2", "wiki_content/b.html")],
            {"wiki_content/a.html": hidden, "wiki_content/b.html": hidden},
        ),
        "x.imscc",
    )
    assert units(made) == [("", ["草稿", "草稿"])]
    assert [warning.code for warning in made.draft.warnings] == ["hidden_all"]


BANK = (
    quiz("multiple_choice", "true_false")
    .replace("assessment ", "objectbank ")
    .replace("/assessment", "/objectbank")
)


def test_banks_that_a_quiz_draws_on_come_with_it_and_others_are_named():
    drawing = quiz("essay").replace(
        "<section",
        "<selection_ordering><selection><sourcebank_ref>bank</sourcebank_ref><selection_number>1</selection_number>"
        "</selection></selection_ordering><section",
    )
    made = read(
        cartridge(
            [item("1", "抽题", "q"), item("2", "没有库", "q2")],
            [
                resource("q", "q.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p3/assessment"),
                resource("q2", "q2.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p3/assessment"),
                resource("bank", "bank.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p3/question-bank"),
                resource("idle", "idle.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p3/question-bank"),
            ],
            {
                "q.xml": drawing,
                "q2.xml": drawing.replace(">bank<", ">gone<"),
                "bank.xml": BANK,
                "idle.xml": BANK.replace("测验", "没用的库"),
            },
        ),
        "x.imscc",
    )
    assert [len(page.pieces[0].questions) for unit in made.outline.units for page in unit.pages] == [2]
    told = {(item.title, item.reason.code) for item in made.draft.lost}
    assert ("没用的库", "lost_unused") in told
    assert ("没有库", "lost_missing") in told


@pytest.mark.parametrize(
    ("kind", "document"),
    [("imsqti_xmlv1p2", quiz("multiple_choice")), ("imsqti_xmlv1p2/imscc_xmlv1p1/question-bank", BANK)],
)
def test_a_package_of_quizzes_alone(kind, document):
    made = read(
        cartridge([], [resource("q", "q.xml", kind=kind)], {"q.xml": document}), "x.zip", expect="cartridge"
    )
    assert units(made) == [("", ["测验"])]
    assert len(made.draft.bank) in (1, 2)


def test_a_number_as_canvas_writes_it():
    document = """<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="a" title="测验">
    <section ident="s"><item ident="i"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>
    <fieldentry>numerical_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation><material>
    <mattext texttype="text/html">&lt;p&gt;多少伏？&lt;/p&gt;</mattext></material><response_str ident="r" rcardinality="Single">
    <render_fib fibtype="Decimal"><response_label ident="answer1"/></render_fib></response_str></presentation><resprocessing>
    <outcomes><decvar maxvalue="100"/></outcomes><respcondition continue="No"><conditionvar><or>
    <varequal respident="r">220.0</varequal><and><vargte respident="r">215.0</vargte>
    <varlte respident="r">225.0</varlte></and></or></conditionvar><setvar action="Set" varname="SCORE">100</setvar>
    </respcondition></resprocessing></item></section></assessment></questestinterop>"""
    resources = [resource("q", "q.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p1/assessment")]
    made = read(cartridge([item("i", "测验", "q")], resources, {"q.xml": document}), "x.imscc")
    (question,) = made.draft.bank.values()
    assert (question["kind"], question["answer"]) == ("numeric", [["220", "5"]])
    assert made.lost() == {}


def test_packed_with_a_folder_around_it_and_names_of_chinese_windows():
    inner = cartridge(
        [item("a", "章", "", item("b", "课", "r"))],
        [resource("r", "停电.html")],
        {"停电.html": page("<p>字</p>")},
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(inner)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            written = "AAAA.html" if name.startswith("停电") else name
            new.writestr(f"kc/{written}", old.read(name))
    data = out.getvalue().replace(b"AAAA.html", "停电".encode("gbk") + b".html")
    assert units(read(data, "x.zip", expect="cartridge")) == [("章", ["课"])]


def test_a_manifest_in_the_encoding_of_chinese_windows():
    with zipfile.ZipFile(io.BytesIO(cartridge([item("a", "课", "r")], [resource("r", "a.html")]))) as pack:
        text = pack.read("imsmanifest.xml").decode()
    data = text.replace('encoding="UTF-8"', 'encoding="GB2312"').encode("gb18030")
    made = read(zipped({"imsmanifest.xml": data, "a.html": page("<p>字</p>")}), "x.imscc", expect="cartridge")
    assert units(made) == [("", ["课"])]


BOMB = '<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
XXE = '<?xml version="1.0"?><!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


class TestHostile:
    @pytest.mark.parametrize("start", [BOMB, XXE])
    def test_entities_refuse_the_manifest_and_lose_a_document(self, start):
        marks = "<manifest xmlns='http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1'><title>&{};</title></manifest>"
        bad = start + marks.format("b" if start == BOMB else "x")
        made = read(zipped({"imsmanifest.xml": bad}), "x.imscc", expect="cartridge")
        assert made.problems() == ["foreign_broken"]
        assert made.outline.problems[0].params["name"] == "imsmanifest.xml"
        made = read(
            cartridge(
                [item("1", "坏测验", "q"), item("2", "页", "p")],
                [
                    resource("q", "q.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p1/assessment"),
                    resource("p", "p.html"),
                ],
                {
                    "q.xml": f"{start}<questestinterop>&{'b' if start == BOMB else 'x'};</questestinterop>",
                    "p.html": page("<p>字</p>"),
                },
            ),
            "x.imscc",
        )
        assert made.lost() == {"坏测验": "lost_file"}
        assert units(made) == [("", ["页"])]

    @pytest.mark.parametrize(
        "broken",
        [
            b"<manifest xmlns='imsccv1p1'><resources>",
            b"imsccv1p1",
            "<manifest xmlns='imsccv1p1'>".encode("utf-16"),
            b"<m x='imsccv1p1'>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</m>",
        ],
    )
    def test_a_broken_manifest_is_named(self, broken):
        data = zipped({"imsmanifest.xml": broken})
        made = read(data, "x.imscc", expect="cartridge")
        assert made.problems() == ["foreign_broken"]

    def test_nothing_in_it(self):
        made = read(
            zipped({"imsmanifest.xml": "<manifest xmlns='imsccv1p1'/>"}), "x.imscc", expect="cartridge"
        )
        assert made.problems() == ["foreign_empty"]

    def test_names_that_leave_the_archive_refuse_the_whole(self):
        made = read(
            cartridge([item("1", "页", "p")], [resource("p", "../../etc/passwd")], {"../evil.html": "x"}),
            "x.imscc",
        )
        assert "path_traversal" in made.problems()

    @pytest.mark.parametrize(
        "address", ["../../../../etc/passwd", "/etc/passwd", "C:\\x", "%2e%2e/%2e%2e/x", "\\\\h\\s"]
    )
    def test_addresses_that_leave_it_lead_nowhere(self, address):
        made = read(
            cartridge(
                [item("1", "坏", "p"), item("2", "页", "q")],
                [resource("p", address), resource("q", "q.html")],
                {"q.html": page(f"<p>字<img src='{address}'></p>")},
            ),
            "x.imscc",
        )
        assert made.lost()["坏"] == "lost_missing"
        assert [kind for kind, _ in made.blocks()] == ["text"]

    def test_scripts_are_named_and_stay_outside(self):
        made = read(
            cartridge(
                [item("1", "页", "p")],
                [resource("p", "p.html")],
                {
                    "p.html": page(
                        "<p onclick='x()'>字</p><script>alert(1)</script><a href='javascript:x()'>y</a>"
                    )
                },
            ),
            "x.imscc",
        )
        assert set(made.lost().values()) == {"lost_script"}
        assert all("script" not in block["html"] for _, block in made.blocks())

    def test_circles_end(self):
        """Pages that lead to one another, resources that need one another, one that stands in for itself."""
        made = read(
            cartridge(
                [item("1", "一", "a"), item("2", "自己", "self"), item("3", "找项目", "1")],
                [
                    resource("a", "a.html", inside='<dependency identifierref="b"/>'),
                    resource("b", "b.html", inside='<dependency identifierref="a"/>'),
                    resource(
                        "self",
                        "s.bin",
                        kind="odd",
                        inside='<cpx:variant identifier="v" identifierref="self"/>',
                    ),
                ],
                {
                    "a.html": page("<a href='b.html'>b</a>"),
                    "b.html": page("<a href='a.html'>a</a>", "二"),
                    "s.bin": "x",
                },
            ),
            "x.imscc",
        )
        assert units(made) == [("", ["一", "二"])]
        assert made.lost()["自己"] == "lost_kind"
        assert made.lost()["找项目"] == "lost_missing"

    @pytest.mark.long
    def test_ten_thousand_items(self):
        many = [item(f"i{n}", "节", "r") for n in range(10_000)]
        data = cartridge(many, [resource("r", "a.html")], {"a.html": page("<p>字</p>")})
        with opened(data, "x.imscc") as source:
            outline = ADAPTER.inspect(source)
        assert [len(unit.pages) for unit in outline.units] == [10_000]

    def test_folders_a_hundred_deep(self):
        deep = item("leaf", "底", "r")
        for n in range(150):
            deep = item(f"f{n}", f"层{n}", "", deep)
        made = read(cartridge([deep], [resource("r", "a.html")], {"a.html": page("<p>字</p>")}), "x.imscc")
        assert [len(unit.pages) for unit in made.outline.units] == [1]

    def test_more_folders_than_chapters(self):
        folders = [
            item(
                f"m{n}",
                f"模块{n}",
                "",
                *(item(f"s{n}-{k}", f"节{k}", "", item(f"p{n}-{k}", "页", "r")) for k in range(3)),
            )
            for n in range(35)
        ]
        made = read(cartridge(folders, [resource("r", "a.html")], {"a.html": page("<p>字</p>")}), "x.imscc")
        assert made.problems() == []
        assert units(made)[0] == ("模块0", ["节0 › 页", "节1 › 页", "节2 › 页"])
        flat = [item(f"m{n}", f"模块{n}", "", item(f"p{n}", "页", "r")) for n in range(101)]
        made = read(cartridge(flat, [resource("r", "a.html")], {"a.html": page("<p>字</p>")}), "x.imscc")
        assert made.problems() == []
        assert made.outline.units[0].pages[100].title == "模块100 › 页"


@pytest.mark.parametrize(
    "members",
    [
        {
            "imsmanifest.xml": "<manifest xmlns:adlcp='http://www.adlnet.org/xsd/adlcp_rootv1p2'/>",
            "a.html": page("x"),
        },
        {"a.html": page("imsccv1p1")},
        {"a/b/imsmanifest.xml": "<manifest xmlns='imsccv1p1'/>", "a.html": page("x")},
    ],
)
def test_other_packs_are_not_taken_for_cartridges(members):
    made = read(zipped(members), "x.zip")
    assert made.outline.format != "cartridge"


def test_a_matching_question_of_canvas_comes_in():
    def response(ident, prompt):
        labels = "".join(
            f'<response_label ident="{n}"><material><mattext>{words}</mattext></material></response_label>'
            for n, words in enumerate(("验电", "接地", "灭火"))
        )
        return (
            f'<response_lid ident="{ident}"><material><mattext>{prompt}</mattext></material>'
            f"<render_choice>{labels}</render_choice></response_lid>"
        )

    def right(ident, value):
        return (
            f'<respcondition><conditionvar><varequal respident="{ident}">{value}</varequal></conditionvar>'
            '<setvar varname="SCORE" action="Add">50.00</setvar></respcondition>'
        )

    question = (
        '<item ident="m"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>'
        "<fieldentry>matching_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation>"
        f"<material><mattext>各有什么用？</mattext></material>{response('r1', '验电笔')}{response('r2', '接地线')}"
        f"</presentation><resprocessing>{right('r1', 0)}{right('r2', 1)}</resprocessing></item>"
    )
    test = quiz("multiple_choice").replace("</section>", f"{question}</section>")
    made = read(
        cartridge(
            [item("i", "测验", "q")],
            [resource("q", "q.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p3/assessment")],
            {"q.xml": test},
        ),
        "x.imscc",
    )
    pairs = [one for one in made.draft.bank.values() if one["kind"] == "matching"]
    assert [pair["text"] for one in pairs for pair in one["answer"]] == ["验电笔", "接地线"]
    assert made.draft.unplaced == []


def test_an_order_of_canvas_comes_in():
    steps = {"x": "验电", "y": "断电", "z": "接地"}
    labels = "".join(
        f'<response_label ident="{key}"><material><mattext>{words}</mattext></material></response_label>'
        for key, words in steps.items()
    )
    equal = "".join(f'<varequal respident="response1">{key}</varequal>' for key in "yxz")
    question = (
        '<item ident="o"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>'
        "<fieldentry>ordering_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation>"
        '<material><mattext>先后？</mattext></material><response_lid ident="response1" rcardinality="Ordered">'
        f"<render_extension><ims_render_object shuffle='No'><flow_label>{labels}</flow_label></ims_render_object>"
        "</render_extension></response_lid></presentation><resprocessing><outcomes><decvar varname='ORDERSCORE'/>"
        f'</outcomes><respcondition continue="No"><conditionvar>{equal}</conditionvar>'
        '<setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing></item>'
    )
    made = read(
        cartridge(
            [item("i", "测验", "q")],
            [resource("q", "q.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p3/assessment")],
            {"q.xml": quiz("multiple_choice").replace("</section>", f"{question}</section>")},
        ),
        "x.imscc",
    )
    (one,) = [one for one in made.draft.bank.values() if one["kind"] == "ordering"]
    texts = {option["id"]: option["text"] for option in one["options"]}
    assert [texts[key] for key in one["answer"]] == ["断电", "验电", "接地"]
    assert made.draft.unplaced == []
