"""The coordination group: naming its members, ending their seats, what they say of a case, and whether the group has decided.

Owns: GroupMember, GroupOpinion. Refuses: naming by others than the authority's administrator; oneself; a seat dated back; an opinion by anybody but
the member, on a case that does not wait for the group, or of one's own body's case but to stand aside; a decision that the members' opinions
do not bear.

Source: 沪人社专〔2022〕372号 四(一) 分级组织 (A26); 青人社〔2023〕17号 六 (A40). Its opinions are what `decided` counts: a process that needs the group's
decision asks it there.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training import letters
from lms.training.access import of_the_body
from lms.training.coordination import queries
from lms.training.coordination.models import LONGEST_REASON, LONGEST_WORDS, GroupMember, GroupOpinion
from lms.training.coordination.queries import Decision
from lms.training.coordination.rules import FEWEST, Stand
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.declaration import Source
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.words import cite

TARGET = "training.GroupMember"
GROUP = Source("青人社〔2023〕17号", "六")
NAMED, WAITS = "group.named", "group.waits"
MOST_MEMBERS = 40


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code="invalid_group", details={"field": field})


def _said(field: str, text: str, most: int, *, least: int = 2) -> str:
    found = " ".join(text.split())
    if not least <= len(found) <= most or "\0" in found:
        raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    return found


# --- who sits in it ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewMember:
    """since: a day, in; None for person or body: what was typed named nobody."""

    authority: Organisation
    person: User | None
    body: Organisation | None
    position: str
    basis: str
    since: date


@transaction.atomic
def name_member(by: User | Actor, new: NewMember) -> GroupMember:
    """A seat in an authority's group. By the authority's administrator, or the platform. Raises NotAllowed (the role, oneself), Conflict (sits
    there already, there is a lead, the group is full), Invalid (with the field)."""
    if new.authority.kind != Organisation.Kind.AUTHORITY:
        raise NotAllowed(_("协调小组由主管部门建立。"))
    who = of_the_body(by, new.authority, Role.ADMIN)
    if new.person is None or not new.person.is_active:
        raise wrong("login", _("没有找到这个人。请核对手机号或邮箱。"))
    if isinstance(by, User) and by.pk == new.person.pk:
        raise NotAllowed(
            cite(_("不能把自己列为协调小组的成员，由本部门另一位管理员办理。"), GROUP), code="own_case"
        )
    if new.body is None:
        raise wrong("body", _("没有找到这家单位，请写全称或机构代码。"))
    if new.position not in GroupMember.Position.values:
        raise wrong("position", _("请选组长或者成员。"))
    if new.since < today() and not who.is_platform:
        raise wrong("since", _("从今天或以后起，不能倒签日期。"))
    # Of two at once the second finds the first.
    list(Organisation.objects.select_for_update(no_key=True).filter(pk=new.authority.pk).values_list("pk"))
    there = GroupMember.objects.filter(authority=new.authority, ended_on__isnull=True)
    if there.count() >= MOST_MEMBERS:
        raise Conflict(_("协调小组最多 %(most)s 位成员。") % {"most": MOST_MEMBERS}, code="too_many")
    row = GroupMember(
        authority=new.authority,
        person=new.person,
        body=new.body,
        position=new.position,
        basis=_said("basis", new.basis, LONGEST_WORDS),
        since=new.since,
        named_by=by if isinstance(by, User) else None,
        named_at=now(),
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if there.filter(person=new.person).exists():
            raise Conflict(
                _("%(who)s已经是协调小组的成员。") % {"who": new.person}, code="named_already"
            ) from error
        raise Conflict(_("协调小组已经有组长，先办理离任。"), code="lead_there") from error
    _note(who, row, "name", reason=row.basis, body=row.body.code, position=row.position)
    if isinstance(by, User):
        letters.tell(NAMED, str(row.uuid), [row.person.uuid], member=str(row.uuid))
    return row


@transaction.atomic
def end_member(by: User | Actor, member: GroupMember, reason: str) -> GroupMember:
    """From today on they sit there no more; what they said before stands. By the authority's administrator. Raises NotAllowed, Conflict, Invalid."""
    row = (
        GroupMember.objects.select_for_update(of=("self",))
        .select_related("authority", "person")
        .get(pk=member.pk)
    )
    who = of_the_body(by, row.authority, Role.ADMIN)
    if row.ended_on is not None:
        raise Conflict(_("这位成员已经离任，请刷新后再看。"), code="moved_on")
    row.reason = _said("reason", reason, LONGEST_REASON)
    row.ended_on, row.ended_by = max(today(), row.since), by if isinstance(by, User) else None
    row.save(update_fields=["reason", "ended_on", "ended_by"])
    _note(who, row, "end", reason=row.reason)
    return row


# --- what they say ----------------------------------------------------------------------------------------


