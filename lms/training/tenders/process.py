"""培训项目需求包 (沪人社专〔2022〕372号 三(四)) as declarations: the life of a needs package, and that of a bid. Numbers that the document
leaves open are settings without a standard.

A package is drawn up by a department or district (会同有关行业主管部门和区人力资源社会保障部门) and published by the authority in charge: who
drew it up decides nothing about it. A bid has no number and no officer: nobody but the bidder sees its case.
"""

from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import Organisation, Role
from lms.training.lifecycle.declaration import (
    Deadline,
    Guard,
    Process,
    Setting,
    Side,
    Source,
    State,
    Transition,
    Waits,
    supplements,
)

CODE, BID = "tender", "tender-bid"
DOCUMENT, SINCE = "沪人社专〔2022〕372号", date(2022, 12, 2)


def at(article: str) -> Source:
    return Source(DOCUMENT, article)


TENDER, OPEN_SIDE, MONEY = at("三(四)"), at("四(三)"), at("四(二)")
_OFFICER = (Role.OFFICER.value,)
_PREPARES = (Role.OFFICER.value, Role.ADMIN.value)
BIDS = (Role.HR.value, Role.ADMIN.value)
# 高等院校、科研院所、大型企事业单位，以及行业协会（学会）等社会组织: what a base may be.
BIDDERS = (
    Organisation.Kind.COLLEGE,
    Organisation.Kind.PROVIDER,
    Organisation.Kind.ENTERPRISE,
    Organisation.Kind.ASSESSOR,
    Organisation.Kind.UNION,
)
_A, _B = Side.AUTHORITY, Side.APPLICANT

