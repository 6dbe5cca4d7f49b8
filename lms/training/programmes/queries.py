"""Reading programmes: what is open, one programme, editions of a series side by side, who is in charge, and the person-times counter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditbank.api import paper_states
from lms.accounts.api import Organisation, Role, User, actor, holds, organisations_for
from lms.learning.api import ClassRun, completed_places, completions_by_year
from lms.lib.audit.reasons import Because, Reason
from lms.lib.audit.services import record_each
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.ids import uuid7
from lms.lib.units import format_centi
from lms.training.lifecycle import reading
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.ruling import rules_on
from lms.training.lifecycle.words import own_case
from lms.training.programmes import rules
from lms.training.programmes.models import (
    STANDINGS,
    ClassSeries,
    Evaluation,
    HostChoice,
    OutputFile,
    Programme,
    ProgrammeAccount,
    ProgrammeApplication,
    ProgrammePlan,
    ProgrammeResult,
    TheoryOutput,
    TopicCall,
)
from lms.training.programmes.process import CODE
from lms.training.programmes.services import HOST_ROLES, STANDING_STATES
from lms.training.programmes.words import label

# How long the counter's page may be behind the rows, in seconds.
COUNTED_FOR = 600
# More than these are worked off before the next ones show.
MOST_TOPICS = 50
STATES = ("enrolling", "running", "done")
OUTPUT_FILE = Reason("training.output_file", gettext_lazy("查看学员的理论成果：%(title)s"))
APPLICATIONS = Reason("training.applications", gettext_lazy("查看研修项目的报名：%(title)s"))
_DONE = ("reported", "settling", "settled", "failed")


def _full() -> QuerySet[Programme]:
    return Programme.objects.select_related(
        "case__rule", "case__authority", "case__body", "call", "host", "plan", "run__course", "series"
    )


# --- public ---------------------------------------------------------------------------------------------------


def listed(state: str) -> QuerySet[Programme]:
    """Programmes of published plans: enrolling, running, done; "" all of them. The latest first."""
    states = {"": STANDING_STATES, "done": _DONE}.get(state, (state,))
    # Named with the process, they are read from an index of the cases, not by a look at every case there is.
    cases = Case.objects.filter(process=CODE, state__in=states)
    return _full().filter(plan__isnull=False, case__in=cases.values("pk")).order_by("-pk")


def public(uuid: UUID) -> Programme:
    """A programme of a published plan, cancelled ones too. Raises NotFound."""
    found = _full().filter(uuid=uuid, plan__isnull=False).first()
    if found is None:
        raise NotFound
    return found


def plan(uuid: UUID) -> ProgrammePlan:
    """Raises NotFound."""
    found = ProgrammePlan.objects.select_related("call__authority").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def plans() -> QuerySet[ProgrammePlan]:
    return ProgrammePlan.objects.select_related("call__authority").order_by("-pk")


def calls_open() -> QuerySet[TopicCall]:
    """Calls that take topics today."""
    day = today()
    rows = TopicCall.objects.select_related("authority").filter(first_day__lte=day, last_day__gte=day)
    return rows.order_by("last_day")


def calls_missing(asked: Iterable[Organisation], day: date) -> list[tuple[Organisation, rules.CallDue]]:
    """The authorities whose rule of the day asks for a call of the year that is not there, whatever its kind. Two queries."""
    bodies = list(asked)
    found = rules_on(CODE, bodies, day)
    there = TopicCall.objects.filter(authority__in=bodies, year=day.year)
    called = set(there.order_by().values_list("authority", flat=True))
    months = {pk: rule.values.get("call_month") for pk, rule in found.items()}
    due = [(body, rules.call_due(day, months.get(body.pk), body.pk in called)) for body in bodies]
    return [(body, row) for body, row in due if row is not None]


def own_application(user: User, programme: Programme) -> ProgrammeApplication | None:
    return ProgrammeApplication.objects.filter(programme=programme, person=user).first()


def applications_of(user: User) -> QuerySet[ProgrammeApplication]:
    rows = ProgrammeApplication.objects.filter(person=user).select_related("programme__host")
    return rows.order_by("-pk")


def own_outputs(user: User, programme: Programme) -> list[dict[str, Any]]:
    """One's own theory output, with what the credit bank says of it. Three queries."""
    rows = TheoryOutput.objects.filter(programme=programme, person=user)
    return _told(list(rows.prefetch_related("files")))


