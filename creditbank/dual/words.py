"""The modes and where somebody stands in them, in plain words; a plan as rows for a page."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditbank.dual.models import FusedEnrolment, FusedPlanVersion, FusedResult
from creditbank.dual.queries import courses_of, parts_of
from creditbank.dual.rules import Course, CourseState, share_permille
from creditbank.rules.facts import Mode
from lms.lib.units import format_centi

# S2 二 names the modes and their audiences; what each does beyond that is how this platform carries it out.
ABOUT: dict[str, Promise] = {
    Mode.COURSE_RECOMBINATION: gettext_lazy(
        "面向在校生。课程按职业标准重组，一次考核（理论、操作、综合素养）同时算课程成绩和技能考核；每门合格即记学分，全部合格可申领证书。"
    ),
    Mode.CREDIT_RECOGNITION: gettext_lazy(
        "面向在校生。已取得的课程学分，可以免去技能考核中相应的部分；凭证写明课程、成绩和所依据的规则版本。"
    ),
    Mode.THROUGH_TRAIN: gettext_lazy(
        "面向在职学员。参加融通培训，考核全部合格后，证书与学历学分同时记入，缺一不可。"
    ),
    Mode.CERTIFICATE_RECOGNITION: gettext_lazy(
        "面向在职学员。已有的职业技能证书经核实，换成学历教育的课程学分，在每个专业使用一次。"
    ),
}
STATES: dict[str, Promise] = {
    CourseState.OPEN: gettext_lazy("待考核"),
    CourseState.FAILED: gettext_lazy("还没合格"),
    CourseState.PASSED: gettext_lazy("已合格"),
    CourseState.CREDITED: gettext_lazy("已合格，学分已入账"),
}


@dataclass(frozen=True)
class Attempt:
    """One record: "1", its day, "理论知识 82.5、操作技能 70", and what became of it."""

    result: FusedResult
    scores: str
    outcome: str


@dataclass(frozen=True)
class CourseRow:
    course: Course
    state: str
    label: str
    attempts: list[Attempt]


def rows_of(
    enrolment: FusedEnrolment, states: dict[str, CourseState], results: list[FusedResult]
) -> list[CourseRow]:
    """The plan's courses with where the person stands and every record so far."""
    return [
        CourseRow(
            course,
            states[course.code].value,
            str(STATES[states[course.code]]),
            [_attempt(enrolment, item) for item in results if item.course_code == course.code],
        )
        for course in courses_of(enrolment.version)
    ]


def _attempt(enrolment: FusedEnrolment, result: FusedResult) -> Attempt:
    said = [
        f"{part.name} {format_centi(result.scores[part.code])}"
        for part in parts_of(enrolment.version)
        if part.code in result.scores
    ]
    if hasattr(result, "corrected_by"):
        outcome = _("已更正")
    elif not result.scores:
        outcome = _("已取消")
    else:
        outcome = _("合格") if result.passed else _("不合格")
    return Attempt(result, _("、").join(said), outcome)


def share_text(version: FusedPlanVersion) -> str:
    """How much of the diploma the plan covers, and the bounds it keeps to."""
    share = share_permille(courses_of(version), version.plan.programme.centicredits)
    now = _("未设定") if share is None else f"{share / 10:g}%"
    least, most = version.share_min_permille, version.share_max_permille
    if least is None and most is None:
        return _("%(share)s（方案没有规定范围）") % {"share": now}
    bounds = "–".join(f"{bound / 10:g}%" if bound is not None else "" for bound in (least, most))
    return _("%(share)s（规定 %(bounds)s）") % {"share": now, "bounds": bounds}


def parts_text(version: FusedPlanVersion) -> str:
    return _("、").join(
        _("%(part)s %(score)s 分") % {"part": part.name, "score": format_centi(part.pass_score)}
        for part in parts_of(version)
    )


def next_text(enrolment: FusedEnrolment, candidate: bool) -> str:
    """Who is next, in one sentence; "" when nobody is."""
    state = FusedEnrolment.State
    college, assessor = enrolment.plan.programme.organisation.name, enrolment.plan.assessor.name
    if enrolment.state == state.APPLIED:
        return _("等待%(who)s确认报名。") % {"who": college}
    if enrolment.state != state.ADMITTED:
        return ""
    if not candidate:
        return _("各门课程由%(who)s考核并登记成绩。") % {"who": assessor}
    if enrolment.plan.mode == Mode.THROUGH_TRAIN:
        return _("全部合格。等待%(who)s办理证书与学分。") % {"who": college}
    return _("全部合格，可申领证书。等待%(who)s发证。") % {"who": assessor}
