"""Applying for recognition, the applicant's side: one outcome, a whole allocation, a course of another college; a
supplement, an appeal, withdrawing; and what the clock closes.

Completeness is checked at once: everything that is missing is named before anybody looks. What was shown is what is
applied for: the rule version, on the day of submission. What the college decides is in decisions.py (offered here too,
so that others need one door).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditbank.applications import lifecycle, steps
from creditbank.applications.decisions import ask, decide, decide_many, reverse_recognition
from creditbank.applications.grants import (
    CREDIT,
    RECOGNITION,
    already_applied,
    still_free,
    still_open,
    still_there,
    taken_beside,
)
from creditbank.applications.judging import Source, judge, parts_of
from creditbank.applications.lifecycle import Act, State
from creditbank.applications.models import TAKEN, Application, ApplicationFile, CourseCredit
from creditbank.applications.refusals import incomplete, refused, under
from creditbank.applications.terms import due_on, terms_on
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules import rules
from creditbank.rules.facts import UsedFact
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.queries import fact, version_of, versions
from lms.accounts.api import User, actor, real_name_status
from lms.lib import evidence
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid, NotFound, Refusal

__all__ = [
    "CREDIT",
    "POSTING_KIND",
    "TARGET",
    "Move",
    "Wish",
    "appeal",
    "ask",
    "close_late",
    "decide",
    "decide_many",
    "escalate",
    "reverse_recognition",
    "submit",
    "submit_many",
    "supplement",
    "withdraw",
]

TARGET = steps.TARGET
POSTING_KIND = RECOGNITION
# More lines than a person has certificates for; more is a mistake of the form.
MOST_LINES = 40
WRONG = "invalid_application"


@dataclass(frozen=True)
class Wish:
    """Which outcome under which rule version, as the learner saw it before applying."""

    outcome: UUID
    rule_code: str
    rule_version: int


@dataclass(frozen=True)
class Move:
    """Which course, credited by which application at another college, under which rule version."""

    application: UUID
    course_code: str
    rule_code: str
    rule_version: int


# What somebody asks for: which outcome or course, under which rule version.
Line = tuple[Source, ConversionRuleVersion]


def submit(user: User, wish: Wish | Move) -> Application:
    """Apply for one. Raises NotAllowed (real name), Invalid and Conflict: what is missing, or what was shown is not true
    any more (rule replaced, outcome used, cap reached); `already_applied` where it waits or was approved.
    """
    # One day for all of it, also where midnight comes between.
    day = today()
    source, version = _asked(user, wish)
    _complete(user, source, version, day)
    with transaction.atomic():
        return _submit(user, source, version, day, ())


def submit_many(user: User, wishes: Sequence[Wish | Move]) -> list[Application]:
    """Apply for a whole allocation: one application a line, all or none, judged together. What the user has applied for
    already under the same rule version is handed back as it is, so that pressing twice applies once.
    """
    if not wishes or len(wishes) > MOST_LINES or len(set(wishes)) != len(wishes):
        raise Invalid(_("请选择 1 到 %(most)s 项，每项一次。") % {"most": MOST_LINES}, code="bad_number")
    day = today()
    asked = [_asked(user, wish) for wish in wishes]
    made: dict[int, Application] = {}
    try:
        with transaction.atomic():
            still_open(user, hold=True)
            for place, line in enumerate(asked):
                before = _taken(user, *line).first()
                if before is not None:
                    made[place] = before
            parts = _together(user, asked, [place for place in range(len(asked)) if place not in made], day)
            for place, (source, version) in enumerate(asked):
                if place not in made:
                    _complete(user, source, version, day)
                    made[place] = _submit(user, source, version, day, _others(asked, parts, place))
    except Refusal as refusal:
        again = [_taken(user, source, version).first() for source, version in asked]
        if refusal.code == "already_applied" and all(again):
            # The other press of a double click was faster.
            return [row for row in again if row is not None]
        first = next(place for place in range(len(asked) + 1) if place not in made)
        refusal.details = {**refusal.details, "line": first}
        raise
    return [made[place] for place in range(len(asked))]


def _together(
    user: User, asked: Sequence[Line], places: Sequence[int], day: date
) -> dict[int, list[UsedFact]]:
    """What each of the lines at these places takes when all of its programme's are granted together."""
    found: dict[int, list[UsedFact]] = {}
    for programme in {asked[place][1].rule.programme for place in places}:
        here = [place for place in places if asked[place][1].rule.programme_id == programme.pk]
        found |= zip(here, parts_of(user, programme, [asked[place] for place in here], day), strict=True)
    return found


def _others(asked: Sequence[Line], parts: dict[int, list[UsedFact]], place: int) -> list[UsedFact]:
    """What the other lines of the same programme take."""
    programme = asked[place][1].rule.programme_id
    return [
        used
        for other, taken in parts.items()
        if other != place and asked[other][1].rule.programme_id == programme
        for used in taken
    ]


