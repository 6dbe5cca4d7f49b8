"""The one act: what a declaration calls by its name, done on a case as its row stands under the lock.

Owns: where a case stands, its number, its rule, its notices. Refuses what `rules.hindrance` finds, an act on a revision that somebody else has
moved on, and reckoning with a year whose calendar is not there; refused, nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User, actor
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.workdays import NoCalendar, add_working_days
from lms.training.lifecycle import reading, words
from lms.training.lifecycle.conduct import Done, conduct_of, follow, last_day_of
from lms.training.lifecycle.declaration import Side, Transition, process_of
from lms.training.lifecycle.drafts import keep_files
from lms.training.lifecycle.models import Act, Case, Evidence, Notice
from lms.training.lifecycle.numbering import next_number
from lms.training.lifecycle.rules import Hindrance, Party, Standing, hindrance, last_day, roles_at
from lms.training.lifecycle.ruling import rule_on
from lms.training.lifecycle.shared import in_order, locked, note_act, platform_only, reason_of, record_act


@dataclass(frozen=True)
class Said:
    """What comes with an act: words, files of the kind that its transition takes, and what its process asks for besides."""

    reason: str = ""
    files: Sequence[UploadedFile] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def act(user: User, case: Case, name: str, said: Said = Said()) -> Act:
    """Do what the declaration calls `name`, on the case as the user has seen it (its revision). Raises what `words.refusal`
    says: NotAllowed (who), Conflict (state, another was faster, deadline, notice, objection, calendar), Invalid (reason,
    evidence, what is incomplete).
    """
    return act_of(user, case, name, said, now())


@transaction.atomic
def replay(by: Actor, user: User | None, case: Case, name: str, said: Said, at: datetime) -> Act:
    """An act of the past (of nobody: the clock's), for the demo and for taking over what was done on paper: judged as it would have been on that day,
    after the last act and not in the future. By the platform only, which the audit row names. Raises as `act`.
    """
    platform_only(by)
    last = case.acts.order_by("-number").first()
    if at > now() or (last is not None and at < last.at) or at < case.begun_at:
        raise Invalid(_("补录的时间要在上一步之后，不晚于现在。"), code="wrong_time")
    return act_of(user, case, name, said, at, recorded_by=by)


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
        platform_only(by or actor(user))
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
    act_of(user, case, first.name, Said(), moment, recorded_by=by)
    case.refresh_from_db()
    return case


def by_clock(case: Case, name: str, at: datetime) -> Act:
    """What the declaration has the clock do, in the caller's transaction. Raises as `act`."""
    return act_of(None, case, name, Said(), at)


def act_of(
    user: User | None, case: Case, name: str, said: Said, at: datetime, recorded_by: Actor | None = None
) -> Act:
    day = local_day(at)
    found = locked(case)
    process, row = found.declared, found.declared.transition(name)
    reason = reason_of(said.reason)
    who = reading.party(user, found) if user is not None else Party(None, platform=True)
    stands = reading.standing(found, day)
    last = in_order(found, at)
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
    papers = keep_files(user, done_by, found, row.takes, said.files, at) if user and said.files else []
    entry = _move(found, row, done_by, user, body, reason, papers, at)
    follow(Done(found, row, entry, recorded_by or done_by, at, day, said.values))
    data = {
        "from": entry.source,
        "to": entry.to,
        "number": found.number,
        "rule": found.rule and found.rule.version,
    }
    if recorded_by is not None:
        data |= {"recorded_by": recorded_by.role, "done_at": at.isoformat()}
    record_act(done_by, found, name, reason=reason, data=data)
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
        give_number(case, day)
        return
    if row.side != Side.APPLICANT or not case.stands.editable or to.editable or to.final:
        return
    kinds, conduct = reading.kinds_of(case), conduct_of(case)
    if missing := [lack for lack in conduct.lacks(case, kinds) if lack.blocks]:
        raise words.lacking(process, missing)
    case.rank = conduct.rank(case, kinds)
    if row.submits:
        give_number(case, day)


def give_number(case: Case, day: date) -> None:
    """The rule in force on the day, and the next number. Raises Conflict (no rule; the authority was suspended since it was begun)."""
    process = case.declared
    if case.authority.status != Organisation.Status.ACTIVE:
        raise words.suspended(process, case.authority)
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
    return note_act(case, row.name, source, user, who, body, reason, at, papers)


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
