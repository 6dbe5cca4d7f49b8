"""Applying for recognition, withdrawing, deciding, taking a decision back. Approval posts the credits in the same
database transaction; taking it back reverses the posting and releases the certificate and its courses in one.

Caps, validity and levels are judged where the posting is made: under the lock of the holder's credit account, with
what is used by then. The rule version is the one that held on the day of submission, which is what the learner saw.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.applications.models import Application, CourseCredit, OutcomeUse, UseRelease
from creditbank.applications.queries import outcome_fact, used_in
from creditbank.applications.words import reason_sentence
from creditbank.ledger.models import Transaction
from creditbank.ledger.rules import digest
from creditbank.ledger.services import Line as BookLine
from creditbank.ledger.services import Posting, holder_account, issuer_account, lock_account, post, reverse
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules import rules
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.queries import fact, version_of, versions
from lms.accounts.api import Role, User, actor, real_name_status, require_role
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import emit

TARGET = "creditbank.Application"
CREDIT = "credit"
POSTING_KIND = "recognition"


@dataclass(frozen=True)
class Wish:
    """Which outcome under which rule version, as the learner saw it before applying."""

    outcome: UUID
    rule_code: str
    rule_version: int


def submit(user: User, wish: Wish) -> Application:
    """Apply. Raises Conflict when what was shown is not true any more (rule replaced, outcome used, cap reached)."""
    if real_name_status(user) == "unverified":
        raise NotAllowed(
            _("学分要记在实名之下：请先在“我的”里填写实名信息，再提交申请。"), code="real_name_missing"
        )
    outcome = LearningOutcome.objects.filter(uuid=wish.outcome, holder=user).first()
    version = version_of(wish.rule_code, wish.rule_version)
    if outcome is None or version is None:
        raise NotFound
    day = today()
    published = [fact(other) for other in versions().filter(rule=version.rule)]
    current = rules.in_force(published, day).get(wish.rule_code)
    if current is None:
        raise Conflict(reason_sentence(rules.Reason.RULE_NOT_IN_FORCE), code=rules.Reason.RULE_NOT_IN_FORCE)
    if current.version != wish.rule_version:
        raise Conflict(_("这条规则已有新的版本，请重新查看后再提交。"), code="rule_changed")
    # Judged alone: with which of several certificates to apply is the learner's choice.
    mine = [outcome_fact(outcome)]
    used = used_in(user, version.rule.programme)
    lines = rules.evaluate(mine, [current], day, used)
    if not lines[0].gives:
        raise Conflict(reason_sentence(lines[0].reason), code=lines[0].reason)
    worth = rules.dump(day, mine, used, lines)
    try:
        with transaction.atomic():
            application = Application.objects.create(
                applicant=user,
                outcome=outcome,
                programme=version.rule.programme,
                rule_version=version,
                evaluated_on=day,
                centicredits=version.centicredits,
                worth=worth,
                submitted_at=now(),
            )
            record(
                actor(user),
                action="application.submit",
                target_type=TARGET,
                target=application.uuid,
                data={"rule": wish.rule_code, "version": wish.rule_version},
            )
            _announce("application.submitted", application)
    except IntegrityError as error:
        raise Conflict(
            _("这张证书在这个专业里已有一份申请，不能重复提交。"), code="already_applied"
        ) from error
    return application


def _announce(kind: str, application: Application) -> None:
    payload = {
        "application": str(application.uuid),
        "person": str(application.applicant.uuid),
        "programme": str(application.programme.uuid),
    }
    emit(kind, payload, key=f"{kind}:{application.uuid}")


def withdraw(user: User, application: Application) -> Application:
    """Take one's own application back, before it is decided."""
    if application.applicant_id != user.pk:
        raise NotFound
    with transaction.atomic():
        if not _leave_submitted(application, state=Application.State.WITHDRAWN, decided_at=now()):
            raise Conflict(_("申请已有结果，不能再撤回。"), code="already_decided")
        record(actor(user), action="application.withdraw", target_type=TARGET, target=application.uuid)
        _announce("application.withdrawn", application)
    application.refresh_from_db()
    return application


