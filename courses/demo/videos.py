"""The two short films of the demo catalogue: drawn frame by frame, encoded once, kept in the repository.

Run as `python -m courses.demo.videos [FONT_DIR]` after the front end was installed (its Noto Sans SC draws
the letters); the packs use the stored results, so that a first start needs no encoder. Silent on purpose:
what is said stands in the captions, Chinese and English.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, FPS = 640, 360, 15
SCALE = 2  # drawn twice as large and made smaller, for smooth edges
CATALOGUE = Path(__file__).parent / "catalogue"
FONTS = Path(__file__).parents[2] / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
FONT = "500Medium/NotoSansSC_500Medium.ttf"

PAPER, INK, MUTED, LINE = "#F4F2EC", "#1B2326", "#58646A", "#A3AFB4"
GREEN, BLUE, RED, AMBER = "#0F6B66", "#3B4A8C", "#B23A2A", "#8C5F0E"


@dataclass(frozen=True)
class Scene:
    """`seconds` long; `draw` gets the progress 0…1; captions in Chinese and English."""

    seconds: float
    zh: str
    en: str
    draw: Callable[[Pen, float], None]


@dataclass(frozen=True)
class Film:
    """Where a film belongs, and the scene and second its poster is taken from."""

    course: str
    name: str
    poster_scene: int
    scenes: tuple[Scene, ...]


class Pen:
    """Drawing in the coordinates of the finished frame."""

    def __init__(self, font_path: Path) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.font_path = font_path
        self.fonts: dict[int, ImageFont.FreeTypeFont] = {}

    def clear(self) -> None:
        self.draw.rectangle((0, 0, WIDTH * SCALE, HEIGHT * SCALE), fill=PAPER)

    def text(
        self, x: float, y: float, text: str, size: int = 24, fill: str = INK, anchor: str = "mm"
    ) -> None:
        font = self.fonts.setdefault(size, ImageFont.truetype(str(self.font_path), size * SCALE))
        self.draw.text((x * SCALE, y * SCALE), text, fill=fill, font=font, anchor=anchor)

    def line(self, *points: tuple[float, float], fill: str = INK, width: float = 3) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, fill=fill, width=round(width * SCALE), joint="curve")

    def circle(
        self, x: float, y: float, r: float, fill: str | None = None, outline: str | None = INK
    ) -> None:
        box = [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE]
        self.draw.ellipse(box, fill=fill, outline=outline, width=3 * SCALE)

    def box(
        self, x: float, y: float, w: float, h: float, outline: str = INK, fill: str | None = None
    ) -> None:
        corners = [x * SCALE, y * SCALE, (x + w) * SCALE, (y + h) * SCALE]
        self.draw.rounded_rectangle(corners, radius=8 * SCALE, outline=outline, fill=fill, width=3 * SCALE)

    def frame(self) -> Image.Image:
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def ease(progress: float, start: float = 0.0, end: float = 1.0) -> float:
    """Progress between two moments, 0…1, slow at both ends."""
    part = min(1.0, max(0.0, (progress - start) / (end - start)))
    return part * part * (3 - 2 * part)


def mix(a: float, b: float, part: float) -> float:
    return a + (b - a) * part


def title(pen: Pen, text: str, number: str = "") -> None:
    if number:
        pen.circle(52, 44, 20, fill=GREEN, outline=None)
        pen.text(52, 43, number, 24, "#FFFFFF")
        pen.text(86, 43, text, 28, anchor="lm")
    else:
        pen.text(WIDTH / 2, 43, text, 28)


# -- 停电检修的四步技术措施 -----------------------------------------------------------------------------


def opening(pen: Pen, p: float) -> None:
    pen.text(320, 130, "停电检修", 44)
    for n, word in enumerate(("停电", "验电", "接地", "挂牌")):
        if p > 0.25 + n * 0.15:
            pen.box(92 + n * 118, 196, 98, 54, outline=GREEN)
            pen.text(141 + n * 118, 222, word, 26, GREEN)


def switch_off(pen: Pen, p: float) -> None:
    title(pen, "停电：要有明显的断开点", "1")
    lift = ease(p, 0.2, 0.55)
    for n in range(3):
        y = 156 + n * 52
        pen.line((70, y), (250, y), fill=BLUE, width=4)
        pen.line((350, y), (570, y), fill=BLUE if lift < 0.1 else LINE, width=4)
        angle = math.radians(mix(0, 42, lift))
        pen.line((250, y), (250 + 100 * math.cos(angle), y - 100 * math.sin(angle)), width=6)
        pen.circle(250, y, 6, fill=INK)
        pen.circle(350, y, 6, fill=INK)
    pen.text(110, 306, "电源", 22, BLUE)
    pen.text(520, 306, "检修设备", 22, MUTED)
    if lift > 0.9:
        pen.text(300, 306, "看得见断开", 22, RED)


def test_voltage(pen: Pen, p: float) -> None:
    title(pen, "验电：有、无、有", "2")
    pen.line((60, 120), (240, 120), fill=BLUE, width=5)
    pen.line((380, 120), (580, 120), fill=LINE, width=5)
    pen.text(150, 92, "有电处", 20, BLUE)
    pen.text(480, 92, "工作处", 20, MUTED)
    stage = 0 if p < 0.33 else 1 if p < 0.67 else 2
    part = ease((p * 3) % 1 if p < 1 else 1, 0.0, 0.45)
    x = (mix(60, 150, part), mix(150, 480, part), mix(480, 150, part))[stage]
    touching = part > 0.95
    live = stage != 1
    pen.line((x, 124), (x, 176))
    pen.box(x - 17, 176, 34, 84, outline=INK, fill="#FFFFFF")
    pen.circle(x, 200, 9, fill=RED if touching and live else "#FFFFFF")
    if touching and live:
        for reach in (18, 26):
            arc = [(x - reach) * SCALE, (200 - reach) * SCALE, (x + reach) * SCALE, (200 + reach) * SCALE]
            pen.draw.arc(arc, -40, 40, fill=RED, width=3 * SCALE)
    for n, word in enumerate(("有", "无", "有")):
        done = n < stage or (n == stage and touching)
        pen.text(250 + n * 70, 310, word, 30, (RED if n != 1 else GREEN) if done else "#D5D0C4")


def ground(pen: Pen, p: float) -> None:
    title(pen, "接地：先接地端，后导体端", "3")
    for n in range(3):
        pen.line((80, 110 + n * 36), (560, 110 + n * 36), fill=LINE, width=5)
    down = ease(p, 0.1, 0.35)
    pen.line((320, 240), (320, mix(240, 300, down)), fill=GREEN, width=4)
    if down > 0.9:
        for n, half in enumerate((34, 22, 10)):
            pen.line((320 - half, 302 + n * 9), (320 + half, 302 + n * 9), fill=GREEN)
        pen.text(440, 304, "一、接地端", 22, GREEN)
    pen.line((210, 240), (430, 240), fill=GREEN, width=4)
    for n in range(3):
        up = ease(p, 0.45 + n * 0.13, 0.58 + n * 0.13)
        x = 210 + n * 110
        y = mix(228, 110 + n * 36, up)
        pen.line((x, 240), (x, y), fill=GREEN, width=4)
        pen.circle(x, y, 7, fill=GREEN, outline=None)
    if p > 0.72:
        pen.text(140, 270, "二、导体端", 22, BLUE)


def hang_sign(pen: Pen, p: float) -> None:
    title(pen, "挂牌：谁也不能合闸", "4")
    x = mix(WIDTH + 20, 190, ease(p, 0.05, 0.4))
    pen.line((150, 88), (490, 88), fill=MUTED, width=3)
    pen.line((x + 60, 88), (x + 60, 124), fill=MUTED, width=2)
    pen.line((x + 200, 88), (x + 200, 124), fill=MUTED, width=2)
    pen.box(x, 120, 260, 130, outline=RED, fill="#FFFFFF")
    pen.text(x + 130, 164, "禁止合闸", 36, RED)
    pen.text(x + 130, 212, "有人工作", 36, RED)
    if p > 0.5:
        pen.text(320, 300, "工作终结手续办完，才能送电", 22, MUTED)


def four_closing(pen: Pen, p: float) -> None:
    for n, word in enumerate(("停电", "验电", "接地", "挂牌")):
        pen.box(92 + n * 118, 120, 98, 54, outline=GREEN, fill="#E3EEEC")
        pen.text(141 + n * 118, 146, word, 26, GREEN)
        if n:
            pen.line((80 + n * 118, 147), (90 + n * 118, 147))
    pen.text(320, 232, "次序就是安全", 34)
    pen.text(320, 284, "一步都不能省", 24, MUTED)


# -- PDCA ---------------------------------------------------------------------------------------------


def wheel(pen: Pen, x: float, y: float, r: float, turn: float, lit: int) -> None:
    """The four quarters, turned by `turn` degrees; `lit` is the one under discussion, or -1."""
    box = [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE]
    for n, (letter, colour) in enumerate(zip("PDCA", (GREEN, BLUE, AMBER, RED), strict=True)):
        start = -90 + n * 90 + turn
        pale = {GREEN: "#DCE9E7", BLUE: "#E0E3EF", AMBER: "#F0E6D3", RED: "#F2DDD9"}[colour]
        fill = colour if n == lit else pale
        pen.draw.pieslice(box, start, start + 90, fill=fill, outline=PAPER, width=2 * SCALE)
        angle = math.radians(start + 45)
        ink = "#FFFFFF" if n == lit else colour
        pen.text(x + r * 0.58 * math.cos(angle), y + r * 0.58 * math.sin(angle), letter, round(r * 0.42), ink)


def pdca_opening(pen: Pen, p: float) -> None:
    wheel(pen, 320, 200, mix(60, 110, ease(p, 0, 0.6)), 0, -1)
    pen.text(320, 44, "PDCA：一次小改善", 34)


def quarter(lit: int, heading: str, lines: tuple[str, ...]) -> Callable[[Pen, float], None]:
    """A scene about one of the four quarters, its lines appearing one after another."""

    def draw(pen: Pen, p: float) -> None:
        wheel(pen, 150, 190, 110, 0, lit)
        pen.text(300, 92, heading, 34, (GREEN, BLUE, AMBER, RED)[lit], anchor="lm")
        for n, line in enumerate(lines):
            if p > 0.12 + n * 0.22:
                pen.text(300, 150 + n * 48, line, 24, anchor="lm")

    return draw


def rolling(pen: Pen, p: float) -> None:
    pen.text(320, 40, "转一圈，高一步", 30)
    pen.line((40, 322), (600, 180), fill=INK, width=4)
    part = ease(p, 0.05, 0.7)
    along = mix(0.24, 0.66, part)
    x, y = mix(40, 600, along), mix(322, 180, along)
    length = math.hypot(560, 142)
    nx, ny = -142 / length, -560 / length
    r = 64
    turn = along * length / r * 180 / math.pi
    wheel(pen, x + nx * r, y + ny * r, r, turn, -1)
    if p > 0.7:
        wx, wy = x - 62, y + 62 * 142 / 560
        corners = [(wx, wy), (x - 14, y + 4), (x - 22, y - 34)]
        pen.draw.polygon([(a * SCALE, b * SCALE) for a, b in corners], fill=BLUE)
        pen.text(wx - 18, wy + 34, "标准化", 22, BLUE)
        pen.text(520, 320, "防止退回去", 22, MUTED)


FILMS: tuple[Film, ...] = (
    Film(
        "electric-safety-2026",
        "four-steps",
        5,
        (
            Scene(3.5, "停电检修有四步技术措施。", "Four steps make work on dead equipment safe.", opening),
            Scene(
                6,
                "第一步，停电。拉开隔离开关，要看得见断开点。",
                "First: switch off. Open the isolator, so that the break can be seen.",
                switch_off,
            ),
            Scene(
                8.5,
                "第二步，验电。先在有电处试，再验工作处，最后回到有电处再试。",
                "Second: test. Try it where it is live, then where you work, then where it is live again.",
                test_voltage,
            ),
            Scene(
                7,
                "第三步，装设接地线。先接接地端，再接导体端；拆的时候反过来。",
                "Third: earth. Connect the earth end first, then the conductors; remove in reverse.",
                ground,
            ),
            Scene(
                5,
                "第四步，挂标示牌，装设遮栏。手续没有办完，谁也不能合闸。",
                "Fourth: hang the sign and set barriers. Nobody closes until the work is signed off.",
                hang_sign,
            ),
            Scene(
                3, "次序就是安全，一步都不能省。", "The order is the safety. Leave no step out.", four_closing
            ),
        ),
    ),
    Film(
        "lean-5s-2026",
        "pdca",
        0,
        (
            Scene(3, "用一个例子看 PDCA 怎样转一圈。", "One example of a full turn of PDCA.", pdca_opening),
            Scene(
                6,
                "计划：换刀平均要 18 分钟，目标是 12 分钟，时间花在找扳手上。",
                "Plan: a tool change takes 18 minutes, the aim is 12; time is lost on finding the spanner.",
                quarter(0, "计划", ("现状：平均 18 分钟", "目标：12 分钟", "原因：找扳手")),
            ),
            Scene(
                5,
                "实施：先在一台机床上试，把扳手挂到画好轮廓的板上。",
                "Do: try it on one machine; hang the spanner on a board with its outline.",
                quarter(1, "实施", ("先试一台机床", "扳手挂上形迹板", "每次都记时间")),
            ),
            Scene(
                5,
                "检查：连续量十次，平均 12 分钟，没有带来新的麻烦。",
                "Check: measured ten times, 12 minutes on average, and no new trouble.",
                quarter(2, "检查", ("连续量十次", "平均 12 分钟", "没有新的问题")),
            ),
            Scene(
                5,
                "处置：写进作业指导书，教会每一个班，再找下一个问题。",
                "Act: put it into the work instruction, teach every shift, take the next problem.",
                quarter(3, "处置", ("写进作业指导书", "教会每一个班", "找下一个问题")),
            ),
            Scene(
                5,
                "圈一直转，水平一步步提高，标准化防止退回去。",
                "The wheel keeps turning, step by step upwards; the standard keeps it from rolling back.",
                rolling,
            ),
        ),
    ),
)


def frames(film: Film, font_path: Path) -> Iterator[Image.Image]:
    """Every frame of a film in order."""
    pen = Pen(font_path)
    for scene in film.scenes:
        count = round(scene.seconds * FPS)
        for n in range(count):
            pen.clear()
            scene.draw(pen, n / max(1, count - 1))
            yield pen.frame()


def stamp(seconds: float) -> str:
    """WebVTT time: 00:00:03.500."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def captions(film: Film, language: str) -> str:
    """The WebVTT file of a film in "zh" or "en"."""
    parts, at = ["WEBVTT\n"], 0.0
    for scene in film.scenes:
        end = at + scene.seconds
        parts.append(f"{stamp(at)} --> {stamp(end - 0.1)}\n{getattr(scene, language)}\n")
        at = end
    return "\n".join(parts)


