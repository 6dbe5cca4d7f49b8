"""Colours that can be read (WCAG 2.2, 1.4.3: at least 4.5:1), over plain "#rrggbb".

Owns: which accents there are to choose from, and what is made of a colour of one's own. Refuses: a colour that cannot be
read on the light pages; for the dark ones it is made lighter until it can.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LEAST = 4.5
# What text stands on, in the tokens of themes/src/css/tokens.css (a test holds them equal).
LIGHT_GROUNDS = ("#fbfaf7", "#ffffff", "#f3f1ea")
DARK_GROUNDS = ("#14181a", "#1c2225", "#20272a")
WHITE, INK = "#ffffff", "#0b1214"
_HEX = re.compile(r"#[0-9a-f]{6}")
# Chosen so that each passes as it is; none is the platform's own green or the red of its alerts.
PALETTE: dict[str, str | Promise] = {
    "#8a1f3d": _("枣红"),
    "#9a4a12": _("赭石"),
    "#6b5a0c": _("秋黄"),
    "#3f6212": _("松绿"),
    "#0b6478": _("湖蓝"),
    "#1d4f91": _("海蓝"),
    "#4b3c99": _("藤紫"),
    "#7a2f7a": _("茄紫"),
    "#44525c": _("石青灰"),
}


@dataclass(frozen=True)
class Accent:
    """A colour for light and for dark pages, and what is written on a ground of it."""

    light: str
    dark: str
    on_light: str
    on_dark: str


class Unreadable(ValueError):
    """ratio: the least contrast it has; nearest: the same hue, dark enough."""

    def __init__(self, ratio: float, nearest: str) -> None:
        super().__init__(f"{ratio:.2f}")
        self.ratio = ratio
        self.nearest = nearest


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2), 0 … 1."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 … 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def least(colour: str, grounds: tuple[str, ...]) -> float:
    return min(contrast(colour, ground) for ground in grounds)


def accent(chosen: str) -> Accent:
    """What is made of a colour. Raises ValueError for what is none, Unreadable for one too light to be read."""
    colour = chosen.strip().lower()
    if not _HEX.fullmatch(colour):
        raise ValueError(chosen)
    ratio = least(colour, LIGHT_GROUNDS)
    if ratio < LEAST:
        raise Unreadable(ratio, _until(colour, "#000000", LIGHT_GROUNDS))
    dark = _until(colour, WHITE, DARK_GROUNDS)
    return Accent(colour, dark, on_light=_written_on(colour), on_dark=_written_on(dark))


def _written_on(ground: str) -> str:
    return max((WHITE, INK), key=lambda colour: contrast(colour, ground))


def _until(colour: str, towards: str, grounds: tuple[str, ...]) -> str:
    """The first mixture with black or white, in steps of a hundredth, that can be read on all grounds."""
    for share in range(101):
        mixed = _mix(colour, towards, share)
        if least(mixed, grounds) >= LEAST:
            return mixed
    return towards


def _mix(one: str, other: str, share: int) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{(a * (100 - share) + b * share) // 100:02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
