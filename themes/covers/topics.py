"""Motifs for the themes of public subjects, and for courses that name neither sector nor theme."""

from math import cos, pi, sin

from themes.covers.pen import Dice, Drawing, circle, line, number, points, poly, wave


def horizon(d: Drawing, dice: Dice) -> None:
    """Rays from a rising sun: the public subjects' common ground."""
    x, y = dice.between(120, 200), dice.between(128, 142)
    for index in range(25):
        t = pi * index / 24
        near, far = 54, 96 + (index % 3) * 40 + dice.between(0, 16)
        d.add(
            "m" if index % 3 else "a",
            line(x - near * cos(t), y - near * sin(t), x - far * cos(t), y - far * sin(t)),
        )
    half = f"M{points(x - 42, y)}A42 42 0 0 1 {points(x + 42, y)}"
    d.add("f", half + "z")
    d.add("b", half, line(-10, y, 330, y))
    d.add("m", line(40, y + 14, 280, y + 14), line(90, y + 26, 230, y + 26))


def weave(d: Drawing, dice: Dice) -> None:
    """Threads that make a cloth: knowledge put together."""
    turn = dice.between(8, 22)
    for index in range(13):
        shift = index * 30 - 40
        d.add(
            "a" if index % 3 == 0 else "m",
            f"M{points(shift, -10)}C{points(shift + turn * 2, 60, shift - turn * 2, 120, shift + turn, 190)}",
        )
    for index in range(6):
        y = 18 + index * 30
        d.add("b" if index == dice.one_of(1, 2, 3, 4) else "m", wave(y, turn, 120, start=-30 - index * 25))
    d.add("f", circle(dice.between(90, 230), 90, 62))


def balance(d: Drawing, dice: Dice) -> None:
    """Two pans that come to rest."""
    x, tilt = 160, dice.between(-10, 10)
    d.add("f", circle(x, 62, 50))
    d.add("b", line(x, 34, x, 150), line(x - 92, 54 + tilt, x + 92, 54 - tilt))
    d.add("d", circle(x, 54, 5))
    for side in (-1, 1):
        px, py = x + side * 92, 54 - side * tilt
        d.add("m", line(px - 32, py + 54, px, py, px + 32, py + 54))
        d.add("s", f"M{points(px - 36, py + 54)}q36 34 72 0z")
        d.add("a", f"M{points(px - 36, py + 54)}q36 34 72 0z")
    d.add("a", f"M{points(x - 40, 152)}h80")
    for index in range(4):
        d.add("m", f"M{points(x - 60 - index * 20, 160 + index * 6)}h{120 + index * 40}")


def rings(d: Drawing, dice: Dice) -> None:
    """Rings that hold each other."""
    count, r = 5, dice.between(32, 38)
    lift = dice.between(10, 18)
    for index in range(count):
        x, y = 60 + index * 50, 90 + (lift if index % 2 else -lift)
        if index == dice.one_of(1, 2, 3):
            d.add("f", circle(x, y, r))
        d.add("b" if index == 2 else "a", circle(x, y, r))
        d.add("m", circle(x, y, r - 9))
    d.add("m", wave(90, 30, 100, start=-40))


def matrix(d: Drawing, dice: Dice) -> None:
    """Places in a grid and the ways between them."""
    for column in range(13):
        for row in range(7):
            if dice.between(0, 5) == 0:
                d.add("d", circle(16 + column * 24, 18 + row * 24, 3))
            else:
                d.add("m", f"M{points(16 + column * 24, 18 + row * 24)}h.1")
    for _index in range(5):
        x, y = 16 + 24 * dice.between(0, 3), 18 + 24 * dice.between(0, 6)
        path = f"M{points(x, y)}"
        for _step in range(4):
            run, rise = 24 * dice.between(1, 3), dice.one_of(-24, 24, 0)
            rise = 0 if not 10 < y + rise < 170 else rise
            y += rise
            path += f"h{run}l{number(abs(rise))} {number(rise)}" if rise else f"h{run}"
        d.add("b" if _index == 2 else "a", path)
    d.add("f", circle(dice.between(110, 210), 90, 56))


