"""Suggestions: handing in, giving to another owner or body, replying, closing; one mutation a function.

Owns: SuggestionRule, Suggestion and SuggestionAct. Refuses: a suggestion to an authority without a rule; acts of others than those in
charge, of somebody on their own suggestion, or on one that somebody else has moved on. The reply date is the sender's: handing it to
another body does not move it.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import emit
from lms.lib.workdays import NoCalendar, add_working_days
from lms.training.lifecycle.declaration import Source
from lms.training.lifecycle.services import next_number
from lms.training.lifecycle.words import cite
from lms.training.suggestions import queries
from lms.training.suggestions.models import (
    LONGEST_CONTACT,
    LONGEST_REPLY,
    LONGEST_TEXT,
    LONGEST_TITLE,
    State,
    Suggestion,
    SuggestionAct,
    SuggestionRule,
)

TARGET = "training.Suggestion"
PREFIX = "JY"
CODE_PURPOSE = "suggestion"
# 32 signs without those that are mistaken for each other; 60 bits, and few tries a minute.
CODE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 12
LEAST_DAYS, MOST_DAYS = 1, 120
BATCH = 200
# The same words of the same person within this are the same suggestion.
TWICE = timedelta(minutes=10)
CHANNEL = Source("沪工总研〔2020〕94号", "下一步一")


# --- by when an authority replies --------------------------------------------------------------------------


@transaction.atomic
def set_rule(
    by: User | Actor, authority: Organisation, valid_from: date, reply_days: int, source: str
) -> SuggestionRule:
    """The next version of an authority's rule; what was handed in before keeps its date. By the platform's administrators. Raises
    NotAllowed, Invalid."""
    if isinstance(by, Actor):
        if not by.is_platform:
            raise NotAllowed
        who = by
    elif by.is_active and by.is_superuser:
        who = actor(by, "superuser")
    else:
        raise NotAllowed(_("答复期限由平台管理员按文件设定。"))
    if authority.kind != Organisation.Kind.AUTHORITY:
        raise _wrong("authority", _("意见建议由主管部门办理。"))
    if not LEAST_DAYS <= reply_days <= MOST_DAYS:
        raise _wrong(
            "reply_days",
            _("请填 %(least)s 到 %(most)s 个工作日。") % {"least": LEAST_DAYS, "most": MOST_DAYS},
        )
    said = _text("source", source, 300, _("请写明依据的文件，不超过 300 个字。"))
    Organisation.objects.select_for_update(no_key=True).get(pk=authority.pk)
    last = SuggestionRule.objects.filter(authority=authority).aggregate(last=Max("version"))["last"]
    row = SuggestionRule.objects.create(
        authority=authority,
        version=(last or 0) + 1,
        valid_from=valid_from,
        reply_days=reply_days,
        source=said,
        at=now(),
    )
    record(
        who,
        action="suggestion_rule.set",
        target_type="accounts.Organisation",
        target=authority.uuid,
        reason=said,
        data={"version": row.version, "from": valid_from.isoformat(), "days": reply_days},
    )
    return row


# --- handing in --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """What somebody hands in. contact: how a visitor wants to be reached, "" where they do not. key: of the form it was written in, which a
    form that is sent twice sends twice; None where it has none."""

    title: str
    text: str
    contact: str = ""
    key: UUID | None = None


@dataclass(frozen=True)
class HandedIn:
    """code: by which a visitor follows it, told this once; "" for whoever is signed in."""

    suggestion: Suggestion
    code: str


@transaction.atomic
def hand_in(by: User | None, authority: Organisation, given: Given) -> HandedIn:
    """A suggestion with number, owner and reply date at once. by: None for a visitor, whom the page has counted. The reply date is
    NULL where that year's calendar is not there yet, and follows by `tend`. Raises Invalid, Conflict (no rule)."""
    if by is not None and not by.is_active:
        raise NotAllowed
    title = _text("title", given.title, LONGEST_TITLE, _("请用一句话写明建议什么，不超过 80 个字。"))
    text = _text("text", given.text, LONGEST_TEXT, _("请写明建议的内容，不超过 3000 个字。"))
    contact = given.contact.strip()
    if len(contact) > LONGEST_CONTACT or "\0" in contact:
        raise _wrong("contact", _("联系方式不超过 120 个字。"))
    moment = now()
    day = local_day(moment)
    rule = queries.rule_on(authority, day)
    if rule is None or authority.status != Organisation.Status.ACTIVE:
        raise Conflict(
            _("%(name)s还没有公布答复期限，暂不受理意见建议。") % {"name": authority.name}, code="no_rule"
        )
    code = "" if by is not None else _code(given.key)
    # A form that is sent twice, be it at once, is one suggestion.
    Organisation.objects.select_for_update(no_key=True).get(pk=authority.pk)
    if given.key is not None and (there := _there(by, authority, title, text, code, moment)) is not None:
        return HandedIn(there, code)
    row = Suggestion(
        number=f"{PREFIX}-{day.year}-{next_number(f'suggestions:{day.year}'):06d}",
        person=by,
        code=lookup_hash(code, CODE_PURPOSE) if code else "",
        contact=contact,
        title=title,
        text=text,
        authority=authority,
        owner=_next_owner(authority, by),
        reply_days=rule.reply_days,
        handed_in_on=day,
        due_on=_due(day, rule.reply_days),
        at=moment,
    )
    who = actor(by) if by is not None else Actor(None, "visitor")
    _note(row, "hand_in", None, who, None, moment=moment)
    return HandedIn(row, code)


