"""技能人才培育实训基地 (青人社〔2023〕17 号): its life as a declaration. Numbers that the document leaves open are settings without a
standard; what an authority has not set is no deadline.
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
    Unit,
    Waits,
    appeals,
    noticed,
    supplements,
)

CODE = "skills-base"
DOCUMENT, SINCE = "青人社〔2023〕17 号", date(2023, 6, 14)
ENTITY, SITE, STAFF, RULES_POSTED, PRIORITY = "entity", "site", "staff", "rules_posted", "priority"
EXPERT = "expert_opinion"
# Of each yearly re-check: what the base reports, what the authority found, and what the base says before it is taken back.
REPORT, RECORD, STATEMENT = "yearly_report", "recheck_record", "statement"
STATEMENT_DAYS = 5
CONDITIONS = (ENTITY, SITE, STAFF, RULES_POSTED)


def _at(article: str) -> Source:
    return Source(DOCUMENT, article)


CONDITION = _at("二(一)")
ACCEPTANCE, REVIEW, PLAQUE, YEARLY = _at("四(一)"), _at("四(二)"), _at("四(三)"), _at("四(四)")
_APPLIES = (Role.HR.value, Role.ADMIN.value)
_OFFICER = (Role.OFFICER.value,)
# 核销 is decided by somebody who has judged nothing in the re-check; in a small office that is the superior.
_DECIDES = (Role.OFFICER.value, Role.ADMIN.value)
_A, _B = Side.AUTHORITY, Side.APPLICANT


def _taken_back() -> tuple[Transition, ...]:
    """A re-check that a base does not pass: it is told why, says what it has to say, and somebody else decides; what was decided can be
    contested in time, and again somebody else decides. The numbers of days are the rule's."""
    year = Deadline("recheck_months", Unit.MONTHS)
    work = Deadline("recheck_days")
    return (
        Transition(
            *("intend", _("复核不合格，告知拟核销"), ("recheck",), "hearing", _A, _OFFICER),
            reason=True,
            evidence=(RECORD,),
            takes=RECORD,
            source=YEARLY,
            starts=Deadline("statement_days"),
            judges=True,
        ),
        Transition(
            *("defend", _("提交陈述申辩"), ("hearing",), "deciding", _B, _APPLIES),
            reason=True,
            source=YEARLY,
            takes=STATEMENT,
            starts=work,
        ),
        Transition(
            *("unheard", _("陈述申辩期满"), ("hearing",), "deciding", Side.CLOCK),
            guards=(Guard.OVERDUE,),
            starts=work,
            source=YEARLY,
        ),
        Transition(
            *("spare", _("不予核销，复核合格"), ("deciding",), "named", _A, _DECIDES),
            reason=True,
            source=YEARLY,
            starts=year,
            fresh=True,
            judges=True,
        ),
        Transition(
            *("remove", _("核销"), ("deciding",), "struck", _A, _DECIDES),
            reason=True,
            source=YEARLY,
            starts=Deadline("appeal_days"),
            fresh=True,
            judges=True,
        ),
        Transition(
            *("contest", _("对核销提出申诉"), ("struck",), "contested", _B, _APPLIES),
            reason=True,
            source=YEARLY,
            takes=STATEMENT,
            guards=(Guard.IN_TIME,),
            starts=Deadline("review_days"),
        ),
        Transition(
            *("affirm", _("维持核销"), ("contested",), "removed", _A, _DECIDES),
            reason=True,
            source=YEARLY,
            fresh=True,
            judges=True,
        ),
        Transition(
            *("restore", _("撤销核销，恢复基地"), ("contested",), "named", _A, _DECIDES),
            reason=True,
            source=YEARLY,
            starts=year,
            fresh=True,
            judges=True,
        ),
        Transition(
            *("rest", _("申诉期满，核销办结"), ("struck",), "removed", Side.CLOCK),
            guards=(Guard.OVERDUE,),
            source=YEARLY,
        ),
        Transition(
            *("accept_removal", _("不申诉，核销办结"), ("struck",), "removed", _B, _APPLIES),
            aside=True,
            source=YEARLY,
        ),
    )


