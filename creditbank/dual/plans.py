"""Publishing a plan: what a college and an assessor agreed on, as the next version of the plan, which then never changes.

Refuses: a plan that leans on a rule which does not exist, is of another programme or mode, or does not give what the plan
says; in 直通车式, a fused share outside the bounds or one that cannot be reckoned. The rules themselves went through their
college's panel (rules/drafts).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from creditbank.dual.models import FusedPlan, FusedPlanVersion
from creditbank.dual.rules import (
    FUSED,
    MODES,
    MOST_COURSES,
    MOST_PARTS,
    TOP_SCORE,
    Course,
    Gives,
    Part,
    share_holds,
)
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH, OCCUPATION_CODE, Mode, RuleFact, in_force
from creditbank.rules.models import Programme
from creditbank.rules.queries import fact, versions
from lms.accounts.api import Organisation, Role, User, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed

TARGET = "creditbank.FusedPlan"
WRONG = "invalid_plan"
CODE = 40


@dataclass(frozen=True)
class NewPlan:
    """What a version says; see FusedPlanVersion. parts: none in 学分认可型, where no new assessment is held."""

    title: str
    certificate: str
    occupation_code: str
    level: int
    courses: Sequence[Course]
    valid_from: date
    source: str
    parts: Sequence[Part] = field(default_factory=tuple)
    valid_until: date | None = None
    share_min_permille: int | None = None
    share_max_permille: int | None = None


def publish_plan(
    user: User | None,
    programme: Programme,
    new: NewPlan,
    *,
    code: str,
    mode: str,
    assessor: Organisation,
    system: Actor | None = None,
) -> FusedPlanVersion:
    """The plan's next version, by an administrator of the college (system: by the platform's demo). The first call
    makes the plan. Raises NotAllowed, Invalid (a field, named in details), Conflict (the code is another plan's).
    """
    who = system or _admin(user, programme)
    _check(new, programme, mode, assessor)
    with transaction.atomic():
        # The programme's row is the lock under which plan and number are found.
        Programme.objects.select_for_update().get(pk=programme.pk)
        plan, _made = FusedPlan.objects.get_or_create(
            code=code, defaults={"programme": programme, "mode": mode, "assessor": assessor}
        )
        if (plan.programme_id, plan.mode, plan.assessor_id) != (programme.pk, mode, assessor.pk):
            raise Conflict(
                _("方案编号 %(code)s 已经用过，请换一个。") % {"code": code}, code="plan_code_taken"
            )
        newest = plan.versions.order_by("-number").first()
        version = FusedPlanVersion.objects.create(
            plan=plan,
            number=newest.number + 1 if newest else 1,
            title=new.title.strip(),
            certificate=new.certificate.strip(),
            occupation_code=new.occupation_code,
            level=new.level,
            courses=[vars(course) for course in new.courses],
            parts=[vars(part) for part in new.parts],
            share_min_permille=new.share_min_permille,
            share_max_permille=new.share_max_permille,
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            source=new.source.strip(),
            published_at=now(),
            published_by=who.person,
        )
        record(
            who,
            action="fused_plan.publish",
            target_type=TARGET,
            target=plan.uuid,
            data={"version": version.number, "mode": mode},
        )
    return version


def _admin(user: User | None, programme: Programme) -> Actor:
    if user is None:
        raise NotAllowed
    return require_role(user, Role.ADMIN, organisation=programme.organisation)


def wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=WRONG, details={"field": name})


def _check(new: NewPlan, programme: Programme, mode: str, assessor: Organisation) -> None:
    spec = MODES.get(mode)
    if spec is None or spec.gives == Gives.ON_APPLICATION:
        raise wrong("mode", _("请选择课程重组型、学分认可型或直通车式；证书认可型直接申请，不需要方案。"))
    if assessor.kind != Organisation.Kind.ASSESSOR:
        raise wrong("assessor", _("考核须由登记在册的评价机构承担。"))
    for name, most in (("title", 120), ("certificate", 120), ("source", 200)):
        said = getattr(new, name)
        if not said.strip() or len(said) > most or "\0" in said:
            raise wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    if not OCCUPATION_CODE.match(new.occupation_code):
        raise wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
    if new.level not in LEVELS_LOW_TO_HIGH:
        raise wrong("level", _("请选择等级。"))
    if new.valid_until is not None and new.valid_until < new.valid_from:
        raise wrong("valid_until", _("结束日期不能早于开始日期。"))
    _check_parts(new, mode)
    _check_courses(new, programme, mode, assessor)
    _check_share(new, programme)


def _check_parts(new: NewPlan, mode: str) -> None:
    codes = [part.code for part in new.parts]
    if (mode in FUSED) != bool(codes) or len(codes) > MOST_PARTS or len(set(codes)) != len(codes):
        raise wrong("parts", _("请列出考核的各部分（如理论知识、操作技能、综合素养），每部分一行。"))
    for part in new.parts:
        if not part.code or not part.name or not 0 < part.pass_score <= TOP_SCORE:
            raise wrong("parts", _("每部分都要有名称和合格分数（大于 0，不超过 100）。"))


def _check_courses(new: NewPlan, programme: Programme, mode: str, assessor: Organisation) -> None:
    codes = [course.code for course in new.courses]
    if not codes or len(codes) > MOST_COURSES or len(set(codes)) != len(codes):
        raise wrong("courses", _("请列出 1 到 %(most)s 门融通课程，每门一次。") % {"most": MOST_COURSES})
    if mode == Mode.THROUGH_TRAIN and len({course.rule for course in new.courses}) > 1:
        raise wrong("courses", _("直通车式的各门课程由同一条规则一起记入，请填同一个规则编号。"))
    published = in_force([fact(row) for row in versions([programme])], new.valid_from)
    for course in new.courses:
        if len(course.code) > CODE or not course.name:
            raise wrong("courses", _("每门课程都要有代码和名称。"))
        rule = published.get(course.rule)
        if rule is None or rule.mode != mode or rule.outcome_kind != MODES[mode].kind:
            raise wrong(
                "courses",
                _("课程 %(course)s：没有本专业在 %(day)s 有效的同一模式的规则“%(rule)s”。")
                % {"course": course.name, "day": new.valid_from, "rule": course.rule},
            )
        if not gives(rule, new.courses, course, mode, assessor):
            raise wrong(
                "courses",
                _("课程 %(course)s：规则“%(rule)s”给出的内容与方案不一致。")
                % {"course": course.name, "rule": course.rule},
            )


def gives(
    rule: RuleFact, courses: Sequence[Course], course: Course, mode: str, assessor: Organisation
) -> bool:
    """Whether the rule says of this course what the plan says; of a through train, of all of them together: they are
    posted by one rule, and neither more nor less than the plan names.
    """
    if mode == Mode.CREDIT_RECOGNITION:
        return bool(rule.exemptions) and rule.course_code == course.code
    given = {item.code: item.centicredits for item in rule.courses}
    if mode == Mode.COURSE_RECOMBINATION:
        accepted = rule.issuers is None or assessor.code in rule.issuers
        return accepted and rule.course_code == course.code and given == {course.code: course.centicredits}
    return given == {item.code: item.centicredits for item in courses}


def _check_share(new: NewPlan, programme: Programme) -> None:
    least, most = new.share_min_permille, new.share_max_permille
    if any(bound is not None and not 0 < bound <= 1000 for bound in (least, most)):
        raise wrong("share_max_permille", _("融通学分占比应在 0 与 100% 之间。"))
    holds = share_holds(list(new.courses), programme.centicredits, least, most)
    if holds is None:
        raise wrong(
            "share_max_permille", _("这个专业的毕业总学分尚未设定，算不出融通学分占比，请先设定或不填占比。")
        )
    if not holds:
        raise wrong("share_max_permille", _("融通课程的学分占毕业总学分的比例不在方案规定的范围内。"))
