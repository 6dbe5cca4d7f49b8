"""What is missing, as algebra: filling exactly what a gap names closes it, and one hundredth less does not."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from lms.learning.statements.rules import (
    CATEGORIES,
    Gap,
    Need,
    Record,
    canonical,
    digest,
    gap,
    says_the_same,
    share,
    sums,
    yearly,
)

hours = st.integers(0, 12_000)
unset = st.none() | hours
had = st.fixed_dictionaries(dict.fromkeys(CATEGORIES, hours))


@st.composite
def needs(draw):
    """A year's hours with parts of it, as rules have them."""
    total = draw(st.integers(1, 12_000))
    specialty = draw(st.none() | st.integers(0, total))
    public = draw(st.none() | st.integers(0, total - (specialty or 0)))
    return Need(total, specialty, public)


@given(had, needs())
def test_filling_a_gap_closes_it(mine, need):
    found = gap(mine, need)
    filled = mine | {
        "specialty": mine["specialty"] + (found.specialty or 0),
        "public": mine["public"] + (found.public or 0) + found.either,
    }
    assert gap(filled, need).nothing


@given(had, needs())
def test_a_hundredth_less_does_not(mine, need):
    found = gap(mine, need)
    for category, amount in (
        ("specialty", found.specialty),
        ("public", found.public),
        ("public", found.either),
    ):
        if amount:
            filled = mine | {
                "specialty": mine["specialty"] + (found.specialty or 0),
                "public": mine["public"] + (found.public or 0) + found.either,
            }
            filled[category] -= 1
            assert not gap(filled, need).nothing


@given(had, needs())
def test_what_is_not_set_is_never_missing_and_kinds_help(mine, need):
    found = gap(mine, need)
    assert (found.specialty is None, found.public is None) == (need.specialty is None, need.public is None)
    assert bool(found.kinds()) == (not found.nothing)
    for kind in found.kinds():
        nearer = gap(mine | {kind: mine[kind] + 1}, need)
        assert (nearer.total, nearer.specialty or 0, nearer.public or 0) < (
            found.total,
            found.specialty or 0,
            found.public or 0,
        ) or nearer.either < found.either


def test_examples():
    need = Need(9000, 6000)
    assert gap({"public": 2000, "specialty": 3000}, need) == Gap(4000, 3000, None, 1000)
    # Enough in all: the share is a reminder that more public hours don't answer.
    assert gap({"public": 7000, "specialty": 3000}, need) == Gap(0, 3000, None, 0)
    assert gap({"public": 7000, "specialty": 3000}, need).kinds() == ("specialty",)
    assert gap({"vocational": 9000}, need).total == 9000
    assert gap({"public": 0, "specialty": 0}, Need(9000)).kinds() == ("public", "specialty")


@given(hours, st.integers(0, 10), st.integers(1, 10))
def test_a_share_is_never_rounded_up(amount, numerator, denominator):
    found = share(amount, numerator, denominator)
    assert found * denominator <= amount * numerator < (found + 1) * denominator
    assert share(amount, None, None) is None


def record(category, centihours):
    return Record("completion", "u", date(2026, 1, 1), category, centihours, "", "", {}, "")


@given(st.lists(st.tuples(st.sampled_from(CATEGORIES), hours)))
def test_sums_lose_and_double_nothing(rows):
    found = sums(record(*row) for row in rows)
    assert sum(found.values()) == sum(amount for _category, amount in rows)
    assert yearly(found) == found["public"] + found["specialty"]


def test_one_text_for_one_content():
    one, other = {"b": 1, "a": "学时"}, {"a": "学时", "b": 1}
    assert canonical(one) == canonical(other) == '{"a":"学时","b":1}'
    # sha256sum of the same bytes.
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert says_the_same(one | {"number": "NS-1"}, other | {"version": 2})
    assert not says_the_same(one, other | {"name": "吴"})
