"""The one-off grant to a skills training base (青人社〔2023〕17 号 五, 六): its life as a declaration. What the document leaves open are
settings without a standard.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import Role
from lms.training.bases.process import DOCUMENT, SINCE
from lms.training.bases.process import PROCESS as BASES
from lms.training.coordination.rules import OVER
from lms.training.lifecycle.declaration import (
    Deadline,
    EvidenceKind,
    Process,
    Setting,
    Side,
    Source,
    State,
    Transition,
    Unit,
    Waits,
    supplements,
)

CODE = "base-grant"
PLAN, MINUTES, PAYMENT, VOUCHER, REPORT, REFUND = "plan", "minutes", "payment", "voucher", "report", "refund"
# Which state holds which money: the purse of what was paid exists from here on.
PAID_STATES = ("running", "other", "settling", "settled")
SUPPORT, POOL = Source(DOCUMENT, "五"), Source(DOCUMENT, "六")
# 确保培养培训资金专款专用 (A24): which money pays for what.
EARMARKED = Source("沪人社专〔2022〕372 号", "四(二)")
_APPLIES = (Role.HR.value, Role.ADMIN.value)
_OFFICER = (Role.OFFICER.value,)
_A, _B = Side.AUTHORITY, Side.APPLICANT

PROCESS = Process(
    code=CODE,
    prefix="ZZ",
    title=_("技能实训基地专项工作资助"),
    source=SUPPORT,
    start="draft",
    once=True,
    applicants=BASES.applicants,
    roles=_APPLIES,
    superior=Role.ADMIN.value,
    since=SINCE,
    settings=(
        Setting("most_yuan", _("资助金额上限（元）"), 200_000, 1, 200_000, SUPPORT),
        Setting("accept_days", _("审核期限（工作日）"), None),
        Setting("supplement_days", _("补正期限（工作日）"), None),
        Setting("decide_days", _("协调小组决定期限（工作日）"), None),
        Setting(OVER, _("同意的成员超过百分之几，协调小组才算同意（回避的不算）"), None, 50, 99),
        Setting("pay_days", _("拨付期限（工作日）"), None),
        Setting("use_months", _("使用期限（月）"), None, 1, 60),
        Setting("settle_days", _("结算核定期限（工作日）"), None),
    ),
    evidence=(
        EvidenceKind(PLAN, _("资金使用计划"), _("资助资金怎么用、带来什么，盖章的扫描件。"), _B, SUPPORT),
        EvidenceKind(VOUCHER, _("支出凭证"), _("发票、合同或付款回单。"), _B, SUPPORT),
        EvidenceKind(REPORT, _("决算报告"), _("按用途列明的决算，盖章的扫描件。"), _B, SUPPORT),
        EvidenceKind(
            MINUTES, _("协调小组会议纪要"), _("区企业职工职业培训工作协调小组的会议纪要。"), _A, POOL
        ),
        EvidenceKind(PAYMENT, _("拨付凭证"), _("拨款的付款凭证。"), _A, POOL),
        EvidenceKind(REFUND, _("退款凭证"), _("收到退回资金的凭证。"), _A, SUPPORT),
    ),
    states=(
        State("draft", _("填写中"), Waits.APPLICANT, editable=True),
        State("submitted", pgettext_lazy("资助", "待审核"), Waits.AUTHORITY),
        State("supplement", _("待补正"), Waits.APPLICANT, editable=True),
        State("group", _("待协调小组决定"), Waits.AUTHORITY),
        State("committed", _("待拨付"), Waits.AUTHORITY),
        State("running", _("使用中"), Waits.APPLICANT),
        State("other", _("待同意其他用途"), Waits.AUTHORITY),
        State("settling", _("待核定结算"), Waits.AUTHORITY),
        State("settled", _("已结算"), Waits.NOBODY),
        State("refused", _("不予资助"), Waits.NOBODY),
        State("cancelled", _("资助已撤销"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
        State("lapsed", _("逾期未补正"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("submit", _("提交资助申请"), ("draft",), "submitted", _B, _APPLIES),
            submits=True,
            starts=Deadline("accept_days"),
        ),
        Transition(
            *("check", _("审核通过，报协调小组"), ("submitted",), "group", _A, _OFFICER),
            reason=True,
            judges=True,
            starts=Deadline("decide_days"),
            source=POOL,
        ),
        *supplements(
            _("补正后提交"),
            applies=_APPLIES,
            officers=_OFFICER,
            starts=Deadline("accept_days"),
        ),
        Transition(
            *("refuse", _("不予资助"), ("submitted",), "refused", _A, _OFFICER),
            reason=True,
            judges=True,
        ),
        Transition(
            *("approve", _("登记协调小组决定：同意资助"), ("group",), "committed", _A, _OFFICER),
            evidence=(MINUTES,),
            takes=MINUTES,
            judges=True,
            starts=Deadline("pay_days"),
            source=POOL,
        ),
        Transition(
            *("decline", _("登记协调小组决定：不同意"), ("group",), "refused", _A, _OFFICER),
            reason=True,
            evidence=(MINUTES,),
            takes=MINUTES,
            judges=True,
            source=POOL,
        ),
        Transition(
            *("pay", _("登记拨付"), ("committed",), "running", _A, _OFFICER),
            evidence=(PAYMENT,),
            takes=PAYMENT,
            starts=Deadline("use_months", Unit.MONTHS),
            source=POOL,
        ),
        Transition(
            *("cancel", _("撤销资助，不再拨付"), ("committed",), "cancelled", _A, _OFFICER),
            aside=True,
            reason=True,
            judges=True,
            source=POOL,
        ),
        Transition(
            *("spend", _("登记支出"), ("running",), "running", _B, _APPLIES),
            evidence=(VOUCHER,),
            takes=VOUCHER,
            keeps=True,
        ),
        Transition(
            *("propose", _("申请列支其他用途"), ("running",), "other", _B, _APPLIES),
            reason=True,
            evidence=(VOUCHER,),
            takes=VOUCHER,
        ),
        Transition(
            *("allow", _("同意其他用途"), ("other",), "running", _A, _OFFICER),
            reason=True,
            judges=True,
            resumes="pay",
        ),
        Transition(
            *("disallow", _("不同意其他用途"), ("other",), "running", _A, _OFFICER),
            reason=True,
            judges=True,
            resumes="pay",
        ),
        Transition(
            *("strike", _("冲正一笔支出"), ("running",), "running", _A, _OFFICER),
            reason=True,
            keeps=True,
        ),
        Transition(
            *("settle_up", _("报送决算"), ("running",), "settling", _B, _APPLIES),
            evidence=(REPORT,),
            takes=REPORT,
            starts=Deadline("settle_days"),
        ),
        Transition(
            *("back", _("退回，继续登记"), ("settling",), "running", _A, _OFFICER),
            reason=True,
            resumes="pay",
        ),
        Transition(
            *("take_back", _("登记退回的资金"), ("running",), "running", _A, _OFFICER),
            evidence=(REFUND,),
            takes=REFUND,
            keeps=True,
        ),
        Transition(
            *("take_rest", _("登记退回的余款"), ("settling",), "settling", _A, _OFFICER),
            evidence=(REFUND,),
            takes=REFUND,
            keeps=True,
        ),
        Transition(
            *("settle", _("核定结算"), ("settling",), "settled", _A, _OFFICER),
            reason=True,
            judges=True,
        ),
        Transition(
            *(
                "withdraw",
                _("撤回"),
                ("draft", "submitted", "supplement", "group"),
                "withdrawn",
                _B,
                _APPLIES,
            ),
            aside=True,
        ),
    ),
)
