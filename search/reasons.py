"""Why a result stands where it stands, in sentences for its reader.

Owns: the sentences, and which field has a word that a result does not show. Refuses: deciding the order (ranking.py): what is said
here changes no index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from search.analysis import Clause
from search.highlight import spoken_spans, standing_words
from search.ranking import FRESH, Viewer, days_before, parts


@dataclass(frozen=True)
class Reason:
    """Why a result stands where it stands, as a sentence for its reader. code: for tests and styles."""

    code: Literal[
        "title",
        "sound",
        "summary",
        "text",
        "label",
        "fresh",
        "completion",
        "satisfaction",
        "occupation",
        "sector",
        "lacking",
    ]
    text: str


@dataclass(frozen=True)
class Filed:
    """Words that stand in what a result is filed under: field is what that is called, "" where nothing that is shown has them.
    sound: it sounds like them.
    """

    field: str
    words: tuple[str, ...]
    sound: bool = False


Where = Literal["title", "sound", "summary", "text"]
_MET: Mapping[Where, str] = {
    "title": gettext_noop("标题里有%(words)s"),
    "sound": gettext_noop("标题的读音是%(words)s"),
    "summary": gettext_noop("简介里有%(words)s"),
    "text": gettext_noop("正文里有%(words)s"),
}
# From so many points on, what learners make of a thing is said: fewer are lost beside a word in the text (8) or a day (3).
MOVES = 3
# What a result is filed under is said behind its title, and before its text.
_FILED_AFTER = "sound"


def filed(clauses: Iterable[Clause], named: Sequence[tuple[str, str]], elsewhere: str = "") -> list[Filed]:
    """Where these clauses are met of which neither title nor text shows anything. named: what a field is called, and what stands in
    it, those first that say most. elsewhere: what the texts are called that are found and not shown; "" if nobody says.
    """
    found: dict[tuple[str, bool], list[str]] = {}
    for clause in clauses:
        # The field that has most of it: what was typed whole before a part of it.
        best = max(
            ((name, standing_words(text, clause)) for name, text in named),
            key=lambda one: (one[1] == clause.text, len(one[1])),
            default=("", ""),
        )
        place, said = ((best[0], False), best[1]) if best[1] else (None, clause.text)
        if place is None:
            place = next(((name, True) for name, text in named if spoken_spans(text, [clause])), None)
        words = found.setdefault(place or (elsewhere, False), [])
        if said not in words:
            words.append(said)
    return [Filed(name, tuple(words), sound) for (name, sound), words in found.items()]


def reasons(
    met: Mapping[str, Sequence[str]],
    filed_under: Sequence[Filed] = (),
    *,
    facets: Mapping[str, Sequence[str]],
    published_at: datetime | None,
    signals: Mapping[str, float],
    today: date,
    viewer: Viewer | None = None,
) -> tuple[Reason, ...]:
    """The reasons of one result, the weightiest first.

    met: where the query's words were met (title, sound, summary, text) → these words. filed_under: those that were met in none of
    these.
    """
    language = get_language()
    found = []
    for code in _MET:
        if met.get(code):
            found.append(_where(language, code, tuple(met[code])))
        if code == _FILED_AFTER:
            found += [_filed(language, one) for one in filed_under]
    if viewer is not None:
        found += _viewers_reasons(viewer, facets)
    found += _learners_reasons(signals)
    if published_at is not None and published_at >= _new_since(today):
        found.append(_fresh(language))
    return tuple(found)


# The results of a search, and of the next one of the same words, say the same over and over.
@lru_cache(maxsize=500)
def _where(language: str | None, code: Where, words: tuple[str, ...]) -> Reason:
    return Reason(code, _(_MET[code]) % {"words": _quoted(words)})


@lru_cache(maxsize=500)
def _filed(language: str | None, one: Filed) -> Reason:
    if not one.field:
        said = _("没有列出的文字里有%(words)s")
    elif one.sound:
        said = _("%(field)s的读音是%(words)s")
    else:
        said = _("%(field)s里有%(words)s")
    return Reason("label", said % {"field": one.field, "words": _quoted(one.words)})


def _quoted(words: Iterable[str]) -> str:
    return "".join(_("「%(word)s」") % {"word": one} for one in words)


@lru_cache
def _fresh(language: str | None) -> Reason:
    return Reason("fresh", _("最近半年发布"))


@lru_cache(maxsize=4)
def _new_since(today: date) -> datetime:
    return days_before(today, FRESH[0][0])


def _learners_reasons(signals: Mapping[str, float]) -> Iterator[Reason]:
    """What learners make of it: each part that moves results, with its figures as they are told (rounded)."""
    completion, satisfaction = parts(signals)
    if completion >= MOVES:
        figures = {
            "learners": int(signals["learners"]),
            "percent": round(100 * min(1.0, signals["completion"])),
        }
        yield Reason("completion", _("学过的约 %(learners)s 人里 %(percent)s%% 学完") % figures)
    if satisfaction >= MOVES:
        ratings = int(signals.get("ratings", signals.get("learners", 0)))
        mean = f"{min(5.0, signals['satisfaction']):.1f}"
        yield Reason("satisfaction", _("%(ratings)s 人评价 %(mean)s 分") % {"ratings": ratings, "mean": mean})


def _viewers_reasons(viewer: Viewer, facets: Mapping[str, Sequence[str]]) -> Iterator[Reason]:
    if set(viewer.occupations) & set(facets.get("occupation", ())):
        yield Reason("occupation", _("与你的职业相符"))
    lacking = [kind for kind in facets.get("kind", ()) if viewer.lacking.get(kind, 0) > 0]
    if lacking:
        hours = sum(viewer.lacking[kind] for kind in lacking) / 100
        yield Reason("lacking", _("你本年度这一类还差 %(hours)s 学时") % {"hours": f"{hours:g}"})
    if set(viewer.sectors) & set(facets.get("sector", ())):
        yield Reason("sector", _("与你单位的行业相符"))
