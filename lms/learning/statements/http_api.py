"""/api/v1/learning/statements: a year's statement, readiness for a title, packages; the same services as the pages."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from lms.accounts.api import User
from lms.learning.statements import (
    package_queries,
    packages,
    paper,
    queries,
    readiness,
    reissues,
    rules,
    services,
)
from lms.learning.statements.models import ReviewPackage, YearStatement
from lms.lib.errors import Invalid
from lms.lib.pages import paginate

router = Router()


class StatementIssueIn(Schema):
    year: int


class LinkIn(Schema):
    """ends_on: the last day on which the public check answers; null: no end."""

    hidden: bool = False
    ends_on: date | None = None


class ReissueIn(Schema):
    """kind: certificate or statement; uuid: of the paper."""

    kind: str
    uuid: UUID


class PackageIn(Schema):
    """key: chosen by the caller; the same key gives the same package. level and series: of the title, "" for all."""

    key: UUID
    use: str
    years: list[int] = Field(max_length=readiness.MOST_YEARS)
    sender: str = "file"
    level: str = ""
    series: str = ""


def _user(request: HttpRequest) -> User:
    user = request.user
    # The API's authentication lets nobody else through.
    assert isinstance(user, User)
    return user


def _shown(row: YearStatement) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "number": row.number,
        "year": row.year,
        "version": row.version,
        "issued_at": row.issued_at,
        "content_sha256": row.content_hash,
        "state": queries.state_of(row),
        "ends_on": row.link.ends_on,
    }


def _full(row: YearStatement) -> dict[str, Any]:
    code, address = queries.verify_address(row)
    return _shown(row) | {
        "code": code,
        "verify_url": address,
        "superseded_by": queries.superseded_by(row),
        "replaced_by": instead.statement.number if (instead := queries.reissued(row)) else "",
        "content": queries.content_of(row),
    }


@router.get("", summary="My years' statements, newest first, paged")
def statements(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    return [_shown(row) for row in paginate(request, queries.own_all(_user(request)))]


@router.post("", response={201: dict[str, Any]}, summary="Issue a year's statement; unchanged, the last one")
def issue(request: HttpRequest, data: StatementIssueIn) -> Status[dict[str, Any]]:
    return Status(201, _full(services.issue(_user(request), data.year)))


@router.get(
    "/readiness",
    summary="What each year has and lacks for a title, by the rule of the day of applying (today); null: not set",
)
def ready(
    request: HttpRequest,
    level: str = Query("", max_length=10),
    series: str = Query("", max_length=30),
    years: int = Query(2, ge=1, le=readiness.MOST_YEARS),
    day: date | None = None,
) -> dict[str, Any]:
    if day is not None and not readiness.is_day(day):
        raise Invalid(_("请填写有规则可查、不太远的日期。"), code="invalid_day", details={"field": "day"})
    found = readiness.readiness(_user(request), level=level, series=series, years=years, day=day)
    rule = found.rule
    return {
        "day": found.day,
        "rule": {
            "code": rule.code,
            "version": rule.version,
            "valid_from": rule.valid_from,
            "years": rule.years,
            "centihours_per_year": rule.centihours_per_year,
            "specialty_centihours": found.need.specialty if found.need else None,
            "public_centihours": rule.public_centihours,
            "source": rule.source,
        }
        if rule
        else None,
        "years": [
            {
                "year": item.year,
                "span": item.span.plain(),
                "centihours": dict(item.had),
                "missing": _missing(item.gap),
            }
            for item in found.years
        ],
    }


def _missing(gap: rules.Gap | None) -> dict[str, Any] | None:
    if gap is None:
        return None
    return {"total": gap.total, "specialty": gap.specialty, "public": gap.public, "either": gap.either}


@router.get("/packages", summary="My packages for reviews, newest first, paged")
def own_packages(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    return [_package(row) for row in paginate(request, package_queries.own_all(_user(request)))]


@router.post("/packages", response={202: dict[str, Any]}, summary="Hand over years for a use")
def order(request: HttpRequest, data: PackageIn) -> Status[dict[str, Any]]:
    made = packages.order(_user(request), **data.dict())
    return Status(202, _package(made) | package_queries.document(made))


@router.get("/packages/{uuid}", summary="A package with each record's receipts")
def package(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    found = package_queries.own(_user(request), uuid)
    return _package(found) | package_queries.document(found)


@router.post("/packages/{uuid}/retry", response={202: dict[str, Any]}, summary="Try again what was not taken")
def retry(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    found = packages.retry(_user(request), uuid)
    return Status(202, _package(found) | package_queries.document(found))


def _package(row: ReviewPackage) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "number": row.number,
        "use": row.use,
        "years": row.years,
        "ordered_at": row.ordered_at,
    }


@router.get("/reissues", summary="My papers with a name that was corrected since, and those issued again")
def own_reissues(request: HttpRequest) -> dict[str, Any]:
    user = _user(request)
    return {
        "old": [asdict(item) for item in reissues.old_papers(user)],
        "replaced": [asdict(item) for item in reissues.replaced(user)],
    }


@router.post("/reissues", response={201: dict[str, Any]}, summary="A paper again in the corrected name")
def reissue(request: HttpRequest, data: ReissueIn) -> Status[dict[str, Any]]:
    """Again with the same paper: the same answer."""
    return Status(201, {"kind": data.kind, "uuid": reissues.reissue(_user(request), data.kind, data.uuid)})


@router.get("/{uuid}", summary="A statement of mine (for duty: anybody's, and the look is logged)")
def statement(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _full(queries.readable(_user(request), uuid))


@router.get("/{uuid}/pdf", summary="The statement as PDF")
def statement_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return HttpResponse(paper.pdf(queries.readable(_user(request), uuid)), content_type="application/pdf")


@router.post("/{uuid}/link", summary="Whether the public check shows it, and until which day")
def link(request: HttpRequest, uuid: UUID, data: LinkIn) -> dict[str, Any]:
    user = _user(request)
    services.set_link(user, queries.own(user, uuid), hidden=data.hidden, ends_on=data.ends_on)
    return _shown(queries.own(user, uuid))


@router.post("/{uuid}/revoke", summary="Its code verifies nothing any more, for good")
def revoke(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = _user(request)
    services.revoke(user, queries.own(user, uuid))
    return _shown(queries.own(user, uuid))
