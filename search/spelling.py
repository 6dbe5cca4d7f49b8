"""「您是不是要找」: what somebody may have meant who found nothing.

Owns: which words are near to what was typed: of the same or nearly the same sound (网洛 → 网络), with one character
wrong, missing or too many, and letters that slipped (chahce → chache → 叉车). Candidates come from the field's own
words and from titles that the caller looks up. Refuses: searching; whether a candidate finds anything is for the
caller to see.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, pairwise

from search import words
from search.analysis import Run, fold, runs, spell, syllables

MOST = 3
MOST_PIECES = 6
# Nothing longer is a misspelt word; a sentence is not corrected.
MAX_CHARS = 24
MAX_LETTERS = 40
# Another character of the same sound, of nearly the same, and one that is simply another.
SAME_SOUND, NEAR_SOUND, OTHER = 1, 2, 3
# One character that is simply another in three that stand; the shorter a word, the more it has to be right.
CHARS_TO_A_SLIP = 3
# Pinyin of so many syllables may be several words typed in one.
LEAST_APART, MOST_APART = 4, 10
_NEAR = (
    (re.compile("^zh"), "z"), (re.compile("^ch"), "c"), (re.compile("^sh"), "s"), (re.compile("ng$"), "n"),
)  # fmt: skip


@dataclass(frozen=True)
class Near:
    """What may have been meant, and how far it is from what was typed: 0 is the same."""

    text: str
    distance: int


def corrections(
    typed: str,
    titles: Callable[[Sequence[Run]], Sequence[Sequence[str]]],
    known: Callable[[Sequence[str]], Sequence[bool]],
) -> list[str]:
    """Queries that may have been meant, nearest first; none if nothing is near.

    typed: as it was typed. titles: of each piece, titles that have something in common with it. known: of each piece, whether it
    finds something by itself, and so is right. Either is asked at most once, for all pieces together.
    """
    folded = fold(typed)
    pieces = list(runs(folded))
    if not pieces or len(pieces) > MOST_PIECES:
        return []
    doubtful = [piece for piece in pieces if not piece.text.isdigit()]
    if len(pieces) > 1 and doubtful:
        right = known([piece.text for piece in doubtful])
        doubtful = [piece for piece, finds in zip(doubtful, right, strict=True) if not finds]
    looked_up = dict(zip(doubtful, titles(doubtful), strict=True)) if doubtful else {}
    choices = [
        near_words(piece, looked_up[piece]) if piece in looked_up else [Near(piece.text, 0)]
        for piece in pieces
    ]
    return _put_together(typed, choices)


def _put_together(typed: str, choices: Sequence[Sequence[Near]]) -> list[str]:
    """Queries of one choice for each piece, nearest first; none where there is none for some."""
    if not all(choices):
        return []
    made = []
    for place in range(MOST):
        if place and all(len(some) <= place for some in choices):
            break
        made.append(_as_spaced(typed, [some[min(place, len(some) - 1)].text for some in choices]))
    # The same with other spaces is no other query.
    same = _squeezed(fold(typed))
    return [one for one in dict.fromkeys(made) if _squeezed(one) != same and _keeps_common(typed, one)]


def _as_spaced(typed: str, texts: Sequence[str]) -> str:
    """The pieces put together with spaces where they were typed apart: 「公需 8学时」 stays so."""
    made, end = "", 0
    for run, text in zip(runs(fold(typed)), texts, strict=True):
        made += (" " if made and run.start > end else "") + text
        end = run.start + len(run.text)
    return made


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _keeps_common(typed: str, instead: str) -> bool:
    """Whether no known kind, level or form gave way to another: who types 初级 does not mean 中级."""
    return _common_in(typed) <= _common_in(instead)


def _common_in(text: str) -> set[str]:
    cut = (word for run in runs(fold(text)) if run.chinese for word in words.cut(run.text))
    return {part for word in cut for part in (word, *words.inner_words(word)) if part in words.common_words()}


def taken_apart(typed: str) -> list[str]:
    """Queries in which pinyin that was typed in one stands apart (chachezuoye: chache zuoye), at most three, those of more known words
    first; none where nothing is that long. For what is nowhere whole: 叉车安全作业 has the words, not next to each other.
    """
    pieces = list(runs(fold(typed)))
    choices = [_parts_of_sound(piece) if not piece.chinese else [] for piece in pieces]
    if not any(choices) or len(pieces) > MOST_PIECES:
        return []
    filled = [some or [piece.text] for some, piece in zip(choices, pieces, strict=True)]
    made = (
        " ".join(some[min(place, len(some) - 1)] for some in filled) for place in range(max(map(len, filled)))
    )
    return list(dict.fromkeys(made))[:MOST]


def _parts_of_sound(piece: Run) -> list[str]:
    text = piece.text
    if not (text.isascii() and text.isalpha()) or len(text) > MAX_LETTERS:
        return []
    sounds = spell(text)
    if not LEAST_APART <= len(sounds) <= MOST_APART:
        return []
    known = _spoken_words()
    ways = [
        ["".join(sounds[start:end]) for start, end in pairwise(way)] for way in _ways_through(len(sounds))
    ]
    return [
        " ".join(way) for way in sorted(ways, key=lambda way: (-sum(part in known for part in way), len(way)))
    ][:MOST]


@cache
def _ways_through(size: int) -> tuple[tuple[int, ...], ...]:
    """Where so many syllables may be parted into words of two to four, more than one: of 5: 0 2 5 and 0 3 5."""
    found: list[tuple[int, ...]] = [(0,)]
    whole = []
    while found:
        way = found.pop()
        for step in (2, 3, 4):
            reached = (*way, way[-1] + step)
            if reached[-1] == size and len(reached) > 2:
                whole.append(reached)
            elif reached[-1] < size:
                found.append(reached)
    return tuple(sorted(whole))


@dataclass(frozen=True)
class Doubt:
    """What the dictionary alone makes of a query. pieces: those that look misspelt. guesses: queries to put in its place, nearest
    first; none where nothing looks misspelt, or nothing is near. certain: what is put in is so near that titles could have nothing
    nearer: they need not be looked at.
    """

    pieces: tuple[Run, ...] = ()
    guesses: tuple[str, ...] = ()
    certain: bool = False


# Asked about a query before its first answer and after it.
@lru_cache(maxsize=1000)
def doubted(typed: str) -> Doubt:
    """A guess, made without asking: `corrections` with titles may say otherwise where it is not certain."""
    pieces = list(runs(fold(typed)))
    doubtful = tuple(piece for piece in pieces if not _looks_right(piece))
    if not doubtful or len(pieces) > MOST_PIECES:
        return Doubt()
    near = {piece: near_words(piece, ()) for piece in doubtful}
    choices = [near.get(piece, [Near(piece.text, 0)]) for piece in pieces]
    certain = all(
        some and some[0].distance <= (NEAR_SOUND if piece.chinese else OTHER) for piece, some in near.items()
    )
    return Doubt(doubtful, tuple(_put_together(typed, choices)), certain)


def _looks_right(piece: Run) -> bool:
    """Whether it is made of known words of two characters and more; of letters, whether a known word begins or sounds so."""
    text = piece.text
    if not piece.chinese:
        plain = text.isascii() and text.isalpha() and len(text) > 3
        return not plain or any(sound.startswith(text) for sound in _spoken_words())
    # A slip breaks a word into characters.
    return len(text) < 2 or all(len(word) > 1 for word in words.cut(text))


def near_words(piece: Run, titles: Iterable[str]) -> list[Near]:
    """What one piece of a query may have been, nearest first, at most three. titles: where to look beside the dictionary."""
    found = list(_near_chinese(piece.text, titles) if piece.chinese else _near_letters(piece.text, titles))
    best: dict[str, int] = {}
    # A word that is known is heard wrongly at most: 叉车工 has no character too many.
    known = piece.chinese and len(piece.text) > 1 and len(words.cut(piece.text)) == 1
    for one in found:
        if one.text != piece.text and (not known or _sounds_like(piece.text, one.text)):
            best[one.text] = min(one.distance, best.get(one.text, one.distance))
    ordered = sorted(best.items(), key=lambda item: (item[1], -len(item[0]), item[0]))
    return [Near(text, distance) for text, distance in ordered[:MOST]]


def _sounds_like(left: str, right: str) -> bool:
    return len(left) == len(right) and list(map(_blurred, _sounds(left))) == list(
        map(_blurred, _sounds(right))
    )


# --- Chinese ----------------------------------------------------------------------------------------------


def _near_chinese(text: str, titles: Iterable[str]) -> Iterator[Near]:
    if not 2 <= len(text) <= MAX_CHARS:
        return
    yield from _resounded(text)
    sounds = _sounds(text)
    allowed = OTHER * max(1, len(text) // CHARS_TO_A_SLIP) if len(text) > 2 else SAME_SOUND
    for word in _sharing(text) if len(text) > 2 else ():
        distance = _apart(text, sounds, word, _sounds(word), allowed)
        if distance <= allowed:
            yield Near(word, distance)
    # Titles of one subject are made of the same pieces.
    heard = (run.text for title in dict.fromkeys(titles) for run in runs(fold(title)) if run.chinese)
    for piece in dict.fromkeys(heard):
        yield from _windows(text, sounds, piece, allowed)


def _resounded(text: str) -> Iterator[Near]:
    """The text with the field's words put in wherever a piece of it sounds like one: 高铁工程测亮 → 高铁工程测量."""
    sounds = _sounds(text)
    by_sound = _by_sound()
    # Best way to each place: fewest strange characters, then cost.
    best: list[tuple[int, int, str]] = [(0, 0, "")]
    for end in range(1, len(text) + 1):
        strange, cost, made = best[end - 1]
        ways = [(strange + 1, cost, made + text[end - 1])]
        for start in range(max(0, end - 10), end - 1):
            key = tuple(map(_blurred, sounds[start:end]))
            for word in by_sound.get(key, ()):
                strange, cost, made = best[start]
                apart = _apart(text[start:end], sounds[start:end], word, _sounds(word), OTHER * 4)
                ways.append((strange, cost + apart, made + word))
        best.append(min(ways))
    strange, cost, made = best[-1]
    if made != text and strange <= len(text) // 2 and cost <= NEAR_SOUND * 2:
        yield Near(made, cost + strange)