def encode(film: Film, font_path: Path, out: Path) -> None:
    """Draw and encode to H.264 in MP4, 4:2:0, index first, no sound."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-"]
    command += ["-an", "-c:v", "libx264", "-preset", "veryslow", "-crf", "25", "-pix_fmt", "yuv420p"]
    command += ["-g", str(FPS * 4), "-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact"]
    command += ["-movflags", "+faststart", str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own arguments
        if process.stdin is None:
            raise RuntimeError("ffmpeg took no input")
        for frame in frames(film, font_path):
            process.stdin.write(frame.tobytes())
        process.stdin.close()
        if process.wait():
            raise RuntimeError(f"ffmpeg failed on {out.name}")


def poster(film: Film, font_path: Path) -> Image.Image:
    """The last frame of the scene that says most, in few colours."""
    pen = Pen(font_path)
    film.scenes[film.poster_scene].draw(pen, 1.0)
    return pen.frame().quantize(32)


def build(font_dir: Path = FONTS) -> list[Path]:
    """Make every film with its poster and captions beside the sources; returns the videos' paths."""
    made = []
    for film in FILMS:
        media = CATALOGUE / film.course / "media"
        video = media / f"{film.name}.mp4"
        encode(film, font_dir / FONT, video)
        poster(film, font_dir / FONT).save(media / f"{film.name}-poster.png", optimize=True)
        for language in ("zh", "en"):
            path = media / f"{film.name}.{language}.vtt"
            path.write_text(captions(film, language), encoding="utf-8")
        made.append(video)
    return made


if __name__ == "__main__":
    for path in build(Path(sys.argv[1]) if len(sys.argv) > 1 else FONTS):
        sys.stdout.write(f"{path.relative_to(CATALOGUE)}\t{path.stat().st_size}\n")
