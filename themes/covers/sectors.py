"""A motif for each sector: wheels, paths, pages, furrows, ranges, a bridge, an abacus, ways, a leaf."""

from itertools import pairwise
from math import cos, pi, sin

from themes.covers.pen import Dice, Drawing, circle, line, number, points, poly, wave


def industry(d: Drawing, dice: Dice) -> None:
    """Wheels that mesh."""
    x, y = dice.between(96, 128), dice.between(78, 96)
    teeth = dice.one_of(16, 18, 20)
    big = 50
    small_teeth = dice.one_of(9, 10, 11)
    small = big * small_teeth / teeth
    angle = dice.between(-35, 25) * pi / 180
    gap = big + small + 9
    wheels = [(x, y, big, teeth, 0.0), (x + gap * cos(angle), y + gap * sin(angle), small, small_teeth, pi)]
    third = dice.between(55, 85) * pi / 180
    x2, y2 = wheels[1][0], wheels[1][1]
    wheels.append(
        (x2 + (small * 2 + 9) * cos(third - 1.2), y2 + (small * 2 + 9) * sin(third), small, small_teeth, 0.3)
    )
    for index, (cx, cy, r, count, turn) in enumerate(wheels):
        corners = []
        for tooth in range(count):
            for part, radius in ((-0.26, r), (-0.15, r + 9), (0.15, r + 9), (0.26, r)):
                t = 2 * pi * (tooth + part) / count + turn
                corners.append((cx + radius * cos(t), cy + radius * sin(t)))
        d.add("f", circle(cx, cy, r))
        d.add("m" if index == 2 else "a", poly(corners, close=True))
        d.add("a", circle(cx, cy, r * 0.42))
        d.add("d", circle(cx, cy, 3.5))


def science(d: Drawing, dice: Dice) -> None:
    """Paths around a centre."""
    x, y = dice.between(140, 190), dice.between(82, 98)
    turn = dice.between(0, 60)
    for index in range(3):
        t = (turn + 60 * index) * pi / 180
        rx, ry = 104, dice.between(26, 38)
        ends = (x - rx * cos(t), y - rx * sin(t), x + rx * cos(t), y + rx * sin(t))
        arc = f"A{rx} {ry} {number(t * 180 / pi)} 0 1"
        d.add(
            "m" if index else "a", f"M{points(*ends[:2])}{arc} {points(*ends[2:])}{arc} {points(*ends[:2])}"
        )
        u = dice.between(0, 359) * pi / 180
        px, py = rx * cos(u), ry * sin(u)
        d.add("d", circle(x + px * cos(t) - py * sin(t), y + px * sin(t) + py * cos(t), 5))
    d.add("f", circle(x, y, 46))
    d.add("s", circle(x, y, 15))
    d.add("b", circle(x, y, 15))


def education_health(d: Drawing, dice: Dice) -> None:
    """Open pages, and the line of a pulse that runs through them."""
    x, y = dice.between(145, 175), dice.between(118, 128)
    for index in range(6):
        lift, spread = 14 + index * 11, 126 - index * 13
        for side in (-1, 1):
            end, top = x + side * spread, y - lift
            page = points(x + side * 18, top, x + side * spread * 0.6, top - 8, end, top + 6)
            d.add("a" if index in (0, 5) else "m", f"M{points(x, y)}C{page}")
    d.add("f", circle(x, y - 52, 54))
    at = x - dice.between(20, 60)
    d.add(
        "b",
        line(
            -10,
            y + 22,
            at - 26,
            y + 22,
            at - 12,
            y + 22,
            at - 4,
            y + 2,
            at + 10,
            y + 40,
            at + 20,
            y + 22,
            340,
            y + 22,
        ),
    )


def agriculture(d: Drawing, dice: Dice) -> None:
    """Furrows that run to the horizon, and the sun."""
    horizon = dice.between(72, 86)
    away = dice.between(60, 260)
    sun_x, sun_r = (away + dice.one_of(-70, 70)) % 260 + 30, dice.between(24, 32)
    d.add("f", circle(sun_x, horizon - 8, sun_r + 16))
    d.add(
        "a",
        f"M{points(sun_x - sun_r, horizon)}A{points(sun_r, sun_r)} 0 0 1 {points(sun_x + sun_r, horizon)}",
    )
    d.add("b", line(-10, horizon, 330, horizon))
    for index in range(-9, 10):
        x = away + index * 34
        bend = dice.between(-4, 4)
        furrow = points(away + index * 15 + bend, 112, x * 1.3 - away * 0.3, 190)
        d.add("m" if index % 2 else "a", f"M{points(away + index * 7, horizon)}Q{furrow}")


