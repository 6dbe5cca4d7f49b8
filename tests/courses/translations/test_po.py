"""PO files: what is written is read again, and what is broken is refused with a sentence."""

import os
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.translations import po
from courses.translations.rules import Part, Segment
from lms.lib.errors import Invalid

ROLES = st.sampled_from(["title", "rich", "stem", "why", "option"])
TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\t\\\"'#|~\u2028\x85\x0c甲"),
    min_size=1,
    max_size=30,
).filter(str.strip)


def made(texts):
    segments = tuple(Segment(role, source) for role, source in texts)
    kept = dict(texts)
    return po.written(
        [Part("", "课程", segments)],
        lambda role, source: kept.get((role, source)),
        course="c-1",
        source_language="zh-Hans",
        language="en",
    )


@given(st.dictionaries(st.tuples(ROLES, TEXT), TEXT, max_size=5))
def test_written_and_read_again(texts):
    found = po.read(made(texts), course="c-1", language="en")
    assert {(entry.role, entry.source): entry.text for entry in found} == texts


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_nonsense_is_no_fault_of_ours(text):
    """Read as nothing, or refused; never another error."""
    with suppress(Invalid):
        po.read(text.encode("utf-8", "replace"), course="c-1", language="en")


HEAD = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n\n'


def test_what_is_not_finished_is_left_out():
    file = (
        HEAD
        + 'msgctxt "title"\nmsgid "甲"\nmsgstr ""\n\n'
        + '#, fuzzy\nmsgctxt "title"\nmsgid "乙"\nmsgstr "B"\n\n'
        + '#~ msgctxt "title"\n#~ msgid "丙"\n#~ msgstr "C"\n'
    )
    assert po.read(file.encode(), course="c-1", language="en") == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (HEAD.replace("en", "fr").encode(), "语言"),
        (HEAD.replace("Language: en", "X-Rongtong-Course: other").encode(), "另一门课程"),
        (HEAD.encode("utf-16"), "UTF-8"),
        ((HEAD + 'msgid "甲"\nnonsense\n').encode(), "第 6 行"),
        ((HEAD + 'msgid "甲"\nmsgstr "x"\n\nmsgid "甲"\nmsgstr "y"\n').encode(), "同一段原文"),
        (b"", "没有条目"),
        (b"x" * (po.MAX_BYTES + 1), "MB"),
    ],
)
def test_broken_files(data, says):
    with pytest.raises(Invalid) as caught:
        po.read(data, course="c-1", language="en")
    assert says in str(caught.value.message)


def test_the_name_of_a_file_is_not_read_as_one(tmp_path):
    secret = tmp_path / "secret.po"
    secret.write_text(HEAD + 'msgid "甲"\nmsgstr "secret"\n')
    with pytest.raises(Invalid):
        po.read(os.fsencode(secret), course="c-1", language="en")