def _told(rows: list[TheoryOutput]) -> list[dict[str, Any]]:
    states = paper_states([row.outcome for row in rows if row.outcome])
    return [{"row": row, "outcome_state": states.get(row.outcome, "") if row.outcome else ""} for row in rows]


def progress_lines(row: Programme) -> list[tuple[str, str]]:
    """Where an approved topic stands beside its state."""
    return [
        (
            _("承办单位"),
            f"{row.host.name} · {label(row.host_standing, STANDINGS)}",
        ),
        (
            _("年度项目计划"),
            f"{row.plan.title} · {row.plan.published_on.isoformat()}" if row.plan else _("还没有公布"),
        ),
        (_("班次"), row.run.title if row.run else _("承办单位还没有确定")),
    ]


# --- those in charge ------------------------------------------------------------------------------------------------


def hosts_for(user: User) -> QuerySet[Programme]:
    """The programmes of the user's hosts."""
    rows = organisations_for(user, *HOST_ROLES, Role.ASSESSOR)
    return _full().filter(host__in=rows).order_by("-pk")


def hosted(user: User, uuid: UUID) -> Programme:
    """A programme whose host the user works for in such a role. Raises NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None or not hosts(user, found):
        raise NotFound
    return found


def hosts(user: User, programme: Programme) -> bool:
    """Whether the user works for its host in such a role."""
    return holds(user, *HOST_ROLES, Role.ASSESSOR, organisation=programme.host)


def of_run(run_id: int) -> Programme | None:
    """The programme that a class delivers."""
    return _full().filter(run=run_id).first()


def applicants(programme: Programme) -> QuerySet[ProgrammeApplication]:
    """Those who wait first. Whoever shows them calls `note_seen`."""
    rows = ProgrammeApplication.objects.filter(programme=programme).select_related("person")
    return rows.order_by(F("decided_at").asc(nulls_first=True), "pk")


def note_seen(user: User, programme: Programme, people: Iterable[User]) -> None:
    """One row for each person of whom the host's people saw what they said of themselves, which that person can read."""
    note_looked(user, programme, people, APPLICATIONS(title=programme.title))


def note_looked(user: User, programme: Programme, people: Iterable[User], reason: Because) -> None:
    """The same under a reason of its own, of the host's people or, who is none of them, of an officer in charge."""
    roles = (*HOST_ROLES, Role.ASSESSOR)
    role = next((role for role in roles if holds(user, role, organisation=programme.host)), None)
    who = (
        actor(user, role, programme.host)
        if role is not None
        else actor(user, Role.OFFICER, programme.case.authority)
    )
    record_each(
        who,
        dict.fromkeys(person.uuid for person in people),
        key=uuid7(),
        action="programme.view",
        target_type="accounts.User",
        reason=reason,
    )


