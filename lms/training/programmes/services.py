"""What happens with programmes beside and behind the acts on their cases: the call, the choice of a host, the yearly plan, the class it
is delivered in, and what each act brings.

Owns: TopicCall, HostChoice, ProgrammePlan, ClassSeries, Programme, Settlement. Refuses: topics outside a call's days, a host that is no
candidate, another than the first in order without a reason, a plan of nothing new, an enrolment notice before the plan is public or
without a class, beginning without learners, a report before class and accounts are closed, settling what was not passed; and acts of the
authority's people on a programme that their own body hosts.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from courses.api import Mode
from lms.accounts.api import Organisation, Role, User
from lms.learning.api import ClassRun, run_by_uuid, seated_in
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.services import emit
from lms.training.access import acting, of_the_body
from lms.training.board import api as board
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.declaration import Side
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.words import cite, own_case
from lms.training.programmes import letters, papers, rules
from lms.training.programmes.models import (
    FUNDS,
    LEVELS,
    ClassSeries,
    Evaluation,
    HostChoice,
    Programme,
    ProgrammePlan,
    Settlement,
    TopicCall,
)
from lms.training.programmes.process import BOARD, CODE, MONEY, PROGRAMMES
from lms.training.programmes.standings import checked

TARGET = "training.Programme"
PLATFORM = Actor.system("programmes")
# Who runs a programme at its host: admits, binds the class, keeps the accounts.
HOST_ROLES = (Role.TEACHER, Role.ADMIN)
HOST_KINDS = (Organisation.Kind.COLLEGE, Organisation.Kind.PROVIDER, Organisation.Kind.ENTERPRISE)
LONGEST = 1000


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code="invalid_programme", details={"field": field})


def words(field: str, text: str, *, least: int = 1, most: int = LONGEST) -> str:
    """The text without blanks around it. Raises Invalid."""
    said = text.strip()
    if not least <= len(said) <= most or "\0" in said:
        raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    return said


# --- the call ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewCall:
    authority: Organisation
    year: int
    kind: str
    title: str
    about: str
    first_day: date
    last_day: date


@transaction.atomic
def call(by: User | Actor, new: NewCall) -> TopicCall:
    """A yearly call for topics (征集项目选题), which stands on the notice board at once. By officers of the authority. Raises
    NotAllowed, Invalid, Conflict (there is one of this kind and year)."""
    who = acting(by, new.authority, _("选题由主管部门征集。"))
    if new.kind not in set(rules.Kind):
        raise wrong("kind", _("请选择项目类别。"))
    if not 2022 <= new.year <= 2100:
        raise wrong("year", _("请填写年度，例如 2026。"))
    if new.last_day < new.first_day:
        raise wrong("last_day", _("最后一天不能早于第一天。"))
    if new.first_day < today() and not who.is_platform:
        # Its notice is dated by it, and nobody dates a notice back.
        raise wrong("first_day", cite(_("征集自公布之日起，第一天不能早于今天。"), PROGRAMMES))
    try:
        with transaction.atomic():
            row = TopicCall.objects.create(
                authority=new.authority,
                year=new.year,
                kind=new.kind,
                title=words("title", new.title, most=120),
                about=words("about", new.about, most=4000),
                first_day=new.first_day,
                last_day=new.last_day,
                at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("这一年这一类项目已经征集过选题。"), code="call_already") from error
    record(
        who,
        action="programme.call",
        target_type="training.TopicCall",
        target=row.uuid,
        data={"year": row.year},
    )
    board.post(
        PLATFORM,
        kind=board.Kind.CALL,
        title=row.title,
        authority=row.authority,
        subject=f"call:{row.uuid}",
        body=row.about,
        url="/programmes/",
        first_day=min(row.first_day, today()),
        last_day=row.last_day,
        key=f"call:{row.uuid}",
    )
    return row


def call_of(facts: rules.Facts, authority_id: int) -> TopicCall | None:
    """The call that a proposal answers, of the authority it is sent to."""
    try:
        uuid = UUID(facts.call)
    except ValueError:
        return None
    return TopicCall.objects.filter(uuid=uuid, authority=authority_id).first()


# --- the host ---------------------------------------------------------------------------------------------------


def candidate_bodies(facts: rules.Facts) -> dict[str, Organisation]:
    """code → the registered body; one that is not there, suspended or of a kind that hosts nothing is left out. One query."""
    found = Organisation.objects.filter(
        code__in=[row.code for row in facts.candidates],
        kind__in=HOST_KINDS,
        status=Organisation.Status.ACTIVE,
    )
    return {row.code: row for row in found}


@transaction.atomic
def choose_host(user: User, case: Case, code: str, reason: str) -> HostChoice:
    """Which of the candidates is to host, before the topic is approved. The first in order needs no choice; any other a reason.
    Raises NotAllowed, Conflict (decided already), Invalid (no candidate, no reason)."""
    held = Case.objects.select_for_update().select_related("authority", "body").get(pk=case.pk)
    who = of_the_body(user, held.authority, Role.OFFICER)
    if reading.party(user, held).own:
        raise own_case(held)
    if held.process != CODE or held.state != "submitted":
        raise Conflict(_("承办单位在审核选题时确定，现在不能改。"), code="moved_on")
    order = rules.ranked(checked(rules.load(held.facts), today()).candidates)
    found = next((row for row in order if row.code == code), None)
    host = candidate_bodies(rules.load(held.facts)).get(code)
    if found is None or host is None:
        raise wrong("host", _("请从候选承办单位里选。"))
    not_of(user, host)
    said = words("reason", reason, least=0 if found == order[0] else 2)
    row = HostChoice.objects.create(case=held, host=host, reason=said, by=user, at=now())
    record(
        who,
        action="programme.host",
        target_type="training.Case",
        target=held.uuid,
        reason=said,
        data={"host": host.code, "standing": found.standing, "first": order[0].code},
    )
    return row


def not_of(user: User, host: Organisation) -> None:
    """Nobody decides for the authority on a programme that a body of their own hosts."""
    if (
        reading.people_of(host.pk).filter(user=user).exists()
        or reading.employed_by(host.pk).filter(user=user).exists()
    ):
        raise NotAllowed(
            cite(_("承办单位是你所在的单位，要由与它没有关系的人办理。"), PROGRAMMES), code="own_case"
        )


# --- the yearly plan ---------------------------------------------------------------------------------------------


@transaction.atomic
def publish_plan(
    by: User | Actor, asked: TopicCall, title: str, number: str, *, day: date | None = None
) -> ProgrammePlan:
    """The year's plan with everything approved and not yet public; later approvals come in the next version. Plan and hosts stand on
    the notice board (四(三)). day: for the platform, of what was published on paper. Raises NotAllowed, Invalid, Conflict (nothing
    new)."""
    who = acting(by, asked.authority, _("年度项目计划由主管部门公布。"))
    if day is not None and not who.is_platform:
        raise NotAllowed
    held = TopicCall.objects.select_for_update().get(pk=asked.pk)
    rows = list(
        Programme.objects.filter(call=held, case__state__in=STANDING_STATES)
        .select_related("host", "case__body")
        .order_by("pk")
    )
    fresh = [row for row in rows if row.plan_id is None]
    if not fresh:
        raise Conflict(_("没有新批准的项目可以公布。"), code="nothing_new")
    version = held.plans.count() + 1
    plan = ProgrammePlan.objects.create(
        call=held,
        version=version,
        title=words("title", title, most=120),
        number=words("number", number, most=80),
        lines=[
            {
                "number": row.case.number,
                "title": row.title,
                "host": row.host.name,
                "proposer": row.case.body.name,
                "level": row.level,
                "fund": row.fund,
                "people": row.people,
            }
            for row in rows
        ],
        published_on=day or today(),
        by=by if isinstance(by, User) else None,
        at=now(),
    )
    Programme.objects.filter(pk__in=[row.pk for row in fresh]).update(plan=plan)
    record(
        who,
        action="programme.plan",
        target_type="training.ProgrammePlan",
        target=plan.uuid,
        data={"version": version, "programmes": len(rows), "new": len(fresh)},
    )
    board.post_list(
        PLATFORM,
        board.Listed(
            kind=board.Kind.PLAN,
            title=f"{plan.title}（{plan.number}）",
            authority=held.authority,
            subject=f"programme-plan:{held.uuid}",
            lines=plan_lines(plan),
            url=f"/programmes/plans/{plan.uuid}/",
            first_day=plan.published_on,
            key=f"programme-plan:{plan.uuid}",
            reason=_("增加新批准的项目"),
        ),
    )
    emit(
        "programmes.planned",
        {"programmes": [str(row.uuid) for row in rows]},
        key=f"programmes.planned:{plan.uuid}",
    )
    return plan


def plan_lines(plan: ProgrammePlan) -> list[str]:
    """The plan as the notice board shows it: a line a programme."""
    levels, funds = dict(LEVELS), dict(FUNDS)
    return [
        _("%(number)s %(title)s · 承办：%(host)s · 推荐：%(proposer)s · %(level)s · %(fund)s · %(people)s 人")
        % {**line, "level": levels[line["level"]], "fund": funds[line["fund"]]}
        for line in plan.lines
    ]


# Of a topic that was approved and has not ended before its plan is public.
STANDING_STATES = ("approved", "enrolling", "running", "reported", "settling", "settled", "failed")


# --- the class ------------------------------------------------------------------------------------------------------


def host_actor(user: User, programme: Programme) -> Actor:
    """Raises NotAllowed: none of the host's people who run it."""
    return of_the_body(user, programme.host, *HOST_ROLES)


