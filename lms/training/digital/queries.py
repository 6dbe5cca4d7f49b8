"""Reading digital items: the public lists, one item, contests, the model with what somebody can show of it, and the national project in one
view: trainees, level results, hours, policy and money."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from courses.api import CoursePage
from creditbank.api import occupation_names, occupations_of
from lms.accounts.api import Organisation, Role, User, actor, holds, masked_names, organisations_for
from lms.learning.api import enrolments_of
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import NotAllowed, NotFound
from lms.training.access import authorities
from lms.training.digital import rules
from lms.training.digital.models import (
    GRADES,
    TRACKS,
    ContestJuror,
    DigitalAchievement,
    DigitalItem,
    DigitalTrainee,
    EntryMember,
    LevelList,
    LevelResult,
    ResultSheet,
    SkillModel,
    SkillModelDraft,
)
from lms.training.digital.money import Items, Totals, total
from lms.training.digital.process import CODE, DIGITAL, DOCUMENT
from lms.training.digital.rules import Held, Shown, Track
from lms.training.digital.services import HOST_ROLES, STANDING, TARGET, belongs
from lms.training.digital.words import label
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.words import cite
from lms.training.policies import api as policies

Kind = DigitalAchievement.Kind
MOST_SHOWN = 200
# A year's figures are at most so old, in seconds.
FRESH = 30
# Further back a list is asked for by its address.
MOST_YEARS = 30


def _full() -> QuerySet[DigitalItem]:
    return DigitalItem.objects.select_related("case__rule", "case__body", "authority", "host")


# --- public ---------------------------------------------------------------------------------------------------


def listed(track: str = "", year: int | None = None) -> QuerySet[DigitalItem]:
    """Items of the yearly lists that were not cancelled, the latest year first."""
    rows = _full().filter(case__in=_standing())
    if track:
        rows = rows.filter(track=track)
    if year is not None:
        rows = rows.filter(year=year)
    return rows.order_by("-year", "-pk")


def _standing() -> QuerySet[Case, Any]:
    """Named with the process, they are read from an index of the cases, not by a look at every case there is."""
    return Case.objects.filter(process=CODE, state__in=STANDING).values("pk")


def years() -> list[int]:
    """The years that have items, the latest first, of the last MOST_YEARS. Two queries, each a few looks into an index: which years
    differ could only be said by reading all items."""
    span = DigitalItem.objects.aggregate(first=Min("year"), last=Max("year"))
    if span["last"] is None:
        return []
    asked = range(span["last"], max(span["first"], span["last"] - MOST_YEARS + 1) - 1, -1)
    rows = DigitalItem.objects.filter(case__state__in=STANDING)
    there: list[Any] = [Exists(rows.filter(year=year)) for year in asked]
    [found] = DigitalItem.objects.order_by().values_list(*there)[:1]
    return [year for year, has in zip(asked, found, strict=True) if has]


def public(uuid: UUID) -> DigitalItem:
    """An item of a list, cancelled ones too. Raises NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Winner:
    """An entry as everybody may see it: its name and rank; names: of its members, masked."""

    number: int
    name: str
    result: str
    marks: int | None
    names: list[str]


def winners(item: DigitalItem) -> list[Winner]:
    """The published ranks, the highest first; members who were erased are left out. Four queries."""
    sheet = item.sheets.filter(stage=len(item.stages) - 1, state=ResultSheet.State.PUBLISHED).first()
    if sheet is None:
        return []
    ranked = {uuid: (mark, outcome) for uuid, mark, outcome in sheet.lines if outcome in set(rules.Rank)}
    entries = item.entries.filter(uuid__in=ranked).prefetch_related("members__person")
    rows = list(entries)
    people = [member.person for row in rows for member in row.members.all() if _named(member)]
    names = masked_names(people)
    found = [
        Winner(
            row.number,
            row.name,
            ranked[str(row.uuid)][1],
            ranked[str(row.uuid)][0],
            [names[member.person_id] for member in row.members.all() if _named(member)],
        )
        for row in rows
    ]
    order = list(rules.Rank)
    return sorted(found, key=lambda row: (order.index(rules.Rank(row.result)), row.number))


def _named(member: EntryMember) -> bool:
    return not member.left and member.person.erased_at is None


