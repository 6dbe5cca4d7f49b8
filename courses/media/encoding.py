"""One film or recording → its ladder, in a folder on this machine. Knows no row and no storage.

The steps are files: what a killed worker had finished is there when the work is taken up again on the same machine, and a
step writes beside its place and moves there when it is whole. The sound is made once, at one loudness, and goes into
every size, so that all of them are one timeline, as long as the original.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from courses.media import ffmpeg
from courses.media.rules import LONGEST, SHORTEST, Rung, is_short_of, rungs

# Raised when what is made changes: then everything is made anew, when a film is next touched.
RECIPE = 1
SEGMENT_S = 4
LOUDNESS = "I=-16:TP=-1.5:LRA=11"
SOUND_BITS = {"mono": 64_000, "stereo": 96_000}
POSTER_WIDTH = 1280
FACTS = "facts.json"
MASTER = "master.m3u8"
# Of the one who makes films on a machine, all steps of one film together.
MOST_SECONDS = 6 * 3600


class Unusable(Exception):
    """The file cannot be used; `code` is one of services.SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Made:
    """What stands in the folder, by file name. Sizes in bytes, loudness in hundredths of LUFS (None: silent)."""

    length_ms: int
    rungs: list[dict[str, Any]] = field(default_factory=list)
    master: str = ""
    small: str = ""
    small_bytes: int = 0
    audio: str = ""
    audio_bytes: int = 0
    poster: str = ""
    width: int = 0
    height: int = 0
    loudness: int | None = None

    def files(self) -> list[str]:
        """All names, the one that makes the others visible last."""
        found = [self.audio, self.poster, self.small]
        for rung in self.rungs:
            found += [rung["file"], rung["playlist"]]
        return [name for name in dict.fromkeys([*found, self.master]) if name]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Progress = Callable[[int, int], None]


def encode(source: Path, kind: str, said_ms: int, folder: Path, progress: Progress) -> Made:
    """Make everything of `source` (`kind` as sniff.kind_of calls it, as long as its header said) in `folder`.

    Raises Unusable, and what `progress` (done, total) raises. Called again after a crash it goes on.
    """
    return _Encoding(source, kind, said_ms, folder, progress).make()


