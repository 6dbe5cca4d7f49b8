"""Spreadsheets: read within bounds, written so that nothing in them is ever a formula."""

import zipfile
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from lms.lib.errors import Invalid
from lms.lib.sheets import MAX_BYTES, Sheet, read, write


def packed(**parts):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def test_what_was_written_is_read_back():
    rows = [("姓名", "学时", "日期"), ("张三", 12.5, date(2026, 3, 1)), ("李四", None, None)]
    found = read(write([Sheet("覆盖", rows, widths=(12, 8, 12))]))
    assert [values[0] for _number, values in found] == ["姓名", "张三", "李四"]
    assert found[1][1][1] == 12.5
    assert found[1][1][2].date() == date(2026, 3, 1)


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://evil.example","x")', "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"],
)
def test_text_is_never_a_formula(text):
    book = load_workbook(BytesIO(write([Sheet("x", [("名",), (text,)])])))
    cell = book.active["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


@given(st.text(max_size=40))
def test_whatever_text_there_is_a_workbook_comes_of_it(text):
    book = load_workbook(BytesIO(write([Sheet("x", [(text,)], heading=False)])))
    assert book.active["A1"].data_type != "f"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"name,phone\n",
        packed(),
        packed(a="x"),
        packed(**{"[Content_Types].xml": "<x/>"}),
        b"0" * (MAX_BYTES + 1),
        packed(a=b"0" * (61 * 1024 * 1024)),
        packed(**{f"p{n}": "" for n in range(201)}),
    ],
    ids=range(9),
)
def test_what_is_no_workbook_of_ours_to_read(content):
    with pytest.raises(Invalid) as refused:
        read(content)
    assert refused.value.details == {"field": "file"}


def test_entities_are_not_expanded():
    book = write([Sheet("x", [("a",)])])
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.endswith("sheet1.xml"):
                body = b'<!DOCTYPE x [<!ENTITY e "eeee">]>' + body.replace(b"<row", b"&e;<row")
            new.writestr(name, body)
    with pytest.raises(Invalid):
        read(out.getvalue())


def test_blank_rows_in_between_keep_their_numbers_and_end_the_reading_when_they_are_many():
    book = Workbook()
    book.active["A1"], book.active["A4"], book.active["A5"] = "姓名", "张三", "  "
    book.active["A9000"] = "李四"
    out = BytesIO()
    book.save(out)
    assert [number for number, _values in read(out.getvalue())] == [1, 4]
