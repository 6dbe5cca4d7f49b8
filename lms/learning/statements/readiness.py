"""Readiness for a higher title: what each year has and lacks by a dated rule, and courses here that fill what is missing.

Owns: that comparison, and publishing the rules. Refuses: a number that no rule gives (the page says so), hours promised
beyond what a course is approved for, and blocking anybody: a missing share of specialty hours is a reminder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.hours.years import Year
from lms.learning.hours.years import years as learning_years
from lms.learning.permits.queries import is_gated, outside_plans
from lms.learning.rule_versions import publish, publisher
from lms.learning.statements import rules
from lms.learning.statements.models import TitleLevel, TitleRule
from lms.learning.statements.records import records_between
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.errors import Invalid
from lms.lib.units import format_centi
from search.api import Results, SearchRequest, search

# How many years a person may look at at once. Not a rule: where one is set, its number is shown first.
MOST_YEARS = 10
COURSES_SHOWN = 10
# Between these a day may be asked for: the first rule is of 2015, and nobody plans a title further ahead.
FIRST_DAY = date(2015, 10, 1)
MOST_AHEAD = timedelta(days=5 * 366)
# A year has 8784 hours of 60 minutes: what is above is a slip of the finger.
MOST_CENTIHOURS = 100_000
LONGEST_SOURCE = 1000


# --- the rule --------------------------------------------------------------------------------------------


def rule_on(day: date, level: str, series: str) -> TitleRule | None:
    """The rule for a title on a day: its own, else that of the level, of the series, of all; None: nothing is set."""
    # An address can hold what no database takes.
    level, series = level.replace("\0", ""), series.replace("\0", "")
    current: dict[tuple[str, str], TitleRule] = {}
    wanted = [(level, series), (level, ""), ("", series), ("", "")]
    rows = TitleRule.objects.filter(
        valid_from__lte=day, level__in={level, ""}, series__in={series, ""}
    ).order_by("valid_from", "version")
    for row in rows:
        current[row.level, row.series] = row
    found = (current.get(key) for key in wanted)
    return next((row for row in found if row is not None and row.centihours_per_year is not None), None)


def is_day(day: date) -> bool:
    """Whether readiness can be asked for the day."""
    return FIRST_DAY <= day <= today() + MOST_AHEAD


def need_of(rule: TitleRule) -> rules.Need:
    """What the rule asks of one year; the caller has seen that it asks for something."""
    hours = rule.centihours_per_year or 0
    share = rules.share(hours, rule.specialty_numerator, rule.specialty_denominator)
    return rules.Need(hours, share, rule.public_centihours)


def series_known() -> list[str]:
    """The series that some rule names."""
    names = TitleRule.objects.exclude(series="").values_list("series", flat=True)
    return sorted(set(names))


# --- year by year ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class YearState:
    """A year against the rule. had: hundredths by category, up to the day asked for. open: hours can still be added by
    studying here.
    """

    year: int
    span: Year
    had: Mapping[str, int]
    yearly: int
    gap: rules.Gap | None
    open: bool


@dataclass(frozen=True)
class Readiness:
    """day: the one that was asked for; rule: the one in force on it."""

    day: date
    rule: TitleRule | None
    need: rules.Need | None
    years: list[YearState]

    @property
    def missing(self) -> int:
        """Hours missing over all years shown."""
        return sum(item.gap.total for item in self.years if item.gap)

    @property
    def this_year(self) -> rules.Gap | None:
        return next((item.gap for item in self.years if item.open), None)


def readiness(user: User, *, level: str, series: str, years: int, day: date | None = None) -> Readiness:
    """The `years` learning years up to the one of the day, newest first. day: of applying for the title, past or to come,
    today where none is named: the rule in force on it judges, and what was earned by it counts. Seven queries, however
    many years.
    """
    asked = day or today()
    known = learning_years()
    last = known.number(asked)
    first = last - min(max(years, 1), MOST_YEARS) + 1
    rule = rule_on(asked, level, series)
    need = need_of(rule) if rule else None
    by_year: dict[int, list[rules.Record]] = {year: [] for year in range(last, first - 1, -1)}
    for item in records_between(user, known.year(first), known.year(last), known):
        if item.day <= asked:
            by_year[known.number(item.day)].append(item)
    # What is studied now belongs to the year of today, if one may still study before the day.
    this = known.number(today()) if asked >= today() else None
    states = [_state(known.year(year), found, need, this) for year, found in by_year.items()]
    return Readiness(asked, rule, need, states)


def _state(year: Year, found: Iterable[rules.Record], need: rules.Need | None, this: int | None) -> YearState:
    had = rules.sums(found)
    gap = rules.gap(had, need) if need else None
    return YearState(year.number, year, had, rules.yearly(had), gap, year.number == this)


# --- what fills it ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """A course and the most it can still give this person, hundredths: at most its approved hours, less what they have."""

    title: str
    url: str
    kind: str
    provider: str
    most: int
    done: bool
    under_way: bool


def courses_for(
    user: User, gap: rules.Gap, *, page: int, kind: str = ""
) -> tuple[Results, list[Offer]] | None:
    """A page of courses whose hours would help; None where none would. kind: only of this category, where an hour of it
    would help. Raises SearchUnavailable.
    """
    kinds = (kind,) if kind in gap.kinds() else gap.kinds()
    if not kinds:
        return None
    asked = SearchRequest(
        types=("course",), filters={"kind": kinds}, facets=(), page=page, per_page=COURSES_SHOWN
    )
    found = search(asked)
    mine = _mine(user, [hit.id for hit in found.hits])
    # Nor does one of public subjects that no yearly plan has.
    public = [hit.id for hit in found.hits if is_gated(hit.extra.get("kind", ""))]
    barred = outside_plans(public, today())
    offers = [_offer(hit, mine.get(hit.id)) for hit in found.hits if hit.id not in barred]
    # A course that has given all it can fills nothing.
    return found, [offer for offer in offers if offer.most]


def _mine(user: User, courses: list[str]) -> dict[str, Enrolment]:
    """Course → the person's latest enrolment in it, with its release and completion. Two queries."""
    rows = Enrolment.objects.filter(person=user, course__uuid__in=courses)
    rows = rows.select_related("course", "release", "completion").prefetch_related(
        "completion__top_ups", "completion__corrections"
    )
    return {str(row.course.uuid): row for row in rows.order_by("started_at")}


