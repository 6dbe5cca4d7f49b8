"""Files as offices and ill-wishers send them: read row by row, or refused with a sentence."""

import io
import tracemalloc
import zipfile
from datetime import date, datetime
from types import SimpleNamespace

import pytest
from openpyxl import Workbook

from creditbank.deposits import reading, rules
from lms.lib.errors import Invalid
from tests.creditbank.deposits.lists import HEADING, csv_file, row, xlsx

TODAY = date(2026, 11, 21)
ISSUER = SimpleNamespace(name="申江职业技能评价中心", kind="assessor")
NUMBER = "S000131000123243000456"


def rows(file):
    return list(reading.rows_of(file))


def line(**changes):
    cells = dict(
        zip([rules.COLUMNS[title] for title in HEADING], row(phone="13800138000", number=NUMBER), strict=True)
    )
    return rules.read_line(cells | changes, ISSUER, TODAY)


def columns(found):
    return {fault.column: fault.sentence for fault in found.faults}


@pytest.mark.parametrize(
    "file", [xlsx(row(), row()), csv_file(row(), row()), csv_file(row(), row(), encoding="gb18030")]
)
def test_both_formats_and_both_encodings(file):
    found = rows(file)
    assert [number for number, _cells in found] == [2, 3]
    assert found[0][1]["name"] == "李明"
    assert found[0][1]["title"] == "电工 三级/高级工"


