"""Texts of Moodle in the formats it keeps them in → HTML."""

from __future__ import annotations

import re
from html import escape

PLAIN, _MARKDOWN = "2", "4"
_MARKS = re.compile(r"(?m)^#{1,6}\s+|(?<!\*)\*\*(?!\*)|(?<!_)__(?!_)|`")


def as_html(text: str, form: str) -> str:
    """`form` as Moodle's FORMAT_ constants: 0 its own (HTML whose line ends count), 1 HTML, 2 plain, 4 Markdown.

    Of Markdown the words come, in paragraphs."""
    if form == PLAIN:
        return _paragraphs(escape(text))
    if form == _MARKDOWN:
        return _paragraphs(_MARKS.sub("", escape(text, quote=False)))
    if form == "0" and "\n" in text and not re.search(r"<(p|br|div|table|ul|ol)\b", text, re.I):
        return _paragraphs(text)
    return text


def _paragraphs(html: str) -> str:
    parts = re.split(r"\n\s*\n", html.replace("\r\n", "\n").strip())
    return "".join("<p>" + part.strip().replace("\n", "<br>") + "</p>" for part in parts if part.strip())
