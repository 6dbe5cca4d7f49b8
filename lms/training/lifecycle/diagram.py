"""A process drawn from its declaration: its states in one column, so that no arrow ever passes behind a box, and each act in
a lane of its own beside them: ahead on the right, back on the left; the same as a table of words.

Owns: the layout and the SVG text. The colours are the page's own (`currentColor`, `Canvas`); for a file that stands alone they
are written in. Whoever cannot see the picture reads `rows`.
"""

from dataclasses import dataclass
from html import escape

from django.utils.translation import gettext as _

from lms.training.lifecycle.declaration import Process, Side, Transition
from lms.training.lifecycle.words import roles_in_words

BOX_W, BOX_H, GAP = 190, 44, 34
# Lanes stand so far apart that the numbers on them never touch; ports are where lines meet a box.
LANE, PORT, MARK = 22, 12, 9
EDGE = 14


@dataclass(frozen=True)
class Row:
    """One arrow in words. number: what stands on it."""

    number: int
    label: str
    sources: str
    to: str
    who: str
    needs: str
    source: str


def rows(process: Process) -> list[Row]:
    """Every transition, in the declaration's order."""
    return [
        Row(
            number,
            str(row.label),
            _("、").join(str(process.state(code).label) for code in row.sources),
            str(process.state(row.to).label),
            who(process, row),
            needs(process, row),
            str(process.cited(row)),
        )
        for number, row in enumerate(process.transitions, 1)
    ]


def who(process: Process, row: Transition) -> str:
    """Who may, in words."""
    if row.side == Side.CLOCK:
        return _("平台，到期自动")
    roles = roles_in_words(row.roles)
    if row.side == Side.APPLICANT:
        return _("申报单位：%(roles)s") % {"roles": roles}
    said = _("主管部门：%(roles)s") % {"roles": roles}
    return said + _("（没有参与过的人）") if row.fresh else said


def needs(process: Process, row: Transition) -> str:
    """What it needs and what it starts, in words; "" for nothing."""
    said = [str(kind.label) for code in row.evidence if (kind := process.kind(code))]
    said += [_("理由")] if row.reason else []
    said += [_guard(guard) for guard in row.guards]
    if row.publishes:
        said.append(str(process.setting(row.publishes).label))
    if row.starts:
        said.append(str(process.setting(row.starts.setting).label))
    return _("；").join(said)


def _guard(guard: str) -> str:
    return {
        "in_time": _("在期限内"),
        "overdue": _("期限已过"),
        "notice_over": _("公示已结束"),
        "no_objection": _("没有未答复或成立的异议"),
    }[guard]


@dataclass(frozen=True)
class _Line:
    """One act on one side: from all its sources there to its target, in one lane. side: 1 ahead, -1 back, 0 straight down to
    the state below."""

    number: int
    sources: tuple[int, ...]
    to: int
    side: int

    @property
    def span(self) -> tuple[int, int]:
        places = (*self.sources, self.to)
        return min(places), max(places)