@transaction.atomic
def bind_run(user: User, programme: Programme, uuid: UUID) -> Programme:
    """The class in which the host delivers the programme: planned, of a course of its own that is not only online, with no more seats
    than were approved. From then on the class takes nobody but whom the programme admits. Raises NotAllowed, Conflict, Invalid."""
    row = locked(programme)
    who = host_actor(user, row)
    if row.case.state != "approved":
        raise Conflict(_("班次在发布招收学员通知以前确定，现在不能改。"), code="moved_on")
    # Held: filing it, opening it or giving it more seats waits until it is the programme's, or has happened before.
    list(ClassRun.objects.select_for_update().filter(uuid=uuid).values_list("pk"))
    run = run_by_uuid(uuid)
    if run is None or run.provider_id != row.host_id:
        raise wrong("run", _("请选本单位筹备中的班次。"))
    said = run_fault(row, run)
    if said:
        raise wrong("run", said)
    row.run = run
    try:
        with transaction.atomic():
            row.save(update_fields=["run"])
    except IntegrityError as error:
        raise Conflict(_("这个班次已经用于另一个项目。"), code="run_taken") from error
    record(who, action="programme.run", target_type=TARGET, target=row.uuid, data={"run": str(run.uuid)})
    return row


def run_fault(programme: Programme, run: ClassRun) -> str:
    """Why a class can't be this programme's; "" where it can."""
    if run.state != "planned":
        return _("班次要还在筹备中；已经开放报名的不能用。")
    if run.course.mode == Mode.ONLINE:
        return _("项目要有现场教学；只有线上学习的课程不能用。")
    if run.capacity > programme.people:
        return _("班次的名额是 %(capacity)s，批准的人数是 %(people)s，不能更多。") % {
            "capacity": run.capacity,
            "people": programme.people,
        }
    if run.filings.filter(filed=True).exists():
        return _("这个班次另有备案学时，不能再用于项目。")
    return ""