PROCESS = Process(
    code=CODE,
    prefix="XQ",
    title=_("培训项目需求包"),
    source=TENDER,
    start="draft",
    applicants=(Organisation.Kind.AUTHORITY,),
    roles=_PREPARES,
    superior=Role.ADMIN.value,
    since=SINCE,
    settings=(
        Setting("check_days", _("核对发布期限（工作日）"), None),
        Setting("supplement_days", _("补正期限（工作日）"), None),
        Setting("least_bid_days", _("发布到投标截止至少（工作日）"), None, 1, 60),
        Setting("review_days", _("专家评审期限（工作日）"), None),
        Setting("least_experts", _("每份投标至少几位专家打分"), None, 1, 15),
        Setting("decide_days", _("开标或公示期满后办理的期限（工作日）"), None),
        Setting("notice_days", _("中选结果公示（工作日）"), None, 1, 30),
    ),
    states=(
        State("draft", _("填写中"), Waits.APPLICANT, editable=True),
        State("submitted", pgettext_lazy("需求包", "待发布"), Waits.AUTHORITY),
        State("supplement", _("待补正"), Waits.APPLICANT, editable=True),
        State("published", pgettext_lazy("需求包", "投标中"), Waits.DAY, late=False),
        State(
            "opening", pgettext_lazy("需求包", "开标中"), Waits.DAY, late=False, after=Deadline("decide_days")
        ),
        State("review", pgettext_lazy("需求包", "专家评审"), Waits.AUTHORITY),
        State(
            "notice",
            pgettext_lazy("需求包", "结果公示"),
            Waits.DAY,
            late=False,
            after=Deadline("decide_days"),
        ),
        State("awarded", pgettext_lazy("需求包", "已确定承接方"), Waits.NOBODY),
        State("failed", pgettext_lazy("需求包", "未确定承接方"), Waits.NOBODY),
        State("cancelled", pgettext_lazy("需求包", "已取消"), Waits.NOBODY),
        State("refused", pgettext_lazy("需求包", "不予发布"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
        State("lapsed", _("逾期未补正"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("submit", pgettext_lazy("需求包", "报送需求包"), ("draft",), "submitted", _B, _PREPARES),
            submits=True,
            starts=Deadline("check_days"),
            source=TENDER,
        ),
        *supplements(
            _("补正后报送"),
            applies=_PREPARES,
            officers=_OFFICER,
            starts=Deadline("check_days"),
            source=TENDER,
        ),
        Transition(*("publish", _("发布需求包"), ("submitted",), "published", _A, _OFFICER), source=TENDER),
        Transition(
            *("refuse", pgettext_lazy("需求包", "不予发布"), ("submitted",), "refused", _A, _OFFICER),
            reason=True,
            source=TENDER,
        ),
        Transition(
            *("open", _("投标截止，开标"), ("published",), "opening", Side.CLOCK),
            guards=(Guard.OVERDUE,),
            source=TENDER,
        ),
        Transition(
            *("review", _("开标结束，专家评审"), ("opening",), "review", _A, _OFFICER),
            # It says which of the opened bids are valid.
            judges=True,
            starts=Deadline("review_days"),
            source=TENDER,
        ),
        Transition(
            *("announce", _("公示评审结果"), ("review",), "notice", _A, _OFFICER),
            publishes="notice_days",
            judges=True,
            source=TENDER,
        ),
        Transition(
            *("again", pgettext_lazy("需求包", "重新评审"), ("notice",), "review", _A, _OFFICER),
            reason=True,
            judges=True,
            starts=Deadline("review_days"),
            source=TENDER,
        ),
        Transition(
            *("award", _("确定承接方"), ("notice",), "awarded", _A, _OFFICER),
            reason=True,
            guards=(Guard.NOTICE_OVER, Guard.NO_OBJECTION),
            fresh=True,
            judges=True,
            source=TENDER,
        ),
        Transition(
            *("fail", pgettext_lazy("需求包", "流标"), ("opening",), "failed", _A, _OFFICER),
            reason=True,
            judges=True,
            source=TENDER,
        ),
        # With valid bids there, whoever said that they are, or announced a result, does not also do away with it.
        Transition(
            *("void", pgettext_lazy("需求包", "废标"), ("review", "notice"), "failed", _A, _OFFICER),
            reason=True,
            fresh=True,
            judges=True,
            source=TENDER,
        ),
        Transition(
            *("cancel", pgettext_lazy("需求包", "取消"), ("published", "opening"), "cancelled", _A, _OFFICER),
            aside=True,
            reason=True,
            source=TENDER,
        ),
        Transition(
            *("withdraw", _("撤回"), ("draft", "submitted", "supplement"), "withdrawn", _B, _PREPARES),
            aside=True,
            source=TENDER,
        ),
    ),
)

BID_PROCESS = Process(
    code=BID,
    prefix="TB",
    title=_("需求包投标"),
    source=TENDER,
    start="preparing",
    applicants=BIDDERS,
    roles=BIDS,
    superior=Role.ADMIN.value,
    since=SINCE,
    states=(
        State("preparing", _("填写中"), Waits.APPLICANT, editable=True),
        # Editable: what is sealed may be replaced, and a case without a number is nobody's but its body's.
        State("sealed", pgettext_lazy("投标", "已密封"), Waits.DAY, editable=True, late=False),
        State("opened", pgettext_lazy("投标", "已开标"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
        State("unopened", pgettext_lazy("投标", "没有开启，视为撤回"), Waits.NOBODY),
        State("moot", pgettext_lazy("投标", "需求包已取消，没有开启"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("seal", pgettext_lazy("投标", "提交密封投标"), ("preparing", "sealed"), "sealed", _B, BIDS),
            source=TENDER,
        ),
        Transition(
            *("unseal", pgettext_lazy("投标", "用密钥开标"), ("sealed",), "opened", _B, BIDS),
            submits=True,
            guards=(Guard.IN_TIME,),
            source=TENDER,
        ),
        Transition(
            *("withdraw", pgettext_lazy("投标", "撤回投标"), ("preparing", "sealed"), "withdrawn", _B, BIDS),
            aside=True,
            source=TENDER,
        ),
        Transition(
            *("lapse", pgettext_lazy("投标", "期限内没有提交密钥"), ("sealed",), "unopened", Side.CLOCK),
            guards=(Guard.OVERDUE,),
            source=TENDER,
        ),
        # It is no fault of the bidder's, and no withdrawal.
        Transition(
            *("moot", pgettext_lazy("投标", "需求包取消"), ("preparing", "sealed"), "moot", Side.CLOCK),
            aside=True,
            source=TENDER,
        ),
    ),
)
