"""Everything that changes a case. One mutation a function: the row locked, the actor, state, own case, evidence, deadline and
rule checked, then the act, its audit row and its event; refused, nothing is written.

Owns: Case, Act, Evidence, Notice, Objection, Delegation and ProcessRule. Refuses what `rules.hindrance` finds, an act on a
revision that somebody else has moved on, and reckoning with a year whose calendar is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, holds, memberships
from lms.lib import evidence as files
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from lms.lib.outbox.services import emit
from lms.lib.workdays import NoCalendar, add_working_days
from lms.training.lifecycle import reading, words
from lms.training.lifecycle.conduct import Done, conduct_of, last_day_of
from lms.training.lifecycle.declaration import Side, Transition, Waits, process_of
from lms.training.lifecycle.models import (
    Act,
    Case,
    Delegation,
    Evidence,
    Notice,
    Numbering,
    Objection,
    ProcessRule,
)
from lms.training.lifecycle.rules import (
    Hindrance,
    Party,
    Standing,
    hindrance,
    is_overdue,
    last_day,
    roles_at,
    value_fault,
)

TARGET = "training.Case"
LONGEST_REASON = 1000
LONGEST_OBJECTION = 2000
# Nobody is away for longer than this; more is a mistake of the form.
LONGEST_DELEGATION_DAYS = 92
BATCH = 200


@dataclass(frozen=True)
class Said:
    """What comes with an act: words, files of the kind that its transition takes, and what its process asks for besides."""

    reason: str = ""
    files: Sequence[UploadedFile] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


# --- the rules of an authority ---------------------------------------------------------------------------


@dataclass(frozen=True)
class NewRule:
    process: str
    authority: Organisation
    valid_from: date
    values: dict[str, int | None]
    source: str


@transaction.atomic
def set_rule(by: User | Actor, new: NewRule) -> ProcessRule:
    """The next version of an authority's rule; cases handed in before keep theirs. By the platform's administrators, who enter
    what the document says. Raises NotAllowed, Invalid (a number out of range, one missing that the document asks for)."""
    who = _keeper(by)
    process = process_of(new.process)
    if new.authority.kind != Organisation.Kind.AUTHORITY:
        raise Invalid(_("办理规则由主管部门施行。"), code="invalid_rule", details={"field": "authority"})
    source = _text(new.source, 300, "source", _("请写明依据的文件，不超过 300 个字。"))
    values = {setting.name: new.values.get(setting.name) for setting in process.settings}
    for setting in process.settings:
        if fault := value_fault(setting, values[setting.name]):
            sentence = (
                _("“%(label)s”要在 %(least)s 到 %(most)s 之间。")
                if fault == "range"
                else _("文件规定了“%(label)s”，不能不填。")
            )
            raise Invalid(
                sentence % {"label": setting.label, "least": setting.least, "most": setting.most},
                code="invalid_rule",
                details={"field": setting.name},
            )
    rows = ProcessRule.objects.filter(process=process.code, authority=new.authority)
    _hold_series(f"rule:{process.code}:{new.authority.pk}")
    version = (rows.aggregate(last=Max("version"))["last"] or 0) + 1
    rule = ProcessRule.objects.create(
        process=process.code,
        authority=new.authority,
        version=version,
        valid_from=new.valid_from,
        values=values,
        source=source,
        published_at=now(),
    )
    record(
        who,
        action="process_rule.set",
        target_type="accounts.Organisation",
        target=new.authority.uuid,
        reason=source,
        data={"process": process.code, "version": version, "from": new.valid_from.isoformat(), **values},
    )
    return rule


def _keeper(by: User | Actor) -> Actor:
    if isinstance(by, Actor):
        if not by.is_platform:
            raise NotAllowed
        return by
    if not (by.is_active and by.is_superuser):
        raise NotAllowed(_("办理规则由平台管理员按文件设定。"))
    return actor(by, "superuser")


def rule_on(process: str, authority: Organisation | int, day: date) -> ProcessRule | None:
    """The version in force on a day: of those that have begun the one published last."""
    rows = ProcessRule.objects.filter(process=process, authority=authority, valid_from__lte=day)
    return rows.order_by("-version").first()


def rules_on(process: str, authorities: Iterable[Organisation], day: date) -> dict[int, ProcessRule]:
    """The same for several authorities, by their id. One query."""
    rows = ProcessRule.objects.filter(process=process, authority__in=list(authorities), valid_from__lte=day)
    return {rule.authority_id: rule for rule in rows.order_by("version")}


# --- drafts ----------------------------------------------------------------------------------------------


@transaction.atomic
def begin(user: User, code: str, body: Organisation, authority: Organisation) -> Case:
    """A draft of the body's. Raises NotFound (no such process), NotAllowed (role, kind of body), Conflict (one is open already,
    or the authority has no rule in force)."""
    return _begin(user, code, body, authority, now())


def _begin(user: User, code: str, body: Organisation, authority: Organisation, at: datetime) -> Case:
    try:
        process = process_of(code)
    except KeyError:
        raise NotFound from None
    if process.submission.side != Side.APPLICANT:
        raise NotAllowed(
            words.cite(_("“%(title)s”由主管部门发起。") % {"title": process.title}, process.source)
        )
    if not (user.is_active and memberships(user).filter(organisation=body, role__in=process.roles).exists()):
        raise NotAllowed(
            _("申报要由申报单位的%(roles)s提出。") % {"roles": words.roles_in_words(process.roles)},
            code="role_missing",
        )
    if body.kind not in process.applicants:
        kinds = _("、").join(str(Organisation.Kind(kind).label) for kind in process.applicants)
        raise NotAllowed(
            words.cite(_("可以申报的是：%(kinds)s。") % {"kinds": kinds}, process.source), code="wrong_kind"
        )
    if rule_on(code, authority, local_day(at)) is None:
        raise words.no_rule(process, authority)
    if said := conduct_of(code).open_to(body):
        raise Conflict(said, code="not_open")
    start = process.state(process.start)
    case = Case(
        process=code,
        authority=authority,
        body=body,
        applicant=user,
        state=start.code,
        waits=start.waits,
        begun_at=at,
        slot=f"{code}:{authority.pk}:{body.pk}" if process.once else None,
    )
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError as error:
        raise Conflict(
            _("%(name)s已有一份没有办结的“%(title)s”申报，请在那一份里继续。")
            % {"name": body.name, "title": process.title},
            code="open_already",
        ) from error
    _record(actor(user, _role_at(user, body, process.roles), body), case, "begin")
    return case


@transaction.atomic
def open_on(
    user: User,
    code: str,
    body: Organisation,
    authority: Organisation,
    facts: dict[str, Any],
    *,
    at: datetime | None = None,
    by: Actor | None = None,
) -> Case:
    """A case that the authority opens on a body, where the declaration's submission is the authority's own act; facts: what it says. It
    stands in the name of one of the body's people in a role that answers. at, by: as `replay`. Raises NotAllowed (role; one's own body),
    Conflict (no rule; nobody at the body who could answer)."""
    if at is not None:
        _platform(by or actor(user))
    process, moment = process_of(code), at or now()
    first = process.submission
    if first.side != Side.AUTHORITY or body.kind not in process.applicants:
        raise NotAllowed
    held = reading.people_of(body.pk).filter(role__in=process.roles, user__is_active=True)
    answers = held.select_related("user").order_by("since", "pk").first()
    if answers is None:
        raise Conflict(
            words.cite(
                _("%(name)s还没有%(roles)s，“%(title)s”没有人接收。请先由平台登记该单位的人员。")
                % {
                    "name": body.name,
                    "roles": words.roles_in_words(process.roles),
                    "title": process.title,
                },
                process.cited(first),
            ),
            code="nobody_answers",
        )
    start = process.state(process.start)
    case = Case.objects.create(
        process=code,
        authority=authority,
        body=body,
        applicant=answers.user,
        state=start.code,
        waits=start.waits,
        begun_at=moment,
        facts=facts,
    )
    _act(user, case, first.name, Said(), moment, recorded_by=by)
    case.refresh_from_db()
    return case


@transaction.atomic
def describe(user: User, case: Case, facts: dict[str, Any]) -> Case:
    """What the applicant says, as the process's room has read it. Raises NotAllowed, Conflict (not editable now)."""
    found, who = _editable(user, case)
    found.facts = facts
    found.save(update_fields=["facts"])
    _record(who, found, "describe")
    return found


