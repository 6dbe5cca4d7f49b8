"""Drawings in packs are judged as all drawings are (lms/lib/svg.py)."""

from lms.lib.svg import MAX_BYTES, SVG, XLINK_HREF, SvgCheck, check

__all__ = ["MAX_BYTES", "SVG", "XLINK_HREF", "SvgCheck", "check"]
