"""Making bundles, beginning all of one, and setting targets.

Owns: Bundle with its courses, Target. Refuses: acting for a department one is no officer of, courses that are not
published, a target given by anybody but the body above, a part of another kind than the whole, and breaking down further than to districts.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, User, actor
from lms.learning.api import enrol
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.outbox.services import emit
from lms.training.access import acting
from lms.training.bundles import queries
from lms.training.bundles.models import Audience, Bundle, BundleCourse, BundleState, Target
from lms.training.bundles.rules import MOST_LEVELS, NEEDED, kind_fits
from lms.training.yearly_plans.queries import may_publish

FIRST_YEAR = 2022
YEARS_AHEAD = 8  # 372号 runs to 2030
MOST_COURSES = 60
LONGEST_GUIDE = 10_000
# Shanghai has fewer people than that.
MOST_PERSON_TIMES = 100_000_000


@dataclass(frozen=True)
class About:
    title: str
    purpose: str
    guide: str = ""
    audience: str = ""


def _actor(by: User | Actor, body: Organisation) -> Actor:
    return acting(by, body, _("培训课程包和指标由主管部门设定。"))


# --- bundles ---------------------------------------------------------------------------------------------


@transaction.atomic
def begin(by: User | Actor, owner: Organisation, year: int, about: About) -> Bundle:
    """A draft. Raises NotAllowed, Invalid (a field)."""
    who = _actor(by, owner)
    _check_year(year)
    found = Bundle.objects.create(owner=owner, year=year, **_said(about))
    _record(who, found, "begin", year=year)
    return found


@transaction.atomic
def describe(by: User | Actor, bundle: Bundle, about: About) -> None:
    """Title, purpose and guide, of a published bundle too. Raises NotAllowed, Invalid."""
    who = _actor(by, bundle.owner)
    found, said = _locked(bundle), _said(about)
    for name, value in said.items():
        setattr(found, name, value)
    found.save()
    _record(who, found, "describe", title=found.title)


@transaction.atomic
def add_course(by: User | Actor, bundle: Bundle, code: str, part: str = "") -> None:
    """The course stands last in the bundle, or stays where it is; part: which of the contents that the audience needs it
    is, as said last. Raises NotAllowed, Invalid.
    """
    who = _actor(by, bundle.owner)
    found = _locked(bundle)
    course = CoursePage.objects.live().filter(code=code.strip()).first()
    if course is None:
        raise _wrong("code", _("没有代码为「%(code)s」的已发布课程。") % {"code": code.strip()[:60]})
    if not found.courses.filter(course=course).exists() and found.courses.count() >= MOST_COURSES:
        raise _wrong("code", _("一个课程包最多 %(most)s 门课程。") % {"most": MOST_COURSES})
    last = found.courses.aggregate(last=Max("position"))["last"] or 0
    if part and part not in NEEDED.get(found.audience, ()):
        raise _wrong("part", _("请从这个课程包的对象需要的内容里选择。"))
    row, made = BundleCourse.objects.get_or_create(
        bundle=found, course=course, defaults={"position": last + 1, "part": part}
    )
    if made or row.part != part:
        row.part = part
        row.save(update_fields=["part"])
        _record(who, found, "course", course=course.code, part=part)


@transaction.atomic
def drop_course(by: User | Actor, bundle: Bundle, code: str) -> None:
    """Without the course; whoever studies it goes on. Raises NotAllowed, Conflict (the last one of a published bundle)."""
    who = _actor(by, bundle.owner)
    found = _locked(bundle)
    rows = found.courses.filter(course__code=code)
    if found.state == BundleState.PUBLISHED and rows.exists() and found.courses.count() == 1:
        raise Conflict(_("已发布的课程包至少要有一门课程。"), code="empty_bundle")
    gone, _by_model = rows.delete()
    if gone:
        _record(who, found, "drop", course=code)


@transaction.atomic
def publish(by: User | Actor, bundle: Bundle) -> None:
    """Everybody sees the bundle from now on. Raises NotAllowed, Invalid (no course), Conflict (published already)."""
    who = _actor(by, bundle.owner)
    found = _locked(bundle)
    if found.state == BundleState.PUBLISHED:
        raise Conflict(_("这个课程包已经发布。"), code="published")
    if not found.courses.exists():
        raise Invalid(_("课程包里还没有课程，不能发布。"), code="empty_bundle")
    found.state, found.published_at = BundleState.PUBLISHED, now()
    found.save(update_fields=["state", "published_at"])
    _record(who, found, "publish", courses=found.courses.count())


@transaction.atomic
def close(by: User | Actor, bundle: Bundle) -> None:
    """Not shown any more; what came of it still counts for the year's targets. Raises NotAllowed, Conflict (a draft)."""
    who = _actor(by, bundle.owner)
    found = _locked(bundle)
    if found.state != BundleState.PUBLISHED:
        raise Conflict(_("只有已发布的课程包可以停用。"), code="not_published")
    found.state = BundleState.CLOSED
    found.save(update_fields=["state"])
    _record(who, found, "close")


@transaction.atomic
def enrol_in_all(user: User, bundle: Bundle) -> int:
    """Begin every course of a published bundle that the person has not begun; how many there were. Raises Conflict (not
    published; a course that cannot be begun now), and then none is begun.
    """
    if bundle.state != BundleState.PUBLISHED:
        raise Conflict(_("这个课程包现在不能报名。"), code="not_published")
    courses = queries.courses_in(bundle)
    begun = {step.course.pk for step in queries.steps(user, courses) if step.progress}
    fresh = [course for course in courses if course.pk not in begun]
    for course in fresh:
        enrol(user, course, actor(user))
    return len(fresh)


