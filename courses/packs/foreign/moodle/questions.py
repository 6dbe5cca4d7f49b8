"""The question bank of a Moodle backup, and its quizzes: which questions, in which order, for how many points.

Reads both shapes of questions.xml: questions in categories (until 3.11), and entries with versions (from 4.0). Places that
draw at random bring all questions they may draw, within bounds, and say so. Refuses nothing: a question without a place
here is named with its kind.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.packs.foreign.moodle.draws import Draw, draw_at, tag_marks
from courses.packs.foreign.moodle.files import Files, readable, text
from courses.packs.foreign.moodle.text import as_html
from courses.packs.foreign.outline import Outline, Piece
from courses.packs.foreign.questions import (
    GAP,
    Series,
    Unfit,
    acceptable,
    choice,
    fill,
    fitting,
    gaps_from_list,
    matching,
    numeric,
    ordering,
    points_of,
    true_false,
    words_of,
)
from courses.packs.plan import Question
from courses.packs.problems import short
from courses.questions.rules import BLANK
from lms.lib.typed_numbers import number_of

_READY = ("", "ready")
# Never drawn: what asks nothing, and what draws itself (Moodle's question types say so of themselves).
_NOT_DRAWN = ("random", "description")
# What draws may bring: questions of one quiz (as many as one of ours holds) and of a backup, and different draws a quiz.
MAX_DRAWN = 200
MAX_DRAWN_ALL = 1000
MAX_DRAWS = 200
# A text's HTML, the context its files are in, their area and item → its pieces.
Texts = Callable[[str, str, tuple[str, str]], list[Piece]]


def kind_name(qtype: str) -> str:
    """What a reader calls a question type, with Moodle's own name."""
    names = {
        "numerical": _("数值题"),
        "calculated": _("计算题"),
        "calculatedsimple": _("计算题"),
        "calculatedmulti": _("计算选择题"),
        "match": _("配对题"),
        "randomsamatch": _("随机配对题"),
        "essay": _("论述题"),
        "multianswer": _("完形填空题"),
        "gapselect": _("选词填空题"),
        "ddwtos": _("拖放填空题"),
        "ddimageortext": _("拖放到图片"),
        "ddmarker": _("拖放标记"),
        "ordering": _("排序题"),
        "random": _("随机题"),
    }
    return f"{names[qtype]}（{qtype}）" if qtype in names else short(qtype, 40)


@dataclass
class Entry:
    """One question. `id` stays from backup to backup; `context` is where its files are, `home` its category's number."""

    id: str
    number: str
    category: str
    context: str
    node: Element
    home: str = ""

    @property
    def qtype(self) -> str:
        return text(self.node, "qtype")

    @property
    def name(self) -> str:
        return text(self.node, "name") or words_of(text(self.node, "questiontext")).text or self.number

    @property
    def whole(self) -> bool:
        """Not a part of another question."""
        return text(self.node, "parent") in ("", "0")

    @property
    def marks(self) -> frozenset[str]:
        """All by which its tags are known."""
        tags = (
            tag_marks(tag.get("id", ""), text(tag, "name"), text(tag, "rawname"))
            for tag in self.node.iterfind("tags/tag")
        )
        return frozenset().union(*tags)