@transaction.atomic
def state_opinion(
    user: User, case: Case, stand: str, reason: str, *, at: datetime | None = None
) -> GroupOpinion:
    """A member's own word on a case that waits for their group; said again, the last one counts. at: when it was said, of what is entered later
    (the demo's). Raises NotFound (no member of this group), Conflict (it does not wait for the group), NotAllowed (one's own body's: only
    to stand aside), Invalid."""
    # Against the decision that is being registered: the case's row first, as the acts do.
    held = Case.objects.select_for_update(of=("self",)).select_related("authority", "body").get(pk=case.pk)
    said_at = at or now()
    member = queries.seat(user, held.authority_id, said_at)
    if member is None:
        raise NotFound
    if not queries.waits_for_group(held):
        raise Conflict(_("这件事现在不等协调小组表态，请刷新后再看。"), code="not_waiting")
    if stand not in set(Stand):
        raise wrong("stand", _("请选同意、不同意、弃权或者回避。"))
    if stand != Stand.RECUSED and queries.must_stand_aside(held, [member]):
        raise NotAllowed(cite(_("这件事与你的单位有关，你只能回避。"), GROUP), code="own_case")
    least = 0 if stand == Stand.AGREE else 2
    row = GroupOpinion.objects.create(
        case=held,
        member=member,
        stand=stand,
        reason=_said("reason", reason, LONGEST_REASON, least=least),
        at=said_at,
    )
    record(
        actor(user),
        action="group.opinion",
        target_type="training.Case",
        target=held.uuid,
        reason=row.reason,
        data={"stand": row.stand, "member": str(member.uuid)},
    )
    return row


def decided(case: Case, day: date, *, agreed: bool) -> Decision:
    """What the group decided of a case, which its officer is about to enter; inside the transaction that holds the case's row. day: of the meeting.
    Raises Conflict where the members' opinions do not bear it."""
    found = queries.decision(case, day)
    if not found.members:
        raise _not_borne(
            _("%(name)s还没有登记协调小组的成员，不能登记它的决定。") % {"name": case.authority.name}
        )
    if not found.count.enough:
        raise _not_borne(
            _("能表态的成员不到 %(fewest)s 位（%(said)s），协调小组不能决定。")
            % {"fewest": FEWEST, "said": found.said}
        )
    if agreed and not found.count.carried:
        raise _not_borne(
            _("协调小组还没有同意：%(said)s。同意的要超过 %(over)s%%。")
            % {"said": found.said, "over": found.count.over}
        )
    if not agreed and not found.count.failed:
        raise _not_borne(_("协调小组没有不同意：%(said)s。") % {"said": found.said})
    return found


def _not_borne(sentence: str) -> Conflict:
    return Conflict(cite(sentence, GROUP), code="no_decision")


# --- letters ----------------------------------------------------------------------------------------------


def tell_members(done: Done) -> None:
    """Everybody in the group hears that a case waits for them; in the act's transaction. Nobody of what is entered later."""
    if done.who.is_platform:
        return
    rows = queries.sitting(done.case.authority_id, done.day).select_related("person")
    people = [row.person.uuid for row in rows]
    letters.tell(WAITS, str(done.act.uuid), people, case=str(done.case.uuid))


def named_words(person: User, data: dict[str, Any]) -> letters.Words | None:
    """The letter to somebody who was named, while they sit there."""
    row = (
        GroupMember.objects.select_related("authority", "body")
        .filter(uuid=data["member"], ended_on__isnull=True)
        .first()
    )
    if row is None:
        return None
    said = {"name": row.authority.name, "body": row.body.name, "day": row.since.isoformat()}
    text = _("从 %(day)s 起，你代表%(body)s参加%(name)s的协调小组。要你表态的事项会列在你的页面上。") % said
    return _("你是%(name)s协调小组的成员") % said, text, reverse("group:own")


def waits_words(person: User, data: dict[str, Any]) -> letters.Words | None:
    """The letter about a case that waits for the group, while it does and this member has not spoken."""
    case = Case.objects.select_related("authority", "body").filter(uuid=data["case"]).first()
    if case is None or not queries.waits_for_group(case):
        return None
    member = queries.seat(person, case.authority_id, now())
    if member is None or GroupOpinion.objects.filter(case=case, member=member).exists():
        return None
    said = {"number": case.number or "", "heading": queries.heading(case)}
    title = _("请你表态：%(heading)s") % said
    return (
        title,
        _("%(heading)s（%(number)s）等协调小组决定，请写明你的意见。") % said,
        reverse("group:case", args=[case.uuid]),
    )


def _note(who: Actor, row: GroupMember, name: str, *, reason: str = "", **data: object) -> None:
    record(
        who,
        action=f"group.{name}",
        target_type=TARGET,
        target=row.uuid,
        reason=reason,
        data={"person": str(row.person.uuid), "authority": row.authority.code, **data},
    )
