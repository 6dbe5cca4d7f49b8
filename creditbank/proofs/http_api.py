"""/api/v1/credit/roots: published roots without login; one's own proofs. The same queries as the pages."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from creditbank.proofs import queries
from creditbank.transcripts.queries import transcript_of
from lms.accounts.api import user_of
from lms.lib.errors import NotFound
from lms.lib.pages import PER_PAGE, paginate

router = Router()


class RootOut(Schema):
    day: date
    accounts: int
    entries: int
    root: str
    parts: str
    transactions: int
    books: str
    previous: str
    made_at: str
    hash: str


class RootsOut(Schema):
    total: int
    page: int
    per_page: int
    roots: list[RootOut]


class ProofStepOut(Schema):
    side: str
    hash: str


class ProofOut(Schema):
    """leaf: ["head", account, number of its last entry, that entry's hash]; path: lowest neighbour first."""

    day: date
    unit: str
    leaf: list[str | int]
    path: list[ProofStepOut]
    root: str
    root_hash: str


class TranscriptEndOut(ProofOut):
    """shown: number and hash of the last entry on the paper; links: [number, amount, the transaction's hash] after it."""

    shown: list[int | str] | None
    links: list[list[int | str]]


class TranscriptProofOut(Schema):
    transcript: UUID
    content_hash: str
    made_at: str
    day: date
    proofs: list[TranscriptEndOut]


@router.get("/roots", response=RootsOut, auth=None, summary="Daily roots of the books, newest first, paged")
def roots(request: HttpRequest, page: int = Query(1, ge=1)) -> dict[str, Any]:
    shown = paginate(request, queries.roots().defer(None), PER_PAGE)
    return {
        "total": shown.paginator.count,
        "page": shown.number,
        "per_page": PER_PAGE,
        "roots": [queries.published(row) for row in shown],
    }


@router.get("/roots/{day}", response=RootOut, auth=None, summary="The root of one day")
def root(request: HttpRequest, day: date) -> dict[str, Any]:
    row = queries.root_of_day(day)
    if row is None:
        raise NotFound
    return queries.published(row)


@router.get("/roots/{day}/proof", response=list[ProofOut], summary="My accounts under the root of a day")
def proof(request: HttpRequest, day: date) -> list[dict[str, Any]]:
    if queries.root_of_day(day) is None:
        raise NotFound
    return queries.proof_of(user_of(request).uuid, day)


@router.get(
    "/transcripts/{uuid}/proof",
    response=TranscriptProofOut,
    summary="My transcript under the root of its day; no proofs before that day has ended",
)
def transcript_proof(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    snapshot = transcript_of(user_of(request), uuid)
    if snapshot is None:
        raise NotFound
    return queries.proof_of_transcript(snapshot)