def test_a_title_above_the_heading_and_blank_rows_are_skipped():
    file = xlsx(["2024 年名单"], [], HEADING, row(), [None, " "], row(), heading=["申江职业技能评价中心"])
    assert [number for number, _cells in rows(file)] == [5, 7]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (io.BytesIO(b""), "没有找到表头"),
        (io.BytesIO(b"PK\x03\x04 broken"), "这不是 .xlsx 文件"),
        (io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0\0"), "这不是 .xlsx 或 .csv 文件"),
        (io.BytesIO("姓名\n李明\n".encode()), "没有找到表头"),
        (io.BytesIO("成果类型,姓名,手机号\na,b,c\n".encode()), "表头缺少：名称、日期"),
        (io.BytesIO("成果类型,姓名,名称,日期\na,b,c,d\n".encode()), "证件号码或手机号"),
        (io.BytesIO(",".join(HEADING).encode()), "表头下面没有内容"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(file, said):
    with pytest.raises(Invalid) as refusal:
        rows(file)
    assert said in refusal.value.message


def test_a_bomb_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _piece in range(320):
            part.write(b"0" * (1 << 20))
    assert out.tell() < reading.MAX_BYTES
    tracemalloc.start()
    with pytest.raises(Invalid) as refusal:
        rows(out)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert "解开后太大" in refusal.value.message


def book(*sheets, merged=()):
    """A workbook of (name, rows) sheets; merged: ranges of the first one."""
    made = Workbook()
    made.remove(made.active)
    for name, lines in sheets:
        sheet = made.create_sheet(name)
        for cells in lines:
            sheet.append(cells)
    for where in merged:
        made.worksheets[0].merge_cells(where)
    out = io.BytesIO()
    made.save(out)
    return out


def test_merged_cells_leave_nothing_out_without_a_word():
    with pytest.raises(Invalid) as refusal:
        rows(book(("名单", [HEADING, row(), row()]), merged=["J2:J3"]))
    assert "J2:J3" in refusal.value.message
    # Of a title above the heading nothing is lost.
    found = rows(book(("名单", [["2024 年名单"], HEADING, row()]), merged=["A1:J1"]))
    assert [number for number, _cells in found] == [3]


def test_a_second_list_in_a_workbook_is_told_and_notes_are_not():
    with pytest.raises(Invalid) as refusal:
        rows(book(("一月", [HEADING, row()]), ("二月", [["二月"], HEADING, row()])))
    assert "二月" in refusal.value.message
    assert (
        len(rows(book(("名单", [HEADING, row()]), ("说明", [["怎么填"], [], ["成果类型", "必填的列"]])))) == 1
    )


def test_two_columns_for_one_thing_are_refused_and_unknown_ones_are_told():
    with pytest.raises(Invalid) as refusal:
        rows(xlsx([*row(), "电工"], heading=[*HEADING, "课程名称"]))
    assert "证书名称、课程名称" in refusal.value.message
    told = []
    file = xlsx([*row(), "1", "2030-01-01"], heading=[*HEADING, "序号", "有效日期"])
    assert len(list(reading.rows_of(file, told.append))) == 1
    assert told == [["序号", "有效日期"]]


def test_a_workbook_with_macros_is_refused_at_the_counter():
    out = book(("名单", [HEADING, row()]))
    reading.weigh(out)
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    with pytest.raises(Invalid) as refusal:
        reading.weigh(out)
    assert "宏" in refusal.value.message


@pytest.mark.parametrize(("sign", "encoding"), [("\t", "utf-16"), ("\t", "utf-8"), (";", "gb18030")])
def test_what_spreadsheets_call_text(sign, encoding):
    lines = "\r\n".join(sign.join(cells) for cells in (HEADING, row(), row()))
    assert [cells["name"] for _number, cells in rows(io.BytesIO(lines.encode(encoding)))] == ["李明", "李明"]


def test_a_row_of_text_that_is_too_wide_is_refused():
    with pytest.raises(Invalid) as refusal:
        rows(csv_file([*row(), *[""] * 40, "看这里"]))
    assert "40 列" in refusal.value.message


def test_more_rows_than_a_list_may_have(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 5)
    with pytest.raises(Invalid) as refusal:
        rows(csv_file(*(row() for _ in range(20))))
    assert "请分成几个文件" in refusal.value.message


def test_a_csv_row_without_end_is_no_list():
    with pytest.raises(Invalid):
        rows(io.BytesIO(b'a,b\n"' + b"x" * 200_000))


def test_a_whole_row_is_read():
    found = line()
    assert found.faults == ()
    assert (found.said.level, found.said.issued_on, found.said.issuer_name) == (
        3,
        date(2024, 6, 1),
        ISSUER.name,
    )
    assert found.person["phone"] == "13800138000"


@pytest.mark.parametrize("typed", ["三级", "高级工", "3", "三级/高级工 ", 3, 3.0])
def test_levels_as_offices_write_them(typed):
    assert line(level=typed).said.level == 3


@pytest.mark.parametrize(
    "typed",
    [date(2024, 6, 1), datetime(2024, 6, 1), "2024/6/1", "2024年6月1日", "20240601", "２０２４-06-01"],
)
def test_days_as_offices_write_them(typed):
    assert line(issued_on=typed).said.issued_on == date(2024, 6, 1)


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"kind": "毕业证"}, "成果类型", "不在可选的内容里"),
        ({"kind": None}, "成果类型", "请选择"),
        ({"level": "九级"}, "等级", "读不出来"),
        ({"level": "四级"}, "编号", "编号里的等级是 3 级"),
        ({"number": "=A1&B1"}, "编号", "公式"),
        ({"number": 1234567890123456}, "编号", "末几位已经丢失"),
        ({"issued_on": "六月"}, "日期", "读不出来"),
        ({"issued_on": "2024-02-30"}, "日期", "读不出来"),
        ({"issued_on": None}, "日期", "请填写"),
        ({"occupation_code": "6-31"}, "职业编码", "X-XX-XX-XX"),
        ({"title": " "}, "名称", "请填写"),
        ({"phone": ""}, "证件号码", "至少要有一个"),
    ],
)
def test_what_is_wrong_stands_at_its_column(change, column, said):
    assert said in columns(line(**change))[column]


def test_several_kinds_in_one_list_take_only_their_own_columns():
    course = line(
        kind="学历课程成绩",
        course_code="EL101",
        centicredits=4.5,
        score="85.5",
        occupation_code="x",
        number="",
        level="",
    )
    assert columns(course) == {}
    assert (course.said.centicredits, course.said.score, course.said.occupation_code) == (450, 8550, "")
    assert (
        "最多两位小数"
        in columns(line(kind="学历课程成绩", course_code="EL101", centicredits="1.234"))["学分"]
    )
    assert "不是一个数" in columns(line(kind="学历课程成绩", course_code="EL101", centicredits="四"))["学分"]
    for huge in ("NaN", "Infinity", "1e999", "9" * 400):
        assert columns(line(kind="学历课程成绩", course_code="EL101", centicredits=huge))["学分"]