def _asked(user: User, wish: Wish | Move) -> tuple[Source, ConversionRuleVersion]:
    version = version_of(wish.rule_code, wish.rule_version)
    source: Source | None
    if isinstance(wish, Wish):
        source = (
            LearningOutcome.objects.filter(uuid=wish.outcome, holder=user).select_related("issuer").first()
        )
    else:
        courses = CourseCredit.objects.select_related(
            "programme__organisation", "use__application", "use__transaction", "draw"
        )
        source = courses.filter(
            use__application__uuid=wish.application,
            use__application__applicant=user,
            course_code=wish.course_code,
        ).first()
    if source is None or version is None:
        raise NotFound
    return source, version


def _taken(user: User, source: Source, version: ConversionRuleVersion) -> QuerySet[Application]:
    """The user's applications of this source in the programme, under this version, that wait or were approved."""
    own = {"outcome": source} if isinstance(source, LearningOutcome) else {"course": source}
    return Application.objects.filter(applicant=user, rule_version=version, state__in=TAKEN, **own)


def _complete(user: User, source: Source, version: ConversionRuleVersion, day: date) -> None:
    """Refuse what lacks something, naming all of it; the first that is missing says how."""
    programme = version.rule.programme
    published = [fact(other) for other in versions([programme]).filter(rule=version.rule)]
    current = rules.in_force(published, day).get(version.rule.code)
    terms = terms_on(day, programme)
    certificate = source if isinstance(source, LearningOutcome) else None
    papers = lifecycle.Papers(
        real_name=real_name_status(user) != "unverified",
        programme_open=programme.active,
        current=current.version if current else None,
        asked=version.number,
        verified=certificate is None or certificate.status == LearningOutcome.Status.VERIFIED,
        refused=certificate is not None and certificate.status == LearningOutcome.Status.REFUSED,
        files=certificate.evidence.count() if certificate else 0,
        evidence_needed=terms.evidence_required if terms else True,
    )
    found = lifecycle.missing(papers)
    if found:
        raise incomplete(version, papers.current, day, found)
    if certificate is None:
        assert isinstance(source, CourseCredit)
        if source.programme.organisation_id == programme.organisation_id:
            raise Conflict(_("这门课程已在这所学校认定，不用再转换。"), code="same_college")
        still_there(source)


def _submit(
    user: User, source: Source, version: ConversionRuleVersion, day: date, besides: Sequence[UsedFact]
) -> Application:
    """One application, within the caller's transaction. besides: what its other lines take."""
    programme = version.rule.programme
    still_open(user, hold=True)
    # Judged by itself: with which of several certificates to apply is the learner's choice.
    found = judge(user, programme, version, day, source, besides=besides)
    if not found.line.gives:
        raise refused(version, source, found.line, day)
    if not found.line.centicredits:
        raise Conflict(under(version, _("不给学分，不在这里申请。")), code="gives_no_credits")
    still_free(source, programme, found.shared_rule)
    terms = terms_on(day, programme)
    try:
        with transaction.atomic():
            row = Application.objects.create(
                applicant=user,
                outcome=source if isinstance(source, LearningOutcome) else None,
                course=source if isinstance(source, CourseCredit) else None,
                programme=programme,
                rule_version=version,
                shared_rule=found.shared_rule,
                evaluated_on=day,
                centicredits=found.line.centicredits,
                worth=found.kept,
                terms=terms,
                reviewers=terms.reviewers if terms else lifecycle.DEFAULT_REVIEWERS,
                due_on=due_on(State.SUBMITTED, terms, day),
                submitted_at=now(),
            )
            data = {"rule": version.rule.code, "version": version.number}
            steps.note(row, actor(user), Act.SUBMIT, person=user, data=data)
    except IntegrityError as error:
        raise already_applied() from error
    return row


# --- the applicant's further acts ------------------------------------------------------------------------


def supplement(
    user: User, application: Application, *, text: str, files: Sequence[UploadedFile] = ()
) -> Application:
    """Hand in what was asked for; the review begins anew. Late, the application closes and says so."""
    _own(user, application)
    said = steps.reason_of(text, _("请写明补充了什么，不超过 1000 个字。"), needed=not files)
    with transaction.atomic():
        row = steps.locked(application, seen=False)
        # Looked at under the lock, so that no midnight comes between; closing it must outlive the refusal.
        closed = _closed(row)
        if not closed:
            checked = evidence.checked(files, code=WRONG, there=row.files.count())
            steps.move(row, Act.SUPPLEMENT)
            _keep(row, checked)
            steps.note(row, actor(user), Act.SUPPLEMENT, person=user, reason=said)
    if closed:
        raise Conflict(_("补充期限已过，这份申请已关闭，可以重新申请。"), code="too_late")
    return row


