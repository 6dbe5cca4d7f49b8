"""数字技术专业人才培育项目 (沪人社专〔2022〕372号 三(三)) as a declaration: the life of one item of a track and year, from the host's
application to its end. The document asks for a yearly plan of projects (四(一)), for hosts that are public (四(三)) and notices on one
board (四(三)); numbers it leaves open are settings without a standard.

What happens in an item (contest, trainees, levels, money) is in the rooms' services beside it.
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

CODE = "digital-item"
DOCUMENT, SINCE = "沪人社专〔2022〕372号", date(2022, 12, 2)
PLAN, AGREEMENT, SUMMARY = "plan", "agreement", "summary"


def at(article: str) -> Source:
    return Source(DOCUMENT, article)


DIGITAL, YEARLY, BOARD, MONEY, HOURS = at("三(三)"), at("四(一)"), at("四(三)"), at("四(二)"), at("四(四)")
_HOSTS = (Role.ADMIN.value, Role.TEACHER.value)
_OFFICER = (Role.OFFICER.value,)
_A, _B = Side.AUTHORITY, Side.APPLICANT
_KIND = Organisation.Kind

# By what the jury of a contest is counted; 三(三) 二是 names none.
JURY_LEAST = "jury_least"

PROCESS = Process(
    code=CODE,
    prefix="SZ",
    title=_("数字技术专业人才培育项目"),
    source=DIGITAL,
    start="draft",
    applicants=(_KIND.COLLEGE, _KIND.PROVIDER, _KIND.ENTERPRISE, _KIND.ASSESSOR),
    roles=_HOSTS,
    superior=Role.ADMIN.value,
    since=SINCE,
    settings=(
        Setting("review_days", _("审核期限（工作日）"), None),
        Setting("supplement_days", _("补正期限（工作日）"), None),
        Setting("close_days", pgettext_lazy("数字技术", "结项期限（工作日）"), None),
        Setting(JURY_LEAST, _("大赛每个参赛队至少由几位评委打分"), None, 1, 30),
    ),
    evidence=(
        EvidenceKind(
            PLAN,
            pgettext_lazy("数字技术", "实施方案"),
            _("做什么、谁来做、怎样组织；大赛附赛程和评分办法。"),
            _B,
            DIGITAL,
        ),
        EvidenceKind(
            AGREEMENT,
            pgettext_lazy("数字技术", "协议或标准文本"),
            _("校企合作附协议，国际化职业标准附采用的标准；其他可以不附。"),
            _B,
            DIGITAL,
        ),
        EvidenceKind(
            SUMMARY, pgettext_lazy("数字技术", "项目总结"), _("在“报送项目总结”时附上。"), _B, BOARD
        ),
    ),
    states=(
        State("draft", _("填写中"), Waits.APPLICANT, editable=True),
        State("submitted", pgettext_lazy("数字技术", "待审核"), Waits.AUTHORITY),
        State("supplement", _("待补正"), Waits.APPLICANT, editable=True),
        State("approved", pgettext_lazy("数字技术", "已列入年度项目"), Waits.DAY, late=False),
        State("open", pgettext_lazy("数字技术", "实施中"), Waits.DAY, late=False),
        State("reported", pgettext_lazy("数字技术", "待结项"), Waits.AUTHORITY),
        State("closed", pgettext_lazy("数字技术", "已结项"), Waits.NOBODY),
        State("refused", pgettext_lazy("数字技术", "不予列入"), Waits.NOBODY),
        State("cancelled", pgettext_lazy("数字技术", "已取消"), Waits.NOBODY),
        State("withdrawn", _("已撤回"), Waits.NOBODY),
        State("lapsed", _("逾期未补正"), Waits.NOBODY),
    ),
    transitions=(
        Transition(
            *("submit", pgettext_lazy("数字技术", "提交申报"), ("draft",), "submitted", _B, _HOSTS),
            submits=True,
            evidence=(PLAN,),
            starts=Deadline("review_days"),
            source=DIGITAL,
        ),
        *supplements(
            _("补正后提交"),
            applies=_HOSTS,
            officers=_OFFICER,
            starts=Deadline("review_days"),
            source=DIGITAL,
        ),
        Transition(
            *(
                "approve",
                pgettext_lazy("数字技术", "列入年度项目，公布承办单位"),
                ("submitted",),
                "approved",
                _A,
                _OFFICER,
            ),
            reason=True,
            judges=True,
            source=YEARLY,
        ),
        Transition(
            *("refuse", pgettext_lazy("数字技术", "不予列入"), ("submitted",), "refused", _A, _OFFICER),
            reason=True,
            judges=True,
            source=DIGITAL,
        ),
        Transition(
            *("announce", pgettext_lazy("数字技术", "发布通知，开始实施"), ("approved",), "open", _B, _HOSTS),
            source=BOARD,
        ),
        Transition(
            *("report", pgettext_lazy("数字技术", "报送项目总结"), ("open",), "reported", _B, _HOSTS),
            evidence=(SUMMARY,),
            takes=SUMMARY,
            starts=Deadline("close_days"),
            source=BOARD,
        ),
        Transition(
            *("return", pgettext_lazy("数字技术", "退回补充总结"), ("reported",), "open", _A, _OFFICER),
            reason=True,
            source=BOARD,
        ),
        Transition(
            *("close", pgettext_lazy("数字技术", "结项"), ("reported",), "closed", _A, _OFFICER),
            reason=True,
            judges=True,
            source=BOARD,
        ),
        Transition(
            *(
                "cancel",
                pgettext_lazy("数字技术", "取消项目"),
                ("approved", "open"),
                "cancelled",
                _A,
                _OFFICER,
            ),
            aside=True,
            reason=True,
            source=DIGITAL,
        ),
        Transition(
            *(
                "withdraw",
                _("撤回"),
                ("draft", "submitted", "supplement", "approved"),
                "withdrawn",
                _B,
                _HOSTS,
            ),
            aside=True,
            source=DIGITAL,
        ),
    ),
)
