"""How text becomes tokens, in one place: documents and queries are cut here and nowhere else.

Owns: folding (full width, case, accents, traditional characters), Chinese words, Latin words, numbers and
model codes, pairs of characters, pinyin and initials of titles. Engines get finished tokens and only compare
them, so all engines find the same documents. Refuses: state and databases; every function is pure and gives
the same answer for the same text.

Kinds of token share one space: words as they are, `g:` one or two neighbouring characters of a title, `p:`
pinyin, `i:` initials, `t:` a whole title. Tokens hold letters, digits, `+`, `#` and `:` only.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search import words

MAX_QUERY_CHARS = 120
MAX_CLAUSES = 16
MAX_BODY_CHARS = 200_000
MAX_TOKEN_CHARS = 64
# Pinyin is kept for up to this many neighbouring words written together (「chachesiji」).
PINYIN_WORDS = 4
MAX_INITIALS = 12

_CJK = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(
    rf"(?P<cjk>[{_CJK}]+)|(?P<latin>[^\W_{_CJK}]+(?:[-_./][^\W_{_CJK}]+)*(?:\+\+|#)?)",
)
_CHINESE = re.compile(f"[{_CJK}]")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_SEPARATOR = re.compile(r"[-_./]")
_UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_INITIAL = "zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]"
_FINAL = (
    "iang|iong|uang|ang|eng|ong|iao|ian|ing|uai|uan|ai|ei|ao|ou|an|en|er|ia|ie|iu|in|ua|uo|ui|un|ve|[aoeiuv]"
)
_SYLLABLE = re.compile(rf"(?:{_INITIAL})(?:{_FINAL})|[aoe]|ai|ei|ao|ou|an|en|ang|er")


class _Fold(dict[int, str]):
    """What each character folds to, worked out once (for str.translate)."""

    def __missing__(self, code: int) -> str:
        folded = ""
        for part in unicodedata.normalize("NFKD", chr(code)).casefold():
            for char in unicodedata.normalize("NFKD", part):
                kind = unicodedata.category(char)
                if kind[0] == "M" or kind in {"Cf", "Cs"}:
                    continue
                folded += " " if kind in {"Cc", "Cn", "Co"} else words.simplified().get(ord(char), char)
        # Compatibility forms of Hangul and kana come back together.
        self[code] = folded = unicodedata.normalize("NFC", folded)
        return folded


_fold = _Fold()


def fold(text: str) -> str:
    """Full width, case, accents, tone marks and traditional forms folded; control characters become spaces.

    Character by character, so that places in the folded text can be led back to the original
    (see fold_with_map).
    """
    return text.translate(_fold)


def fold_with_map(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place in the original that it came from."""
    pieces: list[str] = []
    origin: list[int] = []
    for place, char in enumerate(text):
        folded = _fold[ord(char)]
        pieces.append(folded)
        origin.extend([place] * len(folded))
    return "".join(pieces), origin


def clean(text: str) -> str:
    """The text without what no database takes: half surrogate pairs, control characters but line breaks."""
    return _UNKEEPABLE.sub("", text)


@dataclass(frozen=True)
class Run:
    """An unbroken piece of folded text: Chinese characters, or a Latin word, number or model code."""

    text: str
    chinese: bool
    start: int


def runs(folded: str) -> Iterator[Run]:
    """The runs of a folded text, in order; what is neither letter nor digit is left out."""
    for found in _RUN.finditer(folded):
        yield Run(found.group(), found.lastgroup == "cjk", found.start())


def is_chinese(char: str) -> bool:
    return _CHINESE.match(char) is not None


@dataclass(frozen=True)
class Tokens:
    """The tokens of one document, a list per field, in the order of the text and with repetitions."""

    title: tuple[str, ...]
    keywords: tuple[str, ...]
    summary: tuple[str, ...]
    body: tuple[str, ...]
    grams: tuple[str, ...]
    pinyin: tuple[str, ...]


FIELDS = ("title", "keywords", "summary", "body", "grams", "pinyin")
# How much a hit in a field is worth beside a hit in the body.
WEIGHTS = {"title": 10, "keywords": 5, "summary": 4, "body": 1, "grams": 2, "pinyin": 3}
# What suggestions look at.
TITLE_FIELDS = ("title", "grams", "pinyin")