def svg(process: Process, *, alone: bool = False) -> str:
    """The picture. alone: with its own colours, for a file."""
    paper, ink = ("#ffffff", "#1b2326") if alone else ("Canvas", "currentColor")
    lines = _lines(process)
    lanes = {side: _lanes([line for line in lines if line.side == side]) for side in (1, -1)}
    ports = _ports(lines, lanes)
    left = EDGE + LANE * (1 + max(lanes[-1].values(), default=0))
    width = left + BOX_W + EDGE + LANE * (1 + max(lanes[1].values(), default=0))
    tops, heights, height = _column(process, ports)
    title = escape(_("“%(title)s”的办理流程") % {"title": process.title})
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'class="process-diagram" role="img" aria-labelledby="process-{process.code}" color="{ink}" '
        'font-family="sans-serif" font-size="14">',
        f'<title id="process-{process.code}">{title}</title>',
        '<defs><marker id="process-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>',
    ]
    if alone:
        out.append(f'<rect width="{width}" height="{height}" fill="{paper}"/>')
    marks = []
    for line in lines:
        if line.side == 0:
            x, y1, y2 = left + BOX_W // 2, tops[line.sources[0]] + heights[line.sources[0]], tops[line.to]
            out.append(_path(f"M{x} {y1}V{y2 - 1}", arrow=True))
            marks.append(_mark(line.number, x, (y1 + y2) // 2, paper))
            continue
        edge = left + BOX_W if line.side == 1 else left
        lane = edge + line.side * LANE * lanes[line.side][line.number]
        first = max if line.side == -1 else min
        start = first(line.sources)
        y_to = tops[line.to] + ports[line.side, line.to].index((line.number, "in")) * PORT + PORT
        y_from = {
            source: tops[source] + ports[line.side, source].index((line.number, "out")) * PORT + PORT
            for source in line.sources
        }
        out.append(_path(f"M{edge} {y_from[start]}H{lane}V{y_to}H{edge + line.side}", arrow=True))
        out += [_path(f"M{edge} {y}H{lane}") for source, y in y_from.items() if source != start]
        marks.append(_mark(line.number, lane, (y_from[start] + y_to) // 2, paper))
    for place, state in enumerate(process.states):
        out.append(
            _box(left, tops[place], heights[place], escape(str(state.label)), paper, double=state.final)
        )
    return "\n".join([*out, *marks, "</svg>"])


def _lines(process: Process) -> list[_Line]:
    places = {state.code: place for place, state in enumerate(process.states)}
    found, below = [], set()
    for number, row in enumerate(process.transitions, 1):
        to = places[row.to]
        sources = [places[code] for code in row.sources]
        if sources == [to - 1] and to not in below:
            below.add(to)
            found.append(_Line(number, (to - 1,), to, 0))
            continue
        ahead = tuple(source for source in sources if source < to)
        back = tuple(source for source in sources if source >= to)
        found += [_Line(number, ahead, to, 1)] if ahead else []
        found += [_Line(number, back, to, -1)] if back else []
    return found


def _lanes(lines: list[_Line]) -> dict[int, int]:
    """Number → lane, 1 next to the boxes: short ones inside, and no two in a lane that meet."""
    taken: dict[int, list[tuple[int, int]]] = {}
    found = {}
    for line in sorted(lines, key=lambda line: (line.span[1] - line.span[0], line.number)):
        low, high = line.span
        lane = 1
        while any(low <= other_high and other_low <= high for other_low, other_high in taken.get(lane, ())):
            lane += 1
        taken.setdefault(lane, []).append((low, high))
        found[line.number] = lane
    return found


def _ports(
    lines: list[_Line], lanes: dict[int, dict[int, int]]
) -> dict[tuple[int, int], list[tuple[int, str]]]:
    """(side, place) → what meets the box there from top to bottom: what comes from or goes up before what goes down."""
    found: dict[tuple[int, int], list[tuple[int, int, int, str]]] = {}
    for line in lines:
        if line.side == 0:
            continue
        lane = lanes[line.side][line.number]
        for source in line.sources:
            down = line.to > source or line.to == source
            found.setdefault((line.side, source), []).append(
                (down, -lane if down else lane, line.number, "out")
            )
        up = min(line.sources) < line.to
        found.setdefault((line.side, line.to), []).append((not up, lane if up else -lane, line.number, "in"))
    return {key: [(number, way) for *_order, number, way in sorted(rows)] for key, rows in found.items()}


def _column(
    process: Process, ports: dict[tuple[int, int], list[tuple[int, str]]]
) -> tuple[list[int], list[int], int]:
    """Top and height of each box, and where the picture ends."""
    tops, heights, y = [], [], EDGE
    for place in range(len(process.states)):
        most = max(len(ports.get((side, place), ())) for side in (1, -1))
        tops.append(y)
        heights.append(max(BOX_H, PORT * (most + 1)))
        y += heights[-1] + GAP
    return tops, heights, y - GAP + EDGE


def _box(x: int, y: int, height: int, label: str, paper: str, *, double: bool) -> str:
    inner = (
        f'<rect x="{x + 4}" y="{y + 4}" width="{BOX_W - 8}" height="{height - 8}" rx="7" fill="none" '
        'stroke="currentColor"/>'
    )
    return (
        f'<g><rect x="{x}" y="{y}" width="{BOX_W}" height="{height}" rx="10" fill="{paper}" stroke="currentColor"/>'
        f"{inner if double else ''}"
        f'<text x="{x + BOX_W // 2}" y="{y + height // 2 + 5}" text-anchor="middle" fill="currentColor">{label}</text></g>'
    )


def _path(path: str, *, arrow: bool = False) -> str:
    end = ' marker-end="url(#process-arrow)"' if arrow else ""
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.6"{end}/>'


def _mark(number: int, x: int, y: int, paper: str) -> str:
    return (
        f'<g><circle cx="{x}" cy="{y}" r="{MARK}" fill="{paper}" stroke="currentColor"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="11" fill="currentColor">{number}</text></g>'
    )
