"""What makes a question sound, and how a teacher writes one as lines of text. Plain functions over plain values."""

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from lms.lib.typed_numbers import number_of, plain, shown

CHOICE_KINDS = ("single", "multiple", "true_false")


def read_lines(kind: str, text: str) -> tuple[list[dict[str, str]], list[Any]]:
    """Lines as typed → (options, answer). A choice line beginning with * is right; a fill line is one blank, its
    accepted texts parted by |; a numeric line is one accepted number, what it may be off by after ±."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if kind == "numeric":
        return [], [_number(line) for line in lines]
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
    if kind not in CHOICE_KINDS:
        return "\n".join(" | ".join(accepted) for accepted in answer)
    return "\n".join(("* " if option["id"] in answer else "") + option["text"] for option in options)


def question_problems(kind: str, options: list[dict[str, str]], answer: list[Any]) -> list[str]:
    """What is wrong with a question, as sentences; empty when it is sound."""
    if kind == "fill":
        return [] if answer and all(answer) else [_("填空题的每个空至少要有一个可接受的答案。")]
    if kind == "numeric":
        good = answer and all(accepted for accepted in answer)
        return [] if good else [_("数值题每行写一个数，允许的误差写在 ± 后面，例如 220 ± 5。")]
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
