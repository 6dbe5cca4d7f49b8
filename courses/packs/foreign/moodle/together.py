"""What people make together in Moodle: a wiki's pages come in as they read now, a database as its fields' names.

Owns which of a wiki's texts is the course's and which a person's. Refuses what belongs to people: who wrote, how a page read
before, wikis that everybody has to themselves, records of a database.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.packs.foreign.moodle.files import text
from courses.packs.foreign.moodle.text import PLAIN, as_html
from courses.packs.foreign.outline import Page
from courses.packs.foreign.questions import words_of
from courses.packs.problems import short

if TYPE_CHECKING:
    from courses.packs.foreign.moodle.activities import Reading

# [[Page]] and [[Page|words]]: the way to another page, of which the words stay.
_WAY = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
# Kinds of fields whose first setting is a list of what one may choose, a line each.
_CHOOSES = ("menu", "radiobutton", "checkbox", "multimenu")
_MAX_OPTIONS = 50


def wiki_pages(reading: Reading) -> list[Page]:
    """The introduction, then each page of the wikis that all or a group write, the first page first."""
    reading.lose_kind()
    intro = reading.intro()
    pages = [reading.page(intro)] if intro else []
    first, before = text(reading.node, "firstpagetitle"), 0
    wikis = reading.node.findall("subwikis/subwiki")
    several = sum(1 for wiki in wikis if text(wiki, "userid") in ("", "0")) > 1
    shown: set[str] = set()
    for number, wiki in enumerate(wikis, 1):
        own = wiki.findall("pages/page")
        if text(wiki, "userid") not in ("", "0"):
            for node in own:
                shown.add(text(node, "title"))
                reading.lose("lost_people", title=f"{reading.title} · {text(node, 'title')}")
            continue
        above = reading.title
        if several:
            group = _("第 %(number)d 组") % {"number": number}
            above = f"{reading.title} · {group}"
        # Sorting keeps the order in which they were begun.
        for node in sorted(own, key=lambda node: text(node, "title") != first):
            shown.add(text(node, "title"))
            versions = node.findall("versions/version")
            before += max(len(versions) - 1, 0)
            title = f"{above} · {text(node, 'title')}"
            pieces = reading.texts(
                _now(node, versions), reading.context, ("attachments", wiki.get("id", "")), title=title
            )
            if pieces:
                pages.append(Page(f"{reading.key}/page-{node.get('id', '')}", title, pieces))
            else:
                reading.lose("lost_empty", title=title)
    if before:
        reading.lose("lost_older", count=str(before))
    if first and first not in shown:
        # A backup without its people's data has the name of the page a wiki begins with, and no page.
        reading.lose("lost_empty", title=f"{reading.title} · {first}")
    return pages


def _now(node: Element, versions: list[Element]) -> str:
    """A page as it reads now. Written as HTML its newest version, else what Moodle last made of it."""
    newest = max(versions, key=lambda one: _number(text(one, "version")), default=None)
    made = text(node, "cachedcontent")
    if newest is None:
        return made
    written = text(newest, "content")
    if text(newest, "contentformat") != "html":
        return made or as_html(_WAY.sub(r"\1", written), PLAIN)
    return _WAY.sub(r"\1", written)


def database_pages(reading: Reading) -> list[Page]:
    """The introduction; the fields by their names with what they offer, and what its templates say around them."""
    reading.lose_kind()
    intro = reading.intro()
    for node in reading.node.findall("fields/field"):
        said = [text(node, "name"), text(node, "description")]
        if text(node, "type") in _CHOOSES:
            said += text(node, "param1").splitlines()[:_MAX_OPTIONS]
        words = " · ".join(dict.fromkeys(filter(None, (" ".join(one.split()) for one in said))))
        if words:
            reading.lose("lost_kind", title=f"{reading.title} · {short(words, 300)}", what=_("数据库字段"))
    for node in reading.node:
        # singletemplate, listtemplateheader …; those of style sheets and scripts only dress.
        if "template" in node.tag and node.tag not in ("csstemplate", "jstemplate") and not len(node):
            words = " ".join(words_of(_FIELD.sub(" ", text(reading.node, node.tag))).text.split())
            if words:
                reading.lose(
                    "lost_setting", title=f"{reading.title} · {short(words, 300)}", what=_("数据库模板")
                )
    reading.lose_parts("fields")
    return [reading.page(intro)] if intro else []


# Places of a template that a record's values take.
_FIELD = re.compile(r"\[\[[^\[\]]*\]\]|##[a-z]+##")


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 9 else 0
