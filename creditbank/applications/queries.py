"""Reading applications and what outcomes are worth: the planner of one person, the queue of a college."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet

from creditbank import looks
from creditbank.applications import lifecycle
from creditbank.applications.judging import outcome_fact, used_in
from creditbank.applications.models import Application, ApplicationFile, ApplicationStep
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import outcomes_of, with_files
from creditbank.rules import engine, rules
from creditbank.rules.facts import ProgrammeFact
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.pairs import Unproven
from creditbank.rules.queries import fact, versions
from lms.accounts.api import Role, User, actor, organisations_for
from lms.lib.audit.reasons import Reason
from lms.lib.audit.services import record
from lms.lib.clock import today
from lms.lib.errors import NotFound


@dataclass(frozen=True)
class Worth:
    """What a person's outcomes are worth on a day. outcomes: each with `has_files`; versions: the rules in force, by code;
    unproven: the uuids of programmes whose best allocation could not be proven in time, which have no lines.
    """

    on_date: date
    outcomes: dict[str, LearningOutcome]
    versions: dict[str, ConversionRuleVersion]
    lines: list[rules.Line]
    unproven: frozenset[str] = frozenset()


def worth_of(user: User, on_date: date, outcomes: Iterable[LearningOutcome] | None = None) -> Worth:
    """Everything a person's outcomes would give on a day, line by line; writes nothing. A handful of queries."""
    held = with_files(outcomes_of(user).select_related("issuer"))
    mine = list(held if outcomes is None else held.filter(pk__in=[outcome.pk for outcome in outcomes]))
    every = list(versions())
    facts = {version.pk: fact(version) for version in every}
    current = rules.in_force(facts.values(), on_date)
    shown = {
        version.rule.code: version
        for version in every
        if (found := current.get(version.rule.code)) is not None and found.version == version.number
    }
    programmes = {version.rule.programme_id: version.rule.programme for version in every}
    told = [outcome_fact(outcome) for outcome in mine]
    used = used_in(user)
    lines: list[rules.Line] = []
    unproven: set[str] = set()
    for programme in programmes.values():
        about = ProgrammeFact(str(programme.uuid), programme.centicredits)
        try:
            allocation = engine.allocate(told, facts.values(), about, on_date, used)
        except Unproven:
            # One programme that is too much hides nobody's account and no other programme.
            unproven.add(about.id)
            continue
        lines += [line for line in allocation.lines if line.reason != rules.Reason.NO_RULE]
    known = {line.outcome for line in lines}
    if not unproven:
        lines += [rules.Line(item.id, rules.Reason.NO_RULE) for item in told if item.id not in known]
    owned = {str(outcome.uuid): outcome for outcome in mine}
    return Worth(on_date, owned, shown, lines, frozenset(unproven))


def _full() -> QuerySet[Application]:
    return Application.objects.select_related(
        *("applicant", "outcome__issuer", "programme__organisation", "rule_version__rule", "decided_by"),
        *("transaction__reversed_by", "course__programme__organisation", "terms"),
    )


def applications_of(user: User) -> QuerySet[Application]:
    return _full().filter(applicant=user).order_by("-submitted_at", "-id")


def application_of(user: User, uuid: UUID) -> Application:
    """One's own application. Raises NotFound."""
    application = _full().filter(applicant=user, uuid=uuid).first()
    if application is None:
        raise NotFound
    return application


WAITING = sorted(state.value for state in lifecycle.AT_COLLEGE)


def review_queue(user: User, state: str = "waiting") -> QuerySet[Application]:
    """The applications to colleges in which the user reviews; state: one, or "waiting" for all that wait for the
    college. Nearest term first when they wait, newest first when done.
    """
    found = _full().filter(programme__organisation__in=organisations_for(user, Role.REVIEWER))
    if state == "waiting" or state in WAITING:
        wanted = WAITING if state == "waiting" else [state]
        return found.filter(state__in=wanted).order_by(F("due_on").asc(nulls_last=True), "submitted_at", "id")
    return found.filter(state=state).order_by("-decided_at", "-id")


