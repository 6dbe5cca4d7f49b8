"""What of a course is translated, and what makes a translated text fit. Plain functions over plain values.

A text is known by its role and its words, not by its place: moved, or said twice, it keeps its translation; changed, it
has none until somebody looks again. A release and a draft are read in the same shape (courses/releases/snapshot.py).
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from courses.questions.rules import BLANK
from courses.translations.markup import cleaned_run, joined, markup_fault, runs

# Lessons have keys.
COURSE_PART = ""
TITLE_MAX = 255
# A quiz takes no longer an answer (lms/learning/assessment/rules.py).
ANSWER_MAX = 500
ANSWERS_MAX = 20
SHORT_MAX = 500
# One line, however it was typed.
ONE_LINE = {
    *("title", "audience", "outcome", "chapter", "lesson", "alt", "caption", "film", "mark", "exercise"),
    *("file", "quiz", "option", "prompt", "accepted"),
}
_TITLES = {"title", "chapter", "lesson"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# How much a former text must resemble one of now to be offered as its translation of before.
ALIKE = 0.6


@dataclass(frozen=True)
class Segment:
    """A text to translate. role: what it is in the course. part: "" for the course itself, or the key of its lesson. block: where in it."""

    role: str
    source: str
    part: str = COURSE_PART
    block: str = field(default="", compare=False)

    @property
    def digest(self) -> str:
        return digest(self.role, self.source)

    @property
    def is_rich(self) -> bool:
        return self.role == "rich"


@dataclass(frozen=True)
class Part:
    """What is translated on one page: the course's own words, or a lesson."""

    key: str
    title: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Former:
    """A text whose source is no longer said in the course."""

    source: str
    text: str


