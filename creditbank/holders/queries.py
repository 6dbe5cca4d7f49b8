"""Reading learning accounts: whose a number is, which accounts are one person, what a merge would do.

Nothing here writes, but for the note of an officer's look at a merge.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from creditbank import looks
from creditbank.applications.lifecycle import ENDS
from creditbank.applications.models import Application, CourseCredit
from creditbank.holders import handing, rules
from creditbank.holders.models import AccountMerge, LearningAccount, MergePosting
from creditbank.ledger.models import Account, AccountHead, Entry
from creditbank.rules.models import Programme
from lms.accounts.api import Role, User, erasure_pending, memberships, real_name_status, require_role
from lms.lib.audit.services import record
from lms.lib.errors import NotFound

MERGED = AccountMerge.State.MERGED


def account_of(user: User) -> LearningAccount | None:
    return LearningAccount.objects.filter(holder=user).first()


def survivor_of(user: User) -> User:
    """The account that goes on for this one; itself where it was merged into none. One query."""
    found = AccountMerge.objects.filter(other=user, state=MERGED).select_related("survivor").first()
    return found.survivor if found else user


def accounts_of(user: User) -> list[User]:
    """All accounts of the same person, the surviving one first. At most two queries."""
    root = survivor_of(user)
    left = AccountMerge.objects.filter(survivor=root, state=MERGED).select_related("other").order_by("id")
    return [root, *(row.other for row in left if row.other is not None)]


def person_ids(user: User) -> list[int]:
    """The keys of all accounts of the same person: for every check and list that asks "has this person …"."""
    return [account.pk for account in accounts_of(user)]


def person_uuids(user: User) -> list[UUID]:
    """The same as the ledger and the course credits know them."""
    return [account.uuid for account in accounts_of(user)]


def find_by_number(typed: str) -> User | None:
    """Whose a learner number is; of a merged account, whose it is now. None: no such number."""
    number = rules.tidy_number(typed)
    if not rules.is_number(number):
        return None
    found = LearningAccount.objects.filter(number=number).select_related("holder").first()
    return survivor_of(found.holder) if found else None


def numbers_of(user: User) -> list[str]:
    """Every learner number that finds this person, the one in use first."""
    accounts = accounts_of(user)
    numbers = dict(LearningAccount.objects.filter(holder__in=accounts).values_list("holder_id", "number"))
    return [numbers[account.pk] for account in accounts if account.pk in numbers]


# --- what a merge would do ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clash:
    """A course that both accounts were credited with in the same programme: one of the two must be reversed first."""

    college: str
    programme: str
    course: str


@dataclass(frozen=True)
class Standing:
    """One sort of account on both sides. kept, leaving: balances in 1/scale; moves: of the second, what moves."""

    survivor: Account | None
    other: Account
    kept: int
    leaving: int
    moves: int


@dataclass(frozen=True)
class Preview:
    """What merging would do today. obstacles: sentences on what must come to an end first; clashes are among them."""

    obstacles: list[str]
    clashes: list[Clash] = field(default_factory=list)
    doubles: list[rules.Double] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    outcomes: int = 0


def preview(survivor: User, other: User) -> Preview:
    found = obstacles(survivor, other)
    if survivor.pk == other.pk:
        return Preview(found)
    doubled = doubles_of(survivor, other)
    clashes = clashes_of(survivor, other)
    found += [_clash_sentence(clash) for clash in clashes]
    return Preview(
        found,
        clashes,
        doubled,
        standings(survivor, other, rules.left_behind(doubled)),
        other.outcomes.exclude(status="refused").count(),
    )


def obstacles_alone(survivor: User) -> list[str]:
    """Why an account can't take another in, whatever the other is."""
    found = []
    if real_name_status(survivor) == "unverified":
        found.append(_("保留的账号还没有实名。请先填写实名，或者改为保留另一个账号。"))
    if AccountMerge.objects.filter(state=MERGED, other=survivor).exists():
        found.append(_("其中一个账号已经并入别的账号。"))
    return found


def obstacles(survivor: User, other: User) -> list[str]:
    """What must come to an end before the two can be one, a sentence each; clashing courses are `clashes_of`'s."""
    if survivor.pk == other.pk:
        return [_("这是同一个账号，不需要合并。")]
    found = obstacles_alone(survivor)
    if AccountMerge.objects.filter(state=MERGED, other=other).exists():
        found.append(_("其中一个账号已经并入别的账号。"))
    if AccountMerge.objects.filter(state=MERGED, survivor=other).exists():
        found.append(_("要并入的账号自己并入过别的账号。请改为保留那个账号。"))
    if any(erasure_pending(user) or not user.is_active for user in (survivor, other)):
        found.append(_("其中一个账号已停用，或正在注销。"))
    if other.is_superuser or memberships(other).exists():
        found.append(_("要并入的账号还有机构里的角色。请先结束角色，或者改为保留那个账号。"))
    if Application.objects.filter(applicant__in=[survivor, other]).exclude(state__in=ENDS).exists():
        found.append(_("有学分认定申请还在审核。请等待结果，或先撤回。"))
    if handing.open_redemption(survivor, other):
        found.append(_("有学分兑换还在办理。请等待结果，或先撤回。"))
    for programme in handing.redeemed_twice(survivor, other):
        found.append(_("两个账号都兑换过“%(programme)s”的学分，不能合并。") % {"programme": programme})
    return found


def clashes_of(survivor: User, other: User) -> list[Clash]:
    """Courses of one programme that stand on both accounts, and papers without a number that are spent on both. One with
    a number cannot be: the database lets it be used once in a programme, whoever holds it (OutcomeUse)."""
    living = CourseCredit.objects.filter(use__release__isnull=True)
    kept = set(living.filter(holder=survivor.uuid).values_list("programme_id", "course_code"))
    leaving = living.filter(holder=other.uuid).select_related("programme__organisation").order_by("id")
    found = [
        Clash(row.programme.organisation.name, row.programme.name, row.course_name)
        for row in leaving
        if (row.programme_id, row.course_code) in kept
    ]
    return list(dict.fromkeys([*found, *_spent_twice(survivor, other)]))