def _windows(text: str, sounds: Sequence[str], title: str, allowed: int) -> Iterator[Near]:
    heard = _sounds(title)
    # What each character costs at the least, wherever it is put: most windows need not be compared.
    same, near = set(sounds), set(map(_blurred, sounds))
    costs = [
        0
        if char in text
        else SAME_SOUND
        if sound in same
        else OTHER
        if _blurred(sound) not in near
        else NEAR_SOUND
        for char, sound in zip(title, heard, strict=True)
    ]
    until = [0, *accumulate(costs)]
    edges = _edges(title)
    for size in (len(text), len(text) + 1, len(text) - 1):
        for start in range(len(title) - size + 1):
            if until[start + size] - until[start] > allowed:
                continue
            # No chopped pieces: 叉车安全作业 has no 车安全作业 in it that anybody looks for.
            if start not in edges or start + size not in edges:
                continue
            piece = title[start : start + size]
            # With an end that fits nothing it would be a longer piece of the title than was meant.
            if size < 2 or (piece[0] not in text and piece[-1] not in text):
                continue
            distance = _apart(text, sounds, piece, heard[start : start + size], allowed)
            if distance <= allowed:
                yield Near(piece, distance)


@lru_cache(maxsize=5000)
def _edges(title: str) -> frozenset[int]:
    """Where words of a title begin and end, those inside others too."""
    found, place = {0}, 0
    for word in words.cut(title):
        for part in words.inner_words(word):
            at = word.find(part)
            found |= {place + at, place + at + len(part)}
        place += len(word)
        found.add(place)
    return frozenset(found)


