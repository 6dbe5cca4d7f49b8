"""How text becomes tokens, in one place: documents and queries are cut here and nowhere else.

Owns: folding (full width, case, accents, traditional characters), Chinese words, Latin words, numbers and
model codes, pairs of characters, pinyin and initials of titles. Engines get finished tokens and only compare
them, so all engines find the same documents. Refuses: state and databases; every function is pure and gives
the same answer for the same text.

Kinds of token share one space: words as they are, `g:` one or two neighbouring characters of a title, `p:`
pinyin, `i:` initials, `t:` a whole title, `h:` a piece of a title between signs (found by its beginning), `k:` a
whole keyword between signs (高级技师, not 技师), `o:` the same of what who types it looks for (an occupation of a course). Tokens hold letters, digits, `+`, `#` and `:` only.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from search import words

MAX_QUERY_CHARS = 120
MAX_CLAUSES = 16
MAX_BODY_CHARS = 200_000
# PostgreSQL keeps a tsvector of 1 MB at most (2^20 - 1 bytes of words and their places, about 12 bytes a word beside its own).
MAX_TOKEN_BYTES, BYTES_BESIDE = 900_000, 12
MAX_KEPT_WORD_CHARS = 8
MAX_TOKEN_CHARS = 64
# Pinyin is kept for up to this many neighbouring words written together (「chachesiji」).
PINYIN_WORDS = 4
MAX_INITIALS = 12
# Numbers joined by signs are one code from so many parts on; each by itself (30, 05) stands everywhere.
LEAST_CODE_PARTS = 3
# Nothing that is a code has more; a row of numbers without end is found whole and by its parts.
MOST_CODE_PARTS = 8
# How much of a piece of a title is found by its sound as the beginning of it.
SPOKEN_PIECE_WORDS = 4
# A keyword longer than this is a sentence, which nobody types in pinyin.
MAX_SPOKEN_KEYWORD_CHARS = 16
# What a word that was typed by itself weighs; words typed without a space share it.
FULL_WEIGHT = 12
# How much a word says about which course is meant, at most.
MAX_SALIENCE = 3
# Words of a query that may be one synonym together.
SYNONYM_WORDS = 5

_CJK = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(
    rf"(?P<cjk>[{_CJK}]+)|(?P<latin>[^\W_{_CJK}]+(?:[-_./][^\W_{_CJK}]+)*(?:\+\+|#)?)",
)
_CHINESE = re.compile(f"[{_CJK}]")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d年?")
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
# What suggestions look at.
TITLE_FIELDS = ("title", "grams", "pinyin")


def analyse(
    title: str, keywords: Iterable[str], summary: str, body: str, sought: Iterable[str] = ()
) -> Tokens:
    """Cut one document's texts (plain text, no HTML). sought: those of its keywords of which who types one looks for it."""
    folded = fold(title)
    whole = _whole(folded)
    return _bounded(
        Tokens(
            title=(
                *text_tokens(title),
                *_joined_codes(folded),
                *_whole_tokens("h", folded),
                *((f"t:{whole}",) if whole else ()),
            ),
            keywords=(
                *(token for word in keywords for token in _keyword_tokens(word)),
                *(token for word in sought for token in _sought_tokens(word)),
            ),
            summary=tuple(text_tokens(summary)),
            body=tuple(text_tokens(body[:MAX_BODY_CHARS])),
            grams=tuple(_grams(folded)),
            pinyin=tuple(_pinyin_tokens(folded)),
        )
    )


def _bounded(tokens: Tokens) -> Tokens:
    """The tokens, as many different ones as every engine can keep of a document: first those of its title, last those of its text."""
    most = sum(len(getattr(tokens, name)) for name in FIELDS) * (MAX_TOKEN_CHARS * 4 + BYTES_BESIDE)
    if most <= MAX_TOKEN_BYTES:
        return tokens
    room = MAX_TOKEN_BYTES
    known: set[str] = set()
    kept: dict[str, tuple[str, ...]] = {}
    for name in ("title", "grams", "pinyin", "keywords", "summary", "body"):
        found = []
        for token in getattr(tokens, name):
            if token not in known:
                size = len(token.encode()) + BYTES_BESIDE
                if size > room:
                    continue
                room -= size
                known.add(token)
            found.append(token)
        kept[name] = tuple(found)
    return Tokens(**kept)