@transaction.atomic
def attach(
    user: User,
    case: Case,
    kind: str,
    given: Sequence[UploadedFile],
    *,
    at: datetime | None = None,
    by: Actor | None = None,
) -> list[Evidence]:
    """Evidence of a kind that the applicant hands in. at, by: as `replay`. Raises NotAllowed, Conflict (not now), Invalid (the
    kind; the files)."""
    if at is not None:
        _platform(by or actor(user))
    found, who = _editable(user, case)
    declared = found.declared.kind(kind)
    if declared is None or declared.side != Side.APPLICANT or found.declared.comes_with_act(kind):
        raise Invalid(
            _("没有这一类材料，请从列出的里面选。"), code="invalid_evidence", details={"field": "kind"}
        )
    if not given:
        raise Invalid(_("请选择要上传的文件。"), code="invalid_evidence", details={"field": "evidence"})
    return _keep(user, who, found, kind, given, at)


@transaction.atomic
def detach(user: User, case: Case, uuid: Any) -> None:
    """Take a file out again that no act has looked at. Raises NotAllowed, NotFound, Conflict."""
    found, who = _editable(user, case)
    row = found.evidence.filter(uuid=uuid).first()
    if row is None:
        raise NotFound
    if row.revision < found.revision:
        raise Conflict(_("已经提交过的材料不能撤下，可以再补充新的。"), code="evidence_kept")
    name, storage = row.file.name or "", row.file.storage
    row.delete()
    transaction.on_commit(lambda: storage.delete(name))
    _record(who, found, "detach", data={"kind": row.kind, "sha256": row.sha256})