def fingerprint(d: Drawing, dice: Dice) -> None:
    """Whorls of a print: what is one's own."""
    x, y = dice.between(140, 180), dice.between(98, 108)
    d.add("f", circle(x, y, 60))
    for index in range(9):
        r = 9 + index * 10
        start = dice.between(150, 215) * pi / 180
        end = start + dice.between(190, 300) * pi / 180
        large = 1 if end - start > pi else 0
        d.add(
            "b" if index == 3 else "a" if index % 2 else "m",
            f"M{points(x + r * cos(start), y + r * 1.15 * sin(start))}"
            f"A{points(r, r * 1.15)} 0 {large} 1 {points(x + r * cos(end), y + r * 1.15 * sin(end))}",
        )


def shield(d: Drawing, dice: Dice) -> None:
    """Walls around walls, with points of watch on them."""
    x, y = dice.between(145, 175), 92
    for index in range(6):
        s = 0.34 + index * 0.2
        path = (
            f"M{points(x, y - 66 * s)}L{points(x + 54 * s, y - 44 * s)}V{number(y)}"
            f"C{points(x + 54 * s, y + 36 * s, x + 26 * s, y + 58 * s, x, y + 70 * s)}"
            f"C{points(x - 26 * s, y + 58 * s, x - 54 * s, y + 36 * s, x - 54 * s, y)}V{number(y - 44 * s)}z"
        )
        if index == 1:
            d.add("f", path)
        d.add("b" if index == 1 else "a" if index == 3 else "m", path)
    for _index in range(5):
        s = 0.34 + 0.2 * dice.between(2, 5)
        side = dice.one_of(-1, 1)
        d.add("d", circle(x + side * 54 * s, y - dice.between(0, 40) * s, 4))
    d.add("b", line(x - 9, y, x - 2, y + 8, x + 11, y - 9))


def ripples(d: Drawing, dice: Dice) -> None:
    """A call that goes out and is answered."""
    x, y = dice.between(90, 130), dice.between(80, 110)
    x2, y2 = x + dice.between(100, 130), y + dice.between(-30, 30)
    d.add("f", circle(x, y, 40))
    for index in range(6):
        d.add("a" if index in (0, 2) else "m", circle(x, y, 16 + index * 21))
    for index in range(3):
        d.add("s" if index == 0 else "m", circle(x2, y2, 14 + index * 13))
    d.add("a", circle(x2, y2, 14))
    d.add("b", f"M{points(x, y)}Q{points((x + x2) / 2, min(y, y2) - 34, x2, y2)}")
    d.add("d", circle(x, y, 7), circle(x2, y2, 5))


def tools(d: Drawing, dice: Dice) -> None:
    """A piece of work measured from all sides: the vocational courses without a sector."""
    x, y = 160, 88
    size = dice.between(44, 54)
    dx, dy = size * cos(pi / 6), size * sin(pi / 6)
    top = [(x, y - size), (x + dx, y - size + dy), (x, y - size + 2 * dy), (x - dx, y - size + dy)]
    d.add("f", poly(top, close=True))
    d.add("a", poly([top[0], top[1], (x + dx, y + dy), (x, y + size), (x - dx, y + dy), top[3]], close=True))
    d.add(
        "b",
        line(x - dx, y - size + dy, x, y - size + 2 * dy, x + dx, y - size + dy),
        line(x, y - size + 2 * dy, x, y + size),
    )
    for index in range(3):
        r = size + 26 + index * dice.between(14, 22)
        d.add("m", circle(x, y, r))
    for index in range(24):
        t = 2 * pi * index / 24
        inner, outer = size + 26, size + (36 if index % 6 == 0 else 31)
        d.add("a", line(x + inner * cos(t), y + inner * sin(t), x + outer * cos(t), y + outer * sin(t)))
