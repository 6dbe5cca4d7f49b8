"""Handing a statement of contributions in, confirming it, giving it back, ending it. One mutation a function.

Owns: MeritStatement and its verify code. Refuses: lines that the platform does not have of this person, a second statement that waits for
the same; confirming one's own, by others than officers of the authority, and once the lines are no more what they were.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from lms.accounts.api import Organisation, Role, User, actor, real_name
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.verify import services as verify
from lms.training.access import of_the_body
from lms.training.lifecycle.declaration import Source
from lms.training.lifecycle.services import next_number
from lms.training.lifecycle.words import cite
from lms.training.merits import queries
from lms.training.merits.models import MeritStatement, Purpose
from lms.training.merits.queries import KIND, Entry
from lms.training.papers.api import Template, canonical, template_of

TARGET = "training.MeritStatement"
PREFIX = "GX"
RULE = Source("沪人社专〔2022〕372号", "四(四)")
TEMPLATE = Template(
    "merit_statement",
    "P61",
    1,
    gettext_lazy("专家贡献证明"),
    gettext_lazy("所列各项取自平台的记录，由出具单位核对确认；怎样采用由有关规定决定。"),
)
MOST_LINES = 100
LONGEST_REASON = 500
State = MeritStatement.State


@transaction.atomic
def hand_in(user: User, authority: Organisation, purpose: str, keys: Sequence[str]) -> MeritStatement:
    """Ask an authority to confirm lines of one's own, for one purpose. keys: of `queries.entries`. Raises Invalid (none, too many, or no
    line of theirs), Conflict (one waits for the same)."""
    if purpose not in Purpose.values:
        raise _wrong("purpose", _("请选择用途。"))
    if authority.kind != Organisation.Kind.AUTHORITY or authority.status != Organisation.Status.ACTIVE:
        raise _wrong("authority", _("请选择主管部门。"))
    chosen = _chosen(user, keys)
    day = today()
    row = MeritStatement(
        number=f"{PREFIX}-{day.year}-{next_number(f'merits:{day.year}'):05d}",
        person=user,
        authority=authority,
        purpose=purpose,
        template=TEMPLATE.number,
        version=TEMPLATE.version,
        lines=len(chosen),
        handed_in_at=now(),
    )
    _write(row, chosen, "")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(
            _("同一用途的一份正在等%(name)s确认，先收回那一份再交。") % {"name": authority.name},
            code="waits_already",
        ) from error
    _record(actor(user), row, "hand_in")
    return row


def _chosen(user: User, keys: Sequence[str]) -> list[Entry]:
    wanted = list(dict.fromkeys(keys))
    if not 1 <= len(wanted) <= MOST_LINES:
        raise _wrong("lines", _("请选 1 到 %(most)s 项。") % {"most": MOST_LINES})
    with translation.override(settings.LANGUAGE_CODE):
        there = {entry.key: entry for entry in queries.entries(user)}
    if set(wanted) - set(there):
        raise _wrong("lines", _("有的项已经没有了，请刷新后再选。"))
    return sorted((there[key] for key in wanted), key=lambda entry: (entry.line.day, entry.key))


def _write(row: MeritStatement, chosen: Sequence[Entry], issued_on: str) -> None:
    """What stands on it, in the platform's language; the same entries give the same text."""
    with translation.override(settings.LANGUAGE_CODE):
        template = template_of(TEMPLATE.kind)
        content: dict[str, Any] = {
            "title": str(template.title),
            "number": row.number,
            "template": row.template,
            "version": row.version,
            "note": str(template.note),
            "source": str(RULE),
            "case": str(Purpose(row.purpose).label),
            "to": real_name(row.person),
            "by": row.authority.name,
            "issued_on": issued_on,
            "lines": [[_("项数"), str(len(chosen))]],
            "items": [queries.sentence(entry) for entry in chosen],
            "keys": [entry.key for entry in chosen],
        }
    row.content = canonical(content)
    row.sha256 = hashlib.sha256(row.content.encode()).hexdigest()