# --- targets ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """person_times (人次); centihours, None: none set; source: the document they come from; kind: of courses that count for it, "" for
    all: another kind is another target, and changes none that is there."""

    person_times: int
    centihours: int | None = None
    source: str = ""
    kind: str = ""


@transaction.atomic
def set_target(
    by: User | Actor, year: int, body: Organisation, parent: Target | None, figures: Figures
) -> Target:
    """The body's target of the year and the kind of courses, new or changed: the one that is a part of `parent`, which the parent's body sets, or
    its own (no parent), as the city's is, which it sets itself. Others that it has stay as they are. Raises NotAllowed,
    Invalid (a field), Conflict (the parent is dropped at this moment).
    """
    who = _actor(by, parent.body if parent else body)
    _check_year(year)
    _check(body, parent, year, figures)
    said = {
        "person_times": figures.person_times,
        "centihours": figures.centihours,
        "source": figures.source.strip(),
    }
    if parent is not None and _gone(parent):
        raise Conflict(_("上级指标刚刚被删除，请刷新后再看。"), code="target_gone")
    found, made = Target.objects.select_for_update(of=("self",)).get_or_create(
        year=year, body=body, parent=parent, kind=figures.kind, defaults=said
    )
    before = {name: getattr(found, name) for name in said}
    if made or before != said:
        for name, value in said.items():
            setattr(found, name, value)
        found.save()
        data = {"year": year, "body": body.code, "kind": figures.kind, **said} | (
            {} if made else {"before": before}
        )
        record(who, action="target.set", target_type="training.Target", target=found.uuid, data=data)
    return found


@transaction.atomic
def drop_target(by: User | Actor, target: Target) -> None:
    """Without the target. Raises NotAllowed, Conflict (it is broken down further)."""
    who = _actor(by, queries.setter(target))
    found = Target.objects.select_for_update(of=("self",)).get(pk=target.pk)
    if found.children.exists():
        raise Conflict(_("这个指标已经分解下去，先删除下面的指标。"), code="broken_down")
    data = {"year": found.year, "person_times": found.person_times, "centihours": found.centihours}
    record(who, action="target.drop", target_type="training.Target", target=found.uuid, data=data)
    found.delete()


def _check(body: Organisation, parent: Target | None, year: int, figures: Figures) -> None:
    if body.kind != Organisation.Kind.AUTHORITY:
        raise _wrong("body", _("指标只能分解给主管部门或区。"))
    level, above = 0, parent
    while above is not None:
        if above.body_id == body.pk or above.year != year:
            raise _wrong("body", _("指标不能分解给自己，也不能跨年度。"))
        level, above = level + 1, above.parent
    if parent is not None and may_publish(body, today()) and not may_publish(parent.body, today()):
        # 372号 三(一), 四(一): who publishes a region's plans stands above its departments and districts.
        raise _wrong(
            "body",
            _("%(name)s发布本地区的年度计划，指标由它向下分解，不能由下级分给它。") % {"name": body.name},
        )
    if figures.kind not in ("", *Kind.values):
        raise _wrong("kind", _("请从列出的类别里选。"))
    if parent is not None and not kind_fits(parent.kind, figures.kind):
        raise _wrong(
            "kind",
            _("上级指标是%(kind)s的，分解下去的也要是%(kind)s。") % {"kind": queries.kind_words(parent.kind)},
        )
    if level >= MOST_LEVELS:
        raise _wrong("parent", _("指标分解到区为止。"))
    if not 1 <= figures.person_times <= MOST_PERSON_TIMES:
        raise _wrong("person_times", _("请填 1 到 %(most)s 的人次。") % {"most": MOST_PERSON_TIMES})
    if figures.centihours is not None and not 0 < figures.centihours <= MOST_PERSON_TIMES * 10_000:
        raise _wrong("hours", _("学时要大于 0；没有设定就不填。"))
    if len(figures.source) > 300 or "\0" in figures.source:
        raise _wrong("source", _("这一项不超过 %(most)s 个字。") % {"most": 300})


def _gone(target: Target) -> bool:
    """Whether it was dropped meanwhile; if not, it stays until this transaction is through."""
    return Target.objects.select_for_update(of=("self",)).filter(pk=target.pk).first() is None


def _check_year(year: int) -> None:
    last = today().year + YEARS_AHEAD
    if not FIRST_YEAR <= year <= last:
        raise _wrong("year", _("请填 %(first)s 到 %(last)s 年。") % {"first": FIRST_YEAR, "last": last})


def _locked(bundle: Bundle) -> Bundle:
    return Bundle.objects.select_for_update(of=("self",)).select_related("owner").get(pk=bundle.pk)


def _said(about: About) -> dict[str, str]:
    said = {"title": about.title.strip(), "purpose": about.purpose.strip(), "guide": about.guide.strip()}
    most = {"title": 120, "purpose": 300, "guide": LONGEST_GUIDE}
    for name, text in said.items():
        if len(text) > most[name] or "\0" in text:
            raise _wrong(name, _("这一项不超过 %(most)s 个字。") % {"most": most[name]})
    if about.audience not in ("", *Audience.values):
        raise _wrong("audience", _("请选择对象。"))
    for name, sentence in (("title", _("请填写课程包名称。")), ("purpose", _("请写明课程包的用途。"))):
        if len(said[name]) < 4:
            raise _wrong(name, sentence)
    return said | {"audience": about.audience}


def _record(who: Actor, bundle: Bundle, act: str, **data: object) -> None:
    row = record(
        who, action=f"bundle.{act}", target_type="training.Bundle", target=bundle.uuid, data=dict(data)
    )
    emit("bundle.changed", {"bundle": str(bundle.uuid)}, key=f"bundle.changed:{row.uuid}")


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_bundle", details={"field": name})
