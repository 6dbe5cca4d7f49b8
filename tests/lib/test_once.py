"""What a page asks again is looked up once while it is read, and never across requests or while something is written."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from lms.lib.once import OnceMiddleware, once


def asked(method):
    """How often one request and the next look a thing up, each asking for it three times."""
    looked = []

    def view(request):
        for _ in range(3):
            once("a", lambda: looked.append(1))
            once("b", lambda: looked.append(1))
        return HttpResponse()

    middleware = OnceMiddleware(view)
    counts = []
    for _ in range(2):
        middleware(getattr(RequestFactory(), method)("/"))
        counts.append(len(looked))
    return counts


@pytest.mark.parametrize(("method", "counts"), [("get", [2, 4]), ("head", [2, 4]), ("post", [6, 12])])
def test_only_within_one_reading(method, counts):
    assert asked(method) == counts


def test_nothing_is_kept_when_a_view_fails():
    def view(request):
        once("a", lambda: 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        OnceMiddleware(view)(RequestFactory().get("/"))
    assert once("a", lambda: 2) == 2
    assert once("a", lambda: 3) == 3
