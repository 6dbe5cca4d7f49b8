"""How what did not come in is told: under headings that say what is to be done, each reason once, all of it in pages."""

import json

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from courses.models import PackImport
from courses.packs.foreign.outline import MAX_TOLD, Losses, Lost
from courses.packs.lost import ADVICE, EACH, Heading, counted, grouped, heading_of, in_order
from courses.packs.problems import SENTENCES, Problem
from courses.packs.report import ImportReport, State
from courses.packs.staff import LOST_PER_PAGE
from lms.accounts.api import staff_group
from tests.factories.accounts import member

CODES = sorted(code for code in SENTENCES if code.startswith("lost_"))
VALUES = dict.fromkeys(
    ("what", "name", "reason", "found", "count", "drawn", "left", "first", "value", "limit"), "x"
)


def item(title, code="lost_unused", path="", **params):
    return Lost(path, title, Problem(code, "", VALUES | params))


def test_every_heading_says_what_to_do():
    assert set(ADVICE) == set(Heading)


def test_what_lacks_and_what_a_file_has_wrong_is_to_be_mended():
    for code in ("lost_missing", "lost_outside", "lost_scan", "image_broken", "h5p_invalid"):
        assert heading_of(item("甲", code)) == Heading.ACT
    assert heading_of(item("甲", "lost_kind")) == heading_of(item("甲", "lost_tool")) == Heading.KIND
    assert heading_of(item("甲", "lost_older")) == Heading.PEOPLE


@given(st.lists(st.builds(item, st.text(max_size=3), st.sampled_from(CODES)), max_size=60), st.integers(0, 9))
def test_nothing_is_told_twice_or_not_at_all(items, first):
    assert sorted(map(id, in_order(items))) == sorted(map(id, items))
    groups = grouped(items, first=first)
    assert sum(group.count for group in groups) == len(items)
    assert [group.heading for group in groups] == [
        heading for heading in Heading if heading in counted(items)
    ]
    for group in groups:
        shown = [one for reason in group.reasons for one in reason.items]
        assert len(shown) + group.more == group.count
        # "One more" is never what the reader has to click for.
        assert group.more != 1
        assert all(one.reason.message == reason.message for reason in group.reasons for one in reason.items)
        assert first == 0 or len(shown) <= first + 1


def test_of_a_long_heading_every_reason_has_its_first():
    items = [item(f"甲{n}", "lost_kind", what="字段") for n in range(40)] + [
        item("乙", "lost_kind", what="问卷")
    ]
    (group,) = grouped(items, first=12)
    assert [(len(reason.items), reason.count) for reason in group.reasons] == [(EACH, 40), (1, 1)]
    assert group.more == 37


def test_a_reason_is_said_once_with_all_it_holds_for():
    items = [
        item("甲"),
        item("乙", "lost_kind", what="投票"),
        item("丙"),
        item("丁", "lost_kind", what="问卷"),
    ]
    kinds, unused = grouped(items)
    assert [[one.title for one in reason.items] for reason in kinds.reasons] == [["乙"], ["丁"]]
    assert [[one.title for one in reason.items] for reason in unused.reasons] == [["甲", "丙"]]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem("lost_kind", "", {"what": "作业（assign）"}), ["assignment", "assign"]),
        (Problem("lost_kind", "", {"what": "新的（foo）"}), ["新的", "foo"]),
        (Problem("lost_setting", "", {"what": "时间限制、部分得分和扣分"}), ["time limit", "partial"]),
        (Problem("lost_kind", "", {"what": "题干里的图片（a.png）"}), ["picture in the question (a.png)"]),
        (Problem("lost_file", "", {"reason": Problem("zip_cut")}), ["archive is incomplete"]),
        # What the pack calls something is not ours to translate.
        (Problem("lost_structure", "", {"what": "投票"}), ["投票"]),
        (Problem("lost_kind", "", {"what": "a、、%(x)s（"}), ["%(x)s（"]),
        (Problem("lost_kind", "", {"what": ""}), []),
    ],
    ids=["own word", "unknown", "several", "in brackets", "sentence", "theirs", "odd", "none"],
)
def test_a_report_is_read_in_the_readers_language(problem, said):
    stored = Problem.from_json(json.loads(json.dumps(problem.as_json())))
    with translation.override("en"):
        assert stored.message == problem.message
        assert [words for words in said if words not in stored.message] == []
    with translation.override("zh-hans"):
        assert "assign" not in stored.message or "作业（assign）" in stored.message


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def planned(self, college):
        lost = Losses(item(f"照片 {n:04d}", path=f"files/{n}.png") for n in range(MAX_TOLD + 30))
        missing = item("工作票", "lost_missing", name="票.png", path="activities/page_1")
        report = ImportReport(
            state=State.PLANNED, lost=[missing, *lost], lost_count=lost.total + 1, format="moodle"
        )
        return PackImport.objects.create(
            organisation=college,
            file_name="课.mbz",
            state=State.PLANNED,
            format="moodle",
            report=report.as_json(),
        )

    def test_the_plan_shows_the_first_of_each_and_leads_to_all(self, client, editor, planned):
        page = client.get(reverse("courses_pack_import", args=[planned.uuid])).content.decode()
        assert f"不会导入：{MAX_TOLD + 31} 项" in page
        assert "要补上或换掉的" in page
        assert "包里没有「票.png」这个文件。" in page
        assert page.count("照片 ") == EACH
        assert f"共 {MAX_TOLD} 项，例如：" in page
        assert f"看全部 {MAX_TOLD} 项" in page
        assert "还有 30 项没有列出" in page

    def test_all_of_it_in_pages_and_by_heading(self, client, editor, planned):
        where = reverse("courses_pack_lost", args=[planned.uuid])
        first = client.get(where).content.decode()
        assert first.count("<li>") >= LOST_PER_PAGE
        assert "票.png" in first
        assert first.count("照片 ") == LOST_PER_PAGE - 1
        only = client.get(where, {"state": "unused", "page": 2}).content.decode()
        assert "票.png" not in only
        assert f"照片 {LOST_PER_PAGE:04d}" in only
        assert "state=unused&amp;page=3" in only
        assert "看全部" not in only
        # A heading that is none shows all.
        assert "票.png" in client.get(where, {"state": "x' or 1=1", "page": "x"}).content.decode()

    def test_others_do_not_see_it(self, client, college, planned):
        where = reverse("courses_pack_lost", args=[planned.uuid])
        assert client.get(where).status_code == 302
        for user in (member("editor"), member("teacher", college)):
            user.groups.add(staff_group())
            client.force_login(user)
            assert client.get(where).status_code == 404

    def test_nothing_lost_says_so(self, client, editor, college):
        row = PackImport.objects.create(organisation=college, file_name="课.mbz", state=State.DONE, report={})
        assert (
            "没有丢下任何内容" in client.get(reverse("courses_pack_lost", args=[row.uuid])).content.decode()
        )