PROCESS = Process(
    code=CODE,
    prefix="JD",
    title=_("技能人才培育实训基地"),
    source=_at("四"),
    start="draft",
    once=True,
    # 区域内重点企业、职业院校、社会组织 (二(一)); training providers and assessors are registered as 社会组织 here.
    applicants=(
        Organisation.Kind.ENTERPRISE,
        Organisation.Kind.COLLEGE,
        Organisation.Kind.PROVIDER,
        Organisation.Kind.ASSESSOR,
    ),
    roles=_APPLIES,
    superior=Role.ADMIN.value,
    since=SINCE,
    ordered=(("count_least", "count_most"),),
    settings=(
        Setting("notice_days", _("公示期（工作日）"), 5, 1, 60, REVIEW, bound="least"),
        Setting("recheck_months", _("复核间隔（月）"), 12, 1, 24, YEARLY, bound="most"),
        Setting("count_least", _("计划建立（家，至少）"), 5, 1, 1000, _at("一")),
        Setting("count_most", _("计划建立（家，至多）"), 10, 1, 1000, _at("一")),
        Setting("accept_days", _("受理期限（工作日）"), None),
        Setting("supplement_days", _("补正期限（工作日）"), None),
        Setting("review_days", _("评审期限（工作日）"), None),
        Setting("decide_days", _("公示期满后作出决定的期限（工作日）"), None),
        Setting("appeal_days", _("申诉期限（工作日）"), None),
        Setting("recheck_days", _("复核办理期限（工作日）"), None),
        # 17 号 says nothing of it; docs/decisions/taking-a-base-back.md.
        Setting("statement_days", _("核销以前的陈述申辩期限（工作日）"), None, 1, 60),
    ),
    evidence=(
        EvidenceKind(ENTITY, _("建设主体"), _("营业执照、办学许可证或登记证书。"), _B, CONDITION),
        EvidenceKind(SITE, _("实训场地设备"), _("场地产权或租赁证明、平面图、设备清单。"), _B, CONDITION),
        EvidenceKind(STAFF, _("师资管理团队"), _("设立专门部门的文件、专职人员和专家名单。"), _B, CONDITION),
        EvidenceKind(
            RULES_POSTED,
            _("规范管理制度"),
            _("培训、财务、资产管理制度，以及制度上墙的照片。"),
            _B,
            CONDITION,
        ),
        EvidenceKind(
            PRIORITY, _("优先认定的证明"), _("紧缺项目的依据，或市级以上部门的认定文件。"), _B, CONDITION
        ),
        EvidenceKind(EXPERT, _("专家评审意见"), _("必要时委托专家评审的书面意见。"), _A, REVIEW),
        EvidenceKind(REPORT, _("年度报告"), _("一年来的培训、师资和设备变化，盖章的扫描件。"), _B, YEARLY),
        EvidenceKind(RECORD, _("复核记录"), _("现场或者书面复核的记录，经办人签字。"), _A, YEARLY),
        EvidenceKind(STATEMENT, _("陈述申辩材料"), _("对拟核销的理由有不同意见的说明和证据。"), _B, YEARLY),
    ),
    states=(
        State("draft", _("填写中"), Waits.APPLICANT, editable=True),
        State("submitted", pgettext_lazy("基地", "待受理"), Waits.AUTHORITY),
        State("supplement", _("待补正"), Waits.APPLICANT, editable=True),
        State("review", _("评审中"), Waits.AUTHORITY),
        State("notice", _("公示中"), Waits.DAY, late=False, after=Deadline("decide_days")),
        State("named", _("已认定授牌"), Waits.DAY, standing=True),
        State("refused", _("不予认定"), Waits.APPLICANT),
        State("appealed", _("申诉中"), Waits.AUTHORITY),
        State("recheck", _("年度复核中"), Waits.AUTHORITY),
        State("hearing", _("拟核销，可陈述申辩"), Waits.APPLICANT),
        State("deciding", _("待决定是否核销"), Waits.AUTHORITY),
        State("struck", _("已核销，可申诉"), Waits.APPLICANT),
        State("contested", _("核销申诉中"), Waits.AUTHORITY),
        State("upheld", _("维持不予认定"), Waits.NOBODY),
        State("closed", _("不予认定，已办结"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
        State("lapsed", _("逾期未补正"), Waits.NOBODY),
        State("removed", _("已核销"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("submit", _("提交申报"), ("draft",), "submitted", _B, _APPLIES),
            submits=True,
            starts=Deadline("accept_days"),
            source=CONDITION,
        ),
        Transition(
            *("accept", _("受理"), ("submitted",), "review", _A, _OFFICER),
            starts=Deadline("review_days"),
            source=ACCEPTANCE,
        ),
        *supplements(
            _("补正后提交"),
            sources=("submitted", "review"),
            applies=_APPLIES,
            officers=_OFFICER,
            starts=Deadline("accept_days"),
            source=ACCEPTANCE,
        ),
        Transition(
            *("hear", _("登记专家意见"), ("review",), "review", _A, _OFFICER),
            reason=True,
            evidence=(EXPERT,),
            takes=EXPERT,
            starts=Deadline("review_days"),
            source=REVIEW,
        ),
        *noticed(officers=_OFFICER, source=REVIEW),
        Transition(
            *("name", _("认定授牌"), ("notice",), "named", _A, _OFFICER),
            guards=(Guard.NOTICE_OVER, Guard.NO_OBJECTION),
            starts=Deadline("recheck_months", Unit.MONTHS),
            judges=True,
            source=PLAQUE,
        ),
        *appeals(applies=_APPLIES, officers=_OFFICER, source=REVIEW),
        Transition(
            *("recheck", _("开始年度复核"), ("named",), "recheck", _A, _OFFICER),
            starts=Deadline("recheck_days"),
            # Beginning it does not end the year: where no days are set, the day of the yearly re-check goes on.
            keeps=True,
            anew=True,
            source=YEARLY,
        ),
        Transition(
            *("keep", _("复核合格"), ("recheck",), "named", _A, _OFFICER),
            reason=True,
            evidence=(RECORD,),
            takes=RECORD,
            starts=Deadline("recheck_months", Unit.MONTHS),
            judges=True,
            source=YEARLY,
        ),
        *(
            Transition(
                *(name, _("报送年度报告"), (state,), state, _B, _APPLIES),
                evidence=(REPORT,),
                takes=REPORT,
                keeps=True,
                aside=True,
                source=YEARLY,
            )
            for name, state in (("report", "named"), ("report_now", "recheck"))
        ),
        *_taken_back(),
        Transition(
            *(
                "withdraw",
                _("撤回"),
                ("draft", "submitted", "supplement", "review", "notice", "refused", "appealed"),
            ),
            aside=True,
            to="withdrawn",
            side=_B,
            roles=_APPLIES,
            source=ACCEPTANCE,
        ),
    ),
)
