"""What both generations of eXeLearning files have in common: pages of "iDevices", and their questions.

Owns how a question written in HTML becomes one of ours. Refuses to guess an answer that is not written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from lxml import html as lxml_html

from courses.packs.foreign.questions import GAP, gaps_from_list, ordering
from courses.packs.foreign.webpages import tree_of, words_of
from courses.packs.plan import Option, Question

# A gap in a text: eXeLearning underlines the words to be hidden.
_GAP = re.compile(r"<u\b[^>]*>(.*?)</u>", re.I | re.S)
# A question's text in HTML; what is longer has more words than a question may have.
MAX_QUESTION = 20_000


@dataclass
class Device:
    """One iDevice. `html` is its text, `kind` what it is called where it cannot come in (`unknown`)."""

    kind: str
    title: str = ""
    html: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    pass_percent: int = 60
    pictures: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    outside: str = ""
    # Question types without a place here, by name, and what was written of the question.
    odd: list[tuple[str, Element | dict[str, Any]]] = field(default_factory=list)
    unknown: bool = False
    hidden: bool = False
    # Of an unknown one, what was written of it: it may ask something.
    source: Element | dict[str, Any] | None = None


@dataclass
class ExePage:
    """A page, and the id of the page above it ("" at the top)."""

    key: str
    above: str
    title: str
    devices: list[Device] = field(default_factory=list)
    hidden: bool = False


@dataclass
class Exe:
    """What a file says of itself, and its pages in their order."""

    version: str = ""
    title: str = ""
    language: str = ""
    author: str = ""
    licence: str = ""
    summary: str = ""
    pages: list[ExePage] = field(default_factory=list)


def plain(html: str) -> str:
    """The words of a piece of HTML in one line."""
    tree = tree_of(f"<div>{html}</div>") if html.strip() else None
    return "" if tree is None else words_of(tree)


def choice(
    key: str, stem: str, options: Iterable[tuple[str, bool]], explanation: str = "", *, several: bool = False
) -> Question:
    """A question with options, each with whether it is right."""
    given = [(plain(text), right) for text, right in options]
    shown = tuple(Option(str(n), text) for n, (text, _) in enumerate(given))
    answer = tuple(str(n) for n, (_, right) in enumerate(given) if right)
    kind = "multiple" if several or len(answer) > 1 else "single"
    return Question(key, kind, plain(stem), shown, answer, plain(explanation)[:2000], 1)


def statement(key: str, stem: str, *, right: bool, explanation: str = "") -> Question:
    """A statement that is true or false."""
    return Question(
        key, "true_false", plain(stem), (), ("true" if right else "false",), plain(explanation)[:2000], 1
    )


def gaps(key: str, html: str, explanation: str = "") -> Question:
    """A text whose underlined words are to be filled in; `|cat|dog|` are several right answers of one gap."""
    html = html[:MAX_QUESTION]
    answers: list[tuple[str, ...]] = []

    def gap(found: re.Match[str]) -> str:
        accepted = tuple(
            dict.fromkeys(part.strip() for part in plain(found.group(1)).split("|") if part.strip())
        )
        if not accepted:
            return found.group(1)
        answers.append(accepted)
        return f" {GAP} "

    # Lines that were there already are no gaps.
    stem = plain(_GAP.sub(gap, html.replace(GAP, "")))
    stem = re.sub(r"_{3,}", "…", stem).replace(GAP, "___")
    return Question(key, "fill", stem, (), tuple(answers), plain(explanation)[:2000], 1)


def picked(key: str, html: str, others: str) -> Question | None:
    """A text with gaps to be filled from a list: one gap is a single choice, several are a matching question. None where
    there is nothing to choose."""
    html = html[:MAX_QUESTION].replace(GAP, "")
    words: list[str] = []

    def gap(found: re.Match[str]) -> str:
        word = plain(found.group(1))
        words.extend([word] if word else [])
        return f" {GAP} " if word else found.group(1)

    stem = plain(_GAP.sub(gap, html))
    more = [word.strip() for word in others.split("|") if word.strip()]
    if not words or len({*words, *more}) < 2:
        return None
    return gaps_from_list(key, stem, words, more)


def in_order(key: str, stem: str, steps: Iterable[str], explanation: str = "") -> Question | None:
    """Items to be put in order, each an HTML text; None where one shows a picture, which our options cannot."""
    steps = list(steps)
    if any("<img" in step for step in steps):
        return None
    return ordering(key, plain(stem), [plain(step) for step in steps], explanation=plain(explanation))


def scrambled(key: str, html: str) -> tuple[Question | None, str] | None:
    """The "scrambled list" that is written in a text, and what stands behind it; None where there is none in it. The list
    stands there in its right order; a program shuffles it."""
    tree = tree_of(f"<div>{html}</div>") if "exe-sortableList" in html else None
    boxes = [] if tree is None else tree.find_class("exe-sortableList-list")
    if tree is None or len(boxes) != 1:
        return None

    def said(name: str) -> str:
        return " ".join(inside(found) for found in tree.find_class(f"exe-sortableList-{name}"))

    steps = [inside(item) for item in boxes[0].iterchildren("li")]
    return in_order(key, said("instructions"), steps), said("textAfter")


_PROGRAM = re.compile(r"(?:^|\s)(?:js-hidden|[\w-]*-(?:DataGame|bns|version)|game-evaluation-ids)(?:\s|$)")


def beside_program(html: str) -> str:
    """What a reader sees of an iDevice that is a program before it runs: its instructions and the text after it, without the
    data it keeps in hidden elements and the sentence for browsers that cannot run it."""
    tree = tree_of(f"<div>{html}</div>") if html.strip() else None
    if tree is None:
        return ""
    for element in [one for one in tree.iter() if _PROGRAM.search(one.get("class") or "")]:
        if element.getparent() is not None:
            element.drop_tree()
    return inside(tree)


def inside(element: Any) -> str:
    """An element's HTML, its own tag included, without what follows it."""
    return str(lxml_html.tostring(element, encoding="unicode", with_tail=False))