def analyse(title: str, keywords: Iterable[str], summary: str, body: str) -> Tokens:
    """Cut one document's texts (plain text, no HTML)."""
    folded = fold(title)
    whole = _whole(folded)
    return Tokens(
        title=(*text_tokens(title), *((f"t:{whole}",) if whole else ())),
        keywords=tuple(token for word in keywords for token in text_tokens(word)),
        summary=tuple(text_tokens(summary)),
        body=tuple(text_tokens(body[:MAX_BODY_CHARS])),
        grams=tuple(_grams(folded)),
        pinyin=tuple(_pinyin_tokens(folded)),
    )


def text_tokens(text: str) -> list[str]:
    """Words of a text with the shorter words inside them; codes whole and in their parts."""
    found: list[str] = []
    for run in runs(fold(text)):
        if run.chinese:
            for word in words.cut(run.text):
                found += [part[:MAX_TOKEN_CHARS] for part in words.inner_words(word)]
                found.append(word[:MAX_TOKEN_CHARS])
        else:
            found += _code_tokens(run.text)
    return found


def _code_tokens(code: str) -> list[str]:
    """`gb/t-2589` → gbt2589, gb, t, 2589; `cnc300` → cnc300, cnc, 300; `2024-25` → 2024, 25; c++ → c++, c."""
    parts = [part for part in _SEPARATOR.split(code) if part]
    bare = [part.rstrip("+#") for part in parts]
    joined = "".join(parts)
    found = [joined] if len(parts) == 1 or any(char.isalpha() for char in joined) else []
    for part in bare:
        pieces = _PIECE.findall(part)
        if len(parts) > 1 or part != joined:
            found.append(part)
        if len(pieces) > 1:
            found += [piece for piece in pieces if len(piece) > 1]
    return [token[:MAX_TOKEN_CHARS] for token in dict.fromkeys(found) if token]


def _grams(folded: str) -> Iterator[str]:
    """Single characters and neighbouring pairs: however a title was cut, its characters find it."""
    for run in runs(folded):
        if run.chinese:
            yield from (f"g:{char}" for char in run.text)
            yield from (f"g:{left}{right}" for left, right in pairwise(run.text))


def _whole(folded: str) -> str:
    return "".join(_SEPARATOR.sub("", run.text) for run in runs(folded))[:MAX_TOKEN_CHARS]


# --- pinyin -----------------------------------------------------------------------------------------------


def syllables(word: str) -> list[str]:
    """The pinyin of a Chinese word, a syllable a character, without tones; ü is v."""
    from pypinyin import lazy_pinyin

    return [fold(syllable) for syllable in lazy_pinyin(word, errors="ignore")]


@dataclass(frozen=True)
class Spoken:
    """A word of a title with its sound, and where it stands in the folded title."""

    word: str
    start: int
    sound: tuple[str, ...]

    @property
    def initials(self) -> str:
        return "".join(syllable[0] for syllable in self.sound)


def spoken(folded: str) -> list[Spoken]:
    """The words of a folded title with their pinyin; Latin words and numbers sound like themselves."""
    found = []
    for run in runs(folded):
        if not run.chinese:
            if run.text.isalnum():
                found.append(Spoken(run.text, run.start, (run.text,)))
            continue
        place = run.start
        for word in words.cut(run.text):
            sound = tuple(syllables(word))
            if sound:
                found.append(Spoken(word, place, sound))
            place += len(word)
    return found


def _pinyin_tokens(folded: str) -> list[str]:
    found: list[str] = []
    line = spoken(folded)
    for place, first in enumerate(line):
        if first.word != first.sound[0]:
            found += [f"p:{syllable}" for syllable in first.sound]
            found += _inner_sounds(first)
        joined = initials = ""
        for following in line[place : place + PINYIN_WORDS]:
            joined += "".join(following.sound)
            initials += following.initials
            if len(joined) <= MAX_TOKEN_CHARS:
                found.append(f"p:{joined}")
            if 2 <= len(initials) <= MAX_INITIALS:
                found.append(f"i:{initials}")
    # Many type lu for lü.
    found += [token.replace("v", "u") for token in found if token.startswith("p:") and "v" in token]
    return [token for token in dict.fromkeys(found) if len(token) > 2]


def _inner_sounds(whole: Spoken) -> Iterator[str]:
    """叉车司机 is found by chache and cc too."""
    for part in words.inner_words(whole.word):
        place = whole.word.find(part)
        sound = whole.sound[place : place + len(part)]
        yield "p:" + "".join(sound)
        yield "i:" + "".join(syllable[0] for syllable in sound)


