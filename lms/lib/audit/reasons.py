"""Reasons of the platform's own for an audit row: kept as a code and what somebody typed, read in the reader's language.

Owns: the sentences by their codes. Refuses: two sentences under one code. A row keeps the sentence in the platform's
language too (`AuditRow.reason`), for who reads rows without us, and for the day on which a code is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from lms.lib.audit.models import AuditRow

# Where a row's `data` holds it.
BECAUSE = "because"
_SENTENCES: dict[str, Promise] = {}


@dataclass(frozen=True)
class Because:
    """A reason with its words: titles, numbers, what somebody typed."""

    code: str
    words: Mapping[str, str]

    @property
    def kept(self) -> dict[str, Any]:
        """What a row's `data` holds of it."""
        return {BECAUSE: {"code": self.code, "words": dict(self.words)}}

    def __str__(self) -> str:
        """In the language of the moment."""
        return str(_SENTENCES[self.code]) % self.words

    def plain(self) -> str:
        """In the platform's language."""
        with translation.override(settings.LANGUAGE_CODE):
            return str(self)


class Reason:
    """A sentence of ours under its code, which never changes once rows have it; the sentence may.

    Called with the words for its places, "%(name)s", it gives what `record` takes as a reason.
    """

    def __init__(self, code: str, sentence: Promise) -> None:
        if code in _SENTENCES:
            raise ValueError(f"two reasons are called {code}")
        _SENTENCES[code] = sentence
        self.code = code

    def __call__(self, **words: str) -> Because:
        return Because(self.code, words)


def reason_of(row: AuditRow) -> str:
    """Why, in the reader's language; as it was typed or written then, where the row has no code that is known today."""
    kept = row.data.get(BECAUSE)
    if not kept or kept["code"] not in _SENTENCES:
        return row.reason
    try:
        return str(Because(kept["code"], kept["words"]))
    except KeyError:
        # The sentence has got another place since.
        return row.reason
