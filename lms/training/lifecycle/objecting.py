"""Objections to public notices, and the authority's answers.

Owns: Objection. Refuses: the body's own people and whoever has acted on the case, an objection outside the notice's days, after the case has left it, or a second
one, and an answer by whoever objected or
has not the case in hand.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, NotAllowed
from lms.training.lifecycle import letters, reading, words
from lms.training.lifecycle.handing import in_charge
from lms.training.lifecycle.models import Notice, Objection
from lms.training.lifecycle.rules import NoticeState
from lms.training.lifecycle.shared import (
    LONGEST_REASON,
    STILL_NEWS,
    in_order,
    locked,
    note_act,
    platform_only,
    record_act,
    text_of,
)

LONGEST_OBJECTION = 2000


@transaction.atomic
def object_to(
    user: User, notice: Notice, text: str, *, at: datetime | None = None, by: Actor | None = None
) -> Objection:
    """An objection to a public notice, from its first day to its last. at, by: as `replay`. Raises NotAllowed (one's own body),
    Conflict (not open, or objected already), Invalid (no words).
    """
    if at is not None:
        platform_only(by or actor(user))
    moment = at or now()
    case = locked(notice.case)
    said = text_of(text, LONGEST_OBJECTION, "text", _("请写明异议的事实和理由，不超过 2000 个字。"))
    who = reading.party(user, case)
    # Who only works there may know best what is not true.
    if who.filed or who.at_body:
        raise NotAllowed(
            words.cite(_("这是你所在单位的申报，不能自己提异议。"), case.declared.source), code="own_case"
        )
    if case.acts.filter(person=user).exists():
        # What they find wrong they put right by their own acts; nobody else could answer them while they have it in hand.
        raise NotAllowed(
            words.cite(_("你办理过这份申报，不能再对它提异议。"), case.declared.source), code="took_part"
        )
    in_order(case, moment)
    notice.case = case
    state = reading.notice_state(notice, local_day(moment))
    if state == NoticeState.LEFT:
        closed = _("公示已经提前结束，这份申报现在是“%(state)s”。") % {"state": case.stands.label}
        raise Conflict(words.cite(closed, case.declared.source), code="notice_closed")
    if state != NoticeState.RUNS:
        days = {"first": notice.first_day.isoformat(), "last": notice.last_day.isoformat()}
        closed = _("公示期是 %(first)s 至 %(last)s，现在不能提异议。") % days
        raise Conflict(words.cite(closed, case.declared.source), code="notice_closed")
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
    entry = note_act(case, "object", case.state, None, Actor.system("public"), None, "", moment)
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
        platform_only(by or actor(user))
    moment = at or now()
    case = locked(objection.notice.case)
    row = Objection.objects.select_related("notice").get(pk=objection.pk)
    who = in_charge(user, case, local_day(moment))
    in_order(case, moment)
    if row.person_id == user.pk:
        raise NotAllowed(words.cite(_("自己提的异议要由别人答复。"), case.declared.source), code="own_case")
    said = text_of(text, LONGEST_REASON, "text", _("请写明核查情况和结论，不超过 1000 个字。"))
    if row.state != Objection.State.OPEN:
        raise Conflict(
            _("这条异议已由%(who)s答复，请刷新后再看。") % {"who": row.answered_by}, code="answered_already"
        )
    row.state = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    row.answer, row.answered_by, row.answered_at = said, user, moment
    row.save()
    if moment > now() - STILL_NEWS:
        letters.answered(row)
    # The words may name whoever objected: they stand with the objection alone, and go with it.
    note_act(case, "answer", case.state, user, who, case.authority, "", moment)
    record_act(who, case, "answer", data={"objection": row.number, "upheld": upheld})
    return row
