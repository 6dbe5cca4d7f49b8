"""Asked once: what a page asks again for each of its rows is looked up once while one GET is answered.

Owns: the answers of the request at hand, by key. Refuses: keeping anything from one request to the next, and keeping
anything at all while something may be written (POST, jobs, commands): there every question is asked again.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

_answers: ContextVar[dict[Hashable, object] | None] = ContextVar("answers_of_this_request", default=None)
_READING = ("GET", "HEAD")
T = TypeVar("T")


def once(key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` returns; the first answer to `key` again, while a page is read. The key names what is asked and of whom."""
    kept = _answers.get()
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    return kept[key]  # type: ignore[return-value]  # what was put there under this key


class OnceMiddleware:
    """Begins with an empty memory and ends without one, however the view ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _answers.set({} if request.method in _READING else None)
        try:
            return self.get_response(request)
        finally:
            _answers.reset(token)
