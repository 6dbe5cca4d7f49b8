"""What an approval does to the books: judged under the locks of the holder's credit accounts, posted, and written down
as a use with its courses, in the transaction of the decision.

A transfer is one posting of four lines: the credits of the course leave the holder's account at the giving college for
its issuing account, and what the rule gives comes from the receiving college's. Neither half can be without the other.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.applications import lifecycle, lots, steps
from creditbank.applications.judging import Judged, Source, beside, judge
from creditbank.applications.models import (
    TAKEN,
    Application,
    CourseCredit,
    OutcomeUse,
    UseDraw,
    UseRelease,
)
from creditbank.applications.papers import same_paper
from creditbank.applications.refusals import refused, refused_for
from creditbank.ledger.models import Account
from creditbank.ledger.rules import digest
from creditbank.ledger.services import Line as BookLine
from creditbank.ledger.services import Posting, holder_account, issuer_account, lock_account, post
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules import rules
from creditbank.rules.models import Programme
from lms.accounts.api import Role, User, actor
from lms.lib.clock import today
from lms.lib.errors import Conflict

CREDIT = "credit"
RECOGNITION = "recognition"
TRANSFER = "college_transfer"


def accounts_of(row: Application) -> list[Account]:
    """The holder's accounts that a decision touches, in the order in which they are locked."""
    holder = row.applicant.uuid
    found = [holder_account(holder, CREDIT, row.programme.organisation.uuid)]
    if row.course is not None:
        found.append(holder_account(holder, CREDIT, row.course.programme.organisation.uuid))
    return sorted(found, key=lambda account: account.pk)


def judged(row: Application) -> Judged:
    """What the engine says now of an application, under the locks. Raises Conflict where it does not give, as is, and
    where the applicant's account was closed meanwhile."""
    for account in accounts_of(row):
        lock_account(account)
    still_open(row.applicant)
    if row.course is not None:
        still_there(row.course)
    _not_under_another_key(row)
    source = row.outcome or row.course
    found = judge(row.applicant, row.programme, row.rule_version, row.evaluated_on, source)
    if found.line.reason != rules.Reason.GRANTED:
        assert source is not None
        raise refused(row.rule_version, source, found.line, row.evaluated_on)
    return found


def _not_under_another_key(row: Application) -> None:
    """Refuse a paper that the applicant has used in the programme as registered on an account merged into this one."""
    if row.outcome is None:
        return
    used = OutcomeUse.objects.filter(
        outcome__kind=row.outcome.kind,
        application__applicant=row.applicant,
        programme=row.programme,
        release__isnull=True,
    ).exclude(outcome=row.outcome)
    others = [use.outcome for use in beside(used, row.shared_rule).select_related("outcome")]
    if any(other is not None and same_paper(row.outcome, other, row.applicant.uuid) for other in others):
        raise refused_for(row.rule_version, rules.Reason.ALREADY_USED)


def still_open(applicant: User, *, hold: bool = False) -> None:
    """Refuse an account that is closed by now (merged into another, or left): nothing is given there any more.

    hold: keep it open for the rest of the caller's transaction."""
    people = User.objects.filter(pk=applicant.pk)
    if hold:
        people = people.select_for_update(no_key=True)
    if not people.values_list("is_active", flat=True).get():
        raise Conflict(
            _("申请人的这个账号已关闭（合并或注销），不能再申请或记入学分。合并过的，请用保留的账号申请。"),
            code="account_closed",
        )


def taken_beside(source: Source, programme: Programme, shared_rule: str) -> bool:
    """Whether an application for it in the programme waits or was approved that leaves no room for one under this rule."""
    own = {"outcome": source} if isinstance(source, LearningOutcome) else {"course": source}
    taken = Application.objects.filter(programme=programme, state__in=TAKEN, **own)
    return beside(taken, shared_rule).exists()


def still_free(source: Source, programme: Programme, shared_rule: str) -> None:
    """Refuse what is applied for in the programme already, unless both rules share the outcome and are two."""
    if taken_beside(source, programme, shared_rule):
        raise already_applied()


def already_applied() -> Conflict:
    """The refusal; to be raised."""
    return Conflict(_("这张证书在这个专业里已有一份申请，不能重复提交。"), code="already_applied")


def still_there(course: CourseCredit) -> None:
    """Refuse a course whose credits have left: taken back, transferred, redeemed or expired."""
    gone = UseRelease.objects.filter(use=course.use_id).exists() or hasattr(course, "draw")
    gone = gone or bool(lots.over([course.use_id], today()))
    if gone or lots.left([course.use])[course.use_id] < course.centicredits:
        raise Conflict(
            _("这门课程的学分已不在原学校的账户里（已转出、兑换、到期或撤销），不能再转换。"),
            code="credits_gone",
        )


