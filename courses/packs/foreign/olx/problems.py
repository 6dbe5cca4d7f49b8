"""A problem of Open edX → questions: each response in it is one, with the words before it as its stem.

Refuses what only a program can judge: formulas, code; and problems whose text a script writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.packs.foreign.olx.files import html_of
from courses.packs.foreign.outline import Piece, Text
from courses.packs.foreign.questions import Series, Unfit, choice, fill, numeric, points_of, words_of
from courses.packs.plan import Question
from courses.packs.problems import short
from lms.lib.typed_numbers import number_of

_INPUTS = (
    "choicegroup",
    "radiogroup",
    "checkboxgroup",
    "checkboxtextgroup",
    "radiotextgroup",
    "optioninput",
    "textline",
    "textbox",
    "formulaequationinput",
    "javascriptinput",
    "jsinput",
)
_ASIDE = (
    "solution",
    "demandhint",
    "script",
    "choicehint",
    "compoundhint",
    "optionhint",
    "correcthint",
    "stringequalhint",
    "regexphint",
    "additional_answer",
    "responseparam",
    "hintgroup",
    "hintpart",
    "answer",
    "style",
)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def kind_name(tag: str) -> str:
    """What a reader calls a response type, with Open edX's own name."""
    names = {
        "numericalresponse": _("数值题"),
        "formularesponse": _("公式题"),
        "customresponse": _("程序判分题"),
        "schematicresponse": _("电路题"),
        "coderesponse": _("编程题"),
        "imageresponse": _("点图题"),
        "annotationresponse": _("批注题"),
        "symbolicresponse": _("公式题"),
        "jsmeresponse": _("化学结构题"),
        "choicetextresponse": _("选择加填空题"),
        "truefalseresponse": _("判断组题"),
    }
    return f"{names[tag]}（{tag}）" if tag in names else short(tag, 40)


@dataclass
class ProblemReading:
    """Takes problems into a Series. `lose(title, code, **params)` names what does not come in, `keep(title, kind, problem)`
    keeps the problem of a question without a place; `texts` as for pages."""

    series: Series
    lose: Callable[..., None]
    keep: Callable[[str, str, Element], None]
    texts: Callable[[str], list[Piece]]
    settings: dict[str, None] = field(default_factory=dict)

    def take(self, node: Element, key: str, title: str) -> None:
        """All the questions of one problem."""
        self.key, self.title, self.node = key, title, node
        responses = [part for part in node.iter() if _is_response(part)]
        if not responses:
            shown = self.texts(html_of(node, _ASIDE))
            if not shown:
                self.lose(title, "lost_empty")
            self.series.before += shown
            return
        written = node.find(".//script") is not None and "$" in html_of(node, ("script",))
        weight = node.get("weight", "").strip()
        weight = "" if weight in ("null", "None") else weight
        self.points, whole = points_of(weight or "1")
        if not whole or (len(responses) > 1 and weight):
            self.settings[_("分值")] = None
        if len(responses) > 1:
            self.points = 1
        if node.get("max_attempts", "null") not in ("", "null", "0"):
            self.settings[_("作答次数")] = None
        if node.find("demandhint") is not None:
            self.settings[_("提示")] = None
        self.solution = words_of("".join(html_of(part) for part in node.findall("solution")))
        stems = _Stems(node)
        self.stem = ""
        if len(stems.found) > 1 and not written and (shared := stems.found[0][1]).strip():
            # What the first response begins with often tells what all of them are about.
            self.series.before += [piece for piece in self.texts(shared) if isinstance(piece, Text)]
        for number, (response, before) in enumerate(stems.found):
            if written:
                what = _("由程序出题（%(kind)s）") % {"kind": short(response.tag, 40)}
                self._told(number, Unfit("lost_question", {"what": what}), response)
                continue
            self._response(response, before, number, last=number == len(stems.found) - 1)
        if not written and words_of(stems.rest).text:
            self.series.before += self.texts(stems.rest)

    def _response(self, response: Element, before: str, number: int, *, last: bool) -> None:
        tag = str(response.tag)
        makers: dict[str, Callable[[Element, str, str, str], list[Question | Unfit]]] = {
            "multiplechoiceresponse": self._choice,
            "choiceresponse": self._choice,
            "optionresponse": self._options,
            "stringresponse": self._words,
            "numericalresponse": self._numbers,
        }
        if tag not in makers:
            self._told(number, Unfit("lost_question", {"what": kind_name(tag)}), response)
            return
        words = words_of(before + html_of(response, (*_INPUTS, *_ASIDE)))
        for other in words.others:
            self.lose(self._name(number), "lost_script", found=other)
        solution = self._solution(response, last)
        id_ = f"{self.key}/{number}" if number else self.key
        own = self.series.figures(words)
        stem = own or (f"{self.stem}（{number + 1}）" if self.stem else self.title)
        self.stem = own or self.stem
        for made in makers[tag](response, id_, stem, solution):
            self._told(number, made, response)

    def _told(self, number: int, made: Question | Unfit, response: Element) -> None:
        if isinstance(made, Unfit):
            self.lose(self._name(number), made.code, **made.params)
            # All of it: what is asked often stands before the response.
            self.keep(self._name(number), str(response.tag), self.node)
        else:
            self.series.questions.append(made)

    def _name(self, number: int) -> str:
        return f"{self.title} · {number + 1}" if number else self.title

    def _solution(self, response: Element, last: bool) -> str:
        own = words_of("".join(html_of(part) for part in response.findall("solution")))
        words = own if own.text else self.solution if last else words_of("")
        if words.pictures:
            self.lose(self.title, "lost_kind", what=_("解析里的图片"))
        lines = words.text.split("\n")
        return "\n".join(lines[1:] if lines[0].strip(":：").lower() in ("explanation", "解析") else lines)

    # -- the kinds that have a place -------------------------------------------------------------------------

    def _choice(self, node: Element, id_: str, stem: str, solution: str) -> list[Question | Unfit]:
        choices = list(node.iter("choice"))
        if any(words_of(html_of(part)).pictures for part in choices):
            return [Unfit("lost_question", {"what": _("选项是图片的选择题")})]
        if node.get("partial_credit") or any(
            part.get("correct", "").lower() == "partial" for part in choices
        ):
            self.settings[_("部分得分和扣分")] = None
        several = node.tag == "choiceresponse"
        return [self._chosen(id_, stem, choices, solution, several=several)]

    def _options(self, node: Element, id_: str, stem: str, solution: str) -> list[Question | Unfit]:
        found: list[Question | Unfit] = []
        for place, given in enumerate(node.iter("optioninput")):
            own = f"{id_}/option-{place}" if place else id_
            if given.find("option") is not None:
                found.append(self._chosen(own, stem, given.findall("option"), solution, several=False))
                continue
            texts = [a or b for a, b in _QUOTED.findall(given.get("options", ""))]
            texts = texts or [part.strip() for part in given.get("options", "").strip("()").split(",")]
            correct = given.get("correct", "").strip()
            options = [(text, text.strip() == correct) for text in texts if text.strip()]
            found.append(choice(own, stem, options, several=False, explanation=solution, points=self.points))
        return found

    def _chosen(
        self, id_: str, stem: str, choices: list[Element], solution: str, *, several: bool
    ) -> Question | Unfit:
        lines, options = [solution] if solution else [], []
        for part in choices:
            text = " ".join(words_of(html_of(part, _ASIDE)).text.split())
            options.append((text, part.get("correct", "").strip().lower() == "true"))
            lines += [
                f"{text}：{hint}" for tag in ("choicehint", "optionhint") if (hint := _hints(part, tag))
            ]
        return choice(id_, stem, options, several=several, explanation="\n".join(lines), points=self.points)

    def _words(self, node: Element, id_: str, stem: str, solution: str) -> list[Question | Unfit]:
        kind = node.get("type", "").split()
        if "regexp" in kind:
            return [Unfit("lost_question", {"what": _("按正则表达式判分的填空题")})]
        if "ci" not in kind:
            self.settings[_("区分大小写")] = None
        accepted = [node.get("answer", "")]
        accepted += [part.get("answer") or part.text or "" for part in node.iter("additional_answer")]
        hint = _hints(node, "correcthint")
        explanation = "\n".join(line for line in (solution, hint) if line)
        return [fill(id_, stem, accepted, explanation=explanation, points=self.points)]

    def _numbers(self, node: Element, id_: str, stem: str, solution: str) -> list[Question | Unfit]:
        said = [
            part.get("default", "") for part in node.iter("responseparam") if part.get("type") == "tolerance"
        ]
        accepted = [_range(node.get("answer", ""), said[0] if said else "0")]
        accepted += [
            _range(part.get("answer", ""), said[0] if said else "0")
            for part in node.iter("additional_answer")
        ]
        if None in accepted:
            return [Unfit("lost_question", {"what": _("数值题，答案不是普通的数")})]
        if node.get("partial_credit"):
            self.settings[_("部分得分和扣分")] = None
        explanation = "\n".join(line for line in (solution, _hints(node, "correcthint")) if line)
        found = [pair for pair in accepted if pair is not None]
        return [numeric(id_, stem, found, explanation=explanation, points=self.points)]


