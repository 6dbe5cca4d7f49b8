"""What other rooms and packages may ask of translations."""

from courses.translations.shown import (
    History,
    Words,
    also_accepted,
    carded,
    description_of,
    history_of,
    words_for,
)

__all__ = ["History", "Words", "also_accepted", "carded", "description_of", "history_of", "words_for"]
