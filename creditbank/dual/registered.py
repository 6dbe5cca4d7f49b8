"""What the dual-certificate modes register with other rooms: what /verify/ says of an exemption, a person's own data, and
what becomes of it when they are erased.

Results, credits and awards are figures under a number and stay, as the books do; words about the person go.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from creditbank.dual.exemptions import KIND
from creditbank.dual.models import (
    Exemption,
    ExemptionRequest,
    ExemptionRevocation,
    FusedEnrolment,
    FusedResult,
)
from creditbank.dual.queries import enrolments_of, requests_of, results_of
from lms.accounts.api import ErasurePart, User, masked_name, register_erasure_part, register_export_part
from lms.lib.appendonly import erase_words
from lms.lib.clock import local_day
from lms.lib.errors import NotFound
from lms.lib.units import format_centi
from lms.lib.verify import services as verify
from lms.lib.verify.services import Verdict, register_verifier

PART = "dual_certificates"


def verdict(target: UUID) -> Verdict:
    """The least a checker needs: which parts, on the strength of which course, grade and rule version, and who granted.
    Of one that was taken back the code itself says that it holds no more."""
    row = (
        ExemptionRequest.objects.select_related(
            "person", "rule_version__rule", "plan_version__plan__assessor"
        )
        .filter(uuid=target, state__in=[ExemptionRequest.State.GRANTED, ExemptionRequest.State.REVOKED])
        .first()
    )
    if row is None:
        raise NotFound
    parts = list(Exemption.objects.filter(request=row).order_by("code"))
    rows = [(_("持有人"), masked_name(row.person))]
    for part in parts:
        grade = format_centi(part.grade) if part.grade is not None else _("未设定")
        rows.append((_("免考部分"), part.name))
        rows.append(
            (
                _("依据课程与成绩"),
                _("%(course)s（%(code)s），%(grade)s 分")
                % {"course": part.course_name, "code": part.course_code, "grade": grade},
            )
        )
    rows += [
        (_("依据规则"), f"{row.rule_version.rule.code} v{row.rule_version.number}"),
        (_("同意机构"), row.plan_version.plan.assessor.name),
        (_("同意日期"), local_day(row.decided_at).isoformat() if row.decided_at else ""),
    ]
    return Verdict(title=_("技能考核免考凭证"), status="valid", rows=rows)


def part(user: User) -> dict[str, Any]:
    """Everything kept here about the user: scores in hundredths."""
    return {
        "enrolments": [
            {
                "uuid": row.uuid,
                "plan": row.plan.code,
                "version": row.version.number,
                "state": row.state,
                "applied_at": row.applied_at,
                "reason": row.reason,
                "results": [_result(result) for result in results_of(row)],
            }
            for row in enrolments_of(user)
        ],
        "exemptions": [
            {
                "uuid": row.uuid,
                "rule": [row.rule_version.rule.code, row.rule_version.number],
                "course": row.outcome.course_code,
                "state": row.state,
                "asked_at": row.asked_at,
                "reason": row.reason,
                "revoked": _revoked(row),
                "worth": row.worth,
                "parts": [{"code": part.code, "name": part.name} for part in row.parts.all()],
            }
            for row in requests_of(user)
        ],
    }


def _revoked(row: ExemptionRequest) -> dict[str, Any] | None:
    """When and why an exemption was taken back; None where it was not."""
    taken = getattr(row, "revocation", None)
    return {"at": taken.revoked_at, "reason": taken.reason} if taken else None


def _result(row: FusedResult) -> dict[str, Any]:
    return {
        "course": row.course_code,
        "attempt": row.attempt,
        "scores": row.scores,
        "passed": row.passed,
        "assessed_on": row.assessed_on,
        "body": row.body.name,
        "corrected": hasattr(row, "corrected_by"),
        "reason": row.reason,
    }


def obstacles(user: User) -> Iterator[str]:
    """What waits for somebody's decision."""
    for row in requests_of(user).filter(state=ExemptionRequest.State.SUBMITTED):
        yield _("“%(title)s”的免考申请还在审核。请等待结果，或先撤回。") % {"title": row.outcome.title}
    for enrolment in enrolments_of(user).filter(
        state__in=[FusedEnrolment.State.APPLIED, FusedEnrolment.State.ADMITTED]
    ):
        yield _("你还在双证融通方案“%(title)s”中学习。请先退出。") % {"title": enrolment.version.title}


def erase(user: User) -> list[UUID]:
    """Words go; an exemption verifies nothing any more."""
    enrolments = FusedEnrolment.objects.filter(person=user)
    requests = ExemptionRequest.objects.filter(person=user)
    things = [*enrolments.values_list("uuid", flat=True), *requests.values_list("uuid", flat=True)]
    for uuid in requests.filter(state=ExemptionRequest.State.GRANTED).values_list("uuid", flat=True):
        verify.revoke(KIND, uuid, gettext_noop("持有人已注销。"))
    enrolments.update(reason="")
    requests.update(reason="")
    erase_words(FusedResult, Q(enrolment__person=user))
    erase_words(ExemptionRevocation, Q(request__person=user))
    return things


def register() -> None:
    """Called when the application is ready."""
    register_verifier(KIND, verdict)
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
