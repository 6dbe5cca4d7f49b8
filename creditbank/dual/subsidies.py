"""Claims to the two subsidies of 直通车式 (S2 二: 培训项目开发费补贴和培训费补贴; A63). Other modes are refused.

Owns: that a claim was made, once for a plan and once for a person trained to the end. Refuses to name an amount: the rates
are the authority's dated rules.
"""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.dual.models import FusedAward, FusedEnrolment, FusedPlan, FusedSubsidy
from creditbank.dual.rules import MODES
from creditbank.holders.queries import accounts_of, person_ids
from lms.accounts.api import Role, User, require_role
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed


def claim_subsidy(user: User, plan: FusedPlan, enrolment: FusedEnrolment | None = None) -> FusedSubsidy:
    """By an administrator of the college: for developing the plan, or (enrolment) for training that person. Raises
    NotAllowed, Conflict (another mode, not awarded yet, claimed already).
    """
    who = require_role(user, Role.ADMIN, organisation=plan.programme.organisation)
    if not MODES[plan.mode].subsidy:
        raise Conflict(
            _(
                "只有直通车式可以申请培训项目开发费补贴和培训费补贴（沪工总研〔2020〕94号），这个方案是%(mode)s。"
            )
            % {"mode": plan.get_mode_display()},
            code="mode_without_subsidy",
        )
    kind = FusedSubsidy.Kind.DEVELOPMENT
    if enrolment is not None:
        kind = FusedSubsidy.Kind.TRAINING
        award = FusedAward.objects.filter(enrolment=enrolment, enrolment__plan=plan).first()
        if award is None or award.application is None or award.application.state != "approved":
            raise Conflict(_("培训费补贴在学员取得证书和学分之后才能申请。"), code="not_awarded")
        if enrolment.person_id in person_ids(user):
            raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
        # A person whose two accounts were merged is trained once.
        same = FusedSubsidy.objects.filter(plan=plan, enrolment__person__in=accounts_of(enrolment.person))
        if same.exists():
            raise _claimed()
    try:
        with transaction.atomic():
            row = FusedSubsidy.objects.create(
                kind=kind, plan=plan, enrolment=enrolment, claimed_at=now(), claimed_by=user
            )
            record(who, action=f"subsidy.{kind}", target_type="creditbank.FusedPlan", target=plan.uuid)
    except IntegrityError as error:
        raise _claimed() from error
    return row


def _claimed() -> Conflict:
    return Conflict(_("这项补贴已经申请过。"), code="already_claimed")
