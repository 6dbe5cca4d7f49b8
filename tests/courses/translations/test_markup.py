"""Taking rich text apart and putting it together: nothing is lost, and mark-up is the source's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.html import clean_html, text_of
from courses.translations.markup import cleaned_run, joined, markup_fault, runs

TABLE = (
    "<table><thead><tr><th>情况</th></tr></thead><tbody><tr><td>第一次看</td><td>90</td></tr></tbody></table>"
)
WORDS = st.text("甲乙丙 ab&<>\"'", min_size=1, max_size=8)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@st.composite
def texts(draw, depth=2):
    """HTML as a release holds it: blocks in blocks, inline mark-up in runs."""
    pieces = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(
            st.sampled_from(["p", "li", "h2", "bare", "link", "bold", "pre"] + ["nest"] * (depth > 0))
        )
        words = escaped(draw(WORDS))
        pieces.append(
            {
                "p": f"<p>{words} <em>{words}</em></p>",
                "li": f"<ul><li>{words}</li><li>乙<b>{words}</b></li></ul>",
                "h2": f"<h2>{words}</h2>",
                "bare": words,
                "link": f'<a href="https://example.com/?a=1&amp;b=2">{words}</a>',
                "bold": f"<strong>{words}</strong>",
                "pre": f"<pre>{words}\n  {words}</pre>",
                "nest": f"<blockquote>{draw(texts(depth - 1)) if depth else ''}</blockquote>",
            }[kind]
        )
    return "".join(pieces)


def test_a_run_ends_where_a_block_does():
    html = clean_html(
        '<ul><li>一 <b>二</b><ul><li>三</li></ul>尾</li></ul><p><a href="https://x.cn/">链</a></p>散文'
    )
    assert runs(html) == ["一 <b>二</b>", "三", "尾", '<a href="https://x.cn/">链</a>', "散文"]


def test_what_holds_no_word_is_not_asked_for():
    assert runs(clean_html(TABLE)) == ["情况", "第一次看"]


def test_the_structure_around_the_runs_stays():
    html = clean_html(TABLE)
    assert joined(html, str.upper).replace("<TD>", "<td>") == html
    assert joined(html, {"情况": "Case", "第一次看": "First <b>seen</b>"}.__getitem__) == html.replace(
        "情况", "Case"
    ).replace("第一次看", "First <b>seen</b>")


@given(texts())
def test_saying_each_run_as_it_is_changes_no_word(html):
    html = clean_html(html)
    again = joined(html, lambda run: run)
    assert text_of(again).split() == text_of(html).split()
    assert runs(again) == runs(html)


@given(texts())
def test_every_run_fits_as_its_own_translation(html):
    for run in runs(clean_html(html)):
        assert markup_fault(run, run) is None
        assert cleaned_run(run) == run


@pytest.mark.parametrize(
    ("source", "text", "says"),
    [
        ("甲 <b>乙</b>", "A B", "少了"),
        ("甲 <b>乙</b>", "A <b>B</b> <i>C</i>", "多了"),
        ("甲", "A <script>alert(1)</script>", "多了"),
        ("甲", '<img src="x" onerror="alert(1)">', "多了"),
        ("甲 <b>乙</b>", '<b onclick="x()">B</b>', "属性"),
        ("甲 <b>乙</b>", "A <b>B", "成对"),
        ("甲 <b>乙</b>", "A <b>B</i></b>", "成对"),
        ('<a href="https://a.cn/">甲</a>', '<a href="https://b.cn/">A</a>', "少了"),
        ('<a href="https://a.cn/">甲</a>', '<a href="javascript:alert(1)">A</a>', "少了"),
        ("甲<br>乙", "A B", "少了"),
    ],
)
def test_mark_up_that_is_not_the_sources_is_refused(source, text, says):
    assert says in markup_fault(source, text)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("甲 <b>乙</b>", "<b>B</b> of A"),
        ("甲 <b>乙</b> <em>丙</em>", "<em>C</em> and <b>B</b>"),
        ("甲 &lt; 乙", "A &lt; B & C"),
        ('<a href="https://a.cn/?x=1&amp;y=2">甲</a>', 'at <a href="https://a.cn/?x=1&amp;y=2">A</a>'),
        ("甲<br>乙", "A<br/>B"),
        ("<b>甲</b>", '<b lang="fr">A</b>'),
    ],
)
def test_the_same_mark_up_may_stand_elsewhere(source, text):
    assert markup_fault(source, text) is None