def application(programme: Programme, uuid: UUID) -> ProgrammeApplication:
    """Raises NotFound."""
    found = ProgrammeApplication.objects.filter(programme=programme, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def output(programme: Programme, uuid: UUID) -> TheoryOutput:
    """Raises NotFound."""
    found = TheoryOutput.objects.filter(programme=programme, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def outputs(programme: Programme) -> list[dict[str, Any]]:
    rows = TheoryOutput.objects.filter(programme=programme).select_related("person")
    return _told(list(rows.prefetch_related("files")))


def output_file(user: User, uuid: UUID) -> OutputFile:
    """A file of one's own output, or any for the host's people: then the look is logged. Raises NotFound."""
    rows = OutputFile.objects.select_related("output__person", "output__programme__host")
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    output = found.output
    if output.person_id != user.pk:
        if not hosts(user, output.programme):
            raise NotFound
        note_looked(user, output.programme, [output.person], OUTPUT_FILE(title=output.title))
    return found


def calls_of(authorities: Iterable[Organisation]) -> QuerySet[TopicCall]:
    return (
        TopicCall.objects.filter(authority__in=list(authorities))
        .select_related("authority")
        .annotate(approved=Count("programmes"))
        .order_by("-year", "-pk")
    )


def call_for(user: User, uuid: UUID) -> TopicCall:
    """A call of an authority whose officer the user is. Raises NotFound."""
    found = TopicCall.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=found.authority):
        raise NotFound
    return found


def of_call(found: TopicCall) -> QuerySet[Programme]:
    return _full().filter(call=found).order_by("pk")


def programme_for(user: User, uuid: UUID) -> Programme:
    """A programme for an officer of the authority in charge. Raises NotFound, NotAllowed (their own body proposed it)."""
    found = _full().filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=found.case.authority):
        raise NotFound
    if reading.party(user, found.case).own:
        raise own_case(found.case)
    return found


def topics_waiting(found: TopicCall) -> list[Case]:
    """The topics that answer a call and wait for its authority; read on its page at most MOST_TOPICS, the earliest first."""
    rows = Case.objects.filter(
        process=CODE, authority=found.authority_id, state="submitted", facts__call=str(found.uuid)
    )
    return list(
        rows.select_related("body", "authority")
        .prefetch_related("host_choices__host")
        .order_by("pk")[:MOST_TOPICS]
    )


def choices_of(case: Case) -> list[HostChoice]:
    """Of a topic read by `topics_waiting`: no further query."""
    rows: Any = case
    return list(rows.host_choices.all())


def runs_for(programme: Programme) -> list[ClassRun]:
    """The host's planned classes that no programme has, the earliest first."""
    taken = Programme.objects.filter(run__isnull=False).values("run")
    rows = ClassRun.objects.filter(provider=programme.host_id, state="planned").exclude(pk__in=taken)
    return list(rows.order_by("starts_on", "pk")[:MOST_TOPICS])


def host_records(bodies: Iterable[Organisation]) -> list[str]:
    """How what each body has hosted was evaluated, each programme by its last evaluation: a sentence for each that has hosted
    anything. One query."""
    later = Evaluation.objects.filter(programme=OuterRef("programme"), number__gt=OuterRef("number"))
    rows = Evaluation.objects.filter(~Exists(later), programme__host__in=list(bodies)).order_by()
    sums = rows.values("programme__host__name").annotate(
        times=Count("pk"), mean=Avg("centimarks"), failed=Count("pk", filter=Q(passed=False))
    )
    return [
        _("%(host)s以前承办的项目评估 %(times)s 次，平均 %(mean)s 分，不合格 %(failed)s 次。")
        % {
            "host": row["programme__host__name"],
            "times": row["times"],
            "mean": format_centi(int(row["mean"])),
            "failed": row["failed"],
        }
        for row in sums.order_by("programme__host__name")
    ]


