"""What makes a question sound, and how a teacher writes one as lines of text. Plain functions over plain values."""

import re
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from lms.lib.typed_numbers import number_of, plain, shown

CHOICE_KINDS = ("single", "multiple", "true_false")
# Each pair that is right earns an equal share of the question's points, exactly; one that is wrong or open costs nothing.
# In force from November 2026. A release pins the rule by this name with each question, so that another rule, one day, is
# another name and leaves what was released as it was.
PAIRS = "pairs-2026-11"
# The same of what is put in order: each item that stands at its own place earns an equal share.
PLACES = "places-2026-11"
MARKINGS = {"matching": PAIRS, "ordering": PLACES}
MAX_PROMPTS, MAX_TARGETS = 20, 40
MAX_STEPS = 20
# A blank as an author writes one into a stem.
BLANK = re.compile(r"_{3,}|＿{2,}")
_PARTS = re.compile(r"\\(?P<kept>[\\|｜])|(?P<bar>[|｜])|(?P<plain>.)", re.S)


def read_lines(kind: str, text: str) -> tuple[list[dict[str, str]], list[Any]]:
    """Lines as typed → (options, answer). A choice line beginning with * is right; a fill line is one blank, its
    accepted texts parted by |; a numeric line is one accepted number, what it may be off by after ±; a matching line is
    a prompt and what belongs to it, parted by |, and a line that begins with | belongs to nothing; ordering lines are the
    items in their right order."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if kind == "matching":
        return _read_pairs(lines)
    if kind == "numeric":
        return [], [_number(line) for line in lines]
    if kind == "ordering":
        steps = [{"id": _letter(place), "text": line} for place, line in enumerate(lines)]
        return steps, [step["id"] for step in steps]
    if kind not in CHOICE_KINDS:
        return [], [[part.strip() for part in line.split("|") if part.strip()] for line in lines]
    options = [
        {"id": _letter(place), "text": line.removeprefix("*").strip()} for place, line in enumerate(lines)
    ]
    answer = [_letter(place) for place, line in enumerate(lines) if line.startswith("*")]
    return options, answer


def write_lines(kind: str, options: list[dict[str, str]], answer: list[Any]) -> str:
    """The reverse of read_lines."""
    if kind == "numeric":
        return "\n".join(shown(*accepted) for accepted in answer)
    if kind == "matching":
        return _write_pairs(options, answer)
    if kind == "ordering":
        texts = {option["id"]: " ".join(option["text"].split()) for option in options}
        return "\n".join(texts[key] for key in answer)
    if kind not in CHOICE_KINDS:
        return "\n".join(" | ".join(accepted) for accepted in answer)
    return "\n".join(("* " if option["id"] in answer else "") + option["text"] for option in options)


def unpaired(
    options: list[dict[str, str]], pairs: list[dict[str, str]]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """A matching question as it is asked, with ids that say nothing of what belongs to what: options and pairs.

    Whoever writes pair by pair gives the options ids in the order of the prompts, and pages and programs see the ids while
    the question is open. Here they follow the options' texts, which everybody sees.
    """
    told, ids = _told(options)
    return told, [{**pair, "option": ids[pair["option"]]} for pair in pairs]


def unordered(options: list[dict[str, str]], order: list[str]) -> tuple[list[dict[str, str]], list[str]]:
    """An ordering question as it is asked, for the same reason: whoever writes the items in order numbers them in order."""
    told, ids = _told(options)
    return told, [ids[key] for key in order]


def _told(options: list[dict[str, str]]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The options in the order of their texts, with ids that follow it, and the new id of each old one."""
    told = sorted(options, key=lambda option: option["text"])
    ids = {option["id"]: _letter(place) for place, option in enumerate(told)}
    return [{**option, "id": ids[option["id"]]} for option in told], ids


def question_problems(kind: str, options: list[dict[str, str]], answer: list[Any]) -> list[str]:
    """What is wrong with a question, as sentences; empty when it is sound."""
    if kind == "fill":
        return [] if answer and all(answer) else [_("填空题的每个空至少要有一个可接受的答案。")]
    if kind == "numeric":
        good = answer and all(accepted for accepted in answer)
        return [] if good else [_("数值题每行写一个数，允许的误差写在 ± 后面，例如 220 ± 5。")]
    if kind == "matching":
        return _matching_problems(options, answer)
    if kind == "ordering":
        return _ordering_problems(options, answer)
    ids = [option["id"] for option in options]
    problems = []
    if len(options) < 2:
        problems.append(_("至少要有两个选项。"))
    if kind == "true_false" and len(options) != 2:
        problems.append(_("判断题正好有两个选项。"))
    if len({option["text"] for option in options}) != len(options):
        problems.append(_("选项不能重复。"))
    if any(right not in ids for right in answer):
        problems.append(_("答案不在选项之中。"))
    if not answer:
        problems.append(_("请标出正确选项。"))
    elif kind != "multiple" and len(answer) != 1:
        problems.append(_("单选题和判断题只能有一个正确选项。"))
    return problems