def _code(key: UUID | None) -> str:
    """What a visitor follows theirs by. Of one form it is always the same, and nobody who does not have the form can know it."""
    if key is None:
        return "".join(secrets.choice(CODE_SIGNS) for _sign in range(CODE_LENGTH))
    digest = bytes.fromhex(lookup_hash(str(key), f"{CODE_PURPOSE}.form"))
    return "".join(CODE_SIGNS[byte % len(CODE_SIGNS)] for byte in digest[:CODE_LENGTH])


def _there(
    by: User | None, authority: Organisation, title: str, text: str, code: str, moment: datetime
) -> Suggestion | None:
    """What the same form made already: of a visitor by its code, of somebody signed in by its words, while it is fresh and open."""
    rows = Suggestion.objects.select_related("authority", "owner", "person")
    if by is None:
        return rows.filter(person__isnull=True, code=lookup_hash(code, CODE_PURPOSE)).first()
    same = rows.filter(person=by, authority=authority, title=title, state=State.OPEN, at__gt=moment - TWICE)
    return next((row for row in same.order_by("-pk")[:BATCH] if row.text == text), None)


def _due(day: date, days: int) -> date | None:
    try:
        return add_working_days(day, days)
    except NoCalendar:
        return None


def _next_owner(authority: Organisation, sender: User | None) -> User | None:
    """The officer there with the fewest open ones, not the sender; None where there is none."""
    officers = queries.officers_of(authority)
    if sender is not None:
        officers = officers.exclude(pk=sender.pk)
    return _fewest(authority, officers)


def _fewest(authority: Organisation, officers: QuerySet[User]) -> User | None:
    open_ones = dict(
        Suggestion.objects.filter(authority=authority, state=State.OPEN, owner__isnull=False)
        .order_by()
        .values_list("owner")
        .annotate(n=Count("pk"))
    )
    return min(officers, key=lambda user: (open_ones.get(user.pk, 0), user.pk), default=None)


# --- working on it -----------------------------------------------------------------------------------------


@transaction.atomic
def give(by: User, suggestion: Suggestion, to: User) -> Suggestion:
    """To another officer of the same authority, or to oneself. Raises NotAllowed, NotFound, Conflict, Invalid."""
    found, who = _in_charge(by, suggestion)
    if found.state != State.OPEN:
        raise _moved(found)
    if to.pk == found.person_id or not queries.officers_of(found.authority).filter(pk=to.pk).exists():
        raise _wrong("to", _("请选本单位的一位工作人员；自己提的建议要由别人办理。"))
    found.owner = to
    return _note(found, "give", by, who, found.authority)


@transaction.atomic
def hand_over(by: User, suggestion: Suggestion, to: Organisation, reason: str) -> Suggestion:
    """To the authority whose matter it is. The reply date stays; its officer owns it from now on. Raises NotAllowed, NotFound,
    Conflict, Invalid (the body takes none)."""
    found, who = _in_charge(by, suggestion)
    if found.state != State.OPEN:
        raise _moved(found)
    said = _text("reason", reason, LONGEST_REPLY, _("请写明转交的原因，提建议的人会看到。"))
    if to.pk == found.authority_id or not queries.recipients().filter(pk=to.pk).exists():
        raise _wrong("to", _("请选另一个受理意见建议的主管部门。"))
    former, found.authority = found.authority, to
    found.owner = _next_owner(to, found.person)
    return _note(found, "hand_over", by, who, former, to=to, text=said)


@transaction.atomic
def reply(by: User, suggestion: Suggestion, text: str) -> Suggestion:
    """The reply to the sender, once. Raises NotAllowed, NotFound, Conflict, Invalid."""
    found, who = _in_charge(by, suggestion)
    if found.state != State.OPEN:
        raise _moved(found)
    said = _text("text", text, LONGEST_REPLY, _("请写明答复的内容，不超过 3000 个字。"))
    found.owner = by
    found.state, found.reply, found.replied_on = State.REPLIED, said, today()
    return _note(found, "reply", by, who, found.authority, text=said)


@transaction.atomic
def close(by: User, suggestion: Suggestion, reason: str = "") -> Suggestion:
    """Closed by those in charge: after the reply, or without one, then with the reason, which the sender reads. Raises NotAllowed,
    NotFound, Conflict, Invalid."""
    found, who = _in_charge(by, suggestion)
    if found.state == State.CLOSED:
        raise _moved(found)
    said = reason.strip()
    if found.state == State.OPEN or said:
        said = _text("reason", reason, LONGEST_REPLY, _("还没有答复就办结的，请写明原因，提建议的人会看到。"))
    found.state = State.CLOSED
    return _note(found, "close", by, who, found.authority, text=said)