def locked(programme: Programme) -> Programme:
    """The row, locked for the rest of the transaction."""
    list(Programme.objects.select_for_update().filter(pk=programme.pk).values_list("pk"))
    return Programme.objects.select_related(
        "case__rule", "case__authority", "case__body", "host", "run__course", "call", "plan"
    ).get(pk=programme.pk)


# --- what acts bring --------------------------------------------------------------------------------------------------


def after(done: Done) -> None:
    """What an act on a topic brings, or why it cannot be done; inside its transaction. Acts before the approval concern only the
    proposal."""
    name, case = done.transition.name, done.case
    if name in ("submit", "resubmit"):
        _in_call(done)
    elif name == "approve":
        _approve(done)
    programme = Programme.objects.filter(case=case).first()
    row = locked(programme) if programme is not None else None
    if row is not None:
        _follow(done, row)
    papers.issue_after(done, row)


def _follow(done: Done, row: Programme) -> None:
    """What an act brings to the programme that the topic has become."""
    if done.transition.side == Side.AUTHORITY and done.act.person is not None:
        not_of(done.act.person, row.host)
    follows = {
        "announce": _announce,
        "begin": _begin,
        "report": _report,
        "evaluate": _evaluated,
        "fail": _evaluated,
        "settle": _settle,
        "cancel": _cancelled,
        "withdraw": _cancelled,
    }.get(done.transition.name)
    if follows is not None:
        follows(done, row)


