"""Course covers: a line figure drawn from what a course is (kind, sector, theme) and its code.

The sector or theme chooses the motif, the code its proportions, the kind its hue (by CSS, so that both colour
schemes are served by one drawing). The same input gives the same picture for ever. No text inside;
about 1 to 3 kB.
"""

from collections.abc import Callable
from functools import lru_cache

from themes.covers import sectors, topics
from themes.covers.pen import HEIGHT, WIDTH, Dice, Drawing

Motif = Callable[[Drawing, Dice], None]

MOTIFS: dict[str, Motif] = {
    "industry": sectors.industry,
    "science": sectors.science,
    "education_health": sectors.education_health,
    "agriculture": sectors.agriculture,
    "culture_tourism": sectors.culture_tourism,
    "construction_transport": sectors.construction_transport,
    "finance": sectors.finance,
    "trade": sectors.trade,
    "environment": sectors.environment,
    "politics": topics.horizon,
    "knowledge": topics.weave,
    "science_spirit": sectors.science,
    "ethics": topics.balance,
    "teamwork": topics.rings,
    "digital": topics.matrix,
    "ip": topics.fingerprint,
    "network_security": topics.shield,
    "emergency": topics.ripples,
}
# How near one looks: the whole, or a part of it.
FRAMES = (f"0 0 {WIDTH} {HEIGHT}", "24 12 272 153", "56 34 224 126", "8 20 256 144", "56 6 256 144")
BY_KIND: dict[str, Motif] = {"public": topics.horizon, "specialty": topics.weave, "vocational": topics.tools}


@lru_cache(maxsize=2048)
def draw(kind: str, sector: str, theme: str, seed: str) -> str:
    """The SVG of a cover. kind, sector, theme: codes, "" when none; seed: the course's code."""
    motif = MOTIFS.get(sector) or MOTIFS.get(theme) or BY_KIND.get(kind, topics.weave)
    drawing = Drawing()
    dice = Dice(seed)
    motif(drawing, dice)
    frame = FRAMES[dice.between(0, len(FRAMES) - 1)]
    body = drawing.body()
    if dice.between(0, 1):
        body = f'<g transform="matrix(-1 0 0 1 {WIDTH} 0)">{body}</g>'
    shown = kind if kind in BY_KIND else ""
    return (
        f'<svg class="cover" data-kind="{shown}" viewBox="{frame}" '
        f'preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">{body}</svg>'
    )
