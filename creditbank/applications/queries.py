"""Reading applications and what outcomes are worth: the planner of one person, the queue of a college."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from creditbank.applications.models import Application, CourseCredit
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import outcomes_of
from creditbank.rules import rules
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.queries import fact, versions
from lms.accounts.api import Role, User, actor, organisations_for
from lms.lib.audit.services import record
from lms.lib.errors import NotFound


@dataclass(frozen=True)
class Worth:
    """What a person's outcomes are worth on a day. versions: the rules in force, by code."""

    on_date: date
    outcomes: dict[str, LearningOutcome]
    versions: dict[str, ConversionRuleVersion]
    lines: list[rules.Line]


def outcome_fact(outcome: LearningOutcome) -> rules.OutcomeFact:
    return rules.OutcomeFact(
        id=str(outcome.uuid),
        achievement=outcome.achievement,
        kind=outcome.kind,
        occupation_code=outcome.occupation_code,
        level=outcome.level,
        issued_on=outcome.issued_on,
        expires_on=outcome.expires_on,
        status=outcome.status,
    )


def used_in(user: User, programme: Programme | None = None) -> list[rules.UsedFact]:
    """The courses a person has been credited with and still has, in one programme or in all."""
    credited = CourseCredit.objects.filter(holder=user.uuid, use__release__isnull=True)
    if programme is not None:
        credited = credited.filter(programme=programme)
    rows = credited.order_by("id").values_list(
        "use__achievement", "programme__uuid", "course_code", "centicredits"
    )
    return [
        rules.UsedFact(achievement, str(place), code, amount) for achievement, place, code, amount in rows
    ]


def worth_of(user: User, on_date: date, outcomes: Iterable[LearningOutcome] | None = None) -> Worth:
    """Everything a person's outcomes would give on a day, line by line; writes nothing. A handful of queries."""
    mine = list(outcomes_of(user) if outcomes is None else outcomes)
    every = list(versions())
    facts = {version.pk: fact(version) for version in every}
    current = rules.in_force(facts.values(), on_date)
    shown = {
        version.rule.code: version
        for version in every
        if (found := current.get(version.rule.code)) is not None and found.version == version.number
    }
    lines = rules.evaluate(
        [outcome_fact(outcome) for outcome in mine], facts.values(), on_date, used_in(user)
    )
    return Worth(on_date, {str(outcome.uuid): outcome for outcome in mine}, shown, lines)


def _full() -> QuerySet[Application]:
    return Application.objects.select_related(
        *("applicant", "outcome", "programme__organisation", "rule_version__rule", "decided_by"),
        "transaction__reversed_by",
    )


def applications_of(user: User) -> QuerySet[Application]:
    return _full().filter(applicant=user).order_by("-submitted_at")


def application_of(user: User, uuid: UUID) -> Application:
    """One's own application. Raises NotFound."""
    application = _full().filter(applicant=user, uuid=uuid).first()
    if application is None:
        raise NotFound
    return application


def review_queue(user: User, state: str = Application.State.SUBMITTED) -> QuerySet[Application]:
    """The applications to colleges in which the user reviews, oldest first when they wait, newest first when done."""
    found = _full().filter(programme__organisation__in=organisations_for(user, Role.REVIEWER))
    waiting = state == Application.State.SUBMITTED
    return found.filter(state=state).order_by("submitted_at" if waiting else "-decided_at", "id")


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
    return _looked_at(user, Role.REVIEWER, application, _("审核学分认定申请：%(title)s"))


def recognitions(user: User, state: str = Application.State.APPROVED) -> QuerySet[Application]:
    """What colleges in which the user is an administrator have recognised (or taken back), newest first."""
    found = _full().filter(programme__organisation__in=organisations_for(user, Role.ADMIN))
    return found.filter(state=state).order_by("-decided_at", "-id")


def recognition_for(user: User, uuid: UUID) -> Application:
    """A recognition the user may take back, or has; the look is logged. Raises NotFound for all others."""
    posted = [Application.State.APPROVED, Application.State.REVERSED]
    mine = _full().filter(programme__organisation__in=organisations_for(user, Role.ADMIN))
    application = mine.filter(uuid=uuid, state__in=posted).first()
    return _looked_at(user, Role.ADMIN, application, _("查看已认定的学分：%(title)s"))


def _looked_at(user: User, role: str, application: Application | None, reason: str) -> Application:
    """The application, its look logged; NotFound where there is none. reason: with the title's place in it."""
    if application is None:
        raise NotFound
    record(
        actor(user, role, application.programme.organisation),
        # Under the person, so that it stands in their list of who looked at their record.
        action="application.view",
        target_type="accounts.User",
        target=application.applicant.uuid,
        reason=reason % {"title": application.outcome.title},
        data={"application": str(application.uuid)},
    )
    return application


def holds_for(application: Application) -> bool:
    """Whether the kept decision (or, before it, the kept worth) comes out the same when computed again."""
    kept = application.decision or application.worth
    return rules.recompute(kept, [fact(application.rule_version)]) == kept


def open_applications(user: User) -> set[tuple[str, str]]:
    """(outcome uuid, programme uuid) of applications that wait or were approved."""
    states = Q(state=Application.State.SUBMITTED) | Q(state=Application.State.APPROVED)
    rows = Application.objects.filter(states, applicant=user).values_list("outcome__uuid", "programme__uuid")
    return {(str(outcome), str(programme)) for outcome, programme in rows}