def _editable(user: User, case: Case) -> tuple[Case, Actor]:
    found = _locked(case)
    who = reading.party(user, found)
    roles = set(found.declared.roles)
    if not who.at_body & roles:
        if not who.own:
            raise NotFound
        raise NotAllowed(
            _("申报要由申报单位的%(roles)s办理。") % {"roles": words.roles_in_words(found.declared.roles)}
        )
    if not found.stands.editable:
        raise words.overtaken(found, _last(found), names=False)
    return found, actor(user, reading.role_of(who, roles, at_body=True), found.body)


def _keep(
    user: User, who: Actor, case: Case, kind: str, given: Sequence[UploadedFile], at: datetime | None = None
) -> list[Evidence]:
    # Those of this turn: what was handed in before stays, and must not keep out what was asked for.
    there = case.evidence.filter(kind=kind, revision=case.revision).count()
    checked = files.checked(given, code="invalid_evidence", there=there)
    rows = []
    for item in checked:
        values = files.values(item) | ({"added_at": at} if at else {})
        rows.append(
            Evidence.objects.create(case=case, kind=kind, person=user, revision=case.revision, **values)
        )
        _record(who, case, "attach", data={"kind": kind, "sha256": rows[-1].sha256})
    return rows


# --- the one act -----------------------------------------------------------------------------------------


@transaction.atomic
def act(user: User, case: Case, name: str, said: Said = Said()) -> Act:
    """Do what the declaration calls `name`, on the case as the user has seen it (its revision). Raises what `words.refusal`
    says: NotAllowed (who), Conflict (state, another was faster, deadline, notice, objection, calendar), Invalid (reason,
    evidence, what is incomplete).
    """
    return _act(user, case, name, said, now())


@transaction.atomic
def replay(by: Actor, user: User | None, case: Case, name: str, said: Said, at: datetime) -> Act:
    """An act of the past (of nobody: the clock's), for the demo and for taking over what was done on paper: judged as it would have been on that day,
    after the last act and not in the future. By the platform only, which the audit row names. Raises as `act`.
    """
    _platform(by)
    last = case.acts.order_by("-number").first()
    if at > now() or (last is not None and at < last.at) or at < case.begun_at:
        raise Invalid(_("补录的时间要在上一步之后，不晚于现在。"), code="wrong_time")
    return _act(user, case, name, said, at, recorded_by=by)


