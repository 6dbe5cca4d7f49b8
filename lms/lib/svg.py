"""Is an SVG only a picture? An allow-list of elements, no script, nothing from outside.

Refuses rather than repairs: a picture that was changed silently is no longer the author's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

SVG = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
MAX_BYTES = 2 * 1024 * 1024


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS: frozenset[str] = _words(
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath title"
    " desc metadata clipPath mask pattern marker linearGradient radialGradient stop image style"
    " switch filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix"
    " feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG"
    " feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight"
    " feSpecularLighting feSpotLight feTile feTurbulence"
)
# Drawing programs leave their notes in these; browsers don't look at them.
NOTE_NAMESPACES: tuple[str, ...] = (
    "http://sodipodi.sourceforge.net/",
    "http://www.inkscape.org/namespaces/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/",
)
_DATA_IMAGE = re.compile(r"^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$")
_CSS_URL = re.compile(r"url\s*\(\s*[\"']?\s*([^\"')\s]*)", re.IGNORECASE)
_PI = re.compile(r"<\?(?!xml[\s?])", re.IGNORECASE)
_LENGTH = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*(px)?\s*$")


@dataclass(frozen=True)
class SvgCheck:
    """`code` is "" for a good picture, else one of the problem codes svg_broken, svg_active, svg_external."""

    code: str = ""
    found: str = ""
    width: int = 0
    height: int = 0


def check(data: bytes) -> SvgCheck:
    """Look through an SVG file. Never raises."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return SvgCheck("svg_broken")
    if _PI.search(text):
        return SvgCheck("svg_active", "<?…?>")
    try:
        root = fromstring(text.encode(), forbid_dtd=True)
    except DefusedXmlException:
        return SvgCheck("svg_active", "<!DOCTYPE>")
    except (ParseError, ValueError, RecursionError, LookupError):
        return SvgCheck("svg_broken")
    if root.tag != f"{{{SVG}}}svg":
        return SvgCheck("svg_broken")
    for element in root.iter():
        bad = _check_element(element)
        if bad.code:
            return bad
    width, height = _size(root.attrib)
    return SvgCheck(width=width, height=height)


def _check_element(element: Element) -> SvgCheck:
    tag = element.tag
    namespace, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    if namespace == SVG:
        if name not in ELEMENTS:
            return SvgCheck("svg_active", f"<{name[:30]}>")
    elif not namespace.startswith(NOTE_NAMESPACES):
        return SvgCheck("svg_active", f"<{name[:30]}>")
    for key, value in element.attrib.items():
        plain = key.rpartition("}")[2].lower()
        if plain.startswith("on"):
            return SvgCheck("svg_active", plain[:30])
        if plain in ("href", "src") and namespace == SVG:
            target = value.strip()
            if not (target.startswith("#") or (name == "image" and _DATA_IMAGE.match(target))):
                return SvgCheck("svg_external", target[:40])
        elif plain == "base" and key != plain:
            return SvgCheck("svg_external", "xml:base")
        elif _css_bad(value) or (namespace == SVG and _escaped(value)):
            return SvgCheck("svg_external", value.strip()[:40])
    if namespace == SVG and name == "style":
        css = "".join(element.itertext())
        if _css_bad(css) or "@import" in css.lower() or "image-set" in css.lower() or "\\" in css:
            return SvgCheck("svg_external", "<style>")
    return SvgCheck()


def _css_bad(value: str) -> bool:
    if "javascript:" in re.sub(r"\s", "", value).lower():
        return True
    return any(not target.startswith("#") for target in _CSS_URL.findall(value))


def _escaped(value: str) -> bool:
    """Whether an attribute may be CSS that calls something by letters written otherwise: u\\72l(…) is url(…)."""
    return "\\" in value and "(" in value


def _size(attributes: dict[str, str]) -> tuple[int, int]:
    sizes = [_LENGTH.match(attributes.get(name, "")) for name in ("width", "height")]
    if sizes[0] and sizes[1]:
        return int(float(sizes[0].group(1)[:9])), int(float(sizes[1].group(1)[:9]))
    parts = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
    if len(parts) == 4 and all(re.fullmatch(r"-?[0-9]{1,7}(\.[0-9]+)?", p) for p in parts):
        return max(0, int(float(parts[2]))), max(0, int(float(parts[3])))
    return 0, 0
