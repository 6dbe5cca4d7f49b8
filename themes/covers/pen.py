"""What covers are drawn with: dice that fall the same way for the same seed, shapes as path data, layers."""

import hashlib

WIDTH, HEIGHT = 320, 180


class Dice:
    """Numbers that depend on the seed only; not on Python's version or hash secret."""

    def __init__(self, seed: str) -> None:
        self._bits = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=32).digest(), "big")

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        self._bits = (self._bits * 6364136223846793005 + 1442695040888963407) % (1 << 256)
        return low + (self._bits >> 200) % (high - low + 1)

    def one_of(self, *values: int) -> int:
        return values[self.between(0, len(values) - 1)]


def number(value: float) -> str:
    """At most one decimal, no trailing zero: bytes matter on a page with twenty covers."""
    return f"{value:.1f}".rstrip("0").rstrip(".").replace("-0", "-0") if value % 1 else str(int(value))


def points(*xy: float) -> str:
    return " ".join(number(value) for value in xy)


def line(*xy: float) -> str:
    return f"M{points(*xy[:2])}L{points(*xy[2:])}"


def circle(x: float, y: float, r: float) -> str:
    half = f"a{points(r, r)} 0 1 0"
    return f"M{points(x - r, y)}{half} {points(2 * r, 0)}{half} {points(-2 * r, 0)}"


def poly(corners: list[tuple[float, float]], close: bool = False) -> str:
    flat = [value for corner in corners for value in corner]
    return line(*flat) + ("z" if close else "")


def wave(y: float, height: float, length: float, start: float = -20, end: float = WIDTH + 20) -> str:
    """A calm wave across the picture, as one curve with smooth continuations."""
    parts = [f"M{points(start, y)}q{points(length / 4, -height, length / 2, 0)}"]
    x = start + length / 2
    while x < end:
        parts.append(f"t{points(length / 2, 0)}")
        x += length / 2
    return "".join(parts)


class Drawing:
    """Path data by class: f filled area, s area of the surface, m faint, a plain, b bold line, d dot."""

    def __init__(self) -> None:
        self._layers: list[tuple[str, list[str]]] = []

    def add(self, layer: str, *paths: str) -> None:
        if self._layers and self._layers[-1][0] == layer:
            self._layers[-1][1].extend(paths)
        else:
            self._layers.append((layer, list(paths)))

    def body(self) -> str:
        return "".join(f'<path class="{layer}" d="{"".join(paths)}"/>' for layer, paths in self._layers)
