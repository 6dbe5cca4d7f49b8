"""Films for tests, made by the encoder itself: a few seconds of a moving picture and a tone."""

import functools
import subprocess
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile

from courses.media import ffmpeg
from courses.models import CourseVideo


@functools.cache
def clip(seconds=3, size="640x360", sound=True, suffix="mp4"):
    """The bytes of a clip; suffix "mp3": its sound alone."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"clip.{suffix}"
        picture = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=12"]
        tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"]
        command = [ffmpeg.program(), "-y", "-loglevel", "error"]
        command += [*(picture if suffix != "mp3" else []), *(tone if sound else []), "-t", str(seconds)]
        if suffix == "mp4":
            command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
        subprocess.run([*command, str(out)], check=True)
        return out.read_bytes()


def video(data, name="clip.mp4", duration_ms=3000, **more):
    return CourseVideo.objects.create(
        title="短片", file=ContentFile(data, name=name), duration_ms=duration_ms, **more
    )


def mp3_frames(count):
    """Silence as an MP3 of so many frames of 1152 samples at 44.1 kHz: 26.122 ms each."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * count
