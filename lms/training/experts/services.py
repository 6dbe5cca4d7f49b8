"""The register of experts: asking somebody into it, their answer, leaving, what ties them to bodies, and refusals of panels.

Owns: Expert, ExpertInterest, ExpertRefusal. Refuses: entries by others than the authority's officers; oneself, or who decides for the
authority; an answer by anybody but the person; an entry dated back; a second interest in the same body.

Source: 沪人社专〔2022〕372号 三(四) 经专家评审; how experts are chosen the document leaves open, the register is the authority's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training import letters
from lms.training.access import acting
from lms.training.ce_bases.models import INDUSTRIES
from lms.training.experts import queries
from lms.training.experts.models import (
    LONGEST_REASON,
    LONGEST_WORDS,
    Expert,
    ExpertInterest,
    ExpertRefusal,
)
from lms.training.lifecycle.declaration import Source
from lms.training.lifecycle.words import cite

TARGET = "training.Expert"
REVIEWS = Source("沪人社专〔2022〕372号", "三(四)")
FIELDS = dict(INDUSTRIES)
State = Expert.State
ASKED = "asked"


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code="invalid_expert", details={"field": field})


def _said(field: str, text: str, most: int, *, least: int = 0) -> str:
    found = text.strip()
    if not least <= len(found) <= most or "\0" in found:
        raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    return found


@dataclass(frozen=True)
class NewExpert:
    """fields: codes of `FIELDS`, one at least; basis: why this person (title, office, a letter's number); since, until: days, both in."""

    authority: Organisation
    person: User | None
    fields: Sequence[str]
    basis: str
    since: date
    until: date | None = None
    specialty: str = ""


@transaction.atomic
def enter(by: User | Actor, new: NewExpert) -> Expert:
    """Ask somebody into an authority's register; they stand in it once they have agreed. Raises NotAllowed, Conflict (there already),
    Invalid (with the field)."""
    who = acting(by, new.authority, _("专家库由主管部门建立。"))
    person = new.person
    if person is None or not person.is_active:
        raise wrong("login", _("没有找到这个人。请核对手机号或邮箱。"))
    if isinstance(by, User) and by.pk == person.pk:
        raise NotAllowed(cite(_("不能把自己列入专家库。"), REVIEWS), code="own_case")
    if queries.deciding(new.authority, today()).filter(user=person).exists():
        raise wrong(
            "login",
            cite(
                _("%(who)s在%(name)s办理事项，不能当它的专家。")
                % {"who": person, "name": new.authority.name},
                REVIEWS,
            ),
        )
    fields = [code for code in FIELDS if code in set(new.fields)]
    if not fields or len(fields) != len(set(new.fields)):
        raise wrong("fields_chosen", _("请从列出的专业领域里选，至少一个。"))
    if new.since < today() and not who.is_platform:
        raise wrong("since", _("从今天或以后起，不能倒签日期。"))
    if new.until is not None and new.until < new.since:
        raise wrong("until", _("最后一天不能早于第一天。"))
    row = Expert(
        authority=new.authority,
        person=person,
        fields=fields,
        specialty=_said("specialty", new.specialty, LONGEST_WORDS),
        basis=_said("basis", new.basis, LONGEST_REASON, least=2),
        since=new.since,
        until=new.until,
        entered_by=by if isinstance(by, User) else None,
        entered_at=now(),
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(
            _("%(who)s已经在专家库里，或正在等本人同意。") % {"who": person}, code="listed_already"
        ) from error
    _note(who, row, "enter", reason=row.basis, fields=fields)
    if isinstance(by, User):
        letters.tell(ASKED, str(row.uuid), [person.uuid], entry=str(row.uuid))
    return row


@transaction.atomic
def answer(user: User, entry: Expert, *, agree: bool, reason: str = "") -> Expert:
    """The person's own word, once. Raises NotFound (somebody else's), Conflict (answered, or taken back), Invalid."""
    row = _locked(entry)
    if row.person_id != user.pk or not user.is_active:
        raise NotFound
    if row.state != State.ASKED:
        raise _moved(row)
    row.state = State.LISTED if agree else State.DECLINED
    row.answered_at = now()
    row.reason = "" if agree else _said("reason", reason, LONGEST_REASON)
    row.save(update_fields=["state", "answered_at", "reason"])
    _note(actor(user), row, "agree" if agree else "decline")
    return row


@transaction.atomic
def leave(by: User, entry: Expert, reason: str) -> Expert:
    """Out of the register: by an officer of the authority with the reason, or by the person. Panels they sit on go on. Raises NotFound,
    NotAllowed, Conflict, Invalid."""
    row = _locked(entry)
    own = row.person_id == by.pk
    who = actor(by) if own else acting(by, row.authority, _("专家库由主管部门建立。"))
    if row.state not in (State.ASKED, State.LISTED):
        raise _moved(row)
    row.state, row.ended_at, row.ended_by = State.LEFT, now(), by
    row.reason = _said("reason", reason, LONGEST_REASON, least=2)
    row.save(update_fields=["state", "ended_at", "ended_by", "reason"])
    _note(who, row, "leave", reason=row.reason, own=own)
    return row


# --- what ties somebody to a body ---------------------------------------------------------------------------


@transaction.atomic
def declare(user: User, body: Organisation, text: str) -> ExpertInterest:
    """An interest in a body, which bars the person from judging it. Raises Conflict (declared already, or too many), Invalid."""
    said = _said("text", text, LONGEST_REASON, least=2)
    # Of two at once the second finds the first.
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))
    there = ExpertInterest.objects.filter(person=user, over_at__isnull=True)
    if there.filter(body=body).exists():
        raise Conflict(_("你已经声明过与%(name)s的利害关系。") % {"name": body.name}, code="declared_already")
    if there.count() >= queries.MOST_INTERESTS:
        raise Conflict(_("最多声明 %(most)s 家单位。") % {"most": queries.MOST_INTERESTS}, code="too_many")
    row = ExpertInterest.objects.create(person=user, body=body, text=said, declared_at=now())
    record(
        actor(user),
        action="expert.interest",
        target_type="accounts.Organisation",
        target=body.uuid,
        data={"interest": str(row.uuid)},
    )
    return row


