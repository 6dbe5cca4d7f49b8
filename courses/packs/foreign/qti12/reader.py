"""QTI 1.2 → questions as the native format has them: the profile of Common Cartridge, and what Canvas and Blackboard
write beyond it.

Owns which question types have a place here, and how scores, answers and feedback are read. A type that has none is
named (`lost_question`), and so is every way of scoring that the native format cannot keep. Refuses to know packs: it
is given a document's tree and a function that notes what is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn, Protocol
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.packs.foreign.qti12.scores import Condition, condition_of, number_of
from courses.packs.foreign.qti12.text import Words, materials, words_of
from courses.packs.foreign.qti12.types import NAMES, PLACED, TYPES
from courses.packs.foreign.questions import GAP, Unfit, gaps_from_list, matching, numeric, ordering
from courses.packs.foreign.xmltree import child, children, line, local, said
from courses.packs.plan import Option, Question
from courses.packs.problems import Problem, short
from lms.lib.typed_numbers import number_of as number_typed

_TRUE = frozenset({"true", "t", "yes", "正确", "对", "是", "√", "✓"})
_FALSE = frozenset({"false", "f", "no", "错误", "错", "否", "不正确", "×", "✗"})
_ID = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,58}[A-Za-z0-9])?")
_BLANK = re.compile(r"_{3,}|＿{2,}")
# What programs call the one part that holds everything.
_ROOT_TITLE = re.compile(r"(root[_ ]section|main|section( ?1)?|final exam|test|quiz|assessment)?", re.I)
_MAX_EXPLANATION = 2000
# Where documents say of which type an item is.
_TYPES = ("question_type", "bbmd_questiontype", "cc_profile", "qmd_itemtype")
_STR, _NUM = ["response_str"], ["response_num"]
_RESPONSES = ("response_lid", "response_str", "response_num", "response_xy", "response_grp")
# What is said to who answers, of the whole and of its parts.
_TOLD = ("rubric", "presentation_material")


class Lose(Protocol):
    def __call__(self, title: str, code: str, /, **params: Any) -> None: ...


# Keeps a question that has no place: its title, its type as the document calls it, its item.
Keep = Callable[[str, str, Element], None]


@dataclass
class Assessment:
    """What a document holds. `texts` are HTML of items that ask nothing, `banks` the ids of banks it draws on."""

    title: str = ""
    questions: list[Question] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    banks: list[str] = field(default_factory=list)
    pass_percent: int = 60


class _Outside(Exception):
    """A question that does not come in: the code of why, and its values."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def read_assessment(
    root: Element,
    lose: Lose,
    picture: Callable[[str], None] = lambda address: None,
    keep: Keep = lambda title, kind, item: None,
) -> Assessment:
    """Take a questestinterop document apart. `picture` hears the address of each picture that stood in a question."""
    made = Assessment(line(_named(root, "assessment") or _named(root, "objectbank")))
    cut = next((e.get("cutvalue") for e in root.iter() if local(e) == "decvar" and e.get("cutvalue")), None)
    percent = number_of(cut)
    if percent is not None and 0 <= percent <= 100:
        made.pass_percent = int(percent)
    drawn = False
    parts = [e for e in root.iter() if local(e) == "section"]
    for element in root.iter():
        name = local(element)
        if name == "section" and (title := _part_title(element, made.title, len(parts))):
            lose(title, "lost_setting", what=_("分组标题"))
        if name == "sourcebank_ref" and (element.text or "").strip():
            made.banks.append((element.text or "").strip())
        elif name == "selection_number":
            drawn = True
        elif name in ("assessment", "section"):
            said = [part for told in element if local(told) in _TOLD for part in materials(told)]
            made.texts += [part.html for part in said if isinstance(part, Words) and part.html.strip()]
        elif name == "item":
            _Item(element, lose, picture, keep).read(made)
    if drawn:
        lose(made.title, "lost_setting", what=_("随机抽题"))
    return made


def _named(root: Element, name: str) -> str:
    found = next((e for e in root.iter() if local(e) == name), None)
    return "" if found is None else found.get("title", "")


def _part_title(section: Element, whole: str, count: int) -> str:
    """What a part of an assessment is called, where that is said to people: programs give one to the only part, too."""
    title = line(section.get("title", ""))
    same = title in (whole, section.get("ident", ""))
    return "" if same or (count == 1 and _ROOT_TITLE.fullmatch(title)) else short(title, 120)