@dataclass
class Category:
    """A category's questions that may be drawn, each in the version that counts; `below` are categories under it."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    below: list[str] = field(default_factory=list)


@dataclass
class Bank:
    """Questions by their own number, and from 4.0 by entry and version ("" for the latest)."""

    by_number: dict[str, Entry] = field(default_factory=dict)
    by_entry: dict[tuple[str, str], Entry] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    categories: dict[str, Category] = field(default_factory=dict)
    room: int = MAX_DRAWN_ALL

    def named(self, draw: Draw) -> str:
        """What a draw draws from, as a reader knows it."""
        known = [self.categories[number].name for number in draw.categories if number in self.categories]
        return short("、".join(known) or "、".join(draw.categories))

    def drawn(self, draw: Draw) -> list[Entry]:
        """All questions that a draw may take, each once."""
        found: dict[str, Entry] = {}
        seen: set[str] = set()
        left = list(reversed(draw.categories))
        while left:
            number = left.pop()
            if number in seen or number not in self.categories:
                continue
            seen.add(number)
            found |= {entry.id: entry for entry in self.categories[number].entries if draw.fits(entry.marks)}
            left += reversed(self.categories[number].below) if draw.below else ()
        return list(found.values())

    def unused(self) -> Iterator[Entry]:
        """Questions that no quiz asks, each once; parts of others and random ones are none."""
        seen = set(self.used)
        for entry in (*self.by_entry.values(), *self.by_number.values()):
            if entry.id not in seen and entry.qtype != "random" and entry.whole:
                seen.add(entry.id)
                yield entry


def read_bank(tree: Element | None) -> Bank:
    """questions.xml of any version."""
    bank = Bank()
    below: dict[str, list[str]] = defaultdict(list)
    for category in tree.iter("question_category") if tree is not None else ():
        name, context = text(category, "name"), text(category, "contextid")
        home = category.get("id", "")
        made = bank.categories[home] = Category(name, below=below[home])
        below[text(category, "parent")].append(home)
        for node in category.iterfind("questions/question"):
            number = node.get("id", "")
            id_ = text(node, "stamp") or f"question-{number}"
            bank.by_number[number] = Entry(id_, number, name, context, node, home)
            if text(node, "hidden") in ("", "0"):
                made.entries.append(bank.by_number[number])
        for entry in category.iterfind("question_bank_entries/question_bank_entry"):
            if latest := _take_versions(bank, entry, name, context):
                made.entries.append(latest)
        made.entries = [entry for entry in made.entries if entry.whole and entry.qtype not in _NOT_DRAWN]
    return bank


def _take_versions(bank: Bank, entry: Element, category: str, context: str) -> Entry | None:
    """Note all versions of a question; the latest that is ready, if there is one."""
    latest = -1
    for version in entry.iter("question_versions"):
        node = version.find("questions/question")
        if node is None:
            continue
        said = text(version, "version")
        number = int(said) if said.isdecimal() and len(said) < 9 else 0
        made = Entry(f"entry-{entry.get('id', '')}", node.get("id", ""), category, context, node)
        bank.by_entry[entry.get("id", ""), said] = made
        bank.by_number[made.number] = made
        if number > latest and text(version, "status") in _READY:
            latest = number
            bank.by_entry[entry.get("id", ""), ""] = made
    return bank.by_entry.get((entry.get("id", ""), ""))


# -- a quiz ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """A place in a quiz: `entry` None where it draws at random or its question is not in the backup; `draw` None where a
    random place does not say from where."""

    mark: str
    entry: Entry | None
    random: bool = False
    said: str = ""
    node: Element | None = None
    draw: Draw | None = None


def slots_of(quiz: Element, bank: Bank) -> list[Slot]:
    """A quiz's places in order, in the shape of whichever version wrote it."""
    found: list[tuple[int, Slot]] = []
    order = {number: place for place, number in enumerate(text(quiz, "questions").split(","))}
    for place, node in enumerate(quiz.iterfind("question_instances/question_instance")):
        said = text(node, "slot")
        number = text(node, "questionid") or text(node, "question")
        rank = int(said) if said.isdecimal() and len(said) < 9 else order.get(number, place)
        found.append((rank, _slot(node, number, bank)))
    return [slot for _rank, slot in sorted(found, key=lambda pair: pair[0])]


def _slot(node: Element, number: str, bank: Bank) -> Slot:
    mark = text(node, "maxmark") or text(node, "grade")
    if node.find("question_set_reference") is not None:
        return Slot(mark, None, random=True, node=node, draw=draw_at(node))
    reference = node.find("question_reference")
    if reference is not None:
        id_, version = text(reference, "questionbankentryid"), text(reference, "version")
        entry = bank.by_entry.get((id_, version)) or bank.by_entry.get((id_, ""))
        return Slot(mark, entry, said=id_)
    entry = bank.by_number.get(number)
    if entry is not None and entry.qtype == "random":
        draw = draw_at(node, entry.home, text(entry.node, "questiontext"))
        return Slot(mark, entry, random=True, said=number, node=entry.node, draw=draw)
    return Slot(mark, entry, said=number)


def _numbered(slots: list[Slot]) -> Iterator[tuple[int, Slot]]:
    """The places, each with how many random ones there are up to it."""
    drawn = 0
    for slot in slots:
        drawn += slot.random
        yield drawn, slot