def text_tokens(text: str) -> list[str]:
    """Words of a text with the shorter words inside them; codes whole and in their parts."""
    found: list[str] = []
    for run in runs(fold(text)):
        if run.chinese:
            former = ""
            for word in words.cut(run.text):
                found += [part[:MAX_TOKEN_CHARS] for part in words.inner_words(word)]
                found.append(word[:MAX_TOKEN_CHARS])
                # A word that no dictionary knows (a place, a maker) falls apart: its characters are found as neighbours only.
                if _is_crumb(former) and _is_crumb(word):
                    found.append(former + word)
                former = word
        else:
            found += _code_tokens(run.text)
    return found


def _is_crumb(word: str) -> bool:
    """Whether it is what the cutter leaves of a word it does not know: a single character that says something."""
    return len(word) == 1 and is_chinese(word) and word not in words.weak_words()


@lru_cache(maxsize=10_000)
def _keyword_tokens(keyword: str) -> tuple[str, ...]:
    """The words of a keyword, its pieces as wholes, and how it sounds. Most keywords are names that come again."""
    folded = fold(keyword)
    found = [*text_tokens(keyword), *_whole_tokens("k", folded)]
    if len(keyword) <= MAX_SPOKEN_KEYWORD_CHARS:
        found += _pinyin_tokens(folded)
    return tuple(found)


@lru_cache(maxsize=10_000)
def _sought_tokens(keyword: str) -> tuple[str, ...]:
    return tuple(_whole_tokens("o", fold(keyword)))


def _whole_tokens(sign: str, folded: str) -> list[str]:
    """The pieces of a title or keyword, each as one token, as written and as they sound."""
    found = []
    for piece in _pieces(folded):
        found.append(piece)
        line = spoken(piece)[:SPOKEN_PIECE_WORDS]
        found += [
            "".join(syllable for word in line for syllable in word.sound),
            "".join(word.initials for word in line),
        ]
    return [
        f"{sign}:{one}"[:MAX_TOKEN_CHARS] for one in dict.fromkeys(found) if len(one) > 1 or one.isdigit()
    ]


def _pieces(folded: str) -> Iterator[str]:
    """What stands between signs and spaces, each as one: 「五级 / 初级工」 → 五级, 初级工; 「cnc编程（上）」 → cnc编程, 上."""
    end = -1
    piece = ""
    for run in runs(folded):
        if run.start != end and piece:
            yield piece[:MAX_TOKEN_CHARS]
            piece = ""
        piece += _SEPARATOR.sub("", run.text)
        end = run.start + len(run.text)
    if piece:
        yield piece[:MAX_TOKEN_CHARS]


def _joined_codes(folded: str) -> Iterator[str]:
    """Neighbouring Latin words as one: 「KR C4」 is also typed krc4, 「GB 50016-2014」 gb50016."""
    for left, right in pairwise(runs(folded)):
        if not left.chinese and not right.chinese and right.start - left.start - len(left.text) == 1:
            before = _SEPARATOR.sub("", left.text)
            after = _SEPARATOR.sub("", right.text)
            first = _SEPARATOR.split(right.text)[0]
            yield from dict.fromkeys((before + after)[:MAX_TOKEN_CHARS] for after in (after, first))


def _code_tokens(code: str) -> list[str]:
    """`gb/t-2589` → gbt2589, gb, t, 2589; `cnc300` → cnc300, cnc, 300; `2024-25` → 2024, 25; c++ → c++, c;
    `6-30-05-04` → 6300504, 63005, 6, 30, 05, 04.
    """
    parts = [part for part in _SEPARATOR.split(code) if part]
    bare = [part.rstrip("+#") for part in parts]
    joined = "".join(parts)
    found = [joined] if len(parts) == 1 or any(char.isalpha() for char in joined) else _numbered(parts)
    for part in bare:
        pieces = _PIECE.findall(part)
        if len(parts) > 1 or part != joined:
            found.append(part)
        if len(pieces) > 1:
            found += [piece for piece in pieces if len(piece) > 1]
    return [token[:MAX_TOKEN_CHARS] for token in dict.fromkeys(found) if token]