def published_stages(item: DigitalItem) -> list[dict[str, Any]]:
    """Of each published stage: name, day, how many took part and went on, how many jurors marked, and why it was corrected, if it was. Two
    queries."""
    marked = item.juror_marks.filter(centimarks__isnull=False).order_by().values_list("stage")
    jurors = dict(marked.annotate(jurors=Count("juror", distinct=True)))
    rows = item.sheets.filter(state=ResultSheet.State.PUBLISHED).order_by("stage")
    return [
        {
            "why": row.why,
            "published": row.published_at,
            "name": item.stages[row.stage],
            "day": row.held_on,
            "entries": len(row.lines),
            "jurors": jurors.get(row.stage, 0),
            "on": sum(outcome != rules.OUT for _uuid, _mark, outcome in row.lines),
            "final": row.stage == len(item.stages) - 1,
        }
        for row in rows
    ]


# --- one's own ----------------------------------------------------------------------------------------------------


def own_entry(user: User, item: DigitalItem) -> EntryMember | None:
    rows = EntryMember.objects.filter(item=item, person=user, left=False)
    return rows.select_related("entry").first()


def team_of(member: EntryMember) -> list[EntryMember]:
    return list(member.entry.members.filter(left=False).select_related("person"))


def own_jury(user: User, item: DigitalItem) -> ContestJuror | None:
    return ContestJuror.objects.filter(item=item, person=user).first()


def own_place(user: User, item: DigitalItem) -> DigitalTrainee | None:
    return DigitalTrainee.objects.filter(item=item, person=user, left=False).first()


def own_results(user: User, item: DigitalItem) -> list[LevelResult]:
    """One's own published results of an item."""
    rows = LevelResult.objects.filter(
        trainee__item=item, trainee__person=user, batch__state=LevelList.State.PUBLISHED
    )
    return list(rows.select_related("batch__body").order_by("day", "pk")[:MOST_SHOWN])


def own_achievements(user: User, item: DigitalItem | None = None) -> QuerySet[DigitalAchievement]:
    rows = DigitalAchievement.objects.filter(person=user, ended_at__isnull=True)
    rows = rows.select_related("item__authority", "item__case")
    return (rows if item is None else rows.filter(item=item)).order_by("-pk")


# --- the host and the assessor -----------------------------------------------------------------------------------------


def hosts_for(user: User) -> QuerySet[DigitalItem]:
    """The items of the user's hosts."""
    return _full().filter(host__in=organisations_for(user, *HOST_ROLES)).order_by("-pk")


def hosted(user: User, uuid: UUID) -> DigitalItem:
    """An item whose host the user works for in such a role. Raises NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None or not holds(user, *HOST_ROLES, organisation=found.host):
        raise NotFound
    return found


def trainees(user: User, item: DigitalItem) -> QuerySet[DigitalTrainee]:
    """Who learns in an item, for its host's people, whom `hosted` let in; the look is logged."""
    role = next((role for role in HOST_ROLES if holds(user, role, organisation=item.host)), Role.TEACHER)
    record(
        actor(user, "superuser" if user.is_superuser else role, item.host),
        action="digital.view_trainees",
        target_type=TARGET,
        target=item.uuid,
    )
    return item.trainees.filter(left=False).select_related("person").order_by("pk")


def sheet_of(item: DigitalItem, uuid: UUID) -> ResultSheet:
    """Raises NotFound."""
    found = item.sheets.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    found.item = item
    return found


def sheet_rows(item: DigitalItem, sheet: ResultSheet) -> list[dict[str, Any]]:
    """A sheet's lines with the entries they are about. One query."""
    entries = {str(row.uuid): row for row in item.entries.all()}
    return [
        {"entry": entries[uuid], "centimarks": mark, "outcome": outcome}
        for uuid, mark, outcome in sheet.lines
        if uuid in entries
    ]


def level_lists(item: DigitalItem) -> QuerySet[LevelList]:
    return item.level_lists.select_related("body", "by", "decided_by").order_by("-pk")


def level_list_of(item: DigitalItem, uuid: UUID) -> LevelList:
    """Raises NotFound."""
    found = item.level_lists.select_related("body").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    found.item = item
    return found


def results_in(found: LevelList) -> QuerySet[LevelResult]:
    return found.results.select_related("trainee__person").order_by("row")


# --- officers -------------------------------------------------------------------------------------------------------------


