"""Putting right what a check has found (整改; 沪人社专〔2022〕372号 四(三)): the life of one finding as a declaration, opened by the authority on
the body that was checked. The document gives no numbers: days, weights and the pass mark are settings without a standard.
"""

from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import Organisation, Role
from lms.training.lifecycle.declaration import (
    Deadline,
    EvidenceKind,
    Guard,
    Process,
    Setting,
    Side,
    Source,
    State,
    Transition,
    Waits,
)

CODE = "check-finding"
DOCUMENT, SINCE = "沪人社专〔2022〕372号", date(2022, 12, 2)
CHECKS = Source(DOCUMENT, "四(三)")
CORRECTION = "correction"
# The end of a finding that was never put right.
UNCORRECTED = "uncorrected"
_BODY = (Role.HR.value, Role.ADMIN.value)
_OFFICER = (Role.OFFICER.value,)
# Who judges what was put right: somebody who made neither the check nor an earlier judgement.
_JUDGE = (Role.OFFICER.value, Role.ADMIN.value)
_A, _B = Side.AUTHORITY, Side.APPLICANT
# 评估指标要坚持专业技术人员的需求导向，加大对解决实际问题的效果和长期社会影响效益的考核权重 (四(三)).
CRITERIA = {
    "weight_need": pgettext_lazy("检查", "需求导向"),
    "weight_delivery": pgettext_lazy("检查", "组织实施"),
    "weight_problem": pgettext_lazy("检查", "解决实际问题的效果"),
    "weight_benefit": pgettext_lazy("检查", "长期社会影响效益"),
}
WEIGHTS = tuple(CRITERIA)

PROCESS = Process(
    code=CODE,
    prefix="ZG",
    title=_("检查发现问题的整改"),
    source=CHECKS,
    start="noted",
    # Whoever hosts a programme or a class, or is a base of either sort, is checked and answers.
    applicants=(
        Organisation.Kind.ENTERPRISE,
        Organisation.Kind.COLLEGE,
        Organisation.Kind.PROVIDER,
        Organisation.Kind.ASSESSOR,
        Organisation.Kind.UNION,
    ),
    roles=_BODY,
    superior=Role.ADMIN.value,
    since=SINCE,
    settings=(
        Setting("weight_need", _("检查权重：需求导向（%）"), None, 0, 100),
        Setting("weight_delivery", _("检查权重：组织实施（%）"), None, 0, 100),
        Setting("weight_problem", _("检查权重：解决实际问题的效果（%）"), None, 1, 100),
        Setting("weight_benefit", _("检查权重：长期社会影响效益（%）"), None, 1, 100),
        Setting("pass_mark", _("检查合格线（分）"), None, 1, 100),
        Setting("publish_results", _("检查结果是否公开（1 公开，0 不公开）"), None, 0, 1),
        Setting("correct_days", _("整改期限（工作日）"), None),
        Setting("recheck_days", _("复查期限（工作日）"), None),
        Setting("contest_days", _("申辩核实期限（工作日）"), None),
    ),
    evidence=(
        EvidenceKind(
            CORRECTION, _("整改材料"), _("整改以后的照片、记录或文件；在“报送整改”时附上。"), _B, CHECKS
        ),
    ),
    states=(
        State("noted", pgettext_lazy("整改", "待发出"), Waits.AUTHORITY, editable=True),
        State("correcting", pgettext_lazy("整改", "整改中"), Waits.APPLICANT),
        State("contested", pgettext_lazy("整改", "申辩核实中"), Waits.AUTHORITY),
        State("overdue", pgettext_lazy("整改", "逾期未整改，已报上级"), Waits.AUTHORITY),
        State("corrected", pgettext_lazy("整改", "待复查"), Waits.AUTHORITY),
        State("closed", pgettext_lazy("整改", "已销号"), Waits.NOBODY),
        State("cancelled", pgettext_lazy("整改", "已撤销"), Waits.NOBODY),
        State(UNCORRECTED, pgettext_lazy("整改", "未整改，已记录"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("raise", _("发出整改通知"), ("noted",), "correcting", _A, _OFFICER),
            submits=True,
            judges=True,
            starts=Deadline("correct_days"),
            source=CHECKS,
        ),
        Transition(
            *("correct", _("报送整改"), ("correcting", "overdue"), "corrected", _B, _BODY),
            reason=True,
            evidence=(CORRECTION,),
            takes=CORRECTION,
            starts=Deadline("recheck_days"),
            source=CHECKS,
        ),
        Transition(
            *("contest", _("对问题提出申辩"), ("correcting",), "contested", _B, _BODY),
            reason=True,
            guards=(Guard.IN_TIME,),
            starts=Deadline("contest_days"),
            source=CHECKS,
        ),
        Transition(
            *("maintain", _("核实属实，继续整改"), ("contested",), "correcting", _A, _JUDGE),
            reason=True,
            fresh=True,
            starts=Deadline("correct_days"),
            source=CHECKS,
        ),
        Transition(
            *("cancel", _("核实不属实，撤销"), ("contested",), "cancelled", _A, _JUDGE),
            reason=True,
            fresh=True,
            judges=True,
            source=CHECKS,
        ),
        Transition(
            *("escalate_late", _("逾期未整改，报上级"), ("correcting",), "overdue", Side.CLOCK),
            guards=(Guard.OVERDUE,),
            source=CHECKS,
        ),
        Transition(
            *("return", _("复查不合格，退回整改"), ("corrected",), "correcting", _A, _JUDGE),
            reason=True,
            fresh=True,
            starts=Deadline("correct_days"),
            source=CHECKS,
        ),
        Transition(
            *("close", _("复查合格，销号"), ("corrected",), "closed", _A, _JUDGE),
            reason=True,
            fresh=True,
            judges=True,
            source=CHECKS,
        ),
        Transition(
            *("record", _("记录为未整改"), ("overdue",), UNCORRECTED, _A, _JUDGE),
            reason=True,
            fresh=True,
            judges=True,
            source=CHECKS,
        ),
    ),
)
