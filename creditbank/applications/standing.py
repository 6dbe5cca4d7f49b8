"""Recognition of what two bodies vouch for already: the assessor recorded the result, the college confirms it.

Owns: the application that such a confirmation is, from submission to posting in one transaction. The pairs of eyes are the
assessor's and the reviewer's; everything else holds as of any other application: judged under the account's lock, one use,
caps, no own case, to be taken back by a reversal.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.applications import grants, steps
from creditbank.applications.judging import Judged, judge
from creditbank.applications.lifecycle import Act
from creditbank.applications.models import Application
from creditbank.applications.refusals import refused
from creditbank.applications.terms import terms_on
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import ConversionRuleVersion
from lms.accounts.api import Role, User, real_name_status, require_role
from lms.lib.clock import now, today
from lms.lib.errors import NotAllowed


def recognise_confirmed(
    reviewer: User, outcome: LearningOutcome, version: ConversionRuleVersion, *, reason: str
) -> Application:
    """The approved, posted application for a verified outcome under a rule version, within the caller's transaction.

    Raises NotAllowed (not a reviewer of the rule's college, own case, no real name), Conflict (the engine does not give).
    """
    programme, holder, day = version.rule.programme, outcome.holder, today()
    who = require_role(reviewer, Role.REVIEWER, organisation=programme.organisation)
    if holder.pk == reviewer.pk:
        raise NotAllowed(_("不能审核自己的申请，请交给其他审核人员。"), code="own_case")
    if real_name_status(holder) == "unverified":
        raise NotAllowed(_("学分要记在实名之下：请本人先填写实名信息。"), code="real_name_missing")
    found = judge(holder, programme, version, day, outcome)
    if not found.line.gives or not found.line.centicredits:
        raise refused(version, outcome, found.line, day)
    grants.still_free(outcome, programme, found.shared_rule)
    try:
        with transaction.atomic():
            row = _application(outcome, version, found)
    except IntegrityError as error:
        raise grants.already_applied() from error
    said: dict[str, Any] = {"person": reviewer, "body": programme.organisation, "reason": reason}
    steps.note(row, who, Act.SUBMIT, **said, data={"rule": version.rule.code, "version": version.number})
    steps.move(row, Act.APPROVE)
    grants.grant(row, reviewer)
    row.decided_at, row.decided_by, row.reason = now(), reviewer, reason
    steps.note(row, who, Act.APPROVE, **said, approve=True, data={"centicredits": row.centicredits})
    return row


def _application(outcome: LearningOutcome, version: ConversionRuleVersion, found: Judged) -> Application:
    programme = version.rule.programme
    return Application.objects.create(
        applicant=outcome.holder,
        outcome=outcome,
        programme=programme,
        rule_version=version,
        shared_rule=found.shared_rule,
        evaluated_on=found.day,
        centicredits=found.line.centicredits,
        worth=found.kept,
        terms=terms_on(found.day, programme),
        reviewers=1,
        submitted_at=now(),
    )