class _Item:
    def __init__(self, item: Element, lose: Lose, picture: Callable[[str], None], keep: Keep) -> None:
        self.item, self.picture = item, picture
        self.noted, self.keep = lose, keep
        self.metadata = _metadata(item)
        self.presentation = child(item, "presentation")
        self.parts = list(materials(self.presentation)) if self.presentation is not None else []
        self.stem = words_of(part for part in self.parts if isinstance(part, Words))
        self.responses = [
            e
            for e in (self.presentation.iter() if self.presentation is not None else ())
            if local(e) in _RESPONSES
        ]
        self.conditions = [condition_of(e) for e in item.iter() if local(e) == "respcondition"]
        self.settings: list[str] = []
        # What the options of a matching question say, by their idents: feedback speaks of them.
        self.labels: dict[str, str] = {}

    # -- what it is ---------------------------------------------------------------------------------

    def read(self, made: Assessment) -> None:
        kind = self._kind()
        if kind == "text":
            made.texts += [part.html for part in self.parts if isinstance(part, Words)]
            return
        if kind not in PLACED:
            self._lose("lost_question", what=str(NAMES.get(kind, kind)))
            self.keep(self._title(), self._said() or kind, self.item)
            return
        try:
            kind, stem, options, answer = self._answered(kind)
        except _Outside as outside:
            self._lose(outside.code, **outside.params)
            self.keep(self._title(), self._said() or kind, self.item)
            return
        explanation = self._explanation(options)
        made.questions.append(
            Question(self._id(), kind, stem, tuple(options), tuple(answer), explanation, self._points())
        )
        for address in self.stem.pictures:
            self.picture(address)
            self._lose("lost_kind", what=_("题干里的图片（%(name)s）") % {"name": short(address)})
        for what in dict.fromkeys(self.settings):
            self._lose("lost_setting", what=what)

    def _kind(self) -> str:
        for label in _TYPES:
            wanted = self.metadata.get(label, "").strip()
            name = re.sub(r"^cc\.(\w+?)\.v[0-9p]+$", r"\1", wanted.lower()).removesuffix("_question")
            if name in TYPES:
                return TYPES[name]
            # A type nobody here has heard of may look like one we have, and mean something else.
            if name and label != "qmd_itemtype":
                return short(wanted, 40)
        return self._by_shape() or "?"

    def _by_shape(self) -> str:
        shapes = {local(e) for e in self.responses}
        rendered = {local(e) for e in self.item.iter()}
        if not self.responses:
            return "text" if not self.conditions else ""
        if len(self.responses) == 1 and self.responses[0].get("rcardinality", "").lower() == "ordered":
            return "ordering"
        if "response_grp" in shapes:
            return "matching"
        if "response_num" in shapes:
            return "numeric"
        if "response_xy" in shapes or "render_hotspot" in rendered:
            return "hotspot"
        if shapes == {"response_str"}:
            return "fill" if any(c.right for c in self.conditions) else "essay"
        if shapes == {"response_lid"} and len(self.responses) == 1:
            cardinality = self.responses[0].get("rcardinality", "Single").lower()
            return {"single": "single", "multiple": "multiple"}.get(cardinality, "")
        return "matching" if shapes == {"response_lid"} else ""

    def _answered(self, kind: str) -> tuple[str, str, list[Option], list[Any]]:
        if kind == "numeric":
            return self._numeric()
        if kind == "ordering":
            return self._ordering()
        if kind in ("matching", "dropdowns"):
            return self._matching() if kind == "matching" else self._dropdowns()
        return self._fill() if kind == "fill" else self._choice(kind)

    # -- choices ------------------------------------------------------------------------------------

    def _choice(self, kind: str) -> tuple[str, str, list[Option], list[Any]]:
        if not self.responses:
            self._broken("options")
        texts: dict[str, str] = {}
        for label in (e for e in self.responses[0].iter() if local(e) == "response_label"):
            words = words_of(part for part in materials(label) if isinstance(part, Words))
            texts[label.get("ident", "")] = words.text
            self.stem.pictures.extend(words.pictures)
        right = self._right(texts, kind)
        if not right:
            self._broken("answer")
        if kind == "true_false":
            truth = {ident: _truth(ident, text) for ident, text in texts.items()}
            if set(truth.values()) == {"true", "false"}:
                return kind, self.stem.text, [], [truth[right[0]]]
            kind = "single"
        ids = {ident: ident if _ID.fullmatch(ident) else f"o{n}" for n, ident in enumerate(texts, 1)}
        if len(set(ids.values())) < len(ids):
            ids = {ident: f"o{n}" for n, ident in enumerate(texts, 1)}
        options = [Option(ids[ident], text) for ident, text in texts.items()]
        return kind, self.stem.text, options, [ids[ident] for ident in right]

    def _right(self, texts: dict[str, str], kind: str) -> list[str]:
        """The idents that are right, [] where the document does not say."""
        if any(c.odd and (c.score or 0) > 0 for c in self.conditions):
            self._no_place("pattern")
        giving = [c for c in self.conditions if (c.score or 0) > 0 and c.right]
        if any((c.score or 0) < 0 for c in self.conditions):
            self.settings.append(_("答错扣分"))
        if not giving:
            return []
        best = max(c.score or Decimal(0) for c in giving)
        if kind != "multiple":
            right = list(
                dict.fromkeys(v for c in giving if c.score == best for _r, v in c.right if v in texts)
            )
            if any(c.score != best for c in giving):
                self.settings.append(_("部分给分"))
            if len(right) > 1:
                self._no_place("several")
            return right
        if any(c.either and len(c.right) > 1 for c in giving):
            self._no_place("several")
        if len(giving) > 1:
            self.settings.append(_("部分给分"))
        alone = all(len(c.right) == 1 for c in giving)
        chosen = giving if alone else [c for c in giving if c.score == best]
        named = {v for c in chosen for _r, v in c.right}
        return [ident for ident in texts if ident in named]

    # -- blanks -------------------------------------------------------------------------------------

    def _fill(self) -> tuple[str, str, list[Option], list[Any]]:
        if any(c.odd and (c.score or 0) > 0 for c in self.conditions):
            self._no_place("pattern")
        if any((c.score or 0) < 0 for c in self.conditions):
            self.settings.append(_("答错扣分"))
        if any(c.exact for c in self.conditions):
            self.settings.append(_("区分大小写"))
        accepted: dict[str, list[str]] = {e.get("ident", ""): [] for e in self.responses}
        labels = {
            label.get("ident", ""): words_of(p for p in materials(label) if isinstance(p, Words)).text
            for e in self.responses
            for label in e.iter()
            if local(label) == "response_label"
        }
        for condition in self.conditions:
            for ident, value in condition.right:
                if (condition.score or 0) > 0 and ident in accepted:
                    text = line(labels.get(value) or value)
                    if text and text not in accepted[ident]:
                        accepted[ident].append(text)
        stem, order = self._blanks(accepted)
        answer = [tuple(accepted[ident]) for ident in order]
        if not answer or not all(answer):
            self._broken("answer")
        holes = len(_BLANK.findall(stem))
        if holes != len(answer):
            reason = Problem("blanks", "", {"stem": holes, "answers": len(answer)})
            raise _Outside("lost_question_broken", reason=reason)
        if len(answer) > 20 or any(len(texts) > 20 for texts in answer):
            raise _Outside("lost_question_broken", reason=Problem("too_many", "", {"limit": 20}))
        if any(len(text) > 200 for texts in answer for text in texts):
            raise _Outside("lost_question_broken", reason=Problem("too_long", "", {"limit": 200}))
        return "fill", stem, [], answer

    def _numeric(self) -> tuple[str, str, list[Option], list[Any]]:
        giving = [c for c in self.conditions if (c.score or 0) > 0 and (c.right or c.bounds)]
        if any((c.score or 0) < 0 for c in self.conditions):
            self.settings.append(_("答错扣分"))
        best = max((c.score or Decimal(0) for c in giving), default=None)
        if best is None:
            self._broken("answer")
        if any(c.score != best for c in giving):
            self.settings.append(_("部分给分"))
        accepted = [pair for c in giving if c.score == best for pair in _numbers(c)]
        made = numeric(self._id(), self.stem.text, [pair for pair in accepted if pair is not None])
        shapes = [local(e) for e in self.responses]
        if None in accepted or isinstance(made, Unfit) or shapes not in (_STR, _NUM):
            raise _Outside("lost_question", what=_("数值题，答案不是普通的数"))
        return made.kind, made.stem, [], list(made.answer)

    # -- pairs --------------------------------------------------------------------------------------

    def _matching(self) -> tuple[str, str, list[Option], list[Any]]:
        """A prompt in or before each response, and one list of options for all of them."""
        if any(local(response) != "response_lid" for response in self.responses):
            self._no_place("matching")
        stem, prompts, rest = self._prompts()
        lists, right = self._lists(rest, "matching")
        if len({frozenset(texts) for texts in lists}) > 1:
            self._no_place("matching")
        pairs = [(prompts[ident], text) for ident, text in right.items()]
        made = matching(self._id(), stem, pairs, lists[0])
        return made.kind, made.stem, list(made.options), list(made.answer)

    def _dropdowns(self) -> tuple[str, str, list[Option], list[Any]]:
        """A text with a list at each gap: a matching question where all lists are the same, a single choice where there is
        one gap."""
        lists, right = self._lists([], "dropdowns")
        names = {ident.removeprefix("response_"): ident for ident in right}
        named = re.compile(r"\[([^\[\]]+)\]")
        found = [name for name in named.findall(self.stem.text) if name in names]
        if len({frozenset(texts) for texts in lists}) > 1 or sorted(found) != sorted(names):
            self._no_place("dropdowns")
        stem = named.sub(lambda m: GAP if m.group(1) in names else m.group(0), self.stem.text)
        made = gaps_from_list(self._id(), stem, [right[names[name]] for name in found], lists[0])
        return made.kind, made.stem, list(made.options), list(made.answer)

    # -- an order -----------------------------------------------------------------------------------

    def _ordering(self) -> tuple[str, str, list[Option], list[Any]]:
        """Labels of one response. What stands beside them (Canvas: what the first and the last place mean) belongs to what
        is asked."""
        if len(self.responses) != 1:
            self._no_place("ordering")
        texts: dict[str, str] = {}
        for label in (e for e in self.responses[0].iter() if local(e) == "response_label"):
            words = words_of(part for part in materials(label) if isinstance(part, Words))
            self.stem.pictures.extend(words.pictures)
            texts[label.get("ident", "")] = self.labels[label.get("ident", "")] = line(words.text)
        if not texts or not all(texts.values()):
            self._broken("options")
        ends = [
            line(words_of(part for part in materials(e) if isinstance(part, Words)).text)
            for e in self.responses[0].iter()
            if local(e) == "material" and e.get("position", "").lower() in ("top", "bottom")
        ]
        stem = "\n".join(part for part in (self.stem.text, " → ".join(filter(None, ends))) if part)
        made = ordering(self._id(), stem, [texts[ident] for ident in self._order(texts)])
        return made.kind, made.stem, list(made.options), list(made.answer)

    def _order(self, texts: dict[str, str]) -> list[str]:
        """The idents in their right order: named one after the other, by an index, or each with the number of its place
        (as Brightspace writes them). Several right orders have no place here."""
        giving = [c for c in self.conditions if (c.score or 0) > 0 and c.right]
        if any(c.odd or (c.either and len(c.right) > 1) for c in giving):
            self._no_place("ordering")
        if any((c.score or 0) < 0 for c in self.conditions):
            self.settings.append(_("答错扣分"))
        numbered = {ident: value for c in giving for ident, value in c.right if ident in texts}
        if numbered:
            order = sorted(numbered, key=lambda ident: number_of(numbered[ident]) or Decimal(0))
            places = [number_of(numbered[ident]) for ident in order]
            if places != list(range(1, len(texts) + 1)):
                self._broken("answer")
            return order
        said = [
            (place, value)
            for c in giving
            for (_ident, value), place in zip(c.right, c.places, strict=True)
            if value in texts
        ]
        if all(number_of(place) is not None for place, _value in said):
            said.sort(key=lambda one: number_of(one[0]) or Decimal(0))
        order = [value for _place, value in said]
        if len(order) > len(texts):
            self._no_place("ordering")
        if sorted(order) != sorted(texts):
            self._broken("answer")
        if len(giving) == 1:
            self.settings.append(_("全部答对才得分"))
        return order

    def _prompts(self) -> tuple[str, dict[str, str], list[str]]:
        """The stem, the prompt of each response, and what stands behind the last one: Canvas writes prompts into the
        responses, Blackboard before them, and the texts that belong to them behind them all."""
        prompts: dict[str, str] = {}
        for response in self.responses:
            inside = [part for part in response if not local(part).startswith("render")]
            words = words_of(w for part in inside for w in materials(part) if isinstance(w, Words))
            self.stem.pictures.extend(words.pictures)
            prompts[response.get("ident", "")] = line(words.text)
        if all(prompts.values()) and prompts:
            return self.stem.text, prompts, []
        run: list[str] = []
        stem = ""
        for part in self.parts:
            if isinstance(part, Words):
                run += [text] if (text := words_of([part]).text) else []
            elif part in prompts:
                if run:
                    prompts[part] = line(run[-1])
                # Only before the first prompt stands what is asked of all.
                stem = stem or "\n".join(run[:-1])
                run = []
        if not stem or not all(prompts.values()):
            self._broken("stem")
        return stem, prompts, run

    def _lists(self, rest: list[str], kind: str) -> tuple[list[list[str]], dict[str, str]]:
        """The options of each response in its order, and the one that is right for it."""
        lists: list[list[str]] = []
        texts: dict[tuple[str, str], str] = {}
        for response in self.responses:
            shown = []
            labels = [e for e in response.iter() if local(e) == "response_label"]
            for place, label in enumerate(labels):
                words = words_of(part for part in materials(label) if isinstance(part, Words))
                self.stem.pictures.extend(words.pictures)
                text = line(words.text) or (line(rest[place]) if len(rest) == len(labels) else "")
                key = label.get("ident", "")
                texts[response.get("ident", ""), key] = self.labels[key] = text
                shown.append(text)
            lists.append(shown)
        if not lists or not all(lists) or not all(text for texts_ in lists for text in texts_):
            self._broken("options")
        right: dict[str, set[str]] = {response.get("ident", ""): set() for response in self.responses}
        for ident, value in self._pairs_right(kind):
            if (ident, value) in texts:
                right[ident].add(texts[ident, value])
        if not all(right.values()):
            self._broken("answer")
        if any(len(ones) > 1 for ones in right.values()):
            self._no_place(kind)
        return lists, {ident: ones.pop() for ident, ones in right.items()}

    def _pairs_right(self, kind: str) -> list[tuple[str, str]]:
        if any(c.odd or (c.either and len(c.right) > 1) for c in self.conditions if (c.score or 0) > 0):
            self._no_place(kind)
        if any((c.score or 0) < 0 for c in self.conditions):
            self.settings.append(_("答错扣分"))
        giving = [c for c in self.conditions if (c.score or 0) > 0 and c.right]
        # Blackboard scores its pairs elsewhere, and only says here which they are.
        giving = giving or [c for c in self.conditions if c.score is None and c.right]
        if len({c.score for c in giving}) > 1:
            self.settings.append(_("各对分值不同"))
        if len(giving) == 1 and len(giving[0].right) > 1:
            self.settings.append(_("全部答对才得分"))
        return [pair for c in giving for pair in c.right]

    def _blanks(self, accepted: dict[str, list[str]]) -> tuple[str, list[str]]:
        """The stem with a blank for each response, and the responses in the order of their blanks."""
        # Canvas writes the name of a blank in brackets where it stands.
        names = {i.removeprefix("response_"): i for i in accepted if i.startswith("response_")}
        found = [name for name in re.findall(r"\[([^\[\]]+)\]", self.stem.text) if name in names]
        if found and set(found) == set(names) and len(found) == len(accepted):
            stem = re.sub(
                r"\[([^\[\]]+)\]", lambda m: "___" if m.group(1) in names else m.group(0), self.stem.text
            )
            return stem, [names[name] for name in found]
        order = list(accepted)
        if len(_BLANK.findall(self.stem.text)) == len(order):
            return self.stem.text, order
        parts: list[str] = []
        for part in self.parts:
            if isinstance(part, Words):
                parts.append(words_of([part]).text)
            elif part in accepted:
                parts.append("___")
        return " ".join(part for part in parts if part), order

    # -- what is said afterwards --------------------------------------------------------------------

    def _explanation(self, options: list[Option]) -> str:
        feedback: dict[str, str] = {}
        for element in children(self.item, "itemfeedback"):
            words = words_of(part for part in materials(element) if isinstance(part, Words))
            feedback[element.get("ident", "")] = words.text
            for address in words.pictures:
                self.picture(address)
                self._lose("lost_kind", what=_("反馈里的图片（%(name)s）") % {"name": short(address)})
        general, right, wrong, each = self._sorted(feedback)
        texts = self.labels | {option.id: option.text for option in options}
        lines = [*general, *right]
        if wrong:
            lines += [f"✗ {text}" for text in wrong]
        lines += [f"{texts.get(ident, ident)}: {text}" for ident, text in each]
        made = "\n".join(dict.fromkeys(text for text in lines if text.strip()))
        if len(made) > _MAX_EXPLANATION:
            self.settings.append(_("反馈中超过 2000 字的部分"))
            made = made[: _MAX_EXPLANATION - 1] + "…"
        return made

    def _sorted(
        self, feedback: dict[str, str]
    ) -> tuple[list[str], list[str], list[str], list[tuple[str, str]]]:
        """Feedback that is always shown, when right, when wrong, and with one option."""
        general: list[str] = []
        right: list[str] = []
        wrong: list[str] = []
        each: list[tuple[str, str]] = []
        left = dict(feedback)
        scored = False
        for condition in self.conditions:
            for ident in condition.feedback:
                text = left.pop(ident, "")
                if not text:
                    continue
                name = ident.lower()
                if "incorrect" in name:
                    wrong.append(text)
                elif name == "correct_fb" or name == "correct" or (condition.score or 0) > 0:
                    right.append(text)
                elif len(condition.right) == 1:
                    each.append((condition.right[0][1], text))
                else:
                    (wrong if condition.other and scored and name != "general_fb" else general).append(text)
            scored = scored or (condition.score or 0) > 0
        # Sample answers and solutions that no condition shows.
        general += [text for text in left.values() if text]
        return general, right, wrong, each

    def _points(self) -> int:
        labels = ("cc_weighting", "points_possible", "qmd_weighting", "qmd_absolutescore_max")
        wanted = next(
            (v for v in (number_of(self.metadata.get(label)) for label in labels) if v is not None),
            Decimal(1),
        )
        points = min(max(int(wanted), 1), 100)
        if wanted != points:
            self.settings.append(_("分值 %(points)s") % {"points": f"{wanted:f}"})
        return points

    def _id(self) -> str:
        # Canvas gives an item a new ident in each of the two documents it writes, and this one in both.
        return (
            self.metadata.get("assessment_question_identifierref")
            or self.item.get("ident", "")
            or self.stem.text
        )

    # -- small things -------------------------------------------------------------------------------

    def _broken(self, name: str) -> NoReturn:
        raise _Outside("lost_question_broken", reason=Problem("required", "", {"name": name}))

    def _no_place(self, kind: str) -> NoReturn:
        raise _Outside("lost_question", what=str(NAMES[kind]))

    def _title(self) -> str:
        title = line(self.stem.text) or line(self.item.get("title", "")) or self.item.get("ident", "")
        return short(title, 120)

    def _said(self) -> str:
        """The type as the document itself calls it."""
        return next(
            (said for label in _TYPES if (said := short(self.metadata.get(label, "").strip(), 40))), ""
        )

    def _lose(self, code: str, **params: Any) -> None:
        self.noted(self._title(), code, **params)


