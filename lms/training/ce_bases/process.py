"""继续教育基地 (沪人社专〔2022〕372号 三(四)) and their yearly plans (四(三) 年度备案计划) as two declarations. Numbers that the document
leaves open are settings without a standard; what the evaluation asks (criteria, weights, pass mark, what leaving needs) stands in the
authority's dated standard, models.BaseStandard.

What is not an act on a case (the standard, experts and their marks, runs of filed classes, the exchange) is in reviews.py, filings.py and
exchange.py; conduct.py ties them to these acts.
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
    appeals,
    noticed,
    supplements,
)

CODE, FILING_CODE = "ce-base", "ce-filing"
DOCUMENT, SINCE = "沪人社专〔2022〕372号", date(2022, 12, 2)
STATUS, CAPACITY, RECORD, SELF, CORRECTED = "status", "capacity", "record", "self", "corrected"
NOMINATION, NATIONAL = "nomination", "national"
ASKED_FOR = (STATUS, CAPACITY, RECORD)
# The states in which experts review: not while the application is being changed, and not once it has ended.
REVIEWED = ("review", "evaluation")


def at(article: str) -> Source:
    return Source(DOCUMENT, article)


BASES, YEARLY = at("三(四)"), at("四(三)")
_APPLIES = (Role.HR.value, Role.ADMIN.value)
_OFFICER = (Role.OFFICER.value,)
# Who takes a base out has not found it wanting before; in a small office that is the superior.
_DECIDES = (Role.OFFICER.value, Role.ADMIN.value)
_A, _B = Side.AUTHORITY, Side.APPLICANT
# 高等院校、科研院所、大型企事业单位、行业协会（学会）等社会组织: training providers and assessors are registered as the last here.
HOSTS = (
    Organisation.Kind.COLLEGE,
    Organisation.Kind.PROVIDER,
    Organisation.Kind.ENTERPRISE,
    Organisation.Kind.ASSESSOR,
    Organisation.Kind.UNION,
)

PROCESS = Process(
    code=CODE,
    prefix="JJ",
    title=_("专业技术人员继续教育基地"),
    source=BASES,
    start="draft",
    once=True,
    applicants=HOSTS,
    roles=_APPLIES,
    superior=Role.ADMIN.value,
    since=SINCE,
    settings=(
        # Where the authority's rule has no days, a base is named without a public notice.
        Setting("notice_days", _("公示期（工作日）；不填就不公示"), None, 1, 60),
        Setting("accept_days", _("受理期限（工作日）"), None),
        Setting("supplement_days", _("补正期限（工作日）"), None),
        Setting("review_days", _("评审期限（工作日）"), None),
        Setting("decide_days", _("公示期满后作出决定的期限（工作日）"), None),
        Setting("appeal_days", _("申诉期限（工作日）"), None),
        Setting("evaluate_days", _("评估办理期限（工作日）"), None),
    ),
    evidence=(
        EvidenceKind(STATUS, _("主体资格"), _("法人登记证书、营业执照或办学许可证。"), _B, BASES),
        EvidenceKind(CAPACITY, _("施教条件"), _("场地设备、师资和管理制度。"), _B, BASES),
        EvidenceKind(RECORD, _("施教业绩"), _("近年继续教育的班次、人数和效果。"), _B, BASES),
        EvidenceKind(SELF, _("自评报告"), _("评估时由基地报送。"), _B, BASES),
        EvidenceKind(CORRECTED, _("整改报告"), _("逐条说明整改的情况，附证明。"), _B, BASES),
        EvidenceKind(NOMINATION, _("推荐文件"), _("推荐申报国家级继续教育基地的文件。"), _A, BASES),
        EvidenceKind(NATIONAL, _("国家级认定文件"), _("公布国家级继续教育基地的文件。"), _A, BASES),
    ),
    states=(
        State("draft", _("填写中"), Waits.APPLICANT, editable=True),
        State("submitted", pgettext_lazy("基地", "待受理"), Waits.AUTHORITY),
        State("supplement", _("待补正"), Waits.APPLICANT, editable=True),
        State("review", pgettext_lazy("继续教育基地", "专家评审中"), Waits.AUTHORITY),
        State("notice", _("公示中"), Waits.DAY, late=False, after=Deadline("decide_days")),
        State("named", pgettext_lazy("继续教育基地", "在册"), Waits.DAY, standing=True),
        State("evaluation", pgettext_lazy("继续教育基地", "评估中"), Waits.AUTHORITY),
        State("correcting", pgettext_lazy("继续教育基地", "整改中"), Waits.APPLICANT),
        State("refused", _("不予认定"), Waits.APPLICANT),
        State("appealed", _("申诉中"), Waits.AUTHORITY),
        State("removed", pgettext_lazy("继续教育基地", "已退出"), Waits.NOBODY),
        State("upheld", _("维持不予认定"), Waits.NOBODY),
        State("closed", _("不予认定，已办结"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
        State("lapsed", _("逾期未补正"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("submit", _("提交申报"), ("draft",), "submitted", _B, _APPLIES),
            submits=True,
            starts=Deadline("accept_days"),
            source=BASES,
        ),
        *supplements(
            _("补正后提交"),
            sources=("submitted", "review"),
            applies=_APPLIES,
            officers=_OFFICER,
            starts=Deadline("accept_days"),
            source=BASES,
        ),
        Transition(
            *(
                "accept",
                pgettext_lazy("继续教育基地", "受理，组织专家评审"),
                ("submitted",),
                "review",
                _A,
                _OFFICER,
            ),
            starts=Deadline("review_days"),
            source=BASES,
        ),
        Transition(
            *("score", pgettext_lazy("继续教育基地", "汇总评审得分"), ("review",), "review", _A, _OFFICER),
            keeps=True,
            source=BASES,
        ),
        *noticed(officers=_OFFICER, source=BASES),
        Transition(
            *(
                "name",
                pgettext_lazy("继续教育基地", "认定为继续教育基地"),
                ("notice",),
                "named",
                _A,
                _OFFICER,
            ),
            guards=(Guard.NOTICE_OVER, Guard.NO_OBJECTION),
            judges=True,
            source=BASES,
        ),
        Transition(
            *(
                "name_unnoticed",
                pgettext_lazy("继续教育基地", "评审通过，认定"),
                ("review",),
                "named",
                _A,
                _OFFICER,
            ),
            reason=True,
            judges=True,
            source=BASES,
        ),
        *appeals(applies=_APPLIES, officers=_OFFICER, source=BASES),
        Transition(
            *("nominate", pgettext_lazy("继续教育基地", "推荐申报国家级"), ("named",), "named", _A, _OFFICER),
            reason=True,
            evidence=(NOMINATION,),
            takes=NOMINATION,
            judges=True,
            keeps=True,
            source=BASES,
        ),
        Transition(
            *("elevate", pgettext_lazy("继续教育基地", "登记国家级认定"), ("named",), "named", _A, _OFFICER),
            evidence=(NATIONAL,),
            takes=NATIONAL,
            keeps=True,
            source=BASES,
        ),
        Transition(
            *(
                "evaluate",
                pgettext_lazy("继续教育基地", "开始定期评估"),
                ("named",),
                "evaluation",
                _A,
                _OFFICER,
            ),
            starts=Deadline("evaluate_days"),
            # Beginning it does not put off the day by which it was due.
            keeps=True,
            anew=True,
            source=BASES,
        ),
        Transition(
            *(
                "report",
                pgettext_lazy("继续教育基地", "报送自评报告"),
                ("evaluation",),
                "evaluation",
                _B,
                _APPLIES,
            ),
            evidence=(SELF,),
            takes=SELF,
            keeps=True,
            source=BASES,
        ),
        Transition(
            *(
                "tally",
                pgettext_lazy("继续教育基地", "汇总评估得分"),
                ("evaluation",),
                "evaluation",
                _A,
                _OFFICER,
            ),
            keeps=True,
            source=BASES,
        ),
        Transition(
            *(
                "keep",
                pgettext_lazy("继续教育基地", "评估合格，保留"),
                ("evaluation",),
                "named",
                _A,
                _OFFICER,
            ),
            reason=True,
            judges=True,
            source=BASES,
        ),
        Transition(
            *(
                "fail",
                pgettext_lazy("继续教育基地", "评估不合格，责令整改"),
                ("evaluation",),
                "correcting",
                _A,
                _OFFICER,
            ),
            reason=True,
            judges=True,
            source=BASES,
        ),
        Transition(
            *(
                "correct",
                pgettext_lazy("继续教育基地", "报送整改报告"),
                ("correcting",),
                "evaluation",
                _B,
                _APPLIES,
            ),
            evidence=(CORRECTED,),
            takes=CORRECTED,
            guards=(Guard.IN_TIME,),
            starts=Deadline("evaluate_days"),
            source=BASES,
        ),
        Transition(
            *(
                "remove",
                pgettext_lazy("继续教育基地", "评估不合格，退出"),
                ("evaluation",),
                "removed",
                _A,
                _DECIDES,
            ),
            reason=True,
            fresh=True,
            judges=True,
            source=BASES,
        ),
        Transition(
            *(
                "expire",
                pgettext_lazy("继续教育基地", "逾期未整改，退出"),
                ("correcting",),
                "removed",
                _A,
                _DECIDES,
            ),
            reason=True,
            guards=(Guard.OVERDUE,),
            fresh=True,
            judges=True,
            source=BASES,
        ),
        Transition(
            *(
                "resign",
                pgettext_lazy("继续教育基地", "主动退出"),
                ("named", "evaluation", "correcting"),
                "removed",
                _B,
                _APPLIES,
            ),
            reason=True,
            source=BASES,
        ),
        Transition(
            *(
                "withdraw",
                _("撤回"),
                ("draft", "submitted", "supplement", "review", "notice", "refused", "appealed"),
                "withdrawn",
                _B,
                _APPLIES,
            ),
            aside=True,
            source=BASES,
        ),
    ),
)

FILING = Process(
    code=FILING_CODE,
    prefix="BA",
    title=_("继续教育基地年度备案计划"),
    source=YEARLY,
    start="draft",
    applicants=HOSTS,
    roles=_APPLIES,
    superior=Role.ADMIN.value,
    since=SINCE,
    settings=(
        Setting("last_month", _("首次备案最迟到当年几月底"), None, 1, 12),
        # No document says it; without one an officer judges each class by hand.
        Setting("day_hours", _("一个班次平均每天最多几学时；不填就不限"), None, 1, 24),
        Setting("review_days", _("审核期限（工作日）"), None),
        Setting("return_days", _("退回后修改的期限（工作日）"), None),
    ),
    states=(
        State("draft", _("填写中"), Waits.APPLICANT, editable=True),
        State("submitted", pgettext_lazy("备案", "待审核"), Waits.AUTHORITY),
        State("returned", pgettext_lazy("备案", "退回修改"), Waits.APPLICANT, editable=True),
        State("filed", pgettext_lazy("备案", "已备案"), Waits.DAY, late=False, standing=True),
        State("revoked", pgettext_lazy("备案", "已撤销"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("submit", pgettext_lazy("备案", "报送备案"), ("draft",), "submitted", _B, _APPLIES),
            submits=True,
            starts=Deadline("review_days"),
            source=YEARLY,
        ),
        Transition(
            *("return", pgettext_lazy("备案", "退回修改"), ("submitted",), "returned", _A, _OFFICER),
            reason=True,
            starts=Deadline("return_days"),
            source=YEARLY,
        ),
        Transition(
            *("resubmit", pgettext_lazy("备案", "修改后报送"), ("returned",), "submitted", _B, _APPLIES),
            starts=Deadline("review_days"),
            source=YEARLY,
        ),
        Transition(
            *("accept", pgettext_lazy("备案", "准予备案"), ("submitted",), "filed", _A, _OFFICER),
            judges=True,
            source=YEARLY,
        ),
        Transition(
            *("revoke", pgettext_lazy("备案", "撤销备案"), ("filed",), "revoked", _A, _OFFICER),
            aside=True,
            reason=True,
            judges=True,
            source=YEARLY,
        ),
        Transition(
            *("withdraw", _("撤回"), ("draft", "submitted", "returned"), "withdrawn", _B, _APPLIES),
            aside=True,
            source=YEARLY,
        ),
    ),
)
