"""/api/v1/credit/statistics: the figures of the public page, without signing in."""

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema

from creditbank.statistics import words
from creditbank.statistics.queries import current, next_day
from lms.lib.errors import NotFound
from lms.lib.pages import PER_PAGE, paginate

router = Router()


class FigureOut(Schema):
    """state: told; few (fewer than five people) or withheld (would give a few away): all numbers are null then. Numbers
    that the figure does not have are null too. Credits and hours in hundredths.
    """

    key: str
    title: str
    state: str
    people: int | None = None
    count: int | None = None
    centicredits: int | None = None
    centihours: int | None = None


class CounterOut(FigureOut):
    definition: str
    day: date


class TableOut(Schema):
    """The first rows; `total` is how many there are, all of them at /statistics/{key}."""

    key: str
    title: str
    definition: str
    day: date
    total: int
    rows: list[FigureOut]


class StatisticsOut(Schema):
    """at: when it was counted, once a month; next_day: from when on other figures are said. People and things are rounded
    down to fives, credits to 20, hours to 100; a row stays as it was said until five people more or fewer are in it.
    """

    at: datetime
    next_day: date
    counters: list[CounterOut]
    tables: list[TableOut]


def _figure(line: words.Line) -> FigureOut:
    return FigureOut(key=line.code, title=line.label, state=line.state, **line.values)


def _table(shown: words.Shown, lines: list[words.Line]) -> TableOut:
    return TableOut(
        key=shown.key,
        title=shown.title,
        definition=shown.definition,
        day=shown.day,
        total=len(shown.lines),
        rows=[_figure(line) for line in lines],
    )


@router.get(
    "/statistics", response=StatisticsOut, auth=None, summary="Public counters with their definitions"
)
def statistics(request: HttpRequest) -> StatisticsOut:
    found = current()
    counters = [words.counter(found, key) for key in words.COUNTERS]
    tables = [words.table(found, name) for name in words.TABLES]
    return StatisticsOut(
        at=found.at,
        next_day=next_day(found),
        counters=[
            CounterOut(**_figure(shown.line).dict(), definition=shown.definition, day=shown.day)
            for shown in counters
        ],
        tables=[_table(shown, shown.top) for shown in tables],
    )


@router.get("/statistics/{key}", response=TableOut, auth=None, summary="One table of the statistics, paged")
def table(request: HttpRequest, key: str, page: int = Query(1, ge=1)) -> TableOut:
    if key not in words.TABLES:
        raise NotFound
    shown = words.table(current(), key)
    return _table(shown, list(paginate(request, shown.lines, PER_PAGE)))
