"""Reading continuing-education bases: who is one on a day, with what level and score, what is filed, the public directory, the years'
exchange, and what waits for experts, officers and the bases' own people.

Owns: `standing` and `filed`, which other rooms of training ask.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery

from lms.accounts.api import Organisation, Role, User, holds, organisations_for
from lms.learning.api import ClassRun
from lms.lib.clock import local_day, today
from lms.lib.errors import NotFound
from lms.training.ce_bases.models import (
    BaseFiling,
    BaseLevel,
    BaseReview,
    BaseStandard,
    EducationBase,
    Exchange,
    ExchangeMinutes,
    FiledClass,
    FiledRun,
    ReviewSeat,
    SharedResource,
)
from lms.training.ce_bases.papers import CERTIFICATE
from lms.training.ce_bases.process import REVIEWED
from lms.training.ce_bases.rules import Level, Purpose
from lms.training.ce_bases.ties import tied_seats
from lms.training.lifecycle import reading
from lms.training.lifecycle.models import Evidence
from lms.training.lifecycle.words import act_label
from lms.training.papers.models import Paper
from lms.training.papers.queries import code_of

# Who works for a base; who of it also sees the other bases' contacts.
STAFF = (Role.HR, Role.ADMIN)
PEOPLE = (*STAFF, Role.TEACHER)
# What of a case's history stands on the public page.
PUBLIC_ACTS = ("name", "name_unnoticed", "nominate", "elevate", "keep", "fail", "remove", "expire", "resign")
MOST_LISTED = 50
MOST_YEARS = 30


@dataclass(frozen=True)
class Standing:
    """A base on a day. level: national or city; since: the day it was named; score: hundredths of a mark, of the last review that was
    closed by then, as are grade and evaluated_on; in_exit: its last evaluation failed, and it has not passed one since."""

    name: str
    level: str
    since: date
    score: int | None
    grade: str | None
    evaluated_on: date | None
    in_exit: bool


def standing(organisation_id: int, day: date) -> Standing | None:
    """What an organisation is as a base on a day; None: no base then. Three queries."""
    return standings([organisation_id], day).get(organisation_id)


def standings(organisations: Collection[int], day: date) -> dict[int, Standing]:
    """The same for several, by their id; who is no base on that day is left out. Three queries."""
    rows = list(bases_on(day).filter(body__in=organisations).select_related("body"))
    by_base = standings_of(rows, day)
    return {row.body_id: by_base[row.pk] for row in rows}


def base_of(organisation_id: int, day: date) -> EducationBase | None:
    """The base that an organisation is on a day. One query."""
    rows = bases_on(day).filter(body=organisation_id).select_related("authority", "body", "case")
    return rows.order_by("-named_on").first()


def bases_on(day: date) -> QuerySet[EducationBase]:
    """Every base of a day: it is one from the day it was named to the day before it left the list."""
    rows = EducationBase.objects.filter(named_on__lte=day)
    return rows.filter(Q(removed_on__isnull=True) | Q(removed_on__gt=day))


def standings_of(rows: Collection[EducationBase], day: date) -> dict[int, Standing]:
    """Base → its standing on the day. Two queries, however many."""
    national = set(
        BaseLevel.objects.filter(
            base__in=[row.pk for row in rows], step=BaseLevel.Step.NATIONAL, since__lte=day
        ).values_list("base", flat=True)
    )
    reviews = BaseReview.objects.filter(_stands(day), case__in=[row.case_id for row in rows])
    last = {review.case_id: review for review in reviews.order_by("number")}
    found = {}
    for row in rows:
        review = last.get(row.case_id)
        found[row.pk] = Standing(
            name=row.body.name,
            level=Level.NATIONAL.value if row.pk in national else Level.CITY.value,
            since=row.named_on,
            score=review.centimarks if review else None,
            grade=(review.grade or None) if review else None,
            evaluated_on=review.closed_on if review else None,
            in_exit=bool(review and review.purpose != Purpose.NAMING and not review.passed),
        )
    return found


def _stands(day: date) -> Q:
    """Reviews with a score that counts on a day."""
    return Q(closed_on__lte=day) & (Q(voided_on__isnull=True) | Q(voided_on__gt=day))


def filed(organisation_id: int, course_id: int | None, day: date) -> bool:
    """Whether a filing of the base's, in force on that day, has a class held then: of this course, or of any (None). One query."""
    rows = FiledClass.objects.filter(
        filing__base__body=organisation_id,
        filing__filed_on__lte=day,
        first_day__lte=day,
        last_day__gte=day,
    ).filter(Q(filing__revoked_on__isnull=True) | Q(filing__revoked_on__gt=day))
    if course_id is not None:
        rows = rows.filter(course=course_id)
    return rows.exists()