def grant(row: Application, reviewer: User) -> None:
    """Post what the application is worth. Sets its transaction, decision and credits; the caller saves it."""
    found = judged(row)
    programme, version, holder = row.programme, row.rule_version, row.applicant.uuid
    row.decision, row.centicredits = found.kept, found.line.centicredits
    home = programme.organisation.uuid
    lines = [
        BookLine(holder_account(holder, CREDIT, home), row.centicredits),
        BookLine(issuer_account(CREDIT, home), -row.centicredits),
    ]
    if row.course is not None:
        giving = row.course.programme.organisation.uuid
        lines += [
            BookLine(holder_account(holder, CREDIT, giving), -row.course.centicredits),
            BookLine(issuer_account(CREDIT, giving), row.course.centicredits),
        ]
    row.transaction = post(
        Posting(
            kind=TRANSFER if row.course is not None else RECOGNITION,
            occurred_on=today(),
            lines=tuple(lines),
            evidence=_evidence(row, found, reviewer),
            rule_code=version.rule.code,
            rule_version=version.number,
            event={"person": str(holder), "application": str(row.uuid), "programme": str(programme.uuid)},
        ),
        idempotency_key=f"application:{row.uuid}",
        actor=actor(reviewer, Role.REVIEWER, programme.organisation),
    )
    _write_use(row, found)


def _write_use(row: Application, found: Judged) -> None:
    assert row.transaction is not None
    months = row.terms.shelf_life_months if row.terms else None
    try:
        with transaction.atomic():
            use = OutcomeUse.objects.create(
                achievement=found.achievement,
                outcome=row.outcome,
                programme=row.programme,
                shared_rule=row.shared_rule,
                application=row,
                transaction=row.transaction,
                centicredits=row.centicredits,
                used_at=row.transaction.posted_at,
                expires_on=lots.months_after(row.transaction.occurred_on, months) if months else None,
                follows=_last_release(row, found.achievement),
            )
            again = _released_courses(row, found)
            for course in found.line.courses:
                CourseCredit.objects.create(
                    holder=row.applicant.uuid,
                    programme=row.programme,
                    course_code=course.code,
                    course_name=course.name,
                    centicredits=course.centicredits,
                    use=use,
                    follows_id=again.get(course.code),
                )
            if row.course is not None:
                amounts = {row.course.use_id: row.course.centicredits}
                lots.draw(row.transaction, UseDraw.Kind.TRANSFER, amounts, course=row.course.pk)
    except IntegrityError as error:
        # The last line of defence; the lock and the evaluation above come first.
        raise refused_for(row.rule_version, rules.Reason.ALREADY_USED) from error


def _last_release(row: Application, achievement: str) -> UseRelease | None:
    """The release of the achievement's last use in the programme (under the same rule, where that shares it); None where
    it was never used. While that use is living there is no release to follow, and the achievement is refused.
    """
    uses = OutcomeUse.objects.filter(
        achievement=achievement, programme=row.programme, shared_rule=row.shared_rule
    )
    last = uses.select_related("release").order_by("-id").first()
    if last is None:
        return None
    release: UseRelease | None = getattr(last, "release", None)
    if release is None:
        raise refused_for(row.rule_version, rules.Reason.ALREADY_USED)
    return release


def _released_courses(row: Application, found: Judged) -> dict[str, int]:
    """Course code → the last release of a use that had credited it to this person."""
    credited = CourseCredit.objects.filter(
        holder=row.applicant.uuid,
        programme=row.programme,
        course_code__in=[course.code for course in found.line.courses],
        use__release__isnull=False,
    )
    return dict(credited.order_by("id").values_list("course_code", "use__release__id"))


def _evidence(row: Application, found: Judged, reviewer: User) -> dict[str, Any]:
    """What made these credits: rule version, certificate or course, people. No name and no number: those stay in their
    rows. "decision" is the hash of the kept computation, so that the ledger's chain covers it too.
    """
    programme, version = row.programme, row.rule_version
    return {
        "application": str(row.uuid),
        "outcome": {"achievement": found.achievement} | _source(row),
        "college": {"code": programme.organisation.code, "name": programme.organisation.name},
        "programme": {"code": programme.code, "name": programme.name},
        "courses": [
            {"code": course.code, "name": course.name, "centicredits": course.centicredits}
            for course in found.line.courses
        ],
        "rule": {"version": str(version.uuid), "source": version.source_document}
        | ({"shares": row.shared_rule} if row.shared_rule else {}),
        "evaluated_on": row.evaluated_on.isoformat(),
        "reviewer": str(reviewer.uuid),
        "reviewers": sorted({str(uuid) for uuid in _eyes(row)} | {str(reviewer.uuid)}),
        "decision": digest(row.decision),
    }


def _source(row: Application) -> dict[str, Any]:
    if row.course is not None:
        giving = row.course.programme
        return {
            "title": row.title,
            "course": {"code": row.course.course_code, "centicredits": row.course.centicredits},
            "college": {"code": giving.organisation.code, "name": giving.organisation.name},
            "programme": {"code": giving.code, "name": giving.name},
            "application": str(row.course.use.application.uuid),
        }
    assert row.outcome is not None
    return {
        "uuid": str(row.outcome.uuid),
        "title": row.outcome.title,
        "method": row.outcome.method,
        "verified_for": row.outcome.verified_for,
    }


def _eyes(row: Application) -> list[Any]:
    """Who has spoken for the proposal that is being decided."""
    eyes = lifecycle.panel(steps.said_so_far(row)).eyes
    return list(row.steps.filter(person__in=eyes).values_list("person__uuid", flat=True).distinct())