def _leave_submitted(application: Application, **changes: Any) -> bool:
    """One conditional UPDATE as the claim: of two decisions at once, one wins."""
    waiting = Application.objects.filter(pk=application.pk, state=Application.State.SUBMITTED)
    return waiting.update(**changes) == 1


def decide(user: User, application: Application, *, approve: bool, reason: str) -> Application:
    """A reviewer of the programme's college approves (and the credits are posted) or refuses, with a reason.

    Raises NotAllowed (role, own case), Invalid (no reason), Conflict (decided already, certificate not verified,
    used, capped or credited meanwhile).
    """
    who = require_role(user, Role.REVIEWER, organisation=application.programme.organisation)
    if application.applicant_id == user.pk:
        raise NotAllowed(_("不能审核自己的申请，请交给其他审核人员。"), code="own_case")
    if not reason.strip():
        raise Invalid(_("请写明理由，申请人会看到。"), code="reason_missing", details={"field": "reason"})
    with transaction.atomic():
        application = (
            Application.objects.select_for_update(of=("self",))
            .select_related(
                "applicant", "outcome", "programme__organisation", "rule_version__rule__programme"
            )
            .get(pk=application.pk)
        )
        if application.state != Application.State.SUBMITTED:
            raise Conflict(_("这份申请已有结果，请刷新查看。"), code="already_decided")
        application.decided_at, application.decided_by, application.reason = now(), user, reason.strip()
        if approve:
            _spend(application, user)
            application.state = Application.State.APPROVED
        else:
            application.state = Application.State.REFUSED
        application.save(
            update_fields=["state", "decided_at", "decided_by", "reason", "decision", "transaction"]
        )
        record(
            who,
            action=f"application.{'approve' if approve else 'refuse'}",
            target_type=TARGET,
            target=application.uuid,
            reason=application.reason,
            data={"centicredits": application.centicredits} if approve else {},
        )
        _announce("application.approved" if approve else "application.refused", application)
    return application


def _spend(application: Application, reviewer: User) -> None:
    """Judge under the account's lock, post, and write down the use and the courses."""
    version = application.rule_version
    programme = application.programme
    holder = application.applicant.uuid
    account = holder_account(holder, CREDIT, programme.organisation.uuid)
    lock_account(account)
    facts = [outcome_fact(application.outcome)]
    used = used_in(application.applicant, programme)
    lines = rules.evaluate(facts, [fact(version)], application.evaluated_on, used)
    if lines[0].reason != rules.Reason.GRANTED:
        raise Conflict(reason_sentence(lines[0].reason), code=lines[0].reason)
    application.decision = rules.dump(application.evaluated_on, facts, used, lines)
    row = post(
        Posting(
            kind=POSTING_KIND,
            occurred_on=today(),
            lines=(
                BookLine(account, version.centicredits),
                BookLine(issuer_account(CREDIT, programme.organisation.uuid), -version.centicredits),
            ),
            evidence=_evidence(application, version, reviewer),
            rule_code=version.rule.code,
            rule_version=version.number,
            event={
                "person": str(holder),
                "application": str(application.uuid),
                "programme": str(programme.uuid),
            },
        ),
        idempotency_key=f"application:{application.uuid}",
        actor=actor(reviewer, Role.REVIEWER, programme.organisation),
    )
    application.transaction = row
    _write_use(application, row)


def _write_use(application: Application, row: Transaction) -> None:
    version = application.rule_version
    try:
        with transaction.atomic():
            use = OutcomeUse.objects.create(
                achievement=application.outcome.achievement,
                outcome=application.outcome,
                programme=application.programme,
                application=application,
                transaction=row,
                centicredits=version.centicredits,
                used_at=row.posted_at,
                follows=_last_release(application),
            )
            again = _released_courses(application)
            for course in version.courses:
                CourseCredit.objects.create(
                    holder=application.applicant.uuid,
                    programme=application.programme,
                    course_code=course["code"],
                    course_name=course["name"],
                    centicredits=course["centicredits"],
                    use=use,
                    follows_id=again.get(course["code"]),
                )
    except IntegrityError as error:
        # The last line of defence; the lock and the evaluation above come first.
        raise Conflict(reason_sentence(rules.Reason.ALREADY_USED), code=rules.Reason.ALREADY_USED) from error


