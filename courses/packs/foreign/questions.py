"""Questions of other systems → questions as the native format has them.

Owns plain words out of a question's HTML, and what only whole questions may be: one right option, blanks that match
their answers. Refuses (by a code and its values, told by the caller) what has no place here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from html import unescape
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from courses.packs.foreign.outline import Picture, Piece, Quiz
from courses.packs.plan import Option, Pair, Question
from courses.questions.rules import BLANK
from lms.lib.typed_numbers import plain

MAX_WORDS = 2000
# Where a gap stands in a text that is read: a sign nobody writes.
GAP = "\ue000"
MAX_ACCEPTED = 20
MAX_ACCEPTED_TEXT = 200
_BLOCKS = ("p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "section")
_AFTER = dict.fromkeys(_BLOCKS, "\n") | {"td": " ", "th": " "}
_GONE = ("script", "style", "head", "title", "template")
_SHOWS = ("img", "video", "audio", "svg", "iframe", "object", "embed", "canvas")


@dataclass(frozen=True)
class Words:
    """A question's text: its words line by line, the addresses of its pictures, and what else stood in it."""

    text: str
    pictures: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def words_of(html: str) -> Words:
    """Plain words of an HTML text; pictures are named by their addresses, other media by their tags."""
    if "<" not in html:
        return Words(_tidy(unescape(html)))
    parts: list[str] = []
    pictures: list[str] = []
    others: list[str] = []
    inside = 0  # how deep in what shows no words
    for event, tag in etree.iterwalk(_parsed(html), events=("start", "end")):
        name = tag.tag
        silent = name in _GONE or name in _SHOWS
        if event == "start":
            if not inside and name == "img" and tag.get("src", "").strip():
                pictures.append(tag.get("src").strip())
            elif not inside and name in _SHOWS and name != "img":
                others.append(f"<{name}>")
            inside += silent
            if not inside:
                parts.append("\n" if name == "br" else tag.text or "")
        else:
            inside -= silent
            if not inside:
                parts += [_AFTER.get(name, ""), tag.tail or ""]
    return Words(_tidy("".join(parts)), tuple(pictures), tuple(others))


def _parsed(html: str) -> etree._Element:
    """Parsed as a browser would, whatever it is; parsing is bounded in depth by the library."""
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8")
    found = etree.fromstring(f"<div>{html}</div>".encode("utf-8", "replace"), parser)
    return etree.Element("div") if found is None else found


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


@dataclass(frozen=True)
class Unfit:
    """A question that has no place: a code of problems.SENTENCES with its values."""

    code: str
    params: dict[str, Any]


def choice(
    id_: str,
    stem: str,
    options: list[tuple[str, bool]],
    *,
    several: bool,
    explanation: str = "",
    points: int = 1,
) -> Question | Unfit:
    """A question with options, each with whether it is right. `several`: all right ones must be chosen."""
    made = tuple(Option(_letter(place), _line(text)) for place, (text, _) in enumerate(options))
    right = tuple(_letter(place) for place, (_, good) in enumerate(options) if good)
    if not several and len(right) > 1:
        return Unfit("lost_question", {"what": _("单选题，有几个正确选项")})
    kind = "multiple" if several else "single"
    return Question(id_, kind, stem, made, right, fitting(explanation), points)


def true_false(id_: str, stem: str, right: bool, *, explanation: str = "", points: int = 1) -> Question:
    return Question(
        id_, "true_false", stem, (), ("true" if right else "false",), fitting(explanation), points
    )


def fill(
    id_: str, stem: str, accepted: Iterable[str], *, explanation: str = "", points: int = 1
) -> Question | Unfit:
    """A question with one blank. The stem gets a blank where it has none, and keeps only its first."""
    texts = tuple(dict.fromkeys(text for one in accepted if (text := _line(one))))
    if not acceptable(texts):
        return Unfit("lost_question", {"what": _("填空题，答案太长或太多")})
    answer = (texts,) if texts else ()
    return Question(id_, "fill", with_blank(stem), (), answer, fitting(explanation), points)


def acceptable(texts: tuple[str, ...]) -> bool:
    """Whether a blank may have these accepted texts, by their number and length."""
    return len(texts) <= MAX_ACCEPTED and all(len(text) <= MAX_ACCEPTED_TEXT for text in texts)


def numeric(
    id_: str,
    stem: str,
    accepted: Iterable[tuple[Fraction, Fraction]],
    *,
    explanation: str = "",
    points: int = 1,
) -> Question | Unfit:
    """A question answered with a number: each accepted one with what it may be off by."""
    written = [(plain(value), plain(tolerance)) for value, tolerance in accepted]
    texts = [(value, off) for value, off in written if value is not None and off is not None]
    if (
        not texts
        or len(texts) < len(written)
        or len(texts) > MAX_ACCEPTED
        or any("-" in off for _v, off in texts)
    ):
        return Unfit("lost_question", {"what": _("数值题，答案不是普通的数")})
    return Question(id_, "numeric", stem, (), tuple(dict.fromkeys(texts)), fitting(explanation), points)


