"""Pictures of the spot, made anew: what the camera wrote into them (place, time, device) does not come along, and nothing but a picture does.

Owns: how large they may be and what they become (JPEG). Refuses: what is no JPEG or PNG, too large files and pictures.
"""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from lms.lib.errors import Invalid
from lms.lib.ids import uuid7

MIME = "image/jpeg"
MAX_BYTES = 15 * 1024 * 1024
MAX_POINTS = 60_000_000
LONGEST_SIDE = 2560
QUALITY = 85


def cleaned(given: UploadedFile) -> UploadedFile:
    """The picture upright, at most LONGEST_SIDE wide or high, as JPEG without any of its metadata. Raises Invalid."""
    if not given.size or given.size > MAX_BYTES:
        raise _wrong(_("照片是空的或超过 15 MB。"))
    try:
        with Image.open(given, formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > MAX_POINTS:
                raise _wrong(_("照片太大，请把相机的分辨率调低后再拍。"))
            # Smaller already while it is read, where the format can.
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            plain = Image.new("RGB", upright.size, "white")
            picture = (
                upright.convert("RGBA") if upright.mode in ("RGBA", "LA", "P") else upright.convert("RGB")
            )
            plain.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _wrong(_("这不是能读的照片，请用 JPG 或 PNG。")) from error
    kept = BytesIO()
    plain.save(kept, "JPEG", quality=QUALITY)
    return SimpleUploadedFile(f"{uuid7()}.jpg", kept.getvalue(), MIME)


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_photo", details={"field": "photo"})