@transaction.atomic
def replay_begin(
    by: Actor, user: User, code: str, body: Organisation, authority: Organisation, at: datetime
) -> Case:
    """A draft begun in the past, as `replay`."""
    _platform(by)
    if at > now():
        raise Invalid(_("补录的时间要在上一步之后，不晚于现在。"), code="wrong_time")
    return _begin(user, code, body, authority, at)


def _platform(by: Actor) -> None:
    if not by.is_platform:
        raise NotAllowed


def _act(
    user: User | None, case: Case, name: str, said: Said, at: datetime, recorded_by: Actor | None = None
) -> Act:
    day = local_day(at)
    found = _locked(case)
    process, row = found.declared, found.declared.transition(name)
    reason = _reason(said.reason)
    who = reading.party(user, found) if user is not None else Party(None, platform=True)
    stands = reading.standing(found, day)
    last = _last(found)
    brings = row.takes if row is not None and said.files else ""
    wrong = hindrance(process, name, stands, who, day, reason=reason, brings=brings)
    names = bool(who.at_authority) and not who.own
    if wrong is not None or row is None:
        assert wrong is not None
        if wrong.what in (Hindrance.HANDLER, Hindrance.TOOK_PART) and found.revision != case.revision:
            # Who was faster has it in hand now, be it one's own other window: that is what one wants to know.
            raise words.overtaken(found, last, names=names)
        raise words.refusal(found, row, wrong, last, names=names)
    if found.revision != case.revision:
        raise words.overtaken(found, last, names=names)
    if said.files and not row.takes:
        raise Invalid(
            _("“%(act)s”不附材料。") % {"act": row.label},
            code="invalid_evidence",
            details={"field": "evidence"},
        )
    done_by, body = _actor(user, found, row, stands, who, day)
    _complete(found, row, day)
    papers = _keep(user, done_by, found, row.takes, said.files, at) if user and said.files else []
    entry = _move(found, row, done_by, user, body, reason, papers, at)
    conduct_of(found).after(Done(found, row, entry, recorded_by or done_by, at, day, said.values))
    data = {
        "from": entry.source,
        "to": entry.to,
        "number": found.number,
        "rule": found.rule and found.rule.version,
    }
    if recorded_by is not None:
        data |= {"recorded_by": recorded_by.role, "done_at": at.isoformat()}
    _record(done_by, found, name, reason=reason, data=data)
    return entry


def _actor(
    user: User | None, case: Case, row: Transition, stands: Standing, who: Party, day: date
) -> tuple[Actor, Organisation | None]:
    if user is None:
        return Actor.system("clock"), None
    if row.side == Side.APPLICANT:
        role = reading.role_of(who, set(row.roles), at_body=True)
        return actor(user, role, case.body), case.body
    role = reading.role_of(who, roles_at(case.declared, row, stands, day), at_body=False)
    deputy = user.pk in stands.deputies
    if not deputy or row.fresh:
        case.handler = user
    return actor(user, role, case.authority), case.authority


def _complete(case: Case, row: Transition, day: date) -> None:
    """Before a case leaves the applicant's hands it has all that blocks; the first time it gets number and rule."""
    process = case.declared
    to = process.state(row.to)
    if row.submits and row.side == Side.AUTHORITY:
        _number(case, day)
        return
    if row.side != Side.APPLICANT or not case.stands.editable or to.editable or to.final:
        return
    kinds, conduct = reading.kinds_of(case), conduct_of(case)
    if missing := [lack for lack in conduct.lacks(case, kinds) if lack.blocks]:
        raise words.lacking(process, missing)
    case.rank = conduct.rank(case, kinds)
    if row.submits:
        _number(case, day)


def _number(case: Case, day: date) -> None:
    """The rule in force on the day, and the next number. Raises Conflict (no rule)."""
    process = case.declared
    case.rule = rule_on(process.code, case.authority, day)
    if case.rule is None:
        raise words.no_rule(process, case.authority)
    case.number = f"{process.prefix}-{day.year}-{next_number(f'{process.code}:{day.year}'):05d}"
    case.opened_on = day


