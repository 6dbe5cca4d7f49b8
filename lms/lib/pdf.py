"""PDF from typst templates, with the fonts that the front-end build brings and none of the machine's.

Owns: finding template and fonts, handing the data over, QR codes. Refuses: system fonts (a server's fonts must not
change what a certificate looks like) and text put into the template by formatting: data travels as JSON, so nothing
a person typed can become typst code.

For whoever writes a template (transcripts here, certificates in `lms.learning`): it is a file in a template folder,
say `credit/transcript.typ`, and begins with

    #let data = json(bytes(sys.inputs.data))
    #set text(font: "Noto Sans SC", lang: "zh", region: "cn")

A QR code is put into the data with `qr_svg(url)` and drawn with `#image(bytes(data.qr), format: "svg", width: 24mm)`.
"""

import io
import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist, engines

FONT = "vendor/fonts/NotoSansSC-Regular.ttf"
# Where npm puts the same two faces, for a tree whose front end is not built yet.
NPM_FONTS = "node_modules/@expo-google-fonts/noto-sans-sc"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Noto Sans SC Regular and Bold, read once a process."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(path) for path in _font_folders()],
    )


def _font_folders() -> list[Path]:
    found = finders.find(FONT)
    if found:
        return [Path(found).parent]
    collected = Path(settings.STATIC_ROOT) / FONT
    if collected.exists():
        return [collected.parent]
    npm = [Path(settings.BASE_DIR) / NPM_FONTS / face for face in ("400Regular", "700Bold")]
    if all(folder.is_dir() for folder in npm):
        return npm
    raise ImproperlyConfigured("The PDF fonts are missing: run `npm ci && npm run build`.")


def _template_file(name: str) -> Path:
    """The file of a template. It is not parsed by Django: `{#` would be a comment to it and is code to typst."""
    for loader in engines["django"].engine.template_loaders:  # type: ignore[attr-defined]
        for origin in getattr(loader, "loaders", [loader]):
            for source in origin.get_template_sources(name):
                if Path(source.name).is_file():
                    return Path(source.name)
    raise TemplateDoesNotExist(name)


def render_typst(template: str, data: dict[str, Any], *, made_at: datetime | None = None) -> bytes:
    """The PDF of a typst template (`credit/transcript.typ`) with `data` (plain JSON values).

    The same template, data and `made_at` (the PDF's own date; 1970 when none is given) give the same bytes.
    """
    path = _template_file(template)
    compiler = typst.Compiler(
        input=str(path),
        root=str(path.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    moment = (made_at or datetime(1970, 1, 1, tzinfo=UTC)).replace(microsecond=0)
    pdf = compiler.compile(format="pdf", timestamp=moment)
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave several files where one PDF was expected")
    return pdf


# A page that holds one drawing and nothing else.
_PROBE = b'#let data = json(bytes(sys.inputs.data))\n#image(bytes(data.svg), format: "svg", width: 2cm)'


def draws(drawing: str) -> bool:
    """Whether a drawing (SVG) can be printed: one that cannot would spoil every paper that shows it."""
    try:
        typst.compile(_PROBE, sys_inputs={"data": json.dumps({"svg": drawing})}, ignore_system_fonts=True)
    except typst.TypstError:
        return False
    return True


def qr_svg(text: str) -> str:
    """A QR code as SVG, black on nothing, without a fixed size: the template decides."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=0, omitsize=True, xmldecl=False, svgns=True)
    return out.getvalue().decode()
