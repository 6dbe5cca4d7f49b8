"""Workbooks made to hurt whoever opens them: each is refused with a sentence, soon, and in little memory."""

import io
import random
import string
import tracemalloc
import zipfile

import pytest

from lms.lib import sheets, workbooks
from lms.lib.errors import Invalid

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BEGIN = f'<worksheet xmlns="{MAIN}"><sheetData>'
END = "</sheetData></worksheet>"
CELL = '<c t="inlineStr"><is><t>甲</t></is></c>'
LISTED = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
# The bombs of these tests unpack to some millions of bytes: the bound is set beside that.
MOST = 40_000_000


def book(sheet=(), strings=(), **others):
    """A workbook whose parts come in pieces; others: part → its whole content."""
    plain, out = io.BytesIO(sheets.write([sheets.Sheet("名单", [("甲",)])])), io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            last = name.rpartition("/")[2].partition(".")[0]
            pieces = sheet if last == "sheet1" else ()
            if strings and last == "[Content_Types]":
                pieces = [old.read(name).decode().replace("</Types>", f"{LISTED}</Types>")]
            with new.open(name, "w", force_zip64=True) as part:
                if pieces:
                    for piece in pieces:
                        part.write(piece.encode())
                elif last in others:
                    part.write(others[last])
                else:
                    part.write(old.read(name))
        if strings:
            # As Excel keeps texts; our own files have them in the cells.
            with new.open("xl/sharedStrings.xml", "w") as part:
                for piece in strings:
                    part.write(piece.encode())
    return out


def rows(file, most_rows=1000):
    return list(sheets.stream(file, most_unpacked=MOST, most_rows=most_rows))


def noise(size):
    return "".join(random.Random(size).choices(string.ascii_letters, k=size))


def table(pieces):
    return [f'<sst xmlns="{MAIN}">', *pieces, "</sst>"]


BOMBS = {
    "more than it may unpack to": (
        lambda: book([BEGIN, *[f"<a>{noise(9999)}</a>"] * 5000, END]),
        "解开后太大",
    ),
    "the same over and over": (lambda: book([BEGIN, *["<row/>" * 100_000] * 20, END]), "解开后太大"),
    "thousands of columns": (lambda: book([BEGIN, "<row>", *[CELL] * 5000, "</row>", END]), "列"),
    "rows beyond the last": (lambda: book([BEGIN, f'<row r="1048577">{CELL}</row>', END]), "行数太多"),
    "a row of a number nobody can count": (lambda: book([BEGIN, f'<row r="{"9" * 20}"/>', END]), "行"),
    "content behind blank rows": (
        lambda: book([BEGIN, f"<row>{CELL}</row>", "<row/>" * 300, f"<row>{CELL}</row>", END]),
        "空行后面还有内容",
    ),
    "content behind a gap": (
        lambda: book([BEGIN, f'<row r="1">{CELL}</row>', f'<row r="900000">{CELL}</row>', END]),
        "空行后面还有内容",
    ),
    "one endless cell": (
        lambda: book([BEGIN, "<row><c><v>", noise(3_000_000), "</v></c></row>", END]),
        "太长",
    ),
    "one endless name": (lambda: book([BEGIN, '<row x="', noise(3_000_000), '"/>', END]), "太长"),
    "one endless row": (
        lambda: book([BEGIN, "<row>", *[f"<c><v>{noise(60_000)}</v></c>"] * 200, "</row>", END]),
        "太长",
    ),
    "a cell of many texts": (
        lambda: book(
            [BEGIN, "<row><c><is>", *[f"<t>{n}</t>" for n in range(60_000)], "</is></c></row>", END]
        ),
        "格式和样式太多",
    ),
    "elements without rows": (
        lambda: book([BEGIN, *[f'<a b="{n}"/>' for n in range(60_000)], END]),
        "格式和样式太多",
    ),
    "a shared text without end": (
        lambda: book(strings=table(["<si>", *[f"<t>{noise(30_000)}</t>"] * 100, "</si>"])),
        "太长",
    ),
    "a doctype": (lambda: book(['<!DOCTYPE x [<!ENTITY e "eeee">]>', BEGIN, END]), "读不出来"),
    "a doctype in the texts": (
        lambda: book(strings=['<!DOCTYPE x [<!ENTITY e "e">]>', *table([])]),
        "读不出来",
    ),
    "styles without end": (
        lambda: book(styles=b"<styleSheet>" + noise(6_000_000).encode() + b"</styleSheet>"),
        "格式和样式太多",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name):
    make, said = BOMBS[name]
    file = make()
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as refusal:
            rows(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said in refusal.value.message
    assert peak < 12_000_000


def test_a_password_and_a_packing_of_nobodys():
    for kind in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", kind) as packed:
            packed.writestr("xl/workbook.xml", "<a/>")
        with pytest.raises(Invalid):
            workbooks.weigh(out, MOST)
    locked = bytearray(sheets.write([sheets.Sheet("x", [("甲",)])]))
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Invalid, match="密码"):
        workbooks.weigh(io.BytesIO(bytes(locked)), MOST)


def test_shared_texts_are_those_that_openpyxl_reads():
    texts = (
        "<si><t>甲</t></si>",
        '<si><r><t>乙</t></r><rPh sb="0" eb="1"><t>yi</t></rPh><r><t> 丙</t></r></si>',
    )
    cells = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in (0, 1, 0))
    plain = rows(book([BEGIN, cells, END], table(texts)))
    assert [values[0] for _number, values in plain] == ["甲", "乙 丙", "甲"]


def test_a_sheet_that_lies_about_its_size_is_read_to_its_end():
    lying = f'<worksheet xmlns="{MAIN}"><dimension ref="A1:A1"/><sheetData>'
    found = rows(book([lying, *[f"<row>{CELL}</row>"] * 30, END]))
    assert len(found) == 30


def test_blank_rows_at_the_end_cost_nothing():
    found = rows(
        book([BEGIN, f"<row>{CELL}</row>", *[f'<row r="{n}" s="1"/>' for n in range(2, 20_000)], END])
    )
    assert [number for number, _values in found] == [1]