def _move(
    case: Case,
    row: Transition,
    who: Actor,
    user: User | None,
    body: Organisation | None,
    reason: str,
    papers: Sequence[Evidence],
    at: datetime,
) -> Act:
    process, day, source = case.declared, local_day(at), case.state
    to = process.state(row.to)
    values: dict[str, int | None] = case.rule.values if case.rule else {}
    try:
        due = _resumed(case, row) or last_day_of(case, row.name, day)
        due = due or last_day(row.starts, values, day, add_working_days)
        notice = _publish(case, row, values, day, at)
    except NoCalendar as error:
        raise words.no_calendar(process, row, error) from error
    case.state, case.waits = to.code, to.waits
    if not (row.keeps and due is None and notice is None):
        case.due_on = notice.last_day if notice else due
        case.escalated_on = None
    if to.final:
        case.slot = None
    return _note(case, row.name, source, user, who, body, reason, at, papers)


def _resumed(case: Case, row: Transition) -> date | None:
    """The last day that an earlier act set and that goes on where this one leads."""
    before = case.acts.filter(name=row.resumes).order_by("-number").first() if row.resumes else None
    return before.due_on if before else None


def _publish(
    case: Case, row: Transition, values: dict[str, int | None], day: date, at: datetime
) -> Notice | None:
    if not row.publishes:
        return None
    number = values.get(row.publishes)
    if number is None:
        raise words.not_set(case.declared, row)
    conduct = conduct_of(case)
    # It is kept as it was published: in the platform's language, whatever the officer's.
    with translation.override(settings.LANGUAGE_CODE):
        title = _("关于%(heading)s的公示") % {"heading": conduct.heading(case)}
        lines = [list(line) for line in conduct.public_lines(case)]
    return Notice.objects.create(
        case=case,
        number=f"{case.number}-G{case.notices.count() + 1}",
        title=title[:200],
        lines=lines,
        working_days=number,
        first_day=day,
        last_day=add_working_days(day, number),
        at=at,
    )


def _note(
    case: Case,
    name: str,
    source: str,
    user: User | None,
    who: Actor,
    body: Organisation | None,
    reason: str,
    at: datetime,
    papers: Sequence[Evidence] = (),
) -> Act:
    """Save the row with its act, and the event that other packages hear."""
    case.revision += 1
    case.save()
    entry = Act.objects.create(
        case=case,
        number=case.revision,
        name=name,
        source=source,
        to=case.state,
        person=user,
        role=who.role,
        body=body,
        reason=reason,
        papers=[str(paper.uuid) for paper in papers],
        at=at,
        due_on=case.due_on,
    )
    emit(
        "case.moved",
        {
            "case": str(case.uuid),
            "number": case.number,
            "process": case.process,
            "act": name,
            "state": case.state,
            "body": str(case.body.uuid),
            "authority": str(case.authority.uuid),
        },
        key=f"case.moved:{case.uuid}:{case.revision}",
    )
    return entry


# --- objections ------------------------------------------------------------------------------------------


@transaction.atomic
def object_to(
    user: User, notice: Notice, text: str, *, at: datetime | None = None, by: Actor | None = None
) -> Objection:
    """An objection to a public notice, from its first day to its last. at, by: as `replay`. Raises NotAllowed (one's own body),
    Conflict (not open, or objected already), Invalid (no words).
    """
    if at is not None:
        _platform(by or actor(user))
    moment = at or now()
    case = _locked(notice.case)
    said = _text(text, LONGEST_OBJECTION, "text", _("请写明异议的事实和理由，不超过 2000 个字。"))
    who = reading.party(user, case)
    # Who only works there may know best what is not true.
    if who.filed or who.at_body:
        raise NotAllowed(_("这是你所在单位的申报，不能自己提异议。"), code="own_case")
    newest = case.notices.order_by("-pk").first()
    if (
        newest is None
        or newest.pk != notice.pk
        or not notice.first_day <= local_day(moment) <= notice.last_day
    ):
        raise Conflict(
            _("公示期是 %(first)s 至 %(last)s，现在不能提异议。")
            % {"first": notice.first_day.isoformat(), "last": notice.last_day.isoformat()},
            code="notice_closed",
        )
    if case.stands.waits == Waits.NOBODY:
        raise Conflict(_("这份申报已经办结，公示随之结束。"), code="notice_closed")
    if notice.objections.filter(person=user).exists():
        raise Conflict(_("你已经提过异议，正在办理。"), code="objected_already")
    row = Objection.objects.create(
        notice=notice,
        number=f"{notice.number}-Y{notice.objections.count() + 1}",
        person=user,
        text=said,
        at=moment,
    )
    # The history shows that there is one, not whose.
    entry = _note(case, "object", case.state, None, Actor.system("public"), None, "", moment)
    record(
        actor(user),
        action="case.object",
        target_type="training.Objection",
        target=row.uuid,
        data={"act": entry.number},
    )
    return row