class _Encoding:
    def __init__(self, source: Path, kind: str, said_ms: int, folder: Path, progress: Progress) -> None:
        self.source = ffmpeg.Source(source, kind)
        self.said_ms, self.folder, self.tell = said_ms, folder, progress
        self.done = 0
        # Until the steps are known: the look and, as a rule, two of the sound and three sizes.
        self.steps = 6
        self.until = time.monotonic() + min(max(600, said_ms // 1000 * 8), MOST_SECONDS)

    @property
    def seconds(self) -> int:
        """What is left for this film: the machine makes one at a time, and others wait."""
        return max(1, int(self.until - time.monotonic()))

    def make(self) -> Made:
        try:
            return self._make()
        except ffmpeg.TooSlow:
            raise Unusable("too_slow") from None
        except ffmpeg.Broken as broken:
            raise Unusable("broken") from broken

    def _make(self) -> Made:
        found = ffmpeg.look(self.source, seconds=self.seconds, progress=self._progress)
        self.done += 1
        if not (found.shows or found.sounds):
            raise Unusable("nothing_in_it")
        if is_short_of(found.length_ms, self.said_ms):
            raise Unusable("shorter_than_said")
        made = Made(length_ms=found.length_ms)
        sizes = self._sizes(made) if found.shows else []
        self.steps = 1 + 2 * found.sounds + len(sizes) + bool(sizes)
        if found.sounds:
            made.loudness, made.audio, made.audio_bytes = self._sound()
        for rung in sizes:
            made.rungs.append(self._rung(rung, made.audio))
        if made.rungs:
            made.small, made.small_bytes = self._small(made.rungs[0]["file"])
            made.master = self._master(made.rungs)
        return made

    # -- picture ------------------------------------------------------------------------------------

    def _sizes(self, made: Made) -> list[Rung]:
        """Draw the poster; its own size is how the film is shown, turned and stretched as it says."""
        poster = self.folder / "poster.jpg"
        if not poster.exists():
            self._draw(poster)
        with Image.open(self.folder / "frame.png") as frame:
            made.width, made.height = frame.size
        made.poster = poster.name
        return rungs(made.width, made.height)

    def _draw(self, poster: Path) -> None:
        frame = self.folder / "frame.png"
        # Not the first picture, which is often black; what is very short has no other.
        for seek in (min(self.said_ms / 10_000, 10.0), 0.0):
            frame.unlink(missing_ok=True)
            source = ffmpeg.Source(self.source.path, self.source.kind, seek)
            picture = ["-map", "0:V:0", "-frames:v", "1"]
            picture += ["-vf", f"scale=min(iw*sar\\,{2 * LONGEST}):min(ih\\,{2 * LONGEST}),setsar=1"]
            ffmpeg.run([source], [*picture, "-f", "image2", "-update", "1", str(frame)], seconds=120)
            if frame.exists():
                break
        else:
            raise Unusable("broken")
        with Image.open(frame) as drawn:
            if min(drawn.size) < SHORTEST or max(drawn.size) > LONGEST:
                raise Unusable("odd_size")
            picture_ = drawn.convert("RGB")
            picture_.thumbnail((POSTER_WIDTH, POSTER_WIDTH))
            part = poster.with_suffix(".part")
            picture_.save(part, "JPEG", quality=80, optimize=True, progressive=True)
        part.replace(poster)

    def _rung(self, rung: Rung, audio: str) -> dict[str, Any]:
        """One size as a fragmented MP4 with its playlist: two files, however long the film (HLS by byte ranges)."""
        file, playlist = self.folder / f"{rung.code}.mp4", self.folder / f"{rung.code}.m3u8"
        if not playlist.exists():
            sources = [self.source, *([ffmpeg.Source(self.folder / audio, "mp4")] if audio else [])]
            part = self.folder / f"{rung.code}.part.m3u8"
            arguments = ["-map", "0:V:0", *(["-map", "1:a:0", "-c:a", "copy"] if audio else [])]
            arguments += ["-vf", f"scale={rung.width}:{rung.height},setsar=1", "-fpsmax", "30"]
            arguments += [
                "-c:v",
                "libx264",
                "-preset",
                "veryfast",
                "-profile:v",
                "main",
                "-pix_fmt",
                "yuv420p",
            ]
            arguments += ["-crf", "24", "-maxrate", str(rung.bits), "-bufsize", str(2 * rung.bits)]
            # Key frames at the same moments in all sizes, so that a player can change between them.
            arguments += ["-force_key_frames", f"expr:gte(t,n_forced*{SEGMENT_S})", "-sc_threshold", "0"]
            arguments += ["-threads", "2", "-map_metadata", "-1", "-map_chapters", "-1"]
            arguments += ["-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod"]
            arguments += ["-hls_segment_type", "fmp4", "-hls_flags", "single_file+independent_segments"]
            arguments += ["-hls_segment_filename", str(file), str(part)]
            ffmpeg.run(sources, arguments, seconds=self.seconds, progress=self._progress)
            part.replace(playlist)
        self.done += 1
        size = file.stat().st_size
        peak, mean = _rates(playlist.read_text(encoding="ascii"))
        return {
            "code": rung.code,
            "width": rung.width,
            "height": rung.height,
            "file": file.name,
            "playlist": playlist.name,
            "bytes": size,
            "peak": peak,
            "mean": mean,
        }

    def _small(self, file: str) -> tuple[str, int]:
        """The smallest size again as a plain MP4, its index first: to take along, and where nothing else plays."""
        small = self.folder / "small.mp4"
        if not small.exists():
            part = self.folder / "small.part.mp4"
            copy = ["-c", "copy", "-movflags", "+faststart", "-f", "mp4", str(part)]
            ffmpeg.run([ffmpeg.Source(self.folder / file, "mp4")], copy, seconds=self.seconds)
            part.replace(small)
        self.done += 1
        return small.name, small.stat().st_size

    def _master(self, made: list[dict[str, Any]]) -> str:
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        for rung in made:
            lines.append(
                f"#EXT-X-STREAM-INF:BANDWIDTH={rung['peak']},AVERAGE-BANDWIDTH={rung['mean']},"
                f"RESOLUTION={rung['width']}x{rung['height']}"
            )
            lines.append(rung["playlist"])
        (self.folder / MASTER).write_text("\n".join(lines) + "\n", encoding="ascii")
        return MASTER

    # -- sound --------------------------------------------------------------------------------------

    def _sound(self) -> tuple[int | None, str, int]:
        """The sound at one loudness (EBU R 128, two passes), as long as the whole."""
        audio, facts = self.folder / "audio.m4a", self.folder / FACTS
        if not audio.exists():
            measured, stereo = self._measure()
            # Silence in front where it begins later than the picture, and behind where it ends earlier.
            whole = [f"apad=whole_dur={self.said_ms}ms"]
            level = f"loudnorm={LOUDNESS}:{measured}:linear=true" if measured else ""
            steps = ["aresample=async=1:first_pts=0", level, "aresample=48000", *whole]
            part = self.folder / "audio.part.m4a"
            arguments = ["-map", "0:a:0", "-af", ",".join(filter(None, steps)), "-ac", "2" if stereo else "1"]
            arguments += ["-c:a", "aac", "-b:a", str(SOUND_BITS["stereo" if stereo else "mono"])]
            arguments += ["-map_metadata", "-1", "-map_chapters", "-1"]
            arguments += ["-movflags", "+faststart", "-f", "mp4", str(part)]
            ffmpeg.run([self.source], arguments, seconds=self.seconds, progress=self._progress)
            facts.write_text(json.dumps({"loudness": _hundredths(measured)}), encoding="ascii")
            part.replace(audio)
        self.done += 1
        return json.loads(facts.read_text(encoding="ascii"))["loudness"], audio.name, audio.stat().st_size

    def _measure(self) -> tuple[str, bool]:
        """What loudnorm wants to know for its second pass ("" for silence), and whether there are two channels."""
        told = ffmpeg.run(
            [self.source],
            ["-map", "0:a:0", "-af", f"loudnorm={LOUDNESS}:print_format=json", "-f", "null", "-"],
            seconds=self.seconds,
            progress=self._progress,
        )
        self.done += 1
        mono = re.search(r"Audio: [^\n]*\bmono\b", told.log.partition("Output #0")[0])
        return measured_in(told.log), mono is None

    def _progress(self, ms: int) -> None:
        """Each step is one part of the whole, filled as far as the content was walked through."""
        part = min(1000, ms * 1000 // max(self.said_ms, 1))
        self.tell(min(self.done * 1000 + part, self.steps * 1000), self.steps * 1000)


_MEASURED = {
    "measured_I": "input_i",
    "measured_TP": "input_tp",
    "measured_LRA": "input_lra",
    "measured_thresh": "input_thresh",
    "offset": "target_offset",
}


def measured_in(log: str) -> str:
    """What loudnorm's first pass said, as its second pass wants to be told; "" for silence. Raises Unusable.

    The log holds the file's own words too (its tags), and what is made of it becomes part of a filter: the last of what
    looks like loudnorm's answer, and numbers only, written by us.
    """
    found = re.findall(r"\{[^{}]*\"input_i\"[^{}]*\}", log)
    try:
        values = {short: float(json.loads(found[-1])[name]) for short, name in _MEASURED.items()}
    except (IndexError, KeyError, TypeError, ValueError):
        raise Unusable("broken") from None
    if not all(math.isfinite(value) for value in values.values()):
        return ""
    return ":".join(f"{short}={value:.2f}" for short, value in values.items())


def _hundredths(measured: str) -> int | None:
    found = re.match(r"measured_I=(-?[0-9.]+)", measured)
    return round(float(found.group(1)) * 100) if found else None


def _rates(playlist: str) -> tuple[int, int]:
    """The most and the mean bits per second of a playlist's segments."""
    lengths = [float(value) for value in re.findall(r"^#EXTINF:([0-9.]+)", playlist, re.M)]
    sizes = [int(value) for value in re.findall(r"^#EXT-X-BYTERANGE:(\d+)", playlist, re.M)]
    if not lengths or len(lengths) != len(sizes):
        raise Unusable("broken")
    # A short last segment says nothing about what a line must carry.
    pairs = list(zip(sizes, lengths, strict=True))
    peak = max(int(size * 8 / max(length, 1.0)) for size, length in pairs)
    return peak, int(sum(sizes) * 8 / max(sum(lengths), 0.1))