# --- figures of a programme ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """applied, admitted, grassroots (of the admitted), exceptions, passed: people. percent fields: rounded down. centimarks,
    total_fen, per_head_fen: None while there is none."""

    applied: int = 0
    admitted: int = 0
    grassroots: int = 0
    exceptions: int = 0
    passed: int = 0
    centimarks: int | None = None
    total_fen: int | None = None

    @property
    def grassroots_percent(self) -> int:
        return rules.share(self.grassroots, self.admitted)

    @property
    def passed_percent(self) -> int:
        return rules.share(self.passed, self.admitted)

    @property
    def per_head_fen(self) -> int | None:
        return None if self.total_fen is None else rules.per_head(self.total_fen, self.passed)


def figures(programmes: Sequence[Programme]) -> dict[int, Figures]:
    """Programme → its figures: four queries, however many there are. Who gave the seat up in class counts no more."""
    admitted = Q(state="admitted", place__state="seated")
    people = (
        ProgrammeApplication.objects.filter(programme__in=programmes)
        .order_by()
        .values("programme")
        .annotate(
            applied=Count("pk"),
            admitted=Count("pk", filter=admitted),
            grassroots_in=Count("pk", filter=admitted & Q(grassroots=True)),
            exceptions=Count("pk", filter=admitted & Q(fits=False)),
        )
    )
    by_programme: dict[int, dict[str, Any]] = {row["programme"]: dict(row) for row in people}
    passed = dict(
        ProgrammeResult.objects.filter(programme__in=programmes)
        .order_by()
        .values_list("programme")
        .annotate(times=Count("pk"))
    )
    marks = {row.programme_id: row.centimarks for row in Evaluation.objects.filter(programme__in=programmes)}
    spent = {
        row.programme_id: row.total_fen for row in ProgrammeAccount.objects.filter(programme__in=programmes)
    }
    found = {}
    for item in programmes:
        counted = by_programme.get(item.pk, {})
        found[item.pk] = Figures(
            applied=counted.get("applied", 0),
            admitted=counted.get("admitted", 0),
            grassroots=counted.get("grassroots_in", 0),
            exceptions=counted.get("exceptions", 0),
            passed=passed.get(item.pk, 0),
            centimarks=marks.get(item.pk),
            total_fen=spent.get(item.pk),
        )
    return found


# --- series ----------------------------------------------------------------------------------------------------------------


def all_series() -> QuerySet[ClassSeries]:
    rows = ClassSeries.objects.select_related("authority")
    return rows.annotate(count=Count("editions", filter=Q(editions__plan__isnull=False))).filter(count__gt=0)


def series(uuid: UUID) -> ClassSeries:
    """Raises NotFound."""
    found = ClassSeries.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


# An edition a year: more than these nobody compares on a page.
MOST_EDITIONS = 20


def editions(found: ClassSeries) -> list[dict[str, Any]]:
    """The published editions of a series, the latest first, each with its figures; cancelled ones are left out."""
    rows = _full().filter(series=found, plan__isnull=False, case__state__in=STANDING_STATES)
    shown = list(rows.order_by("-call__year", "-pk")[:MOST_EDITIONS])
    known = figures(shown)
    return [{"programme": row, "figures": known[row.pk]} for row in shown]


# --- person-times (A25) ---------------------------------------------------------------------------------------------------------


def person_times(day: date | None = None) -> list[rules.YearTimes]:
    """Year by year from 2022 to the day: completions of courses for professionals, and programmes passed whose course was not completed
    beside; each person and course or programme once. Two queries."""
    until = min(day or today(), rules.LAST_DAY)
    passed = dict(
        ProgrammeResult.objects.filter(passed_on__range=(rules.FIRST_DAY, until))
        .exclude(place__in=completed_places(rules.COUNTED_KINDS, rules.FIRST_DAY, until))
        .order_by()
        .annotate(year=ExtractYear("passed_on"))
        .values_list("year")
        .annotate(times=Count("pk"))
    )
    courses = completions_by_year(rules.COUNTED_KINDS, rules.FIRST_DAY, until)
    return [
        rules.YearTimes(
            year,
            {kind: courses.get((year, kind), 0) for kind in rules.COUNTED_KINDS},
            passed.get(year, 0),
        )
        for year in range(rules.FIRST_DAY.year, until.year + 1)
    ]


def person_times_shown() -> list[rules.YearTimes]:
    """The same for the public page, at most ten minutes old."""
    key = f"training.person_times:{today()}"
    found: list[rules.YearTimes] | None = cache.get(key)
    if found is None:
        found = person_times()
        cache.set(key, found, COUNTED_FOR)
    return found
