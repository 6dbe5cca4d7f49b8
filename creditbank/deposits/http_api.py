"""/api/v1/credit/deposits: organisations' systems hand outcomes in, with credentials of their own (lms/accounts/machines).

Refuses: people's sessions, and more than a request or a minute may hold.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Header, Query, Router, Schema, Status

from creditbank.deposits import queries, requests, rules
from creditbank.deposits.models import DepositBatch, DepositRow
from creditbank.outcomes import rights
from lms.accounts.api import Machine, MachineToken
from lms.lib.clock import today
from lms.lib.errors import TooMany
from lms.lib.pages import paginate

router = Router(auth=MachineToken("outcomes.deposit"))
A_MINUTE = 60
# Requests of one machine in a minute: at the most items a request that is 200 rows a second.
MOST_REQUESTS = 60


class ItemIn(Schema):
    """One outcome of one person, field by field as in the list's template; words or values where there is a choice.

    Amounts (credits, hours, scores) as they stand on the paper, at most two decimals.
    """

    kind: str = Field(max_length=60)
    name: str = Field(max_length=60)
    paper_kind: str = Field("", max_length=40)
    paper: str = Field("", max_length=40)
    phone: str = Field("", max_length=40)
    title: str = Field(max_length=400)
    occupation_code: str = Field("", max_length=40)
    level: str = Field("", max_length=40)
    assessor_type: str = Field("", max_length=40)
    number: str = Field("", max_length=120)
    issued_on: str = Field(max_length=30)
    expires_on: str = Field("", max_length=30)
    starts_on: str = Field("", max_length=30)
    course_code: str = Field("", max_length=80)
    centicredits: str = Field("", alias="credits", max_length=20)
    score: str = Field("", max_length=20)
    centihours: str = Field("", alias="hours", max_length=20)
    unit: str = Field("", max_length=40)
    award_level: str = Field("", max_length=40)
    award_rank: str = Field("", max_length=40)
    sort: str = Field("", max_length=40)
    stage: str = Field("", max_length=40)
    project: str = Field("", max_length=400)
    authors: str = Field("", max_length=800)
    reviewer: str = Field("", max_length=200)
    about: str = Field("", max_length=4000)


class DepositsIn(Schema):
    items: list[ItemIn] = Field(min_length=1, max_length=requests.MOST_ITEMS)


class ResultOut(Schema):
    """state: "deposited", or "already" when the same outcome had been deposited before."""

    index: int
    uuid: UUID
    state: str


class BatchOut(Schema):
    uuid: UUID
    source: str
    state: str
    lines: int
    already: int
    faults: int
    made_at: datetime
    done_at: datetime | None
    results: list[ResultOut] = []


def _machine(request: HttpRequest) -> Machine:
    machine: Machine = request.auth  # type: ignore[attr-defined]
    key = f"creditbank.deposits:{machine.pk}"
    cache.add(key, 0, A_MINUTE)
    try:
        number = int(cache.incr(key))
    except ValueError:  # the minute ended between the two calls
        number = 1
    if number > MOST_REQUESTS:
        raise TooMany(_("操作太频繁了。请等一分钟再试。"))
    return machine


def _shown(batch: DepositBatch, rows: list[DepositRow] | None = None) -> dict[str, Any]:
    return {
        "uuid": batch.uuid,
        "source": batch.source,
        "state": batch.state,
        "lines": batch.lines,
        "already": batch.same,
        "faults": batch.faults_found,
        "made_at": batch.made_at,
        "done_at": batch.done_at,
        "results": [
            {
                "index": row.row - 1,
                "uuid": row.uuid,
                "state": "already" if row.state == DepositRow.State.SAME else "deposited",
            }
            for row in rows or ()
        ],
    }


@router.post(
    "",
    response={200: BatchOut, 201: BatchOut},
    summary="Machine: deposit up to 200 outcomes, all or none; 200 when the key was used before",
)
def deposit(
    request: HttpRequest,
    said: DepositsIn,
    idempotency_key: str = Header("", alias="Idempotency-Key"),
) -> Status[dict[str, Any]]:
    machine = _machine(request)
    items = [item.dict(exclude_defaults=True) for item in said.items]
    answer = requests.deposit_many(machine, idempotency_key, items)
    return Status(201 if answer.fresh else 200, _shown(answer.batch, answer.rows))


@router.get(
    "", response=list[BatchOut], summary="Machine: what the organisation has handed in, newest first, paged"
)
def batches(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    machine = _machine(request)
    return [_shown(batch) for batch in paginate(request, queries.batches_of(machine.organisation))]


@router.get(
    "/fields", response=dict[str, str], summary="Machine: the fields of an item and their column in lists"
)
def fields(request: HttpRequest) -> dict[str, str]:
    _machine(request)
    return {field: title for title, field in rules.HEADINGS.items()}


class ScopeOut(Schema):
    """catalogue: the entries of today that name the organisation; of certificates only these may be deposited. source:
    the document that says so; "" where nobody has set anything, which means no.
    """

    kind: str
    title: str
    allowed: bool
    since: date | None
    source: str
    catalogue: list[str]


@router.get(
    "/scope", response=list[ScopeOut], summary="Machine: what the organisation may deposit, and by what"
)
def scope(request: HttpRequest) -> list[ScopeOut]:
    body, day = _machine(request).organisation, today()
    entries = rights.entries_naming(body, day)
    return [
        ScopeOut(
            kind=line.kind.value,
            title=str(line.kind.label),
            allowed=line.allowed,
            since=line.right.valid_from if line.right else None,
            source=line.right.source if line.right else "",
            catalogue=[entry.name for entry in entries if entry.kind == line.kind],
        )
        for line in rights.scope_of(body, day)
    ]


@router.get("/{uuid}", response=BatchOut, summary="Machine: how far one is, with the result of each item")
def batch(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    found = queries.batch_of_machine(_machine(request), uuid)
    small = found.source == DepositBatch.Source.API
    return _shown(found, list(found.rows.order_by("row")) if small else None)