@transaction.atomic
def confirm(user: User, statement: MeritStatement) -> MeritStatement:
    """The authority stands for it: from now on it is a paper with a verify code. By an officer there, never one's own. Raises NotAllowed,
    Conflict (decided meanwhile; what it says is no more so)."""
    row, who = _judged(user, statement)
    before = queries.content_of(row)
    try:
        chosen = _chosen(row.person, before["keys"])
    except Invalid as error:
        raise _changed() from error
    if [queries.sentence_plain(entry) for entry in chosen] != before["items"]:
        raise _changed()
    _write(row, chosen, today().isoformat())
    row.state, row.decided_by, row.decided_at = State.CONFIRMED, user, now()
    row.save()
    verify.issue(KIND, row.uuid)
    _record(who, row, "confirm", data={"sha256": row.sha256})
    return row


def _changed() -> Conflict:
    return Conflict(_("平台上的记录和交来的内容已不一样，请退回，由本人重新提交。"), code="lines_changed")


@transaction.atomic
def give_back(user: User, statement: MeritStatement, reason: str) -> MeritStatement:
    """Not confirmed, with the reason. Raises NotAllowed, Conflict, Invalid."""
    row, who = _judged(user, statement)
    row.state, row.decided_by, row.decided_at = State.RETURNED, user, now()
    row.reason = _reason(reason)
    row.save()
    _record(who, row, "return", reason=row.reason)
    return row


@transaction.atomic
def revoke(user: User, statement: MeritStatement, reason: str) -> MeritStatement:
    """The authority takes a confirmed one back: its code says so, with the reason. Raises NotAllowed, Conflict, Invalid."""
    row, who = _judged(user, statement, state=State.CONFIRMED)
    row.state, row.ended_at, row.reason = State.REVOKED, now(), _reason(reason)
    row.save()
    verify.revoke(KIND, row.uuid, row.reason)
    _record(who, row, "revoke", reason=row.reason)
    return row


@transaction.atomic
def withdraw(user: User, statement: MeritStatement) -> MeritStatement:
    """Its owner takes it back, waiting or confirmed. Raises NotFound, Conflict."""
    row = _locked(statement)
    if row.person_id != user.pk:
        raise NotFound
    if row.state not in (State.WAITING, State.CONFIRMED):
        raise _moved(row)
    if row.state == State.CONFIRMED:
        verify.revoke(KIND, row.uuid, gettext_noop("本人已收回这份证明。"))
    row.state, row.ended_at = State.WITHDRAWN, now()
    row.save()
    _record(actor(user), row, "withdraw")
    return row


def _judged(
    user: User, statement: MeritStatement, *, state: str = State.WAITING
) -> tuple[MeritStatement, Actor]:
    row = _locked(statement)
    who = of_the_body(user, row.authority, Role.OFFICER)
    if row.person_id == user.pk:
        raise NotAllowed(cite(_("自己的贡献要由另一个人确认。"), RULE), code="own_case")
    if row.state != state:
        raise _moved(row)
    return row, who


def _locked(statement: MeritStatement) -> MeritStatement:
    list(MeritStatement.objects.select_for_update().filter(pk=statement.pk).values_list("pk"))
    return MeritStatement.objects.select_related("person", "authority").get(pk=statement.pk)


def _moved(row: MeritStatement) -> Conflict:
    return Conflict(
        _("这份证明现在是“%(state)s”，请刷新后再看。") % {"state": row.get_state_display()}, code="moved_on"
    )


def _reason(text: str) -> str:
    said = text.strip()
    if not 2 <= len(said) <= LONGEST_REASON or "\0" in said:
        raise _wrong("reason", _("请写明理由，不超过 %(most)s 个字。") % {"most": LONGEST_REASON})
    return said


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_merit", details={"field": field})


def _record(
    who: Actor, row: MeritStatement, name: str, *, reason: str = "", data: dict[str, Any] | None = None
) -> None:
    record(
        who,
        action=f"merit.{name}",
        target_type=TARGET,
        target=row.uuid,
        reason=reason,
        data={"number": row.number, "purpose": row.purpose, **(data or {})},
    )