def _apart(left: str, left_sounds: Sequence[str], right: str, right_sounds: Sequence[str], most: int) -> int:
    """How far two words are from each other; more than `most` means only that it is more."""
    if abs(len(left) - len(right)) * OTHER > most:
        return most + 1
    row = [OTHER * place for place in range(len(right) + 1)]
    for down, (char, sound) in enumerate(zip(left, left_sounds, strict=True), 1):
        before, row = row, [OTHER * down]
        for across, (other, heard) in enumerate(zip(right, right_sounds, strict=True), 1):
            changed = 0 if char == other else _swap(sound, heard)
            row.append(min(before[across - 1] + changed, before[across] + OTHER, row[-1] + OTHER))
        if min(row) > most:
            return most + 1
    return row[-1]


def _swap(left: str, right: str) -> int:
    if left == right:
        return SAME_SOUND
    return NEAR_SOUND if _blurred(left) == _blurred(right) else OTHER


@cache
def _blurred(sound: str) -> str:
    """A syllable as it sounds to many: zhi is zi, jing is jin."""
    for pattern, instead in _NEAR:
        sound = pattern.sub(instead, sound)
    return sound


# Titles that are near to one misspelt word are near to the next one too.
@lru_cache(maxsize=5000)
def _sounds(text: str) -> tuple[str, ...]:
    """A syllable for each character; the character itself where it has none."""
    sounds = tuple(syllables(text))
    return sounds if len(sounds) == len(text) else tuple((syllables(char) or [char])[0] for char in text)