@transaction.atomic
def settle(by: User | None, suggestion: Suggestion, satisfied: bool | None, reason: str = "") -> Suggestion:
    """The sender's own word: content with the reply, or (None) taken back before there was one, which closes it; or not content. That opens it
    again once, with the reason, another officer where there is one and a new reply date; the second time it closes, and says so. by: None
    for a visitor, who has shown the code. Raises NotFound, Conflict, Invalid."""
    found = _locked(suggestion)
    if found.person_id != (by.pk if by is not None else None):
        raise NotFound
    if found.state != (State.OPEN if satisfied is None else State.REPLIED):
        raise _moved(found)
    who = actor(by) if by is not None else Actor(None, "visitor")
    if satisfied is False and not queries.was_reopened(found):
        said = _text("reason", reason, LONGEST_REPLY, _("请写明哪里不满意，换一位经办人再答复一次。"))
        return _reopen(found, who, said)
    found.state, found.satisfied = State.CLOSED, satisfied
    return _note(found, "take_back" if satisfied is None else "settle", None, who, None)


def _reopen(found: Suggestion, who: Actor, reason: str) -> Suggestion:
    """What was replied stays in its history. Whoever replied does not answer for it a second time while there is somebody else."""
    others = queries.officers_of(found.authority).exclude(pk__in=[found.owner_id, found.person_id])
    if others.exists():
        found.owner = _fewest(found.authority, others)
    day = today()
    found.state, found.reply, found.replied_on = State.OPEN, "", None
    found.due_on = _due(day, found.reply_days)
    return _note(found, queries.REOPEN, None, who, None, text=reason)


def tend(day: date | None = None) -> int:
    """Reply dates that waited for a calendar; how many there are now. All that wait have their turn, each in its own transaction: one
    that has to wait on keeps none behind it. Twice changes nothing."""
    count = 0
    for pk in _undated():
        with transaction.atomic():
            row = _locked(Suggestion(pk=pk))
            if row.due_on is None and (due := _due(queries.counted_from(row), row.reply_days)) is not None:
                row.due_on = due
                row.save(update_fields=["due_on"])
                count += 1
    return count


def _undated() -> Iterator[int]:
    """Those without a reply date, in the order in which they came, BATCH of them to a query. Each comes once."""
    waiting = Suggestion.objects.filter(due_on__isnull=True).order_by("pk").values_list("pk", flat=True)
    rows = list(waiting[:BATCH])
    while rows:
        yield from rows
        rows = list(waiting.filter(pk__gt=rows[-1])[:BATCH])


def _in_charge(by: User, suggestion: Suggestion) -> tuple[Suggestion, Actor]:
    """The row, locked, for its owner, or its authority's superior; for any officer there while nobody owns it. Raises NotFound,
    NotAllowed, Conflict (somebody was faster)."""
    found = _locked(suggestion)
    if not queries.reads(by, found):
        raise NotFound
    if found.person_id == by.pk:
        raise NotAllowed(cite(_("自己提的建议要由别人办理。"), CHANNEL), code="own_case")
    if found.revision != suggestion.revision:
        raise _moved(found)
    if role := queries.in_charge(by, found):
        return found, actor(by, role, found.authority)
    raise NotAllowed(
        _("这条建议由%(who)s办理。") % {"who": found.owner or found.authority.name}, code="other_owner"
    )


def _locked(suggestion: Suggestion) -> Suggestion:
    list(Suggestion.objects.select_for_update().filter(pk=suggestion.pk).values_list("pk"))
    return Suggestion.objects.select_related("authority", "owner", "person").get(pk=suggestion.pk)


def _note(
    row: Suggestion,
    name: str,
    person: User | None,
    who: Actor,
    body: Organisation | None,
    *,
    to: Organisation | None = None,
    text: str = "",
    moment: datetime | None = None,
) -> Suggestion:
    """Save the row with its act, the audit row and the event."""
    row.revision += 1
    row.save()
    SuggestionAct.objects.create(
        suggestion=row,
        number=row.revision,
        name=name,
        person=person,
        role=who.role,
        body=body,
        to=to,
        text=text,
        at=moment or now(),
    )
    data = {"number": row.number, "state": row.state, "authority": row.authority.code}
    record(who, action=f"suggestion.{name}", target_type=TARGET, target=row.uuid, data=data)
    emit(
        "suggestion.moved",
        {"suggestion": str(row.uuid), "act": name, "state": row.state},
        key=f"suggestion.moved:{row.uuid}:{row.revision}",
    )
    return row


def _moved(found: Suggestion) -> Conflict:
    return Conflict(
        _("这条建议现在是“%(state)s”，已经由别人办理过。请刷新后再看。")
        % {"state": State(found.state).label},
        code="moved_on",
    )


def _text(name: str, text: str, most: int, sentence: str) -> str:
    said = text.strip()
    if not said or len(said) > most or "\0" in said:
        raise _wrong(name, sentence)
    return said


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_suggestion", details={"field": name})


__all__ = [
    "Given",
    "HandedIn",
    "close",
    "give",
    "hand_in",
    "hand_over",
    "reply",
    "set_rule",
    "settle",
    "tend",
]
