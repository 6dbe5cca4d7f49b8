"""How a person wants pages shown: colours and type size, kept in cookies and nowhere else.

Refuses any value that is not listed, so that what stands in a cookie never reaches a page unread.
"""

from django.http import HttpRequest
from django.utils.translation import get_language

THEME_COOKIE = "rt_theme"
TEXT_COOKIE = "rt_text"
# Whether courses in another language are read in translation.
WORDS_COOKIE = "rt_words"
THEMES = ("auto", "light", "dark")
TEXTS = ("normal", "large")
ORIGINAL = "original"
WORDS = ("translation", ORIGINAL)
MAX_AGE_S = 365 * 24 * 3600


def theme(request: HttpRequest) -> str:
    """`auto` (as the system says), `light` or `dark`."""
    value = request.COOKIES.get(THEME_COOKIE, "auto")
    return value if value in THEMES else "auto"


def text(request: HttpRequest) -> str:
    """`normal` or `large`."""
    value = request.COOKIES.get(TEXT_COOKIE, "normal")
    return value if value in TEXTS else "normal"


def words(request: HttpRequest) -> str:
    """`translation` (where there is one) or `original`."""
    value = request.COOKIES.get(WORDS_COOKIE, "translation")
    return value if value in WORDS else "translation"


def variant(request: HttpRequest) -> str:
    """What a visitor's page depends on besides its address; for cache keys. At most 12 values."""
    return f"{get_language()}.{theme(request)}.{text(request)}"
