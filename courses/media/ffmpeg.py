"""ffmpeg as this house runs it: confined, bounded, and reading nothing but the one file it is given.

Owns: the limits, the progress, what went wrong. Refuses: playlists and addresses inside a file (one demuxer, named by us,
and no protocol but file), decoders nobody needs, pictures of absurd size, streams by the hundred.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CONFINED = Path(__file__).with_name("confined.py")
# What sniff.kind_of calls a file → the one demuxer that may read it.
DEMUXERS = {"mp4": "mov", "webm": "matroska", "mp3": "mp3"}
_DECODERS = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,mpeg4,mjpeg,png,"
    "aac,mp3float,mp3,opus,libopus,vorbis,libvorbis,ac3,eac3,flac,alac,pcm_s16le,pcm_s16be,pcm_f32le"
)
_BOUNDS = (
    *("-protocol_whitelist", "file"),
    *("-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3"),
    *("-codec_whitelist", _DECODERS),
    *("-max_streams", "32"),
    *("-probesize", "20M"),
    *("-analyzeduration", "20M"),
    *("-max_pixels", "40000000"),
)
MOST_BYTES = 8 * 1024**3
_TAIL = 40


class Broken(Exception):
    """ffmpeg could not do it; the message is its own last words, for the log."""


class TooSlow(Exception):
    """It took longer than it may."""


@dataclass(frozen=True)
class Source:
    """A file to read. `kind` as sniff.kind_of calls it; `ours`: made by us in an earlier step."""

    path: Path
    kind: str
    seek_s: float = 0.0

    def arguments(self) -> list[str]:
        seek = ["-ss", f"{self.seek_s:.3f}"] if self.seek_s else []
        return [*_BOUNDS, *seek, "-f", DEMUXERS[self.kind], "-i", str(self.path)]


@dataclass(frozen=True)
class Told:
    """What a run said: the last of its log, and where in the content it ended (ms)."""

    log: str
    reached_ms: int


def program() -> str:
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def run(
    sources: list[Source],
    arguments: list[str],
    *,
    seconds: int,
    progress: Callable[[int], None] = lambda ms: None,
) -> Told:
    """Run ffmpeg over the sources; `progress` is told the milliseconds of content done, every few seconds.

    Raises Broken, TooSlow (after `seconds`), and what `progress` raises; nothing keeps running then.
    """
    command = [sys.executable, "-I", str(CONFINED), str(seconds * 2), str(MOST_BYTES), program()]
    command += ["-nostdin", "-hide_banner", "-loglevel", "info", "-nostats", "-y"]
    command += ["-stats_period", "3", "-progress", "pipe:1"]
    for source in sources:
        command += source.arguments()
    command += arguments
    late = threading.Event()
    # Its words go to a list of their own thread: a full pipe would stop it.
    words: list[str] = []
    with subprocess.Popen(  # noqa: S603 - our own arguments
        # Nothing of ours stands in its surroundings: no key, no address of a database.
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
    ) as process:

        def stop() -> None:
            late.set()
            process.kill()

        def listen() -> None:
            for line in process.stderr or ():
                words.append(line[:500].decode("utf-8", "replace").rstrip())
                if len(words) > 20 * _TAIL:
                    del words[10 * _TAIL : 15 * _TAIL]

        timer, listener = threading.Timer(seconds, stop), threading.Thread(target=listen, daemon=True)
        timer.start()
        listener.start()
        reached = 0
        try:
            for line in process.stdout or ():
                name, _, value = line.decode("ascii", "replace").strip().partition("=")
                if name == "out_time_us" and value.lstrip("-").isdigit():
                    reached = max(reached, int(value) // 1000)
                    progress(reached)
            process.wait()
        finally:
            timer.cancel()
            process.kill()
            process.wait()
            listener.join(5)
    if late.is_set():
        raise TooSlow
    if process.returncode != 0:
        raise Broken("\n".join(words[-_TAIL:]))
    return Told("\n".join(words), reached)


_AUDIO = re.compile(r"^\s*Stream #0:\d+.*: Audio: ", re.M)
_VIDEO = re.compile(r"^\s*Stream #0:\d+.*: Video: (?!.*\(attached pic\))", re.M)


@dataclass(frozen=True)
class Found:
    """What a file holds: whether it shows and sounds, and how long its content really is (ms)."""

    shows: bool
    sounds: bool
    length_ms: int


def look(source: Source, *, seconds: int, progress: Callable[[int], None] = lambda ms: None) -> Found:
    """Walk through all packets of a file without decoding them. Raises Broken, TooSlow."""
    kinds = ["-map", "0:a:0?"] if source.kind == "mp3" else ["-map", "0:V:0?", "-map", "0:a:0?"]
    told = run([source], [*kinds, "-c", "copy", "-f", "null", "-"], seconds=seconds, progress=progress)
    head = told.log.partition("Output #0")[0]
    return Found(bool(_VIDEO.search(head)), bool(_AUDIO.search(head)), told.reached_ms)
