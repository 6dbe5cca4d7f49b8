"""Cleaning of HTML that people or packs bring: one allow-list for every way in."""

import nh3

TAGS = {
    *(
        "p",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "hr",
        "br",
        "strong",
        "b",
        "em",
        "i",
    ),
    *(
        "a",
        "sub",
        "sup",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "mark",
        "ruby",
    ),
    *("rt", "rp", "figure", "figcaption", "u", "s", "span", "div", "small"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "*": {"lang"},
}
URL_SCHEMES = {"http", "https", "mailto", "tel"}


def clean_html(html: str) -> str:
    """The same text with only the allowed tags and attributes; scripts, styles, events and frames are gone."""
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=URL_SCHEMES, link_rel="noopener nofollow"
    )


def text_of(html: str) -> str:
    """The words of an HTML fragment, without its tags."""
    from html import unescape

    return unescape(nh3.clean(html.replace("<", " <"), tags=set())).strip()
