"""Native questions → QTI 1.2 in the profile of Common Cartridge: single and multiple choice, true or false, one blank. A
matching or ordering question, which the profile has no words for, is written as the single choices it consists of.

Refuses to write what it has no words for at all: several blanks in one question, numbers with a tolerance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree
from lxml.builder import ElementMaker

from courses.packs.plan import Option, Question

_NS = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = f"{_NS} http://www.imsglobal.org/profile/cc/ccv1p3/ccv1p3_qtiasiv1p2p1_v1p0.xsd"
_NSMAP: dict[str | None, str] = {None: _NS, "xsi": _XSI}
_Q = ElementMaker(namespace=_NS, nsmap=_NSMAP)
_PROFILES = {
    "single": "cc.multiple_choice.v0p1",
    "multiple": "cc.multiple_response.v0p1",
    "true_false": "cc.true_false.v0p1",
    "fill": "cc.fib.v0p1",
}
_RESPONSE = "response1"
# Written as several single choices.
SPLIT = ("matching", "ordering")


_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fit(text: str) -> str:
    """A text without the few characters that no XML document may hold (XML 1.0, 2.2)."""
    return _UNFIT.sub("", text)


def sayable(question: Question) -> bool:
    """Whether the profile has a form for the question."""
    return question.kind in _PROFILES and (question.kind != "fill" or len(question.answer) == 1)


def in_profile(question: Question) -> list[Question]:
    """The question as the profile can say it. A matching question becomes one single choice for each prompt, an ordering
    question one for each place, of all its options; the points are shared where that leaves whole ones, else each has one."""
    if question.kind not in SPLIT:
        return [question] if sayable(question) else []
    points, rest = divmod(question.points, len(question.answer))
    return [
        Question(
            id=f"{question.id}.{number}",
            kind="single",
            stem=f"{question.stem}\n{asked}",
            options=tuple(Option(option.id, option.text) for option in question.options),
            answer=(right,),
            explanation=question.explanation,
            points=points if points and not rest else 1,
        )
        for number, (asked, right) in enumerate(_parts(question), 1)
    ]


def _parts(question: Question) -> list[tuple[str, str]]:
    """What each single choice asks, and the option that is right for it."""
    if question.kind == "matching":
        return [(pair.text, pair.option) for pair in question.answer]
    return [(_("第 %(number)d 位") % {"number": n}, key) for n, key in enumerate(question.answer, 1)]


def write_assessment(ident: str, title: str, questions: Iterable[Question]) -> bytes:
    """A document with one section of these questions, in order."""
    return _document(
        _Q.assessment(
            _metadata({"cc_profile": "cc.exam.v0p1", "qmd_assessmenttype": "Examination"}),
            _Q.section(*(_item(question) for question in questions), ident="root_section"),
            ident=ident,
            title=fit(title),
        )
    )


def write_bank(ident: str, questions: Iterable[Question]) -> bytes:
    """A document of questions that are in no quiz."""
    return _document(_Q.objectbank(*(_item(question) for question in questions), ident=ident))


def _document(content: Any) -> bytes:
    made = _Q.questestinterop(content)
    made.set(f"{{{_XSI}}}schemaLocation", _SCHEMA)
    written: bytes = etree.tostring(made, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _metadata(fields: dict[str, str]) -> Any:
    return _Q.qtimetadata(
        *(_Q.qtimetadatafield(_Q.fieldlabel(label), _Q.fieldentry(entry)) for label, entry in fields.items())
    )


def _material(text: str) -> Any:
    return _Q.material(_Q.mattext(fit(text), texttype="text/plain"))


def _item(question: Question) -> Any:
    fields = {"cc_profile": _PROFILES[question.kind]}
    if question.points != 1:
        fields["cc_weighting"] = str(question.points)
    made = _Q.item(
        _Q.itemmetadata(_metadata(fields)),
        _Q.presentation(_material(question.stem), _response(question)),
        _Q.resprocessing(
            _Q.outcomes(_Q.decvar(maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")),
            *_conditions(question),
        ),
        ident=question.id,
        title=question.id,
    )
    if question.explanation:
        made.append(_Q.itemfeedback(_Q.flow_mat(_material(question.explanation)), ident="general_fb"))
    return made


def _response(question: Question) -> Any:
    if question.kind == "fill":
        return _Q.response_str(
            _Q.render_fib(_Q.response_label(ident="answer1"), prompt="Dashline"),
            ident=_RESPONSE,
            rcardinality="Single",
        )
    return _Q.response_lid(
        _Q.render_choice(
            *(_Q.response_label(_material(option.text), ident=option.id) for option in question.options)
        ),
        ident=_RESPONSE,
        rcardinality="Multiple" if question.kind == "multiple" else "Single",
    )


def _conditions(question: Question) -> Iterator[Any]:
    """Full marks for the right answer and nothing for any other; what is explained is shown either way."""
    if question.explanation:
        yield _Q.respcondition(
            _Q.conditionvar(_Q.other()),
            _Q.displayfeedback(feedbacktype="Response", linkrefid="general_fb"),
            **{"continue": "Yes"},
        )
    if question.kind == "fill":
        for text in question.answer[0]:
            yield _right(_equal(text))
    elif question.kind == "multiple":
        yield _right(
            _Q(
                "and",
                *(
                    _equal(o.id) if o.id in question.answer else _Q("not", _equal(o.id))
                    for o in question.options
                ),
            )
        )
    else:
        yield _right(_equal(question.answer[0]))


def _equal(value: str) -> Any:
    return _Q.varequal(fit(value), respident=_RESPONSE)


def _right(test: Any) -> Any:
    return _Q.respcondition(
        _Q.conditionvar(test),
        _Q.setvar("100", action="Set", varname="SCORE"),
        **{"continue": "No"},
    )
