"""Who has a case in hand: handing it to a colleague for some days, and who may decide on it today.

Owns: Delegation. Refuses: days that cannot be, a colleague without the role or of the applicant's body, and handing on what was only handed over.
"""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now
from lms.lib.errors import Invalid, NotAllowed, NotFound
from lms.training.lifecycle import letters, reading, words
from lms.training.lifecycle.declaration import Side
from lms.training.lifecycle.models import Case, Delegation
from lms.training.lifecycle.shared import LONGEST_REASON, in_order, locked, note_act, record_act, text_of

# Nobody is away for longer than this; more is a mistake of the form.
LONGEST_DELEGATION_DAYS = 92


@transaction.atomic
def delegate(user: User, case: Case, to: User, first: date, last: date, reason: str) -> Delegation:
    """Hand a case to a colleague of the same authority for some days, both in. By whoever has it in hand (one to whom it was
    handed does not hand it on), or the superior. Raises NotAllowed, Invalid (days; a colleague without the role, or of the
    applicant's body), Conflict (final).
    """
    found = locked(case)
    moment = now()
    who = in_charge(user, found, local_day(moment), handing=True)
    said = text_of(reason, LONGEST_REASON, "reason", _("请写明转交的原因。"))
    last_act = in_order(found, moment)
    if found.stands.final:
        raise words.overtaken(found, last_act, names=True)
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
    letters.handed(row)
    note_act(found, "delegate", found.state, user, who, found.authority, said, moment)
    days = {"first": first.isoformat(), "last": last.isoformat()}
    record_act(who, found, "delegate", reason=said, data={"to": str(to.uuid), **days})
    return row


def in_charge(user: User, case: Case, day: date, *, handing: bool = False) -> Actor:
    """Whoever may decide on the case today; handing: whoever may hand it on, which the superior may, overdue or not, and a
    deputy may not. Raises NotAllowed, NotFound."""
    who = reading.party(user, case)
    if who.own:
        raise words.own_case(case)
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
    said = _("这份申报由%(who)s经办。") % {"who": case.handler or case.authority.name}
    raise NotAllowed(words.cite(said, case.declared.source), code="other_handler")
