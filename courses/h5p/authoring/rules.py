"""What an exercise of our own types must keep beyond its fields, so that it can be answered. Plain values in, sentences out.

The same rules as `courses/h5p/own/build.py` has for packages made by program, which speaks to programmers.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from courses.h5p.own.gaps import Gap, parse_gaps

Params = Mapping[str, Any]


def problems(machine_name: str, params: Params) -> list[str]:
    """Sentences about an exercise of one of our types, none for a good one and for every other type."""
    rule = _RULES.get(machine_name)
    return rule(params) if rule else []


def _entries(params: Params, name: str) -> Sequence[Params]:
    value = params.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _statements(params: Params) -> list[str]:
    return [] if _entries(params, "statements") else [_("还没有写题目。")]


def _one_right_option(params: Params) -> list[str]:
    questions = _entries(params, "questions")
    found = [] if questions else [_("还没有写题目。")]
    for number, question in enumerate(questions, 1):
        right = sum(option.get("correct") is True for option in _entries(question, "options"))
        if right != 1:
            found.append(
                _("第 %(number)d 题要有且只有一个正确选项，现在有 %(right)d 个。")
                % {"number": number, "right": right}
            )
    return found


def _gaps(params: Params) -> list[str]:
    items = _entries(params, "items")
    found = [] if items else [_("还没有写题目。")]
    for number, item in enumerate(items, 1):
        text = html.unescape(str(item.get("text", "")))
        if not any(isinstance(piece, Gap) for piece in parse_gaps(text)):
            found.append(_("第 %(number)d 题没有空：把答案写在两个 * 之间。") % {"number": number})
    return found


_RULES: dict[str, Callable[[Params], list[str]]] = {
    "H5P.RtSingleChoiceSet": _one_right_option,
    "H5P.RtTrueFalse": _statements,
    "H5P.RtFillBlanks": _gaps,
    "H5P.RtDragWords": _gaps,
}