class _Stems:
    """The responses of a problem in order, each with what stands between it and the one before."""

    def __init__(self, problem: Element) -> None:
        self.found: list[tuple[Element, str]] = []
        self.rest = ""
        self._walk(problem)

    def _walk(self, node: Element) -> None:
        self.rest += html_of_text(node.text)
        for child in node:
            if _is_response(child):
                self.found.append((child, self.rest))
                self.rest = ""
            elif any(_is_response(part) for part in child.iter()):
                self._walk(child)
            elif child.tag not in _ASIDE:
                holder = Element("div")
                tail, child.tail = child.tail, None
                holder.append(child)
                self.rest += html_of(holder, _ASIDE)
                child.tail = tail
            self.rest += html_of_text(child.tail)


def html_of_text(text: str | None) -> str:
    holder = Element("div")
    holder.text = text
    return html_of(holder)


def _range(answer: str, tolerance: str) -> tuple[Fraction, Fraction] | None:
    """`220` with a tolerance (`5`, `2%` of the number), or `[215, 225]`, as the middle and what it may be off by. None: a
    calculation, or a range that leaves out its ends."""
    answer = answer.strip()
    if answer.startswith("[") and answer.endswith("]"):
        ends = [number_of(part) for part in answer[1:-1].split(",")]
        low, high = ends if len(ends) == 2 else (None, None)
        return None if low is None or high is None or low > high else ((low + high) / 2, (high - low) / 2)
    value, off = number_of(answer), number_of(tolerance.strip().removesuffix("%"))
    if value is None or off is None:
        return None
    return value, abs(value) * off / 100 if tolerance.strip().endswith("%") else off


def _is_response(node: Element) -> bool:
    return node.tag.endswith("response")


def _hints(node: Element, tag: str) -> str:
    return " ".join(words_of(html_of(part)).text.replace("\n", " ") for part in node.findall(tag)).strip()
