"""Reading cases: one with its history, an authority's lists, a body's own, public notices. Looks of officers are logged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, holds, memberships, organisations_for
from lms.lib.audit.services import record
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import Lack, conduct_of, pages_of
from lms.training.lifecycle.declaration import Process, Side, Transition, Waits, processes
from lms.training.lifecycle.models import Act, Case, Delegation, Evidence, Notice, Objection, ProcessRule
from lms.training.lifecycle.paging import KeyPage, key_page
from lms.training.lifecycle.rules import Hindrance, hindrance, is_overdue
from lms.training.lifecycle.words import act_label, roles_in_words
from lms.training.lifecycle.words import own_case as own_case_refused

PER_PAGE = 30
NOTICES_PER_PAGE = 20
# More than this nobody counts on a list's page; the list itself has them all.
MOST_COUNTED = 1000
# Who reads an authority's cases, beside those who act on them.
READERS = (Role.OFFICER, Role.ADMIN, Role.AUDITOR)
TABS = ("todo", "mine", "due", "late")
LISTED = (
    *("uuid", "number", "process", "state", "rank", "due_on", "body__name"),
    *(f"handler__{name}" for name in ("uuid", "display_name", "phone", "email", "erased_at")),
)


def _full() -> QuerySet[Case]:
    return Case.objects.select_related("rule", "authority", "body", "handler", "applicant")


def _rows() -> QuerySet[Case]:
    """What a line of a list says of a case, and no more of it, its bodies and its people. subject: what the case calls itself, of processes
    in which it has a title of its own."""
    rows = Case.objects.select_related("body", "handler").only(*LISTED)
    return rows.annotate(subject=KT("facts__title"))


# --- lists -----------------------------------------------------------------------------------------------


def authorities_of(user: User) -> list[Organisation]:
    """The authorities whose cases the user reads: one query."""
    found = organisations_for(user, *READERS).filter(kind=Organisation.Kind.AUTHORITY)
    return list(found.order_by("name"))


def waiting(user: User) -> QuerySet[Case]:
    """What waits for the authorities whose cases the user reads, of every process."""
    # Named one by one the processes are looked up in an index.
    known = [row.code for row in processes()]
    rows = Case.objects.filter(authority__in=authorities_of(user), process__in=known, number__isnull=False)
    return rows.filter(waits=Waits.AUTHORITY)


def first_process(authorities: list[Organisation]) -> Process | None:
    """Where something waits for these authorities, else where they have a rule, else any. At most two queries."""
    known = processes()
    waiting = Case.objects.filter(
        authority=OuterRef("pk"), waits=Waits.AUTHORITY, number__isnull=False
    ).order_by()
    # A look into the index for each process: which of them are there would be read off all rows.
    looks = {f"waits_{place}": Exists(waiting.filter(process=row.code)) for place, row in enumerate(known)}
    rows = Organisation.objects.filter(pk__in=[row.pk for row in authorities]).annotate(**looks)
    there = [any(column) for column in zip(*rows.values_list(*looks), strict=True)] if looks else []
    if found := next((row for row, waits in zip(known, there, strict=False) if waits), None):
        return found
    ruled = ProcessRule.objects.filter(authority__in=authorities).order_by()
    codes = set(ruled.values_list("process", flat=True).distinct())
    return next((row for row in known if row.code in codes), next(iter(known), None))


def queue(
    user: User, process: Process, authority: Organisation, tab: str, after: str = "", number: str = ""
) -> KeyPage:
    """One page of an authority's cases. tab: todo (what waits for it), mine (what the user has in hand), due (by last day),
    late (past it), or a state; number: one case by its number. Priority first, then the order of handing in.
    """
    rows = _rows().filter(authority=authority, process=process.code, number__isnull=False)
    if number:
        return key_page(rows.filter(number=number.strip().upper()[:40]), ("rank", "id"), "", PER_PAGE)
    if tab == "due":
        return key_page(rows.filter(due_on__isnull=False), ("due_on", "id"), after, PER_PAGE)
    if tab == "late":
        return key_page(_late(rows, process), ("due_on", "id"), after, PER_PAGE)
    if tab == "mine":
        rows = rows.filter(handler=user, waits=Waits.AUTHORITY)
    elif tab == "todo":
        rows = rows.filter(waits=Waits.AUTHORITY)
    else:
        rows = rows.filter(state=tab)
        if process.state(tab).final:
            return key_page(rows, ("-rank", "-id"), after, PER_PAGE)
    return key_page(rows, ("rank", "id"), after, PER_PAGE)


def _late(rows: QuerySet[Case], process: Process) -> QuerySet[Case]:
    waited = [state.code for state in process.states if not state.late]
    return rows.filter(due_on__lt=today()).exclude(state__in=waited, waits=Waits.DAY)


def late_count(process: Process, authority: Organisation) -> int:
    """How many are past their last day, counted no further than MOST_COUNTED."""
    rows = _late(Case.objects.filter(authority=authority, process=process.code), process)
    return rows.order_by("due_on", "id")[:MOST_COUNTED].count()


def own(user: User, after: str = "") -> KeyPage:
    """The cases of the bodies the user acts for, of the processes in which their role there applies, newest first."""
    # Their keys first: with them the page is a look into the index of a body's cases, whatever else there is.
    held: dict[int, set[str]] = {}
    for body, role in memberships(user).order_by().values_list("organisation", "role"):
        held.setdefault(body, set()).add(role)
    by_processes: dict[tuple[str, ...], list[int]] = {}
    for body, roles in sorted(held.items()):
        if codes := tuple(row.code for row in processes() if roles & set(row.roles)):
            by_processes.setdefault(codes, []).append(body)
    asked = Q(pk__in=[])
    for codes, bodies in by_processes.items():
        every = len(codes) == len(processes())
        asked |= Q(body__in=bodies) if every else Q(body__in=bodies, process__in=codes)
    rows = _full().annotate(subject=KT("facts__title")).filter(asked)
    return key_page(rows, ("-id", "-pk"), after, PER_PAGE)


def open_to(user: User) -> list[Process]:
    """The processes in which the user may apply for some body. One query."""
    held = set(memberships(user).values_list("role", "organisation__kind"))
    return [
        row
        for row in processes()
        # What is handed in from elsewhere than its draft has a page of its own for that.
        if row.submission.side == Side.APPLICANT
        and row.start in row.submission.sources
        and any(role in row.roles and kind in row.applicants for role, kind in held)
    ]


def organisations_for_applicant(user: User, process: Process | None = None) -> QuerySet[Organisation]:
    """The bodies for which the user may apply: in one process, or in any that is declared."""
    asked = Q(pk__in=[])
    for row in [process] if process else processes():
        asked |= Q(role__in=row.roles, organisation__kind__in=row.applicants)
    return Organisation.objects.filter(pk__in=memberships(user).filter(asked).values("organisation_id"))


def authorities_with_rule(process: Process) -> QuerySet[Organisation]:
    """The authorities that take cases of a process today."""
    ids = ProcessRule.objects.filter(process=process.code, valid_from__lte=today()).values("authority")
    found = Organisation.objects.filter(pk__in=ids, status=Organisation.Status.ACTIVE)
    return found.order_by("name")


def rules_of(process: Process) -> QuerySet[ProcessRule]:
    rows = ProcessRule.objects.filter(process=process.code).select_related("authority")
    return rows.order_by("authority__name", "-version")


# --- one case --------------------------------------------------------------------------------------------


def own_case(user: User, uuid: UUID) -> Case:
    """A case of a body the user belongs to, in a role that applies. Raises NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None or not reading.party(user, found).at_body & set(found.declared.roles):
        raise NotFound
    return found