def _in_call(done: Done) -> None:
    found = call_of(rules.load(done.case.facts), done.case.authority_id)
    # What was handed in first counts: what is added afterwards may come later, but answers no other call's days.
    day = done.case.opened_on or done.day
    if found is None or not found.first_day <= day <= found.last_day:
        days = (
            {"first": found.first_day.isoformat(), "last": found.last_day.isoformat()}
            if found
            else {"first": "—", "last": "—"}
        )
        raise Conflict(
            cite(_("选题征集从 %(first)s 到 %(last)s，现在不能报送。") % days, PROGRAMMES), code="call_closed"
        )


def _approve(done: Done) -> None:
    case = done.case
    facts = rules.load(case.facts)
    asked = call_of(facts, case.authority_id)
    assert asked is not None
    order, bodies = rules.ranked(checked(facts, done.day).candidates), candidate_bodies(facts)
    choice = HostChoice.objects.filter(case=case).select_related("host").last()
    code = choice.host.code if choice else order[0].code
    found = next((row for row in order if row.code == code), None)
    host = bodies.get(code)
    if found is None or host is None:
        raise Conflict(
            cite(
                _("候选承办单位“%(code)s”现在不能承办，请另选一家并写明理由。") % {"code": code}, PROGRAMMES
            ),
            code="no_host",
        )
    if found != order[0] and (choice is None or not choice.reason):
        # The candidates have changed since one was chosen who stood first then.
        raise Conflict(
            cite(_("“%(name)s”现在不排在第一，请重新选定并写明理由。") % {"name": host.name}, PROGRAMMES),
            code="choice_unexplained",
        )
    if done.act.person is not None:
        not_of(done.act.person, host)
    series = None
    if name := facts.series.strip():
        series, _made = ClassSeries.objects.get_or_create(authority=case.authority, name=name[:80])
    Programme.objects.create(
        case=case,
        call=asked,
        title=facts.title.strip()[:120],
        audience=facts.audience,
        level=facts.level,
        fund=facts.fund,
        host=host,
        host_standing=found.standing,
        host_ground=found.ground[:200],
        centihours=facts.centihours,
        people=facts.people,
        budget_fen=facts.budget_fen,
        series=series,
        approved_on=done.day,
    )


def _announce(done: Done, row: Programme) -> None:
    if row.plan is None or row.plan.published_on > done.day:
        raise Conflict(
            cite(_("年度项目计划还没有公布，公布以后才能招收学员。"), BOARD), code="plan_not_public"
        )
    if row.run is None:
        raise Conflict(
            cite(_("承办单位“%(host)s”还没有确定班次。") % {"host": row.host.name}, PROGRAMMES), code="no_run"
        )
    _not_cancelled(row)
    run = row.run
    board.post(
        PLATFORM,
        kind=board.Kind.ENROLMENT,
        title=_("%(title)s：招收学员通知") % {"title": row.title},
        authority=row.case.authority,
        subject=row.subject,
        body="\n".join(f"{label}：{value}" for label, value in papers.enrolment_lines(row)),
        url=f"/programmes/{row.uuid}/",
        first_day=done.day,
        last_day=max(run.enrol_until, done.day),
        key=row.notice_key,
    )