def _matching_problems(options: list[dict[str, str]], pairs: list[dict[str, str]]) -> list[str]:
    ids = {option["id"] for option in options}
    problems = []
    if not all(pair["text"] and pair["option"] in ids for pair in pairs):
        problems.append(_("配对题每行写一对，左右用 | 分开，例如：验电笔 | 确认没有电压。"))
    if len(pairs) < 2 or len(options) < 2:
        problems.append(_("配对题至少要有两对，右边至少有两个不同的选项。"))
    if len(pairs) > MAX_PROMPTS or len(options) > MAX_TARGETS:
        problems.append(
            _("配对题最多 %(prompts)d 对，右边最多 %(targets)d 个选项。")
            % {"prompts": MAX_PROMPTS, "targets": MAX_TARGETS}
        )
    if len({pair["text"] for pair in pairs}) != len(pairs):
        problems.append(_("左边的文字不能重复。"))
    if len({option["text"] for option in options}) != len(options):
        problems.append(_("选项不能重复。"))
    return problems


def _ordering_problems(options: list[dict[str, str]], order: list[str]) -> list[str]:
    problems = []
    if not 2 <= len(options) <= MAX_STEPS:
        problems.append(_("排序题每行写一项，按正确的先后顺序，2 到 %(most)d 项。") % {"most": MAX_STEPS})
    if len({option["text"] for option in options}) != len(options):
        problems.append(_("选项不能重复。"))
    if sorted(order) != sorted(option["id"] for option in options):
        problems.append(_("正确的顺序要把每个选项用上，各用一次。"))
    return problems


def _read_pairs(lines: list[str]) -> tuple[list[dict[str, str]], list[Any]]:
    """The same text on the right is the same option, which then is right for several prompts."""
    options: dict[str, str] = {}
    pairs: list[Any] = []
    for line in lines:
        prompt, target = _halves(line)
        if target and target not in options:
            options[target] = _letter(len(options))
        if prompt or not target:
            pairs.append({"id": str(len(pairs) + 1), "text": prompt, "option": options.get(target, "")})
    return [{"id": key, "text": text} for text, key in options.items()], pairs


def _write_pairs(options: list[dict[str, str]], pairs: list[Any]) -> str:
    texts = {option["id"]: option["text"] for option in options}
    lines = [f"{_written(pair['text'])} | {_written(texts.get(pair['option'], ''))}" for pair in pairs]
    used = {pair["option"] for pair in pairs}
    lines += [f"| {_written(option['text'])}" for option in options if option["id"] not in used]
    return "\n".join(lines)


def _halves(line: str) -> tuple[str, str]:
    """What stands before the first | and after it; `\\|` is a | of the text, and so is any after the first."""
    halves = ["", ""]
    side = 0
    for part in _PARTS.finditer(line):
        if part["bar"] and not side:
            side = 1
        else:
            halves[side] += part["kept"] or part["bar"] or part["plain"]
    return halves[0].strip(), halves[1].strip()


def _written(text: str) -> str:
    """A text as one half of a line: on one line, its own bars marked as such."""
    return re.sub(r"[|｜]|\\(?=[\\|｜]|$)", r"\\\g<0>", " ".join(text.split()))


def _number(line: str) -> list[str]:
    """`220 ± 5` → ["220", "5"]; [] where it is no number, or the tolerance is below zero."""
    value, _sign, off = line.replace("+-", "±").replace("+/-", "±").partition("±")
    found, tolerance = number_of(value), number_of(off) if off.strip() else Fraction(0)
    if found is None or tolerance is None or tolerance < 0:
        return []
    written = [plain(found), plain(tolerance)]
    return [text for text in written if text is not None] if None not in written else []


def _letter(place: int) -> str:
    """0 → a, 25 → z, 26 → a1: short, stable, unique."""
    turn, rest = divmod(place, 26)
    return chr(ord("a") + rest) + (str(turn) if turn else "")