# --- the public directory ------------------------------------------------------------------------------------


def scored(rows: QuerySet[EducationBase], day: date) -> QuerySet[Any]:
    """The bases with `national` and `score` as they are on the day."""
    reviews = BaseReview.objects.filter(_stands(day), case=OuterRef("case")).order_by("-number")
    steps = BaseLevel.objects.filter(base=OuterRef("pk"), step=BaseLevel.Step.NATIONAL, since__lte=day)
    return rows.annotate(national=Exists(steps), score=Subquery(reviews.values("centimarks")[:1]))


def directory(day: date, industry: str = "", level: str = "") -> QuerySet[Any]:
    """The bases of a day, national ones first, then by score."""
    rows = scored(bases_on(day), day)
    if industry:
        rows = rows.filter(industry=industry)
    if level:
        rows = rows.filter(national=level == Level.NATIONAL)
    return rows.select_related("body", "authority").order_by(
        "-national", F("score").desc(nulls_last=True), "pk"
    )


def left(day: date) -> QuerySet[EducationBase]:
    """Those that had left the list by a day, the latest first."""
    rows = EducationBase.objects.filter(removed_on__lte=day).select_related("body", "authority")
    return rows.order_by("-removed_on", "-pk")


def base(uuid: UUID) -> EducationBase:
    """Raises NotFound."""
    found = EducationBase.objects.select_related("body", "authority", "case").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def history(found: EducationBase) -> list[dict[str, Any]]:
    """Named, levels, evaluations decided, left: day, what and reason, as anybody may know. One query."""
    process = found.case.declared
    rows = found.case.acts.filter(name__in=PUBLIC_ACTS)
    return [
        {"day": local_day(row.at), "label": act_label(process, row.name), "reason": row.reason}
        for row in rows
    ]


def reviews_of(found: EducationBase) -> QuerySet[BaseReview]:
    """Its closed reviews, the latest first."""
    rows = BaseReview.objects.filter(case=found.case, closed_on__isnull=False).select_related("standard")
    return rows.order_by("-number")


def certificate_code(found: EducationBase) -> str:
    """The verify code of its certificate, the last one; of a base that has left it says so."""
    paper = Paper.objects.filter(case=found.case, kind=CERTIFICATE).order_by("-pk").first()
    return code_of(paper) if paper is not None else ""


def standard(uuid: UUID) -> BaseStandard:
    """Raises NotFound."""
    found = BaseStandard.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def standards() -> QuerySet[BaseStandard]:
    return BaseStandard.objects.select_related("authority").order_by("authority__name", "-version")


def filing(uuid: UUID) -> BaseFiling:
    """A filed plan, revoked ones too. Raises NotFound."""
    found = (
        BaseFiling.objects.select_related("base__body", "base__authority", "case").filter(uuid=uuid).first()
    )
    if found is None:
        raise NotFound
    return found


def classes_of(found: BaseFiling) -> QuerySet[FiledClass]:
    """What it lists, each with the run it is held as."""
    return found.classes.select_related("course", "held_as__run", "filing")


def filings_of(found: EducationBase) -> QuerySet[BaseFiling]:
    """The latest year first, and of a year its last version."""
    rows = found.filings.annotate(listed=Count("classes")).select_related("case")
    return rows.order_by("-year", "-version")


def filings_with_classes(found: EducationBase) -> QuerySet[BaseFiling]:
    """The same, each with its classes and the runs they are held as: two queries."""
    classes = FiledClass.objects.select_related("course", "held_as__run")
    return filings_of(found).prefetch_related(Prefetch("classes", queryset=classes))


