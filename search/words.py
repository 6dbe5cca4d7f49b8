"""The Chinese word cutter: jieba with the field's own words, made on first use.

Owns: when the dictionary is loaded (about a second and 100 MB a process, so never while a process starts up)
and where its model is kept. Refuses: jieba's guessing of unknown words, because a guess depends on the
neighbours, and a word must be cut the same way in a title and in a query.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
_lock = threading.Lock()
_tokenizer: Any = None
_cache_dir: Path | None = None


def keep_model_in(folder: Path) -> None:
    """Say where the compiled dictionary is kept. It is unmarshalled on load, so the folder must be ours
    alone.
    """
    global _cache_dir
    _cache_dir = folder


@cache
def domain_words() -> tuple[str, ...]:
    """The field's own words (data/domain.txt), in the order of the file."""
    return tuple(dict.fromkeys(_listed("domain.txt")))


@cache
def weak_words() -> frozenset[str]:
    """Words that do not narrow a query (data/weak.txt)."""
    return frozenset(_listed("weak.txt"))


@cache
def common_words() -> frozenset[str]:
    """Words that many courses share (data/common.txt): kinds, levels, forms."""
    return frozenset(_listed("common.txt"))


def _listed(name: str) -> Iterator[str]:
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield from line.split()


@cache
def simplified() -> dict[int, str]:
    """Traditional character (code point) → the simplified one it is searched as; each stays one character."""
    pairs = "".join(_listed("traditional.txt"))
    return {ord(pairs[place]): pairs[place + 1] for place in range(0, len(pairs), 2)}


def warm() -> None:
    """Load the dictionary now; for workers and commands that will cut a lot."""
    _load()


def cut(run: str) -> list[str]:
    """Cut an unbroken run of Chinese characters into words, each character in exactly one of them."""
    return [word for word in _load().cut(run, HMM=False) if word]


@lru_cache(maxsize=50_000)
def inner_words(word: str) -> tuple[str, ...]:
    """The words of two characters and more that the dictionary knows inside a word, short ones first."""
    known = _load().FREQ
    parts = (
        word[start : start + size] for size in range(2, len(word)) for start in range(len(word) - size + 1)
    )
    # Beginnings of words stand in the dictionary too, with the frequency 0.
    return tuple(part for part in parts if known.get(part))


def frequency(word: str) -> int:
    """How often the general dictionary has met a word; 0 for one it does not know, and for the field's own words."""
    return 0 if word in _own() else int(_load().FREQ.get(word) or 0)


@cache
def _own() -> frozenset[str]:
    return frozenset(domain_words())


def _load() -> Any:
    global _tokenizer
    if _tokenizer is not None:
        return _tokenizer
    with _lock:
        if _tokenizer is None:
            import jieba

            jieba.setLogLevel(logging.WARNING)
            tokenizer = jieba.Tokenizer()
            folder = _cache_dir
            if folder is not None:
                # A folder that cannot be made only means no model is kept: the dictionary is read instead.
                with suppress(OSError):
                    folder.mkdir(parents=True, exist_ok=True)
                # jieba's own default is a guessable name in the shared temporary folder.
                tokenizer.tmp_dir = os.fspath(folder)
                tokenizer.cache_file = "jieba.cache"
            tokenizer.initialize()
            for word in domain_words():
                tokenizer.add_word(word)
            _tokenizer = tokenizer
    return _tokenizer