def _offer(hit: Any, mine: Enrolment | None) -> Offer:
    # Whoever has begun keeps the release they began with, and its approved hours.
    approved = mine.release.centihours if mine else hit.centihours
    completion = getattr(mine, "completion", None)
    given = completion.total_centihours if completion else 0
    return Offer(
        title=hit.title,
        url=hit.url,
        kind=hit.extra.get("kind", ""),
        provider=hit.extra.get("provider", ""),
        most=max(approved - given, 0),
        done=completion is not None,
        under_way=mine is not None and completion is None,
    )


# --- publishing ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewTitleRule:
    """What an authority sets; None: not set. share: (numerator, denominator) of specialty hours."""

    level: str
    series: str
    valid_from: date
    source: str
    years: int | None = None
    centihours_per_year: int | None = None
    public_centihours: int | None = None
    share: tuple[int, int] | None = None


def publish_rule(by: User | Actor, new: NewTitleRule) -> TitleRule:
    """The next version of a rule. For officers of the authority (the platform itself loads the demo). Raises NotAllowed,
    Invalid (a field), Conflict (somebody published the same version).
    """
    who = publisher(by)
    _check(new)
    kind = {"level": new.level, "series": new.series.strip()}
    numerator, denominator = new.share or (None, None)
    said = {
        "valid_from": new.valid_from,
        "years": new.years,
        "centihours_per_year": new.centihours_per_year,
        "public_centihours": new.public_centihours,
        "specialty_numerator": numerator,
        "specialty_denominator": denominator,
        "source": new.source.strip(),
    }
    return publish(who, TitleRule, kind, said, action="title_rule.publish")


def _check(new: NewTitleRule) -> None:
    if new.level and new.level not in TitleLevel.values:
        raise _wrong("level", _("请选择职称层级。"))
    for name, text, least, most in (("series", new.series, 0, 30), ("source", new.source, 4, LONGEST_SOURCE)):
        if not least <= len(text.strip()) <= most or "\0" in text:
            raise _wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    if new.years is not None and (type(new.years) is not int or not 0 < new.years <= MOST_YEARS):
        raise _wrong("years", _("年数应在 1 到 %(most)s 之间。") % {"most": MOST_YEARS})
    for name, amount in (("hours", new.centihours_per_year), ("public", new.public_centihours)):
        if amount is not None and (type(amount) is not int or not 0 < amount <= MOST_CENTIHOURS):
            raise _wrong(name, _("学时应大于 0，不超过 %(most)s。") % {"most": format_centi(MOST_CENTIHOURS)})
    if new.share is not None and not 0 < new.share[0] <= new.share[1] <= 1000:
        raise _wrong("numerator", _("占比应是不大于 1 的分数，例如 2/3。"))
    public, hours = new.public_centihours, new.centihours_per_year
    if public is not None and (hours is None or public > hours):
        raise _wrong("public", _("公需科目的学时不能多于全年的学时。"))


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_rule", details={"field": name})
