"""Who comes: applications, admissions, and the word of programmes on their classes.

Owns: ProgrammeApplication, and the gate at learning's door: a class of a programme opens after the enrolment notice, takes only whom the
programme has admitted, has no more seats than were approved, and gives no hours by a filing of its own. Refuses: an application
before the notice or after the last day, one of somebody it is not for without a reason, admission without a free seat, without the
title seen that lets them in, or of oneself.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor
from lms.learning.api import ClassRun, join_class, leave_class
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotAllowed, NotFound
from lms.training.board import api as board
from lms.training.lifecycle.words import cite
from lms.training.programmes import letters, rules
from lms.training.programmes import words as say
from lms.training.programmes.models import Programme, ProgrammeApplication
from lms.training.programmes.process import BOARD, PROGRAMMES
from lms.training.programmes.services import host_actor, locked, words, wrong

State = ProgrammeApplication.State
OLDEST = 1930


@dataclass(frozen=True)
class Application:
    """What somebody hands in. title_number: of the certificate of their title; exception: why they should come though it is not mainly
    for them."""

    said: rules.Said
    employer: str = ""
    title_number: str = ""
    exception: str = ""


def most_age(programme: Programme) -> int | None:
    """Of the rule the topic was taken under; None: not set."""
    rule = programme.case.rule
    found: int | None = rule.values.get("most_age") if rule else None
    return found


def begins_in(programme: Programme) -> int:
    return programme.run.starts_on.year if programme.run else programme.call.year


def unfit(programme: Programme, said: rules.Said) -> list[rules.Unfit]:
    return rules.unfit(programme.call.kind, said, year=begins_in(programme), most_age=most_age(programme))


def is_announced(programme: Programme) -> bool:
    """Whether this programme's own enrolment notice stands, not just any of its subject (A15)."""
    key = programme.notice_key
    return board.announced(programme.subject, board.Kind.ENROLMENT, key=key) is not None


def closed(programme: Programme) -> str:
    """Why nobody can apply today; "" while they can. The notice first (A15)."""
    if not is_announced(programme):
        return cite(_("招收学员通知还没有发布，发布以后才能报名。"), BOARD)
    if programme.case.state != "enrolling" or programme.run is None:
        return cite(_("这个项目现在不招收学员。"), PROGRAMMES)
    if programme.run.enrol_until < today():
        return _("报名截止日期是 %(day)s，已经过了。") % {"day": programme.run.enrol_until.isoformat()}
    return ""


@transaction.atomic
def apply(user: User, programme: Programme, new: Application) -> ProgrammeApplication:
    """Hand in one's application; one that was given up is taken anew. Raises Conflict (not open; handed in already; refused),
    Invalid (a field, or no reason where it is not mainly for them)."""
    row = locked(programme)
    if said := closed(row):
        raise Conflict(said, code="not_enrolling")
    if new.said.title not in set(rules.Title):
        raise wrong("title", _("请选择职称。"))
    year = new.said.birth_year
    if year is not None and not OLDEST <= year <= today().year:
        raise wrong("birth_year", _("请填写四位的出生年份。"))
    if rules.proof_of(row.call.kind, new.said) == rules.Proof.TITLE:
        words("title_number", new.title_number, least=2, most=60)
    misses = unfit(row, new.said)
    exception = words("exception", new.exception, least=0)
    if misses and not exception:
        raise wrong(
            "exception",
            cite(
                _("你不属于这个项目的主要对象：%(why)s。仍要报名的，请写明理由。")
                % {"why": _("；").join(unfit_words(row, misses))},
                PROGRAMMES,
            ),
        )
    values = {
        "title": new.said.title,
        "title_number": words("title_number", new.title_number, least=0, most=60),
        "manager": new.said.manager,
        "backbone": new.said.backbone,
        "grassroots": new.said.grassroots,
        "birth_year": year if most_age(row) is not None and row.call.kind == rules.Kind.URGENT else None,
        "employer": words("employer", new.employer, least=0, most=120),
        "exception": exception,
        "fits": not misses,
        "state": State.WAITING,
        "applied_at": now(),
        "title_seen": False,
        "reason": "",
        "decided_by": None,
        "decided_at": None,
    }
    there = ProgrammeApplication.objects.select_for_update().filter(programme=row, person=user).first()
    if there is not None and there.state != State.LEFT:
        raise Conflict(_("你已经报名，正在办理或已有结果。"), code="applied_already")
    try:
        with transaction.atomic():
            found = there or ProgrammeApplication(programme=row, person=user)
            for name, value in values.items():
                setattr(found, name, value)
            found.save()
    except IntegrityError as error:
        raise Conflict(_("你已经报名，正在办理或已有结果。"), code="applied_already") from error
    record(
        actor(user),
        action="programme.apply",
        target_type="training.ProgrammeApplication",
        target=found.uuid,
        data={"programme": str(row.uuid), "fits": not misses},
    )
    return found


