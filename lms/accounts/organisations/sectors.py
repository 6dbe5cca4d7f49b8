"""The sectors an organisation may be of: those that courses are filed under, so that search can bring both together.

Owns: which codes there are and what they are called. Refuses: a list of its own; whoever files things under sectors registers it
at start-up, and what comes later takes the place of what was there.
"""

from collections.abc import Sequence

from django.utils.functional import Promise

Choice = tuple[str, str | Promise]

_choices: dict[str, str | Promise] = {}


def register_sectors(found: Sequence[Choice]) -> None:
    """code → name, in the order they are shown."""
    _choices.clear()
    _choices.update(found)


def choices() -> list[Choice]:
    """For forms; the first says that there is none."""
    return [("", "—"), *_choices.items()]


def known(code: str) -> bool:
    """Whether an organisation may have it; "" for none is one, too."""
    return not code or code in _choices


def name_of(code: str) -> str:
    """The name in the reader's language; the code itself where nobody names it any more, "" for none."""
    return str(_choices.get(code, code))