# --- the exchange ------------------------------------------------------------------------------------------------


def exchange_years() -> list[dict[str, Any]]:
    """The years of which there is an event or a resource, the latest first. Two queries."""
    events = dict(
        Exchange.objects.filter(cancelled="").order_by().values_list("year").annotate(events=Count("pk"))
    )
    shared = dict(
        SharedResource.objects.filter(ended_at__isnull=True)
        .order_by()
        .values_list("year")
        .annotate(n=Count("pk"))
    )
    return [
        {"year": year, "events": events.get(year, 0), "resources": shared.get(year, 0)}
        for year in sorted({*events, *shared}, reverse=True)[:MOST_YEARS]
    ]


def exchanges_of(year: int) -> list[Exchange]:
    """The events of a year with who takes part and their minutes. Three queries."""
    rows = Exchange.objects.filter(year=year).select_related("authority")
    minutes = Prefetch("minutes", queryset=ExchangeMinutes.objects.order_by("-version"))
    return list(rows.prefetch_related("places__base__body", minutes)[:MOST_LISTED])


def exchange(uuid: UUID) -> Exchange:
    """Raises NotFound."""
    found = Exchange.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def resources_of(year: int) -> QuerySet[SharedResource]:
    rows = SharedResource.objects.filter(year=year, ended_at__isnull=True)
    return rows.select_related("base__body", "course").order_by("-pk")


def sees_contacts(user: object) -> bool:
    """Whether contacts of shared resources are shown whole: to people of bases that stand, and to officers. Two queries at most."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if holds(user, Role.OFFICER):
        return True
    return bases_on(today()).filter(body__in=organisations_for(user, *PEOPLE)).exists()


def years_without(authority: Organisation) -> list[int]:
    """The years from its first base on in which no event was held, or is announced (this year). Two queries."""
    first = EducationBase.objects.filter(authority=authority).aggregate(first=Min("named_on"))["first"]
    if first is None:
        return []
    there = set(Exchange.objects.filter(authority=authority, cancelled="").values_list("year", flat=True))
    return [year for year in range(first.year, today().year + 1) if year not in there]


# --- those in charge -----------------------------------------------------------------------------------------------


def exchanges_for(authorities: Iterable[Organisation]) -> QuerySet[Exchange]:
    rows = Exchange.objects.filter(authority__in=list(authorities)).select_related("authority")
    return rows.annotate(taking_part=Count("places")).order_by("-held_on", "-pk")


def exchange_for(user: User, uuid: UUID) -> Exchange:
    """An event of an authority whose officer the user is. Raises NotFound."""
    found = exchange(uuid)
    if not holds(user, Role.OFFICER, organisation=found.authority):
        raise NotFound
    return found


def without_plan(authority: Organisation, year: int) -> list[EducationBase]:
    """The bases that stand and have filed nothing for a year, at most MOST_LISTED. One query."""
    filed_ones = BaseFiling.objects.filter(base=OuterRef("pk"), year=year, revoked_on__isnull=True)
    rows = bases_on(today()).filter(authority=authority).filter(~Exists(filed_ones)).select_related("body")
    return list(rows.order_by("named_on")[:MOST_LISTED])


def bases_for(authorities: Iterable[Organisation]) -> QuerySet[EducationBase]:
    """An authority's bases: those that stand by the day by which they are to be evaluated."""
    rows = bases_on(today()).filter(authority__in=list(authorities)).select_related("body", "case")
    return rows.order_by(F("case__due_on").asc(nulls_last=True), "pk")


def open_reviews(authorities: Iterable[Organisation]) -> list[BaseReview]:
    """What experts are reviewing, the oldest first, at most MOST_LISTED, each with how many are asked and have handed in."""
    rows = BaseReview.objects.filter(
        case__authority__in=list(authorities), case__state__in=REVIEWED, closed_on__isnull=True
    )
    counted = rows.annotate(
        asked=Count("seats"), handed=Count("seats", filter=Q(seats__handed_in_at__isnull=False))
    )
    return list(counted.select_related("case__body", "standard").order_by("pk")[:MOST_LISTED])


