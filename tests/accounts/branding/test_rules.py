"""An accent can be read on every ground in both schemes, or it is refused with one that can."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.branding import rules

COLOURS = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_a_colour_is_readable_in_both_schemes_or_refused_with_one_that_is(colour):
    if rules.least(colour, rules.LIGHT_GROUNDS) < 4.5:
        with pytest.raises(rules.Unreadable) as caught:
            rules.accent(colour)
        colour = caught.value.nearest
    made = rules.accent(colour)
    assert min(rules.contrast(made.light, ground) for ground in rules.LIGHT_GROUNDS) >= 4.5
    assert min(rules.contrast(made.dark, ground) for ground in rules.DARK_GROUNDS) >= 4.5
    assert rules.contrast(made.on_light, made.light) >= 4.5
    assert rules.contrast(made.on_dark, made.dark) >= 4.5


def test_contrast_of_black_on_white_is_21():
    assert rules.contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colour", rules.PALETTE)
def test_the_palette_passes_as_it_is(colour):
    assert rules.accent(colour).light == colour


@pytest.mark.parametrize("typed", ["", "red", "#12345", "#1234567", "url(x)", "#12345g", "#123456;}"])
def test_what_is_no_colour_is_refused(typed):
    with pytest.raises(ValueError):
        rules.accent(typed)


def test_the_grounds_are_those_of_the_tokens():
    tokens = Path(__file__).parents[3] / "themes/src/css/tokens.css"
    found = re.findall(r"--(ground|surface|tint): (#[0-9a-f]{6});", tokens.read_text(encoding="utf-8"))
    light, dark = found[:3], found[3:6]
    assert tuple(colour for _name, colour in light) == rules.LIGHT_GROUNDS
    assert tuple(colour for _name, colour in dark) == rules.DARK_GROUNDS
