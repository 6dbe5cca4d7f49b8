"""File types by extension: content types for serving, and the first bytes that a media file must have."""

from __future__ import annotations

from . import errors

#: Extension -> content type to serve it with. Everything else is sent as a download.
CONTENT_TYPES = {
    "json": "application/json",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "avif": "image/avif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "eot": "application/vnd.ms-fontobject",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "webm": "video/webm",
    "mp4": "video/mp4",
    "ogv": "video/ogg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "vtt": "text/vtt; charset=utf-8",
    "webvtt": "text/vtt; charset=utf-8",
    "srt": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "gltf": "model/gltf+json",
    "glb": "model/gltf-binary",
}

_RASTER = frozenset(["png", "jpg", "jpeg", "gif", "bmp", "webp", "avif", "tif", "tiff"])
_MEDIA = frozenset(["webm", "mp4", "ogv", "ogg", "oga", "mp3", "m4a", "wav"])
_MAGIC = {"pdf": (b"%PDF",), "woff": (b"wOFF",), "woff2": (b"wOF2",), "glb": (b"glTF",)}


def extension(name: str) -> str:
    """Extension of a path in lower case without the dot, "" where it has none."""
    last = name.rpartition("/")[2]
    return last.rpartition(".")[2].lower() if "." in last else ""


def _is_raster(head: bytes) -> bool:
    return (
        head.startswith(
            (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
        )
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"mif1", b"heic"))
    )


def _is_media(head: bytes) -> bool:
    mpeg_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    return (
        head.startswith((b"\x1aE\xdf\xa3", b"OggS", b"ID3", b"RIFF"))
        or head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip")
        or mpeg_frame
    )


def check_head(name: str, head: bytes) -> None:
    """Refuse a picture, sound, video, PDF or web font whose first bytes are something else.

    An image with another image's extension passes: browsers look at the bytes, and such files are common.
    Raises ``FileTypeMismatch``.
    """
    kind = extension(name)
    if kind in _RASTER:
        good = _is_raster(head)
    elif kind in _MEDIA:
        good = _is_media(head)
    elif kind in _MAGIC:
        good = head.startswith(_MAGIC[kind])
    else:
        good = True
    if not good:
        raise errors.FileTypeMismatch("the file is not what its extension says", where=name)