def _numbers(condition: Condition) -> list[tuple[Fraction, Fraction] | None]:
    """The numbers a condition speaks of, each with what it may be off by; None for what says no such number."""
    if condition.strange or condition.wrong:
        return [None]
    if not condition.bounds:
        exact = [number_typed(text) for _ident, text in condition.right]
        return [None if value is None else (value, Fraction(0)) for value in exact]
    ends = {name: number_typed(text) for name, text in condition.bounds}
    low, high = ends.get("vargte"), ends.get("varlte")
    if len(condition.bounds) != 2 or low is None or high is None or low > high:
        return [None]
    # The number itself stands beside its bounds.
    said = [number_typed(text) for _ident, text in condition.right]
    if any(value is None or not low <= value <= high for value in said):
        return [None]
    return [((low + high) / 2, (high - low) / 2)]


def _truth(ident: str, text: str) -> str:
    for word in (text.strip().lower().rstrip(".。"), ident.strip().lower()):
        if word in _TRUE or word in _FALSE:
            return "true" if word in _TRUE else "false"
    return text


def _metadata(item: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    box = child(item, "itemmetadata")
    for element in box.iter() if box is not None else ():
        name = local(element)
        if name == "qtimetadatafield":
            found.setdefault(said(element, "fieldlabel"), said(element, "fieldentry"))
        elif len(element) == 0 and name not in ("fieldlabel", "fieldentry"):
            found.setdefault(name, said(element))
    return found
