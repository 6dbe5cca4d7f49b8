"""What a file really is, from its bytes; how big a picture, how long a video.

The name of a file is a claim, its content is the fact. Pure functions over a seekable binary file; they
answer "" or None for what they cannot tell and never raise on bad content.
"""

from __future__ import annotations

import struct
import warnings
from typing import IO

from PIL import Image, UnidentifiedImageError

HEAD_BYTES = 4096
MAX_PIXELS = 60_000_000

# type name -> (MIME type, allowed extensions)
TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "png": ("image/png", ("png",)),
    "jpeg": ("image/jpeg", ("jpg", "jpeg")),
    "gif": ("image/gif", ("gif",)),
    "webp": ("image/webp", ("webp",)),
    "avif": ("image/avif", ("avif",)),
    "svg": ("image/svg+xml", ("svg",)),
    "mp4": ("video/mp4", ("mp4", "m4v")),
    "webm": ("video/webm", ("webm",)),
    "vtt": ("text/vtt", ("vtt",)),
    "pdf": ("application/pdf", ("pdf",)),
    "mp3": ("audio/mpeg", ("mp3",)),
    "zip": ("application/zip", ("zip",)),
    "text": ("text/plain", ("txt", "csv", "md")),
}
OFFICE: dict[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
}
IMAGES = frozenset({"png", "jpeg", "gif", "webp", "avif", "svg"})
VIDEOS = frozenset({"mp4", "webm"})
# What plays in a lesson, with a picture or without.
PLAYED = VIDEOS | {"mp3"}
DOWNLOADS = frozenset({"pdf", "zip", "text", "mp3", "png", "jpeg"})


