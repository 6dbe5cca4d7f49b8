"""能力素质模型 (372号 三(三)): drafts, and publishing a version that never changes.

Owns: SkillModelDraft, SkillModel, SkillCourse. Refuses: writing by others than the authority's officers, on a draft that somebody else has
changed meanwhile; a version without a source, with a level that no course leads to or with courses that not everybody can begin, and one that
says what the one before says.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from courses.api import CoursePage
from creditbank.api import occupation_names
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit
from lms.training.access import acting
from lms.training.board import api as board
from lms.training.digital import rules, services
from lms.training.digital.models import GRADES, SkillCourse, SkillModel, SkillModelDraft
from lms.training.digital.process import DIGITAL
from lms.training.digital.rules import Domain, Rung, Skill
from lms.training.digital.words import label
from lms.training.lifecycle.words import cite

TARGET = "training.SkillModel"


@dataclass(frozen=True)
class About:
    """direction: 职业方向; source: the document or group that the model rests on."""

    title: str
    direction: str
    source: str


def _acting(by: User | Actor, authority: Organisation) -> Actor:
    return acting(by, authority, _("能力素质模型由主管部门编制和发布。"))


@transaction.atomic
def begin(by: User | Actor, authority: Organisation, about: About) -> SkillModelDraft:
    """A new model's draft. Raises NotAllowed, Invalid."""
    who = _acting(by, authority)
    found = SkillModelDraft.objects.create(series=uuid7(), authority=authority, **_about(about), at=now())
    _record(who, found, "begin")
    return found


def _about(about: About) -> dict[str, str]:
    return {
        "title": services.said("title", about.title, least=2, most=120),
        "direction": services.said("direction", about.direction, least=2, most=60),
        "source": services.said("source", about.source, least=4, most=300),
    }


@dataclass(frozen=True)
class NewRung:
    """courses: their codes; occupations: codes of the catalogue of certificates."""

    grade: str
    about: str
    courses: Sequence[str]
    occupations: Sequence[str] = ()


@transaction.atomic
def set_skill(
    by: User | Actor,
    draft: SkillModelDraft,
    domain: str,
    title: str,
    rungs: Iterable[NewRung],
    *,
    code: str = "",
) -> SkillModelDraft:
    """Add a skill, or replace the one of this code. Raises NotAllowed, Conflict (changed meanwhile), Invalid (with the field)."""
    found, who = _draft(by, draft)
    wanted = list(rungs)
    if not wanted:
        raise services.wrong("title", _("至少填写一个等级：会做什么、学哪些课程。"))
    by_code = _courses({one for rung in wanted for one in rung.courses})
    skill = Skill(
        code or f"S{found.skills + 1}",
        services.said("title", title, least=2, most=80),
        tuple(_rung(rung, by_code) for rung in wanted),
    )
    if code and code not in {row.code for row in rules.skills_of(found.domains)}:
        raise Conflict(_("这项能力已被删去，请刷新后再看。"), code="moved_on")
    domains = rules.with_skill(found.domains, services.said("domain", domain, least=2, most=60), skill)
    if len(domains) > rules.MOST_DOMAINS or len(rules.skills_of(domains)) > rules.MOST_SKILLS:
        raise services.wrong(
            "title",
            _("一个模型最多 %(domains)s 个领域、%(skills)s 项能力。")
            % {"domains": rules.MOST_DOMAINS, "skills": rules.MOST_SKILLS},
        )
    found.skills += not code
    return _save(found, who, domains, "skill")


def _rung(new: NewRung, by_code: dict[str, CoursePage]) -> Rung:
    if new.grade not in set(rules.Grade):
        raise services.wrong("grade", _("请选择等级。"))
    if not new.courses or len(new.courses) > rules.MOST_COURSES:
        raise services.wrong(
            f"{new.grade}_courses",
            _("每个等级要有 1 到 %(most)s 门课程，学完能达到它。") % {"most": rules.MOST_COURSES},
        )
    if unknown := [code for code in new.courses if code not in by_code]:
        raise services.wrong(
            f"{new.grade}_courses",
            _("没有公开的课程用这些代码：%(codes)s。") % {"codes": "、".join(unknown)},
        )
    return Rung(
        new.grade,
        services.said(f"{new.grade}_about", new.about, least=2, most=300),
        tuple(dict.fromkeys(str(by_code[code].uuid) for code in new.courses)),
        tuple(dict.fromkeys(new.occupations)),
    )


def _courses(codes: set[str]) -> dict[str, CoursePage]:
    """Code → course that everybody can begin. One query."""
    return {row.code: row for row in CoursePage.objects.live().public().filter(code__in=codes)}


@transaction.atomic
def drop_skill(by: User | Actor, draft: SkillModelDraft, code: str) -> SkillModelDraft:
    """Raises NotAllowed, Conflict."""
    found, who = _draft(by, draft)
    return _save(found, who, rules.without_skill(found.domains, code), "drop_skill")


@transaction.atomic
def describe(by: User | Actor, draft: SkillModelDraft, about: About) -> SkillModelDraft:
    """Title, direction and source. Raises NotAllowed, Conflict, Invalid."""
    found, who = _draft(by, draft)
    for name, value in _about(about).items():
        setattr(found, name, value)
    return _save(found, who, found.domains, "describe")


def _draft(by: User | Actor, draft: SkillModelDraft) -> tuple[SkillModelDraft, Actor]:
    """Locked, as the caller has seen it."""
    found = (
        SkillModelDraft.objects.select_for_update(of=("self",)).select_related("authority").get(pk=draft.pk)
    )
    who = _acting(by, found.authority)
    if found.revision != draft.revision:
        raise Conflict(_("草稿刚刚被别人改过，请刷新后再改。"), code="moved_on")
    return found, who


