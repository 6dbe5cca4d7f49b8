"""Rosters and employments: uploading a list, applying it, the person's yes and no, the end by either side.

The organisation's row is locked while a list is applied (its key is not: a yes holds a line and then refers to the
organisation, and must not wait for who waits for the line), a line while it is answered; what the database holds once
(one open employment of a person at an organisation, one of a line) decides between those who were faster.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lms.accounts.employment import queries, rules
from lms.accounts.employment.models import Employment, Roster, RosterLine
from lms.accounts.employment.queries import ANSWERABLE, State, value_hash
from lms.accounts.employment.rules import Change, Person
from lms.accounts.identity.models import Identity
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import actor, require_role
from lms.accounts.people.models import User
from lms.lib import sheets
from lms.lib.actor import Actor
from lms.lib.audit.services import record, record_each
from lms.lib.clock import now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit_many

TARGET = "accounts.User"
BATCH = 500
DRAFTS_KEPT = timedelta(days=7)
EndedBy = Employment.EndedBy


def _keeper(by: User | Actor, organisation: Organisation) -> Actor:
    """The personnel officer of that organisation; the platform itself (demo) passes."""
    if isinstance(by, Actor):
        if by.is_platform:
            return by
        if by.user_id is None:
            raise NotAllowed
        by = User.objects.get(pk=by.user_id)
    return require_role(by, Role.HR, organisation=organisation)


# --- a list ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Upload:
    """What came of a file. bad: its faults, then nothing was kept. draft: None where nothing differs, too."""

    draft: Roster | None
    changes: list[Change]
    bad: list[rules.Bad]


def upload(user: User, organisation: Organisation, content: bytes) -> Upload:
    """Read a file and keep it as a draft, which changes nothing yet. Raises NotAllowed, Invalid (not a workbook)."""
    _keeper(user, organisation)
    people, bad = rules.read(sheets.read(content), today())
    if bad:
        return Upload(None, [], bad)
    changes = _differences(organisation, people)
    if not changes:
        return Upload(None, [], [])
    kept = _written(people)
    with transaction.atomic():
        # One draft a person: an earlier one that nobody applied is forgotten with all it held, others' after a while.
        stale = Q(organisation=organisation, by=user) | Q(uploaded_at__lt=now() - DRAFTS_KEPT)
        Roster.objects.filter(stale, applied_at__isnull=True).delete()
        draft = Roster.objects.create(
            organisation=organisation,
            by=user,
            uploaded_at=now(),
            digest=lookup_hash(kept, "roster"),
            content=kept,
            lines=len(people),
        )
    return Upload(draft, changes, [])


def draft_changes(draft: Roster) -> list[Change]:
    """What applying the draft would do now."""
    return _differences(draft.organisation, _read_back(draft.content))


def fingerprint(changes: Iterable[Change]) -> str:
    """What somebody saw before they agreed to it; the same again only if it would do the same."""
    return lookup_hash(repr(list(changes)), "roster")


def would_end(changes: Iterable[Change]) -> int:
    """How many confirmed employments would end."""
    gone = [change.line for change in changes if change.kind == "left"]
    return Employment.objects.filter(line__in=gone, ended_at__isnull=True).count()


def discard(user: User, draft: Roster) -> None:
    _keeper(user, draft.organisation)
    Roster.objects.filter(pk=draft.pk, by=user, applied_at__isnull=True).delete()


@transaction.atomic
def apply(user: User, draft: Roster, *, seen: str) -> Roster:
    """Make the list the roster, all of it; applied already, nothing happens again.

    seen: the fingerprint of the changes that were shown. Raises NotAllowed, NotFound (discarded), Conflict (the roster
    has changed since).
    """
    who = _keeper(user, draft.organisation)
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=draft.organisation_id)
    row = Roster.objects.select_for_update(of=("self",)).filter(pk=draft.pk).first()
    if row is None:
        raise NotFound
    if row.applied_at is not None:
        return row
    people = _read_back(row.content)
    lines = {line.pk: line for line in _locked_lines(organisation)}
    changes = rules.differences({pk: queries.person_of(line) for pk, line in lines.items()}, people)
    if fingerprint(changes) != seen:
        raise Conflict(_("预览之后名单有变化，请再核对一遍新的差异。"), code="roster_changed")
    return _apply(row, organisation, lines, changes, who)


@transaction.atomic
def load_roster(by: Actor, organisation: Organisation, people: Sequence[Person]) -> None:
    """A list from the platform itself (demo): what differs is applied."""
    who = _keeper(by, organisation)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    lines = {line.pk: line for line in _locked_lines(organisation)}
    changes = rules.differences({pk: queries.person_of(line) for pk, line in lines.items()}, people)
    if changes:
        kept = lookup_hash(_written(people), "roster")
        row = Roster(organisation=organisation, uploaded_at=now(), digest=kept, lines=len(people))
        _apply(row, organisation, lines, changes, who)


def _locked_lines(organisation: Organisation) -> list[RosterLine]:
    return list(queries.on_roster(organisation).select_for_update().order_by("pk"))


def _apply(
    row: Roster,
    organisation: Organisation,
    lines: dict[int, RosterLine],
    changes: Sequence[Change],
    who: Actor,
) -> Roster:
    by_kind: dict[str, list[Change]] = {"joined": [], "left": [], "changed": []}
    for change in changes:
        by_kind[change.kind].append(change)
    _take_off([lines[change.line] for change in by_kind["left"] if change.line], who, _("不在新名单中"))
    _change([(lines[item.line], item.person) for item in by_kind["changed"] if item.line and item.person])
    moment = now()
    RosterLine.objects.bulk_create(
        [
            RosterLine(organisation=organisation, added_at=moment, **_columns(change.person))
            for change in by_kind["joined"]
            if change.person
        ],
        batch_size=BATCH,
    )
    row.applied_at, row.content = moment, ""
    row.joined, row.left, row.changed = (len(by_kind[kind]) for kind in ("joined", "left", "changed"))
    row.save()
    counts = {"joined": row.joined, "left": row.left, "changed": row.changed, "lines": row.lines}
    record(
        who,
        action="roster.apply",
        target_type="accounts.Organisation",
        target=organisation.uuid,
        data=counts | {"roster": str(row.uuid)},
    )
    return row


def _columns(person: Person) -> dict[str, Any]:
    return asdict(person) | {
        f"{kind}_hash": value_hash(kind, getattr(person, kind)) for kind in ("phone", "email", "number")
    }


def _change(pairs: Sequence[tuple[RosterLine, Person]]) -> None:
    """New values of lines, and of the employments they stand behind. Two statements a batch."""
    names: set[str] = set()
    for line, person in pairs:
        for name, value in _columns(person).items():
            setattr(line, name, value)
            names.add(name)
    if not names:
        return
    RosterLine.objects.bulk_update([line for line, _person in pairs], sorted(names), batch_size=BATCH)
    people = {line.pk: person for line, person in pairs}
    open_ones = list(Employment.objects.filter(line__in=people, ended_at__isnull=True))
    for employment in open_ones:
        person = people[employment.line_id]
        employment.department, employment.post, employment.since = (
            person.department,
            person.post,
            person.since,
        )
    Employment.objects.bulk_update(open_ones, ["department", "post", "since"], batch_size=BATCH)


def _differences(organisation: Organisation, people: Sequence[Person]) -> list[Change]:
    lines = {line.pk: queries.person_of(line) for line in queries.on_roster(organisation).order_by("pk")}
    return rules.differences(lines, people)


def _written(people: Sequence[Person]) -> str:
    rows = [asdict(person) | {"since": person.since.isoformat()} for person in people]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True)


def _read_back(content: str) -> list[Person]:
    rows = json.loads(content) if content else []
    return [Person(**(row | {"since": date.fromisoformat(row["since"])})) for row in rows]


# --- the end ---------------------------------------------------------------------------------------------


@transaction.atomic
def remove_line(user: User, line: RosterLine, *, reason: str) -> None:
    """The employer takes one line off; a confirmed employment ends with it. Off already, nothing happens."""
    who = _keeper(user, line.organisation)
    said = " ".join(reason.split())[:200]
    if not said:
        raise Invalid(_("请写明理由，本人会看到。"), code="reason_missing", details={"field": "reason"})
    row = RosterLine.objects.select_for_update().get(pk=line.pk)
    if row.removed_at is None:
        _take_off([row], who, said)


def _take_off(lines: Sequence[RosterLine], who: Actor, reason: str) -> None:
    """Lines (locked) leave the roster, their employments end today. What nobody ever confirmed is not kept."""
    moment, ids = now(), [line.pk for line in lines]
    known = set(Employment.objects.filter(line__in=ids).values_list("line_id", flat=True))
    RosterLine.objects.filter(pk__in=known).update(removed_at=moment)
    RosterLine.objects.filter(pk__in=set(ids) - known).delete()
    open_ones = list(
        Employment.objects.select_for_update(of=("self",))
        .filter(line__in=ids, ended_at__isnull=True)
        .select_related("user", "organisation")
        .order_by("pk")
    )
    for employment in open_ones:
        _ended(employment, EndedBy.EMPLOYER)
    Employment.objects.bulk_update(open_ones, ["until", "ended_at", "ended_by"], batch_size=BATCH)
    targets = [employment.user.uuid for employment in open_ones]
    record_each(who, targets, key=uuid7(), action="employment.end", target_type=TARGET, reason=reason)
    _tell(open_ones, "end")


def end_own(user: User, employment: Employment) -> Employment:
    """The person ends their own employment; ended already, nothing happens. Raises NotFound."""
    if employment.user_id != user.pk:
        raise NotFound
    with transaction.atomic():
        line = RosterLine.objects.select_for_update().get(pk=employment.line_id)
        row = Employment.objects.select_for_update(of=("self",)).get(pk=employment.pk)
        if row.ended_at is not None:
            return row
        _ended(row, EndedBy.PERSON)
        row.save(update_fields=["until", "ended_at", "ended_by"])
        line.state = State.ENDED
        line.save(update_fields=["state"])
        _noted(user, row, "end")
    return row


def _ended(employment: Employment, by: str) -> None:
    # One that was to begin later ends on the day it would have begun: until never lies before since.
    employment.until = max(employment.since, today())
    employment.ended_at, employment.ended_by = now(), by


# --- the person's answer ---------------------------------------------------------------------------------


def confirm(user: User, line: RosterLine) -> Employment:
    """Yes, I work there. Said twice, the same employment. Raises NotFound (not about this person, or off the roster),
    Conflict (another name than the verified one; employed there by another line).
    """
    try:
        with transaction.atomic():
            row = _own_locked(user, line)
            held = Employment.objects.filter(line=row, ended_at__isnull=True).first()
            if held is not None and held.user_id == user.pk:
                return held
            if row.state not in ANSWERABLE:
                raise NotFound
            _same_name(user, row)
            made = Employment.objects.create(
                user=user,
                organisation_id=row.organisation_id,
                line=row,
                department=row.department,
                post=row.post,
                since=row.since,
                confirmed_at=now(),
            )
            row.state = State.CONFIRMED
            row.save(update_fields=["state"])
            _noted(user, made, "confirm")
    except IntegrityError as error:
        raise Conflict(
            _("你在这家单位已经有一条确认过的记录，不用再确认。"), code="employed_already"
        ) from error
    return made


def decline(user: User, line: RosterLine) -> None:
    """That is not me, or I don't want it. The employer is not told: it would tell that somebody has an account."""
    with transaction.atomic():
        row = _own_locked(user, line)
        if row.state != State.INVITED:
            return
        row.state = State.DECLINED
        row.save(update_fields=["state"])
        record(
            actor(user),
            action="employment.decline",
            target_type=TARGET,
            target=user.uuid,
            data={"line": str(row.uuid)},
        )


def _own_locked(user: User, line: RosterLine) -> RosterLine:
    row = queries.lines_for(user).select_for_update(of=("self",)).filter(pk=line.pk).first()
    if row is None:
        raise NotFound
    return row


def _same_name(user: User, line: RosterLine) -> None:
    paper = Identity.objects.filter(user=user, status=Identity.Status.VERIFIED).first()
    if paper is not None and paper.legal_name.casefold() != line.name.casefold():
        raise Conflict(
            _(
                "单位名单上的姓名和你核实过的实名不一样。请单位的人事专员更正名单；名单上不是你的，请点“不是我”。"
            ),
            code="other_name",
        )


def _noted(user: User, employment: Employment, what: str) -> None:
    organisation = employment.organisation
    record(
        actor(user),
        action=f"employment.{what}",
        target_type=TARGET,
        target=user.uuid,
        data={"organisation": organisation.code, "employment": str(employment.uuid)},
    )
    _tell([employment], what)


def _tell(employments: Sequence[Employment], what: str) -> None:
    emit_many(
        (
            "employment.changed",
            f"employment.{what}:{row.uuid}",
            {"person": str(row.user.uuid), "organisation": row.organisation.code, "what": what},
        )
        for row in employments
    )