def _not_cancelled(row: Programme) -> None:
    if row.run is not None and row.run.state == "cancelled":
        raise Conflict(
            cite(_("班次已经取消。请承办单位另定班次，或由主管部门取消项目。"), PROGRAMMES),
            code="run_cancelled",
        )


def _begin(done: Done, row: Programme) -> None:
    _not_cancelled(row)
    if row.run is None or not seated_in(row.run):
        raise Conflict(cite(_("还没有录取学员，不能开班。"), PROGRAMMES), code="nobody")


def _report(done: Done, row: Programme) -> None:
    if row.run is None or row.run.state != "ended":
        raise Conflict(cite(_("班次还没有结束，请承办单位先在班次页面结束它。"), BOARD), code="run_not_ended")
    if not row.accounts.exists():
        raise Conflict(cite(_("承办单位还没有报送决算。"), MONEY), code="no_account")
    if not done.act.papers:
        raise Invalid(
            cite(_("请附上这次的结业总结。"), BOARD), code="evidence", details={"field": "evidence"}
        )
    emit(
        "programme.reported",
        {"programme": str(row.uuid)},
        key=f"programme.reported:{row.uuid}:{done.act.number}",
    )


def _evaluated(done: Done, row: Programme) -> None:
    last = row.evaluations.last()
    if last is None:
        raise Conflict(cite(_("还没有评估打分。请先在项目页打分。"), BOARD), code="no_evaluation")
    if before_return(done.case, last):
        raise Conflict(
            cite(_("总结退回补充以后还没有重新评估，退回以前的评估不再算数。请先在项目页打分。"), BOARD),
            code="evaluation_stale",
        )
    if last.passed != (done.transition.name == "evaluate"):
        raise Conflict(
            cite(_("最近一次评估的结论与这一步不一致，请核对。"), BOARD), code="evaluation_differs"
        )


def before_return(case: Case, evaluation: Evaluation) -> bool:
    """Whether the summary was sent back after it was evaluated: then what was evaluated is no longer what lies there."""
    returned = case.acts.filter(name="return").order_by("-number").first()
    return returned is not None and evaluation.at < returned.at


def _settle(done: Done, row: Programme) -> None:
    account = row.accounts.last()
    assert account is not None
    if not done.act.papers:
        raise Invalid(
            cite(_("请附上这次的结算凭证。"), MONEY), code="evidence", details={"field": "evidence"}
        )
    Settlement.objects.create(
        programme=row,
        total_fen=account.total_fen,
        paid_fen=rules.paid(account.total_fen, row.budget_fen),
        fund=row.fund,
        settled_on=done.day,
        at=now(),
    )


def _cancelled(done: Done, row: Programme) -> None:
    if done.day == today():
        letters.cancelled(row)
    # What was announced was announced: it stays on the board, marked.
    said = done.act.reason or str(done.transition.label)
    board.end_all(PLATFORM, row.subject, said, url=f"/programmes/{row.uuid}/", day=done.day)
    if row.run is None:
        return
    if done.act.source == "running" and row.run.state != "cancelled":
        raise Conflict(cite(_("已经开班的项目，班次取消以后才能取消。"), PROGRAMMES), code="running")
    if row.run.state != "cancelled" and seated_in(row.run):
        raise Conflict(cite(_("班次里已有学员，请承办单位先取消班次并通知学员。"), PROGRAMMES), code="seated")
    if row.run.state != "cancelled":
        # The class is the host's own again.
        row.run = None
        row.save(update_fields=["run"])