def _save(found: SkillModelDraft, who: Actor, domains: Sequence[Domain], what: str) -> SkillModelDraft:
    found.content, found.at = rules.dump_model(domains), now()
    found.revision += 1
    found.save()
    _record(who, found, what)
    return found


def _record(who: Actor, found: SkillModelDraft, what: str) -> None:
    record(
        who,
        action=f"skill_model.{what}",
        target_type="training.SkillModelDraft",
        target=found.uuid,
        data={"revision": found.revision},
    )


@transaction.atomic
def publish(by: User | Actor, draft: SkillModelDraft, valid_from: date | None = None) -> SkillModel:
    """The next version, as the draft stands: public at once, holding from valid_from (today), and unchanged from then on; the draft stays for
    the version after it. Raises NotAllowed, Conflict (changed meanwhile; nothing new), Invalid."""
    found, who = _draft(by, draft)
    day = valid_from or today()
    if day < today() and not who.is_platform:
        raise services.wrong("valid_from", _("生效日期不能早于今天。"))
    if faults := rules.model_faults(found.domains):
        raise Invalid(
            cite(_("；").join(_fault_text(code, about) for code, about in faults), DIGITAL),
            code="model_incomplete",
        )
    links = rules.courses_of(found.domains)
    courses = {
        str(row.uuid): row
        for row in CoursePage.objects.live()
        .public()
        .filter(uuid__in={course for _skill, _grade, course in links})
    }
    if gone := {course for _skill, _grade, course in links} - set(courses):
        raise Invalid(
            _("有 %(count)s 门课程已经下线或不再公开，请换掉再发布。") % {"count": len(gone)},
            code="course_gone",
        )
    before = SkillModel.objects.filter(series=found.series).order_by("-version").first()
    sha256 = digest(found)
    if before is not None and before.sha256 == sha256:
        raise Conflict(_("和现行的版本一样，没有可发布的内容。"), code="nothing_new")
    if before is not None and day < before.valid_from:
        raise services.wrong("valid_from", _("生效日期不能早于上一版的生效日期。"))
    row = SkillModel.objects.create(
        series=found.series,
        version=before.version + 1 if before else 1,
        authority=found.authority,
        title=found.title,
        direction=found.direction,
        source=found.source,
        content=found.content,
        sha256=sha256,
        valid_from=day,
        published_on=today(),
        by=by if isinstance(by, User) else None,
        at=now(),
    )
    SkillCourse.objects.bulk_create(
        SkillCourse(model=row, skill=skill, grade=grade, course=courses[course])
        for skill, grade, course in links
    )
    record(
        who,
        action="skill_model.publish",
        target_type=TARGET,
        target=row.uuid,
        data={"version": row.version, "sha256": sha256, "from": day.isoformat()},
    )
    _post(row, courses)
    emit("skill_model.published", {"series": str(row.series)}, key=f"skill_model.published:{row.uuid}")
    return row


def digest(found: SkillModelDraft) -> str:
    """The SHA-256 of what a version says."""
    said = {
        "title": found.title,
        "direction": found.direction,
        "source": found.source,
        "content": found.content,
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _fault_text(code: str, about: str) -> str:
    return {
        "empty": _("模型里还没有能力"),
        "no_rung": _("“%(skill)s”没有等级") % {"skill": about},
        "no_course": _("“%(skill)s”有等级没有课程") % {"skill": about},
        "too_many": _("领域或能力太多"),
    }[code]


def _post(row: SkillModel, courses: Mapping[str, CoursePage]) -> None:
    """The whole of a version on the board, so that it is a paper with number, form, PDF and code, too."""
    subject = f"skill-model:{row.series}"
    with translation.override(settings.LANGUAGE_CODE):
        again = _("第 %(version)s 版发布") % {"version": row.version}
        # What earlier versions were posted as, before models had a kind of their own.
        board.end_all(services.PLATFORM, subject, again, kinds=(board.Kind.STANDARD,))
        board.post_list(
            services.PLATFORM,
            board.Listed(
                kind=board.Kind.MODEL,
                title=_("%(title)s（第 %(version)s 版）") % {"title": row.title, "version": row.version},
                authority=row.authority,
                subject=subject,
                lines=_lines(row, courses),
                key=f"skill-model:{row.uuid}",
                reason=again,
                url=f"/digital/models/{row.uuid}/",
            ),
        )


def _lines(row: SkillModel, courses: Mapping[str, CoursePage]) -> list[str]:
    """A version in lines: what it rests on, then skill by skill the levels with what leads there. One query."""
    codes = {
        code for skill in rules.skills_of(row.domains) for rung in skill.rungs for code in rung.occupations
    }
    names = occupation_names(codes) if codes else {}
    found = [
        _("依据：%(source)s") % {"source": row.source},
        _("职业方向：%(direction)s") % {"direction": row.direction},
        _("施行日期：%(day)s") % {"day": row.valid_from.isoformat()},
        _("内容指纹（SHA-256）：%(sha256)s") % {"sha256": row.sha256},
    ]
    for domain in row.domains:
        found.append(f"【{domain.title}】")
        for skill in domain.skills:
            found.append(f"{skill.code} {skill.title}")
            for rung in skill.rungs:
                leads = [courses[course].title for course in rung.courses]
                shows = [names.get(code, code) for code in rung.occupations]
                said = {"grade": label(rung.grade, GRADES), "about": rung.about}
                line = _("%(grade)s：%(about)s") % said
                if leads:
                    line += _(" 课程：%(titles)s。") % {"titles": _("、").join(leads)}
                if shows:
                    line += _(" 或已核实的证书：%(names)s。") % {"names": _("、").join(shows)}
                found.append(line)
    return found
