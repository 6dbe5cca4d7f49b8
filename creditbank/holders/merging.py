"""Merging two accounts of one person: asked for, decided by another, carried out, undone within a term.

Owns: every change of an AccountMerge. The person shows that both accounts are theirs by signing in to each (a code made
on one is entered on the other); or an officer of the authority says which papers were seen. Another officer decides.
Refuses: while an application waits, a role is held or a course stands on both accounts; one's own case; half a merge.
docs/decisions/account-merge.md.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.holders import handing, queries, settling
from creditbank.holders.models import AccountMerge
from lms.accounts.api import Role, User, actor, close_for_merge, open_after_merge, require_role
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from lms.lib.outbox.services import emit

TARGET = "creditbank.AccountMerge"
PERSON = "accounts.User"
State = AccountMerge.State
CODE_DIGITS = 8
# Long enough to sign out and in again with a code from the telephone.
CODE_FOR = timedelta(minutes=30)
MOST_WRONG_AN_HOUR = 10
# How long a merge may be undone. Ours: no document sets a term.
UNDO_FOR = timedelta(days=30)
LEAST_REASON = 4
LEAST_EVIDENCE = 10


def _code_hash(code: str) -> str:
    return lookup_hash(code, "account.merge")


# --- asked for by the person --------------------------------------------------------------------------------


@transaction.atomic
def offer(user: User) -> tuple[AccountMerge, str]:
    """Begin, signed in to the account that is to go on: the merge and the code to enter on the other one, shown once.

    A new code replaces the one before. Raises Conflict (no real name yet, merged already, one waits for its decision).
    """
    User.objects.select_for_update().get(pk=user.pk)
    if reasons := queries.obstacles_alone(user):
        raise Conflict(reasons[0], code="merge_blocked", details={"reasons": reasons})
    waiting = AccountMerge.objects.filter(survivor=user, state__in=[State.OPEN, State.REQUESTED])
    if waiting.filter(state=State.REQUESTED).exists():
        raise Conflict(_("你已有一份合并申请在等待核准。"), code="merge_waiting")
    waiting.update(state=State.WITHDRAWN, code_hash="")
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    merge = AccountMerge.objects.create(
        survivor=user,
        way=AccountMerge.Way.SIGNED_IN,
        code_hash=_code_hash(code),
        code_until=now() + CODE_FOR,
        requested_by=user,
        requested_at=now(),
    )
    record(actor(user), action="account_merge.offer", target_type=TARGET, target=merge.uuid)
    return merge, code


def offered(user: User, code: str) -> AccountMerge:
    """The merge whose code the person, signed in to the other account, entered. Raises NotFound (no such code, or its
    time is over), TooMany (guessing)."""
    since = now() - timedelta(hours=1)
    wrong = AuditRow.objects.filter(action="account_merge.wrong_code", target=user.uuid, at__gte=since)
    if wrong.count() >= MOST_WRONG_AN_HOUR:
        raise TooMany(_("合并码多次不对。请一小时后再试。"))
    digits = "".join(character for character in code if character.isdecimal())
    found = (
        AccountMerge.objects.filter(state=State.OPEN, code_hash=_code_hash(digits), code_until__gt=now())
        .select_related("survivor")
        .first()
    )
    if found is None:
        record(actor(user), action="account_merge.wrong_code", target_type=PERSON, target=user.uuid)
        raise NotFound(
            _("没有这个合并码，或者它已过期（30 分钟有效）。请在另一个账号上重新生成。"), code="no_such_code"
        )
    return found


def agree(user: User, code: str) -> AccountMerge:
    """The person, signed in to the account that is to be closed, agrees. It then waits for an officer.

    Raises NotFound, TooMany, Conflict (details: reasons) when something must come to an end first.
    """
    # Outside the transaction: the note of a wrong code must outlive the refusal, or guessing is never stopped.
    return _agreed(user, offered(user, code))


@transaction.atomic
def _agreed(user: User, found: AccountMerge) -> AccountMerge:
    merge = AccountMerge.objects.select_for_update(of=("self",)).select_related("survivor").get(pk=found.pk)
    if merge.state != State.OPEN:
        raise _gone()
    _unhindered(merge.survivor, user)
    merge.other, merge.state, merge.code_hash, merge.code_until = user, State.REQUESTED, "", None
    merge.requested_at = now()
    _saved(merge, "other", "state", "code_hash", "code_until", "requested_at")
    for person in (merge.survivor, user):
        record(
            actor(user),
            action="account_merge.agree",
            target_type=PERSON,
            target=person.uuid,
            data={"merge": str(merge.uuid)},
        )
    return merge


@transaction.atomic
def withdraw(user: User, merge: AccountMerge) -> AccountMerge:
    """Either side takes it back before the decision. Raises NotFound, Conflict (decided already)."""
    merge = AccountMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    if user.pk not in (merge.survivor_id, merge.other_id):
        raise NotFound
    if merge.state not in (State.OPEN, State.REQUESTED):
        raise _gone()
    merge.state, merge.code_hash = State.WITHDRAWN, ""
    merge.save(update_fields=["state", "code_hash"])
    record(actor(user), action="account_merge.withdraw", target_type=TARGET, target=merge.uuid)
    return merge


# --- asked for by an officer, decided by another ------------------------------------------------------------


@transaction.atomic
def request(officer: User, survivor: User, other: User, *, evidence: str) -> AccountMerge:
    """An officer saw the person and the papers of both accounts. evidence: which papers, and where the copies are.

    Raises NotAllowed (role, own case), Invalid (no evidence), Conflict (details: reasons).
    """
    who = require_role(officer, Role.OFFICER)
    _not_own(officer, survivor, other)
    text = " ".join(evidence.split())
    if len(text) < LEAST_EVIDENCE:
        raise Invalid(
            _("请写明看过哪些证件原件、怎样确认是同一个人、复印件存在哪里（至少 10 个字）。"),
            code="evidence_missing",
            details={"field": "evidence"},
        )
    _unhindered(survivor, other)
    merge = AccountMerge(
        survivor=survivor,
        other=other,
        state=State.REQUESTED,
        way=AccountMerge.Way.PAPERS,
        evidence=text,
        requested_by=officer,
        requested_at=now(),
    )
    _saved(merge)
    for person in (survivor, other):
        record(
            who,
            action="account_merge.request",
            target_type=PERSON,
            target=person.uuid,
            reason=text,
            data={"merge": str(merge.uuid)},
        )
    return merge


@transaction.atomic
def decide(officer: User, merge: AccountMerge, *, approve: bool, reason: str) -> AccountMerge:
    """An officer who asked for nothing here approves, and everything moves in one transaction; or refuses.

    Raises NotAllowed (role, own case, own request), Invalid (no reason), Conflict (decided already; details: reasons).
    """
    who = require_role(officer, Role.OFFICER)
    text = _reason(reason)
    merge = _locked(merge)
    assert merge.other is not None
    _not_own(officer, merge.survivor, merge.other)
    if officer.pk == merge.requested_by_id:
        raise NotAllowed(_("提出合并的人不能自己核准，请另一位工作人员核准。"), code="two_pairs_of_eyes")
    if merge.state != State.REQUESTED:
        raise _gone()
    merge.decided_by, merge.decided_at, merge.reason = officer, now(), text
    changed = ["decided_by", "decided_at", "reason", "state", "moved"]
    if approve:
        # Held from here on, in the order in which others hold them: nobody books, decides or erases meanwhile. Not their
        # keys: who holds a case already and writes a row about one of them would wait for this, and this for the case.
        people = User.objects.filter(pk__in=[merge.survivor_id, merge.other_id])
        list(people.select_for_update(no_key=True).order_by("pk"))
        handing.lock(merge.survivor, merge.other)
        settling.lock_both(merge.survivor, merge.other)
        _unhindered(merge.survivor, merge.other)
        merge.state = State.MERGED
        merge.moved = handing.over(merge.survivor, merge.other)
        merge.save(update_fields=changed)
        settling.settle(merge, who)
        close_for_merge(merge.other, who, reason=text)
    else:
        merge.state = State.REFUSED
        merge.save(update_fields=changed)
    _note(merge, who, "approve" if approve else "refuse", text)
    return merge


@transaction.atomic
def undo(officer: User, merge: AccountMerge, *, reason: str) -> AccountMerge:
    """It was wrong: every posting of the merge is reversed, certificates go back, the closed account opens again.

    Within UNDO_FOR, by an officer other than the one who approved. Raises NotAllowed, Invalid, Conflict (over, spent,
    a certificate that came over was used since).
    """
    who = require_role(officer, Role.OFFICER)
    text = _reason(reason)
    merge = _locked(merge)
    assert merge.other is not None
    _not_own(officer, merge.survivor, merge.other)
    if officer.pk == merge.decided_by_id:
        raise NotAllowed(_("核准合并的人不能自己撤销，请另一位工作人员办理。"), code="two_pairs_of_eyes")
    if merge.state != State.MERGED or merge.decided_at is None:
        raise Conflict(_("只有已完成的合并可以撤销，请刷新查看。"), code="not_merged")
    if now() > merge.decided_at + UNDO_FOR:
        raise Conflict(
            _("合并已超过 %(days)s 天，不能再撤销。") % {"days": UNDO_FOR.days}, code="undo_term_over"
        )
    handing.lock(merge.survivor, merge.other)
    handing.back(merge)
    settling.take_back(merge, text, who)
    merge.state, merge.undone_by, merge.undone_at, merge.undone_reason = State.UNDONE, officer, now(), text
    merge.save(update_fields=["state", "undone_by", "undone_at", "undone_reason"])
    open_after_merge(merge.other, who, reason=text)
    _note(merge, who, "undo", text)
    return merge


# --- what all of them need ----------------------------------------------------------------------------------


def _locked(merge: AccountMerge) -> AccountMerge:
    rows = AccountMerge.objects.select_for_update(of=("self",)).select_related("survivor", "other")
    found = rows.get(pk=merge.pk)
    if found.other is None:
        raise NotFound
    return found


def _unhindered(survivor: User, other: User) -> None:
    reasons = queries.preview(survivor, other).obstacles
    if reasons:
        raise Conflict(reasons[0], code="merge_blocked", details={"reasons": reasons})


def _saved(merge: AccountMerge, *fields: str) -> None:
    try:
        with transaction.atomic():
            merge.save(update_fields=fields or None)
    except IntegrityError as error:
        raise Conflict(_("其中一个账号已有一份合并在等待或已完成。"), code="merge_waiting") from error


def _not_own(officer: User, *people: User) -> None:
    if officer.pk in [person.pk for person in people]:
        raise NotAllowed(_("不能办理自己的账号合并，请交给其他工作人员。"), code="own_case")


def _reason(reason: str) -> str:
    text = " ".join(reason.split())
    if len(text) < LEAST_REASON:
        raise Invalid(
            _("请写明理由（至少 4 个字），本人可以看到。"), code="reason_missing", details={"field": "reason"}
        )
    return text[:1000]


def _gone() -> Conflict:
    return Conflict(_("这次合并已有结果，请刷新查看。"), code="already_decided")


def _note(merge: AccountMerge, who: Any, verb: str, reason: str) -> None:
    assert merge.other is not None
    people: dict[str, UUID] = {"survivor": merge.survivor.uuid, "other": merge.other.uuid}
    for person in people.values():
        record(
            who,
            action=f"account_merge.{verb}",
            target_type=PERSON,
            target=person,
            reason=reason,
            data={"merge": str(merge.uuid)},
        )
    payload = {name: str(uuid) for name, uuid in people.items()} | {"merge": str(merge.uuid)}
    emit(f"account_merge.{verb}", payload, key=f"account_merge.{verb}:{merge.uuid}")