def unfit_words(programme: Programme, misses: list[rules.Unfit]) -> list[str]:
    age = most_age(programme)
    sentences = {
        rules.Unfit.TITLE: _("主要对象是有中级以上职称的专业技术人员，或经营管理人员"),
        rules.Unfit.BACKBONE: _("主要对象是本单位的中青年骨干"),
        rules.Unfit.AGE: _("年龄上限是 %(age)s 周岁") % {"age": age},
    }
    return [sentences[miss] for miss in misses]


def proof_of(kind: str, row: ProgrammeApplication) -> rules.Proof | None:
    """The paper that whoever admits them to a programme of this kind has seen."""
    said = rules.Said(row.title, row.manager, row.backbone, row.grassroots, row.birth_year)
    return rules.proof_of(kind, said)


@dataclass(frozen=True)
class Decision:
    """title_seen: the paper that lets them in (`proof_of`) was seen."""

    admit: bool
    title_seen: bool = False
    reason: str = ""


@transaction.atomic
def decide(user: User, application: ProgrammeApplication, verdict: Decision) -> ProgrammeApplication:
    """The host admits somebody to a free seat of the class, or says why not. By its teachers and administrators, never of oneself.
    Raises NotAllowed, Conflict (decided; no seat; not open), Invalid (title not seen, no reason)."""
    row = locked(application.programme)
    who = host_actor(user, row)
    found = ProgrammeApplication.objects.select_for_update().select_related("person").get(pk=application.pk)
    found.programme = row
    if found.person_id == user.pk:
        raise NotAllowed(cite(_("自己的报名要由别人审核。"), PROGRAMMES), code="own_case")
    if found.state != State.WAITING:
        raise Conflict(_("这份报名已经有结果，请刷新后再看。"), code="decided_already")
    if row.case.state != "enrolling":
        raise Conflict(_("招收学员的阶段已经结束。"), code="not_enrolling")
    needs_reason = not verdict.admit or not found.fits
    reason = words("reason", verdict.reason, least=2 if needs_reason else 0)
    proof = proof_of(row.call.kind, found)
    if verdict.admit and proof is not None and not verdict.title_seen:
        raise wrong(
            "title_seen",
            cite(_("请先核对%(proof)s，再录取。") % {"proof": say.proof_text(proof)}, PROGRAMMES),
        )
    found.state = State.ADMITTED if verdict.admit else State.REFUSED
    found.title_seen = verdict.admit and proof is not None
    found.reason, found.decided_by, found.decided_at = reason, user, now()
    if verdict.admit:
        assert row.run is not None
        place = join_class(found.person, row.run, admitted=True)
        if place.state != "seated":
            raise Conflict(
                _("名额已满（%(capacity)s 人），这一位没有录取。") % {"capacity": row.run.capacity},
                code="full",
            )
        found.place = place
    found.save()
    letters.decided(found)
    record(
        who,
        action="programme.admit" if verdict.admit else "programme.refuse",
        target_type="training.ProgrammeApplication",
        target=found.uuid,
        reason=reason,
        data={"programme": str(row.uuid), "fits": found.fits, "title_seen": found.title_seen},
    )
    return found


@transaction.atomic
def leave(user: User, programme: Programme) -> ProgrammeApplication:
    """Take one's application back; a seat is given up while the class has not begun. Raises NotFound, Conflict (it has begun)."""
    row = locked(programme)
    found = ProgrammeApplication.objects.select_for_update().filter(programme=row, person=user).first()
    if found is None:
        raise NotFound
    if found.state not in (State.WAITING, State.ADMITTED):
        return found
    if found.place_id is not None and row.run is not None:
        leave_class(user, row.run)
        found.place = None
    found.state = State.LEFT
    found.save(update_fields=["state", "place"])
    record(
        actor(user),
        action="programme.leave",
        target_type="training.ProgrammeApplication",
        target=found.uuid,
        data={"programme": str(row.uuid)},
    )
    return found


class ProgrammeGate:
    """lms.learning.classes.gates.Gate: what programmes ask of the classes that deliver them."""

    def opening(self, run: ClassRun) -> str:
        row = _of_run(run)
        if row is None or (row.case.state == "enrolling" and is_announced(row)):
            return ""
        return cite(_("这个班次属于一个研修项目：招收学员通知发布以后才能开放报名。"), BOARD)

    def joining(self, run: ClassRun, user: User) -> str:
        row = _of_run(run)
        if row is None or row.applications.filter(person=user, state=State.ADMITTED).exists():
            return ""
        return cite(_("这个班次属于一个研修项目：请在项目页报名，录取后自动进入班次。"), PROGRAMMES)

    def filing(self, run: ClassRun) -> str:
        if _of_run(run) is None:
            return ""
        return _("这个班次属于一个研修项目，学时在结业时按项目记入一次，不再另行备案。")

    def hours(self, run: ClassRun) -> str:
        """Nothing: what a programme gives does not go by the class's own hours."""
        return ""

    def seats(self, run: ClassRun, capacity: int) -> str:
        row = _of_run(run)
        if row is None or capacity <= row.people:
            return ""
        said = _("这个班次属于一个研修项目，名额不能超过批准的 %(people)s 人。") % {"people": row.people}
        return cite(said, PROGRAMMES)


def _of_run(run: ClassRun) -> Programme | None:
    return Programme.objects.select_related("case").filter(run=run).first()
