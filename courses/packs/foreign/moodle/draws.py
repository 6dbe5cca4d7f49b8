"""Places of a Moodle quiz that draw a question at random: from which category, with which tags.

Reads the three ways Moodle has written that down: a random question of a category (until 3.10), category and tags at the
place (3.x), and a filter in JSON (from 4.0; since 4.3 of another shape). Refuses to draw: quizzes here ask all their
questions, so whoever reads a place takes all that it may draw (https://docs.moodle.org/en/Random_question_type).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from courses.packs.foreign.moodle.files import text

# How tags count: a question has one of them, all of them, or none. The first two also of other filters of 4.3.
NONE, ANY, ALL = 0, 1, 2


@dataclass(frozen=True)
class Draw:
    """What a place may draw from. `categories` by number, `below`: with what stands under them. `tags` as `tag_marks` has
    them, each a set of which one is enough. `more`: the place has conditions that are not read."""

    categories: tuple[str, ...]
    below: bool = False
    tags: tuple[frozenset[str], ...] = ()
    join: int = ALL
    more: bool = False

    def fits(self, marks: frozenset[str]) -> bool:
        """Whether a question with these marks may be drawn."""
        if not self.tags:
            return True
        has = [bool(tag & marks) for tag in self.tags]
        return {ALL: all(has), ANY: any(has)}.get(self.join, not any(has))


def tag_marks(number: str, *names: str) -> frozenset[str]:
    """By what a tag is known: its number on its site, and its names however they are written."""
    said = {f"={name.strip().casefold()}" for name in names if name.strip()}
    return frozenset(said | ({f"#{number.strip()}"} if number.strip() else set()))


def draw_at(place: Element, category: str = "", questiontext: str = "") -> Draw | None:
    """The draw of a quiz's place, None where it does not say. `category` and `questiontext` are those of its random
    question, which say it until 3.10: its text is "1" where categories below count, too."""
    reference = place.find("question_set_reference")
    if reference is not None:
        return _filtered(text(reference, "filtercondition"))
    number = text(place, "questioncategoryid") or category
    if not number:
        return None
    below = (text(place, "includingsubcategories") or questiontext.strip()) == "1"
    tags = tuple(
        tag_marks("" if text(tag, "tagname") else text(tag, "tagid"), text(tag, "tagname"))
        for tag in place.iterfind("tags/tag")
    )
    return Draw((number,), below, tuple(tag for tag in tags if tag))


def _filtered(said: str) -> Draw | None:
    try:
        condition = json.loads(said)
    except (ValueError, RecursionError):
        return None
    if not isinstance(condition, dict):
        return None
    filters = condition.get("filter")
    if isinstance(filters, dict):
        return _of_filters(filters)
    number = _words([condition.get("questioncategoryid")])
    tags = (word.partition(",") for word in _words(condition.get("tags")))
    marks = tuple(tag_marks("" if name else id_, name) for id_, _comma, name in tags)
    below = str(condition.get("includingsubcategories")) in ("1", "True")
    return Draw(number, below, tuple(tag for tag in marks if tag)) if number else None


def _of_filters(filters: dict[str, Any]) -> Draw | None:
    known = {name: value for name, value in filters.items() if isinstance(value, dict)}
    category, tagged = known.get("category", {}), known.get("qtagids", {})
    numbers = _words(category.get("values"))
    options = category.get("filteroptions")
    below = isinstance(options, dict) and str(options.get("includesubcategories")) in ("1", "True")
    tags = tuple(tag_marks(number) for number in _words(tagged.get("values")))
    join = tagged.get("jointype")
    # "hidden" tells an editor's list to show what is hidden; nothing hidden is ever drawn.
    more = any(value.get("values") for name, value in known.items() if name not in _READ)
    return (
        Draw(
            numbers,
            below,
            tags,
            join if join in (NONE, ANY) else ALL,
            more or category.get("jointype") == NONE,
        )
        if numbers
        else None
    )


_READ = ("category", "qtagids", "hidden")


def _words(values: Any) -> tuple[str, ...]:
    """Texts and numbers of a list as texts; nothing of what is no list."""
    said = values if isinstance(values, list) else []
    return tuple(dict.fromkeys(str(value) for value in said if isinstance(value, str | int) and value != ""))
