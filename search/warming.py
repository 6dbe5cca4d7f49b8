"""What takes long to load and a search needs: loaded while a web process answers already.

Owns the thread. Refuses to be waited for: whoever asks earlier loads it himself.
"""

import threading

from search import words
from search.analysis import syllables


def warm_in_background() -> threading.Thread:
    """Load the dictionary and the sounds of characters (1.5 s together) in a thread of its own."""
    thread = threading.Thread(target=_warm, name="search-words", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    words.warm()
    # Asked for once, pypinyin has read its tables.
    syllables("融通")