def spell(letters: str) -> list[str]:
    """Letters as the fewest pinyin syllables that they can be; none if they cannot. `chache` → cha, che."""
    best: list[list[str] | None] = [[], *([None] * len(letters))]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            known = best[end]
            if before is None or not _SYLLABLE.fullmatch(letters, start, end):
                continue
            if known is None or len(before) + 1 < len(known):
                best[end] = [*before, letters[start:end]]
    return best[-1] or []


# --- queries ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clause:
    """One thing a query asks for: met by a document that has all tokens of at least one alternative.

    text: what the user typed for it, folded; for marking it in results. prefix: the last token of each
    alternative is the beginning of one.
    """

    text: str
    any_of: tuple[tuple[str, ...], ...]
    chinese: bool
    prefix: bool = False


@dataclass(frozen=True)
class Query:
    """A cut query: every clause must be met. exact: the token of a title that equals the query, or empty."""

    clauses: tuple[Clause, ...]
    exact: str

    @property
    def empty(self) -> bool:
        return not self.clauses


def parse(text: str) -> Query:
    """Cut what a user typed. Any text gives a query; one without letters or digits gives an empty query."""
    folded = fold(text[:MAX_QUERY_CHARS])[:MAX_QUERY_CHARS]
    clauses: dict[str, Clause] = {}
    for run in runs(folded):
        for word in words.cut(run.text) if run.chinese else [run.text]:
            clauses.setdefault(word, _word_clause(word) if run.chinese else _code_clause(word))
    strong = [clause for word, clause in clauses.items() if word not in words.weak_words()]
    whole = _whole(folded)
    return Query(tuple(strong or clauses.values())[:MAX_CLAUSES], f"t:{whole}" if whole else "")


def parse_prefix(text: str) -> Query:
    """Cut what a user is still typing, without the dictionary: the first keystroke never waits for it."""
    folded = fold(text[:MAX_QUERY_CHARS])[:MAX_QUERY_CHARS]
    found: list[Clause] = []
    pieces = list(runs(folded))
    for place, run in enumerate(pieces):
        if run.chinese:
            found.append(Clause(run.text, (tuple(dict.fromkeys(_pairs(run.text))),), chinese=True))
            continue
        any_of = _code_alternatives(run.text)
        if run.text.isascii() and run.text.isalpha():
            any_of += [(f"p:{run.text}"[:MAX_TOKEN_CHARS],), (f"i:{run.text}"[:MAX_TOKEN_CHARS],)]
        found.append(Clause(run.text, tuple(any_of), chinese=False, prefix=place == len(pieces) - 1))
    return Query(tuple(found[:MAX_CLAUSES]), "")


def query_tokens(clauses: Sequence[Clause]) -> set[str]:
    """All tokens that clauses look for."""
    return {token for clause in clauses for tokens in clause.any_of for token in tokens}


def _pairs(word: str) -> list[str]:
    return [f"g:{left}{right}" for left, right in pairwise(word)] or [f"g:{word}"]


def _word_clause(word: str) -> Clause:
    """A Chinese word: itself, or the words inside that cover it, or (titles only) its pairs of characters."""
    any_of: list[tuple[str, ...]] = [(word[:MAX_TOKEN_CHARS],)]
    inner = words.inner_words(word)
    if inner and set(word) <= set("".join(inner)):
        any_of.append(tuple(dict.fromkeys(part[:MAX_TOKEN_CHARS] for part in inner)))
    any_of.append(tuple(dict.fromkeys(_pairs(word))))
    return Clause(word, tuple(any_of), chinese=True)


def _code_clause(code: str) -> Clause:
    """A Latin word, number or code: itself, its parts, or a sound: a word's pinyin, initials, syllables."""
    any_of = _code_alternatives(code)
    if code.isascii() and code.isalpha():
        any_of.append((f"p:{code}"[:MAX_TOKEN_CHARS],))
        if 2 <= len(code) <= MAX_INITIALS:
            any_of.append((f"i:{code}",))
        spelled = spell(code)
        if len(spelled) > 1:
            any_of.append(tuple(dict.fromkeys(f"p:{syllable}" for syllable in spelled)))
    return Clause(code, tuple(any_of), chinese=False)


def _code_alternatives(code: str) -> list[tuple[str, ...]]:
    tokens = _code_tokens(code)
    if tokens[0] != _SEPARATOR.sub("", code)[:MAX_TOKEN_CHARS]:
        return [tuple(tokens)]
    # c++ is not c: what ends in a sign has no parts.
    if len(tokens) == 1 or code.endswith(("+", "#")):
        return [(tokens[0],)]
    return [(tokens[0],), tuple(tokens[1:])]
