from hypothesis import given
from hypothesis import strategies as st

from search.analysis import parse
from search.highlight import Marker, mark, snippet, spans, spoken_spans


def marked(text, query):
    clauses = parse(query).clauses
    return str(mark(text, spans(text, clauses) or spoken_spans(text, clauses)))


def test_words_are_marked_in_the_text_people_read():
    assert marked("叉车司机", "叉车") == "<mark>叉车</mark>司机"
    assert marked("ＣＮＣ编程", "cnc") == "<mark>ＣＮＣ</mark>编程"
    assert marked("網絡安全", "网络") == "<mark>網絡</mark>安全"
    assert marked("网络与安全", "网络安全") == "<mark>网络</mark>与<mark>安全</mark>"


def test_characters_that_become_several_do_not_shift_the_marks():
    for _again in range(2):
        assert marked("㈱ﬁre㎡叉车", "叉车") == "㈱ﬁre㎡<mark>叉车</mark>"
        assert marked("ﬁre 叉车", "fire") == "<mark>ﬁre</mark> 叉车"


def test_where_words_are_met_and_what_is_shown_of_each():
    marker = Marker(parse("叉车 安全 电工 chache").clauses)
    found = marker("叉车司机", "守住安全", "给电工看的一章")
    assert found.met == {"title": ["叉车"], "summary": ["安全"], "text": ["电工"], "sound": ["chache"]}
    assert found.title == "<mark>叉车</mark>司机"
    assert found.summary == "守住<mark>安全</mark>"
    found = marker("目录", "一览", "这里讲安全")
    assert found.met == {"label": ["叉车", "电工", "chache"], "text": ["安全"]}
    assert found.summary == "这里讲<mark>安全</mark>"


def test_a_latin_word_is_marked_whole_or_not_at_all():
    assert marked("catalogue cat", "cat") == "catalogue <mark>cat</mark>"


def test_sounds_are_marked():
    assert marked("学叉车司机", "chache") == "学<mark>叉车</mark>司机"
    assert marked("学叉车司机", "cc") == "学<mark>叉车</mark>司机"
    assert marked("CNC编程", "bian") == "CNC<mark>编</mark>程"


def test_html_in_texts_stays_text():
    assert marked("<b>叉车</b>&", "叉车") == "&lt;b&gt;<mark>叉车</mark>&lt;/b&gt;&amp;"
    assert marked("<script>alert(1)</script>", "script") == (
        "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;"
    )


def test_a_snippet_shows_where_only_the_body_has_the_word():
    found = str(
        snippet("守住本分", "开头。" * 40 + "这里讲叉车的检查。" + "结尾。" * 60, parse("叉车").clauses)
    )
    assert "<mark>叉车</mark>" in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert str(snippet("守住本分", "没有", parse("叉车").clauses)) == "守住本分"


@given(st.text(max_size=60), st.text(max_size=20))
def test_marking_changes_nothing_but_marks(text, query):
    from django.utils.html import escape

    html = marked(text, query)
    assert html.replace("<mark>", "").replace("</mark>", "") == escape(text)
    assert html.count("<mark>") == html.count("</mark>")


def test_what_is_said_to_stand_there_stands_there():
    """Met by a part of it, or by a word of the same meaning: that is what is said, not what was typed."""
    met = Marker(parse("叉车司机").clauses)("叉车安全作业", "", "").met
    assert met == {"title": ["叉车"]}
    clauses = parse("维修电工", {"维修电工": ("电工",)}).clauses
    assert Marker(clauses)("电工安全", "", "").met == {"title": ["电工"]}
    assert Marker(clauses)("维修电工安全", "", "").met == {"title": ["维修电工"]}
