"""Every pair of colours that pages use, computed by WCAG 2.2 from the tokens themselves, in both schemes."""

import re
from pathlib import Path

import pytest
import wagtail.admin

CSS = Path(__file__).parents[2] / "themes" / "src" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")

# Where text may stand.
GROUNDS = ("ground", "surface", "tint")
TINTS = ("study-tint", "credit-tint", "alert-tint", "notice-tint")
# (text, grounds it stands on, least ratio)
TEXT_PAIRS = [
    ("ink", (*GROUNDS,), 12.0),
    ("ink", TINTS, 7.0),
    ("muted", (*GROUNDS,), 4.5),
    ("study", (*GROUNDS, "study-tint"), 4.5),
    ("study-deep", (*GROUNDS, "study-tint"), 4.5),
    ("credit", (*GROUNDS, "credit-tint"), 4.5),
    ("alert", (*GROUNDS, "alert-tint"), 4.5),
    ("alert-deep", (*GROUNDS, "alert-tint"), 4.5),
    ("notice", (*GROUNDS, "notice-tint"), 4.5),
    ("on-study", ("study", "study-deep"), 4.5),
    ("on-credit", ("credit",), 4.5),
    ("on-alert", ("alert",), 4.5),
]
# Borders of controls, marks and the focus ring: 3:1 (WCAG 1.4.11).
MARK_PAIRS = [
    ("line-strong", GROUNDS, 3.0),
    ("focus", (*GROUNDS, "study-tint"), 3.0),
    ("study", GROUNDS, 3.0),
    ("credit", GROUNDS, 3.0),
    ("notice", GROUNDS, 3.0),
]


def _block(start: str) -> dict[str, str]:
    found = re.search(re.escape(start) + r"\s*\{(.*?)\n\s*\}", TOKENS, re.S)
    assert found, f"tokens.css has no {start}"
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", found.group(1)))


LIGHT = _block(":root")
DARK = LIGHT | _block(':root[data-theme="dark"]')
SCHEMES = {"light": LIGHT, "dark": DARK}


def luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_pair_is_readable(scheme):
    colours = SCHEMES[scheme]
    weak = [
        f"{text} on {ground}: {contrast(colours[text], colours[ground]):.2f} < {least}"
        for text, grounds, least in TEXT_PAIRS + MARK_PAIRS
        for ground in grounds
        if contrast(colours[text], colours[ground]) < least
    ]
    assert not weak, "\n".join(weak)


def test_dark_is_the_same_asked_for_by_person_or_system():
    assert _block(':root[data-theme="dark"]') == _block(':root:not([data-theme="light"])')


def test_dark_names_every_colour_of_light():
    assert set(_block(':root[data-theme="dark"]')) == set(LIGHT)


def test_colours_are_named_once_and_used_by_name():
    """No stylesheet but the tokens and print.css says a colour in numbers; the black behind a film is black."""
    for sheet in CSS.glob("*.css"):
        if sheet.name in ("tokens.css", "print.css"):
            continue
        rules = sheet.read_text(encoding="utf-8").replace("background: #000;", "")
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rules), sheet.name


def test_variables_that_are_used_exist():
    defined = set(
        re.findall(r"(--[a-z0-9-]+)\s*:", "".join(s.read_text(encoding="utf-8") for s in CSS.glob("*.css")))
    )
    # The staff's screens are dressed in Wagtail's own colours.
    wagtails = (Path(wagtail.admin.__path__[0]) / "static/wagtailadmin/css/core.css").read_text(
        encoding="utf-8"
    )
    defined |= set(re.findall(r"(--w-[a-z0-9-]+)\s*:", wagtails))
    for sheet in CSS.glob("*.css"):
        used = set(re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text(encoding="utf-8")))
        assert used <= defined, f"{sheet.name}: {used - defined}"