@transaction.atomic
def over(user: User, interest: ExpertInterest) -> ExpertInterest:
    """Say that an interest is over, for panels from now on; what was declared on a panel stands there. Raises NotFound, Conflict."""
    row = ExpertInterest.objects.select_for_update().filter(pk=interest.pk, person=user).first()
    if row is None:
        raise NotFound
    if row.over_at is not None:
        raise Conflict(_("这条利害关系已经声明终止。"), code="over_already")
    row.over_at = now()
    row.save(update_fields=["over_at"])
    record(
        actor(user),
        action="expert.interest_over",
        target_type="training.ExpertInterest",
        target=row.uuid,
    )
    return row


def refused(user: User, authority: Organisation, about: str, reason: str) -> ExpertRefusal:
    """Keep that an expert refused a panel; in the transaction of the room that lets them go. Raises Invalid."""
    return ExpertRefusal.objects.create(
        person=user,
        authority=authority,
        about=about[:LONGEST_WORDS],
        reason=_said("reason", reason, LONGEST_REASON, least=2),
        at=now(),
    )


def asked_words(person: User, data: dict[str, Any]) -> letters.Words | None:
    """The letter to somebody who was asked into a register, while it waits for their answer."""
    row = Expert.objects.select_related("authority").filter(uuid=data["entry"], state=State.ASKED).first()
    if row is None:
        return None
    said = {
        "name": row.authority.name,
        "fields": _("、").join(str(FIELDS[code]) for code in row.fields if code in FIELDS),
    }
    text = _("%(name)s请你进入它的评审专家库，专业领域：%(fields)s。你同意才算入库；不同意也请答复。") % said
    return _("邀请你进入专家库：%(name)s") % said, text, reverse("experts:own")


def _locked(entry: Expert) -> Expert:
    list(Expert.objects.select_for_update().filter(pk=entry.pk).values_list("pk"))
    return Expert.objects.select_related("authority", "person").get(pk=entry.pk)


def _moved(row: Expert) -> Conflict:
    return Conflict(
        _("这一条现在是“%(state)s”，请刷新后再看。") % {"state": row.get_state_display()}, code="moved_on"
    )


def _note(who: Actor, row: Expert, name: str, *, reason: str = "", **data: object) -> None:
    record(
        who,
        action=f"expert.{name}",
        target_type=TARGET,
        target=row.uuid,
        reason=reason,
        data={"person": str(row.person.uuid), "authority": row.authority.code, **data},
    )