def _last_release(application: Application) -> UseRelease | None:
    """The release of the achievement's last use in the programme; None where it was never used. While that use is
    living there is no release to follow, and the achievement is refused.
    """
    uses = OutcomeUse.objects.filter(
        achievement=application.outcome.achievement, programme=application.programme
    )
    last = uses.select_related("release").order_by("-id").first()
    if last is None:
        return None
    release: UseRelease | None = getattr(last, "release", None)
    if release is None:
        raise Conflict(reason_sentence(rules.Reason.ALREADY_USED), code=rules.Reason.ALREADY_USED)
    return release


def _released_courses(application: Application) -> dict[str, int]:
    """Course code → the last release of a use that had credited it to this person."""
    credited = CourseCredit.objects.filter(
        holder=application.applicant.uuid,
        programme=application.programme,
        course_code__in=[course["code"] for course in application.rule_version.courses],
        use__release__isnull=False,
    )
    return dict(credited.order_by("id").values_list("course_code", "use__release__id"))


def reverse_recognition(user: User, application: Application, *, reason: str) -> Application:
    """Take a recognition back: its posting is reversed, its certificate and courses may be used again.

    For the college's administrators, never in one's own case. Raises NotAllowed, Invalid (no reason), Conflict (not
    approved, or the credits are spent).
    """
    college = application.programme.organisation
    who = require_role(user, Role.ADMIN, organisation=college)
    if application.applicant_id == user.pk:
        raise NotAllowed(_("不能撤销自己的认定，请交给其他管理人员。"), code="own_case")
    if not reason.strip():
        raise Invalid(
            _("请写明撤销的原因，申请人会看到。"), code="reason_missing", details={"field": "reason"}
        )
    with transaction.atomic():
        application = (
            Application.objects.select_for_update(of=("self",))
            .select_related("applicant", "programme__organisation", "transaction")
            .get(pk=application.pk)
        )
        row = application.transaction
        if application.state != Application.State.APPROVED or row is None:
            raise Conflict(_("只有已认定的申请可以撤销，请刷新查看。"), code="not_approved")
        # The same lock as at the decision: a use and its release are never judged at the same moment.
        lock_account(holder_account(application.applicant.uuid, CREDIT, college.uuid))
        back = reverse(row, reason=reason, actor=who)
        UseRelease.objects.create(use=application.use, transaction=back, released_at=back.posted_at)
        application.state = Application.State.REVERSED
        application.save(update_fields=["state"])
        record(
            who,
            action="application.reverse",
            target_type=TARGET,
            target=application.uuid,
            reason=reason.strip(),
            data={"centicredits": application.centicredits, "reversal": str(back.uuid)},
        )
        _announce("application.reversed", application)
    return application


def _evidence(application: Application, version: ConversionRuleVersion, reviewer: User) -> dict[str, Any]:
    """What made these credits: rule version, certificate, people. No name and no number: those stay in their rows."""
    outcome, programme = application.outcome, application.programme
    return {
        "application": str(application.uuid),
        "outcome": {
            "uuid": str(outcome.uuid),
            "title": outcome.title,
            "achievement": outcome.achievement,
            "method": outcome.method,
            "verified_for": outcome.verified_for,
        },
        "college": {"code": programme.organisation.code, "name": programme.organisation.name},
        "programme": {"code": programme.code, "name": programme.name},
        "courses": version.courses,
        "rule": {"version": str(version.uuid), "source": version.source_document},
        "evaluated_on": application.evaluated_on.isoformat(),
        "reviewer": str(reviewer.uuid),
        # The hash of the kept computation, so that the ledger's chain covers it too.
        "decision": digest(application.decision),
    }
