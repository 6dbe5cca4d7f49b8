"""A logo as it comes, judged: a drawing that is only a picture, or a raster picture drawn anew.

Refuses: script and anything from outside in a drawing, what is no picture, very flat or very narrow ones. A raster picture
is never kept as it came: what is kept are its pixels.
"""

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lms.lib import svg
from lms.lib.errors import Invalid
from lms.lib.pdf import draws

MOST_BYTES = 2 * 1024 * 1024
MOST_SVG_BYTES = 64 * 1024
MOST_PIXELS = 20_000_000
# As large as it is ever shown, three times over for sharp screens and print.
BOX = (720, 240)
# Width to height.
FLATTEST, NARROWEST = 6.0, 0.5
FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class Logo:
    data: bytes
    extension: str
    width: int
    height: int


def read(data: bytes) -> Logo:
    """Raises Invalid with a sentence for whoever sent it."""
    if len(data) > MOST_BYTES:
        raise _wrong(_("标志文件太大：最多 2 MB。"))
    logo = _drawing(data) if b"<svg" in data[:4096] else _picture(data)
    shape = logo.width / logo.height if logo.width and logo.height else 0
    if not NARROWEST <= shape <= FLATTEST:
        raise _wrong(_("标志的宽不能超过高的 6 倍，高不能超过宽的 2 倍。"))
    return logo


def _drawing(data: bytes) -> Logo:
    if len(data) > MOST_SVG_BYTES:
        raise _wrong(_("SVG 标志最多 64 KB。请简化图形，或改用 PNG。"))
    found = svg.check(data)
    if found.code:
        raise _wrong(
            _("这个 SVG 不能用：%(found)s。标志里不能有脚本、动画和外部的内容，请另存为普通 SVG 或改用 PNG。")
            % {"found": found.found or _("读不出来")}
        )
    # Certificates are drawn by another program than a browser: what that can't read would spoil every one of them.
    if not draws(data.decode("utf-8-sig")):
        raise _wrong(_("这个 SVG 印不到证书上。请另存为普通 SVG 或改用 PNG。"))
    return Logo(data, "svg", found.width, found.height)


def _picture(data: bytes) -> Logo:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as came:
                if came.width * came.height > MOST_PIXELS:
                    raise _wrong(_("标志的像素太多：请缩到宽 2000 像素以内。"))
                drawn = came.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        raise _wrong(_("读不出这个标志。可以用 SVG、PNG、JPEG 或 WebP。")) from None
    drawn.thumbnail(BOX)
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return Logo(out.getvalue(), "png", drawn.width, drawn.height)


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, code="bad_logo", details={"field": "logo"})