def item_for(user: User, uuid: UUID) -> DigitalItem:
    """An item for an officer of the authority in charge. Raises NotFound, NotAllowed (their own body hosts it)."""
    found = _full().filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=found.authority):
        raise NotFound
    if belongs(user, found.host_id):
        raise NotAllowed(
            cite(_("这是你所在单位承办的项目，要由与它没有关系的人办理。"), DIGITAL), code="own_case"
        )
    return found


def items_of(bodies: Collection[Organisation], year: int) -> QuerySet[DigitalItem]:
    return _full().filter(authority__in=bodies, year=year).order_by("track", "-pk")


# --- the model ----------------------------------------------------------------------------------------------------------------


def models_in_force(day: date | None = None) -> QuerySet[SkillModel]:
    """The version of each model that holds on a day."""
    on = day or today()
    newer = SkillModel.objects.filter(
        Q(valid_from__gt=OuterRef("valid_from"))
        | Q(valid_from=OuterRef("valid_from"), version__gt=OuterRef("version")),
        series=OuterRef("series"),
        valid_from__lte=on,
    )
    rows = SkillModel.objects.filter(~Exists(newer), valid_from__lte=on).select_related("authority")
    return rows.order_by("title", "pk")


def model(uuid: UUID) -> SkillModel:
    """A published version, in force or not. Raises NotFound."""
    found = SkillModel.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def versions_of(found: SkillModel) -> list[SkillModel]:
    """The last one first."""
    return versions_of_series(found.series)


def versions_of_series(series: UUID) -> list[SkillModel]:
    return list(SkillModel.objects.filter(series=series).order_by("-version"))


def drafts_of(user: User) -> QuerySet[SkillModelDraft]:
    rows = SkillModelDraft.objects.filter(authority__in=authorities(user)).select_related("authority")
    return rows.order_by("title", "pk")