@transaction.atomic
def answer(
    user: User,
    objection: Objection,
    *,
    upheld: bool,
    text: str,
    at: datetime | None = None,
    by: Actor | None = None,
) -> Objection:
    """The authority's answer to an objection, once. Upheld, the case cannot be granted from this notice. Raises NotAllowed (no
    officer in charge; one's own body or objection), Conflict (answered), Invalid.
    """
    if at is not None:
        _platform(by or actor(user))
    moment = at or now()
    case = _locked(objection.notice.case)
    row = Objection.objects.select_related("notice").get(pk=objection.pk)
    who = _in_charge(user, case, local_day(moment))
    if row.person_id == user.pk:
        raise NotAllowed(_("自己提的异议要由别人答复。"), code="own_case")
    said = _text(text, LONGEST_REASON, "text", _("请写明核查情况和结论，不超过 1000 个字。"))
    if row.state != Objection.State.OPEN:
        raise Conflict(
            _("这条异议已由%(who)s答复，请刷新后再看。") % {"who": row.answered_by}, code="answered_already"
        )
    row.state = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    row.answer, row.answered_by, row.answered_at = said, user, moment
    row.save()
    # The words may name whoever objected: they stand with the objection alone, and go with it.
    _note(case, "answer", case.state, user, who, case.authority, "", moment)
    _record(who, case, "answer", data={"objection": row.number, "upheld": upheld})
    return row


# --- who has it in hand ----------------------------------------------------------------------------------


@transaction.atomic
def delegate(user: User, case: Case, to: User, first: date, last: date, reason: str) -> Delegation:
    """Hand a case to a colleague of the same authority for some days, both in. By whoever has it in hand (one to whom it was
    handed does not hand it on), or the superior. Raises NotAllowed, Invalid (days; a colleague without the role, or of the
    applicant's body), Conflict (final).
    """
    found = _locked(case)
    moment = now()
    who = _in_charge(user, found, local_day(moment), handing=True)
    said = _text(reason, LONGEST_REASON, "reason", _("请写明转交的原因。"))
    if found.stands.final:
        raise words.overtaken(found, _last(found), names=True)
    if first < local_day(moment) or last < first or (last - first).days >= LONGEST_DELEGATION_DAYS:
        raise Invalid(
            _("转交的日期从今天或以后开始，最多 %(most)s 天。") % {"most": LONGEST_DELEGATION_DAYS},
            code="invalid_days",
            details={"field": "last_day"},
        )
    other = reading.party(to, found)
    roles = {role for row in found.declared.transitions if row.side == Side.AUTHORITY for role in row.roles}
    if to.pk == user.pk or other.own or not other.at_authority & roles:
        raise Invalid(
            _("要转交给本单位另一位有“%(roles)s”角色、与申报单位没有关系的同事。")
            % {"roles": words.roles_in_words(sorted(roles))},
            code="wrong_colleague",
            details={"field": "to"},
        )
    if who.role != found.declared.superior:
        # Nobody had it in hand, or who had it has left.
        found.handler = user
    row = Delegation.objects.create(
        case=found, giver=user, to=to, first_day=first, last_day=last, reason=said, at=moment
    )
    _note(found, "delegate", found.state, user, who, found.authority, said, moment)
    days = {"first": first.isoformat(), "last": last.isoformat()}
    _record(who, found, "delegate", reason=said, data={"to": str(to.uuid), **days})
    return row