def matching(
    id_: str,
    stem: str,
    pairs: Iterable[tuple[str, str]],
    others: Iterable[str] = (),
    *,
    explanation: str = "",
    points: int = 1,
) -> Question:
    """A matching question of prompts, each with the text that belongs to it; `others` belong to none. Equal texts are one
    option. Options stand in the order of their texts, so that their place tells nothing."""
    said = [(_line(prompt), _line(text)) for prompt, text in pairs]
    texts = sorted({text for _prompt, text in said} | {text for one in others if (text := _line(one))})
    ids = {text: _letter(place) for place, text in enumerate(texts)}
    answer = tuple(Pair(str(n), prompt, ids[text]) for n, (prompt, text) in enumerate(said, 1))
    options = tuple(Option(ids[text], text) for text in texts)
    return Question(id_, "matching", stem, options, answer, fitting(explanation), points)


def ordering(
    id_: str, stem: str, steps: Iterable[str], *, explanation: str = "", points: int = 1
) -> Question:
    """An ordering question of items in their right order. The options stand in the order of their texts, so that their place
    tells nothing."""
    said = [_line(step) for step in steps]
    texts = sorted(said)
    options = tuple(Option(_letter(place), text) for place, text in enumerate(texts))
    answer = tuple(_letter(texts.index(text)) for text in said)
    return Question(id_, "ordering", stem, options, answer, fitting(explanation), points)


def gaps_from_list(
    id_: str, stem: str, words: list[str], others: Iterable[str], *, explanation: str = "", points: int = 1
) -> Question:
    """A text whose gaps are filled from one list: `stem` has GAP where each gap stands, `words` are the right ones in order.
    Each gap is a prompt, under its number in the text; a single gap is a single choice."""
    numbers = iter(range(1, len(words) + 1))
    if len(words) == 1:
        texts = sorted({_line(words[0]), *(text for one in others if (text := _line(one)))})
        options = tuple(Option(_letter(n), text) for n, text in enumerate(texts))
        right = (_letter(texts.index(_line(words[0]))),)
        return Question(
            id_, "single", stem.replace(GAP, "____"), options, right, fitting(explanation), points
        )
    shown = re.sub(GAP, lambda _gap: f"（{next(numbers, '')}）____", stem)
    pairs = [(_("第 %(number)d 空") % {"number": n}, word) for n, word in enumerate(words, 1)]
    return matching(id_, shown, pairs, others, explanation=explanation, points=points)


def with_blank(stem: str) -> str:
    """The stem with exactly one blank, as the native format counts them."""
    if not stem:
        return stem
    first = BLANK.search(stem)
    if first is None:
        return f"{stem} ___"
    rest = BLANK.sub("……", stem[first.end() :])
    return f"{stem[: first.start()]}___{rest}"


def fitting(text: str) -> str:
    """An explanation within the format's bound; what is cut off is marked."""
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"


def points_of(text: str) -> tuple[int, bool]:
    """A mark as whole points of 1 to 100, and whether it already was that."""
    try:
        value = float(text)
    except ValueError:
        return 1, False
    if not 0 <= value < 1e6:
        return 1, False
    points = min(max(round(value), 1), 100)
    return points, points == value


@dataclass
class Series:
    """The questions of one quiz, with the pictures that stood in them: our questions hold words only, so a picture
    comes before the quiz, and its question names it. `resolve` as for Markup."""

    title: str
    resolve: Callable[[str], str | None]
    missing: Callable[[str], None]
    pass_percent: int = 60
    questions: list[Question] = field(default_factory=list)
    pictures: list[Piece] = field(default_factory=list)
    before: list[Piece] = field(default_factory=list)

    def figures(self, words: Words) -> str:
        """The words of a stem, with the names of its pictures, which are taken."""
        text = words.text
        for address in words.pictures:
            member = self.resolve(address)
            if member is None:
                self.missing(address)
                continue
            name = _("图 %(number)d") % {"number": len(self.pictures) + 1}
            self.pictures.append(Picture(member, words.text[:400] or name, name))
            text = f"{text}（{name}）" if text else f"（{name}）"
        return text

    def pieces(self) -> list[Piece]:
        """What stands before the quiz, and the quiz where there is any question in it."""
        quiz: list[Piece] = (
            [Quiz(self.title, tuple(self.questions), self.pass_percent)] if self.questions else []
        )
        return [*self.before, *self.pictures, *quiz]


def _line(text: str) -> str:
    return " ".join(text.split())


def _letter(place: int) -> str:
    turn, rest = divmod(place, 26)
    return chr(ord("a") + rest) + (str(turn) if turn else "")