def appeal(
    user: User, application: Application, *, reason: str, files: Sequence[UploadedFile] = ()
) -> Application:
    """Against a refusal, within its term: the college decides by a reviewer who has had no part in the case."""
    _own(user, application)
    said = steps.reason_of(reason, _("请写明申诉的理由，审核人员会看到。"))
    try:
        with transaction.atomic():
            row = steps.locked(application, seen=False)
            if row.state == State.REFUSED and row.due_on is not None and row.due_on < today():
                raise Conflict(
                    _("申诉期限 %(day)s 已过。材料齐备的可以重新申请。") % {"day": row.due_on},
                    code="too_late",
                )
            source = row.outcome or row.course
            if row.state == State.REFUSED and source and taken_beside(source, row.programme, row.shared_rule):
                raise _applied_anew()
            checked = evidence.checked(files, code=WRONG, there=row.files.count())
            steps.move(row, Act.APPEAL)
            _keep(row, checked)
            steps.note(row, actor(user), Act.APPEAL, person=user, reason=said)
    except IntegrityError as error:
        raise _applied_anew() from error
    return row


def _applied_anew() -> Conflict:
    return Conflict(_("同一成果在这个专业里又有一份申请，先等它的结果。"), code="already_applied")


def withdraw(user: User, application: Application) -> Application:
    """Take one's own application back, before it is decided (or one's appeal with it)."""
    _own(user, application)
    with transaction.atomic():
        row = steps.locked(application, seen=False)
        steps.move(row, Act.WITHDRAW, decided_at=now())
        steps.note(row, actor(user), Act.WITHDRAW, person=user)
    return row


def _own(user: User, application: Application) -> None:
    if application.applicant_id != user.pk:
        raise NotFound


def _keep(row: Application, files: Sequence[evidence.Checked]) -> None:
    for item in files:
        ApplicationFile.objects.create(application=row, **evidence.values(item))


# --- the clock -------------------------------------------------------------------------------------------


def close(application_id: int) -> bool:
    """Close an application whose supplement did not come in time; False when it is not (or no longer) such a one."""
    with transaction.atomic():
        return _closed(steps.locked(Application(pk=application_id), seen=False))


def _closed(row: Application) -> bool:
    """Close the locked application if it waits for a supplement that is late; whether it was."""
    if row.state != State.SUPPLEMENT or row.due_on is None or row.due_on >= today():
        return False
    steps.move(row, Act.EXPIRE)
    steps.note(row, Actor.system("applications"), Act.EXPIRE)
    return True


def close_late(limit: int = 500) -> int:
    """Close what waits for a supplement that is late; how many. Called by the beat."""
    late = Application.objects.filter(state=State.SUPPLEMENT, due_on__lt=today()).order_by("due_on")
    return sum(close(pk) for pk in list(late.values_list("pk", flat=True)[:limit]))


def escalate(limit: int = 500) -> int:
    """Mark what the college is late with, once for each time somebody has to act, and say so to its administrators (by
    `application.overdue`, and on their page); terms whose year had no calendar get their day. How many were marked.
    """
    waiting = Application.objects.filter(state__in=[state.value for state in lifecycle.AT_COLLEGE])
    _fill_due(waiting.filter(terms__review_days__isnull=False))
    _fill_due(Application.objects.filter(state=State.REFUSED, terms__appeal_days__isnull=False))
    late = waiting.filter(due_on__lt=today(), escalated_at__isnull=True).order_by("due_on")
    return sum(_escalated(pk) for pk in list(late.values_list("pk", flat=True)[:limit]))


def _escalated(application_id: int) -> bool:
    with transaction.atomic():
        row = steps.locked(Application(pk=application_id), seen=False)
        late = row.due_on is not None and row.due_on < today()
        if row.state not in lifecycle.AT_COLLEGE or row.escalated_at is not None or not late:
            return False
        # The term itself stays: it is what is overdue.
        steps.move(row, Act.ESCALATE, due_on=row.due_on, escalated_at=now())
        steps.note(row, Actor.system("applications"), Act.ESCALATE)
    return True


def _fill_due(waiting: QuerySet[Application]) -> None:
    """Terms that reached into a year without a calendar: reckoned once it is published."""
    rows = waiting.filter(due_on__isnull=True).select_related("terms").order_by("submitted_at")
    for row in rows.prefetch_related("steps")[:500]:
        last = max((step.at for step in row.steps.all()), default=row.submitted_at)
        day = due_on(row.state, row.terms, local_day(last))
        if day is not None:
            Application.objects.filter(pk=row.pk, revision=row.revision).update(due_on=day)
