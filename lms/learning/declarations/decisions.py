"""What others decide: the two levels' judgement of a claim, and the rules that an authority sets.

Every decision is one function: permission, change, step, audit row and, when hours come of it, one event for the credit
bank, in one transaction. Nobody judges their own, and whoever decided once does not decide on the same claim again.
Acceptance holds all of the person's claims locked: the same work and the year's cap are judged one after another.
"""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, require_role
from lms.learning.declarations import queries, rules, steps
from lms.learning.declarations.models import (
    Act,
    Activity,
    Category,
    DeclarationStep,
    HoursActivityRule,
    HoursDeclaration,
    State,
    WorkCredit,
)
from lms.learning.rule_versions import publish, publisher
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotAllowed
from lms.lib.outbox.services import emit
from lms.lib.units import format_centi

# Decisions: who took one takes no other on the same claim.
DECIDING = (Act.PASS, Act.ACCEPT, Act.REFUSE)
VERDICTS = (Act.ACCEPT, Act.ASK, Act.REFUSE)


@dataclass(frozen=True)
class Verdict:
    """act: accept, ask or refuse. centihours: what the department accepts; None: as much as the rule gives."""

    act: str
    reason: str = ""
    centihours: int | None = None


# --- a claim ---------------------------------------------------------------------------------------------


def review(user: User, declaration: HoursDeclaration, verdict: Verdict) -> HoursDeclaration:
    """The level that has the claim judges it. Raises NotAllowed (role, own claim, decided before), Invalid (reason,
    hours), Conflict (the claim has moved on).
    """
    if verdict.act not in VERDICTS:
        raise Invalid(_("请用页面上的按钮操作。"), code="no_such_verdict")
    who, body = _judge(user, declaration)
    # The employer's yes is no decision on hours: the department still has to say so.
    act = Act.PASS if (declaration.state, verdict.act) == (State.EMPLOYER, Act.ACCEPT) else verdict.act
    reason = steps.reason_of(
        verdict.reason, _("请写明理由，申报人会看到。"), needed=act in {Act.ASK, Act.REFUSE}
    )
    with transaction.atomic():
        row = steps.locked(declaration, with_others=act == Act.ACCEPT)
        if (row.state, row.level) != (declaration.state, declaration.level):
            raise steps.moved_on()
        _not_twice(user, row)
        level = row.level
        if act == Act.ACCEPT:
            _accept(row, _count(row, verdict, reason))
        else:
            steps.move(row, act, **({"decided_at": now()} if act == Act.REFUSE else {}))
        step = steps.note(row, who, act, person=user, body=body, reason=reason, level=level)
        if act == Act.ACCEPT:
            announce(row, step)
    return row


def _judge(user: User, declaration: HoursDeclaration) -> tuple[Actor, Organisation]:
    """In which role and for which body the user judges the claim now."""
    if declaration.state not in queries.WAITING:
        raise steps.moved_on()
    at_employer = declaration.state == State.EMPLOYER
    role, body = (Role.HR, declaration.employer) if at_employer else (Role.REVIEWER, declaration.department)
    who = require_role(user, role, organisation=body)
    if declaration.person_id == user.pk:
        raise _own()
    return who, body


def _own() -> NotAllowed:
    return NotAllowed(_("不能审核自己的申报，请交给其他审核人员。"), code="own_case")


def _not_twice(user: User, row: HoursDeclaration) -> None:
    if row.steps.filter(person=user, act__in=DECIDING).exists():
        raise NotAllowed(_("你已经对这份申报作过决定，这一步要由另一位审核人员处理。"), code="decided_before")


def barred(user: User, declaration: HoursDeclaration) -> str:
    """Why somebody of the level that judges now may not, as `review` would say it; "" when they may. Said before a reason
    is written that nobody takes.
    """
    try:
        if declaration.person_id == user.pk:
            raise _own()
        _not_twice(user, declaration)
    except NotAllowed as refusal:
        return str(refusal.message)
    return ""


@dataclass(frozen=True)
class Count:
    """What is accepted and what of it counts; before, used, cap: what that was reckoned from (see WorkCredit)."""

    accepted: int
    counted: int
    number: int
    before: int
    used: int | None
    cap: int | None


