"""The public check as JSON."""

from django.http import HttpRequest
from ninja import Router, Schema

from lms.lib.limits import misses
from lms.lib.verify import services

router = Router()


class VerdictOut(Schema):
    code: str
    title: str
    status: str
    rows: list[tuple[str, str]]
    note: str


@router.get("/{code}", response=VerdictOut, auth=None, summary="What a verify code says")
def verify(request: HttpRequest, code: str) -> VerdictOut:
    with misses(request, "verify"):
        normal, verdict = services.check(code)
    return VerdictOut(
        code=normal, title=verdict.title, status=verdict.status, rows=verdict.rows, note=verdict.note
    )