def digest(role: str, source: str) -> str:
    """What a translated text is kept under: 32 hexadecimal digits of SHA-256."""
    return hashlib.sha256(f"{role}\0{source}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def same_language(one: str, other: str) -> bool:
    """By the language itself, whatever the script or region: "zh-Hans" and "zh-cn" are read by the same people."""
    return one.lower().replace("_", "-").split("-")[0] == other.lower().replace("_", "-").split("-")[0]


# -- taking apart ------------------------------------------------------------------------------------------


def course_segments(
    title: str,
    summary: str,
    audience: str,
    description: str,
    outcomes: Iterable[str],
    chapters: Iterable[str],
) -> tuple[Segment, ...]:
    """The course's own words. description: cleaned HTML."""
    found = [
        Segment("title", title),
        Segment("summary", summary),
        Segment("audience", audience),
        *(Segment("rich", run, block="description") for run in runs(description)),
        *(Segment("outcome", text) for text in outcomes),
        *(Segment("chapter", text) for text in chapters),
    ]
    return _once(found)


def lesson_segments(key: str, title: str, blocks: Sequence[Mapping[str, Any]]) -> tuple[Segment, ...]:
    """The words of a lesson in the shape a release pins."""
    found = [Segment("lesson", title, key)]
    for block in blocks:
        found += [
            Segment(role, source, key, str(block["id"]))
            for role, source in _said(block["type"], block["value"])
        ]
    return _once(found)


def _once(found: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(dict.fromkeys(segment for segment in found if segment.source.strip()))


def _said(kind: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if kind == "text":
        yield from (("rich", run) for run in runs(value["html"]))
    elif kind == "image":
        yield "alt", value.get("alt") or ""
        yield "caption", value.get("caption") or ""
    elif kind in ("video", "audio"):
        yield "film", value.get("title") or ""
        yield from (("mark", chapter["title"]) for chapter in value.get("chapters") or [])
    elif kind in ("h5p", "package", "lti"):
        yield "exercise", value["title"]
    elif kind == "file":
        yield "file", value["name"]
    elif kind == "quiz":
        yield "quiz", value["title"]
        for question in value["questions"]:
            yield from _asked(question)


def _asked(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "stem", question["stem"]
    yield from (("prompt", pair["text"]) for pair in prompts(question))
    yield from (("option", option["text"]) for option in worded_options(question))
    yield from (("accepted", source) for source in accepted_sources(question) if needs_words(source))
    yield "why", question.get("explanation") or ""


def worded_options(question: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The options whose words are the author's; true and false are said by the platform."""
    return [] if question["kind"] == "true_false" else list(question.get("options") or [])


def prompts(question: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What something is to be matched to; none for other kinds."""
    return list(question["answer"]) if question["kind"] == "matching" else []


def accepted_sources(question: Mapping[str, Any]) -> list[str]:
    """What each blank of a typed question accepts, as one text; none for other kinds."""
    return [" | ".join(accepted) for accepted in question["answer"]] if question["kind"] == "fill" else []


def needs_words(source: str) -> bool:
    """Whether what a blank accepts is words: a number among them is right in every language."""
    return all(any(char.isalpha() for char in one) for one in accepted_of(source))


def accepted_of(text: str) -> list[str]:
    """The accepted texts that "a | b" stands for."""
    return [one.strip() for one in text.split("|") if one.strip()]


# -- putting together --------------------------------------------------------------------------------------


# (role, source) → the text, or None where there is none.
Look = Callable[[str, str], str | None]
# (role, source) → what to show, in whichever language there is.
Say = Callable[[str, str], str]


def said_block(block: Mapping[str, Any], say: Say, say_html: Callable[[str], str]) -> dict[str, Any]:
    """A block of a release with its words replaced; ids, files, times and answers are the source's."""
    value, kind = dict(block["value"]), block["type"]
    if kind == "text":
        value["html"] = say_html(value["html"])
    elif kind == "image":
        value |= {name: say(name, value[name]) for name in ("alt", "caption") if value.get(name)}
    elif kind in ("video", "audio"):
        value["title"] = say("film", value.get("title") or "")
        # What was spoken is told by captions and transcripts of their own.
        value["transcript"] = say("transcript", value.get("transcript") or "")
        if value.get("chapters"):
            value["chapters"] = [
                {**chapter, "title": say("mark", chapter["title"])} for chapter in value["chapters"]
            ]
    elif kind in ("h5p", "package", "lti"):
        value["title"] = say("exercise", value["title"])
    elif kind == "file":
        value["name"] = say("file", value["name"])
    elif kind == "quiz":
        value["title"] = say("quiz", value["title"])
        value["questions"] = [said_question(question, say) for question in value["questions"]]
    return {**block, "value": value}


def said_question(question: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """A question with its words replaced: the same id, options and answers."""
    made = {**question, "stem": say("stem", question["stem"])}
    if worded_options(question):
        made["options"] = [
            {**option, "text": say("option", option["text"])} for option in question["options"]
        ]
    if prompts(question):
        made["answer"] = [{**pair, "text": say("prompt", pair["text"])} for pair in prompts(question)]
    if question.get("explanation"):
        made["explanation"] = say("why", question["explanation"])
    return made


def accepting(question: Mapping[str, Any], looks: Iterable[Look]) -> Mapping[str, Any]:
    """The question with what translations accept beside what its source accepts; the same one where they add nothing.

    Whoever answers in either language is marked by both: an answer is as right as before when its reader switches.
    """
    sources = accepted_sources(question)
    if not sources:
        return question
    found = [list(accepted) for accepted in question["answer"]]
    looks = list(looks)
    for accepted, source in zip(found, sources, strict=True):
        for look in looks:
            accepted += [one for one in accepted_of(look("accepted", source) or "") if one not in accepted]
    return question if found == question["answer"] else {**question, "answer": found}


def rich(html: str, look: Look, otherwise: Callable[[str], str]) -> str:
    """An HTML text with each run translated, or as `otherwise` makes it."""

    def say(source: str) -> str:
        text = look("rich", source)
        return otherwise(source) if text is None else text

    return joined(html, say)


# -- what fits ---------------------------------------------------------------------------------------------


def tidy(role: str, text: str) -> str:
    """A text as it is kept: without white space around it, one-liners on one line, rich text cleaned."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if role in ONE_LINE:
        text = " ".join(text.split())
    if role == "rich" and text:
        return cleaned_run(text)
    if role == "accepted":
        return " | ".join(dict.fromkeys(accepted_of(text)))
    return text


def limit(role: str, source: str) -> int:
    """The most characters a translation may have."""
    if role in _TITLES:
        return TITLE_MAX
    if role in ONE_LINE and role != "accepted":
        return max(SHORT_MAX, 4 * len(source))
    return max(4000, 6 * len(source))


def fault(role: str, source: str, text: str) -> str | None:
    """What is wrong with a text as it was written, as a sentence; None when it can be kept."""
    if _CONTROL.search(text.replace("\r", "")):
        return _("译文里有不能显示的控制字符，请删去后再保存。")
    most = limit(role, source)
    if len(text) > most:
        return _("译文有 %(n)d 个字符，最多 %(most)d 个。请写短一些。") % {"n": len(text), "most": most}
    if role == "rich":
        found = markup_fault(source, text)
        if found:
            return found
    if role == "stem":
        blanks, written = len(BLANK.findall(source)), len(BLANK.findall(text))
        if blanks != written:
            return _("原文有 %(blanks)d 个空（___），译文有 %(written)d 个。请保持一样多。") % {
                "blanks": blanks,
                "written": written,
            }
    if role == "accepted":
        answers = accepted_of(text)
        if not answers or len(answers) > ANSWERS_MAX or max(map(len, answers)) > ANSWER_MAX:
            return _("请写 1 到 %(n)d 个可接受的答案，用 | 隔开，每个最多 %(most)d 字。") % {
                "n": ANSWERS_MAX,
                "most": ANSWER_MAX,
            }
    if not tidy(role, text):
        return _("译文是空的。")
    return None


def question_faults(question: Mapping[str, Any], look: Look) -> list[str]:
    """What of a question a translation would spoil, as sentences: options no longer told apart, blanks nobody can fill."""
    found = []
    options = [look("option", option["text"]) or option["text"] for option in worded_options(question)]
    if not _distinct(options):
        found.append(_("有两个选项的译文相同，分不出哪个是对的。"))
    if not _distinct(look("prompt", pair["text"]) or pair["text"] for pair in prompts(question)):
        found.append(_("左边有两处的译文相同，分不出该配哪个。"))
    if look("stem", question["stem"]) is not None:
        found += [
            _("题干有译文，第 %(n)d 空还没有可接受的译文答案。") % {"n": number}
            for number, source in enumerate(accepted_sources(question), 1)
            if needs_words(source) and look("accepted", source) is None
        ]
    return found


def _distinct(texts: Iterable[str]) -> bool:
    said = [" ".join(text.casefold().split()) for text in texts]
    return len(set(said)) == len(said)


def former_for(source: str, formers: Iterable[Former]) -> Former | None:
    """The former text whose source is most like this one, if any is alike enough."""
    best, found = ALIKE, None
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(source[:1000])
    for former in formers:
        matcher.set_seq1(former.source[:1000])
        if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
            continue
        ratio = matcher.ratio()
        if ratio >= best:
            best, found = ratio, former
    return found
