"""What a package may hold: sizes, counts and file types. Hosts may pass narrower or wider limits."""

from __future__ import annotations

from dataclasses import dataclass, field

MIB = 1024 * 1024

#: Core API (major, minor) of H5P's own JavaScript that packages are checked against by default.
CORE_API = (1, 28)

_IMAGES = {"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "avif"}
_FONTS = {"eot", "ttf", "woff", "woff2", "otf"}
_MEDIA = {"webm", "mp4", "ogv", "ogg", "oga", "mp3", "m4a", "wav", "vtt", "webvtt", "srt", "gltf", "glb"}
_OFFICE = {"pdf", "rtf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "csv"}
_TEXT = {"json", "txt", "md", "textile", "diff", "patch"}

#: What content may hold: H5P's own list without Flash. No HTML, no SVG, no scripts.
CONTENT_EXTENSIONS = frozenset(_IMAGES | _FONTS | _MEDIA | _OFFICE | _TEXT)

#: What libraries may hold.
LIBRARY_EXTENSIONS = CONTENT_EXTENSIONS | {"js", "css", "svg", "xml", "map"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one package; sizes in bytes."""

    archive_bytes: int = 512 * MIB
    unpacked_bytes: int = 1024 * MIB
    file_bytes: int = 512 * MIB
    json_bytes: int = 16 * MIB
    files: int = 20_000
    path_bytes: int = 240
    depth: int = 16
    #: A file larger than ``ratio_from`` may unpack to at most this many times its packed size.
    ratio: int = 200
    ratio_from: int = 4 * MIB
    content_extensions: frozenset[str] = field(default=CONTENT_EXTENSIONS)
    library_extensions: frozenset[str] = field(default=LIBRARY_EXTENSIONS)