def case_for(user: User, uuid: UUID) -> Case:
    """A case that has been handed in to an authority whose cases the user reads; the look is logged. Raises NotFound, and
    NotAllowed for a case of a body they belong to: who objected to it is not theirs to read."""
    found = _full().filter(uuid=uuid, number__isnull=False).first()
    if found is None or not holds(user, *READERS, organisation=found.authority):
        raise NotFound
    if reading.party(user, found).own:
        raise own_case_refused(found)
    _looked(user, found, "case.view")
    return found


# Who else may open what a body handed in, while they are to say something of it: (user, case) → yes.
Reads = Callable[[User, Case], bool]
_readers: list[Reads] = []


def register_reader(reads: Reads) -> None:
    """Called when the application is ready."""
    if reads not in _readers:
        _readers.append(reads)


def files_of(case: Case) -> list[Evidence]:
    """What the body handed in, as its readers see it."""
    kinds = [kind.code for kind in case.declared.evidence if kind.side == Side.APPLICANT]
    return list(Evidence.objects.filter(case=case, kind__in=kinds).order_by("pk"))


def evidence_for(user: User, uuid: UUID) -> Evidence:
    """A file of a case: of one's own body, or one handed in to an authority whose cases one reads, or of which one is to say something; then
    the look is logged. Raises NotFound."""
    found = (
        Evidence.objects.select_related("case__authority", "case__body", "case__applicant")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    case = found.case
    kind = case.declared.kind(found.kind)
    handed_by_body = kind is not None and kind.side == Side.APPLICANT
    who = reading.party(user, case)
    if handed_by_body and who.at_body & set(case.declared.roles):
        return found
    if case.number is None or who.own:
        raise NotFound
    if not holds(user, *READERS, organisation=case.authority) and not (
        handed_by_body and any(reads(user, case) for reads in _readers)
    ):
        raise NotFound
    _looked(user, case, "case.view_file", file=str(found.uuid), kind=found.kind)
    return found


def _looked(user: User, case: Case, action: str, **data: str) -> None:
    role = next((role for role in READERS if holds(user, role, organisation=case.authority)), None)
    record(
        actor(user, role, case.authority) if role is not None else actor(user),
        action=action,
        target_type="training.Case",
        target=case.uuid,
        data=data,
    )


@dataclass(frozen=True)
class Choice:
    """Something that can be done in the present state. found: what stands in the way for this reader, None: nothing."""

    transition: Transition
    found: Hindrance | None
    kinds: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether the form is shown: nothing stands in the way, or only what is filled in there."""
        return self.found in (None, Hindrance.REASON) or (
            self.found == Hindrance.EVIDENCE and set(self.kinds) <= {self.transition.takes}
        )


@dataclass(frozen=True)
class Next:
    """Who is next, by when, and what can be done then."""

    who: str
    due_on: date | None
    late: bool
    acts: list[str]


@dataclass(frozen=True)
class Step:
    act: Act
    label: str
    to: str


@dataclass(frozen=True)
class Sheet:
    """Everything a case page shows."""

    case: Case
    process: Process
    heading: str
    lines: list[tuple[str, str]]
    lacks: list[Lack]
    warnings: list[str]
    steps: list[Step]
    next: Next
    choices: list[Choice]
    notices: list[Notice]
    objections: list[Objection]
    delegations: list[Delegation]
    files: list[dict[str, Any]]
    pages: list[tuple[str, str]]


def sheet(user: User, case: Case) -> Sheet:
    """A case as its page shows it to this reader. The number of queries does not grow with its history."""
    process, day = case.declared, today()
    stands, who = reading.standing(case, day), reading.party(user, case)
    conduct = conduct_of(case)
    choices = []
    for row in process.leaving(case.state):
        if row.side == Side.CLOCK:
            continue
        found = hindrance(process, row.name, stands, who, day, reason="")
        choices.append(Choice(row, found.what if found else None, found.kinds if found else ()))
    mine = [
        choice
        for choice in choices
        if choice.found not in (Hindrance.NOT_A_PARTY, Hindrance.ROLE, Hindrance.OWN_CASE)
    ]
    papers = list(case.evidence.all())
    notices = list(case.notices.all())
    objections = Objection.objects.filter(notice__case=case).select_related("notice", "answered_by", "person")
    return Sheet(
        case=case,
        process=process,
        heading=conduct.heading(case),
        lines=conduct.lines(case, stands.evidence),
        lacks=conduct.lacks(case, stands.evidence),
        warnings=conduct.warnings(case),
        steps=[
            Step(act, act_label(process, act.name), str(process.state(act.to).label))
            for act in case.acts.select_related("person", "body")
        ],
        next=next_step(case, day),
        choices=mine,
        notices=notices,
        objections=list(objections) if notices else [],
        delegations=list(case.delegations.select_related("giver", "to")),
        files=_files(process, papers, who.own),
        pages=pages_of(case),
    )


def _files(process: Process, papers: list[Evidence], own_body: bool) -> list[dict[str, Any]]:
    """Each kind with what is there; what the authority has put in is not shown to the applicant. asked: it is handed in by
    itself, and missed where it is not there; else it comes with an act."""
    shown = []
    for kind in process.evidence:
        rows = [row for row in papers if row.kind == kind.code]
        asked = not process.comes_with_act(kind.code)
        if (kind.side == Side.APPLICANT or not own_body) and (rows or asked):
            shown.append({"kind": kind, "rows": rows, "asked": asked})
    return shown


def next_step(case: Case, day: date) -> Next:
    """Who is next in a case, by when, and what they can do then."""
    if case.waits == Waits.NOBODY:
        return Next("", None, False, [])
    side, rows = case.declared.onward(case.state, Waits(case.waits))
    if not rows and case.waits == Waits.DAY:
        return Next("", case.due_on, False, [])
    if side == Side.APPLICANT:
        who = case.body.name
    elif side == Side.CLOCK:
        who = _("平台（到期自动办理）")
    else:
        roles: Iterable[str] = {role for row in rows for role in row.roles}
        who = f"{case.authority.name} {roles_in_words(sorted(roles))}".strip()
    late = case.counts_late and is_overdue(case.due_on, day)
    return Next(who, case.due_on, late, [str(row.label) for row in rows])


def colleagues(case: Case, but: User) -> QuerySet[User]:
    """To whom the case may be handed: officers of the authority who do not belong to the applicant's body, nor work there."""
    roles = {role for row in case.declared.transitions if row.side == Side.AUTHORITY for role in row.roles}
    day = today()
    held = Q(
        memberships__organisation=case.authority, memberships__role__in=roles, memberships__since__lte=day
    )
    in_force = Q(memberships__until__isnull=True) | Q(memberships__until__gte=day)
    of_body = reading.people_of(case.body_id).values("user")
    found = User.objects.filter(held & in_force, is_active=True).exclude(pk__in=of_body).exclude(pk=but.pk)
    found = found.exclude(pk__in=reading.employed_by(case.body_id).values("user"))
    return found.distinct().order_by("pk")


# --- public ----------------------------------------------------------------------------------------------


def notices() -> QuerySet[Notice]:
    """Every public notice, the newest first."""
    return Notice.objects.select_related("case__authority", "case__body").order_by("-pk")


def notices_page(after: str) -> KeyPage:
    """One page of them, each with whether its case has a later one (`replaced`)."""
    later = Notice.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk")).order_by()
    rows = notices().annotate(replaced=Exists(later))
    return key_page(rows, ("-id", "-pk"), after, NOTICES_PER_PAGE)


def notice(uuid: UUID) -> Notice:
    """Raises NotFound."""
    found = notices().filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def objections_by(user: User) -> QuerySet[Objection]:
    """What somebody has objected to, the latest first."""
    return Objection.objects.filter(person=user).select_related("notice").order_by("-pk")


def objection_on(user: User, case: Case, uuid: UUID) -> Objection:
    """Raises NotFound."""
    found = Objection.objects.filter(uuid=uuid, notice__case=case).select_related("notice__case").first()
    if found is None:
        raise NotFound
    return found