def review_for(user: User, uuid: UUID) -> BaseReview:
    """A review for an officer of the authority, not of the body's own people. Raises NotFound."""
    found = (
        BaseReview.objects.select_related("case__authority", "case__body", "case__applicant", "standard")
        .filter(uuid=uuid)
        .first()
    )
    if found is None or not holds(user, Role.OFFICER, organisation=found.case.authority):
        raise NotFound
    if reading.party(user, found.case).own:
        raise NotFound
    return found


def last_review_uuid(case_id: int) -> UUID | None:
    """The review that an application or base is in, or was in last."""
    return BaseReview.objects.filter(case=case_id).order_by("-number").values_list("uuid", flat=True).first()


def seat_in(review: BaseReview, uuid: UUID) -> ReviewSeat:
    """Raises NotFound."""
    found = review.seats.select_related("review", "expert").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


# --- experts ----------------------------------------------------------------------------------------------------------


def seats_of(user: User) -> QuerySet[ReviewSeat]:
    """The reviews somebody was asked for: what waits first, then the latest."""
    rows = ReviewSeat.objects.filter(expert=user).select_related(
        "review__case__body", "review__case__authority", "review__standard"
    )
    return rows.order_by(F("review__closed_on").asc(nulls_first=True), "-pk")


def is_open(review: BaseReview) -> bool:
    """Whether experts can declare and mark now."""
    return review.closed_on is None and review.case.state in REVIEWED


def seat_for(user: User, uuid: UUID) -> ReviewSeat:
    """One's own. Raises NotFound."""
    found = seats_of(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def may_read(seat: ReviewSeat) -> bool:
    """Whether an expert reads what the body says: they said that nothing ties them to it, and nothing has come to light."""
    return bool(seat.independent) and not tied_seats(seat.review, [seat])


def evidence_for(user: User, seat: ReviewSeat) -> list[Evidence]:
    """What the body has handed in, for an expert who has declared that nothing ties them to it, while it is under review and nothing
    else has come to light; else none."""
    review = seat.review
    if not may_read(seat) or not is_open(review):
        return []
    theirs = [kind.code for kind in review.case.declared.evidence if kind.side == "applicant"]
    return list(review.case.evidence.filter(kind__in=theirs).order_by("pk"))


# --- a base's own people ------------------------------------------------------------------------------------------------


def bases_of(user: User) -> list[EducationBase]:
    """The bases that the user works for, at most MOST_LISTED. One query."""
    mine = organisations_for(user, *STAFF)
    if user.is_superuser:
        return []
    rows = bases_on(today()).filter(body__in=mine).select_related("body", "authority")
    return list(rows.order_by("-named_on")[:MOST_LISTED])


def managed(user: User, uuid: UUID) -> EducationBase:
    """A base whose people the user belongs to. Raises NotFound."""
    found = base(uuid)
    if user.is_superuser or not holds(user, *STAFF, organisation=found.body):
        raise NotFound
    return found


def filed_class(found: EducationBase, uuid: UUID) -> FiledClass:
    """A class of the base's plans. Raises NotFound."""
    row = FiledClass.objects.filter(uuid=uuid, filing__base=found).first()
    if row is None:
        raise NotFound
    return row


def unbound_runs(found: EducationBase) -> list[ClassRun]:
    """The base's class runs that stand in no plan, the latest first, at most MOST_LISTED."""
    rows = ClassRun.objects.filter(provider=found.body_id).exclude(state="cancelled")
    rows = rows.exclude(pk__in=FiledRun.objects.values("run")).exclude(programme__isnull=False)
    return list(rows.order_by("-starts_on", "-pk")[:MOST_LISTED])


def events_ahead(found: EducationBase) -> list[Exchange]:
    """The authority's events that are still to come."""
    rows = Exchange.objects.filter(authority=found.authority_id, cancelled="", held_on__gte=today())
    return list(rows.prefetch_related("places").order_by("held_on")[:MOST_LISTED])


def own_resources(found: EducationBase) -> QuerySet[SharedResource]:
    return found.resources.filter(ended_at__isnull=True).select_related("course")
