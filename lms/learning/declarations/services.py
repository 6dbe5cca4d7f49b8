"""Claims of outside study, the person's side: declaring, supplement, withdrawal, appeal; and what closes when it is late.

Every act is one function: permission, change, step, audit row, in one transaction. Refuses what cannot be right, the same
work twice at a time, and anybody else's claim. What reviewers decide is in decisions.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User, actor
from lms.learning.declarations import queries, rules, steps
from lms.learning.declarations.models import Act, Activity, Category, DeclarationFile, HoursDeclaration, State
from lms.learning.hours.years import year_of
from lms.lib import evidence
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotFound
from lms.lib.units import format_centi


@dataclass(frozen=True)
class Declared:
    """What a person says. Units and hours in hundredths; centihours None: as the rule gives."""

    activity: str
    category: str
    title: str
    organiser: str
    starts_on: date
    ends_on: date
    employer: UUID
    department: UUID
    grade: str = ""
    centiunits: int = 100
    centihours: int | None = None
    identifier: str = ""
    about: str = ""


# --- declaring -------------------------------------------------------------------------------------------


def declare(user: User, said: Declared, files: Sequence[UploadedFile] = ()) -> HoursDeclaration:
    """Hand in a claim; it goes to the employer first. Raises Invalid (a field), Conflict (the same work is under way)."""
    _check_words(said)
    _check_days_and_numbers(said)
    employer = _one(queries.employers_of(user), said.employer, "employer", _("请选择你所在的单位。"))
    department = _one(queries.departments(), said.department, "department", _("请选择主管部门。"))
    rule = queries.rule_on(said.ends_on, said.activity, said.grade, said.category)
    ruled = rules.ruled(said.centiunits, rule.centihours_per_unit or 0) if rule else None
    declared = said.centihours if said.centihours is not None else ruled
    if declared is None:
        raise steps.wrong("hours", _("这类活动的折算规则尚未设定，请填写申报的学时。"))
    if not 0 < declared <= rules.MOST_CENTIHOURS:
        raise steps.wrong(
            "hours",
            _("学时应大于 0，不超过 %(most)s。") % {"most": format_centi(rules.MOST_CENTIHOURS)},
        )
    checked = evidence.checked(files, code=steps.WRONG)
    key = rules.work_key(
        said.identifier,
        activity=said.activity,
        title=said.title,
        starts_on=said.starts_on,
        ends_on=said.ends_on,
    )
    _close_late(user, key)
    try:
        with transaction.atomic():
            made = HoursDeclaration.objects.create(
                person=user,
                activity=said.activity,
                grade=said.grade,
                category=said.category,
                title=said.title.strip(),
                organiser=said.organiser.strip(),
                starts_on=said.starts_on,
                ends_on=said.ends_on,
                year=year_of(said.ends_on),
                centiunits=said.centiunits,
                declared_centihours=declared,
                identifier=said.identifier.strip(),
                work_key=key,
                title_key=rules.title_key(said.title),
                about=said.about.strip(),
                employer=employer,
                department=department,
                rule=rule,
                ruled_centihours=ruled,
                due_on=steps.due(State.EMPLOYER),
                submitted_at=now(),
            )
            _keep(made, checked)
            steps.note(made, actor(user), Act.SUBMIT, person=user)
    except IntegrityError as error:
        raise _under_way(user, key) from error
    return made


def _close_late(user: User, key: str) -> None:
    """A claim that is late has ended for its owner, also where the beat has not come by yet."""
    late = queries.others_open(user, key)
    if late is not None and late.state == State.SUPPLEMENT and queries.overdue(late):
        close(late.pk)


def _under_way(user: User, key: str) -> Conflict:
    open_one = queries.others_open(user, key)
    return Conflict(
        _("同一成果已有一份申报正在审核，不能重复提交；等它有结果，或先撤回它。"),
        code="already_open",
        details={"declaration": str(open_one.uuid)} if open_one else {},
    )


def _check_words(said: Declared) -> None:
    if said.activity not in Activity.values or (
        said.grade and (said.activity, said.grade) not in queries.grades()
    ):
        raise steps.wrong("activity", _("请选择活动类型。"))
    if said.category not in Category.values:
        raise steps.wrong("category", _("请选择科目。"))
    for name, value, least, most in (
        ("title", said.title, 2, 120),
        ("organiser", said.organiser, 2, 120),
        ("identifier", said.identifier, 0, 120),
        ("about", said.about, 0, steps.LONGEST_REASON),
    ):
        if not least <= len(value.strip()) <= most or "\0" in value:
            raise steps.wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    if said.identifier.strip() and len(rules.normal(said.identifier)) < 4:
        raise steps.wrong("identifier", _("编号太短，分不清是哪一项成果；没有编号的可以不填。"))


def _check_days_and_numbers(said: Declared) -> None:
    if said.starts_on.year < 1950:
        raise steps.wrong("starts_on", _("开始日期太早，请核对。"))
    if said.ends_on < said.starts_on:
        raise steps.wrong("ends_on", _("结束日期早于开始日期，请核对。"))
    if said.ends_on > today():
        raise steps.wrong("ends_on", _("结束日期在今天之后：活动结束后才能申报。"))
    if type(said.centiunits) is not int or not 0 < said.centiunits <= rules.MOST_CENTIUNITS:
        raise steps.wrong("units", _("数量应大于 0，请核对。"))


def _one(found: Any, uuid: UUID, name: str, sentence: str) -> Organisation:
    organisation: Organisation | None = found.filter(uuid=uuid).first()
    if organisation is None:
        raise steps.wrong(name, sentence)
    return organisation


def _keep(declaration: HoursDeclaration, files: Sequence[evidence.Checked]) -> None:
    for item in files:
        DeclarationFile.objects.create(declaration=declaration, **evidence.values(item))


# --- the learner's further acts --------------------------------------------------------------------------


def supplement(
    user: User, declaration: HoursDeclaration, *, text: str, files: Sequence[UploadedFile] = ()
) -> HoursDeclaration:
    """Hand in what was asked for; the claim goes back to whoever asked. Late, it closes and says so."""
    _own(user, declaration)
    said = steps.reason_of(text, _("请写明补充了什么。"), needed=not files)
    if declaration.state == State.SUPPLEMENT and queries.overdue(declaration):
        close(declaration.pk)
        raise Conflict(_("补充期限已过，这份申报已关闭，可以重新申报。"), code="too_late")
    with transaction.atomic():
        row = steps.locked(declaration)
        checked = evidence.checked(files, code=steps.WRONG, there=row.files.count())
        steps.move(row, Act.SUPPLEMENT)
        _keep(row, checked)
        steps.note(row, actor(user), Act.SUPPLEMENT, person=user, reason=said)
    return row


def withdraw(user: User, declaration: HoursDeclaration) -> HoursDeclaration:
    """Take one's own claim back, before the final decision."""
    _own(user, declaration)
    with transaction.atomic():
        row = steps.locked(declaration)
        steps.move(row, Act.WITHDRAW)
        steps.note(row, actor(user), Act.WITHDRAW, person=user)
    return row


