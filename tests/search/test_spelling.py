"""What may have been meant, without an engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import fold, runs
from search.spelling import corrections, doubted, slipped


def meant(typed, titles=(), known=()):
    return corrections(
        typed,
        lambda pieces: [titles for _piece in pieces],
        lambda pieces: [piece in known for piece in pieces],
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("插车", "叉车"),
        ("网洛安全", "网络安全"),
        ("网络按全", "网络安全"),
        ("电悍工", "电焊工"),
        ("高铁工程测亮", "高铁工程测量"),
        ("精意生产", "精益生产"),
        ("chahce", "叉车"),
        ("jinyishengchan", "精益生产"),
        ("wangluoanqaun", "网络安全"),
    ],
)
def test_the_fields_own_words(typed, expected):
    assert expected in meant(typed)


@pytest.mark.parametrize("typed", ["网洛安全", "电悍工", "chahce", "网洛安全 2026"])
def test_titles_say_nothing_nearer_than_a_word_of_the_same_sound_or_of_one_slip(typed):
    doubt = doubted(typed)
    assert doubt.certain
    everything = ["网络安全意识", "叉车司机安全操作", "电焊工（高级）", "焊工"]
    right = {piece.text for piece in runs(fold(typed))} - {piece.text for piece in doubt.pieces}
    assert meant(typed, everything, right)[0] == doubt.guesses[0]


@pytest.mark.parametrize(
    "typed", ["叉车", "网络安全 公需", "chache", "茶艺帅", "量子力学", "网洛安全 茶艺帅"]
)
def test_there_is_nothing_certain_where_all_is_right_or_something_is_far(typed):
    assert not doubted(typed).certain


@pytest.mark.parametrize(
    ("typed", "title", "expected"),
    [
        ("桥式起重司机", "桥式起重机司机（中级）", "桥式起重机司机"),
        ("茶艺帅", "茶艺师考前串讲", "茶艺师"),
        ("消防设备操作员", "消防设施操作员实训", "消防设施操作员"),
        ("pyhton", "Python 3 数据分析", "python"),
        ("solidwoks", "SolidWorks 机械设计", "solidworks"),
    ],
)
def test_words_of_titles(typed, title, expected):
    assert meant(typed, [title])[0] == expected


def test_only_the_piece_that_finds_nothing_is_changed():
    assert meant("网洛安全 2026", known={"2026"})[0] == "网络安全 2026"
    assert meant("叉车 量子", known={"叉车"}) == []


@pytest.mark.parametrize("typed", ["", "！？", "量子力学", "a" * 300, "叉" * 300, "x y z a b c d e", "2589"])
def test_what_is_near_nothing_is_left_alone(typed):
    assert meant(typed, ["叉车司机安全操作"]) == []


@pytest.mark.parametrize(
    ("left", "right", "slips"),
    [
        ("chache", "chache", 0),
        ("chahce", "chache", 1),
        ("kuaji", "kuaiji", 1),
        ("pyhton", "python", 1),
        ("abc", "xyz", 3),
    ],
)
def test_slips(left, right, slips):
    assert slipped(left, right)[1] == slips


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_is_looked_at(typed, titles):
    found = meant(typed, titles)
    assert len(found) <= 3
    assert fold(typed) not in found
    assert all(any(runs(one)) for one in found)