def _count(row: HoursDeclaration, verdict: Verdict, reason: str) -> Count:
    """Judge the hours. The person's claims are locked, so that nothing it is reckoned from can change."""
    if verdict.centihours is None and row.rule is None:
        raise _hours_wrong("hours_missing", _("这类活动没有规则，请填写认定的学时和理由。"))
    accepted = row.ceiling if verdict.centihours is None else verdict.centihours
    if type(accepted) is not int or accepted > row.ceiling:
        sentence = _("认定的学时不能超过 %(most)s。") % {"most": format_centi(row.ceiling)}
        raise _hours_wrong("too_many_hours", sentence)
    if accepted <= 0:
        raise _hours_wrong("no_hours", _("认定 0 学时等于不通过：请改用“不通过”并写明理由。"))
    if (row.rule is None or accepted < row.ceiling) and not reason:
        raise Invalid(
            _("请写明学时怎样确定，申报人会看到。"), code="reason_missing", details={"field": "reason"}
        )
    number, before = queries.counted_before(row.person_id, row.work_key)
    cap = row.rule.yearly_cap_centihours if row.rule else None
    used = queries.used_of_cap(row) if cap is not None else None
    counted = rules.counts(accepted, before=before, used=used or 0, cap=cap)
    return Count(accepted, counted, number + 1, before, used, cap)


def _hours_wrong(code: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=code, details={"field": "hours"})


def _accept(row: HoursDeclaration, count: Count) -> None:
    """The decision, and the credit that makes it true in the database: the last line of defence behind the lock."""
    steps.move(
        row,
        Act.ACCEPT,
        accepted_centihours=count.accepted,
        counted_centihours=count.counted,
        decided_at=now(),
    )
    try:
        with transaction.atomic():
            WorkCredit.objects.create(
                person_id=row.person_id,
                work_key=row.work_key,
                number=count.number,
                declaration=row,
                accepted_centihours=count.accepted,
                before_centihours=count.before,
                used_centihours=count.used,
                cap_centihours=count.cap,
                counted_centihours=count.counted,
                at=now(),
            )
    except IntegrityError as error:
        raise steps.moved_on() from error


def accept_granted(row: HoursDeclaration) -> None:
    """Of what an authority's own process gives (grants.py): as much as rule and ceiling allow, counted as any claim is. The person's
    claims are locked by the caller."""
    _accept(row, _count(row, Verdict(Act.ACCEPT), ""))


def announce(row: HoursDeclaration, step: DeclarationStep) -> None:
    """For the credit bank: no title and no name, those stay where they can be erased."""
    rule = row.rule
    emit(
        "declaration.accepted",
        {
            "declaration": str(row.uuid),
            "person": str(row.person.uuid),
            "kind": row.category,
            "activity": row.activity,
            "year": row.year,
            "ended_on": row.ends_on.isoformat(),
            "centihours": row.counted_centihours,
            "accepted_centihours": row.accepted_centihours,
            "step": str(step.uuid),
            "employer": row.employer.code,
            "department": row.department.code,
            "rule": {"code": rule.code, "version": rule.version} if rule else {},
        },
        key=f"declaration.accepted:{row.uuid}",
    )


# --- rules -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewRule:
    """What an authority sets. centihours_per_unit None: from that day on, nothing is set any more."""

    activity: str
    category: str
    valid_from: date
    centihours_per_unit: int | None
    unit_word: str
    source: str
    grade: str = ""
    yearly_cap_centihours: int | None = None


def publish_rule(by: User | Actor, new: NewRule) -> HoursActivityRule:
    """The next version of a rule. For officers of the authority (the platform itself loads the demo)."""
    who = publisher(by)
    if new.activity not in Activity.values or new.category not in Category.values:
        raise steps.wrong("activity", _("请选择活动类型。"))
    for name, value, least, most in (
        ("grade", new.grade, 0, 30),
        ("unit_word", new.unit_word, 1, 12),
        ("source", new.source, 4, steps.LONGEST_REASON),
    ):
        if not least <= len(value.strip()) <= most or "\0" in value:
            raise steps.wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    for name, amount in (
        ("centihours_per_unit", new.centihours_per_unit),
        ("yearly_cap", new.yearly_cap_centihours),
    ):
        if amount is not None and (type(amount) is not int or not 0 < amount <= rules.MOST_CENTIHOURS):
            raise steps.wrong(
                name, _("学时应大于 0，不超过 %(most)s。") % {"most": format_centi(rules.MOST_CENTIHOURS)}
            )
    kind = {"activity": new.activity, "grade": new.grade.strip(), "category": new.category}
    said = {
        "valid_from": new.valid_from,
        "centihours_per_unit": new.centihours_per_unit,
        "unit_word": new.unit_word.strip(),
        "yearly_cap_centihours": new.yearly_cap_centihours,
        "source": new.source.strip(),
    }
    return publish(who, HoursActivityRule, kind, said, action="hours_rule.publish")