@cache
def _chinese_words() -> tuple[str, ...]:
    return tuple(
        word for word in words.domain_words() if len(word) > 1 and not any(char.isascii() for char in word)
    )


@cache
def _by_sound() -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in _chinese_words():
        found[tuple(map(_blurred, _sounds(word)))].append(word)
    return {sound: tuple(some) for sound, some in found.items()}


def _sharing(text: str) -> Iterator[str]:
    """The field's words of about this length that have two neighbouring characters of it."""
    by_pair = _by_pair()
    found = [word for pair in _pairs(text) for word in by_pair.get(pair, ())]
    return (word for word in dict.fromkeys(found) if abs(len(word) - len(text)) <= 1)


@cache
def _by_pair() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word in _chinese_words():
        for pair in _pairs(word):
            found[pair].append(word)
    return {pair: tuple(some) for pair, some in found.items()}


def _pairs(text: str) -> set[str]:
    return {left + right for left, right in pairwise(text)}


# --- letters ----------------------------------------------------------------------------------------------


def _near_letters(letters: str, titles: Iterable[str]) -> Iterator[Near]:
    if not (letters.isascii() and letters.isalnum() and 4 <= len(letters) <= MAX_LETTERS):
        return
    slips = 2 if len(letters) >= 8 else 1
    # A title's Latin words, and what its Chinese ones sound like.
    vocabulary = dict(_spoken_words())
    for title in dict.fromkeys(titles):
        for run in runs(fold(title)):
            for word in words.cut(run.text) if run.chinese else [run.text]:
                vocabulary.setdefault("".join(syllables(word)) if run.chinese else word, word)
    typed = set(letters)
    for sound, word in vocabulary.items():
        if len(sound) < 4 or sound[0] != letters[0] or len(letters) - len(sound) > slips:
            continue
        # A slip for each letter that is nowhere in it, at the least.
        if len(typed.difference(sound)) > slips:
            continue
        # The beginning of a long word is enough: yanglaohulli for 养老护理员.
        distance, whole = slipped(letters, sound)
        if distance <= slips and (whole <= slips or len(letters) >= 8):
            yield Near(word, distance * OTHER + (whole > slips))


def slipped(left: str, right: str) -> tuple[int, int]:
    """How many slips of the finger are between a word and the beginning of another that is nearest to it, and between
    the two as wholes. A slip is a letter wrong, missing, too many, or two changed about.
    """
    former: list[int] = []
    row = list(range(len(right) + 1))
    for down, char in enumerate(left, 1):
        older, former, row = former, row, [down]
        for across, other in enumerate(right, 1):
            least = min(former[across] + 1, row[-1] + 1, former[across - 1] + (char != other))
            if down > 1 and across > 1 and char == right[across - 2] and left[down - 2] == other:
                least = min(least, older[across - 2] + 1)
            row.append(least)
    return min(row), row[-1]


@cache
def _spoken_words() -> dict[str, str]:
    """Pinyin → the field's word, and its Latin words as themselves."""
    found: dict[str, str] = {}
    for word in words.domain_words():
        found.setdefault(word if word.isascii() else "".join(syllables(word)), word)
    return found