def kind_of(head: bytes) -> str:
    """Name the type of a file by its first bytes: a key of TYPES, "html", "executable", or ""."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        # A picture in the same boxes (ISO/IEC 23000-22; AV1 Image File Format, 6.3).
        return "avif" if head[8:12] == b"avif" else "mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else ""
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    if head.startswith((b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")):
        return "executable"
    return _text_kind(head)


def _text_kind(head: bytes) -> str:
    if b"\x00" in head:
        return ""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A cut in the middle of a character at the end of the head is no fault.
        if error.end < len(head) - 4:
            return ""
        text = head[: error.start].decode("utf-8-sig", "replace")
    start = text.lstrip().lower()
    if start.startswith("webvtt"):
        return "vtt"
    if "<svg" in start and start.startswith(("<?xml", "<svg", "<!--", "<!doctype svg")):
        return "svg"
    if start.startswith(("<!doctype html", "<html", "<script", "<head", "<body", "<iframe")):
        return "html"
    return "text" if text.strip() else ""


def image_size(file: IO[bytes]) -> tuple[int, int] | None:
    """Width and height in pixels of a raster picture that can be read, else None."""
    try:
        with warnings.catch_warnings():
            # Pillow warns above its own limit; ours is checked by the caller with a sentence.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                size = image.size
                image.verify()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, struct.error, MemoryError):
        return None
    except Image.DecompressionBombError:
        return (100_000, 100_000)
    except Exception:  # decoders of broken files raise what they like
        return None
    return size


def video_duration_ms(file: IO[bytes], kind: str, size: int) -> int | None:
    """The length of an MP4 or WebM in milliseconds, from its header, of an MP3 from its frames, or None."""
    try:
        if kind == "mp3":
            duration = mp3_duration_ms(file)
        else:
            duration = _mp4_duration(file, size) if kind == "mp4" else _webm_duration(file)
    except (struct.error, OSError, OverflowError, ValueError, ZeroDivisionError):
        return None
    return duration if duration is not None and 0 < duration < 24 * 3600 * 1000 else None


# The outermost boxes of ISO/IEC 14496-12 and QuickTime, and those without which there is no film.
_BOXES = frozenset(
    b"ftyp styp pdin moov moof mfra mdat free skip wide pnot uuid udta meta meco sidx ssix prft emsg imda".split()
)
_WHOLE = {b"moov", b"mdat"}


def cut_short(file: IO[bytes], kind: str, size: int) -> bool:
    """Whether a film of `size` bytes says of itself that there is more of it: its upload or copy ended early. What does not
    say how long it is (a stream, an MP3) is not cut."""
    try:
        if kind == "mp4":
            return _mp4_end(file, size) > size
        return kind == "webm" and _webm_end(file) > size
    except (struct.error, OSError, OverflowError, ValueError, IndexError):
        return False


def _mp4_end(file: IO[bytes], end: int) -> int:
    """Where the last of the outermost boxes ends. What a tagging program or a camera put behind a film that is whole is none."""
    position, seen = 0, set[bytes]()
    for _ in range(10_000):
        if position + 8 > end:
            break
        file.seek(position)
        size, name = struct.unpack(">I4s", file.read(8))
        if name not in _BOXES and seen >= _WHOLE:
            break
        seen.add(name)
        if size == 1:
            size = struct.unpack(">Q", file.read(8))[0]
        if size < 8:  # up to the end of the file, or no box
            break
        position += size
    return position


def _webm_end(file: IO[bytes]) -> int:
    """Where the segment ends by its own word; 0 where it does not say."""
    file.seek(0)
    data, position = file.read(4096), 0
    while position < len(data):
        element, position = _vint(data, position, keep_marker=True)
        before = position
        size, position = _vint(data, position, keep_marker=False)
        if element == 0x18538067:
            unknown = size == (1 << 7 * (position - before)) - 1
            return 0 if unknown else position + size
        position += size
    return 0


def _mp4_duration(file: IO[bytes], end: int) -> int | None:
    """Walk the boxes to moov/mvhd (ISO/IEC 14496-12): duration divided by timescale."""
    position, inside_moov = 0, False
    for _ in range(10_000):
        if position + 8 > end:
            return None
        file.seek(position)
        size, name = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            size, header = struct.unpack(">Q", file.read(8))[0], 16
        elif size == 0:
            size = end - position
        if size < header:
            return None
        if name == b"moov" and not inside_moov:
            inside_moov, end, position = True, min(end, position + size), position + header
            continue
        if name == b"mvhd" and inside_moov:
            version = file.read(4)[0]
            if version == 1:
                _, _, scale, duration = struct.unpack(">QQIQ", file.read(28))
            else:
                _, _, scale, duration = struct.unpack(">IIII", file.read(16))
            return int(duration) * 1000 // int(scale)
        position += size
    return None


def _vint(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    first = data[at]
    length = 9 - first.bit_length() if first else 9
    if length > 8 or at + length > len(data):
        raise ValueError("bad EBML number")
    value = int.from_bytes(data[at : at + length], "big")
    if not keep_marker:
        value &= (1 << (7 * length)) - 1
    return value, at + length


def _webm_duration(file: IO[bytes]) -> int | None:
    """Segment > Info > Duration × TimestampScale (Matroska), within the first 64 kB."""
    file.seek(0)
    data = file.read(65536)
    position, scale, duration = 0, 1_000_000, None
    while position < len(data):
        try:
            element, position = _vint(data, position, keep_marker=True)
            size, position = _vint(data, position, keep_marker=False)
        except (ValueError, IndexError):
            break
        if element in (0x18538067, 0x1549A966):  # Segment, Info: go inside
            continue
        body = data[position : position + size]
        if element == 0x2AD7B1:
            scale = int.from_bytes(body, "big")
        elif element == 0x4489 and len(body) in (4, 8):
            duration = struct.unpack(">f" if len(body) == 4 else ">d", body)[0]
        elif element == 0x1F43B675:  # Cluster: the header is over
            break
        position += size
    return None if duration is None else int(duration * scale / 1_000_000)


# ISO/IEC 11172-3 and 13818-3, layer III: kbit/s by index, samples per second, for MPEG 1 and for MPEG 2 and 2.5.
_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MP3_CHUNK = 1024 * 1024


def mp3_duration_ms(file: IO[bytes]) -> int | None:
    """The length of an MP3 (layer III) in milliseconds, by walking its frames, or None.

    What its header claims is not believed: hours are given for the length.
    """
    file.seek(0)
    head = file.read(10)
    at = 0
    if head[:3] == b"ID3" and len(head) == 10:
        at = 10 + ((head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127)
    file.seek(at)
    micros, frames, rest = 0, 0, b""
    while chunk := file.read(_MP3_CHUNK):
        data, at = rest + chunk, 0
        while at + 4 <= len(data):
            length, lasts = _mp3_frame(data[at], data[at + 1], data[at + 2])
            if not length:
                at += 1
                continue
            if at + length > len(data):
                break
            at, micros, frames = at + length, micros + lasts, frames + 1
        rest = data[at:]
    return micros // 1000 if frames > 1 else None


def _mp3_frame(one: int, two: int, three: int) -> tuple[int, int]:
    """Bytes and microseconds of the frame that begins with these, (0, 0) where none does."""
    version, layer = two >> 3 & 3, two >> 1 & 3
    bits, rate = three >> 4, three >> 2 & 3
    if one != 0xFF or two & 0xE0 != 0xE0 or version == 1 or layer != 1 or bits in (0, 15) or rate == 3:
        return 0, 0
    hertz, first = _HERTZ[version][rate], version == 3
    samples = 1152 if first else 576
    length = samples // 8 * _KBITS[first][bits] * 1000 // hertz + (three >> 1 & 1)
    return length, samples * 1_000_000 // hertz


def vtt_text(data: bytes) -> str | None:
    """The spoken text of a WebVTT file, a line per cue, or None when it is not one."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None
    if not text.startswith("WEBVTT") or "\x00" in text:
        return None
    lines: list[str] = []
    for block in text.split("\n\n")[1:]:
        rows = block.strip().split("\n")
        arrow = next((n for n, row in enumerate(rows) if "-->" in row), None)
        if arrow is not None:
            lines.append(" ".join(row.strip() for row in rows[arrow + 1 :]))
    return "\n".join(line for line in lines if line) if lines else None
