"""What a sheet's rows say, what is wrong with them, and how two rosters differ."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.employment.rules import HEADINGS, Person, differences, read
from tests.accounts.rosters import row

TODAY = date(2026, 3, 10)
NUMBER, OTHER_NUMBER = "11010519491231002X", "440524188001010014"


def sheet(*rows, headings=HEADINGS):
    return [(at, tuple(cells)) for at, cells in enumerate((headings, *rows), start=1)]


def one(**changes):
    people, bad = read(sheet(row(**changes)), TODAY)
    return people[0] if people else [item.sentence for item in bad]


def someone(name="张三", phone="+8613800138000", email="", number="", **more):
    values = {"department": "一车间", "post": "操作工", "since": date(2026, 3, 1)} | more
    return Person(name, phone, email, number, **values)


class TestReading:
    def test_a_row_in_any_usual_spelling(self):
        typed = one(name=" 张 三\u200b", phone=13800138000.0, email="Zhang@Example.com", since="2026年3月1日")
        assert typed == someone(email="zhang@example.com")
        assert one(phone="+86 138-0013-8000") == someone()

    @pytest.mark.parametrize(
        "day",
        [
            date(2026, 3, 1),
            datetime(2026, 3, 1),
            "2026-03-01",
            "2026/3/1",
            "2026.3.1",
            20260301,
            "２０２６-03-01",
        ],
    )
    def test_days(self, day):
        assert one(since=day).since == date(2026, 3, 1)

    @pytest.mark.parametrize("paper", [NUMBER, "11010519491231002x", "E12345678", "H12345678", "12345678"])
    def test_papers(self, paper):
        assert one(number=paper).number == paper.upper()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"name": None}, "没有填姓名"),
            ({"name": "=1+1"}, "要和证件上一样"),
            ({"phone": "138001380"}, "不像一个手机号"),
            ({"phone": None, "email": "zhang@"}, "不像一个邮箱"),
            ({"phone": None}, "至少要有一个"),
            ({"number": "110105194912310021"}, "校验不上"),
            ({"number": 110105194912310021}, "末几位已经丢失"),
            ({"number": 1.1010519491231e17}, "末几位已经丢失"),
            ({"number": "12"}, "证件号应是"),
            ({"since": None}, "读不出来"),
            ({"since": "2026-02-30"}, "读不出来"),
            ({"since": "45717"}, "读不出来"),
            ({"since": "1900-01-01"}, "不像真的"),
            ({"department": "长" * 61}, "超过 60 个字"),
        ],
    )
    def test_a_sentence_for_what_cannot_be_right(self, changes, said):
        found = one(**changes)
        assert len(found) == 1
        assert said in found[0]

    def test_every_fault_of_a_row_and_every_row(self):
        _people, bad = read(sheet(row(name="", phone="x"), row(), row("李四", "y")), TODAY)
        assert [item.row for item in bad] == [2, 2, 4]

    def test_one_person_one_row(self):
        _people, bad = read(sheet(row(), row("李四"), row("王五", "13900139000")), TODAY)
        assert [(item.row, item.sentence) for item in bad] == [(3, "手机号和第 2 行相同，一个人只写一行。")]

    def test_headings_in_another_order_with_stars_and_a_title_above(self):
        rows = [
            (1, ("某某公司职工花名册", None, None)),
            (3, ("入职日期", "电话备注", "手机号码", "姓 名*")),
            (4, ("2026-03-01", "无", "13800138000", "张三")),
        ]
        people, bad = read(rows, TODAY)
        assert bad == []
        assert (people[0].name, people[0].phone, people[0].department) == ("张三", "+8613800138000", "")

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([], "没有找到表头"),
            ([(1, ("a", "b"))], "没有找到表头"),
            ([(1, ("姓名", "部门")), (2, ("张三", "一车间"))], "入职日期、手机号或邮箱"),
            (sheet(), "没有内容"),
        ],
    )
    def test_a_sheet_that_is_no_list(self, rows, said):
        people, bad = read(rows, TODAY)
        assert people == []
        assert [item.row for item in bad] == [0]
        assert said in bad[0].sentence


class TestDiffering:
    def kinds(self, before, after):
        return [(item.kind, item.name) for item in differences(dict(enumerate(before, 1)), after)]

    def test_the_same_paper_is_the_same_person_whatever_else_changes(self):
        before = someone(number=NUMBER)
        after = someone("张三丰", "+8613900139000", "z@example.com", NUMBER, department="二车间")
        assert self.kinds([before], [after]) == [("changed", "张三丰")]

    def test_a_number_under_another_name_is_somebody_else(self):
        assert self.kinds([someone()], [someone("李四")]) == [("joined", "李四"), ("left", "张三")]

    def test_one_name_at_one_telephone_with_another_paper_is_somebody_else(self):
        before, after = someone(number=NUMBER), someone(number=OTHER_NUMBER)
        assert self.kinds([before], [after]) == [("joined", "张三"), ("left", "张三")]

    def test_a_paper_is_not_written_into_the_sentences(self):
        found = differences({1: someone()}, [someone(number=NUMBER)])
        assert found[0].sentences == ("证件号有变化",)


contacts = st.integers(0, 5).map(lambda n: f"+8613800{n:06d}")
lists = st.lists(
    st.builds(
        someone,
        name=st.sampled_from(["张三", "李四", "王五"]),
        phone=contacts,
        number=st.sampled_from(["", NUMBER, OTHER_NUMBER]),
        department=st.sampled_from(["", "一车间"]),
    ),
    max_size=6,
    unique_by=(lambda person: person.phone, lambda person: person.number or person.phone),
)


@given(lists, lists)
def test_the_differences_lead_from_the_old_list_to_the_new_and_no_further(before, after):
    lines = dict(enumerate(before))
    for change in differences(lines, after):
        if change.kind == "joined":
            lines[max(lines, default=0) + 100] = change.person
        elif change.kind == "left":
            del lines[change.line]
        else:
            lines[change.line] = change.person
    assert sorted(lines.values(), key=repr) == sorted(after, key=repr)
    assert differences(lines, after) == []


@given(lists)
def test_a_list_in_another_order_is_the_same(people):
    assert differences(dict(enumerate(people)), list(reversed(people))) == []