def draft_for(user: User, uuid: UUID) -> SkillModelDraft:
    """Raises NotFound."""
    found = drafts_of(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def held(user: User, found: SkillModel) -> Held:
    """What the user can show, of what the model asks for. Three queries."""
    linked = {course for _skill, _grade, course in rules.courses_of(found.domains)}
    done = enrolments_of(user).filter(state="completed", course__uuid__in=linked)
    grades = DigitalAchievement.objects.filter(
        person=user, kind=Kind.LEVEL, direction=found.direction, ended_at__isnull=True
    )
    return Held(
        frozenset(str(uuid) for uuid in done.values_list("course__uuid", flat=True)),
        frozenset(occupations_of(user)),
        frozenset(grades.values_list("result", flat=True)),
    )


@dataclass(frozen=True)
class CourseLink:
    """A course of the model: open to everybody still, or only its title."""

    title: str
    url: str
    done: bool


@dataclass(frozen=True)
class RungShown:
    """shown: None for a visitor."""

    grade: str
    about: str
    courses: list[CourseLink]
    occupations: list[str]
    shown: Shown | None


def laid_out(found: SkillModel | SkillModelDraft, known: Held | None) -> list[dict[str, Any]]:
    """The model for a page: domains → skills → levels with their courses. Two queries, whatever its size."""
    domains = found.domains
    wanted = {course for _skill, _grade, course in rules.courses_of(domains)}
    rows = {str(row.uuid): row for row in CoursePage.objects.filter(uuid__in=wanted)}
    open_ones = set(
        CoursePage.objects.live()
        .public()
        .filter(pk__in=[row.pk for row in rows.values()])
        .values_list("pk", flat=True)
    )
    codes = {code for skill in rules.skills_of(domains) for rung in skill.rungs for code in rung.occupations}
    names = occupation_names(codes) if codes else {}

    def link(uuid: str) -> CourseLink:
        row = rows[uuid]
        done = known is not None and uuid in known.courses
        return CourseLink(row.title, row.url if row.pk in open_ones else "", done)

    return [
        {
            "title": domain.title,
            "skills": [
                {
                    "code": skill.code,
                    "title": skill.title,
                    "rungs": [
                        RungShown(
                            label(rung.grade, GRADES),
                            rung.about,
                            [link(course) for course in rung.courses if course in rows],
                            [names.get(code, code) for code in rung.occupations],
                            rules.shown(rung, known) if known is not None else None,
                        )
                        for rung in skill.rungs
                    ],
                }
                for skill in domain.skills
            ],
        }
        for domain in domains
    ]


def proven(found: SkillModel, known: Held) -> tuple[int, int]:
    """How many levels of skills are shown, of how many."""
    rungs = [rung for skill in rules.skills_of(found.domains) for rung in skill.rungs]
    return sum(rules.shown(rung, known).proof is not None for rung in rungs), len(rungs)


# --- one view (A89) ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GradeFigures:
    """People and results of a level: trainees, assessed, passed, with hours."""

    grade: str
    trainees: int = 0
    assessed: int = 0
    passed: int = 0
    with_hours: int = 0


@dataclass(frozen=True)
class View:
    """The national project, or any items, on one page. policies: number → address in the library, "" where it does not have it."""

    grades: list[GradeFigures]
    money: Totals
    policies: dict[str, str]

    @property
    def trainees(self) -> int:
        return sum(row.trainees for row in self.grades)

    @property
    def passed(self) -> int:
        return sum(row.passed for row in self.grades)


def view(items: Items) -> View:
    """Counted from the rows and the books themselves. Seven queries, however many items."""
    trainees = _by_grade(DigitalTrainee.objects.filter(item__in=items, left=False), "grade")
    published = LevelResult.objects.filter(trainee__item__in=items, batch__state=LevelList.State.PUBLISHED)
    assessed = dict(published.order_by().values_list("grade").annotate(n=Count("trainee", distinct=True)))
    reached = DigitalAchievement.objects.filter(item__in=items, kind=Kind.LEVEL, ended_at__isnull=True)
    counted = reached.order_by().values_list("result").annotate(n=Count("pk"), given=Count("hours"))
    passed, hours = {}, {}
    for grade, n, given in counted:
        passed[grade], hours[grade] = n, given
    numbers = [DOCUMENT]
    there = policies.links(numbers)
    return View(
        [
            GradeFigures(
                grade,
                trainees.get(grade, 0),
                assessed.get(grade, 0),
                passed.get(grade, 0),
                hours.get(grade, 0),
            )
            for grade, _label in GRADES
        ],
        total(items),
        {number: there.get(number, "") for number in numbers},
    )


def _by_grade(rows: QuerySet[Any], column: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(column).annotate(n=Count("pk")))


@dataclass(frozen=True)
class YearFigures:
    """All items of some authorities and a year, counted at one moment. national: the national project's."""

    at: datetime
    tracks: list[dict[str, Any]]
    national: View


def year_figures(bodies: Collection[Organisation], year: int) -> YearFigures:
    """At most FRESH seconds old: whoever turns the list's pages does not count all items anew each time."""
    names = ".".join(sorted(body.uuid.hex for body in bodies))
    key = f"training.digital:{year}:{sha256(names.encode()).hexdigest()}"
    kept: YearFigures | None = cache.get(key)
    if kept is not None and timedelta(0) <= now() - kept.at < timedelta(seconds=FRESH):
        return kept
    rows = items_of(bodies, year)
    made = YearFigures(now(), track_counts(rows), view(rows.filter(track=Track.NATIONAL)))
    cache.set(key, made, FRESH)
    return made


@dataclass(frozen=True)
class PublicGrade:
    """What everybody reads: rounded down, None of too few."""

    grade: str
    trainees: int | None
    passed: int | None


def public_view(found: View) -> list[PublicGrade]:
    return [PublicGrade(row.grade, rules.told(row.trainees), rules.told(row.passed)) for row in found.grades]


def national(year: int | None = None) -> QuerySet[DigitalItem]:
    """The national project's items, of a year or all."""
    return listed(Track.NATIONAL, year)


def track_counts(rows: QuerySet[DigitalItem]) -> list[dict[str, Any]]:
    """How many items each track has, in the document's order. One query."""
    counts = dict(rows.order_by().values_list("track").annotate(n=Count("pk")))
    return [{"track": code, "label": words, "count": counts.get(code, 0)} for code, words in TRACKS]


def figures(item: DigitalItem) -> dict[str, int]:
    """Entries and their people, or trainees; results and hours given. Two queries."""
    if item.track == Track.CONTEST:
        counted = EntryMember.objects.filter(item=item, left=False).aggregate(
            people=Count("pk"), entries=Count("entry", distinct=True)
        )
    else:
        counted = {"people": item.trainees.filter(left=False).count()}
    results = item.achievements.filter(ended_at__isnull=True).aggregate(
        results=Count("pk"), hours=Count("pk", filter=Q(hours__isnull=False))
    )
    return {**counted, **results}