def appeal(user: User, declaration: HoursDeclaration, *, reason: str) -> HoursDeclaration:
    """Once, against a refusal: the department decides, by somebody who has not decided before."""
    _own(user, declaration)
    said = steps.reason_of(reason, _("请写明申诉的理由，审核人员会看到。"))
    try:
        with transaction.atomic():
            row = steps.locked(declaration)
            if row.state == State.REFUSED and queries.overdue(row):
                raise Conflict(
                    _("申诉期限 %(day)s 已过。材料齐备的可以重新申报。") % {"day": row.due_on},
                    code="too_late",
                )
            if row.appealed:
                raise Conflict(_("这份申报已经申诉过一次，结果是最终的。"), code="appealed")
            steps.move(row, Act.APPEAL, appealed=True, decided_at=None)
            steps.note(row, actor(user), Act.APPEAL, person=user, reason=said)
    except IntegrityError as error:
        raise _under_way(user, declaration.work_key) from error
    return row


def _own(user: User, declaration: HoursDeclaration) -> None:
    if declaration.person_id != user.pk:
        raise NotFound


def close(declaration_id: int) -> bool:
    """Close a claim whose supplement did not come in time; False when it is not (or no longer) such a one."""
    with transaction.atomic():
        row = HoursDeclaration.objects.select_for_update(of=("self",)).get(pk=declaration_id)
        if row.state != State.SUPPLEMENT or not queries.overdue(row):
            return False
        steps.move(row, Act.EXPIRE)
        steps.note(row, Actor.system("declarations"), Act.EXPIRE)
    return True


def close_expired(limit: int = 500) -> int:
    """Close what is overdue; returns how many. Called by the beat."""
    late = HoursDeclaration.objects.filter(state=State.SUPPLEMENT, due_on__lt=today()).order_by("due_on")
    return sum(close(pk) for pk in list(late.values_list("pk", flat=True)[:limit]))