def _numbered(parts: Sequence[str]) -> list[str]:
    """The code of an occupation, an article, a day: as a whole, then its beginnings of three parts and more. Of two parts it is a span of
    years or a score."""
    beginnings = range(min(len(parts) - 1, MOST_CODE_PARTS), LEAST_CODE_PARTS - 1, -1)
    return ["".join(parts), *("".join(parts[:size]) for size in beginnings)]


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
    return list(_syllables(word) if len(word) <= MAX_KEPT_WORD_CHARS else _syllables.__wrapped__(word))


# Titles are made of the same words over and over.
@lru_cache(maxsize=20_000)
def _syllables(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(fold(syllable) for syllable in lazy_pinyin(word, errors="ignore"))


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
    # Neighbouring syllables: however the title was cut, they find it.
    sounds = [syllable for word in line if word.word != word.sound[0] for syllable in word.sound]
    found += [f"p:{left}{right}" for left, right in pairwise(sounds)]
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

    text: what the user typed for it, folded; for marking it in results. own: so many of the alternatives, the first
    ones, stand for what was typed, the others for its synonyms. weight: its share of what was typed without a space.
    prefix: the last token of each alternative is the beginning of one.
    """

    text: str
    any_of: tuple[tuple[str, ...], ...]
    chinese: bool
    prefix: bool = False
    own: int = 1_000
    synonyms: tuple[str, ...] = ()
    weight: int = FULL_WEIGHT


@dataclass(frozen=True)
class Query:
    """A cut query: every clause must be met. exact: the token of a title that equals the query, or empty. together:
    the pairs of characters where two words of the query meet. labels: what was typed between spaces, as whole keywords.
    """

    clauses: tuple[Clause, ...]
    exact: str
    together: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.clauses


# What stands for a word or several, folded and without spaces → the others, as they are written.
Synonyms = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Unit:
    """A word of the query and which run it is from."""

    text: str
    chinese: bool
    run: int


def parse(text: str, synonyms: Synonyms | None = None) -> Query:
    """Cut what a user typed. Any text gives a query; one without letters or digits gives an empty query."""
    folded = fold(text[:MAX_QUERY_CHARS])[:MAX_QUERY_CHARS]
    units: list[_Unit] = []
    together: list[str] = []
    labels: list[str] = []
    for number, run in enumerate(runs(folded)):
        cut = words.cut(run.text) if run.chinese else [run.text]
        units += [_Unit(word, run.chinese, number) for word in cut]
        if run.chinese:
            together += [f"g:{left[-1]}{right[0]}" for left, right in pairwise(cut)]
        if len(cut) > 1:
            labels.append(f"k:{run.text}"[:MAX_TOKEN_CHARS])
    merged = list(_gathered(_merged(units, synonyms or {})))
    weak = words.weak_words()
    strong = [(unit, others) for unit, others in merged if unit.text not in weak] or merged
    by_run = {
        number: [_salience(unit.text) for unit, _ in group]
        for number, group in groupby(strong, lambda one: one[0].run)
    }
    shares = {number: sum(some) for number, some in by_run.items()}
    best = {number: max(some) for number, some in by_run.items()}
    clauses: dict[str, Clause] = {}
    for unit, others in strong:
        # A share of what was typed together, which weighs no more than its best word.
        full = FULL_WEIGHT * best[unit.run] // MAX_SALIENCE
        weight = max(1, full * _salience(unit.text) // shares[unit.run])
        clauses.setdefault(unit.text, _clause(unit, others, weight))
    whole = _whole(folded)
    return Query(
        tuple(clauses.values())[:MAX_CLAUSES],
        f"t:{whole}" if whole else "",
        tuple(dict.fromkeys(together))[:MAX_CLAUSES],
        tuple(dict.fromkeys(labels))[:MAX_CLAUSES],
    )


def _merged(units: Sequence[_Unit], synonyms: Synonyms) -> Iterator[tuple[_Unit, Sequence[str]]]:
    """The units, those that have synonyms together taken as one; the longest first."""
    place = 0
    while place < len(units):
        first = units[place]
        for size in range(min(SYNONYM_WORDS, len(units) - place), 0, -1):
            some = units[place : place + size]
            joined = "".join(_SEPARATOR.sub("", one.text) for one in some)
            if joined in synonyms:
                yield _Unit(joined, all(one.chinese for one in some), first.run), synonyms[joined]
                place += size
                break
        else:
            yield first, ()
            place += 1


def _gathered(units: Iterable[tuple[_Unit, Sequence[str]]]) -> Iterator[tuple[_Unit, Sequence[str]]]:
    """The units, neighbouring single characters of one run taken as one: each by itself stands in every other text."""
    crumbs: list[_Unit] = []

    def swept() -> Iterator[tuple[_Unit, Sequence[str]]]:
        if crumbs:
            yield _Unit("".join(one.text for one in crumbs), chinese=True, run=crumbs[0].run), ()
            crumbs.clear()

    for unit, others in units:
        if others or not unit.chinese or not _is_crumb(unit.text):
            yield from swept()
            yield unit, others
            continue
        if crumbs and crumbs[0].run != unit.run:
            yield from swept()
        crumbs.append(unit)
    yield from swept()


def _clause(unit: _Unit, others: Sequence[str], weight: int) -> Clause:
    any_of = _alternatives(unit.text)
    own = len(any_of)
    for other in others:
        any_of += [one for one in _alternatives(fold(other)) if one not in any_of]
    named = tuple(dict.fromkeys(piece for other in others for piece in _pieces(fold(other))))
    return Clause(unit.text, tuple(any_of), unit.chinese, own=own, synonyms=named, weight=weight)


def _alternatives(folded: str) -> list[tuple[str, ...]]:
    """What a word, or words taken as one, may be met by: each alternative is tokens that must all be there."""
    found: list[list[tuple[str, ...]]] = []
    for run in runs(folded):
        if run.chinese:
            cut = ((_Unit(word, chinese=True, run=0), ()) for word in words.cut(run.text))
            found += [_word_alternatives(unit.text) for unit, _others in _gathered(cut)]
        else:
            found.append(_latin_alternatives(run.text))
    if len(found) == 1:
        return found[0]
    plain = tuple(dict.fromkeys(token for one in found for token in one[0]))
    chinese = [run.text for run in runs(folded) if run.chinese]
    pairs = tuple(dict.fromkeys(pair for text in chinese for pair in _pairs(text)))
    return (
        [plain, pairs] if pairs and len(chinese) == 1 and chinese[0] == folded else [plain] if plain else []
    )


def _salience(word: str) -> int:
    """How much a word says about which course is meant, 1 to 3: common words say little, the field's own say most."""
    if word in words.common_words() or _YEAR.fullmatch(word):
        return 1
    frequency = words.frequency(word)
    return MAX_SALIENCE if frequency < 300 else 2 if frequency < 5_000 else 1


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


def finer(query: Query) -> Query:
    """The query with its long words taken apart: 「直播带货」 asks for 直播 and for 带货, each by itself."""
    clauses: dict[str, Clause] = {}
    for clause in query.clauses:
        parts = _apart(clause.text) if clause.chinese else []
        for part in parts or [clause.text]:
            again = _clause(_Unit(part, clause.chinese, 0), (), max(1, clause.weight // max(1, len(parts))))
            clauses.setdefault(part, again if parts else clause)
    return Query(tuple(clauses.values())[:MAX_CLAUSES], "", query.together, query.labels)


def _apart(word: str) -> list[str]:
    """A word as the fewest words of two characters and more that it is made of; none if it is not."""
    inner = set(words.inner_words(word))
    best: list[list[str] | None] = [[], *([None] * len(word))]
    for end in range(2, len(word) + 1):
        for start in range(end - 1):
            before, known = best[start], best[end]
            if (
                before is not None
                and word[start:end] in inner
                and (known is None or len(before) + 1 < len(known))
            ):
                best[end] = [*before, word[start:end]]
    return best[-1] or []


def unexplained(title: str, keywords: Iterable[str]) -> int:
    """How many characters of a title are in no word that its keywords have: what it is about beside them."""
    known = {token for keyword in keywords for token in _keyword_tokens(keyword)}
    found = 0
    for run in runs(fold(title)):
        for word in words.cut(run.text) if run.chinese else [run.text]:
            if word not in known:
                found += len(word) if run.chinese else 2
    return found


def parse_loosely(run: Run) -> Query:
    """A piece of a query for which nothing was found, cut so that titles with something of it are found: neighbouring
    characters, or the first letters.
    """
    if run.chinese:
        # Titles that have the pairs, or what sounds like them: 网洛 is heard in 网络安全.
        pieces = {one[2:]: (one,) for one in _pairs(run.text)}
        heard = {pair: (f"p:{''.join(syllables(pair))}",) for pair in pieces}
        return Query(
            tuple(Clause(pair, (one, heard[pair]), chinese=True) for pair, one in pieces.items())[
                :MAX_CLAUSES
            ],
            "",
        )
    start = run.text[:3]
    # What slipped is seldom the beginning: python is typed pyhton.
    any_of = ((start[:2],), (f"p:{start}",)) if start.isalpha() and len(start) > 2 else ()
    return Query((Clause(start, any_of, chinese=False, prefix=True),) if any_of else (), "")


def query_tokens(clauses: Sequence[Clause]) -> set[str]:
    """All tokens that clauses look for."""
    return {token for clause in clauses for tokens in clause.any_of for token in tokens}


def _pairs(word: str) -> list[str]:
    return [f"g:{left}{right}" for left, right in pairwise(word)] or [f"g:{word}"]


def _word_alternatives(word: str) -> list[tuple[str, ...]]:
    """A Chinese word: itself, or the words inside that cover it, or (titles only) its pairs of characters. Of one that no
    dictionary knows: its characters as neighbours.
    """
    if len(word) > 1 and all(map(_is_crumb, words.cut(word))):
        return [
            tuple(dict.fromkeys(left + right for left, right in pairwise(word))),
            tuple(dict.fromkeys(_pairs(word))),
        ]
    any_of: list[tuple[str, ...]] = [(word[:MAX_TOKEN_CHARS],)]
    inner = words.inner_words(word)
    if inner and set(word) <= set("".join(inner)):
        any_of.append(tuple(dict.fromkeys(part[:MAX_TOKEN_CHARS] for part in inner)))
    any_of.append(tuple(dict.fromkeys(_pairs(word))))
    return any_of


def _latin_alternatives(code: str) -> list[tuple[str, ...]]:
    """A Latin word, number or code: itself, its parts, or a sound: a word's pinyin, initials, syllables."""
    any_of = _code_alternatives(code)
    if code.isascii() and code.isalpha():
        any_of.append((f"p:{code}"[:MAX_TOKEN_CHARS],))
        if 2 <= len(code) <= MAX_INITIALS:
            any_of.append((f"i:{code}",))
        spelled = spell(code)
        if len(spelled) > 2:
            any_of.append(tuple(dict.fromkeys(f"p:{left}{right}" for left, right in pairwise(spelled))))
    return any_of


def _code_alternatives(code: str) -> list[tuple[str, ...]]:
    tokens = _code_tokens(code)
    if tokens[0] != _SEPARATOR.sub("", code)[:MAX_TOKEN_CHARS]:
        return [tuple(tokens)]
    # c++ is not c: what ends in a sign has no parts. Nor is 6-30-05-04 wherever a 6, a 30, a 05 and a 04 stand.
    whole = code.endswith(("+", "#")) or not any(char.isalpha() for char in code)
    if len(tokens) == 1 or whole:
        return [(tokens[0],)]
    # gbt19001-2016 is written GB/T 19001-2016 somewhere: its parts down to letters and numbers.
    smallest = tuple(dict.fromkeys(piece for piece in _PIECE.findall(code) if len(piece) > 1))
    found = [(tokens[0],), tuple(tokens[1:])]
    return [*found, smallest] if len(smallest) > 1 and smallest not in found else found