def overdue_of(user: User) -> QuerySet[Application]:
    """What colleges in which the user is an administrator are late with, the latest first. Reckoned when read."""
    found = _full().filter(programme__organisation__in=organisations_for(user, Role.ADMIN))
    return found.filter(state__in=WAITING, due_on__lt=today()).order_by("due_on", "id")


def reviews_application_of(viewer: User, person: User) -> bool:
    """The ground on which a reviewer may see someone's real name: an application of theirs waits in the viewer's queue.
    One's own never does, nor one that is decided or withdrawn."""
    return viewer.pk != person.pk and review_queue(viewer).filter(applicant=person).exists()


def application_for_review(user: User, uuid: UUID) -> Application:
    """An application the user may review, and the learner has not withdrawn; the look is logged. Raises NotFound."""
    handed_in = _full().exclude(state=Application.State.WITHDRAWN)
    application = handed_in.filter(
        programme__organisation__in=organisations_for(user, Role.REVIEWER), uuid=uuid
    ).first()
    return _looked_at(user, Role.REVIEWER, application, looks.APPLICATION)


def recognitions(user: User, state: str = Application.State.APPROVED) -> QuerySet[Application]:
    """What colleges in which the user is an administrator have recognised (or taken back), newest first."""
    found = _full().filter(programme__organisation__in=organisations_for(user, Role.ADMIN))
    return found.filter(state=state).order_by("-decided_at", "-id")


def recognition_for(user: User, uuid: UUID) -> Application:
    """A recognition the user may take back, or has; the look is logged. Raises NotFound for all others."""
    posted = [Application.State.APPROVED, Application.State.REVERSED]
    mine = _full().filter(programme__organisation__in=organisations_for(user, Role.ADMIN))
    application = mine.filter(uuid=uuid, state__in=posted).first()
    return _looked_at(user, Role.ADMIN, application, looks.RECOGNISED)


def _looked_at(user: User, role: str, application: Application | None, reason: Reason) -> Application:
    """The application, its look logged; NotFound where there is none. reason: with the title's place in it."""
    if application is None:
        raise NotFound
    record(
        actor(user, role, application.programme.organisation),
        # Under the person, so that it stands in their list of who looked at their record.
        action="application.view",
        target_type="accounts.User",
        target=application.applicant.uuid,
        reason=reason(title=application.title),
        data={"application": str(application.uuid)},
    )
    return application


def file_for(user: User, uuid: UUID) -> ApplicationFile:
    """A file handed in with an application: one's own, or of one the user reviews; then the look is logged. Raises
    NotFound.
    """
    mine = Q(application__applicant=user)
    theirs = Q(application__programme__organisation__in=organisations_for(user, Role.REVIEWER)) & ~Q(
        application__state=Application.State.WITHDRAWN
    )
    found = (
        ApplicationFile.objects.filter(mine | theirs, uuid=uuid)
        .select_related("application__applicant", "application__programme__organisation")
        .first()
    )
    if found is None:
        raise NotFound
    case = found.application
    if case.applicant_id != user.pk:
        record(
            actor(user, Role.REVIEWER, case.programme.organisation),
            action="evidence.view",
            target_type="accounts.User",
            target=case.applicant.uuid,
            reason=looks.APPLICATION_FILE(),
            data={"application": str(case.uuid), "file": str(found.uuid)},
        )
    return found


def steps_of(application: Application) -> list[ApplicationStep]:
    return list(application.steps.select_related("person", "body").order_by("number"))


def holds_for(application: Application) -> bool:
    """Whether the kept decision (or, before it, the kept worth) comes out the same when computed again."""
    kept = application.decision or application.worth
    return rules.recompute(kept, [fact(application.rule_version)]) == kept