def _in_charge(user: User, case: Case, day: date, *, handing: bool = False) -> Actor:
    """Whoever may decide on the case today; handing: whoever may hand it on, which the superior may, overdue or not, and a
    deputy may not. Raises NotAllowed, NotFound."""
    who = reading.party(user, case)
    if who.own:
        raise NotAllowed(_("这是你所在单位的申报，要由与申报单位没有关系的人办理。"), code="own_case")
    if not who.at_authority:
        raise NotFound
    roles = {role for row in case.declared.transitions if row.side == Side.AUTHORITY for role in row.roles}
    above = {case.declared.superior} & who.at_authority
    if above and (handing or case.escalated_on):
        return actor(user, case.declared.superior, case.authority)
    stands = reading.standing(case, day)
    if who.at_authority & roles and (
        stands.handler is None or user.pk == stands.handler or (user.pk in stands.deputies and not handing)
    ):
        return actor(user, reading.role_of(who, roles, at_body=False), case.authority)
    raise NotAllowed(
        _("这份申报由%(who)s经办。") % {"who": case.handler or case.authority.name}, code="other_handler"
    )


# --- the clock -------------------------------------------------------------------------------------------


def tend(day: date | None = None) -> dict[str, int]:
    """What passed days bring, each case by itself: cases closed that nobody completed, notices that have ended put before the
    authority, what the authority is late with reported to its superior. Twice changes nothing.
    """
    on = day or today()
    counts = {"closed": 0, "ended": 0, "escalated": 0}
    due = Case.objects.filter(due_on__lt=on, escalated_on__isnull=True).order_by("due_on", "pk")
    for pk in list(due.values_list("pk", flat=True)[:BATCH]):
        # One that cannot be closed keeps none of those behind it waiting.
        with suppress(Refusal), transaction.atomic():
            case = _locked(Case(pk=pk))
            if is_overdue(case.due_on, on) and case.escalated_on is None and (did := _tend(case, on)):
                counts[did] += 1
    return counts


def _tend(case: Case, day: date) -> str:
    process, state = case.declared, case.stands
    closing = next((row for row in process.leaving(state.code) if row.side == Side.CLOCK), None)
    if closing is not None:
        _act(None, case, closing.name, Said(), now())
        return "closed"
    # Looked at once: what is late stays marked until somebody acts.
    case.escalated_on = day
    if not state.late:
        case.waits, case.due_on, case.escalated_on = Waits.AUTHORITY, None, None
        case.save(update_fields=["waits", "due_on", "escalated_on"])
        return "ended"
    if state.waits == Waits.APPLICANT:
        case.save(update_fields=["escalated_on"])
        return ""
    case.waits = Waits.AUTHORITY
    clock = Actor.system("clock")
    _note(case, "escalate", case.state, None, clock, None, "", now())
    _record(clock, case, "escalate", data={"due_on": case.due_on and case.due_on.isoformat()})
    return "escalated"


# --- shared ----------------------------------------------------------------------------------------------


def _locked(case: Case) -> Case:
    """The row, locked for the rest of the transaction, with what acts look at."""
    list(Case.objects.select_for_update().filter(pk=case.pk).values_list("pk"))
    return Case.objects.select_related("rule", "authority", "body", "handler", "applicant").get(pk=case.pk)


def _last(case: Case) -> Act | None:
    return case.acts.select_related("person", "body").order_by("-number").first()


def next_number(series: str) -> int:
    """The next number of a series, given once; without gaps, since a transaction that is undone gives it back."""
    row = _hold_series(series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


def _hold_series(series: str) -> Numbering:
    Numbering.objects.bulk_create([Numbering(series=series)], ignore_conflicts=True)
    return Numbering.objects.select_for_update().get(series=series)


def _role_at(user: User, organisation: Organisation, roles: Iterable[str]) -> str:
    return next((role for role in roles if holds(user, role, organisation=organisation)), Role.HR)


def _reason(text: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_REASON or "\0" in said:
        raise Invalid(
            _("理由不超过 %(most)s 个字。") % {"most": LONGEST_REASON},
            code="reason_too_long",
            details={"field": "reason"},
        )
    return said


def _text(text: str, most: int, field: str, sentence: str) -> str:
    said = text.strip()
    if not said or len(said) > most or "\0" in said:
        raise Invalid(sentence, code="invalid_text", details={"field": field})
    return said


def _record(
    who: Actor, case: Case, name: str, *, reason: str = "", data: dict[str, Any] | None = None
) -> None:
    record(who, action=f"case.{name}", target_type=TARGET, target=case.uuid, reason=reason, data=data or {})