def _spent_twice(survivor: User, other: User) -> list[Clash]:
    pairs = handing.same_papers(survivor, other)
    spent = handing.used_outcomes([row.pk for pair in pairs for row in pair])
    twice = [
        (programme, theirs.title)
        for mine, theirs in pairs
        for programme in sorted(spent.get(mine.pk, set()) & spent.get(theirs.pk, set()))
    ]
    programmes = Programme.objects.select_related("organisation").in_bulk([key for key, _title in twice])
    return [Clash(programmes[key].organisation.name, programmes[key].name, title) for key, title in twice]


def _clash_sentence(clash: Clash) -> str:
    return _("%(college)s的%(programme)s里，两个账号都认定过“%(course)s”。请学校先撤销其中一次，再合并。") % {
        "college": clash.college,
        "programme": clash.programme,
        "course": clash.course,
    }


def course_hours(person: UUID) -> list[rules.CourseHours]:
    """What courses gave the account itself and still stands; hours that a merge moved are not among them."""
    rows = Entry.objects.filter(
        account__holder=person, transaction__kind="hours", transaction__reversed_by__isnull=True
    ).values_list("account__unit_id", "amount", "transaction__evidence")
    return [
        rules.CourseHours(str(evidence["course"]), str(unit), amount, str(evidence.get("title", "")))
        for unit, amount, evidence in rows.iterator()
        if evidence.get("course")
    ]


def doubles_of(survivor: User, other: User) -> list[rules.Double]:
    """Courses that gave hours on the surviving account (or one merged into it before) and on the other.

    Of two closed accounts only the later one leaves behind what both have: else neither would count.
    """
    before = AccountMerge.objects.filter(survivor=survivor, state=MERGED).exclude(other=other)
    this = AccountMerge.objects.filter(survivor=survivor, other=other, state=MERGED).first()
    if this is not None:
        at = this.decided_at
        before = before.filter(Q(decided_at__lt=at) | Q(decided_at=at, pk__lt=this.pk))
    accounts = before.order_by("decided_at", "pk").values_list("other__uuid", flat=True)
    taken = [course_hours(account) for account in accounts]
    return rules.doubles(course_hours(survivor.uuid), course_hours(other.uuid), *taken)


def standings(survivor: User, other: User, left: dict[str, int]) -> list[Standing]:
    """Every account of the other beside its counterpart; two queries."""
    mine = {_sort(head.account): head for head in heads_of([survivor.uuid])}
    found = []
    for head in heads_of([other.uuid]):
        partner = mine.get(_sort(head.account))
        kept = partner.balance if partner else 0
        unit = str(head.account.unit_id)
        # What stays behind is hours; those stand in one account of their unit.
        stay = {unit: left.get(unit, 0)} if head.account.organisation is None else {}
        moves = rules.settlement({unit: (kept, head.balance)}, stay).get(unit, 0)
        found.append(Standing(partner.account if partner else None, head.account, kept, head.balance, moves))
    return found


def heads_of(people: Iterable[UUID]) -> list[AccountHead]:
    rows = AccountHead.objects.filter(account__holder__in=list(people)).select_related("account__unit")
    return list(rows.order_by("account_id"))


def _sort(account: Account) -> tuple[str, UUID | None]:
    return str(account.unit_id), account.organisation


# --- merges -------------------------------------------------------------------------------------------------


def merges_of(user: User) -> QuerySet[AccountMerge]:
    """Merges the person began, agreed to or is part of, newest first."""
    mine = AccountMerge.objects.filter(Q(survivor=user) | Q(other=user))
    return mine.select_related("survivor", "other").order_by("-id")


def merge_of(user: User, uuid: UUID) -> AccountMerge:
    """Raises NotFound."""
    found = merges_of(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def queue(officer: User, state: str) -> QuerySet[AccountMerge]:
    """For officers of the authority: what waits, oldest first, else newest first. Raises NotAllowed."""
    require_role(officer, Role.OFFICER)
    found = AccountMerge.objects.filter(state=state, other__isnull=False).select_related(
        "survivor", "other", "requested_by"
    )
    waiting = state == AccountMerge.State.REQUESTED
    return found.order_by("requested_at" if waiting else "-decided_at", "id")


def merge_for(officer: User, uuid: UUID) -> AccountMerge:
    """One merge before an officer; the look stands under both accounts. Raises NotAllowed, NotFound."""
    who = require_role(officer, Role.OFFICER)
    found = (
        AccountMerge.objects.filter(uuid=uuid, other__isnull=False)
        .select_related("survivor", "other")
        .first()
    )
    if found is None or found.other is None:
        raise NotFound
    for person in (found.survivor, found.other):
        record(
            who,
            action="account_merge.view",
            target_type="accounts.User",
            target=person.uuid,
            reason=looks.MERGE(),
            data={"merge": str(found.uuid)},
        )
    return found


def posted(merge: AccountMerge) -> QuerySet[MergePosting]:
    """What the merge moved and still stands, in order."""
    rows = merge.postings.filter(transaction__reversed_by__isnull=True)
    return rows.select_related("transaction").order_by("id")


def entries_left(merge: AccountMerge) -> QuerySet[Entry]:
    """Every line of the closed account's books, newest first: each names its course or certificate."""
    assert merge.other is not None
    rows = Entry.objects.filter(account__holder=merge.other.uuid)
    return rows.select_related("transaction", "account__unit").order_by("-id")