def culture_tourism(d: Drawing, dice: Dice) -> None:
    """Ranges behind ranges, as on a scroll."""
    d.add("f", circle(dice.between(60, 260), dice.between(34, 52), dice.between(18, 30)))
    for index in range(4):
        base = 84 + index * 25
        x, turns = -60.0, [(-60.0, float(base))]
        while x < 400:
            x += dice.between(26, 52)
            turns.append((x, base - dice.between(22, 58 - index * 8)))
            x += dice.between(26, 52)
            turns.append((x, base + dice.between(2, 16)))
        # A curve from the middle of one slope to the middle of the next has no corner.
        middles = [((a + c) / 2, (b + e) / 2) for (a, b), (c, e) in pairwise(turns)]
        path = f"M{points(*middles[0])}"
        for turn, middle in zip(turns[1:], middles[1:], strict=False):
            path += f"Q{points(*turn, *middle)}"
        body = f"{path}V190H-60z"
        d.add("k", body)
        d.add("f", body)
        d.add(("m", "m", "a", "b")[index], path)


def construction_transport(d: Drawing, dice: Dice) -> None:
    """A bridge on stays."""
    deck = dice.between(118, 130)
    towers = [dice.between(84, 110), dice.between(210, 240)]
    top = dice.between(26, 40)
    for tower in towers:
        for index in range(1, 8):
            y = top + index * 5
            d.add(
                "m" if index % 2 else "a", line(tower - index * 15, deck, tower, y, tower + index * 15, deck)
            )
        d.add("b", line(tower - 5, 176, tower, top - 4, tower + 5, 176))
    d.add("f", f"M-10 {deck + 14}H330V190H-10z")
    d.add("b", line(-10, deck, 330, deck))
    d.add("m", wave(deck + 28, 6, 64), wave(deck + 40, 6, 64, start=-40))


def finance(d: Drawing, dice: Dice) -> None:
    """An abacus that holds the course's own number."""
    d.add("f", "M34 30H286V66H34z")
    d.add("a", "M34 30H286V152H34z")
    d.add("b", line(34, 66, 286, 66))
    for column in range(9):
        x = 58 + column * 25.5
        d.add("m", line(x, 30, x, 152))
        upper, lower = dice.between(0, 1), dice.between(0, 4)
        d.add("s", _bead(x, 56 if upper else 40))
        d.add("a", _bead(x, 56 if upper else 40))
        for bead in range(4):
            y = (78 + bead * 13) if bead < lower else (103 + bead * 13)
            d.add("d" if bead < lower else "s", _bead(x, y))
            d.add("a", _bead(x, y))


def _bead(x: float, y: float) -> str:
    return f"M{points(x - 11, y)}l{points(5, -5.5)}h12l{points(5, 5.5, -5, 5.5)}h-12z"


def trade(d: Drawing, dice: Dice) -> None:
    """Ways between places."""
    places = [(30 + i * 43 + dice.between(-10, 10), dice.between(104, 150)) for i in range(7)]
    d.add("f", "M-10 118Q160 84 330 118V190H-10z")
    d.add("m", "M-10 118Q160 84 330 118", "M-10 146Q160 118 330 146")
    for start, end in ((0, 2), (2, 6), (1, 4), (4, 5), (0, 5), (3, 6)):
        (x1, y1), (x2, y2) = places[start], places[end]
        lift = abs(x2 - x1) * dice.between(46, 62) / 100
        path = f"M{points(x1, y1)}Q{points((x1 + x2) / 2, (y1 + y2) / 2 - lift - 20, x2, y2)}"
        d.add("b" if (start, end) == (2, 6) else "a" if start == 0 else "m", path)
    for x, y in places:
        d.add("s", circle(x, y, 6))
        d.add("a", circle(x, y, 6))
    d.add("d", circle(*places[2], 3), circle(*places[6], 3))


def environment(d: Drawing, dice: Dice) -> None:
    """Water, and a leaf over it."""
    x, y = dice.between(110, 200), dice.between(104, 114)
    lean = dice.between(30, 56) * dice.one_of(-1, 1)
    tip_x, tip_y = x + lean, 18
    left = f"C{points(x - 62, y - 22, x - 44 + lean, 36, tip_x, tip_y)}"
    right = f"C{points(x + 62 + lean / 2, 44, x + 58, y - 20, x, y)}z"
    d.add("f", f"M{points(x, y)}{left}{right}")
    d.add("a", f"M{points(x, y)}{left}{right}")
    d.add("b", f"M{points(x - 4, y + 30)}Q{points(x, y - 30, tip_x, tip_y)}")
    for index in range(1, 6):
        t = index / 6.5
        mx, my = x + lean * t * t, y - (y - tip_y) * t
        reach = 34 * (1 - t) + 8
        for side in (-reach, reach):
            d.add("m", f"M{points(mx, my)}q{points(side * 0.6, -4, side, -15)}")
    for index in range(3):
        d.add(
            "a" if index == 0 else "m",
            wave(136 + index * 15, 9, dice.one_of(72, 84, 96), start=-20 - index * 17),
        )
