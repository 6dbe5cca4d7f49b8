"""高级研修项目、急需紧缺人才培养项目 (沪人社专〔2022〕372号 三(二)): the life of one topic as a declaration, from the proposal of a
department or district to its settlement. Numbers that the document leaves open are settings without a standard.

What is not an act on one topic (the call, the yearly plan, enrolment, accounts, evaluation) is in services.py, enrolment.py and
results.py; conduct.py ties them to these acts.
"""

from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import Organisation, Role
from lms.training.lifecycle.declaration import (
    Deadline,
    EvidenceKind,
    Process,
    Setting,
    Side,
    Source,
    State,
    Transition,
    Waits,
    supplements,
)

CODE = "advanced-programme"
DOCUMENT, SINCE = "沪人社专〔2022〕372号", date(2022, 12, 2)
NEED, SUMMARY, VOUCHER = "need", "summary", "voucher"


def at(article: str) -> Source:
    return Source(DOCUMENT, article)


PROGRAMMES, BOARD, EVALUATION, MONEY = at("三(二)"), at("四(三)"), at("四(三)"), at("四(二)")
_PROPOSES = (Role.OFFICER.value, Role.ADMIN.value)
_OFFICER = (Role.OFFICER.value,)
_A, _B = Side.AUTHORITY, Side.APPLICANT
# What an evaluation is made of (四(三)): each with a weight that the authority's rule sets.
CRITERIA = {
    "weight_need": _("需求导向"),
    "weight_delivery": _("组织实施"),
    "weight_problem": _("解决实际问题的效果"),
    "weight_benefit": _("长期社会影响效益"),
}
WEIGHTS = tuple(CRITERIA)

PROCESS = Process(
    code=CODE,
    prefix="YX",
    title=_("高级研修和急需紧缺人才培养项目"),
    source=PROGRAMMES,
    start="draft",
    # 各行业主管部门和区人力资源社会保障部门: authorities propose to the authority in charge.
    applicants=(Organisation.Kind.AUTHORITY,),
    roles=_PROPOSES,
    superior=Role.ADMIN.value,
    since=SINCE,
    settings=(
        Setting("review_days", _("审核期限（工作日）"), None),
        Setting("supplement_days", _("补正期限（工作日）"), None),
        Setting("evaluate_days", _("评估期限（工作日）"), None),
        # 每年度……征集项目选题: by when in the year the document does not say.
        Setting("call_month", _("当年选题征集最迟到几月底前发布"), None, 1, 12, PROGRAMMES),
        Setting("settle_days", _("结算期限（工作日）"), None),
        Setting("most_age", _("急需紧缺项目的年龄上限（周岁）"), None, 18, 70),
        Setting("pass_mark", _("评估合格线（分）"), None, 1, 100),
        Setting("weight_need", _("评估权重：需求导向（%）"), None, 0, 100),
        Setting("weight_delivery", _("评估权重：组织实施（%）"), None, 0, 100),
        Setting("weight_problem", _("评估权重：解决实际问题的效果（%）"), None, 0, 100),
        Setting("weight_benefit", _("评估权重：长期社会影响效益（%）"), None, 0, 100),
    ),
    evidence=(
        EvidenceKind(
            NEED, _("选题论证"), _("本行业、本区域的人才培养需求和推荐承办单位的理由。"), _B, PROGRAMMES
        ),
        EvidenceKind(
            SUMMARY, _("结业总结"), _("总结、学员名册和满意度；在“报送结业总结”时附上。"), _B, BOARD
        ),
        EvidenceKind(VOUCHER, _("结算凭证"), _("资助资金的核拨凭证。"), _A, MONEY),
    ),
    states=(
        State("draft", _("填写中"), Waits.APPLICANT, editable=True),
        State("submitted", pgettext_lazy("研修", "待审核"), Waits.AUTHORITY),
        State("supplement", _("待补正"), Waits.APPLICANT, editable=True),
        State("approved", pgettext_lazy("研修", "已列入年度计划"), Waits.DAY, late=False),
        State("enrolling", pgettext_lazy("研修", "招收学员"), Waits.DAY, late=False),
        State("running", pgettext_lazy("研修", "办班中"), Waits.DAY, late=False),
        State("reported", pgettext_lazy("研修", "待评估"), Waits.AUTHORITY),
        State("settling", pgettext_lazy("研修", "待结算"), Waits.AUTHORITY),
        State("settled", pgettext_lazy("研修", "已结算"), Waits.NOBODY),
        State("failed", pgettext_lazy("研修", "评估不合格"), Waits.NOBODY),
        State("refused", pgettext_lazy("研修", "不予立项"), Waits.NOBODY),
        State("cancelled", pgettext_lazy("研修", "已取消"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
        State("lapsed", _("逾期未补正"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("submit", _("报送选题"), ("draft",), "submitted", _B, _PROPOSES),
            submits=True,
            evidence=(NEED,),
            starts=Deadline("review_days"),
            source=PROGRAMMES,
        ),
        *supplements(
            _("补正后报送"),
            applies=_PROPOSES,
            officers=_OFFICER,
            starts=Deadline("review_days"),
            source=PROGRAMMES,
        ),
        Transition(
            *("approve", _("审核批准，列入年度计划"), ("submitted",), "approved", _A, _OFFICER),
            reason=True,
            judges=True,
            source=PROGRAMMES,
        ),
        Transition(
            *("refuse", _("不予立项"), ("submitted",), "refused", _A, _OFFICER),
            reason=True,
            judges=True,
            source=PROGRAMMES,
        ),
        Transition(
            *("announce", _("发布招收学员通知"), ("approved",), "enrolling", _B, _PROPOSES),
            source=BOARD,
        ),
        Transition(
            *("begin", _("开班"), ("enrolling",), "running", _B, _PROPOSES),
            source=PROGRAMMES,
        ),
        Transition(
            *("report", _("报送结业总结"), ("running",), "reported", _B, _PROPOSES),
            evidence=(SUMMARY,),
            takes=SUMMARY,
            starts=Deadline("evaluate_days"),
            source=BOARD,
        ),
        Transition(
            *("return", _("退回补充总结"), ("reported",), "running", _A, _OFFICER),
            reason=True,
            source=BOARD,
        ),
        Transition(
            *("evaluate", _("评估合格"), ("reported",), "settling", _A, _OFFICER),
            reason=True,
            judges=True,
            starts=Deadline("settle_days"),
            source=EVALUATION,
        ),
        Transition(
            *("fail", _("评估不合格，不予资助"), ("reported",), "failed", _A, _OFFICER),
            reason=True,
            judges=True,
            source=EVALUATION,
        ),
        Transition(
            *("settle", _("结算资助资金"), ("settling",), "settled", _A, _OFFICER),
            reason=True,
            evidence=(VOUCHER,),
            takes=VOUCHER,
            fresh=True,
            judges=True,
            source=MONEY,
        ),
        Transition(
            *("cancel", _("取消项目"), ("approved", "enrolling", "running"), "cancelled", _A, _OFFICER),
            aside=True,
            reason=True,
            source=PROGRAMMES,
        ),
        Transition(
            *(
                "withdraw",
                _("撤回"),
                ("draft", "submitted", "supplement", "approved"),
                "withdrawn",
                _B,
                _PROPOSES,
            ),
            aside=True,
            source=PROGRAMMES,
        ),
    ),
)
