import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.vouchers import plain


@pytest.mark.parametrize(
    "typed",
    [
        "FP-0012345",
        "fp0012345",
        "ＦＰ－0012 345",
        " FP 0012345 ",
        "FP_0012345",
        "FP№0012345".replace("№", "—"),
    ],
)
def test_one_voucher_however_it_is_typed(typed):
    assert plain(typed) == "fp0012345"


@pytest.mark.parametrize(
    ("one", "other"),
    [("决〔1〕11号", "决〔11〕1号"), ("1-11", "11-1"), ("FP-1", "FP-10"), ("甲", "乙"), ("——", "…")],
)
def test_two_vouchers(one, other):
    assert plain(one) != plain(other)


@given(st.text("aZ09ｆ５-－—_〔〕()（）号决 　", max_size=60))
def test_spaces_and_capitals_make_no_other_and_none_becomes_nothing(text):
    assert plain(" ".join(text).swapcase()) == plain(text) == plain(plain(text))
    assert bool(plain(text)) == bool("".join(text.split()))