class QuizReading:
    """One quiz's questions into a Series; what does not come in goes to the outline under the page's key."""

    def __init__(
        self, outline: Outline, files: Files, bank: Bank, series: Series, path: str, texts: Texts
    ) -> None:
        self.outline, self.files, self.bank, self.series = outline, files, bank, series
        self.path, self.texts = path, texts
        self.settings: dict[str, None] = {}
        self.asked: set[str] = set()
        self.drew = 0

    def take(self, quiz: Element) -> None:
        slots = slots_of(quiz, self.bank)
        self.asked = {slot.entry.id for slot in slots if slot.entry is not None and not slot.random}
        places = Counter(slot.draw for slot in slots if slot.draw is not None)
        pools: dict[Draw, list[Entry]] = {}
        for number, slot in _numbered(slots):
            if slot.random:
                draw = slot.draw
                first = draw is not None and draw not in pools and len(pools) < MAX_DRAWS
                if draw is not None and first:
                    pools[draw] = self.bank.drawn(draw)
                    self._drawn(draw, pools[draw], slot.mark, places[draw])
                if draw is None or not pools.get(draw):
                    self._no_draw(slot, number, draw if draw in pools else None)
            elif slot.entry is None:
                name = _("题目 %(number)s") % {"number": slot.said}
                self.outline.lose(self.path, f"{self.series.title} · {name}", "lost_missing", name=name)
            else:
                self._question(slot.entry, slot.mark)
        self._quiz_settings(quiz)

    def _no_draw(self, slot: Slot, number: int, draw: Draw | None) -> None:
        """A random place that brings no question: of `draw` the backup has none; without, it is not known what it draws."""
        place = _("第 %(number)d 道随机题") % {"number": number}
        title = f"{self.series.title} · {place}"
        if draw is None:
            self.outline.lose(self.path, title, "lost_question", what=kind_name("random"))
        else:
            self.outline.lose(self.path, title, "lost_draw_empty", what=self.bank.named(draw))
        if slot.node is not None:
            self.outline.keep(self.path, title, "random", slot.node)

    def _drawn(self, draw: Draw, pool: list[Entry], mark: str, places: int) -> None:
        """All questions that places draw from, since a quiz here asks all it has. What another place of this quiz asks is
        not asked again, as Moodle has it; what goes beyond the bounds is left and counted."""
        left = 0
        for entry in pool:
            if entry.id in self.asked:
                continue
            new = entry.id not in self.bank.used
            if self.drew >= MAX_DRAWN or (new and self.bank.room <= 0):
                left += 1
                continue
            self.drew += 1
            self.bank.room -= new
            self.asked.add(entry.id)
            self._question(entry, mark)
        told = {"what": self.bank.named(draw), "count": len(pool), "drawn": places}
        if left:
            self.outline.lose(self.path, self.series.title, "lost_draw_many", left=left, **told)
        elif pool and len(pool) != places:
            self.outline.lose(self.path, self.series.title, "lost_draw", **told)
        if draw.more:
            self.settings[_("随机抽题的其他条件")] = None

    def _question(self, entry: Entry, mark: str) -> None:
        self.bank.used.add(entry.id)
        place = ("questiontext", entry.number)
        self.series.resolve = self.files.resolver(entry.context, place)
        words = words_of(
            readable(as_html(text(entry.node, "questiontext"), text(entry.node, "questiontextformat")))
        )
        if entry.qtype == "description":
            html = as_html(text(entry.node, "questiontext"), text(entry.node, "questiontextformat"))
            self.series.before += self.texts(html, entry.context, place)
            return
        makers = {
            "multichoice": self._choice,
            "truefalse": self._true_false,
            "shortanswer": self._short_answer,
            "numerical": self._numerical,
            "match": self._match,
            "ordering": self._ordering,
            "gapselect": self._gaps,
            "ddwtos": self._gaps,
            "multianswer": self._cloze,
        }
        if entry.qtype not in makers:
            self._no_place(entry, "lost_question", what=kind_name(entry.qtype))
            return
        for tag in words.others:
            self._lose(entry, "lost_script", found=tag)
        points, whole = points_of(mark or text(entry.node, "defaultmark"))
        if not whole:
            self.settings[_("不是整数的分值")] = None
        if entry.node.find("question_hints/question_hint") is not None:
            self.settings[_("提示")] = None
        made = makers[entry.qtype](entry, self.series.figures(words), points)
        if isinstance(made, Unfit):
            self._no_place(entry, made.code, **made.params)
        else:
            self.series.questions.append(made)

    # -- the kinds of questions that have a place ---------------------------------------------------------

    def _choice(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        detail = _child(entry.node, "multichoice")
        several = text(detail, "single") == "0"
        answers = _answers(entry.node)
        if any(words_of(readable(answer.html)).pictures for answer in answers):
            return Unfit("lost_question", {"what": _("选项是图片的选择题")})
        fractions = [answer.fraction for answer in answers]
        partly = {f for f in fractions if 0 < f < 0.999} if not several else set()
        if partly or (
            several and (any(f < 0 for f in fractions) or len({f for f in fractions if f > 0}) > 1)
        ):
            self.settings[_("部分得分和扣分")] = None
        if any(text(detail, name) for name in _COMBINED):
            self.settings[_("答对、答错时的反馈")] = None
        enough = 0 if several else 0.999
        options = [(answer.text, answer.fraction > enough) for answer in answers]
        return choice(
            entry.id, stem, options, several=several, explanation=_explanation(entry, answers), points=points
        )

    def _true_false(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        answers = {answer.id: answer for answer in _answers(entry.node)}
        right = answers.get(text(_child(entry.node, "truefalse"), "trueanswer"))
        if right is None or len(answers) != 2:
            return Unfit("lost_question_broken", {"reason": _("没有说哪个对。")})
        explanation = _explanation(entry, answers.values())
        return true_false(entry.id, stem, right.fraction > 0.999, explanation=explanation, points=points)

    def _short_answer(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        answers = _answers(entry.node)
        full = [answer for answer in answers if answer.fraction > 0.999]
        plain = [answer.plain for answer in full if not answer.wild]
        if full and not plain:
            return Unfit("lost_question", {"what": _("答案带通配符的简答题")})
        if len(plain) < len(full):
            self.settings[_("答案里的通配符")] = None
        if any(0 < answer.fraction < 0.999 for answer in answers):
            self.settings[_("部分得分和扣分")] = None
        if text(_child(entry.node, "shortanswer"), "usecase") == "1":
            self.settings[_("区分大小写")] = None
        said = [answer for answer in answers if answer.fraction > 0.999]
        return fill(entry.id, stem, plain, explanation=_explanation(entry, said), points=points)

    def _numerical(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        answers = _answers(entry.node)
        full = [answer for answer in answers if answer.fraction > 0.999]
        tolerances = {
            text(record, "answer"): number_of(text(record, "tolerance") or "0")
            for record in entry.node.iterfind(".//numerical_record")
        }
        accepted = [(number_of(answer.html), tolerances.get(answer.id, Fraction(0))) for answer in full]
        said = [(value, off) for value, off in accepted if value is not None and off is not None]
        if len(said) < len(full) or not full:
            return Unfit("lost_question", {"what": _("数值题，答案不是普通的数")})
        if any(0 < answer.fraction < 0.999 for answer in answers):
            self.settings[_("部分得分和扣分")] = None
        if entry.node.find(".//numerical_units/numerical_unit") is not None:
            self.settings[_("答案的单位")] = None
        return numeric(entry.id, stem, said, explanation=_explanation(entry, full), points=points)

    def _match(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        """Sub-questions and their answers, a mark shared equally by the pairs as here; an answer without a sub-question
        belongs to nothing."""
        pairs: list[tuple[str, str]] = []
        others: list[str] = []
        for node in entry.node.iterfind(".//matches/match"):
            asked = words_of(readable(as_html(text(node, "questiontext"), text(node, "questiontextformat"))))
            if asked.pictures:
                return Unfit("lost_question", {"what": _("左边是图片的配对题")})
            # Answers are plain text, whatever they look like.
            answer = text(node, "answertext")
            if asked.text and answer:
                pairs.append((asked.text, answer))
            elif answer:
                others.append(answer)
        detail = _child(entry.node, "matchoptions")
        if any(text(detail, name) for name in _COMBINED):
            self.settings[_("答对、答错时的反馈")] = None
        return matching(entry.id, stem, pairs, others, explanation=_explanation(entry, ()), points=points)

    def _ordering(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        """Answers, whose fraction is their place. Marked by place as Moodle does unless told otherwise; it may show some of
        the items only, here all are."""
        answers = sorted(_answers(entry.node), key=lambda answer: answer.fraction)
        if any(words_of(readable(answer.html)).pictures for answer in answers):
            return Unfit("lost_question", {"what": _("要排的是图片的排序题")})
        detail = _child(entry.node, "ordering")
        if text(detail, "gradingtype") not in ("", "0"):
            self.settings[_("排序题的给分方式")] = None
        if text(detail, "selecttype") not in ("", "0"):
            self.settings[_("每次只排其中几项")] = None
        if any(text(detail, name) for name in _COMBINED):
            self.settings[_("答对、答错时的反馈")] = None
        steps = [answer.text for answer in answers]
        return ordering(entry.id, stem, steps, explanation=_explanation(entry, answers), points=points)

    def _gaps(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        """[[1]] in the text is a gap whose right word is the first of the list. Words in several groups are several lists,
        which one question here does not have."""
        words = [answer.text for answer in _answers(entry.node)]
        groups = {_group(answer.feedback) for answer in _answers(entry.node)}
        places = [int(number) for number in _GAPS.findall(stem)]
        if len(groups) > 1 or not places:
            return Unfit("lost_question", {"what": kind_name(entry.qtype)})
        if any(not 0 < place <= len(words) for place in places):
            return Unfit("lost_question_broken", {"reason": _("没有说哪个对。")})
        right = [words[place - 1] for place in places]
        shown = _GAPS.sub(GAP, stem.replace(GAP, ""))
        told = text(entry.node, "generalfeedback")
        return gaps_from_list(entry.id, shown, right, words, explanation=words_of(told).text, points=points)

    def _cloze(self, entry: Entry, stem: str, points: int) -> Question | Unfit:
        """{#1} in the text is the first sub-question. All of them short answers of equal weight are blanks; others have no
        place in one question."""
        numbers = [n for n in text(_child(entry.node, "multianswer"), "sequence").split(",") if n]
        parts = [self.bank.by_number.get(number) for number in numbers]
        places = [int(number) for number in _PARTS.findall(stem)]
        unfit = Unfit("lost_question", {"what": kind_name(entry.qtype)})
        if not places or places != list(range(1, len(numbers) + 1)):
            return unfit
        blanks: list[tuple[str, ...]] = []
        for part in parts:
            if part is None or part.qtype != "shortanswer":
                return unfit
            full = [answer for answer in _answers(part.node) if answer.fraction > 0.999]
            accepted = tuple(dict.fromkeys(" ".join(answer.plain.split()) for answer in full))
            if not accepted or any(answer.wild for answer in full) or not acceptable(accepted):
                return unfit
            blanks.append(accepted)
        self.bank.used.update(part.id for part in parts if part is not None)
        if len(blanks) > 1:
            self.settings[_("部分得分和扣分")] = None
        shown = _PARTS.sub("___", BLANK.sub("……", stem))
        told = words_of(text(entry.node, "generalfeedback")).text
        return Question(entry.id, "fill", shown, (), tuple(blanks), fitting(told), points)

    # -- what has no place ------------------------------------------------------------------------------

    def _quiz_settings(self, quiz: Element) -> None:
        for name, shown in (
            ("timelimit", _("时间限制")),
            ("attempts_number", _("作答次数")),
            ("timeopen", _("开放和截止时间")),
            ("timeclose", _("开放和截止时间")),
            ("password", _("密码")),
        ):
            if text(quiz, name) not in ("", "0"):
                self.settings[shown] = None
        if any(text(node, "feedbacktext") for node in quiz.iterfind("feedbacks/feedback")):
            self.settings[_("按成绩给的反馈")] = None
        if self.settings:
            self.outline.lose(self.path, self.series.title, "lost_setting", what="、".join(self.settings))

    def _no_place(self, entry: Entry, code: str, **params: Any) -> None:
        self._lose(entry, code, **params)
        self.outline.keep(self.path, short(entry.name, 120), entry.qtype, entry.node)

    def _lose(self, entry: Entry, code: str, **params: Any) -> None:
        self.outline.lose(self.path, short(entry.name, 120), code, **params)


_GAPS = re.compile(r"\[\[([0-9]{1,3})\]\]")
_PARTS = re.compile(r"\{#([0-9]{1,3})\}")
_COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")


@dataclass(frozen=True)
class _Answer:
    id: str
    html: str
    fraction: float
    feedback: str

    @property
    def text(self) -> str:
        return " ".join(words_of(self.html).text.split())

    @property
    def wild(self) -> bool:
        return "*" in self.html.replace("\\*", "")

    @property
    def plain(self) -> str:
        return self.html.replace("\\*", "*")


def _answers(node: Element) -> list[_Answer]:
    found = []
    for answer in node.iterfind(".//answers/answer"):
        try:
            fraction = float(text(answer, "fraction"))
        except ValueError:
            fraction = 0.0
        html = as_html(
            text(answer, "answertext") or text(answer, "answer_text"), text(answer, "answerformat")
        )
        found.append(_Answer(answer.get("id", ""), html, fraction, words_of(text(answer, "feedback")).text))
    return found


def _group(said: str) -> str:
    """The list a word of a gap stands in: a number, or PHP's way of writing down a drag and drop."""
    found = re.search(r'"draggroup";(?:s:\d+:"(\d+)"|i:(\d+))', said)
    return (found.group(1) or found.group(2)) if found else said.strip()


def _child(node: Element, name: str) -> Element | None:
    return next(iter(node.iterfind(f".//{name}")), None)


def _explanation(entry: Entry, answers: Iterable[_Answer]) -> str:
    """The general feedback, then each answer's own under its words."""
    lines = [words_of(text(entry.node, "generalfeedback")).text]
    lines += [f"{answer.text}：{answer.feedback}" for answer in answers if answer.feedback]
    return "\n".join(line for line in lines if line)
